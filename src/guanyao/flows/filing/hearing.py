"""The right to be heard: before an act against a provider it is offered to speak (guard G16).

An offer names the act that is planned and the day until which the provider may speak; what it says,
or that it does not want to, is put beside the offer. Offers are records `hearing` of the filing.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError, TransitionError
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.incident import due_of
from guanyao.filing.outcome import digest_of, fit
from guanyao.filing.profile import Profile
from guanyao.flows.filing.incidents import desks_of
from guanyao.flows.filing.people import state_at
from guanyao.records.audit_line import Entry

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

KIND = "hearing"
GUARD = "G16"
MAX_TEXT = 20_000


def offer(
    room: "Room",
    filing: str,
    actor: Actor,
    text: str,
    *,
    about: str = "",
    until: datetime | None = None,
) -> dict[str, Any]:
    """Offer the provider to be heard, and queue the notice.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who offers: somebody of the authority.
        text: What is planned and why, as the provider is told.
        about: The act that is planned, e.g. "revoke"; "": any that asks for a hearing.
        until: Until when the provider may speak; None: as `desks.yaml` says.

    Returns:
        The offer: n, at, by, about, until, text.

    Raises:
        ConfigError: The text is too short for a reason, or the time lies in the past
            ("filing.hearing").
        TransitionError: The actor may not, or the act asks for no hearing ("filing.role",
            "filing.hearing"); that is recorded.
    """
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
        _check_text(text, int(profile.limits["reason_characters"]))
        fault = _fault(state, profile, actor, about)
        if fault is None:
            return _offered(room, desk, state, actor, (text.strip(), about, until))
        desk.append(_line(filing, actor, "hearing", {}, fault.code))
    raise fault


def _check_text(text: str, least: int) -> None:
    n = len("".join(text.split()))
    if n < least or len(text) > MAX_TEXT:
        raise ConfigError(
            f"the text has {n} characters",
            allowed=f"{least} to {MAX_TEXT:,}",
            do="say what is planned and on what grounds",
            code="filing.hearing",
        )


def _fault(
    state: FilingState, profile: Profile, actor: Actor, about: str
) -> TransitionError | None:
    role = profile.roles.get(actor.role)
    conflict = state.organisation in (actor.organisation, *actor.interests)
    if role is None or role.side != "authority" or conflict:
        return TransitionError(
            f"the role {actor.role[:40]!r} offers no hearing here",
            allowed="somebody of the authority without interests in the provider",
            code="filing.role",
        )
    known = heard_acts(profile)
    if about and about not in known:
        return TransitionError(
            f"the act {about[:40]!r} asks for no hearing",
            allowed=", ".join(known),
            code="filing.hearing",
        )
    return None


def heard_acts(profile: Profile) -> list[str]:
    """The acts of a profile before which the provider is offered to be heard."""
    ways = (t for machine in profile.machines for t in machine.transitions)
    return list(dict.fromkeys(t.event for t in ways if GUARD in (*t.guards, *t.noted)))


def _offered(
    room: "Room",
    desk: "Desk",
    state: FilingState,
    actor: Actor,
    said: tuple[str, str, datetime | None],
) -> dict[str, Any]:
    text, about, until = said
    time = desks_of(desk).hearing
    due = due_of(time.length, time.unit, desk.now, room.calendar(desk)).ends_at
    end = until or due
    if end <= desk.now:
        raise ConfigError(
            "the provider would have no time to speak",
            allowed="a moment to come",
            code="filing.hearing",
        )
    n = len(desk.records(state.id, KIND)) + 1
    salt = secrets.token_hex(16)
    record = {"n": n, "at": desk.now.isoformat(), "by": actor.person, "about": about}
    record |= {"until": end.isoformat(), "text": text, "salt": salt, "statement": None}
    desk.put_record(state.id, KIND, str(n), record)
    notice = {"kind": "hearing_offered", "to": "provider_admin", "case": ""}
    desk.post(state.id, {**notice, "hearing": n, "until": end.isoformat()})
    facts = {"n_offer": n, "text": digest_of(f"{salt}\n{text}"), "about": fit(about)}
    desk.append(_line(state.id, actor, "hearing", facts))
    return record


def statement(
    room: "Room", filing: str, n: int, actor: Actor, text: str = "", *, waived: bool = False
) -> dict[str, Any]:
    """What the provider says to an offer, or that it does not want to speak.

    Raises:
        ConfigError: It says nothing and does not waive ("filing.hearing").
        TransitionError: There is no such offer, or the actor is not of the provider
            ("filing.hearing", "filing.role"); that is recorded.
    """
    if bool(text.strip()) == waived or len(text) > MAX_TEXT:
        raise ConfigError(
            "the provider says nothing, or says something and waives",
            allowed=f"a text of up to {MAX_TEXT:,} characters, or the waiver",
            code="filing.hearing",
        )
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        role = room.profile(desk, state.profile_digest).roles.get(actor.role)
        record = desk.record(filing, KIND, str(n))
        is_own = role is not None and role.side == "provider"
        is_own = is_own and actor.organisation == state.organisation
        if is_own and record is not None:
            return _stated(desk, state, actor, record, text.strip())
        code = "filing.hearing" if is_own else "filing.role"
        desk.append(_line(filing, actor, "hearing_statement", {}, code))
    raise TransitionError(
        f"there is no offer {n} to speak that this person may take",
        allowed="an offer of this filing, and somebody of the provider",
        code=code,
    )


def _stated(
    desk: "Desk", state: FilingState, actor: Actor, record: Mapping[str, Any], text: str
) -> dict[str, Any]:
    late = desk.now >= datetime.fromisoformat(record["until"])
    said: dict[str, Any] = {"by": actor.person, "at": desk.now.isoformat(), "text": text}
    said |= {"waived": not text, "late": late}
    after = {**record, "statement": said}
    desk.put_record(state.id, KIND, str(record["n"]), after)
    desk.post(state.id, {"kind": "hearing_statement", "to": "decider", "case": ""})
    facts = {"n_offer": record["n"], "waived": not text, "is_late": late}
    if text:
        facts["text"] = digest_of(f"{record['salt']}\n{text}")
    desk.append(_line(state.id, actor, "hearing_statement", facts))
    return after


def _line(filing: str, actor: Actor, act: str, facts: Mapping[str, Any], code: str = "") -> Entry:
    return Entry(
        act=f"filing.{act}",
        outcome="refused" if code else "done",
        who=actor.person,
        role=fit(actor.role) or None,
        object=fit(f"filing:{filing}"),
        facts=facts,
        code=code,
    )


def hearings(room: "Room", filing: str) -> list[dict[str, Any]]:
    """The offers of a filing, in order."""
    with room.store.reading() as desk:
        state_at(desk, filing)
        found = desk.records(filing, KIND).values()
        return [{key: part for key, part in one.items() if key != "salt"} for one in found]


def is_offered(desk: "Desk", filing: str, event: str) -> bool:
    """Whether the provider was offered to be heard on an act, and had its time or has spoken.

    An offer that names no act counts for all; one that was made before the last act it led to
    counts no longer.

    Args:
        desk: The transaction.
        filing: The filing's id.
        event: The act that is planned.
    """
    done = [act for act in desk.acts(filing) if act["event"] == event and act["done"]]
    last = max((act["at"] for act in done if not act["is_vote"]), default="")
    for offered in desk.records(filing, KIND).values():
        fits = offered["about"] in ("", event) and offered["at"] > last
        over = desk.now >= datetime.fromisoformat(offered["until"])
        if fits and (over or offered["statement"] is not None):
            return True
    return False
