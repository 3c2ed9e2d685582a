"""Column shapes equal SDMetrics and keep the contract."""

import math

import polars as pl
import pytest

from guanyao.data.schema import Column, Schema
from guanyao.data.sides import prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.column_shapes import column_shapes
from guanyao.testing import check_metric, example_table
from tests.metrics.sdmetrics_report import quality


def one_column(values: list[float | None]) -> Table:
    schema = Schema(columns=(Column(name="x", type="number", dtype="Float64"),))
    return Table(pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)}), schema)


def test_it_keeps_the_contract() -> None:
    check_metric(column_shapes)


@pytest.mark.parametrize("seed", range(3))
def test_it_equals_sdmetrics(seed: int) -> None:
    real, virtual = example_table(150, seed=seed), example_table(333, seed=seed + 10)
    theirs = quality(real, virtual)
    ours = column_shapes(prepare(virtual, real, virtual))
    assert ours.value == pytest.approx(theirs.shapes, abs=1e-6)
    for name, column in ours.details["columns"].items():
        assert column["score"] == pytest.approx(theirs.columns[name], abs=1e-6, nan_ok=True)


def test_a_known_answer() -> None:
    real, virtual = one_column([1.0, 2.0, 3.0, 4.0]), one_column([1.0, 2.0, 9.0, 9.0, None])
    assert column_shapes(prepare(real, real, virtual)).value == 0.5


def test_infinite_values_are_ordered_like_others() -> None:
    real, virtual = one_column([0.0, math.inf]), one_column([-math.inf, math.inf])
    assert column_shapes(prepare(real, real, virtual)).value == 0.5


def test_equal_tables_are_best() -> None:
    whole = example_table(50)
    assert column_shapes(prepare(whole, whole, whole)).value == 1.0


def test_without_known_values_it_says_so() -> None:
    empty = one_column([None, None])
    with pytest.raises(DataError, match="no column has known values"):
        column_shapes(prepare(empty, empty, empty))
