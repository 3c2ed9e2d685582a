"""Leaves a column as it is: said aloud, so that nothing is kept by silence."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from guanyao.protect.step import Context, Step


@dataclass(frozen=True, kw_only=True)
class Keep(Step):
    """The column comes out unchanged."""

    name: ClassVar[str] = "keep"

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return "Nothing is hidden: every value comes out as it went in."

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The values as they are."""
        return values

    def undo(self, values: pl.Series, context: Context) -> pl.Series:
        """The values as they are."""
        return values

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """One: the value itself."""
        return 1
