"""Takes a column out."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from guanyao.data.schema import Column
from guanyao.errors import InternalError
from guanyao.protect.candidates import space
from guanyao.protect.step import Context, Step


@dataclass(frozen=True, kw_only=True)
class Drop(Step):
    """The column does not come out."""

    name: ClassVar[str] = "drop"

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return "Other columns may still tell what stood here, or name the person together."

    def output(self, column: Column) -> None:
        """No column."""
        return

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """Never called: a dropped column has no values."""
        raise InternalError("a dropped column was asked for its values")

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """All values of the kind."""
        return space(self.kind)
