"""`guanyao demo`: the main job on data that is there already."""

from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.options import AsJson, Quiet
from guanyao.cli.output import say
from guanyao.cli.progress import shown
from guanyao.cli.run import tell

DemoOut = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="The folder for the results.")
]
Seed = Annotated[int, typer.Option(metavar="S", help="The same seed, the same result.")]


def demo(
    out: DemoOut = Path("demo"),
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Do the main job on a real table that scikit-learn ships; needs no network.

    Examples:
      guanyao demo -o demo
    """
    from guanyao.flows.demo import demo as flow

    if not as_json:
        say("Breast Cancer Wisconsin (Diagnostic): 569 biopsies, 31 columns, from scikit-learn")
    with shown(quiet=quiet) as progress:
        done = flow(out, progress=progress, seed=seed)
    tell(done, as_json=as_json)
