"""Columns that are written anew: only whether a value is there is modelled."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from guanyao.data import dtypes
from guanyao.data.identifiers import EntityIdentifiers, FreshIdentifiers
from guanyao.data.protection import Entities, Ints
from guanyao.data.schema import Column
from guanyao.data.texts import FreshText

WRITERS: dict[str, Any] = {
    "identifier": FreshIdentifiers,
    "entity": EntityIdentifiers,
    "text": FreshText,
}


@dataclass(frozen=True)
class FreshCodes:
    """A column of identifiers or free text.

    Args:
        kind: A key of `WRITERS`.
        writer: What writes new values; None when fewer than k entities have one, or none has.
        dtype: The column's dtype.
        has_missing: Whether a code says that the value is missing (1: missing, 0: there).
        n_present: How many values the source has.
    """

    kind: str
    writer: Any
    dtype: pl.DataType
    has_missing: bool
    n_present: int

    @classmethod
    def fit(
        cls,
        values: pl.Series,
        column: Column,
        entities: Entities,
        *,
        k: int,
        rng: np.random.Generator,
    ) -> Self:
        """Learn how the values are formed, and how often they are missing."""
        missing = values.is_null().to_numpy()
        there, gone = entities.count(missing.astype(np.int64), 2)
        n_present = len(values) - int(missing.sum())
        if there < k:
            return cls(column.role, None, values.dtype, has_missing=False, n_present=n_present)
        if column.role == "text":
            told = _one_each(values, entities, rng).drop_nulls()
            if column.sensitivity == "direct":
                # A name that many rows hold is one person's many times: it counts once.
                told = told.unique(maintain_order=True)
            writer = FreshText().fit(told, min_entities=k, rng=rng)
        else:
            writer = WRITERS[column.role]().fit(values.drop_nulls(), min_entities=k)
        return cls(column.role, writer, values.dtype, bool(gone >= k), n_present)

    @property
    def n_codes(self) -> tuple[int, ...]:
        """Number of codes of its parts: none, or one of two codes."""
        return (2,) if self.has_missing else ()

    def encode(self, values: pl.Series) -> list[Ints]:
        """Whether each value is missing, shape (n_rows,), if that is modelled."""
        return [values.is_null().to_numpy().astype(np.int64)] if self.has_missing else []

    def decode(
        self, codes: list[Ints], n_rows: int, *, start: int, key: int, rng: np.random.Generator
    ) -> pl.Series:
        """New values for rows start..start+n_rows-1 of the sample that `key` belongs to."""
        if self.writer is None:
            return pl.Series([None] * n_rows, dtype=self.dtype)
        if self.kind == "text":
            values = self.writer.generate(n_rows, rng=rng)
        else:
            values = self.writer.generate(n_rows, start=start, key=key)
        made: pl.Series = values.cast(self.dtype)
        if not self.has_missing:
            return made
        return made.to_frame("x").select(pl.when(pl.Series(codes[0] == 0)).then("x"))["x"]

    def state(self) -> dict[str, Any]:
        """The column as plain data."""
        return {
            "kind": self.kind,
            "writer": None if self.writer is None else self.writer.to_json(),
            "dtype": str(self.dtype),
            "has_missing": self.has_missing,
            "n_present": self.n_present,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The column that `state` described.

        Raises:
            KeyError: There is no such kind.
        """
        kind, told = state["kind"], state["writer"]
        writer = WRITERS[kind].from_json(told) if told is not None else None
        dtype, has_missing = dtypes.from_name(state["dtype"]), bool(state["has_missing"])
        return cls(kind, writer, dtype, has_missing, int(state["n_present"]))


def _one_each(values: pl.Series, entities: Entities, rng: np.random.Generator) -> pl.Series:
    """One value of each entity, drawn by chance, so that words are counted by entity, not row."""
    if entities.ids is None:
        return values
    order = rng.permutation(np.flatnonzero(values.is_not_null().to_numpy()))
    return values[np.sort(order[np.unique(entities.ids[order], return_index=True)[1]])]
