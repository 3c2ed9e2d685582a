"""The benchmark's plain measures: known answers, and agreement with the product's."""

import numpy as np
import polars as pl
import pytest

from benchmarks import reference_measures as plain
from guanyao.data.readers import read
from guanyao.data.table import Table
from guanyao.flows.evaluate import Evaluation, evaluate


def people(n_rows: int, seed: int) -> pl.DataFrame:
    """A made-up table whose columns depend on one another, with missing values."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n_rows)
    level = rng.choice(["low", "middle", "high"], n_rows, p=[0.5, 0.3, 0.2])
    income = age * 100.0 + (level == "high") * 5_000 + rng.normal(0, 300, n_rows)
    return pl.DataFrame(
        {
            "age": age,
            "level": level,
            "income": np.where(rng.random(n_rows) < 0.1, np.nan, income),
            "paid": rng.random(n_rows) < 1 / (1 + np.exp((age - 50) / 5)),
        }
    ).fill_nan(None)


@pytest.fixture(scope="module")
def train() -> pl.DataFrame:
    """Rows a generator learned from."""
    return people(1_200, seed=1)


@pytest.fixture(scope="module")
def holdout() -> pl.DataFrame:
    """Rows it never saw."""
    return people(600, seed=2)


@pytest.fixture(scope="module")
def virtual() -> pl.DataFrame:
    """Rows that came close, but not quite."""
    return people(1_200, seed=3).with_columns(pl.col("age") + 2)


@pytest.fixture(scope="module")
def product(train: pl.DataFrame, holdout: pl.DataFrame, virtual: pl.DataFrame) -> Evaluation:
    """What the product says of them."""
    schema = read(train).schema.with_roles(target="paid")
    sides = {"real": train, "holdout": holdout, "virtual": virtual}
    return evaluate(**{name: Table(frame, schema) for name, frame in sides.items()}, target="paid")


def test_a_copy_is_perfect_but_remembers_everybody(
    train: pl.DataFrame, holdout: pl.DataFrame
) -> None:
    assert plain.shapes(train, train) == 1
    assert plain.pairs(train, train) == 1
    assert plain.acc3(train, train) == 1
    assert plain.mia_auc(train, train, holdout) > 0.95
    assert plain.dcr_share(train, train, holdout) == pytest.approx(0.75, abs=0.05)


def test_rows_of_the_same_kind_are_neither_recognised_nor_remembered(
    train: pl.DataFrame, holdout: pl.DataFrame
) -> None:
    fresh = people(1_200, seed=4)
    assert plain.c2st(fresh, holdout) == pytest.approx(0.5, abs=0.06)
    assert plain.mia_auc(fresh, train, holdout) == pytest.approx(0.5, abs=0.06)
    assert plain.dcr_share(fresh, train, holdout) == pytest.approx(0.5, abs=0.06)


def test_shuffled_columns_keep_shapes_and_lose_everything_else(
    train: pl.DataFrame, holdout: pl.DataFrame
) -> None:
    shuffled = plain.independent(train)
    assert plain.shapes(shuffled, train) == 1
    assert plain.pairs(shuffled, train) < 0.9
    assert plain.c2st(shuffled, holdout) > 0.8
    assert plain.tstr(shuffled, holdout, "paid") < 0.7 < plain.tstr(train, holdout, "paid")


def test_total_variation_by_hand() -> None:
    real = pl.DataFrame({"a": ["x", "x", "y", "y"]})
    virtual = pl.DataFrame({"a": ["x", "y", "y", "y"]})
    assert plain.shapes(virtual, real) == 0.75


def test_many_levels_give_the_same_distances_as_one_hot(
    monkeypatch: pytest.MonkeyPatch,
    train: pl.DataFrame,
    holdout: pl.DataFrame,
    virtual: pl.DataFrame,
) -> None:
    one_hot = plain.mia_auc(virtual, train, holdout)
    monkeypatch.setattr(plain, "MAX_ONE_HOT", 1)
    assert plain.mia_auc(virtual, train, holdout) == pytest.approx(one_hot, abs=1e-3)


def test_words_become_booleans() -> None:
    like = pl.DataFrame({"a": [True]})
    words = pl.DataFrame({"a": ["True", "FALSE", "?"]})
    assert plain.aligned(words, like)["a"].to_list() == [True, False, None]


@pytest.mark.parametrize(
    ("name", "tolerance"), [("column_shapes", 1e-9), ("pair_trends", 1e-9), ("tstr", 1e-9)]
)
def test_the_product_says_the_same(
    name: str,
    tolerance: float,
    product: Evaluation,
    train: pl.DataFrame,
    holdout: pl.DataFrame,
    virtual: pl.DataFrame,
) -> None:
    by_name = {
        "column_shapes": plain.shapes(virtual, holdout),
        "pair_trends": plain.pairs(virtual, holdout),
        "tstr": plain.tstr(virtual, holdout, "paid"),
    }
    score = next(score for score in product.scores if score.name == name)
    assert score.value == pytest.approx(by_name[name], abs=tolerance)


def test_what_depends_on_a_draw_is_the_same_but_for_chance(
    product: Evaluation, train: pl.DataFrame, holdout: pl.DataFrame, virtual: pl.DataFrame
) -> None:
    scores = {score.name: score.value for score in product.scores}
    attacks = {(a.name, a.group): a.auc for a in product.attacks}
    mia = attacks["nearest_neighbour", "random"]
    assert scores["c2st_auc"] == pytest.approx(plain.c2st(virtual, holdout), abs=0.06)
    assert scores["dcr_share"] == pytest.approx(plain.dcr_share(virtual, train, holdout), abs=0.06)
    assert mia == pytest.approx(plain.mia_auc(virtual, train, holdout), abs=0.06)
