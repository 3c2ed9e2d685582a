"""Splitting: entities and exact copies are on one side only."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.readers import read
from guanyao.data.split import split
from guanyao.errors import ConfigError, DataError


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=4, max_size=60).filter(
        lambda rows: len({row for row in rows}) > 1
    ),
    st.integers(0, 3),
)
def test_copies_stay_together(rows: list[tuple[int, int]], seed: int) -> None:
    table = read(pl.DataFrame(rows, schema=["a", "b"], orient="row"))
    train, held = split(table, holdout=0.3, seed=seed)
    assert len(train) + len(held) == len(table)
    assert len(train) and len(held)
    assert not set(train.frame.rows()) & set(held.frame.rows())


def test_entities_stay_together() -> None:
    people = [i // 3 if i % 5 else None for i in range(300)]
    table = read(pl.DataFrame({"who": people, "x": range(300)}))
    train, held = split(table, holdout=0.2, seed=1, entity="who")
    known = set(train.frame["who"].drop_nulls()) & set(held.frame["who"].drop_nulls())
    assert not known
    assert train.frame["who"].null_count() and held.frame["who"].null_count()
    assert 0.15 < len(held) / 300 < 0.25
    assert held.frame["x"].is_sorted()


def test_the_schema_names_the_entity() -> None:
    table = read(pl.DataFrame({"who": [1, 1, 2, 2], "x": range(4)}))
    named = type(table)(table.frame, table.schema.with_roles(entity="who"))
    train, held = split(named, holdout=0.5, seed=0)
    assert train.frame["who"].n_unique() == held.frame["who"].n_unique() == 1


def test_the_seed_decides() -> None:
    table = read(pl.DataFrame({"x": range(100)}))
    first, again, other = (split(table, holdout=0.2, seed=s)[1].frame for s in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)
    assert len(first) == 20


@pytest.mark.parametrize("holdout", [0, 1, -0.1, 1.5, float("nan")])
def test_holdout_out_of_range(holdout: float) -> None:
    with pytest.raises(ConfigError):
        split(read(pl.DataFrame({"x": [1, 2]})), holdout=holdout, seed=0)


def test_too_little_to_split() -> None:
    table = read(pl.DataFrame({"who": [1, 1], "x": [1, 2]}))
    with pytest.raises(DataError) as caught:
        split(table, holdout=0.5, seed=0, entity="who")
    assert caught.value.code == "data.too_few_entities"
    with pytest.raises(DataError) as caught:
        split(table, holdout=0.5, seed=0, entity="nobody")
    assert caught.value.code == "data.column_missing"
