"""Between a table and integer codes: what every generator of tables learns from and writes to.

Each column becomes a few *fields* of integer codes (most become one). All that protects single
entities on the way in happens here, once, for every generator: rare levels are merged, extremes
drawn in, near-unique numbers binned, identifiers and free text left out and written anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data import dtypes, rules
from guanyao.data.category_codes import CategoryCodes
from guanyao.data.fresh_codes import FreshCodes
from guanyao.data.number_codes import NumberCodes
from guanyao.data.protection import Entities
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
        schema: The table's schema.
        parts: One coder for each column, or for each set of columns that a rule ties together.
        min_entities: No value that stands for fewer entities is kept.
    """

    schema: Schema
    parts: tuple[Part, ...]
    min_entities: int

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
        n_entities = entities.n_rows if entities.ids is None else int(entities.ids.max(initial=-1)) + 1
        if n_entities < max(min_entities, 2):
            raise DataError(
                f"the table has {n_entities} entities to learn from",
                allowed=f"at least {max(min_entities, 2)} (min_entities)",
                do="bring more rows, or lower min_entities and with it the protection",
                code="data.too_small",
            )
        parsed = rules.parse_all(schema)
        rules.check(table.frame, parsed, schema.rules)
        frame = _texts(table.frame)
        parts = []
        for columns in _together(schema, parsed):
            coder = _fit(frame.select(columns), [schema[c] for c in columns], entities,
                         k=min_entities, max_codes=max_codes, rng=rng)
            parts.append(Part(columns, coder, len(_n_codes(coder))))
        return cls(schema, tuple(parts), min_entities)

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
        self, codes: list[Codes], n_rows: int, *, rng: np.random.Generator, start: int, key: int,
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
        columns: dict[str, pl.Series] = {}
        at = 0
        for part in self.parts:
            own = [one.astype(np.int64) for one in codes[at : at + part.n_fields]]
            at += part.n_fields
            if isinstance(part.coder, CategoryCodes):
                columns.update(part.coder.decode(own[0], rng).to_dict())
            elif isinstance(part.coder, FreshCodes):
                columns[part.columns[0]] = part.coder.decode(own, n_rows, start=start, key=key, rng=rng)
            else:
                columns[part.columns[0]] = self._number(part, own, given, rng)
        frame = pl.DataFrame(columns)
        parsed = [rules.parse(text) for text in self.schema.rules]
        frame = rules.repair(frame, parsed, set(given))
        for rule in parsed:
            if isinstance(rule, rules.Sum):
                frame = rules.add_up(frame, rule, self.schema)
        return frame.select(
            pl.col(column.name).cast(dtypes.from_name(column.dtype)) for column in self.schema
        )

    def _number(
        self, part: Part, codes: list[Any], given: Given, rng: np.random.Generator
    ) -> pl.Series:
        (name,) = part.columns
        coder = part.coder
        assert isinstance(coder, NumberCodes)
        if given.get(name) is not None:
            return coder.parse(given[name]).new_from_index(0, len(codes[0]))
        return coder.decode(codes, rng)

    def allowed(self, given: Given) -> dict[int, Mask]:
        """Which codes of which fields the conditions allow: field number -> shape (n_codes,).

        Raises:
            ConfigError: A condition names no column, a column that is not modelled, a value it
                cannot take, or two conditions exclude each other.
        """
        masks: dict[int, Mask] = {}
        for name, value in given.items():
            at, part = self._part_of(name)
            if isinstance(part.coder, CategoryCodes):
                found = [part.coder.allowed(name, value)]
            else:
                assert isinstance(part.coder, NumberCodes)
                found = part.coder.allowed(value)
            for offset, mask in enumerate(found):
                masks[at + offset] = masks.get(at + offset, True) & mask
                if not masks[at + offset].any():
                    raise ConfigError(
                        f"the conditions on {', '.join(part.columns)} exclude each other",
                        allowed="combinations that the source has",
                        code="config.given",
                    )
        return masks

    def _part_of(self, name: str) -> tuple[int, Part]:
        at = 0
        for part in self.parts:
            if name in part.columns:
                if isinstance(part.coder, FreshCodes):
                    break
                return at, part
            at += part.n_fields
        why = "is written anew or computed by a rule" if name in self.schema.names else "is not there"
        raise ConfigError(
            f"a condition names the column {name!r}, which {why}",
            allowed="columns: " + ", ".join(c for p in self.parts for c in p.columns
                                            if not isinstance(p.coder, FreshCodes)),
            code="config.given",
        )

    def protection(self) -> list[dict[str, Any]]:
        """What was done to protect single entities, a row a column."""
        rows: list[dict[str, Any]] = []
        for part in self.parts:
            for column in part.columns:
                row: dict[str, Any] = {"column": column}
                if isinstance(part.coder, CategoryCodes):
                    row["merged_levels"] = part.coder.n_merged
                elif isinstance(part.coder, NumberCodes):
                    row["clipped_ends"] = sum(scale.n_clipped for scale in part.coder.scales)
                else:
                    row["written_anew"] = part.coder.kind
                rows.append(row)
        return rows

    def state(self) -> dict[str, Any]:
        """The coding as plain data."""
        kinds = {kind: name for name, kind in CODERS.items()}
        return {
            "min_entities": self.min_entities,
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
        parts = []
        for part in state["parts"]:
            coder = CODERS[part["kind"]].from_state(part["coder"])
            parts.append(Part(tuple(part["columns"]), coder, len(_n_codes(coder))))
        totals = {r.total for r in rules.parse_all(schema) if isinstance(r, rules.Sum)}
        coded = [name for part in parts for name in part.columns]
        if sorted([*coded, *totals]) != sorted(schema.names):
            raise ValueError("the coders do not fit the schema")
        return cls(schema, tuple(parts), int(state["min_entities"]))


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with categories as plain text."""
    return frame.with_columns(
        pl.col(name).cast(pl.String)
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Categorical | pl.Enum | pl.Null)
    )


def _together(schema: Schema, parsed: list[rules.Rule]) -> list[tuple[str, ...]]:
    """The columns that are coded, those that a rule ties together as one; totals are left out."""
    totals = {rule.total for rule in parsed if isinstance(rule, rules.Sum)}
    tied = {rule.columns[0]: rule.columns for rule in parsed if isinstance(rule, rules.Fixed)}
    followers = {name for columns in tied.values() for name in columns[1:]}
    return [
        tied.get(name, (name,))
        for name in schema.names
        if name not in totals and name not in followers
    ]


def _fit(
    frame: pl.DataFrame, columns: list[Column], entities: Entities, *,
    k: int, max_codes: int, rng: np.random.Generator,
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
