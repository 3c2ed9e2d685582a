"""What of a text may stand in a file, and what stands in the place of the rest."""

import re
from collections.abc import Iterator

from guanyao.filing.document import UNFILLED

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}]")
# Control characters and those that are none (XML 1.0 and PDF/A hold neither), halves of pairs,
# marks of order, and what only a tagger sees: text that turns round what stands beside it, or is
# not seen at all, has no place in a record that people decide on.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    "\ufeff\ufff9-\ufffc\U000e0000-\U000e007f"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
LONG_WORD = re.compile(r"[!-~\u00a1-\u02ff]{25,}")
"""A run that a line may have to break although it has no place to: a digest, an address."""


def clean(text: str) -> str:
    r"""The text as every file can hold it.

    Every kind of line end becomes a newline; control characters, halves of surrogate pairs, code
    points that are no characters, and marks that turn the order of what is beside them become
    U+FFFD, one for one, so that a reader sees that something stood there.

    Examples:
        >>> clean("a\x00b\r\nc")
        'a�b\nc'
    """
    return FORBIDDEN.sub(REPLACEMENT, LINE_ENDS.sub("\n", text))


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """A text cut at what is still to be filled in: each piece, and whether it is such a place.

    Examples:
        >>> list(pieces("住所：【待填写：地址】。"))
        [('住所：', False), ('【待填写：地址】', True), ('。', False)]
    """
    end = 0
    for found in UNFILLED.finditer(text):
        if found.start() > end:
            yield text[end : found.start()], False
        yield found.group(), True
        end = found.end()
    if end < len(text):
        yield text[end:], False


def columns(text: str) -> float:
    """How wide a line of text is, in widths of a Chinese character."""
    return sum(1.0 if ord(c) >= 0x1100 else 0.55 for c in text)
