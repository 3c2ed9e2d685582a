"""Reads a profile from YAML, with what it was derived from, and checks it before anyone uses it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from guanyao.filing import PROFILES
from guanyao.filing.plain_yaml import parse, read_text
from guanyao.filing.profile import Clock, Machine, Profile, Role, State, Transition
from guanyao.filing.profile_check import check_graph, check_names
from guanyao.filing.profile_fields import (
    Reader,
    case_move,
    checked,
    dates,
    event,
    fields,
    flag,
    guards,
    length,
    mapping,
    name,
    names,
    needed,
    notices,
    number,
    one_of,
    optional,
    seats,
    some_of,
    text,
    version,
    words,
    wrong,
)
from guanyao.records.evidence import canonical
from guanyao.registry import unknown

FORMAT = "guanyao.filing-profile/1"
WHAT = "filing profile"
DERIVED = ("settings", "limits", "clocks", "sources")
"""What a derived profile may change, entry by entry."""
PARTS = ("roles", "separate_duties", "states", "transitions", "cases", *DERIVED)
OWN = ("profile", "name", "version", "title", "extends")
ORIGINS = ("law", "commissioned", "ours")
DEEPEST = 4
SEPARATOR = " ← "

Settings: TypeAlias = Mapping[str, Any]
Keep: TypeAlias = Callable[[Mapping[str, Any]], bool]

SETTINGS: dict[str, Reader] = {
    "public_notice": flag,
    "national_review": flag,
    "renewal": flag,
    "on_material_change": some_of("self_assess", "notify", "refile"),
    "service_during_change": one_of("keep", "pause"),
    "objector": one_of("identified", "anonymous", "either"),
}
STATE: dict[str, Reader] = {
    "title": words,
    "kind": one_of("open", "decided", "final"),
    "phase": one_of("before", "authority", "filed", "after"),
    "when": lambda value, place: mapping(value, place),
}
SOURCED: dict[str, Reader] = {
    "origin": one_of(*ORIGINS),
    "source": text,
    "clause": optional,
    "checked": checked,
}
CLOCK: dict[str, Reader] = {
    "title": words,
    "length": length,
    "unit": one_of("wd", "d", "months"),
    "runs_in": names,
    "starts_in": names,
    "paused_in": names,
    "party": name,
    "before": name,
    "rolls": flag,
    "remind": number,
    "then": names,
    "when": STATE["when"],
    **SOURCED,
}
WAY: dict[str, Reader] = {
    "to": name,
    "title": words,
    "guards": guards,
    "on_completion": guards,
    "noted": guards,
    "needs": names,
    "within": names,
    "after": names,
    "ends": names,
    "restarts": names,
    "extends": name,
    "at_most": number,
    "opens": name,
    "closes": names,
    "case": case_move,
    "number": one_of("give", "strike"),
    "service": one_of("allowed", "paused", "ended", "by_setting"),
    "settles": one_of("dismissed", "adjust", "upheld"),
    "finds": name,
    "documents": names,
    "notices": notices,
}
TRANSITION: dict[str, Reader] = {
    "row": lambda value, place: text(value, place),
    "event": event,
    "from": names,
    "by": names,
    "quorum": seats,
    "dossier": one_of("new"),
    "marks": one_of("author", "accepted_by"),
    "same_person": flag,
    "unnumbered": flag,
    "not_by": names,
    "counts_from": dates,
    "when": STATE["when"],
    "outcomes": lambda value, place: {
        name(key, place): fields(way, f"{place} {key}", WAY)
        for key, way in mapping(value, place).items()
    },
    **WAY,
}
ADDED = ("guards", "on_completion", "noted", "needs", "within", "after", "ends", "restarts")
"""Of an outcome: lists that come after those of its row."""


def load_profile(which: str | Path) -> Profile:
    """The profile of this name, or in this file.

    Args:
        which: A name of `PROFILES`, or a path to a .yaml file, which may extend one of them.

    Raises:
        ConfigError: The file cannot be read, or anything in it does not fit ("filing.profile_...").
        UnknownNameError: There is no such profile.
    """
    return profile_of(profile_record(which))


def profile_record(which: str | Path) -> dict[str, Any]:
    """The record of a profile with what it was derived from put in: plain JSON, to be kept.

    Args:
        which: A name of `PROFILES`, or a path; see `load_profile`.

    Raises:
        ConfigError: The file cannot be read, or anything in it does not fit ("filing.profile_...").
        UnknownNameError: There is no such profile.
    """
    return dict(_source(which, 0))


def profile_of(record: Mapping[str, Any]) -> Profile:
    """The profile of a record that `profile_record` gave; its digest is the same.

    Raises:
        ConfigError: Anything in it does not fit ("filing.profile_...").
    """
    try:
        return _profile(record)
    except (KeyError, TypeError) as error:
        raise wrong(
            WHAT,
            f"the record is none ({type(error).__name__})",
            "what profile_record gave",
            code="filing.profile_field",
        ) from error


def record_digest(record: Mapping[str, Any]) -> str:
    """The digest of the profile that such a record makes."""
    return hashlib.sha256(canonical(record)).hexdigest()


def _source(which: str | Path, depth: int) -> Mapping[str, Any]:
    """A profile's own record and those it was derived from, made into one."""
    own = _read(which)
    place = str(own.get("name", which))[:40]
    _check_head(own, place)
    if "extends" not in own:
        needed(own, place, *(part for part in PARTS if part != "sources"))
        return own
    if depth == DEEPEST:
        raise wrong(
            place,
            "profiles extend each other",
            f"at most {DEEPEST} in a row",
            code="filing.profile_field",
        )
    if extra := [part for part in own if part not in (*OWN, *DERIVED)]:
        found = f"a derived profile has {extra[0]!r}"
        raise wrong(place, found, "it may change: " + ", ".join(DERIVED))
    base = _source(own["extends"], depth + 1)
    record = {**base, **{key: own[key] for key in own if key not in DERIVED}}
    for part in DERIVED:
        record[part] = _merged(base.get(part), own.get(part), f"{place}, {part}")
    return record


def _check_head(own: Mapping[str, Any], place: str) -> None:
    if own.get("profile") != FORMAT:
        found = f"the format is {str(own.get('profile'))[:40]!r}"
        raise wrong(place, found, f"profile: {FORMAT}", code="filing.profile_version")
    if "version" not in own:
        raise wrong(
            place, "the version is missing", 'version: "1.0.0"', code="filing.profile_version"
        )
    needed(own, place, "name", "title")
    if odd := [part for part in own if part not in (*OWN, *PARTS)]:
        raise wrong(place, f"there is a field {odd[0][:40]!r}", "fields: " + ", ".join(OWN + PARTS))


def _read(which: str | Path) -> Mapping[str, Any]:
    if str(which) in PROFILES:
        found = _shipped(str(which))
    elif str(which).endswith((".yaml", ".yml", ".json")):
        place = Path(which)
        found = parse(
            read_text(place, what=WHAT, code="filing.profile_unreadable"),
            name=place.name,
            what=WHAT,
            code="filing.profile_unreadable",
        )
    else:
        raise unknown(str(which), list(PROFILES), family="profiles")
    return mapping(found, str(which))


@cache
def _shipped(which: str) -> Any:  # noqa: ANN401
    path = files("guanyao.filing").joinpath(PROFILES[which])
    return parse(
        path.read_text(encoding="utf-8"),
        name=path.name,
        what=WHAT,
        code="filing.profile_unreadable",
    )


def _merged(base: Any, own: Any, place: str) -> Any:  # noqa: ANN401
    """The base's entries with those of the derived profile put over them."""
    if own is None or base is None:
        return base if own is None else own
    if isinstance(base, list):
        return [*base, *own]
    found = dict(base)
    for key, value in mapping(own, place).items():
        if key not in base:
            known = ", ".join(base)
            raise wrong(
                place, f"there is no {key[:40]!r} to change", known, code="filing.profile_name"
            )
        is_part = isinstance(base[key], Mapping) and isinstance(value, Mapping)
        found[key] = {**base[key], **value} if is_part else value
    return found


def _profile(record: Mapping[str, Any]) -> Profile:
    place = name(str(record["name"]).replace("-", "_"), "name").replace("_", "-")
    settings = fields(record["settings"], f"{place}, settings", SETTINGS)
    needed(settings, f"{place}, settings", *SETTINGS)
    whole = _built(record, settings, lambda when: True)
    check_names(whole)
    pruned = _built(record, settings, lambda when: _holds(when, settings, place))
    found = _without_gone(pruned)
    check_graph(found)
    return found


def _holds(when: Mapping[str, Any], settings: Settings, place: str) -> bool:
    """Whether the settings are as a part's `when` asks."""
    for key, value in when.items():
        if key not in settings:
            raise wrong(place, f"when: there is no setting {key[:40]!r}", ", ".join(settings))
        is_list = isinstance(settings[key], tuple)
        if value not in settings[key] if is_list else value != settings[key]:
            return False
    return True


def _built(record: Mapping[str, Any], settings: Settings, keep: Keep) -> Profile:
    place = str(record["name"])
    cases = mapping(record["cases"], f"{place}, cases")
    return Profile(
        name=place,
        version=version(record["version"], f"{place}, version"),
        title=words(record["title"], f"{place}, title"),
        extends=str(record.get("extends", "")),
        digest=record_digest(record),
        settings=settings,
        limits=_limits(record["limits"], f"{place}, limits"),
        roles=_roles(record["roles"], f"{place}, roles"),
        separate_duties=_groups(record["separate_duties"], f"{place}, separate_duties"),
        filing=_machine({**record, "prefix": "filing"}, "", place, keep),
        cases={
            key: _machine(mapping(part, key), key, f"{place}, {key}", keep)
            for key, part in cases.items()
            if keep(mapping(part, key).get("when", {}))
        },
    )


def _limits(record: Any, place: str) -> dict[str, Any]:  # noqa: ANN401
    readers: dict[str, Reader] = {"value": lambda value, where: value, **SOURCED}
    found = {}
    for key, part in mapping(record, place).items():
        entry = fields(part, f"{place}, {key}", readers)
        needed(entry, f"{place}, {key}", *readers)
        found[key] = entry["value"]
    needed(found, place, "reason_characters", "signature_kinds")
    number(found["reason_characters"], f"{place}, reason_characters")
    names(found["signature_kinds"], f"{place}, signature_kinds")
    return found


def _roles(record: Any, place: str) -> dict[str, Role]:  # noqa: ANN401
    sides = one_of("provider", "authority", "public", "operator", "system")
    readers: dict[str, Reader] = {"side": sides, "duty": name, "title": words}
    found = {}
    for key, part in mapping(record, place).items():
        entry = fields(part, f"{place}, {key}", readers)
        needed(entry, f"{place}, {key}", *readers)
        found[key] = Role(name=name(key, place), **entry)
    return found


def _groups(record: Any, place: str) -> tuple[frozenset[str], ...]:  # noqa: ANN401
    if not isinstance(record, list):
        raise wrong(place, "no list", "[[prepare, review, decide]]")
    return tuple(frozenset(names(group, place)) for group in record)


def _machine(record: Mapping[str, Any], key: str, place: str, keep: Keep) -> Machine:
    if key:
        known = ("title", "prefix", "when", "opens_in", "open_at_most")
        readers = {part: _as_is for part in (*known, "states", "clocks", "transitions")}
        fields(record, place, readers)
    needed(record, place, "title", "states", "transitions", "prefix")
    kept = (
        part
        for number_, row in enumerate(_rows(record["transitions"], place))
        for part in _transitions(row, f"{place}, transition {number_ + 1}", keep)
    )
    return Machine(
        name=key,
        title=words(record["title"], f"{place}, title"),
        prefix=name(record["prefix"], f"{place}, prefix"),
        states=_states(record["states"], f"{place}, states", keep),
        clocks=_clocks(record.get("clocks", {}), f"{place}, clock", keep),
        transitions=tuple(kept),
        opens_in=names(record.get("opens_in", []), f"{place}, opens_in"),
        open_at_most=record.get("open_at_most", 0),
    )


def _as_is(value: Any, place: str) -> Any:  # noqa: ANN401
    return value


def _rows(record: Any, place: str) -> list[Any]:  # noqa: ANN401
    if not isinstance(record, list) or not record:
        raise wrong(f"{place}, transitions", "no list", "a list of transitions")
    return record


def _states(record: Any, place: str, keep: Keep) -> dict[str, State]:  # noqa: ANN401
    found = {}
    for key, part in mapping(record, place).items():
        entry = fields(part, f"{place}, {key}", STATE)
        needed(entry, f"{place}, {key}", "title")
        if keep(entry.pop("when", {})):
            found[name(key, place)] = State(name=key, **entry)
    return found


def _clocks(record: Any, place: str, keep: Keep) -> dict[str, Clock]:  # noqa: ANN401
    found = {}
    for key, part in mapping(record, place).items():
        entry = fields(part, f"{place} {key}", CLOCK)
        if "unit" not in entry:
            raise wrong(
                f"{place} {key}",
                "the unit is missing",
                "wd, d or months",
                code="filing.profile_clock",
            )
        needed(entry, f"{place} {key}", "title", "length", *SOURCED)
        if keep(entry.pop("when", {})):
            found[name(key, place)] = Clock(name=key, **entry)
    return found


def _transitions(record: Any, place: str, keep: Keep) -> list[Transition]:  # noqa: ANN401
    entry = fields(record, place, TRANSITION)
    place = f"{place} (row {entry.get('row')}, {entry.get('event')})"
    needed(entry, place, "row", "event", "from", "title")
    if ("by" in entry) == ("quorum" in entry):
        raise wrong(place, "who may do it is said twice or not at all", "either by or quorum")
    if not keep(entry.pop("when", {})):
        return []
    ways = entry.pop("outcomes", None)
    entry["sources"] = entry.pop("from")
    entry["new_dossier"] = entry.pop("dossier", "") == "new"
    if "quorum" in entry:
        entry["by"] = tuple(seat.role for seat in entry["quorum"])
    if ways is None:
        needed(entry, place, "to")
        return [Transition(**entry)]
    if not ways:
        raise wrong(place, "it has no outcome", "outcomes: {one: {to: STATE}}")
    return [_with_outcome(entry, key, way, place) for key, way in ways.items()]


def _with_outcome(
    entry: Mapping[str, Any], outcome: str, way: Mapping[str, Any], place: str
) -> Transition:
    """The transition of one outcome: what its row says, and what the outcome adds."""
    needed({**entry, **way}, f"{place} {outcome}", "to")
    lists = {
        key: (*entry.get(key, ()), *way.get(key, ())) for key in (*ADDED, "closes", "documents")
    }
    merged = {**entry, **way, **lists, "outcome": outcome}
    merged["notices"] = {**entry.get("notices", {}), **way.get("notices", {})}
    return Transition(**merged)


def _without_gone(profile: Profile) -> Profile:
    """The profile without references to what its settings take away."""
    kinds = profile.cases
    events = {t.event for machine in profile.machines for t in machine.transitions}
    filing = _machine_without_gone(profile.filing, kinds, events)
    cases = {
        key: replace(
            _machine_without_gone(machine, kinds, events),
            opens_in=tuple(s for s in machine.opens_in if s in profile.filing.states),
        )
        for key, machine in kinds.items()
    }
    return replace(profile, filing=filing, cases=cases)


def _machine_without_gone(
    machine: Machine, kinds: Mapping[str, Machine], events: set[str]
) -> Machine:
    def there(states: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(state for state in states if state in machine.states)

    clocks = {
        key: replace(
            clock,
            runs_in=there(clock.runs_in),
            paused_in=there(clock.paused_in),
            starts_in=None if clock.starts_in is None else there(clock.starts_in),
        )
        for key, clock in machine.clocks.items()
    }
    kept = [
        replace(
            t,
            sources=there(t.sources),
            closes=tuple(kind for kind in t.closes if kind in kinds),
            not_by=tuple(event for event in t.not_by if event in events),
        )
        for t in machine.transitions
        if not t.sources or there(t.sources)
    ]
    return replace(machine, clocks=clocks, transitions=tuple(kept))
