"""Makes values coarser: numbers to ranges, dates to months, addresses to cities."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeAlias, get_args

import numpy as np
import polars as pl

from guanyao.data.schema import Column
from guanyao.errors import ConfigError
from guanyao.protect.numbers import edges_of, read_days, read_numbers, write_numbers
from guanyao.protect.regions import city_of, province_of
from guanyao.protect.step import (
    DAYS,
    NUMBERS,
    Context,
    Step,
    as_text,
    by_distinct,
    refuse_option,
    text_column,
    whole_column,
)

Level: TypeAlias = Literal[
    "auto", "range", "year", "quarter", "month", "week",
    "province", "city", "prefix", "network", "grid",
]  # fmt: skip

BY_KIND: dict[str, Level] = {
    "resident_id": "province",
    "address": "city",
    "postcode": "prefix",
    "ip_address": "network",
    "coordinates": "grid",
    "birth_date": "year",
}
PERIODS = {"year": "%Y", "quarter": "", "month": "%Y-%m", "week": "%G-W%V"}
REGIONS: dict[str, Callable[[str], str | None]] = {"province": province_of, "city": city_of}
UNKNOWN = "未知"
"""What cannot be read is not let through."""

WIDTHS = {"range": 10.0, "grid": 0.1}
DAYS_WITHIN = {"year": 365, "quarter": 90, "month": 28, "week": 7}
V6_BITS = 48
_DECIMAL = re.compile(r"[-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class Generalise(Step):
    """Values become ranges, periods, regions or networks that many share.

    Args:
        to: What a value becomes. Numbers: `range` or `grid`. Dates: `year`, `quarter`, `month` or
            `week`. Chinese addresses (and, of province, resident numbers): `province` or `city`.
            Postcodes and other codes: `prefix`. IP addresses: `network`. Coordinates: `grid`.
            `auto`: by the kind, or `range` for numbers and `month` for dates.
        width: Of `range` and `grid`: how wide, above 0; default 10 and 0.1.
        edges: Of `range`: where ranges end, in rising order, instead of `width`.
        top: Of `range`: from here on all are one range, e.g. 90.
        bottom: Of `range`: below this all are one range.
        digits: Of `prefix`: how many first characters stay, 1..32.
        bits: Of `network`: how many bits of an IPv4 address stay, 8..24 (IPv6: 48).
    """

    to: Level = "auto"
    width: float | None = None
    edges: tuple[float, ...] = ()
    top: float | None = None
    bottom: float | None = None
    digits: int = 3
    bits: int = 24

    name: ClassVar[str] = "generalise"

    def __post_init__(self) -> None:
        """Check the options."""
        if self.to not in get_args(Level):
            raise refuse_option("generalise", "to", ", ".join(get_args(Level)))
        if self.width is not None and not 0 < self.width < float("inf"):
            raise refuse_option("generalise", "width", "a number above 0")
        if any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise refuse_option("generalise", "edges", "numbers in rising order")
        if not 1 <= self.digits <= 32:
            raise refuse_option("generalise", "digits", "a whole number from 1 to 32")
        if not 8 <= self.bits <= 24:
            raise refuse_option("generalise", "bits", "a whole number from 8 to 24")
        if None not in (self.top, self.bottom) and self.bottom >= self.top:  # type: ignore[operator]
            raise refuse_option("generalise", "bottom", "below top")

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return (
            "Rare ranges and regions still stand out, and several coarse columns together can "
            "name one person."
        )

    @property
    def note(self) -> str:
        """What becomes of a value that cannot be read."""
        is_text = self.to in ("province", "city", "network") or self.kind in BY_KIND
        return f"a value that cannot be read becomes {UNKNOWN}" if is_text else ""

    def level(self, column: Column) -> Level:
        """What the column's values become."""
        if self.to != "auto":
            return self.to
        if column.type in DAYS and self.kind != "birth_date":
            return "month"
        return BY_KIND.get(self.kind, "range")

    def check(self, column: Column) -> None:
        """See that the column's type has that level.

        Raises:
            ConfigError: It has not ("policy.type").
        """
        level = self.level(column)
        needed = DAYS if level in PERIODS else NUMBERS if level == "range" else (*NUMBERS, "string")
        if column.type not in needed:
            raise ConfigError(
                f"column {column.name!r} holds {column.type} values, which have no {level}",
                allowed=f"{level} is for: " + ", ".join(needed),
                do="choose another 'to' or another step",
                code="policy.type",
            )

    def output(self, column: Column) -> Column:
        """A column of text; of numbers on a grid: of numbers."""
        if self.level(column) == "grid" and column.type in NUMBERS:
            loose = replace(column, decimals=None, fixed_decimals=False, note="")
            return whole_column(loose) if column.type == "integer" else loose
        return replace(text_column(column), sensitivity=_coarser(column))

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The coarser values.

        Raises:
            DataError: A text is no number or date as the schema says ("mask.value").
        """
        column = context.column
        level = self.level(column)
        if level in PERIODS:
            return _periods(read_days(values, column), level)
        if level == "range":
            return self._ranges(read_numbers(values, column), column)
        if level == "grid" and column.type in NUMBERS:
            cells = edges_of(read_numbers(values, column), self._width("grid"))
            return write_numbers(cells, values, replace(column, decimals=None))
        return by_distinct(as_text(values), lambda texts: [self._word(level, t) for t in texts])

    def _width(self, level: str) -> float:
        return self.width or WIDTHS[level]

    def _ranges(self, numbers: pl.Series, column: Column) -> pl.Series:
        lows, highs = self._ends(numbers)
        is_whole = column.type == "integer"
        pairs = zip(lows.to_list(), highs.to_list(), strict=True)
        known = {pair: _range(*pair, is_whole) for pair in set(pairs)}
        pairs = zip(lows.to_list(), highs.to_list(), strict=True)
        words = pl.Series(numbers.name, [known[pair] for pair in pairs], dtype=pl.String)
        return words.set(numbers.is_null(), None)

    def _ends(self, numbers: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The lower (inclusive) and upper (exclusive) end of each number's range."""
        if self.edges:
            edges = np.array([-np.inf, *self.edges, np.inf])
            place = np.searchsorted(edges, numbers.fill_null(0).to_numpy(), side="right")
            place = np.clip(place, 1, len(edges) - 1)
            return pl.Series(edges[place - 1]), pl.Series(edges[place])
        width = self._width("range")
        lows = edges_of(numbers, width).fill_null(0)
        highs = (lows + width).round(10)
        if self.top is not None:
            over = (numbers >= self.top).fill_null(False)
            lows, highs = lows.set(over, self.top), highs.set(over, np.inf)
            highs = highs.set(~over & (highs > self.top), self.top)
        if self.bottom is not None:
            under = (numbers < self.bottom).fill_null(False)
            lows, highs = lows.set(under, -np.inf), highs.set(under, self.bottom)
            lows = lows.set(~under & (lows < self.bottom), self.bottom)
        return lows, highs

    def _word(self, level: str, text: str) -> str:
        if level in REGIONS:
            return REGIONS[level](text) or UNKNOWN
        if level == "network":
            return _network(text, self.bits)
        if level == "grid":
            return self._point(text)
        return text[: self.digits] + "*" * max(0, len(text) - self.digits)

    def _point(self, text: str) -> str:
        """Each number of a text such as "31.2304, 121.4737", put on the grid."""
        width = self._width("grid")
        numbers = pl.Series([float(x) for x in _DECIMAL.findall(text)], dtype=pl.Float64)
        if not 1 <= len(numbers) <= 3:
            return UNKNOWN
        return ", ".join(f"{x:g}" for x in edges_of(numbers, width).to_list())

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """How many values a range holds, where that is known: days of a period, addresses."""
        level = self.to if self.to != "auto" else BY_KIND.get(self.kind)
        if level in DAYS_WITHIN:
            return DAYS_WITHIN[level]
        if level == "network":
            return 2.0 ** (32 - self.bits)
        if level == "prefix" and self.kind == "postcode":
            return 10.0 ** max(0, 6 - self.digits)
        return None


def _coarser(column: Column) -> Literal["none", "quasi"]:
    return "none" if column.sensitivity == "none" else "quasi"


def _periods(days: pl.Series, level: str) -> pl.Series:
    if level != "quarter":
        return days.dt.to_string(PERIODS[level])
    parts = pl.DataFrame({"d": days})
    return parts.select(
        pl.format("{}Q{}", pl.col("d").dt.year(), pl.col("d").dt.quarter()).alias(days.name)
    ).to_series()


def _range(low: float, high: float, is_whole: bool) -> str:
    if np.isneginf(low):
        return f"<{high:g}"
    if np.isposinf(high):
        return f"{low:g}+"
    if is_whole and low >= 0 and low == int(low) and high == int(high):
        return f"{low:.0f}" if high - low == 1 else f"{low:.0f}-{high - 1:.0f}"
    return f"[{low:.12g}, {high:.12g})"


def _network(text: str, bits: int) -> str:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        # Not an address: it must not pass as it is.
        return UNKNOWN
    kept = bits if address.version == 4 else V6_BITS
    return str(ipaddress.ip_network(f"{address}/{kept}", strict=False))
