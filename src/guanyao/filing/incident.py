"""A case at one of the provider's desks: an incident, a complaint, a request about personal data.

    case = opened(desk, "incident-1", {"severity": "large", "cause": "outage"}, ...)
    case = stepped(desk, case, "contain", ...)

A case holds codes, times and digests only. What persons said, and how to reach them, is kept apart
by whoever stores it, so that it can be forgotten while the case stays.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Self

from guanyao.errors import ConfigError, DataError, TransitionError
from guanyao.filing.calendar import Calendar, Due
from guanyao.filing.calendar_day import day_of, in_china
from guanyao.filing.deadlines import REACH
from guanyao.filing.desk import BEGAN, CaseDesk, DeskClock, DeskStep, holds
from guanyao.records.audit_line import is_code

FORMAT = "guanyao.desk-case/1"
DIGEST = re.compile(r"[0-9a-f]{64}")
DIGESTS = ("proof", "model_digest", "report_digest")
"""What steps need that is a SHA-256."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A step that was done: when, by whom, with which codes and digests."""

    step: str
    at: datetime
    by: str
    facts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CaseDeadline:
    """A clock of a case.

    Args:
        clock: Which.
        ends_at: The first instant at which it is too late.
        status: `provisional` if it rests on days that are not official yet.
        ended_at: When it was fulfilled; None: it runs.
        told: Whether it was told that it is late.
    """

    clock: str
    ends_at: datetime
    status: str
    ended_at: datetime | None = None
    told: bool = False

    def is_late(self, now: datetime) -> bool:
        """Whether it was fulfilled too late, or still runs after its end."""
        return (self.ended_at or now) >= self.ends_at


@dataclass(frozen=True, kw_only=True)
class ProviderCase:
    """A case as it stands.

    Args:
        id: Its id in the room.
        desk: At which desk.
        filing: The filing whose service it is about; "": none is named.
        state: Where it is.
        values: What was said of it when it was opened, as the desk asks.
        began: When the matter began (was found, came in); `opened` when it was written down.
        opened_by: Who wrote it down.
        steps: What was done.
        deadlines: Its clocks.
        desks: The digest of the desks' file that it was opened by.
    """

    id: str
    desk: str
    filing: str
    state: str
    values: Mapping[str, str]
    began: datetime
    opened: datetime
    opened_by: str
    steps: tuple[Done, ...] = ()
    deadlines: tuple[CaseDeadline, ...] = ()
    desks: str = ""

    def done(self, step: str) -> Done | None:
        """The step, if it was done."""
        return next((done for done in self.steps if done.step == step), None)

    def late(self, now: datetime) -> list[CaseDeadline]:
        """The clocks that were missed."""
        return [deadline for deadline in self.deadlines if deadline.is_late(now)]

    def overdue(self, now: datetime) -> list[CaseDeadline]:
        """The clocks that are over and still wait."""
        return [d for d in self.deadlines if d.ended_at is None and now >= d.ends_at]

    def to_json(self) -> dict[str, Any]:
        """The case as plain JSON."""
        record = {"case": FORMAT, **{f.name: getattr(self, f.name) for f in fields(self)}}
        record["values"] = dict(self.values)
        for part in ("began", "opened"):
            record[part] = record[part].isoformat()
        record["steps"] = [{**asdict(done), "at": done.at.isoformat()} for done in self.steps]
        record["deadlines"] = [_deadline_json(deadline) for deadline in self.deadlines]
        return record

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The case of such a record.

        Raises:
            DataError: It is none ("filing.desk_case").
        """
        try:
            if record["case"] != FORMAT:
                raise ValueError
            own = {key: value for key, value in record.items() if key != "case"}
            for part in ("began", "opened"):
                own[part] = datetime.fromisoformat(own[part])
            own["steps"] = tuple(
                Done(**{**done, "at": datetime.fromisoformat(done["at"])}) for done in own["steps"]
            )
            own["deadlines"] = tuple(map(_deadline, own["deadlines"]))
            return cls(**own)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "this is no record of a case at a desk",
                allowed=f"this version reads {FORMAT}",
                do="update Guanyao",
                code="filing.desk_case",
            ) from error


def _deadline_json(deadline: CaseDeadline) -> dict[str, Any]:
    ended = deadline.ended_at.isoformat() if deadline.ended_at else None
    return {**asdict(deadline), "ends_at": deadline.ends_at.isoformat(), "ended_at": ended}


def _deadline(record: Mapping[str, Any]) -> CaseDeadline:
    ended = record["ended_at"]
    times = {
        "ends_at": datetime.fromisoformat(record["ends_at"]),
        "ended_at": None if ended is None else datetime.fromisoformat(ended),
    }
    return CaseDeadline(**{**record, **times})


def opened(  # noqa: PLR0913 - what a case begins with
    desk: CaseDesk,
    id: str,
    values: Mapping[str, str],
    *,
    began: datetime,
    now: datetime,
    by: str,
    calendar: Calendar,
    filing: str = "",
    desks: str = "",
) -> ProviderCase:
    """A new case, with the clocks that run from its beginning.

    Args:
        desk: The desk.
        id: The case's id.
        values: What is said of it.
        began: When the matter began; not after `now`.
        now: The time.
        by: Who writes it down.
        calendar: The working days.
        filing: The filing it is about.
        desks: The digest of the desks' file.

    Raises:
        ConfigError: Something is not said, or not as the desk asks ("filing.desk_field"), or the
            matter begins in the future ("filing.desk_time").
    """
    if in_china(began) > in_china(now):
        raise ConfigError(
            "the matter begins in the future",
            allowed="a moment with its zone, up to now",
            code="filing.desk_time",
        )
    case = ProviderCase(
        id=id,
        desk=desk.name,
        filing=filing,
        state=desk.first,
        values=_values(desk, values),
        began=began,
        opened=now,
        opened_by=by,
        desks=desks,
    )
    return replace(case, deadlines=tuple(_started(desk, case, BEGAN, began, calendar)))


def _values(desk: CaseDesk, values: Mapping[str, str]) -> dict[str, str]:
    for key in values:
        if key not in desk.fields:
            raise _wrong_field(desk, f"there is no {key[:40]!r}", ", ".join(desk.fields), key)
    found = {}
    for key, field in desk.fields.items():
        value = values.get(key) or field.default
        if value not in field.values:
            what = f"{key} is {value[:40]!r}" if value else f"{key} is not said"
            raise _wrong_field(desk, what, f"{key}: {', '.join(field.values)}", value)
        found[key] = value
    return found


def _wrong_field(desk: CaseDesk, found: str, allowed: str, typed: str) -> ConfigError:
    known = [*desk.fields, *(value for field in desk.fields.values() for value in field.values)]
    near = get_close_matches(typed, known, n=1)
    return ConfigError(
        f"the case at the desk {desk.name}: {found}",
        allowed=allowed,
        do=f"did you mean {near[0]!r}?" if near and near[0] != typed else "",
        code="filing.desk_field",
    )


def _started(
    desk: CaseDesk, case: ProviderCase, start: str, at: datetime, calendar: Calendar
) -> Iterator[CaseDeadline]:
    for clock in desk.clocks.values():
        if clock.starts == start and holds(clock.when, case.values):
            due = _due(clock, at, calendar)
            yield CaseDeadline(clock=clock.name, ends_at=due.ends_at, status=due.status)


def _due(clock: DeskClock, at: datetime, calendar: Calendar) -> Due:
    return due_of(clock.length, clock.unit, at, calendar)


def due_of(length: int, unit: str, at: datetime, calendar: Calendar) -> Due:
    """When so many hours, days or working days are over; in years not known, provisionally."""
    start = at if unit == "h" else day_of(at)
    roll = unit == "d"
    try:
        return calendar.end(start, length, unit, roll=roll)  # type: ignore[arg-type]
    except DataError as error:
        if error.code != "calendar.unknown_year":
            raise
    year = day_of(at).year
    assumed = calendar.assume(*range(year, year + REACH))
    return assumed.end(start, length, unit, roll=roll)  # type: ignore[arg-type]


def stepped(  # noqa: PLR0913 - a step, and what it is judged by
    desk: CaseDesk,
    case: ProviderCase,
    step: str,
    *,
    now: datetime,
    by: str,
    calendar: Calendar,
    facts: Mapping[str, str] | None = None,
    has_reason: bool = False,
) -> ProviderCase:
    """The case after a step.

    Args:
        desk: The desk.
        case: The case before.
        step: What is done.
        now: The time.
        by: Who does it.
        calendar: The working days.
        facts: What the step needs: digests and short codes.
        has_reason: Whether a reason is given.

    Raises:
        TransitionError: It is not possible now ("filing.desk_step"), or something that it needs is
            missing or none ("filing.desk_needs").
    """
    wanted = desk.steps.get(step)
    if wanted is None:
        raise _refused(f"there is no step {step[:40]!r} at the desk {desk.name}", desk, case)
    given = {key: value for key, value in (facts or {}).items() if value}
    _check_step(desk, case, wanted)
    _check_needs(case, wanted, given, has_reason)
    done = Done(step=step, at=now, by=by, facts=given)
    after = replace(case, state=wanted.to or case.state, steps=(*case.steps, done))
    ended = tuple(_ended(desk, deadline, step, now) for deadline in case.deadlines)
    return replace(after, deadlines=(*ended, *_started(desk, after, step, now, calendar)))


def _ended(desk: CaseDesk, deadline: CaseDeadline, step: str, now: datetime) -> CaseDeadline:
    clock = desk.clocks.get(deadline.clock)
    waits = clock is not None and deadline.ended_at is None and step in clock.ends
    return replace(deadline, ended_at=now) if waits else deadline


def possible(desk: CaseDesk, case: ProviderCase) -> list[str]:
    """The steps that may be done now."""
    found = []
    for name, step in desk.steps.items():
        if not list(_faults(case, step)):
            found.append(name)
    return found


def _faults(case: ProviderCase, step: DeskStep) -> Iterator[str]:
    if case.state not in step.sources:
        yield f"{step.name} is not possible in the state {case.state}"
    if not holds(step.when, case.values):
        yield f"{step.name} is not for a case like this"
    if not step.to and case.done(step.name):
        yield f"{step.name} was done already"
    for after in step.after:
        if holds(after.when, case.values) and case.done(after.step) is None:
            yield f"{step.name} comes after {after.step}"


def _check_step(desk: CaseDesk, case: ProviderCase, step: DeskStep) -> None:
    if faults := list(dict.fromkeys(_faults(case, step))):
        raise _refused("; ".join(faults), desk, case)


def _refused(found: str, desk: CaseDesk, case: ProviderCase) -> TransitionError:
    return TransitionError(
        f"{case.id}: {found}",
        allowed="possible now: " + (", ".join(possible(desk, case)) or "nothing"),
        code="filing.desk_step",
    )


def _check_needs(
    case: ProviderCase, step: DeskStep, facts: Mapping[str, str], has_reason: bool
) -> None:
    wanted = step.needs if holds(step.needs_when, case.values) else ()
    faults = [f"{key} is missing" for key in wanted if key not in facts]
    faults += [
        f"{key} is no SHA-256" for key in facts if key in DIGESTS and not _is_digest(facts[key])
    ]
    faults += [f"{key} is no short code" for key, value in facts.items() if not is_code(value)]
    faults += [f"there is no {key[:40]!r} here" for key in facts if key not in step.needs]
    if step.reason and not has_reason:
        faults.append("a reason is missing")
    if faults:
        raise TransitionError(
            f"{case.id}, {step.name}: {'; '.join(faults)}",
            allowed="needed: " + (", ".join(wanted) or "nothing"),
            do="give it with --with NAME=VALUE; texts about persons belong into the note",
            code="filing.desk_needs",
        )


def _is_digest(value: str) -> bool:
    return DIGEST.fullmatch(value) is not None
