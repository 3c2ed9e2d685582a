"""Inspect: what a source holds, before anything is learned from it. Shows no value of it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from guanyao.data.images import Images
from guanyao.data.schema import Column, Schema
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.flows.folder import writing
from guanyao.flows.inspect_images import ImageInspection, inspect_images
from guanyao.flows.opening import open_source
from guanyao.flows.settings import QUIET, AnySource, Learning, make, takes
from guanyao.types import Progress

FORMAT = "guanyao.inspection/1"
FEW_ROWS = 200
"""Fewer rows than this hold too little to learn from and to measure with."""
RARE_MISSING = 0.5
"""A column that misses more than this share of its values is pointed out."""


@dataclass(frozen=True, kw_only=True)
class ColumnFacts:
    """What is known of one column.

    Args:
        name: Its name.
        type: The kind of its values.
        role: What is done with it.
        sensitivity: Whether it names a person (direct) or helps to (quasi).
        missing: The share of missing values, in [0, 1].
        n_distinct: How many different values it has, missing ones not counted.
        note: What detection has to say.
    """

    name: str
    type: str
    role: str
    sensitivity: str
    missing: float
    n_distinct: int
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a table holds.

    Args:
        schema: The schema as detected; save it, edit it, hand it to `run`.
        n_rows: How many rows there are.
        columns: One entry for each column, in order.
        warnings: What to look at before learning from it.
    """

    schema: Schema = field(repr=False)
    n_rows: int
    columns: tuple[ColumnFacts, ...]
    warnings: tuple[str, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules between columns that were found to hold or that were given."""
        return self.schema.rules

    def to_json(self) -> dict[str, Any]:
        """The inspection as plain JSON."""
        return {
            "schema": FORMAT,
            "n_rows": self.n_rows,
            "source": asdict(self.schema.source),
            "columns": [asdict(column) for column in self.columns],
            "rules": list(self.rules),
            "warnings": list(self.warnings),
        }


@takes(Learning)
def inspect(
    source: AnySource,
    *,
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Inspection | ImageInspection:
    """What a table or a set of pictures holds, and what to look at.

    Args:
        source: A table (a path or URL, a Table, a polars or pandas frame), or pictures (a path, an
            array of shape (n, height, width[, channels]), Images).
        progress: Where to say how far it is.
        options: The fields of `guanyao.flows.settings.Learning`; `schema`, `target`, `entity` and
            `rules` count here, and for pictures `labels`, `entity` and `size`.

    Returns:
        Of a table its columns with their types and roles, and personal data found; of pictures
        their size, colours, classes with counts, and what reading did to them.

    Raises:
        DataError: The source cannot be read.
    """
    learning = make(Learning, options)
    progress.stage("read")
    data = open_source(source, learning)
    if isinstance(data, Images):
        return inspect_images(data)
    return _inspect_table(data, progress)


def _inspect_table(table: Table, progress: Progress) -> Inspection:
    progress.stage("count", len(table.schema))
    facts = []
    for column in table.schema:
        facts.append(_facts(column, table.frame[column.name]))
        progress.advance()
    return Inspection(
        schema=table.schema,
        n_rows=len(table),
        columns=tuple(facts),
        warnings=tuple(_warnings(table, facts)),
    )


def save_schema(found: Inspection | ImageInspection, path: str | Path) -> None:
    """Write the schema to a file, to be edited and handed back.

    Raises:
        ConfigError: Pictures have no schema.
        DataError: The file cannot be written.
    """
    if not isinstance(found, Inspection):
        raise ConfigError("pictures have no schema", do="leave -o out", code="config.option")
    with writing(path):
        found.schema.save(path)


def _facts(column: Column, values: pl.Series) -> ColumnFacts:
    return ColumnFacts(
        name=column.name,
        type=column.type,
        role=column.role,
        sensitivity=column.sensitivity,
        missing=round(values.null_count() / max(len(values), 1), 6),
        n_distinct=values.drop_nulls().n_unique(),
        note=column.note,
    )


def _warnings(table: Table, facts: list[ColumnFacts]) -> Iterator[str]:
    if len(table) < FEW_ROWS:
        yield f"{len(table)} rows are few to learn from; scores will have wide intervals"
    yield from _personal(facts)
    for column in facts:
        if column.missing == 1:
            yield f"{column.name!r} has no values at all"
        elif column.n_distinct == 1 and not column.missing:
            yield f"{column.name!r} has one value only"
        elif column.missing > RARE_MISSING:
            yield f"{column.name!r} misses {column.missing:.0%} of its values"
    if table.schema.entity is None and (repeated := _repeated_identifier(table, facts)):
        yield (
            f"{repeated!r} looks like an identifier that comes again: if it names the person a row "
            f"belongs to, say --entity {repeated!r}"
        )


def _personal(facts: list[ColumnFacts]) -> Iterator[str]:
    direct = [repr(column.name) for column in facts if column.sensitivity == "direct"]
    if direct:
        yield f"{', '.join(direct)} name persons: they are never learned, and written anew"


def _repeated_identifier(table: Table, facts: list[ColumnFacts]) -> str | None:
    """An identifier with several rows for most of its values."""
    for column in facts:
        present = len(table) * (1 - column.missing)
        if column.role == "identifier" and 1 < column.n_distinct < present / 1.5:
            return column.name
    return None
