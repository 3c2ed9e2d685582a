"""Deadlines: the clocks of a profile as they run for one filing or case.

A move from state to state ends, pauses, resumes and starts clocks; which ones, the profile says by
the states in which each runs. A clock that would count into a year whose calendar is not out is
counted as if that year had weekends only, and is provisional until the calendar is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self, TypeAlias

from guanyao.errors import DataError
from guanyao.filing.calendar import Calendar, Due
from guanyao.filing.calendar_day import day_of, ends_at
from guanyao.filing.profile import Clock, Machine, Transition

Standing: TypeAlias = Literal["running", "paused", "ended"]
Act: TypeAlias = Literal[
    "created", "paused", "resumed", "ended", "restarted", "extended", "recounted"
]
REACH = 12
"""Years after the start that may have to be assumed: the longest clock of a profile."""


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A clock that runs, stands still, or has ended.

    Args:
        clock: The clock's name in the profile.
        case: The case it belongs to; "": the filing.
        start: The day from which it counts, which does not count itself.
        length: How many units it counts from there.
        unit: Working days, days or months.
        due: The last day on which an act is in time.
        status: `provisional` if a day that was counted is not official yet.
        calendar: The version of the calendar that was counted by.
        standing: running, paused or ended.
        n_extensions: How often it was lengthened.
        late: Whether it ended after its last day.
    """

    clock: str
    case: str = ""
    start: date
    length: int
    unit: str
    due: date
    status: str
    calendar: str
    standing: Standing = "running"
    n_extensions: int = 0
    late: bool = False

    @property
    def ends_at(self) -> datetime:
        """The first instant at which it is too late."""
        return ends_at(self.due)

    @property
    def is_official(self) -> bool:
        """Whether every day that was counted is official."""
        return self.status == "official"

    def is_over(self, now: datetime) -> bool:
        """Whether its end has come."""
        return now >= self.ends_at

    def to_json(self) -> dict[str, Any]:
        """The deadline as plain JSON."""
        record = {f.name: getattr(self, f.name) for f in fields(self)}
        return {**record, "start": self.start.isoformat(), "due": self.due.isoformat()}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The deadline of such a record."""
        days = {name: date.fromisoformat(record[name]) for name in ("start", "due")}
        return cls(**{**record, **days})


@dataclass(frozen=True)
class DeadlineChange:
    """What became of a deadline."""

    act: Act
    deadline: Deadline


@dataclass(frozen=True, kw_only=True)
class Move:
    """A move of one machine, seen by its clocks.

    Args:
        machine: Whose clocks.
        case: The case's id; "": the filing.
        transition: What was done.
        before: The state before; "": none.
        after: The state after.
        now: When.
    """

    machine: Machine
    case: str
    transition: Transition
    before: str
    after: str
    now: datetime


def count(start: date, clock: Clock, calendar: Calendar, *, length: int | None = None) -> Due:
    """When a clock ends that starts on this day.

    Args:
        start: The day, which does not count.
        clock: The clock, whose length is known.
        calendar: Years that are not in it are assumed, and the result is provisional.
        length: How many units are left; None: all.
    """
    n = clock.length if length is None else length
    rolls = clock.rolls and clock.unit != "wd"
    assert n is not None
    try:
        return calendar.end(start, n, clock.unit, roll=rolls)
    except DataError as error:
        if error.code != "calendar.unknown_year":
            raise
    assumed = calendar.assume(*range(start.year, start.year + REACH))
    due = assumed.end(start, n, clock.unit, roll=rolls)
    return replace(due, calendar=calendar.version)


def moved(
    deadlines: Sequence[Deadline], move: Move, calendar: Calendar
) -> tuple[tuple[Deadline, ...], tuple[DeadlineChange, ...]]:
    """The deadlines after a move, and what became of each that changed."""
    kept = {(d.case, d.clock): d for d in deadlines}
    changes: list[DeadlineChange] = []
    for clock in move.machine.clocks.values():
        for change in _changes(clock, move, kept, calendar):
            changes.append(change)
            kept[move.case, clock.name] = change.deadline
    return tuple(kept.values()), tuple(changes)


Kept: TypeAlias = Mapping[tuple[str, str], Deadline]


def _changes(clock: Clock, move: Move, kept: Kept, calendar: Calendar) -> Iterable[DeadlineChange]:
    t = move.transition
    found = kept.get((move.case, clock.name))
    active = found if found is not None and found.standing != "ended" else None
    if clock.name in t.restarts:
        yield from _restarted(clock, move, active, kept, calendar)
    elif active is None:
        if clock.starts_on(move.before, move.after):
            yield from _started(clock, move, kept, calendar)
    elif clock.name == t.extends:
        yield DeadlineChange("extended", _extended(active, clock, calendar))
    elif clock.name in t.ends or move.after not in (*clock.runs_in, *clock.paused_in):
        yield DeadlineChange("ended", _ended(active, move.now))
    elif move.after in clock.paused_in and active.standing == "running":
        yield DeadlineChange("paused", _paused(active, clock, move.now, calendar))
    elif move.after in clock.runs_in and active.standing == "paused":
        yield DeadlineChange("resumed", _resumed(active, clock, move.now, calendar))


def _started(clock: Clock, move: Move, kept: Kept, calendar: Calendar) -> Iterable[DeadlineChange]:
    made = _made(clock, move, kept, calendar)
    if made is not None:
        yield DeadlineChange("created", made)


def _restarted(
    clock: Clock, move: Move, active: Deadline | None, kept: Kept, calendar: Calendar
) -> Iterable[DeadlineChange]:
    made = _made(clock, move, kept, calendar) if move.after in clock.runs_in else None
    if made is not None:
        yield DeadlineChange("created" if active is None else "restarted", made)


def _made(clock: Clock, move: Move, kept: Kept, calendar: Calendar) -> Deadline | None:
    if clock.length is None:
        return None
    start = day_of(move.now)
    if clock.before:
        return _before(clock, move.case, kept)
    due = count(start, clock, calendar)
    return _deadline(clock, move.case, start, due)


def _before(clock: Clock, case: str, kept: Kept) -> Deadline | None:
    """The deadline that ends so many days before another's end; None where that does not run."""
    other = kept.get((case, clock.before))
    if other is None or other.standing == "ended":
        return None
    assert clock.length is not None
    return Deadline(
        clock=clock.name,
        case=case,
        start=other.start,
        length=clock.length,
        unit=clock.unit,
        due=other.due - timedelta(days=clock.length),
        status=other.status,
        calendar=other.calendar,
    )


def _deadline(clock: Clock, case: str, start: date, due: Due) -> Deadline:
    return Deadline(
        clock=clock.name,
        case=case,
        start=start,
        length=due.count,
        unit=clock.unit,
        due=due.date,
        status=due.status,
        calendar=due.calendar,
    )


def _ended(deadline: Deadline, now: datetime) -> Deadline:
    return replace(deadline, standing="ended", late=deadline.is_over(now))


def _extended(deadline: Deadline, clock: Clock, calendar: Calendar) -> Deadline:
    """Its length once more, counted from where it would have ended."""
    more = _deadline(clock, deadline.case, deadline.due, count(deadline.due, clock, calendar))
    return replace(more, n_extensions=deadline.n_extensions + 1)


def _paused(deadline: Deadline, clock: Clock, now: datetime, calendar: Calendar) -> Deadline:
    """Standing still with what is left: the day on which it pauses was not used up."""
    today = day_of(now)
    used = 0
    while used < deadline.length:
        if count(deadline.start, clock, calendar, length=used + 1).date >= today:
            break
        used += 1
    return replace(deadline, standing="paused", start=today, length=max(1, deadline.length - used))


def _resumed(deadline: Deadline, clock: Clock, now: datetime, calendar: Calendar) -> Deadline:
    today = day_of(now)
    due = count(today, clock, calendar, length=deadline.length)
    return replace(_deadline(clock, deadline.case, today, due), n_extensions=deadline.n_extensions)


def recounted(
    deadlines: Sequence[Deadline], clocks: Mapping[tuple[str, str], Clock], calendar: Calendar
) -> tuple[tuple[Deadline, ...], tuple[DeadlineChange, ...]]:
    """The deadlines by another calendar: those that run on provisional days are counted anew.

    Args:
        deadlines: All of a filing.
        clocks: (case, clock's name) -> the clock.
        calendar: The calendar that came out.
    """
    kept: dict[tuple[str, str], Deadline] = {}
    changes: list[DeadlineChange] = []
    for old in deadlines:
        key = (old.case, old.clock)
        kept[key] = old
        clock = clocks.get(key)
        waits = old.standing == "running" and not old.is_official
        if clock is None or not waits or old.calendar == calendar.version:
            continue
        new = _counted_again(old, clock, kept, calendar)
        changes.append(DeadlineChange("recounted", new))
        kept[key] = new
    return tuple(kept.values()), tuple(changes)


def _counted_again(old: Deadline, clock: Clock, kept: Kept, calendar: Calendar) -> Deadline:
    anew = (
        _before(clock, old.case, kept)
        if clock.before
        else _deadline(
            clock, old.case, old.start, count(old.start, clock, calendar, length=old.length)
        )
    )
    return old if anew is None else replace(anew, n_extensions=old.n_extensions)
