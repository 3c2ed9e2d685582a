"""Passports and the permits for Hong Kong, Macau, Taiwan and foreigners."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import Code
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_labelled, is_named, label_of, words
from guanyao.protect.recognisers.resident_id import PROVINCES, check_mark, has_birth_date

ZONE = re.compile(
    r"(?<![A-Z0-9<])(?P<number>[A-Z0-9<]{9})(?P<check>[0-9])[A-Z<]{3}(?P<birth>[0-9]{6})"
    r"(?P<birth_check>[0-9])[MFX<](?P<expiry>[0-9]{6})(?P<expiry_check>[0-9])[A-Z0-9<]{14}[0-9<]"
    r"[0-9](?![A-Z0-9<])"
)
FIRST_LINE = re.compile(r"(?<![A-Z0-9<])P[A-Z<][A-Z]{3}[A-Z<]{39}(?![A-Z0-9<])")
ZONE_WEIGHTS = (7, 3, 1)


def zone_check(text: str) -> str:
    """The check digit of a field of a machine-readable zone.

    Reference: ICAO Doc 9303, part 3, section 4.9.
    """
    values = [0 if character == "<" else int(character, 36) for character in text]
    return str(sum(v * ZONE_WEIGHTS[place % 3] for place, v in enumerate(values)) % 10)


@dataclass(frozen=True)
class Document:
    """Finds numbers of a document by their form and a word near by.

    Args:
        kind: The kind.
        form: The numbers' form, without blanks.
        lengths: How many characters it has.
        named: Words that must stand near.
        label: What stands before such a number.
        other: A form that is taken only right behind a label.
        other_label: That label.
    """

    kind: str
    form: re.Pattern[str]
    lengths: tuple[int, ...]
    named: re.Pattern[str]
    label: str
    other: re.Pattern[str] | None = None
    other_label: re.Pattern[str] | None = None
    needs: str = "digits"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers of the form with a word near by that names the document."""
        for code in text.codes(*self.lengths):
            number = code.text.upper()
            is_formed = code.is_loose and self.form.fullmatch(number)
            if is_formed and is_named(text.text, code.start, code.end, self.named):
                yield code.start, code.end, 0.92
            elif self._is_other(text, code):
                yield code.start, code.end, 0.75

    def _is_other(self, text: Folded, code: Code) -> bool:
        """Whether a number has the other form and stands behind its label."""
        if not (self.other and self.other_label and self.other.fullmatch(code.text.upper())):
            return False
        return is_labelled(text.text, code.start, self.other_label)


@dataclass(frozen=True)
class Passport(Document):
    """Finds passport numbers, and machine-readable zones by their check digits."""

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers with a word near by, and both lines of a zone."""
        yield from super().find(text)
        if "<<" not in text.text:
            return
        for match in FIRST_LINE.finditer(text.text):
            yield *match.span(), 0.97
        for match in ZONE.finditer(text.text):
            checks = [("number", "check"), ("birth", "birth_check"), ("expiry", "expiry_check")]
            if all(zone_check(match[field]) == match[check] for field, check in checks):
                yield *match.span(), 0.99


@dataclass(frozen=True)
class ForeignPermit(Document):
    """Finds permits of permanent residence: 3 letters and 12 digits, or 18 digits from 2023 on."""

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers with a right check digit, and older ones with a word near by."""
        yield from super().find(text)
        for code in text.codes(18):
            number = code.digits(2)
            is_shaped = number[:1] == "9" and number[1:3] in PROVINCES and has_birth_date(number)
            if is_shaped and check_mark(number[:17]) == number[17]:
                yield code.start, code.end, 0.95


PASSPORT = Passport(
    kind="passport",
    form=re.compile(
        r"E[A-HJ-NP-Z]?[0-9]{7,8}|G[0-9]{8}|1[45][0-9]{7}|[DSP]E?[0-9]{7,8}|[KH]J?[0-9]{8}|MA[0-9]{7}"
    ),
    lengths=(6, 7, 8, 9, 10),
    named=words("护照", "passport|passports"),
    label="护照号:",
    other=re.compile(r"(?=[A-Z0-9]*[0-9]{5})[A-Z0-9]{6,9}"),
    other_label=label_of("护照", "passport"),
)
HK_MACAU_PERMIT = Document(
    kind="hk_macau_permit",
    form=re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?|C[A-Z]?[0-9]{7,8}|W[0-9]{8}"),
    lengths=(9, 11),
    named=words("通行证|回乡证|往来港澳|来往内地", "permit|home return"),
    label="港澳通行证:",
)
TAIWAN_PERMIT = Document(
    kind="taiwan_permit",
    form=re.compile(r"[TL][0-9]{8}|[0-9]{10}[A-Z]"),
    lengths=(8, 9, 10, 11, 12),
    named=words("台胞证|台湾通行证|往来台湾|台湾居民|大陆通行证", "taiwan permit|mtp|taibaozheng"),
    label="台胞证:",
    other=re.compile(r"[0-9]{8}|[0-9]{10}(?:[0-9]{2})?"),
    other_label=label_of("台胞证|台湾通行证|大陆通行证", "taiwan permit|mtp"),
)
FOREIGN_PERMIT = ForeignPermit(
    kind="foreign_permit",
    form=re.compile(r"[A-Z]{3}[0-9]{12}"),
    lengths=(15,),
    named=words("永久居留|永居|居留证|外国人", "permanent resident|residence permit|green card"),
    label="外国人永久居留身份证:",
)
