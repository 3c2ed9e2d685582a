"""Values that a person gives as conditions, in the dtype of their column."""

import polars as pl

from guanyao.errors import ConfigError


def parse(column: str, value: object, dtype: pl.DataType) -> pl.Series:
    """The value given for a column, as a series of one of that dtype.

    Raises:
        ConfigError: It cannot be read as one.
    """
    try:
        return _read(value, dtype).cast(dtype, strict=True)
    except pl.exceptions.PolarsError as error:
        found = f"the value given for {column!r} is no {dtype}"
        raise ConfigError(found, code="config.given") from error


def _read(value: object, dtype: pl.DataType) -> pl.Series:
    if isinstance(value, float) and value.is_integer() and dtype.is_integer():
        value = int(value)
    text = pl.Series([str(value)])
    if dtype == pl.String:
        return text
    text = text.str.strip_chars()
    if dtype == pl.Boolean:
        words = {"true": True, "false": False}
        return text.str.to_lowercase().replace_strict(words, return_dtype=pl.Boolean)
    if dtype == pl.Date:
        return text.str.to_date()
    if isinstance(dtype, pl.Datetime):
        return text.str.to_datetime(time_unit=dtype.time_unit, time_zone=dtype.time_zone)
    return text.str.to_time() if dtype == pl.Time else text
