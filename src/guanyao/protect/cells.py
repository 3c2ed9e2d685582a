"""The different values of a column as text: what personal data is looked for in, each value once.

Everything here is done by polars on whole columns; a million rows take a fraction of a second.
"""

from dataclasses import dataclass
from typing import Self

import polars as pl

VALUE, COUNT = "value", "n"
SEED = 20_261_122

_D = "[0-9０-９]"
RARE = (
    _D + r"(?:[\s\-–—.·()（）]{0,2}" + _D + "){6,}",
    "[@＠]",
    "://",
    r"(?i:微信|薇信|we ?chat|weixin|扣扣|\b(?:vx|wx|qq)\b)",
    "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-zＡ-Ｚ]",
    rf"{_D}{{1,3}}\.{_D}{{1,3}}\.{_D}{{1,3}}\.{_D}",
    "[0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}[:-][0-9A-Fa-f]{2}",
    "[A-HJ-NPR-Z0-9]{17}",
    _D + "+ ?(?:号|室|栋|弄|单元)",
    r"(?i:[0-9]+ (?:\w+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive)\b)",
)
"""What a text must hold one of so that it can hold an identifier at all."""


def may_hold() -> pl.Expr:
    """Whether a value can hold an identifier at all: text that cannot is not read.

    One pattern after the other is ten times faster than all of them as alternatives of one.
    """
    return pl.any_horizontal(pl.col(VALUE).str.contains(pattern) for pattern in RARE)


@dataclass(frozen=True)
class Cells:
    """The different values of a column, missing ones left out.

    Args:
        frame: Columns value (text, each once, blanks around it taken off) and n (its rows).
        is_text: Whether the source holds text (else it holds whole numbers).
    """

    frame: pl.DataFrame
    is_text: bool

    def __len__(self) -> int:
        """How many different values there are."""
        return self.frame.height

    @property
    def values(self) -> pl.Series:
        """The values."""
        return self.frame[VALUE]

    @property
    def n_rows(self) -> int:
        """How many rows they stand for."""
        return int(self.frame[COUNT].sum())

    def sample(self, n_values: int, n_bytes: int) -> Self:
        """About so many values, and no more than about so many bytes; all where that suffices.

        Which ones depends on the values alone, neither on their order nor on chance.
        """
        mean = int(self.values.str.len_bytes().sum()) / max(len(self), 1)
        wanted = min(n_values, int(n_bytes / max(mean, 1)) + 1)
        if len(self) <= wanted:
            return self.where(pl.lit(value=True))
        limit = int(2**64 * wanted / len(self))
        return self.where(pl.col(VALUE).hash(SEED) < pl.lit(limit, dtype=pl.UInt64))

    def where(self, chosen: pl.Expr) -> Self:
        """The values that are chosen, in their own order."""
        return type(self)(self.frame.filter(chosen).sort(VALUE), self.is_text)

    def without(self, other: Self) -> Self:
        """The values that the other does not have."""
        return type(self)(self.frame.join(other.frame, on=VALUE, how="anti"), self.is_text)

    def share(self, pattern: str) -> float:
        """The share of the values that the pattern is found in, in [0, 1]."""
        return float(self.values.str.contains(pattern).mean() or 0.0)  # type: ignore[arg-type]


def cells_of(values: pl.Series) -> Cells | None:
    """The different values of a column; None where it cannot be text or a whole number.

    Whole numbers that are stored as floats (they are where some are missing) or as decimals (they
    are in databases) count as whole.
    """
    dtype = values.dtype
    if dtype.is_float():
        return _whole(values)
    if isinstance(dtype, pl.Decimal):
        whole = values.drop_nulls().cast(pl.Int64, strict=False)
        return None if dtype.scale or whole.null_count() else cells_of(whole)
    if not (dtype.is_integer() or dtype in (pl.String, pl.Categorical) or dtype == pl.Enum):
        return None
    counts = values.drop_nulls().rename(VALUE).value_counts(name=COUNT)
    texts = counts.with_columns(pl.col(VALUE).cast(pl.String))
    if dtype.is_integer():
        return Cells(texts, is_text=False)
    trimmed = pl.col(VALUE).str.strip_chars()
    kept = texts.with_columns(trimmed).filter(pl.col(VALUE) != "")
    if kept[VALUE].n_unique() < kept.height:
        kept = kept.group_by(VALUE).agg(pl.sum(COUNT))
    return Cells(kept, is_text=True)


def _whole(values: pl.Series) -> Cells | None:
    present = values.drop_nulls()
    head = present.head(1000)
    if head.is_empty() or not _are_whole(head) or not _are_whole(present):
        return None
    return cells_of(present.cast(pl.Int64))


def _are_whole(values: pl.Series) -> bool:
    inside = bool(values.is_finite().all()) and float(values.abs().max()) < 2**62  # type: ignore[arg-type]
    return inside and bool((values == values.round()).all())
