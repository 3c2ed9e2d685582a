"""`guanyao sample`: virtual rows from a fitted generator."""

from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.options import AsJson, Given, Quiet, Rebalance
from guanyao.cli.output import say, say_json
from guanyao.cli.progress import shown

ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL.gy", help="A generator that fit or run wrote.", show_default=False
    ),
]
Number = Annotated[
    int, typer.Option("--rows", "-n", metavar="N", help="How many rows.", show_default=False)
]
RowsOut = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="The file for the rows; its suffix says how they are written.",
        show_default=False,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(
        metavar="S", help="The same seed, the same rows.", show_default="new rows each time"
    ),
]


def sample(  # noqa: PLR0913
    model: ModelFile,
    rows: Number,
    out: RowsOut,
    given: Given = None,
    rebalance: Rebalance = None,
    seed: Seed = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write virtual rows, batch by batch, so that any number of them fits in memory.

    Examples:
      guanyao sample adult.gy -n 1000000 -o rows.parquet
      guanyao sample adult.gy -n 500 -o women.csv --given sex=Female --given workclass=
      guanyao sample adult.gy -n 500 -o even.csv --rebalance 'sex=Female:0.5,Male:0.5'
    """
    from guanyao.flows.sample import sample_as_typed

    with shown(quiet=quiet) as progress:
        sample_as_typed(
            model,
            rows,
            out,
            given=given or [],
            rebalance=rebalance,
            seed=seed,
            progress=progress,
        )
    if as_json:
        say_json({"verb": "sample", "rows": rows, "files": {"virtual": str(out)}})
    else:
        say(f"{rows:,} virtual rows: {out}")
