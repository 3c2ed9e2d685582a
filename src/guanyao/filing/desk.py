"""The provider's own desks as data: what is asked of a case, its steps, clocks and their sources.

A desk (incidents, complaints, requests about personal data) is a small machine of states and steps
in `desks.yaml`; a room may follow an edited copy of that file.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from guanyao.errors import ConfigError
from guanyao.filing.plain_yaml import parse
from guanyao.filing.profile import Words
from guanyao.filing.profile_fields import (
    Reader,
    checked,
    event,
    fields,
    flag,
    mapping,
    name,
    names,
    needed,
    number,
    one_of,
    optional,
    text,
    version,
    words,
    wrong,
)
from guanyao.records.evidence import canonical

FORMAT = "guanyao.desks/1"
WHAT = "file of desks"
CODE = "filing.desks"
DESKS = ("incident", "complaint", "rights")
BEGAN = "began"
"""Of a clock: it runs from when the matter began, not from a step."""
Unit: TypeAlias = Literal["h", "d", "wd"]
When: TypeAlias = Mapping[str, tuple[str, ...]]
"""A condition: each of these fields has one of these values."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """What is asked when a case is opened: one of some values."""

    name: str
    title: Words
    values: Mapping[str, Words]
    default: str = ""


@dataclass(frozen=True, kw_only=True)
class After:
    """A step that must have been done, where the condition holds."""

    step: str
    when: When


@dataclass(frozen=True, kw_only=True)
class DeskStep:
    """What may be done to a case.

    Args:
        name: Its name; `title` what people call it.
        sources: The states in which it may be done.
        to: The state after; "": the same, and then it is done once.
        when: Only where this holds.
        after: Steps that must have been done.
        needs: What must be named with it: digests or short codes; `needs_when`: only where this
            holds.
        reason: Whether a reason must be given.
    """

    name: str
    title: Words
    sources: tuple[str, ...]
    to: str = ""
    when: When
    after: tuple[After, ...] = ()
    needs: tuple[str, ...] = ()
    needs_when: When
    reason: bool = False


@dataclass(frozen=True, kw_only=True)
class DeskClock:
    """How long something may take.

    Args:
        name: Its name; `title` what people call it.
        length: How many units: hours, days (past free days) or working days.
        starts: The step from which it runs; `BEGAN`: from when the matter began.
        ends: The steps that fulfil it.
        when: Only where this holds.
        origin: Who says so: law, commissioned, or ours; `source`, `clause` where it stands.
        mark: S: read in a copy elsewhere, M: from memory.
        checked: Who compared it with the text; None: nobody yet.
    """

    name: str
    title: Words
    length: int
    unit: Unit
    starts: str
    ends: tuple[str, ...]
    when: When
    origin: str
    source: str
    clause: str | None
    mark: str
    checked: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class CaseDesk:
    """One desk; a state has its title, and whether it is final."""

    name: str
    title: Words
    by: tuple[str, ...]
    fields: Mapping[str, Field]
    states: Mapping[str, tuple[Words, bool]]
    steps: Mapping[str, DeskStep]
    clocks: Mapping[str, DeskClock]
    published: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The state that a case begins in."""
        return next(iter(self.states))

    def is_final(self, state: str) -> bool:
        """Whether nothing must follow a state."""
        return self.states[state][1]


@dataclass(frozen=True, kw_only=True)
class RiskTable:
    """How much is made of what is known of a service.

    Args:
        within_months: How far back is looked.
        most_per_kind: The most points of one kind of thing.
        points: Thing -> points for each.
        classes: (points from, tickets in a draw), ascending.
    """

    within_months: int
    most_per_kind: float
    points: Mapping[str, float]
    classes: tuple[tuple[float, int], ...]


@dataclass(frozen=True, kw_only=True)
class HearingTime:
    """How long a provider has to speak before an act against it."""

    length: int
    unit: Unit
    origin: str
    source: str
    clause: str | None
    mark: str
    checked: Mapping[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Desks:
    """All desks of a provider, with the weights of inspections; `digest` is of the whole file."""

    version: str
    digest: str
    desks: Mapping[str, CaseDesk]
    hearing: HearingTime
    risk: RiskTable


def holds(when: When, values: Mapping[str, str]) -> bool:
    """Whether a condition holds for a case."""
    return all(values.get(key) in allowed for key, allowed in when.items())


def parse_desks(source: str, *, title: str = "desks.yaml") -> Desks:
    """The desks of a text.

    Args:
        source: YAML or JSON in the form of `desks.yaml`.
        title: The file's name, for messages.

    Raises:
        ConfigError: It is no such file, or a field in it does not fit ("filing.desks").
    """
    record = parse(source, name=title, what=WHAT, code=CODE)
    try:
        return _desks(mapping(record, title))
    except ConfigError as error:
        if error.code == CODE:
            raise
        found = str(error).removeprefix("profile ")
        raise ConfigError(f"{title}: {found}", code=CODE) from error


@cache
def shipped_desks() -> Desks:
    """The desks that come with this package."""
    return parse_desks(files("guanyao.filing").joinpath("desks.yaml").read_text("utf-8"))


def _desks(record: Mapping[str, Any]) -> Desks:
    if record.get("desks") != FORMAT:
        raise wrong("head", f"the format is {str(record.get('desks'))[:40]!r}", f"desks: {FORMAT}")
    readers: dict[str, Reader] = {
        "desks": text,
        "version": version,
        "title": words,
        "hearing": _hearing,
        "risk": _risk,
        **{desk: _read_desk(desk) for desk in DESKS},
    }
    found = fields(record, "desks", readers)
    needed(found, "desks", *readers)
    return Desks(
        version=found["version"],
        digest=hashlib.sha256(canonical(record)).hexdigest(),
        desks={desk: found[desk] for desk in DESKS},
        hearing=found["hearing"],
        risk=found["risk"],
    )


def _read_desk(desk: str) -> Reader:
    return lambda value, place: _desk(desk, value, place)


def _desk(desk: str, record: Any, place: str) -> CaseDesk:  # noqa: ANN401
    readers: dict[str, Reader] = {
        "title": words,
        "by": names,
        "published": names,
        "fields": _each(_field),
        "states": _each(_state),
        "steps": _each(_step),
        "clocks": _each(_clock),
    }
    found = fields(record, place, readers)
    needed(found, place, *(part for part in readers if part != "published"))
    made = CaseDesk(name=desk, **found)
    _check_names(made, place)
    return made


def _each(read: Any) -> Reader:  # noqa: ANN401
    def each(value: Any, place: str) -> dict[str, Any]:  # noqa: ANN401
        found = mapping(value, place)
        return {name(key, place): read(key, part, f"{place}, {key}") for key, part in found.items()}

    return each


def _field(key: str, record: Any, place: str) -> Field:  # noqa: ANN401
    values = _each(lambda _, value, where: words(value, where))
    found = fields(record, place, {"title": words, "default": name, "values": values})
    needed(found, place, "title", "values")
    return Field(name=key, **found)


def _state(key: str, record: Any, place: str) -> tuple[Words, bool]:  # noqa: ANN401
    found = fields(record, place, {"title": words, "final": flag})
    needed(found, place, "title")
    return found["title"], found.get("final", False)


def _when(value: Any, place: str) -> When:  # noqa: ANN401
    return {name(key, place): names(part, place) for key, part in mapping(value, place).items()}


def _after(value: Any, place: str) -> tuple[After, ...]:  # noqa: ANN401
    if not isinstance(value, list):
        raise wrong(place, "no list", "[{step: contain}]")
    parts = [fields(part, place, {"step": event, "when": _when}) for part in value]
    for part in parts:
        needed(part, place, "step")
    return tuple(After(step=part["step"], when=part.get("when", {})) for part in parts)


def _step(key: str, record: Any, place: str) -> DeskStep:  # noqa: ANN401
    readers: dict[str, Reader] = {
        "title": words,
        "from": names,
        "to": name,
        "when": _when,
        "after": _after,
        "needs": names,
        "needs_when": _when,
        "reason": flag,
    }
    found = fields(record, place, readers)
    needed(found, place, "title", "from")
    conditions = {part: found.pop(part, {}) for part in ("when", "needs_when")}
    return DeskStep(name=event(key, place), sources=found.pop("from"), **conditions, **found)


def _sourced() -> dict[str, Reader]:
    return {
        "length": number,
        "unit": one_of("h", "d", "wd"),
        "origin": one_of("law", "commissioned", "ours"),
        "mark": one_of("R", "C", "S", "M"),
        "source": text,
        "clause": optional,
        "checked": checked,
    }


def _clock(key: str, record: Any, place: str) -> DeskClock:  # noqa: ANN401
    readers = {"title": words, "from": event, "ends": names, "when": _when, **_sourced()}
    found = fields(record, place, readers)
    needed(found, place, *(part for part in readers if part != "when"))
    return DeskClock(name=key, starts=found.pop("from"), when=found.pop("when", {}), **found)


def _hearing(record: Any, place: str) -> HearingTime:  # noqa: ANN401
    found = fields(record, place, _sourced())
    needed(found, place, *_sourced())
    return HearingTime(**found)


def _risk(record: Any, place: str) -> RiskTable:  # noqa: ANN401
    readers: dict[str, Reader] = {
        "within_months": number,
        "most_per_kind": number,
        "points": _points,
        "classes": _classes,
    }
    found = fields(record, place, readers)
    needed(found, place, *readers)
    return RiskTable(**found)


def _points(value: Any, place: str) -> dict[str, float]:  # noqa: ANN401
    return {text(key, place): _amount(part, place) for key, part in mapping(value, place).items()}


def _amount(value: Any, place: str) -> float:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1000:
        raise wrong(place, "no number of points", "a number from 0 to 999")
    return float(value)


def _classes(value: Any, place: str) -> tuple[tuple[float, int], ...]:  # noqa: ANN401
    if not isinstance(value, list) or not value:
        raise wrong(place, "no list", "[{from: 0, weight: 1}]")
    parts = [fields(part, place, {"from": _amount, "weight": number}) for part in value]
    for part in parts:
        needed(part, place, "from", "weight")
    found = tuple((part["from"], part["weight"]) for part in parts)
    if found[0][0] != 0 or list(found) != sorted(found):
        raise wrong(place, "the classes do not begin at 0 and ascend", "from: 0, 4, 12 ...")
    return found


def _check_names(desk: CaseDesk, place: str) -> None:
    """See that whatever a part refers to is there."""
    for step in desk.steps.values():
        here = f"{place}, steps, {step.name}"
        _known(here, "state", (*step.sources, *filter(None, [step.to])), desk.states)
        _known(here, "step", (after.step for after in step.after), desk.steps)
        for when in (step.when, step.needs_when, *(after.when for after in step.after)):
            _check_when(here, when, desk)
    for clock in desk.clocks.values():
        here = f"{place}, clocks, {clock.name}"
        _known(here, "step", clock.ends, desk.steps)
        _known(here, "step", [clock.starts], [BEGAN, *desk.steps])
        _check_when(here, clock.when, desk)
    for field in desk.fields.values():
        _known(f"{place}, fields", "value", filter(None, [field.default]), field.values)
    if desk.published:
        _known(place, "channel", desk.published, desk.fields["channel"].values)


def _check_when(place: str, when: When, desk: CaseDesk) -> None:
    _known(place, "field", when, desk.fields)
    for key, values in when.items():
        _known(place, "value", values, desk.fields[key].values)


def _known(place: str, what: str, asked: Any, table: Any) -> None:  # noqa: ANN401
    for one in asked:
        if one not in table:
            raise wrong(place, f"there is no {what} {str(one)[:40]!r}", ", ".join(table))
