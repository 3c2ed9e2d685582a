"""From text to typed values, and back to the facts that make the same text again.

A column of text becomes numbers, truth values, dates or times only if *all* its values are; codes
such as "007" and numbers of more than 18 digits stay text, as a number would not give them back.
Numbers among which one word stands for all that is missing ("NA") are numbers too, and the word is
remembered; with empty cells beside it, it would not come back where it was, and the column is text.
"""

import re
from dataclasses import dataclass, replace

import polars as pl

from guanyao.data import dates
from guanyao.data.schema import Column, ColumnType
from guanyao.errors import DataError

PAIRS = (("TRUE", "FALSE"), ("True", "False"), ("true", "false"))
MISSING_MARKS = ("NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?", "-", ".", "缺失", "无")
"""Words that stand for a missing value in a column that else holds numbers only."""

MAX_DECIMALS = 10
AT_LEAST_ONE = "0.0"
"""The format of numbers that are written with at least one digit after the point: 2.0, 2.25."""

_INTEGER = r"^-?(0|[1-9][0-9]*)$"
_NUMBER = r"^[+-]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_INFINITE = r"^[+-]?([iI]nf|INF|[iI]nfinity)$"
_DATE_NAME = re.compile(r"date|day|birth|日期|时间|生日|日$|^dt|_dt$|dob", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A column's values with what its text told of their format."""

    values: pl.Series
    type: ColumnType = "string"
    decimals: int | None = None
    fixed_decimals: bool = False
    format: str | None = None
    missing: str = ""
    note: str = ""


def parse(text: pl.Series) -> Parsed:
    """The values of a column of text in the narrowest type that gives back every one of them."""
    filled = text.drop_nulls()
    if filled.is_empty():
        return Parsed(values=text, note="no value is present")
    sample = _spread(filled, 1000)
    for reader in (_boolean, _compact_date, _integer, _number, _date, _number_or_word):
        parsed = reader(text, filled, sample)
        if parsed is not None:
            return parsed
    return Parsed(values=text, note=_why_text(filled, sample))


def parse_dates(text: pl.Series) -> Parsed:
    """The values as dates or times where all are; else the text as it is."""
    filled = text.drop_nulls()
    if filled.is_empty():
        return Parsed(values=text)
    return _date(text, filled, _spread(filled, 1000)) or Parsed(values=text)


def _spread(values: pl.Series, n: int) -> pl.Series:
    return values.gather_every(max(1, len(values) // n))


def _boolean(text: pl.Series, filled: pl.Series, sample: pl.Series) -> Parsed | None:
    for pair in PAIRS:
        if sample.is_in(pair).all() and filled.is_in(pair).all():
            return Parsed(values=text == pair[0], type="boolean", format="/".join(pair))
    return None


def _compact_date(text: pl.Series, filled: pl.Series, sample: pl.Series) -> Parsed | None:
    if not _DATE_NAME.search(text.name) or not sample.str.contains(r"^(19|20)[0-9]{6}$").all():
        return None
    return _date(text, filled, sample)


def _integer(text: pl.Series, filled: pl.Series, sample: pl.Series) -> Parsed | None:
    if not sample.str.contains(_INTEGER).all():
        return None
    values = filled.cast(pl.Int64, strict=False)
    if values.null_count() or filled.str.len_bytes().max() > 19:  # type: ignore[operator]
        return None
    if not (values.cast(pl.String) == filled).all():
        return None
    return Parsed(values=text.cast(pl.Int64), type="integer", decimals=0)


def _number(text: pl.Series, filled: pl.Series, sample: pl.Series) -> Parsed | None:
    if not (sample.str.contains(_NUMBER) | sample.str.contains(_INFINITE)).all():
        return None
    finite = filled.str.contains(_NUMBER)
    if not finite.all() and not (finite | filled.str.contains(_INFINITE)).all():
        return None
    if not finite.any() or _is_too_long(filled):
        return None
    values = text.cast(pl.Float64)
    decimals, fixed, form = number_format(filled.filter(finite))
    if not fixed and (values.round() == values).all():
        # Whole numbers that were no integers as text ("2.", "1e5") stay numbers when written.
        form = AT_LEAST_ONE
    return Parsed(
        values=values,
        type="number",
        decimals=decimals,
        fixed_decimals=fixed,
        format=form,
        note="" if finite.all() else "some values are infinite",
    )


def _number_or_word(text: pl.Series, filled: pl.Series, sample: pl.Series) -> Parsed | None:
    """Numbers among which one word stands for all that is missing."""
    word = _missing_word(filled, sample)
    if word is None or text.null_count():
        return None
    text = text.set(text == word, None)
    numbers = text.drop_nulls()
    spread = _spread(numbers, 1000)
    parsed = _integer(text, numbers, spread) or _number(text, numbers, spread)
    if parsed is None:
        return None
    told = f"{word!r} in {text.null_count() / len(text):.1%} of the cells is read as missing"
    note = "; ".join(part for part in (parsed.note, told) if part)
    return replace(parsed, missing=word, note=note)


def _missing_word(filled: pl.Series, sample: pl.Series) -> str | None:
    """The one word for missing that stands among numbers."""
    if not sample.str.contains(_NUMBER).any():
        return None
    other = filled.filter(~(filled.str.contains(_NUMBER) | filled.str.contains(_INFINITE)))
    word = other.first()
    alone = word in MISSING_MARKS and len(other) < len(filled) and bool((other == word).all())
    return str(word) if alone else None


def _is_too_long(filled: pl.Series) -> bool:
    """Whether some value is a code of digits that a float would not give back."""
    if filled.str.contains(".", literal=True).all() or filled.str.len_bytes().max() < 16:  # type: ignore[operator]
        return False
    return filled.str.contains(r"^-?[0-9]{16,}$").any() or filled.str.contains(_INTEGER).all()


def number_format(shown: pl.Series) -> tuple[int | None, bool, str | None]:
    """Digits after the point, whether all have as many, and whether whole numbers end in ".0".

    Args:
        shown: Finite numbers as text.
    """
    powers = shown.str.contains("[eE]")
    if powers.any():
        pointed = shown.filter(~powers).str.contains(".", literal=True).all()
        return None, False, AT_LEAST_ONE if pointed else None
    point = shown.str.find(".", literal=True)
    digits = (shown.str.len_bytes() - point - 1).fill_null(0)
    most, least = int(digits.max()), int(digits.min())  # type: ignore[arg-type]
    # Longer forms come from floating-point arithmetic; the shortest text that is exact is theirs.
    decimals = most if most <= MAX_DECIMALS else None
    fixed = decimals is not None and most == least and most > 0
    padded = least >= 1 and bool((digits[shown.str.ends_with("0").arg_true()] == 1).all())
    return decimals, fixed, AT_LEAST_ONE if padded and not fixed else None


def _date(text: pl.Series, filled: pl.Series, sample: pl.Series) -> Parsed | None:
    found = dates.find_format(sample)
    if found is None:
        return None
    # One day may be unpadded only by chance in the sample, so all values choose again.
    found = dates.find_format(filled)
    if found is None:
        return None
    kind, form, ambiguous = found
    note = "day and month cannot be told apart; the month is taken first" if ambiguous else ""
    if note and form.startswith(("%d", "%-d")):
        note = "day and month cannot be told apart; the day is taken first"
    return Parsed(values=dates.parse(text, kind, form), type=kind, format=form, note=note)


def _why_text(filled: pl.Series, sample: pl.Series) -> str:
    if dates.looks_like_dates(sample):
        return "looks like dates, but not all values are possible dates in one format; kept as text"
    word = _missing_word(filled, sample)
    if word is None:
        return ""
    return f"numbers, and {word!r} beside empty cells or long codes; kept as text"


def parse_as(
    text: pl.Series, column: Column, dtype: pl.DataType, *, first_row: int = 1
) -> pl.Series:
    """The values of a text column as an edited schema wants them.

    Args:
        text: The cells.
        column: What they are.
        dtype: What holds the values.
        first_row: The number of the data row that the cells begin with.

    Raises:
        DataError: Some text is not of that type or format.
    """
    if column.missing:
        text = text.set(text == column.missing, None)
    values = _as_type(text, column, dtype)
    if wrong := values.null_count() - text.null_count():
        first = (values.is_null() & text.is_not_null()).arg_true()[0]
        form = f" in the format {column.format}" if column.format else ""
        raise DataError(
            f"{wrong} values of column {column.name!r} are no {column.type}{form} "
            f"(the first in data row {first + first_row})",
            do="change the column's type or format in the schema, or mend the data",
            code="data.schema",
        )
    return values


def _as_type(text: pl.Series, column: Column, dtype: pl.DataType) -> pl.Series:
    if column.type == "boolean":
        true, _, false = (column.format or "true/false").partition("/")
        return text.replace_strict(
            [true, false], [True, False], default=None, return_dtype=pl.Boolean
        )
    if column.type in ("date", "datetime", "time"):
        return _as_date(text, column).cast(dtype, strict=False)
    return text.cast(dtype, strict=False)


def _as_date(text: pl.Series, column: Column) -> pl.Series:
    form = column.format
    if form is None:
        found = dates.find_format(text.drop_nulls()) if text.null_count() < len(text) else None
        form = found[1] if found else "%Y-%m-%d"
    return dates.parse(text, column.type, form)
