"""Missingness: whether values are missing as often, and together, as in the real rows.

One minus the mean absolute difference of how often a column is missing, and of how often two
columns are missing together, over columns (and pairs of columns) where a value is ever missing.
All columns count, identifiers and text too.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.interval import N_BLOCKS, blocks, jackknife
from guanyao.data.sides import Sides
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]


def missingness(sides: Sides) -> Score:
    """How like the holdout's missing values the virtual ones are.

    Returns:
        Mean likeness of shares of missing values, in [0, 1]; 1 means equal.

    Raises:
        DataError: Nothing is ever missing.
    """
    masks = {side: _mask(sides, side) for side in ("train", "holdout", "virtual")}
    ever = np.any([mask.any(axis=0) for mask in masks.values()], axis=0)
    if not ever.any():
        raise impossible("missingness", "no value is missing in any of the tables")
    masks = {side: mask[:, ever] for side, mask in masks.items()}
    rng = sides.rng("missingness")
    real, virtual = (together(masks[side], rng) for side in ("holdout", "virtual"))
    value, low, high = jackknife(likeness(real, virtual))
    shuffled = rng.permuted(masks["train"], axis=0)
    names = [name for name, kept in zip(sides.schema.names, ever, strict=True) if kept]
    return Score(
        name="missingness",
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=1.0,
        reference={
            "real": float(likeness(real, together(masks["train"], rng))[0]),
            "independent": float(likeness(real, together(shuffled, rng))[0]),
        },
        details={
            "columns": {
                name: {"real": float(real[0, i, i]), "virtual": float(virtual[0, i, i])}
                for i, name in enumerate(names)
            },
            "worst_pair": float(np.abs(real[0] - virtual[0]).max()),
            "interval": f"grouped jackknife, {N_BLOCKS} blocks of rows",
        },
    )


def _mask(sides: Sides, side: str) -> NDArray[np.bool_]:
    """What is missing in the coded rows of a side: (n_rows, n_columns)."""
    frame = sides.tables[side].frame[sides.rows[side]]
    missing = [
        pl.col(name).is_null() | pl.col(name).is_nan()
        if dtype.is_float()
        else pl.col(name).is_null()
        for name, dtype in frame.schema.items()
    ]
    return frame.select(missing).fill_null(True).to_numpy()


def together(mask: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """How often two columns are missing together; the diagonal: how often one is.

    Returns:
        Shape (1 + N_BLOCKS, n_columns, n_columns): in all rows, then with a block left out.
    """
    block = blocks(len(mask), rng)
    x = mask.astype(np.float64)
    parts = np.stack([x[block == b].T @ x[block == b] for b in range(N_BLOCKS)])
    sizes = np.bincount(block, minlength=N_BLOCKS)
    total, n = parts.sum(axis=0), len(mask)
    with np.errstate(invalid="ignore"):
        rest = (total - parts) / (n - sizes)[:, None, None]
    return np.concatenate([total[None] / n, rest])


def likeness(real: Floats, other: Floats) -> Floats:
    """One minus the mean difference over columns and pairs, shape (1 + N_BLOCKS,)."""
    upper = np.triu_indices(real.shape[1])
    gaps: Floats = np.abs(real - other)[:, *upper].mean(axis=1)
    return 1 - gaps
