"""Export: the sampler of a fitted generator as ONNX, to draw where torch is not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError
from guanyao.flows.fit import check_place
from guanyao.flows.folder import writing
from guanyao.flows.ledger import AnyWorkspace, recorded
from guanyao.flows.settings import QUIET
from guanyao.models.image_sampler import ImageSampler
from guanyao.models.model_file import load
from guanyao.models.onnx_images import OnnxImages
from guanyao.registry import need
from guanyao.types import Generator, Progress

SUFFIXES = (".gy", ".onnx")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What was exported.

    Args:
        path: The file.
        model: The generator whose sampler it is.
        opset: The version of ONNX's operators in it.
        difference: The largest difference of a pixel in [0, 1] from what torch draws.
        n_checked: How many pictures that was looked at on.
    """

    path: Path
    model: str
    opset: int
    difference: float
    n_checked: int


def export(
    model: Generator | ImageSampler | str | Path,
    out: str | Path,
    *,
    opset: int | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
) -> Exported:
    """Write the sampler of a generator of images as ONNX, and see that it draws the same.

    Args:
        model: A fitted generator of images, or the path of its model file.
        out: A `.gy` file, which `guanyao sample` draws from without torch, or a bare `.onnx` file
            with what is to be known of it as metadata.
        opset: The version of ONNX's operators; None: the exporter's own.
        workspace: Where it is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.

    Raises:
        ConfigError: The generator cannot be exported, or draws something else through ONNX.
        DataError: The model cannot be read, or the file cannot be written.
        MissingExtraError: torch, onnx, onnxscript or onnxruntime is not installed.
        PrivacyError: The workspace says that the model is retired.
    """
    out = Path(out)
    with recorded(workspace, "export") as act:
        _check_out(out)
        act.uses(model, progress)
        act.expect("model", out)
        done = _export(model, out, opset, progress)
        act.output("model", out)
        act.note(model=done.model)
        return done


def _export(
    model: Generator | ImageSampler | str | Path, out: Path, opset: int | None, progress: Progress
) -> Exported:
    progress.stage("load")
    fitted: Any = load(model) if isinstance(model, str | Path) else model
    _check_model(fitted)
    progress.stage("export")
    exporting = need("guanyao.models.image_export")
    found = exporting.export(fitted, opset=opset)
    with writing(out):
        if out.suffix == ".gy":
            exporting.as_generator(fitted, found).save(out)
        else:
            write_whole(out, found.blob)
    return Exported(
        path=out,
        model=fitted.name,
        opset=found.opset,
        difference=found.difference,
        n_checked=exporting.N_CHECKED,
    )


def _check_out(out: Path) -> None:
    if out.suffix not in SUFFIXES:
        raise ConfigError(
            f"{out.name} is neither a model file nor a network",
            allowed="a name that ends in .gy (for guanyao sample) or .onnx",
            code="export.file",
        )
    check_place(out)


def _check_model(model: object) -> None:
    """See that it is a generator of images that is not exported yet."""
    if isinstance(model, ImageSampler) and not isinstance(model, OnnxImages):
        return
    name = getattr(model, "name", type(model).__name__)
    why = "is exported already" if isinstance(model, OnnxImages) else "draws rows"
    raise ConfigError(
        f"{name!r} {why}",
        allowed="what can be exported: generators of images; those of tables need no torch, or "
        "decode what they draw into rows, which ONNX cannot",
        code="export.model",
    )
