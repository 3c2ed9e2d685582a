"""The provider's own desks: incidents, complaints, requests about personal data, and their clocks.

Each case is a record of the room, each step a line of the audit chain. What persons said, and how
to reach them, is kept apart (`note`, `contact`) and can be forgotten. From these desks come the
counts of a `guanyao.service-log/1` and the risk score that inspections are drawn by.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError, TransitionError, UnknownNameError
from guanyao.filing.calendar_day import ZONE, day_of, in_china, parse_day
from guanyao.filing.deadlines import Deadline
from guanyao.filing.desk import DESKS, CaseDesk, Desks, parse_desks, shipped_desks
from guanyao.filing.evidence_kinds import schema
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.incident import ProviderCase, opened, possible, stepped
from guanyao.filing.outcome import fit
from guanyao.filing.plain_yaml import read_text
from guanyao.filing.profile import Profile
from guanyao.flows.filing.people import (
    actor_of,
    known_profiles,
    person_at,
    roles_of,
    state_at,
)
from guanyao.records.audit_line import Entry
from guanyao.registry import unknown

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

OWN = "desks"
CURRENT = "current"
NOTES = "_note"
"""What is put behind a desk's name for the records of words and contacts: "complaint_note"."""
MAX_NOTE, MAX_CONTACT = 20_000, 300


@dataclass(frozen=True, kw_only=True)
class Late:
    """A clock of a case at a desk that is over, while its duty waits."""

    desk: str
    case: str
    filing: str
    clock: str
    ended: datetime
    is_new: bool


@dataclass(frozen=True, kw_only=True)
class Risk:
    """How much is known against a service.

    Args:
        filing: The filing.
        points: The sum.
        weight: How many tickets it has in a draw.
        counts: Thing -> how often, of what has points.
    """

    filing: str
    points: float
    weight: int
    counts: Mapping[str, int]


def desks_of(desk: "Desk") -> Desks:
    """The desks as the room has them, or as they are shipped."""
    record = desk.record("", OWN, CURRENT)
    return shipped_desks() if record is None else parse_desks(record["yaml"])


def set_desks(room: "Room", path: str | Path, actor: Actor) -> Desks:
    """Let a room follow an edited copy of `desks.yaml`; cases keep the clocks they have.

    Raises:
        ConfigError: The file does not fit, or the actor is of no provider ("filing.desks",
            "filing.desk_role").
    """
    text = read_text(Path(path), what="file of desks", code="filing.desks")
    found = parse_desks(text, title=Path(path).name)
    with room.store.writing() as desk:
        _check_role(room, desk, actor, ())
        desk.put_record("", OWN, CURRENT, {"yaml": text, "digest": found.digest})
        facts = {"digest": found.digest, "version": f"v{found.version}"}
        desk.append(Entry(act="filing.desks", who=actor.person, role=actor.role, facts=facts))
    return found


def open_case(  # noqa: PLR0913 - what a case is made of
    room: "Room",
    desk: str,
    actor: Actor,
    values: Mapping[str, str],
    *,
    filing: str = "",
    began: datetime | None = None,
    note: str = "",
    contact: Mapping[str, str] | None = None,
) -> ProviderCase:
    """Open a case at a desk.

    Args:
        room: The room.
        desk: incident, complaint or rights.
        actor: Who writes it down: somebody of the provider.
        values: What the desk asks, e.g. {"severity": "large", "cause": "outage"}.
        filing: The filing whose service it is about; "": none is named.
        began: When the matter began (was found, came in); None: now.
        note: What happened or was said, in words; kept apart.
        contact: How to reach the person; kept apart.

    Raises:
        UnknownNameError: There is no such desk or filing.
        ConfigError: Something is not said as the desk asks ("filing.desk_..."), or the actor is of
            no provider ("filing.desk_role").
    """
    if desk not in DESKS:
        raise unknown(desk[:40], list(DESKS), family="desks")
    with room.store.writing() as store:
        desks = desks_of(store)
        _check_role(room, store, actor, desks.desks[desk].by)
        if filing:
            state_at(store, filing)
        case = opened(
            desks.desks[desk],
            f"{desk}-{len(store.records('', desk)) + 1}",
            values,
            began=began or store.now,
            now=store.now,
            by=actor.person,
            calendar=room.calendar(store),
            filing=filing,
            desks=desks.digest,
        )
        _keep(store, case)
        _note(store, case, "open", note, contact)
        store.append(_line(case, actor, "open", dict(case.values)))
    return case


def _check_role(room: "Room", desk: "Desk", actor: Actor, by: Iterable[str]) -> None:
    """See that somebody of the provider's side acts."""
    role = roles_of(known_profiles(room, desk)).get(actor.role)
    allowed = tuple(by)
    if role is None or role.side != "provider" or (allowed and actor.role not in allowed):
        raise ConfigError(
            f"the role {actor.role[:40]!r} does not work at the provider's desks",
            allowed="roles: " + (", ".join(allowed) or "those of the provider"),
            code="filing.desk_role",
        )


def _keep(desk: "Desk", case: ProviderCase) -> None:
    desk.put_record("", case.desk, case.id, case.to_json())


def _note(
    desk: "Desk",
    case: ProviderCase,
    step: str,
    note: str,
    contact: Mapping[str, str] | None = None,
) -> None:
    """Keep words and contact apart from the case."""
    if len(note) > MAX_NOTE or any(len(value) > MAX_CONTACT for value in (contact or {}).values()):
        raise ConfigError(
            "the note or the contact is too long",
            allowed=f"up to {MAX_NOTE:,} characters, {MAX_CONTACT} for a part of a contact",
            code="filing.case_text",
        )
    if not note.strip() and not contact:
        return
    before = desk.record("", case.desk + NOTES, case.id) or {"notes": [], "contact": {}}
    said = {"step": step, "at": desk.now.isoformat(), "text": note.strip()}
    notes = [*before["notes"], *([said] if said["text"] else [])]
    both = {**before["contact"], **(contact or {})}
    desk.put_record("", case.desk + NOTES, case.id, {"notes": notes, "contact": both})


def _line(
    case: ProviderCase, actor: Actor, step: str, facts: Mapping[str, Any], code: str = ""
) -> Entry:
    return Entry(
        act=f"{case.desk}.{step}",
        outcome="refused" if code else "done",
        who=actor.person,
        role=fit(actor.role) or None,
        object=fit(f"{case.desk}:{case.id}"),
        facts={
            "state": case.state,
            **({"filing": fit(case.filing)} if case.filing else {}),
            **facts,
        },
        code=code,
    )


def step(
    room: "Room",
    id: str,
    name: str,
    actor: Actor,
    *,
    facts: Mapping[str, str] | None = None,
    note: str = "",
) -> ProviderCase:
    """Do a step of a case; a refusal is recorded, too.

    Args:
        room: The room.
        id: The case, e.g. "incident-1".
        name: The step.
        actor: Who does it.
        facts: What it needs, e.g. {"proof": SHA-256 of the proof that `guanyao erase` wrote}.
        note: Words that are kept apart.

    Raises:
        UnknownNameError: There is no such case.
        TransitionError: The step is not possible ("filing.desk_step", "filing.desk_needs").
        ConfigError: The actor does not work at this desk ("filing.desk_role").
    """
    refused: TransitionError | None = None
    with room.store.writing() as store:
        before, desk = _case_at(store, id)
        _check_role(room, store, actor, desk.by)
        try:
            case = stepped(
                desk,
                before,
                name,
                now=store.now,
                by=actor.person,
                calendar=room.calendar(store),
                facts=facts,
                has_reason=bool(note.strip()),
            )
        except TransitionError as error:
            case, refused = before, error
            step = name if name in desk.steps else "unknown"
            store.append(_line(before, actor, step, {}, code=error.code))
        else:
            _keep(store, case)
            _note(store, case, name, note)
            late = [
                d.clock for d in case.deadlines if d.ended_at == store.now and d.is_late(store.now)
            ]
            store.append(_line(case, actor, name, {**(facts or {}), "late": late}))
    if refused is not None:
        raise refused
    return case


def _case_at(desk: "Desk", id: str) -> tuple[ProviderCase, CaseDesk]:
    name = id.partition("-")[0]
    record = desk.record("", name, id) if name in DESKS else None
    if record is None:
        known = [key for one in DESKS for key in desk.records("", one)]
        raise UnknownNameError(
            f"there is no case {id[:40]!r} at the desks of this room",
            allowed="cases: " + (", ".join(known[-20:]) or "none"),
            code="filing.unknown",
        )
    return ProviderCase.from_json(record), desks_of(desk).desks[name]


def cases(room: "Room", desk: str = "", *, open_only: bool = False) -> list[ProviderCase]:
    """The cases of a desk, or of all, in the order in which they came."""
    with room.store.reading() as store:
        return [case for case in _cases(store, desk) if not open_only or _is_open(store, case)]


def _cases(desk: "Desk", name: str = "") -> list[ProviderCase]:
    names = (name,) if name else DESKS
    return [ProviderCase.from_json(r) for one in names for r in desk.records("", one).values()]


def _is_open(desk: "Desk", case: ProviderCase) -> bool:
    """Whether anything must follow: a step, or a duty whose clock runs."""
    waits = any(deadline.ended_at is None for deadline in case.deadlines)
    return waits or not desks_of(desk).desks[case.desk].is_final(case.state)


def notes(room: "Room", id: str) -> dict[str, Any]:
    """The words and the contact that belong to a case."""
    with room.store.reading() as desk:
        case, _ = _case_at(desk, id)
        return dict(desk.record("", case.desk + NOTES, id) or {"notes": [], "contact": {}})


def forget_notes(room: "Room", id: str, actor: Actor) -> bool:
    """Forget the words and the contact of a case that is over; whether there were any.

    Raises:
        TransitionError: The case is open ("filing.case").
    """
    with room.store.writing() as desk:
        case, own = _case_at(desk, id)
        _check_role(room, desk, actor, own.by)
        if not own.is_final(case.state):
            raise TransitionError(
                f"{id} is open", allowed="a case that is over", code="filing.case"
            )
        there = desk.record("", case.desk + NOTES, id) is not None
        desk.forget_record("", case.desk + NOTES, id)
        desk.append(_line(case, actor, "forget", {"n_notes": int(there)}))
    return there


def tick_desks(room: "Room", now: datetime | None = None) -> list[Late]:
    """The clocks of the desks that are over while their duty waits.

    Each is told once: by a line of the chain and a notice to the provider; afterwards it is listed
    with `is_new` false for as long as it waits.

    Args:
        room: The room.
        now: The time; None: the room's clock. Not after it.
    """
    found: list[Late] = []
    with room.store.writing() as desk:
        at = desk.now if now is None else min(in_china(now), desk.now)
        for case in _cases(desk):
            found += _tell_late(desk, case, at)
    return found


def _tell_late(desk: "Desk", case: ProviderCase, now: datetime) -> list[Late]:
    over = {deadline.clock: deadline for deadline in case.overdue(now)}
    new = [clock for clock, deadline in over.items() if not deadline.told]
    if new:
        told = tuple(replace(d, told=d.told or d.clock in new) for d in case.deadlines)
        _keep(desk, replace(case, deadlines=told))
        desk.append(_line(case, Actor.clocks(), "late", {"late": new}))
        notice = {"kind": f"{case.desk}_late", "to": "provider_admin", "case": case.id}
        desk.post(case.filing, {**notice, "clocks": new})
    return [
        Late(
            desk=case.desk,
            case=case.id,
            filing=case.filing,
            clock=clock,
            ended=deadline.ends_at,
            is_new=clock in new,
        )
        for clock, deadline in over.items()
    ]


def service_log(
    room: "Room",
    since: date,
    until: date,
    *,
    filing: str = "",
    more: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """The counts of a period that these desks know, as evidence `guanyao.service-log/1`.

    Left out is what only the gateway knows (users, generations, logins ...) and what is not
    published (channels, a limit in working days).

    Args:
        room: The room.
        since: The first day in China.
        until: The last day.
        filing: Only cases about this filing; "": all.
        more: Further figures, e.g. those of the gateway.

    Raises:
        ConfigError: The period ends before it begins, or in the future ("filing.period").
    """
    from guanyao import __version__

    with room.store.reading() as desk:
        _check_period(since, until, day_of(desk.now))
        desks, now = desks_of(desk), desk.now
        mine = [
            case
            for case in _cases(desk)
            if since <= day_of(case.began) <= until and filing in ("", case.filing)
        ]
    figures = {**_complaints(desks, mine, now), **_others(mine, now), **(more or {})}
    return {
        "schema": "guanyao.service-log/1",
        "created": now.isoformat(),
        "period": {"from": since.isoformat(), "to": until.isoformat()},
        "figures": figures,
        "tool": {"name": "guanyao", "version": __version__},
    }


def _check_period(since: date, until: date, today: date) -> None:
    if not since <= until <= today:
        raise ConfigError(
            "the period ends before it begins, or in the future",
            allowed="two days, the first not after the last, the last not after today",
            code="filing.period",
        )


def _of(cases: Iterable[ProviderCase], desk: str) -> list[ProviderCase]:
    return [case for case in cases if case.desk == desk]


def _complaints(desks: Desks, cases: list[ProviderCase], now: datetime) -> dict[str, float]:
    found, desk = _of(cases, "complaint"), desks.desks["complaint"]
    figures: dict[str, float] = {
        "n_complaints": len(found),
        "n_complaints_late": sum(bool(case.late(now)) for case in found),
    }
    hours = [_hours(case, done.at) for case in found if (done := case.done("answer"))]
    if hours:
        figures["complaint_median_h"] = round(median(hours), 2)
    if desk.published:
        figures["n_complaint_channels"] = len(desk.published)
    clock = desk.clocks.get("answer")
    if clock is not None and clock.unit != "wd":
        figures["complaint_limit_h"] = clock.length * (24 if clock.unit == "d" else 1)
    return figures


def _hours(case: ProviderCase, until: datetime) -> float:
    return (until - case.began) / timedelta(hours=1)


def _others(cases: list[ProviderCase], now: datetime) -> dict[str, float]:
    rights, incidents = _of(cases, "rights"), _of(cases, "incident")
    reports = ("report", "report_state_body", "report_critical", "report_content")
    late = (any(d.clock in reports for d in case.late(now)) for case in incidents)
    return {
        "n_rights_requests": len(rights),
        "n_rights_late": sum(bool(case.late(now)) for case in rights),
        "n_incidents": len(incidents),
        "n_incidents_late": sum(late),
    }


def risk(room: "Room", filing: str) -> Risk:
    """How much is known against the service of a filing: what inspections are drawn by."""
    with room.store.reading() as desk:
        return risk_at(room, desk, state_at(desk, filing), desks_of(desk))


def risk_at(room: "Room", desk: "Desk", state: FilingState, desks: Desks) -> Risk:
    """The same, from an open desk."""
    table, since = desks.risk, desk.now - timedelta(days=30.44 * desks.risk.within_months)
    counts: dict[str, int] = {}
    profile = room.profile(desk, state.profile_digest)
    for thing in (*_of_desks(desk, state, since), *_of_filing(desk, state, profile, since)):
        counts[thing] = counts.get(thing, 0) + 1
    counted = {thing: n for thing, n in counts.items() if thing in table.points}
    points = sum(min(n * table.points[thing], table.most_per_kind) for thing, n in counted.items())
    weight = next(w for low, w in reversed(table.classes) if points >= low)
    return Risk(filing=state.id, points=round(points, 2), weight=weight, counts=counted)


def _of_desks(desk: "Desk", state: FilingState, since: datetime) -> list[str]:
    found: list[str] = []
    for case in _cases(desk):
        if case.filing != state.id or case.began < since:
            continue
        first = {"incident": f"incident.{case.values.get('severity')}"}
        found.append(first.get(case.desk, f"{case.desk}.received"))
        found += [f"{case.desk}.late"] * bool(case.late(desk.now))
    return found


def _of_filing(desk: "Desk", state: FilingState, profile: Profile, since: datetime) -> list[str]:
    """What the filing's own course tells: findings, objections, duties done late."""
    acts = desk.acts(state.id)
    when = {id: act["at"] for act in acts for id in act.get("closed", ()) or ()}
    found = []
    for case in state.cases:
        at = when.get(case.id)
        if at is not None and datetime.fromisoformat(at) < since:
            continue
        kind = {"InspectionCase": "finding", "ObjectionCase": "objection"}.get(case.kind)
        found += [f"{kind}.{case.finding}"] if kind and case.finding else []
    recent = (act for act in acts if datetime.fromisoformat(act["at"]) >= since)
    found += ["duty.late" for act in recent if act.get("late")]
    over = (d for d in state.deadlines if d.standing == "running" and d.is_over(desk.now))
    return [*found, *("duty.late" for d in over if _is_provider(profile, state, d))]


def _is_provider(profile: Profile, state: FilingState, deadline: Deadline) -> bool:
    """Whether it is the provider who must act before a deadline's end."""
    case = state.case(deadline.case)
    machine = profile.machine(case.kind if case else "")
    role = profile.roles.get(machine.clocks[deadline.clock].party)
    return role is not None and role.side == "provider"


def to_rows(found: Iterable[ProviderCase], now: datetime) -> list[dict[str, Any]]:
    """Cases as plain JSON with what is next: the nearest clock, and whether it is over."""
    rows = []
    for case in found:
        waiting = sorted((d for d in case.deadlines if d.ended_at is None), key=lambda d: d.ends_at)
        nearest = waiting[0] if waiting else None
        rows.append(
            {
                **case.to_json(),
                "late": [deadline.clock for deadline in case.late(now)],
                "next_clock": nearest.clock if nearest else "",
                "next_ends": nearest.ends_at.astimezone(ZONE).isoformat() if nearest else "",
            }
        )
    return rows


def as_json(found: Late | Risk) -> dict[str, Any]:
    """A late clock or a risk as plain JSON."""
    record = asdict(found)
    return {key: v.isoformat() if isinstance(v, datetime) else v for key, v in record.items()}


def actor_at(room: "Room", desk: str, person: str, role: str | None = None) -> Actor:
    """A person of the room in the role that works at a desk.

    Args:
        room: The room.
        desk: The desk; "": any.
        person: Their id.
        role: In which of their roles; None: the first that works there, or else their first.
    """
    with room.store.reading() as store:
        own = list(person_at(store, person)["roles"])
        every = desks_of(store).desks
        by = [name for key in every if desk in ("", key) for name in every[key].by]
        fitting = [name for name in own if name in by]
        return actor_of(store, person, role or (fitting or own)[0])


def listed(room: "Room", desk: str = "", *, open_only: bool = False) -> list[dict[str, Any]]:
    """The cases of a desk as `to_rows` has them, with the steps that are possible now."""
    with room.store.reading() as store:
        desks, now = desks_of(store), store.now
        found = [c for c in _cases(store, desk) if not open_only or _is_open(store, c)]
    rows = zip(found, to_rows(found, now), strict=True)
    return [{**row, "possible": possible(desks.desks[case.desk], case)} for case, row in rows]


def write_service_log(
    room: "Room",
    since: str,
    until: str,
    out: str | Path,
    *,
    filing: str = "",
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write the record of `service_log`, as typed, to a file.

    Raises:
        ConfigError: A day or a figure is none ("calendar.date", "filing.period"), or a figure is
            none of a service log ("filing.figure").
    """
    figures = {name: _figure(name, text) for name, text in (more or {}).items()}
    days = parse_day(since), parse_day(until)
    record = service_log(room, *days, filing=filing, more=figures)
    write_whole(out, (json.dumps(record, indent=1) + "\n").encode("utf-8"))
    return record


def _figure(name: str, text: str) -> float:
    known = schema("service-log.json")["properties"]["figures"]["properties"]
    if name not in known:
        raise unknown(name[:40], list(known), family="figures of a service log")
    try:
        return int(text) if known[name]["type"] == "integer" else float(text)
    except ValueError as error:
        kind = "a whole number" if known[name]["type"] == "integer" else "a number"
        raise ConfigError(
            f"the figure {name} is none", allowed=kind, code="filing.figure"
        ) from error
