"""Writing rows as their source was written: the format by suffix, the rest by the schema.

Every file is written beside its place and moved there when it is whole; whatever stops the writing
(an error, a full disk, Ctrl-C) leaves nothing behind.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from guanyao.data import compressed, database
from guanyao.data.pending import Nameless, Pending, disk_error
from guanyao.data.readers import format_of
from guanyao.data.schema import Schema
from guanyao.errors import DataError

WRITERS: dict[str, str] = {
    ".csv": "guanyao.data.csv_file:CsvWriter",
    ".tsv": "guanyao.data.csv_file:CsvWriter",
    ".txt": "guanyao.data.csv_file:CsvWriter",
    ".parquet": "guanyao.data.parquet_file:ParquetWriter",
    ".xlsx": "guanyao.data.excel_file:ExcelWriter",
    ".jsonl": "guanyao.data.jsonl_file:JsonlWriter",
}


class Sink(Protocol):
    """What takes batches of rows of one format."""

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows."""

    def close(self) -> None:
        """Finish what was written."""

    def abort(self) -> None:
        """Let go of what was written."""


class Writer:
    """Takes batches of rows and sees that they have the schema's columns.

    Args:
        sink: Where the rows go.
        schema: The columns, in order.
    """

    def __init__(self, sink: Sink, schema: Schema) -> None:
        """Begin with no rows."""
        self._sink, self._names = sink, schema.names
        self.n_rows = 0

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows.

        Raises:
            DataError: The columns are not the schema's, or the rows do not fit the format.
        """
        if frame.columns != self._names:
            raise DataError(
                f"the rows have columns {', '.join(frame.columns)}",
                allowed=f"the schema has {', '.join(self._names)}",
                code="data.columns",
            )
        if frame.height:
            self._sink.write(frame)
            self.n_rows += frame.height


@contextmanager
def open_writer(
    path: str | Path,
    schema: Schema,
    *,
    metadata: Mapping[str, str] | None = None,
    is_private: bool = False,
) -> Iterator[Writer]:
    """A writer of batches; memory is bounded by a few batches, whatever the number of rows.

    Args:
        path: A file of a known suffix, or a database URL with `#table`.
        schema: The columns with their formats, and the dialect of text files.
        metadata: Words for the file's key-value metadata, where the format has some (Parquet).
        is_private: Whether the rows are persons': no part of them may stay if the process is
            killed, and the file is its owner's only.

    Raises:
        DataError: The format is not known, or the place cannot be written to.
    """
    if isinstance(path, str) and database.is_url(path):
        with _closing(database.DatabaseWriter(path, schema)) as sink:
            yield Writer(sink, schema)
        return
    options = _options(Path(path), metadata or {}, is_private)
    with (
        _pending(Path(path), is_private) as place,
        _closing(_sink(place, schema, options)) as sink,
    ):
        yield Writer(sink, schema)


@contextmanager
def _pending(target: Path, is_private: bool) -> Iterator[Path]:
    """A place beside the target, which takes the target's place at the end if all went well."""
    format_of(target)
    pending = Nameless(target) if is_private else Pending(target)
    try:
        yield pending.path
        pending.commit()
    except OSError as error:
        raise disk_error(target, error) from error
    finally:
        pending.remove()


@contextmanager
def _closing(sink: Sink) -> Iterator[Sink]:
    try:
        yield sink
        sink.close()
    except BaseException:
        # The disk may be full still; what is told is the first error.
        with suppress(OSError):
            sink.abort()
        raise


def write(
    frame: pl.DataFrame,
    path: str | Path,
    schema: Schema,
    *,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write these rows as the schema's source was written.

    Raises:
        DataError: The format is not known, or the place cannot be written to.
    """
    with open_writer(path, schema, metadata=metadata) as writer:
        writer.write(frame)


def _options(path: Path, metadata: Mapping[str, str], is_private: bool) -> dict[str, Any]:
    """What only one format's writer asks for."""
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        return {"in_memory": is_private}
    return {"metadata": metadata} if suffix == ".parquet" else {}


def _sink(target: Path, schema: Schema, options: Mapping[str, Any]) -> Sink:
    packed = target.suffix.lower() in compressed.COMPRESSIONS
    suffix = target.suffixes[-2 if packed else -1].lower()
    module, _, name = WRITERS[suffix].partition(":")
    kind = getattr(import_module(module), name)
    sink: Sink = kind(target, schema, **options)
    return sink
