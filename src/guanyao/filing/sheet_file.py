"""The rows of a CSV file or a workbook as text, each with its line; nothing in it is run.

Formulas are told apart from what was typed, merged cells are filled, and a file that unpacks to
more than it should, carries macros or is protected is refused.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from posixpath import normpath
from typing import NoReturn
from xml.parsers import expat

from guanyao.errors import DataError

MAX_FILE = 64 << 20
MAX_UNPACKED = 256 << 20
MAX_COLUMNS = 64
MAX_MERGED = 2_000_000
MAX_CELL = 32_767
MAX_TEXTS = 2_000_000
PIECE = 1 << 20
DELIMITERS = (",", "\t", ";", "|")
ENCODINGS = ("utf-8", "gb18030")
SHEETS, TEXTS, LINKS = "xl/workbook.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
NUMBER = re.compile(r"[0-9]{1,9}")
ALLOWED = ".csv, .tsv or .txt in UTF-8 or GB18030, or .xlsx without macros and password"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The rows of one table.

    Args:
        name: What its tab says; "" for a text file.
        rows: Line -> its cells, in order, from the left.
        computed: Line and place (from 0) of cells that hold a formula or an error.
    """

    name: str = ""
    rows: dict[int, list[str]] = field(default_factory=dict)
    computed: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Sheets:
    """All tables of a file, and what was left out: names of hidden sheets."""

    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()


def read_sheets(content: bytes, name: str, *, max_rows: int, part: str = "") -> Sheets:
    """The tables of a file.

    Args:
        content: The file.
        name: Its name, for messages; its suffix says what it is.
        max_rows: More rows than this are refused.
        part: The one sheet that is meant; "": all that are not hidden.

    Raises:
        DataError: It cannot be read ("sheet.unreadable"), has too many rows ("sheet.limit"),
            carries macros ("sheet.macros"), or has no such sheet ("sheet.part").
    """
    if len(content) > MAX_FILE:
        _unreadable(name, f"it is larger than {MAX_FILE >> 20} MiB")
    suffix = name.lower().rpartition(".")[2]
    if suffix == "xlsx":
        return _Workbook(content, name, max_rows).read(part)
    if suffix not in ("csv", "tsv", "txt"):
        _unreadable(name, "it has no known suffix")
    return Sheets(sheets=(Sheet(rows=dict(_text_rows(content, name, max_rows))),))


def _unreadable(name: str, why: str, *, code: str = "sheet.unreadable") -> NoReturn:
    raise DataError(f"{name} cannot be read: {why}", allowed=ALLOWED, code=code)


def _too_long(name: str, max_rows: int) -> DataError:
    return DataError(
        f"{name} has more than {max_rows:,} rows",
        allowed=f"at most {max_rows:,}",
        do="split it",
        code="sheet.limit",
    )


def _text_rows(content: bytes, name: str, max_rows: int) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(content, name)
    if "\0" in text:
        _unreadable(name, "it holds NUL bytes")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line, n_rows = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                n_rows += 1
                if n_rows > max_rows:
                    raise _too_long(name, max_rows)
                yield line, cells[:MAX_COLUMNS]
            line = reader.line_num + 1
    except csv.Error:
        _unreadable(name, f"a quote is out of place, or a cell is too long, from line {line} on")


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _tried(content, "utf-16") or _unreadable(name, "it is no text")
    for encoding in ENCODINGS:
        text = _tried(content, encoding)
        if text is not None:
            return text.removeprefix("\ufeff")
    _unreadable(name, "it is no text in UTF-8 or GB18030")


def _tried(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _delimiter(text: str) -> str:
    """The delimiter that stands most often in the first lines."""
    head = "\n".join(text[: 1 << 16].splitlines()[:10])
    return max(DELIMITERS, key=head.count)


class _Workbook:
    """Reads the sheets of an .xlsx file."""

    def __init__(self, content: bytes, name: str, max_rows: int) -> None:
        self._name, self._max_rows = name, max_rows
        if content.startswith(OLE):
            _unreadable(name, "it is protected by a password, or an old .xls")
        if not content.startswith(ZIP):
            _unreadable(name, "it is no workbook")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            _unreadable(name, f"it is damaged ({type(error).__name__})")
        members = self._archive.namelist()
        if any("vbaproject" in member.lower() for member in members):
            _unreadable(name, "it carries macros", code="sheet.macros")
        self._members = set(members)
        self._left = MAX_UNPACKED

    def read(self, part: str) -> Sheets:
        """The sheets that are meant."""
        places = self._places()
        if part and part not in [title for title, _, _ in places]:
            raise DataError(
                f"{self._name} has no sheet {part[:40]!r}",
                allowed="sheets: " + ", ".join(title[:40] for title, _, _ in places[:20]),
                code="sheet.part",
            )
        texts = self._texts()
        meant = [(t, place) for t, place, hidden in places if (t == part if part else not hidden)]
        hidden = tuple(title for title, _, is_hidden in places if is_hidden and title != part)
        found = tuple(self._sheet(title, place, texts) for title, place in meant)
        return Sheets(sheets=found, hidden=hidden)

    def _places(self) -> list[tuple[str, str, bool]]:
        """Title, member and whether it is hidden, of every sheet."""
        links: dict[str, str] = {}
        found: list[tuple[str, str, bool]] = []

        def link(tag: str, facts: dict[str, str]) -> None:
            if tag == "Relationship":
                links[facts.get("Id", "")] = facts.get("Target", "")

        def sheet(tag: str, facts: dict[str, str]) -> None:
            if tag == "sheet":
                id = next((v for k, v in facts.items() if k.endswith(":id")), "")
                target = links.get(id, "")
                place = target.lstrip("/") if target.startswith("/") else normpath(f"xl/{target}")
                found.append((facts.get("name", ""), place, facts.get("state", "") != ""))

        self._parse(LINKS, link)
        self._parse(SHEETS, sheet)
        return [(title, place, hidden) for title, place, hidden in found if place in self._members]

    def _texts(self) -> list[str]:
        """The texts that cells refer to."""
        found: list[str] = []
        parts: list[str] = []
        is_reading, is_sound = False, False

        def begin(tag: str, facts: dict[str, str]) -> None:
            nonlocal is_reading, is_sound
            if tag == "si":
                parts.clear()
            is_sound = is_sound or tag == "rPh"
            is_reading = tag == "t" and not is_sound

        def end(tag: str) -> None:
            nonlocal is_reading, is_sound
            is_reading, is_sound = False, is_sound and tag != "rPh"
            if tag == "si":
                found.append("".join(parts)[:MAX_CELL])
                self._check_texts(len(found))

        def text(data: str) -> None:
            if is_reading:
                parts.append(data)

        if TEXTS in self._members:
            self._parse(TEXTS, begin, end, text)
        return found

    def _check_texts(self, n: int) -> None:
        if n > MAX_TEXTS:
            _unreadable(self._name, f"it holds more than {MAX_TEXTS:,} texts")

    def _sheet(self, title: str, place: str, texts: list[str]) -> Sheet:
        reader = _SheetReader(texts, lambda: _too_long(self._name, self._max_rows), self._max_rows)
        self._parse(place, reader.begin, reader.end, reader.text)
        if not _fill(reader.rows, reader.merged):
            _unreadable(self._name, "too many of its cells are merged")
        return Sheet(name=title, rows=reader.rows, computed=frozenset(reader.computed))

    def _parse(
        self,
        member: str,
        begin: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] | None = None,
        text: Callable[[str], None] | None = None,
    ) -> None:
        """Go through one part; a document type, which could name other files, is refused."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, facts: begin(tag.rpartition(":")[2], facts)
        if end is not None:
            parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        if text is not None:
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = lambda *_: _unreadable(self._name, "it is no workbook")
        try:
            with self._archive.open(member) as file:
                while piece := file.read(PIECE):
                    self._left -= len(piece)
                    if self._left < 0:
                        _unreadable(self._name, f"it unpacks to more than {MAX_UNPACKED >> 20} MiB")
                    parser.Parse(piece, False)
                parser.Parse(b"", True)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
            _unreadable(self._name, f"it is damaged ({type(error).__name__})")
        except (RuntimeError, NotImplementedError) as error:
            _unreadable(self._name, f"it is packed in an unknown way ({type(error).__name__})")


class _SheetReader:
    """Gathers the cells of one sheet as its parts go by."""

    def __init__(self, texts: list[str], too_long: Callable[[], DataError], most: int) -> None:
        self._texts, self._too_long, self._most = texts, too_long, most
        self.rows: dict[int, list[str]] = {}
        self.merged: list[str] = []
        self.computed: set[tuple[int, int]] = set()
        self._line, self._column, self._type = 0, -1, ""
        self._parts: list[str] = []
        self._is_reading = False

    def begin(self, tag: str, facts: dict[str, str]) -> None:
        """An element begins."""
        if tag == "row":
            number = facts.get("r", "")
            self._line = int(number) if NUMBER.fullmatch(number) else self._line + 1
            self._column = -1
        elif tag == "c":
            found = CELL.fullmatch(facts.get("r", ""))
            self._column = _number(found[1]) if found else self._column + 1
            self._type = facts.get("t", "n")
            self._parts = []
        elif tag == "f":
            self.computed.add((self._line, self._column))
        elif tag == "mergeCell" and len(self.merged) < MAX_MERGED:
            self.merged.append(facts.get("ref", ""))
        self._is_reading = tag in ("v", "t")

    def text(self, data: str) -> None:
        """Some text goes by."""
        if self._is_reading:
            self._parts.append(data)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._is_reading = False
        if tag == "c" and self._parts and 0 <= self._column < MAX_COLUMNS:
            self._put("".join(self._parts)[:MAX_CELL])

    def _put(self, value: str) -> None:
        if self._type == "s":
            place = int(value) if NUMBER.fullmatch(value) else -1
            value = self._texts[place] if 0 <= place < len(self._texts) else ""
        elif self._type == "e":
            self.computed.add((self._line, self._column))
        elif self._type == "n":
            value = _shown(value)
        if not value.strip():
            return
        row = self.rows.get(self._line)
        if row is None:
            if len(self.rows) >= self._most:
                raise self._too_long()
            row = self.rows[self._line] = []
        row.extend([""] * (self._column + 1 - len(row)))
        row[self._column] = value


def _shown(number: str) -> str:
    """A stored number as it is shown: 12 for 12.0."""
    try:
        value = float(number)
    except ValueError:
        return number
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else number


def _number(letters: str) -> int:
    """The place of a column, from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _fill(rows: dict[int, list[str]], merged: list[str]) -> bool:
    """Give every cell that was merged the value that is shown there; False: there are too many."""
    left = MAX_MERGED
    for ref in merged:
        ends = [CELL.fullmatch(end) for end in ref.split(":")]
        if len(ends) != 2 or ends[0] is None or ends[1] is None:
            continue
        top, bottom = int(ends[0][2]), int(ends[1][2])
        first, last = _number(ends[0][1]), min(_number(ends[1][1]), MAX_COLUMNS - 1)
        left -= max(0, bottom - top + 1) * max(0, last - first + 1)
        if left < 0:
            return False
        value = (rows.get(top, []) + [""] * MAX_COLUMNS)[min(first, MAX_COLUMNS)]
        for line, column in product(range(top, bottom + 1), range(first, last + 1)):
            if value and line in rows:
                row = rows[line]
                row.extend([""] * (column + 1 - len(row)))
                row[column] = value
    return True
