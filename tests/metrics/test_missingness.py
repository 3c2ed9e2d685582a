"""Missingness: known answers and the contract."""

import polars as pl
import pytest

from guanyao.data.schema import Column, Schema
from guanyao.data.sides import prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.missingness import missingness
from guanyao.testing import check_metric


def pair(a: list[float | None], b: list[float | None]) -> Table:
    schema = Schema(columns=tuple(Column(name=n, type="number", dtype="Float64") for n in "ab"))
    return Table(pl.DataFrame({"a": a, "b": b}, {"a": pl.Float64, "b": pl.Float64}), schema)


def test_it_keeps_the_contract() -> None:
    check_metric(missingness)


def test_columns_missing_as_often_but_not_together_differ() -> None:
    together = pair([None, None, 1, 1], [None, None, 1, 1])
    apart = pair([None, None, 1, 1], [1, 1, None, None])
    score = missingness(prepare(together, together, apart))
    assert score.value == pytest.approx(1 - 0.5 / 3)
    assert score.details["columns"]["a"] == {"real": 0.5, "virtual": 0.5}
    assert score.details["worst_pair"] == 0.5


def test_not_a_number_is_missing() -> None:
    real, virtual = pair([None, 1.0], [1.0, 1.0]), pair([float("nan"), 1.0], [1.0, 1.0])
    assert missingness(prepare(real, real, virtual)).value == 1.0


def test_where_nothing_is_missing_it_says_so() -> None:
    full = pair([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(DataError, match="no value is missing"):
        missingness(prepare(full, full, full))
