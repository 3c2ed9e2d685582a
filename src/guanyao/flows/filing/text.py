"""The text of a file, whatever it is: documents, workbooks, PDF, JSON, text, and zips of them.

Nothing is run and nothing is written; what is packed is unpacked within limits. What cannot be read
is told in two kinds: `unread` is what has no text for a machine (a scanned page, a picture), and
`closed` is what could hide anything (encrypted, damaged, of an unknown form, too large).
"""

import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from guanyao.registry import need

MAX_FILE = 64 << 20
MAX_UNPACKED = 256 << 20
"""Bytes that all members of one file may have together."""
MAX_MEMBERS = 10_000
MAX_DEPTH = 3
MAX_PAGES = 3_000
MAX_OBJECTS = 500_000
"""Objects of a PDF."""
MAX_CELLS = 16_384
"""Columns that a sheet can have; a cell beyond is no cell."""

ZIP, PDF, OLE = b"PK", b"%PDF-", bytes.fromhex("d0cf11e0a1b11ae1")
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*")
PNG, JPEG = PICTURES[0], PICTURES[1]
PNG_HEAD = 8
DRAWN = (b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"pHYs", b"gAMA", b"cHRM", b"sRGB", b"iCCP")
"""Parts of a PNG file that hold no text."""
PACKED_NOTE = re.compile(rb"\x00(?=\x78)")
"""Where a packed text may begin: behind the end of a word."""
MAX_NOTE = 4 << 20
MOST_BESIDE = 1 << 18
"""Bytes at either end of a picture of another kind that are looked at."""
SAID = re.compile(r"[^\x00-\x1f\x7f-\x9f\ufffd]{6,2000}")
"""Text among other bytes."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
TAG = re.compile(r"<[^<>]{0,2000}>")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MEASURE = re.compile(r"[-+]?[0-9A-Fa-f]{0,10}(?:[.][0-9A-Fa-f]*)?|\{[0-9A-Fa-f-]*\}")
RUNS = ("p", "si", "text", "is")
"""Elements whose parts are one text, however it was cut up: a paragraph, a note, a cell."""
EXPONENT = re.compile(r"-?[0-9](?:[.][0-9]+)?[eE][+]?[0-9]{1,2}")
COLUMN = re.compile(r"[A-Z]{1,3}")
PACKED = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError),
    *(OSError, ValueError),
)
"""What a damaged or encrypted archive ends with."""


@dataclass(frozen=True)
class Piece:
    """Some text of a file.

    Args:
        place: Where it stands: "paragraph 3", "Sheet1 row 2", "page 4".
        text: It.
        head: Of a row of a sheet: the titles of its columns.
    """

    place: str
    text: str = field(repr=False)
    head: str = field(default="", repr=False)


@dataclass
class Reading:
    """What a file says, and what of it could not be read.

    Args:
        pieces: Its text, in order.
        unread: Parts without text for a machine.
        closed: Parts that cannot be looked into.
    """

    pieces: list[Piece] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    _left: int = MAX_UNPACKED
    _members: int = MAX_MEMBERS

    def say(self, place: str, text: str, head: str = "") -> None:
        """Add some text."""
        if text.strip():
            self.pieces.append(Piece(place, text, head))

    def member(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
        """A member's bytes; None where there are too many, or they cannot be had."""
        self._members -= 1
        if info.flag_bits & 1 or self._members < 0 or info.file_size > self._left:
            return None
        try:
            with archive.open(info) as file:
                content = file.read(self._left + 1)
        except PACKED:
            return None
        self._left -= len(content)
        return None if self._left < 0 else content


def read(content: bytes) -> Reading:
    """All text of a file, told by what is in it and not by its name."""
    found = Reading()
    if len(content) > MAX_FILE:
        found.closed.append(f"larger than {MAX_FILE >> 20} MiB")
        return found
    _read(found, content, "", 0)
    return found


def _read(found: Reading, content: bytes, place: str, depth: int) -> None:
    if content.startswith(ZIP):
        _zip(found, content, place, depth)
    elif PDF in content[:1024]:
        _pdf(found, content, place, depth)
    elif content.startswith(PICTURES):
        found.unread.append(_at(place, "a picture"))
        for n, note in enumerate(_beside_picture(content), 1):
            found.say(_place(place, f"note {n} of the picture"), note)
    elif content.startswith(OLE):
        found.closed.append(_at(place, "an encrypted or old Office file"))
    else:
        text = _decoded(content)
        if text is None:
            found.closed.append(_at(place, "of a form that cannot be read"))
        else:
            _plain(found, text, place)


def _beside_picture(content: bytes) -> Iterator[str]:
    """What is written beside a picture: remarks, and what a camera or a program left."""
    if content.startswith(PNG):
        parts: Iterable[bytes] = _png_notes(content)
    elif content.startswith(JPEG):
        parts = _jpeg_notes(content)
    else:
        parts = (content[:MOST_BESIDE], content[MOST_BESIDE:][-MOST_BESIDE:])
    for part in parts:
        for encoding in ("utf-8", "utf-16-le"):
            yield "\n".join(SAID.findall(part.decode(encoding, "replace")))


def _png_notes(content: bytes) -> Iterator[bytes]:
    """The parts of a PNG file that hold text, unpacked. Reference: ISO/IEC 15948:2004, 11.3.4."""
    at = PNG_HEAD
    while at + 8 <= len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        body, at = content[at + 8 : at + 8 + size], at + 12 + size
        if kind == b"IEND":
            yield content[at:]
        elif kind not in DRAWN:
            yield body
            for start in [match.end() for match in PACKED_NOTE.finditer(body)][:4]:
                try:
                    yield zlib.decompressobj().decompress(body[start:], MAX_NOTE)
                except zlib.error:
                    continue


def _jpeg_notes(content: bytes) -> Iterator[bytes]:
    """The segments of a JPEG file before its picture, and what stands behind its end."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        size = int.from_bytes(content[at + 2 : at + 4])
        if content[at + 1] == 0xFE or 0xE0 <= content[at + 1] <= 0xEF:
            yield content[at + 4 : at + 2 + size]
        at += 2 + max(size, 2)
    yield content[content.rfind(b"\xff\xd9") + 2 :]


def _at(place: str, what: str) -> str:
    return f"{place}: {what}" if place else what


def _place(place: str, where: str) -> str:
    return f"{place} › {where}" if place else where


def _decoded(content: bytes) -> str | None:
    """The text of bytes that are text in one of the encodings in use; None if they are none."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if CONTROL.search(text) else text
    return None


def _plain(found: Reading, text: str, place: str) -> None:
    record = _json(text)
    if record is not None:
        lines: Iterable[str] = _pairs(record)
    elif text.lstrip()[:1] == "<":
        lines = html.unescape(TAG.sub(" ", text) + "\n" + text).splitlines()
    else:
        lines = text.splitlines()
    head = ""
    for n, line in enumerate(lines, 1):
        found.say(_place(place, f"line {n}"), line, head if "," in line or "\t" in line else "")
        head = head or line


def _json(text: str) -> Any:  # noqa: ANN401
    """The value of a JSON text that holds others; None if it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(value: Any, name: str = "") -> Iterator[str]:  # noqa: ANN401
    """Every value of a JSON text with the name that it has."""
    stack: list[tuple[str, Any]] = [(name, value)]
    while stack:
        key, item = stack.pop()
        if isinstance(item, dict):
            stack += [(str(k), v) for k, v in reversed(item.items())]
        elif isinstance(item, list):
            stack += [(key, v) for v in reversed(item)]
        else:
            yield f"{key}: {item}" if key else str(item)


def _zip(found: Reading, content: bytes, place: str, depth: int) -> None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except PACKED:
        found.closed.append(_at(place, "a damaged archive"))
        return
    with archive:
        names = set(archive.namelist())
        parts = _members(found, archive, place)
        if "word/document.xml" in names:
            _office(found, parts, place, depth, _word)
        elif "xl/workbook.xml" in names:
            _workbook(found, list(parts), place, depth)
        elif "[Content_Types].xml" in names:
            _office(found, parts, place, depth, _any_xml)
        elif depth >= MAX_DEPTH:
            found.closed.append(_at(place, "an archive within archives"))
        else:
            for name, part in parts:
                _read(found, part, _place(place, name), depth + 1)


def _members(found: Reading, archive: zipfile.ZipFile, place: str) -> Iterator[tuple[str, bytes]]:
    for info in archive.infolist():
        if info.is_dir():
            continue
        content = found.member(archive, info)
        if content is None:
            found.closed.append(_at(place, "a member is encrypted, damaged or too large"))
        else:
            yield info.filename, content


def _office(
    found: Reading,
    parts: Iterable[tuple[str, bytes]],
    place: str,
    depth: int,
    lines: Callable[[ElementTree.Element], Iterable[tuple[str, str]]],
) -> None:
    """The parts of a document: what is XML is read by its rules, anything else as a file."""
    for name, part in parts:
        if not name.endswith((".xml", ".rels")):
            _media(found, part, _place(place, name), depth)
            continue
        root = _root(part)
        if root is None:
            found.closed.append(_at(_place(place, name), "no plain XML"))
            continue
        rule = lines if name.startswith("word/") and not name.endswith(".rels") else _any_xml
        own = place if name == "word/document.xml" else _place(place, name)
        for where, text in rule(root):
            found.say(_place(own, where), text)


def _media(found: Reading, part: bytes, place: str, depth: int) -> None:
    if depth >= MAX_DEPTH:
        found.closed.append(_at(place, "a file within archives"))
    else:
        _read(found, part, place, depth + 1)


def _root(part: bytes) -> ElementTree.Element | None:
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        return None
    try:
        return ElementTree.fromstring(part)  # noqa: S314 - no entities: they were refused
    except ElementTree.ParseError:
        return None


def _word(root: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Paragraphs, and rows of tables once more, so that a label stands beside its value."""
    for n, paragraph in enumerate(root.iter(f"{WORD}p"), 1):
        yield f"paragraph {n}", _joined(paragraph, f"{WORD}t")
    for n, row in enumerate(root.iter(f"{WORD}tr"), 1):
        cells = [_joined(cell, f"{WORD}t") for cell in row.findall(f"{WORD}tc")]
        yield f"table row {n}", "\t".join(cells)
    yield from _any_xml(root, but=f"{WORD}t")


def _any_xml(root: ElementTree.Element, but: str = "") -> Iterator[tuple[str, str]]:
    """Texts and attributes; numbers in attributes are measures of how something looks.

    Args:
        root: The part.
        but: Elements whose text was read already.
    """
    for n, node in enumerate(root.iter(), 1):
        words = [word for word in node.attrib.values() if not MEASURE.fullmatch(word)]
        said = ["" if node.tag == but else node.text or "", *words, node.tail or ""]
        if text := "\n".join(part for part in said if part.strip()):
            yield f"part {n}", text
        if len(node) > 1 and str(node.tag).rpartition("}")[2] in RUNS:
            own = (part.text or "" for part in node.iter() if part.tag != but)
            if text := "".join(own).strip():
                yield f"part {n}, joined", text


def _joined(node: ElementTree.Element, tag: str) -> str:
    return "".join(part.text or "" for part in node.iter(tag))


def _workbook(found: Reading, parts: list[tuple[str, bytes]], place: str, depth: int) -> None:
    by_name = dict(parts)
    shared = _root(by_name.pop("xl/sharedStrings.xml", b"<none/>"))
    words = [_joined(item, f"{SHEET}t") for item in shared.iter(f"{SHEET}si")] if shared else []
    sheets = {name: by_name.pop(name) for name in list(by_name) if _is_sheet(name)}
    for name, part in sheets.items():
        root = _root(part)
        if root is None:
            found.closed.append(_at(_place(place, name), "no plain XML"))
            continue
        own = name.rpartition("/")[2].removesuffix(".xml")
        head = ""
        for n, row in enumerate(root.iter(f"{SHEET}row"), 1):
            line = "\t".join(_cells(row, words))
            found.say(_place(place, f"{own} row {n}"), line, head)
            head = head or line
        _beside(found, root, _place(place, own))
    _office(found, by_name.items(), place, depth, _any_xml)
    if shared is None:
        found.closed.append(_at(place, "no plain XML"))


def _beside(found: Reading, root: ElementTree.Element, place: str) -> None:
    """What a sheet says beside its rows: heads and feet, rules for input, links, hints."""
    data = root.find(f"{SHEET}sheetData")
    if data is not None:
        root.remove(data)
    for where, text in _any_xml(root):
        found.say(_place(place, where), text)


def _is_sheet(name: str) -> bool:
    return name.startswith("xl/worksheets/") and name.endswith(".xml")


def _cells(row: ElementTree.Element, words: list[str]) -> Iterator[str]:
    """The texts of a row, each in its column, so that they stand under their titles."""
    at = 0
    for cell in row.iter(f"{SHEET}c"):
        column = _column(cell.get("r", ""))
        while column is not None and at < column:
            yield ""
            at += 1
        yield _cell(cell, words)
        at += 1


def _column(reference: str) -> int | None:
    match = COLUMN.match(reference)
    if match is None:
        return None
    number = 0
    for letter in match[0]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1 if number <= MAX_CELLS else None


def _cell(cell: ElementTree.Element, words: list[str]) -> str:
    value = _joined(cell, f"{SHEET}v")
    if cell.get("t") == "s" and value.isdecimal() and len(value) < 10 and int(value) < len(words):
        return words[int(value)]
    formula = " ".join(part.text or "" for part in cell.iter(f"{SHEET}f")).strip()
    said = (_digits(value) + _joined(cell, f"{SHEET}t"), formula and f"={formula}")
    return " ".join(part for part in said if part)


def _digits(value: str) -> str:
    """A number with all its digits: 13900000000 for 1.39E10."""
    if not EXPONENT.fullmatch(value):
        return value
    number = Decimal(value)
    return f"{number:f}" if number == number.to_integral_value() else value


def _pdf(found: Reading, content: bytes, place: str, depth: int) -> None:
    """Text page by page, metadata, and attached files; forms and notes are parts of pages."""
    pypdf = need("pypdf")
    try:
        reader = pypdf.PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            found.closed.append(_at(place, "an encrypted PDF"))
            return
        if _n_pages(reader) > MAX_PAGES:
            found.closed.append(_at(place, f"more than {MAX_PAGES} pages"))
            return
        texts = [_page(page) for page in reader.pages]
        facts = [str(value) for value in (reader.metadata or {}).values()]
        beside = list(_told_beside(reader))
        attached = [(name, part) for name, parts in reader.attachments.items() for part in parts]
    except Exception:  # a hostile PDF may end the reader with anything
        found.closed.append(_at(place, "a damaged PDF"))
        return
    for n, text in enumerate(texts, 1):
        found.say(_place(place, f"page {n}"), text)
    if empty := [n for n, text in enumerate(texts, 1) if not text.strip()]:
        found.unread.append(_at(place, f"{len(empty)} of {len(texts)} pages hold no text"))
    found.say(_place(place, "metadata"), "\n".join(facts))
    for n, text in enumerate(beside, 1):
        found.say(_place(place, f"note {n}"), text)
    for name, part in attached:
        _media(found, part, _place(place, name), depth)


def _n_pages(reader: Any) -> int:  # noqa: ANN401
    """How many pages there are, counted no further than is needed: a tree may name one often."""
    waiting, n, n_steps = [reader.trailer["/Root"]["/Pages"]], 0, 0
    while waiting and n <= MAX_PAGES:
        node = waiting.pop().get_object()
        n_steps += 1
        if "/Kids" in node and n_steps <= 4 * MAX_PAGES:
            waiting += node["/Kids"][: MAX_PAGES + 1]
        else:
            n += 1
    return n


def _told_beside(reader: Any) -> Iterator[str]:  # noqa: ANN401
    """Texts that no page shows: of bookmarks, alternative texts, forms, and XMP metadata."""
    numbers = sorted({n for table in reader.xref.values() for n in table} | set(reader.xref_objStm))
    if len(numbers) > MAX_OBJECTS:
        raise ValueError("too many objects")
    for number in numbers:
        found: Any = reader.get_object(number)
        if isinstance(found, dict) and found.get("/Type") == "/Metadata":
            yield TAG.sub(" ", reader.get_object(number).get_data().decode("utf-8", "replace"))
        yield from _texts_of(found)


def _texts_of(found: Any) -> Iterator[str]:  # noqa: ANN401
    """The texts that stand in an object itself; what it refers to is looked at by itself."""
    stack: list[Any] = [found]
    while stack:
        part: Any = stack.pop()
        if isinstance(part, dict):  # a reference is none, and is not followed
            stack += list(dict.values(part))
        elif isinstance(part, list):
            stack += list.__iter__(part)
        elif isinstance(part, str) and not part.startswith("/") and part.strip():
            yield part


def _page(page: Any) -> str:  # noqa: ANN401
    """What a page says, with what was typed into its forms and notes."""
    said = [page.extract_text()]
    for mark in page.get("/Annots") or ():
        facts = mark.get_object()
        said += [str(facts[key]) for key in ("/V", "/Contents", "/TU") if key in facts]
        uri = facts.get("/A")
        if uri is not None:
            said.append(str(uri.get_object().get("/URI", "")))
    return "\n".join(said)
