"""How a text table was written: encoding, delimiter, quote, line end and line of names.

Reference: Shafranovich 2005, "Common Format and MIME Type for CSV Files", RFC 4180.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from guanyao.errors import DataError

DELIMITERS = (",", "\t", ";", "|")
MARKS = {
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
"""Encodings that begin with a byte order mark."""

WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HEAD = 2**17
PIECE = 2**23
MIN_CHINESE = 0.5
"""Share of GB2312 characters among the non-ASCII ones below which GB18030 is a wrong guess."""

MAX_QUOTED = 100
"""Records that tell whether all cells are quoted."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$", re.ASCII)
Bytes = npt.NDArray[np.uint8]
Pieces: TypeAlias = Callable[[], Iterable[bytes]]
"""What gives the bytes of a text piece by piece, from the beginning each time it is called."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the fields of a text table are set apart."""

    delimiter: str
    quote: str | None
    line_end: str
    header: bool
    names: list[str]
    quotes_all: bool = False


def find_encoding(data: bytes) -> str:
    """The encoding of the bytes: UTF-8, UTF-16 with its mark, or GB18030.

    Raises:
        DataError: It is none of these, or not text at all.
    """
    return encoding_of(lambda: (data[at : at + PIECE] for at in range(0, len(data), PIECE)))


def encoding_of(pieces: Pieces) -> str:
    """As `find_encoding`, of a text that need not fit in memory.

    Args:
        pieces: What gives its bytes; the first piece holds the byte order mark whole.

    Raises:
        DataError: It is none of these, or not text at all.
    """
    head = next(iter(pieces()), b"")
    for name, mark in MARKS.items():
        if head.startswith(mark):
            if not _decodes(pieces(), name):
                raise _not_text()
            return name
    if any(b"\0" in piece for piece in pieces()):
        raise DataError(
            "the file holds NUL bytes",
            allowed="text in UTF-8, GB18030, or UTF-16 with a byte order mark",
            code="data.binary",
        )
    if _decodes(pieces(), "utf-8"):
        return "utf-8"
    if _decodes(pieces(), "gb18030") and _looks_chinese(head):
        return "gb18030"
    raise _not_text()


def _not_text() -> DataError:
    return DataError(
        "the encoding of the file is not known",
        allowed="UTF-8, GB18030, or UTF-16 with a byte order mark",
        do="convert it to UTF-8, e.g. with iconv",
        code="data.encoding",
    )


def _decodes(pieces: Iterable[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _looks_chinese(data: bytes) -> bool:
    # Nearly any bytes can be read as GB18030; only real text uses the common characters mostly.
    foreign = re.findall(rb"[\x80-\xff][\x00-\xff]", data[: PIECE // 8])
    common = sum(min(pair) >= 0xA1 for pair in foreign)
    return bool(common >= MIN_CHINESE * len(foreign))


def to_utf8(data: bytes, encoding: str) -> bytes:
    """The same text in UTF-8 without a byte order mark."""
    if encoding == "utf-8":
        return data
    if encoding == "utf-8-sig":
        return data[len(codecs.BOM_UTF8) :]
    view = memoryview(data)
    decode = decoder(encoding)
    starts = range(0, len(data), PIECE)
    return b"".join(decode(view[at : at + PIECE]) for at in starts)


def decoder(encoding: str) -> Callable[[bytes | memoryview], bytes]:
    """What turns one piece after another of a text into UTF-8; it remembers a half character.

    Args:
        encoding: One that `find_encoding` names.
    """
    named = {"utf-16-be": "utf-16"}.get(encoding, encoding)
    begun = codecs.getincrementaldecoder(named)()
    return lambda piece: begun.decode(piece).encode("utf-8")


def find_dialect(data: bytes, header: bool | None = None, *, rest: Iterable[bytes] = ()) -> Dialect:
    """The dialect of a text table in UTF-8.

    Args:
        data: The table, or a head of it that holds some complete records.
        header: Whether the first record holds the names; None: to be found out.
        rest: What follows the head, piece by piece; it is asked only whether cells are quoted.

    Raises:
        DataError: There is nothing in it, or names are missing or stand twice.
    """
    if not data.strip():
        raise DataError("the file is empty", allowed="a table is needed", code="data.empty")
    line_end = _find_line_end(data)
    lines = _head_text(data, line_end)
    delimiter = _find_delimiter(lines)
    quote = '"' if _is_quoting(chain((data,), rest), delimiter) else None
    rows = _records(lines, delimiter, quote)
    has_names = _has_names(rows) if header is None else header
    names = rows[0] if has_names else [f"column_{i}" for i in range(1, len(rows[0]) + 1)]
    return Dialect(
        delimiter=delimiter,
        quote=quote,
        line_end=line_end,
        header=has_names,
        names=names,
        quotes_all=quote is not None and _quotes_all(lines, rows, delimiter),
    )


def _find_line_end(data: bytes) -> str:
    first = data.find(b"\n")
    if first < 0:
        return "\r" if b"\r" in data else "\n"
    return "\r\n" if data[first - 1 : first] == b"\r" else "\n"


def _head_text(data: bytes, line_end: str) -> str:
    start = data[:HEAD]
    end = line_end.encode()
    cut = start.rfind(end)
    if len(data) > HEAD and cut < 0:
        # One cell larger than the head: the first line counts, however long.
        start = data[: data.find(end)] if end in data else data
    elif len(data) > HEAD:
        start = start[:cut]
    text = start.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _find_delimiter(text: str) -> str:
    best, most = ",", 1
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _records(text, delimiter, '"')]
        same = widths.count(widths[0]) / len(widths)
        if widths[0] > most and same >= 0.9:
            best, most = delimiter, widths[0]
    if most > 1:
        return best
    # Ragged rows must not hide the delimiter, else the error would speak of one wide column.
    first = text.partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _is_quoting(pieces: Iterable[bytes], delimiter: str) -> bool:
    """Whether quotes enclose cells; not if they all stand within cells."""
    opening = re.compile(rb'[\n\r%s]"' % re.escape(delimiter.encode()))
    before, has_quotes = b"\n", False
    for piece in pieces:
        if opening.match(before + piece[:1]) or opening.search(piece):
            return True
        has_quotes = has_quotes or b'"' in piece
        before = piece[-1:] or before
    return not has_quotes


def _records(text: str, delimiter: str, quote: str | None) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    if quote:
        reader = csv.reader(lines, delimiter=delimiter)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    before = csv.field_size_limit(max(len(text) + 1, csv.field_size_limit()))
    try:
        rows = [row or [""] for row in reader]
    finally:
        csv.field_size_limit(before)
    return rows[:1001] or [[""]]


def _quotes_all(text: str, rows: list[list[str]], delimiter: str) -> bool:
    """Whether the records are written as they would be with every cell quoted."""
    quoted = io.StringIO(newline="")
    writer = csv.writer(quoted, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(rows[:MAX_QUOTED])
    return text.startswith(quoted.getvalue().removesuffix("\n"))


def _has_names(rows: list[list[str]]) -> bool:
    first, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if not body:
        return not all(_NUMBER.match(cell) for cell in first)
    signs = [_sign(cell, [row[i] for row in body]) for i, cell in enumerate(first)]
    if _counts_up(first):
        return True
    return not (1 in signs and -1 not in signs)


def _sign(cell: str, body: list[str]) -> int:
    """1: the first cell looks like the others of its column; -1: it does not; 0: unknown."""
    filled = [other for other in body if other]
    if not filled or not cell:
        return 0
    numeric = sum(_NUMBER.match(other) is not None for other in filled) / len(filled)
    if numeric >= 0.8:
        return 1 if _NUMBER.match(cell) else -1
    if cell in filled:
        return 1
    shapes = {_shape(other) for other in filled}
    if len(shapes) > 3 or not any("9" in shape for shape in shapes):
        return 0
    return 1 if _shape(cell) in shapes else -1


def _shape(cell: str) -> str:
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "A", cell))


def _counts_up(first: list[str]) -> bool:
    """Whether numeric names count columns or years (0, 1, 2 or 2019, 2020), unlike data."""
    numbers = [int(cell) for cell in first if re.fullmatch("[0-9]{1,9}", cell)]
    steps = {b - a for a, b in pairwise(numbers)}
    return len(numbers) > 2 and steps == {1}


def check_records(data: bytes, dialect: Dialect, first_line: int = 1) -> int:
    """How many records there are, when every one has as many fields as there are names.

    Args:
        data: Whole records.
        dialect: How their fields are set apart.
        first_line: The number of the line that the data begins with.

    Raises:
        DataError: A record is ragged or a quote is out of place; the message tells the line.
    """
    text = _Text(np.frombuffer(data, dtype=np.uint8), first_line)
    quote = dialect.quote if dialect.quote and dialect.quote.encode() in data else None
    begun, n_open = 0, 0
    carried, n_records = 0, 0
    for start in range(0, len(data), PIECE):
        piece = text.bytes[start : start + PIECE]
        inside, n_open = _inside(text, piece, start, n_open, quote, dialect.delimiter)
        ends, seps = _ends_and_separators(piece, inside, dialect.delimiter)
        fields = np.diff(np.searchsorted(seps, ends), prepend=0)
        n_records += len(ends)
        if len(ends):
            fields[0] += carried
            _check_widths(text, fields + 1, ends + start, begun, dialect)
            begun, carried = int(ends[-1]) + start + 1, len(seps) - int(fields.sum()) + carried
        else:
            carried += len(seps)
    if n_open % 2:
        raise _quote_error(text, begun)
    if begun < len(data):
        last = np.array([carried + 1])
        _check_widths(text, last, np.array([len(data)]), begun, dialect)
    return n_records + (begun < len(data))


@dataclass(frozen=True)
class _Text:
    """The bytes of a text, and where in the file it begins."""

    bytes: Bytes
    first_line: int

    def line(self, place: int) -> int:
        """The number of the line that holds the byte."""
        return int(np.count_nonzero(self.bytes[:place] == 10)) + self.first_line


def _inside(
    text: _Text, piece: Bytes, start: int, n_before: int, quote: str | None, delimiter: str
) -> tuple[npt.NDArray[np.bool_] | None, int]:
    """Where the piece lies within quotes, and how many quotes stand up to its end."""
    if quote is None:
        return None, 0
    quotes = piece == ord(quote)
    # Parity survives the overflow of eight bits, which keeps the sum as small as the text.
    parity = (np.cumsum(quotes, dtype=np.uint8) + np.uint8(n_before % 2)) & 1
    places = np.flatnonzero(quotes) + start
    _check_quotes(text, places, n_before % 2, delimiter)
    return parity.astype(bool), n_before + len(places)


def _check_quotes(text: _Text, places: npt.NDArray[np.intp], odd: int, delimiter: str) -> None:
    mark = ord('"')
    opening, closing = places[odd::2], places[1 - odd :: 2]
    data = text.bytes
    before = data[np.maximum(opening - 1, 0)]
    fine = (opening == 0) | np.isin(before, [ord(delimiter), 10, mark])
    after = data[np.minimum(closing + 1, len(data) - 1)]
    closed = (closing == len(data) - 1) | np.isin(after, [ord(delimiter), 10, 13, mark])
    wrong = np.concatenate([opening[~fine], closing[~closed]])
    if len(wrong):
        raise _quote_error(text, int(wrong.min()))


def _quote_error(text: _Text, place: int) -> DataError:
    return DataError(
        f"a quote is out of place in line {text.line(place)}",
        allowed="quotes enclose a whole cell; a quote within a cell is doubled",
        code="data.quotes",
    )


def _ends_and_separators(
    piece: Bytes, inside: npt.NDArray[np.bool_] | None, delimiter: str
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    ends, separators = piece == 10, piece == ord(delimiter)
    if inside is not None:
        ends &= ~inside
        separators &= ~inside
    return np.flatnonzero(ends), np.flatnonzero(separators)


def _check_widths(
    text: _Text,
    widths: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
    begun: int,
    dialect: Dialect,
) -> None:
    expected = len(dialect.names)
    wrong = np.flatnonzero(widths != expected)
    if not len(wrong):
        return
    first = int(wrong[0])
    place = begun if first == 0 else int(ends[first - 1]) + 1
    raise DataError(
        f"line {text.line(place)} has {int(widths[first])} fields",
        allowed=f"the first line has {expected}",
        do="mend the line, or quote the cells that hold the delimiter",
        code="data.ragged",
    )


def strip_blank_end(data: bytes) -> bytes:
    """The table without empty lines at its end."""
    if data.endswith((b"\n\n", b"\n\r\n")):
        return data.rstrip(b"\r\n") + b"\n"
    return data
