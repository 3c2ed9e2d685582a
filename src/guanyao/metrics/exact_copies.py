"""Exact copies: how many virtual rows are a real row of train, word for word.

A row that stands in train more than once is common knowledge of the table and does not count.
Identifiers, entities and free text are left out of the comparison: they are written anew.
"""

import polars as pl

from guanyao.data.interval import wilson
from guanyao.data.sides import Sides, is_measured
from guanyao.metrics.score import Score, impossible


def exact_copies(sides: Sides) -> Score:
    """The share of virtual rows that equal a row which stands in train once.

    Returns:
        A share in [0, 1]; the real reference is how often a holdout row, which nobody learned
        from, does so by chance.

    Raises:
        DataError: There is no column to compare.
    """
    names = [column.name for column in sides.schema if is_measured(column)]
    if not names:
        raise impossible("exact_copies", "there is no column to compare")
    frames = {side: table.frame.select(names) for side, table in sides.tables.items()}
    train = frames["train"][sides.rows["train"]]
    rng = sides.rng("exact_copies")
    seeds = [int(seed) for seed in rng.integers(2**31, size=len(names))]
    frames["independent"] = train.select(
        pl.col(name).shuffle(seed) for name, seed in zip(names, seeds, strict=True)
    )
    keys = {side: row_keys(frame, _kinds(list(frames.values()))) for side, frame in frames.items()}
    n = len(keys["virtual"])
    once, often = _once(keys["train"]), _often(keys["train"])
    copies = _hits(keys["virtual"], once)
    low, high = wilson(copies, n)
    return Score(
        name="exact_copies",
        kind="diagnostic",
        value=copies / n,
        low=low,
        high=high,
        best=0.0,
        reference={
            "real": _hits(keys["holdout"], once) / len(keys["holdout"]),
            "independent": _hits(keys["independent"], once) / len(keys["independent"]),
        },
        details={
            "n_copies": copies,
            "n_copies_of_repeated_rows": _hits(keys["virtual"], often),
            "n_copies_that_stand_in_holdout_too": _hits(
                keys["virtual"].filter(keys["virtual"].is_in(keys["holdout"].implode())), once
            ),
            "rows": {"virtual": n, "train": len(keys["train"]), "holdout": len(keys["holdout"])},
            "columns": names,
            "interval": "Wilson",
        },
    )


def _kinds(frames: list[pl.DataFrame]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The dtype to compare each column in: its own, or floats or text where they differ."""
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {}
    for name in frames[0].columns:
        dtypes = [frame.schema[name] for frame in frames]
        if not isinstance(dtypes[0], pl.Boolean) and all(dtype.is_numeric() for dtype in dtypes):
            kinds[name] = dtypes[0] if len(set(dtypes)) == 1 else pl.Float64
        else:
            kinds[name] = dtypes[0] if dtypes[0].is_temporal() else pl.String
    return kinds


def row_keys(frame: pl.DataFrame, kinds: dict[str, pl.DataType | type[pl.DataType]]) -> pl.Series:
    """A 64-bit key for each row; equal rows have equal keys."""
    columns = [pl.col(name).cast(kind) for name, kind in kinds.items()]
    return frame.select(columns).hash_rows(seed=0)


def _once(keys: pl.Series) -> pl.Series:
    return keys.filter(keys.is_unique())


def _often(keys: pl.Series) -> pl.Series:
    return keys.filter(keys.is_duplicated()).unique()


def _hits(keys: pl.Series, among: pl.Series) -> int:
    return int(keys.is_in(among.implode()).sum())
