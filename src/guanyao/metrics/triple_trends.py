"""Triple trends: whether any three columns together look as they do in the real rows.

The mean of one minus the total variation distance of three-way tables, over 60 triples of columns
drawn with the seed (all, where there are fewer). Numbers are cut at the ten quantiles of train;
a category keeps its ten most frequent levels; missing is a level of its own.
"""

from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from guanyao.data.interval import N_BLOCKS, blocks, jackknife, left_out
from guanyao.data.sides import Coded, Sides
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Triple = tuple[int, ...]

N_TRIPLES = 60
N_LEVELS = 10
BASE = N_LEVELS + 2
"""Levels, all others, missing."""


def triple_trends(sides: Sides) -> Score:
    """How like the holdout's three-way tables the virtual ones are.

    Returns:
        Mean over triples of 1 - TVD, in [0, 1]; 1 means equal, and even real rows stay below 1
        for want of rows: read it beside the real reference.

    Raises:
        DataError: There are fewer than three columns.
    """
    n_columns = len(sides.coding.names)
    if n_columns < 3:
        raise impossible("triple_trends", "there are fewer than three columns")
    rng = sides.rng("triple_trends")
    triples = draw(n_columns, rng)
    cuts = [quantile_cuts(column) for column in sides.train.numbers.T]
    block = (blocks(len(sides.holdout), rng), blocks(len(sides.virtual), rng))
    levels = {
        side: _levels(getattr(sides, side), cuts)
        for side in ("train", "holdout", "virtual", "independent")
    }
    scores = _scores(levels["holdout"], levels["virtual"], triples, block)
    value, low, high = jackknife(scores.mean(axis=1))
    return Score(
        name="triple_trends",
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=1.0,
        reference={
            "real": float(_scores(levels["holdout"], levels["train"], triples).mean()),
            "independent": float(_scores(levels["holdout"], levels["independent"], triples).mean()),
        },
        details={
            "triples": _worst(sides.coding.names, triples, scores[0]),
            "n_triples": len(triples),
            "against_train": float(_scores(levels["train"], levels["virtual"], triples).mean()),
            "rows": {"holdout": len(sides.holdout), "virtual": len(sides.virtual)},
            "interval": f"grouped jackknife, {N_BLOCKS} blocks of rows",
        },
    )


def _worst(
    names: tuple[str, ...], triples: list[Triple], scores: Floats
) -> list[dict[str, object]]:
    """The triples, least like the real ones first."""
    order = np.argsort(scores, kind="stable")
    return [{"columns": [names[c] for c in triples[i]], "score": float(scores[i])} for i in order]


def draw(n_columns: int, rng: np.random.Generator) -> list[Triple]:
    """At most N_TRIPLES different triples of columns."""
    if comb(n_columns, 3) <= N_TRIPLES:
        return list(combinations(range(n_columns), 3))
    triples: dict[Triple, None] = {}
    while len(triples) < N_TRIPLES:
        triple = np.sort(rng.choice(n_columns, 3, replace=False))
        triples[tuple(int(c) for c in triple)] = None
    return list(triples)


def quantile_cuts(column: Floats) -> Floats:
    """Where to cut a number into ten parts of equal size; fewer cuts where values repeat.

    Examples:
        >>> quantile_cuts(np.arange(101.0)).tolist()
        [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    """
    known = np.sort(column[~np.isnan(column)])
    if not len(known):
        return known
    at = (np.arange(1, N_LEVELS) * (len(known) - 1)) // N_LEVELS  # no blending: inf stays harmless
    return np.unique(known[at])


def _levels(side: Coded, cuts: list[Floats]) -> list[Ints]:
    numbers = [
        np.where(np.isnan(column), BASE - 1, np.searchsorted(cut, column, "left"))
        for column, cut in zip(side.numbers.T, cuts, strict=True)
    ]
    codes = [np.where(c < 0, BASE - 1, np.minimum(c, N_LEVELS)) for c in side.codes.T]
    return [*numbers, *codes]


def _scores(
    real: list[Ints],
    other: list[Ints],
    triples: list[Triple],
    block: tuple[Ints, Ints] | None = None,
) -> Floats:
    """One minus TVD of each triple, shape (1 or 1 + N_BLOCKS, n_triples)."""
    sides = ((real, block[0] if block else None), (other, block[1] if block else None))
    scores = []
    for a, b, c in triples:
        counts = [
            left_out((side[a] * BASE + side[b]) * BASE + side[c], BASE**3, left)
            for side, left in sides
        ]
        with np.errstate(invalid="ignore"):  # a block that holds all rows leaves none
            p, q = (count / count.sum(axis=1, keepdims=True) for count in counts)
        scores.append(1 - np.abs(p - q).sum(axis=1) / 2)
    return np.stack(scores, axis=1)
