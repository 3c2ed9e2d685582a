"""The calendar of the filing: due dates, counts, years that are taken in, and what changed."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.filing.calendar import Calendar, Count, Due
from guanyao.filing.calendar_day import Day, parse_moment
from guanyao.filing.calendar_diff import Diff, difference, sparse_years
from guanyao.filing.calendar_file import load, load_years, save, shipped

if TYPE_CHECKING:
    from guanyao.filing.filing_state import Actor
    from guanyao.flows.filing.room import Room


@dataclass(frozen=True)
class ShownYear:
    """What is known of one year.

    Args:
        year: The year.
        status: Whether its days are official.
        papers: The notices that say so.
        checked: Who compared the days with them.
        days: Its holidays and make-up days.
        n_working_days: How many working days it has.
        calendar: The version of the calendar.
    """

    year: int
    status: str
    papers: tuple[str, ...]
    checked: str | None
    days: tuple[Day, ...]
    n_working_days: int
    calendar: str

    def to_json(self) -> dict[str, Any]:
        """The year as plain JSON."""
        plain = {**vars(self), "papers": list(self.papers)}
        return {**plain, "days": [day.to_json() for day in self.days]}


@dataclass(frozen=True)
class TakenIn:
    """What taking years in has brought.

    Args:
        calendar: The new calendar.
        diff: What differs from the one before.
        sparse: Official years that list so few holidays that the file may be cut off.
    """

    calendar: Calendar
    diff: Diff
    sparse: tuple[int, ...]


def opened(calendar: Path | None = None, assume: tuple[int, ...] = ()) -> Calendar:
    """The calendar of a file, or the one that is shipped, with years that are assumed.

    Raises:
        DataError: The file is no calendar, or a year cannot be ("calendar....").
    """
    found = shipped() if calendar is None else load(calendar)
    return found.assume(*assume) if assume else found


def due(
    start: str, days: int, *, calendar: Path | None = None, assume: tuple[int, ...] = ()
) -> Due:
    """When a clock of working days ends; see `Calendar.due`.

    Args:
        start: A day, or a moment with its zone, as ISO 8601 writes them.
        days: How many working days.
        calendar: A calendar's file; None: the one that is shipped.
        assume: Years to count as weekends only, if they are not known.
    """
    return opened(calendar, assume).due(parse_moment(start), days)


def count(
    start: str, end: str, *, calendar: Path | None = None, assume: tuple[int, ...] = ()
) -> Count:
    """How many working days lie between; see `Calendar.count` and `due`."""
    return opened(calendar, assume).count(parse_moment(start), parse_moment(end))


def show(year: int, *, calendar: Path | None = None) -> ShownYear:
    """What is known of a year.

    Raises:
        DataError: The year is not known ("calendar.unknown_year").
    """
    found = opened(calendar)
    days = found.days(year)
    known = found.known[year]
    return ShownYear(
        year=year,
        status=known.status,
        papers=known.papers,
        checked=known.checked,
        days=tuple(day for day in days if day.name),
        n_working_days=sum(day.is_working for day in days),
        calendar=found.version,
    )


def take_in(
    file: Path, out: Path, *, provisional: bool = False, calendar: Path | None = None
) -> TakenIn:
    """Write the calendar with the years of a file taken in; the new calendar and what changed.

    Args:
        file: The years: JSON of holiday-cn, or YAML of ours.
        out: The file for the new calendar.
        provisional: Whether the years are provisional, whatever the file says.
        calendar: The calendar they are taken into; None: the one that is shipped.

    Raises:
        DataError: The file cannot be read, or contradicts what is official ("calendar....").
    """
    before = opened(calendar)
    after = before.with_years(load_years(file, provisional=provisional))
    save(after, out)
    changed = difference(before, after)
    return TakenIn(after, changed, tuple(sparse_years(after, changed)))


def use(room: "Room", file: Path, *, actor: "Actor") -> dict[str, Any]:
    """Let a room count by a calendar, and count anew what rests on provisional days.

    Args:
        room: The room.
        file: A calendar that `take_in` wrote, or a JSON file of holiday-cn.
        actor: Who does it.

    Returns:
        calendar (its version), years, and recounted: each deadline before and after.

    Raises:
        DataError: The file is none, or contradicts what is official ("calendar....").
    """
    from guanyao.flows.filing.tick import set_calendar

    is_json = file.suffix == ".json"
    found = shipped().with_years(load_years(file)) if is_json else load(file)
    counted = set_calendar(room, found, actor)
    with room.store.reading() as desk:
        now = room.calendar(desk)
    return {
        "calendar": now.version,
        "years": list(now.years),
        "recounted": [
            {
                "filing": one.filing,
                "case": one.case,
                "clock": one.clock,
                "before": one.before.due.isoformat(),
                "after": one.after.due.isoformat(),
                "status": one.after.status,
            }
            for one in counted
        ],
    }


def diff(a: Path, b: Path) -> Diff:
    """What differs between two calendars' files."""
    return difference(load(a), load(b))
