"""Intervals against known answers, libraries, and how often they hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from guanyao.data.interval import (
    N_BLOCKS,
    auc,
    blocks,
    clopper_pearson,
    jackknife,
    jackknife_of,
    left_out,
    wilson,
)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_agree_with_scipy(case: tuple[int, int]) -> None:
    hits, n = case
    for ours, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        theirs = binomtest(hits, n).proportion_ci(method=method)
        assert ours(hits, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_no_trials_say_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_area_agrees_with_sklearn(positive: list[int], negative: list[int]) -> None:
    area, low, high = auc(np.array(positive, float), np.array(negative, float))
    truth = [1] * len(positive) + [0] * len(negative)
    assert area == pytest.approx(roc_auc_score(truth, positive + negative))
    assert 0 <= low <= area <= high <= 1


def test_area_by_delong_has_the_published_error() -> None:
    rng = np.random.default_rng(0)
    areas, held = [], 0
    for _ in range(300):
        area, low, high = auc(rng.normal(1, 1, 80), rng.normal(0, 1, 60))
        areas.append(area)
        held += low <= 0.76025 <= high  # Phi(1 / sqrt 2)
    assert 0.90 <= held / 300 <= 0.99
    assert np.mean(areas) == pytest.approx(0.76025, abs=0.01)


def test_perfect_separation_still_has_an_interval() -> None:
    area, low, high = auc(np.ones(30), np.zeros(300))
    assert (area, low, high) == (1.0, pytest.approx(0.9), 1.0)


def test_left_out_counts_all_rows_then_all_but_a_block() -> None:
    rng = np.random.default_rng(0)
    codes, block = rng.integers(0, 3, 100), blocks(100, rng)
    counts = left_out(codes, 4, block)
    assert counts.shape == (1 + N_BLOCKS, 4)
    assert counts[0].tolist() == [*np.bincount(codes), 0]
    assert counts[5].tolist() == [*np.bincount(codes[block != 4], minlength=4)]
    assert left_out(codes, 4, None).tolist() == counts[:1].tolist()


def test_jackknife_of_a_mean_has_its_standard_error() -> None:
    x = np.random.default_rng(0).normal(size=4000)
    value, low, high = jackknife_of(
        lambda mask: float(x[mask].mean()), 4000, np.random.default_rng(1), (-9.0, 9.0)
    )
    assert value == pytest.approx(x.mean())
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(4000), rel=0.5)


def test_jackknife_leaves_undefined_parts_out() -> None:
    assert jackknife(np.array([0.5, np.nan, np.nan])) == (0.5, 0.5, 0.5)
