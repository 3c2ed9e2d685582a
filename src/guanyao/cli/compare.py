"""`guanyao compare`: several generators on the same data."""

from typing import Annotated, Any

import typer

from guanyao.cli.options import (
    AsJson,
    OutFolder,
    Quiet,
    RunOptions,
    SourceArgument,
    Who,
    WorkspaceFolder,
    complete_several_models,
    grouped,
)
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.processes import check_alone
from guanyao.cli.progress import shown
from guanyao.cli.run import number
from guanyao.cli.workspace import recording

Models = Annotated[
    str,
    typer.Option(
        metavar="A,B,C",
        help="Names of `guanyao list models`.",
        show_default=False,
        autocompletion=complete_several_models,
    ),
]


@grouped("model")
def compare(  # noqa: PLR0913 - one argument for each option
    source: SourceArgument,
    models: Models,
    out: OutFolder,
    options: RunOptions,
    who: Who = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Let several generators learn the same data and measure them in the same way.

    Leaves compare.html, compare.json and run.json in DIR, and a folder for each generator. One
    that fails is named with its reason; the others go on.

    Examples:
      guanyao compare adult.csv --models trees,copula,independent -o out --target income
      guanyao compare digits.npz --models vae,dcgan,latent_flow -o out --max-minutes 2
    """
    from guanyao.flows.compare import compare as flow

    check_alone("compare")
    names = [name.strip() for name in models.split(",") if name.strip()]
    settings = options.settings()
    del settings["model"]
    with shown(quiet=quiet) as progress, recording(workspace) as place:
        said: dict[str, Any] = {"who": who, "workspace": place, "progress": progress}
        done = flow(source, models=names, out=out, **said, **settings)
    if as_json:
        files = {kind: str(path) for kind, path in done.paths.items()}
        say_json({"verb": "compare", "out": str(done.out), "files": files, **done.record})
        return
    tell(done.record)
    say(f"comparison: {done.paths['report']}")


def tell(record: dict[str, Any]) -> None:
    """Print one row for each score and one column for each generator."""
    reports = {e["model"]: e["report"] for e in record["models"] if e["report"]}
    scores = {
        name: {score["name"]: score["value"] for score in report["scores"]}
        for name, report in reports.items()
    }
    rows = dict.fromkeys(name for found in scores.values() for name in found)
    say_table(
        ("score", *reports),
        [(row, *(number(found.get(row)) for found in scores.values())) for row in rows],
    )
    for entry in record["models"]:
        if entry["error"]:
            say(f"{entry['model']} failed: {entry['error']}")
