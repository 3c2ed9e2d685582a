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
        writer: What writes new values; None when every value is missing.
        dtype: The column's dtype.
        has_missing: Whether a code says that the value is missing (1: missing, 0: there).
    """

    kind: str
    writer: Any
    dtype: pl.DataType
    has_missing: bool

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
        people = entities.count(missing.astype(np.int64), 2)
        kind = column.role
        # Of an entity only one row is learned from: many rows make its words no more common.
        of_entity = kind == "entity"
        present = values.drop_nulls() if of_entity else values[entities.one_row_each(~missing, rng)]
        writer = None
        if len(present) and kind == "text":
            writer = FreshText().fit(present, min_entities=k, rng=rng)
        elif len(present):
            writer = WRITERS[kind]().fit(present, min_entities=k)
        has_missing = bool(missing.any() and people[1] >= k and writer is not None)
        return cls(kind, writer, values.dtype, has_missing)

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
        values = values.cast(self.dtype)
        if self.has_missing:
            there = pl.Series(codes[0] == 0)
            values = pl.select(pl.when(pl.lit(there)).then(pl.lit(values))).to_series()
        return values

    def state(self) -> dict[str, Any]:
        """The column as plain data."""
        return {
            "kind": self.kind,
            "writer": None if self.writer is None else self.writer.to_json(),
            "dtype": str(self.dtype),
            "has_missing": self.has_missing,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The column that `state` described.

        Raises:
            KeyError: There is no such kind.
        """
        kind = state["kind"]
        writer = WRITERS[kind].from_json(state["writer"]) if state["writer"] is not None else None
        return cls(kind, writer, dtypes.from_name(state["dtype"]), bool(state["has_missing"]))
