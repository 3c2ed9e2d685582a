"""Rules between columns that hold in every virtual row.

The language: `a <= b`, `a < b`, `total = net + tax`, `fixed(a, b, ...)`; names with blanks or
operators stand in backquotes. `fixed` ties columns together, so that only combinations that the
source has can appear; a sum is computed from its parts; an order is repaired after decoding. Tied
columns, sums and their parts are not moved for an order: the other side is.
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


def keepable(texts: Sequence[str]) -> tuple[str, ...]:
    """Those of the rules that can be kept together, earlier ones first."""
    kept: list[str] = []
    for text in texts:
        if not _clash([parse(one) for one in (*kept, text)]):
            kept.append(text)
    return tuple(kept)


def _check_apart(rules: Sequence[Rule]) -> None:
    if clash := _clash(rules):
        raise ConfigError(
            f"rules meet on {', '.join(sorted(clash))} in a way that cannot be kept together",
            allowed="a column is the total of one sum at most, not of itself, and then not fixed",
            do="leave one of the rules out",
            code="config.rule",
        )


def _clash(rules: Sequence[Rule]) -> set[str]:
    """The totals that cannot be computed, or not without breaking another rule."""
    tied = {name for rule in rules if isinstance(rule, Fixed) for name in rule.columns}
    sums = [rule for rule in rules if isinstance(rule, Sum)]
    totals = [rule.total for rule in sums]
    clash = {name for name in totals if name in tied or totals.count(name) > 1}
    return clash | (set(totals) - {rule.total for rule in _in_turn(sums)})


def _in_turn(sums: Sequence[Sum]) -> list[Sum]:
    """The sums, each after those it adds up; without those that lead back to themselves."""
    waiting, ready = list(sums), []
    for _ in sums:
        open_ = {rule.total for rule in waiting}
        ready += [rule for rule in waiting if not open_ & set(rule.parts)]
        waiting = [rule for rule in waiting if open_ & set(rule.parts)]
    return ready


def ties(rules: Sequence[Rule]) -> list[tuple[str, ...]]:
    """Columns that `fixed` ties together, those that share one merged."""
    return bound([rule for rule in rules if isinstance(rule, Fixed)])


def bound(rules: Sequence[Rule]) -> list[tuple[str, ...]]:
    """Columns that rules bind together, directly or by way of others."""
    groups: list[tuple[str, ...]] = []
    for rule in rules:
        met = [group for group in groups if set(group) & set(rule.columns)]
        names = (name for group in (*met, rule.columns) for name in group)
        groups = [group for group in groups if group not in met]
        groups.append(tuple(dict.fromkeys(names)))
    return groups


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


def keep(
    frame: pl.DataFrame, rules: Sequence[Rule], schema: Schema, given: Collection[str]
) -> pl.DataFrame:
    """The rows once every rule holds, with the totals of sums.

    Args:
        frame: Rows without the totals; fixed columns hold only combinations of the source.
        rules: The rules.
        schema: What the columns are.
        given: Columns that are not touched.

    Raises:
        ConfigError: The given values themselves break a rule.
    """
    orders = [rule for rule in rules if isinstance(rule, Order)]
    sums = _in_turn([rule for rule in rules if isinstance(rule, Sum)])
    totals = {rule.total for rule in sums}
    still = {*given, *(name for group in ties(rules) for name in group)}
    frame = repair(frame, [rule for rule in orders if not totals & {*rule.columns}], still)
    for rule in sums:
        frame = add_up(frame, rule, schema, still)
    still |= {name for rule in sums for name in rule.columns}
    frame = _mended(frame, [rule for rule in orders if totals & {*rule.columns}], still)
    return _without_broken(frame, orders)


def repair(frame: pl.DataFrame, orders: Sequence[Order], given: Collection[str]) -> pl.DataFrame:
    """The rows once every order holds; given columns are not touched.

    Two values in the wrong order change places where their columns have one dtype, so that both
    columns keep their distributions as a pair; else the one that is free takes the other's value.
    A row that this cannot mend becomes a copy of the last one before it that keeps all orders.

    Raises:
        ConfigError: No row can be mended, as where the given values themselves break a rule.
    """
    return _without_broken(_mended(frame, orders, given), orders)


def _mended(frame: pl.DataFrame, orders: Sequence[Order], given: Collection[str]) -> pl.DataFrame:
    for _ in range(len(orders) + 1):
        broken = [rule for rule in orders if not frame.select(holds(rule).all()).item()]
        for rule in broken:
            frame = _repair_order(frame, rule, given)
        if not broken:
            break
    return frame


def _without_broken(frame: pl.DataFrame, orders: Sequence[Order]) -> pl.DataFrame:
    if not orders or not frame.height:
        return frame
    kept = frame.select(pl.all_horizontal(holds(rule) for rule in orders)).to_series()
    if kept.all():
        return frame
    if not kept.any():
        raise ConfigError(
            "in no row all of these rules hold: "
            + ", ".join(f"{r.low} {'<' if r.strict else '<='} {r.high}" for r in orders),
            allowed="conditions that every rule allows",
            do="change the conditions, ask for more rows, or leave a rule out",
            code="config.given",
        )
    return replace_rows(frame, kept)


def replace_rows(frame: pl.DataFrame, kept: pl.Series) -> pl.DataFrame:
    """The rows with each that is not kept replaced by the last kept one before it.

    Args:
        frame: The rows.
        kept: Which rows stay, shape (n_rows,); at least one does, unless there is no row.
    """
    places = pl.int_range(frame.height, dtype=pl.UInt32, eager=True)
    places = pl.select(pl.when(kept).then(places)).to_series()
    return frame[places.fill_null(strategy="forward").fill_null(strategy="backward")]


def add_up(frame: pl.DataFrame, rule: Sum, schema: Schema, given: Collection[str]) -> pl.DataFrame:
    """The rows with the total computed from its parts.

    Where the total has fewer digits than the parts, the last part that is free gives way.
    """
    column = schema[rule.total]
    dtype = dtypes.from_name(column.dtype)
    parts = [frame[name] for name in rule.parts]
    total = _sum(parts)
    digits = 0 if dtype.is_integer() else column.decimals
    if digits is not None and total.dtype.is_float():
        total = total.round(digits)
    total = total.cast(dtype, strict=False).alias(rule.total)
    fits = total.is_not_null() | pl.any_horizontal(part.is_null() for part in parts)
    kept = frame.select(fits).to_series()
    frame = frame.with_columns(total)
    if not kept.all():
        frame = replace_rows(frame, kept)
    free = [name for name in rule.parts if name not in given]
    if free and not frame.select(holds(rule).all()).item():
        others = [frame[name] for name in rule.parts if name != free[-1]]
        rest = _sum([frame[rule.total], *(-part for part in others)])
        frame = frame.with_columns(rest.cast(frame[free[-1]].dtype).alias(free[-1]))
    return frame


def _sum(parts: Sequence[pl.Series]) -> pl.Series:
    """The sum in a dtype that holds it; missing where one part is."""
    kinds = [part.dtype for part in parts]
    wide: pl.DataType = pl.Float64()
    if all(kind.is_integer() for kind in kinds):
        wide = pl.Int128()
    elif all(kind.is_integer() or isinstance(kind, pl.Decimal) for kind in kinds):
        digits = max(kind.scale for kind in kinds if isinstance(kind, pl.Decimal))
        wide = pl.Decimal(38, digits)
    total = parts[0].cast(wide)
    for part in parts[1:]:
        total = total + part.cast(wide)
    return total


def _repair_order(frame: pl.DataFrame, rule: Order, given: Collection[str]) -> pl.DataFrame:
    wrong = ~holds(rule)
    low_free, high_free = rule.low not in given, rule.high not in given
    dtype_low, dtype_high = frame[rule.low].dtype, frame[rule.high].dtype
    if low_free and high_free and dtype_low == dtype_high:
        frame = frame.with_columns(
            pl.when(wrong).then(rule.high).otherwise(rule.low).alias(rule.low),
            pl.when(wrong).then(rule.low).otherwise(rule.high).alias(rule.high),
        )
    if not (high_free or low_free):
        return frame
    source, moved, by = (rule.low, rule.high, 1) if high_free else (rule.high, rule.low, -1)
    beside = _beside(frame[source], frame[moved].dtype, strict=rule.strict, by=by)
    # At the end of its dtype a value has none beside it.
    changed = wrong & pl.lit(beside.is_not_null())
    return frame.with_columns(pl.when(changed).then(pl.lit(beside)).otherwise(moved).alias(moved))


def _beside(values: pl.Series, dtype: pl.DataType, *, strict: bool, by: int) -> pl.Series:
    """The value of that dtype next to each value, itself included unless strict.

    Args:
        values: Numbers, dates or moments.
        dtype: What the neighbours shall be.
        strict: Whether a neighbour has to differ.
        by: 1: the least value at or above; -1: the greatest at or below.
    """
    near = _rounded(values, dtype, by)
    if not strict:
        return near
    moved = near.to_physical() if dtype.is_temporal() else near
    wide = moved.cast(pl.Int64) if moved.dtype.is_integer() else moved
    further = (wide + by).cast(moved.dtype, strict=False).cast(dtype)
    return pl.select(
        pl.when(pl.lit(near) == pl.lit(values)).then(further).otherwise(near)
    ).to_series()


def _rounded(values: pl.Series, dtype: pl.DataType, by: int) -> pl.Series:
    """Each value in that dtype: where it has no such value, the next one up (1) or down (-1)."""
    if dtype == pl.Date and values.dtype != pl.Date:
        day = values.dt.date()
        late = pl.lit(day).cast(values.dtype) < pl.lit(values)
        later = pl.lit(day).dt.offset_by("1d")
        return day if by < 0 else pl.select(pl.when(late).then(later).otherwise(day)).to_series()
    if dtype.is_integer() and not values.dtype.is_integer():
        exact = values.cast(pl.Float64)
        return (exact.ceil() if by > 0 else exact.floor()).cast(dtype, strict=False)
    return values.cast(dtype, strict=False)
