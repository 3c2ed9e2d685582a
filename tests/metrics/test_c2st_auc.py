"""The two-sample test tells what differs and nothing else."""

import numpy as np
import polars as pl
import pytest

from guanyao.data.schema import Column, Schema
from guanyao.data.sides import prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.c2st_auc import c2st_auc
from guanyao.testing import check_metric, example_table


def test_it_keeps_the_contract() -> None:
    check_metric(c2st_auc)


def test_fresh_rows_cannot_be_told() -> None:
    train, holdout, fresh = (example_table(600, seed=s) for s in range(3))
    score = c2st_auc(prepare(train, holdout, fresh))
    assert score.low < 0.5 < score.high
    assert score.reference["independent"] > 0.9


def test_the_column_that_gives_it_away_is_named_first() -> None:
    train, holdout, fresh = (example_table(300, seed=s) for s in range(3))
    odd = fresh.rows(fresh.frame.with_columns(pl.col("age") + 60))
    score = c2st_auc(prepare(train, holdout, odd))
    assert score.value > 0.95
    assert next(iter(score.details["columns"])) == "age"


def test_a_category_of_many_levels_and_infinite_numbers_are_taken() -> None:
    rng = np.random.default_rng(0)
    schema = Schema(
        columns=(Column(name="c", type="string"), Column(name="x", type="number", dtype="Float64"))
    )
    frame = pl.DataFrame(
        {"c": rng.integers(0, 700, 900).astype(str), "x": [np.inf, -np.inf, 1.0] * 300}
    )
    whole = Table(frame, schema)
    assert 0 <= c2st_auc(prepare(whole, whole, whole)).value <= 1


def test_too_few_rows_are_refused() -> None:
    few = example_table(19)
    with pytest.raises(DataError, match="19 rows a side") as caught:
        c2st_auc(prepare(few, few, few))
    assert caught.value.code == "measure.impossible"
