"""Categories: levels that enough entities share, and nothing of the others."""

import json
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
import pytest

from guanyao.data import category_codes
from guanyao.data.category_codes import CategoryCodes
from guanyao.data.protection import Entities
from guanyao.errors import ConfigError

K = 3


def fit(values: pl.Series | pl.DataFrame, ids: Any = None, **settings: Any) -> CategoryCodes:
    frame = values.to_frame() if isinstance(values, pl.Series) else values
    entities = Entities(None if ids is None else np.array(ids), frame.height)
    return CategoryCodes.fit(frame, entities, k=K, order=settings.get("order"))


def decoded(codes: CategoryCodes, n: int = 500) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    return codes.decode(rng.integers(0, codes.n_codes, n), rng)


def test_levels_by_falling_frequency() -> None:
    values = pl.Series("v", ["b"] * 4 + ["a"] * 4 + ["c"] * 6)
    codes = fit(values)
    assert codes.levels["v"].to_list() == ["c", "a", "b"]
    assert codes.mass.tolist() == [6, 4, 4]
    assert not codes.has_rare
    assert codes.encode(values.to_frame()).tolist() == [2] * 4 + [1] * 4 + [0] * 6


def test_few_rare_rows_count_as_the_commonest_level() -> None:
    values = pl.Series("v", ["a"] * 9 + ["b"] * 5 + ["secret"] * 2)
    codes = fit(values)
    assert (codes.n_merged, codes.n_merged_rows, codes.has_rare) == (1, 2, False)
    assert codes.encode(values.to_frame()).tolist()[-2:] == [0, 0]
    assert "secret" not in json.dumps(codes.state(), default=str)


def test_many_rare_rows_share_a_code() -> None:
    values = pl.Series("v", ["a"] * 9 + ["b"] * 5 + ["x", "y", "z"])
    codes = fit(values)
    assert (codes.n_merged, codes.n_codes, codes.has_rare) == (3, 3, True)
    assert codes.encode(values.to_frame()).tolist()[-3:] == [2, 2, 2]
    assert set(decoded(codes)["v"]) == {"a", "b"}


def test_a_level_that_one_person_repeats_is_rare() -> None:
    values = pl.Series("v", ["a"] * 6 + ["mine"] * 20)
    ids = [*range(6), *([9] * 20)]
    codes = fit(values, ids)
    assert codes.levels["v"].to_list() == ["a"]
    assert not codes.has_rare


def test_missing_is_a_level_only_for_enough() -> None:
    assert None in fit(pl.Series("v", ["a"] * 5 + [None] * 3)).levels["v"].to_list()
    few = fit(pl.Series("v", ["a"] * 5 + [None] * 2))
    assert decoded(few)["v"].null_count() == 0


def test_no_common_level_leaves_only_missing() -> None:
    codes = fit(pl.Series("v", list(range(20)), dtype=pl.Int16))
    assert codes.n_codes == 1
    assert decoded(codes)["v"].null_count() == 500
    assert decoded(codes)["v"].dtype == pl.Int16


def test_more_levels_than_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(category_codes, "MAX_LEVELS", 2)
    values = pl.Series("v", ["a"] * 6 + ["b"] * 5 + ["c"] * 4 + ["d"] * 3)
    codes = fit(values)
    assert codes.levels["v"].to_list() == ["a", "b"]
    assert (codes.has_rare, codes.n_merged, codes.n_merged_rows) == (True, 2, 7)
    assert codes.encode(values.to_frame()).max() == 2


def test_the_empty_string_is_a_level_of_its_own() -> None:
    codes = fit(pl.Series("v", [""] * 4 + [None] * 5 + ["a"] * 3))
    assert codes.levels["v"].to_list() == [None, "", "a"]
    assert codes.allowed("v", None).tolist() == [True, False, False]
    assert codes.allowed("v", "").tolist() == [False, True, False]


def test_an_order_is_kept_and_missing_comes_first() -> None:
    values = pl.Series("v", ["high"] * 9 + ["low"] * 4 + ["mid"] * 5 + [None] * 3 + ["?"] * 3)
    codes = fit(values, order=("low", "mid", "high"))
    assert codes.levels["v"].to_list() == [None, "low", "mid", "high", "?"]
    assert codes.ordered


@pytest.mark.parametrize(
    "name", ["__rows", "__code", "rows", "people", "entity", "code", "level 0"]
)
def test_no_column_name_is_reserved(name: str) -> None:
    frame = pl.DataFrame({"level 1": ["a", "b"] * 10, name: [1, 2] * 10})
    codes = fit(frame, [*range(20)])
    assert codes.levels.columns == frame.columns
    assert codes.decode(codes.encode(frame), np.random.default_rng(0)).equals(frame)


VALUES: dict[str, list[Any]] = {
    "String": ["a", "", "长", None],
    "Int64": [1, -(2**62), None],
    "UInt64": [2**64 - 1, 0],
    "Int8": [-128, 127],
    "Float64": [0.1, 1e300, float("inf"), None],
    "Float32": [0.5, 0.1],
    "Boolean": [True, False, None],
    "Date": [date(2020, 2, 29), date(1, 1, 1)],
    "Datetime(time_unit='ns', time_zone='Asia/Shanghai')": [datetime(2020, 1, 1, 1, 1, 1, 7), None],
    "Time": [time(23, 59, 59, 5), time(0, 0)],
    "Decimal(precision=20, scale=3)": [Decimal("1.005"), Decimal("-9999999999999.999")],
}


@pytest.mark.parametrize("dtype", VALUES)
def test_every_dtype_comes_back_from_its_state(dtype: str) -> None:
    kind = category_codes.dtypes.from_name(dtype)
    values = pl.Series("v", VALUES[dtype] * K)
    if isinstance(kind, pl.Datetime):
        values = values.dt.replace_time_zone("Asia/Shanghai")
    frame = values.cast(kind).to_frame()
    codes = fit(frame)
    state = codes.state()
    state["levels"] = json.loads(json.dumps(state["levels"], allow_nan=False))
    again = CategoryCodes.from_state(state)
    assert again.levels.equals(codes.levels)
    assert again.levels.schema == frame.schema
    assert again.decode(again.encode(frame), np.random.default_rng(0)).equals(frame)


def test_conditions_are_read_in_the_dtype_of_the_column() -> None:
    frame = pl.DataFrame(
        {"n": [1.0, 2.5] * 5, "day": [datetime(2020, 1, 1), datetime(2021, 1, 1)] * 5}
    )
    codes = fit(frame.with_columns(flag=pl.Series([True, False] * 5)))
    wanted = codes.levels["n"] == 1.0
    for column, value in {"n": 1, "day": "2020-01-01 00:00:00", "flag": "True"}.items():
        assert codes.allowed(column, value).tolist() == wanted.to_list()
    assert codes.allowed("day", datetime(2020, 1, 1)).tolist() == wanted.to_list()
    for column, strange in {"n": "x", "flag": "maybe", "day": "x"}.items():
        with pytest.raises(ConfigError):
            codes.allowed(column, strange)


def test_a_rare_level_is_refused_without_naming_it() -> None:
    codes = fit(pl.Series("v", ["a"] * 9 + ["Zhang San"]))
    with pytest.raises(ConfigError) as error:
        codes.allowed("v", "Zhang San")
    assert "Zhang" not in str(error.value)


HOSTILE: dict[str, dict[str, Any]] = {
    "no levels": {"levels": {}, "dtypes": {}, "mass": []},
    "too many masses": {"mass": [1, 2, 3]},
    "no mass": {"mass": [0, 1]},
    "another dtype": {"dtypes": {"v": "Nonsense"}},
    "values of another dtype": {"dtypes": {"v": "Int64"}},
    "no dtype": {"dtypes": {}},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_damaged_levels_are_refused(case: str) -> None:
    state = fit(pl.Series("v", ["a", "b"] * 4)).state()
    with pytest.raises((ValueError, KeyError, TypeError)):
        CategoryCodes.from_state({**state, **HOSTILE[case]})
