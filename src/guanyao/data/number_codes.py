"""Codes for columns of numbers, dates and times: one or two scales, with missing as a code."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data import dtypes, given
from guanyao.data.protection import Entities, Floats, Ints
from guanyao.data.scale import Scale
from guanyao.errors import ConfigError, DataError

TICKS_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}

LARGEST = 5e307
"""Finite numbers beyond count as this one, so that no difference of two of them overflows."""

MAX_EXACT = 2**53
HALF = 10**9
"""Whole numbers beyond `MAX_EXACT` are split into multiples of this and the rest."""

Wholes = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class NumberCodes:
    """A column on scales: days and time of day apart for moments, one scale for most others.

    Args:
        dtype: The column's dtype.
        scales: One scale for each part of a value.
        unit: What the first of two parts counts (ticks of a day, `HALF`); 0: there is one part.
        decimals: Digits after the point; None: as they come.
        has_missing: Whether the first code of the first part stands for a missing value.
        missing_is_nan: Whether missing values are written as NaN, as the source has no others.
    """

    dtype: pl.DataType
    scales: tuple[Scale, ...]
    unit: int
    decimals: int | None
    has_missing: bool
    missing_is_nan: bool = False

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
        """Learn the scales; None when too few finite values are there to show any.

        Raises:
            DataError: The values have more digits than can be kept apart.
        """
        unit = _unit(values)
        (first, *rest), present = _parts(values, unit, decimals)
        finite = present & np.isfinite(first)
        if entities.count(finite.astype(np.int64), 2)[1] < k:
            return None
        first = np.clip(first, first[finite].min(), first[finite].max())
        scales = tuple(
            Scale.fit(part[present], entities, present, k=k, max_codes=max_codes)
            for part in (first, *rest)
        )
        has_missing = bool(entities.count(present.astype(np.int64), 2)[0] >= k)
        as_nan = values.dtype.is_float() and not values.null_count()
        return cls(values.dtype, scales, unit, decimals, has_missing, as_nan)

    @property
    def n_codes(self) -> tuple[int, ...]:
        """Number of codes of each part."""
        first = self.scales[0].n_codes + int(self.has_missing)
        return (first, *(scale.n_codes for scale in self.scales[1:]))

    def encode(self, values: pl.Series) -> list[Ints]:
        """Codes of each part, shape (n_rows,) each."""
        parts, present = _parts(values, self.unit, self.decimals)
        for part, scale in zip(parts, self.scales, strict=True):
            part[~present] = scale.low[len(scale.low) // 2]
        codes = [scale.encode(part) for scale, part in zip(self.scales, parts, strict=True)]
        if self.has_missing:
            codes[0] = np.where(present, codes[0] + 1, 0)
        return codes

    def decode(self, codes: list[Ints], rng: np.random.Generator) -> pl.Series:
        """A value for each row of codes, with the column's dtype."""
        first = codes[0]
        if self.has_missing:
            first = np.maximum(first - 1, 0)
        parts = [
            scale.decode(part, rng)
            for scale, part in zip(self.scales, [first, *codes[1:]], strict=True)
        ]
        values = self._series(parts)
        if not self.has_missing or not (missing := codes[0] == 0).any():
            return values
        nothing = float("nan") if self.missing_is_nan else None
        return values.to_frame("x").select(
            pl.when(pl.Series(~missing)).then("x").otherwise(pl.lit(nothing, self.dtype))
        )["x"]

    def allowed(self, column: str, value: object) -> list[Mask]:
        """Which codes of each part hold the value, shape (n_codes,) each.

        Raises:
            ConfigError: The value is no value of this column, or outside of its range.
        """
        if value is None:
            return self._missing(column)
        one = given.parse(column, value, self.dtype)
        parts, _ = _parts(one, self.unit, self.decimals)
        low, high = self.scales[0].low[0], self.scales[0].high[-1]
        if not low <= parts[0][0] <= high:
            raise ConfigError(
                f"the value given for {column!r} is outside of the column's range",
                allowed=f"from {self._show(0)} to {self._show(-1)}",
                code="config.given",
            )
        codes = self.encode(one)
        return [np.arange(n) == code[0] for n, code in zip(self.n_codes, codes, strict=True)]

    def _missing(self, column: str) -> list[Mask]:
        if not self.has_missing:
            raise ConfigError(f"{column!r} is never missing", code="config.given")
        masks = [np.ones(n, bool) for n in self.n_codes]
        masks[0][1:] = False
        return masks

    def _show(self, end: int) -> str:
        """The lowest (0) or highest (-1) value as text."""
        ends = [(scale.low if end == 0 else scale.high)[[end]] for scale in self.scales]
        return str(self._series(ends).cast(pl.String)[0])

    def _series(self, parts: list[Floats]) -> pl.Series:
        dtype = self.dtype
        if dtype.is_float():
            x = parts[0] if self.decimals is None else np.round(parts[0], self.decimals)
            return pl.Series(x).cast(dtype)
        whole = pl.Series(_whole(parts, self.unit, dtype))
        if isinstance(dtype, pl.Decimal):
            digit = Decimal(1).scaleb(-dtype.scale)
            return (whole.cast(pl.Decimal(38, 0)) * digit).cast(dtype)
        return whole.cast(pl.Int32).cast(dtype) if dtype == pl.Date else whole.cast(dtype)

    def state(self) -> dict[str, Any]:
        """The scales as plain data."""
        return {
            "dtype": str(self.dtype),
            "scales": [scale.state() for scale in self.scales],
            "unit": self.unit,
            "decimals": self.decimals,
            "has_missing": self.has_missing,
            "missing_is_nan": self.missing_is_nan,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The scales that `state` described.

        Raises:
            ValueError: The parts do not fit together.
        """
        scales = tuple(Scale.from_state(scale) for scale in state["scales"])
        unit, decimals = int(state["unit"]), state["decimals"]
        dtype = dtypes.from_name(state["dtype"])
        units = {0, HALF, *TICKS_PER_DAY.values()}
        if unit not in units or len(scales) != 1 + bool(unit):
            raise ValueError("the scales of a column are damaged")
        if decimals is not None and not 0 <= int(decimals) <= 38:
            raise ValueError("the digits of a column are damaged")
        if dtypes.kind(dtype) in ("string", "boolean"):
            raise ValueError("a column of numbers has another dtype")
        has_missing, as_nan = bool(state["has_missing"]), bool(state["missing_is_nan"])
        return cls(dtype, scales, unit, decimals, has_missing, as_nan and dtype.is_float())


def _unit(values: pl.Series) -> int:
    """What the first part of a value counts; 0 where one part holds all its digits.

    Raises:
        DataError: A decimal has more digits than a 64-bit integer holds.
    """
    dtype = values.dtype
    if isinstance(dtype, pl.Datetime):
        return TICKS_PER_DAY[dtype.time_unit]
    if dtype.is_float() or dtype.is_temporal():
        return 0
    physical = values.to_physical().drop_nulls()
    most = max(abs(int(physical.min() or 0)), abs(int(physical.max() or 0)))  # type: ignore[arg-type]
    if most >= 2**63 and isinstance(dtype, pl.Decimal):
        raise DataError(
            f"column {values.name!r} holds decimals of more than 18 digits",
            allowed="up to 18 digits, those after the point included",
            do="round them, or cast the column to text or Float64",
            code="data.digits",
        )
    return HALF if most >= MAX_EXACT else 0


def _parts(values: pl.Series, unit: int, decimals: int | None) -> tuple[list[Floats], Mask]:
    """Each part of the values as floats, shape (n_rows,), and which values are there."""
    if values.dtype.is_float():
        x = values.cast(pl.Float64).to_numpy(writable=True)
        if values.dtype == pl.Float32 and decimals is not None:
            # 0.1 of a Float32 is 0.1000000015 otherwise.
            x = np.round(x, decimals)
        finite = np.isfinite(x)
        x[finite] = x[finite].clip(-LARGEST, LARGEST)
        return [x], ~np.isnan(x)
    physical = values.to_physical()
    if isinstance(values.dtype, pl.Decimal):
        physical = physical.cast(pl.Int64)
    present = values.is_not_null().to_numpy()
    whole = physical.fill_null(0).to_numpy(writable=True)
    if not unit:
        return [whole.astype(np.float64)], present
    parts = np.divmod(whole, whole.dtype.type(unit))
    return [part.astype(np.float64) for part in parts], present


def _whole(parts: list[Floats], unit: int, dtype: pl.DataType) -> Wholes:
    """Whole numbers from their parts; those that would leave the 64 bits stop at their end."""
    kind: type[np.signedinteger[Any] | np.unsignedinteger[Any]] = np.int64
    if dtype == pl.UInt64:
        kind = np.uint64
    if not unit:
        return np.rint(parts[0]).astype(kind)
    first, rest = (np.rint(part).astype(kind) for part in parts)
    least, most = (divmod(int(end), unit) for end in (np.iinfo(kind).min, np.iinfo(kind).max))
    first = np.clip(first, kind(least[0]), kind(most[0]))
    rest = np.where(first == kind(least[0]), np.maximum(rest, kind(least[1])), rest)
    rest = np.where(first == kind(most[0]), np.minimum(rest, kind(most[1])), rest)
    # The product may leave the 64 bits below, and the sum then comes back into them.
    whole: Wholes = first * kind(unit) + rest
    return whole
