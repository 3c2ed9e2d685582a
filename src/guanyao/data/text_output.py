"""From typed values to the text they were read from: precision, padding, date formats."""

import polars as pl

from guanyao.data.schema import Column, Schema
from guanyao.data.text_values import AT_LEAST_ONE
from guanyao.errors import ConfigError

ISO = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%d %H:%M:%S", "time": "%H:%M:%S"}

MAX_EXACT = 2.0**53


def to_text(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """All columns as text, each in its column's format; missing stays missing.

    Args:
        frame: Typed rows, with the schema's columns in its order.
        schema: The columns with their formats.
    """
    return frame.select(text(frame[column.name], column) for column in schema)


def text(values: pl.Series, column: Column) -> pl.Series:
    """The values as text in the column's format."""
    shown = _shown(values, column)
    return shown.fill_null(column.missing) if column.missing else shown


def _shown(values: pl.Series, column: Column) -> pl.Series:
    if values.dtype == pl.Boolean:
        true, _, false = (column.format or "true/false").partition("/")
        return values.replace_strict([True, False], [true, false], return_dtype=pl.String)
    if values.dtype.is_float():
        return _number(values.cast(pl.Float64), column)
    if values.dtype.is_temporal():
        return _moments(values, column)
    return values.cast(pl.String)


def _moments(values: pl.Series, column: Column) -> pl.Series:
    try:
        return values.dt.to_string(column.format or _iso(values.dtype))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise ConfigError(
            f"column {column.name!r} cannot be written as {column.type} in its format",
            allowed="formats as of strftime, e.g. %Y-%m-%d",
            code="config.schema",
        ) from error


def _iso(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Datetime):
        zone = "%:z" if dtype.time_zone else ""
        digits = {"ms": "%.3f", "us": "%.6f", "ns": "%.9f"}[dtype.time_unit]
        return ISO["datetime"] + digits + zone
    return ISO["date"] if dtype == pl.Date else ISO["time"] + "%.f"


def _number(values: pl.Series, column: Column) -> pl.Series:
    if column.decimals is None:
        shown = values.cast(pl.String)
    else:
        shown = _plain(_rounded(values, column.decimals), column.decimals)
    if column.fixed_decimals and column.decimals:
        return _padded(shown, column.decimals)
    if column.format == AT_LEAST_ONE:
        return shown
    return shown.str.strip_suffix(".0")


def _rounded(values: pl.Series, decimals: int) -> pl.Series:
    """The values rounded, but for those so large that a float has no such digits."""
    large = values.abs() * 10.0**decimals >= MAX_EXACT
    return values.round(decimals, mode="half_away_from_zero").zip_with(~large, values)


def _plain(values: pl.Series, decimals: int) -> pl.Series:
    """Numbers without exponents, where 38 digits suffice."""
    shown = values.cast(pl.String)
    powers = shown.str.contains("e", literal=True)
    if not powers.any():
        return shown
    spelled = values.cast(pl.Decimal(38, max(decimals, 1)), strict=False).cast(pl.String)
    short = spelled.str.strip_chars_end("0").str.replace(r"\.$", ".0")
    return shown.zip_with(~powers | spelled.is_null(), short)


def _padded(shown: pl.Series, decimals: int) -> pl.Series:
    frame = pl.DataFrame({"shown": shown})
    parts = pl.col("shown").str.splitn(".", 2)
    fraction = parts.struct.field("field_1").fill_null("").str.pad_end(decimals, "0")
    padded = parts.struct.field("field_0") + "." + fraction
    finite = pl.col("shown").str.contains(r"^-?\d")
    chosen = pl.when(finite).then(padded).otherwise(pl.col("shown"))
    return frame.select(chosen.alias(shown.name)).to_series()
