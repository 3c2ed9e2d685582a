"""`guanyao fit`: train only."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from guanyao.cli.options import (
    AsJson,
    Format,
    HoldoutFile,
    LearnOptions,
    Quiet,
    Rows,
    SourceArgument,
    WorkspaceFolder,
    grouped,
)
from guanyao.cli.output import say, say_json
from guanyao.cli.processes import is_first
from guanyao.cli.progress import shown
from guanyao.cli.stored import plain
from guanyao.cli.workspace import recording
from guanyao.errors import ConfigError

ModelOut = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="MODEL.gy", help="The file for the generator.", show_default=False
    ),
]


@dataclass(frozen=True, kw_only=True)
class FitOptions(LearnOptions):
    """How to train, as typed."""

    holdout: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            help="The share of entities that is kept out; with the same seed it is the same as "
            "in `guanyao run`.",
        ),
    ] = 0.0
    holdout_file: HoldoutFile = None
    rows: Rows = None
    format: Format = None

    def settings(self) -> dict[str, Any]:
        """The options by the names that flows know them by.

        Raises:
            ConfigError: An option was typed that only `run` can follow.
        """
        typed = super().settings()
        for name in ("rows", "format"):
            if typed.pop(name) is not None:
                raise ConfigError(
                    f"fit writes no rows, so --{name} means nothing to it",
                    do="leave it out here, and say it to `guanyao sample`",
                    code="config.option",
                )
        if typed.pop("holdout_file") is not None:
            typed["holdout"] = 0.0
        return typed


@grouped()
def fit(
    source: SourceArgument,
    out: ModelOut,
    options: FitOptions,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a generator and write it to a file.

    A deep model leaves its log and sample grids in MODEL.gy.training; training that was stopped
    goes on from there. torchrun may start several processes: they train one model.

    Examples:
      guanyao fit adult.csv -o adult.gy --target income
      guanyao fit adult.csv -o adult.gy --model trees --set min_entities=50
      guanyao fit digits.npz -o digits.gy --model vae --epochs 20
      torchrun --nproc-per-node 2 --no-python guanyao fit digits.npz -o digits.gy
    """
    from guanyao.flows.fit import fit_to

    with shown(quiet=quiet or not is_first()) as progress, recording(workspace) as place:
        how: dict[str, Any] = {"is_first": is_first(), "workspace": place, "progress": progress}
        with plain(source, place) as readable:
            model = fit_to(readable, out, **how, **options.settings())
    if not is_first():
        return
    if as_json:
        say_json({"verb": "fit", "model": model.name, "files": {"model": str(out)}})
    else:
        say(f"generator ({model.name}): {out}")
