"""The faults of a PDF file: scripts, programs, files within it, a password, an end that is missing.

Objects may lie in compressed object streams, and names may be written with escapes; both are undone
before anything is looked for. A file that hides its objects in any other way is refused as such.

Reference: ISO 32000-2:2020, clauses 7.3.5 (names), 7.5.7 (object streams), 12.6.4 (actions).
"""

import re
import zlib
from collections.abc import Iterator

from guanyao.filing.attachment import Fault

MAX_OBJECTS = 128 << 20
"""Bytes that all object streams together may swell to."""
TAIL = 2048
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
STREAM = re.compile(rb"(?<!end)stream[ \t]*(?:\r\n|\r|\n)")
REMARK = re.compile(rb"%[^\r\n]*")
LITERAL = re.compile(rb"\((?:[^()\\]|\\.)*+\)", re.DOTALL)
"""A text without a text in it; they are taken out from the inside."""
NESTED = 8
FILE_KEY = re.compile(rb"/F\b")
"""The stream lies in another file."""
LONGEST_HEAD = 1 << 16
FIRST_BITE, MOST_BITE = 1 << 10, 1 << 20
FILTER = re.compile(rb"/Filter\s*(?:\[\s*(?P<many>[^\]]*)\]|(?P<one>/\w+))")
END = rb"(?=[\s/<>\[\]()%]|$)"
SIGNS: tuple[tuple[str, str, re.Pattern[bytes]], ...] = (
    ("encrypted", "it asks for a password", re.compile(rb"/Encrypt\s*(?:\d+\s+\d+\s+R|<<)")),
    ("script", "JavaScript", re.compile(rb"/JavaScript" + END)),
    ("script", "a form with scripts (XFA)", re.compile(rb"/XFA\s*(?:\[|\d+\s+\d+\s+R)")),
    ("launch", "it starts a program", re.compile(rb"/Launch" + END)),
    ("embedded", "files within it", re.compile(rb"/(?:EmbeddedFiles?|FileAttachment)" + END)),
    ("embedded", "film, sound or a 3D scene", re.compile(rb"/(?:RichMedia|Rendition|U3D)" + END)),
    ("external_link", "it sends or fetches data", re.compile(rb"/(?:SubmitForm|ImportData)" + END)),
    ("external_link", "it opens another file", re.compile(rb"/GoTo[RE]" + END)),
)
"""Kind of fault, what it is, and what tells it."""


def faults(content: bytes) -> Iterator[Fault]:
    """Every fault of a PDF file, each once.

    Args:
        content: The file.
    """
    tail = content[-TAIL:]
    if b"%%EOF" not in tail or b"startxref" not in tail:
        yield Fault("truncated", "its end is missing")
    found: dict[Fault, None] = {}
    for part in _parts(content):
        if isinstance(part, Fault):
            found[part] = None
            continue
        plain = ESCAPE.sub(_unescaped, part) if b"#" in part else part
        found |= {Fault(kind, what): None for kind, what, sign in SIGNS if sign.search(plain)}
    yield from found


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _parts(content: bytes) -> Iterator[bytes | Fault]:
    """The file as it is, then what its object streams hold."""
    yield content
    left, last = MAX_OBJECTS, 0
    for match in STREAM.finditer(content):
        head = _head(content, last, match.start())
        last = match.end()
        if not _is_of_objects(head):
            continue
        inside = _inflated(content, match.end(), head, left)
        if isinstance(inside, bytes):
            left -= len(inside)
        yield inside
        if left <= 0:
            yield Fault("bomb", "its objects swell beyond what is allowed")
            return


def _head(content: bytes, start: int, end: int) -> bytes:
    """The dictionary before a stream, its names without escapes, and without texts and remarks."""
    cut = content.find(b"endstream", start, end)
    head = REMARK.sub(b" ", content[max(cut, start, end - LONGEST_HEAD) : end])
    for _ in range(NESTED):
        head, n_texts = LITERAL.subn(b" ", head)
        if not n_texts:
            break
    return ESCAPE.sub(_unescaped, head[max(head.rfind(b"obj"), 0) :])


def _is_of_objects(head: bytes) -> bool:
    """Whether a stream holds objects; readers do not ask for its type, but for where they begin."""
    return b"/ObjStm" in head or (b"/First" in head and re.search(rb"/N\b", head) is not None)


def _inflated(content: bytes, at: int, head: bytes, most: int) -> bytes | Fault:
    """What an object stream holds."""
    match = FILTER.search(head)
    names = (match["one"] or match["many"]).split() if match else []
    if not names and b"/Filter" not in head and not FILE_KEY.search(head):
        end = content.find(b"endstream", at, at + most)
        return content[at : end if end >= 0 else at + most]
    if names not in ([b"/FlateDecode"], [b"/Fl"]) or b"/DecodeParms" in head:
        return Fault("hidden", "objects are packed in a way that cannot be looked into")
    try:
        return _unpacked(content, at, max(most, 1))
    except zlib.error:
        return Fault("damaged", "a packed part cannot be unpacked")


def _unpacked(content: bytes, at: int, most: int) -> bytes:
    """A packed part; of what stands behind it as little is touched as can be."""
    opened, parts, view, size = zlib.decompressobj(), list[bytes](), memoryview(content), FIRST_BITE
    while most > 0 and at < len(content) and not opened.eof:
        parts.append(opened.decompress(view[at : at + size], most))
        used = min(size, len(content) - at) - len(opened.unconsumed_tail)
        most -= len(parts[-1])
        at, size = at + used, min(size * 2, MOST_BITE)
    return b"".join(parts)
