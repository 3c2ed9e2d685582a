"""Looks for given values in files, byte by byte, and in what is packed or encoded in them.

A value is looked for as UTF-8, GB18030, UTF-16 and UTF-32 write it, and as JSON and XML escape it.
Files packed with gzip, Zstandard, zip (workbooks, models, arrays) or tar are looked into, tables of
Parquet and SQLite are read. What is encrypted, or encoded in another way, cannot be seen.

Reference: Aho, Corasick 1975, "Efficient string matching", as polars does it for many at once.
"""

import html
import json
import os
import re
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast
from urllib.parse import quote

import polars as pl

from guanyao.data import compressed

PIECE = 4 << 20
MAX_DEPTH = 4
"""Archives within archives that are opened."""
MAX_UNPACKED = 1 << 36
ROWS = 50_000

SHORT = 6
"""Bytes below which a value is not looked for: it would be found anywhere by chance."""
DIGITS = 7
"""The same for values that are nothing but digits: counts and times look like them."""

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be", "utf-32-le")
ZIP, GZIP, ZSTD = b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PARQUET, SQLITE = b"PAR1", b"SQLite format 3\0"
TAR, TAR_AT = b"ustar", 257
HEAD = 512

FAULTS = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error, sqlite3.Error,
    zipfile.BadZipFile, tarfile.TarError, pl.exceptions.PolarsError, pl.exceptions.PanicException,
)  # fmt: skip
"""What a damaged file may raise while it is unpacked; its raw bytes are looked at all the same."""

Pieces: TypeAlias = Iterable[bytes]
Layer: TypeAlias = "tuple[str, Pieces]"


def is_telling(value: str) -> bool:
    """Whether a value is long enough to be looked for: if it is found, it was not by chance.

    Examples:
        >>> is_telling("P100012"), is_telling("1001"), is_telling("王小明")
        (True, False, True)
    """
    n_bytes = len(value.encode("utf-8", "surrogatepass"))
    is_number = re.fullmatch(r"[\d.,+-]*", value, re.ASCII) is not None
    return n_bytes >= (DIGITS if is_number else SHORT)


@dataclass(frozen=True)
class Hit:
    """A file that holds a value; which one is never told.

    Args:
        place: The file.
        layer: Where in it: its "name", its "bytes", or how it was unpacked, e.g. "zip/rows".
        n_values: How many of the values.
    """

    place: str
    layer: str
    n_values: int


@dataclass
class Scan:
    """What looking through files found.

    Args:
        n_patterns: How many spellings were looked for.
        n_files: Files that were looked through.
        n_bytes: Bytes, packed ones once more as they were unpacked.
        hits: Where a value stands.
        unread: Files that could be looked at as raw bytes only, or not at all.
    """

    n_patterns: int = 0
    n_files: int = 0
    n_bytes: int = 0
    hits: list[Hit] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, other: "Scan") -> None:
        """Count what another scan found, too."""
        self.n_files += other.n_files
        self.n_bytes += other.n_bytes
        self.hits += other.hits
        self.unread += other.unread

    @property
    def places(self) -> list[str]:
        """The files that hold a value."""
        return sorted({hit.place for hit in self.hits})


class Values:
    """Values to look for; those that are too short to be told from chance are left out.

    Args:
        values: The values, as text.
    """

    def __init__(self, values: Iterable[str]) -> None:
        """Spell every value in every way."""
        every = sorted({value.strip() for value in values} - {""})
        self._values = [value for value in every if is_telling(value)]
        self.n_short = len(every) - len(self._values)
        spelled: dict[bytes, tuple[int, bool]] = {}
        for number, value in enumerate(self._values):
            for pattern, is_wide in _spellings(value):
                spelled.setdefault(pattern, (number, is_wide))
        self._patterns = list(spelled)
        self._of = list(spelled.values())
        self._longest = max(map(len, self._patterns), default=0)
        # Every byte as one character, so that a search in text is one in bytes.
        texts = [pattern.decode("latin-1") for pattern in self._patterns]
        self._texts = pl.Series(texts, dtype=pl.String).implode()
        self._encoded = [len(text.encode()) for text in texts]

    def __len__(self) -> int:
        """How many values are looked for."""
        return len(self._values)

    def __repr__(self) -> str:
        """How many there are, and none of them."""
        return f"Values({len(self)})"

    @property
    def n_patterns(self) -> int:
        """How many spellings are looked for."""
        return len(self._patterns)

    def without(self, numbers: Iterable[int]) -> "Values":
        """The same but for the values of these numbers."""
        gone = set(numbers)
        return Values(value for i, value in enumerate(self._values) if i not in gone)

    def found_in(self, pieces: Pieces) -> set[int]:
        """The numbers of the values that stand in a stream of bytes."""
        found: set[int] = set()
        before, is_first = b"", True
        for piece in pieces:
            if before or not is_first:
                # What touches an end is judged when its neighbours are there, too.
                found |= self._found(before + piece, is_first, is_last=False)
                before, is_first = (before + piece)[-self._longest - 2 :], False
            else:
                before = piece
        return found | self._found(before, is_first, is_last=True)

    def _found(self, data: bytes, is_first: bool, *, is_last: bool) -> set[int]:
        if not self._patterns or not data:
            return set()
        text = data.decode("latin-1")
        matches = pl.Series([text]).str.extract_many(self._texts, overlapping=True)
        if not len(matches[0]):
            return set()
        starts = pl.Series([text]).str.find_many(self._texts, overlapping=True)[0]
        number_of = {pattern: i for i, pattern in enumerate(self._patterns)}
        encoded = text.encode()
        found: set[int] = set()
        for match, start in zip(matches[0], starts, strict=True):
            number = number_of[match.encode("latin-1")]
            end = start + self._encoded[number]
            is_cut = (start == 0 and not is_first) or (end == len(encoded) and not is_last)
            if not is_cut and self._stands_alone(encoded, start, end, number):
                found.add(self._of[number][0])
        return found

    def _stands_alone(self, text: bytes, start: int, end: int, number: int) -> bool:
        """Whether what was found is no part of a longer word or number."""
        if self._of[number][1]:
            return True
        first, last = text[start : start + 1], text[end - 1 : end]
        return not (
            (_is_word(first) and _is_word(text[start - 1 : start] if start else b""))
            or (_is_word(last) and _is_word(text[end : end + 1]))
        )

    def stands_in(self, text: str) -> int:
        """How many of the values stand in a text."""
        return len(self.found_in([text.encode("utf-8", "surrogateescape")]))

    def scan(self, path: Path, place: str | None = None) -> Scan:
        """Look through a file, or all files below a folder.

        Args:
            path: The file or folder; links are not followed.
            place: What it is called in the result; None: its path.
        """
        made = Scan(n_patterns=self.n_patterns)
        for file in files_in(path):
            name = str(file) if place is None else _named(place, file, path)
            made.add(self.scan_file(file, name))
        return made

    def scan_file(self, path: Path, place: str) -> Scan:
        """Look through one file, also where the path is a link to it.

        Args:
            path: The file.
            place: What it is called in the result.
        """
        made = Scan(n_patterns=self.n_patterns, n_files=1)
        if found := self.stands_in(place):
            made.hits.append(Hit(place, "name", found))
        try:
            made.n_bytes += path.stat().st_size
            self._look("bytes", _read(path), place, made)
        except OSError:
            made.unread.append(place)
            return made
        try:
            for layer, pieces in _layers(path):
                self._look(layer, pieces, place, made)
        except FAULTS:
            made.unread.append(place)
        return made

    def _look(self, layer: str, pieces: Pieces, place: str, made: Scan) -> None:
        counted = _Counted(pieces)
        found = self.found_in(counted)
        made.n_bytes += 0 if layer == "bytes" else counted.n_bytes
        if found:
            made.hits.append(Hit(place, layer, len(found)))


class _Counted:
    """Counts the bytes that go by."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces, self.n_bytes = pieces, 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.n_bytes += len(piece)
            if self.n_bytes > MAX_UNPACKED:
                raise ValueError("it unpacks to more than any file holds")
            yield piece


def files_in(path: Path) -> Iterator[Path]:
    """The file, or every file below the folder, by name; links are left out."""
    if path.is_symlink():
        return
    if not path.is_dir():
        if path.is_file():
            yield path
        return
    for name in sorted(os.listdir(path)):  # noqa: PTH208 - it takes names that are no text
        yield from files_in(path / name)


def _named(place: str, file: Path, path: Path) -> str:
    inner = file.relative_to(path).as_posix()
    return place if inner == "." else f"{place}/{inner}"


def _is_word(byte: bytes) -> bool:
    return byte.isalnum() and byte.isascii()


def _spellings(value: str) -> Iterator[tuple[bytes, bool]]:
    """The value as bytes in every way, and whether a character takes several bytes always."""
    escaped = {json.dumps(value)[1:-1], html.escape(value), value.replace('"', '""')}
    for text in {value, *escaped}:
        yield text.encode("ascii", "xmlcharrefreplace"), False
        if text != value:
            yield text.encode("utf-8", "ignore"), False
    if quote(value) != value:
        yield quote(value).encode(), False
    for encoding in ENCODINGS:
        pattern = value.encode(encoding, "ignore")
        if len(pattern) >= SHORT:
            yield pattern, encoding.startswith("utf-16") or encoding.startswith("utf-32")


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _pieces(file)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _layers(path: Path) -> Iterator[Layer]:
    """What a file holds, unpacked."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(PARQUET):
            yield "rows", _parquet_rows(path)
        elif head.startswith(SQLITE):
            yield "rows", _sqlite_rows(path)
        else:
            file.seek(0)
            yield from _unpacked(file, head, 0)


def _unpacked(file: BinaryIO, head: bytes, depth: int) -> Iterator[Layer]:
    """What a stream holds, unpacked; `file` stands at its beginning."""
    if depth >= MAX_DEPTH:
        return
    if head.startswith(GZIP):
        import gzip

        yield from _inner("gzip", cast(BinaryIO, gzip.GzipFile(fileobj=file)), depth)
    elif head.startswith(ZSTD):
        reader = (
            compressed.zstd_module()
            .ZstdDecompressor()
            .stream_reader(file, read_across_frames=True, closefd=False)
        )
        yield from _inner("zstd", reader, depth)
    elif head.startswith(ZIP):
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                yield "zip", [member.filename.encode(), member.comment]
                with archive.open(member) as part:
                    yield from _inner("zip", cast(BinaryIO, part), depth)
    elif head[TAR_AT : TAR_AT + len(TAR)] == TAR:
        yield from _tar(file, depth)


def _tar(file: BinaryIO, depth: int) -> Iterator[Layer]:
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for member in archive:
            part = archive.extractfile(member)
            if part is not None:
                yield from _inner("tar", cast(BinaryIO, part), depth)


def _inner(name: str, file: BinaryIO, depth: int) -> Iterator[Layer]:
    """A packed stream: its bytes, and what is packed or stored in these."""
    spool = _Spool()
    yield name, spool.through(_pieces(file))
    with spool as kept:
        for layer, pieces in _stored(kept, spool.head, depth + 1):
            yield f"{name}/{layer}", pieces


def _stored(file: BinaryIO, head: bytes, depth: int) -> Iterator[Layer]:
    if head.startswith((PARQUET, SQLITE)):
        from guanyao.protect.vault.memory_file import memory_file

        suffix = ".parquet" if head.startswith(PARQUET) else ".db"
        with memory_file(suffix) as (copy, path):
            for piece in _pieces(file):
                copy.write(piece)
            yield "rows", _parquet_rows(path) if suffix == ".parquet" else _sqlite_rows(path)
    else:
        yield from _unpacked(file, head, depth)


class _Spool:
    """Keeps a stream in memory while it goes by, if it is worth a second look."""

    def __init__(self) -> None:
        self.head = b""
        self._parts: list[bytes] = []

    def through(self, pieces: Pieces) -> Iterator[bytes]:
        """The same pieces; of what is packed in turn they are kept."""
        for piece in pieces:
            if len(self.head) < HEAD:
                self.head = (self.head + piece)[:HEAD]
            if self._is_packed():
                self._parts.append(piece)
            yield piece

    def _is_packed(self) -> bool:
        is_tar = self.head[TAR_AT : TAR_AT + len(TAR)] == TAR
        return is_tar or self.head.startswith((ZIP, GZIP, ZSTD, PARQUET, SQLITE))

    def __enter__(self) -> BinaryIO:
        import io

        return io.BytesIO(b"".join(self._parts))

    def __exit__(self, *error: object) -> None:
        self._parts = []


def _parquet_rows(path: Path) -> Iterator[bytes]:
    """The cells as text, a batch of rows at a time."""
    rows = pl.scan_parquet(path, glob=False)
    n_rows = int(rows.select(pl.len()).collect().item())
    for start in range(0, n_rows, ROWS):
        yield cells(rows.slice(start, ROWS).collect())


def cells(frame: pl.DataFrame) -> bytes:
    """The cells of a frame as text in UTF-8, each on a line of its own, column by column."""
    return b"\n".join(_column(values) for values in frame)


def _column(values: pl.Series) -> bytes:
    if values.dtype == pl.Binary:
        return b"\n".join(values.drop_nulls().to_list())
    if values.dtype.is_nested() or values.dtype == pl.Object:
        return "\n".join(map(str, values.drop_nulls().to_list())).encode()
    return "\n".join(values.drop_nulls().cast(pl.String).to_list()).encode()


def _sqlite_rows(path: Path) -> Iterator[bytes]:
    """The cells of every table as text, some rows at a time."""
    connection = _database(path)
    try:
        connection.text_factory = bytes
        kinds = "SELECT name FROM sqlite_master WHERE type = 'table'"
        for (name,) in connection.execute(kinds).fetchall():
            quoted = name.decode().replace('"', '""')
            cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - quoted
            while rows := cursor.fetchmany(ROWS):
                yield b"\n".join(_bytes(cell) for row in rows for cell in row)
    finally:
        connection.close()


def _database(path: Path) -> sqlite3.Connection:
    """The database, to be read; a link leads to a file in memory, which SQLite cannot open."""
    if not path.is_symlink():
        return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)
    content = bytearray(path.read_bytes())
    content[18:20] = b"\x01\x01"  # no write-ahead log, which memory has none of
    connection = sqlite3.connect(":memory:")
    connection.deserialize(bytes(content))
    return connection


def _bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()
