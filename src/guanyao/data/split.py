"""Splitting a table into a part to learn from and a holdout that nothing has seen."""

import numpy as np
import numpy.typing as npt
import polars as pl

from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError


def split(
    table: Table, *, holdout: float, seed: int, entity: str | None = None
) -> tuple[Table, Table]:
    """The rows to train on and the rows held back; each entity is on one side only.

    Rows that are equal in all columns stay together as well, so that no row of the holdout is
    known to the generator as an exact copy. A row whose entity is missing is an entity of its own.

    Args:
        table: All rows.
        holdout: The share of entities to hold back, above 0 and below 1.
        seed: The same seed gives the same split.
        entity: The column that says whom a row belongs to; None: the schema's, or else each row.

    Returns:
        Train and holdout, each with its rows in the order of the table.

    Raises:
        ConfigError: `holdout` is not between 0 and 1.
        DataError: There are fewer than two groups of rows to divide, or no such column.
    """
    if not 0 < holdout < 1:
        raise ConfigError(
            f"holdout is {holdout}", allowed="above 0, below 1", code="config.holdout"
        )
    name = entity or table.schema.entity
    groups = _copies(table.frame) if name is None else _entities(table, name)
    held = _chosen(groups, holdout, seed)
    mask = pl.Series(held)
    return table.rows(table.frame.filter(~mask)), table.rows(table.frame.filter(mask))


def _copies(frame: pl.DataFrame) -> npt.NDArray[np.int64]:
    """For each row, the number of the first row that equals it, shape (n_rows,)."""
    return _first_rows(frame, frame.columns)


def _entities(table: Table, name: str) -> npt.NDArray[np.int64]:
    table.schema[name]
    copies = _copies(table.frame)
    values = table.frame[name]
    first = _first_rows(table.frame, [name])
    # Equal rows have the same entity, so only rows without one need to be kept with their copies.
    return np.where(values.is_null().to_numpy(), copies, first)


def _first_rows(frame: pl.DataFrame, names: list[str]) -> npt.NDArray[np.int64]:
    index = max(names, key=len) + "#"
    rows = frame.select(names).with_row_index(index)
    return rows.select(pl.col(index).min().over(names)).to_series().to_numpy().astype(np.int64)


def _chosen(groups: npt.NDArray[np.int64], holdout: float, seed: int) -> npt.NDArray[np.bool_]:
    names, inverse = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"the table has {len(names)} entity or distinct row",
            allowed="a holdout needs at least 2",
            do="use a larger table, or give a --holdout-file",
            code="data.too_few_entities",
        )
    n_held = min(max(round(len(names) * holdout), 1), len(names) - 1)
    order = np.random.default_rng(seed).permutation(len(names))
    held = np.zeros(len(names), dtype=bool)
    held[order[:n_held]] = True
    return held[inverse]
