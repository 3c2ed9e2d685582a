"""Rules between columns that hold in every row of a table, in the language of `Schema.rules`.

A rule is proposed only if it would *not* hold were the columns independent: "age <= salary" holds
everywhere and says nothing.

Reference: Papenbrock et al. 2015, "Functional Dependency Discovery: An Experimental Evaluation of
Seven Algorithms", PVLDB 8(10), on why dependencies in small tables hold by chance.
"""

import re
from itertools import combinations, permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from guanyao.data.schema import Column, Schema

MIN_ROWS = 1_000
"""Rows, with no value missing, from which an order between columns is believed."""

MIN_ROWS_UNRELATED = 5_000
"""The same for columns whose names have nothing in common."""

MIN_VIOLATED = 0.02
MIN_VIOLATED_UNRELATED = 0.2
"""Share of rows in which shuffled columns must break the rule, else it is trivial."""

MAX_LEVELS = 500
ROWS_PER_LEVEL = 10
MIN_SECOND = 0.005
"""Share of rows outside the commonest level, below which a column is nearly constant."""

MIN_ROWS_SUM = 100
SAMPLE = 20_000
MAX_EXACT = 2.0**53

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


def detect_rules(frame: pl.DataFrame, schema: Schema) -> tuple[str, ...]:
    """The rules that hold in all rows: fixed combinations, sums, orders.

    Args:
        frame: Typed rows.
        schema: Their columns; identifiers and text are left out.
    """
    columns = [column for column in schema if column.role not in ("identifier", "text")]
    step = max(1, frame.height // SAMPLE)
    sample = frame.gather_every(step) if step > 1 else frame
    found = _fixed(frame, sample, columns) + _sums(frame, sample, columns)
    return tuple(found + _orders(frame, sample, columns))


def quoted(name: str) -> str:
    """The name as it stands in a rule: in backquotes if it is more than one word."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else f"`{name.replace('`', '``')}`"


# Fixed combinations


def _fixed(frame: pl.DataFrame, sample: pl.DataFrame, columns: list[Column]) -> list[str]:
    coded = {c.name: codes for c in columns if (codes := _codes(sample[c.name], c)) is not None}
    arrows = {
        (a, b)
        for a, b in permutations(coded, 2)
        if _determines(coded[a], coded[b]) and _holds_fixed(frame, a, b)
    }
    return _fixed_rules(list(coded), arrows)


def _codes(values: pl.Series, column: Column) -> Codes | None:
    """The levels as numbers from 0, for columns of few levels that all occur often enough."""
    if column.type not in ("string", "integer", "boolean"):
        return None
    levels, codes = np.unique(values.rank("dense").fill_null(0).to_numpy(), return_inverse=True)
    most = min(MAX_LEVELS, len(codes) // ROWS_PER_LEVEL)
    if not 2 <= len(levels) <= most:
        return None
    counts = np.bincount(codes)
    return codes.astype(np.int64) if 1 - counts.max() / len(codes) >= MIN_SECOND else None


def _n_pairs(a: Codes, b: Codes) -> int:
    width = int(b.max()) + 1
    return int(np.count_nonzero(np.bincount(a * width + b)))


def _determines(a: Codes, b: Codes) -> bool:
    n_a = int(a.max()) + 1
    if n_a < int(b.max()) + 1 or _n_pairs(a, b) > n_a:
        return False
    shuffled = np.random.default_rng(0).permutation(b)
    # By chance, rare levels of `a` meet one level of `b` only; then the dependency says little.
    return _n_pairs(a, shuffled) > 1.3 * n_a


def _holds_fixed(frame: pl.DataFrame, a: str, b: str) -> bool:
    pairs = frame.select(pl.struct(a, b).n_unique()).item()
    return bool(pairs == frame[a].n_unique())


def _fixed_rules(names: list[str], arrows: set[tuple[str, str]]) -> list[str]:
    groups: list[list[str]] = []
    for name in names:
        twin = next((g for g in groups if {(g[0], name), (name, g[0])} <= arrows), None)
        if twin is None:
            groups.append([name])
        else:
            twin.append(name)
    heads = [group[0] for group in groups]
    between = {(a, b) for a, b in arrows if a in heads and b in heads}
    rules = [group for group in groups if len(group) > 1] + [
        [a, b] for a, b in sorted(_reduced(between), key=lambda pair: [*map(names.index, pair)])
    ]
    return [f"fixed({', '.join(map(quoted, rule))})" for rule in rules]


def _reduced(arrows: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows without those that follow from two others."""
    names = {name for arrow in arrows for name in arrow}
    implied = {
        (a, c) for a, c in arrows for b in names if (a, b) in arrows and (b, c) in arrows and a != c
    }
    return arrows - implied


# Sums


def _sums(frame: pl.DataFrame, sample: pl.DataFrame, columns: list[Column]) -> list[str]:
    usable = [c for c in columns if c.type in ("integer", "number") and c.decimals is not None]
    exact = {c.name: whole for c in usable if (whole := _whole(sample[c.name], c)) is not None}
    full = [np.isfinite(values) for values in exact.values()]
    rows = np.logical_and.reduce(full) if full else np.zeros(0, dtype=bool)
    if rows.sum() < MIN_ROWS_SUM:
        return []
    scale = max(column.decimals or 0 for column in usable if column.name in exact)
    decimals = {c.name: c.decimals or 0 for c in usable}
    kept = {
        name: values[rows] * 10.0 ** (scale - decimals[name])
        for name, values in exact.items()
        if np.count_nonzero(values[rows]) > MIN_SECOND * rows.sum() and np.ptp(values[rows]) > 0
    }
    return [
        _sum_rule(parts)
        for parts in _sum_candidates(kept)
        if _holds_sum(frame, [_named(usable, name) for name in parts])
    ]


def _named(columns: list[Column], name: str) -> Column:
    """The column of that name."""
    return next(column for column in columns if column.name == name)


def _whole(values: pl.Series, column: Column) -> Floats | None:
    """The numbers in units of their last digit; NaN where missing; None where not exact."""
    units = values.cast(pl.Float64).to_numpy() * 10.0 ** (column.decimals or 0)
    rounded: Floats = np.rint(units)
    known = rounded[~np.isnan(rounded)]
    if len(known) < 0.5 * len(rounded) or (len(known) and np.abs(known).max() > MAX_EXACT / 8):
        return None
    return rounded


def _sum_candidates(columns: dict[str, Floats]) -> list[tuple[str, ...]]:
    """Totals with their parts, by a hash that is linear in the rows (so sums can be looked up)."""
    if len(columns) < 3:
        return []
    n_rows = len(next(iter(columns.values())))
    weights = np.random.default_rng(0).integers(1, 2**62, n_rows, dtype=np.uint64)
    hashes = {
        name: int((values.astype(np.int64).astype(np.uint64) * weights).sum())
        for name, values in columns.items()
    }
    totals: dict[int, list[str]] = {}
    for name, value in hashes.items():
        totals.setdefault(value, []).append(name)
    sizes = (2, 3) if len(columns) <= 40 else (2,)
    found: list[tuple[str, ...]] = []
    for size in sizes:
        for parts in combinations(hashes, size):
            value = sum(hashes[part] for part in parts) % 2**64
            found += [(t, *parts) for t in totals.get(value, ()) if t not in parts]
    return found


def _sum_rule(parts: tuple[str, ...]) -> str:
    total, *rest = map(quoted, parts)
    return f"{total} = {' + '.join(rest)}"


def _holds_sum(frame: pl.DataFrame, parts: list[Column]) -> bool:
    scale = max(part.decimals or 0 for part in parts)
    whole = [_whole(frame[part.name], part) for part in parts]
    if any(values is None for values in whole):
        return False
    total, *rest = (
        values * 10.0 ** (scale - (part.decimals or 0))
        for values, part in zip(whole, parts, strict=True)
        if values is not None
    )
    gap = total - sum(rest)
    return bool(np.all((gap == 0) | np.isnan(gap)))


# Orders


def _orders(frame: pl.DataFrame, sample: pl.DataFrame, columns: list[Column]) -> list[str]:
    usable = [c for c in columns if c.type in ("integer", "number", "date", "datetime")]
    values = {c.name: _ordinal(sample[c.name]) for c in usable}
    found = {
        (a.name, b.name)
        for a, b in permutations(usable, 2)
        if _comparable(a, b)
        and _is_order(values[a.name], values[b.name], _related(a, b))
        and _holds_order(frame, a, b)
    }
    kept = _reduced({pair for pair in found if pair[::-1] not in found})
    kept |= {pair for pair in found if pair[::-1] in found}
    names = [column.name for column in usable]
    in_order = sorted(kept, key=lambda pair: (names.index(pair[0]), names.index(pair[1])))
    return [f"{quoted(a)} {_sign(frame, a, b)} {quoted(b)}" for a, b in in_order]


def _ordinal(values: pl.Series) -> Floats:
    # Dates and datetimes are compared in one unit.
    if values.dtype.is_temporal():
        values = values.cast(pl.Datetime("us")).to_physical()
    return values.cast(pl.Float64).to_numpy()


def _comparable(a: Column, b: Column) -> bool:
    temporal = {"date", "datetime"}
    if a.type in temporal or b.type in temporal:
        return a.type in temporal and b.type in temporal and _zone(a) == _zone(b)
    return True


def _zone(column: Column) -> str:
    """The time zone a dtype's name tells of."""
    return column.dtype.partition("time_zone=")[2].replace("None)", "")


def _related(a: Column, b: Column) -> bool:
    """Whether the columns are of one kind by their type or by a word both names share."""
    return a.type in ("date", "datetime") or bool(_name_words(a.name) & _name_words(b.name))


def _name_words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    words = {word for word in re.findall(r"[a-z]{3,}", spaced)}
    for run in re.findall(r"[\u4e00-\u9fff]{2,}", name):
        words |= {run[i : i + 2] for i in range(len(run) - 1)}
    return words


def _is_order(a: Floats, b: Floats, related: bool) -> bool:
    known = np.isfinite(a) & np.isfinite(b)
    a, b = a[known], b[known]
    needed = MIN_ROWS if related else MIN_ROWS_UNRELATED
    if len(a) < needed or np.any(a > b):
        return False
    shuffled = np.random.default_rng(0).permutation(b)
    violated = float(np.mean(a > shuffled))
    return violated >= (MIN_VIOLATED if related else MIN_VIOLATED_UNRELATED)


def _holds_order(frame: pl.DataFrame, a: Column, b: Column) -> bool:
    return not frame.select((pl.col(a.name) > pl.col(b.name)).any()).item()


def _sign(frame: pl.DataFrame, a: str, b: str) -> str:
    if any(frame[n].dtype.is_float() or isinstance(frame[n].dtype, pl.Datetime) for n in (a, b)):
        return "<="
    equal: Any = frame.select((pl.col(a) == pl.col(b)).any()).item()
    return "<=" if equal else "<"
