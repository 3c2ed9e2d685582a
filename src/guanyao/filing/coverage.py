"""How far a bank is what the packs ask for: kind by kind, in all, and how old it may grow."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from guanyao.filing.bank_kinds import Kinds, Minimum
from guanyao.filing.evidence import SHANGHAI, last_moment
from guanyao.filing.pack import Fresh, Text

SOON_DAYS = 2
"""Days before the end of a bank's age from which an update is called for."""


@dataclass(frozen=True, kw_only=True)
class KindCoverage:
    """The entries of one kind.

    Args:
        kind: Its id.
        title: By language.
        n: How many there are.
        minimum: How many there must be; None: no pack says.
    """

    kind: str
    title: Text
    n: int
    minimum: Minimum | None = None

    @property
    def short(self) -> int:
        """How many are missing."""
        return max(0, self.minimum.least - self.n) if self.minimum else 0

    def to_json(self) -> dict[str, Any]:
        """The coverage as plain JSON."""
        least = self.minimum.least if self.minimum else None
        title = dict(self.title)
        return {
            "kind": self.kind, "title": title, "n": self.n, "least": least, "short": self.short
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Age:
    """How old a bank is, and how old a clause lets it grow.

    Args:
        rule: The clause's rule.
        pack: The pack's id.
        clause: The clause's id.
        updated: When the bank was last changed.
        due: Until when it is fresh.
        now: The time that it was looked at.
    """

    rule: Fresh
    pack: str
    clause: str
    updated: date
    due: datetime
    now: datetime

    @property
    def is_overdue(self) -> bool:
        """Whether an update is overdue."""
        return self.now > self.due

    @property
    def is_soon(self) -> bool:
        """Whether an update is called for within days."""
        return not self.is_overdue and (self.due - self.now).days < SOON_DAYS

    @property
    def last_day(self) -> date:
        """The last day in China that is wholly within its age."""
        return (self.due.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()

    @property
    def line(self) -> str:
        """The age in words."""
        limit = f"at least every {self.rule.within} {self.rule.unit}s".replace(
            "every 1 months", "every month"
        )
        since = f"updated {self.updated.isoformat()}, {limit}"
        if not self.is_overdue:
            return f"{since}: due by {self.last_day.isoformat()}"
        days = (self.now.astimezone(SHANGHAI).date() - self.last_day).days
        late = f"{days} day{'s' * (days > 1)}"
        return f"{since}: OVERDUE by {late} (was due by {self.last_day.isoformat()})"

    def to_json(self) -> dict[str, Any]:
        """The age as plain JSON."""
        return {
            "updated": self.updated.isoformat(),
            "due": self.due.isoformat(),
            "last_day": self.last_day.isoformat(),
            "is_overdue": self.is_overdue,
            "within": self.rule.within,
            "unit": self.rule.unit,
            "clause": f"{self.pack}/{self.clause}",
        }


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How far a bank is what the packs ask for.

    Args:
        bank: Its name.
        digest: Of its file; "": there is none yet.
        n_entries: How many there are.
        n_unclassified: Of them without a kind.
        least: How many there must be; None: no pack says.
        kinds: Kind by kind, in the packs' order.
        ages: One for each clause that says how old it may be.
        strange: Kinds of entries that no active pack knows any more, with their number.
    """

    bank: str
    digest: str
    n_entries: int
    n_unclassified: int
    least: Minimum | None
    kinds: tuple[KindCoverage, ...]
    ages: tuple[Age, ...]
    strange: Mapping[str, int]

    @property
    def short(self) -> int:
        """How many entries are missing in all."""
        return max(0, self.least.least - self.n_entries) if self.least else 0

    @property
    def short_kinds(self) -> list[KindCoverage]:
        """The kinds that miss entries."""
        return [kind for kind in self.kinds if kind.short]

    @property
    def is_overdue(self) -> bool:
        """Whether an update is overdue by any clause."""
        return any(age.is_overdue for age in self.ages)

    @property
    def is_enough(self) -> bool:
        """Whether nothing is missing and nothing overdue."""
        return not (self.short or self.short_kinds or self.is_overdue)

    def faults(self) -> Iterator[str]:
        """Everything that is missing, in words."""
        if not self.digest:
            yield "there is no such bank yet"
            return
        if self.short:
            yield f"{self.short:,} entries too few in all"
        for kind in self.short_kinds:
            yield f"{kind.kind} {kind.title['zh']}: {kind.short:,} entries too few"
        if self.n_unclassified:
            yield f"{self.n_unclassified:,} entries have no class and count for no kind"
        for name, n in self.strange.items():
            yield f"{n:,} entries are of the kind {name}, which no active pack knows"
        yield from (age.line for age in self.ages if age.is_overdue)

    def to_json(self) -> dict[str, Any]:
        """The coverage as plain JSON."""
        return {
            "bank": self.bank,
            "bank_digest": self.digest,
            "n_entries": self.n_entries,
            "least": self.least.least if self.least else None,
            "short": self.short,
            "n_unclassified": self.n_unclassified,
            "is_enough": self.is_enough,
            "is_overdue": self.is_overdue,
            "kinds": [kind.to_json() for kind in self.kinds],
            "strange": dict(self.strange),
            "ages": [age.to_json() for age in self.ages],
            "faults": list(self.faults()),
        }


def cover(record: Mapping[str, Any] | None, kinds: Kinds, now: datetime) -> Coverage:
    """How far a bank is what the packs ask for.

    Args:
        record: Its counts (`guanyao.bank/1`); None: there is no such bank yet.
        kinds: What the packs ask for.
        now: The time, with a time zone.
    """
    found = record or {"n_entries": 0, "kinds": {}, "bank_digest": ""}
    counts: Mapping[str, int] = found["kinds"]
    return Coverage(
        bank=kinds.bank,
        digest=found["bank_digest"],
        n_entries=found["n_entries"],
        n_unclassified=found.get("n_unclassified", 0),
        least=kinds.least,
        kinds=tuple(
            KindCoverage(
                kind=id, title=kind.title, n=counts.get(id, 0), minimum=kinds.minima.get(id)
            )
            for id, kind in kinds.kinds.items()
        ),
        ages=tuple(_ages(record, kinds, now)) if record else (),
        strange={name: n for name, n in counts.items() if name not in kinds.kinds},
    )


def _ages(record: Mapping[str, Any], kinds: Kinds, now: datetime) -> Iterator[Age]:
    updated = date.fromisoformat(record["updated"])
    start = datetime.combine(updated, time(), SHANGHAI)
    for rule, pack, clause in kinds.fresh:
        due = last_moment(start, rule)
        yield Age(rule=rule, pack=pack, clause=clause, updated=updated, due=due, now=now)
