"""What values of one form look like, read as numbers: so that numbers can be encrypted for them.

A layout is a row of slots, each with its choice of words, and of check characters, which follow
from what stands before them. Its values are the numbers 0..size-1 in mixed radix.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import accumulate
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from guanyao.data.check_digits import CREDIT_CODE, DIGITS, LETTERS, Codes, check_characters
from guanyao.protect.ff1 import Numbers, number_dtype
from guanyao.protect.regions import PROVINCES as CODES

Flags: TypeAlias = NDArray[np.bool_]

IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0xA000)))
"""The basic block of Chinese characters, which holds nearly all that names and plates use."""
WIDE_DIGITS = "０１２３４５６７８９"
PROVINCES = (*CODES, "83")
"""The first two digits of resident identity numbers (GB/T 2260; 83 since 2018)."""

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2029, 12, 31)
CARD_LENGTHS = range(13, 20)


@dataclass(frozen=True)
class Slot:
    """A place with a choice of words.

    Args:
        words: What may stand there, all equally long; one word: it always stands there.
    """

    words: tuple[str, ...]

    @property
    def width(self) -> int:
        """Characters."""
        return len(self.words[0])

    @cached_property
    def codes(self) -> Codes:
        """Code points of the words, shape (n_words, width)."""
        joined = "".join(self.words).encode("utf-32-le")
        return np.frombuffer(joined, dtype="<u4").reshape(len(self.words), self.width)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        keys = _keys(self.codes)
        order = np.argsort(keys)
        return keys[order], order

    def places(self, codes: Codes) -> tuple[NDArray[np.int64], Flags]:
        """Which word stands in each row, and whether any does."""
        keys, order = self._sorted
        wanted = _keys(codes)
        near = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return order[near], keys[near] == wanted


@dataclass(frozen=True)
class Check:
    """A check character.

    Args:
        rule: A name in `guanyao.data.check_digits.CHECK_DIGITS`.
        start: The first character that it covers; the last is the one before it.
    """

    rule: str
    start: int = 0
    width: int = 1


@dataclass(frozen=True)
class Layout:
    """Slots and check characters, in order."""

    parts: tuple[Slot | Check, ...]

    @property
    def slots(self) -> list[Slot]:
        """The parts that hold a choice."""
        return [part for part in self.parts if isinstance(part, Slot)]

    @cached_property
    def size(self) -> int:
        """How many values there are."""
        return prod(len(slot.words) for slot in self.slots)

    @cached_property
    def ends(self) -> list[int]:
        """Where each part ends, in characters."""
        return list(accumulate(part.width for part in self.parts))

    def after(self, n_characters: int) -> "Layout | None":
        """The layout with these first characters left as they are; None: it cannot be cut there.

        Check characters still cover what was left out, so `rank` and `unrank` need it.
        """
        if n_characters == 0:
            return self
        if n_characters not in self.ends[:-1]:
            return None
        kept = Slot(("\0" * n_characters,))
        return Layout((kept, *self.parts[self.ends.index(n_characters) + 1 :]))

    def rank(self, codes: Codes) -> tuple[Numbers, Flags]:
        """The number of each value, and whether it is a value of this layout.

        Args:
            codes: Code points, shape (n, width).
        """
        numbers: Numbers = np.zeros(len(codes), dtype=number_dtype(self.size))
        fits = np.ones(len(codes), dtype=bool)
        for part, end in zip(self.parts, self.ends, strict=True):
            if isinstance(part, Check):
                fits &= (
                    check_characters(part.rule, codes[:, part.start : end - 1]) == codes[:, end - 1]
                )
            elif len(part.words) > 1:
                places, known = part.places(codes[:, end - part.width : end])
                numbers = numbers * len(part.words) + places.astype(numbers.dtype)
                fits &= known
            elif not _is_kept(part):
                fits &= (codes[:, end - part.width : end] == part.codes[0]).all(axis=1)
        return numbers, fits

    def unrank(self, numbers: Numbers, kept: Codes | None = None) -> Codes:
        """The values of these numbers.

        Args:
            numbers: In 0..size-1, shape (n,).
            kept: Code points of the first characters that `after` left as they are.

        Returns:
            Code points, shape (n, width).
        """
        codes = np.zeros((len(numbers), self.ends[-1]), dtype=np.uint32)
        for part, end in zip(reversed(self.parts), reversed(self.ends), strict=True):
            if isinstance(part, Slot):
                radix = len(part.words)
                codes[:, end - part.width : end] = part.codes[(numbers % radix).astype(np.int64)]
                numbers = numbers // radix
        if kept is not None:
            codes[:, : kept.shape[1]] = kept
        return self.checked(codes)

    def checked(self, codes: Codes) -> Codes:
        """The same values with their check characters put right."""
        for part, end in zip(self.parts, self.ends, strict=True):
            if isinstance(part, Check):
                codes[:, end - 1] = check_characters(part.rule, codes[:, part.start : end - 1])
        return codes


def _is_kept(slot: Slot) -> bool:
    return slot.words[0].startswith("\0")


def _keys(codes: Codes) -> NDArray[np.uint64]:
    """One number for each row; words of several characters are ASCII."""
    if codes.shape[1] == 1:
        return codes[:, 0].astype(np.uint64)
    keys = np.zeros(len(codes), dtype=np.uint64)
    for column in codes.T:
        keys = (keys << np.uint64(8)) | np.minimum(column, 255).astype(np.uint64)
    return keys


def run(alphabet: str, times: int = 1) -> tuple[Slot, ...]:
    """Slots that each hold one of these characters."""
    return (Slot(tuple(alphabet)),) * times


@lru_cache(maxsize=8)
def days(first: date = FIRST_DAY, last: date = LAST_DAY) -> Slot:
    """A slot that holds any of these days as YYYYMMDD."""
    count = (last - first).days + 1
    return Slot(tuple((first + timedelta(days=day)).strftime("%Y%m%d") for day in range(count)))


CLASSES: dict[str, tuple[Slot, ...]] = {
    "0": run(DIGITS),
    "1": run(DIGITS[1:]),
    "A": run(LETTERS),
    "a": run(LETTERS.lower()),
    "０": run(WIDE_DIGITS),
    "一": run(IDEOGRAPHS),
}
"""The letter of a pattern -> what may stand there; all others stand for themselves."""

PATTERNS = (
    ("[0-9]", "0"),
    ("[A-Z]", "A"),
    ("[a-z]", "a"),
    ("[０-９]", "０"),
    (f"[{IDEOGRAPHS[0]}-{IDEOGRAPHS[-1]}]", "一"),
)
"""Regular expressions of the classes, and the letter that stands for each in a pattern."""


@lru_cache(maxsize=4096)
def of_pattern(pattern: str) -> Layout:
    """The layout of a pattern such as "一A·00000"; "z" stands for a leading zero."""
    zero = Slot(("0",))
    parts = [
        CLASSES[mark] if mark in CLASSES else (zero,) if mark == "z" else (Slot((mark,)),)
        for mark in pattern
    ]
    return Layout(tuple(slot for part in parts for slot in part))


@lru_cache(maxsize=64)
def of_kind(kind: str, length: int) -> Layout | None:
    """The layout of well-formed values of a kind; None: no such length, or no rule is known.

    Reference: GB 11643-1999 (resident numbers), GB 32100-2015 (credit codes), ISO/IEC 7812-1
    (cards).
    """
    if kind == "resident_id" and length == 18:
        place = (Slot(PROVINCES), *run(DIGITS, 4))
        return Layout((*place, days(), *run(DIGITS, 3), Check("mod_11_2")))
    if kind == "bank_card" and length in CARD_LENGTHS:
        return Layout((*run(DIGITS[1:]), *run(DIGITS, length - 2), Check("luhn")))
    if kind == "credit_code" and length == 18:
        head = (*run(CREDIT_CODE, 2), *run(DIGITS, 6), *run(CREDIT_CODE, 8))
        return Layout((*head, Check("organization_code", 8), Check("credit_code")))
    if kind == "mobile_phone" and length == 11:
        return Layout((Slot(("1",)), *run(DIGITS[3:]), *run(DIGITS, 9)))
    return None


def to_codes(texts: Sequence[str]) -> Codes:
    """Code points of equally long texts, shape (n, length)."""
    joined = "".join(texts).encode("utf-32-le")
    return np.frombuffer(joined, dtype="<u4").reshape(len(texts), -1)


def to_texts(codes: Codes) -> list[str]:
    """The texts of code points, shape (n, length)."""
    width = codes.shape[1]
    is_narrow = bool(codes.size) and int(codes.max()) < 256
    joined = (
        codes.astype(np.uint8).tobytes().decode("latin-1")
        if is_narrow
        else np.ascontiguousarray(codes, dtype="<u4").tobytes().decode("utf-32-le")
    )
    return [joined[first : first + width] for first in range(0, len(joined), width)]
