"""A text as the recognisers read it: plain digits and letters, nothing invisible, and a way back.

Full-width and mathematical digits and letters become plain ones, all blanks one blank, all dashes
one dash, and characters of no width are left out. Everything that more than one recogniser needs
(the codes, the words) is worked out once, when it is first asked for.
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

import numpy as np
import rjieba
from numpy.typing import NDArray

from guanyao.protect.codes import Code, Group, codes_of, groups_of

SEPARATOR = "\x1e"
"""Stands between cells that are read together; nothing that is found crosses it."""
INVISIBLE = (0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F))
INVISIBLE = (*INVISIBLE, *range(0x2060, 0x2065), *range(0xFE00, 0xFE10), 0xFEFF)
BLANKS = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)
DASHES = (*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63)
DOTS = (0xB7, 0x2022, 0x2027, 0x2219, 0x22C5, 0x30FB, 0xFF65)
DIGIT_ROWS = (0x660, 0x6F0, 0x966, *range(0x1D7CE, 0x1D800, 10))
LETTER_ROWS = range(0x1D400, 0x1D6A4, 52)
SHORT = 2_000
DIGIT = re.compile("[0-9]")

Offsets = NDArray[np.int64]


def _rules() -> dict[int, int | None]:
    """Code point -> the code point it is read as, None where it is left out."""
    rules: dict[int, int | None] = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    for row in LETTER_ROWS:
        rules |= {row + place: ord("A") + place + 6 * (place > 25) for place in range(52)}
    for row in DIGIT_ROWS:
        rules |= {row + digit: ord("0") + digit for digit in range(10)}
    rules |= dict.fromkeys(BLANKS, ord(" ")) | dict.fromkeys(DASHES, ord("-"))
    rules |= dict.fromkeys(DOTS, 0xB7) | {0xFE6B: ord("@"), 0xD7: ord("X")}
    rules |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD) | dict.fromkeys(INVISIBLE)
    return rules


RULES: Mapping[int, int | None] = _rules()
LEFT_OUT = 0xFFFFFFFF


@cache
def _table() -> NDArray[np.uint32]:
    table = np.arange(0x110000, dtype=np.uint32)
    table[list(RULES)] = [LEFT_OUT if code is None else code for code in RULES.values()]
    return table


class Folded:
    """A text as the recognisers read it.

    Args:
        original: The text as given; may hold NUL and lone surrogates.
    """

    def __init__(self, original: str) -> None:
        """Fold the text."""
        self.original = original
        self.text, self._kept = fold(original)

    def place(self, offset: int) -> int:
        """The offset in the text as given of a character of the folded text."""
        return offset if self._kept is None else int(self._kept[offset])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of the folded text, start < end, as a span of the text as given."""
        return self.place(start), self.place(end - 1) + 1

    def holds(self, what: str) -> bool:
        """Whether the text holds digits, or one of the literals with `|` between them."""
        if what == "digits":
            return self.has_digits
        return any([literal in self.text for literal in what.split("|")])

    @cached_property
    def has_digits(self) -> bool:
        """Whether there is a digit in the text."""
        return DIGIT.search(self.text) is not None

    @cached_property
    def groups(self) -> list[Group]:
        """The runs of digits and letters that hold a digit: start, end."""
        return groups_of(self.text)

    @cached_property
    def _codes(self) -> dict[int, list[Code]]:
        return codes_of(self.text, self.groups)

    def codes(self, *lengths: int) -> list[Code]:
        """What may be codes of so many digits and letters, in any grouping.

        Args:
            lengths: How many characters, blanks and dashes not counted: 5 to 34.
        """
        return [code for length in lengths for code in self._codes.get(length, ())]

    @cached_property
    def _tokens(self) -> Sequence[tuple[str, int, int]]:
        tokens: Sequence[tuple[str, int, int]] = rjieba.tokenize(self.text)
        return tokens

    def tokens(self) -> Sequence[tuple[str, int, int]]:
        """The words of the folded text: word, start, end; Chinese is cut by its dictionary."""
        return self._tokens

    @cached_property
    def _starts(self) -> list[int]:
        return [start for _, start, _ in self._tokens]

    def token_at(self, offset: int) -> int:
        """The number of the first word that starts at or after an offset."""
        return bisect_left(self._starts, offset)


def fold(text: str) -> tuple[str, Offsets | None]:
    """The folded text, and the offset of each of its characters in the text as given.

    Returns:
        The offsets have shape (n_characters,) and are None where nothing was left out.
    """
    if text.isascii():
        return text, None
    if len(text) < SHORT:
        folded = text.translate(RULES)
        return folded, None if len(folded) == len(text) else _kept(text)
    codes = _table()[_points(text)]
    kept = codes != LEFT_OUT
    whole = bool(kept.all())
    folded = (codes if whole else codes[kept]).tobytes().decode("utf-32-le")
    return folded, None if whole else np.flatnonzero(kept)


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _kept(text: str) -> Offsets:
    return np.flatnonzero(_table()[_points(text)] != LEFT_OUT)
