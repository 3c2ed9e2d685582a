"""Between a table and integer codes: what every generator of tables learns from and writes to.

Each column becomes a few *fields* of integer codes (most become one). All that protects single
entities on the way in happens here, once, for every generator: rare levels are merged, extremes
drawn in, near-unique numbers binned, identifiers and free text left out and written anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data import dtypes, rules
from guanyao.data.category_codes import CategoryCodes
from guanyao.data.fresh_codes import FreshCodes
from guanyao.data.given import parse
from guanyao.data.number_codes import NumberCodes
from guanyao.data.protection import Entities, Ints
from guanyao.data.schema import Column, Schema
from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError
from guanyao.types import Given

Codes = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Coder = CategoryCodes | NumberCodes | FreshCodes

CODERS: dict[str, type[Coder]] = {
    "category": CategoryCodes,
    "number": NumberCodes,
    "fresh": FreshCodes,
}


@dataclass(frozen=True)
class Field:
    """One sequence of codes.

    Args:
        name: The column it comes from (several for columns that a rule ties together).
        n_codes: Codes are 0..n_codes-1.
        ordered: Whether neighbouring codes mean neighbouring values.
        is_target: Whether it comes from the target column.
    """

    name: str
    n_codes: int
    ordered: bool
    is_target: bool


@dataclass(frozen=True)
class Part:
    """The columns that one coder codes."""

    columns: tuple[str, ...]
    coder: Coder
    n_fields: int


@dataclass(frozen=True)
class TableEncoder:
    """A learned coding of all columns.

    Args:
        schema: The table's schema; of ordered levels, it has only those that may be shown.
        parts: One coder for each column, or for each set of columns that a rule ties together.
        min_entities: No value that stands for fewer entities is kept.
        n_rows: Rows of the table.
    """

    schema: Schema
    parts: tuple[Part, ...]
    min_entities: int
    n_rows: int

    @classmethod
    def fit(
        cls, table: Table, *, min_entities: int, max_codes: int, rng: np.random.Generator
    ) -> Self:
        """Learn the coding of a table.

        Raises:
            DataError: The table has too few entities, or breaks its own rules.
            ConfigError: A rule is not one.
        """
        schema = table.schema
        entities = Entities.of(table.frame, schema.entity)
        _check_size(entities.n, min_entities)
        parsed = rules.parse_all(schema)
        rules.check(table.frame, parsed, schema.rules)
        frame = _texts(table.frame)
        parts = []
        for names in _together(schema, parsed):
            columns = [schema[name] for name in names]
            rows = frame.select(names)
            coder = _fit(rows, columns, entities, k=min_entities, max_codes=max_codes, rng=rng)
            parts.append(Part(names, coder, len(_n_codes(coder))))
        return cls(_protected(schema, parts), tuple(parts), min_entities, len(table))

    @property
    def fields(self) -> list[Field]:
        """All fields in order."""
        fields = []
        for part in self.parts:
            ordered = not isinstance(part.coder, CategoryCodes) or part.coder.ordered
            target = self.schema.target in part.columns
            for n_codes in _n_codes(part.coder):
                fields.append(Field(" + ".join(part.columns), n_codes, ordered, target))
        return fields

    def encode(self, frame: pl.DataFrame) -> list[Codes]:
        """The codes of each field, shape (n_rows,) each."""
        frame = _texts(frame)
        codes: list[Codes] = []
        for part in self.parts:
            if isinstance(part.coder, CategoryCodes):
                made = [part.coder.encode(frame.select(part.columns))]
            else:
                made = part.coder.encode(frame[part.columns[0]])
            codes += [one.astype(np.uint16) for one in made]
        return codes

    def decode(
        self,
        codes: list[Codes],
        n_rows: int,
        *,
        rng: np.random.Generator,
        start: int,
        key: int,
        given: Given | None = None,
    ) -> pl.DataFrame:
        """Rows with the table's columns, order and dtypes, in which every rule holds.

        Args:
            codes: Codes of each field, shape (n_rows,) each.
            n_rows: Number of rows.
            rng: Draws the place inside a bin, texts and the like.
            start: Number of the first row within its sample (identifiers go on from there).
            key: Names the sample: another key, other identifiers.
            given: Columns that hold one value in all rows.
        """
        given = given or {}
        columns: list[pl.Series] = []
        for part, own in self._by_part(codes):
            name = part.columns[0]
            if isinstance(part.coder, CategoryCodes):
                columns += part.coder.decode(own[0], rng).get_columns()
            elif isinstance(part.coder, FreshCodes):
                made = part.coder.decode(own, n_rows, start=start, key=key, rng=rng)
                columns.append(made.alias(name))
            elif given.get(name) is not None:
                one = parse(name, given[name], part.coder.dtype)
                columns.append(one.new_from_index(0, n_rows).alias(name))
            else:
                columns.append(part.coder.decode(own, rng).alias(name))
        return self._finished(pl.DataFrame(columns), given)

    def _by_part(self, codes: list[Codes]) -> Iterator[tuple[Part, list[Ints]]]:
        """Each part with the codes of its fields."""
        at = 0
        for part in self.parts:
            yield part, [one.astype(np.int64) for one in codes[at : at + part.n_fields]]
            at += part.n_fields

    def _finished(self, frame: pl.DataFrame, given: Given) -> pl.DataFrame:
        """The rows in the table's order and dtypes, in which every rule holds."""
        frame = self._ruled(frame, given)
        return frame.select(
            pl.col(column.name).cast(dtypes.from_name(column.dtype)) for column in self.schema
        )

    def _ruled(self, frame: pl.DataFrame, given: Given) -> pl.DataFrame:
        """The rows in which every rule holds; what is written anew stays as it is."""
        parsed = [rules.parse(text) for text in self.schema.rules]
        if not parsed:
            return frame
        fresh = [p.columns[0] for p in self.parts if isinstance(p.coder, FreshCodes)]
        ruled = rules.keep(frame.drop(fresh), parsed, self.schema, given)
        return ruled.with_columns(frame[name] for name in fresh)

    def allowed(self, given: Given) -> dict[int, Mask]:
        """Which codes of which fields the conditions allow: field number -> shape (n_codes,).

        Raises:
            ConfigError: A condition names no column, a column that is not modelled, a value it
                cannot take, or two conditions exclude each other.
        """
        masks: dict[int, Mask] = {}
        for name, value in given.items():
            at, part, coder = self._part_of(name)
            if isinstance(coder, CategoryCodes):
                found = [coder.allowed(name, value)]
            else:
                found = coder.allowed(name, value)
            for offset, mask in enumerate(found):
                masks[at + offset] = masks.get(at + offset, True) & mask
                if not masks[at + offset].any():
                    raise ConfigError(
                        f"the conditions on {', '.join(part.columns)} exclude each other",
                        allowed="combinations that the source has",
                        code="config.given",
                    )
        return masks

    def _part_of(self, name: str) -> tuple[int, Part, CategoryCodes | NumberCodes]:
        """The part that codes a column, its coder, and the number of its first field."""
        at = 0
        for part in self.parts:
            if name in part.columns and not isinstance(part.coder, FreshCodes):
                return at, part, part.coder
            at += part.n_fields
        why = "is not there"
        if name in self.schema.names:
            why = "is written anew or computed by a rule"
        modelled = [part.columns for part in self.parts if not isinstance(part.coder, FreshCodes)]
        raise ConfigError(
            f"a condition names the column {name!r}, which {why}",
            allowed="columns: " + ", ".join(name for names in modelled for name in names),
            code="config.given",
        )

    def protection(self) -> dict[str, Any]:
        """What was done to protect single entities, as the report shows it.

        `items` has records of `kind` (rare_levels, extremes, near_unique, identifiers, text),
        `column`, `count` (levels merged for rare_levels, else values) and `share` of all rows.
        """
        items = []
        for part in self.parts:
            for kind, count, n_rows in _measures(part.coder):
                share = n_rows / max(self.n_rows, 1)
                column = " + ".join(part.columns)
                items.append({"kind": kind, "column": column, "count": count, "share": share})
        held = list(self.schema.rules)
        return {"min_entities": self.min_entities, "items": items, "rules": held}

    def state(self) -> dict[str, Any]:
        """The coding as plain data."""
        kinds = {kind: name for name, kind in CODERS.items()}
        return {
            "min_entities": self.min_entities,
            "n_rows": self.n_rows,
            "parts": [
                {"columns": list(p.columns), "kind": kinds[type(p.coder)], "coder": p.coder.state()}
                for p in self.parts
            ],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any], schema: Schema) -> Self:
        """The coding that `state` described.

        Raises:
            ValueError: The parts do not fit the schema.
        """
        try:
            parts = tuple(_part(part, schema) for part in state["parts"])
            sizes = int(state["min_entities"]), int(state["n_rows"])
        except (AttributeError, OverflowError, IndexError, pl.exceptions.PolarsError) as error:
            raise ValueError("the coders are damaged") from error
        totals = {r.total for r in rules.parse_all(schema) if isinstance(r, rules.Sum)}
        coded = [name for part in parts for name in part.columns]
        if sorted([*coded, *totals]) != sorted(schema.names):
            raise ValueError("the coders do not fit the schema")
        return cls(_protected(schema, parts), parts, *sizes)


def _part(state: Mapping[str, Any], schema: Schema) -> Part:
    """The part that `state` described, whose coder writes what the schema has."""
    columns = tuple(str(name) for name in state["columns"])
    coder = CODERS[state["kind"]].from_state(state["coder"])
    expected = [_text_dtype(dtypes.from_name(schema[name].dtype)) for name in columns]
    if isinstance(coder, CategoryCodes):
        fits = coder.levels.columns == list(columns) and coder.levels.dtypes == expected
    else:
        fits = [coder.dtype] == expected
    if not fits:
        raise ValueError("a coder does not fit its columns")
    return Part(columns, coder, len(_n_codes(coder)))


def _check_size(n_entities: int, min_entities: int) -> None:
    least = max(min_entities, 2)
    if n_entities < least:
        raise DataError(
            f"the table has {n_entities} entities to learn from",
            allowed=f"at least {least} (min_entities)",
            do="bring more rows, or lower min_entities and with it the protection",
            code="data.too_small",
        )


def _protected(schema: Schema, parts: Sequence[Part]) -> Schema:
    """The schema without the levels of ordered and enumerated columns that may not be shown."""
    shown: dict[str, set[str]] = {}
    for part in parts:
        if isinstance(part.coder, CategoryCodes):
            levels = part.coder.levels
            shown |= {c: set(levels[c].cast(pl.String).drop_nulls()) for c in part.columns}
    columns = []
    for column in schema:
        dtype = dtypes.from_name(column.dtype)
        kept = shown.get(column.name, set())
        if isinstance(dtype, pl.Enum):
            dtype = pl.Enum([level for level in dtype.categories if level in kept])
            column = replace(column, dtype=str(dtype))
        if column.order is not None:
            order = tuple(level for level in column.order if level in kept)
            column = replace(column, order=order)
        columns.append(column)
    return schema.with_columns(columns)


def _measures(coder: Coder) -> Iterator[tuple[str, int, int]]:
    """What a coder protects by: the kind, how much of it, and in how many rows."""
    if isinstance(coder, CategoryCodes):
        found = [("rare_levels", coder.n_merged, coder.n_merged_rows)]
    elif isinstance(coder, NumberCodes):
        extreme = max(scale.n_extreme for scale in coder.scales)
        binned = max(scale.n_binned for scale in coder.scales)
        found = [("extremes", extreme, extreme), ("near_unique", binned, binned)]
    else:
        kind = "text" if coder.kind == "text" else "identifiers"
        found = [(kind, coder.n_present, coder.n_present)]
    return (measure for measure in found if measure[1])


def _text_dtype(dtype: pl.DataType) -> pl.DataType:
    """The dtype in which a column is coded: categories as plain text."""
    return pl.String() if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null) else dtype


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with categories as plain text."""
    return frame.with_columns(
        pl.col(name).cast(_text_dtype(dtype)) for name, dtype in frame.schema.items()
    )


def _together(schema: Schema, parsed: list[rules.Rule]) -> list[tuple[str, ...]]:
    """The columns that are coded, those that a rule ties together as one; totals are left out."""
    totals = {rule.total for rule in parsed if isinstance(rule, rules.Sum)}
    tied = {columns[0]: columns for columns in rules.ties(parsed)}
    followers = {name for columns in tied.values() for name in columns[1:]}
    return [
        tied.get(name, (name,))
        for name in schema.names
        if name not in totals and name not in followers
    ]


def _fit(
    frame: pl.DataFrame,
    columns: list[Column],
    entities: Entities,
    *,
    k: int,
    max_codes: int,
    rng: np.random.Generator,
) -> Coder:
    """The coder that suits the columns."""
    first = columns[0]
    values = frame.to_series(0)
    if not first.is_modelled:
        return FreshCodes.fit(values, first, entities, k=k, rng=rng)
    if len(columns) == 1 and (values.dtype.is_numeric() or values.dtype.is_temporal()):
        numbers = NumberCodes.fit(
            values, entities, k=k, max_codes=max_codes, decimals=first.decimals
        )
        if numbers is not None:
            return numbers
    return CategoryCodes.fit(frame, entities, k=k, order=first.order)


def _n_codes(coder: Coder) -> tuple[int, ...]:
    return (coder.n_codes,) if isinstance(coder, CategoryCodes) else coder.n_codes
