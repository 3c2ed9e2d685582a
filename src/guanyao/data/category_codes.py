"""Codes for values that are names: one for each level that enough entities share."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from guanyao.data import dtypes
from guanyao.data.protection import Entities, Ints
from guanyao.errors import ConfigError

MAX_LEVELS = 60_000


@dataclass(frozen=True)
class CategoryCodes:
    """Levels by falling frequency (or in their given order), rare ones behind one code.

    Columns that a rule ties together are coded as one: a level is then a combination.

    Args:
        levels: One row a level, one column a coded column; nulls stand for missing.
        mass: Rows of each level, shape (n_levels,).
        has_rare: Whether a last code stands for all rarer levels; it is written as a common level.
        ordered: Whether the codes follow an order of the levels.
        n_merged: How many levels were too rare to keep.
    """

    levels: pl.DataFrame
    mass: Ints
    has_rare: bool
    ordered: bool
    n_merged: int

    @classmethod
    def fit(
        cls, values: pl.DataFrame, entities: Entities, *, k: int, order: tuple[str, ...] | None
    ) -> Self:
        """Learn the levels that at least k entities share."""
        columns = values.columns
        rows = _unused_name(columns)
        counted = values.group_by(columns, maintain_order=True).len(rows)
        counted = counted.sort(rows, *columns, descending=[True] + [False] * len(columns))
        codes = _lookup(values, counted.select(columns))
        people = entities.count(codes, counted.height)
        common = np.flatnonzero(people >= k)[:MAX_LEVELS]
        n_rare = counted.height - len(common)
        rare_people = 0
        if n_rare:
            lumped = np.isin(codes, common, invert=True)
            rare_people = int(entities.count(lumped.astype(np.int64), 2)[1])
        kept = counted[common.tolist()]
        if order is not None:
            rank = {level: i for i, level in enumerate(order)}
            place = kept[columns[0]].cast(pl.String).replace_strict(
                rank, default=len(rank), return_dtype=pl.Int64
            )
            kept = kept[place.fill_null(-1).arg_sort().to_list()]
        mass = kept[rows].cast(pl.Int64).to_numpy()
        has_rare = rare_people >= k or not len(common)
        return cls(kept.select(columns), mass, has_rare, order is not None, n_rare)

    @property
    def n_codes(self) -> int:
        """Number of codes."""
        return self.levels.height + int(self.has_rare)

    def encode(self, values: pl.DataFrame) -> Ints:
        """Code of each row, shape (n_rows,); a level that is not known counts as rare."""
        codes = _lookup(values, self.levels)
        strange = codes == self.levels.height
        if strange.any() and not self.has_rare:
            codes[strange] = int(self.mass.argmax())
        return codes

    def decode(self, codes: Ints, rng: np.random.Generator) -> pl.DataFrame:
        """The level of each code; the rare code becomes one of the common levels."""
        if not self.levels.height:
            nulls = self.levels.clear(1)
            return pl.concat([nulls] * len(codes)) if len(codes) else self.levels
        rare = np.flatnonzero(codes == self.levels.height)
        if len(rare):
            codes = codes.copy()
            share = self.mass / self.mass.sum()
            codes[rare] = rng.choice(len(share), len(rare), p=share)
        return self.levels[codes]

    def allowed(self, column: str, value: object) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which codes have that value in that column, shape (n_codes,).

        Raises:
            ConfigError: No level that may be shown has it.
        """
        levels = self.levels[column]
        wanted = "" if value is None else str(value)
        text = levels.cast(pl.String)
        found = levels.is_null() if value is None else (text == wanted).fill_null(value=False)
        if value is not None and not found.any() and levels.dtype == pl.Boolean:
            found = (text == wanted.lower()).fill_null(value=False)
        if not found.any():
            raise ConfigError(
                f"no common level of {column!r} is the one that was given",
                allowed=f"{levels.n_unique()} levels are common enough to be written",
                do="see them with: guanyao inspect SOURCE",
                code="config.given",
            )
        return np.append(found.to_numpy(), np.zeros(int(self.has_rare), bool))

    def state(self) -> dict[str, Any]:
        """The levels as plain data."""
        return {
            "levels": {name: _plain(self.levels[name]) for name in self.levels.columns},
            "dtypes": {name: str(dtype) for name, dtype in self.levels.schema.items()},
            "mass": self.mass,
            "has_rare": self.has_rare,
            "ordered": self.ordered,
            "n_merged": self.n_merged,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The levels that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        columns = {
            name: pl.Series(name, values, strict=False).cast(dtypes.from_name(state["dtypes"][name]))
            for name, values in state["levels"].items()
        }
        levels = pl.DataFrame(columns)
        mass = np.asarray(state["mass"], np.int64)
        has_rare = bool(state["has_rare"])
        if len(mass) != levels.height or (mass < 1).any() or levels.height + has_rare < 1:
            raise ValueError("the levels of a category are damaged")
        return cls(levels, mass, has_rare, bool(state["ordered"]), int(state["n_merged"]))


def _lookup(values: pl.DataFrame, levels: pl.DataFrame) -> Ints:
    """Row of `levels` that each row of `values` equals, shape (n_rows,); levels.height for none."""
    code = _unused_name(levels.columns)
    keyed = levels.with_row_index(code)
    joined = values.join(
        keyed, on=levels.columns, how="left", nulls_equal=True, maintain_order="left"
    )
    codes = joined[code].fill_null(levels.height).cast(pl.Int64)
    return codes.to_numpy(writable=True)


def _unused_name(columns: list[str]) -> str:
    return max(columns, key=len) + "#"


def _plain(values: pl.Series) -> list[Any]:
    """Values as JSON holds them: numbers, texts, truth values; dates and times as numbers."""
    if values.dtype.is_temporal():
        return values.to_physical().to_list()
    return values.to_list()
