"""The clocks of a room: what their ends ask for is done, and who is late is told, once each.

`tick` is run every now and then (a cron job, or by hand). Running it twice does no harm: what was
done stays done, and nothing is said twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError
from guanyao.filing import tick as clocks
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_file import to_yaml
from guanyao.filing.deadlines import Deadline
from guanyao.filing.filing_state import SYSTEM, Actor, FilingState
from guanyao.filing.outcome import Outcome, digest_of, fit
from guanyao.filing.tick import Kind, Proposal
from guanyao.flows.filing.act import apply, check_record, deadline_rows, gathered, state_of, tried
from guanyao.flows.filing.room import CALENDAR, CURRENT, Room
from guanyao.records.audit_line import Entry

if TYPE_CHECKING:
    from guanyao.records.filing_store import Desk

AHEAD = timedelta(minutes=5)
"""How far a time that is given may lie ahead of the room's own clock."""
MOST_MOVES = 20
"""Acts of the clocks on one filing in one tick: clocks that run in circles stop here."""


@dataclass(frozen=True, kw_only=True)
class Ticked:
    """What the clocks did, or said.

    Args:
        filing: On which filing.
        kind: `event`: an act was done, or is due; `overdue`, `reminder`, `provisional`: somebody
            was told.
        clock: Which clock, `case` of which case.
        role: Who is to act.
        event: The act; "" if there is none.
        outcome: What came of it, if the clocks did it themselves.
    """

    filing: str
    kind: Kind
    clock: str
    case: str
    role: str
    event: str = ""
    outcome: Outcome | None = None

    @property
    def done(self) -> bool:
        """Whether the clocks did an act."""
        return self.outcome is not None and self.outcome.done


@dataclass(frozen=True, kw_only=True)
class Recounted:
    """A deadline that was counted anew, because the calendar came out."""

    filing: str
    case: str
    clock: str
    before: Deadline
    after: Deadline


def tick(room: Room, now: datetime | None = None) -> list[Ticked]:
    """Do what the clocks of all filings ask for, each act in a transaction of its own.

    Args:
        room: The room.
        now: The time; None: the room's clock.

    Returns:
        What was done and said now; nothing that was done or said by an earlier tick.

    Raises:
        ConfigError: The time lies ahead of the room's clock ("filing.clock_ahead").
    """
    with room.store.reading() as desk:
        _check_time(now, desk.now)
        waiting = desk.ended_filings(now or desk.now)
    found: list[Ticked] = []
    for filing in waiting:
        for _ in range(MOST_MOVES):
            with room.store.writing(at=now) as desk:
                ticked = _tick_one(desk, room, filing)
            found += ticked
            if not any(one.done for one in ticked):
                break
    return found


def _check_time(now: datetime | None, clock: datetime) -> None:
    if now is not None and (now.tzinfo is None or now > clock + AHEAD):
        raise ConfigError(
            "the clocks are asked to look at a time that has not come, or has no zone",
            allowed="a time up to now, with its zone",
            do="leave it out: the room's clock is asked then",
            code="filing.clock_ahead",
        )


def _tick_one(desk: "Desk", room: Room, filing: str) -> list[Ticked]:
    """What the clocks of a filing do and say, up to the first act that is done."""
    state = state_of(desk, filing)
    if state is None:
        return []
    profile = room.profile(desk, state.profile_digest)
    found: list[Ticked] = []
    for proposal in clocks.tick(state, desk.now, profile=profile, calendar=room.calendar(desk)):
        own = proposal.kind == "event" and proposal.role == SYSTEM
        ticked = _move(desk, room, state, proposal) if own else _tell(desk, state, proposal)
        found += [ticked] if ticked is not None else []
        if ticked is not None and ticked.done:
            return found
    rows = deadline_rows(state, profile, ticked=desk.now)
    if _sorted(rows) != _sorted(desk.deadlines(filing)):
        desk.put_deadlines(filing, rows)
    return found


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["case"], row["clock"]))


def _move(desk: "Desk", room: Room, state: FilingState, proposal: Proposal) -> Ticked | None:
    """An act of the clocks; one that is refused is recorded once, and tried at each tick."""
    actor = Actor.clocks()
    payload = {"case": proposal.case} if proposal.case else {}
    facts = gathered(desk, room, state, proposal.event, payload)
    trial = tried(desk, room, state, (proposal.event, actor, payload), facts)
    if not trial.done:
        failed = [check_record(check) for check in trial.failed]
        if not _post(
            desk,
            state,
            proposal,
            kind="waiting",
            to=_party(room, desk, state, proposal),
            checks=failed,
        ):
            return None
    outcome = apply(desk, room, state.id, proposal.event, actor, payload, facts)
    return _ticked(state, proposal, outcome)


def _party(room: Room, desk: "Desk", state: FilingState, proposal: Proposal) -> str:
    """Who is told that an act of the clocks waits."""
    profile = room.profile(desk, state.profile_digest)
    case = state.case(proposal.case)
    return profile.machine(case.kind if case else "").clocks[proposal.clock].party


def _tell(desk: "Desk", state: FilingState, proposal: Proposal) -> Ticked | None:
    """A notice to who is to act, and a line of the chain; None if it was said before."""
    kind = "due" if proposal.kind == "event" else proposal.kind
    if not _post(desk, state, proposal, kind=kind, to=proposal.role):
        return None
    facts = {
        "kind": kind,
        "clock": fit(proposal.clock),
        "case": fit(proposal.case),
        "to": fit(proposal.role),
        "event": fit(proposal.event),
    }
    desk.append(
        Entry(act="filing.tick", role=SYSTEM, object=fit(f"filing:{state.id}"), facts=facts)
    )
    return _ticked(state, proposal, None)


def _post(
    desk: "Desk", state: FilingState, proposal: Proposal, *, kind: str, to: str, **more: object
) -> bool:
    """Queue what the clocks have to say of a deadline, unless it was said of this very end."""
    deadline = state.deadline(proposal.clock, proposal.case)
    due = "" if deadline is None else deadline.due.isoformat()
    once = "/".join((kind, proposal.event, proposal.clock, proposal.case, due))
    notice = {"kind": kind, "to": to, "case": proposal.case, "clock": proposal.clock, "due": due}
    return desk.post(state.id, {**notice, "event": proposal.event, **more}, once=once)


def _ticked(state: FilingState, proposal: Proposal, outcome: Outcome | None) -> Ticked:
    return Ticked(
        filing=state.id,
        kind=proposal.kind,
        clock=proposal.clock,
        case=proposal.case,
        role=proposal.role,
        event=proposal.event,
        outcome=outcome,
    )


def set_calendar(room: Room, calendar: Calendar, actor: Actor) -> list[Recounted]:
    """Count by a calendar that came out: deadlines on provisional days are counted anew.

    Args:
        room: The room.
        calendar: The years that came out; those that the room knows besides stay.
        actor: Who sets it.

    Returns:
        Every deadline that was counted, before and after.

    Raises:
        DataError: It contradicts what is official in the room ("calendar.contradiction").
    """
    with room.store.writing() as desk:
        before = room.calendar(desk)
        after = before.with_years(calendar.known.values())
        desk.put_record("", CALENDAR, CURRENT, {"yaml": to_yaml(after)})
        facts = {"before": digest_of(before.version), "after": digest_of(after.version)}
        _append(desk, actor, "filing.calendar", "calendar", {**facts, "years": after.years})
        found: list[Recounted] = []
        for filing in desk.provisional_filings():
            found += _recount(desk, room, filing, after, actor)
    return found


def _recount(
    desk: "Desk", room: Room, filing: str, calendar: Calendar, actor: Actor
) -> list[Recounted]:
    state = state_of(desk, filing)
    assert state is not None
    profile = room.profile(desk, state.profile_digest)
    counted, changes = clocks.recount(state, profile=profile, calendar=calendar)
    if not changes:
        return []
    digest = desk.put_filing(counted.to_json())
    desk.put_deadlines(filing, deadline_rows(counted, profile))
    found = []
    for change in changes:
        new = change.deadline
        old = state.deadline(new.clock, new.case)
        assert old is not None
        found.append(
            Recounted(filing=filing, case=new.case, clock=new.clock, before=old, after=new)
        )
        _record_recount(desk, actor, found[-1], digest)
    return found


def _record_recount(desk: "Desk", actor: Actor, recounted: Recounted, digest: str) -> None:
    old, new = recounted.before, recounted.after
    facts = {
        "clock": fit(new.clock),
        "case": fit(new.case),
        "before": old.due.isoformat(),
        "after": new.due.isoformat(),
        "status": new.status,
        "calendar": digest_of(new.calendar),
        "filing_digest": digest,
    }
    _append(desk, actor, "filing.recount", f"filing:{recounted.filing}", facts)


def _append(desk: "Desk", actor: Actor, act: str, object: str, facts: Mapping[str, Any]) -> None:
    desk.append(
        Entry(act=act, who=actor.person, role=fit(actor.role), object=fit(object), facts=facts)
    )
