"""Resident identity numbers of the mainland, with the permits that are built like them."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import Code
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_named, words

PROVINCES = frozenset(
    str(code)
    for codes in ((11, 16), (21, 24), (31, 38), (41, 47), (50, 55), (61, 66), (71, 72), (81, 84))
    for code in range(*codes)
)
"""First two digits of GB/T 2260; 81 to 83 open permits for Hong Kong, Macau, Taiwan."""
WEIGHTS = tuple(pow(2, power, 11) for power in range(17, 0, -1))
MARKS = "10X98765432"
NAMED = words(
    "身份证|证件号|证号|居民证|身份号|公民身份|居住证", "id|identity|id ?card|id ?no|idcard|sfz"
)
FIRST_YEAR, LAST_YEAR = 1880, 2049
CENTURIES = frozenset(("19", "20"))
MOST_SLIPS = 4


def is_date(year: int, month: int, day: int) -> bool:
    """Whether there is such a day and somebody alive may have been born on it."""
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return False
    return 1 <= day <= monthrange(year, month)[1]


def check_mark(digits: str) -> str:
    """The check character of 17 digits, a digit or X.

    Reference: GB 11643-1999, section 4.1.4 and annex A; ISO/IEC 7064:2003, MOD 11-2.
    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return MARKS[total % 11]


def read(code: Code) -> str:
    """The 18 characters of a number, letters read as the digits they resemble; empty if none."""
    last = code.text[-1].upper()
    digits = Code(code.start, code.end, code.text[:-1], (), "", "").digits(MOST_SLIPS)
    if not digits or digits[0] == "0":
        return ""
    mark = last if last in "0123456789X" else last.translate(SLIPS_AT_END)
    return digits + mark if mark in "0123456789X" else ""


SLIPS_AT_END = str.maketrans("OILZSBG", "0112586")


def has_birth_date(number: str) -> bool:
    """Whether the date of birth in an 18-character number is one."""
    return is_date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


@dataclass(frozen=True)
class ResidentId:
    """Finds 18- and 15-digit resident identity numbers."""

    kind: str = "resident_id"
    needs: str = "digits"
    label: str = "身份证号:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers with a date of birth, and the right check digit or words that name them."""
        for code in text.codes(18):
            if score := self._score(text, code):
                yield code.start, code.end, score
        for code in text.codes(15):
            if score := self._score_of_15(text, code):
                yield code.start, code.end, score

    def _score(self, text: Folded, code: Code) -> float:
        number = read(code)
        if not number or not has_birth_date(number):
            return 0.0
        is_known = number[:2] in PROVINCES
        is_right = check_mark(number[:17]) == number[17]
        if is_right and is_known:
            return 0.99
        is_said = is_named(text.text, code.start, code.end, NAMED)
        if is_right:
            is_plain = code.is_solid and number[:2] not in CENTURIES
            return 0.85 if is_said or is_plain else 0.0
        return 0.65 if is_known and is_said and code.text[:17].isdigit() else 0.0

    def _score_of_15(self, text: Folded, code: Code) -> float:
        number = code.digits(1)
        if number[:2] not in PROVINCES:
            return 0.0
        if not is_date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12])):
            return 0.0
        return 0.9 if is_named(text.text, code.start, code.end, NAMED) else 0.0


RESIDENT_ID = ResidentId()
