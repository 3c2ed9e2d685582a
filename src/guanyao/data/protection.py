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
        # Sorting is many times faster than np.unique, which hashes.
        pairs = np.sort(codes.astype(np.int64) * self.n_rows + ids)
        fresh = np.append(True, np.diff(pairs) != 0)[: len(pairs)]
        return np.bincount(pairs[fresh] // self.n_rows, minlength=n_codes)

    def weights(self) -> Floats | None:
        """One over the rows of each row's entity: sums never exceed the number of entities."""
        if self.ids is None:
            return None
        weights: Floats = 1.0 / np.bincount(self.ids)[self.ids]
        return weights
