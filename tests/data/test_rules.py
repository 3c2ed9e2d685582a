"""Rules between columns: read, checked, and kept in every row."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data import rules
from guanyao.data.rules import Fixed, Order, Sum
from guanyao.data.schema import Column, Schema
from guanyao.errors import ConfigError, DataError

READ = {
    "a <= b": Order("a", "b", strict=False),
    "`a b`<`c`": Order("a b", "c", strict=True),
    "开始 <= 结束": Order("开始", "结束", strict=False),
    "t = a + `b c` + d": Sum("t", ("a", "b c", "d")),
    "fixed(a, `b, c`)": Fixed(("a", "b, c")),
}


@pytest.mark.parametrize("text", READ)
def test_rules_are_read(text: str) -> None:
    assert rules.parse(text) == READ[text]


@pytest.mark.parametrize("text", ["", "a", "a >= b", "t = a", "fixed(a)", "a <= b <= c", "a < "])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        rules.parse(text)
    assert error.value.code == "config.rule"


CLASHES = [
    ("t = a + b", "t = b + a"),
    ("fixed(a, t)", "t = a + b"),
    ("t = a + b", "a = b + t"),
    ("t = t + b",),
    ("t <= x",),
]


@pytest.mark.parametrize("texts", CLASHES)
def test_rules_that_cannot_be_kept_together(texts: tuple[str, ...]) -> None:
    schema = Schema(columns=tuple(Column(name=n, type="integer") for n in "abt"), rules=texts)
    with pytest.raises(ConfigError) as error:
        rules.parse_all(schema)
    assert error.value.code == "config.rule"


def test_of_clashing_rules_the_first_is_kept() -> None:
    texts = ("fixed(a, b)", "t = c + d", "a = c + d", "t = c + e", "c = e + t", "e = a + b")
    assert rules.keepable(texts) == ("fixed(a, b)", "t = c + d", "e = a + b")


def test_ties_that_share_a_column_are_one() -> None:
    texts = ("fixed(a, b)", "fixed(c, d)", "fixed(e, b)", "fixed(d, f)", "a <= c")
    groups = rules.ties([rules.parse(text) for text in texts])
    assert groups == [("a", "b", "e"), ("c", "d", "f")]


def test_a_source_that_breaks_its_rule() -> None:
    frame = pl.DataFrame({"a": [1, 5, None], "b": [2, 4, 1]})
    with pytest.raises(DataError, match=r"1 of 3 rows"):
        rules.check(frame, [rules.parse("a <= b")], ["a <= b"])


def repaired(frame: pl.DataFrame, *texts: str, fixed: tuple[str, ...] = ()) -> pl.DataFrame:
    parsed = [rule for text in texts if isinstance(rule := rules.parse(text), Order)]
    out = rules.repair(frame, parsed, fixed)
    assert out.schema == frame.schema
    assert out.select(pl.all_horizontal(rules.holds(rule) for rule in parsed).all()).item()
    return out


def test_values_in_the_wrong_order_change_places() -> None:
    frame = pl.DataFrame({"a": [1, 9, None, 4], "b": [5, 2, 1, None]})
    assert repaired(frame, "a <= b").rows() == [(1, 5), (2, 9), (None, 1), (4, None)]


def test_a_strict_order_moves_equal_values_apart() -> None:
    frame = pl.DataFrame({"a": [3, 9], "b": [3, 2]})
    assert repaired(frame, "a < b").rows() == [(3, 4), (2, 9)]


def test_a_given_column_is_not_touched() -> None:
    frame = pl.DataFrame({"a": [5, 1], "b": [3, 3]})
    assert repaired(frame, "a <= b", fixed=("b",)).rows() == [(3, 3), (1, 3)]
    assert repaired(frame, "a <= b", fixed=("a",)).rows() == [(5, 5), (1, 3)]
    with pytest.raises(ConfigError):
        rules.repair(frame[:1], [Order("a", "b", strict=False)], ("a", "b"))


DAYS = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)]
MOMENTS = [datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 1), datetime(2024, 1, 2)]
MIXED: dict[str, tuple[list[Any], list[Any]]] = {
    "day and moment": (DAYS, MOMENTS),
    "moment and day": (MOMENTS, DAYS),
    "whole and float": ([1, 2, 3], [0.5, 2.0, 2.25]),
    "float and whole": ([0.5, 2.0, 2.25, -0.5], [1, 2, 3, 0]),
    "decimal and whole": ([Decimal("1.50"), Decimal("2.00")], [1, 2, 3]),
    "decimal and float": ([Decimal("1.50"), Decimal("2.00")], [1.0, 2.0, 1.5]),
}


@pytest.mark.parametrize("sign", ["<=", "<"])
@pytest.mark.parametrize("fixed", [(), ("a",), ("b",)])
@pytest.mark.parametrize("case", MIXED)
def test_orders_between_dtypes(case: str, fixed: tuple[str, ...], sign: str) -> None:
    low, high = MIXED[case]
    frame = pl.DataFrame({"a": low}).join(pl.DataFrame({"b": high}), how="cross")
    out = repaired(frame, f"a {sign} b", fixed=fixed)
    for name in fixed:
        assert out[name].equals(frame[name])


def test_the_last_value_of_a_small_dtype() -> None:
    frame = pl.DataFrame({"a": [1, 127], "b": [2, 127]}, schema={"a": pl.Int8, "b": pl.Int8})
    assert repaired(frame, "a < b").rows() == [(1, 2), (1, 2)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*[st.one_of(st.none(), st.integers(-4, 4))] * 4), min_size=1, max_size=20),
    st.booleans(),
)
def test_chains_hold_in_every_row(rows: list[tuple[int | None, ...]], strict: bool) -> None:
    frame = pl.DataFrame(rows, schema=dict.fromkeys("abcd", pl.Int64), orient="row")
    sign = "<" if strict else "<="
    out = repaired(frame, f"c {sign} d", f"b {sign} c", f"a {sign} b")
    assert [out[name].null_count() for name in "abcd"] == [
        frame[name].null_count() for name in "abcd"
    ]


def add_up(frame: pl.DataFrame, text: str, total: pl.DataType, **facts: Any) -> pl.DataFrame:
    columns = [Column(name=n, type="number", dtype=str(d)) for n, d in frame.schema.items()]
    columns.append(Column(name="t", type="number", dtype=str(total), **facts))
    rule = rules.parse(text)
    assert isinstance(rule, Sum)
    out = rules.add_up(frame, rule, Schema(columns=tuple(columns)), ())
    assert out["t"].dtype == total
    assert out.select(rules.holds(rule).all()).item()
    return out


def test_sums() -> None:
    small = pl.DataFrame(
        {"a": [100, 1, None], "b": [100, 2, 3]}, schema_overrides={"a": pl.Int8, "b": pl.Int8}
    )
    assert add_up(small, "t = a + b", pl.Int64())["t"].to_list() == [200, 3, None]
    floats = pl.DataFrame({"a": [0.1, 0.7], "b": [0.2, 0.1]})
    assert add_up(floats, "t = a + b", pl.Float64(), decimals=1)["t"].to_list() == [0.3, 0.8]
    money = pl.DataFrame({"a": [Decimal("1.10")], "b": [Decimal("2.205")]})
    assert add_up(money, "t = a + b", pl.Decimal(12, 3))["t"].to_list() == [Decimal("3.305")]
    assert add_up(money, "t = a + b", pl.Float64(), decimals=3)["t"].to_list() == [3.305]


def test_a_sum_that_does_not_fit_its_dtype_is_replaced() -> None:
    frame = pl.DataFrame(
        {"a": [1, 100, None], "b": [2, 100, 3]}, schema_overrides={"a": pl.Int8, "b": pl.Int8}
    )
    assert add_up(frame, "t = a + b", pl.Int8()).rows() == [(1, 2, 3), (1, 2, 3), (None, 3, None)]


def test_the_last_part_gives_way_to_a_coarser_total() -> None:
    frame = pl.DataFrame({"a": [0.5, 1.0], "b": [0.75, 2.0]})
    assert add_up(frame, "t = a + b", pl.Int64()).rows() == [(0.5, 0.5, 1), (1.0, 2.0, 3)]
