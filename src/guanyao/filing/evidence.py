"""One piece of evidence: what was measured, on what, and when."""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

from guanyao.filing.measured import Measured, Sign
from guanyao.filing.pack import Fresh

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The mainland keeps one time and no summer time."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A record that clause results rest on.

    Args:
        id: Its kind and the beginning of its digest.
        kind: One of `evidence_kinds`.
        name: The file's name, without its folder.
        digest: SHA-256 of the file.
        as_of: From when its age is counted; None: it does not say.
        valid_until: The last day that it is valid; None: no end is stated.
        measures: What it measured.
        rests_on: The digests it names: "model", "data".
        is_sealed: Whether it bears a seal that was found right.
        is_human: Whether a person vouches for it, not a measurement.
        notes: What a reader should know, in English.
    """

    id: str
    kind: str
    name: str
    digest: str
    as_of: datetime | None = None
    valid_until: date | None = None
    measures: Mapping[str, Measured] = field(default_factory=dict)
    rests_on: Mapping[str, str] = field(default_factory=dict)
    is_sealed: bool = False
    is_human: bool = False
    notes: tuple[str, ...] = ()

    def measure(self, name: str) -> Measured | None:
        """What it measured under a name; a bank has none of a kind that it does not list."""
        if name in self.measures or ".kind." not in name:
            return self.measures.get(name)
        is_mine = name.startswith(f"{self.kind}.kind.")
        return Measured.exactly(0.0, "the bank lists none") if is_mine else None

    def to_json(self) -> dict[str, Any]:
        """The evidence as plain JSON."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "digest": self.digest,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "measures": {name: found.to_json() for name, found in self.measures.items()},
            "rests_on": dict(self.rests_on),
            "is_sealed": self.is_sealed,
            "is_human": self.is_human,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What the filing is about now: results that rest on anything else are stale.

    Args:
        model: SHA-256 of the model in use; "": not known.
        data: SHA-256 of its training data; "": not known.
    """

    model: str = ""
    data: str = ""

    def digest(self, name: str) -> str:
        """The digest of the model or the data."""
        return {"model": self.model, "data": self.data}.get(name, "")


def subject_of(evidence: Iterable[Evidence], *, model: str = "", data: str = "") -> Subject:
    """What is stated, and where nothing is, what the newest record of a run names.

    Args:
        evidence: All there is.
        model: The stated digest of the model.
        data: The stated digest of the data.
    """
    runs = [e for e in evidence if e.kind == "run" and e.as_of and "model" in e.rests_on]
    if model:
        runs = [run for run in runs if run.rests_on["model"] == model]
    newest = max(runs, key=lambda run: (run.as_of, run.id), default=None)
    named = newest.rests_on if newest else {}
    return Subject(model=model or named.get("model", ""), data=data or named.get("data", ""))


def outdated(
    evidence: Evidence, fresh: Iterable[Fresh], now: datetime, subject: Subject
) -> Iterator[str]:
    """Why a piece of evidence can no longer be relied on, one sentence each.

    Args:
        evidence: It.
        fresh: How old evidence may be.
        now: The time, with a time zone.
        subject: What the filing is about.
    """
    for name, digest in evidence.rests_on.items():
        current = subject.digest(name)
        if current and current != digest:
            yield f"{evidence.id} is about another {name}: {digest[:12]}, now {current[:12]}"
    if evidence.as_of is not None and evidence.as_of > now:
        yield f"{evidence.id} is dated in the future: {evidence.as_of.isoformat()}"
    if evidence.valid_until is not None and now.astimezone(SHANGHAI).date() > evidence.valid_until:
        yield f"{evidence.id} was valid until {evidence.valid_until.isoformat()}"
    for rule in fresh:
        if rule.evidence == evidence.kind:
            yield from _too_old(evidence, rule, now)


def _too_old(evidence: Evidence, rule: Fresh, now: datetime) -> Iterator[str]:
    limit = f"at most {rule.within} {rule.unit}{'s' if rule.within > 1 else ''}"
    if evidence.as_of is None:
        yield f"{evidence.id} does not say when it was made; {limit} old is allowed"
    elif now > last_moment(evidence.as_of, rule):
        days = (now - evidence.as_of).days
        yield f"{evidence.id} is {days} days old; {limit} is allowed"


def last_moment(start: datetime, rule: Fresh) -> datetime:
    """Until when evidence is fresh; a month ends on the same day of the next, or on its last."""
    if rule.unit == "day":
        return start + timedelta(days=rule.within)
    months = start.month - 1 + rule.within
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)


def best_of(
    found: Iterable[tuple[Evidence, Measured]], sign: Sign, *, is_worst: bool
) -> tuple[Evidence, Measured] | None:
    """Of several measurements the one that counts; None if there is none.

    Args:
        found: The evidence and what it measured.
        sign: How the measure is compared: which end is the bad one.
        is_worst: The one that looks worst counts, else the newest.
    """
    every = list(found)
    if not every:
        return None
    if not is_worst:
        return max(every, key=lambda pair: (_age_key(pair[0]), pair[0].id))
    if sign in (">=", ">"):
        return min(every, key=lambda pair: (pair[1].low, pair[0].id))
    return max(every, key=lambda pair: (pair[1].high, pair[0].id))


def _age_key(evidence: Evidence) -> float:
    return evidence.as_of.timestamp() if evidence.as_of else float("-inf")
