"""Licence plates of the mainland, and vehicle identification numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from guanyao.protect.codes import SLIP_LETTERS, SLIPS, readings
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import NUMBERED, Span, is_named, matches, words

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(
    rf"[{PROVINCES}][ ]?[A-HJ-NP-Z][ ·.-]{{0,2}}(?:"
    r"(?P<new>[DABCEFGHJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[DABCEFGHJK])"
    r"|(?P<usual>(?=[A-Z0-9]*[0-9][A-Z0-9]*[0-9])[A-HJ-NP-Z0-9]{5})"
    r"|(?P<special>[A-HJ-NP-Z0-9]{4}[ ]?[挂学警港澳领超试]))(?![0-9A-Za-z])",
    re.IGNORECASE,
)
RARE_PLATE = re.compile(
    rf"(?<![0-9A-Za-z])(?:使[ ]?[0-9]{{6}}|[0-9]{{6}}使"
    rf"|WJ[ ]?[{PROVINCES}0-9][ ·-]?[0-9]{{4,6}}[TDSHBXJ]?"
    r"|[军海空沈北兰济南广成][A-Z][ ·-]?[0-9]{5})(?![0-9A-Za-z])"
)
GROUPED_PLATE = re.compile(
    rf"[{PROVINCES}][ ·.-]?[A-HJ-NP-Z](?:[ ·.-]?[A-HJ-NP-Z0-9]){{5,6}}(?![0-9A-Za-z])",
    re.IGNORECASE,
)
BACK = 5
PLATE_CLUES = tuple(map(re.compile, ("车", "牌", "plate", "licen[cs]e")))
REACH = 32
PLATE_NAMED = words("车牌|车号|牌照|号牌|牌号|车辆|驾驶", "plate|plates|licence|license")
VIN_NAMED = words("车架|车辆识别|识别代号|识别代码|大架号", "vin|chassis|vehicle")
FEWEST_LETTERS = 2
VIN_FORM = re.compile(r"[A-HJ-NPR-Z0-9]{13}[0-9]{4}")
VIN_NEVER = str.maketrans("IOQ", "100")
VIN_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
        map(int, "012345678912345678123457923456789"),
        strict=True,
    )
)
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@dataclass(frozen=True)
class LicencePlate:
    """Finds licence plates: usual, new-energy, embassy, police, learner, trailer, border, military.

    Reference: GA 36-2018.
    """

    kind: str = "licence_plate"
    needs: str = "digits"

    def find(self, text: Folded) -> Iterator[Span]:
        """Plates that open with a province, and rare ones near a word that names them."""
        if text.text.isascii():
            return
        yield from self._usual(text)
        yield from self._rare(text.text)

    def _usual(self, text: Folded) -> Iterator[Span]:
        for start, end in text.groups:
            first = max(0, start - BACK)
            place = _province(text.text[first:start]) if 4 <= end - start <= 8 else -1
            if place >= 0 and (match := PLATE.match(text.text, first + place)):
                yield *match.span(), 0.9

    def _rare(self, text: str) -> Iterator[Span]:
        for clue, pattern in product(PLATE_CLUES, (RARE_PLATE, GROUPED_PLATE)):
            for match in matches(text, clue, pattern, REACH):
                is_plate = any(map(str.isdigit, match[0]))
                if is_plate and is_named(text, *match.span(), PLATE_NAMED):
                    yield *match.span(), 0.85


def _province(text: str) -> int:
    """Where the last province stands in a text, -1 if none does."""
    return max(text.rfind(character) for character in PROVINCES) if text else -1


def vin_mark(number: str) -> str:
    """The check character of a vehicle identification number, its ninth.

    Reference: GB 16735-2019, annex A; 49 CFR 565.15.
    """
    total = sum(VIN_VALUES[c] * weight for c, weight in zip(number, VIN_WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


@dataclass(frozen=True)
class Vin:
    """Finds vehicle identification numbers."""

    kind: str = "vin"
    needs: str = "digits"
    label: str = "VIN: "

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers with the right check character; European ones, which have none, by a word."""
        for code in text.codes(17):
            n_letters = sum(map(str.isalpha, _vin(code.text)))
            if n_letters < FEWEST_LETTERS or not VIN_FORM.fullmatch(_vin(code.text)):
                continue
            if NUMBERED.match(text.text, code.start):
                continue
            is_said = is_named(text.text, code.start, code.end, VIN_NAMED)
            if any(_is_vin(reading) for reading in readings(_vin(code.text))):
                is_plain = vin_mark(_vin(code.text)) == _vin(code.text)[8]
                yield code.start, code.end, 0.96 if is_plain or is_said else 0.8
            elif is_said:
                yield code.start, code.end, 0.75


def _vin(text: str) -> str:
    """A number with capital letters, and digits where no number has letters."""
    if set(filter(str.islower, text)) <= SLIP_LETTERS and any(map(str.isupper, text)):
        text = "".join([c.translate(SLIPS) if c.islower() else c for c in text])
    plain = text.upper().translate(VIN_NEVER)
    return plain[:8] + plain[8].translate(SLIPS) + plain[9:12] + plain[12:].translate(SLIPS)


def _is_vin(number: str) -> bool:
    return VIN_FORM.fullmatch(number) is not None and vin_mark(number) == number[8]


LICENCE_PLATE = LicencePlate()
VIN = Vin()
