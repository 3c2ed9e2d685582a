"""A rule pack: the clauses of one law, standard or commission, as data with their sources.

A pack says in its own words what a clause asks for; it never holds the text of a standard. Every
number in it names where it was found and whether a person has compared it with the text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias, get_args

from guanyao.filing.expression import Answer, Expression, Facts
from guanyao.filing.measured import Sign
from guanyao.filing.service import Fact

Text: TypeAlias = Mapping[str, str]
"""The same words by language: "zh" and "en"."""
Mark: TypeAlias = Literal["P", "S", "C", "M", "O"]
MARKS: tuple[Mark, ...] = get_args(Mark)
"""Primary text read · secondary page · code or documents of others · memory · our own choice."""
Severity: TypeAlias = Literal["must", "should", "may"]
Unit: TypeAlias = Literal["day", "month"]
Judge: TypeAlias = Literal["checks", "person"]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """That a person has compared something with the text it comes from."""

    by: str
    at: date


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where something was found.

    Args:
        where: Clause, article or page, in words.
        mark: How sure that is, see `MARKS`.
        checked: Who compared it with the text and when; None: nobody yet.
        page: The page, where there is one.
    """

    where: str
    mark: Mark
    checked: Seen | None = None
    page: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """A measure that must meet a threshold.

    Args:
        measure: What is measured, a measure of `evidence_kinds`.
        sign: How it is compared.
        threshold: With what.
        unit: Of both.
        source: Where the threshold was found.
    """

    measure: str
    sign: Sign
    threshold: float
    unit: str
    source: Source

    @property
    def key(self) -> str:
        """What it is recognised by when packs are compared."""
        return f"{self.measure} {self.sign}"


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """How old evidence may be.

    Args:
        evidence: Its kind.
        within: How many units.
        unit: day, or month (of the calendar).
        source: Where that was found.
    """

    evidence: str
    within: int
    unit: Unit
    source: Source


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One thing that is asked for.

    Args:
        id: Its number, unique in the pack.
        group: The id of its group.
        title: By language.
        text: What it asks for, in our own words, by language.
        source: Where it stands.
        applies_when: When it applies; None: always.
        otherwise: Why it does not apply where it does not, by language; a draft for a person.
        checks: Thresholds that can be computed.
        evidence_kinds: Evidence that a result rests on.
        fresh: How old that may be.
        severity: must, should or may.
        judged: "checks": a result is proposed where all checks are computed; "person": never.
    """

    id: str
    group: str
    title: Text
    text: Text
    source: Source
    applies_when: Expression | None = None
    otherwise: Text = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    evidence_kinds: tuple[str, ...] = ()
    fresh: tuple[Fresh, ...] = ()
    severity: Severity = "must"
    judged: Judge = "person"

    def applies(self, facts: Facts) -> Answer:
        """Whether it applies to a service; None where a fact is not known."""
        return True if self.applies_when is None else self.applies_when.answer(facts)


@dataclass(frozen=True, kw_only=True)
class Pack:
    """All clauses of one text.

    Args:
        id: Its name.
        version: Of these data, not of the text.
        title: By language.
        source: Where the text is, and how it was read.
        effective_from: From when it is in force.
        effective_to: The last day that it was; None: it is still.
        replaces: The id of the pack that this one took the place of.
        note: What a reader should know, by language.
        groups: Group -> its title by language.
        kinds: Lists of kinds that checks may go through: name -> kinds.
        facts: Facts of a service that only this pack asks for.
        documents: Topics of documents that only this pack asks for.
        clauses: In the text's order.
        digest: SHA-256 of what the file says.
        place: The file's name.
    """

    id: str
    version: str
    title: Text
    source: Source
    effective_from: date
    effective_to: date | None = None
    replaces: str = ""
    note: Text = field(default_factory=dict)
    groups: Mapping[str, Text]
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    documents: Mapping[str, Text] = field(default_factory=dict)
    clauses: tuple[Clause, ...]
    digest: str
    place: str = ""

    def in_force(self, day: date) -> bool:
        """Whether it is in force on a day."""
        ended = self.effective_to is not None and day > self.effective_to
        return self.effective_from <= day and not ended

    def clause(self, id: str) -> Clause | None:
        """The clause of this id; None if there is none."""
        return next((clause for clause in self.clauses if clause.id == id), None)

    def sources(self) -> Iterator[Source]:
        """Every source in it, those of thresholds and ages, too."""
        yield self.source
        for clause in self.clauses:
            yield clause.source
            yield from (check.source for check in clause.checks)
            yield from (fresh.source for fresh in clause.fresh)

    def unchecked(self) -> int:
        """How many sources nobody has compared with the text yet."""
        return sum(source.checked is None for source in self.sources())


@dataclass(frozen=True)
class Change:
    """One difference between two packs.

    Args:
        clause: The clause's id; "": the pack itself.
        what: added, removed or changed.
        field: Which field.
        before: What it was.
        after: What it is.
    """

    clause: str
    what: Literal["added", "removed", "changed"]
    field: str = ""
    before: str = ""
    after: str = ""


def diff(old: Pack, new: Pack) -> list[Change]:
    """What differs between two packs, clause by clause and field by field."""
    changes = list(_changed("", _pack_fields(old), _pack_fields(new)))
    before = {clause.id: clause for clause in old.clauses}
    after = {clause.id: clause for clause in new.clauses}
    for id in [*before, *(id for id in after if id not in before)]:
        if id not in after:
            changes.append(Change(id, "removed", "", before[id].title["en"], ""))
        elif id not in before:
            changes.append(Change(id, "added", "", "", after[id].title["en"]))
        else:
            changes += _changed(id, _clause_fields(before[id]), _clause_fields(after[id]))
    return changes


def _changed(id: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, ""), new.get(name, "")
        if before != after:
            yield Change(id, "changed", name, before, after)


def _pack_fields(pack: Pack) -> dict[str, str]:
    return {
        "id": pack.id,
        "version": pack.version,
        "effective_from": pack.effective_from.isoformat(),
        "effective_to": pack.effective_to.isoformat() if pack.effective_to else "",
        "replaces": pack.replaces,
        **_texts("title", pack.title),
        **_texts("note", pack.note),
        "source": _said(pack.source),
    }


def _clause_fields(clause: Clause) -> dict[str, str]:
    checks = {}
    for check in clause.checks:
        checks[f"check {check.key}"] = f"{check.threshold:g} {check.unit}".strip()
        checks[f"source of {check.key}"] = _said(check.source)
    for fresh in clause.fresh:
        checks[f"age of {fresh.evidence}"] = f"{fresh.within} {fresh.unit}"
        checks[f"source of age of {fresh.evidence}"] = _said(fresh.source)
    return {
        "group": clause.group,
        **_texts("title", clause.title),
        **_texts("text", clause.text),
        **_texts("otherwise", clause.otherwise),
        "source": _said(clause.source),
        "applies_when": clause.applies_when.text if clause.applies_when else "always",
        "evidence": ", ".join(clause.evidence_kinds),
        "severity": clause.severity,
        "judged": clause.judged,
        **checks,
    }


def _texts(name: str, texts: Text) -> dict[str, str]:
    return {f"{name}.{language}": text for language, text in texts.items()}


def _said(source: Source) -> str:
    seen = source.checked
    state = f"checked by {seen.by} on {seen.at.isoformat()}" if seen else "not checked"
    page = f", {source.page}" if source.page else ""
    return f"{source.where} [{source.mark}{page}], {state}"
