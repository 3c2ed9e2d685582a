"""Pair trends: whether columns that go together in the real rows go together in the virtual ones.

Two numbers: 1 - |r - r'| / 2 of the Pearson correlations, over rows where both are known. Else: one
minus the total variation distance of the two-way tables, a number being cut into ten equal widths
between the extremes *of its own side*. The mean is over pairs with a trend: |r| > 0.5, or Cramér's
V > 0.3 on the real side. Equal to the Column Pair Trends of the SDMetrics QualityReport, including
the rule that a pair with a column that is constant (two numbers) is not counted.

Reference: SDMetrics 0.32, `CorrelationSimilarity`, `ContingencySimilarity`.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanyao.data.interval import N_BLOCKS, blocks, jackknife, left_out
from guanyao.data.sides import Coded, Coding, Sides
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Blocks = tuple[Ints, Ints] | None

MIN_CORRELATION = 0.5
MIN_ASSOCIATION = 0.3
N_WIDTHS = 10
TABLE_ROWS = 50_000
"""Rows of a side that two-way tables are counted on at most."""


@dataclass(frozen=True)
class Trends:
    """What pairs of columns say on two sides.

    Args:
        pairs: Column numbers, shape (n_pairs, 2), numbers first.
        scores: Shape (1 or 1 + N_BLOCKS, n_pairs); NaN: cannot be computed.
        real: Correlation or Cramér's V of the real side, shape (n_pairs,).
        other: The same of the other side.
        counted: Which pairs enter the mean, shape (n_pairs,).
    """

    pairs: Ints
    scores: Floats
    real: Floats
    other: Floats
    counted: NDArray[np.bool_]

    def mean(self) -> Floats:
        """The mean score over counted pairs, shape (1 or 1 + N_BLOCKS,)."""
        chosen = self.scores[:, self.counted]
        return chosen.mean(axis=1) if chosen.shape[1] else np.full(len(chosen), np.nan)


def pair_trends(sides: Sides) -> Score:
    """How like the holdout's pairs of columns the virtual ones are.

    Returns:
        Mean over pairs with a trend, in [0, 1]; 1 means equal.

    Raises:
        DataError: No two columns of the holdout go together.
    """
    rng = sides.rng("pair_trends")
    block = (blocks(len(sides.holdout), rng), blocks(len(sides.virtual), rng))
    found = trends(sides.holdout, sides.virtual, sides.coding, block)
    if not found.counted.any():
        raise impossible("pair_trends", "no two columns of the holdout go together")
    value, low, high = jackknife(found.mean())
    against = {**sides.references, "against_train": sides.virtual}
    others = {
        name: float(
            trends(
                sides.train if name == "against_train" else sides.holdout, side, sides.coding
            ).mean()[0]
        )
        for name, side in against.items()
    }
    return Score(
        name="pair_trends",
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=1.0,
        reference={name: others[name] for name in sides.references},
        details={
            "pairs": _per_pair(found, sides.coding),
            "n_counted": int(found.counted.sum()),
            "n_undefined": int(np.isnan(found.scores[0]).sum()),
            "against_train": others["against_train"],
            "rows": {"holdout": len(sides.holdout), "virtual": len(sides.virtual)},
            "table_rows": TABLE_ROWS,
            "interval": f"grouped jackknife, {N_BLOCKS} blocks of rows",
        },
    )


def _per_pair(found: Trends, coding: Coding) -> list[dict[str, Any]]:
    """One record a pair: names, kind of measure, score, both sides' strength, whether counted."""
    names, n_numbers = coding.names, len(coding.numbers)
    return [
        {
            "a": names[a],
            "b": names[b],
            "measure": "correlation" if b < n_numbers else "table",
            "score": float(found.scores[0, i]),
            "real": float(found.real[i]),
            "virtual": float(found.other[i]),
            "counted": bool(found.counted[i]),
        }
        for i, (a, b) in enumerate(found.pairs)
    ]


def trends(real: Coded, other: Coded, coding: Coding, block: Blocks = None) -> Trends:
    """What every pair of columns says on both sides.

    Args:
        real: The rows to compare with.
        other: The rows that are compared.
        coding: Which column stands where.
        block: The blocks of both sides' rows; None: none is left out.
    """
    correlated = _correlated(real.numbers, other.numbers, block)
    tabled = _tabled(real, other, coding, block)
    return Trends(
        np.concatenate([correlated.pairs, tabled.pairs]),
        np.concatenate([correlated.scores, tabled.scores], axis=1),
        np.concatenate([correlated.real, tabled.real]),
        np.concatenate([correlated.other, tabled.other]),
        np.concatenate([correlated.counted, tabled.counted]),
    )


def _correlated(real: Floats, other: Floats, block: Blocks) -> Trends:
    n_numbers = real.shape[1]
    upper = np.triu_indices(n_numbers, 1)
    r = correlations(real, block[0] if block else None)[:, *upper]  # (1 + n_blocks, n_pairs)
    v = correlations(other, block[1] if block else None)[:, *upper]
    scores = 1 - np.abs(r - v) / 2
    counted = (np.abs(r[0]) > MIN_CORRELATION) & np.isfinite(scores[0])
    return Trends(np.stack(upper, axis=1), scores, r[0], v[0], counted)


def correlations(numbers: Floats, block: Ints | None = None) -> Floats:
    """Pearson correlations over rows where both columns are known.

    Args:
        numbers: Shape (n_rows, n_columns); NaN is missing.
        block: The block of each row; None: none is left out.

    Returns:
        Shape (1 or 1 + N_BLOCKS, n_columns, n_columns); NaN where a column is constant.
    """
    known = np.isfinite(numbers)
    infinite = np.isinf(numbers).any(axis=0)
    safe = np.where(known, numbers, 0.0)
    x = _standardised(safe, known)
    parts = [np.ones(len(x), dtype=np.bool_)]
    if block is not None:
        parts += [block == b for b in range(N_BLOCKS)]
    sums = np.stack([_sums(x[part], known[part].astype(np.float64)) for part in parts])
    sums[1:] = sums[0] - sums[1:]
    result = _pearson(sums)
    result[:, infinite, :] = result[:, :, infinite] = np.nan
    return result


def _standardised(safe: Floats, known: NDArray[np.bool_]) -> Floats:
    """Columns with mean 0 and deviation 1, missing 0, so that sums of squares lose no digits."""
    n = np.maximum(1, known.sum(axis=0))
    scale = np.maximum(np.abs(safe).max(axis=0, initial=0.0), np.finfo(np.float64).tiny)
    x = safe / scale
    x = np.where(known, x - x.sum(axis=0) / n, 0.0)
    deviation = np.sqrt(np.square(x).sum(axis=0) / n)
    standardised: Floats = x / np.where(deviation > 0, deviation, 1.0)
    return standardised


def _sums(x: Floats, known: Floats) -> Floats:
    """Counts and sums over rows where both are known: (4, n_columns, n_columns)."""
    return np.stack([known.T @ known, x.T @ known, np.square(x).T @ known, x.T @ x])


def _pearson(sums: Floats) -> Floats:
    n, s, ss, xy = (sums[:, i] for i in range(4))  # each (n_parts, n_columns, n_columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = ss - s * s / n
        spread = np.where(spread > 1e-12 * np.maximum(1.0, ss), spread, np.nan)
        covariance = xy - s * np.swapaxes(s, 1, 2) / n
        r: Floats = covariance / np.sqrt(spread * np.swapaxes(spread, 1, 2))
    return np.clip(r, -1.0, 1.0)


def _tabled(real: Coded, other: Coded, coding: Coding, block: Blocks) -> Trends:
    pairs = _table_pairs(coding)
    keep = (_some(len(real)), _some(len(other)))
    columns = (_levels(real, keep[0]), _levels(other, keep[1]))
    kept = (block[0][keep[0]], block[1][keep[1]]) if block else None
    tables = [_table(columns[0], columns[1], a, b, kept) for a, b in pairs]
    if not tables:
        n_parts = 1 + N_BLOCKS if block else 1
        none = np.zeros(0)
        return Trends(
            np.zeros((0, 2), np.int64), np.zeros((n_parts, 0)), none, none, none.astype(np.bool_)
        )
    scores = np.stack([table[0] for table in tables], axis=1)
    strength = np.array([table[1:] for table in tables], dtype=np.float64)
    counted = (strength[:, 0] > MIN_ASSOCIATION) & np.isfinite(scores[0])
    return Trends(np.array(pairs), scores, strength[:, 0], strength[:, 1], counted)


def _table_pairs(coding: Coding) -> list[tuple[int, int]]:
    """All pairs of columns but those of two numbers."""
    n_numbers = len(coding.numbers)
    return [(a, b) for a, b in combinations(range(len(coding.names)), 2) if b >= n_numbers]


def _some(n_rows: int) -> Ints:
    """At most TABLE_ROWS row numbers, always the same for the same number of rows."""
    if n_rows <= TABLE_ROWS:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(n_rows).permutation(n_rows)[:TABLE_ROWS])


def _levels(side: Coded, keep: Ints) -> list[Ints | None]:
    """Every column as levels from 0; None: it cannot be cut."""
    numbers = [_cut(side.numbers[:, i]) for i in range(side.numbers.shape[1])]
    codes = [side.codes[:, i] + 1 for i in range(side.codes.shape[1])]  # missing is level 0
    return [None if column is None else column[keep] for column in [*numbers, *codes]]


def _cut(column: Floats) -> Ints | None:
    """Ten equal widths; the greatest value and missing share an eleventh, as in SDMetrics."""
    known = column[~np.isnan(column)]
    try:
        edges = np.histogram_bin_edges(known, bins=N_WIDTHS)
    except ValueError:  # infinite values, or so near each other that no ten widths fit between
        return None
    return np.digitize(column, edges)


def _table(
    real: list[Ints | None], other: list[Ints | None], a: int, b: int, block: Blocks
) -> tuple[Floats, float, float]:
    """The likeness of two two-way tables, and Cramér's V of each."""
    columns = (real[a], real[b], other[a], other[b])
    if any(column is None for column in columns):
        return np.full(1 + N_BLOCKS if block else 1, np.nan), np.nan, np.nan
    ra, rb, oa, ob = (column for column in columns if column is not None)
    n_levels = int(max(rb.max(), ob.max())) + 1
    both = np.concatenate([ra * n_levels + rb, oa * n_levels + ob])
    cells, n_cells = _dense(both)
    p = left_out(cells[: len(ra)], n_cells, block[0] if block else None)
    q = left_out(cells[len(ra) :], n_cells, block[1] if block else None)
    with np.errstate(invalid="ignore"):  # a block that holds all rows leaves none
        gap = p / p.sum(axis=1, keepdims=True) - q / q.sum(axis=1, keepdims=True)
    score: Floats = 1 - np.abs(gap).sum(axis=1) / 2
    return score, cramer(ra, rb), cramer(oa, ob)


def _dense(codes: Ints) -> tuple[Ints, int]:
    """Codes from 0 without large gaps."""
    n_codes = int(codes.max()) + 1
    if n_codes <= 2 * len(codes):
        return codes, n_codes
    levels, dense = np.unique(codes, return_inverse=True)
    return dense, len(levels)


def cramer(a: Ints, b: Ints) -> float:
    """Cramér's V of two columns of levels, in [0, 1]; NaN where one has a single level.

    Reference: Cramér 1946, "Mathematical Methods of Statistics", section 21.9.

    Args:
        a: Levels from 0, shape (n_rows,).
        b: Levels from 0, shape (n_rows,).

    Examples:
        >>> cramer(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
        1.0
    """
    rows, columns = np.bincount(a), np.bincount(b)
    smaller = min(np.count_nonzero(rows), np.count_nonzero(columns))
    if smaller < 2:
        return float("nan")
    cells, n_cells = _dense(a * len(columns) + b)
    counts = np.bincount(cells, minlength=n_cells)
    seen = np.zeros(n_cells, dtype=np.int64)
    seen[cells] = np.arange(len(cells))  # a row that stands in each cell
    full = counts > 0
    row = seen[full]
    expected = rows[a[row]].astype(np.float64) * columns[b[row]]
    chi2_share = float((np.square(counts[full].astype(np.float64)) / expected).sum() - 1)
    return float(np.sqrt(max(0.0, chi2_share) / (smaller - 1)))
