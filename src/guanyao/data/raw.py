"""What a reader of one format hands over: columns as they were stored, not yet understood."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from guanyao.data.schema import Source
from guanyao.errors import DataError

Parse = Literal["all", "dates", "nothing"]


@dataclass(frozen=True, kw_only=True)
class Raw:
    """Columns and the way they were stored.

    Args:
        frame: The columns; text where the format has no types.
        source: How the source was written.
        parse: Which text is to be parsed: `all` (CSV has no types), `dates` (JSON and SQLite have
            no dates), `nothing` (Parquet and frames have all types).
        notes: What the reader wants to say of single columns.
    """

    frame: pl.DataFrame
    source: Source
    parse: Parse = "nothing"
    notes: Mapping[str, str] = field(default_factory=dict)


def check_names(names: list[str]) -> list[str]:
    """The names, when each column has one of its own.

    Raises:
        DataError: A name is empty or stands twice.
    """
    if empty := [str(place) for place, name in enumerate(names, 1) if not name.strip()]:
        raise DataError(
            f"columns without a name: number {', '.join(empty[:5])}",
            allowed="every column needs a name",
            do="name them, or read with header=False if there is no line of names",
            code="data.columns",
        )
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DataError(
            f"column names stand twice: {', '.join(map(repr, twice[:5]))}",
            allowed="every column needs a name of its own",
            code="data.columns",
        )
    return names


def check_rows(frame: pl.DataFrame, what: object) -> pl.DataFrame:
    """The frame, when there is something in it.

    Raises:
        DataError: There is no column or no row.
    """
    if frame.width == 0:
        raise DataError(f"{what} is empty", allowed="a table is needed", code="data.empty")
    if frame.height == 0:
        raise DataError(
            f"{what} has column names but no rows", allowed="at least one row", code="data.no_rows"
        )
    return frame
