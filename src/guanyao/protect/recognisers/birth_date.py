"""Dates of birth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, line_before
from guanyao.protect.recognisers.resident_id import is_date

MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
MONTH = rf"(?P<{{}}>(?:{'|'.join(MONTHS)})[a-z]{{{{0,6}}}})\.?"
YEAR_FIRST = re.compile(
    r"(?<![0-9])(?P<y>(?:18|19|20)[0-9]{2})"
    r"(?:[ ]?[-/.年][ ]?(?P<m>[0-9]{1,2})(?:[ ]?[-/.月][ ]?(?P<d>[0-9]{1,2})[ ]?[日号]?|[ ]?月)"
    r"|(?P<mm>[01][0-9])(?P<dd>[0-3][0-9]))(?![0-9])"
)
YEAR_LAST = re.compile(
    r"(?<![0-9])(?P<a>[0-9]{1,2})[-/.](?P<b>[0-9]{1,2})[-/.](?P<y>(?:18|19|20)?[0-9]{2})(?![0-9])"
)
NAMED_MONTH = re.compile(
    rf"(?<![0-9A-Za-z])(?:{MONTH.format('m1')}\s?(?P<d1>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s?"
    rf"|(?P<d2>[0-9]{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]?{MONTH.format('m2')}[ ,-]{{0,2}})"
    r"(?P<y>(?:18|19|20)[0-9]{2})(?![0-9])",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"出生(?:日期|年月日?|时间|于)?|生日|生于|诞生于|诞辰|出世"
    r"|(?<![A-Za-z])(?:born|birth ?date|date of birth|birthday|d\.?o\.?b\.?|birth)(?![A-Za-z])",
    re.IGNORECASE,
)
AFTER = re.compile(r"[ ]?(?:出生|生人|诞生|生(?![产效活意成长病命]))|,? ?\((?:born|birth)")
CENTURIES = frozenset(("18", "19", "20"))
SHORT_YEAR = re.compile(r"[0-9][-/.][0-9]{1,2}[-/.][0-9]{2}$")
CLUE = re.compile("生|born|birth")
REACH, BACK, AHEAD = 24, 20, 10


@dataclass(frozen=True)
class BirthDate:
    """Finds dates near words that say that somebody was born then."""

    kind: str = "birth_date"
    needs: str = "digits"
    label: str = "出生日期:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Dates of day or month behind such a word, or right before one."""
        for start, end in text.groups:
            year = text.text[start : start + 2]
            if (end - start in (4, 8) and year in CENTURIES) or (
                end - start == 2 and SHORT_YEAR.search(text.text, max(0, start - 6), end)
            ):
                yield from self._near(text.text, start, end)

    def _near(self, text: str, start: int, end: int) -> Iterator[Span]:
        """The date that the year at these offsets belongs to, if somebody was born on it."""
        if not (
            BEFORE.search(line_before(text, start, REACH + BACK))
            or CLUE.search(text, end, end + BACK)
        ):
            return
        for first, last, score in dates(text[max(0, start - BACK) : end + AHEAD]):
            first, last = (offset + max(0, start - BACK) for offset in (first, last))
            is_this = first <= start < last
            if is_this and (_is_said_before(text, first) or AFTER.match(text, last)):
                yield first, last, score
                break


def _is_said_before(text: str, start: int) -> bool:
    before = line_before(text, start, REACH)
    word = BEFORE.search(before)
    return word is not None and not any(end in before[word.end() :] for end in "。;!?")


def dates(text: str) -> Iterator[Span]:
    """The dates in a text."""
    for pattern in (YEAR_FIRST, NAMED_MONTH, YEAR_LAST):
        for match in pattern.finditer(text):
            if score := _score(match):
                yield *match.span(), score


def _score(match: re.Match[str]) -> float:
    """How sure it is that these numbers are a day or a month; 0 if there is no such day."""
    parts = match.groupdict()
    year = int(parts["y"])
    if "a" in parts:
        year += 1900 if year < 100 else 0
        one, two = int(parts["a"]), int(parts["b"])
        return 0.85 if is_date(year, one, two) or is_date(year, two, one) else 0.0
    if "m1" in parts:
        month = MONTHS.index((parts["m1"] or parts["m2"])[:3].lower()) + 1
        return 0.92 if is_date(year, month, int(parts["d1"] or parts["d2"])) else 0.0
    month, day = int(parts["m"] or parts["mm"]), parts["d"] or parts["dd"]
    return (0.92 if day else 0.7) if is_date(year, month, int(day or 1)) else 0.0


BIRTH_DATE = BirthDate()
