"""A small generator of images for tests: an encoder, a decoder, a part that never draws."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.models.image_generator import ImageGenerator, ImageNetwork, to_float
from guanyao.models.training import Group, Stage, Trainee

WIDTH = 6
N_LOOPS = 3


class ToyTrainee(Trainee):
    """An autoencoder that is told the label."""

    def __init__(self, network: "ToyNetwork") -> None:
        super().__init__()
        self.network = network

    def groups(self) -> dict[str, Group]:
        return {"pixels": Group(list(self.parameters()))}

    def updates(self, batch: tuple[Tensor, ...], fraction: float) -> Iterator[tuple[str, Tensor]]:
        pixels, labels = to_float(batch[0]), batch[1]
        latent = self.network.encode(pixels)
        drawn = self.network.decode(latent + torch.randn_like(latent), labels)
        error = (drawn - (pixels + 1) / 2).square().mean()
        yield "pixels", error + 1e-3 * latent.square().mean()


class ToyNetwork(ImageNetwork):
    """Noise goes through a few steps of a small network, then a transposed convolution."""

    noise_dim = WIDTH

    def __init__(self, shape: tuple[int, int, int], n_classes: int) -> None:
        super().__init__()
        self.shape = shape
        channels, height, width = shape
        self.low = ((height + 1) // 2, (width + 1) // 2)
        self.encoder = nn.Linear(channels * height * width, WIDTH)
        self.labels = nn.Embedding(max(n_classes, 1), WIDTH)
        self.grow = nn.Linear(2 * WIDTH, 4 * self.low[0] * self.low[1])
        self.norm = nn.BatchNorm2d(4)
        self.last = nn.ConvTranspose2d(4, channels, 4, stride=2, padding=1)
        nn.init.normal_(self.grow.weight, std=0.4)  # so that pictures differ from the start
        nn.init.normal_(self.last.weight, std=0.6)
        self.critic = nn.Linear(channels * height * width, 1)

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        return [Stage(name="toy", trainee=ToyTrainee(self), data=lambda: (pixels, labels))]

    def encode(self, pixels: Tensor) -> Tensor:
        return self.encoder(pixels.flatten(1))

    def decode(self, latent: Tensor, labels: Tensor) -> Tensor:
        grown = self.grow(torch.cat([latent, self.labels(labels)], 1))
        drawn = self.last(self.norm(grown.unflatten(1, (4, *self.low))).relu())
        return torch.sigmoid(drawn)[..., : self.shape[1], : self.shape[2]]

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        for step in range(N_LOOPS):
            noise = noise + 0.01 * torch.tanh(noise) * step
        return self.decode(noise, labels)


@dataclass(kw_only=True)
class Toy(ImageGenerator):
    """The toy."""

    name: ClassVar[str] = "toy"
    learning_rate: float = 0.01
    batch_size: int = 32
    ema_decay: float = 0.9
    width: int = 4

    def _network(self, shape: tuple[int, int, int], n_classes: int) -> ToyNetwork:
        return ToyNetwork(shape, n_classes)


PLACE = f"{__name__}:Toy"


def digits(n: int = 300, *, channels: int = 1, height: int = 8) -> Images:
    """Digits of 8 x 8 pixels, or fewer rows of them, grey or in colour."""
    found = load_digits()
    grey = (found.images[:n, :height, :, None] * 255 / 16).astype(np.uint8)
    return Images(
        pixels=grey.repeat(channels, axis=3),
        labels=found.target[:n].astype(np.int64),
        classes=tuple("0123456789"),
        source=Source(),
    )


def fitted(images: Images | None = None, **settings: object) -> Toy:
    """A toy that has learned digits."""
    toy = Toy(**{"epochs": 2, "precision": "fp32", **settings})  # type: ignore[arg-type]
    return toy.fit(digits() if images is None else images, seed=1)
