"""Exact copies: rows that stand in train once, and only those."""

import polars as pl
import pytest

from guanyao.data.schema import Column, Schema
from guanyao.data.sides import prepare
from guanyao.data.table import Table
from guanyao.metrics.exact_copies import exact_copies
from guanyao.testing import check_metric, example_table

SCHEMA = Schema(
    columns=(
        Column(name="id", type="integer", role="identifier", dtype="Int64"),
        Column(name="a", type="string"),
        Column(name="x", type="number", dtype="Float64", nullable=True),
    )
)


def rows(*values: tuple[str, float | None]) -> Table:
    frame = pl.DataFrame(
        {"id": range(len(values)), "a": [v[0] for v in values], "x": [v[1] for v in values]},
        {"id": pl.Int64, "a": pl.String, "x": pl.Float64},
    )
    return Table(frame, SCHEMA)


def test_it_keeps_the_contract() -> None:
    check_metric(exact_copies)


def test_known_answers() -> None:
    train = rows(("p", 1), ("q", None), ("twice", 2), ("twice", 2))
    holdout = rows(("q", None), ("new", 1))
    virtual = rows(("p", 1), ("p", 1), ("q", None), ("twice", 2), ("p", None))
    score = exact_copies(prepare(train, holdout, virtual))
    assert score.value == 0.6
    assert score.reference["real"] == 0.5
    assert score.details["n_copies"] == 3
    assert score.details["n_copies_of_repeated_rows"] == 1
    assert score.details["n_copies_that_stand_in_holdout_too"] == 1


def test_dtypes_do_not_hide_a_copy() -> None:
    train = example_table(50)
    plain = train.frame.with_columns(
        pl.col("grade").cast(pl.String),
        pl.col("age").cast(pl.Float64),
        pl.col("price").cast(pl.Float64),
    )
    score = exact_copies(prepare(train, train, train.rows(plain)))
    assert score.value == pytest.approx(1.0)
