"""`guanyao mask`: a table written again with its personal data masked, and the way back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guanyao.cli.options import AsJson, Quiet, WorkspaceFolder
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown
from guanyao.cli.proposed import check_new, check_unedited
from guanyao.cli.stored import plain
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.flows.mask_report import MaskReport
    from guanyao.protect.masking import StepFact
    from guanyao.protect.risk import Risk

TableArgument = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="A table: .csv[.gz|.zst], .parquet, .xlsx, .jsonl, sqlite:///file#table or "
        "postgresql://…#table. vault:NAME is an item of the vault.",
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
    _check_places(save_policy, report)
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
        if policy is None and not dry_run:
            check_new(save_policy)
        asked |= {"table": table, "person": person, "quasi": quasi, "strict": strict}
        found = _mask(source, out, asked, dry_run, workspace, quiet)
    _keep(found, save_policy, report)
    if as_json:
        say_json(found.to_json())
        return
    tell(found, show_values, save_policy)
    if new_key is not None and not dry_run:
        say(f"key: {new_key}; keep it apart from the data, and keep a copy of it")


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


def _check_places(*files: Path | None) -> None:
    """See that what is asked for besides the rows can be written, before anything is."""
    from guanyao.flows.mask_report import check_place

    for file in files:
        if file is not None:
            check_place(file)


def _keep(found: "MaskReport", policy: Path | None, report: Path | None) -> None:
    """Write what was asked for besides the rows."""
    from guanyao.flows.mask_report import save, save_policy

    if policy is not None:
        if found.is_proposed and found.is_dry_run:
            check_unedited(policy, found.policy)
        save_policy(found, policy)
    if report is not None:
        save(found, report)


def tell(found: "MaskReport", show_values: bool = False, policy_file: Path | None = None) -> None:
    """Print what was done to each column, the figures, and what to look at."""
    if found.verb == "unmask":
        restored = ", ".join(step.column for step in found.steps)
        say(f"{found.n_rows:,} rows, restored: {restored}: {found.out}")
    else:
        _tell_policy(found, policy_file)
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


def _tell_policy(found: "MaskReport", policy_file: Path | None) -> None:
    if found.is_proposed and policy_file is not None:
        say(f"no policy was given; the one that is proposed: {policy_file}")
    elif found.is_proposed:
        say("no policy was given; this one is proposed (keep it with --save-policy):")
        for line in found.policy_text.splitlines():
            say(f"  {line}")
    else:
        say(f"data set {found.policy.data_set!r}, as the policy says")


def _tell_steps(found: "MaskReport") -> None:
    changed = [step for step in found.steps if step.step != "keep"]
    say_table(
        ("column", "step", "way back", "candidates left"),
        (
            (
                step.column,
                step.step,
                "with the key" if step.reversible else "",
                _many(step.candidates),
            )
            for step in changed
        ),
    )
    if changed:
        say("what each step does not protect against:")
        _tell_weaknesses(changed)
    if kept := [step.column for step in found.steps if step.step == "keep"]:
        say("kept as they are: " + ", ".join(kept))


def _tell_weaknesses(steps: "list[StepFact]") -> None:
    """Print each sentence once, and below it each note with the columns that it is of."""
    notes: dict[str, dict[str, list[str]]] = {}
    for step in steps:
        of_note = notes.setdefault(f"{step.step}: {step.weakness}", {})
        of_note.setdefault(step.note, []).append(step.column)
    for weakness, columns in notes.items():
        say(f"  {weakness}")
        for note, names in columns.items():
            if note:
                say(f"    {', '.join(names)}: {note}")


def _many(candidates: float | None) -> str:
    """A number of candidates, short: 99,999 or 5·10^9."""
    if candidates is None:
        return "not known"
    if candidates < 1e6:
        return f"{candidates:,.0f}"
    digit, _, exponent = f"{candidates:.0e}".partition("e+")
    return f"{digit}·10^{int(exponent)}"


def _tell_preview(found: "MaskReport", show_values: bool) -> None:
    assert found.preview is not None
    before = "before" if show_values else "before (shape)"
    kept = {step.column for step in found.steps if step.step == "keep"}
    for number, rows in enumerate(found.preview.rows(N_SHOWN, values=show_values), 1):
        changed = (row for row in rows if row[0] not in kept)
        say_table((f"row {number}", before, "after"), changed)


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
