"""One act, one transaction: gather the facts, run every check, keep what came of it.

A refusal is kept as well as a success: the act's record, and a line of the audit chain. When an act
returns, it is on the disk with all that belongs to it; when the process dies before, nothing is.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from guanyao.errors import ConfigError, DataError, GuanyaoError
from guanyao.filing.advance import advance
from guanyao.filing.calendar_day import ends_at
from guanyao.filing.deadlines import Deadline
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Check, Facts
from guanyao.filing.outcome import Outcome, fit
from guanyao.filing.profile import Clock, Profile
from guanyao.filing.service import FORMAT as SERVICE
from guanyao.filing.service import Service
from guanyao.flows.filing.room import CURRENT, Room
from guanyao.records.audit_line import Entry
from guanyao.records.evidence import canonical, plain

if TYPE_CHECKING:
    from guanyao.records.filing_store import Desk

ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
MOST_SAID = 64 << 10
"""Bytes of a payload that are kept; of a larger one its digest is."""
LONGEST_REASON = 10_000
PUBLIC = "public"
OF_PUBLIC = ("case", "outcome", "at", "attachments", "request")
"""What is kept of a payload of the public: nothing that they wrote, which they may want erased."""

Said: TypeAlias = tuple[str, Actor, Mapping[str, Any]]
"""Event, actor and payload of an act."""


def act(
    room: Room,
    filing: str,
    event: str,
    actor: Actor,
    payload: Mapping[str, Any] | None = None,
    *,
    live: Mapping[str, Any] | None = None,
) -> Outcome:
    """What came of an act on a filing; it is kept, done or refused.

    Args:
        room: The room.
        filing: The filing's id.
        event: What is done.
        actor: Who does it.
        payload: What they say with it; see `advance`.
        live: Fields of `Facts` that were looked at before, outside of the transaction.

    Raises:
        ConfigError: A pack of the room's folder is broken ("pack....").
        DataError: There is no such filing ("filing.unknown"; that is recorded, too), or what is
            kept is damaged ("filing...."). What could not be looked at is recorded, too.
    """
    said = payload or {}
    with room.store.writing() as desk:
        state = state_of(desk, filing)
        if state is None:
            failed: GuanyaoError = unknown_filing(filing)
            _record_unknown(desk, filing, event, actor)
        else:
            try:
                facts = gathered(desk, room, state, event, said)
            except GuanyaoError as error:
                failed = error
                desk.append(failed_entry(filing, event, actor, error))
            else:
                known = replace(facts, **dict(live or {}))
                return _applied(desk, room, state, (event, actor, said), known)
    raise failed


def apply(
    desk: "Desk",
    room: Room,
    filing_id: str,
    event: str,
    actor: Actor,
    payload: Mapping[str, Any] | None,
    facts: Facts,
) -> Outcome:
    """The same inside an open transaction, with the facts given.

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    state = state_of(desk, filing_id)
    if state is None:
        raise unknown_filing(filing_id)
    return _applied(desk, room, state, (event, actor, payload or {}), facts)


def new_filing(
    room: Room,
    *,
    profile: str | Path,
    organisation: str,
    actor: Actor,
    id: str | None = None,
    service: Service | None = None,
) -> Outcome:
    """Open a filing: its first act; of one that is refused, only the act is kept.

    Args:
        room: The room.
        profile: A name of a profile, or a .yaml file; it is kept as it is now.
        organisation: The provider's id.
        actor: Who opens it.
        id: The filing's id; None: the next number.
        service: What the service is.

    Raises:
        ConfigError: The id is none or taken ("filing.id", "filing.taken"), or the profile is none.
        UnknownNameError: There is no such profile.
    """
    _check_id(id)
    _check_id(organisation)
    with room.store.writing() as desk:
        own = id or _next_id(desk)
        if desk.filing(own) is not None:
            raise _taken(own)
        follows = room.keep_profile(desk, profile)
        state = FilingState.new(own, organisation, follows)
        outcome = _applied(desk, room, state, ("open", actor, {}), Facts())
        if outcome.done and service is not None:
            record = {"service": SERVICE, **vars(service), "facts": dict(service.facts)}
            desk.put_record(own, "service", CURRENT, record)
    return outcome


def state_of(desk: "Desk", filing: str) -> FilingState | None:
    """A filing as it stands; None if there is none of this id."""
    record = desk.filing(filing)
    return None if record is None else FilingState.from_json(record)


def gathered(
    desk: "Desk", room: Room, state: FilingState, event: str, payload: Mapping[str, Any]
) -> Facts:
    """What the room knows of a filing when this is done to it; see `facts_of`."""
    from guanyao.flows.filing.facts import facts_of

    return facts_of(desk, room, state, event, payload)


def tried(desk: "Desk", room: Room, state: FilingState, said: Said, facts: Facts) -> Outcome:
    """What would come of an act; nothing is kept."""
    event, actor, payload = said
    return advance(
        state,
        event,
        actor,
        payload,
        facts=_with_number(desk, state, payload, facts),
        profile=room.profile(desk, state.profile_digest),
        now=desk.now,
        calendar=room.calendar(desk),
    )


def _with_number(
    desk: "Desk", state: FilingState, payload: Mapping[str, Any], facts: Facts
) -> Facts:
    """The facts, with a look whether the number that is to be given is free now."""
    number = payload.get("number")
    if not facts.number_is_unique or not isinstance(number, str):
        return facts
    return replace(facts, number_is_unique=desk.number_is_free(number, but=state.id))


def _applied(desk: "Desk", room: Room, state: FilingState, said: Said, facts: Facts) -> Outcome:
    """What came of an act, kept with all that follows from it."""
    outcome = tried(desk, room, state, said, facts)
    record = act_record(desk.now, outcome, said, room.profile(desk, state.profile_digest))
    more = {"act_digest": record_digest(record)}
    if outcome.done:
        more["filing_digest"] = desk.put_filing(outcome.filing.to_json())
    line = desk.append(outcome.entry.plus(more))
    desk.put_act(state.id, {**record, "line": line.seq})
    if outcome.deadlines:
        profile = room.profile(desk, state.profile_digest)
        desk.put_deadlines(state.id, deadline_rows(outcome.filing, profile))
    desk.post_all(
        state.id,
        [{"kind": said.kind, "to": said.to, "case": said.case} for said in outcome.notices],
    )
    return outcome


def act_record(now: datetime, outcome: Outcome, said: Said, profile: Profile) -> dict[str, Any]:
    """What is kept of an act, done or refused."""
    _, actor, payload = said
    role = profile.roles.get(actor.role)
    is_public = role is None or role.side == "public"
    kept = {key: payload[key] for key in OF_PUBLIC if key in payload} if is_public else payload
    return {
        "at": now.isoformat(),
        "event": outcome.event,
        "outcome": outcome.outcome,
        "case": outcome.case,
        "before": outcome.before,
        "after": outcome.after,
        "done": outcome.done,
        "is_vote": outcome.is_vote,
        "person": actor.person,
        "role": actor.role,
        "organisation": actor.organisation,
        "kind": actor.kind,
        "reason": "" if is_public else str(payload.get("reason") or "")[:LONGEST_REASON],
        "payload": _kept_payload(kept),
        "checks": [check_record(check) for check in outcome.checks],
        "noted": [check_record(check) for check in outcome.noted],
        "documents": list(outcome.documents),
        "opened": list(outcome.opened),
        "closed": list(outcome.closed),
        "late": list(outcome.late),
        "code": outcome.code,
    }


def check_record(check: Check) -> dict[str, Any]:
    """A check's answer as plain JSON."""
    why = {"en": check.why.en, "zh": check.why.zh}
    return {"name": check.name, "passed": check.passed, **why, "items": list(check.items)}


def record_digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of an act's record; its number and its line stand outside."""
    content = {key: value for key, value in record.items() if key not in ("n", "line")}
    return hashlib.sha256(canonical(content)).hexdigest()


def _kept_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    kept = plain({key: value for key, value in payload.items() if key != "reason"})
    text = canonical(kept)
    if len(text) > MOST_SAID:
        return {"digest": hashlib.sha256(text).hexdigest(), "bytes": len(text)}
    return dict(kept)


def deadline_rows(
    state: FilingState, profile: Profile, *, ticked: datetime | None = None
) -> list[dict[str, Any]]:
    """The deadlines of a filing that have not ended, each with when the clocks look at it.

    Args:
        state: The filing.
        profile: Its workflow.
        ticked: When the clocks looked last; None: not yet.
    """
    kinds = {case.id: case.kind for case in state.cases}
    found = []
    for deadline in state.deadlines:
        if deadline.standing != "ended":
            clock = profile.machine(kinds.get(deadline.case, "")).clocks[deadline.clock]
            at = _asks_at(deadline, clock, ticked)
            found.append({**deadline.to_json(), "asks_at": at and at.isoformat()})
    return found


def _asks_at(deadline: Deadline, clock: Clock, ticked: datetime | None) -> datetime | None:
    """When the clocks have to look at a deadline next; None: not before it changes."""
    if deadline.standing != "running":
        return None
    times = [deadline.ends_at]
    if clock.remind:
        times.insert(0, ends_at(deadline.due - timedelta(days=clock.remind + 1)))
    waiting = [time for time in times if ticked is None or time > ticked]
    if waiting:
        return waiting[0]
    return deadline.ends_at if clock.then and deadline.is_official else None


def _record_unknown(desk: "Desk", filing: str, event: str, actor: Actor) -> None:
    """That somebody tried to act on a filing that is not there; not who: it may be the public."""
    desk.append(
        Entry(
            act="filing.unknown",
            outcome="refused",
            role=fit(actor.role) or None,
            object=fit(f"filing:{filing}"),
            facts={"event": fit(event)},
            code="filing.unknown",
        )
    )


def failed_entry(filing: str, event: str, actor: Actor, error: GuanyaoError) -> Entry:
    """The line of an act that came to nothing: what it needs could not be looked at."""
    return Entry(
        act="filing.failed",
        outcome="failed",
        who=None if actor.role == PUBLIC else actor.person,
        role=fit(actor.role) or None,
        object=fit(f"filing:{filing}"),
        facts={"event": fit(event)},
        code=error.code,
    )


@contextmanager
def recording_failure(room: Room, filing: str, event: str, actor: Actor) -> Iterator[None]:
    """Leave a line when an act fails for what it needs; the error goes on."""
    try:
        yield
    except GuanyaoError as error:
        with room.store.writing() as desk:
            desk.append(failed_entry(filing, event, actor, error))
        raise


def unknown_filing(filing: str) -> DataError:
    """There is no filing of this id."""
    return DataError(
        f"there is no filing {filing[:40]!r} in the room",
        do="see which there are with: guanyao filing list",
        code="filing.unknown",
    )


def _check_id(id: str | None) -> None:
    if id is not None and not ID.fullmatch(id):
        raise ConfigError(
            f"{id[:40]!r} is no id",
            allowed="a letter, then letters, digits, '.', '_' and '-', 40 at most",
            do="use a short name that never changes",
            code="filing.id",
        )


def _taken(id: str) -> ConfigError:
    return ConfigError(
        f"there is a filing {id!r} already",
        allowed="each id once",
        do="choose another, or leave it out",
        code="filing.taken",
    )


def _next_id(desk: "Desk") -> str:
    n = desk.n_filings() + 1
    while desk.filing(f"f-{n}") is not None:
        n += 1
    return f"f-{n}"
