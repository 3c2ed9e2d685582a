"""Noise: of the right shape, fresh each time, within bounds."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from guanyao.data.schema import Column
from guanyao.errors import DataError
from guanyao.protect.step import Context
from guanyao.protect.steps.noise import Noise, draw


def noisy(
    values: list[object],
    type: str = "number",
    decimals: int | None = None,
    fixed: bool = False,
    **options: object,
) -> pl.Series:
    column = Column(name="a", type=type, decimals=decimals, fixed_decimals=fixed)  # type: ignore[arg-type]
    step = Noise(**{"scale": 1.0, **options})  # type: ignore[arg-type]
    return step.apply(pl.Series("a", values), Context(column=column))


@pytest.mark.parametrize(
    ("shape", "law"), [("laplace", stats.laplace()), ("gaussian", stats.norm())]
)
def test_the_noise_is_of_its_shape(shape: str, law: stats.rv_continuous) -> None:
    # The noise is fresh in every run: a right one fails once in 10^7 runs.
    assert stats.kstest(draw(shape, 20_000), law.cdf).pvalue > 1e-7


def test_noise_is_never_the_same_twice_and_never_infinite() -> None:
    one, two = draw("laplace", 1000), draw("laplace", 1000)
    assert (one != two).all()
    assert np.isfinite(draw("gaussian", 100_000)).all()
    assert len(draw("laplace", 0)) == 0


def test_whole_numbers_stay_whole_and_text_stays_text() -> None:
    made = noisy([10, None, 20], "integer", scale=5.0)
    assert made.dtype == pl.Int64
    assert made[1] is None
    texts = noisy(["10", None, "20"], "integer", scale=5.0)
    assert texts.dtype == pl.String
    assert texts[1] is None
    assert all(text.lstrip("-").isdigit() for text in texts.drop_nulls())


def test_decimals_are_kept() -> None:
    made = noisy(["1.50", "2.25"], decimals=2, fixed=True)
    assert all(len(text.partition(".")[2]) == 2 for text in made)
    assert all(round(x, 2) == x for x in noisy([1.5, 2.25], decimals=2))


def test_bounds_hold() -> None:
    made = noisy([0.0] * 500, scale=100.0, low=-1.0, high=1.0)
    assert made.min() == -1
    assert made.max() == 1


def test_a_text_that_is_no_number_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        noisy(["1", "secret"])
    assert caught.value.code == "mask.value"
    assert "secret" not in str(caught.value)


def test_it_says_that_it_is_no_differential_privacy() -> None:
    assert "not differential privacy" in Noise(scale=1.0).weakness
