"""What differs between two calendars, and which clocks it may move."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import WORKED, Kind, KnownYear, notice

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class YearChange:
    """A year that became known, official, or rests on other notices.

    Args:
        year: The year.
        before: `not known`, `provisional` or `official`.
        after: The same, in the later calendar.
        papers: The notices that the later calendar names and the earlier does not.
    """

    year: int
    before: str
    after: str
    papers: tuple[str, ...]


@dataclass(frozen=True)
class DayChange:
    """A day of a year that both calendars know, and that is another kind in each.

    Args:
        date: The day.
        before: What it was.
        after: What it is.
    """

    date: date
    before: Kind
    after: Kind

    @property
    def moves_clocks(self) -> bool:
        """Whether the day is worked in one and free in the other."""
        return (self.before in WORKED) != (self.after in WORKED)


@dataclass(frozen=True)
class Diff:
    """What differs between two calendars.

    Args:
        before: The version of the earlier one.
        after: The version of the later one.
        years: The years that changed as a whole.
        days: The days that changed, of years that both know.
    """

    before: str
    after: str
    years: tuple[YearChange, ...]
    days: tuple[DayChange, ...]

    def __bool__(self) -> bool:
        """Whether anything that is counted by differs."""
        return bool(self.years or self.days)

    def touches(self, start: date, end: date) -> bool:
        """Whether a clock that ran from one day to another may end elsewhere, or be surer, now.

        Args:
            start: The day that started it.
            end: Its last day as it was counted.
        """
        if any(start < c.date <= end and c.moves_clocks for c in self.days):
            return True
        return any(
            start.year <= change.year <= end.year and change.before != change.after
            for change in self.years
        )

    def to_json(self) -> dict[str, Any]:
        """What differs as plain JSON."""
        return {
            "before": self.before,
            "after": self.after,
            "years": [asdict(change) for change in self.years],
            "days": [{**asdict(c), "date": c.date.isoformat()} for c in self.days],
        }


def difference(before: Calendar, after: Calendar) -> Diff:
    """What differs between two calendars, years and days ascending."""
    years = sorted({*before.known, *after.known})
    changed = (_year(n, before.known.get(n), after.known.get(n)) for n in years)
    both = [n for n in years if n in before.known and n in after.known]
    days = [change for n in both for change in _days(n, before, after)]
    found = tuple(change for change in changed if change is not None)
    return Diff(before.version, after.version, found, tuple(days))


def _year(number: int, before: KnownYear | None, after: KnownYear | None) -> YearChange | None:
    told = [year.status if year else NOT_KNOWN for year in (before, after)]
    papers = after.papers if after else ()
    old = set(map(notice, before.papers)) if before else set()
    if told[0] == told[1] and old == set(map(notice, papers)):
        return None
    return YearChange(number, told[0], told[1], tuple(p for p in papers if notice(p) not in old))


def _days(year: int, before: Calendar, after: Calendar) -> list[DayChange]:
    pairs = zip(before.days(year), after.days(year), strict=True)
    return [DayChange(a.date, a.kind, b.kind) for a, b in pairs if a.kind != b.kind]


def sparse_years(calendar: Calendar, changed: Diff) -> list[int]:
    """Official years that changed and list less than half the holidays of every other one.

    Such a file is likely cut off. How many holidays there are is law, which may change, so this is
    to be said and not refused.
    """
    numbers = {
        year.year: sum(kind == "holiday" for kind in year.kinds().values())
        for year in calendar.known.values()
        if year.status == "official"
    }
    new = {change.year for change in changed.years} & set(numbers)
    least = min((n for year, n in numbers.items() if year not in new), default=0)
    return sorted(year for year in new if numbers[year] * 2 < least)
