from pathlib import Path

import polars as pl
import pytest

import guanyao as gy
from guanyao.data.schema import Column, Schema
from guanyao.errors import ConfigError, DataError
from guanyao.flows.sample import (
    parse_given,
    parse_rebalance,
    sample,
    sample_batches,
    sample_to,
)
from guanyao.types import Generator
from tests.flows.fakes import Shuffled

SCHEMA = Schema(
    columns=(
        Column(name="n", type="integer", dtype="Int64"),
        Column(name="x", type="number", dtype="Float64"),
        Column(name="is", type="boolean", dtype="Boolean"),
        Column(name="text", type="string"),
        Column(name="a=b", type="string"),
        Column(name="a", type="string"),
    )
)


@pytest.fixture
def model(visits: pl.DataFrame) -> Generator:
    return Shuffled().fit(gy.read(visits))


@pytest.fixture
def coded(visits: pl.DataFrame) -> Generator:
    """A generator that can rebalance."""
    return gy.fit(visits, model="independent")


@pytest.mark.parametrize("n_rows", [0, 1, 250])
def test_as_many_rows_as_asked_for(model: Generator, visits: pl.DataFrame, n_rows: int) -> None:
    rows = sample(model, n_rows, seed=0)
    assert rows.shape == (n_rows, visits.width)
    assert rows.schema == visits.schema


@pytest.mark.parametrize("n_rows", [-1, 1.0, True, "5"])
def test_a_strange_number_is_refused(model: Generator, n_rows: int) -> None:
    with pytest.raises(ConfigError, match="rows is"):
        sample(model, n_rows)


def test_batches_hold_no_more_than_they_should(model: Generator) -> None:
    heights = [batch.height for batch in sample_batches(model, 25, seed=0, batch_rows=10)]
    assert heights == [10, 10, 5]


@pytest.mark.parametrize("n_rows", [0, 1, 101])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_holds_the_rows(model: Generator, tmp_path: Path, n_rows: int, suffix: str) -> None:
    out = sample_to(model, n_rows, tmp_path / f"rows.{suffix}", seed=0)
    frame = pl.read_csv(out) if suffix == "csv" else pl.read_parquet(out)
    assert frame.columns == model.schema_.names
    assert frame.height == n_rows


def test_a_condition_on_no_column_is_refused(model: Generator) -> None:
    with pytest.raises(DataError, match="no column 'nobody'"):
        sample(model, 5, given={"nobody": 1})


def test_shares_hold_to_one_row_whatever_the_batches(coded: Generator) -> None:
    for batch_rows in (7, 100, 1000):
        batches = sample_batches(
            coded, 200, rebalance={"sex": {"F": 0.25}}, seed=3, batch_rows=batch_rows
        )
        rows = pl.concat(list(batches))
        assert rows.height == 200
        assert (rows["sex"] == "F").sum() == 50


def test_levels_without_a_share_keep_their_proportion(visits: pl.DataFrame) -> None:
    trio = visits.with_columns(ward=pl.Series([("a", "b", "b", "c")[i % 4] for i in range(300)]))
    rows = sample(gy.fit(trio, model="independent"), 2000, rebalance={"ward": {"a": 0.5}}, seed=3)
    counts = dict(rows["ward"].value_counts().rows())
    assert counts["a"] == 1000
    assert 1.6 < counts["b"] / counts["c"] < 2.4


def test_rebalanced_rows_follow_the_seed(coded: Generator) -> None:
    one, two = (sample(coded, 50, rebalance={"sex": {"F": 0.9}}, seed=4) for _ in range(2))
    assert one.equals(two)


def test_a_generator_that_cannot_rebalance_says_so(model: Generator) -> None:
    with pytest.raises(ConfigError, match="'shuffled' cannot rebalance"):
        sample(model, 5, rebalance={"sex": {"F": 1.0}})


def test_two_columns_cannot_be_rebalanced(coded: Generator) -> None:
    with pytest.raises(ConfigError, match="one column"):
        sample(coded, 5, rebalance={"sex": {"F": 0.5}, "age": {40: 0.5}})


def test_conditions_are_read_as_their_columns_types() -> None:
    typed = ["n=3", "x=2.5", "is=TRUE", "text=None", "a=b=c", "a=d"]
    assert parse_given(SCHEMA, typed) == {
        "n": 3, "x": 2.5, "is": True, "text": "None", "a=b": "c", "a": "d"
    }  # fmt: skip
    assert parse_given(SCHEMA, ["text="]) == {"text": None}


def test_two_conditions_on_one_column_are_refused() -> None:
    with pytest.raises(ConfigError, match="'n' is given more than once"):
        parse_given(SCHEMA, ["n=1", "x=2", "n=2"])


@pytest.mark.parametrize("condition", ["n=many", "x=much", "is=perhaps", "nobody=1", "n", ""])
def test_a_condition_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_given(SCHEMA, [condition])
    assert caught.value.code == "config.given"
    assert not any(word in str(caught.value) for word in ("many", "much", "perhaps"))


def test_shares_are_read_as_typed() -> None:
    assert parse_rebalance(SCHEMA, "text=a:b, c:0.25,d:.5") == {"text": {"a:b, c": 0.25, "d": 0.5}}
    assert parse_rebalance(SCHEMA, "n=1:0.5") == {"n": {1: 0.5}}


@pytest.mark.parametrize("text", ["n", "n=", "n=1", "n=1:x", "n=1:0.5,2", "nobody=1:1", "n=1:1e"])
def test_shares_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_rebalance(SCHEMA, text)
