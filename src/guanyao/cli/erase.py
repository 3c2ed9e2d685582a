"""`guanyao erase`: one person, a list, a data set, or whoever is kept too long, taken out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson, Quiet, Who, WorkspaceFolder
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown
from guanyao.cli.stored import FOLDER, KeyFile, VaultFolder, master_key, vault_folder
from guanyao.cli.workspace import workspace_of
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.flows.erase import Erasure
    from guanyao.flows.erase_proof import Checked
    from guanyao.protect.vault.master import MasterKey
    from guanyao.records.workspace import Workspace

CHANGED = 1
"""Exit status of --verify where the proof no longer holds."""

Subject = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Whom to erase, as written in the data. May be repeated. It lands in the shell's "
        "history: --subjects does not.",
        show_default=False,
    ),
]
Subjects = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="A file with one id on each line; - reads them from the standard input.",
        show_default=False,
    ),
]
DataSet = Annotated[
    Path | None,
    typer.Option(
        "--dataset",
        metavar="SOURCE",
        help="A source that goes as a whole, with all that was made from it.",
        show_default=False,
    ),
]
Before = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Erase whoever has no row since this day (needs --date-column).",
        show_default=False,
    ),
]
DateColumn = Annotated[
    str | None,
    typer.Option(metavar="COL", help="The column with the days.", show_default=False),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="SOURCE",
        help="A table to look in. May be repeated.",
        show_default="all that the workspace knows",
    ),
]
PersonColumn = Annotated[
    str | None,
    typer.Option(
        "--column",
        metavar="COL",
        help="The column that names the person.",
        show_default="as the workspace knows it",
    ),
]
Models = Annotated[
    str,
    typer.Option(
        metavar="HOW",
        help="What becomes of models that learned from them: retrain-due (usable, with a note), "
        "retire (refused from now on), retrain (trained anew at once).",
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="What stays by law, and why, for the proof; names nobody. May be repeated.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
ProofOut = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", metavar="proof.json", help="A copy of the proof.", show_default=False
    ),
]
Verify = Annotated[
    Path | None,
    typer.Option(
        metavar="proof.json",
        help="Check a proof instead: its seal and, in its workspace, whether it still holds.",
        show_default=False,
    ),
]


def erase(  # noqa: PLR0913
    subject: Subject = None,
    subjects: Subjects = None,
    dataset: DataSet = None,
    before: Before = None,
    date_column: DateColumn = None,
    source: Sources = None,
    column: PersonColumn = None,
    models: Models = "retrain-due",
    keep: Keep = None,
    dry_run: DryRun = False,
    out: ProofOut = None,
    verify: Verify = None,
    vault: VaultFolder = None,
    key_file: KeyFile = None,
    workspace: WorkspaceFolder = None,
    who: Who = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Take persons out of sources, masked copies, models, reports, vault and backups.

    Needs a workspace (guanyao audit init): it knows what was made from what. A command that was
    stopped goes on where it was when it is given again.

    Examples:
      guanyao erase --subjects ids.txt --column patient --dry-run
      guanyao erase --subjects - --column patient -o proof.json
      guanyao erase --before 2016-01-01 --date-column last_seen --column patient
      guanyao erase --dataset survey.csv
      guanyao erase --verify proof.json
    """
    from guanyao.flows.erase import erase as flow

    if verify is not None:
        _tell_check(_checked(verify, workspace), as_json=as_json)
        return
    with _workspace(workspace) as place:
        folder, master = _lock(place, vault, key_file)
        with shown(quiet=quiet) as progress:
            done = flow(
                [*(subject or []), *_read(subjects)],
                workspace=place,
                sources=source or (),
                column=column,
                lists=[subjects] if subjects not in (None, "-") else [],
                data_set=dataset,
                before=before,
                date_column=date_column,
                models=models,
                keep=keep or (),
                master=master,
                vault=folder,
                dry_run=dry_run,
                out=out,
                who=who,
                progress=progress,
            )
    _tell(done, as_json=as_json, is_dry_run=dry_run)


@contextmanager
def _workspace(typed: Path | None) -> Iterator["Workspace | None"]:
    """The workspace, if there is one: what happens without one is said by the verb itself."""
    place = workspace_of(typed)
    if place is None:
        yield None
        return
    with place:
        yield place


def _lock(
    place: "Workspace | None", vault: Path | None, key_file: Path | None
) -> tuple[Path | None, "MasterKey | None"]:
    """The vault's folder and what opens it; nothing is asked for where there is none."""
    import os

    is_named = vault is not None or bool(os.environ.get(FOLDER))
    if place is None or not (is_named or place.vault_folder.is_dir()):
        return None, None
    return vault_folder(vault, place), master_key(key_file)


def _read(subjects: str | None) -> list[str]:
    """The ids of a file, or of the standard input.

    Raises:
        ConfigError: The file cannot be read.
    """
    if subjects is None:
        return []
    try:
        with _opened(subjects) as lines:
            return [line.strip() for line in lines if line.strip()]
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"the list of subjects cannot be read ({type(error).__name__})",
            allowed="a text file in UTF-8 with one id on each line, or - for the standard input",
            code="erase.subjects",
        ) from error


@contextmanager
def _opened(name: str) -> Iterator[Iterator[str]]:
    if name == "-":
        yield iter(sys.stdin)
        return
    with Path(name).open(encoding="utf-8-sig") as file:
        yield iter(file)


def _tell(done: "Erasure", *, as_json: bool, is_dry_run: bool) -> None:
    """Print what was done where."""
    if as_json:
        say_json({"verb": "erase", "dry_run": is_dry_run, **done.to_json()})
        return
    say_table(("what", "where", "done" if not is_dry_run else "to be done", "rows"), done.todos)
    persons = f"{done.n_subjects:,} subjects, {done.n_rows:,} rows"
    if is_dry_run:
        say(f"{persons}; nothing was done")
        return
    say(f"{persons} erased" + ("; an erasure that had been stopped was finished" * done.resumed))
    for note in done.notes:
        say(f"note: {note}")
    if done.proof is not None:
        for reason in done.proof["stays"]:
            say(f"stays: {reason}")
        say(f"proof: {done.path}")


def _checked(proof: Path, typed: Path | None) -> "Checked":
    """What checking a proof found; without a workspace only its seal is checked."""
    from guanyao.flows.erase import verify as flow

    with _workspace(typed) as place:
        return flow(proof, workspace=place)


def _tell_check(found: "Checked", *, as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        say_json({"verb": "erase", **asdict(found)})
    else:
        say(f"proof {found.id}: sealed {found.created}, {found.n_subjects:,} subjects")
        for place in found.changed:
            say(f"changed since: {place}")
        if found.is_known is None:
            say("note: without its workspace only the seal was checked")
        else:
            say("the workspace vouches for it" if found.is_known else "the workspace knows it not")
    if found.is_known is False:
        raise typer.Exit(CHANGED)
