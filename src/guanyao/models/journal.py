"""What training writes down as it goes: a JSONL log, TensorBoard events, a sample grid an epoch."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor

from guanyao.data.contact_sheet import png, sheet
from guanyao.errors import DataError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

LOG, SAMPLES, EVENTS = "log.jsonl", "samples", "events"
PROFILE, TRACE = "profile.txt", "profile-trace.json"
PROFILED_STEPS = range(10, 30)
N_COLUMNS = 10


class Journal:
    """The files of one training.

    Args:
        folder: Where they go; None: nothing is written.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._events: SummaryWriter | None = None
        self._n_steps = 0
        self._profiler: Any = None

    def __enter__(self) -> Self:
        if self.folder is not None:
            with _writable(self.folder):
                (self.folder / SAMPLES).mkdir(parents=True, exist_ok=True)
                self._events = _event_writer(self.folder / EVENTS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_profile()
        if self._events is not None:
            self._events.close()

    def rewind(self, n_records: int) -> None:
        """Drop what was written after the first so many records."""
        if self.folder is None or not (self.folder / LOG).is_file():
            return
        lines = (self.folder / LOG).read_text(encoding="utf-8").splitlines(keepends=True)
        records = [i for i, line in enumerate(lines) if line.startswith('{"stage"')]
        if len(records) > n_records:
            text = "".join(lines[: records[n_records]])
            (self.folder / LOG).write_text(text, encoding="utf-8")

    def say(self, text: str) -> None:
        """Write a remark."""
        self._append({"note": text})

    def write(self, record: dict[str, Any], pictures: Tensor | None) -> None:
        """Write what an epoch brought.

        Args:
            record: Stage, epoch, step, losses and further figures.
            pictures: Samples (n, channels, height, width) in [0, 1].
        """
        if self.folder is None:
            return
        self._append(record)
        self._to_events(record, pictures)
        if pictures is not None:
            pixels = (pictures.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
            path = self.folder / SAMPLES / f"epoch-{record['epoch']:05d}.png"
            with _writable(path):
                path.write_bytes(png(sheet(pixels, n_columns=N_COLUMNS)))

    def _append(self, record: dict[str, Any]) -> None:
        if self.folder is not None:
            with _writable(self.folder), (self.folder / LOG).open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def _to_events(self, record: dict[str, Any], pictures: Tensor | None) -> None:
        if self._events is None:
            return
        stage, step = record["stage"], record["step"]
        figures = {f"loss/{name}": value for name, value in record["losses"].items()}
        figures |= {name: record[name] for name in ("rate", "rows_per_s", "validation", "diversity")
                    if name in record}  # fmt: skip
        for name, value in figures.items():
            self._events.add_scalar(f"{stage}/{name}", value, step)
        if pictures is not None:
            grid = sheet(
                (pictures.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy(),
                n_columns=N_COLUMNS,
            )
            self._events.add_image("samples", grid, step, dataformats="HWC")
        self._events.flush()

    def count_step(self, *, is_profiled: bool) -> None:
        """Note that an update is over; a few early ones are profiled when that is wanted."""
        if not is_profiled or self.folder is None:
            return
        self._n_steps += 1
        if self._n_steps == PROFILED_STEPS.start:
            kinds = [torch.profiler.ProfilerActivity.CPU]
            if torch.cuda.is_available():
                kinds.append(torch.profiler.ProfilerActivity.CUDA)
            self._profiler = torch.profiler.profile(activities=kinds, record_shapes=True)
            self._profiler.start()
        elif self._n_steps == PROFILED_STEPS.stop:
            self._end_profile()

    def _end_profile(self) -> None:
        """Write where the time of the profiled steps went."""
        if self._profiler is None or self.folder is None:
            return
        self._profiler.stop()
        figures = self._profiler.key_averages()
        text = figures.table(sort_by="self_cpu_time_total", row_limit=30)
        with _writable(self.folder):
            (self.folder / PROFILE).write_text(text + "\n", encoding="utf-8")
            self._profiler.export_chrome_trace(str(self.folder / TRACE))
        self._profiler = None


def _event_writer(folder: Path) -> "SummaryWriter":
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder))


@contextmanager
def _writable(place: Path) -> Iterator[None]:
    """Says in one line why the journal cannot be written."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{place} cannot be written ({error.strerror or type(error).__name__})",
            do="free some space, or choose another place; the last checkpoint is kept",
            code="data.unwritable",
        ) from error
