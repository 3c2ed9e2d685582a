"""Parquet: read with its dtypes, written in batches so that any number of rows fits in memory."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from queue import Queue
from threading import Thread

import polars as pl
from polars.io.plugins import register_io_source

from guanyao.data import compressed
from guanyao.data.dtypes import check_supported
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Schema, Source
from guanyao.errors import DataError

FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)

N_BLOCKS = 16
ROW_GROUP = 500_000
N_WAITING = 2
"""Batches that may wait for the disk."""


def read(path: Path, *, part: str = "") -> Raw:
    """The table with its dtypes.

    Raises:
        DataError: The file is damaged, empty, or holds nested columns.
    """
    return _raw(path, _collect(path, pl.scan_parquet(path, glob=False)))


def _raw(path: Path, frame: pl.DataFrame) -> Raw:
    check_names(frame.columns)
    check_supported(check_rows(frame, path))
    return Raw(frame=frame, source=Source(format="parquet", digest=compressed.digest(path)))


def _collect(path: Path, rows: pl.LazyFrame) -> pl.DataFrame:
    try:
        return rows.collect()
    except FAULTS as error:
        raise DataError(
            f"{path} is no whole Parquet file",
            do="copy it again from where it came from",
            code="data.damaged",
        ) from error


def sample(path: Path, n_rows: int) -> tuple[Raw, int, bool]:
    """Some rows in blocks that lie evenly over the file, and how many rows it holds."""
    rows = pl.scan_parquet(path, glob=False)
    total = int(_collect(path, rows.select(pl.len())).item())
    if total <= n_rows:
        return read(path), total, True
    size = n_rows // N_BLOCKS
    starts = [total * i // N_BLOCKS for i in range(N_BLOCKS)]
    blocks = [_collect(path, rows.slice(start, size)) for start in starts]
    return _raw(path, pl.concat(blocks)), total, True


def frames(path: Path, n_rows: int, batch_rows: int) -> Iterator[pl.DataFrame]:
    """All rows in batches; only the pages of one batch are in memory."""
    rows = pl.scan_parquet(path, glob=False)
    for start in range(0, n_rows, batch_rows):
        yield _collect(path, rows.slice(start, batch_rows))


class ParquetWriter:
    """Writes batches of rows; a thread of its own compresses them.

    polars writes Parquet from a stream of its own making, so the batches are handed to it through
    a short queue.

    Args:
        path: The file.
        schema: The columns.
        metadata: Words that are kept in the file's key-value metadata.
    """

    def __init__(self, path: Path, schema: Schema, metadata: Mapping[str, str]) -> None:
        """Choose the place; the dtypes come with the first batch."""
        self._names, self._metadata = schema.names, dict(metadata)
        self._dtypes = empty_frame(schema)
        self._path = path
        self._queue: Queue[pl.DataFrame | None] = Queue(maxsize=N_WAITING)
        self._thread: Thread | None = None
        self._fault: BaseException | None = None
        self._stopped = False

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows."""
        if self._thread is None:
            self._dtypes = frame.clear()
            self._thread = Thread(target=self._run, daemon=True)
            self._thread.start()
        self._queue.put(frame)
        self._raise_fault()

    def _run(self) -> None:
        try:
            rows = register_io_source(self._batches, schema=self._dtypes.schema)
            rows.sink_parquet(
                self._path,
                row_group_size=ROW_GROUP,
                metadata=self._metadata or None,
                maintain_order=True,
            )
        except BaseException as fault:
            self._fault = fault
            self._drain()

    def _batches(self, *_: object) -> Iterator[pl.DataFrame]:
        while (frame := self._queue.get()) is not None:
            yield frame
        self._stopped = True

    def _drain(self) -> None:
        """Take what still comes, so that the writer of a failed file does not wait for ever."""
        while not self._stopped and self._queue.get() is not None:
            pass

    def _raise_fault(self) -> None:
        if isinstance(self._fault, OSError):
            raise self._fault
        if self._fault is not None:
            raise DataError(
                f"the rows could not be written ({type(self._fault).__name__})",
                do="see that there is room on the disk and that all batches have the same columns",
                code="data.unwritable",
            ) from self._fault

    def close(self) -> None:
        """Finish the file."""
        if self._thread is None:
            self.write(self._dtypes)
        self._join()
        self._raise_fault()

    def _join(self) -> None:
        if self._thread is not None and not self._stopped:
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def abort(self) -> None:
        """Let go of the file."""
        self._join()


def empty_frame(schema: Schema) -> pl.DataFrame:
    """No rows, with the dtypes that the schema names."""
    from guanyao.data.dtypes import from_name

    return pl.DataFrame(schema={column.name: from_name(column.dtype) for column in schema})
