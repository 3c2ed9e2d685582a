"""Clocks of the filing: when a number of working days, days, months or hours is over.

The start day does not count; the last day ends at 24:00 in China. Working days are those of the
State Council's notices, so a year without its notice cannot be counted in, only assumed.

Reference: Civil Code of China, articles 200 to 204 (how periods are counted); the text itself has
not been compared.
"""

import hashlib
import json
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, Literal, Self, TypeAlias, get_args

from guanyao.errors import ConfigError, DataError
from guanyao.filing.calendar_day import (
    FIRST_YEAR,
    LAST_YEAR,
    SATURDAY,
    Day,
    Kind,
    KnownYear,
    Status,
    day_of,
    days_between,
    ends_at,
    in_china,
    notice,
)

Unit: TypeAlias = Literal["wd", "d", "months", "h"]
"""Working days, calendar days, months, hours."""
MAX_COUNT = 100_000
TICK = timedelta(microseconds=1)
ONE_DAY = timedelta(days=1)
MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Due:
    """When a clock ends, and how sure that is.

    Args:
        start: What started the clock.
        count: How many units it runs.
        unit: `wd`, `d`, `months` or `h`.
        date: The last day on which the act is in time.
        ends_at: The first instant at which it is too late.
        status: `provisional` if any day that was counted is.
        calendar: The version of the calendar that was counted by.
        roll: Whether it runs on to a working day where it would end on a free one.
    """

    start: date | datetime
    count: int
    unit: Unit
    date: date
    ends_at: datetime
    status: Status
    calendar: str
    roll: bool = False

    def in_time(self, moment: datetime) -> bool:
        """Whether an act at this moment comes before the clock's end.

        Raises:
            ConfigError: The moment has no zone ("calendar.zone").
        """
        return in_china(moment) < self.ends_at

    def to_json(self) -> dict[str, str]:
        """What scripts are told."""
        return {"due": self.date.isoformat(), "status": self.status, "calendar": self.calendar}


@dataclass(frozen=True)
class Count:
    """How many working days lie between two days, and how sure that is.

    Args:
        n_days: The working days.
        status: `provisional` if any day between is.
        calendar: The version of the calendar.
    """

    n_days: int
    status: Status
    calendar: str

    def to_json(self) -> dict[str, Any]:
        """What scripts are told."""
        return {"working_days": self.n_days, "status": self.status, "calendar": self.calendar}


@dataclass(frozen=True)
class Calendar:
    """The days of the years that are known.

    Args:
        name: Whose calendar it is, such as cn.
        known: Year -> what was announced for it.

    Raises:
        DataError: Two years say different things of one day ("calendar.contradiction").
    """

    name: str
    known: Mapping[int, KnownYear]
    _special: dict[date, tuple[Kind, str, KnownYear]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Put the special days of all years together."""
        for number in sorted(self.known):
            year = self.known[number]
            for day, (kind, name) in year.days.items():
                before = self._special.get(day)
                if before is not None and before[0] != kind:
                    raise _contradiction(day, before[0], kind)
                self._special[day] = (kind, name, year)

    @property
    def years(self) -> list[int]:
        """The years that are known, ascending."""
        return sorted(self.known)

    @cached_property
    def version(self) -> str:
        """A name for exactly these days: name, last year, and a digest of what is counted by."""
        text = json.dumps(self._counted_by(), ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"{self.name}-{max(self.known, default=0)}-{digest[:12]}"

    def _counted_by(self) -> list[object]:
        return [
            [
                year.year,
                year.status,
                list(map(notice, year.papers)),
                [[d.isoformat(), kind] for d, kind in sorted(year.kinds().items())],
            ]
            for _, year in sorted(self.known.items())
        ]

    def day(self, day: date) -> Day:
        """What a day is.

        Raises:
            DataError: Its year is not known ("calendar.unknown_year").
        """
        year = self._year_of(day)
        special = self._special.get(day)
        if special is None:
            kind: Kind = "workday" if day.weekday() < SATURDAY else "weekend"
            return Day(day, kind, year.status, "", year.papers)
        kind, name, source = special
        status: Status = _weaker(year.status, source.status)
        return Day(day, kind, status, name, source.papers)

    def days(self, year: int) -> list[Day]:
        """Every day of a year.

        Raises:
            DataError: The year is not known ("calendar.unknown_year").
        """
        self._known_year(year)
        return [self.day(day) for day in days_between(date(year, 1, 1), date(year, 12, 31))]

    def due(self, start: date | datetime, days: int) -> Due:
        """When a number of working days is over.

        Args:
            start: The day that starts the clock, which does not count; of a moment, its day in
                China.
            days: How many working days, at least 1.

        Raises:
            DataError: A day that must be counted lies in a year that is not known
                ("calendar.unknown_year").
            ConfigError: See `end`.
        """
        return self.end(start, days, "wd")

    def end(self, start: date | datetime, count: int, unit: Unit, *, roll: bool = False) -> Due:
        """When a clock ends.

        Args:
            start: The day, or of hours the moment, that starts the clock.
            count: How many units, 1 to 100,000.
            unit: `wd` working days, `d` days, `months` (the same day of a later month, or that
                month's last), `h` hours from the moment on.
            roll: Whether a clock of days or months that would end on a free day runs on to the
                next working day.

        Raises:
            DataError: A day that must be looked up lies in a year that is not known
                ("calendar.unknown_year").
            ConfigError: The count or unit is none ("calendar.days"), the start has no zone
                ("calendar.zone") or lies outside all calendars ("calendar.date").
        """
        _check_clock(count, unit)
        first = _checked(day_of(start))
        if unit == "h":
            return self._after_hours(start, count)
        last, status = self._last_day(first, count, unit)
        if roll and unit != "wd":
            last, status = self._next_working(last)
        return Due(
            start=start,
            count=count,
            unit=unit,
            date=last,
            ends_at=ends_at(last),
            status=status,
            calendar=self.version,
            roll=roll,
        )

    def again(self, due: Due) -> Due:
        """The same clock counted by this calendar, as when its days became official.

        Raises:
            DataError: See `end`.
        """
        return self.end(due.start, due.count, due.unit, roll=due.roll)

    def _after_hours(self, start: date | datetime, count: int) -> Due:
        if not isinstance(start, datetime):
            raise ConfigError(
                "a clock of hours starts on a day",
                allowed="hours run from a moment with its zone, as 2026-09-30T23:30:00+08:00",
                code="calendar.zone",
            )
        end = in_china(start) + timedelta(hours=count)
        return Due(
            start=start,
            count=count,
            unit="h",
            date=(end - TICK).date(),
            ends_at=end,
            status="official",
            calendar=self.version,
        )

    def _last_day(self, first: date, count: int, unit: Unit) -> tuple[date, Status]:
        if unit == "d":
            return _checked(first + timedelta(days=count)), "official"
        if unit == "months":
            return _months_later(first, count), "official"
        status: Status = "official"
        for day in self._from(first + ONE_DAY):
            status = _weaker(status, day.status)
            count -= day.is_working
            if not count:
                return day.date, status
        raise _beyond()

    def _next_working(self, last: date) -> tuple[date, Status]:
        status: Status = "official"
        for day in self._from(last):
            status = _weaker(status, day.status)
            if day.is_working:
                return day.date, status
        raise _beyond()

    def _from(self, first: date) -> Iterator[Day]:
        return map(self.day, days_between(first, date(LAST_YEAR, 12, 31)))

    def count(self, start: date | datetime, end: date | datetime) -> Count:
        """How many working days lie after the start day, up to and with the end day.

        Raises:
            DataError: A day between lies in a year that is not known ("calendar.unknown_year").
            ConfigError: The end comes before the start ("calendar.date").
        """
        first, last = _checked(day_of(start)), _checked(day_of(end))
        if last < first:
            raise ConfigError(
                f"the end {last} comes before the start {first}",
                allowed="the start comes first",
                code="calendar.date",
            )
        n_days = 0
        status: Status = "official"
        for day in map(self.day, days_between(first + ONE_DAY, last)):
            n_days += day.is_working
            status = _weaker(status, day.status)
        return Count(n_days, status, self.version)

    def assume(self, *years: int) -> Self:
        """The calendar with these years as weekends only, provisional; known years stay."""
        more = {n: KnownYear(year=n, status="provisional") for n in years}
        return type(self)(self.name, {**more, **self.known})

    def with_years(self, years: Iterable[KnownYear]) -> Self:
        """The calendar with these years taken in.

        An official year takes the place of a provisional one. It takes the place of an official
        one only if it says the same, or names a further notice that changed it.

        Raises:
            DataError: The years contradict what is official, or each other
                ("calendar.contradiction").
        """
        known = dict(self.known)
        for year in years:
            before = known.get(year.year)
            if before is not None:
                _check_replaces(before, year)
            known[year.year] = year
        return type(self)(self.name, known)

    def _year_of(self, day: date) -> KnownYear:
        return self._known_year(day.year)

    def _known_year(self, number: int) -> KnownYear:
        year = self.known.get(number)
        if year is None:
            raise _unknown_year(number, self.years)
        return year


def _check_clock(count: object, unit: object) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        raise ConfigError(
            "a clock runs for a number of units that cannot be",
            allowed=f"whole numbers from 1 to {MAX_COUNT:,}",
            code="calendar.days",
        )
    if unit not in get_args(Unit):
        raise ConfigError(
            f"a clock counts in {str(unit)[:20]!r}",
            allowed="wd (working days), d (days), months, h (hours)",
            code="calendar.days",
        )


def _checked(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ConfigError(
            f"{day} lies outside all calendars",
            allowed=f"days from {FIRST_YEAR} to {LAST_YEAR}",
            code="calendar.date",
        )
    return day


def _months_later(first: date, count: int) -> date:
    years, month = divmod(first.month - 1 + count, MONTHS)
    year = first.year + years
    if year > LAST_YEAR:
        raise _beyond()
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(first.day, last))


def _weaker(one: Status, other: Status) -> Status:
    return "official" if one == other == "official" else "provisional"


def _check_replaces(before: KnownYear, after: KnownYear) -> None:
    """Whether what was announced may be replaced."""
    if before.status == "provisional":
        return
    if after.status == "provisional":
        raise DataError(
            f"{after.year} is official already",
            allowed="provisional days do not take the place of official ones",
            code="calendar.contradiction",
        )
    is_amended = set(map(notice, after.papers)) > set(map(notice, before.papers))
    differing = set(before.effects().items()) ^ set(after.effects().items())
    if differing and not is_amended:
        day = min(dict(differing))
        raise DataError(
            f"{after.year} is official already, and says otherwise of {day}",
            allowed="an official year changes by a further notice",
            do="if there is one, name it beside the earlier ones in papers",
            code="calendar.contradiction",
        )


def _contradiction(day: date, one: str, other: str) -> DataError:
    return DataError(
        f"the calendar says of {day} that it is a {one} day, and that it is a {other} day",
        allowed="one kind for each day",
        do="compare the day with the notice",
        code="calendar.contradiction",
    )


def _unknown_year(year: int, known: list[int]) -> DataError:
    years = f"{known[0]} to {known[-1]}" if known else "none"
    return DataError(
        f"the working days of {year} are not known",
        allowed=f"known years: {years}",
        do="take in the State Council's notice when it is out, with: guanyao filing calendar "
        "import; or count provisionally with --assume",
        code="calendar.unknown_year",
    )


def _beyond() -> ConfigError:
    return ConfigError(
        "a clock ends outside all calendars",
        allowed=f"clocks end by the year {LAST_YEAR}",
        code="calendar.date",
    )
