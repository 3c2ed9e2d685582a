"""What makes a profile sound: every name exists, every state is reached, no final state is left."""

from collections import Counter
from collections.abc import Iterable, Iterator

from guanyao.filing.guards import GUARDS
from guanyao.filing.profile import SAME, Machine, Profile, Transition
from guanyao.filing.profile_fields import wrong

SECRETS = "G10"


def check_names(profile: Profile) -> None:
    """See that whatever a part refers to exists in the whole file.

    Raises:
        ConfigError: A state, event, guard, role, clock or case is unknown
            ("filing.profile_name"), or a dossier is made without G10 ("filing.profile_field").
    """
    for machine in profile.machines:
        place = _place(profile, machine)
        for t in machine.transitions:
            _check_transition(profile, machine, t, f"{place}, row {t.row} {t.name}")
        _check_clocks(profile, machine, place)
        _known(place, "state", machine.opens_in, profile.filing.states)


def _place(profile: Profile, machine: Machine) -> str:
    return f"{profile.name}, {machine.name}" if machine.name else profile.name


def _known(place: str, what: str, names: Iterable[str], table: Iterable[str]) -> None:
    known = list(table)
    for name in names:
        if name not in known:
            found = f"there is no {what} {name!r}"
            raise wrong(place, found, f"known: {', '.join(known)}", code="filing.profile_name")


def _check_transition(profile: Profile, machine: Machine, t: Transition, place: str) -> None:
    _known(place, "state", (*t.sources, *([] if t.to == SAME else [t.to])), machine.states)
    _known(place, "role", t.by, profile.roles)
    _known(place, "role", (role for roles in t.notices.values() for role in roles), profile.roles)
    plain = (guard.removeprefix("not ") for guard in (*t.guards, *t.on_completion, *t.noted))
    _known(place, "guard", plain, GUARDS)
    used = (*t.within, *t.after, *t.ends, *t.restarts, *t.counts_from, *filter(None, [t.extends]))
    _known(place, "clock", used, machine.clocks)
    events = {other.event for m in profile.machines for other in m.transitions}
    _known(place, "event", t.not_by, events)
    _check_cases(profile, t, place)
    if t.new_dossier and SECRETS not in t.guards:
        found = "it makes a dossier without looking for secrets in it"
        raise wrong(place, found, f"guards: [..., {SECRETS}]")


def _check_cases(profile: Profile, t: Transition, place: str) -> None:
    kinds = (*t.closes, *filter(None, [t.opens]), *([t.case.kind] if t.case else []))
    _known(place, "kind of case", kinds, profile.cases)
    if t.case:
        states = profile.cases[t.case.kind].states
        _known(place, "state of the case", (*t.case.sources, t.case.to), states)


def _check_clocks(profile: Profile, machine: Machine, place: str) -> None:
    events = [t.event for t in machine.transitions]
    for clock in machine.clocks.values():
        here = f"{place}, clock {clock.name}"
        states = (*clock.runs_in, *clock.paused_in, *(clock.starts_in or ()))
        _known(here, "state", states, machine.states)
        _known(here, "event", clock.then, events)
        _known(here, "clock", filter(None, [clock.before]), machine.clocks)
        _known(here, "role", filter(None, [clock.party]), profile.roles)


def check_graph(profile: Profile) -> None:
    """See that the machines, as the settings leave them, can be walked.

    Raises:
        ConfigError: A transition stands twice ("filing.profile_duplicate"), a state is never
            reached ("filing.profile_unreachable"), a final state has an exit
            ("filing.profile_final"), or another has none ("filing.profile_dead_end").
    """
    check_names(profile)
    for machine in profile.machines:
        place = _place(profile, machine)
        _check_beginning(machine, place)
        _check_once(machine, place)
        _check_reached(machine, place, set(_moved_by_filing(profile, machine.name)))
        for state in machine.states:
            _check_exits(machine, state, place, set(_left_by_filing(profile, machine.name)))
    _check_separate_events(profile)


def _check_beginning(machine: Machine, place: str) -> None:
    n_first = len({t.event for t in machine.transitions if not t.sources})
    if n_first != 1:
        found = f"{n_first} transitions begin it"
        raise wrong(place, found, "one transition from: []", code="filing.profile_unreachable")


def _check_once(machine: Machine, place: str) -> None:
    keys = Counter((s, t.name) for t in machine.transitions for s in (t.sources or ("",)))
    twice = [key for key, n in keys.items() if n > 1]
    if twice:
        found = f"{twice[0][1]} from {twice[0][0] or 'the beginning'} stands twice"
        raise wrong(place, found, "each event once in a state", code="filing.profile_duplicate")


def _check_reached(machine: Machine, place: str, moved: set[str]) -> None:
    reached = {t.to for t in machine.transitions if not t.sources} | moved
    while True:
        more = {
            t.to
            for t in machine.transitions
            if t.to != SAME and reached & set(t.sources) and t.to not in reached
        }
        if not more:
            break
        reached |= more
    if lost := [state for state in machine.states if state not in reached]:
        found = f"the state {lost[0]} is never reached"
        do = "add a transition that leads there, or take it out"
        raise wrong(
            place, found, "every state is reached", do=do, code="filing.profile_unreachable"
        )


def _check_exits(machine: Machine, state: str, place: str, left: set[str]) -> None:
    exits = [t for t in machine.exits(state) if t.target(state) != state]
    kind = machine.states[state].kind
    plain = [t for t in exits if t.case is None]
    if (kind == "final" and exits) or (kind == "decided" and plain):
        found = f"the {kind} state {state} is left by {(plain or exits)[0].name}"
        allowed = "no exit from a final state; from a decided one only by a case"
        raise wrong(place, found, allowed, code="filing.profile_final")
    if kind == "open" and not exits and state not in left:
        raise wrong(
            place,
            f"nothing leads out of the state {state}",
            "kind: final",
            code="filing.profile_dead_end",
        )


def _moved_by_filing(profile: Profile, kind: str) -> Iterator[str]:
    """States of a case that acts on the filing move it to."""
    for t in profile.filing.transitions:
        if t.case and t.case.kind == kind:
            yield t.case.to


def _left_by_filing(profile: Profile, kind: str) -> Iterator[str]:
    """States of a case that acts on the filing move it from, or close it in."""
    for t in profile.filing.transitions:
        if t.case and t.case.kind == kind:
            yield from t.case.sources
        if kind in t.closes:
            yield from profile.cases[kind].states


def _check_separate_events(profile: Profile) -> None:
    """An event names its machine, so no two machines have the same."""
    owners: dict[str, str] = {}
    for machine in profile.machines:
        for event in {t.event for t in machine.transitions}:
            if owners.setdefault(event, machine.name) != machine.name:
                found = f"two machines have the event {event}"
                raise wrong(
                    profile.name,
                    found,
                    "each event in one machine",
                    code="filing.profile_duplicate",
                )
