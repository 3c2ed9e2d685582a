"""Numbers and dates of a column, whether it is held as such or as the text it was read from."""

import numpy as np
import polars as pl

from guanyao.data import dates
from guanyao.data.schema import Column
from guanyao.errors import DataError


def read_numbers(values: pl.Series, column: Column) -> pl.Series:
    """The column as Float64; nulls stay null.

    Raises:
        DataError: A text is no number ("mask.value").
    """
    numbers = values.cast(pl.Float64, strict=False)
    if numbers.null_count() > values.null_count():
        raise unreadable(column, numbers.null_count() - values.null_count(), "numbers")
    return numbers


def write_numbers(numbers: pl.Series, like: pl.Series, column: Column) -> pl.Series:
    """Numbers held as the source's are: whole if its are whole, as text if its are text."""
    if column.type == "integer" or like.dtype.is_integer():
        whole = numbers.round().cast(pl.Int64)
        return whole.cast(pl.String) if like.dtype == pl.String else whole
    if column.decimals is not None:
        numbers = numbers.round(column.decimals)
    if like.dtype != pl.String:
        return numbers.cast(like.dtype)
    if column.decimals is None or not column.fixed_decimals:
        return numbers.cast(pl.String)
    texts = [None if x is None else f"{x:.{column.decimals}f}" for x in numbers.to_list()]
    return pl.Series(like.name, texts, dtype=pl.String)


def read_days(values: pl.Series, column: Column) -> pl.Series:
    """The column as Date or Datetime; nulls stay null.

    Raises:
        DataError: A text is no date in the column's format ("mask.value").
    """
    if values.dtype != pl.String:
        return values
    read = dates.parse(values, column.type, column.format or "%Y-%m-%d")
    if read.null_count() > values.null_count():
        raise unreadable(column, read.null_count() - values.null_count(), "dates")
    return read


def write_days(days: pl.Series, like: pl.Series, column: Column) -> pl.Series:
    """Dates held as the source's are, in the same format if they are text."""
    if like.dtype != pl.String:
        return days
    return days.dt.to_string(column.format or "%Y-%m-%d")


def unreadable(column: Column, n: int, what: str) -> DataError:
    """The error for cells that a step cannot read, and so cannot mask."""
    return DataError(
        f"column {column.name!r} holds {n} values that are no {what}",
        allowed=f"every value is one of the {what} that the schema describes, or missing",
        do="mend them, or mask the column with token or redact",
        code="mask.value",
    )


def edges_of(numbers: pl.Series, width: float) -> pl.Series:
    """The lower end of the range of this width that each number lies in."""
    # 0.3 / 0.1 is a hair below 3, and 0.3 is no part of [0.2, 0.3).
    lows = np.floor(np.round(numbers.to_numpy() / width, 9)) * width
    return pl.Series(numbers.name, np.round(lows, 10), nan_to_null=False).set(
        numbers.is_null(), None
    )
