"""Codes for values that are names: one for each level that enough entities share."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data import dtypes, given
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
        n_merged_rows: How many rows had one of them.
    """

    levels: pl.DataFrame
    mass: Ints
    has_rare: bool
    ordered: bool
    n_merged: int
    n_merged_rows: int

    @classmethod
    def fit(
        cls, values: pl.DataFrame, entities: Entities, *, k: int, order: tuple[str, ...] | None
    ) -> Self:
        """Learn the levels that at least k entities share."""
        counted = _counted(values, entities)
        kept = counted.filter(pl.col("people") >= k).head(MAX_LEVELS)
        n_rare_rows = values.height - int(kept["rows"].sum())
        if order is not None:
            kept = _in_order(kept, order)
        levels = kept.drop("rows", "people")
        levels.columns = values.columns
        has_rare = not kept.height
        if n_rare_rows and not has_rare:
            rare = _lookup(values, levels) == levels.height
            has_rare = bool(entities.count(rare.astype(np.int64), 2)[1] >= k)
        mass = kept["rows"].cast(pl.Int64).to_numpy()
        n_merged = counted.height - kept.height
        return cls(levels, mass, has_rare, order is not None, n_merged, n_rare_rows)

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
            return self.levels.clear(len(codes))
        if self.has_rare and len(rare := np.flatnonzero(codes == self.levels.height)):
            codes = codes.copy()
            share = self.mass / self.mass.sum()
            codes[rare] = rng.choice(len(share), len(rare), p=share)
        places = pl.Series(codes, dtype=pl.UInt32)
        return self.levels.select(pl.all().gather(places))

    def allowed(self, column: str, value: object) -> NDArray[np.bool_]:
        """Which codes have that value in that column, shape (n_codes,).

        Raises:
            ConfigError: No level that may be shown has it.
        """
        levels = self.levels[column]
        wanted = None if value is None else given.parse(column, value, levels.dtype)[0]
        found = levels.is_null() if wanted is None else (levels == wanted).fill_null(value=False)
        if not found.any():
            raise ConfigError(
                f"no common level of {column!r} is the one that was given",
                allowed=f"{levels.n_unique()} levels are common enough to be written",
                do="see the frequent ones in the report's charts, or in virtual rows",
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
            "n_merged_rows": self.n_merged_rows,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The levels that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        levels = pl.DataFrame(
            [
                _unplain(name, values, dtypes.from_name(state["dtypes"][name]))
                for name, values in state["levels"].items()
            ]
        )
        mass = np.asarray(state["mass"], np.int64)
        has_rare = bool(state["has_rare"])
        if mass.shape != (levels.height,) or (mass < 1).any() or levels.height + has_rare < 1:
            raise ValueError("the levels of a category are damaged")
        if not levels.width or levels.height > MAX_LEVELS:
            raise ValueError("the levels of a category are damaged")
        merged = int(state["n_merged"]), int(state["n_merged_rows"])
        return cls(levels, mass, has_rare, bool(state["ordered"]), *merged)


def _keys(values: pl.DataFrame) -> list[str]:
    """Names of the columns that no counter can have."""
    return [f"level {i}" for i in range(values.width)]


def _counted(values: pl.DataFrame, entities: Entities) -> pl.DataFrame:
    """The levels with their rows and entities, those of most rows first."""
    keys = _keys(values)
    frame = values.rename(dict(zip(values.columns, keys, strict=True)))
    people = pl.len()
    if entities.ids is not None:
        frame = frame.with_columns(entity=pl.Series(entities.ids))
        people = pl.col("entity").n_unique()
    counted = frame.group_by(keys).agg(rows=pl.len(), people=people)
    return counted.sort("rows", *keys, descending=[True] + [False] * len(keys))


def _in_order(levels: pl.DataFrame, order: tuple[str, ...]) -> pl.DataFrame:
    """The levels in the given order, missing first and levels that it lacks last."""
    rank = {level: i for i, level in enumerate(order)}
    place = levels["level 0"].cast(pl.String)
    place = place.replace_strict(rank, default=len(rank), return_dtype=pl.Int64)
    place = place.zip_with(
        levels["level 0"].is_not_null(), pl.repeat(-1, levels.height, eager=True)
    )
    return levels[place.arg_sort().to_list()]


def _lookup(values: pl.DataFrame, levels: pl.DataFrame) -> Ints:
    """Row of `levels` that each row of `values` equals, shape (n_rows,); levels.height for none."""
    keys = _keys(levels)
    keyed = levels.rename(dict(zip(levels.columns, keys, strict=True))).with_row_index("code")
    joined = values.rename(dict(zip(values.columns, keys, strict=True))).join(
        keyed, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    codes = joined["code"].fill_null(levels.height).cast(pl.Int64)
    return codes.to_numpy(writable=True)


def _plain(values: pl.Series) -> list[Any]:
    """Values as JSON holds them: texts, truth values, whole numbers; dates and times as numbers."""
    if values.dtype.is_temporal():
        return values.to_physical().to_list()
    if values.dtype.is_float() or isinstance(values.dtype, pl.Decimal):
        return values.cast(pl.String).to_list()
    return values.to_list()


def _unplain(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    """The values that `_plain` wrote."""
    if dtype.is_temporal():
        kept: pl.DataType = pl.Int32() if dtype == pl.Date else pl.Int64()
    else:
        kept = pl.String() if dtype.is_float() or isinstance(dtype, pl.Decimal) else dtype
    return pl.Series(name, values, dtype=kept).cast(dtype)
