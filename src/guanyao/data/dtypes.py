"""Between polars dtypes, their names in a schema, and the kinds of values they hold."""

import ast
import re

import polars as pl

from guanyao.data.schema import ColumnType
from guanyao.errors import ConfigError, DataError

DEFAULTS: dict[ColumnType, pl.DataType] = {
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "string": pl.String(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "time": pl.Time(),
}

PLAIN = {
    str(dtype): dtype
    for dtype in (
        *(pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64()),
        *(pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64()),
        *(pl.Float32(), pl.Float64(), pl.Boolean(), pl.String(), pl.Categorical()),
        *(pl.Date(), pl.Time(), pl.Null()),
    )
}


def kind(dtype: pl.DataType) -> ColumnType | None:
    """The kind of values a dtype holds; None for one that is not supported."""
    if dtype in (pl.Int128, pl.UInt128):
        return None
    if dtype.is_integer():
        return "integer"
    if dtype.is_float() or isinstance(dtype, pl.Decimal):
        return "number"
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null):
        return "string"
    named: dict[type[pl.DataType], ColumnType] = {
        pl.Boolean: "boolean",
        pl.Date: "date",
        pl.Datetime: "datetime",
        pl.Time: "time",
    }
    return named.get(type(dtype))


def check_supported(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame, when all its dtypes can be modelled.

    Raises:
        DataError: A column is nested, binary, or of another dtype that has no plain values.
    """
    for name, dtype in frame.schema.items():
        if kind(dtype) is None:
            raise DataError(
                f"column {name!r} has dtype {dtype}",
                allowed="integers, numbers, truth values, text, dates and times",
                do="unnest it to plain columns, or cast or drop it",
                code="data.dtype",
            )
    return frame


def from_name(name: str) -> pl.DataType:
    """The dtype that `str(dtype)` named.

    Raises:
        ConfigError: The name is of no supported dtype.
    """
    if name in PLAIN:
        return PLAIN[name]
    try:
        return _with_arguments(name)
    except (ValueError, SyntaxError, AttributeError, TypeError, pl.exceptions.PolarsError) as error:
        raise ConfigError(
            f"the schema has dtype {name!r}",
            allowed=", ".join(PLAIN) + ", Datetime(...), Decimal(...), Enum(...)",
            code="config.schema",
        ) from error


def _with_arguments(name: str) -> pl.DataType:
    match = re.fullmatch(r"(Datetime|Decimal|Enum)\((.*)\)", name, re.DOTALL)
    if match is None:
        raise ValueError(name)
    call = ast.parse(f"f({match[2]})", mode="eval").body
    if not isinstance(call, ast.Call):
        raise ValueError(name)
    # Only literals are taken, so that a schema is data and never code.
    given = {word.arg or "": ast.literal_eval(word.value) for word in call.keywords}
    if match[1] == "Datetime":
        return pl.Datetime(given.get("time_unit", "us"), given.get("time_zone"))
    if match[1] == "Decimal":
        return pl.Decimal(int(given["precision"]), int(given["scale"]))
    return pl.Enum([str(level) for level in given["categories"]])
