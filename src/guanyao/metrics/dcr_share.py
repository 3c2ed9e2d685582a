"""DCR share: how many virtual rows lie nearer to train than to equally many holdout rows.

A diagnostic only. It can hint at memory, it can never rule memory out.
"""

import numpy as np

from guanyao.data.interval import wilson
from guanyao.data.neighbours import Geometry, Placed, nearest
from guanyao.data.sides import Coded, Sides
from guanyao.metrics.score import Score, impossible

MAX_ROWS = 5_000
"""Rows that are measured."""
MAX_POINTS = 10_000
"""Rows of train, and of the holdout, that they are measured against."""
MIN_ROWS = 20

WARNING = (
    "A share near one half does not show that nobody is remembered: with one row in a hundred "
    "copied word for word it still reads 0.50, while a nearest-neighbour attack finds every copied "
    "row. Judge privacy by the attacks."
)


def dcr_share(sides: Sides) -> Score:
    """How many virtual rows lie nearer to train than to the holdout; ties count half.

    Returns:
        A share in [0, 1]; 0.5 is what rows show that know nothing of train. The real reference is
        fresh real rows (half the holdout against train and the other half); what a word-for-word
        copy of train gets stands in the details.

    Raises:
        DataError: A side has fewer than MIN_ROWS rows, or there is no column.
    """
    if min(len(sides.holdout) // 2, len(sides.virtual), len(sides.train)) < MIN_ROWS:
        raise impossible("dcr_share", f"it needs {2 * MIN_ROWS} holdout rows and {MIN_ROWS} others")
    if not sides.coding.names:
        raise impossible("dcr_share", "there is no column to compare")
    rng = sides.rng("dcr_share")
    geometry = sides.once("geometry", lambda: Geometry.of(sides.coding, sides.train))
    train = geometry.place(sides.train.sample(min(len(sides.holdout), MAX_POINTS), rng))
    holdout = geometry.place(sides.holdout.sample(MAX_POINTS, rng))

    def share(candidate: Coded) -> tuple[float, int]:
        return nearer(geometry.place(candidate.sample(MAX_ROWS, rng)), train, holdout)

    hits, n = share(sides.virtual)
    low, high = wilson(hits, n)
    independent, copied = share(sides.independent), share(sides.train)
    return Score(
        name="dcr_share",
        kind="diagnostic",
        value=hits / n,
        low=low,
        high=high,
        best=0.5,
        reference={
            "real": _fresh(train, holdout),
            "independent": independent[0] / independent[1],
        },
        details={
            "warning": WARNING,
            "copy_of_train": copied[0] / copied[1],
            "rows": {"virtual": n, "train": len(train), "holdout": len(holdout)},
            "interval": "Wilson",
        },
    )


def nearer(queries: Placed, train: Placed, holdout: Placed) -> tuple[float, int]:
    """How many queries lie nearer to train than to the holdout (ties: half), and of how many."""
    n = min(len(train), len(holdout))
    to_train = nearest(queries, train.take(np.arange(n)))
    to_holdout = nearest(queries, holdout.take(np.arange(n)))
    hits = (to_train < to_holdout).sum() + 0.5 * (to_train == to_holdout).sum()
    return float(hits), len(queries)


def _fresh(train: Placed, holdout: Placed) -> float:
    """The share that real rows get which nobody learned from."""
    half = len(holdout) // 2
    fresh = holdout.take(np.arange(min(half, MAX_ROWS)))
    hits, n = nearer(fresh, train, holdout.take(np.arange(half, len(holdout))))
    return hits / n
