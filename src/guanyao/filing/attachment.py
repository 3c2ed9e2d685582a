"""Looks at a file before it is attached: what it is by its contents, and every fault of it.

A file from outside is never opened by a program that would run what is in it. It is refused for
what it holds: macros, scripts, embedded files, links to elsewhere, an archive that swells, a type
that its name does not say, contents that end too early. Pure: bytes in, faults out.

Reference: PKWARE 2022, ".ZIP File Format Specification" 6.3.10; ECMA-376-2:2021 (packages of
Office files); ISO 32000-2:2020 (PDF); ISO/IEC 15948:2004 (PNG).
"""

import json
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_FILE = 64 << 20
"""Bytes of a file."""
MAX_NAME = 200
MAX_PIXELS = 120_000_000
MACRO_SUFFIXES = (".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xlsb", ".pptm", ".potm", ".ppsm")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PNG = b"\x89PNG\r\n\x1a\n"
HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Characters that do not show, or turn the direction of writing, in a name."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
CELL = re.compile(r"[,;\t\n\r]")
"""What cells of a text table are divided by."""


class Fault(NamedTuple):
    """What is wrong with a file: which kind of fault, and where it was found."""

    kind: str
    what: str

    def __str__(self) -> str:
        """The fault in one line."""
        return f"{self.kind}: {self.what}"


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a file is.

    Args:
        media: Its media type by its contents; "": of no allowed type.
        faults: Everything that is wrong with it; none: it may be attached.
    """

    media: str
    faults: tuple[Fault, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its faults, each once."""
        return tuple(dict.fromkeys(fault.kind for fault in self.faults))


class Type(NamedTuple):
    """A type of file: media type, endings of names, and what looks at it."""

    media: str
    suffixes: tuple[str, ...]
    faults: Callable[[bytes, int], Iterable[Fault]]


def look(content: bytes, name: str, *, depth: int = 0) -> Look:
    """What a file is by its contents, and every fault of it.

    Args:
        content: The file.
        name: Its name, without a folder.
        depth: In how many other files it lies.

    Examples:
        >>> look(b"", "notes.txt").kinds
        ('empty',)
        >>> look(b"%PDF-1.7 and no more", "report.docx").kinds
        ('type', 'truncated')
    """
    faults = [*_name_faults(name)]
    if not content:
        return Look(media="", faults=(*faults, Fault("empty", "it holds nothing")))
    if len(content) > MAX_FILE:
        big = Fault("too_large", f"{len(content)} bytes, and {MAX_FILE} are allowed")
        return Look(media="", faults=(*faults, big))
    if content.startswith(OLE):
        return Look(media="", faults=(*faults, _ole_fault(content)))
    type = _type_of(content, name)
    if type is None:
        allowed = ", ".join(suffix for each in TYPES.values() for suffix in each.suffixes)
        strange = Fault("type", f"of no type that may be attached ({allowed})")
        return Look(media="", faults=(*faults, strange))
    if not name.lower().endswith(type.suffixes):
        said = suffix_of(name) or "no ending"
        faults.append(Fault("type", f"its name says {said}, its contents are {type.suffixes[0]}"))
    faults += type.faults(content, depth)
    return Look(media=type.media, faults=tuple(dict.fromkeys(faults)))


def suffix_of(name: str) -> str:
    """The ending of a name, in lower case: ".pdf"."""
    head, dot, tail = name.rpartition(".")
    return f".{tail[:10].lower()}" if head and dot else ""


def _name_faults(name: str) -> Iterator[Fault]:
    if not name.strip() or len(name.encode("utf-8", "replace")) > MAX_NAME:
        yield Fault("name", f"it is empty or longer than {MAX_NAME} bytes")
    if HIDDEN.search(name) or "/" in name or "\\" in name or name in (".", ".."):
        yield Fault("name", "it holds a folder, or characters that do not show")
    if name.lower().endswith(MACRO_SUFFIXES):
        yield Fault("macros", f"{suffix_of(name)} is a format for macros")


def _ole_fault(content: bytes) -> Fault:
    """An old Office file, or a new one behind a password."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        return Fault("encrypted", "it asks for a password")
    return Fault("ole", "an old Office format that may hold macros; save it as .docx or .xlsx")


def _type_of(content: bytes, name: str) -> Type | None:
    """The type by contents; text is told apart by its name, for it has no other sign."""
    from guanyao.filing import attachment_office

    if content.startswith(b"%PDF-"):
        return TYPES["pdf"]
    if content.startswith(PNG):
        return TYPES["png"]
    if content.startswith(b"\xff\xd8\xff"):
        return TYPES["jpeg"]
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return TYPES[attachment_office.kind_of(content)]
    if decoded(content) is None:
        return None
    return next((TYPES[kind] for kind in TEXTS if _is_named(name, TYPES[kind])), None)


def _is_named(name: str, type: Type) -> bool:
    return suffix_of(name) in type.suffixes


def decoded(content: bytes) -> str | None:
    """The text that bytes are, in UTF-8 or GB 18030; None: they are none."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if CONTROL.search(text) else text
    return None


def _pdf(content: bytes, depth: int) -> Iterable[Fault]:
    from guanyao.filing import attachment_pdf

    return attachment_pdf.faults(content)


def _office(content: bytes, depth: int) -> Iterable[Fault]:
    from guanyao.filing import attachment_office

    return attachment_office.faults(content, depth)


def _text(content: bytes, depth: int) -> Iterator[Fault]:
    """Text that is text has no faults of its own."""
    return iter(())


def _table(content: bytes, depth: int) -> Iterator[Fault]:
    """A cell that a spreadsheet would hand to another program: `=name|topic!item`."""
    for cell in CELL.split(decoded(content) or ""):
        head, bar, tail = cell.partition("|")
        if bar and "!" in tail and head.lstrip(" \"'").startswith(("=", "+", "-", "@")):
            yield Fault("dde", "a cell calls another program")
            return


def _json(content: bytes, depth: int) -> Iterator[Fault]:
    try:
        json.loads(decoded(content) or "")
    except (ValueError, RecursionError):
        yield Fault("damaged", "it is no JSON")


def _jpeg(content: bytes, depth: int) -> Iterator[Fault]:
    if content.rstrip(b"\x00\r\n").endswith(b"\xff\xd9"):
        return
    if b"\xff\xd9" not in content:
        yield Fault("truncated", "the picture does not end")
    else:
        yield Fault("damaged", "something lies behind the picture's end")


def _png(content: bytes, depth: int) -> Iterator[Fault]:
    at, first = len(PNG), True
    while True:
        if at + 12 > len(content):
            yield Fault("truncated", "the picture does not end")
            return
        size, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + size]
        if at + 12 + size > len(content):
            yield Fault("truncated", "a part of the picture is cut off")
            return
        (stated,) = struct.unpack_from(">I", content, at + 8 + size)
        if zlib.crc32(body, zlib.crc32(kind)) != stated or first != (kind == b"IHDR"):
            yield Fault("damaged", "a part of the picture does not fit its checksum or place")
            return
        if first:
            yield from _pixel_faults(body)
        at, first = at + 12 + size, False
        if kind == b"IEND":
            break
    if at != len(content):
        yield Fault("damaged", "something lies behind the picture's end")


def _pixel_faults(header: bytes) -> Iterator[Fault]:
    if len(header) != 13:
        yield Fault("damaged", "the picture's head is none")
        return
    width, height = struct.unpack_from(">II", header)
    if not 0 < width * height <= MAX_PIXELS:
        yield Fault("too_large", f"{width} x {height} pixels, and {MAX_PIXELS} are allowed")


OFFICE = "application/vnd.openxmlformats-officedocument."
TYPES: dict[str, Type] = {
    "pdf": Type("application/pdf", (".pdf",), _pdf),
    "docx": Type(f"{OFFICE}wordprocessingml.document", (".docx",), _office),
    "xlsx": Type(f"{OFFICE}spreadsheetml.sheet", (".xlsx",), _office),
    "pptx": Type(f"{OFFICE}presentationml.presentation", (".pptx",), _office),
    "zip": Type("application/zip", (".zip",), _office),
    "png": Type("image/png", (".png",), _png),
    "jpeg": Type("image/jpeg", (".jpg", ".jpeg"), _jpeg),
    "text": Type("text/plain", (".txt", ".md"), _text),
    "csv": Type("text/csv", (".csv",), _table),
    "json": Type("application/json", (".json",), _json),
}
"""Every type that may be attached."""
TEXTS = ("json", "csv", "text")
