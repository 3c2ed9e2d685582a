"""Calendars as files: our own YAML, and the JSON of holiday-cn, which is taken in year by year."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias, get_args

import yaml

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError, DataError
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import (
    SATURDAY,
    Kind,
    KnownYear,
    Status,
    days_between,
    parse_day,
)
from guanyao.filing.plain_yaml import parse

FORMAT = "guanyao.calendar/1"
MAX_FILE = 256 << 10
MAX_RANGE = timedelta(days=60)
MAX_NAME = 40
WIDTH = 10**6
"""Of a line of YAML: a list of days is never broken into several."""
FIELDS = ("calendar", "name", "version", "years")
YEAR_FIELDS = ("year", "status", "papers", "checked", "holidays", "make-up")
HOLIDAY_CN_DAY = ("name", "date", "isOffDay")

Special: TypeAlias = dict[date, tuple[Kind, str]]


@cache
def shipped() -> Calendar:
    """The calendar that Guanyao ships."""
    text = files("guanyao.filing").joinpath("calendars/cn.yaml").read_text(encoding="utf-8")
    return calendar_of(_parse(text, "cn.yaml"))


def load(path: str | Path) -> Calendar:
    """Read a calendar that `save` wrote or a person typed.

    Raises:
        DataError: It cannot be read ("calendar.unreadable"), was changed after it got its version
            ("calendar.version"), or a part is wrong ("calendar....").
    """
    place = Path(path)
    return calendar_of(_parse(_read(place), place.name))


def load_years(path: str | Path, *, provisional: bool = False) -> list[KnownYear]:
    """Read years to take in, from JSON as holiday-cn has it, or from a calendar of our own.

    Args:
        path: The file.
        provisional: Whether the days are taken in as provisional, whatever the file says.

    Raises:
        DataError: See `load`; a year without a day is refused, provisional or not
            ("calendar.empty").
    """
    place = Path(path)
    record = _parse(_read(place), place.name)
    if isinstance(record, Mapping) and "days" in record:
        years = [_from_holiday_cn(record, provisional=provisional)]
    else:
        years = list(calendar_of(record, provisional=provisional).known.values())
    for year in years:
        if not year.days:
            raise _empty(year.year)
    return years


def save(calendar: Calendar, path: str | Path) -> None:
    """Write the calendar as YAML.

    Raises:
        DataError: The place cannot be written to ("data....").
    """
    write_whole(path, to_yaml(calendar).encode())


def to_yaml(calendar: Calendar) -> str:
    """The calendar as YAML, a holiday to a line."""
    record = {
        "calendar": FORMAT,
        "name": calendar.name,
        "version": calendar.version,
        "years": [_year_record(calendar.known[number]) for number in calendar.years],
    }
    text: str = yaml.safe_dump(
        record, allow_unicode=True, sort_keys=False, default_flow_style=None, width=WIDTH
    )
    return text


def calendar_of(record: object, *, provisional: bool = False) -> Calendar:
    """The calendar of a record as `to_yaml` writes it.

    Args:
        record: What stands in the file.
        provisional: Whether all years are provisional, whatever the record says.

    Raises:
        DataError: See `load`.
    """
    if not isinstance(record, Mapping) or record.get("calendar") != FORMAT:
        raise _unreadable("this is not a calendar, or one of another version")
    _check_fields("the calendar", record, FIELDS)
    years = [_year_of(part, provisional) for part in _list(record.get("years"), "years")]
    numbers = [year.year for year in years]
    if not years or len(numbers) > len(set(numbers)):
        raise _wrong_field("years", "one part for each year, at least one")
    calendar = Calendar(_name(record.get("name", "cn")), {year.year: year for year in years})
    if not provisional:
        _check_version(calendar, record.get("version"))
    return calendar


def _check_version(calendar: Calendar, said: object) -> None:
    if said is not None and said != calendar.version:
        raise DataError(
            "the calendar's days are not those that its version was given for",
            allowed=f"these days have the version {calendar.version}",
            do="take out the line 'version' if you changed the days on purpose",
            code="calendar.version",
        )


def _year_of(record: object, provisional: bool) -> KnownYear:
    if not isinstance(record, Mapping) or "year" not in record or "status" not in record:
        raise _wrong_field("years", "each with year, status, papers, holidays and make-up")
    _check_fields("a year of the calendar", record, YEAR_FIELDS)
    special: Special = {}
    kinds: tuple[tuple[str, Kind], ...] = (("holidays", "holiday"), ("make-up", "make-up"))
    for key, kind in kinds:
        for name, spans in _mapping(record.get(key), key).items():
            for day in _days_of(spans):
                _put(special, day, kind, str(name))
    status = record["status"]
    if status not in get_args(Status):
        raise _wrong_field("status", "official or provisional")
    return KnownYear(
        year=record["year"],
        status="provisional" if provisional else status,
        papers=tuple(_list(record.get("papers"), "papers")),
        days=special,
        checked=record.get("checked"),
    )


def _days_of(spans: object) -> Iterable[date]:
    """The days of "2026-10-01..2026-10-07", "2026-10-10", or a list of such."""
    for span in [spans] if isinstance(spans, str) else _list(spans, "days"):
        if not isinstance(span, str):
            raise _wrong_field("day", "2027-01-01, or 2027-01-01..2027-01-03")
        first, dots, last = span.partition("..")
        begin = _day(first)
        end = _day(last) if dots else begin
        if not timedelta(0) <= end - begin <= MAX_RANGE:
            allowed = f"the first day, then the last, at most {MAX_RANGE.days} later"
            raise _wrong_field("range of days", allowed)
        yield from days_between(begin, end)


def _from_holiday_cn(record: Mapping[str, Any], *, provisional: bool) -> KnownYear:
    """The year of a file as https://github.com/NateScarlet/holiday-cn has it (MIT)."""
    special: Special = {}
    seen: Special = {}
    for part in _list(record.get("days"), "days"):
        name, day, is_off = _holiday_cn_day(part)
        kind: Kind = "holiday" if is_off else "make-up"
        _put(seen, day, kind, name)
        if is_off or day.weekday() >= SATURDAY:  # "worked" on a Monday only says it is plain
            _put(special, day, kind, name)
    year: Any = record.get("year")
    papers = tuple(_list(record.get("papers"), "papers"))
    status: Status = "provisional" if provisional else "official"
    return KnownYear(year=year, status=status, papers=papers, days=special)


def _holiday_cn_day(part: object) -> tuple[str, date, bool]:
    if not isinstance(part, Mapping) or any(name not in part for name in HOLIDAY_CN_DAY):
        raise _wrong_field("days", "each with name, date and isOffDay")
    is_off = part["isOffDay"]
    if not isinstance(is_off, bool):
        raise _wrong_field("isOffDay", "true or false")
    return part["name"], _day(part["date"]), is_off


def _put(days: Special, day: date, kind: Kind, name: str) -> None:
    before = days.setdefault(day, (kind, name))
    if before[0] != kind:
        raise DataError(
            f"the file says of {day} that it is a {before[0]} day, and that it is a {kind} day",
            allowed="one kind for each day",
            do="compare the day with the notice",
            code="calendar.contradiction",
        )


def _year_record(year: KnownYear) -> dict[str, Any]:
    return {
        "year": year.year,
        "status": year.status,
        "papers": list(year.papers),
        "checked": year.checked,
        "holidays": _spans(year.days, "holiday"),
        "make-up": _spans(year.days, "make-up"),
    }


def _spans(days: Mapping[date, tuple[Kind, str]], kind: Kind) -> dict[str, list[str]]:
    """Holiday -> its days, those that follow each other as one range."""
    found: dict[str, list[tuple[date, date]]] = {}
    for day in sorted(day for day in days if days[day][0] == kind):
        spans = found.setdefault(days[day][1], [])
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return {name: [_span(*span) for span in spans] for name, spans in found.items()}


def _span(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first}..{last}"


def _day(text: object) -> date:
    try:
        return parse_day(text)
    except ConfigError as error:
        raise DataError(
            str(error).partition(";")[0],
            allowed="days are written as 2026-09-30, ranges as 2026-10-01..2026-10-07",
            code="calendar.date",
        ) from error


def _name(value: object) -> str:
    """The calendar's name: letters, digits and hyphens, as it begins each version."""
    is_plain = isinstance(value, str) and value.isascii() and value.replace("-", "").isalnum()
    if not is_plain or len(str(value)) > MAX_NAME:
        raise _wrong_field("name", f"up to {MAX_NAME} letters and digits, such as cn")
    return str(value)


def _list(value: object, name: str) -> Sequence[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _wrong_field(name, "a list")
    return value


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _wrong_field(name, "the holiday's name with its days: {国庆节: [2026-10-10]}")
    return value


def _check_fields(what: str, record: Mapping[Any, Any], known: Sequence[str]) -> None:
    for name in record:
        if name not in known:
            raise DataError(
                f"{what} has a field {str(name)[:40]!r}",
                allowed="fields: " + ", ".join(known),
                code="calendar.field",
            )


def _wrong_field(name: str, allowed: str) -> DataError:
    return DataError(
        f"the calendar has a wrong {name}", allowed=f"{name}: {allowed}", code="calendar.field"
    )


def _empty(year: int) -> DataError:
    return DataError(
        f"the file lists no day for {year}",
        allowed="an empty list does not mean that there are no holidays: the notice is not out",
        do="wait for it, or count provisionally with: guanyao filing calendar due --assume",
        code="calendar.empty",
    )


def _unreadable(found: str) -> DataError:
    return DataError(
        found,
        allowed=f"YAML that begins with 'calendar: {FORMAT}', or the JSON of holiday-cn for a "
        f"year, up to {MAX_FILE >> 10} KiB",
        do="see docs/filing-calendar.md",
        code="calendar.unreadable",
    )


def _parse(text: str, name: str) -> object:
    try:
        return parse(text, name=name, what="calendar", code="calendar.unreadable")
    except ConfigError as error:
        raise _unreadable(str(error).partition(";")[0]) from error


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            raise _unreadable(f"{path.name} is not a file, or not there")
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
        if len(content) > MAX_FILE:
            raise _unreadable(f"{path.name} is larger than a calendar can be")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(f"{path.name} cannot be read ({type(error).__name__})") from error
