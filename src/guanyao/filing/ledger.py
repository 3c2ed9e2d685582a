"""The clause ledger: for each clause one of three results, each with evidence or a reason.

A result remembers the digests that it rests on. When the model, the data, the pack or a piece of
evidence changes, or evidence grows too old, the result is stale by itself, and blocks submission
until somebody decides anew. Pure: the time and all that is current are arguments.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Self, TypeAlias, get_args

from guanyao.errors import ConfigError
from guanyao.filing.checking import check_all, sort_out
from guanyao.filing.evidence import SHANGHAI, Evidence, Subject, outdated
from guanyao.filing.pack import Clause, Pack

Result: TypeAlias = Literal["符合", "不符合", "不适用"]
"""Met, not met, not applicable: what the report form has a box for."""
RESULTS: tuple[Result, ...] = get_args(Result)
MEETS, MISSES, NOT_APPLICABLE = RESULTS
SUBJECTS = ("model", "data")
EVIDENCE = "evidence:"
Key: TypeAlias = tuple[str, str]
"""Pack and clause."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a clause that is not met will be.

    Args:
        text: What will be done.
        due: By when.
    """

    text: str
    due: date


@dataclass(frozen=True, kw_only=True)
class ClauseResult:
    """What was decided about one clause.

    Args:
        pack: The pack's id.
        clause: The clause's id.
        result: One of the three.
        evidence: The ids of the evidence that it rests on.
        reason: Why.
        plan: How it will be met, if it is not.
        decided_by: Who decided.
        decided_at: When, with a time zone.
        rests_on: What it rests on -> digest: "pack", "model", "data", "evidence:ID".

    Raises:
        ConfigError: A part is missing that this result needs ("ledger....").
    """

    pack: str
    clause: str
    result: Result
    evidence: tuple[str, ...] = ()
    reason: str = ""
    plan: Plan | None = None
    decided_by: str
    decided_at: datetime
    rests_on: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check that the result has what it needs."""
        if self.result not in RESULTS:
            raise self._wrong("no result", "one of: " + ", ".join(RESULTS))
        if not self.evidence and not self.reason.strip():
            raise self._wrong("neither evidence nor a reason", "at least one of them")
        if self.result == NOT_APPLICABLE and not self.reason.strip():
            raise self._wrong(f"{NOT_APPLICABLE} without a reason", "why it does not apply")
        if self.plan is not None and (self.result != MISSES or not self.plan.text.strip()):
            raise self._wrong("a plan that is empty, or not needed", f"a plan belongs to {MISSES}")
        if not self.decided_by.strip() or self.decided_at.tzinfo is None:
            raise self._wrong("nobody who decided, or no time with a zone", "both")
        if "pack" not in self.rests_on:
            raise self._wrong("no version of the pack", "the pack's digest in rests_on")
        if absent := [id for id in self.evidence if EVIDENCE + id not in self.rests_on]:
            raise self._wrong(f"no digest of {absent[0]}", "the digest of all its evidence")

    @property
    def key(self) -> Key:
        """Pack and clause."""
        return self.pack, self.clause

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON."""
        plan = self.plan and {"text": self.plan.text, "due": self.plan.due.isoformat()}
        decided = {"decided_at": self.decided_at.isoformat(), "plan": plan}
        told = {**asdict(self), "evidence": list(self.evidence), "rests_on": dict(self.rests_on)}
        return {**told, **decided}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The result that `to_json` gave.

        Raises:
            ConfigError: It is none ("ledger.result").
        """
        try:
            plan = record["plan"]
            made = {
                **record,
                "evidence": tuple(record["evidence"]),
                "plan": plan and Plan(text=plan["text"], due=date.fromisoformat(plan["due"])),
                "decided_at": datetime.fromisoformat(record["decided_at"]),
            }
            return cls(**made)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, ConfigError):
                raise
            raise ConfigError(
                f"this is no result of a clause ({type(error).__name__})",
                allowed="what `to_json` gave",
                code="ledger.result",
            ) from error

    def _wrong(self, found: str, allowed: str) -> ConfigError:
        return ConfigError(
            f"clause {self.clause} of {self.pack} has {found}",
            allowed=allowed,
            code="ledger.result",
        )


@dataclass(frozen=True, kw_only=True)
class Stale:
    """A result that no longer stands.

    Args:
        result: It.
        why: Each reason, one sentence.
    """

    result: ClauseResult
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Block:
    """One thing that blocks submission.

    Args:
        pack: The pack's id.
        clause: The clause's id.
        kind: undecided, unknown, stale, not_met, late_plan, contradicted, removed or twice.
        why: In words.
    """

    pack: str
    clause: str
    kind: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Current:
    """What is so now.

    Args:
        packs: The active packs by id.
        subject: The model and the data.
        evidence: All evidence there is.
        facts: What is known of the service.
        now: The time, with a time zone.
    """

    packs: Mapping[str, Pack]
    subject: Subject
    evidence: Sequence[Evidence]
    facts: Mapping[str, Any] = field(default_factory=dict)
    now: datetime

    def clauses(self) -> Iterator[tuple[Pack, Clause]]:
        """Every clause of the active packs."""
        for pack in self.packs.values():
            for clause in pack.clauses:
                yield pack, clause


def rests_on(pack: Pack, evidence: Iterable[Evidence], subject: Subject) -> dict[str, str]:
    """The digests that a result which is decided now rests on.

    With evidence it rests on what the evidence is about; without, on nothing but the pack.

    Raises:
        ConfigError: The evidence is about different models or data ("ledger.mixed").
    """
    found = {"pack": pack.digest}
    for item in evidence:
        found[EVIDENCE + item.id] = item.digest
        for name, digest in item.rests_on.items():
            if found.setdefault(name, digest) != digest or subject.digest(name) not in ("", digest):
                raise ConfigError(
                    f"{item.id} is about another {name} than the filing or the other evidence",
                    allowed=f"evidence about one {name}",
                    do="measure anew, or leave it out",
                    code="ledger.mixed",
                )
    return found


def stale(results: Iterable[ClauseResult], current: Current) -> list[Stale]:
    """The results that no longer stand, each with all its reasons."""
    known = {evidence.id: evidence for evidence in current.evidence}
    found = ((result, tuple(_reasons(result, known, current))) for result in results)
    return [Stale(result=result, why=why) for result, why in found if why]


def _reasons(
    result: ClauseResult, known: Mapping[str, Evidence], current: Current
) -> Iterator[str]:
    yield from _pack_reasons(result, current)
    for name in SUBJECTS:
        then, now = result.rests_on.get(name), current.subject.digest(name)
        if then is not None and then != now:
            yield f"the {name} changed: {then[:12]}, now {now[:12] or 'not known'}"
    if result.decided_at > current.now:
        yield f"it was decided in the future: {result.decided_at.isoformat()}"
    pack = current.packs.get(result.pack)
    clause = pack.clause(result.clause) if pack else None
    for id in result.evidence:
        yield from _evidence_reasons(id, result, known, clause, current)


def _pack_reasons(result: ClauseResult, current: Current) -> Iterator[str]:
    pack = current.packs.get(result.pack)
    if pack is None:
        yield f"the pack {result.pack} is not active"
        return
    then = result.rests_on["pack"]
    if pack.digest != then:
        yield f"the pack {pack.id} changed: {then[:12]}, now {pack.digest[:12]} ({pack.version})"
    if not pack.in_force(current.now.astimezone(SHANGHAI).date()):
        yield f"the pack {pack.id} is not in force today"


def _evidence_reasons(
    id: str,
    result: ClauseResult,
    known: Mapping[str, Evidence],
    clause: Clause | None,
    current: Current,
) -> Iterator[str]:
    evidence = known.get(id)
    if evidence is None:
        yield f"its evidence {id} is missing"
        return
    if evidence.digest != result.rests_on[EVIDENCE + id]:
        yield f"its evidence {id} changed"
    # Another model or other data were told of already, once for all evidence.
    fresh = clause.fresh if clause else ()
    yield from outdated(evidence, fresh, current.now, Subject())


def blocks(results: Sequence[ClauseResult], current: Current) -> list[Block]:
    """Everything that blocks submission, each item by name; none: the ledger is whole."""
    found = list(_twice(results))
    decided = {result.key: result for result in results}
    for item in stale(results, current):
        result = item.result
        why = "; ".join(item.why)
        found.append(Block(pack=result.pack, clause=result.clause, kind="stale", why=why))
    for pack, clause in current.clauses():
        found += _clause_blocks(pack, clause, decided.get((pack.id, clause.id)), current)
    return found + list(_removed(results, current))


def _twice(results: Iterable[ClauseResult]) -> Iterator[Block]:
    seen: set[Key] = set()
    for result in results:
        if result.key in seen:
            pack, clause = result.key
            yield Block(pack=pack, clause=clause, kind="twice", why="it has two results")
        seen.add(result.key)


def _removed(results: Iterable[ClauseResult], current: Current) -> Iterator[Block]:
    known = {(pack.id, clause.id) for pack, clause in current.clauses()}
    for pack, clause in dict.fromkeys(result.key for result in results):
        if (pack, clause) not in known:
            why = "the active packs have no such clause"
            yield Block(pack=pack, clause=clause, kind="removed", why=why)


def _clause_blocks(
    pack: Pack, clause: Clause, result: ClauseResult | None, current: Current
) -> Iterator[Block]:
    def block(kind: str, why: str) -> Block:
        return Block(pack=pack.id, clause=clause.id, kind=kind, why=why)

    if result is None:
        if clause.applies(current.facts) is None:
            yield block("unknown", "it is not decided, nor known whether it applies")
        else:
            yield block("undecided", "it has no result")
    elif result.result == MISSES:
        if clause.severity == "must" and result.plan is None:
            yield block("not_met", f"{MISSES}, and there is no dated plan")
        elif result.plan and result.plan.due < current.now.astimezone(SHANGHAI).date():
            yield block("late_plan", f"its plan was due on {result.plan.due.isoformat()}")
    elif result.result == MEETS:
        yield from (block("contradicted", why) for why in _contradictions(clause, current))


def _contradictions(clause: Clause, current: Current) -> Iterator[str]:
    """Where what is measured now, by whatever evidence, says that a clause is not met."""
    found = sort_out(clause, current.evidence, current.now, current.subject)
    for checked in check_all(clause, found.usable):
        if checked.outcome == "not_met":
            yield f"{checked.evidence}: {checked.line}"


def counts(results: Iterable[ClauseResult], current: Current) -> dict[str, dict[str, int]]:
    """How many clauses stand how, by pack: the three results, undecided, and stale among them."""
    results = list(results)
    decided = {result.key: result.result for result in results}
    gone = {item.result.key for item in stale(results, current)}
    found: dict[str, dict[str, int]] = {}
    for pack, clause in current.clauses():
        line = found.setdefault(pack.id, dict.fromkeys((*RESULTS, "undecided", "stale"), 0))
        line[decided.get((pack.id, clause.id), "undecided")] += 1
        line["stale"] += (pack.id, clause.id) in gone
    return found
