"""Draws progress on stderr: bars on a terminal, one short line per stage elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from guanyao.types import Progress, Silent

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

SECONDS_BETWEEN_NOTES = 10.0


@contextmanager
def shown(*, quiet: bool) -> Iterator[Progress]:
    """The progress that suits where stderr goes."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines()
    else:
        with _rich() as drawn:
            bars = Bars(drawn)
            yield bars
            bars.finish()


def _rich() -> "RichProgress":
    """A rich display with the stage, a bar, counts, the rate and the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        SpinnerColumn,
        Task,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Rate(ProgressColumn):
        """Steps in a second."""

        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f}/s" if speed and task.total else "")

    return RichProgress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True),
    )


class Bars:
    """One bar per stage on a terminal.

    Args:
        display: What draws them.
    """

    def __init__(self, display: "RichProgress") -> None:
        self._display = display
        self._task: TaskID | None = None

    def stage(self, name: str, total: int | None = None) -> None:
        """Finish the present bar and begin another."""
        self.finish()
        self._task = self._display.add_task(name, total=total, note="")

    def advance(self, steps: int = 1) -> None:
        """Move the present bar."""
        if self._task is not None:
            self._display.advance(self._task, steps)

    def note(self, text: str) -> None:
        """Write beside the bar how it is going."""
        if self._task is not None:
            self._display.update(self._task, note=text)

    def finish(self) -> None:
        """Fill the present bar."""
        if self._task is not None:
            task = self._display.tasks[self._task]
            total = task.total or max(task.completed, 1)
            self._display.update(self._task, total=total, completed=total)


class Lines:
    """One line per stage, for logs."""

    def __init__(self) -> None:
        self._said_s = float("-inf")

    def stage(self, name: str, total: int | None = None) -> None:
        """Say what begins."""
        size = f" ({total:,})" if total else ""
        sys.stderr.write(f"{name}{size} ...\n")
        sys.stderr.flush()

    def advance(self, steps: int = 1) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say how it is going, at most once in so many seconds."""
        if time.monotonic() - self._said_s >= SECONDS_BETWEEN_NOTES:
            self._said_s = time.monotonic()
            sys.stderr.write(f"  {text}\n")
            sys.stderr.flush()
