import numpy as np
import polars as pl
import pytest

from guanyao.data.readers import read
from guanyao.models.tree_gains import gains
from guanyao.models.trees import Trees


def fitted(frame: pl.DataFrame) -> Trees:
    return Trees(penalty=0.5).fit(read(frame), seed=0)


def test_how_much_a_column_explains_is_found() -> None:
    rng = np.random.default_rng(0)
    a = rng.choice(["p", "q"], 6_000)
    is_same = rng.random(6_000) < 0.9
    b = np.where(is_same == (a == "p"), "r", "s")
    found = gains(fitted(pl.DataFrame({"a": a, "b": b})), n_rows=4_000, seed=0)
    [(pair, share)] = found.items()
    assert set(pair) == {"a", "b"}
    left = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1)) / np.log(2)
    assert share == pytest.approx(1 - left, abs=0.03)


def test_independent_columns_explain_nothing() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({name: rng.choice(["x", "y"], 2_000) for name in "ab"})
    assert sum(gains(fitted(frame), n_rows=1_000, seed=0).values()) < 0.01


def test_the_same_seed_gives_the_same_figures() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=2_000)
    model = fitted(pl.DataFrame({"x": x, "y": x + rng.normal(size=2_000)}))
    assert gains(model, n_rows=1_000, seed=5) == gains(model, n_rows=1_000, seed=5)
