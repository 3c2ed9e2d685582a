"""The contract suite: what every metric and attack must keep, whoever wrote it.

Each check raises an `AssertionError` that says which promise was broken.
"""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from guanyao.attacks.result import AttackResult
from guanyao.data.schema import Column, ColumnType, Role, Schema
from guanyao.data.sides import Sides, prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.score import Score

TYPES: dict[str, tuple[pl.DataType, ColumnType, Role]] = {
    "编号": (pl.String(), "string", "identifier"),
    "age": (pl.Int64(), "integer", "feature"),
    "income": (pl.Float64(), "number", "feature"),
    "城市": (pl.String(), "string", "feature"),
    "member": (pl.Boolean(), "boolean", "feature"),
    "joined": (pl.Date(), "date", "feature"),
    "seen at": (pl.Datetime("ms"), "datetime", "feature"),
    "grade": (pl.Categorical(), "string", "feature"),
    "price": (pl.Decimal(12, 2), "number", "feature"),
    "constant": (pl.Int64(), "integer", "feature"),
    "empty": (pl.Float64(), "number", "feature"),
    "outcome": (pl.Int64(), "integer", "target"),
}
"""The columns of `example_table`: dtype, type and role."""


def example_table(n_rows: int, *, seed: int = 0) -> Table:
    """A made-up table with a column of every kind, with dependence, missing values and a target.

    Args:
        n_rows: Number of rows.
        seed: The same seed gives the same rows.
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n_rows)
    city = rng.integers(0, 4, n_rows)
    income = age * 100.0 + city * 2000 + rng.normal(0, 500, n_rows)
    outcome = (income + rng.normal(0, 1500, n_rows) > 8500).astype(np.int64)
    known = rng.random(n_rows) > 0.2
    days = rng.integers(0, 3000, n_rows) + age
    cities = np.array(["北京", "上海", "None", ""])
    values: dict[str, Any] = {
        "编号": [f"p{seed}-{i}" for i in range(n_rows)],
        "age": age,
        "income": [float(x) if ok else None for x, ok in zip(income, known, strict=True)],
        "城市": cities[city].tolist(),
        "member": [bool(x > 50) if ok else None for x, ok in zip(age, known[::-1], strict=True)],
        "joined": days.astype("datetime64[D]"),
        "seen at": (days * 86_400_000 + age).astype("datetime64[ms]"),
        "grade": np.array(["a", "b", "c"])[city % 3].tolist(),
        "price": np.round(income / 7, 2),
        "constant": np.ones(n_rows, dtype=np.int64),
        "empty": [None] * n_rows,
        "outcome": outcome,
    }
    frame = pl.DataFrame({n: pl.Series(n, v).cast(TYPES[n][0]) for n, v in values.items()})
    columns = (
        Column(name=n, type=kind, role=role, dtype=str(dtype))
        for n, (dtype, kind, role) in TYPES.items()
    )
    return Table(frame, Schema(columns=tuple(columns)))


def check_metric(metric: Callable[[Sides], Score]) -> None:
    """See that a metric keeps its promises.

    On a table with columns of every kind: the figure is finite and lies in its interval; both
    references are there; the same seed gives the same score; the record is plain JSON and quotes
    no name of a person; fresh real rows score no worse than columns shuffled apart. On one row it
    gives a score or says why it cannot.
    """
    train, holdout = example_table(400, seed=1), example_table(200, seed=2)
    fresh = example_table(400, seed=3)
    score = metric(prepare(train, holdout, fresh, seed=4))
    assert math.isfinite(score.value), f"{score.name} is not finite"
    assert score.low <= score.value <= score.high, f"{score.name} lies outside its interval"
    assert set(score.reference) >= {"real", "independent"}, f"{score.name} lacks a reference"
    again = metric(prepare(train, holdout, fresh, seed=4))
    assert score.to_json() == again.to_json(), f"{score.name} is not the same for the same seed"
    text = json.dumps(score.to_json(), ensure_ascii=False, allow_nan=False)
    assert "p3-1" not in text, f"{score.name} quotes the data"
    apart = metric(prepare(train, holdout, _shuffled(fresh), seed=4))
    slack = 2 * (score.high - score.low) + 1e-9
    gap = abs(score.value - score.best) - abs(apart.value - score.best)
    assert gap <= slack, f"{score.name} prefers columns shuffled apart to real rows"
    _check_small(metric)


def check_attack(attack: Callable[[Sides], list[AttackResult]]) -> None:
    """See that an attack keeps its promises.

    It finds the members in a copy of train and none in fresh real rows; the control is near chance;
    the same seed gives the same results; the records are plain JSON. On one row it gives results or
    says why it cannot.
    """
    train, holdout = example_table(600, seed=1), example_table(600, seed=2)
    leaking = attack(prepare(train, holdout, train, seed=4))
    assert leaking, "the attack gives no result"
    assert leaking[0].low > 0.5, f"{leaking[0].name} does not find a copy of train"
    sides = [prepare(train, holdout, example_table(600, seed=3), seed=4) for _ in range(2)]
    fresh, again = (attack(side) for side in sides)
    assert [r.to_json() for r in fresh] == [r.to_json() for r in again], "not the same every time"
    for result in fresh:
        margin = (result.high - result.low) * 1.5  # four deviations
        assert abs(result.auc - 0.5) <= margin, f"{result.name} finds members where there are none"
        assert abs(result.control - 0.5) <= 2 * margin, f"{result.name} has a control off chance"
        assert result.low <= result.auc <= result.high
        json.dumps(result.to_json(), allow_nan=False)
    _check_small(attack)


def _shuffled(table: Table) -> Table:
    names = enumerate(table.frame.columns)
    return table.rows(table.frame.select(pl.col(name).shuffle(seed=i) for i, name in names))


def _check_small(measure: Callable[[Sides], object]) -> None:
    """One row is measured, or refused with the code that `evaluate` understands."""
    one = example_table(1)
    try:
        measure(prepare(one, one, one))
    except DataError as error:
        assert error.code == "measure.impossible", f"a single row gives {error.code}"
