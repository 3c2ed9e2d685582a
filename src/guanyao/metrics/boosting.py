"""Gradient boosting on coded rows, as the judge of what can be told apart or foretold.

Reference: Ke et al. 2017, "LightGBM: A Highly Efficient Gradient Boosting Decision Tree";
scikit-learn's histogram form of it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

from guanyao.data.sides import Coded, Coding

Floats = NDArray[np.float64]

MAX_LEVELS = 255
"""Levels of a category that the boosting can tell apart; rarer ones become one."""

HUGE = 1e300
"""Stands for infinity, which the boosting does not take."""


def one_thread() -> Any:  # noqa: ANN401
    """A `with` block in which boosting stays on one thread.

    On a busy machine the threads of many short steps wait for one another in busy loops: twenty
    times the processor time was measured, and more wall time too.
    """
    return threadpool_limits(1, user_api="openmp")


def features(rows: Coded, coding: Coding, without: str | None = None) -> Floats:
    """Rows as boosting wants them: numbers, then codes by falling frequency; NaN is missing.

    Args:
        rows: The rows.
        coding: Which column stands where.
        without: A column to leave out (the target).

    Returns:
        Shape (n_rows, n_features).
    """
    codes = np.where(rows.codes < 0, np.nan, np.minimum(rows.codes, MAX_LEVELS - 1))
    matrix = np.hstack([np.clip(rows.numbers, -HUGE, HUGE), codes])
    return matrix[:, kept(coding, without)]


def kept(coding: Coding, without: str | None) -> NDArray[np.bool_]:
    """Which columns are features, shape (n_columns,)."""
    return np.array([name != without for name in coding.names], dtype=np.bool_)


def is_category(coding: Coding, without: str | None = None) -> NDArray[np.bool_]:
    """Which features are categories, shape (n_features,)."""
    flags = np.arange(len(coding.names)) >= len(coding.numbers)
    return flags[kept(coding, without)]


def fitted(model: Any, x: Floats, y: NDArray[Any]) -> Any:  # noqa: ANN401
    """The model, fitted; a feature without any known value stands as a constant.

    (scikit-learn cannot bin such a feature. No tree splits on it, so predictions need no care.)
    """
    empty = np.isnan(x).all(axis=0)
    return model.fit(np.where(empty, 0.0, x), y)


def classifier(n_trees: int, category: NDArray[np.bool_], seed: int) -> Any:  # noqa: ANN401
    """A boosted classifier with the settings all our figures are measured with."""
    return HistGradientBoostingClassifier(**_settings(n_trees, category, seed))


def regressor(n_trees: int, category: NDArray[np.bool_], seed: int) -> Any:  # noqa: ANN401
    """A boosted regressor with the settings all our figures are measured with."""
    return HistGradientBoostingRegressor(**_settings(n_trees, category, seed))


def _settings(n_trees: int, category: NDArray[np.bool_], seed: int) -> dict[str, Any]:
    return {
        "max_iter": n_trees,
        "max_leaf_nodes": 31,
        "learning_rate": 0.1,
        "early_stopping": False,
        "categorical_features": category,
        "random_state": seed,
    }
