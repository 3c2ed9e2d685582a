"""Inspect: what a source holds, before anything is learned from it. Shows no value of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import polars as pl

from guanyao.data.images import is_images
from guanyao.data.pending import write_whole
from guanyao.data.schema import Column, Schema
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.flows.folder import writing
from guanyao.flows.guard import Examined, held_in_text
from guanyao.flows.inspect_images import ImageInspection, inspect_images
from guanyao.flows.opening import examine, open_images
from guanyao.flows.settings import QUIET, AnySource, AnyTable, Learning, make, takes
from guanyao.protect.columns import ColumnFinding
from guanyao.protect.kinds import KINDS
from guanyao.protect.policy import Policy
from guanyao.protect.proposal import commented, propose, reasons
from guanyao.protect.risk import Risk, risk
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
        kind: The kind of personal data that its cells are, or that stands in them most often.
        share: The share of its values that hold such data; 0 where there is none.
    """

    name: str
    type: str
    role: str
    sensitivity: str
    missing: float
    n_distinct: int
    note: str = ""
    kind: str = ""
    share: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a table holds.

    Args:
        schema: The schema as detected; save it, edit it, hand it to `run`.
        n_rows: How many rows there are.
        columns: One entry for each column, in order.
        warnings: What to look at before learning from it.
        personal_data: The personal data that was found, with masked examples.
        risk: How well columns that help to name a person single people out; None: there are none.
        policy: What could be done to each column.
        reasons: Why: column -> one line.
    """

    schema: Schema = field(repr=False)
    n_rows: int
    columns: tuple[ColumnFacts, ...]
    warnings: tuple[str, ...]
    personal_data: tuple[ColumnFinding, ...]
    risk: Risk | None
    policy: Policy = field(repr=False)
    reasons: dict[str, str] = field(repr=False)

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
            "personal_data": [finding.to_json() for finding in self.personal_data],
            "risk": None if self.risk is None else self.risk.to_json(),
            "policy": self.policy.to_json(),
        }


@takes(Learning)
def inspect(
    source: AnySource,
    *,
    quasi: Sequence[str] = (),
    sensitive: Sequence[str] = (),
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Inspection | ImageInspection:
    """What a table or a set of pictures holds, and what to look at.

    Args:
        source: A table (a path or URL, a Table, a polars or pandas frame), or pictures (a path, an
            array of shape (n, height, width[, channels]), Images).
        quasi: Columns that somebody may know of a person, to count groups by; none: those that
            look like it.
        sensitive: Columns that nobody shall learn of a person.
        progress: Where to say how far it is.
        options: The fields of `guanyao.flows.settings.Learning`; `schema`, `target`, `entity` and
            `rules` count here, and for pictures `labels`, `entity` and `size`.

    Returns:
        Of a table its columns with their types and roles, the personal data found, the risk that
        people are found again, and a policy; of pictures their size, colours, classes with counts,
        and what reading did to them.

    Raises:
        ConfigError: The columns to count groups by make no sense.
        DataError: The source cannot be read, or a column does not exist.
    """
    learning = make(Learning, options)
    progress.stage("read")
    if is_images(source):
        if quasi or sensitive:
            raise ConfigError(
                "pictures have no columns",
                do="leave --quasi and --sensitive out",
                code="config.option",
            )
        return inspect_images(open_images(source, learning))
    examined = examine(cast(AnyTable, source), learning, progress)
    counted = _counted(examined.table, quasi, sensitive, progress)
    return _inspect_table(examined, counted, data_set=_name_of(source), progress=progress)


def _counted(
    table: Table, quasi: Sequence[str], sensitive: Sequence[str], progress: Progress
) -> Risk | None:
    """The risk by the columns that were named, or by those that help to name a person."""
    schema = table.schema
    names = list(quasi) or [
        column.name
        for column in schema
        if column.sensitivity == "quasi" and column.name not in (*sensitive, schema.entity)
    ]
    if not names and not sensitive:
        return None
    progress.stage("count groups")
    entity = None if schema.entity in (*names, *sensitive) else schema.entity
    return risk(table.frame, names, sensitive, entity=entity)


def _name_of(source: AnySource) -> str:
    """A name for the data set that keys are derived for."""
    if not isinstance(source, str | Path):
        return "table"
    name = re.split(r"[/\\#]", str(source))[-1].partition(".")[0]
    return name.strip() or "table"


def _inspect_table(
    examined: Examined, counted: Risk | None, *, data_set: str, progress: Progress
) -> Inspection:
    table, findings = examined.table, examined.findings
    progress.stage("count", len(table.schema))
    facts = []
    for column in table.schema:
        facts.append(_facts(column, table.frame[column.name], findings))
        progress.advance()
    return Inspection(
        schema=table.schema,
        n_rows=len(table),
        columns=tuple(facts),
        warnings=tuple(_warnings(examined, facts)),
        personal_data=findings,
        risk=counted,
        policy=propose(table, findings, data_set=data_set),
        reasons=reasons(table, findings),
    )


def save_policy(found: Inspection | ImageInspection, path: str | Path) -> None:
    """Write the proposed policy to a file, with reasons, to be edited and handed to `mask`.

    Raises:
        ConfigError: Pictures have no policy.
        DataError: The file cannot be written.
    """
    if not isinstance(found, Inspection):
        raise ConfigError("pictures have no policy", do="leave --policy out", code="config.option")
    if Path(path).suffix.lower() == ".json":
        found.policy.save(path)
        return
    write_whole(path, commented(found.policy, found.reasons).encode())


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


def _facts(column: Column, values: pl.Series, findings: Iterable[ColumnFinding]) -> ColumnFacts:
    first = next((finding for finding in findings if finding.column == column.name), None)
    return ColumnFacts(
        name=column.name,
        type=column.type,
        role=column.role,
        sensitivity=column.sensitivity,
        missing=round(values.null_count() / max(len(values), 1), 6),
        n_distinct=values.drop_nulls().n_unique(),
        note=column.note,
        kind="" if first is None else first.kind,
        share=0.0 if first is None else first.share,
    )


def _warnings(examined: Examined, facts: list[ColumnFacts]) -> Iterator[str]:
    table = examined.table
    if len(table) < FEW_ROWS:
        yield f"{len(table)} rows are few to learn from; scores will have wide intervals"
    yield from _personal(facts)
    for name, found in held_in_text(examined).items():
        kinds = ", ".join(KINDS[finding.kind].title for finding in found)
        yield f"{name!r} is text that holds personal data ({kinds}): mask it before it is learned"
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
    anew = ("identifier", "text", "entity")
    direct = [
        repr(column.name)
        for column in facts
        if column.sensitivity == "direct" and column.role in anew
    ]
    if direct:
        yield f"{', '.join(direct)} name persons: they are never learned, and written anew"


def _repeated_identifier(table: Table, facts: list[ColumnFacts]) -> str | None:
    """An identifier with several rows for most of its values."""
    for column in facts:
        present = len(table) * (1 - column.missing)
        if column.role == "identifier" and 1 < column.n_distinct < present / 1.5:
            return column.name
    return None
