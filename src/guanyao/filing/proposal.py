"""What the evidence says to each clause: a proposed result, or what is missing and how to get it.

A threshold is met only if the bad end of the interval meets it, and only by evidence that is fresh
and about the model and data of the filing. Nothing here decides: a person does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from guanyao.filing.checking import Checked, Sorted, check_all, sort_out
from guanyao.filing.evidence import Evidence, Subject
from guanyao.filing.evidence_kinds import DOCUMENTS, answering, command_for, kind_of
from guanyao.filing.ledger import MEETS, MISSES, NOT_APPLICABLE, Result
from guanyao.filing.pack import Clause, Pack
from guanyao.filing.service import FACTS, Service

Status: TypeAlias = Literal[
    "met", "not_met", "not_shown", "missing", "to_decide", "not_applicable", "unknown"
]
STATUSES: tuple[Status, ...] = (
    *("met", "not_met", "not_shown", "missing", "to_decide", "not_applicable", "unknown"),
)


@dataclass(frozen=True, kw_only=True)
class Todo:
    """What is to be done before a clause can be decided.

    Args:
        what: In words.
        command: The command that would do it; "": something to say in the service description.
    """

    what: str
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What the evidence says to one clause.

    Args:
        pack: The pack's id.
        clause: The clause.
        status: Where it stands.
        result: The result that is proposed; None: a person must look, or something is missing.
        reason: Why, in English.
        reason_zh: A draft of the reason in Chinese, where the pack brings one.
        checks: Each check and what was measured.
        evidence: The ids of the evidence that it rests on.
        todos: What is to be done.
        notes: What a person should look at.
    """

    pack: str
    clause: Clause
    status: Status
    result: Result | None = None
    reason: str = ""
    reason_zh: str = ""
    checks: tuple[Checked, ...] = ()
    evidence: tuple[str, ...] = ()
    todos: tuple[Todo, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The proposal as plain JSON."""
        return {
            "pack": self.pack,
            "clause": self.clause.id,
            "title": dict(self.clause.title),
            "severity": self.clause.severity,
            "status": self.status,
            "result": self.result,
            "reason": self.reason,
            "reason_zh": self.reason_zh,
            "checks": [check.to_json() for check in self.checks],
            "evidence": list(self.evidence),
            "todos": [{"what": todo.what, "command": todo.command} for todo in self.todos],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True)
class Stand:
    """All that proposals are made from.

    Args:
        service: What is known of the service.
        evidence: All there is.
        subject: The model and the data of the filing.
        now: The time, with a time zone.
    """

    service: Service
    evidence: Sequence[Evidence]
    subject: Subject
    now: datetime


def propose_all(packs: Iterable[Pack], stand: Stand) -> list[Proposal]:
    """What the evidence says to each clause of some packs.

    Raises:
        ConfigError: The service states what no pack asks for ("service.fact").
    """
    packs = list(packs)
    stand.service.check({**FACTS, **{n: f for pack in packs for n, f in pack.facts.items()}})
    return [propose(pack, clause, stand) for pack in packs for clause in pack.clauses]


def propose(pack: Pack, clause: Clause, stand: Stand) -> Proposal:
    """What the evidence says to one clause."""
    applies = clause.applies(stand.service.facts)
    if applies is None:
        return _unknown(pack, clause, stand.service)
    if not applies:
        return _not_applicable(pack, clause, stand.service)
    sorted_out = sort_out(clause, stand.evidence, stand.now, stand.subject)
    checks = check_all(clause, sorted_out.usable)
    found = _Found(
        checks=checks,
        todos=(*_todos(clause, pack, sorted_out), *_unanswered(clause, checks, sorted_out)),
        notes=(*_notes(clause, sorted_out.usable), *sorted_out.old),
        evidence=_rests_on(clause, checks, sorted_out.usable),
        is_bound=all(map(_is_bound, sorted_out.usable)),
    )
    status = _status(clause, found)
    result: dict[str, Result] = {"met": MEETS, "not_met": MISSES}
    return Proposal(
        pack=pack.id,
        clause=clause,
        status=status,
        result=result.get(status),
        reason="; ".join(check.line for check in checks if check.outcome != "missing"),
        checks=checks,
        evidence=found.evidence,
        todos=found.todos,
        notes=found.notes,
    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    checks: tuple[Checked, ...]
    todos: tuple[Todo, ...]
    notes: tuple[str, ...]
    evidence: tuple[str, ...]
    is_bound: bool


def _unknown(pack: Pack, clause: Clause, service: Service) -> Proposal:
    """The clause may apply: something about the service is not known."""
    asked = clause.applies_when.names if clause.applies_when else frozenset()
    names = sorted(name for name in asked if service.facts.get(name) is None)
    known: Mapping[str, Any] = {**FACTS, **pack.facts}
    todos = tuple(
        Todo(what=f"state {name!r} in the service description: {known[name].ask['en']}")
        for name in names
    )
    reason = f"it is not known whether it applies: {', '.join(names)}"
    return Proposal(pack=pack.id, clause=clause, status="unknown", reason=reason, todos=todos)


def _not_applicable(pack: Pack, clause: Clause, service: Service) -> Proposal:
    names = sorted(clause.applies_when.names) if clause.applies_when else []
    stated = "; ".join(f"{n} is {_word(service.facts[n])}" for n in names if n in service.facts)
    return Proposal(
        pack=pack.id,
        clause=clause,
        status="not_applicable",
        result=NOT_APPLICABLE,
        reason=f"{clause.otherwise['en']} ({stated})",
        reason_zh=clause.otherwise["zh"],
    )


def _word(value: object) -> str:
    """A fact as it stands in the description."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nothing"
    return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else str(value)


def _todos(clause: Clause, pack: Pack, found: Sorted) -> Iterator[Todo]:
    """One for each kind of evidence that is missing, or only there in an old form."""
    present = {evidence.kind for evidence in found.usable}
    for kind in clause.evidence_kinds:
        if kind not in present:
            old = [why for why in found.old if why.startswith(f"{kind}:")]
            title = _title(kind, pack)
            what = f"{title} ({kind}): " + ("; ".join(old) if old else "there is none")
            yield Todo(what=what, command=command_for(kind, _measure_of(clause, kind)))


def _title(kind: str, pack: Pack) -> str:
    head, _, topic = kind.partition(".")
    if head == "document":
        return str({**DOCUMENTS, **pack.documents}[topic]["en"])
    return str(kind_of(kind).title["en"])


def _measure_of(clause: Clause, kind: str) -> str:
    return next((c.measure for c in clause.checks if kind in answering(c.measure)), "")


def _unanswered(clause: Clause, checks: Iterable[Checked], found: Sorted) -> Iterator[Todo]:
    """One for each measure that evidence is there for, and does not answer."""
    present = {evidence.kind for evidence in found.usable}
    for checked in checks:
        measure = checked.check.measure
        kinds = [k for k in answering(measure) if k in clause.evidence_kinds and k in present]
        if checked.outcome == "missing" and kinds:
            what = f"{measure} is not measured in what there is"
            if measure == "attack.auc":
                what += ": no attack was usable; it needs more rows, or a larger holdout"
            yield Todo(what=what, command=command_for(kinds[0], measure))


def _notes(clause: Clause, usable: Iterable[Evidence]) -> Iterator[str]:
    for evidence in usable:
        for name in _unbound(evidence):
            yield (
                f"{evidence.id} names no {name} by digest: a person must see that it is about "
                f"this {name}"
            )
        yield from (f"{evidence.id}: {note}" for note in evidence.notes)


def _unbound(evidence: Evidence) -> list[str]:
    return [name for name in kind_of(evidence.kind).binds if name not in evidence.rests_on]


def _is_bound(evidence: Evidence) -> bool:
    return not _unbound(evidence)


def _rests_on(
    clause: Clause, checks: Iterable[Checked], usable: Iterable[Evidence]
) -> tuple[str, ...]:
    """What answered a check, and all else that is asked for."""
    used = [checked.evidence for checked in checks if checked.evidence]
    measuring = {kind for check in clause.checks for kind in answering(check.measure)}
    others = [evidence.id for evidence in usable if evidence.kind not in measuring]
    return tuple(dict.fromkeys([*used, *others]))


def _status(clause: Clause, found: _Found) -> Status:
    outcomes = {checked.outcome for checked in found.checks}
    if "not_met" in outcomes:
        return "not_met"
    if found.todos or "missing" in outcomes:
        return "missing"
    if "not_shown" in outcomes:
        return "not_shown"
    if clause.judged == "checks" and found.checks and found.is_bound:
        return "met"
    return "to_decide"
