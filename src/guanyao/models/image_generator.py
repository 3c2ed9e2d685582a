"""What all generators of images share: pixels in and out, labels, training, the model file."""

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from guanyao.data.images import Images
from guanyao.errors import NotFittedError
from guanyao.models import guard, model_file, processes
from guanyao.models.image_sampler import ImageSampler, classes_of
from guanyao.models.ranges import check_count
from guanyao.models.stored_weights import network_with
from guanyao.models.training import Stage, Training, Watch, train
from guanyao.types import Progress, Silent

N_PREVIEW = 100
MAX_SIDE = 1_024


class ImageNetwork(nn.Module):
    """The networks of a generator of images.

    Attributes:
        noise_dim: Width of the noise that a picture is drawn from.
    """

    noise_dim: int

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        """How the networks are trained.

        Args:
            pixels: uint8, shape (n, channels, height, width).
            labels: int64, shape (n,); zeros where there are none.
        """
        raise NotImplementedError

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures of these labels.

        Args:
            noise: Standard normal, shape (n, noise_dim).
            labels: int64, shape (n,).

        Returns:
            Shape (n, channels, height, width), in [0, 1].
        """
        raise NotImplementedError


def to_float(pixels: Tensor) -> Tensor:
    """Bytes 0..255 as numbers in [-1, 1], of the same shape."""
    return pixels.float() / 127.5 - 1


@dataclass(kw_only=True)
class ImageGenerator(Training, ImageSampler):
    """A generator of images; a method adds `_network`.

    Args:
        conditional: Whether labels are learned, where there are any, so that they can be asked for.
    """

    conditional: bool = True
    network_: ImageNetwork = field(init=False, repr=False)
    history_: dict[str, Any] = field(init=False, repr=False)

    def _network(self, shape: tuple[int, int, int], n_classes: int) -> ImageNetwork:
        """The networks, not trained yet.

        Args:
            shape: Channels, height and width of a picture.
            n_classes: How many labels there are; 0: none are learned.
        """
        raise NotImplementedError

    def fit(
        self,
        images: Images,
        *,
        seed: int = 0,
        progress: Progress = Silent(),  # noqa: B008
        folder: Path | None = None,
        profile: bool = False,
    ) -> Self:
        """Learn from images.

        Args:
            images: What is learned, at least 2.
            seed: The seed of everything that is drawn.
            progress: Where to say how far it is.
            folder: Where checkpoints, the log and sample grids go; training that was stopped
                there is resumed.
            profile: Whether to write there where the time goes.

        Raises:
            ConfigError: A setting is out of range, or training goes wrong from its start.
            DataError: The folder cannot be written, or holds a checkpoint of something else.
        """
        check_count("seed", seed, 0)
        self._take_on(images)
        pixels = torch.from_numpy(np.ascontiguousarray(images.pixels.transpose(0, 3, 1, 2)))
        labels = torch.from_numpy(self._labels_of(images))
        network = self._seeded_network(seed)
        watch = Watch(
            folder=folder,
            preview=lambda: self._preview(network, seed),
            diversity=lambda: self._diversity(network, pixels, labels),
            fingerprint=self._fingerprint(images, seed),
            profile=profile,
        )
        stages = network.stages(pixels, labels)
        history = train(stages, self, seed=seed, progress=progress, watch=watch)
        self.network_, self.history_ = network.cpu().eval(), history.to_json()
        self.noise_dim_ = network.noise_dim
        return self

    def _take_on(self, images: Images) -> None:
        height, width, channels = images.shape
        self.shape_ = (channels, height, width)
        self.n_images_ = len(images)
        is_labelled = images.labels is not None and self.conditional and len(images.classes) > 1
        self.classes_ = tuple(images.classes) if is_labelled else ()
        counts = np.ones(1)
        if is_labelled and images.labels is not None:
            counts = np.bincount(images.labels, minlength=len(images.classes)).astype(np.float64)
        self.share_ = counts / counts.sum()

    def _labels_of(self, images: Images) -> NDArray[np.int64]:
        if not self.classes_ or images.labels is None:
            return np.zeros(len(images), np.int64)
        return images.labels.astype(np.int64)

    def _seeded_network(self, seed: int) -> ImageNetwork:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self._network(self.shape_, len(self.classes_))

    def _fingerprint(self, images: Images, seed: int) -> str:
        return model_file.fingerprint(
            {
                "model": self.name,
                "settings": self.settings(),
                "seed": seed,
                "classes": self.classes_,
                "shape": self.shape_,
                "processes": processes.n_processes(),
            },
            images.pixels,
            self._labels_of(images),
        )

    def _preview(self, network: ImageNetwork, seed: int) -> Tensor:
        """The same noise drawn anew, a column for each label where there are up to ten."""
        noise = torch.randn(
            N_PREVIEW, network.noise_dim, generator=torch.Generator().manual_seed(seed)
        )
        return self._drawn(network, noise, self._every_label(N_PREVIEW))

    def _every_label(self, n: int) -> Tensor:
        return torch.arange(n) % min(max(len(self.classes_), 1), N_PREVIEW)

    def _diversity(self, network: ImageNetwork, pixels: Tensor, labels: Tensor) -> float:
        """How much samples differ, relative to pictures of the same labels."""
        chosen = torch.linspace(0, len(pixels) - 1, min(len(pixels), 200)).long()
        noise = torch.randn(
            len(chosen), network.noise_dim, generator=torch.Generator().manual_seed(1)
        )
        drawn = self._drawn(network, noise, labels[chosen])
        return guard.diversity(drawn, pixels[chosen].float() / 255, labels[chosen])

    def _drawn(self, network: ImageNetwork, noise: Tensor, labels: Tensor) -> Tensor:
        device = next(network.parameters()).device
        with torch.no_grad():
            return network.draw(noise.to(device), labels.to(device)).float().cpu()

    def pixels_of(self, noise: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pictures of this noise and these labels, shape (n, height, width, channels)."""
        channels, height, width = self.shape_
        if not len(noise):
            return np.zeros((0, height, width, channels), np.uint8)
        drawn = self._drawn(self.network_, torch.from_numpy(noise), torch.from_numpy(labels))
        pixels = (drawn.clamp(0, 1) * 255).round().to(torch.uint8)
        return np.ascontiguousarray(pixels.permute(0, 2, 3, 1).numpy())

    def settings(self) -> dict[str, Any]:
        """The hyper-parameters by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.init}

    def save(self, path: str | Path) -> None:
        """Write the fitted generator to a `.gy` file.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: The file cannot be written.
        """
        if not hasattr(self, "network_"):
            raise NotFittedError("there is nothing learned to save", do="call fit(images) first")
        manifest = {
            "model": self.name,
            "data": "images",
            "settings": self.settings(),
            "shape": list(self.shape_),
            "classes": list(self.classes_),
            "n_images": self.n_images_,
            "history": self.history_,
        }
        weights = {k: v.numpy() for k, v in self.network_.state_dict().items()}
        model_file.save(path, manifest, {"weights": weights, "share": self.share_})

    @classmethod
    def from_state(cls, manifest: dict[str, Any], state: dict[str, Any]) -> Self:
        """The fitted generator that a model file described.

        Raises:
            ValueError: The parts do not fit together.
        """
        model = cls(**manifest["settings"])
        channels, height, width = (int(size) for size in manifest["shape"])
        if channels not in (1, 3) or not 0 < min(height, width) <= max(height, width) <= MAX_SIDE:
            raise ValueError("no picture has this size")
        model.shape_ = (channels, height, width)
        model.classes_ = classes_of(manifest)
        model.n_images_ = int(manifest["n_images"])
        model.history_ = dict(manifest["history"])
        model.share_ = np.asarray(state["share"], np.float64)
        if model.share_.shape != (max(len(model.classes_), 1),) or not (model.share_ >= 0).all():
            raise ValueError("the shares are not those of the labels")
        network = network_with(lambda: model._seeded_network(0), state["weights"])
        model.network_, model.noise_dim_ = network, network.noise_dim
        drawn = model._drawn(network, torch.zeros(1, network.noise_dim), torch.zeros(1).long())
        if drawn.shape[1:] != model.shape_ or not drawn.isfinite().all():
            raise ValueError("the network draws no pictures")
        return model
