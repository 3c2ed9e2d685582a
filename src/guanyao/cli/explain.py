"""`guanyao explain`: what a generator learned."""

from pathlib import Path
from typing import Annotated, Any

import typer

from guanyao.cli.options import AsJson, OutFolder, Quiet, Who, WorkspaceFolder
from guanyao.cli.output import say, say_json
from guanyao.cli.progress import shown
from guanyao.cli.workspace import recording

ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL.gy", help="A generator that fit or run wrote.", show_default=False
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="The pictures that were learned: shows some of them, rebuilt, and nearest to virtual "
        "ones.",
        show_default="no real picture is shown",
    ),
]
Number = Annotated[
    int | None,
    typer.Option(
        "--rows",
        "-n",
        metavar="N",
        help="Virtual rows or pictures that the figures rest on.",
        show_default="20000 rows, 64 pictures",
    ),
]
Seed = Annotated[int, typer.Option(metavar="S", help="The same seed, the same result.")]


def explain(  # noqa: PLR0913
    model: ModelFile,
    out: OutFolder,
    source: Source = None,
    rows: Number = None,
    seed: Seed = 0,
    who: Who = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Show what a generator learned: what moves pictures, or which columns hang together.

    Leaves explain.html, explain.json and run.json in DIR, and pictures as PNG files. Real pictures
    are shown only with --source.

    Examples:
      guanyao explain adult.gy -o explained
      guanyao explain digits.gy -o explained --source digits.npz
    """
    from guanyao.flows.explain import explain as flow

    with shown(quiet=quiet) as progress, recording(workspace) as place:
        said: dict[str, Any] = {"who": who, "workspace": place, "progress": progress}
        done = flow(model, out=out, source=source, n=rows, seed=seed, **said)
    if done.shows_real:
        typer.echo(
            f"note: {done.paths['page']} shows REAL pictures: treat it as you treat them", err=True
        )
    if as_json:
        files = {kind: str(path) for kind, path in done.paths.items()}
        say_json({"verb": "explain", "out": str(done.out), "files": files, **done.facts})
        return
    say(f"{done.facts['model']}: {len(done.facts['sections'])} sections")
    say(f"page: {done.paths['page']}")
