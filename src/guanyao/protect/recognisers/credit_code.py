"""Unified social credit codes of organisations; those of one-person firms name a person."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import SLIPS, Code, readings
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_named, is_thing, words
from guanyao.protect.recognisers.resident_id import PROVINCES

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
PLACES = {character: place for place, character in enumerate(ALPHABET)}
WEIGHTS = tuple(pow(3, power, 31) for power in range(17))
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
OPENING = re.compile(r"(?:1[1239]|[258AN][19]|3[1-59]|4[19]|[67][129]|9[123]|5[1-39]|Y1)[0-9]{6}")
REGIONS = PROVINCES | {"10"}
NEVER = str.maketrans("OoIiZzSs", "00112255")
"""Letters that no code holds, and the digits that they were."""
NAMED = words(
    "信用代码|税号|纳税人|统一代码|机构代码|执照|社会信用", "credit code|uscc|tax|taxpayer"
)


def has_check(code: str) -> bool:
    """Whether the last of 18 characters is the check character of the others.

    Reference: GB 32100-2015, section 5 and annex A.
    """
    total = sum([PLACES[c] * weight for c, weight in zip(code, WEIGHTS, strict=False)])
    return PLACES[code[17]] == -total % 31


def has_organisation_check(code: str) -> bool:
    """Whether the organisation code inside, characters 9 to 17, has its check character.

    Reference: GB 11714-1997, section 3.3.
    """
    values = [int(character, 36) for character in code[8:16]]
    total = sum([v * weight for v, weight in zip(values, ORGANISATION_WEIGHTS, strict=True)])
    return code[16] == "0123456789X"[-total % 11]


@dataclass(frozen=True)
class CreditCode:
    """Finds unified social credit codes by both their check characters."""

    kind: str = "credit_code"
    needs: str = "digits"
    label: str = "统一社会信用代码:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Codes whose check characters are right, a letter or two perhaps read as digits."""
        for code in text.codes(18):
            head = _head(code.text[:8])
            if not OPENING.fullmatch(head) or head[2:4] not in REGIONS:
                continue
            if score := self._score(text.text, code, head):
                yield code.start, code.end, score

    def _score(self, text: str, code: Code, head: str) -> float:
        """How sure it is: both checks speak for themselves, one alone for what needs no mending."""
        right = [number for number in _readings(head + code.text[8:]) if has_check(number)]
        if both := next(filter(has_organisation_check, right), ""):
            return 0.95 if both.isdigit() else 0.98
        written = code.text.upper()
        if is_named(text, code.start, code.end, NAMED):
            return self._score_of_named(head + code.text[8:], right)
        if written not in right or written.isdigit() or is_thing(text, code.start, code.end):
            return 0.0
        return 0.95

    def _score_of_named(self, written: str, right: list[str]) -> float:
        """How sure it is where a word says what it is, and the organisation code is not right."""
        plain = written.translate(NEVER).upper()
        if plain in right:
            return 0.96 if plain == written.upper() else 0.9
        if any(has_organisation_check(number) for number in _taken_for_digits(plain)):
            return 0.9
        return 0.7 if right else 0.0


def _head(text: str) -> str:
    """The first 8 characters: 7 digits behind a digit or one of three letters."""
    first = text[0].upper() if text[0] in "AaNnYy" else text[0].translate(SLIPS)
    return first + text[1:].translate(SLIPS)


def _readings(text: str) -> Iterator[str]:
    """The ways to read a code of 18 characters that hold only characters of the alphabet.

    Letters that no code holds have one reading; of the others, up to two are tried as digits.
    """
    opening, rest = text[:8], text[8:].translate(NEVER)
    for tail in readings(rest):
        if PLACES.keys() >= set(tail):
            yield opening + tail


def _taken_for_digits(text: str) -> Iterator[str]:
    """The ways to read one 8 as the B that it was, with the right check character."""
    for place in (at for at in range(8, 18) if text[at] == "8"):
        number = f"{text[:place]}B{text[place + 1 :]}"
        if PLACES.keys() >= set(number) and has_check(number):
            yield number


CREDIT_CODE = CreditCode()
