"""Advance: one act on a filing, decided by its profile and by nothing else.

    outcome = advance(filing, "accept", clerk, {}, facts=facts, profile=profile, now=now,
                      calendar=calendar)

`advance` is pure: it reads no clock, no file and no store. It runs every check and every guard of
the act, also of one that is refused, and says what follows: the filing after, its deadlines, what
is to be sent and written, and the line for the audit chain. Applying that in one transaction is the
store's business.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from guanyao.filing.act import OBJECTION, Act, basic_checks, known_facts
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import day_of, ends_at
from guanyao.filing.deadlines import DeadlineChange, Move, count, moved
from guanyao.filing.filing_state import SYSTEM, Actor, Case, Deed, FilingState, Vote
from guanyao.filing.guards import Check, Facts, run_guard
from guanyao.filing.outcome import (
    Notice,
    Outcome,
    digest_of,
    fit,
    refusal_code,
    told_reason,
)
from guanyao.filing.profile import Machine, Profile, Transition
from guanyao.records.audit_line import Entry

FOUR_EYES = "G9"


def advance(  # noqa: PLR0913 - an act, and what it is judged by
    filing: FilingState,
    event: str,
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
    *,
    facts: Facts,
    profile: Profile,
    now: datetime,
    calendar: Calendar,
) -> Outcome:
    """What comes of an act on a filing, or on one of its cases.

    Args:
        filing: The filing before it.
        event: What somebody does: an event of the profile.
        actor: Who does it.
        payload: What they say with it: `outcome` of an event that has several; `case` (the id of a
            case); `reason`; `number`; `at` (when they say it was done); what the profile needs.
        facts: What the caller knows of dossier, evidence and page.
        profile: The workflow, in the version that the filing follows.
        now: The time, with a zone.
        calendar: The working days.

    Returns:
        Done or refused; a refusal is no error here (`Outcome.require` makes it one).

    Raises:
        ConfigError: The time has no zone ("calendar.zone").
    """
    act = _act(filing, event, actor, payload or {}, facts, profile, now, calendar)
    t = act.nearest
    checks = basic_checks(act)
    if t is None:
        return _refused(act, checks, ())
    known = known_facts(act, t)
    judged = replace(act, facts=known)
    checks += tuple(run_guard(name, known, profile.limits) for name in _guards(act, t))
    noted = tuple(run_guard(name, known, profile.limits) for name in _noted(act, t))
    if not all(check.passed for check in checks):
        return _refused(judged, checks, noted)
    if not act.completes(t):
        return _voted(judged, t, checks, noted)
    return _done(judged, t, checks, noted)


def _act(  # noqa: PLR0913 - the arguments of `advance`
    filing: FilingState,
    event: str,
    actor: Actor,
    payload: Mapping[str, Any],
    facts: Facts,
    profile: Profile,
    now: datetime,
    calendar: Calendar,
) -> Act:
    day_of(now)
    machine = owner(profile, event)
    outcome = str(payload.get("outcome") or "")
    case = _case(filing, machine, (event, outcome), str(payload.get("case") or ""))
    return Act(
        filing=filing,
        event=event,
        outcome=outcome,
        actor=actor,
        payload=payload,
        facts=facts,
        profile=profile,
        now=now,
        calendar=calendar,
        machine=machine,
        case=case,
    )


def _case(
    filing: FilingState, machine: Machine | None, way: tuple[str, str], id: str
) -> Case | None:
    """The case that an act names; if it names none, the only open one of the kind it needs."""
    if machine is None or id:
        found = filing.case(id)
        of_other = machine is not None and found is not None and machine.name != found.kind
        return None if of_other and machine is not None and machine.name else found
    kinds = {t.case.kind for t in machine.named(*way) if t.case is not None}
    kinds |= {machine.name} - {""}
    found_cases = [case for kind in sorted(kinds) for case in filing.open_cases(kind)]
    starts = any(not t.sources for t in machine.named(*way))
    return found_cases[0] if len(found_cases) == 1 and not starts else None


def owner(profile: Profile, event: str) -> Machine | None:
    """The machine whose event this is; None if there is no such event."""
    for machine in profile.machines:
        if any(t.event == event for t in machine.transitions):
            return machine
    return None


def _guards(act: Act, t: Transition) -> list[str]:
    """The guards that may refuse: who acts is always asked."""
    last = t.on_completion if act.completes(t) else ()
    return list(dict.fromkeys((FOUR_EYES, *t.guards, *last)))


def _noted(act: Act, t: Transition) -> tuple[str, ...]:
    return t.noted if act.completes(t) else (*t.noted, *t.on_completion)


def _refused(act: Act, checks: tuple[Check, ...], noted: tuple[Check, ...]) -> Outcome:
    return Outcome(
        event=act.event,
        outcome=act.outcome,
        done=False,
        before=act.state,
        after=act.state,
        case=act.case.id if act.case else "",
        filing=act.filing,
        checks=checks,
        noted=noted,
        entry=_entry(act, act.state, checks, refusal_code(checks)),
    )


def _voted(act: Act, t: Transition, checks: tuple[Check, ...], noted: tuple[Check, ...]) -> Outcome:
    """One of several acted; a person who thinks again takes their earlier vote back."""
    actor = act.actor
    kept = tuple(v for v in act.filing.votes if v.person != actor.person)
    vote = Vote(actor.person, actor.role, actor.kind, act.key)
    filing = replace(_remembered(act), votes=(*kept, vote))
    entry = _entry(act, act.state, checks, "", is_vote=True)
    return Outcome(
        event=act.event,
        outcome=act.outcome,
        done=True,
        is_vote=True,
        before=act.state,
        after=act.state,
        case=act.case.id if act.case else "",
        filing=filing.linked(_link(act, act.state), act.now),
        checks=checks,
        noted=noted,
        entry=entry,
    )


def _remembered(act: Act) -> FilingState:
    """The filing, remembering who did this."""
    deed = Deed(act.actor.person, act.actor.role, act.event)
    if act.actor.role == SYSTEM or deed in act.filing.deeds:
        return act.filing
    return replace(act.filing, deeds=(*act.filing.deeds, deed))


def _link(act: Act, after: str) -> dict[str, Any]:
    case = act.case.id if act.case else ""
    states = {"from": act.state, "to": after}
    return {"event": act.event, "outcome": act.outcome, "case": case, **states}


@dataclass
class _Work:
    """The filing while an act is done to it."""

    act: Act
    t: Transition
    filing: FilingState
    changes: list[DeadlineChange] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def run_clocks(
        self, machine: Machine, case: str, t: Transition, before: str, after: str
    ) -> None:
        """Let the clocks of a machine follow its move."""
        move = Move(
            machine=machine, case=case, transition=t, before=before, after=after, now=self.act.now
        )
        deadlines, changes = moved(self.filing.deadlines, move, self.act.calendar)
        self.filing = replace(self.filing, deadlines=deadlines)
        self.changes += changes

    def open_case(self, kind: str) -> None:
        """Open a case."""
        machine = self.act.profile.cases[kind]
        n = sum(case.kind == kind for case in self.filing.cases) + 1
        first = machine.first
        case = Case(
            id=f"{machine.prefix}-{n}",
            kind=kind,
            state=first.to,
            opened_by=self.act.actor.person,
        )
        self.filing = self.filing.with_case(case)
        self.opened.append(case.id)
        self.run_clocks(machine, case.id, first, "", first.to)

    def move_case(self, case: Case, t: Transition, to: str) -> None:
        """Move a case, and remember what the act says of it."""
        machine = self.act.profile.cases[case.kind]
        person = self.act.actor.person
        changed = replace(
            case,
            state=to,
            is_open=machine.states[to].kind == "open",
            finding=t.finds or case.finding,
            author=person if t.marks == "author" else case.author,
            accepted_by=person if t.marks == "accepted_by" else case.accepted_by,
        )
        self.filing = self.filing.with_case(changed)
        if not changed.is_open:
            self.closed.append(case.id)
        self.run_clocks(machine, case.id, t, case.state, to)

    def close_cases(self, cases: Iterable[Case]) -> None:
        """Close cases that the filing's move has done with."""
        for case in cases:
            self.filing = self.filing.with_case(replace(case, is_open=False))
            self.closed.append(case.id)
            machine = self.act.profile.cases[case.kind]
            self.run_clocks(machine, case.id, self.t, case.state, "")


def _done(act: Act, t: Transition, checks: tuple[Check, ...], noted: tuple[Check, ...]) -> Outcome:
    after = t.target(act.state)
    work = _Work(act, t, _remembered(act))
    if act.is_about_case:
        _move_own_case(work, after)
    else:
        _move_filing(work, after)
    if t.new_dossier:
        work.filing = replace(
            work.filing,
            dossier_version=work.filing.dossier_version + 1,
            manifest_digest=act.facts.manifest_digest,
            model_digest=act.facts.model_digest,
        )
    late = tuple(_late(act, t))
    entry = _entry(act, after, checks, "", late=late, filing=work.filing)
    case = act.case.id if act.case else next(iter(work.opened), "")
    sent = (*t.notices.items(),)
    return Outcome(
        event=act.event,
        outcome=act.outcome,
        done=True,
        before=act.state,
        after=after,
        case=case if act.case or act.is_about_case else "",
        filing=work.filing.linked(_link(act, after), act.now),
        checks=checks,
        noted=noted,
        deadlines=tuple(work.changes),
        notices=tuple(Notice(kind, role, case) for kind, roles in sent for role in roles),
        documents=t.documents,
        opened=tuple(work.opened),
        closed=tuple(work.closed),
        late=late,
        entry=entry,
    )


def _move_own_case(work: _Work, after: str) -> None:
    act, machine = work.act, work.act.machine
    assert machine is not None
    if act.case is None:
        work.open_case(machine.name)
    else:
        work.move_case(act.case, work.t, after)


def _move_filing(work: _Work, after: str) -> None:
    act, t, before = work.act, work.t, work.act.filing.state
    machine = act.profile.filing
    votes = () if after != before or t.quorum else work.filing.votes
    work.filing = replace(work.filing, state=after, votes=votes, **_numbered(act, t))
    work.run_clocks(machine, "", t, before, after)
    if t.case is not None and act.case is not None:
        work.move_case(act.case, t, t.case.to)
    if t.settles:
        _settle(work)
    if machine.states[after].kind == "final":
        work.close_cases([case for case in work.filing.cases if case.is_open])
    for kind in t.closes:
        work.close_cases(work.filing.open_cases(kind))
    if t.opens:
        work.open_case(t.opens)


def _numbered(act: Act, t: Transition) -> dict[str, Any]:
    """What becomes of the number and of the service."""
    found: dict[str, Any] = {}
    if t.number == "give":
        found = {"number": str(act.payload["number"]), "is_struck": False}
    elif t.number == "strike":
        found = {"is_struck": bool(act.filing.number)}
    by_setting = act.profile.settings["service_during_change"] == "pause"
    service = t.service if t.service != "by_setting" else "paused" if by_setting else ""
    if service == "ended" and act.filing.service == "none":
        service = ""
    return {**found, **({"service": service} if service else {})}


def _settle(work: _Work) -> None:
    for case in work.filing.cases:
        if case.kind == OBJECTION:
            work.filing = work.filing.with_case(replace(case, is_settled=True))


def _late(act: Act, t: Transition) -> Iterable[str]:
    """Clocks of duties that this act fulfils after their end."""
    for name, key in t.counts_from.items():
        clock = act.machine.clocks[name] if act.machine else None
        said = act.payload.get(key)
        if clock is None or clock.length is None or not said:
            continue
        due = count(date.fromisoformat(str(said)), clock, act.calendar)
        if act.now >= ends_at(due.date):
            yield name


def _entry(
    act: Act,
    after: str,
    checks: tuple[Check, ...],
    code: str,
    *,
    is_vote: bool = False,
    late: tuple[str, ...] = (),
    filing: FilingState | None = None,
) -> Entry:
    """The line for the audit chain; nothing in it names a person of the public."""
    of = filing or act.filing
    role = act.profile.roles.get(act.actor.role)
    is_public = role is None or role.side == "public"
    given = act.payload.get("attachments") or ()
    attached = given if isinstance(given, list | tuple) else (given,)
    facts = {
        "event": fit(act.event),
        "outcome": fit(act.outcome),
        "case": fit(act.case.id if act.case else ""),
        "from": fit(act.state),
        "to": fit(after),
        "is_vote": is_vote,
        "checks": [f"{check.name}:{'pass' if check.passed else 'fail'}" for check in checks],
        "late": list(late),
        "organisation": digest_of(act.actor.organisation) if act.actor.organisation else "",
        "dossier_version": of.dossier_version,
        "manifest": fit(of.manifest_digest),
        "model": fit(of.model_digest),
        "profile": fit(f"{act.filing.profile}/{act.filing.profile_version}"),
        "profile_digest": fit(act.filing.profile_digest),
        "packs": [fit(pack) for pack in act.facts.packs],
        "calendar": digest_of(act.calendar.version),
        "local_date": day_of(act.now).isoformat(),
        "attachments": [fit(str(digest)) for digest in attached],
        "request": fit(str(act.payload.get("request") or "")),
        **told_reason(str(act.payload.get("reason") or "")),
    }
    return Entry(
        act=f"filing.{act.event if act.machine else 'unknown'}",
        outcome="refused" if code else "done",
        who=None if is_public else act.actor.person,
        role=fit(act.actor.role) or None,
        object=fit(f"filing:{act.filing.id}"),
        facts=facts,
        code=code,
    )
