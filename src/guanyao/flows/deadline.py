"""Ends work when its time is over, for generators that keep no clock of their own."""

import time

from guanyao.errors import ConfigError
from guanyao.types import Progress


class Deadline:
    """Progress that ends the work when its time is over.

    Args:
        progress: Where progress is shown.
        minutes: Wall time from now, > 0.
    """

    def __init__(self, progress: Progress, minutes: float) -> None:
        self._progress = progress
        self._minutes = minutes
        self._end_s = time.monotonic() + 60 * minutes

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage, if there is time left."""
        self._check()
        self._progress.stage(name, total)

    def advance(self, steps: int = 1) -> None:
        """Go on, if there is time left."""
        self._check()
        self._progress.advance(steps)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._progress.note(text)

    def _check(self) -> None:
        if time.monotonic() > self._end_s:
            raise ConfigError(
                f"fitting took longer than {self._minutes:g} minutes",
                do="raise --max-minutes, or choose a faster model (guanyao list models)",
                code="config.max_minutes",
            )
