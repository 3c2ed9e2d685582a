"""`guanyao export`: the sampler of a generator as ONNX."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.options import AsJson, Quiet, WorkspaceFolder
from guanyao.cli.output import say, say_json
from guanyao.cli.progress import shown
from guanyao.cli.workspace import recording

ModelFile = Annotated[
    Path,
    typer.Argument(
        metavar="MODEL.gy",
        help="A generator of images that fit or run wrote.",
        show_default=False,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="The file: .gy for `guanyao sample` without torch, .onnx for the bare network.",
        show_default=False,
    ),
]
Opset = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="The version of ONNX's operators.", show_default="the exporter's"
    ),
]


def export(
    model: ModelFile,
    out: Out,
    opset: Opset = None,
    workspace: WorkspaceFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write the sampler of a generator of images as ONNX, to draw where torch is not.

    What ONNX draws is compared with what torch draws, and refused if it differs by more than one
    grey level.

    Examples:
      guanyao export digits.gy -o digits-onnx.gy
      guanyao sample digits-onnx.gy -n 1000 -o digits
      guanyao export digits.gy -o digits.onnx
    """
    from guanyao.flows.export import export as flow

    with shown(quiet=quiet) as progress, recording(workspace) as place:
        done = flow(model, out, opset=opset, workspace=place, progress=progress)
    if as_json:
        facts = {k: v for k, v in asdict(done).items() if k != "path"}
        say_json({"verb": "export", **facts, "files": {"model": str(out)}})
        return
    say(f"sampler of {done.model} (opset {done.opset}): {out}")
    say(
        f"differs from torch by at most {done.difference:.1e} on {done.n_checked} random pictures "
        "(one grey level is 3.9e-03)"
    )
