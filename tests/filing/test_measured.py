"""Measured values, their intervals, and thresholds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from guanyao.filing.measured import SIGNS, Measured, Sign, share


@given(st.integers(1, 5000), st.data())
def test_the_interval_is_that_of_clopper_and_pearson(n: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    found = share(k, n)
    low = beta.ppf(0.025, k, n - k + 1) if k else 0.0
    high = beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize(
    ("low", "value", "high", "sign", "threshold", "outcome"),
    [
        (0.96, 0.97, 0.98, ">=", 0.96, "met"),
        (0.95, 0.97, 0.98, ">=", 0.96, "not_shown"),
        (0.90, 0.95, 0.97, ">=", 0.96, "not_shown"),
        (0.90, 0.93, 0.95, ">=", 0.96, "not_met"),
        (0.49, 0.52, 0.60, "<=", 0.60, "met"),
        (0.49, 0.52, 0.61, "<=", 0.60, "not_shown"),
        (0.61, 0.65, 0.70, "<=", 0.60, "not_met"),
        (3, 3, 3, ">", 3, "not_met"),
        (3, 3, 3, "==", 3, "met"),
        (2, 3, 4, "==", 3, "not_shown"),
    ],
)
def test_only_the_bad_end_meets_a_threshold(
    low: float, value: float, high: float, sign: Sign, threshold: float, outcome: str
) -> None:
    assert Measured(low=low, value=value, high=high).against(sign, threshold) == outcome


@given(st.floats(0, 1), st.sampled_from(SIGNS), st.floats(0, 1))
def test_what_was_counted_is_met_or_not(value: float, sign: Sign, threshold: float) -> None:
    found = Measured.exactly(value)
    assert found.against(sign, threshold) == ("met" if found.meets(sign, threshold) else "not_met")
