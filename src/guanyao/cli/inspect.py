"""`guanyao inspect`: what a table or a set of pictures holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson, Labels, Quiet, Size, SourceArgument
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown

if TYPE_CHECKING:
    from guanyao.flows.inspect import Inspection
    from guanyao.flows.inspect_images import ImageInspection

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
Entity = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="The column that says whom a row or picture belongs to.",
        show_default=False,
    ),
]


def inspect(  # noqa: PLR0913
    source: SourceArgument,
    out: SchemaOut = None,
    schema: SchemaFile = None,
    labels: Labels = None,
    entity: Entity = None,
    size: Size = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what a table or a set of pictures holds, and what to look at. Shows no value.

    Of a table: columns, types, roles, personal data found. Of pictures: size, colours, classes.

    Examples:
      guanyao inspect adult.csv
      guanyao inspect adult.csv -o schema.json
      guanyao inspect xrays --labels xrays.csv --entity patient
    """
    from guanyao.flows.inspect import Inspection, save_schema
    from guanyao.flows.inspect import inspect as flow

    with shown(quiet=quiet) as progress:
        found = flow(
            source, schema=schema, labels=labels, entity=entity, size=size, progress=progress
        )
    if out is not None:
        save_schema(found, out)
    if as_json:
        say_json({"verb": "inspect", **found.to_json()})
    elif isinstance(found, Inspection):
        tell(found)
        say(f"schema: {out}" if out else "to edit the schema, write it with -o schema.json")
    else:
        tell_pictures(found)


def tell_pictures(found: "ImageInspection") -> None:
    """Print what is known of pictures, their classes as a table, then notes and warnings."""
    colours = "grey" if found.channels == 1 else "colour"
    size = f"{found.height} x {found.width} pixels (height x width), {colours}"
    say(f"{found.n_images:,} pictures of {size}, {found.source['format']}")
    if found.n_entities is not None:
        say(f"{found.n_entities:,} entities")
    if found.classes:
        shares = (
            (name, f"{n:,}", f"{n / found.n_images:.1%}") for name, n in found.classes.items()
        )
        say_table(("class", "pictures", "share"), shares)
    for note in (*found.notes, *found.warnings):
        say(f"note: {note}")


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
