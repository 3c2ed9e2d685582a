"""A profile: the workflow of one kind of filing, as data that a person reads and edits.

A profile has one machine for the filing and one for each kind of case beside it (objections,
inspections, changes ...). A machine is states, clocks and transitions; a row of the table that has
several outcomes is as many transitions here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["open", "decided", "final"]
"""`final`: nothing follows. `decided`: final, unless an appeal is granted."""
Unit: TypeAlias = Literal["wd", "d", "months"]
SAME = "same"
"""As a target: the state it came from."""


@dataclass(frozen=True)
class Words:
    """A text in English and in Chinese."""

    en: str
    zh: str


@dataclass(frozen=True, kw_only=True)
class Role:
    """Somebody's place in the workflow.

    Args:
        name: The role's name.
        side: provider, authority, public, operator or system.
        duty: What they do; `separate_duties` says which duties one person may not join.
        title: What people call it.
    """

    name: str
    side: str
    duty: str
    title: Words


@dataclass(frozen=True, kw_only=True)
class State:
    """Where a filing or a case can be."""

    name: str
    title: Words
    kind: Kind = "open"
    phase: str = ""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """How long something may or must take.

    Args:
        name: The clock's name.
        title: What people call it.
        length: How many units; None: nothing is prescribed, so the clock never runs.
        unit: Working days, days or months.
        runs_in: The states in which it runs; leaving them ends it.
        starts_in: Entering one of these starts it; None: any of `runs_in`.
        paused_in: The states in which it stands still.
        party: The role that must act in time.
        before: Another clock, before whose end this one ends by its length.
        rolls: Whether an end on a free day moves to the next working day.
        remind: How many days before the end a reminder is proposed; 0: none.
        then: Events of which one is proposed when it ends.
        origin: Who says so: law, commissioned, or ours.
        source: Where it stands; `clause` the place there.
        checked: Who compared it with the text, and when; None: nobody yet.
    """

    name: str
    title: Words
    length: int | None
    unit: Unit
    runs_in: tuple[str, ...] = ()
    starts_in: tuple[str, ...] | None = None
    paused_in: tuple[str, ...] = ()
    party: str = ""
    before: str = ""
    rolls: bool = True
    remind: int = 0
    then: tuple[str, ...] = ()
    origin: str
    source: str
    clause: str | None
    checked: Mapping[str, str] | None

    def starts_on(self, before: str, after: str) -> bool:
        """Whether moving between these states starts it, if it does not run yet."""
        entering = self.runs_in if self.starts_in is None else self.starts_in
        return self.length is not None and before != after and after in entering


@dataclass(frozen=True)
class Seat:
    """So many different persons of a role, who must all act.

    Args:
        role: The role.
        n: How many.
        distinct_kinds: Whether each must also be of a different kind (three kinds of signature).
    """

    role: str
    n: int
    distinct_kinds: bool = False


@dataclass(frozen=True)
class CaseMove:
    """What an act on the filing asks of a case, and does to it."""

    kind: str
    sources: tuple[str, ...]
    to: str


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One way from a state to the next.

    Args:
        row: The row of the table it belongs to.
        event: What is done; `outcome` how it ends, where there are several ways.
        sources: From which states; none: it begins the machine.
        to: The state after, or `same`.
        by: The roles that may do it.
        quorum: Who must act together, in this order; none: one person is enough.
        guards: What must hold; "not G12": what must not.
        on_completion: What must hold only when the last of the quorum acts.
        noted: What is looked at and recorded, and refuses nothing.
        needs: What the payload must hold.
        within: Clocks that must not be over; `after`: clocks that must be.
        ends: Clocks that it ends; `restarts`: clocks that it starts anew.
        extends: A clock that it lengthens by its length, `at_most` so many times.
        opens: The kind of case that it opens; `closes`: the kinds it closes.
        case: The case that it rests on.
        new_dossier: Whether the dossier gets a new version.
        number: `give` or `strike`, or "".
        service: What becomes of the service: allowed, paused, ended, by_setting or "".
        settles: Of objections: the strongest finding that this act does justice to.
        finds: The finding that a case gets.
        marks: As what the person is remembered in the case: author or accepted_by.
        same_person: Whether only who opened the case may do it.
        unnumbered: Whether it is open only to a filing that has no number yet.
        not_by: Events whose doers may not do it.
        counts_from: Clock -> the date in the payload from which it says whether this is late.
        documents: What is to be written; `notices`: what is sent to which roles.
        title: What people call it.
    """

    row: str
    event: str
    outcome: str = ""
    sources: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    title: Words
    quorum: tuple[Seat, ...] = ()
    guards: tuple[str, ...] = ()
    on_completion: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    extends: str = ""
    at_most: int = 0
    opens: str = ""
    closes: tuple[str, ...] = ()
    case: CaseMove | None = None
    new_dossier: bool = False
    number: str = ""
    service: str = ""
    settles: str = ""
    finds: str = ""
    marks: str = ""
    same_person: bool = False
    unnumbered: bool = False
    not_by: tuple[str, ...] = ()
    counts_from: Mapping[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    notices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The event, with its outcome if it has several: "resolve:upheld"."""
        return f"{self.event}:{self.outcome}" if self.outcome else self.event

    def target(self, state: str) -> str:
        """The state after, coming from this one."""
        return state if self.to == SAME else self.to


@dataclass(frozen=True, kw_only=True)
class Machine:
    """States, clocks and transitions of the filing, or of a kind of case.

    Args:
        name: "" for the filing, or the kind of case.
        title: What people call it.
        states: In the order of the file.
        clocks: In the order of the file.
        transitions: In the order of the file.
        prefix: What ids of cases begin with.
        opens_in: States of the filing in which its own first event may open such a case.
        open_at_most: How many may be open at once; 0: any number.
    """

    name: str
    title: Words
    states: Mapping[str, State]
    clocks: Mapping[str, Clock]
    transitions: tuple[Transition, ...]
    prefix: str = ""
    opens_in: tuple[str, ...] = ()
    open_at_most: int = 0

    @property
    def first(self) -> Transition:
        """The transition that begins it."""
        return next(t for t in self.transitions if not t.sources)

    def named(self, event: str, outcome: str) -> list[Transition]:
        """All transitions of an event and outcome, from whichever state."""
        return [t for t in self.transitions if (t.event, t.outcome) == (event, outcome)]

    def outcomes(self, event: str) -> list[str]:
        """The outcomes of an event; [""] where it has but one."""
        return list(dict.fromkeys(t.outcome for t in self.transitions if t.event == event))

    def exits(self, state: str) -> Iterator[Transition]:
        """What can be done in a state; in "", what begins the machine."""
        for t in self.transitions:
            if state in t.sources or (not state and not t.sources):
                yield t


@dataclass(frozen=True, kw_only=True)
class Profile:
    """A workflow with its settings.

    Args:
        name: The profile's name.
        version: Its version; an edited profile gets another.
        title: What people call it.
        extends: The profile it was derived from; "": none.
        digest: SHA-256 of the whole of it, what it was derived from included.
        settings: What the workflow is like, e.g. public_notice: true.
        limits: Numbers and names that guards compare with, each with its source.
        roles: Role -> what it is.
        separate_duties: Groups of duties of which one person may hold one.
        filing: The filing's machine.
        cases: Kind of case -> its machine.
    """

    name: str
    version: str
    title: Words
    extends: str
    digest: str
    settings: Mapping[str, Any]
    limits: Mapping[str, Any]
    roles: Mapping[str, Role]
    separate_duties: tuple[frozenset[str], ...]
    filing: Machine
    cases: Mapping[str, Machine]

    def machine(self, kind: str) -> Machine:
        """The machine of a kind of case; of "", that of the filing."""
        return self.cases[kind] if kind else self.filing

    @property
    def machines(self) -> list[Machine]:
        """The filing's machine, then those of the cases."""
        return [self.filing, *self.cases.values()]
