"""GAN: a generator and a discriminator of fully connected layers, trained against each other.

Reference: Goodfellow et al. 2014, "Generative Adversarial Nets", arXiv:1406.2661; with labels:
Mirza & Osindero 2014, "Conditional Generative Adversarial Nets", arXiv:1411.1784.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from guanyao.models.adversarial_losses import discriminator_loss, generator_loss, real_penalty
from guanyao.models.adversarial_networks import (
    SLOPE,
    AdversarialNetwork,
    Discriminator,
    FirstLayer,
    Shape,
    Trunk,
)
from guanyao.models.image_generator import ImageNetwork, to_float
from guanyao.models.ranges import check_count
from guanyao.models.rivalry import AdversarialGenerator, Rivalry
from guanyao.models.training import Batch, Group

BETAS = (0.0, 0.99)
"""Of Adam; without momentum (0.5 in Radford et al. 2016) samples of a label soon differ."""


class NonSaturating(Rivalry):
    """Generator against discriminator under the non-saturating loss.

    The penalty is taken at every `penalty_every`-th update only and weighs as much more there.

    Args:
        generator: Noise and labels to pictures.
        discriminator: Pictures and labels to logits.
        noise_dim: Width of the noise.
        penalty: Gamma of the penalty on the discriminator's slope; 0: none.
        penalty_every: Updates from one penalty to the next.

    Reference: Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN",
    arXiv:1912.04958, section 3.1, "lazy regularization".
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        *,
        noise_dim: int,
        penalty: float,
        penalty_every: int,
    ) -> None:
        super().__init__(generator, noise_dim)
        self.discriminator = discriminator
        self.penalty, self.penalty_every = penalty, penalty_every

    def groups(self) -> dict[str, Group]:
        """The discriminator and the generator."""
        return {
            "discriminator": Group(list(self.discriminator.parameters()), betas=BETAS),
            "generator": Group(list(self.generator.parameters()), betas=BETAS),
        }

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The discriminator's loss, then the generator's."""
        real, labels = to_float(batch[0]), batch[1]
        fake = self.drawn(labels)
        loss = discriminator_loss(
            self.discriminator(real, labels), self.discriminator(fake.detach(), labels)
        )
        yield "discriminator", loss + self._penalty(real, labels)
        yield "generator", generator_loss(self.discriminator(fake, labels))

    def _penalty(self, real: Tensor, labels: Tensor) -> Tensor:
        is_due = int(self.n_updates) % self.penalty_every == 0
        self.n_updates += 1
        if not self.penalty or not is_due:
            return torch.zeros((), device=real.device)
        with torch.autocast(real.device.type, enabled=False):
            found = real_penalty(self.discriminator, real, labels)
        self.log["penalty"] = found.detach()
        return self.penalty * self.penalty_every * found

    def validate(self, batch: Batch) -> Tensor:
        """How well rows that are not learned can be told from drawn ones; 0: not at all."""
        real, labels = to_float(batch[0]), batch[1]
        judged = self.discriminator(real, labels), self.discriminator(self.drawn(labels), labels)
        return 2 * math.log(2) - discriminator_loss(*judged)


class DenseGenerator(nn.Module):
    """Noise to pictures by fully connected layers, each twice as wide as the last.

    Args:
        shape: Channels, height and width of a picture.
        n_classes: Labels; 0: there are none.
        noise_dim: Width of the noise.
        width: Width of the first layer.
    """

    def __init__(self, shape: Shape, n_classes: int, noise_dim: int, width: int) -> None:
        super().__init__()
        self.shape = shape
        self.first = FirstLayer(noise_dim, n_classes, width)
        self.rest = nn.Sequential(
            *(nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, 2 * width, bias=False)),
            *(nn.BatchNorm1d(2 * width), nn.ReLU(), nn.Linear(2 * width, math.prod(shape))),
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [-1, 1], shape (n, channels, height, width)."""
        flat: Tensor = self.rest(self.first(noise, labels))
        return torch.tanh(flat.float()).reshape(-1, *self.shape)


class DenseTrunk(Trunk):
    """Pictures to features by two fully connected layers.

    Args:
        shape: Channels, height and width of a picture.
        width: Width of the features; the first layer is twice as wide.
    """

    def __init__(self, shape: Shape, width: int) -> None:
        super().__init__()
        self.n_features = width
        self.layers = nn.Sequential(
            *(nn.Flatten(), nn.Linear(math.prod(shape), 2 * width), nn.LeakyReLU(SLOPE)),
            *(nn.Linear(2 * width, width), nn.LeakyReLU(SLOPE)),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Features, shape (n, n_features)."""
        features: Tensor = self.layers(pictures)
        return features


@dataclass(kw_only=True)
class GAN(AdversarialGenerator):
    """Fully connected networks; batch normalisation, labels and the penalty are later additions.

    Args:
        noise_dim: Width of the noise (100 in the paper), 1..4096.
        width: Width of the generator's first layer, 8..4096.
        penalty: Weight of the penalty on the discriminator's slope at real pictures, which keeps
            training from collapsing, 0 (the paper) to 1000.
        penalty_every: Updates from one penalty to the next, 1..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "gan"
    widths: ClassVar[tuple[int, int]] = (8, 4_096)

    width: int = 256
    penalty_every: int = 8

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("penalty_every", self.penalty_every, 1, 1_000)

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        generator = DenseGenerator(shape, n_classes, self.noise_dim, self.width)
        discriminator = Discriminator(DenseTrunk(shape, self.width), n_classes)
        rivalry = NonSaturating(
            generator,
            discriminator,
            noise_dim=self.noise_dim,
            penalty=self.penalty,
            penalty_every=self.penalty_every,
        )
        return AdversarialNetwork(generator, rivalry, self.noise_dim)
