"""Finds which columns hold personal data, as whole cells or inside running text.

Three things speak for a kind: what its recogniser says of the values, what the column's name says,
and the form of the values. Each different value counts once, so that "unknown" in half of the rows
does not hide a column of telephone numbers.

1. *Whole cells* are judged on a sample of `SAMPLE` different values. Kinds with a check digit or a
   form of their own are believed where they hold for most values; a name of a person or a place
   only where the values are many or the column's name says so; numbers that could be anything (QQ,
   postcodes, records) only where the column's name says so.
2. *Running text* is read in two parts: a sample of all texts, for all kinds; and the texts that
   could hold an identifier at all (`cells.may_hold`, which polars finds in all rows). So an
   identifier in one text of a thousand is found. Columns that are larger than the limits below are
   read in part, and counts are then estimates.

Limits: names of persons and places are looked for in the sample only; digits that a scanner read
as letters count in the sample only; a value that is split over two columns is not put together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import polars as pl

from guanyao.data.schema import Sensitivity
from guanyao.data.sensitivity import words
from guanyao.data.table import Table
from guanyao.protect import GROUP, RECOGNISERS
from guanyao.protect.cells import COUNT, Cells, cells_of, may_hold
from guanyao.protect.column_names import LATITUDE, LONGITUDE, NameRule, rules_for
from guanyao.protect.finding import Finding
from guanyao.protect.kinds import KINDS
from guanyao.protect.masked_examples import masked
from guanyao.protect.scan import find_texts, is_kind
from guanyao.registry import names
from guanyao.types import Progress, Silent

SAMPLE = 400
"""Different values that whole cells are judged by."""
TEXTS, TEXT_BYTES = 10_000, 1_000_000
"""Of running text, so much is read for all kinds."""
RARE_TEXTS, RARE_BYTES = 40_000, 2_000_000
"""Of the texts that could hold an identifier, so much is read."""

MOSTLY = 0.8
HALF = 0.5
SOME = 0.3
NAMED = 0.2
"""A column that is named by what this share of its texts hold is a column of that."""
SEEN = 0.05
"""A kind that fewer of the sample's cells are is not asked about further."""
MIN_LEVELS = 20
"""Fewer different values than this are categories: "Jordan" and "Paris" are no names then."""
MIN_SCORE = 0.5
N_EXAMPLES = 3
MOST_SPANS = 500

FORMED = frozenset(
    ("mobile_phone", "phone", "email", "ip_address", "mac_address", "secret_url", "licence_plate")
)
"""Kinds without a check digit that have a form of their own."""
WORDED = frozenset(("person_name", "organisation", "address"))
"""Kinds made of words, which other words are easily taken for."""
MIN_WORDED = 0.001
MIN_SPANS = 3
SURE = 0.8
"""A recogniser that is surer than this found more than a likely form: words around it, a check."""
MIN_SURE = 0.25
NARROWER = {"mobile_phone": ("phone",), "landline": ("phone",)}
YEARS = (1870, 2100)


@dataclass(frozen=True, kw_only=True)
class ColumnFinding:
    """Personal data of one kind in one column.

    Args:
        column: The column's name.
        kind: A name in `guanyao.protect.kinds.KINDS`.
        share: The share of rows that hold it, among those with a value, in (0, 1].
        n_found: How many rows that is; estimated where the column is large.
        examples: Up to three values, masked (see `masked_examples`).
        sensitivity: Whether it names a person (direct) or helps to (quasi).
        is_sensitive: Whether it is sensitive personal information (GB/T 35273-2020, annex B).
        in_text: Whether it stands inside running text, else it is the whole cell.
        why: What speaks for it.
    """

    column: str
    kind: str
    share: float
    n_found: int
    examples: tuple[str, ...]
    sensitivity: Sensitivity
    is_sensitive: bool
    in_text: bool
    why: str

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON."""
        return asdict(self)


def find_columns(table: Table, *, progress: Progress | None = None) -> list[ColumnFinding]:
    """The personal data in a table's columns, in the order of the columns.

    Args:
        table: The rows.
        progress: Where to say how far it is.
    """
    told = progress or Silent()
    told.stage("find personal data", len(table.schema))
    found: list[ColumnFinding] = []
    places = _coordinates(table.frame)
    for series in table.frame:
        found += places.get(series.name) or _in_column(series)
        told.advance()
    return found


def _in_column(values: pl.Series) -> list[ColumnFinding]:
    rules = rules_for(words(values.name))
    if values.dtype.is_temporal():
        return _birth_dates(values, rules)
    if values.dtype.is_integer() and not rules and _is_small(values):
        return []
    cells = cells_of(values)
    if cells is None or not len(cells):
        return []
    column = _Column(values.name, cells, rules)
    whole = column.whole()
    if whole is not None and whole.sensitivity == "direct":
        return [whole]
    inside = column.inside() if cells.is_text else []
    if named := [finding for finding in inside if column.is_named_by(finding)]:
        return [replace(named[0], in_text=False, why=f"name, {named[0].why}")]
    kept = [finding for finding in inside if whole is None or finding.kind != whole.kind]
    return [*([whole] if whole else []), *kept]


def _is_small(values: pl.Series) -> bool:
    """Whether whole numbers are too short to be any number that names a person."""
    return cast(int, values.max() or 0) < 10**7


def _birth_dates(values: pl.Series, rules: Sequence[NameRule]) -> list[ColumnFinding]:
    if not any(rule.kind == "birth_date" for rule in rules) or values.dtype == pl.Time:
        return []
    present = values.drop_nulls()
    if present.dtype == pl.Duration or present.is_empty():
        return []
    plausible = present.dt.year().is_between(*YEARS)
    shown = present.filter(plausible).head(N_EXAMPLES).cast(pl.Date).cast(pl.String)
    n = int(plausible.sum())
    if n < SOME * len(present):
        return []
    share = n / len(present)
    return [_finding(values.name, "birth_date", share, n, shown, why="name, plausible dates")]


def _coordinates(frame: pl.DataFrame) -> dict[str, list[ColumnFinding]]:
    """Pairs of a latitude and a longitude, by their names and ranges; {} where one is missing."""
    found: dict[str, list[ColumnFinding]] = {}
    for pattern, limit in ((LATITUDE, 90), (LONGITUDE, 180)):
        named = [s for s in frame if s.dtype.is_float() and pattern.search(words(s.name))]
        fitting = [s for s in named if _are_degrees(s, limit)]
        if not fitting:
            return {}
        found |= {s.name: [_degrees(s)] for s in fitting}
    return found


def _are_degrees(values: pl.Series, limit: int) -> bool:
    present = values.drop_nulls()
    return len(present) > 0 and bool(present.is_between(-limit, limit).all())


def _degrees(values: pl.Series) -> ColumnFinding:
    present = values.drop_nulls()
    shown = present.head(N_EXAMPLES).cast(pl.String)
    why = "names of two columns, degrees"
    return _finding(values.name, "coordinates", 1.0, len(present), shown, why=why)


def _finding(
    column: str,
    kind: str,
    share: float,
    n_found: int,
    shown: Sequence[str] | pl.Series,
    *,
    why: str,
    in_text: bool = False,
) -> ColumnFinding:
    known = KINDS[kind]
    examples = dict.fromkeys(masked(kind, value) for value in shown)
    return ColumnFinding(
        column=column,
        kind=kind,
        share=round(min(share, 1.0), 6),
        n_found=n_found,
        examples=tuple(examples)[:N_EXAMPLES],
        sensitivity=cast(Sensitivity, known.sensitivity),
        is_sensitive=known.is_sensitive,
        in_text=in_text,
        why=why,
    )


@dataclass(frozen=True)
class _Column:
    """The different values of one column, and what its name says."""

    name: str
    cells: Cells
    rules: Sequence[NameRule]

    def whole(self) -> ColumnFinding | None:
        """What most whole cells are."""
        sample = self.cells.sample(SAMPLE, SAMPLE * 200)
        plain = _plain_shares(sample)
        judged = [
            _Judged.of(kind, sample, self.rules, plain.get(kind, 0.0))
            for kind in self._candidates(plain)
        ]
        believed = [one for one in judged if one.is_believed(len(self.cells))]
        if not believed:
            return None
        best = max(believed, key=lambda one: one.rank)
        n = round(best.share * self.cells.n_rows)
        return _finding(self.name, best.kind, best.share, n, best.shown, why=best.why)

    def _candidates(self, plain: Mapping[str, float]) -> list[str]:
        """The kinds that some of the cells may be, in the order of `KINDS`."""
        likely = {kind for kind, share in plain.items() if share >= SEEN}
        likely |= {rule.kind for rule in self.rules}
        if self.cells.is_text and len(self.cells) >= MIN_LEVELS:
            likely |= WORDED
        return [kind for kind in KINDS if kind in likely]

    def is_named_by(self, finding: ColumnFinding) -> bool:
        """Whether the column's name says that what stands in its texts is what it is for."""
        is_meant = any(_is_meant(rule.kind, finding.kind) for rule in self.rules)
        return is_meant and finding.sensitivity == "direct" and finding.share >= NAMED

    def inside(self) -> list[ColumnFinding]:
        """What stands in the texts, of each kind that is believed."""
        read = _Read(self.name)
        common = self.cells.sample(TEXTS, TEXT_BYTES)
        n_rows = self.cells.n_rows
        # Words are looked for in the sample only; identifiers, in all that may hold them.
        read.add(common, worded=n_rows / max(common.n_rows, 1))
        if len(common) < len(self.cells):
            rare = self.cells.without(common).where(may_hold())
            chosen = rare.sample(RARE_TEXTS, RARE_BYTES)
            hard = [kind for kind in _recognised() if kind not in WORDED]
            read.add(chosen, rare.n_rows / max(chosen.n_rows, 1), kinds=hard)
        return list(read.findings(n_rows))


@dataclass(frozen=True)
class _Judged:
    """How much speaks for a kind in the sample of a column's cells.

    Args:
        kind: The kind.
        plain: The share of different values that are recognised by themselves.
        known: The share that are where a name says what they are.
        formed: The share that have the form that the column's name lets one expect.
        rule: What the column's name says.
        share: The share of rows that are of the kind.
        shown: Some of them.
    """

    kind: str
    plain: float
    known: float
    formed: float
    rule: NameRule | None
    share: float
    shown: pl.Series

    @classmethod
    def of(cls, kind: str, sample: Cells, rules: Sequence[NameRule], plain: float) -> "_Judged":
        rule = next((rule for rule in rules if _is_meant(rule.kind, kind)), None)
        asked = sample.values if kind in _recognised() else ()
        scores = [is_kind(kind, value) >= MIN_SCORE for value in asked]
        known = pl.Series(scores or [False] * len(sample), dtype=pl.Boolean)
        formed = pl.Series([False] * len(sample), dtype=pl.Boolean)
        if rule is not None and rule.kind == kind:
            formed = sample.values.str.contains(rule.form)
        right = known if not (rule and rule.is_sure) else known | formed
        share = int(sample.frame[COUNT].filter(right).sum()) / max(sample.n_rows, 1)
        shown = sample.values.filter(right).head(N_EXAMPLES)
        mean = [float(part.mean() or 0.0) for part in (known, formed)]  # type: ignore[arg-type]
        return cls(kind, plain, mean[0], mean[1], rule, share, shown)

    def is_believed(self, n_levels: int) -> bool:
        """Whether it is enough."""
        if self.rule is not None and self.rule.is_sure:
            return self.formed >= MOSTLY or self.known >= SOME
        if self.rule is not None:
            return self.plain >= SOME
        if self.kind in WORDED:
            return self.plain >= HALF and n_levels >= MIN_LEVELS
        is_own = KINDS[self.kind].has_check or self.kind in FORMED or n_levels >= MIN_LEVELS
        return self.plain >= MOSTLY and is_own

    @property
    def rank(self) -> tuple[bool, float, bool, bool, float]:
        """Of several kinds the one that needs no name, then the best known, then the named one."""
        best = max(self.plain, self.known)
        named = self.rule is not None
        return (self.plain >= MOSTLY, round(best, 1), named, self.kind != "phone", self.formed)

    @property
    def why(self) -> str:
        """What speaks for it, in words."""
        by_values = f"{max(self.plain, self.known):.0%} of different values"
        if self.rule is None:
            return by_values
        if self.known >= SOME:
            return f"name, {by_values}"
        return f"name, form of {self.formed:.0%} of different values"


def _recognised() -> tuple[str, ...]:
    return tuple(names(RECOGNISERS, GROUP))


def _plain_shares(sample: Cells) -> dict[str, float]:
    """The share of the cells that are recognised as a kind without any word that names it."""
    found = Counter(
        finding.kind
        for text, findings in zip(sample.values, find_texts(sample.values), strict=True)
        for finding in findings
        if finding.end - finding.start >= MOSTLY * len(text)
    )
    return {kind: n / len(sample) for kind, n in found.items()}


def _is_meant(named: str, kind: str) -> bool:
    return named == kind or named in NARROWER.get(kind, ())


class _Read:
    """What was found in the texts that were read so far."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.rows: dict[str, float] = {}
        self.spans: dict[str, dict[str, float]] = {}
        self.scaled = False

    def add(
        self,
        cells: Cells,
        scale: float = 1.0,
        *,
        worded: float = 1.0,
        kinds: Sequence[str] | None = None,
    ) -> None:
        """Read some texts.

        Args:
            cells: The texts.
            scale: How many rows each of their rows stands for.
            worded: The same for kinds that are made of words.
            kinds: Which kinds to look for, default all.
        """
        counts = cells.frame[COUNT]
        found = find_texts(cells.values, kinds=kinds)
        for text, n, findings in zip(cells.values, counts, found, strict=True):
            kept = [finding for finding in findings if finding.score >= MIN_SCORE]
            for kind in {finding.kind for finding in kept}:
                n_like = n * (worded if kind in WORDED else scale)
                self.rows[kind] = self.rows.get(kind, 0.0) + n_like
            self._keep(text, kept)
        self.scaled |= max(scale, worded) > 1

    def _keep(self, text: str, findings: Sequence[Finding]) -> None:
        for finding in findings:
            spans = self.spans.setdefault(finding.kind, {})
            span = text[finding.start : finding.end]
            if len(spans) < MOST_SPANS or span in spans:
                spans[span] = max(finding.score, spans.get(span, 0.0))

    def _is_believed(self, kind: str, share: float) -> bool:
        """Whether it is more than words or numbers that happen to look like it."""
        scores = self.spans[kind].values()
        n_sure = sum(score > SURE for score in scores)
        if kind not in WORDED:
            return bool(n_sure) or kind in FORMED or len(scores) >= MIN_SPANS
        if share < MIN_WORDED or len(scores) < MIN_SPANS:
            return False
        return KINDS[kind].sensitivity == "quasi" or n_sure >= max(2, MIN_SURE * len(scores))

    def findings(self, n_rows: int) -> Iterator[ColumnFinding]:
        """What is believed, commonest first."""
        for kind, n in sorted(self.rows.items(), key=lambda item: -item[1]):
            share = n / max(n_rows, 1)
            if not self._is_believed(kind, share):
                continue
            spans = sorted(self.spans[kind], key=self.spans[kind].__getitem__, reverse=True)
            why = "read in text" + (", estimated from a part" if self.scaled else "")
            yield _finding(self.column, kind, share, max(1, round(n)), spans, why=why, in_text=True)
