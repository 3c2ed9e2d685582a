"""`guanyao sample`: virtual rows or pictures from a fitted generator."""

from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.options import FORMATS, AsJson, Given, Quiet, Rebalance, WorkspaceFolder
from guanyao.cli.output import say, say_json
from guanyao.cli.progress import shown
from guanyao.cli.stored import plain
from guanyao.cli.workspace import recording

ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL.gy",
        help="A generator that fit or run wrote. vault:NAME is an item of the vault.",
        show_default=False,
    ),
]
Number = Annotated[
    int,
    typer.Option(
        "--rows", "-n", metavar="N", help="How many rows or pictures.", show_default=False
    ),
]
RowsOut = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="The file for the rows, whose suffix says how they are written; of pictures a folder, "
        "or an .npz file.",
        show_default=False,
    ),
]
ImageFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="What pictures are written as: folder, npz or idx.",
        show_default="as FILE says",
        autocompletion=lambda incomplete: [
            name for name in FORMATS[-3:] if name.startswith(incomplete)
        ],
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
    format: ImageFormat = None,
    seed: Seed = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write virtual rows or pictures, batch by batch, so that any number of them fits in memory.

    Examples:
      guanyao sample adult.gy -n 1000000 -o rows.parquet
      guanyao sample adult.gy -n 500 -o women.csv --given sex=Female --given workclass=
      guanyao sample adult.gy -n 500 -o even.csv --rebalance 'sex=Female:0.5,Male:0.5'
      guanyao sample digits.gy -n 100 -o threes --given label=3
    """
    from guanyao.flows.sample import sample_as_typed

    with (
        shown(quiet=quiet) as progress,
        recording(workspace) as place,
        plain(str(model), place) as readable,
    ):
        path, things = sample_as_typed(
            readable,
            rows,
            out,
            given=given or [],
            rebalance=rebalance,
            format=format,
            seed=seed,
            workspace=place,
            progress=progress,
        )
    if as_json:
        say_json({"verb": "sample", "rows": rows, "files": {"virtual": str(path)}})
    else:
        say(f"{rows:,} virtual {things}: {path}")
