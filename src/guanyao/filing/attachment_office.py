"""The faults of an archive, and of the Office files that are archives.

Every entry is unpacked once, in bounded memory, and its checksum compared, before anything is said
of it: what an archive states of itself is not believed.

Reference: PKWARE 2022, ".ZIP File Format Specification" 6.3.10; ECMA-376-1:2016, 17.16 (fields);
ECMA-376-2:2021 (packages); Fifield 2019, "A better zip bomb" (entries that overlap).
"""

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from xml.parsers import expat

from guanyao.filing import attachment, attachment_pdf
from guanyao.filing.attachment import OLE, Fault

MAX_ENTRIES = 4_000
MAX_TOTAL = 512 << 20
"""Bytes that all entries together may hold."""
MAX_RATIO = 200
"""How many times an entry may be larger than its packed form, from `SMALL` on."""
SMALL = 1 << 20
MAX_DEPTH = 2
"""How deep files may lie in files: a workbook in a document in an archive."""
PIECE = 1 << 20
PROGRAMS = (b"MZ", b"\x7fELF")
PROGRAM_SUFFIXES = (".exe", ".dll", ".js", ".vbs", ".ps1", ".bat", ".cmd", ".hta", ".lnk")
STOPS = ("bomb", "encrypted", "path")
"""Faults after which nothing is unpacked."""
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError),
    *(RuntimeError, IndexError, struct.error, lzma.LZMAError),
)
"""What unpacking a broken archive may raise."""
OFFICE_PARTS = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
TYPES_PART = "[Content_Types].xml"
TAKEN = ("instrText", "delInstrText", "f", "definedName")
"""Elements whose text tells a program what to do: fields, formulas."""
DDE_WORD = re.compile(r"\bDDE(?:AUTO)?\b", re.IGNORECASE)
FETCH_WORD = re.compile(r"\b(?:INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|RD)\b", re.IGNORECASE)
CELL_FETCH = re.compile(r"\b(?:WEBSERVICE|RTD|CALL|REGISTER)\s*\(", re.IGNORECASE)
MACRO_PART = re.compile(r"vbaProject|vbaData|/macrosheets/|/dialogsheets/", re.IGNORECASE)
MACRO_TYPE = re.compile(r"macroEnabled|vbaProject|macrosheet|dialogsheet", re.IGNORECASE)


def kind_of(content: bytes) -> str:
    """Which of the types an archive is: docx, xlsx, pptx, or zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except UNREADABLE:
        return "zip"
    if TYPES_PART not in names:
        return "zip"
    of = (kind for part, kind in OFFICE_PARTS.items() if any(n.startswith(part) for n in names))
    return next(of, "zip")


def faults(content: bytes, depth: int = 0) -> list[Fault]:
    """Every fault of an archive and of what lies in it, each once.

    Args:
        content: The archive.
        depth: In how many other files it lies.
    """
    kind = kind_of(content)
    if depth > MAX_DEPTH or (depth and kind == "zip"):
        return [Fault("nested", "an archive within an archive")]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [*_outer_faults(archive)]
            if any(fault.kind in STOPS for fault in found):
                return found
            parts, more = _unpacked(archive)
    except UNREADABLE as error:
        return [Fault("damaged", f"the archive cannot be read ({type(error).__name__})")]
    found += more
    if kind == "zip":
        found += _file_faults(parts, depth)
    else:
        found += [*_office_faults(parts), *_embedded_faults(parts, depth)]
    return list(dict.fromkeys(found))


def _outer_faults(archive: zipfile.ZipFile) -> Iterator[Fault]:
    """What its list of contents tells, before anything is unpacked."""
    infos = archive.infolist()
    yield from _size_faults(infos)
    if any(info.flag_bits & 1 for info in infos):
        yield Fault("encrypted", "an entry asks for a password")
    if any(_leads_out(info) for info in infos):
        yield Fault("path", "an entry lies outside its folder, or is a link")
    names = [info.filename for info in infos]
    if len(set(names)) < len(names):
        yield Fault("twice", "two entries have the same name")
    if min((one.header_offset for one in infos), default=0):
        yield Fault("damaged", "something lies before its entries, e.g. another archive")


def _size_faults(infos: list[zipfile.ZipInfo]) -> Iterator[Fault]:
    if len(infos) > MAX_ENTRIES:
        yield Fault("bomb", f"{len(infos)} entries, and {MAX_ENTRIES} are allowed")
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL:
        yield Fault("bomb", f"it unpacks to {total} bytes, and {MAX_TOTAL} are allowed")
    large = (info for info in infos if info.file_size > SMALL)
    if any(info.file_size > MAX_RATIO * max(info.compress_size, 1) for info in large):
        yield Fault("bomb", f"an entry swells more than {MAX_RATIO} times")
    if _overlap(infos):
        yield Fault("bomb", "entries share their bytes")


def _leads_out(info: zipfile.ZipInfo) -> bool:
    name = info.orig_filename
    parts = name.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    return is_link or ".." in parts or "\x00" in name or name[:1] in ("/", "\\") or ":" in parts[0]


def _overlap(infos: list[zipfile.ZipInfo]) -> bool:
    ordered = sorted(infos, key=lambda info: info.header_offset)
    return any(
        one.header_offset + one.compress_size > other.header_offset
        for one, other in pairwise(ordered)
    )


def _unpacked(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], list[Fault]]:
    """Every entry by its name, and what was wrong with unpacking them."""
    parts: dict[str, bytes] = {}
    left = MAX_TOTAL
    for info in archive.infolist():
        if info.is_dir():
            continue
        content = _entry(archive, info, left)
        if content is None:
            return parts, [Fault("damaged", "an entry does not fit its checksum or is cut off")]
        left -= len(content)
        if left < 0:
            return parts, [Fault("bomb", f"it unpacks to more than {MAX_TOTAL} bytes")]
        parts[info.filename] = content
    return parts, []


def _entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | None:
    pieces, size = [], 0
    try:
        with archive.open(info) as opened:
            while piece := opened.read(PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    break
    except UNREADABLE:
        return None
    return b"".join(pieces)


def _file_faults(parts: Mapping[str, bytes], depth: int) -> Iterator[Fault]:
    """What is wrong with each file of a plain archive."""
    for name, content in parts.items():
        base = name.rpartition("/")[2]
        for fault in attachment.look(content, base, depth=depth + 1).faults:
            yield Fault(fault.kind, f"{base[:60]}: {fault.what}")


def _embedded_faults(parts: Mapping[str, bytes], depth: int) -> Iterator[Fault]:
    """What is wrong with the files that an Office file holds."""
    for name, content in parts.items():
        if content.startswith(OLE):
            yield Fault("ole", "an object of another program lies in it")
        elif content.startswith(b"PK\x03\x04"):
            yield from faults(content, depth + 1)
        elif content.startswith(b"%PDF-"):
            yield from attachment_pdf.faults(content)
        elif content.startswith(PROGRAMS) or name.lower().endswith(PROGRAM_SUFFIXES):
            yield Fault("program", "a program lies in it")


def _office_faults(parts: Mapping[str, bytes]) -> Iterator[Fault]:
    names = [name.lower() for name in parts]
    if len(set(names)) < len(names):
        yield Fault("twice", "two parts have the same name")
    if any(MACRO_PART.search(name) for name in names):
        yield Fault("macros", "it holds macros")
    if any("/activex/" in name for name in names):
        yield Fault("macros", "it holds controls (ActiveX)")
    if any("/externallinks/" in name or name.endswith("/connections.xml") for name in names):
        yield Fault("external_link", "it takes values from elsewhere")
    for name, content in parts.items():
        if name.lower().endswith((".xml", ".rels", ".vml")):
            yield from _Part().read(content, is_strict=not name.lower().endswith(".vml"))


class _Stop(Exception):
    """A part is not read any further."""


class _Part:
    """What a part would have a program do; it is read by the rules of XML.

    So neither prefixes of names, nor comments, quotes and entities hide anything from it.
    """

    def __init__(self) -> None:
        self.faults: dict[Fault, None] = {}
        self._fields = [""]
        self._taken: list[str] | None = None

    def read(self, content: bytes, *, is_strict: bool) -> Iterator[Fault]:
        """Every fault of a part, each once; of the old drawings that are no XML only some."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._document_type
        try:
            parser.Parse(content, True)
        except _Stop:
            pass
        except (expat.ExpatError, ValueError, LookupError):
            if is_strict:
                self._add("damaged", "a part is no XML")
        for field in self._fields:
            self._field(field)
        yield from self.faults

    def _add(self, kind: str, what: str) -> None:
        self.faults[Fault(kind, what)] = None

    def _document_type(self, *_: object) -> None:
        self._add("xml", "a part defines entities of its own")
        raise _Stop

    def _begin(self, tag: str, found: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        facts = {name.rpartition(":")[2]: value for name, value in found.items()}
        if tag == "Relationship":
            self._relation(facts)
        elif tag in ("Override", "Default") and MACRO_TYPE.search(facts.get("ContentType", "")):
            self._add("macros", "it holds macros")
        elif tag == "fldChar" and facts.get("fldCharType") == "begin":
            self._fields.append("")
        elif tag == "fldSimple":
            self._fields += [facts.get("instr", ""), ""]
        elif tag in ("ddeLink", "oleLink"):
            self._add("dde", "it is linked to another program")
        elif tag in TAKEN:
            self._taken = []

    def _text(self, text: str) -> None:
        if self._taken is not None:
            self._taken.append(text)

    def _end(self, tag: str) -> None:
        tag = tag.rpartition(":")[2]
        if self._taken is None or tag not in TAKEN:
            return
        text, self._taken = "".join(self._taken), None
        if tag in ("f", "definedName"):
            self._formula(text)
        else:
            self._fields[-1] += text

    def _relation(self, facts: Mapping[str, str]) -> None:
        kind = facts.get("Type", "").rpartition("/")[2]
        if kind == "aFChunk":
            self._add("embedded", "a file of another kind is taken in")
        if facts.get("TargetMode", "").strip().lower() != "external":
            return
        target = facts.get("Target", "").strip().lower()
        if kind != "hyperlink" or not target.startswith(("http://", "https://", "mailto:", "#")):
            self._add("external_link", f"it reaches out of itself ({(kind or 'link')[:30]})")

    def _field(self, field: str) -> None:
        """A field, however it was split up: one that starts a program, or fetches a file."""
        if DDE_WORD.search(field):
            self._add("dde", "a field calls another program")
        if FETCH_WORD.match(field.strip()):
            self._add("external_link", "a field takes in another file")

    def _formula(self, formula: str) -> None:
        if "|" in formula and "!" in formula[formula.index("|") :]:
            self._add("dde", "a formula calls another program")
        if CELL_FETCH.search(formula):
            self._add("external_link", "a formula fetches from elsewhere")
