"""Mobile phone numbers of the mainland."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.codes import Code
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import CALLED, Span, is_named, is_thing, start_with_sign, words

NUMBER = re.compile(r"(?:(?:00)?86|0)?(1[3-9][0-9]{9})")
NAMED = words(
    f"{CALLED}|手机|号码|热线|客服|咨询|微信|支付宝",
    "tel|phone|mobile|cell|call|dial|contact|sms|whatsapp|mob|wechat|alipay|number",
)
GROUPED = frozenset({(3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (5, 6), (6, 5), (11,)})
NORTH_AMERICAN = frozenset({(1, 3, 3, 4), (1, 3, 7)})
MOST_SLIPS = 2


@dataclass(frozen=True)
class MobilePhone:
    """Finds mobile phone numbers, with or without +86."""

    kind: str = "mobile_phone"
    needs: str = "digits"
    label: str = "手机:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers 1[3-9] of 11 digits; words near by are needed where the grouping is unusual."""
        for code in text.codes(11, 12, 13, 15):
            digits = code.digits(MOST_SLIPS) if code.sizes not in NORTH_AMERICAN else ""
            if not (match := NUMBER.fullmatch(digits)):
                continue
            start = start_with_sign(text.text, code.start, code.end)
            is_abroad = "+" in text.text[start : code.start]
            if "." in text.text[code.start : code.end] and not _is_evenly_grouped(code):
                continue
            if score := self._score(text, code, match[1], is_abroad=is_abroad):
                yield start, code.end, score

    def _score(self, text: Folded, code: Code, number: str, *, is_abroad: bool) -> float:
        if is_abroad and len(code.text) == 13:
            return 0.97
        if is_named(text.text, code.start, code.end, NAMED):
            return 0.95
        if not code.text.isdigit() or not self._is_plain(code, number):
            return 0.0
        return 0.0 if is_thing(text.text, code.start, code.end) else 0.8

    def _is_plain(self, code: Code, number: str) -> bool:
        """Whether it looks like a phone number with no word near it that says so."""
        if code.text != number and not code.text.endswith("86" + number):
            return False
        prefix = len(code.text) - len(number)
        sizes = code.sizes[1:] if code.sizes[0] == prefix else code.sizes
        is_usual = code.is_solid or code.is_alone or sizes in GROUPED
        return is_usual and code.is_loose and not number.endswith("000000")


def _is_evenly_grouped(code: Code) -> bool:
    """Whether its groups are those of a phone number, not of decimals or object identifiers."""
    return code.sizes in GROUPED or (len(code.sizes) > 2 and min(code.sizes) > 2)


MOBILE_PHONE = MobilePhone()
