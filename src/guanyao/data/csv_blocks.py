"""Text tables of any size: looked through once, then read block by block in bounded memory.

A block is some megabytes of whole records. The first pass finds encoding and dialect, checks every
record as `csv_file.read` does, and takes some rows from all over the file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import polars as pl

from guanyao.data import compressed, csv_dialect, csv_file
from guanyao.data.csv_dialect import Dialect
from guanyao.data.raw import Raw, check_names
from guanyao.data.spread_rows import SpreadRows
from guanyao.errors import DataError

PIECE = 8 * 2**20
"""Bytes that are read at a time; the first piece must hold the line of names."""

MAX_RECORD = 32
"""Pieces that one record may take."""

SAMPLED = 2**18
"""Bytes at the beginning of each block that the sample may take rows from."""


@dataclass(frozen=True, kw_only=True)
class TextTable:
    """A text table that was looked through, and that can be read any number of times.

    Args:
        path: The file.
        dialect: How its fields are set apart.
        sample: Rows from all over the file, as text, with the way it was written.
        n_rows: How many rows there are.
    """

    path: Path
    dialect: Dialect
    sample: Raw
    n_rows: int

    def frames(self) -> Iterator[pl.DataFrame]:
        """The rows as text, block by block.

        Raises:
            DataError: The file is not as it was when it was looked through.
        """
        return check_unchanged(self.path, self._blocks(), self.n_rows)

    def _blocks(self) -> Iterator[pl.DataFrame]:
        texts = _texts(self.path, self.sample.source.encoding)
        for place, block in enumerate(whole_records(texts, self.dialect)):
            frame = _parsed(block, self.dialect, is_first=place == 0)
            if frame.height:
                yield frame


def open_text(path: Path, n_sample: int, header: bool | None = None) -> TextTable:
    """The table in a text file, looked through from end to end.

    Args:
        path: A file `.csv`, `.tsv` or `.txt`, also with `.gz` or `.zst`.
        n_sample: How many rows the sample holds at most.
        header: Whether the first line holds the names; None: to be found out.

    Raises:
        DataError: The file is damaged, empty, ragged, or not text.
    """
    encoding = csv_dialect.encoding_of(lambda: pieces(path))
    texts = _texts(path, encoding)
    head = next(texts, b"")
    dialect = csv_dialect.find_dialect(head, header, rest=texts)
    check_names(dialect.names)
    n_rows, frame = _survey(chain(_texts(path, encoding)), dialect, n_sample)
    if not n_rows:
        raise DataError(
            f"{path} has column names but no rows", allowed="at least one row", code="data.no_rows"
        )
    source = csv_file.source_of(path, encoding, dialect)
    raw = Raw(frame=frame, source=source, parse="all")
    return TextTable(path=path, dialect=dialect, sample=raw, n_rows=n_rows)


def check_unchanged(
    path: Path, frames: Iterator[pl.DataFrame], n_rows: int
) -> Iterator[pl.DataFrame]:
    """The frames, when they hold as many rows as there were.

    Raises:
        DataError: They hold more or fewer, or are of another encoding.
    """
    left = n_rows
    try:
        for frame in frames:
            left -= frame.height
            yield frame
    except UnicodeDecodeError as error:
        raise _changed(path) from error
    if left:
        raise _changed(path)


def _changed(path: Path) -> DataError:
    return DataError(
        f"{path} changed while it was read",
        allowed="a file that nobody writes to meanwhile",
        do="give the command again when it is whole, or a copy of it",
        code="data.changed",
    )


def pieces(path: Path) -> Iterator[bytes]:
    """The decompressed bytes in pieces of one size but for the last.

    Raises:
        DataError: The file is truncated, damaged, or a decompression bomb.
    """
    held, size = [], 0
    for piece in compressed.pieces(path):
        held.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)


def _texts(path: Path, encoding: str) -> Iterator[bytes]:
    """The file in UTF-8 without a byte order mark, piece by piece."""
    if encoding == "utf-8":
        yield from pieces(path)
        return
    decode = csv_dialect.decoder(encoding)
    yield from map(decode, pieces(path))


def _survey(texts: Iterable[bytes], dialect: Dialect, n_sample: int) -> tuple[int, pl.DataFrame]:
    """How many rows there are, and some of them; every record is checked."""
    rows = SpreadRows(n_sample)
    line, n_records = 1, 0
    for place, block in enumerate(whole_records(texts, dialect)):
        n_records += csv_dialect.check_records(block, dialect, line)
        line += block.count(b"\n")
        is_first = place == 0
        if rows.wants(place):
            rows.add(_parsed(_head(block, dialect, is_first), dialect, is_first=is_first))
    return n_records - dialect.header, rows.frame()


def _head(block: bytes, dialect: Dialect, is_first: bool) -> bytes:
    """The first records of a block; of a small file all of them."""
    if is_first and len(block) < PIECE:
        return block
    end, _ = _last_end(block[:SAMPLED], _quote(dialect), 0)
    return block[:end]


def _parsed(block: bytes, dialect: Dialect, *, is_first: bool) -> pl.DataFrame:
    if is_first:
        return csv_file.to_frame(block, dialect, header=dialect.header)
    # An empty line at the beginning of what is read would be skipped, so another stands before it.
    line = dialect.delimiter.join("x" * len(dialect.names)).encode() + b"\n"
    return csv_file.to_frame(line + block, dialect, header=False)[1:]


def _quote(dialect: Dialect) -> bytes:
    return dialect.quote.encode() if dialect.quote else b""


def whole_records(texts: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    """The text cut where records end; empty lines at the end of the table are left out.

    Args:
        texts: The table in UTF-8, piece by piece.
        dialect: How its fields are set apart.

    Raises:
        DataError: A record has no end.
    """
    held: list[bytes] = []
    odd = 0
    for piece in texts:
        text = piece.replace(b"\r", b"\n") if dialect.line_end == "\r" else piece
        end, odd = _last_end(text, _quote(dialect), odd)
        if len(dialect.names) > 1:
            end = _before_blanks(text, end)
        if end:
            yield b"".join([*held, text[:end]])
            held = []
        held.append(text[end:])
        _check_size(held, dialect)
    rest = b"".join(held)
    if len(dialect.names) > 1 and not rest.strip(b"\r\n"):
        rest = csv_dialect.strip_blank_end(b"\n" + rest)[1:]
    if rest:
        yield rest


def _last_end(text: bytes, quote: bytes, odd: int) -> tuple[int, int]:
    """One past the last line feed outside quotes (0: there is none), and the parity at the end.

    Args:
        text: A piece of the table.
        quote: The quote character; empty: there is none.
        odd: 1 if the piece begins within quotes, else 0.
    """
    if not quote:
        return text.rfind(b"\n") + 1, 0
    parity = (odd + text.count(quote)) % 2
    inside, end = parity, len(text)
    while (found := text.rfind(b"\n", 0, end)) >= 0:
        inside = (inside + text.count(quote, found, end)) % 2
        if not inside:
            return found + 1, parity
        end = found
    return 0, parity


def _before_blanks(text: bytes, end: int) -> int:
    """The end of the last line that is not empty, as the lines after it may end the table."""
    filled = len(text[:end].rstrip(b"\r\n"))
    return text.find(b"\n", filled) + 1 if filled else 0


def _check_size(held: list[bytes], dialect: Dialect) -> None:
    """See that a record does not go on for ever, as behind a quote that is never closed."""
    if len(held) <= MAX_RECORD:
        return
    csv_dialect.check_records(b"".join(held), dialect)
    raise DataError(
        f"a record takes more than {MAX_RECORD * PIECE // 2**20} MiB",
        allowed="a record ends with its line, or with the line that ends its last quoted cell",
        code="data.csv",
    )
