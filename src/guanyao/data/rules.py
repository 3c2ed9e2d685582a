"""Rules between columns that hold in every virtual row.

The language: `a <= b`, `a < b`, `total = net + tax`, `fixed(a, b, ...)`; names with blanks or
operators stand in backquotes. `fixed` ties columns together, so that only combinations that the
source has can appear; a sum is computed from its parts; an order is repaired after decoding.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from guanyao.data import dtypes
from guanyao.data.schema import Schema
from guanyao.errors import ConfigError, DataError

NAME = r"`([^`]+)`|([^\s`()<>=+,]+)"


@dataclass(frozen=True)
class Fixed:
    """Only combinations of these columns that the source has."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """`low` is at most (or, strictly, below) `high` wherever both are there."""

    low: str
    high: str
    strict: bool

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the rule speaks of."""
        return (self.low, self.high)


@dataclass(frozen=True)
class Sum:
    """`total` is the sum of `parts`, and missing where one of them is."""

    total: str
    parts: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns the rule speaks of."""
        return (self.total, *self.parts)


Rule: TypeAlias = Fixed | Order | Sum


def parse(text: str) -> Rule:
    """The rule that a line of the language stands for.

    Raises:
        ConfigError: The line is none.

    Examples:
        >>> parse("start <= `end date`")
        Order(low='start', high='end date', strict=False)
        >>> parse("total = net + tax")
        Sum(total='total', parts=('net', 'tax'))
    """
    if found := re.fullmatch(r"\s*fixed\((.*)\)\s*", text):
        columns = _names(found[1], ",")
        if len(columns) > 1:
            return Fixed(tuple(columns))
    elif found := re.fullmatch(rf"\s*(?:{NAME})\s*(<=|<)\s*(?:{NAME})\s*", text):
        return Order(found[1] or found[2], found[4] or found[5], found[3] == "<")
    elif found := re.fullmatch(rf"\s*(?:{NAME})\s*=(.*)", text):
        parts = _names(found[3], "+")
        if len(parts) > 1:
            return Sum(found[1] or found[2], tuple(parts))
    raise ConfigError(
        f"{text!r} is no rule",
        allowed="rules: a <= b, a < b, total = a + b, fixed(a, b); odd names in `backquotes`",
        code="config.rule",
    )


def _names(text: str, between: str) -> list[str]:
    """The names of a list, or nothing when the text is no list of names."""
    item = rf"\s*(?:{NAME})\s*"
    if not re.fullmatch(rf"{item}(?:{re.escape(between)}{item})*", text):
        return []
    return [quoted or plain for quoted, plain in re.findall(NAME, text)]


def parse_all(schema: Schema) -> list[Rule]:
    """All rules of a schema, checked against its columns.

    Raises:
        ConfigError: A rule cannot be read, names an unknown column or one that is written anew,
            or two rules contradict each other.
    """
    rules = [parse(text) for text in schema.rules]
    for rule in rules:
        for name in rule.columns:
            if name not in schema.names:
                raise ConfigError(
                    f"a rule names the column {name!r}, which is not there",
                    allowed="columns: " + ", ".join(schema.names),
                    code="config.rule",
                )
            if not schema[name].is_modelled:
                raise ConfigError(
                    f"a rule names {name!r}, whose role is {schema[name].role}",
                    allowed="rules hold between modelled columns",
                    code="config.rule",
                )
    _check_apart(rules)
    return rules


def _check_apart(rules: Sequence[Rule]) -> None:
    tied = [name for rule in rules if isinstance(rule, Fixed) for name in rule.columns]
    totals = [rule.total for rule in rules if isinstance(rule, Sum)]
    others = [n for rule in rules if isinstance(rule, Order) for n in rule.columns]
    clash = {n for n in totals if n in tied or n in others or totals.count(n) > 1}
    clash |= {n for n in tied if tied.count(n) > 1 or n in others}
    clash |= {n for r in rules if isinstance(r, Sum) for n in r.parts if n in totals}
    if clash:
        raise ConfigError(
            f"rules meet on {', '.join(sorted(clash))} in a way that cannot be kept together",
            allowed="a sum's total stands in no other rule; a fixed column in no order",
            do="leave one of the rules out",
            code="config.rule",
        )


def holds(rule: Rule) -> pl.Expr:
    """Whether a rule that is no `Fixed` holds in a row; missing values never break it."""
    if isinstance(rule, Order):
        low, high = pl.col(rule.low), pl.col(rule.high)
        return ((low < high) if rule.strict else (low <= high)).fill_null(value=True)
    if isinstance(rule, Sum):
        total = sum((pl.col(name).cast(pl.Float64) for name in rule.parts), pl.lit(0.0))
        gap = (total - pl.col(rule.total).cast(pl.Float64)).abs()
        return (gap <= 1e-6 * (1 + total.abs())).fill_null(value=True)
    return pl.lit(value=True)


def check(frame: pl.DataFrame, rules: Sequence[Rule], texts: Sequence[str]) -> None:
    """See that the source keeps its own rules.

    Raises:
        DataError: Some rows break one.
    """
    for rule, text in zip(rules, texts, strict=True):
        broken = frame.height - int(frame.select(holds(rule).sum()).item() or 0)
        if not isinstance(rule, Fixed) and broken:
            raise DataError(
                f"the rule {text!r} does not hold in {broken:,} of {frame.height:,} rows",
                allowed="a rule holds in every row of the source",
                do="mend those rows or leave the rule out",
                code="data.rule",
            )


def repair(frame: pl.DataFrame, rules: Sequence[Rule], given: Collection[str]) -> pl.DataFrame:
    """The rows once every order holds; given columns are not touched.

    Two values in the wrong order change places where their columns have one dtype, so that both
    columns keep their distributions as a pair; else the one that is free takes the other's value.

    Raises:
        ConfigError: The given values themselves break a rule.
    """
    orders = [rule for rule in rules if isinstance(rule, Order)]
    for _ in range(len(orders) + 1):
        broken = [rule for rule in orders if not frame.select(holds(rule).all()).item()]
        if not broken:
            return frame
        for rule in broken:
            frame = _repair_order(frame, rule, given)
    raise ConfigError(
        "the given values break the rule "
        + " and ".join(f"{r.low} {'<' if r.strict else '<='} {r.high}" for r in broken),
        allowed="conditions that every rule allows",
        code="config.given",
    )


def add_up(frame: pl.DataFrame, rule: Sum, schema: Schema) -> pl.DataFrame:
    """The rows with the total computed from its parts."""
    column = schema[rule.total]
    dtype = dtypes.from_name(column.dtype)
    total = sum((pl.col(name) for name in rule.parts[1:]), pl.col(rule.parts[0]))
    if column.decimals is not None and dtype.is_float():
        total = total.round(column.decimals)
    return frame.with_columns(total.cast(dtype).alias(rule.total))


def _repair_order(frame: pl.DataFrame, rule: Order, given: Collection[str]) -> pl.DataFrame:
    low, high = frame[rule.low], frame[rule.high]
    wrong = ~holds(rule)
    low_free, high_free = rule.low not in given, rule.high not in given
    above = _above(low, high.dtype, strict=rule.strict)
    below = _below(high, low.dtype, strict=rule.strict)
    swaps = low_free and high_free and low.dtype == high.dtype
    if swaps:
        frame = frame.with_columns(
            pl.when(wrong).then(pl.col(rule.high)).otherwise(pl.col(rule.low)).alias(rule.low),
            pl.when(wrong).then(pl.col(rule.low)).otherwise(pl.col(rule.high)).alias(rule.high),
        )
        above = _above(frame[rule.low], high.dtype, strict=rule.strict)
    if high_free:
        return frame.with_columns(
            pl.when(wrong).then(pl.lit(above)).otherwise(pl.col(rule.high)).alias(rule.high)
        )
    if low_free:
        return frame.with_columns(
            pl.when(wrong).then(pl.lit(below)).otherwise(pl.col(rule.low)).alias(rule.low)
        )
    return frame


def _above(values: pl.Series, dtype: pl.DataType, *, strict: bool) -> pl.Series:
    """The least value of that dtype which is at least (strictly: above) each value."""
    if dtype == pl.Date and values.dtype != pl.Date:
        day = values.dt.date()
        return pl.select(
            pl.when(pl.lit(day).cast(values.dtype) < pl.lit(values))
            .then(pl.lit(day).dt.offset_by("1d"))
            .otherwise(pl.lit(day))
        ).to_series()
    return _moved(values, dtype, 1) if strict else values.cast(dtype)


def _below(values: pl.Series, dtype: pl.DataType, *, strict: bool) -> pl.Series:
    """The greatest value of that dtype which is at most (strictly: below) each value."""
    if dtype == pl.Date and values.dtype != pl.Date:
        return values.dt.date()
    return _moved(values, dtype, -1) if strict else values.cast(dtype)


def _moved(values: pl.Series, dtype: pl.DataType, by: int) -> pl.Series:
    """Each value one unit further: 1 for numbers, one day for dates, one tick for moments."""
    if dtype.is_temporal():
        return (values.cast(dtype).to_physical() + by).cast(dtype)
    return (values + by).cast(dtype)
