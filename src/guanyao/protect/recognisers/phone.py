"""Phone numbers of all countries but the mainland's own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import (
    CALLED,
    Span,
    is_labelled,
    is_named,
    is_thing,
    label_of,
    words,
)

PLUS = re.compile(r"\+(?<![0-9A-Za-z+]\+)\(?[1-9][0-9]{0,3}(?:[ ().-]{0,3}[0-9]{1,12}){1,7}")
LAST_GROUP = re.compile(r"[ ().-]+[0-9]+$")
NORTH_AMERICAN = frozenset({(3, 3, 4), (1, 3, 3, 4), (3, 7), (1, 3, 7)})
WRITTEN = re.compile(
    r"(?:1[ .-]?)?(?:\([0-9]{3}\)[ -]?[0-9]{3}[ .-]?|[0-9]{3}(?P<sign>[ .-])[0-9]{3}(?P=sign))"
    r"[0-9]{4}"
)
DASHED = re.compile(r"[-)]")
NAMED = words(
    f"{CALLED}|手机|传真",
    "tel|phone|mobile|cell|call|dial|fax|telephone|whatsapp|sms|text",
)
LABEL = label_of("电话|手机|传真", "tel|phone|mobile|cell|fax|telephone|whatsapp")
MAINLAND = 86
MOST_CUTS = 4


@dataclass(frozen=True)
class Phone:
    """Finds phone numbers with a country code, North American ones, and labelled ones.

    Reference: ITU-T E.164; the number plans of the `phonenumbers` package.
    """

    kind: str = "phone"
    needs: str = "digits"
    label: str = "phone: "

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers that the country's plan allows."""
        yield from self._with_plus(text.text)
        for code in text.codes(10, 11):
            if code.sizes in NORTH_AMERICAN and code.is_alone:
                start = code.start - (text.text[max(0, code.start - 1) : code.start] == "(")
                if score := self._score(text.text, start, code.end):
                    yield start, code.end, score
        for code in text.codes(*range(8, 14)):
            is_shaped = code.text.isdigit() and code.is_alone and len(set(code.text)) > 2
            if is_shaped and is_labelled(text.text, code.start, LABEL):
                yield code.start, code.end, 0.7

    def _with_plus(self, text: str) -> Iterator[Span]:
        for match in PLUS.finditer(text):
            end = match.end()
            for _ in range(MOST_CUTS):
                piece = text[match.start() : end]
                if self._is_valid(piece, None):
                    opens = text[match.start() - 1 : match.start()] == "(" and ")" in piece
                    yield match.start() - opens, end, 0.95
                    break
                cut = LAST_GROUP.search(piece)
                if not cut:
                    break
                end = match.start() + cut.start()

    def _is_valid(self, text: str, region: str | None) -> bool:
        try:
            number = phonenumbers.parse(text.replace("+(", "+"), region)
        except phonenumbers.NumberParseException:
            return False
        return number.country_code != MAINLAND and phonenumbers.is_valid_number(number)

    def _score(self, text: str, start: int, end: int) -> float:
        """How sure it is that a number is North American."""
        number = WRITTEN.search(text, start, end)
        if not number or number.end() != end or not self._is_valid(number[0], "US"):
            return 0.0
        if is_named(text, start, end, NAMED):
            return 0.92
        is_dashed = DASHED.search(text, start, end) is not None
        return 0.7 if is_dashed and not is_thing(text, start, end) else 0.0


PHONE = Phone()
