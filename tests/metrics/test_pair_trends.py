"""Pair trends equal SDMetrics and keep the contract."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr
from scipy.stats.contingency import association

from guanyao.data.interval import N_BLOCKS, blocks
from guanyao.data.schema import Column, Schema
from guanyao.data.sides import prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.pair_trends import correlations, cramer, pair_trends
from guanyao.testing import check_metric, example_table
from tests.metrics.sdmetrics_report import quality


def test_it_keeps_the_contract() -> None:
    check_metric(pair_trends)


def shuffled(table: Table) -> Table:
    names = enumerate(table.frame.columns)
    return table.rows(table.frame.select(pl.col(n).shuffle(seed=i) for i, n in names))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("apart", [False, True])
def test_it_equals_sdmetrics(seed: int, apart: bool) -> None:
    real, virtual = example_table(150, seed=seed), example_table(333, seed=seed + 10)
    virtual = shuffled(virtual) if apart else virtual
    theirs = quality(real, virtual)
    ours = pair_trends(prepare(virtual, real, virtual))
    assert ours.value == pytest.approx(theirs.trends, abs=1e-9)
    counted = {
        frozenset((p["a"], p["b"])): p["score"] for p in ours.details["pairs"] if p["counted"]
    }
    assert set(counted) == theirs.counted
    for pair, score in counted.items():
        assert score == pytest.approx(theirs.pairs[pair], abs=1e-9)


NUMBERS = st.lists(
    st.tuples(*[st.one_of(st.none(), st.integers(-3, 3).map(float))] * 2), min_size=3, max_size=30
)


@given(NUMBERS)
@settings(max_examples=60)
def test_correlations_leave_out_what_is_missing(
    rows: list[tuple[float | None, float | None]],
) -> None:
    numbers = np.array([[np.nan if x is None else x for x in row] for row in rows])
    known = numbers[~np.isnan(numbers).any(axis=1)]
    ours = correlations(numbers)[0, 0, 1]
    if len(known) < 2 or (known == known[0]).all(axis=0).any():
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(pearsonr(known[:, 0], known[:, 1]).statistic, abs=1e-9)


def test_correlations_without_a_block_are_those_of_the_rest() -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(200, 3)) + 1e9
    block = blocks(200, rng)
    ours = correlations(numbers, block)
    assert ours.shape == (1 + N_BLOCKS, 3, 3)
    np.testing.assert_allclose(ours[7], np.corrcoef(numbers[block != 6].T), atol=1e-5)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=60))
def test_cramer_agrees_with_scipy(rows: list[tuple[int, int]]) -> None:
    a, b = np.array(rows).T
    _, x = np.unique(a, return_inverse=True)
    _, y = np.unique(b, return_inverse=True)
    table = np.zeros((x.max() + 1, y.max() + 1), dtype=int)
    np.add.at(table, (x, y), 1)
    ours = cramer(a, b)
    if min(table.shape) < 2:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(association(table, method="cramer"), abs=1e-7)


def test_wide_categories_are_counted_like_narrow_ones() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 900, 1000)
    schema = Schema(columns=tuple(Column(name=n, type="string") for n in "ab"))
    whole = Table(pl.DataFrame({"a": codes.astype(str), "b": codes.astype(str)}), schema)
    score = pair_trends(prepare(whole, whole, whole))
    assert score.value == 1.0
    assert score.details["pairs"][0]["real"] == pytest.approx(1.0)


def test_columns_that_do_not_go_together_are_no_trend() -> None:
    rng = np.random.default_rng(0)
    schema = Schema(columns=tuple(Column(name=n, type="number", dtype="Float64") for n in "ab"))
    whole = Table(pl.DataFrame({"a": rng.normal(size=99), "b": rng.normal(size=99)}), schema)
    with pytest.raises(DataError, match="no two columns"):
        pair_trends(prepare(whole, whole, whole))
