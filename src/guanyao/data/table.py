"""A table: a polars frame and the schema that says what its columns mean."""

from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from guanyao.data.schema import Schema
from guanyao.errors import DataError


@dataclass(frozen=True)
class Table:
    """Rows with their schema.

    Args:
        frame: The rows; column names and order equal the schema's.
        schema: What the columns mean.
    """

    frame: pl.DataFrame
    schema: Schema

    def __post_init__(self) -> None:
        """The frame has the schema's columns, in its order."""
        if self.frame.columns != self.schema.names:
            raise DataError(
                f"the rows have columns {', '.join(self.frame.columns)}",
                allowed=f"the schema has {', '.join(self.schema.names)}",
                code="data.columns",
            )

    def __len__(self) -> int:
        """The number of rows."""
        return self.frame.height

    def rows(self, frame: pl.DataFrame) -> Self:
        """Other rows under the same schema."""
        return replace(self, frame=frame.select(self.schema.names))
