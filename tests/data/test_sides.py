"""Sides are coded alike, whatever dtypes they come in."""

from datetime import date, datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from guanyao.data import sides as sides_module
from guanyao.data.schema import Column, ColumnType, Role, Schema
from guanyao.data.sides import Sides, conform, prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.testing import example_table


def table(frame: pl.DataFrame, kind: ColumnType, role: Role = "feature") -> Table:
    columns = (Column(name=n, type=kind, role=role, dtype=str(d)) for n, d in frame.schema.items())
    return Table(frame, Schema(columns=tuple(columns)))


def test_levels_are_coded_by_frequency_in_train() -> None:
    train = table(pl.DataFrame({"城": ["b", "a", "a", None]}), "string")
    holdout = table(pl.DataFrame({"城": pl.Series(["b", "c"], dtype=pl.Categorical)}), "string")
    virtual = table(pl.DataFrame({"城": ["d", "a", ""]}), "string")
    sides = prepare(train, holdout, virtual)
    assert sides.train.codes[:, 0].tolist() == [1, 0, 0, -1]
    assert sides.holdout.codes[:, 0].tolist() == [1, 2]
    assert sides.virtual.codes[:, 0].tolist() == [4, 0, 3]
    assert sides.coding.n_levels == (5,)


def test_dates_of_other_precision_are_the_same_dates() -> None:
    day, moment = date(2024, 5, 1), datetime(2024, 5, 1)
    train = table(pl.DataFrame({"t": pl.Series([moment], dtype=pl.Datetime("ms"))}), "datetime")
    holdout = table(pl.DataFrame({"t": pl.Series([moment], dtype=pl.Datetime("ns"))}), "datetime")
    virtual = table(pl.DataFrame({"t": [day]}), "date")
    sides = prepare(train, holdout, virtual)
    assert sides.train.numbers.tolist() == sides.holdout.numbers.tolist()
    assert sides.train.numbers.tolist() == sides.virtual.numbers.tolist()


def test_numbers_of_any_dtype_are_compared() -> None:
    train = table(pl.DataFrame({"x": [1, 2]}), "integer")
    holdout = table(pl.DataFrame({"x": [1.0, float("nan")]}), "number")
    virtual = table(pl.DataFrame({"x": [Decimal("2.50")]}), "number")
    sides = prepare(train, holdout, virtual)
    assert sides.virtual.numbers[0, 0] == 2.5
    assert np.isnan(sides.holdout.numbers[1, 0])


def test_a_column_without_values_may_have_any_dtype() -> None:
    train = table(pl.DataFrame({"x": [1, 2]}), "integer")
    empty = table(pl.DataFrame({"x": pl.Series([None, None], dtype=pl.String)}), "string")
    assert np.isnan(prepare(train, train, empty).virtual.numbers).all()
    nothing = table(pl.DataFrame({"x": [None, None]}), "string")
    assert prepare(nothing, train, empty).holdout.codes.min() >= 0


def test_a_sample_is_in_random_order_even_when_it_is_all() -> None:
    whole = example_table(100)
    numbers = prepare(whole, whole, whole).train
    drawn = numbers.sample(1000, np.random.default_rng(0)).numbers[:, 0]
    assert len(drawn) == 100
    assert drawn.tolist() != numbers.numbers[:, 0].tolist()
    assert sorted(drawn) == sorted(numbers.numbers[:, 0])


def test_order_of_columns_does_not_matter() -> None:
    whole = example_table(30)
    turned = whole.frame.select(reversed(whole.frame.columns))
    assert conform(turned, whole.schema, "virtual").frame.columns == whole.schema.names


@pytest.mark.parametrize(
    ("frame", "code", "word"),
    [
        (pl.DataFrame({"y": [1]}), "data.columns", "lacks 'x' and has 'y' besides"),
        (pl.DataFrame({"x": ["secret"]}), "data.dtype", "holds text"),
        (pl.DataFrame({"x": [True]}), "data.dtype", "holds booleans"),
        (pl.DataFrame({"x": pl.Series([], dtype=pl.Int64)}), "data.empty", "no rows"),
    ],
)
def test_what_cannot_be_compared_is_refused(frame: pl.DataFrame, code: str, word: str) -> None:
    train = table(pl.DataFrame({"x": [1, 2]}), "integer")
    with pytest.raises(DataError, match=word) as caught:
        prepare(train, table(frame, "integer"), train)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


def test_a_target_that_is_not_there_is_refused() -> None:
    train = table(pl.DataFrame({"x": [1, 2]}), "integer")
    with pytest.raises(DataError, match="no column 'y'"):
        prepare(train, train, train, target="y")


def test_identifiers_and_text_are_not_coded() -> None:
    train = table(pl.DataFrame({"x": ["a", "b"]}), "string", "identifier")
    assert prepare(train, train, train).coding.names == ()


def test_long_tables_are_sampled_with_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides_module, "MAX_ROWS", 50)
    train = example_table(400)
    one, two, three = (prepare(train, train, train, seed=s) for s in (1, 1, 2))
    assert len(one.train) == len(one.virtual) == 50
    assert one.rows["train"].tolist() == two.rows["train"].tolist()
    assert one.rows["train"].tolist() != three.rows["train"].tolist()
    assert one.rows["train"].tolist() != one.rows["virtual"].tolist()


def test_independent_columns_keep_their_values() -> None:
    train = example_table(100)
    sides = prepare(train, train, train)
    for side in (sides.train.numbers, sides.independent.numbers):
        side.sort(axis=0)
    np.testing.assert_array_equal(sides.train.numbers, sides.independent.numbers)


def entity_sides() -> Sides:
    people = pl.DataFrame({"who": ["a", "a", "a", "b", None, None], "x": range(6)})
    columns = (
        Column(name="who", type="string", role="entity", nullable=True),
        Column(name="x", type="integer", dtype="Int64"),
    )
    whole = Table(people, Schema(columns=columns))
    return prepare(whole, whole, whole)


def test_each_entity_brings_one_row() -> None:
    rows = entity_sides().entity_rows("train").tolist()
    assert len(rows) == 4
    assert rows[1:] == [3, 4, 5]
    assert rows[0] in (0, 1, 2)


def test_shared_work_is_done_once() -> None:
    sides, calls = entity_sides(), []
    for _ in range(2):
        assert sides.once("key", lambda: calls.append(1) or 7) == 7
    assert calls == [1]
