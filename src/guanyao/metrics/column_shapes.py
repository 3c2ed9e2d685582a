"""Column shapes: how like the real columns the virtual ones are, each for itself.

Numbers, dates and times: one minus the Kolmogorov-Smirnov statistic; strings and booleans: one
minus the total variation distance; both over known values; the mean over columns. Equal to the
Column Shapes of the SDMetrics QualityReport.

Reference: SDMetrics 0.32, `KSComplement` and `TVComplement`.
"""

import numpy as np
from numpy.typing import NDArray

from guanyao.data.interval import N_BLOCKS, blocks, jackknife, left_out
from guanyao.data.sides import Coded, Coding, Sides
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]
Blocks = tuple[NDArray[np.int64], NDArray[np.int64]] | None

DECIMALS = 14
EXACT_BELOW = 64.0
"""Larger floats have fewer than DECIMALS digits after the point anyway."""


def column_shapes(sides: Sides) -> Score:
    """How like the holdout's columns the virtual ones are.

    Returns:
        Mean over columns of 1 - KS or 1 - TVD, in [0, 1]; 1 means equal.

    Raises:
        DataError: No column has known values on both sides.
    """
    rng = sides.rng("column_shapes")
    block = (blocks(len(sides.holdout), rng), blocks(len(sides.virtual), rng))
    columns = shapes(sides.holdout, sides.virtual, sides.coding, block)  # (1 + n_blocks, n_columns)
    if np.isnan(columns[0]).all():
        raise impossible("column_shapes", "no column has known values on both sides")
    value, low, high = jackknife(mean(columns))
    return Score(
        name="column_shapes",
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=1.0,
        reference={
            name: float(mean(shapes(sides.holdout, side, sides.coding))[0])
            for name, side in sides.references.items()
        },
        details={
            "columns": _per_column(columns[0], sides.coding),
            "against_train": float(mean(shapes(sides.train, sides.virtual, sides.coding))[0]),
            "rows": {"holdout": len(sides.holdout), "virtual": len(sides.virtual)},
            "interval": f"grouped jackknife, {N_BLOCKS} blocks of rows",
        },
    )


def _per_column(scores: Floats, coding: Coding) -> dict[str, dict[str, float | str]]:
    measures = ["ks"] * len(coding.numbers) + ["tvd"] * len(coding.categories)
    return {
        name: {"score": float(score), "measure": measure}
        for name, score, measure in zip(coding.names, scores, measures, strict=True)
    }


def mean(columns: Floats) -> Floats:
    """The mean of the finite parts of each row; NaN where a row has none."""
    known = np.isfinite(columns)
    with np.errstate(invalid="ignore"):
        means: Floats = np.where(known, columns, 0).sum(axis=1) / known.sum(axis=1)
    return means


def shapes(real: Coded, other: Coded, coding: Coding, block: Blocks = None) -> Floats:
    """The likeness of each column, in all rows and with each block of rows left out.

    Args:
        real: The rows to compare with.
        other: The rows that are compared.
        coding: Which column stands where.
        block: The blocks of both sides' rows; None: none is left out.

    Returns:
        Shape (1 or 1 + N_BLOCKS, n_columns), NaN where a side has no known value.
    """
    columns = [
        *(_ks(real.numbers[:, i], other.numbers[:, i], block) for i in range(len(coding.numbers))),
        *(
            _tv(real.codes[:, i], other.codes[:, i], n_levels, block)
            for i, n_levels in enumerate(coding.n_levels)
        ),
    ]
    return np.stack(columns, axis=1) if columns else np.full((1, 1), np.nan)


def _ks(real: Floats, other: Floats, block: Blocks) -> Floats:
    values = _rounded(np.concatenate([real, other]))
    levels, codes = np.unique(values, return_inverse=True)  # NaN stands last, once
    codes = np.where(np.isnan(values), -1, codes)
    n_levels = max(1, len(levels))
    p, q = _shares(codes[: len(real)], codes[len(real) :], n_levels, block)
    gap: Floats = np.abs(np.cumsum(p, axis=1) - np.cumsum(q, axis=1)).max(axis=1)
    return 1 - gap


def _tv(real: NDArray[np.int64], other: NDArray[np.int64], n_levels: int, block: Blocks) -> Floats:
    p, q = _shares(real, other, max(1, n_levels), block)
    distance: Floats = np.abs(p - q).sum(axis=1) / 2
    return 1 - distance


def _shares(
    real: NDArray[np.int64], other: NDArray[np.int64], n_levels: int, block: Blocks
) -> tuple[Floats, Floats]:
    """The share of each level on both sides, each (1 + n_blocks, n_levels); NaN for no rows."""
    shares = []
    for i, codes in enumerate((real, other)):
        known = codes >= 0
        counts = left_out(codes[known], n_levels, block[i][known] if block else None)
        with np.errstate(invalid="ignore"):
            shares.append(counts / counts.sum(axis=1, keepdims=True))
    return shares[0], shares[1]


def _rounded(values: Floats) -> Floats:
    small = np.abs(values) < EXACT_BELOW
    return np.where(small, np.round(np.where(small, values, 0), DECIMALS), values)
