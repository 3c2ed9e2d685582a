"""The table encoder: what it protects, what it keeps, and that every rule holds."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given as draws
from hypothesis import settings
from hypothesis import strategies as st

from guanyao.data.encoders import TableEncoder
from guanyao.data.readers import read
from guanyao.data.rules import Fixed, holds, parse_all
from guanyao.data.schema import Column, Schema, Source
from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError
from tests.conftest import shared_tables

K = 5


def table(frame: pl.DataFrame, *rules: str, **roles: str) -> Table:
    """A table whose columns are features, but for those named in `roles`."""
    found = read(frame).schema
    columns = []
    for column in found:
        role = roles.get(column.name, "feature")
        columns.append(Column(**{**vars(column), "role": role}))
    return Table(frame, Schema(columns=tuple(columns), rules=rules, source=Source()))


def fit(source: Table, **settings_: Any) -> TableEncoder:
    values = {"min_entities": K, "max_codes": 20, "rng": np.random.default_rng(0)} | settings_
    return TableEncoder.fit(source, **values)


def decoded(encoder: TableEncoder, source: Table, given: Any = None, n: int = 0) -> pl.DataFrame:
    codes = encoder.encode(source.frame)
    n_rows = n or len(source)
    return encoder.decode(
        [np.resize(one, n_rows) for one in codes],
        n_rows,
        rng=np.random.default_rng(1),
        start=0,
        key=7,
        given=given,
    )


def numbers_in(value: Any) -> set[float]:
    """Every number of a state, arrays included."""
    if isinstance(value, np.ndarray):
        return set(value.ravel().tolist())
    if isinstance(value, dict):
        return set().union(*map(numbers_in, value.values()), set())
    if isinstance(value, list | tuple):
        return set().union(*map(numbers_in, value), set())
    return {value} if isinstance(value, int | float) and not isinstance(value, bool) else set()


def as_text(encoder: TableEncoder) -> str:
    """All that the encoder would leave in a model file."""
    state = json.dumps(encoder.state(), default=lambda array: array.tolist(), ensure_ascii=False)
    return state + json.dumps(encoder.schema.to_json(), ensure_ascii=False)


def everything() -> Table:
    n = 400
    rng = np.random.default_rng(2)
    frame = pl.DataFrame(
        {
            "no": pl.Series([f"K{i:05d}" for i in range(n)]),
            "who": pl.Series(rng.integers(0, 150, n)),
            "__rows": pl.Series(rng.choice(["a", "b", ""], n)),
            "__code": pl.Series(rng.choice([1, 2, 3], n), dtype=pl.UInt8),
            "grade": pl.Series(rng.choice(["low", "mid", "high"], n)).cast(
                pl.Enum(["low", "mid", "high", "never"])
            ),
            "city": pl.Series(rng.choice(["x", "y"], n)).cast(pl.Categorical),
            "nothing": pl.Series([None] * n, dtype=pl.Null),
            "no_number": pl.Series([None] * n, dtype=pl.Float64),
            "no_day": pl.Series([None] * n, dtype=pl.Date),
            "same": pl.Series([4.5] * n),
            "small": pl.Series(rng.normal(size=n), dtype=pl.Float32),
            "money": pl.Series([Decimal(int(x)) / 100 for x in rng.integers(0, 9999, n)]),
            "long": pl.Series(rng.integers(10**17, 10**18, n), dtype=pl.UInt64),
            "day": pl.Series(
                [date(2024, 1, 1) + timedelta(int(x)) for x in rng.integers(0, 99, n)]
            ),
            "moment": pl.Series(
                [datetime(2024, 1, 1) + timedelta(seconds=int(x)) for x in rng.integers(0, 9**7, n)]
            )
            .dt.replace_time_zone("Asia/Shanghai")
            .cast(pl.Datetime("ns", "Asia/Shanghai")),
            "clock": pl.Series(rng.integers(0, 86399, n) * 10**9).cast(pl.Time),
            "flag": pl.Series(rng.random(n) < 0.5),
            "gaps": pl.Series(rng.integers(0, 5, n)).set(pl.Series(rng.random(n) < 0.3), None),
            "remark": pl.Series([f"the patient came back on day {i % 9}" for i in range(n)]),
        }
    )
    return table(frame, no="identifier", who="entity", remark="text", flag="target")


def test_every_dtype_comes_back() -> None:
    source = everything()
    encoder = fit(source)
    made = decoded(encoder, source)
    for name, dtype in source.frame.schema.items():
        if not isinstance(dtype, pl.Enum):
            assert made[name].dtype == dtype, name
    assert made["grade"].dtype == pl.Enum(["low", "mid", "high"])
    for name in ("__rows", "__code", "city", "nothing", "no_number", "same", "flag", "gaps"):
        assert made[name].to_list() == source.frame[name].to_list(), name
    assert not set(made["no"]) & set(source.frame["no"])
    assert [field.is_target for field in encoder.fields].count(True) == 1


def test_the_state_gives_the_same_rows() -> None:
    source = everything()
    encoder = fit(source)
    again = TableEncoder.from_state(encoder.state(), encoder.schema)
    assert again.fields == encoder.fields
    assert decoded(again, source).equals(decoded(encoder, source))
    assert as_text(again) == as_text(encoder)
    from_source = TableEncoder.from_state(encoder.state(), source.schema)
    assert from_source.schema == encoder.schema


def test_the_same_seed_gives_the_same_rows_and_none_give_none() -> None:
    source = everything()
    encoder = fit(source)
    assert decoded(encoder, source).equals(decoded(fit(source), source))
    codes = [one[:0] for one in encoder.encode(source.frame)]
    rng = np.random.default_rng(0)
    assert encoder.decode(codes, 0, rng=rng, start=0, key=1).height == 0


PLANTED_NUMBERS = [-31_415_926, 27_182_818_284, 777_777_777, 161_803_398, 2_236_067_977]
PLANTED_WORDS = ["Zhang San", "Ouyang Xiu", "\u738b\u5c0f\u660e"]


@settings(max_examples=15, deadline=None)
@draws(
    st.integers(0, 2**32),
    st.lists(st.sampled_from(PLANTED_NUMBERS), min_size=1, max_size=K - 1),
    st.lists(st.sampled_from(PLANTED_WORDS), min_size=1, max_size=K - 1),
    st.booleans(),
)
def test_what_few_entities_have_appears_nowhere(
    seed: int, numbers: list[int], words: list[str], by_entity: bool
) -> None:
    rng = np.random.default_rng(seed)
    n = 300
    # Each planted value belongs to one person, who may have it in many rows.
    times = 12 if by_entity else 1
    planted_n, planted_w = numbers * times, words * times
    frame = pl.DataFrame(
        {
            "who": [*range(n), *([n + 1] * len(planted_n)), *([n + 2] * len(planted_w))],
            "n": [*rng.integers(20, 90, n).tolist(), *planted_n, *([30] * len(planted_w))],
            "x": [*rng.normal(size=n), *map(float, planted_n), *([0.5] * len(planted_w))],
            "w": [*rng.choice(["a", "b"], n), *(["a"] * len(planted_n)), *planted_w],
            "t": ["came back well"] * (n + len(planted_n)) + [f"saw {w}" for w in planted_w],
        }
    ).with_columns(
        e=pl.col("w").cast(pl.Enum(["a", "b", *PLANTED_WORDS])),
        far=pl.col("n").cast(pl.Int64) * 10**8,
        moment=(pl.col("n") * 1_000_000).cast(pl.Datetime("us")),
    )
    roles = {"t": "text", "who": "entity"} if by_entity else {"t": "text", "who": "identifier"}
    source = table(frame, **roles)
    encoder = fit(source)
    made = decoded(encoder, source, n=3000)
    kept = numbers_in(encoder.state())
    for number in numbers:
        assert not {number, number * 10**8, number * 10**6} & kept
        assert number not in made["n"].to_list()
        assert number * 10**8 not in made["far"].to_list()
        assert number * 10**6 not in made["moment"].to_physical().to_list()
        assert float(number) not in made["x"].to_list()
    state = as_text(encoder)
    for word in words:
        assert word not in state
        assert word not in made.write_csv()
        assert word not in str(made.schema)


def test_missing_that_few_share_is_not_learned() -> None:
    frame = pl.DataFrame({"a": [1, 2] * 50, "w": ["x", "y"] * 50, "t": ["so it is"] * 100})
    holes = pl.Series([True] * (K - 1) + [False] * (101 - K))
    gone = frame.select(pl.when(~holes).then(pl.col(name)).alias(name) for name in frame.columns)
    source = table(gone, t="text")
    assert decoded(fit(source), source).null_count().sum_horizontal().item() == 0


def test_too_few_entities_are_refused() -> None:
    frame = pl.DataFrame({"who": [1, 2, 3] * 50, "a": [1, 2] * 75})
    with pytest.raises(DataError) as error:
        fit(table(frame, who="entity"))
    assert error.value.code == "data.too_small"
    assert "3 entities" in str(error.value)


# Rules


def ruled() -> Table:
    rng = np.random.default_rng(3)
    n = 500
    begin = [datetime(2024, 1, 1) + timedelta(hours=int(x)) for x in rng.integers(0, 9000, n)]
    late = [date(2024, 1, 2) + timedelta(int(x)) for x in rng.integers(370, 500, n)]
    a = rng.integers(0, 50, n)
    net = [Decimal(int(x)) / 100 for x in rng.integers(0, 9999, n)]
    tax = [Decimal(int(x)) / 10 for x in rng.integers(0, 99, n)]
    frame = pl.DataFrame(
        {
            "born": [date(1950, 1, 1) + timedelta(int(x)) for x in rng.integers(0, 20000, n)],
            "begin": begin,
            "end": late,
            "a": a,
            "b": a + rng.integers(0, 9, n),
            "c": a + rng.integers(10, 20, n),
            "net": net,
            "tax": tax,
            "total": [x + y for x, y in zip(net, tax, strict=True)],
            "level": pl.Series(["one", "two", "three", "rare"])[(a % 3).tolist()],
            "level no": (a % 3) + 1.5,
        }
    )
    texts = ("born <= begin", "begin < end", "a <= b", "b < c", "total = net + tax")
    return table(frame, *texts, "fixed(level, `level no`)")


def holding(frame: pl.DataFrame) -> bool:
    pairs = {("one", 1.5), ("two", 2.5), ("three", 3.5)}
    sums = frame.select(
        (pl.col("born") <= pl.col("begin")).all(),
        (pl.col("begin") < pl.col("end")).all().alias("2"),
        (pl.col("a") <= pl.col("b")).all().alias("3"),
        (pl.col("b") < pl.col("c")).all().alias("4"),
        (pl.col("total") == pl.col("net") + pl.col("tax")).all().alias("5"),
    )
    return all(sums.row(0)) and set(frame.select("level", "level no").rows()) <= pairs


def test_every_rule_holds_in_every_row() -> None:
    source = ruled()
    encoder = fit(source)
    assert holding(source.frame)
    rng = np.random.default_rng(4)
    codes = [rng.integers(0, f.n_codes, 3000).astype(np.uint16) for f in encoder.fields]
    made = encoder.decode(codes, 3000, rng=rng, start=0, key=0)
    assert holding(made)
    assert made.schema == source.frame.schema
    assert encoder.protection()["rules"] == list(source.schema.rules)


def test_rules_that_meet_hold_together() -> None:
    rng = np.random.default_rng(6)
    n = 2000
    city = rng.integers(0, 12, n)
    net, tax, tip = rng.integers(1, 500, n), rng.integers(0, 90, n), rng.integers(0, 9, n)
    frame = pl.DataFrame(
        {
            "city": pl.Series([f"c{i}" for i in range(12)])[city.tolist()],
            "region": pl.Series([f"r{i}" for i in range(4)])[(city // 3).tolist()],
            "country": city // 6,
            "size": city // 6 + rng.integers(0, 5, n),
            "net": net,
            "tax": tax,
            "gross": net + tax,
            "tip": tip,
            "paid": net + tax + tip,
            "limit": net + tax + tip + rng.integers(0, 50, n),
        }
    )
    texts = ("fixed(city, region)", "fixed(city, country)", "country <= size", "net <= gross")
    texts += ("paid = gross + tip", "gross = net + tax", "paid <= limit", "gross <= paid")
    source = table(frame, *texts)
    encoder = fit(source)
    codes = [rng.integers(0, f.n_codes, 3000).astype(np.uint16) for f in encoder.fields]
    made = encoder.decode(codes, 3000, rng=rng, start=0, key=0)
    assert made.filter(pl.col("country") > pl.col("size")).is_empty()
    assert made.filter(pl.col("paid") > pl.col("limit")).is_empty()
    assert made.filter(pl.col("net") + pl.col("tax") != pl.col("gross")).is_empty()
    assert made.filter(pl.col("gross") + pl.col("tip") != pl.col("paid")).is_empty()
    places = ["city", "region", "country"]
    assert made.select(places).unique().height == frame.select(places).unique().height
    # What detection finds in a table can always be kept.
    fit(read(frame))


@pytest.mark.parametrize(
    "given",
    [
        {"b": 20},
        {"a": 30, "b": 30},
        {"end": "2025-02-01"},
        {"begin": "2024-06-01 12:00:00", "level": "two"},
        {"level no": 3.5, "tax": "0.5"},
        {"born": date(1960, 5, 5), "c": 40},
    ],
)
def test_conditions_on_ruled_columns(given: dict[str, Any]) -> None:
    source = ruled()
    encoder = fit(source)
    assert all(mask.any() for mask in encoder.allowed(given).values())
    rng = np.random.default_rng(5)
    codes = []
    for i, field in enumerate(encoder.fields):
        mask = encoder.allowed(given).get(i, np.ones(field.n_codes, bool))
        codes.append(rng.choice(np.flatnonzero(mask), 500).astype(np.uint16))
    made = encoder.decode(codes, 500, rng=rng, start=0, key=0, given=given)
    assert holding(made)
    for name, value in given.items():
        assert made[name].n_unique() == 1
        wanted = pl.Series([value]).cast(pl.String)[0]
        assert (
            Decimal(str(value)) == made[name][0]
            if name == "tax"
            else wanted[:10] in str(made[name][0])
        )


REFUSED = [{"total": 1}, {"zz": 1}, {"a": 30, "b": 20}, {"level": "one", "level no": 2.5}]


@pytest.mark.parametrize("given", REFUSED)
def test_conditions_that_cannot_be_met(given: dict[str, Any]) -> None:
    source = ruled()
    encoder = fit(source)
    with pytest.raises(ConfigError) as error:
        encoder.allowed(given)
        decoded(encoder, source, given)
    assert error.value.code == "config.given"


# What was done


def test_the_protection_is_told_with_true_counts() -> None:
    n = 200
    frame = pl.DataFrame(
        {
            "no": [f"A{i:04d}" for i in range(n)],
            "w": ["a"] * 190 + ["b", "c", "c"] + ["d"] * 7,
            "x": [1.0] * 150 + [2.0] * 47 + [900.0, 901.0, 902.0],
            "t": ["it is all well"] * 150 + [None] * 50,
        }
    )
    told = fit(table(frame, no="identifier", t="text")).protection()
    assert told == {
        "min_entities": K,
        "rules": [],
        "items": [
            {"kind": "identifiers", "column": "no", "count": n, "share": 1.0},
            {"kind": "rare_levels", "column": "w", "count": 2, "share": 3 / n},
            {"kind": "extremes", "column": "x", "count": 3, "share": 3 / n},
            {"kind": "near_unique", "column": "x", "count": 3, "share": 3 / n},
            {"kind": "text", "column": "t", "count": 150, "share": 0.75},
        ],
    }


# Damage


def damages() -> list[dict[str, Any]]:
    strange: list[Any] = [None, [], {}, "x", 3, [None], [[1]], {"columns": ["a"]}]
    return [{"parts": one} for one in strange] + [{"min_entities": one} for one in (None, "x", [])]


@pytest.mark.parametrize("damage", damages())
def test_a_damaged_state_is_refused(damage: dict[str, Any]) -> None:
    source = ruled()
    state = fit(source).state()
    with pytest.raises((ValueError, KeyError, TypeError)):
        TableEncoder.from_state({**state, **damage}, source.schema)


@settings(max_examples=150, deadline=None)
@draws(st.data())
def test_a_state_with_a_strange_value_is_read_or_refused(data: st.DataObject) -> None:
    source = everything()
    state = json.loads(json.dumps(fitted_state(), default=lambda array: array.tolist()))
    at: Any = state
    while isinstance(at, dict | list) and at:
        holder = at
        places = list(at) if isinstance(at, dict) else list(range(len(at)))
        place = data.draw(st.sampled_from(places))
        at = at[place]
        if data.draw(st.integers(0, 3)) == 0:
            break
    holder[place] = data.draw(
        st.sampled_from([None, -1, 2**70, float("nan"), "x", [], {}, [1, 2], True, "Int64"])
    )
    try:
        TableEncoder.from_state(state, source.schema)
    except (ValueError, KeyError, TypeError):
        return


STATES: list[dict[str, Any]] = []


def fitted_state() -> dict[str, Any]:
    """The state of `everything`, fitted once."""
    if not STATES:
        STATES.append(fit(everything()).state())
    return STATES[0]


# Real tables


@pytest.mark.parametrize("path", shared_tables(), ids=lambda path: path.name)
def test_real_tables_keep_dtypes_rules_and_levels(path: Path) -> None:
    try:
        whole = read(path)
    except DataError as error:
        assert error.code == "data.no_rows"
        return
    source = whole.rows(whole.frame.head(3000))
    if len(source) < K:
        with pytest.raises(DataError):
            fit(source)
        return
    encoder = fit(source)
    made = decoded(encoder, source)
    assert made.schema == source.frame.schema
    for rule in parse_all(source.schema):
        assert made.select(holds(rule).all()).item(), rule
        if isinstance(rule, Fixed):
            pairs = source.frame.select(rule.columns).unique()
            lost = made.select(rule.columns).join(
                pairs, on=rule.columns, how="anti", nulls_equal=True
            )
            assert lost.drop_nulls().is_empty(), rule
    texts = source.frame.select(pl.col(pl.String))
    for name in texts.columns:
        if not source.schema[name].is_modelled:
            continue
        counts = texts[name].value_counts(name="rows")
        rare = counts.filter(pl.col("rows") < K)[name].drop_nulls()
        assert not set(rare) & set(made[name]), name
