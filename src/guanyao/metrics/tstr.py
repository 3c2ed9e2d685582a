"""Train on synthetic, test on real: whether a model learned from virtual rows works on real ones.

Gradient boosting (200 trees) learns the target from as many virtual rows as train has and is
tested on the holdout: area under the ROC curve for classes (macro one against the rest for more
than two), R squared for numbers. The real reference learned from train (TRTR), the independent
one from shuffled columns.

Reference: Esteban, Hyland & Rätsch 2017, "Real-valued (Medical) Time Series Generation with
Recurrent Conditional GANs", arXiv:1706.02633.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanyao.data.interval import N_BLOCKS, auc, jackknife_of
from guanyao.data.sides import Coded, Sides
from guanyao.metrics.boosting import (
    classifier,
    features,
    fitted,
    is_category,
    one_thread,
    regressor,
)
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]

N_TREES = 200
MIN_ROWS = 20
MAX_CLASSES = 10
"""Classes kept apart; rarer ones become one more."""
MAX_CLASS_ROWS = 100_000
"""Rows to learn from, times classes: each class of many costs a boosting of its own."""
TSTS_ROWS = 20_000


@dataclass(frozen=True)
class Task:
    """What is to be foretold.

    Args:
        target: The column.
        n_classes: How many classes; 0 for a number.
        values: The target of train, sorted and different, where numbers stand for classes.
    """

    target: str
    n_classes: int
    values: Floats

    def truth(self, rows: Coded, sides: Sides) -> Floats:
        """The target of the rows; NaN is missing. Shape (n_rows,)."""
        names = sides.coding.names
        place = names.index(self.target) - len(sides.coding.numbers)
        if place >= 0:
            codes = rows.codes[:, place]
            return np.where(codes < 0, np.nan, np.minimum(codes, MAX_CLASSES))
        numbers = rows.numbers[:, names.index(self.target)]
        return numbers if self.n_classes == 0 else self._classes(numbers)

    def _classes(self, numbers: Floats) -> Floats:
        at = np.minimum(np.searchsorted(self.values, numbers), len(self.values) - 1)
        return np.where(self.values[at] == numbers, at.astype(np.float64), np.nan)


def tstr(sides: Sides) -> Score:
    """How well the target of real rows is foretold by a model that learned from virtual ones.

    Returns:
        Area under the ROC curve in [0, 1], or R squared (at most 1) for a number; 1 is best,
        but the real reference is what can be had.

    Raises:
        DataError: There is no target, it is constant, or there are too few rows.
    """
    with one_thread():
        return _score(sides, find_task(sides))


def _score(sides: Sides, task: Task) -> Score:
    candidates = {"virtual": sides.virtual, **sides.references}
    predicted = {
        name: _learn(sides, side, task)(sides.holdout) for name, side in candidates.items()
    }
    truth = task.truth(sides.holdout, sides)
    values = {name: quality(truth, p, task) for name, p in predicted.items()}
    value, low, high = _interval(truth, predicted["virtual"], task, sides)
    return Score(
        name="tstr",
        kind="utility",
        value=value,
        low=low,
        high=high,
        best=1.0,
        reference={"real": values["real"], "independent": values["independent"]},
        details={
            "measure": "auc" if task.n_classes else "r2",
            "target": task.target,
            "n_classes": task.n_classes or None,
            "trtr": values["real"],
            "tsts": _tsts(sides, task),
            "rows": {"learned": _n_rows(sides, task), "tested": int(np.isfinite(truth).sum())},
            "interval": "DeLong"
            if task.n_classes == 2
            else f"grouped jackknife, {N_BLOCKS} blocks",
        },
    )


def find_task(sides: Sides) -> Task:
    """What is to be foretold, and whether it can be.

    Raises:
        DataError: There is no target, it is constant, or there are too few rows.
    """
    if sides.target is None:
        raise impossible("tstr", "no target column was named")
    if sides.target not in sides.coding.names:
        raise impossible("tstr", f"the target {sides.target!r} is an identifier or free text")
    if len(sides.coding.names) < 2:
        raise impossible("tstr", "there is no column but the target")
    task = _task(sides, sides.target)
    for side in ("train", "holdout"):
        truth = task.truth(getattr(sides, side), sides)
        truth = truth[np.isfinite(truth)]
        if len(truth) < MIN_ROWS:
            raise impossible("tstr", f"fewer than {MIN_ROWS} rows of {side} have a target")
        if len(np.unique(truth)) < 2:
            raise impossible("tstr", f"the target is constant in {side}")
    return task


def _task(sides: Sides, target: str) -> Task:
    if target in sides.coding.categories:
        n_levels = sides.coding.n_levels[sides.coding.categories.index(target)]
        return Task(target, min(n_levels, MAX_CLASSES + 1), np.zeros(0))
    column = sides.train.numbers[:, sides.coding.numbers.index(target)]
    values = np.unique(column[~np.isnan(column)])
    few = MAX_CLASSES if sides.schema[target].type == "integer" else 2
    return Task(target, len(values) if len(values) <= few else 0, values)


def _n_rows(sides: Sides, task: Task) -> int:
    return min(len(sides.train), MAX_CLASS_ROWS // max(1, task.n_classes - 1))


def _learn(
    sides: Sides, rows: Coded, task: Task, n_rows: int | None = None
) -> Callable[[Coded], Floats]:
    """What foretells the target of rows: (n_rows, n_classes) chances, or (n_rows, 1) numbers."""
    chosen = rows.sample(n_rows or _n_rows(sides, task), sides.rng("tstr"))
    x, y = features(chosen, sides.coding, task.target), task.truth(chosen, sides)
    known = np.isfinite(y)
    x, y = x[known], y[known]
    n_outputs = max(1, task.n_classes)
    if len(np.unique(y)) < 2:  # nothing to learn: every row is foretold the same
        same = float(y[0]) if len(y) else 0.0
        return lambda test: np.full((len(test), n_outputs), same)
    make = classifier if task.n_classes else regressor
    model = make(N_TREES, is_category(sides.coding, task.target), sides.seed)
    fitted(model, x, y)

    def foretell(test: Coded) -> Floats:
        features_of_test = features(test, sides.coding, task.target)
        if not task.n_classes:
            numbers: Floats = model.predict(features_of_test)[:, None]
            return numbers
        chances = np.zeros((len(test), n_outputs))
        chances[:, model.classes_.astype(np.int64)] = model.predict_proba(features_of_test)
        return chances

    return foretell


def quality(truth: Floats, predicted: Floats, task: Task) -> float:
    """How good predictions are: area under the ROC curve (macro), or R squared.

    Args:
        truth: Class or number of each row, shape (n_rows,); NaN is left out.
        predicted: Chances (n_rows, n_classes), or numbers (n_rows, 1).
        task: What was to be foretold.

    Returns:
        NaN where the truth has a single value.
    """
    known = np.isfinite(truth)
    truth, predicted = truth[known], predicted[known]
    if task.n_classes == 0:
        if not len(truth):
            return float("nan")
        spread = np.square(truth - truth.mean()).sum()
        return float(1 - np.square(truth - predicted[:, 0]).sum() / spread) if spread else np.nan
    classes = np.unique(truth).astype(np.int64)
    if len(classes) < 2:
        return float("nan")
    if task.n_classes == 2:
        classes = classes[1:]
    areas = [auc(predicted[truth == c, c], predicted[truth != c, c])[0] for c in classes]
    return float(np.mean(areas))


def _interval(truth: Floats, predicted: Floats, task: Task, sides: Sides) -> tuple[float, ...]:
    if task.n_classes == 2:
        return auc(predicted[truth == 1, 1], predicted[truth == 0, 1])
    known = np.flatnonzero(np.isfinite(truth))
    bounds = (0.0, 1.0) if task.n_classes else (-np.inf, 1.0)
    return jackknife_of(
        lambda mask: quality(truth[known[mask]], predicted[known[mask]], task),
        len(known),
        sides.rng("tstr interval"),
        bounds,
    )


def _tsts(sides: Sides, task: Task) -> float | None:
    """Learned on one half of the virtual rows and tested on the other."""
    rows = sides.virtual.sample(2 * TSTS_ROWS, sides.rng("tsts"))
    halves = np.array_split(sides.rng("tsts halves").permutation(len(rows)), 2)
    if min(len(half) for half in halves) < MIN_ROWS:
        return None
    test = rows.take(halves[1])
    predicted = _learn(sides, rows.take(halves[0]), task)(test)
    return quality(task.truth(test, sides), predicted, task)
