"""Train on synthetic, test on real: classes, many classes, numbers, and no task at all."""

import numpy as np
import polars as pl
import pytest

from guanyao.data.sides import Sides, prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.tstr import find_task, quality, tstr
from guanyao.testing import check_metric, example_table


def sides(target: str, virtual: Table | None = None) -> Sides:
    train, holdout = example_table(400, seed=1), example_table(300, seed=2)
    return prepare(train, holdout, virtual or example_table(400, seed=3), target=target)


def test_it_keeps_the_contract() -> None:
    check_metric(tstr)


@pytest.mark.parametrize(
    ("target", "measure", "n_classes"),
    [("outcome", "auc", 2), ("城市", "auc", 4), ("member", "auc", 2), ("income", "r2", None)],
)
def test_it_finds_the_task(target: str, measure: str, n_classes: int | None) -> None:
    score = tstr(sides(target))
    assert score.details["measure"] == measure
    assert score.details["n_classes"] == n_classes
    assert score.reference["independent"] + 0.2 < score.value < score.reference["real"] + 0.1
    assert score.low <= score.value <= score.high
    assert score.details["tsts"] > score.reference["independent"]


def test_virtual_rows_of_one_class_teach_nothing() -> None:
    virtual = example_table(400, seed=3)
    same = virtual.rows(virtual.frame.with_columns(outcome=pl.lit(1, pl.Int64)))
    score = tstr(sides("outcome", same))
    assert score.value == 0.5
    assert score.details["tsts"] is None or np.isnan(score.details["tsts"])
    assert score.to_json()["details"]["tsts"] is None


def test_a_virtual_target_that_is_always_missing_teaches_nothing() -> None:
    virtual = example_table(400, seed=3)
    empty = virtual.rows(virtual.frame.with_columns(income=pl.lit(None, pl.Float64)))
    assert tstr(sides("income", empty)).value < 0


def test_r_squared_of_the_mean_is_nought() -> None:
    task = find_task(sides("income"))
    truth = np.array([1.0, 2.0, 3.0, np.nan])
    assert quality(truth, np.full((4, 1), 2.0), task) == 0
    assert quality(truth, truth[:, None], task) == 1


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (None, "no target"),
        ("constant", "constant"),
        ("empty", "fewer than 20 rows"),
        ("编号", "identifier"),
    ],
)
def test_without_a_task_it_says_so(target: str | None, why: str) -> None:
    train = example_table(60)
    columns = (c for c in train.schema if c.name != "outcome")
    schema = type(train.schema)(columns=tuple(columns))
    table = Table(train.frame.drop("outcome"), schema)
    with pytest.raises(DataError, match=why) as caught:
        tstr(prepare(table, table, table, target=target))
    assert caught.value.code == "measure.impossible"
