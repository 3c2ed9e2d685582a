"""Exports the sampler of a generator of images as ONNX, and sees that it draws the same.

Reference: Open Neural Network Exchange, onnx.ai.
"""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

import guanyao
from guanyao.errors import ConfigError
from guanyao.models.image_generator import ImageGenerator, ImageNetwork
from guanyao.models.onnx_images import NAME, OnnxImages
from guanyao.models.onnx_network import OnnxNetwork
from guanyao.registry import need

N_CHECKED = 64
TOLERANCE = 1 / 255
"""How far a pixel in [0, 1] may be off: one grey level."""

OPSETS = range(18, 24)
"""Versions of ONNX's operators that can be asked for."""


@dataclass(frozen=True)
class ImageExport:
    """An exported sampler.

    Args:
        blob: The bytes of the ONNX network.
        opset: The version of the operators in it.
        difference: The largest difference of a pixel in [0, 1] from what torch draws, over
            `N_CHECKED` random inputs.
    """

    blob: bytes
    opset: int
    difference: float


class _Sampler(nn.Module):
    """The part of a network that draws, as the module that is exported."""

    def __init__(self, network: ImageNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures of this noise and these labels."""
        return self.network.draw(noise, labels)


def export(
    model: ImageGenerator, *, opset: int | None = None, tolerance: float = TOLERANCE
) -> ImageExport:
    """The sampler as ONNX, for any number of pictures at once.

    Args:
        model: A fitted generator of images.
        opset: The version of ONNX's operators, one of `OPSETS`; None: the exporter's own.
        tolerance: How far a pixel in [0, 1] may be off from what torch draws.

    Raises:
        ConfigError: There is no such opset, or the network cannot be exported as it is.
        MissingExtraError: onnx, onnxscript or onnxruntime is not installed.
    """
    for package in ("onnx", "onnxscript", "onnxruntime"):
        need(package)
    if opset is not None and opset not in OPSETS:
        raise ConfigError(
            f"opset is {opset!r}",
            allowed=f"allowed: {OPSETS[0]} to {OPSETS[-1]}",
            code="config.opset",
        )
    proto = _proto(model, opset)
    used = max(int(part.version) for part in proto.opset_import if part.domain == "")
    found = ImageExport(proto.SerializeToString(), used, _difference(model, proto))
    if not found.difference <= tolerance:
        raise ConfigError(
            f"what {model.name!r} draws through ONNX is off by {found.difference:.2g}",
            allowed=f"allowed: {tolerance:.2g} (pixels lie in 0 to 1)",
            do="fit it with precision=fp32, or export it with another --opset",
            code="export.difference",
        )
    proto.metadata_props.extend(_facts(model, found))
    return ImageExport(proto.SerializeToString(), used, found.difference)


def as_generator(model: ImageGenerator, found: ImageExport) -> OnnxImages:
    """The exported sampler as a generator that draws without torch."""
    manifest = {
        "model": NAME,
        "data": "images",
        "settings": model.settings(),
        "shape": list(model.shape_),
        "classes": list(model.classes_),
        "n_images": model.n_images_,
        "history": model.history_,
        "exported": {"model": model.name, "opset": found.opset, "difference": found.difference},
    }
    state = {"network": np.frombuffer(found.blob, np.uint8), "share": model.share_}
    return OnnxImages.from_state(manifest, state)


def _proto(model: ImageGenerator, opset: int | None) -> Any:  # noqa: ANN401
    """The network as ONNX, without what the exporter notes of this machine and its files."""
    noise, labels = (torch.from_numpy(array) for array in _inputs(model, 2))
    size = torch.export.Dim("n")
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                _Sampler(model.network_).eval(),
                (noise, labels),
                dynamo=True,
                dynamic_shapes={"noise": {0: size}, "labels": {0: size}},
                input_names=["noise", "labels"],
                output_names=["images"],
                opset_version=opset,
                verbose=False,
            )
        except Exception as error:  # the exporter's own classes, and whatever a network raises
            raise ConfigError(
                f"{model.name!r} cannot be exported ({type(error).__name__})",
                do="try another --opset",
                code="export.failed",
            ) from error
    assert program is not None
    return _plain(program.model_proto)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter's talk of itself is kept from stderr."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _plain(proto: Any) -> Any:  # noqa: ANN401
    """The network without names of files, lines and classes."""
    for part in (proto, proto.graph, *proto.graph.node, *proto.graph.value_info):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for tensor in (*proto.graph.initializer, *proto.graph.input, *proto.graph.output):
        tensor.ClearField("metadata_props")
        tensor.ClearField("doc_string")
    return proto


def _difference(model: ImageGenerator, proto: Any) -> float:  # noqa: ANN401
    """The largest difference of a pixel between the two ways of drawing."""
    try:
        network = OnnxNetwork.from_bytes(proto.SerializeToString())
        noise, labels = _inputs(model, N_CHECKED)
        drawn = network.draw(noise, labels)
    except ValueError as error:
        raise ConfigError(
            f"{model.name!r} cannot be exported ({error})",
            allowed="networks of one flat graph of ONNX's own operators",
            code="export.failed",
        ) from error
    with torch.no_grad():
        wanted = model.network_.draw(torch.from_numpy(noise), torch.from_numpy(labels))
    return float(np.abs(drawn - wanted.float().numpy()).max())


def _inputs(model: ImageGenerator, n: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Random noise, and every label in turn."""
    noise = np.random.default_rng(0).standard_normal((n, model.noise_dim_), np.float32)
    return noise, np.arange(n) % max(len(model.classes_), 1)


def _facts(model: ImageGenerator, found: ImageExport) -> list[Any]:
    """What a reader of the bare network needs to know, as ONNX metadata."""
    channels, height, width = model.shape_
    facts = {
        "guanyao": guanyao.__version__,
        "model": model.name,
        "classes": json.dumps(model.classes_, ensure_ascii=False),
        "share": json.dumps(model.share_.tolist()),
        "noise": f"float32 (n, {model.noise_dim_}), standard normal",
        "labels": "int64 (n,), places in classes; zeros where there are none",
        "images": f"float32 (n, {channels}, {height}, {width}), in [0, 1]",
        "difference": f"{found.difference:.3g}",
    }
    entry = need("onnx").StringStringEntryProto
    return [entry(key=key, value=value) for key, value in facts.items()]
