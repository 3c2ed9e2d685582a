"""Canaries are plausible, new, and found again where they leak."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from guanyao.attacks.canaries import attack_canaries, plant_canaries
from guanyao.data.readers import read
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.testing import example_table
from tests.attacks.test_nearest_neighbour import people


def test_canaries_are_made_of_real_values_and_are_new() -> None:
    train = example_table(300)
    canaries = plant_canaries(train, 40, seed=1)
    assert canaries.planted.height == canaries.left_out.height == 40
    assert len(canaries.train_with) == 340
    assert canaries.train_with.frame.schema == train.frame.schema
    assert set(canaries.planted["age"]) <= set(train.frame["age"])
    assert not set(canaries.planted["编号"]) & set(train.frame["编号"])
    modelled = [c.name for c in train.schema if c.is_modelled]
    assert canaries.planted.join(train.frame, on=modelled, how="semi", nulls_equal=True).is_empty()
    inside = canaries.train_with.frame.join(canaries.planted, on="编号", how="semi")
    assert inside.height == 40
    assert canaries.train_with.frame.join(canaries.left_out, on="编号", how="semi").is_empty()


def test_each_canary_is_a_person_of_its_own() -> None:
    train = people(50, 1)
    planted = plant_canaries(train, 10).planted["who"]
    assert planted.n_unique() == 10
    assert planted.min() > train.frame["who"].max()  # type: ignore[operator]


def test_canaries_keep_the_rules_so_that_they_can_be_learned() -> None:
    rng = np.random.default_rng(0)
    low, gap, other = (rng.integers(1, 1000, 200) for _ in range(3))
    frame = pl.DataFrame({"low": low, "gap": gap, "high": low + gap, "other": other})
    table = read(frame)
    train = Table(frame, replace(table.schema, rules=("low < high", "high = low + gap")))
    planted = plant_canaries(train, 50).planted
    assert (planted["low"] + planted["gap"] == planted["high"]).all()
    assert planted.join(frame, on=frame.columns, how="semi").is_empty()


def test_the_same_seed_makes_the_same_canaries() -> None:
    train = example_table(50)
    one, two, three = (plant_canaries(train, 5, seed=s) for s in (1, 1, 2))
    assert one.train_with.frame.equals(two.train_with.frame)
    assert not one.planted.equals(three.planted)


def test_a_leak_is_found_and_fresh_rows_are_not() -> None:
    canaries = plant_canaries(example_table(500), 150)
    leaking = attack_canaries(canaries, canaries.train_with)
    assert leaking.group == "canary"
    assert leaking.auc > 0.99
    clean = attack_canaries(canaries, example_table(500, seed=9))
    assert clean.low < 0.5 < clean.high


def test_no_rows_are_refused() -> None:
    train = example_table(50)
    with pytest.raises(DataError, match="no rows"):
        plant_canaries(train.rows(train.frame.clear()))
    with pytest.raises(DataError, match="virtual rows"):
        attack_canaries(plant_canaries(train, 5), train.rows(pl.DataFrame(train.frame.clear())))
