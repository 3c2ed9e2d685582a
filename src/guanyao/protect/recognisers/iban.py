"""International bank account numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import SLIPS, readings
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span

LENGTHS = dict(
    pair.split(":")
    for pair in [
        "AD:24",
        "AE:23",
        "AL:28",
        "AT:20",
        "AZ:28",
        "BA:20",
        "BE:16",
        "BG:22",
        "BH:22",
        "BI:27",
        "BR:29",
        "BY:28",
        "CH:21",
        "CR:22",
        "CY:28",
        "CZ:24",
        "DE:22",
        "DJ:27",
        "DK:18",
        "DO:28",
        "EE:20",
        "EG:29",
        "ES:24",
        "FI:18",
        "FK:18",
        "FO:18",
        "FR:27",
        "GB:22",
        "GE:22",
        "GI:23",
        "GL:18",
        "GR:27",
        "GT:28",
        "HN:28",
        "HR:21",
        "HU:28",
        "IE:22",
        "IL:23",
        "IQ:23",
        "IS:26",
        "IT:27",
        "JO:30",
        "KW:30",
        "KZ:20",
        "LB:28",
        "LC:32",
        "LI:21",
        "LT:20",
        "LU:20",
        "LV:21",
        "LY:25",
        "MC:27",
        "MD:24",
        "ME:22",
        "MK:19",
        "MN:20",
        "MR:27",
        "MT:31",
        "MU:30",
        "NI:28",
        "NL:18",
        "NO:15",
        "OM:23",
        "PK:24",
        "PL:28",
        "PS:29",
        "PT:25",
        "QA:29",
        "RO:24",
        "RS:22",
        "RU:33",
        "SA:24",
        "SC:31",
        "SD:18",
        "SE:24",
        "SI:19",
        "SK:24",
        "SM:27",
        "SO:23",
        "ST:25",
        "SV:28",
        "TL:23",
        "TN:24",
        "TR:26",
        "UA:29",
        "VA:22",
        "VG:24",
        "XK:20",
        "YE:30",
    ]
)
"""Length by country.

Reference: ISO 13616-1:2020; SWIFT, IBAN Registry.
"""
ALL_LENGTHS = sorted({int(length) for length in LENGTHS.values()})


def is_iban(text: str) -> bool:
    """Whether an account number has its country's length and the right check digits.

    Reference: ISO 13616-1:2020, section 5; ISO/IEC 7064, MOD 97-10.
    """
    if LENGTHS.get(text[:2]) != str(len(text)) or not text[2:4].isdigit():
        return False
    return int("".join([str(int(character, 36)) for character in text[4:] + text[:4]])) % 97 == 1


@dataclass(frozen=True)
class Iban:
    """Finds international bank account numbers by their check digits."""

    kind: str = "iban"
    needs: str = "digits"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers with the right length and check digits."""
        for code in text.codes(*ALL_LENGTHS):
            country = code.text[:2].upper()
            if LENGTHS.get(country) == str(len(code.text)) and _is_right(code.text):
                yield code.start, code.end, 0.98


def _is_right(text: str) -> bool:
    """Whether the check digits are right, a letter or two perhaps read as digits."""
    if is_iban(text.upper()):
        return True
    check, plain = text[2:4].translate(SLIPS), text[4:].translate(SLIPS)
    if is_iban((text[:2] + check + plain).upper()):
        return True
    return any(is_iban(text[:2].upper() + check + rest) for rest in readings(text[4:]))


IBAN = Iban()
