"""The contract suite: what every generator, metric and attack must keep, whoever wrote it.

Each check raises an `AssertionError` that says which promise was broken.
"""

import json
import math
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from guanyao.attacks.result import AttackResult
from guanyao.data.dtypes import kind
from guanyao.data.rules import holds, parse
from guanyao.data.schema import Column, ColumnType, Role, Schema
from guanyao.data.sides import Sides, prepare
from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError, GuanyaoError, NotFittedError
from guanyao.metrics.score import Score
from guanyao.models.model_file import load
from guanyao.types import Generator, Value

MakeGenerator: TypeAlias = Callable[..., Generator]
"""A generator class, or a function of its settings that gives one."""

TYPES: dict[str, tuple[pl.DataType, ColumnType, Role]] = {
    "编号": (pl.String(), "string", "identifier"),
    "age": (pl.Int64(), "integer", "feature"),
    "income": (pl.Float64(), "number", "feature"),
    "城市": (pl.String(), "string", "feature"),
    "member": (pl.Boolean(), "boolean", "feature"),
    "joined": (pl.Date(), "date", "feature"),
    "seen at": (pl.Datetime("ms"), "datetime", "feature"),
    "grade": (pl.Categorical(), "string", "feature"),
    "price": (pl.Decimal(12, 2), "number", "feature"),
    "constant": (pl.Int64(), "integer", "feature"),
    "empty": (pl.Float64(), "number", "feature"),
    "outcome": (pl.Int64(), "integer", "target"),
}
"""The columns of `example_table`: dtype, type and role."""


def example_table(n_rows: int, *, seed: int = 0) -> Table:
    """A made-up table with a column of every kind, with dependence, missing values and a target.

    Args:
        n_rows: Number of rows.
        seed: The same seed gives the same rows.
    """
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, n_rows)
    city = rng.integers(0, 4, n_rows)
    income = age * 100.0 + city * 2000 + rng.normal(0, 500, n_rows)
    outcome = (income + rng.normal(0, 1500, n_rows) > 8500).astype(np.int64)
    known = rng.random(n_rows) > 0.2
    days = rng.integers(0, 3000, n_rows) + age
    cities = np.array(["北京", "上海", "None", ""])
    values: dict[str, Any] = {
        "编号": [f"p{seed}-{i}" for i in range(n_rows)],
        "age": age,
        "income": [float(x) if ok else None for x, ok in zip(income, known, strict=True)],
        "城市": cities[city].tolist(),
        "member": [bool(x > 50) if ok else None for x, ok in zip(age, known[::-1], strict=True)],
        "joined": days.astype("datetime64[D]"),
        "seen at": (days * 86_400_000 + age).astype("datetime64[ms]"),
        "grade": np.array(["a", "b", "c"])[city % 3].tolist(),
        "price": np.round(income / 7, 2),
        "constant": np.ones(n_rows, dtype=np.int64),
        "empty": [None] * n_rows,
        "outcome": outcome,
    }
    frame = pl.DataFrame({n: pl.Series(n, v).cast(TYPES[n][0]) for n, v in values.items()})
    columns = (
        Column(name=n, type=kind, role=role, dtype=str(dtype))
        for n, (dtype, kind, role) in TYPES.items()
    )
    return Table(frame, Schema(columns=tuple(columns)))


def check_generator(make: MakeGenerator) -> None:
    """See that a generator keeps its promises: all of `GENERATOR_CHECKS`, one after another.

    Args:
        make: The generator's class, or a function of its settings; `min_entities` is one of them.
    """
    for check in GENERATOR_CHECKS:
        check(make)


def check_needs_fit(make: MakeGenerator) -> None:
    """Before `fit` there is nothing to draw or save."""
    model = make()
    with _refused(NotFittedError, "not_fitted", "sample before fit"):
        model.sample(1)
    with _refused(NotFittedError, "not_fitted", "sample_batches before fit"):
        next(iter(model.sample_batches(1)))
    with _scratch() as folder, _refused(NotFittedError, "not_fitted", "save before fit"):
        model.save(folder / "m.gy")


def check_settings(make: MakeGenerator) -> None:
    """A setting out of its range is refused when the generator is made."""
    for wrong in (0, -1, math.nan, "5", None, True):
        with _refused(ConfigError, "config", f"min_entities={wrong!r}"):
            make(min_entities=wrong)


def check_counts(make: MakeGenerator) -> None:
    """Any number of rows can be asked for; what is no number of rows is refused."""
    table = example_table(120)
    model = make(min_entities=5).fit(table)
    assert isinstance(model, Generator), "it lacks a part of guanyao.types.Generator"
    for n_rows in (0, 1, 7, 300):
        rows = model.sample(n_rows, seed=1)
        assert rows.height == n_rows, f"asked for {n_rows} rows, got {rows.height}"
        assert rows.schema == table.frame.schema, f"{n_rows} rows have other columns or dtypes"
    for wrong in (-1, 1.5, "3", None):
        with _refused(ConfigError, "config", f"n_rows={wrong!r}"):
            model.sample(wrong)  # type: ignore[arg-type]
    for batch_rows in (0, -1):
        with _refused(ConfigError, "config", f"batch_rows={batch_rows}"):
            next(iter(model.sample_batches(5, batch_rows=batch_rows)))


def check_values(make: MakeGenerator) -> None:
    """Levels, ranges, and missing values where they were; identifiers are new and distinct."""
    table = example_table(400)
    rows = make(min_entities=5).fit(table, seed=1).sample(400, seed=2)
    for name in table.frame.columns:
        real, virtual = table.frame[name], rows[name]
        gap = abs(real.null_count() - virtual.null_count()) / 400
        assert gap < 0.1, f"{name}: other missing values"
        assert bool(real.null_count()) or not virtual.null_count(), f"{name}: missing values"
        if name == table.frame.columns[0]:
            assert virtual.n_unique() == 400, "identifiers repeat"
        elif real.n_unique() <= 5:
            assert set(virtual.to_list()) <= set(real.to_list()), f"{name}: strange levels"
        elif real.dtype != pl.String:
            assert real.min() <= virtual.min(), f"{name}: below its range"  # type: ignore[operator]
            assert virtual.max() <= real.max(), f"{name}: above its range"  # type: ignore[operator]


def check_seeds(make: MakeGenerator) -> None:
    """The same seed gives the same rows, another seed others, no seed new ones every time."""
    table = example_table(200)
    model, same = (make(min_entities=5).fit(table, seed=3) for _ in range(2))
    rows = model.sample(50, seed=4)
    assert rows.equals(model.sample(50, seed=4)), "the same seed of sample gives other rows"
    assert rows.equals(same.sample(50, seed=4)), "the same seed of fit gives another model"
    assert not rows.equals(model.sample(50, seed=5)), "another seed gives the same rows"
    assert not model.sample(50).equals(model.sample(50)), "without a seed the rows repeat"
    given: dict[str, Value] = {"outcome": 1, "城市": "上海"}
    first, again = (model.sample(50, given=given, seed=4) for _ in range(2))
    assert first.equals(again), "the same seed gives other rows under a condition"


def check_batches(make: MakeGenerator) -> None:
    """Batches are the rows of `sample`, none is larger than asked for, and there is always one."""
    model = make(min_entities=5).fit(example_table(200))
    whole = model.sample(230, seed=4)
    assert whole.equals(pl.concat(model.sample_batches(230, seed=4))), "batches differ from sample"
    parts, again = (list(model.sample_batches(230, seed=4, batch_rows=100)) for _ in range(2))
    assert [part.height for part in parts] == [100, 100, 30], "batches have other sizes"
    assert pl.concat(parts).equals(pl.concat(again)), "batches differ for the same seed"
    assert pl.concat(parts)["编号"].n_unique() == 230, "identifiers repeat between batches"
    empty = pl.concat(model.sample_batches(0, seed=4))
    assert empty.schema == whole.schema, "no rows have other columns"


def hard_table(n_rows: int) -> Table:
    """A table of columns that break things: every dtype, constant, empty, infinite, oddly named."""
    i = np.arange(n_rows)
    days = [date(2020 + int(k) % 3, 1 + int(k) % 12, 1 + int(k) % 28) for k in i]
    columns: dict[str, pl.Series] = {
        "constant": pl.Series(["x"] * n_rows),
        "constant number": pl.Series([3.25] * n_rows),
        "constant date": pl.Series([date(2000, 2, 29)] * n_rows),
        "one level or none": pl.Series([None if k % 3 else "a" for k in i], dtype=pl.String),
        "truth": pl.Series([None if k % 7 == 0 else bool(k % 2) for k in i], dtype=pl.Boolean),
        "day": pl.Series(days),
        "moment": pl.Series(
            [datetime(2020, 1, 1 + int(k) % 28, int(k) % 24, tzinfo=None) for k in i],
            dtype=pl.Datetime("ns"),
        ),
        "zoned": pl.Series(i * 3_600_000).cast(pl.Datetime("ms", "Asia/Shanghai")),
        "clock": pl.Series([time(int(k) % 24, int(k) % 60) for k in i]),
        "money": pl.Series([Decimal(int(k) * 7 % 501) / 4 for k in i], dtype=pl.Decimal(9, 2)),
        "byte": pl.Series(i % 250 - 125, dtype=pl.Int8),
        "unsigned": pl.Series([2**64 - 1 - int(k) % 9 for k in i], dtype=pl.UInt64),
        "large": pl.Series([2**62 + int(k) for k in i], dtype=pl.Int64),
        "single": pl.Series(np.sin(i), dtype=pl.Float32),
        "infinite": pl.Series([math.inf, -math.inf, 1.0, 2.5, None] * (n_rows // 5 + 1))[:n_rows],
        "not a number": pl.Series(np.where(i % 4 == 0, np.nan, np.sqrt(i))),
        "huge": pl.Series(np.where(i % 5 == 0, 1.7e308, -1e308 + i * 1e305)),
        "grade": pl.Series(["high", "low"] * n_rows, dtype=pl.Enum(["low", "high"]))[:n_rows],
        "a <= `b`, \n": pl.Series([f"{k % 3}" for k in i]),
        "__rows": pl.Series(i % 3),
        "__code": pl.Series([f"c{k % 2}" for k in i]),
    }
    for dtype in (pl.Int64, pl.Float32, pl.String, pl.Boolean, pl.Date, pl.Datetime("us"), pl.Time):
        columns[f"empty {dtype}"] = pl.Series([None] * n_rows, dtype=dtype)
    return _table(pl.DataFrame(columns))


def check_columns(make: MakeGenerator) -> None:
    """Columns of every dtype survive: constant, empty, of one level, infinite, oddly named."""
    table = hard_table(150)
    rows = make(min_entities=3).fit(table).sample(150, seed=1)
    assert rows.schema == table.frame.schema, "a column changed its place, name or dtype"
    for name in table.frame.columns:
        real, virtual = table.frame[name], rows[name]
        if real.n_unique() == 1:
            assert virtual.n_unique() == 1, f"{name!r} is no longer constant"
            assert virtual[0] == real[0], f"{name!r} has another constant"
        elif real.n_unique() <= 3 and name != "infinite":
            strange = set(virtual.to_list()) - set(real.to_list())
            assert not strange, f"{name!r} has strange levels"


def check_file(make: MakeGenerator) -> None:
    """A saved generator draws the same rows when it is loaded; saving leaves nothing else."""
    table = example_table(150)
    for source in (table, hard_table(60)):
        model = make(min_entities=3).fit(source)
        with _scratch() as folder:
            model.save(folder / "m.gy")
            model.save(str(folder / "m.gy"))
            assert [path.name for path in folder.iterdir()] == ["m.gy"], "saving leaves other files"
            loaded = load(folder / "m.gy")
            loaded.save(folder / "n.gy")
            twice = load(folder / "n.gy")
        assert loaded.name == model.name
        assert loaded.schema_ == model.schema_, "the schema changed in the file"
        rows = model.sample(40, seed=2)
        assert rows.equals(loaded.sample(40, seed=2)), "a loaded model draws other rows"
        assert rows.equals(twice.sample(40, seed=2)), "a model loaded twice draws other rows"


def check_given(make: MakeGenerator) -> None:
    """Conditions hold in every row, on columns of every kind, alone and together."""
    table = example_table(400)
    model = make(min_entities=5).fit(table)
    moment = table.frame["seen at"].sort()[200]
    single: dict[str, Value] = {
        "age": 40, "income": 8000.5, "城市": "None", "member": True, "joined": "1975-01-02",
        "seen at": str(moment), "grade": "b", "price": 1200.25, "constant": 1, "outcome": 0,
        "empty": None,
    }  # fmt: skip
    for name, value in single.items():
        _see_given(model, table, {name: value})
    _see_given(model, table, {"城市": ""})
    _see_given(model, table, {"income": None})
    _see_given(model, table, {"member": None, "age": 40})
    _see_given(model, table, {"outcome": 1, "城市": "北京", "member": False, "income": 9000.0})
    assert model.sample(0, given={"age": 40}).height == 0


def check_given_refused(make: MakeGenerator) -> None:
    """A condition that cannot hold is refused at once, without a word of the data."""
    model = make(min_entities=5).fit(example_table(300))
    impossible: list[dict[str, Any]] = [
        {"城市": "火星"}, {"城市": None}, {"age": 200}, {"age": 30.5}, {"age": "old"},
        {"age": None}, {"age": math.nan}, {"income": math.inf}, {"member": "perhaps"},
        {"joined": "2020-13-45"}, {"joined": "1800-01-01"}, {"编号": "p0-1"}, {"nothing": 1},
        {"age": [30]}, {"empty": 1.0}, {"grade": 1}, {"constant": 2},
        {"outcome": 0, "城市": "火星"},
    ]  # fmt: skip
    for given in impossible:
        with _refused(ConfigError, "config.given", f"given={given}"):
            model.sample_batches(5, given=given)


def check_rebalance(make: MakeGenerator) -> None:
    """The shares of a rebalanced column are exact, to the row, with conditions on others."""
    model = make(min_entities=5).fit(example_table(300))
    if "rebalance" not in signature(model.sample).parameters:
        return
    draw: Any = model.sample
    counts = draw(400, rebalance={"outcome": {1: 0.9, 0: 0.1}}, seed=1)["outcome"].value_counts()
    assert sorted(counts.rows()) == [(0, 40), (1, 360)], "the shares are not exact"
    shares = {"城市": {"北京": 0.5, "上海": 0.25, "": 0.25}}
    rows = draw(200, given={"age": 50}, rebalance=shares, seed=1)
    assert set(rows["age"]) == {50}, "a condition does not hold under rebalancing"
    counts = rows["城市"].value_counts()
    assert sorted(counts.rows()) == [("", 50), ("上海", 50), ("北京", 100)]
    assert draw(0, rebalance={"outcome": {1: 1.0}}, seed=1).height == 0
    wrong: list[Any] = [
        {"outcome": {}}, {"outcome": {1: 0.7}}, {"outcome": {1: 1.5, 0: -0.5}},
        {"outcome": {1: math.nan, 0: 0.5}}, {"outcome": {1: "all"}}, {"outcome": {7: 1.0}},
        {"nothing": {1: 1.0}}, {"编号": {"p0-1": 1.0}},
        {"outcome": {1: 1.0}, "城市": {"北京": 1.0}},
    ]  # fmt: skip
    for one in wrong:
        with _refused(ConfigError, "config", f"rebalance={one}"):
            draw(5, rebalance=one, seed=1)


def ruled_table(n_rows: int, *, seed: int = 0) -> Table:
    """A table with rules of every kind that hold in each of its rows, and missing values."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 900, n_rows)
    net = np.round(rng.gamma(2, 50, n_rows), 2)
    tax = np.round(net * 0.19, 2)
    taxed = np.arange(n_rows) % 9 > 0
    town = rng.integers(0, 5, n_rows)
    low = rng.integers(0, 20, n_rows)
    frame = pl.DataFrame(
        {
            "start": pl.Series(start).cast(pl.Int32).cast(pl.Date),
            "end day": pl.Series(start + rng.integers(0, 60, n_rows)).cast(pl.Int32).cast(pl.Date),
            "net": net,
            "tax": [x if k else None for x, k in zip(tax.tolist(), taxed, strict=True)],
            "gross": pl.Series(np.round(net + tax, 2)).zip_with(
                pl.Series(taxed), pl.Series([None] * n_rows, dtype=pl.Float64)
            ),
            "town": [f"town {k}" for k in town],
            "zip": [str(1000 + k // 2) for k in town],
            "low": low,
            "high": low + 1 + rng.integers(0, 5, n_rows),
        }
    )
    rules = ("start <= `end day`", "low < high", "gross = net + tax", "fixed(town, zip)")
    return _table(frame, rules=rules)


def check_rules(make: MakeGenerator) -> None:
    """Rules between columns hold in every row, under conditions as well."""
    table = ruled_table(300)
    model = make(min_entities=5).fit(table)
    pairs = set(table.frame.select("town", "zip").rows())
    givens: list[dict[str, Value]] = [
        {}, {"start": "1971-06-01"}, {"end day": "1971-06-01"}, {"low": 12}, {"high": 7},
        {"low": 6, "high": 8}, {"town": "town 2"}, {"zip": "1001"}, {"net": 100.0}, {"tax": None},
    ]  # fmt: skip
    for given in givens:
        rows = model.sample(200, given=given, seed=1)
        for rule in table.schema.rules:
            assert rows.select(holds(parse(rule)).all()).item(), f"{rule} breaks under {given}"
        assert set(rows.select("town", "zip").rows()) <= pairs, f"strange pairs under {given}"
        missing = rows["net"].is_null() | rows["tax"].is_null()
        assert missing.equals(rows["gross"].is_null()), "a sum is not missing with its parts"
        _see_given(model, table, given)
    impossible: list[dict[str, Value]] = [
        {"low": 9, "high": 8}, {"town": "town 0", "zip": "1002"}, {"gross": 100.0},
    ]  # fmt: skip
    for given in impossible:
        with _refused(ConfigError, "config.given", f"given={given}"):
            model.sample(5, given=given)


def check_protection(make: MakeGenerator) -> None:
    """No value that fewer than `min_entities` rows share is drawn or stands in the file."""
    _see_protected(make(min_entities=5).fit(_planted(400, each=4)))


def check_protection_by_entity(make: MakeGenerator) -> None:
    """No value that fewer than `min_entities` entities share is drawn, however many their rows."""
    _see_protected(make(min_entities=5).fit(_planted(600, each=40, entities=150)))


PLANTED: dict[str, Any] = {
    "word": "Xylophonist",
    "amount": 98765.4321,
    "whole": 7654321,
    "day": date(1911, 11, 11),
    "moment": datetime(1922, 2, 22, 22, 22, 22),
    "money": Decimal("8765.43"),
    "clock": time(3, 14, 15),
    "code": "SECRET-31415926",
    "note": "Zanzibar told nobody",
}


def _planted(n_rows: int, *, each: int, entities: int | None = None) -> Table:
    """A table in whose first `each` rows the values of `PLANTED` stand, all of one entity."""
    rng = np.random.default_rng(7)
    k = rng.integers(0, 40, n_rows)
    columns: dict[str, list[Any]] = {
        "word": [f"w{i % 6}" for i in k],
        "amount": np.round(rng.gamma(2, 100, n_rows), 2).tolist(),
        "whole": k.tolist(),
        "day": [date(2001, 1 + int(i) % 12, 1 + int(i) % 28) for i in k],
        "moment": [datetime(2001, 1, 1 + int(i) % 28, int(i) % 9) for i in k],
        "money": [Decimal(int(i)) / 4 for i in k],
        "clock": [time(8 + int(i) % 10, int(i)) for i in k],
        "code": [f"C{i:05d}" for i in rng.permutation(n_rows)],
        "note": [f"seen on ward {i % 5}" for i in k],
    }
    for name, value in PLANTED.items():
        columns[name][:each] = [value] * each
    roles: dict[str, Role] = {"code": "identifier", "note": "text"}
    if entities:
        ids = np.concatenate((np.zeros(each, int), 1 + rng.integers(0, entities, n_rows - each)))
        columns["person"] = [f"person {i:04d}" for i in ids]
        roles["person"] = "entity"
    dtypes = {"money": pl.Decimal(9, 2)}
    return _table(pl.DataFrame(columns, schema_overrides=dtypes), roles=roles)


def _see_protected(model: Generator) -> None:
    rows = model.sample(3000, seed=1)
    for name, value in PLANTED.items():
        assert value not in set(rows[name].to_list()), f"a rare value of {name!r} is drawn"
    with _scratch() as folder:
        model.save(folder / "m.gy")
        content = b"".join(_unpacked(folder / "m.gy"))
    for name, value in PLANTED.items():
        found = [form for form in _forms(value) if form in content]
        assert not found, f"a rare value of {name!r} stands in the file"


def _unpacked(path: Path) -> Iterator[bytes]:
    """The bytes of a file, or of the files in it."""
    if not zipfile.is_zipfile(path):
        yield path.read_bytes()
        return
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            yield file.read(name)


def _forms(value: object) -> list[bytes]:
    """How a value may stand in a file: as text, or as a number in an array."""
    if isinstance(value, str):
        return [value.encode()]
    physical = pl.Series([value]).to_physical()[0]
    number = float(value if isinstance(value, Decimal) else physical)
    texts = [str(value).encode(), repr(number).encode(), str(round(number)).encode()]
    numbers = [struct.pack("<d", number), struct.pack("<q", round(number))]
    return [*(text for text in texts if len(text) > 5), *numbers]


def check_copies(make: MakeGenerator) -> None:
    """Rows that were learned are hit no more often than rows that were not."""
    train, holdout = _crowd(1000, seed=1), _crowd(1000, seed=2)
    rows = make(min_entities=5).fit(train).sample(4000, seed=3)
    known, unknown = (_hits(rows, side.frame) for side in (train, holdout))
    assert known < unknown + 0.1, f"{known:.3f} of the rows are learned ones, {unknown:.3f} others"


def _crowd(n_rows: int, *, seed: int) -> Table:
    """Dependent columns of few values, so that some rows meet by chance."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 6, n_rows)
    frame = pl.DataFrame(
        {
            "a": [f"a{i}" for i in a],
            "b": a + rng.integers(0, 6, n_rows),
            "c": [f"c{i}" for i in rng.integers(0, 7, n_rows)],
            "d": rng.integers(0, 6, n_rows) * 1.5,
        }
    )
    return _table(frame)


def _hits(rows: pl.DataFrame, learned: pl.DataFrame) -> float:
    """Share of the rows that stand among the learned ones."""
    hits = rows.join(learned.unique(), on=rows.columns, how="semi").height
    return hits / rows.height


def check_small(make: MakeGenerator) -> None:
    """A table too small to protect is refused with its code; from two rows on others work."""
    for n_rows in (1, 2, 3, 9, 30):
        for min_entities in (1, 5):
            model, table = make(min_entities=min_entities), example_table(n_rows)
            if n_rows < max(2, min_entities):
                with _refused(DataError, "data.too_small", f"{n_rows} rows"):
                    model.fit(table)
                continue
            rows = model.fit(table).sample(20, seed=1)
            assert rows.schema == table.frame.schema, f"{n_rows} rows give other columns"
    names = _table(
        pl.DataFrame({"code": [f"A{i}" for i in range(40)]}), roles={"code": "identifier"}
    )
    assert make(min_entities=5).fit(names).sample(30, seed=1).n_unique() == 30
    lone = _table(pl.DataFrame({"only": ["a", "b"] * 10}))
    assert set(make(min_entities=5).fit(lone).sample(30, seed=1)["only"]) == {"a", "b"}


GENERATOR_CHECKS: tuple[Callable[[MakeGenerator], None], ...] = (
    check_needs_fit,
    check_settings,
    check_counts,
    check_values,
    check_seeds,
    check_batches,
    check_columns,
    check_file,
    check_given,
    check_given_refused,
    check_rebalance,
    check_rules,
    check_protection,
    check_protection_by_entity,
    check_copies,
    check_small,
)
"""All promises of a generator; `check_generator` sees to each."""


def _table(
    frame: pl.DataFrame, *, roles: Mapping[str, Role] | None = None, rules: Sequence[str] = ()
) -> Table:
    """A table whose columns are features unless a role says otherwise."""
    columns = (
        Column(
            name=name,
            type=kind(dtype) or "string",
            role=(roles or {}).get(name, "feature"),
            dtype=str(dtype),
            decimals=2 if name in ("net", "tax", "gross") else None,
        )
        for name, dtype in frame.schema.items()
    )
    return Table(frame, Schema(columns=tuple(columns), rules=tuple(rules)))


def _see_given(model: Generator, table: Table, given: Mapping[str, Value]) -> None:
    rows = model.sample(60, given=given, seed=5)
    assert rows.schema == table.frame.schema, f"other columns under {given}"
    for name, value in given.items():
        text = pl.Series([None if value is None else str(value)], dtype=pl.String)
        dtype = rows[name].dtype
        if dtype == pl.Boolean:
            wanted = pl.Series([value], dtype=pl.Boolean)
        elif isinstance(dtype, pl.Datetime):
            wanted = text.str.to_datetime(time_unit=dtype.time_unit)
        else:
            wanted = text.str.to_date() if dtype == pl.Date else text.cast(dtype)
        same = rows[name].eq_missing(wanted.cast(dtype))
        assert same.all(), f"{name!r} is not the given value in {(~same).sum()} of 60 rows"


@contextmanager
def _refused(kind: type[GuanyaoError], code: str, what: str) -> Iterator[None]:
    """See that the block raises that error, on one line, with that code or a finer one."""
    try:
        yield
    except kind as error:
        fits = error.code == code or error.code.startswith(f"{code}.")
        assert fits, f"{what} is refused with code {error.code}, not {code}"
        assert "\n" not in str(error)
    else:
        raise AssertionError(f"{what} is not refused")


@contextmanager
def _scratch() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def check_metric(metric: Callable[[Sides], Score]) -> None:
    """See that a metric keeps its promises.

    On a table with columns of every kind: the figure is finite and lies in its interval; both
    references are there; the same seed gives the same score; the record is plain JSON and quotes
    no name of a person; fresh real rows score no worse than columns shuffled apart. On one row it
    gives a score or says why it cannot.
    """
    train, holdout = example_table(400, seed=1), example_table(200, seed=2)
    fresh = example_table(400, seed=3)
    score = metric(prepare(train, holdout, fresh, seed=4))
    assert math.isfinite(score.value), f"{score.name} is not finite"
    assert score.low <= score.value <= score.high, f"{score.name} lies outside its interval"
    assert set(score.reference) >= {"real", "independent"}, f"{score.name} lacks a reference"
    again = metric(prepare(train, holdout, fresh, seed=4))
    assert score.to_json() == again.to_json(), f"{score.name} is not the same for the same seed"
    text = json.dumps(score.to_json(), ensure_ascii=False, allow_nan=False)
    assert "p3-1" not in text, f"{score.name} quotes the data"
    apart = metric(prepare(train, holdout, _shuffled(fresh), seed=4))
    slack = 2 * (score.high - score.low) + 1e-9
    gap = abs(score.value - score.best) - abs(apart.value - score.best)
    assert gap <= slack, f"{score.name} prefers columns shuffled apart to real rows"
    _check_small(metric)


def check_attack(attack: Callable[[Sides], list[AttackResult]]) -> None:
    """See that an attack keeps its promises.

    It finds the members in a copy of train and none in fresh real rows; the control is near chance;
    the same seed gives the same results; the records are plain JSON. On one row it gives results or
    says why it cannot.
    """
    train, holdout = example_table(600, seed=1), example_table(600, seed=2)
    leaking = attack(prepare(train, holdout, train, seed=4))
    assert leaking, "the attack gives no result"
    assert leaking[0].low > 0.5, f"{leaking[0].name} does not find a copy of train"
    sides = [prepare(train, holdout, example_table(600, seed=3), seed=4) for _ in range(2)]
    fresh, again = (attack(side) for side in sides)
    assert [r.to_json() for r in fresh] == [r.to_json() for r in again], "not the same every time"
    for result in fresh:
        margin = (result.high - result.low) * 1.5  # four deviations
        assert abs(result.auc - 0.5) <= margin, f"{result.name} finds members where there are none"
        assert abs(result.control - 0.5) <= 2 * margin, f"{result.name} has a control off chance"
        assert result.low <= result.auc <= result.high
        json.dumps(result.to_json(), allow_nan=False)
    _check_small(attack)


def _shuffled(table: Table) -> Table:
    names = enumerate(table.frame.columns)
    return table.rows(table.frame.select(pl.col(name).shuffle(seed=i) for i, name in names))


def _check_small(measure: Callable[[Sides], object]) -> None:
    """One row is measured, or refused with the code that `evaluate` understands."""
    one = example_table(1)
    try:
        measure(prepare(one, one, one))
    except DataError as error:
        assert error.code == "measure.impossible", f"a single row gives {error.code}"
