"""Scales: every atom stands for enough entities, and no bound is anybody's own value."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.protection import Entities
from guanyao.data.scale import Scale, groups

K = 5


def fit(x: object, ids: object = None, *, k: int = K, max_codes: int = 100) -> Scale:
    values = np.asarray(x, np.float64)
    who = None if ids is None else np.unique(np.asarray(ids), return_inverse=True)[1]
    entities = Entities(who, len(values))
    return Scale.fit(values, entities, np.ones(len(values), bool), k=k, max_codes=max_codes)


def drawn(scale: Scale, n: int = 4000) -> np.ndarray[Any, np.dtype[np.float64]]:
    rng = np.random.default_rng(0)
    return scale.decode(rng.integers(0, scale.n_codes, n), rng)


def numbers_of(scale: Scale) -> set[float]:
    """Every number that the scale would leave in a model file, counts apart."""
    return {*scale.low, *scale.high, scale.step, scale.round_step}


def test_shared_values_come_back_exactly() -> None:
    x = np.repeat([0.0, 1.0, 7.25], [50, 20, 9])
    scale = fit(x)
    assert scale.n_codes == 3
    assert scale.low.tolist() == scale.high.tolist() == [0.0, 1.0, 7.25]
    assert scale.encode(np.array([0.0, 1.0, 7.25])).tolist() == [0, 1, 2]
    assert set(drawn(scale)) == {0.0, 1.0, 7.25}
    assert (scale.n_extreme, scale.n_binned) == (0, 0)


def test_a_rare_value_joins_its_neighbour() -> None:
    scale = fit(np.repeat([0.0, 1234567.0], [50, K - 1]))
    assert scale.mass.tolist() == [50 + K - 1]
    assert set(drawn(scale)) == {0.0}
    assert numbers_of(scale) == {0.0, 1.0}
    assert (scale.n_extreme, scale.n_binned) == (K - 1, K - 1)


def test_a_common_step_of_few_values_is_not_told() -> None:
    x = np.repeat([0.0, 1234567.0, 2469134.0, 3703701.0], [50, 4, 4, 4])
    scale = fit(x)
    assert scale.step == 1.0
    assert not numbers_of(scale) & {1234567.0, 2469134.0, 3703701.0}


def test_a_common_step_of_many_values_is_kept() -> None:
    x = np.arange(400) * 0.25 + 3
    scale = fit(x)
    assert scale.step == 0.25
    assert np.isin(drawn(scale), x).all()


def test_halves_among_large_numbers_stay() -> None:
    x = 1e9 + np.arange(300) * 7 + np.arange(300) % 2 / 2
    assert fit(x).step == 0.5


def test_extremes_stay_outside() -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(size=500), [-1e6, 98765.4321, 1e7]])
    scale = fit(x)
    ends = np.sort(x)
    assert ends[K - 1] < scale.low[0]
    assert scale.high[-1] < ends[-K]
    assert np.abs(drawn(scale)).max() < 10
    assert scale.n_extreme >= 2 * K


def test_the_ends_are_drawn_in_by_entities() -> None:
    # One person holds the 30 largest values: with rows counted, they would be a bin of their own.
    x = np.concatenate([np.linspace(0, 1, 300), np.linspace(1000, 1010, 30)])
    ids = np.concatenate([np.arange(300), np.full(30, 999)])
    assert fit(x).high[-1] > 1000
    assert fit(x, ids).high[-1] < 1
    low = fit(-x, ids)
    assert low.low[0] > -1


def test_a_value_that_one_person_repeats_is_no_spike() -> None:
    x = np.concatenate([np.arange(100.0), np.full(40, 55.123)])
    ids = np.concatenate([np.arange(100), np.full(40, 777)])
    scale = fit(x, ids)
    assert 55.123 not in numbers_of(scale)
    assert 55.123 in numbers_of(fit(x))


def test_values_beyond_the_ends_take_the_end_codes() -> None:
    scale = fit(np.arange(200.0), max_codes=10)
    assert scale.encode(np.array([-1e9, 1e9, -np.inf, np.inf])).tolist() == [0, 9, 0, 9]


def test_round_numbers_stay_round() -> None:
    rng = np.random.default_rng(2)
    x = np.where(
        rng.random(3000) < 0.8, rng.integers(1, 900, 3000) * 100.0, rng.integers(1, 9e4, 3000)
    )
    scale = fit(x, max_codes=20, k=40)
    assert scale.round_step == 100.0
    share = np.mean(drawn(scale) % 100 == 0)
    assert 0.7 < share < 0.95


@st.composite
def columns(draw: st.DrawFn) -> tuple[list[float], list[int]]:
    value = st.one_of(
        st.integers(-3, 3).map(float),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 2)),
        st.sampled_from([1e12 + 0.1, -4e15, 2.0**53]),
    )
    rows = draw(st.lists(st.tuples(value, st.integers(0, 25)), min_size=1, max_size=120))
    return [x for x, _ in rows], [who for _, who in rows]


@settings(max_examples=200, deadline=None)
@given(columns(), st.booleans(), st.integers(2, 30))
def test_what_every_scale_keeps(
    column: tuple[list[float], list[int]], by_entity: bool, max_codes: int
) -> None:
    x, ids = np.array(column[0]), np.array(column[1])
    who = ids if by_entity else np.arange(len(x))
    if len(set(who.tolist())) < K:
        return
    scale = fit(x, who, max_codes=max_codes)
    assert (scale.low <= scale.high).all()
    assert (np.diff(scale.low) >= 0).all()
    assert (np.diff(scale.high) >= 0).all()
    assert scale.mass.sum() == len(x)
    assert (np.diff(scale.group) >= 0).all()
    assert by_entity or scale.mass.min() >= K
    if not scale.step:
        for value in np.unique(x):
            people = len(set(who[x == value].tolist()))
            assert people >= K or value not in {*scale.low, *scale.high}
    made = drawn(scale, 300)
    assert made.min() >= scale.low[0] - 1e-6 * abs(scale.low[0])
    assert made.max() <= scale.high[-1] + 1e-6 * abs(scale.high[-1])
    again = Scale.from_state(scale.state())
    assert np.array_equal(drawn(again, 300), made)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=60), st.integers(1, 20))
def test_groups_are_runs(mass: list[int], n_groups: int) -> None:
    group = groups(np.array(mass, float), n_groups)
    assert group[0] == 0
    assert np.isin(np.diff(group), (0, 1)).all()


def test_heavy_neighbours_stand_alone() -> None:
    group = groups(np.array([1, 1, 1, 90, 1, 1, 1.0]), 3)
    assert (group == group[3]).sum() == 1


HOSTILE: dict[str, dict[str, Any]] = {
    "lengths": {"low": [0.0]},
    "not finite": {"high": [0.0, np.inf]},
    "step": {"step": np.nan},
    "groups": {"group": [0, 2]},
    "groups begin": {"group": [1, 1]},
    "no mass": {"mass": [0, 1]},
    "words": {"low": ["x", "y"]},
    "crossed": {"low": [9.0, 9.0]},
    "depth": {"group": [[0], [1]]},
    "nothing": {"low": [], "high": [], "mass": [], "group": []},
    "step is none": {"step": None},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_damaged_scale_is_refused(case: str) -> None:
    state = fit(np.repeat([0.0, 1.0], 20)).state()
    with pytest.raises((ValueError, KeyError, TypeError)):
        Scale.from_state({**state, **HOSTILE[case]})
    state.pop("mass")
    with pytest.raises(KeyError):
        Scale.from_state(state)
