"""Tick: what the clocks ask for, proposed and not done; and counting anew by a new calendar."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from guanyao.errors import TransitionError
from guanyao.filing.act import Act, known_facts
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import day_of
from guanyao.filing.deadlines import Deadline, DeadlineChange, recounted
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Facts, run_guard
from guanyao.filing.profile import Clock, Machine, Profile, Transition

Kind: TypeAlias = Literal["event", "overdue", "reminder", "provisional"]
KNOWN = ("G11", "G12", "not G12")
"""Guards that the filing can answer by itself."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What a clock asks for.

    Args:
        kind: `event`: an act is due; `overdue`: somebody is late; `reminder`: somebody soon will
            be; `provisional`: its end has come, on days that are not official yet.
        clock: Which clock, `case` of which case.
        role: Who is to act.
        event: What is to be done; "" unless `kind` is `event`.
    """

    kind: Kind
    clock: str
    case: str
    role: str
    event: str = ""


def tick(
    filing: FilingState, now: datetime, *, profile: Profile, calendar: Calendar
) -> list[Proposal]:
    """What the clocks of a filing and its cases ask for at this time.

    Raises:
        ConfigError: The time has no zone ("calendar.zone").
        TransitionError: The profile is not the one that the filing follows
            ("filing.profile_changed").
    """
    _check_profile(filing, profile)
    today = day_of(now)
    found: list[Proposal] = []
    for deadline in filing.deadlines:
        machine = _machine(filing, profile, deadline)
        if deadline.standing != "running" or machine is None:
            continue
        clock = machine.clocks[deadline.clock]
        if deadline.is_over(now):
            act = _asking(filing, now, profile, calendar, machine)
            found += _at_end(act, deadline, clock)
        elif clock.remind and today >= deadline.due - timedelta(days=clock.remind):
            found.append(_proposal("reminder", deadline, clock.party))
    return found


def _check_profile(filing: FilingState, profile: Profile) -> None:
    if filing.profile_digest != profile.digest:
        raise TransitionError(
            f"the filing follows {filing.profile} {filing.profile_version}, and this is another",
            allowed=f"the profile with the digest {filing.profile_digest[:12]}",
            do="use the version that the filing began with",
            code="filing.profile_changed",
        )


def _machine(filing: FilingState, profile: Profile, deadline: Deadline) -> Machine | None:
    if not deadline.case:
        return profile.filing
    case = filing.case(deadline.case)
    return None if case is None else profile.cases[case.kind]


def _proposal(kind: Kind, deadline: Deadline, role: str, event: str = "") -> Proposal:
    return Proposal(kind=kind, clock=deadline.clock, case=deadline.case, role=role, event=event)


def _asking(
    filing: FilingState, now: datetime, profile: Profile, calendar: Calendar, machine: Machine
) -> Act:
    return Act(
        filing=filing,
        event="",
        outcome="",
        actor=Actor.clocks(),
        payload={},
        facts=Facts(),
        profile=profile,
        now=now,
        calendar=calendar,
        machine=machine,
        case=None,
    )


def _at_end(act: Act, deadline: Deadline, clock: Clock) -> Iterator[Proposal]:
    if not deadline.is_official:
        yield _proposal("provisional", deadline, clock.party)
        return
    ways = [t for t in act.profile.filing.exits(act.filing.state) if t.event in clock.then]
    due = [t for t in ways if _can_be(act, t)] if not deadline.case else []
    for t in due:
        yield _proposal("event", deadline, t.by[0], t.event)
    if not due:
        yield _proposal("overdue", deadline, clock.party)


def _can_be(act: Act, t: Transition) -> bool:
    """Whether the guards that the filing answers by itself let the act through."""
    facts = known_facts(act, t)
    own = [guard for guard in t.guards if guard in KNOWN]
    return all(run_guard(guard, facts, act.profile.limits).passed for guard in own)


def recount(
    filing: FilingState, *, profile: Profile, calendar: Calendar
) -> tuple[FilingState, tuple[DeadlineChange, ...]]:
    """The filing by a calendar that came out: deadlines on provisional days are counted anew.

    Returns:
        The filing after, and each deadline that was counted.

    Raises:
        TransitionError: The profile is not the one that the filing follows
            ("filing.profile_changed").
    """
    _check_profile(filing, profile)
    clocks = {
        (deadline.case, deadline.clock): machine.clocks[deadline.clock]
        for deadline in filing.deadlines
        if (machine := _machine(filing, profile, deadline)) is not None
    }
    deadlines, changes = recounted(filing.deadlines, clocks, calendar)
    return replace(filing, deadlines=deadlines), changes
