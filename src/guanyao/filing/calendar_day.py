"""Days and years as the State Council's holiday notices say them, and moments in China."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal, TypeAlias, get_args

from guanyao.errors import ConfigError, DataError

Kind: TypeAlias = Literal["workday", "weekend", "holiday", "make-up"]
Status: TypeAlias = Literal["official", "provisional"]

WORKED: tuple[Kind, ...] = ("workday", "make-up")
ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""All of China has had this one zone, without summer time, since 1992."""
FIRST_YEAR, LAST_YEAR = 1992, 2200
SATURDAY = 5
REACH = timedelta(days=31)
"""How far beyond its own year a notice may reach: New Year's often begins in December."""
MAX_PAPERS, MAX_TEXT = 20, 300
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Day:
    """What one day is.

    Args:
        date: The day.
        kind: `workday`, `weekend`, `holiday`, or `make-up` (a weekend day that is worked).
        status: `official`: a notice of the State Council says so; `provisional`: a guess so far.
        name: The holiday that it belongs to; "" for plain days.
        papers: The notices that say so; none for a year that was assumed.
    """

    date: date
    kind: Kind
    status: Status
    name: str = ""
    papers: tuple[str, ...] = ()

    @property
    def is_working(self) -> bool:
        """Whether the day counts as a working day."""
        return self.kind in WORKED

    def to_json(self) -> dict[str, Any]:
        """The day as plain JSON."""
        return {
            "date": self.date.isoformat(),
            "kind": self.kind,
            "name": self.name,
            "status": self.status,
        }


@dataclass(frozen=True, kw_only=True)
class KnownYear:
    """What was announced for one year: the days that are no plain Monday to Friday or weekend.

    Args:
        year: The year.
        status: Whether all of its days are official.
        papers: The notices: an address or the number of each.
        days: Day -> (`holiday` or `make-up`, the holiday's name). A day may lie up to 31 days
            outside the year, as when a New Year's holiday begins in December.
        checked: Who compared the days with the notice, and when; None: nobody yet.

    Raises:
        DataError: Official days have no source ("calendar.unsourced"), there are none
            ("calendar.empty"), a day lies elsewhere ("calendar.date") or cannot be what it is
            said to be ("calendar.contradiction"), a field is wrong ("calendar.field").
    """

    year: int
    status: Status
    papers: tuple[str, ...] = ()
    days: Mapping[date, tuple[Kind, str]] = field(default_factory=dict)
    checked: str | None = None

    def __post_init__(self) -> None:
        """Check what the year says."""
        _check_year(self.year)
        if self.status not in get_args(Status):
            raise _wrong_field(self.year, "status", "official or provisional")
        _check_texts(self)
        for day, (kind, _) in self.days.items():
            _check_day(self.year, day, kind)
        if self.status == "official":
            _check_sourced(self)

    @property
    def is_assumed(self) -> bool:
        """Whether nothing was announced or drafted: weekends only."""
        return not self.papers and not self.days

    def kinds(self) -> dict[date, Kind]:
        """What each special day is, without its name."""
        return {day: kind for day, (kind, _) in self.days.items()}

    def effects(self) -> dict[date, Kind]:
        """The same without free weekends, which are free either way."""
        return {
            day: kind
            for day, kind in self.kinds().items()
            if kind == "make-up" or day.weekday() < SATURDAY
        }


def _check_year(year: object) -> None:
    if isinstance(year, bool) or not isinstance(year, int) or not FIRST_YEAR <= year <= LAST_YEAR:
        raise DataError(
            "the calendar has a year that is none",
            allowed=f"years are whole numbers from {FIRST_YEAR} to {LAST_YEAR}",
            code="calendar.field",
        )


def _check_texts(year: KnownYear) -> None:
    if len(year.papers) > MAX_PAPERS or not all(map(_is_text, year.papers)):
        allowed = f"up to {MAX_PAPERS} addresses or numbers of notices, each on one line"
        raise _wrong_field(year.year, "papers", allowed)
    if not all(_is_text(name) for _, name in year.days.values()):
        raise _wrong_field(year.year, "holiday's name", f"up to {MAX_TEXT} characters on one line")
    if year.checked is not None and not _is_text(year.checked):
        raise _wrong_field(year.year, "checked", "who compared it with the notice, and when")


def _is_text(value: object) -> bool:
    is_line = isinstance(value, str) and value.isprintable() and len(value) <= MAX_TEXT
    return is_line and bool(str(value).strip())


def _check_day(year: int, day: date, kind: Kind) -> None:
    if not date(year, 1, 1) - REACH <= day <= date(year, 12, 31) + REACH:
        raise DataError(
            f"the calendar names {day} in the days of {year}",
            allowed=f"a notice reaches {REACH.days} days beyond its year at most",
            code="calendar.date",
        )
    if kind not in ("holiday", "make-up"):
        raise _wrong_field(year, "kind of a day", "holiday or make-up")
    if kind == "make-up" and day.weekday() < SATURDAY:
        raise DataError(
            f"the calendar has the make-up day {day}, which is a {day:%A}",
            allowed="make-up days are Saturdays and Sundays; other days are worked anyway",
            do="compare the day with the notice",
            code="calendar.contradiction",
        )


def _check_sourced(year: KnownYear) -> None:
    if not year.days:
        raise DataError(
            f"the calendar names no holiday in {year.year}",
            allowed="an official year lists its holidays; none listed does not mean that there "
            "are none",
            do="wait for the notice, or count provisionally with --assume",
            code="calendar.empty",
        )
    if not year.papers:
        raise DataError(
            f"the calendar calls {year.year} official, and names no notice",
            allowed="official days name the State Council's notice that says them",
            do="add the address or number of the notice, or take the year in as provisional",
            code="calendar.unsourced",
        )


def _wrong_field(year: int, name: str, allowed: str) -> DataError:
    return DataError(
        f"the calendar has a wrong {name} in {year}",
        allowed=f"{name}: {allowed}",
        code="calendar.field",
    )


def notice(paper: str) -> str:
    """The address of a notice without its scheme, which changed over the years."""
    return paper.strip().removeprefix("https://").removeprefix("http://").rstrip("/")


def ends_at(day: date) -> datetime:
    """The instant at which a last day is over: 24:00 in China.

    An act at 23:59:59 of the day is in time; at this instant it is too late.

    >>> ends_at(date(2026, 3, 2)).isoformat()
    '2026-03-03T00:00:00+08:00'
    """
    return datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(days=1)


def day_of(moment: date | datetime) -> date:
    """The day in China on which a moment lies; a day is itself.

    Raises:
        ConfigError: The moment has no zone ("calendar.zone").
    """
    if not isinstance(moment, datetime):
        return moment
    return in_china(moment).date()


def in_china(moment: datetime) -> datetime:
    """The moment on a clock in China.

    Raises:
        ConfigError: The moment has no zone, or is near the end of time ("calendar.zone").
    """
    if moment.utcoffset() is None:
        raise _no_zone()
    try:
        return moment.astimezone(ZONE)
    except OverflowError as error:
        raise _no_zone() from error


def parse_day(text: object) -> date:
    """The day that is written as 2026-09-30.

    Raises:
        ConfigError: It is no such day ("calendar.date").
    """
    try:
        if not isinstance(text, str) or not ISO_DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{_short(text)} is no day",
            allowed="days are written as 2026-09-30",
            code="calendar.date",
        ) from error


def parse_moment(text: str) -> date | datetime:
    """The day, or the moment with its zone, that is written as ISO 8601 says.

    Raises:
        ConfigError: It is neither ("calendar.date"), or has no zone ("calendar.zone").
    """
    if "T" not in text:
        return parse_day(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"{_short(text)} is no moment",
            allowed="moments are written as 2026-09-30T23:30:00+08:00",
            code="calendar.date",
        ) from error
    return in_china(moment)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _short(value: object) -> str:
    """The text in quotes, or what it is instead of text."""
    return repr(value)[:40] if isinstance(value, str) else f"a {type(value).__name__}"


def _no_zone() -> ConfigError:
    return ConfigError(
        "a moment has no zone, or lies beyond all calendars",
        allowed="moments carry their offset, as 2026-09-30T23:30:00+08:00",
        do="give the offset, or the day alone",
        code="calendar.zone",
    )
