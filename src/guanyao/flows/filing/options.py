"""What can be done with a filing now, by whom, and what stands against the rest.

Every way that leads on from the present state, of the filing and of each open case, is tried on
paper (`advance` is pure) by every person of the room who has a role for it. Nothing is recorded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from guanyao.filing.act import Act
from guanyao.filing.calendar import Calendar
from guanyao.filing.filing_state import Actor, Case, FilingState
from guanyao.filing.guards import Check, Facts, Signature
from guanyao.filing.outcome import Outcome
from guanyao.filing.profile import Machine, Profile, Seat, Transition
from guanyao.flows.filing.act import check_record, gathered, tried
from guanyao.flows.filing.hearing import is_offered
from guanyao.flows.filing.people import SIGNATORY, people_at, ways_of

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

SOMEBODY = "somebody"
"""Stands for a person whom nobody has added yet."""
ANYBODY = "anybody"
"""Stands for the public, who need no place in the room."""
OFFICE = "office"
LONG_REASON = "a reason that is long enough to say why this is done"
TRIAL = "trial"
"""What a trial says where an act needs something of its own; days are today."""
FOUR_EYES = "G9"


@dataclass(frozen=True, kw_only=True)
class Try:
    """What came of trying it as one person.

    Args:
        person: Who; "somebody": nobody of the room has the role.
        role: In which role.
        failed: The checks that would refuse it.
    """

    person: str
    role: str
    failed: tuple[Check, ...]

    @property
    def can(self) -> bool:
        """Whether a person of the room could do it now."""
        return not self.failed and self.person != SOMEBODY


@dataclass(frozen=True, kw_only=True)
class Option:
    """One way that leads on.

    Args:
        machine: Whose way: "" the filing's, or a kind of case.
        case: The case's id; "": the filing, or a case that it would open.
        way: The transition.
        to: The state after.
        tries: One for each person of the room with a role for it; somebody, where there is none.
        seat: Of an act that several do together: who is next; None: one person is enough.
        n_acted: How many of them acted already.
    """

    machine: str
    case: str
    way: Transition
    to: str
    tries: tuple[Try, ...]
    seat: Seat | None = None
    n_acted: int = 0

    @property
    def able(self) -> tuple[Try, ...]:
        """Who could do it now."""
        return tuple(found for found in self.tries if found.can)

    @property
    def against(self) -> tuple[Check, ...]:
        """What stands against it whoever acts: the checks that fail for everybody, but for who."""
        if self.able:
            return ()
        fewest = min(self.tries, key=lambda found: len(_matter(found.failed)), default=None)
        return _matter(fewest.failed) if fewest else ()

    @property
    def is_ripe(self) -> bool:
        """Whether only somebody to act is wanting, if anything is."""
        return not self.against

    def to_json(self) -> dict[str, Any]:
        """The option as plain JSON."""
        t = self.way
        return {
            "event": t.event,
            "outcome": t.outcome,
            "case": self.case,
            "of": self.machine,
            "title": {"en": t.title.en, "zh": t.title.zh},
            "to": self.to,
            "roles": list(t.by),
            "needs": list(t.needs),
            "people": [{"person": a.person, "role": a.role} for a in self.able],
            "against": [check_record(check) for check in self.against],
            "not_them": [
                {"person": a.person, "role": a.role, "why": [check_record(c) for c in a.failed]}
                for a in self.tries
                if not a.can and a.person != SOMEBODY
            ],
            "waits_for": self.seat.role if self.seat else "",
            "n_acted": self.n_acted,
        }


def _matter(failed: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that are not about who acts."""
    return tuple(check for check in failed if check.name not in (FOUR_EYES, "quorum"))


@dataclass(frozen=True)
class Looker:
    """All that trials are made from, inside one look at the room."""

    desk: "Desk"
    room: "Room"
    state: FilingState
    profile: Profile
    calendar: Calendar
    people: Sequence[Mapping[str, Any]]
    now: datetime

    @classmethod
    def at(cls, desk: "Desk", room: "Room", state: FilingState) -> "Looker":
        """Everything as it is now."""
        profile = room.profile(desk, state.profile_digest)
        return cls(desk, room, state, profile, room.calendar(desk), people_at(desk), desk.now)

    def options(self) -> list[Option]:
        """Every way that leads on, the filing's first, then those of its open cases."""
        filing = self.profile.filing
        found = [self.option(filing, None, t) for t in filing.exits(self.state.state)]
        for machine, case, t in self._case_ways():
            found.append(self.option(machine, case, t))
        return found

    def _case_ways(self) -> Iterator[tuple[Machine, Case | None, Transition]]:
        for case in self.state.cases:
            if case.is_open:
                machine = self.profile.cases[case.kind]
                yield from ((machine, case, t) for t in machine.exits(case.state))
        for machine in self.profile.cases.values():
            if self.state.state in machine.opens_in:
                yield machine, None, machine.first

    def option(self, machine: Machine, case: Case | None, t: Transition) -> Option:
        """One way, tried by everybody who has a role for it."""
        payload = self._payload(machine, case, t)
        facts = self._facts(t.event, payload)
        act = self._act(machine, case, t, payload)
        seat = self._waiting(act, t)
        roles = (seat.role,) if seat else t.by
        tries = tuple(
            Try(person=who.person, role=who.role, failed=self._try(t, who, payload, facts).failed)
            for who in self._candidates(roles, act)
        )
        return Option(
            machine=machine.name,
            case=case.id if case else "",
            way=t,
            to=t.target(case.state if case else self.state.state),
            tries=tries,
            seat=seat,
            n_acted=len(act.votes),
        )

    def _facts(self, event: str, payload: Mapping[str, Any]) -> Facts:
        found = gathered(self.desk, self.room, self.state, event, payload)
        if any(t.new_dossier for t in ways_of(self.profile, self.state, event)):
            found = with_package(self.desk, self.room, self.state, found)
        heard = found.hearing_offered or is_offered(self.desk, self.state.id, event)
        return replace(found, hearing_offered=heard)

    def _payload(self, machine: Machine, case: Case | None, t: Transition) -> dict[str, Any]:
        today = self.now.date().isoformat()
        days = {name: today for name in t.counts_from.values()}
        needs = dict.fromkeys(t.needs, TRIAL)
        own = case or self._resting(t)
        said = {"reason": LONG_REASON, **needs, **{k: v for k, v in days.items() if k in needs}}
        return {
            **said,
            **({"outcome": t.outcome} if t.outcome else {}),
            **({"case": own.id} if own and (machine.name or t.case) else {}),
        }

    def _resting(self, t: Transition) -> Case | None:
        """The open case that an act on the filing rests on."""
        if t.case is None:
            return None
        open_cases = self.state.open_cases(t.case.kind)
        ready = [case for case in open_cases if case.state in t.case.sources]
        return next(iter((*ready, *open_cases)), None)

    def _act(
        self, machine: Machine, case: Case | None, t: Transition, payload: Mapping[str, Any]
    ) -> Act:
        return Act(
            filing=self.state,
            event=t.event,
            outcome=t.outcome,
            actor=Actor.clocks(),
            payload=payload,
            facts=Facts(),
            profile=self.profile,
            now=self.now,
            calendar=self.calendar,
            machine=machine,
            case=case or self._resting(t),
        )

    def _waiting(self, act: Act, t: Transition) -> Seat | None:
        """Whose turn it is in an act of several."""
        return next((s for s in t.quorum if sum(v.role == s.role for v in act.votes) < s.n), None)

    def _candidates(self, roles: Sequence[str], act: Act) -> list[Actor]:
        own = self.state.organisation
        found = [
            _actor(record, role)
            for role in roles
            for record in self.people
            if role in record["roles"]
        ]
        if found:
            return found
        for role in roles:
            if role == "system":
                return [Actor.clocks()]
        side = self.profile.roles[roles[0]].side
        if side == "public":
            may_be_known = self.profile.settings["objector"] != "anonymous"
            return [Actor(person=ANYBODY, role=roles[0], is_identified=may_be_known)]
        return [
            Actor(
                person=SOMEBODY,
                role=roles[0],
                organisation=own if side == "provider" else OFFICE,
                kind=self._open_kind(act) if roles[0] == SIGNATORY else "",
            )
        ]

    def _open_kind(self, act: Act) -> str:
        there = {vote.kind for vote in act.votes}
        kinds: Sequence[str] = self.profile.limits["signature_kinds"]
        return next((kind for kind in kinds if kind not in there), kinds[0])

    def _try(self, t: Transition, who: Actor, payload: Mapping[str, Any], facts: Facts) -> Outcome:
        known = _with_own_signature(t, who, facts)
        return tried(self.desk, self.room, self.state, (t.event, who, payload), known)


def _with_own_signature(t: Transition, who: Actor, facts: Facts) -> Facts:
    """Signing brings the signature that the act asks for."""
    if not any(seat.distinct_kinds for seat in t.quorum):
        return facts
    own = Signature(who.kind, who.person, facts.manifest_digest)
    return replace(facts, signatures=(*facts.signatures, own))


def _actor(record: Mapping[str, Any], role: str) -> Actor:
    return Actor(
        person=record["person"],
        role=role,
        organisation=record["organisation"],
        kind=record["kind"] if role == SIGNATORY else "",
        interests=tuple(record["interests"]),
    )


def with_package(desk: "Desk", room: "Room", state: FilingState, facts: Facts) -> Facts:
    """The facts of an act that makes a version of the dossier: what it would be made of now."""
    from guanyao.flows.filing.package import package_of, signatures_of

    package = package_of(desk, room, state)
    return replace(
        facts,
        manifest_digest=package.manifest.digest(),
        model_digest=package.manifest.model,
        changed_files=(),
        secrets=package.secrets,
        signatures=signatures_of(desk, state, package.manifest.version),
    )


def was_heard(room: "Room", filing: str, event: str) -> bool:
    """Whether the provider was offered to be heard before an act, and had its time."""
    with room.store.reading() as desk:
        return desk.filing(filing) is not None and is_offered(desk, filing, event)
