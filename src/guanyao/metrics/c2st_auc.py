"""Classifier two-sample test: whether gradient boosting can tell virtual rows from real ones.

The area under the ROC curve of three-fold cross-validated predictions on as many rows of the
holdout as of the candidate, at most 10,000 a side. One half: it cannot; one: it always can.

Reference: Lopez-Paz & Oquab 2017, "Revisiting Classifier Two-Sample Tests", arXiv:1610.06545.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from guanyao.data.interval import auc
from guanyao.data.sides import Coded, Sides
from guanyao.metrics.boosting import classifier, features, fitted, is_category, one_thread
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]

MAX_ROWS = 10_000
MIN_ROWS = 20
N_TREES = 120
N_FOLDS = 3
TELLING_ROWS = 2_000
"""Rows that the most telling columns are found on."""


def c2st_auc(sides: Sides) -> Score:
    """How well virtual rows can be told from the holdout's.

    Returns:
        Area under the ROC curve, in [0, 1]; 0.5 means not at all.

    Raises:
        DataError: A side has fewer than MIN_ROWS rows, or there is no column.
    """
    n_rows = min(MAX_ROWS, len(sides.holdout), len(sides.virtual), len(sides.train))
    if n_rows < MIN_ROWS:
        raise impossible("c2st_auc", f"{n_rows} rows a side are fewer than {MIN_ROWS}")
    if not sides.coding.names:
        raise impossible("c2st_auc", "there is no column to compare")
    with one_thread():
        (value, low, high), telling = told_apart(sides, sides.virtual, n_rows, with_columns=True)
        reference = {
            name: told_apart(sides, side, n_rows)[0][0] for name, side in sides.references.items()
        }
    return Score(
        name="c2st_auc",
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=0.5,
        reference=reference,
        details={
            "columns": telling,
            "rows_a_side": n_rows,
            "folds": N_FOLDS,
            "trees": N_TREES,
            "interval": "DeLong",
        },
    )


def told_apart(
    sides: Sides, candidate: Coded, n_rows: int, *, with_columns: bool = False
) -> tuple[tuple[float, float, float], dict[str, float]]:
    """Area, low and high; and how much of the area each column carries, the most first.

    Args:
        sides: Where the holdout is.
        candidate: The rows to tell from it.
        n_rows: Rows of each.
        with_columns: Whether to find out about columns.
    """
    rng = sides.rng("c2st_auc")
    parts = [sides.holdout.sample(n_rows, rng), candidate.sample(n_rows, rng)]
    x = np.vstack([features(part, sides.coding) for part in parts])
    y = np.repeat([0, 1], n_rows)
    scores = np.zeros(len(y))
    telling: dict[str, float] = {}
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=sides.seed)
    for train, test in folds.split(x, y):
        judge = classifier(N_TREES, is_category(sides.coding), sides.seed)
        fitted(judge, x[train], y[train])
        scores[test] = judge.predict_proba(x[test])[:, 1]
        if with_columns and not telling:
            some = rng.permutation(test)[:TELLING_ROWS]
            telling = _telling(judge, x[some], y[some], sides.coding.names, rng)
    return auc(scores[y == 1], scores[y == 0]), telling


def _telling(
    judge: Any,  # noqa: ANN401
    x: Floats,
    y: NDArray[np.int64],
    names: tuple[str, ...],
    rng: np.random.Generator,
) -> dict[str, float]:
    """By how much the area falls when a column is shuffled."""

    def area(rows: Floats) -> float:
        scores = judge.predict_proba(rows)[:, 1]
        return auc(scores[y == 1], scores[y == 0])[0]

    whole, falls = area(x), {}
    for i, name in enumerate(names):
        mixed = x.copy()
        mixed[:, i] = rng.permutation(mixed[:, i])
        falls[name] = whole - area(mixed)
    return dict(sorted(falls.items(), key=lambda item: -item[1]))
