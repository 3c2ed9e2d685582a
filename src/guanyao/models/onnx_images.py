"""A generator of images as ONNX: it draws without torch, and learns nothing more.

`guanyao export` makes it of a fitted generator; it has the same labels, the same shares and, with
the same seed, the same pictures within one grey level.

Reference: Open Neural Network Exchange, onnx.ai.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from guanyao.models import model_file
from guanyao.models.image_sampler import ImageSampler, classes_of
from guanyao.models.onnx_network import OnnxNetwork

NAME = "onnx_images"
MAX_SIDE = 1_024
PIXELS_AT_ONCE = 1 << 21
SLACK = 1e-3
"""How far outside [0, 1] rounding may bring a pixel."""


@dataclass(kw_only=True)
class OnnxImages(ImageSampler):
    """A generator of images that was exported; made by `guanyao export`, never fitted.

    Attributes:
        blob_: The bytes of the ONNX network.
        network_: The network, ready to draw.
        manifest_: What the model file says: the generator it was, its settings and its story.
    """

    name: ClassVar[str] = NAME

    blob_: bytes = field(init=False, repr=False)
    network_: OnnxNetwork = field(init=False, repr=False)
    manifest_: dict[str, Any] = field(init=False, repr=False)

    def pixels_of(self, noise: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pictures of this noise and these labels, shape (n, height, width, channels)."""
        channels, height, width = self.shape_
        pixels = np.zeros((len(noise), height, width, channels), np.uint8)
        step = max(1, PIXELS_AT_ONCE // (height * width))
        for start in range(0, len(noise), step):
            rows = slice(start, start + step)
            drawn = self.network_.draw(noise[rows], labels[rows])
            # (n, channels, height, width) -> (n, height, width, channels)
            pixels[rows] = (drawn.clip(0, 1) * 255).round().transpose(0, 2, 3, 1)
        return pixels

    def settings(self) -> dict[str, Any]:
        """The hyper-parameters of the generator that was exported, by name."""
        return dict(self.manifest_["settings"])

    def save(self, path: str | Path) -> None:
        """Write it to a `.gy` file.

        Raises:
            DataError: The file cannot be written.
        """
        state = {"network": np.frombuffer(self.blob_, np.uint8), "share": self.share_}
        model_file.save(path, self.manifest_, state)

    @classmethod
    def from_state(cls, manifest: dict[str, Any], state: dict[str, Any]) -> Self:
        """The generator that a model file described.

        Raises:
            ValueError: The parts do not fit together, or the network is not to be trusted.
        """
        model = cls()
        channels, height, width = (int(size) for size in manifest["shape"])
        if channels not in (1, 3) or not 0 < min(height, width) <= max(height, width) <= MAX_SIDE:
            raise ValueError("no picture has this size")
        model.shape_ = (channels, height, width)
        model.classes_ = classes_of(manifest)
        model.n_images_ = int(manifest["n_images"])
        model.share_ = _shares(state["share"], max(len(model.classes_), 1))
        network = state["network"]
        if network.dtype != np.uint8 or network.ndim != 1:
            raise ValueError("the network is no bytes")
        model.blob_ = network.tobytes()
        model.network_ = OnnxNetwork.from_bytes(model.blob_)
        model.noise_dim_ = model.network_.noise_dim
        unknown = ("format", "arrays")
        model.manifest_ = {k: v for k, v in manifest.items() if k not in unknown}
        model._try()
        return model

    def _try(self) -> None:
        """See that a picture of every label can be drawn, and no other label."""
        rng = np.random.default_rng(0)
        labels = np.arange(max(len(self.classes_), 1))
        height, width = self.shape_[1:]
        step = max(1, PIXELS_AT_ONCE // max(height * width, self.noise_dim_))
        for some in (labels[start : start + step] for start in range(0, len(labels), step)):
            noise = rng.standard_normal((len(some), self.noise_dim_), np.float32)
            drawn = self.network_.draw(noise, some)
            if drawn.shape != (len(some), *self.shape_):
                raise ValueError("the network draws pictures of another size")
            if not (drawn.min() >= -SLACK and drawn.max() <= 1 + SLACK):  # nor is NaN
                raise ValueError("the network draws no pictures")


def _shares(share: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """The share of each label.

    Raises:
        ValueError: They are no shares.
    """
    share = np.asarray(share, np.float64)
    if share.shape != (n,) or not (share >= 0).all() or not abs(share.sum() - 1) < 1e-6:
        raise ValueError("the shares are not those of the labels")
    return share
