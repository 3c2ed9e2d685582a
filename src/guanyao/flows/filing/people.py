"""The people of a room: who may act in which roles, and as whom somebody acts now.

A person of the room is an id, roles, an organisation and interests, on a record of the room. The
public needs no place there: whoever objects acts in a role of the public's side.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError
from guanyao.filing import PROFILES
from guanyao.filing.filing_state import SYSTEM, Actor, FilingState
from guanyao.filing.outcome import digest_of
from guanyao.filing.profile import Profile, Role, Transition
from guanyao.filing.profile_file import load_profile
from guanyao.flows.filing.act import unknown_filing
from guanyao.records.audit_line import Entry
from guanyao.registry import unknown

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

KIND = "person"
ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
CODE_NAME = "objector-"
"""What the code names of the public begin with."""
SIGNATORY = "provider_signatory"
"""The role whose persons sign, each in one of the profile's kinds of signature."""


def known_profiles(room: "Room", desk: "Desk") -> list[Profile]:
    """The profiles of the room's filings; where there is no filing yet, those that are shipped."""
    digests = dict.fromkeys(row["profile_digest"] for row in desk.filings())
    found = [room.profile(desk, digest) for digest in digests]
    return found or [load_profile(name) for name in PROFILES]


def roles_of(profiles: Iterable[Profile]) -> dict[str, Role]:
    """The roles that a person of the room can have: all but the public's and the clocks'."""
    every = {name: role for profile in profiles for name, role in profile.roles.items()}
    return {name: role for name, role in every.items() if role.side not in ("system", "public")}


def add_person(  # noqa: PLR0913 - what is known of a person
    room: "Room",
    person: str,
    *,
    roles: Sequence[str],
    organisation: str,
    kind: str = "",
    interests: Sequence[str] = (),
    replace: bool = False,
    by: str = "",
) -> dict[str, Any]:
    """Give somebody a place in the room.

    Args:
        room: The room.
        person: An id that never changes.
        roles: Roles of the room's profiles.
        organisation: Of which organisation, as an id.
        kind: Of a signatory: which kind of signature.
        interests: Organisations in which the person declared an interest.
        replace: Whether the record of somebody who is there already may change.
        by: Who adds them, for the audit chain.

    Returns:
        The person's record.

    Raises:
        ConfigError: The id is none, the person is there already, or a kind of signature is missing
            or not needed ("person....").
        UnknownNameError: There is no such role.
    """
    _check_id(person, "a person's id")
    for name in (organisation, *interests):
        _check_id(name, "an organisation's id")
    with room.store.writing() as desk:
        before = desk.record("", KIND, person)
        if before is not None and not replace:
            raise _there_already(person)
        profiles = known_profiles(room, desk)
        _check_roles(roles, roles_of(profiles))
        _check_kind(kind, roles, profiles)
        record = {
            **(before or {}),
            "person": person,
            "roles": list(dict.fromkeys(roles)),
            "organisation": organisation,
            "kind": kind,
            "interests": list(dict.fromkeys(interests)),
        }
        desk.put_record("", KIND, person, record)
        facts = {
            "person": person,
            "roles": record["roles"],
            "replaced": before is not None,
            "organisation": digest_of(organisation),
            "interests": [digest_of(name) for name in record["interests"]],
        }
        desk.append(Entry(act="filing.person", who=by or None, facts=facts))
    return record


def _check_id(text: str, what: str) -> None:
    if not ID.fullmatch(text) or text == SYSTEM or text.startswith(CODE_NAME):
        raise ConfigError(
            f"{text[:40]!r} is not {what}",
            allowed=f"a letter, then letters, digits, '.', '_', '-', 40 at most, not {SYSTEM!r}",
            do="use a short name that never changes, e.g. ann or city-hospital",
            code="person.id",
        )


def _there_already(person: str) -> ConfigError:
    return ConfigError(
        f"{person} is in the room already",
        allowed="each id once",
        do="choose another id, or change the record with --replace",
        code="person.exists",
    )


def _check_roles(roles: Sequence[str], known: Mapping[str, Role]) -> None:
    if not roles:
        raise ConfigError(
            "no role is named",
            allowed="one or more of: " + ", ".join(known),
            do="name one with --role",
            code="person.role",
        )
    for name in roles:
        if name not in known:
            raise unknown(name[:40], list(known), family="roles")


def _check_kind(kind: str, roles: Sequence[str], profiles: Sequence[Profile]) -> None:
    kinds = list(dict.fromkeys(k for p in profiles for k in p.limits["signature_kinds"]))
    signs = SIGNATORY in roles
    if signs and kind not in kinds:
        raise ConfigError(
            f"{kind[:40]!r} is no kind of signature" if kind else "a signatory without a kind",
            allowed="one of: " + ", ".join(kinds),
            do="name it with --kind",
            code="person.kind",
        )
    if kind and not signs:
        raise ConfigError(
            "a kind of signature for somebody who does not sign",
            allowed=f"a kind belongs to the role {SIGNATORY}",
            do=f"leave --kind away, or add --role {SIGNATORY}",
            code="person.kind",
        )


def people(room: "Room") -> list[dict[str, Any]]:
    """Everybody of the room, in the order in which they came."""
    with room.store.reading() as desk:
        return people_at(desk)


def people_at(desk: "Desk") -> list[dict[str, Any]]:
    """The same, from an open desk."""
    return [dict(record) for record in desk.records("", KIND).values()]


def person_at(desk: "Desk", person: str) -> Mapping[str, Any]:
    """Somebody's record.

    Raises:
        UnknownNameError: There is no such person ("unknown_name").
        ConfigError: Nobody has a place in the room yet ("person.none").
    """
    found = desk.record("", KIND, person)
    if found is not None:
        return found
    known = desk.records("", KIND)
    if not known:
        raise ConfigError(
            "nobody has a place in this room yet",
            do="add somebody with: guanyao filing people add ID --role ROLE --of ORGANISATION",
            code="person.none",
        )
    raise unknown(person[:40], list(known), family="people of the room")


def actor_of(
    desk: "Desk",
    person: str,
    role: str | None = None,
    event: str | None = None,
    *,
    ways: Sequence[Transition] = (),
    duties: Mapping[str, str] | None = None,
) -> Actor:
    """As whom somebody acts.

    An interest that was declared once counts from then on, and so does an organisation that
    somebody was of: a record that is replaced takes no conflict of interest away.

    Args:
        desk: An open desk of the room.
        person: Their id.
        role: In which of their roles; None: in the one that may do it.
        event: What they want to do, for the message.
        ways: The transitions it may be.
        duties: Role -> its duty: of several roles of one duty the first is taken.

    Raises:
        UnknownNameError: There is no such person.
        ConfigError: The person has not that role, or several roles that may ("person.role").
    """
    record = person_at(desk, person)
    own = list(record["roles"])
    same = duties or {}
    chosen = _named(person, role, own) if role else _only(person, own, (event or "", ways), same)
    return Actor(
        person=person,
        role=chosen,
        organisation=record["organisation"],
        kind=record["kind"] if chosen == SIGNATORY else "",
        interests=_interests(desk, record),
    )


def _interests(desk: "Desk", record: Mapping[str, Any]) -> tuple[str, ...]:
    """All organisations in which somebody has, or ever had, an interest."""
    names = list(record["interests"])
    for before in desk.versions("", KIND, str(record["person"])):
        names += [*before["interests"], before["organisation"]]
    return tuple(name for name in dict.fromkeys(names) if name != record["organisation"])


def _named(person: str, role: str, own: Sequence[str]) -> str:
    if role in own:
        return role
    raise ConfigError(
        f"{person} has not the role {role[:40]!r}",
        allowed="their roles: " + ", ".join(own),
        do=f"name one of them, or: guanyao filing people add {person} --role ROLE --replace",
        code="person.role",
    )


def _only(
    person: str,
    own: Sequence[str],
    act: tuple[str, Sequence[Transition]],
    duties: Mapping[str, str],
) -> str:
    """The one role that may; where none may, the first, so that the refusal is recorded."""
    event, ways = act
    may = [role for role in own if any(role in t.by for t in ways)]
    is_open = not event and len(own) > 1
    if len({duties.get(role, role) for role in may}) > 1 or is_open:
        raise ConfigError(
            f"{person} has several roles that may do {event or 'this'}",
            allowed="one of: " + ", ".join(may or own),
            do="name one with --role",
            code="person.role",
        )
    return may[0] if may else own[0]


def acting(
    room: "Room",
    filing: str,
    person: str,
    role: str | None = None,
    *,
    event: str,
    outcome: str = "",
    case: str = "",
) -> Actor:
    """As whom somebody does an event of a filing.

    Args:
        room: The room.
        filing: The filing's id.
        person: Who.
        role: In which of their roles; None: in the one that may do it in this state; of several
            with the same duty in the first.
        event: What they want to do.
        outcome: How it is to end.
        case: The case it is about.

    Raises:
        DataError: There is no such filing.
        UnknownNameError: There is no such person.
        ConfigError: The role is not theirs, or several of theirs may.
    """
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
        if role and profile.roles.get(role) and profile.roles[role].side == "public":
            _check_public(person)
            return Actor(person=person, role=role)
        ways = ways_of(profile, state, event, outcome, case)
        duties = {name: found.duty for name, found in profile.roles.items()}
        return actor_of(desk, person, role, event, ways=ways, duties=duties)


def _check_public(person: str) -> None:
    """Only the secret of a receipt proves who is behind a code name."""
    if person.startswith(CODE_NAME):
        raise ConfigError(
            "who has a code name acts with the number and the secret of their receipt",
            do="guanyao filing objection withdraw",
            code="filing.receipt",
        )


def member(room: "Room", person: str, role: str | None = None, side: str = "") -> Actor:
    """As whom somebody does what is no act of a profile, e.g. attach a file.

    Args:
        room: The room.
        person: Who.
        role: In which of their roles; None: in their first, of that side if they have one.
        side: provider or authority; "": any.

    Raises:
        UnknownNameError: There is no such person.
        ConfigError: They have not that role.
    """
    with room.store.reading() as desk:
        own = [str(name) for name in person_at(desk, person)["roles"]]
        known = roles_of(known_profiles(room, desk))
        fitting = [name for name in own if side in ("", getattr(known.get(name), "side", ""))]
        return actor_of(desk, person, role or next(iter((*fitting, *own))))


def ways_of(
    profile: Profile, state: FilingState, event: str, outcome: str = "", case: str = ""
) -> list[Transition]:
    """What an event may mean here: the ways from the present state, or from any if there is none.

    Args:
        profile: The workflow.
        state: The filing.
        event: The event.
        outcome: One of its ways; "": any.
        case: The case it is about; "": the filing, or any case.
    """
    own = state.case(case)
    places = [state.state, own.state] if own else [state.state, *(c.state for c in state.cases)]
    every = [
        t
        for machine in profile.machines
        for t in machine.transitions
        if t.event == event and outcome in ("", t.outcome)
    ]
    return [t for t in every if not t.sources or set(t.sources) & set(places)] or every


def state_at(desk: "Desk", filing: str) -> FilingState:
    """The filing as it stands.

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    record = desk.filing(filing)
    if record is None:
        raise unknown_filing(filing)
    return FilingState.from_json(record)
