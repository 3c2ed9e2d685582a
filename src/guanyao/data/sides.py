"""The sides of a comparison, coded alike: train, holdout, virtual, and columns shuffled apart.

Numbers, dates and times become floats (missing: NaN); strings and booleans become codes by falling
frequency in train (missing: -1). Of a long table a seeded sample is coded, so that measuring costs
the same for ten million rows as for a hundred thousand. Identifiers, entities and free text are
not coded: they are written anew and must not resemble anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data.schema import Column, Schema
from guanyao.data.table import Table
from guanyao.errors import DataError

T = TypeVar("T")

MAX_ROWS = 100_000
"""Rows of a side that are coded at most."""

TEMPORAL = ("date", "datetime", "time")
NUMERIC = ("integer", "number", *TEMPORAL)


@dataclass(frozen=True)
class Coded:
    """Rows as arrays.

    Args:
        numbers: Shape (n_rows, n_numbers), float64, column-major; NaN is missing.
        codes: Shape (n_rows, n_categories), int64, column-major; -1 is missing.
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.numbers)

    def take(self, rows: NDArray[Any]) -> Self:
        """These rows, by number or by mask."""
        return replace(
            self,
            numbers=np.asfortranarray(self.numbers[rows]),
            codes=np.asfortranarray(self.codes[rows]),
        )

    def sample(self, n_rows: int, rng: np.random.Generator) -> Self:
        """At most n rows, drawn without replacement, in random order."""
        return self.take(rng.permutation(len(self))[:n_rows])

    def shuffled(self, rng: np.random.Generator) -> Self:
        """Each column shuffled for itself: same columns, no dependence between them."""
        return replace(
            self,
            numbers=np.asfortranarray(rng.permuted(self.numbers, axis=0)),
            codes=np.asfortranarray(rng.permuted(self.codes, axis=0)),
        )


@dataclass(frozen=True)
class Coding:
    """Which column stands where in `Coded`.

    Args:
        numbers: Names of the columns in `Coded.numbers`.
        categories: Names of the columns in `Coded.codes`.
        n_levels: Number of levels of each category, missing not counted.
    """

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    n_levels: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All coded columns, numbers first."""
        return self.numbers + self.categories


@dataclass(frozen=True)
class Sides:
    """What measures and attacks look at.

    Args:
        tables: "train", "holdout" and "virtual" as they came, under one schema.
        coding: Which column stands where.
        train: What was learned from; the best a virtual table can be against the holdout.
        holdout: What was kept back; everything is measured against it.
        virtual: What is measured.
        independent: Train with every column shuffled for itself: the floor.
        rows: For "train", "holdout" and "virtual", which rows of the table were coded.
        target: The column that utility is measured on.
        seed: What all sampling follows.
    """

    tables: Mapping[str, Table]
    coding: Coding
    train: Coded
    holdout: Coded
    virtual: Coded
    independent: Coded
    rows: Mapping[str, NDArray[np.int64]]
    target: str | None = None
    seed: int = 0
    _shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def schema(self) -> Schema:
        """The schema of all sides."""
        return self.tables["train"].schema

    @property
    def references(self) -> dict[str, Coded]:
        """The candidates a virtual table is compared with."""
        return {"real": self.train, "independent": self.independent}

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that measures do not disturb each other."""
        return np.random.default_rng([self.seed, *purpose.encode()])

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What `make` gives, made at the first call and kept for all that ask for `key`."""
        if key not in self._shared:
            self._shared[key] = make()
        value: T = self._shared[key]
        return value

    def entity_rows(self, side: str) -> NDArray[np.int64]:
        """One coded row for each entity, at random; all rows where there is no entity.

        Args:
            side: "train" or "holdout".
        """
        rows = np.arange(len(self.rows[side]))
        entity = self.schema.entity
        if entity is None:
            return rows
        key = self.tables[side].frame[entity].gather(self.rows[side])
        mixed = self.rng(f"entities {side}").permutation(rows)
        frame = pl.DataFrame({"key": key.gather(mixed), "row": mixed})
        known = frame.drop_nulls("key").unique("key", keep="first", maintain_order=True)
        chosen = pl.concat([known, frame.filter(pl.col("key").is_null())])["row"]
        return np.sort(chosen.to_numpy())


def prepare(
    train: Table, holdout: Table, virtual: Table, *, target: str | None = None, seed: int = 0
) -> Sides:
    """Code all sides alike.

    Args:
        train: What was learned from, at least one row.
        holdout: What was kept back; the same columns.
        virtual: What the generator wrote; the same columns.
        target: The column that utility is measured on; None: the schema's.
        seed: What all sampling follows.

    Raises:
        DataError: A side has no rows, other columns, or columns of another kind.
    """
    given = {"train": train, "holdout": holdout, "virtual": virtual}
    tables = {side: conform(table.frame, train.schema, side) for side, table in given.items()}
    for side, table in tables.items():
        if len(table) == 0:
            raise DataError(f"the {side} side has no rows", code="data.empty")
    target = target or train.schema.target
    if target is not None:
        train.schema[target]  # raises when there is no such column
    rows = {side: sample_rows(len(table), seed, side) for side, table in tables.items()}
    frames = {side: table.frame[rows[side]] for side, table in tables.items()}
    coding, coded = code(frames, train.schema)
    sides: dict[str, Any] = dict(coded)
    independent = coded["train"].shuffled(np.random.default_rng([seed, 1]))
    return Sides(
        tables, coding, **sides, independent=independent, rows=rows, target=target, seed=seed
    )


def sample_rows(n_rows: int, seed: int, side: str) -> NDArray[np.int64]:
    """The rows to code, in order: all, or MAX_ROWS of them at random."""
    if n_rows <= MAX_ROWS:
        return np.arange(n_rows)
    rng = np.random.default_rng([seed, *side.encode()])
    return np.sort(rng.choice(n_rows, MAX_ROWS, replace=False))


def is_measured(column: Column) -> bool:
    """Whether the column is compared at all."""
    return column.is_modelled


def code(frames: Mapping[str, pl.DataFrame], schema: Schema) -> tuple[Coding, dict[str, Coded]]:
    """Code frames alike; the first says which level of a category is the most frequent.

    Args:
        frames: Frames with the schema's columns and kinds (see `conform`).
        schema: What the columns mean.
    """
    measured = [column for column in schema if is_measured(column)]
    numbers = [column.name for column in measured if column.type in NUMERIC]
    categories = [column.name for column in measured if column.type not in NUMERIC]
    coded_columns = [_code_category([f[name] for f in frames.values()]) for name in categories]
    coding = Coding(
        tuple(numbers), tuple(categories), tuple(n_levels for _, n_levels in coded_columns)
    )
    coded = {
        side: Coded(
            _matrix([as_floats(frame[name]) for name in numbers], frame.height, np.float64),
            _matrix([columns[i] for columns, _ in coded_columns], frame.height, np.int64),
        )
        for i, (side, frame) in enumerate(frames.items())
    }
    return coding, coded


def _matrix(columns: list[NDArray[Any]], n_rows: int, dtype: type) -> NDArray[Any]:
    matrix: NDArray[Any] = np.empty((n_rows, len(columns)), dtype=dtype, order="F")
    for i, column in enumerate(columns):
        matrix[:, i] = column
    return matrix


def as_floats(series: pl.Series) -> NDArray[np.float64]:
    """Numbers, dates and times as floats; missing is NaN.

    Args:
        series: A column of numbers, or of dates or times (which count from their own origin).
    """
    physical = series.to_physical() if series.dtype.is_temporal() else series
    return physical.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _code_category(columns: list[pl.Series]) -> tuple[list[NDArray[np.int64]], int]:
    texts = [column.cast(pl.String) for column in columns]
    counted = pl.concat(
        text.alias("level").drop_nulls().value_counts().with_columns(order=pl.lit(i))
        for i, text in enumerate(texts)
    )
    first = counted.group_by("level").agg(pl.all().sort_by("order").first())
    levels = first.sort(["order", "count", "level"], descending=[False, True, False])["level"]
    kind = pl.Enum(levels)
    codes = [text.cast(kind).to_physical().cast(pl.Int64).fill_null(-1) for text in texts]
    return [column.to_numpy() for column in codes], len(levels)


def conform(frame: pl.DataFrame, schema: Schema, what: str) -> Table:
    """The rows with the columns of the schema, in its order and in its kinds.

    Args:
        frame: Rows that ought to have the same columns.
        schema: The schema of train.
        what: What to call the rows in an error, e.g. "holdout".

    Raises:
        DataError: Columns are missing, too many, or of a kind that cannot be compared.
    """
    missing = [name for name in schema.names if name not in frame.columns]
    strange = [name for name in frame.columns if name not in schema.names]
    if missing or strange:
        parts = [f"lacks {', '.join(map(repr, missing))}"] if missing else []
        parts += [f"has {', '.join(map(repr, strange))} besides"] if strange else []
        raise DataError(
            f"the {what} table {' and '.join(parts)}",
            allowed="it needs the columns of the real table, no more and no less",
            code="data.columns",
        )
    columns = [_conform(frame[column.name], column, what) for column in schema]
    return Table(pl.DataFrame(columns), schema)


def _conform(series: pl.Series, column: Column, what: str) -> pl.Series:
    if series.null_count() == len(series):
        return pl.Series(series.name, [None] * len(series), dtype=_PLAIN[column.type])
    if column.dtype == "Null":  # the real table has no value there, so any kind may stand beside it
        return series.cast(pl.String)
    if (kind := _kind(series.dtype)) not in _KINDS[column.type]:
        raise DataError(
            f"column {column.name!r} of the {what} table holds {kind}",
            allowed=f"the real table holds {_KINDS[column.type][0]} there",
            do="write both tables in the same format, or read them with the same schema",
            code="data.dtype",
        )
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone:
        series = series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return series.cast(_PLAIN[column.type]) if column.type in TEMPORAL else series


_KINDS: dict[str, tuple[str, ...]] = {
    "integer": ("numbers",),
    "number": ("numbers",),
    "boolean": ("booleans",),
    "string": ("text",),
    "date": ("dates", "datetimes"),
    "datetime": ("datetimes", "dates"),
    "time": ("times",),
}


_PLAIN: dict[str, pl.DataType] = {
    "integer": pl.Float64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "string": pl.String(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "time": pl.Time(),
}


def _kind(dtype: pl.DataType) -> str:
    """What a dtype holds, in a word."""
    if dtype.is_numeric():
        return "numbers"
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        return "text"
    names = {pl.Boolean: "booleans", pl.Date: "dates", pl.Datetime: "datetimes", pl.Time: "times"}
    return names.get(dtype.base_type(), str(dtype))
