"""Rules are found where they hold by design, and not where they hold by chance."""

import numpy as np
import polars as pl
import pytest

from guanyao.data.readers import read
from guanyao.data.rule_detection import quoted


def rules(frame: pl.DataFrame) -> tuple[str, ...]:
    return read(frame).schema.rules


@pytest.fixture
def rng(rng_seed: int) -> np.random.Generator:
    return np.random.default_rng(rng_seed)


def test_fixed_combinations(rng: np.random.Generator) -> None:
    city = rng.integers(0, 9, 2000)
    frame = pl.DataFrame(
        {
            "city": [f"c {i}" for i in city],
            "city_no": city * 3,
            "state": [f"s {i}" for i in city // 3],
            "other": rng.integers(0, 4, 2000),
        }
    )
    assert rules(frame) == ("fixed(city, city_no)", "fixed(city, state)")


def test_sums_are_exact(rng: np.random.Generator) -> None:
    a, b, c = rng.integers(0, 10_000, (3, 500))
    frame = pl.DataFrame({"net": a / 100, "tax": b / 100, "fee": c, "t": (a + b + 100 * c) / 100})
    assert rules(frame) == ("t = net + tax + fee",)
    broken = frame.with_columns(t=pl.when(pl.col("t") == frame["t"][0]).then(0).otherwise("t"))
    assert rules(broken) == ()


def test_orders_of_dates(rng: np.random.Generator) -> None:
    start = pl.Series(rng.integers(0, 2000, 3000)).cast(pl.Int32).cast(pl.Date)
    days = pl.Series(rng.integers(0, 300, 3000))
    frame = pl.DataFrame({"start": start, "stay": days}).with_columns(
        (pl.col("start") + pl.duration(days="stay")).alias("end date")
    )
    assert rules(frame) == ("start <= `end date`",)
    assert rules(frame.head(500)) == ()


def test_orders_that_say_nothing(rng: np.random.Generator) -> None:
    frame = pl.DataFrame(
        {"age years": rng.integers(1, 90, 6000), "salary years": rng.integers(100, 900, 6000)}
    )
    assert rules(frame) == ()


def test_rare_values_make_no_rule(rng: np.random.Generator) -> None:
    frame = pl.DataFrame(
        {"code": rng.integers(0, 150, 3000), "rare": (rng.random(3000) < 0.002).astype(int)}
    )
    assert rules(frame) == ()


def test_names_are_quoted_when_odd() -> None:
    assert [quoted(name) for name in ("a_1", "城市", "a b", "a`b", "1a")] == [
        "a_1",
        "城市",
        "`a b`",
        "`a``b`",
        "`1a`",
    ]
