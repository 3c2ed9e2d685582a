"""JSON lines: one object per row; JSON has no dates, so those are text."""

import io
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from guanyao.data import compressed
from guanyao.data.dtypes import check_supported
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Schema, Source
from guanyao.data.text_output import text
from guanyao.errors import DataError

FAULTS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


def read(path: Path, *, part: str = "") -> Raw:
    """The objects as rows; a key that an object lacks is missing.

    Raises:
        DataError: A line is no JSON object, or holds lists or objects.
    """
    return _parse(compressed.read_bytes(path), path)


def _parse(data: bytes, path: Path) -> Raw:
    if not data.strip():
        raise DataError(f"{path} is empty", allowed="a table is needed", code="data.empty")
    frame = to_frame(data, path)
    check_names(frame.columns)
    check_supported(check_rows(frame, path))
    source = Source(format="jsonl", digest=compressed.digest(path))
    return Raw(frame=frame, source=source, parse="dates")


def to_frame(
    data: bytes, path: Path, schema: Mapping[str, pl.DataType] | None = None
) -> pl.DataFrame:
    """The objects of some lines as rows.

    Args:
        data: Whole lines.
        path: The file that they are from.
        schema: The columns; None: those that the lines tell of.

    Raises:
        DataError: A line is no JSON object.
    """
    try:
        # The line end keeps polars from taking what looks like a compressed stream for one.
        text = io.BytesIO(b"\n" + data)
        return pl.read_ndjson(text, schema=schema, infer_schema_length=None)
    except FAULTS as error:
        raise unreadable(path) from error


def unreadable(path: Path) -> DataError:
    """The error for lines that hold something else than rows."""
    return DataError(
        f"{path} cannot be read as JSON lines",
        allowed="one flat JSON object per line, in UTF-8",
        code="data.jsonl",
    )


def sample(path: Path, n_rows: int) -> tuple[Raw, int, bool]:
    """The first rows, an estimate of how many there are, and whether it is exact."""
    data = compressed.head(path, 64 * 2**20)
    if len(data) < 64 * 2**20:
        raw = _parse(data, path)
        return raw, raw.frame.height, True
    data = data[: data.rfind(b"\n") + 1]
    size = sum(map(len, compressed.pieces(path)))
    raw = _parse(data, path)
    return raw, round(size * raw.frame.height / len(data)), False


class JsonlWriter:
    """Writes batches of rows as JSON objects.

    Args:
        path: The file; its suffix says how it is compressed.
        schema: The columns with their formats.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        """Open the file."""
        self.schema = schema
        suffix = path.suffix if path.suffix in compressed.COMPRESSIONS else ""
        self._stream = compressed.open_compressor(path, suffix)

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows."""
        buffer = io.BytesIO()
        dates_as_text(frame, self.schema).write_ndjson(buffer)
        self._stream.write(buffer.getvalue())

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()

    def abort(self) -> None:
        """Let go of the file."""
        self._stream.close()


def dates_as_text(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The frame with dates and times as text in their formats, for stores without such types."""
    moved = [text(frame[c.name], c) for c in schema if frame[c.name].dtype.is_temporal()]
    return frame.with_columns(moved)
