"""What the page draws of a table: aggregates only, never a value that few rows share.

A bin or level is shown only where it stands for no real row or for at least `MIN_ROWS` of them
(rows of different entities, where the schema names an entity).
"""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.schema import Column, Schema
from guanyao.data.table import Table

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
Record: TypeAlias = dict[str, Any]

FORMAT = "guanyao.charts/1"
MIN_ROWS = 10
MAX_COLUMNS = 40
MAX_LEVELS = 12
MAX_ROWS = 200_000
N_BINS = 30
SPIKE_SHARE = 0.08
"""A single number that this share of the rows has is drawn apart: it would hide all the rest."""
SPIKE_HEIGHT = 4.0
"""A spike has so many times the rows of the numbers beside it."""

_TIMES = ("date", "datetime", "time")
_MICROSECONDS: dict[type[pl.DataType], float] = {pl.Date: 86_400_000_000.0, pl.Time: 0.001}
"""What one unit of polars' own number is: a date counts days, a time nanoseconds."""


def collect(
    train: Table | pl.DataFrame,
    holdout: Table | pl.DataFrame,
    virtual: Table | pl.DataFrame,
    schema: Schema,
) -> Record:
    """The aggregates of every modelled column, worst first, as plain JSON.

    Args:
        train: The rows that were learned from.
        holdout: The rows that were kept back; these are drawn as "real".
        virtual: The virtual rows.
        schema: What the columns mean.

    Returns:
        `columns` holds at most `MAX_COLUMNS` overlays; `n_columns` says how many could be drawn.
    """
    frames = [_sampled(part) for part in (train, holdout, virtual)]
    modelled = [column for column in schema if column.is_modelled and column.role != "text"]
    guard = _one_row_each(pl.concat([f.select(schema.names) for f in frames[:2]]), schema.entity)
    drawn = [_overlay(c, [f[c.name] for f in frames], guard[c.name]) for c in modelled]
    drawn.sort(key=_shortfall, reverse=True)
    return {
        "schema": FORMAT,
        "rows": {"train": len(train), "holdout": len(holdout), "virtual": len(virtual)},
        "rows_used": {k: f.height for k, f in zip(_PARTS, frames, strict=True)},
        "min_rows": MIN_ROWS,
        "n_columns": len(drawn),
        "columns": drawn[:MAX_COLUMNS],
        "missing": [_missing_of(one) for one in drawn if any(one["missing"].values())],
        "written_anew": [column.name for column in schema if column not in modelled],
        "rules": list(schema.rules),
    }


_PARTS = ("train", "holdout", "virtual")


def _sampled(part: Table | pl.DataFrame) -> pl.DataFrame:
    """At most `MAX_ROWS` rows, the same ones each time."""
    frame = part.frame if isinstance(part, Table) else part
    return frame if frame.height <= MAX_ROWS else frame.sample(MAX_ROWS, seed=0)


def _one_row_each(real: pl.DataFrame, entity: str | None) -> pl.DataFrame:
    """The real rows with one row for each entity, so that counting rows counts entities."""
    return real if entity is None else real.unique(subset=entity, keep="first", maintain_order=True)


def _shortfall(overlay: Record) -> float:
    """How much less virtual rows overlap with real ones than real rows do with each other."""
    return float(overlay["reference"] - overlay["value"])


def _missing_of(overlay: Record) -> Record:
    return {"name": overlay["name"], **overlay["missing"]}


def _overlay(column: Column, parts: list[pl.Series], guard: pl.Series) -> Record:
    """One column's overlay, with the overlap of virtual and of train with the holdout."""
    numbers = _as_numbers(column, [*parts, guard])
    drawn = _levels(parts, guard) if numbers is None else _numbers(column, numbers)
    shares = drawn.pop("shares")  # (3, n_cells): train, holdout, virtual
    missing = [_missing(part) for part in parts]
    if numbers is not None:  # their shares are of the values that are there
        lost = np.array(missing)[:, None]
        shares = np.column_stack([shares * (1 - lost), lost])
    return {
        "name": column.name,
        "value": _overlap(shares[1], shares[2]),
        "reference": _overlap(shares[1], shares[0]),
        "missing": dict(zip(_PARTS, missing, strict=True)),
        **drawn,
    }


def _overlap(p: Floats, q: Floats) -> float:
    """1 minus the total variation distance of two lists of shares, in [0, 1]."""
    return round(float(1 - np.abs(p - q).sum() / 2), 4)


def _missing(series: pl.Series) -> float:
    """The share of missing values; a float that is not a number counts as missing."""
    lost = series.null_count()
    if series.dtype.is_float():
        lost += int(series.is_nan().sum() or 0)
    return round(lost / max(len(series), 1), 6)


# Numbers, dates and times


def _as_numbers(column: Column, parts: Sequence[pl.Series]) -> list[Floats] | None:
    """The finite values of each part, or None where the column is drawn as levels."""
    if column.type not in ("integer", "number", "date", "datetime", "time"):
        return None
    if not all(part.dtype.is_numeric() or part.dtype.is_temporal() for part in parts):
        return None
    if column.type == "integer" and pl.concat(parts[:2]).drop_nulls().n_unique() == 2:
        return None  # yes or no, written as numbers
    numbers = [_floats(part) for part in parts]
    return numbers if min(len(numbers[0]), len(numbers[1]), len(numbers[3])) >= MIN_ROWS else None


def _floats(series: pl.Series) -> Floats:
    """The finite values; dates and times in microseconds."""
    if series.dtype == pl.Datetime:
        series = series.dt.cast_time_unit("us")
    values = series.to_physical() if series.dtype.is_temporal() else series
    array = values.drop_nulls().cast(pl.Float64).to_numpy()
    finite: Floats = array[np.isfinite(array)]
    return finite * _MICROSECONDS.get(series.dtype.base_type(), 1.0)


def _numbers(column: Column, numbers: list[Floats]) -> Record:
    """Spikes and the histogram of what is left, on bins that few rows cannot be read from."""
    *parts, guard = numbers
    spikes = _spikes(guard)
    *rest, guard = (part[~np.isin(part, spikes)] for part in numbers)
    edges = _edges(np.concatenate(rest[:2]), guard, is_whole=column.type == "integer")
    spike_shares = np.array([[np.mean(p == s) if len(p) else 0.0 for s in spikes] for p in parts])
    bin_shares = _bin_shares(rest, parts, edges)
    outside = 1 - spike_shares.sum(axis=1) - bin_shares.sum(axis=1)
    return {
        "kind": column.type if column.type in _TIMES else "number",
        "spikes": [
            {"value": float(spike), "holdout": _r(spike_shares[1, i]), "virtual": _r(share)}
            for i, (spike, share) in enumerate(zip(spikes, spike_shares[2], strict=True))
        ],
        "is_whole": column.type == "integer",
        "edges": edges.tolist(),
        "holdout": [_r(v) for v in bin_shares[1]],
        "virtual": [_r(v) for v in bin_shares[2]],
        "outside": {"holdout": _r(outside[1]), "virtual": _r(outside[2])},
        "shares": np.column_stack([spike_shares.reshape(3, -1), bin_shares, outside]),
    }


def _r(value: float) -> float:
    return round(max(float(value), 0.0), 6)


def _spikes(real: Floats) -> Floats:
    """Up to three numbers that far more rows share than the numbers beside them."""
    values, counts = np.unique(real, return_counts=True)
    if len(values) <= N_BINS:
        return values[:0]
    beside = np.convolve(np.pad(counts, 2, mode="reflect"), [0.25, 0.25, 0, 0.25, 0.25], "valid")
    often = (counts >= max(SPIKE_SHARE * len(real), MIN_ROWS)) & (counts > SPIKE_HEIGHT * beside)
    chosen = values[often][np.argsort(-counts[often])][:3]
    return np.sort(chosen)


def _edges(rest: Floats, guard: Floats, *, is_whole: bool) -> Floats:
    """Bin edges over the robust range, on round numbers, each bin with no or enough real rows."""
    if len(guard) < 2 * MIN_ROWS:
        return np.empty(0)
    beyond = max(0.01, MIN_ROWS / len(guard))
    low, high = np.quantile(guard, [beyond, 1 - beyond])
    step = _round_step((high - low) / N_BINS)
    if is_whole:
        step = max(1.0, math.ceil(step))
    first = math.floor(low / step) * step - (0.5 if is_whole else 0.0)
    n_bins = max(1, math.ceil((high - first) / step + 1e-9))
    edges = first + step * np.arange(n_bins + 1)
    return _merged(edges, np.histogram(guard, edges)[0], np.histogram(rest, edges)[0])


def _round_step(step: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten, so that no edge is somebody's value."""
    if step <= 0 or not math.isfinite(step):
        return 1.0
    power = 10.0 ** math.floor(math.log10(step))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= step * (1 - 1e-9))


def _merged(edges: Floats, guarded: Counts, rows: Counts) -> Floats:
    """The edges with every bin of too few rows joined to its right (the last ones to their left).

    Args:
        edges: Shape (n_bins + 1,).
        guarded: Rows of different entities in each bin, shape (n_bins,).
        rows: All real rows in each bin, shape (n_bins,).
    """
    bins: list[tuple[float, int]] = []  # right edge, guarded rows
    n_guarded, n_rows = 0, 0
    for edge, more_guarded, more in zip(edges[1:], guarded, rows, strict=True):
        n_guarded, n_rows = n_guarded + int(more_guarded), n_rows + int(more)
        if n_rows == 0 or n_guarded >= MIN_ROWS:
            bins.append((float(edge), n_guarded))
            n_guarded, n_rows = 0, 0
    while n_rows and n_guarded < MIN_ROWS and bins:
        n_guarded += bins.pop()[1]
    if n_rows and n_guarded < MIN_ROWS:
        return np.empty(0)
    ends = [edge for edge, _ in bins]
    return np.array([edges[0], *ends, *([edges[-1]] if n_rows else [])])


def _bin_shares(rest: list[Floats], parts: list[Floats], edges: Floats) -> Floats:
    """Share of each part's numbers in each bin, shape (3, n_bins)."""
    if len(edges) < 2:
        return np.zeros((len(parts), 0))
    counts = [np.histogram(r, edges)[0] / max(len(p), 1) for r, p in zip(rest, parts, strict=True)]
    return np.array(counts, dtype=np.float64)


# Categories


def _levels(parts: Sequence[pl.Series], guard: pl.Series) -> Record:
    """The shares of the most frequent levels; all others stand together."""
    texts = [part.cast(pl.String, strict=False) for part in parts]
    names = _shown_levels(guard.cast(pl.String, strict=False))
    shares = np.array([_level_shares(text, names) for text in texts])
    rows = [
        {"level": name, "holdout": _r(shares[1, i]), "virtual": _r(shares[2, i])}
        for i, name in enumerate(names)
    ]
    other = {"holdout": _r(shares[1, -2]), "virtual": _r(shares[2, -2])}
    lost = {"holdout": _r(shares[1, -1]), "virtual": _r(shares[2, -1])}
    return {"kind": "category", "levels": rows, "other": other, "lost": lost, "shares": shares}


def _shown_levels(guard: pl.Series) -> list[str]:
    """The real levels with enough rows, most frequent first."""
    counts = guard.drop_nulls().rename("level").value_counts(name="rows")
    often = counts.filter(pl.col("rows") >= MIN_ROWS)
    return often.sort(["rows", "level"], descending=[True, False])["level"].to_list()[:MAX_LEVELS]


def _level_shares(text: pl.Series, names: list[str]) -> list[float]:
    """Shares of the named levels, of all others, and of missing values."""
    counts = dict(text.drop_nulls().rename("level").value_counts(name="rows").iter_rows())
    n_rows = max(len(text), 1)
    named = [counts.get(name, 0) / n_rows for name in names]
    lost = text.null_count() / n_rows
    other = len(text) / n_rows - sum(named) - lost
    return [*named, max(other, 0.0), lost]
