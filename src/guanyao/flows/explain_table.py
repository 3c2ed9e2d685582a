"""What a generator of tables learned: which columns hang together, and what each level moves.

All of it is read off virtual rows, so that it says nothing that sampling does not say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.schema import Column
from guanyao.errors import ConfigError
from guanyao.models.tree_gains import gains
from guanyao.models.trees import Trees
from guanyao.types import Generator, Given, Progress, Value

Ints = NDArray[np.int64]
Section = dict[str, Any]

N_ROWS = 20_000
N_BINS = 10
"""Classes that a column is lumped into."""
MAX_COLUMNS = 60
N_LEVELS = 4
"""Levels of a column that conditions are made of."""
ENOUGH = 300
"""Rows that a condition is judged by; where fewer of those drawn have it, as many are drawn."""
TAIL = 0.1
"""Share of rows that the lowest and the highest numbers are."""
LEAST_LINK = 0.01
NOISE = 4.0
"""Standard errors that a shift needs to be told."""
N_TOLD = 40
NUMBERS = ("integer", "number")
LEVELS = ("string", "boolean")


@dataclass(frozen=True)
class Shift:
    """By how much a condition moves a column.

    Args:
        given: The column of the condition.
        level: What it is.
        moved: The column that moves.
        size: Total variation distance of levels, or difference of means in standard deviations;
            0: nothing moves.
        change: What moves most, in words.
        n_rows: Rows with the condition that it was measured on.
    """

    given: str
    level: str
    moved: str
    size: float
    change: str
    n_rows: int


def sections(
    model: Generator, *, n: int | None = None, seed: int = 0, progress: Progress
) -> list[Section]:
    """What is to be shown of a generator of tables.

    Args:
        model: A fitted generator of tables.
        n: Virtual rows that are drawn; None: 20,000.
        seed: What they are drawn with.
        progress: Where to say how far it is.

    Raises:
        ConfigError: There are too few columns to say anything of.
    """
    rows = model.sample(n or N_ROWS, seed=seed)
    columns = [c for c in model.schema_ if c.is_modelled and rows[c.name].n_unique() > 1]
    columns = columns[:MAX_COLUMNS]
    if len(columns) < 2:
        raise ConfigError(
            f"{model.name!r} learned {len(columns)} columns that vary",
            allowed="two or more can be explained",
            code="explain.columns",
        )
    shifts = list(_shifts(model, rows, columns, seed, progress))
    return [_dependencies(model, rows, columns, seed), *_moves(shifts), _weights(shifts)]


# What hangs together


def _dependencies(
    model: Generator, rows: pl.DataFrame, columns: list[Column], seed: int
) -> Section:
    names = [column.name for column in columns]
    if isinstance(model, Trees):
        links = gains(model, n_rows=rows.height, seed=seed)
        names = list(dict.fromkeys(field.name for field in model.encoder_.fields))
        text = (
            "From a column that the trees ask for to the column that they draw: the share of its "
            "entropy that the questions explain. Columns that are drawn later ask those before; "
            "those that a rule ties together are drawn as one.",
            "由树所询问的列指向所生成的列：这些问题所解释的熵的比例。后生成的列询问先生成的列；由规则绑定的列作为一体生成。",
        )
    else:
        links = mutual_information({c.name: classes_of(rows[c.name], c) for c in columns})
        text = (
            "Mutual information of virtual columns, relative to the mean of their entropies: 0 for "
            "independent ones, 1 where each gives the other.",
            "虚拟列之间的互信息，除以两列熵的几何平均：0 表示独立，1 表示可互相推出。",
        )
    edges = [
        [a, b, strength]
        for (a, b), strength in links.items()
        if strength >= LEAST_LINK and a in names and b in names
    ]
    return {
        "title": "explain.dependencies",
        "text": text,
        "graph": {"nodes": names, "edges": edges},
    }


def classes_of(values: pl.Series, column: Column) -> Ints:
    """The class of each value, shape (n_rows,); missing values are one of their own.

    Args:
        values: A column.
        column: What is known of it.
    """
    missing = values.is_null().to_numpy()
    if column.type in LEVELS:
        order = values.drop_nulls().cast(pl.String).value_counts(sort=True).to_series(0)
        place = {level: min(i, N_BINS - 1) for i, level in enumerate(order.to_list())}
        found = [place.get(level, N_BINS) for level in values.cast(pl.String).to_list()]
        return np.array(found, np.int64)
    numbers = numbers_of(values)
    known = numbers[~missing & np.isfinite(numbers)]
    inner = np.linspace(0, 1, N_BINS + 1)[1:-1]
    cuts = np.unique(np.quantile(known, inner)) if len(known) else np.zeros(0)
    classes: Ints = np.searchsorted(cuts, numbers, side="left").astype(np.int64)
    return np.where(missing, N_BINS, classes)


def numbers_of(values: pl.Series) -> NDArray[np.float64]:
    """Numbers, dates and times as numbers; missing ones are NaN."""
    if values.dtype.is_temporal():
        values = values.to_physical()
    return values.cast(pl.Float64).to_numpy()


def mutual_information(classes: Mapping[str, Ints]) -> dict[tuple[str, str], float]:
    """Normalised mutual information of each pair of columns, the largest first.

    Args:
        classes: The class of each row in each column, shape (n_rows,).

    Returns:
        (one, other) -> in [0, 1], the bias of few rows taken off.

    Reference: Strehl & Ghosh 2002, "Cluster Ensembles", JMLR 3, equation 3; Miller 1955, "Note on
    the Bias of Information Estimates".

    Examples:
        >>> half = np.arange(100) % 2
        >>> mutual_information({"a": half, "b": 1 - half, "c": np.arange(100) // 50})
        {('a', 'b'): 1.0, ('a', 'c'): 0.0, ('b', 'c'): 0.0}
    """
    names, found = list(classes), {}
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            found[one, other] = _information(classes[one], classes[other])
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _information(a: Ints, b: Ints) -> float:
    table = np.bincount(a * (N_BINS + 1) + b, minlength=(N_BINS + 1) ** 2).astype(np.float64)
    table = table.reshape(N_BINS + 1, N_BINS + 1) / len(a)
    rows, columns = table.sum(1), table.sum(0)
    inner = _entropy(rows) + _entropy(columns) - _entropy(table.ravel())
    bias = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1) / (2 * len(a))
    scale = np.sqrt(_entropy(rows) * _entropy(columns))
    if scale <= 0:
        return 0.0
    is_exact = inner >= 0.999 * scale
    return round(float(np.clip((inner - (0 if is_exact else bias)) / scale, 0, 1)), 9)


def _entropy(shares: NDArray[np.float64]) -> float:
    known = shares[shares > 0]
    return float(-(known * np.log(known)).sum())


# What a condition moves


def _shifts(
    model: Generator, rows: pl.DataFrame, columns: list[Column], seed: int, progress: Progress
) -> Iterator[Shift]:
    progress.stage("conditions", len(columns))
    tied = _tied(model)
    for column in columns:
        for level, chosen in _conditions(model, rows, column, seed):
            for moved in columns:
                if moved.name != column.name and {moved.name, column.name} not in tied:
                    size, change = shift(rows[moved.name], chosen[moved.name], moved)
                    yield Shift(column.name, level, moved.name, size, change, chosen.height)
        progress.advance()


def _tied(model: Any) -> list[set[str]]:  # noqa: ANN401
    """Pairs of columns that a rule ties together, which say nothing of each other but the rule."""
    parts = getattr(getattr(model, "encoder_", None), "parts", ())
    return [{a, b} for part in parts for a in part.columns for b in part.columns if a != b]


def _conditions(
    model: Generator, rows: pl.DataFrame, column: Column, seed: int
) -> Iterator[tuple[str, pl.DataFrame]]:
    """A few conditions on a column, in words, and rows that meet them."""
    values = rows[column.name]
    if column.type in LEVELS:
        for level in _levels(values):
            chosen = rows.filter(
                values.eq_missing(pl.lit(level)) if level is None else values == level
            )
            if chosen.height < ENOUGH:
                chosen = _drawn(model, {column.name: level}, seed, chosen)
            yield _said(level), chosen
        return
    low, high = values.quantile(TAIL, "nearest"), values.quantile(1 - TAIL, "nearest")
    for sign, bound, mask in (("≤", low, values <= low), ("≥", high, values >= high)):
        chosen = rows.filter(mask)
        if low is not None and low != high and chosen.height:
            yield f"{sign} {_said(bound)}", chosen


def _levels(values: pl.Series) -> list[Value]:
    """The commonest levels, and missing where there are such values."""
    counts = values.value_counts(sort=True).rows()
    return [level for level, _ in counts[:N_LEVELS]]


def _drawn(model: Generator, given: Given, seed: int, few: pl.DataFrame) -> pl.DataFrame:
    """Rows drawn with a condition; the few that there are where it cannot be asked for."""
    try:
        return model.sample(ENOUGH, given=given, seed=seed)
    except ConfigError:
        return few


def _said(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def shift(usual: pl.Series, chosen: pl.Series, column: Column) -> tuple[float, str]:
    """By how much a column differs from its usual self, and in what; 0 where that may be chance.

    Args:
        usual: All rows.
        chosen: Those with a condition.
        column: What is known of the column.
    """
    if chosen.len() == 0:
        return 0.0, ""
    return (_levels_shift if column.type in LEVELS else _numbers_shift)(usual, chosen)


def _levels_shift(usual: pl.Series, chosen: pl.Series) -> tuple[float, str]:
    """Total variation distance, and the level whose share changes most."""
    shares = [_shares(values) for values in (usual, chosen)]
    levels = dict.fromkeys([*shares[0], *shares[1]])
    moved = {level: shares[1].get(level, 0.0) - shares[0].get(level, 0.0) for level in levels}
    size = sum(abs(change) for change in moved.values()) / 2
    if size < NOISE * np.sqrt(max(1, min(len(levels), N_BINS) - 1) / chosen.len()) / 4:
        return 0.0, ""
    most = max(moved, key=lambda level: abs(moved[level]))
    return size, f"{_said(most)}: {100 * moved[most]:+.0f} %"


def _shares(values: pl.Series) -> dict[Any, float]:
    return {level: count / values.len() for level, count in values.value_counts().rows()}


def _numbers_shift(usual: pl.Series, chosen: pl.Series) -> tuple[float, str]:
    """Difference of means in standard deviations, and the two means."""
    before, after = (numbers_of(values) for values in (usual, chosen))
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if not len(after) or not before.std():
        return 0.0, ""
    size = float(abs(after.mean() - before.mean()) / before.std())
    if size < NOISE / np.sqrt(len(after)):
        return 0.0, ""
    if usual.dtype.is_temporal():
        return size, "later" if after.mean() > before.mean() else "earlier"
    return size, f"{before.mean():.4g} → {after.mean():.4g}"


def _moves(shifts: list[Shift]) -> Iterator[Section]:
    told = sorted((s for s in shifts if s.size), key=lambda s: -s.size)
    if not told:
        return
    heads = [
        ("condition", "条件"), ("moves", "影响的列"), ("by", "幅度"), ("in", "变化"),
    ]  # fmt: skip
    rows = [[_worded(s), s.moved, s.size, s.change] for s in told[:N_TOLD]]
    yield {
        "title": "explain.conditions",
        "text": (
            f"The {len(rows)} largest of {len(told)} shifts, in rows drawn with a condition: for "
            "levels the total variation distance, for numbers the difference of means in standard "
            "deviations. Columns that a rule ties together are not set against each other.",
            f"按条件抽样时 {len(told)} 处变化中最大的 {len(rows)} 处：类别用总变差距离，"
            "数值用均值之差（以标准差计）。由规则绑定的列之间不作比较。",
        ),
        "table": {"heads": heads, "rows": rows},
        "shifts": [asdict(s) for s in told],
    }


def _worded(one: Shift) -> str:
    """The condition of a shift in words."""
    is_bound = one.level.startswith(("≤ ", "≥ "))
    return f"{one.given} {one.level}" if is_bound else f"{one.given} = {one.level}"


def _weights(shifts: list[Shift]) -> Section:
    """How much conditions on each column move the others, on average."""
    sizes: dict[str, list[float]] = {}
    for one in shifts:
        sizes.setdefault(one.given, []).append(one.size)
    bars = {name: float(np.mean(found)) for name, found in sizes.items()}
    return {
        "title": "explain.importances",
        "text": (
            "How much a condition on a column moves the other columns, on average.",
            "对某列设定条件时，其他列的平均变化。",
        ),
        "bars": bars,
    }
