"""`guanyao inspect`: what a table or a set of pictures holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson, Labels, Quiet, Size, SourceArgument
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown
from guanyao.cli.proposed import check_unedited
from guanyao.cli.stored import plain
from guanyao.cli.workspace import recording

if TYPE_CHECKING:
    from guanyao.flows.inspect import ColumnFacts, Inspection
    from guanyao.flows.inspect_images import ImageInspection
    from guanyao.protect.risk import Risk

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
PolicyOut = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        metavar="P.yaml",
        help="The file for a proposed masking policy, to edit and to hand to guanyao mask.",
        show_default=False,
    ),
]
Quasi = Annotated[
    str | None,
    typer.Option(
        "--quasi",
        metavar="a,b,c",
        help="Columns that somebody may know of a person, to count how many people share them.",
        show_default="those that look like it",
    ),
]
Sensitive = Annotated[
    str | None,
    typer.Option(
        "--sensitive",
        metavar="a,b",
        help="Columns that nobody shall learn of a person, to see what groups tell of them.",
        show_default=False,
    ),
]
Entity = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="The column that says whom a row or picture belongs to.",
        show_default=False,
    ),
]


N_EXAMPLES = 2
"""Masked examples that are shown of a column; all of them are in --json."""


def inspect(  # noqa: PLR0913
    source: SourceArgument,
    out: SchemaOut = None,
    schema: SchemaFile = None,
    labels: Labels = None,
    entity: Entity = None,
    size: Size = None,
    quasi: Quasi = None,
    sensitive: Sensitive = None,
    policy: PolicyOut = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what a table or a set of pictures holds, and what to look at. Shows no value.

    Of a table: columns, types, roles, personal data with masked examples, how easily people are
    found again, a masking policy. Of pictures: size, colours, classes.

    Examples:
      guanyao inspect adult.csv
      guanyao inspect adult.csv -o schema.json
      guanyao inspect adult.csv --quasi age,sex,race --sensitive income
      guanyao inspect customers.csv --policy P.yaml
      guanyao inspect xrays --labels xrays.csv --entity patient
    """
    from guanyao.flows.inspect import Inspection, save_policy, save_schema
    from guanyao.flows.inspect import inspect as flow

    with (
        shown(quiet=quiet) as progress,
        recording(None) as place,
        plain(source, place) as readable,
    ):
        found = flow(
            readable,
            quasi=listed(quasi),
            sensitive=listed(sensitive),
            progress=progress,
            **{"schema": schema, "labels": labels, "entity": entity, "size": size},
        )
    if policy is not None and isinstance(found, Inspection):
        check_unedited(policy, found.policy)
    if out is not None:
        save_schema(found, out)
    if policy is not None:
        save_policy(found, policy)
    if as_json:
        say_json({"verb": "inspect", **found.to_json()})
    elif isinstance(found, Inspection):
        tell(found)
        say(f"schema: {out}" if out else "to edit the schema, write it with -o schema.json")
        say(
            f"policy: {policy}" if policy else "for a masking policy, write it with --policy P.yaml"
        )
    else:
        tell_pictures(found)


def listed(names: str | None) -> tuple[str, ...]:
    """Names as typed, with commas between them."""
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())


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
                personal(column),
                f"{column.missing:.1%}" if column.missing else "",
                f"{column.n_distinct:,}",
                column.note,
            )
            for column in found.columns
        ),
    )
    tell_personal(found)
    if found.risk is not None:
        tell_risk(found.risk)
    for rule in found.rules:
        say(f"rule: {rule}")
    for warning in found.warnings:
        say(f"note: {warning}")


def personal(column: "ColumnFacts") -> str:
    """Whether a column names a person, and what it holds; the share is told further down."""
    grade = "" if column.sensitivity == "none" else column.sensitivity
    return " ".join(part for part in (grade, column.kind) if part)


def tell_personal(found: "Inspection") -> None:
    """Print the personal data that was found, with masked examples."""
    if not found.personal_data:
        say("personal data: none was found")
        return
    say_table(
        ("personal data", "kind", "rows", "such as", "why"),
        (
            (
                finding.column,
                f"{finding.kind}, sensitive" if finding.is_sensitive else finding.kind,
                f"{finding.n_found:,} ({finding.share:.1%})" + " in text" * finding.in_text,
                "  ".join(finding.examples[:N_EXAMPLES]),
                finding.why,
            )
            for finding in found.personal_data
        ),
    )


def tell_risk(risk: "Risk") -> None:
    """Print how well some columns single people out."""
    say(f"groups by {', '.join(risk.quasi)}: {risk.n_groups:,} groups of {risk.n:,} {risk.unit}")
    smallest = f"; smallest {', '.join(map(str, risk.smallest))}"
    say(
        f"  k = {risk.k} (smallest group); alone {risk.alone:.2%}; in groups below 5 "
        f"{risk.below_5:.2%}{smallest if len(set(risk.smallest)) > 1 else ''}"
    )
    say(
        f"  found again: by who knows that a person is in it, up to {risk.prosecutor:.2%}; "
        f"on average {risk.marketer:.2%}"
    )
    for told in risk.diversity:
        say(
            f"  {told.column}: l = {told.distinct} distinct, {told.entropy:.2f} by entropy; "
            f"t = {told.closeness:.3f}; told outright for {told.told:.2%}"
        )
