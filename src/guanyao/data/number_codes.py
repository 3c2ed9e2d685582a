"""Codes for columns of numbers, dates and times: one or two scales, with missing as a code."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data import dtypes
from guanyao.data.protection import Entities, Floats, Ints
from guanyao.data.scale import Scale
from guanyao.errors import ConfigError

TICKS_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


@dataclass(frozen=True)
class NumberCodes:
    """A column on scales: days and time of day apart for moments, one scale for all else.

    Args:
        dtype: The column's dtype.
        scales: One scale for each part of a value.
        ticks: Ticks in a day where a value has two parts (day, time of day); 0 where it has one.
        decimals: Digits after the point; None: as they come.
        has_missing: Whether the first code of the first part stands for a missing value.
    """

    dtype: pl.DataType
    scales: tuple[Scale, ...]
    ticks: int
    decimals: int | None
    has_missing: bool

    @classmethod
    def fit(
        cls,
        values: pl.Series,
        entities: Entities,
        *,
        k: int,
        max_codes: int,
        decimals: int | None = None,
    ) -> Self | None:
        """Learn the scales; None when too few values are there to show any."""
        x, present = _numbers(values)
        missing = ~present
        people = entities.count(present.astype(np.int64), 2)
        if people[1] < k:
            return None
        ticks = _ticks(values.dtype, x[present])
        scales = tuple(
            Scale.fit(part, entities, present, k=k, max_codes=max_codes)
            for part in _split(x[present], ticks)
        )
        return cls(values.dtype, scales, ticks, decimals, bool(missing.any() and people[0] >= k))

    @property
    def n_codes(self) -> tuple[int, ...]:
        """Number of codes of each part."""
        first = self.scales[0].n_codes + int(self.has_missing)
        return (first, *(scale.n_codes for scale in self.scales[1:]))

    def encode(self, values: pl.Series) -> list[Ints]:
        """Codes of each part, shape (n_rows,) each."""
        x, present = _numbers(values)
        x = np.where(present, x, self.scales[0].low[len(self.scales[0].low) // 2])
        codes = [
            scale.encode(part)
            for scale, part in zip(self.scales, _split(x, self.ticks), strict=True)
        ]
        if self.has_missing:
            codes[0] = np.where(present, codes[0] + 1, 0)
        return codes

    def decode(self, codes: list[Ints], rng: np.random.Generator) -> pl.Series:
        """A value for each row of codes, with the column's dtype."""
        first = codes[0] - int(self.has_missing)
        missing = first < 0
        x = self.scales[0].decode(np.maximum(first, 0), rng)
        if self.ticks:
            x = x * self.ticks + self.scales[1].decode(codes[1], rng)
        return _series(x, missing, self.dtype, self.decimals)

    def allowed(self, value: object) -> list[NDArray[np.bool_]]:
        """Which codes of each part hold the value, shape (n_codes,) each.

        Raises:
            ConfigError: The value is no value of this column, or outside of its range.
        """
        if value is None:
            if not self.has_missing:
                raise ConfigError("the column is never missing", code="config.given")
            masks = [np.ones(n, bool) for n in self.n_codes]
            masks[0][1:] = False
            return masks
        one = self.parse(value)
        x, _ = _numbers(one)
        low, high = self._range()
        if not low <= x[0] <= high:
            raise ConfigError(
                "the given value is outside of the column's range",
                allowed=f"from {self._show(low)} to {self._show(high)}",
                code="config.given",
            )
        return [np.arange(n) == code[0] for n, code in zip(self.n_codes, self.encode(one), strict=True)]

    def parse(self, value: object) -> pl.Series:
        """The value as a series of one, with the column's dtype.

        Raises:
            ConfigError: It cannot be read as one.
        """
        try:
            one = pl.Series([str(value)]).str.strip_chars()
            if self.dtype == pl.Date:
                one = one.str.to_date()
            elif isinstance(self.dtype, pl.Datetime):
                one = one.str.to_datetime(time_unit=self.dtype.time_unit, time_zone=self.dtype.time_zone)
            elif self.dtype == pl.Time:
                one = one.str.to_time()
            return one.cast(self.dtype, strict=True)
        except pl.exceptions.PolarsError as error:
            raise ConfigError(
                f"the given value is no {self.dtype}", code="config.given"
            ) from error

    def _range(self) -> tuple[float, float]:
        first = self.scales[0]
        if self.ticks:
            return first.low[0] * self.ticks, (first.high[-1] + 1) * self.ticks
        return float(first.low[0]), float(first.high[-1])

    def _show(self, x: float) -> str:
        shown = _series(np.array([x]), np.array([False]), self.dtype, self.decimals)
        return str(shown[0])

    def state(self) -> dict[str, Any]:
        """The scales as plain data."""
        return {
            "dtype": str(self.dtype),
            "scales": [scale.state() for scale in self.scales],
            "ticks": self.ticks,
            "decimals": self.decimals,
            "has_missing": self.has_missing,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The scales that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        scales = tuple(Scale.from_state(scale) for scale in state["scales"])
        ticks = int(state["ticks"])
        if len(scales) != 1 + bool(ticks):
            raise ValueError("the scales of a column are damaged")
        dtype = dtypes.from_name(state["dtype"])
        return cls(dtype, scales, ticks, state["decimals"], bool(state["has_missing"]))


def _numbers(values: pl.Series) -> tuple[Floats, NDArray[np.bool_]]:
    """Values as floats and which of them are there; an infinity counts as the largest finite."""
    physical = values.to_physical() if values.dtype.is_temporal() else values
    x = physical.cast(pl.Float64).to_numpy().copy()
    present = ~np.isnan(x)
    infinite = np.isinf(x)
    if infinite.any():
        finite = x[present & ~infinite]
        ends = (finite.min(), finite.max()) if len(finite) else (0.0, 0.0)
        x[infinite] = np.where(x[infinite] < 0, *ends)
    return x, present


def _ticks(dtype: pl.DataType, x: Floats) -> int:
    """Ticks in a day, when values are moments that differ in their time of day."""
    if not isinstance(dtype, pl.Datetime):
        return 0
    ticks = TICKS_PER_DAY[dtype.time_unit]
    return ticks if np.any(x % ticks != x[0] % ticks) else 0


def _split(x: Floats, ticks: int) -> list[Floats]:
    if not ticks:
        return [x]
    day = np.floor(x / ticks)
    return [day, x - day * ticks]


def _series(
    x: Floats, missing: NDArray[np.bool_], dtype: pl.DataType, decimals: int | None
) -> pl.Series:
    if decimals is not None and (dtype.is_float() or isinstance(dtype, pl.Decimal)):
        x = np.round(x, decimals)
    if dtype.is_integer() or dtype.is_temporal():
        out = pl.Series(np.round(x).astype(np.int64))
        if dtype in (pl.Date, pl.Time) or dtype.is_integer():
            out = out.cast(pl.Int32 if dtype == pl.Date else pl.Int64).cast(dtype)
        else:
            out = out.cast(dtype)
    else:
        out = pl.Series(x).cast(dtype)
    if not missing.any():
        return out
    return pl.select(pl.when(pl.lit(pl.Series(~missing))).then(pl.lit(out))).to_series()
