"""The faults of an archive, and of the Office files that are archives.

Every entry is unpacked once, in bounded memory, and its checksum compared, before anything is said
of it: what an archive states of itself is not believed.

Reference: PKWARE 2022, ".ZIP File Format Specification" 6.3.10; ECMA-376-1:2016, 17.16 (fields);
ECMA-376-2:2021 (packages); Fifield 2019, "A better zip bomb" (entries that overlap).
"""

import html
import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise

from guanyao.filing import attachment
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
RELATION = re.compile(r"<Relationship\b[^>]*>", re.IGNORECASE)
ATTRIBUTE = re.compile(r"(\w+)\s*=\s*(\"[^\"]*\"|'[^']*')")
FIELD = re.compile(
    r"(?P<begin><w:fldChar\b[^>]*begin)|<w:instrText\b[^>]*>(?P<text>[^<]*)"
    r"|w:instr\s*=\s*\"(?P<simple>[^\"]*)\""
)
DDE_WORD = re.compile(r"\bDDE(?:AUTO)?\b", re.IGNORECASE)
FETCH_WORD = re.compile(r"\b(?:INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|RD)\b", re.IGNORECASE)
FORMULA = re.compile(r"<f\b[^>]*>([^<]*)</f>")
CELL_DDE = re.compile(r"\|[^!]*!")
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
        elif content.startswith(PROGRAMS) or name.lower().endswith(PROGRAM_SUFFIXES):
            yield Fault("program", "a program lies in it")


def _office_faults(parts: Mapping[str, bytes]) -> Iterator[Fault]:
    kinds = _xml(parts.get(TYPES_PART, b""))
    if MACRO_TYPE.search(kinds) or any(MACRO_PART.search(name) for name in parts):
        yield Fault("macros", "it holds macros")
    if any("/activex/" in name.lower() for name in parts):
        yield Fault("macros", "it holds controls (ActiveX)")
    if any("/externallinks/" in name.lower() for name in parts):
        yield Fault("external_link", "it takes values from other files")
    for name, content in parts.items():
        if name.lower().endswith((".xml", ".rels", ".vml")):
            yield from _part_faults(name, _xml(content))


def _part_faults(name: str, text: str) -> Iterator[Fault]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        yield Fault("xml", "a part defines entities of its own")
    if name.lower().endswith(".rels"):
        yield from _relation_faults(text)
    elif name.startswith("word/"):
        yield from _field_faults(text)
    elif name.startswith("xl/"):
        yield from _formula_faults(text)


def _xml(content: bytes) -> str:
    """The text of a part, in whichever encoding of Unicode it is."""
    head = content[:4]
    is_wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in head
    if not is_wide:
        return content.decode("utf-8", "replace")
    swapped = head[:2] == b"\xfe\xff" or head[:1] == b"\x00"
    return content.decode("utf-16-be" if swapped else "utf-16-le", "replace")


def _relation_faults(text: str) -> Iterator[Fault]:
    for tag in RELATION.findall(text):
        found = {name: html.unescape(value[1:-1]) for name, value in ATTRIBUTE.findall(tag)}
        if found.get("TargetMode", "").lower() != "external":
            continue
        target = found.get("Target", "").strip().lower()
        is_plain = target.startswith(("http://", "https://", "mailto:", "#"))
        if not found.get("Type", "").endswith("/hyperlink") or not is_plain:
            kind = found.get("Type", "").rpartition("/")[2] or "link"
            yield Fault("external_link", f"it reaches out of itself ({kind[:30]})")


def _field_faults(text: str) -> Iterator[Fault]:
    """Fields that start another program or fetch from elsewhere, however they are split up."""
    fields = [""]
    for match in FIELD.finditer(text):
        if match["begin"] or match["simple"]:
            fields.append(match["simple"] or "")
        else:
            fields[-1] += match["text"]
    for field in map(html.unescape, fields):
        if DDE_WORD.search(field):
            yield Fault("dde", "a field calls another program")
        if FETCH_WORD.match(field.strip()):
            yield Fault("external_link", "a field takes in another file")


def _formula_faults(text: str) -> Iterator[Fault]:
    for formula in map(html.unescape, FORMULA.findall(text)):
        if CELL_DDE.search(formula):
            yield Fault("dde", "a formula calls another program")
        if CELL_FETCH.search(formula):
            yield Fault("external_link", "a formula fetches from elsewhere")
    if "ddeLink" in text or "oleLink" in text:
        yield Fault("dde", "it is linked to another program")
