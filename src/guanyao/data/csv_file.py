"""Text tables: CSV and its kin, read as text and written as they were read."""

import io
from pathlib import Path
from typing import Literal, TypeAlias

import polars as pl

from guanyao.data import compressed, csv_dialect
from guanyao.data.csv_dialect import Dialect
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Schema, Source
from guanyao.data.text_output import to_text
from guanyao.errors import DataError

SAMPLE_BYTES = 64 * 2**20
"""A plain file up to this size is sampled by reading it whole."""

N_BLOCKS = 32

Quoting: TypeAlias = Literal["necessary", "always", "never"]


def read(path: Path, *, part: str = "", header: bool | None = None) -> Raw:
    """The table as text; only an empty cell without quotes is missing.

    Args:
        path: A file `.csv`, `.tsv` or `.txt`, also with `.gz` or `.zst`.
        part: Not used; a text file holds one table.
        header: Whether the first line holds the names; None: to be found out.

    Raises:
        DataError: The file is damaged, empty, ragged, or not text.
    """
    data = compressed.read_bytes(path)
    return _parse(data, path, header)


def _parse(data: bytes, path: Path, header: bool | None) -> Raw:
    encoding = csv_dialect.find_encoding(data)
    text = csv_dialect.to_utf8(data, encoding)
    dialect = csv_dialect.find_dialect(text, header)
    check_names(dialect.names)
    frame = check_rows(_frame(text, dialect), path)
    return Raw(frame=frame, source=source_of(path, encoding, dialect), parse="all")


def source_of(path: Path, encoding: str, dialect: Dialect) -> Source:
    """How the file was written, for those who write another like it."""
    return Source(
        format="csv",
        encoding=encoding,
        delimiter=dialect.delimiter,
        quote=dialect.quote,
        quotes_all=dialect.quotes_all,
        header=dialect.header,
        line_end=dialect.line_end,
        digest=compressed.digest(path),
    )


def _frame(text: bytes, dialect: Dialect) -> pl.DataFrame:
    if dialect.line_end == "\r":
        text = text.replace(b"\r", b"\n")
    if len(dialect.names) > 1:
        text = csv_dialect.strip_blank_end(text)
    csv_dialect.check_records(text, dialect)
    return to_frame(text, dialect, header=dialect.header)


def to_frame(text: bytes, dialect: Dialect, *, header: bool) -> pl.DataFrame:
    """The cells of whole records in UTF-8, as text.

    Args:
        text: The records, each ended by a line feed.
        dialect: How their fields are set apart.
        header: Whether the first record holds the names.

    Raises:
        DataError: They cannot be read after all.
    """
    try:
        return pl.read_csv(
            io.BytesIO(text),
            has_header=header,
            schema=dict.fromkeys(dialect.names, pl.String),
            separator=dialect.delimiter,
            quote_char=dialect.quote,
            infer_schema=False,
            raise_if_empty=False,
        )
    except (pl.exceptions.PolarsError, OSError) as error:  # OSError: it looks like a zlib stream
        raise DataError(
            "the text table cannot be read", do="see that it follows RFC 4180", code="data.csv"
        ) from error


def sample(path: Path, n_rows: int, header: bool | None = None) -> tuple[Raw, int, bool]:
    """Some rows of a file of any size, how many rows it holds, and whether that was counted.

    A plain file is read in blocks that lie evenly over it; a compressed one from its beginning.
    """
    if path.suffix not in compressed.COMPRESSIONS and path.stat().st_size <= SAMPLE_BYTES:
        raw = read(path, header=header)
        return raw, raw.frame.height, True
    start = compressed.head(path, SAMPLE_BYTES + 1)
    if len(start) <= SAMPLE_BYTES:
        raw = _parse(start, path, header)
        return raw, raw.frame.height, True
    data = _whole_records(start)
    if path.suffix not in compressed.COMPRESSIONS and not data.startswith(csv_dialect.WIDE_MARKS):
        data = b"".join([_whole_records(data[: SAMPLE_BYTES // 2]), *_blocks(path)])
    raw = _parse(data, path, header)
    per_row = len(data) / raw.frame.height
    return raw, round(_plain_size(path) / per_row), False


def _blocks(path: Path) -> list[bytes]:
    """Whole lines from places that lie evenly over the second part of the file."""
    size, block = path.stat().st_size, SAMPLE_BYTES // 2 // N_BLOCKS
    first = SAMPLE_BYTES // 2
    blocks = []
    with path.open("rb") as file:
        for i in range(N_BLOCKS):
            file.seek(first + (size - first) * i // N_BLOCKS)
            lines = file.read(block)
            blocks.append(_whole_records(lines[lines.find(b"\n") + 1 :]))
    return blocks


def _whole_records(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1] or data


def _plain_size(path: Path) -> int:
    if path.suffix not in compressed.COMPRESSIONS:
        return path.stat().st_size
    return sum(map(len, compressed.pieces(path)))


class CsvWriter:
    """Writes batches of rows as the schema's source was written.

    Args:
        path: The file; its suffix says how it is compressed.
        schema: The columns with their formats, and the dialect.
    """

    def __init__(self, path: Path, schema: Schema) -> None:
        """Open the file and write the line of names."""
        self.schema, self.source = schema, schema.source
        suffix = path.suffix if path.suffix in compressed.COMPRESSIONS else ""
        own = self.source.format == "csv"
        self._delimiter = self.source.delimiter if own else _delimiter(path)
        self._stream = compressed.open_compressor(path, suffix)
        mark, _ = _codec(self.source.encoding)
        self._stream.write(mark)
        if self.source.header:
            self._write(pl.DataFrame(schema=dict.fromkeys(schema.names, pl.String)), True)

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows."""
        self._write(to_text(frame, self.schema), False)

    def _write(self, text: pl.DataFrame, names: bool) -> None:
        needed = bool(self.source.quote) or _needs_quotes(text, self._delimiter)
        style: Quoting = "necessary" if needed else "never"
        buffer = io.BytesIO()
        text.write_csv(
            buffer,
            include_header=names,
            separator=self._delimiter,
            line_terminator=self.source.line_end,
            quote_style="always" if self.source.quotes_all else style,
        )
        _, codec = _codec(self.source.encoding)
        data = buffer.getvalue()
        self._stream.write(data if codec == "utf-8" else data.decode("utf-8").encode(codec))

    def close(self) -> None:
        """Finish the file."""
        self._stream.close()

    def abort(self) -> None:
        """Let go of the file."""
        self._stream.close()


def _delimiter(path: Path) -> str:
    return "\t" if ".tsv" in path.suffixes else ","


def _codec(encoding: str) -> tuple[bytes, str]:
    mark = csv_dialect.MARKS.get(encoding, b"")
    plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}
    return mark, plain.get(encoding, encoding)


def _needs_quotes(text: pl.DataFrame, delimiter: str) -> bool:
    if text.is_empty():
        return False
    cells = pl.all().str.contains_any([delimiter, "\n", "\r"]) | (pl.all() == "")
    return bool(text.select(pl.any_horizontal(cells.any())).item())
