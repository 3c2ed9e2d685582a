"""Holds the checks of a clause against the evidence that can be relied on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from guanyao.filing.evidence import Evidence, Subject, best_of, outdated
from guanyao.filing.evidence_kinds import answering, kind_of
from guanyao.filing.measured import Measured, Outcome
from guanyao.filing.pack import Check, Clause


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A check, and what was measured.

    Args:
        check: It.
        outcome: met, not_shown, not_met, or missing.
        measured: What was measured; None where it is missing.
        evidence: The id of the evidence; "" where it is missing.
    """

    check: Check
    outcome: Outcome | Literal["missing"]
    measured: Measured | None = None
    evidence: str = ""

    @property
    def line(self) -> str:
        """The check in words: what was measured against what."""
        check = self.check
        wanted = f"{check.sign} {check.threshold:g} {check.unit}"
        if self.measured is None:
            return f"{check.measure}: missing (asked: {wanted})"
        found = f"{self.measured.value:.4g}"
        if self.measured.low != self.measured.high:
            found += f" ({self.measured.low:.4g} to {self.measured.high:.4g})"
        word = {"met": "met", "not_met": "not met", "not_shown": "not shown"}[self.outcome]
        if self.outcome == "not_shown" and self.measured.meets(check.sign, check.threshold):
            word += ": the value itself meets it, the bad end of its interval does not"
        return f"{check.measure} {found}, asked {wanted}: {word}"

    def to_json(self) -> dict[str, Any]:
        """The check as plain JSON."""
        return {
            "measure": self.check.measure,
            "compare": self.check.sign,
            "threshold": self.check.threshold,
            "unit": self.check.unit,
            "source": self.check.source.where,
            "mark": self.check.source.mark,
            "is_checked": self.check.source.checked is not None,
            "outcome": self.outcome,
            "measured": self.measured.to_json() if self.measured else None,
            "evidence": self.evidence,
        }


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """The evidence of a clause.

    Args:
        usable: What can be relied on.
        old: Why the rest cannot, one sentence each.
    """

    usable: tuple[Evidence, ...]
    old: tuple[str, ...]


def sort_out(
    clause: Clause, evidence: Iterable[Evidence], now: datetime, subject: Subject
) -> Sorted:
    """The evidence that a clause asks for, what is stale set apart.

    Args:
        clause: It.
        evidence: All there is.
        now: The time, with a time zone.
        subject: The model and data of the filing.
    """
    usable: list[Evidence] = []
    old: list[str] = []
    for item in evidence:
        if item.kind in clause.evidence_kinds:
            why = list(outdated(item, clause.fresh, now, subject))
            old += why
            usable += [] if why else [item]
    return Sorted(usable=tuple(usable), old=tuple(old))


def check_all(clause: Clause, usable: Sequence[Evidence]) -> tuple[Checked, ...]:
    """Each check of a clause, by the evidence that counts: the newest, or what looks worst."""
    return tuple(_checked(check, usable) for check in clause.checks)


def _checked(check: Check, usable: Sequence[Evidence]) -> Checked:
    able = answering(check.measure)
    mine = [e for e in usable if e.kind in able]
    found = [(e, m) for e in mine if (m := e.measure(check.measure)) is not None]
    is_worst = any(kind_of(e.kind).pick == "worst" for e in mine)
    best = best_of(found, check.sign, is_worst=is_worst)
    if best is None:
        return Checked(check=check, outcome="missing")
    evidence, measured = best
    outcome = measured.against(check.sign, check.threshold)
    return Checked(check=check, outcome=outcome, measured=measured, evidence=evidence.id)
