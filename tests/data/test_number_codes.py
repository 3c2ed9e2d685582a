"""Numbers, dates and times: every dtype comes back, and nothing that few entities share."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from guanyao.data import dtypes
from guanyao.data.number_codes import NumberCodes
from guanyao.data.protection import Entities
from guanyao.errors import ConfigError, DataError

K = 5


def fit(values: pl.Series, ids: Any = None, **settings: Any) -> NumberCodes:
    entities = Entities(None if ids is None else np.array(ids), len(values))
    made = NumberCodes.fit(values, entities, k=K, max_codes=50, **settings)
    assert made is not None
    return made


def again(codes: NumberCodes, values: pl.Series) -> pl.Series:
    return codes.decode(codes.encode(values), np.random.default_rng(0))


DAY = datetime(2024, 3, 1, 12, 30, 15, 250_000)
SHARED: dict[str, list[Any]] = {
    "Int8": [-128, 0, 127],
    "Int16": [-7, 300],
    "Int64": [0, -(2**63) + 1, 2**63 - 1, 1234567890123456789, -1234567890123456789],
    "UInt8": [0, 255],
    "UInt64": [0, 2**64 - 1, 2**53 + 1],
    "Float32": [0.1, 123456.7],
    "Float64": [0.1, -1e300, 1e-9],
    "Decimal(precision=12, scale=2)": [Decimal("0.29"), Decimal("-1234567890.05")],
    "Decimal(precision=38, scale=4)": [Decimal("99999999999999.9999"), Decimal("0.0001")],
    "Date": [date(1, 1, 1), date(2024, 2, 29)],
    "Time": [time(0, 0), time(23, 59, 59, 999_999)],
    "Datetime(time_unit='ms', time_zone=None)": [DAY, DAY + timedelta(days=1)],
    "Datetime(time_unit='us', time_zone=None)": [DAY, DAY.replace(microsecond=1)],
    "Datetime(time_unit='ns', time_zone='Asia/Shanghai')": [DAY, DAY.replace(year=1950)],
}


@pytest.mark.parametrize("dtype", SHARED)
def test_what_many_share_comes_back_exactly(dtype: str) -> None:
    kind = dtypes.from_name(dtype)
    values = pl.Series("v", SHARED[dtype] * (2 * K), dtype=None if kind.is_temporal() else kind)
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        values = values.dt.replace_time_zone("Asia/Shanghai")
    values = values.cast(kind)
    if kind == pl.Datetime("ns", "Asia/Shanghai"):
        values = (values.to_physical() + 7).cast(kind)
    codes = fit(values)
    made = again(codes, values)
    assert made.dtype == kind
    assert made.to_physical().to_list() == values.to_physical().to_list()
    assert again(NumberCodes.from_state(codes.state()), values).equals(made)


@pytest.mark.parametrize("dtype", SHARED)
def test_missing_comes_back_as_missing(dtype: str) -> None:
    kind = dtypes.from_name(dtype)
    values = pl.Series("v", [SHARED[dtype][0], None] * (2 * K), strict=False)
    if isinstance(kind, pl.Datetime) and kind.time_zone:
        values = values.dt.replace_time_zone("Asia/Shanghai")
    values = values.cast(kind)
    assert again(fit(values), values).is_null().to_list() == values.is_null().to_list()


def test_missing_of_few_is_not_learned() -> None:
    values = pl.Series([1, 2] * 20 + [None] * (K - 1))
    assert not fit(values).has_missing
    assert again(fit(values), values).null_count() == 0
    one = pl.Series([1, 2] * 20 + [None] * 30)
    codes = fit(one, [*range(40), *([99] * 30)])
    assert not codes.has_missing


def test_nothing_is_learned_from_few_values() -> None:
    few = pl.Series([1.5] * (K - 1) + [None] * 20)
    assert NumberCodes.fit(few, Entities(None, len(few)), k=K, max_codes=9) is None
    endless = pl.Series([float("inf")] * 20)
    assert NumberCodes.fit(endless, Entities(None, 20), k=K, max_codes=9) is None


def test_nan_is_missing_and_comes_back_as_nan() -> None:
    values = pl.Series([1.0, float("nan")] * 20)
    made = again(fit(values), values)
    assert made.null_count() == 0
    assert made.is_nan().to_list() == values.is_nan().to_list()
    both = again(fit(pl.Series([1.0, float("nan"), None] * 20)), values)
    assert both.null_count() == 20


def test_an_infinity_counts_as_the_largest_value() -> None:
    values = pl.Series([1.0, 2.0] * 20 + [float("inf"), float("-inf")])
    made = again(fit(values), values)
    assert set(made) == {1.0, 2.0}
    assert made.to_list()[-2:] == [2.0, 1.0]


def test_long_numbers_of_all_digits_do_not_repeat_the_source() -> None:
    rng = np.random.default_rng(3)
    values = pl.Series(rng.integers(10**18, 9 * 10**18, 3000))
    codes = fit(values)
    made = again(codes, values)
    assert len(codes.n_codes) == 2
    assert made.dtype == pl.Int64
    assert not set(made) & set(values)
    assert abs(made.mean() / values.mean() - 1) < 0.05  # type: ignore[operator]
    assert len(set(made % 1000)) > 500


def test_whole_numbers_at_the_end_of_their_dtype_do_not_wrap() -> None:
    rng = np.random.default_rng(4)
    top = pl.Series(2**64 - 1 - rng.integers(0, 2**31, 500).astype(np.uint64), dtype=pl.UInt64)
    assert again(fit(top), top).min() >= 2**64 - 1 - 2**32  # type: ignore[operator]
    bottom = pl.Series(-(2**63) + rng.integers(0, 2**31, 500), dtype=pl.Int64)
    assert again(fit(bottom), bottom).max() <= -(2**63) + 2**32  # type: ignore[operator]


def test_too_many_digits_are_refused() -> None:
    values = pl.Series("v", [Decimal("12345678901234567890123.5")] * 20)
    with pytest.raises(DataError) as error:
        fit(values)
    assert error.value.code == "data.digits"
    assert "1234" not in str(error.value)


def test_decimals_are_kept() -> None:
    rng = np.random.default_rng(5)
    values = pl.Series(rng.normal(size=2000).round(3))
    made = again(fit(values, decimals=3), values)
    assert (made.round(3) == made).all()
    single = values.cast(pl.Float32)
    assert (again(fit(single, decimals=3), single).cast(pl.String).str.len_chars() <= 6).all()


def test_moments_keep_their_minutes() -> None:
    rng = np.random.default_rng(6)
    minutes = pl.Series(rng.integers(0, 60 * 24 * 300, 3000) * 60_000_000)
    values = (minutes + 1_600_000_020_000_000).cast(pl.Datetime("us"))
    made = again(fit(values), values)
    assert (made.dt.truncate("1m") == made).all()
    days = values.dt.truncate("1d")
    assert (again(fit(days), days).dt.truncate("1d") == again(fit(days), days)).all()


def test_planted_values_appear_nowhere() -> None:
    rng = np.random.default_rng(7)
    planted = [-77_777_777, 31_415_926_535, 2_718_281_828, 555_555_555]
    values = pl.Series([*rng.integers(20, 90, 1000).tolist(), *planted])
    codes = fit(values)
    kept = {*codes.scales[0].low, *codes.scales[0].high, codes.scales[0].step}
    assert not kept & set(planted)
    assert not set(again(codes, pl.concat([values] * 20))) & set(planted)


def test_conditions() -> None:
    codes = fit(pl.Series([1, 2, 3, None] * 10))
    assert [mask.tolist() for mask in codes.allowed("v", 2)] == [[False, False, True, False]]
    assert [mask.tolist() for mask in codes.allowed("v", 2.0)] == [[False, False, True, False]]
    assert [mask.tolist() for mask in codes.allowed("v", None)] == [[True, False, False, False]]
    for value in (4, 0, "x", "2.5", ""):
        with pytest.raises(ConfigError, match="'v'"):
            codes.allowed("v", value)
    with pytest.raises(ConfigError, match="never missing"):
        fit(pl.Series([1, 2] * 10)).allowed("v", None)


def test_conditions_on_moments() -> None:
    moments = pl.Series([DAY, DAY + timedelta(days=3)] * 10)
    codes = fit(moments)
    masks = codes.allowed("v", "2024-03-01 12:30:15.25")
    assert [int(mask.sum()) for mask in masks] == [1, 1]
    with pytest.raises(ConfigError, match="outside"):
        codes.allowed("v", "2025-03-01 12:30:15")


HOSTILE: dict[str, dict[str, Any]] = {
    "no scale": {"scales": []},
    "two scales": {"unit": 10**9},
    "unit": {"unit": 3},
    "dtype": {"dtype": "Object"},
    "text": {"dtype": "String"},
    "digits": {"decimals": -1},
    "many digits": {"decimals": 10**6},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_damaged_codes_are_refused(case: str) -> None:
    state = fit(pl.Series([1, 2] * 10)).state()
    with pytest.raises((ValueError, KeyError, TypeError)):
        NumberCodes.from_state({**state, **HOSTILE[case]})
