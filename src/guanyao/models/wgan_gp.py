"""WGAN-GP: a critic that estimates the Wasserstein distance, its slope held near 1.

Reference: Gulrajani et al. 2017, "Improved Training of Wasserstein GANs", arXiv:1704.00028.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from guanyao.models.adversarial_losses import critic_loss, gradient_penalty
from guanyao.models.adversarial_networks import (
    AdversarialNetwork,
    ConvolutionalGenerator,
    ConvolutionalTrunk,
    Discriminator,
    Shape,
    started,
)
from guanyao.models.image_generator import ImageNetwork, to_float
from guanyao.models.ranges import check_count
from guanyao.models.rivalry import AdversarialGenerator, Rivalry
from guanyao.models.training import Batch, Group

BETAS = (0.0, 0.9)
"""Of Adam, as in the paper."""


class Wasserstein(Rivalry):
    """Generator against critic; each batch teaches the critic, every few the generator too.

    Args:
        generator: Noise and labels to pictures.
        critic: Pictures and labels to values.
        noise_dim: Width of the noise.
        critic_steps: Updates of the critic for each of the generator.
        penalty: Lambda of the paper.
    """

    def __init__(
        self,
        generator: nn.Module,
        critic: nn.Module,
        *,
        noise_dim: int,
        critic_steps: int,
        penalty: float,
    ) -> None:
        super().__init__(generator, noise_dim)
        self.critic, self.critic_steps, self.penalty = critic, critic_steps, penalty

    def groups(self) -> dict[str, Group]:
        """The critic and the generator."""
        return {
            "critic": Group(list(self.critic.parameters()), betas=BETAS),
            "generator": Group(list(self.generator.parameters()), betas=BETAS),
        }

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The critic's loss and, when it is due, the generator's."""
        real, labels = to_float(batch[0]), batch[1]
        self.n_updates += 1
        with torch.no_grad():
            fake = self.drawn(labels)
        distance = -critic_loss(self.critic(real, labels), self.critic(fake, labels))
        with torch.autocast(real.device.type, enabled=False):  # its own gradient needs full width
            slope = gradient_penalty(self.critic, real, fake.float(), labels)
        self.log = {"distance": distance.detach(), "penalty": slope.detach()}
        yield "critic", self.penalty * slope - distance
        if int(self.n_updates) % self.critic_steps == 0:
            yield "generator", -self.critic(self.drawn(labels), labels).mean()

    def validate(self, batch: Batch) -> Tensor:
        """The critic's distance of drawn pictures from rows that are not learned."""
        real, labels = to_float(batch[0]), batch[1]
        return -critic_loss(self.critic(real, labels), self.critic(self.drawn(labels), labels))


@dataclass(kw_only=True)
class WGANGP(AdversarialGenerator):
    """Convolutional networks under the Wasserstein loss, for pictures of any size.

    Args:
        noise_dim: Width of the noise (128 in the paper), 1..4096.
        width: Channels at half the picture's size, twice as many at a quarter and so on, 4..512.
        critic_steps: Updates of the critic for each of the generator (5 in the paper), 1..100.
        penalty: Lambda of the paper (10), 0..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "wgan_gp"

    batch_size: int = 64
    noise_dim: int = 128
    penalty: float = 10.0
    critic_steps: int = 5

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("critic_steps", self.critic_steps, 1, 100)

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        generator = ConvolutionalGenerator(shape, n_classes, self.noise_dim, self.width)
        critic = Discriminator(ConvolutionalTrunk(shape, self.width), n_classes)
        rivalry = Wasserstein(
            started(generator),
            started(critic),
            noise_dim=self.noise_dim,
            critic_steps=self.critic_steps,
            penalty=self.penalty,
        )
        return AdversarialNetwork(generator, rivalry, self.noise_dim)
