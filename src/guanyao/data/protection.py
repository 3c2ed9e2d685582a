"""Counts whom a value stands for: the unit that every protection in the encoders rests on."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Entities:
    """Whose row each row is.

    Args:
        ids: Entity number of each row, shape (n_rows,), 0..n-1; None: every row is its own.
        n_rows: Number of rows.
    """

    ids: Ints | None
    n_rows: int

    @classmethod
    def of(cls, frame: pl.DataFrame, entity: str | None) -> Self:
        """The entities of a frame; a row without an entity stands for itself."""
        if entity is None:
            return cls(None, frame.height)
        ids = frame[entity].rank("dense").cast(pl.Int64).to_numpy().astype(np.float64)
        alone = np.isnan(ids)
        ids[alone] = frame.height + 1 + np.arange(alone.sum())
        return cls(np.unique(ids, return_inverse=True)[1].astype(np.int64), frame.height)

    @property
    def n(self) -> int:
        """Number of entities."""
        return self.n_rows if self.ids is None else int(self.ids.max(initial=-1)) + 1

    def count(self, codes: Ints, n_codes: int, rows: NDArray[np.bool_] | None = None) -> Ints:
        """Different entities behind each code, shape (n_codes,).

        Args:
            codes: Code of each row, shape (n_rows,) or, with `rows`, of the rows that are True.
            n_codes: Codes are 0..n_codes-1.
            rows: Which rows the codes belong to.
        """
        if self.ids is None:
            return np.bincount(codes, minlength=n_codes)
        ids = self.ids if rows is None else self.ids[rows]
        pairs = np.unique(codes.astype(np.int64) * self.n_rows + ids)
        return np.bincount(pairs // self.n_rows, minlength=n_codes)

    def one_row_each(self, rows: NDArray[np.bool_], rng: np.random.Generator) -> Ints:
        """A row of each entity, drawn at random among the rows that are True, ascending."""
        found = np.flatnonzero(rows)
        if self.ids is None:
            return found
        order = rng.permutation(found)
        _, at = np.unique(self.ids[order], return_index=True)
        return np.sort(order[at])

    def weights(self) -> Floats | None:
        """One over the rows of each row's entity: sums never exceed the number of entities."""
        if self.ids is None:
            return None
        weights: Floats = 1.0 / np.bincount(self.ids)[self.ids]
        return weights
