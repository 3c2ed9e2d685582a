"""`guanyao evaluate`: measures virtual rows or pictures that anyone made."""

from pathlib import Path
from typing import Annotated, Any

import typer

from guanyao.cli.options import (
    AsJson,
    Labels,
    OutFolder,
    Quiet,
    ShowReal,
    Size,
    Who,
    WorkspaceFolder,
)
from guanyao.cli.output import say, say_json
from guanyao.cli.progress import shown
from guanyao.cli.workspace import recording

Real = Annotated[str, typer.Option(metavar="TRAIN", help="What was learned.", show_default=False)]
Kept = Annotated[
    str, typer.Option(metavar="HOLD", help="What was not learned.", show_default=False)
]
Virtual = Annotated[
    str, typer.Option(metavar="V", help="The virtual rows or pictures.", show_default=False)
]
Target = Annotated[
    str | None,
    typer.Option(metavar="COL", help="The column that utility is measured on.", show_default=False),
]
Entity = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="The column that says whom a row or picture belongs to.",
        show_default=False,
    ),
]
SchemaFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The schema of the three tables.", show_default=False),
]
Features = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Of pictures: a TorchScript or ONNX network that makes features, e.g. an Inception.",
        show_default="learned in the run",
    ),
]
Seed = Annotated[int, typer.Option(metavar="S", help="The same seed, the same result.")]


def evaluate(  # noqa: PLR0913
    real: Real,
    holdout: Kept,
    virtual: Virtual,
    out: OutFolder,
    target: Target = None,
    entity: Entity = None,
    schema: SchemaFile = None,
    labels: Labels = None,
    size: Size = None,
    features: Features = None,
    show_real: ShowReal = False,
    seed: Seed = 0,
    who: Who = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure virtual rows or pictures against real ones that were not learned, and attack them.

    Leaves report.html, report.json and run.json in DIR.

    Examples:
      guanyao evaluate --real train.csv --holdout rest.csv --virtual rows.csv -o out --target income
      guanyao evaluate --real train.npz --holdout test.npz --virtual virtual.npz -o out
    """
    from guanyao.flows.measure import measure

    with shown(quiet=quiet) as progress, recording(workspace) as place:
        report = measure(
            real=real,
            holdout=holdout,
            virtual=virtual,
            out=out,
            who=who,
            workspace=place,
            progress=progress,
            schema=schema,
            target=target,
            entity=entity,
            labels=labels,
            size=size,
            features=features,
            show_real=show_real,
            seed=seed,
        )
    tell(report, out, as_json=as_json)


def tell(report: dict[str, Any], out: Path, *, as_json: bool) -> None:
    """Print what was found and where it lies."""
    from guanyao.cli.run import tell_findings

    if as_json:
        files = {"report": str(out / "report.html"), "report_json": str(out / "report.json")}
        say_json({"verb": "evaluate", "out": str(out), "files": files, **report})
    else:
        tell_findings(report)
        say(f"report: {out / 'report.html'}")
