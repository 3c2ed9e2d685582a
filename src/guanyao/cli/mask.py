"""`guanyao mask`: a table written again with its personal data masked, and the way back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanyao.cli.options import AsJson, Quiet, WorkspaceFolder
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown
from guanyao.cli.stored import plain
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.flows.mask_report import MaskReport
    from guanyao.protect.risk import Risk

TableArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A table: .csv[.gz|.zst], .parquet, .xlsx, .jsonl, sqlite:///file#table or "
        "postgresql://…#table.",
        show_default=False,
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="P.yaml",
        help="What to do with each column.",
        show_default="as `guanyao inspect` proposes",
    ),
]
MaskedOut = Annotated[
    str | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="The file for the rows, whose suffix says how they are written, or a database URL "
        "with #table.",
        show_default=False,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The data set's key.", show_default=False),
]
NewKeyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Make a key for a data set of which no table was masked yet, and keep it here.",
        show_default=False,
    ),
]
DataSet = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The data set's name; tables of one data set share a key, and join.",
        show_default="the policy's, or the name of SOURCE",
    ),
]
PolicyTable = Annotated[
    str | None,
    typer.Option(
        "--table",
        metavar="NAME",
        help="Which of the policy's tables SOURCE is.",
        show_default="the one with its name",
    ),
]
Person = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="Without --policy: the column that says whose row a row is.",
        show_default=False,
    ),
]
Quasi = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COL",
        help="A column by which people can be singled out, for the re-identification figures. "
        "May be repeated.",
        show_default="those that are found",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing; show what would come out of some rows.")
]
ShowValues = Annotated[
    bool,
    typer.Option("--show-values", help="In a dry run: show real values, and not their shapes."),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Write nothing if direct identifiers are still found."),
]
Undo = Annotated[
    bool, typer.Option("--undo", help="Restore the columns that can be: needs policy and key.")
]
SavePolicy = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write the policy that was followed, with the id of the key.",
        show_default=False,
    ),
]
ReportFile = Annotated[
    Path | None,
    typer.Option("--report", metavar="R.json", help="Write the report.", show_default=False),
]

N_SHOWN = 3
"""Rows of a dry run that are shown."""


def mask(  # noqa: PLR0913
    source: TableArgument,
    out: MaskedOut = None,
    policy: PolicyFile = None,
    key: KeyFile = None,
    new_key: NewKeyFile = None,
    data_set: DataSet = None,
    table: PolicyTable = None,
    person: Person = None,
    quasi: Quasi = None,
    dry_run: DryRun = False,
    show_values: ShowValues = False,
    strict: Strict = False,
    undo: Undo = False,
    save_policy: SavePolicy = None,
    report: ReportFile = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write a table with its personal data masked, batch by batch, so that any size fits in memory.

    Examples:
      guanyao mask customers.csv --dry-run
      guanyao mask customers.csv --policy policy.yaml --new-key customers.key -o masked.csv
      guanyao mask orders.csv --policy policy.yaml --key customers.key -o orders-masked.parquet
      guanyao mask masked.csv --undo --policy policy.yaml --key customers.key -o restored.csv
    """
    if show_values and (as_json or not dry_run):
        raise ConfigError(
            "--show-values shows real values",
            allowed="in a dry run on a screen, without --json",
            code="config.option",
        )
    if undo:
        masking = {"--dry-run": dry_run, "--strict": strict, "--new-key": new_key}
        _refuse({**masking, "--data-set": data_set, "--person": person, "--quasi": quasi})
        found = _undo(source, out, policy, key, table, workspace, quiet)
    else:
        asked: dict[str, Any] = {
            "policy": policy,
            "key": key,
            "new_key": new_key,
            "data_set": data_set,
        }
        asked |= {"table": table, "person": person, "quasi": quasi, "strict": strict}
        found = _mask(source, out, asked, dry_run, workspace, quiet)
    _keep(found, save_policy, report)
    if as_json:
        say_json(found.to_json())
    else:
        tell(found, show_values)


def _mask(
    source: str,
    out: str | None,
    asked: dict[str, Any],
    dry_run: bool,
    workspace: Path | None,
    quiet: bool,
) -> "MaskReport":
    from guanyao.cli.workspace import workspace_of
    from guanyao.flows.mask import mask as flow

    found = workspace_of(workspace)
    place = None if dry_run else found
    with shown(quiet=quiet) as progress, plain(source, found) as readable:
        return flow(readable, out, dry_run=dry_run, workspace=place, progress=progress, **asked)


def _undo(
    source: str,
    out: str | None,
    policy: Path | None,
    key: Path | None,
    table: str | None,
    workspace: Path | None,
    quiet: bool,
) -> "MaskReport":
    from guanyao.cli.workspace import workspace_of
    from guanyao.flows.mask import unmask

    if policy is None or out is None:
        raise ConfigError(
            "--undo is given without --policy or without -o",
            do="give the policy and the key that the table was masked with, and a new file",
            code="config.option",
        )
    place = workspace_of(workspace)
    with shown(quiet=quiet) as progress, plain(source, place) as readable:
        return unmask(
            readable, out, policy=policy, key=key, table=table, workspace=place, progress=progress
        )


def _refuse(options: dict[str, object]) -> None:
    if given := [name for name, value in options.items() if value]:
        raise ConfigError(
            f"{given[0]} means nothing with --undo", do="leave it out", code="config.option"
        )


def _keep(found: "MaskReport", policy: Path | None, report: Path | None) -> None:
    """Write what was asked for besides the rows."""
    from guanyao.flows.mask_report import save, save_policy

    if policy is not None:
        save_policy(found, policy)
    if report is not None:
        save(found, report)


def tell(found: "MaskReport", show_values: bool = False) -> None:
    """Print what was done to each column, the figures, and what to look at."""
    if found.verb == "unmask":
        restored = ", ".join(step.column for step in found.steps)
        say(f"{found.n_rows:,} rows, restored: {restored}: {found.out}")
    else:
        _tell_policy(found)
        _tell_steps(found)
        if found.is_dry_run:
            _tell_preview(found, show_values)
        _tell_risk(found.before, found.after, found.n_sampled, found.n_rows)
    for warning in found.warnings:
        say(f"note: {warning}")
    if found.is_dry_run:
        say("dry run: nothing was written")
    elif found.verb == "mask":
        say(f"{found.n_rows:,} masked rows: {found.out}")


def _tell_policy(found: "MaskReport") -> None:
    if found.is_proposed:
        say("no policy was given; this one is proposed (keep it with --save-policy):")
        for line in found.policy_text.splitlines():
            say(f"  {line}")
    else:
        say(f"data set {found.policy.data_set!r}, as the policy says")


def _tell_steps(found: "MaskReport") -> None:
    say_table(
        ("column", "step", "way back", "candidates left", "what it does not protect against"),
        (
            (
                step.column,
                step.step,
                "with the key" if step.reversible else "",
                _many(step.candidates),
                f"{step.weakness} ({step.note})" if step.note else step.weakness,
            )
            for step in found.steps
            if step.step != "keep"
        ),
    )
    if kept := [step.column for step in found.steps if step.step == "keep"]:
        say("kept as they are: " + ", ".join(kept))


def _many(candidates: float | None) -> str:
    """A number of candidates, short."""
    if candidates is None:
        return "not known"
    return f"{candidates:,.0f}" if candidates < 1e6 else f"{candidates:.1g}"


def _tell_preview(found: "MaskReport", show_values: bool) -> None:
    assert found.preview is not None
    before = "before" if show_values else "before (shape)"
    for rows in found.preview.rows(N_SHOWN, values=show_values):
        say_table(("column", before, "after"), rows)


def _tell_risk(before: "Risk | None", after: "Risk | None", n_sampled: int, n_rows: int) -> None:
    if before is None:
        say("no column was found by which people could be singled out together (--quasi COL)")
        return
    part = "" if n_sampled == n_rows else f", in {n_sampled:,} of {n_rows:,} rows"
    say(f"singled out by {', '.join(before.quasi)}{part}:")
    gone = ("none of them left", "", "")
    say_table(
        ("", "smallest group", "stand alone", "found by guessing"),
        (
            ("before", *_risk_cells(before)),
            ("after", *(gone if after is None else _risk_cells(after))),
        ),
    )


def _risk_cells(found: "Risk") -> tuple[str, str, str]:
    return f"{found.k:,}", f"{found.alone:.1%}", f"{found.marketer:.1%}"
