"""Landline numbers of the mainland, and its 400 and 800 numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from guanyao.protect.codes import Code
from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import (
    CALLED,
    Span,
    is_labelled,
    is_named,
    is_thing,
    label_of,
    start_with_sign,
    words,
)

NUMBER = re.compile(r"(?:0|(?:00)?860?)(?P<area>10|2[0-9]|[3-9][0-9]{2})(?P<local>[2-8][0-9]{6,7})")
AREA_RUNS = (
    "10 20-25 27-29 310-319 335 349-359 370-377 379 391-396 398 411-412 415-419 421 427 429 "
    "431-439 451-459 464 467-479 482-483 510-519 523 527 530-539 543 546 550-559 561-564 566 "
    "570-580 591-599 631-635 660 662-663 668 691-692 701 710-719 722 724 728 730-731 734-739 "
    "743-746 750-760 762-763 766 768-779 790-799 812-813 816-818 825-827 830-839 851-859 "
    "870-879 883 886-888 891-899 901-903 906 908-909 911-917 919 930-939 941 943 951-955 "
    "970-977 979 990-999 "
)
"""Area codes in use, without their zero: single ones and runs."""
AREAS = frozenset(
    str(code)
    for first, _, last in (run.partition("-") for run in AREA_RUNS.split())
    for code in range(int(first), int(last or first) + 1)
)
HOTLINE = re.compile(r"[48]00[0-9]{7}")
LOCAL = re.compile(r"[2-8][0-9]{6,7}")
EXTENSION = re.compile(r"\s?(?:转|分机号?|ext\.?|-)\s?[0-9]{1,6}(?![0-9A-Za-z]|[-.][0-9])", re.I)
NAMED = words(
    f"{CALLED}|座机|固话|传真|热线|总机|办公室|客服|咨询|预订|订餐|号码",
    "tel|phone|fax|call|dial|landline|telephone|hotline",
)
LABEL = label_of("电话|座机|固话|传真|热线|总机|致电|拨打", "tel|phone|fax|telephone|hotline")
HOTLINE_SIZES = frozenset({(3, 3, 4), (3, 4, 3), (3, 7), (3, 2, 5), (3, 1, 6)})


@dataclass(frozen=True)
class Landline:
    """Finds landline numbers with an area code, and without one after a label."""

    kind: str = "landline"
    needs: str = "digits"
    label: str = "电话:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Numbers with a real area code, hotlines, and labelled numbers of 7 or 8 digits."""
        for code in text.codes(10, 11, 12, 13, 14, 15):
            if score := self._score(text.text, code):
                start = start_with_sign(text.text, code.start, code.end)
                yield start, self._end(text.text, code), score
        for code in text.codes(7, 8):
            is_local = self._ends_well(text.text, code) and LOCAL.fullmatch(code.text)
            if is_local and not code.before and is_labelled(text.text, code.start, LABEL):
                yield code.start, self._end(text.text, code), 0.8

    def _end(self, text: str, code: Code) -> int:
        extension = EXTENSION.match(text, code.end)
        return extension.end() if extension else code.end

    def _score(self, text: str, code: Code) -> float:
        if HOTLINE.fullmatch(code.text):
            is_shaped = code.sizes in HOTLINE_SIZES
            return self._surer(text, code, plain=0.8 if is_shaped else 0.0)
        number = NUMBER.fullmatch(code.text)
        if not number or code.before.strip(" (") or number["area"] not in AREAS:
            return 0.0
        if code.text[0] != "0" and text[max(0, code.start - 1) : code.start] not in ("+", "("):
            return 0.0
        if code.is_solid:
            return self._surer(text, code, plain=0.55 if len(code.text) == 11 else 0.0)
        is_split = code.sizes[0] > 1 and number.end("area") in accumulate(code.sizes[:-1])
        is_whole = is_split and self._ends_well(text, code)
        return self._surer(text, code, plain=0.8 if is_whole else 0.0)

    def _ends_well(self, text: str, code: Code) -> bool:
        return code.after.strip() == "" or EXTENSION.match(text, code.end) is not None

    def _surer(self, text: str, code: Code, *, plain: float) -> float:
        """The score, raised by words near by."""
        if is_named(text, code.start, code.end, NAMED):
            return 0.93 if self._ends_well(text, code) else 0.6
        return 0.0 if is_thing(text, code.start, code.end) else plain


LANDLINE = Landline()
