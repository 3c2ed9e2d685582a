"""`guanyao inspect`: what a table holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson, Quiet, SourceArgument
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown

if TYPE_CHECKING:
    from guanyao.flows.inspect import Inspection

SchemaOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="schema.json",
        help="The file for the schema, to edit and to hand to --schema.",
        show_default=False,
    ),
]
SchemaFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A schema to look at the table with.", show_default=False),
]


def inspect(
    source: SourceArgument,
    out: SchemaOut = None,
    schema: SchemaFile = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show columns, types, roles, personal data found, and what to look at. Shows no value.

    Examples:
      guanyao inspect adult.csv
      guanyao inspect adult.csv -o schema.json
    """
    from guanyao.flows.inspect import inspect as flow
    from guanyao.flows.inspect import save_schema

    with shown(quiet=quiet) as progress:
        found = flow(source, schema=schema, progress=progress)
    if out is not None:
        save_schema(found, out)
    if as_json:
        say_json({"verb": "inspect", **found.to_json()})
    else:
        tell(found)
        say(f"schema: {out}" if out else "to edit the schema, write it with -o schema.json")


def tell(found: "Inspection") -> None:
    """Print the columns as a table, then rules and warnings."""
    say(f"{found.n_rows:,} rows, {len(found.columns)} columns, {found.schema.source.format}")
    say_table(
        ("column", "type", "role", "personal", "missing", "distinct", "note"),
        (
            (
                column.name,
                column.type,
                column.role,
                "" if column.sensitivity == "none" else column.sensitivity,
                f"{column.missing:.1%}" if column.missing else "",
                f"{column.n_distinct:,}",
                column.note,
            )
            for column in found.columns
        ),
    )
    for rule in found.rules:
        say(f"rule: {rule}")
    for warning in found.warnings:
        say(f"note: {warning}")
