"""VAE-GAN: a variational autoencoder whose decoder is a generator that a discriminator judges.

What a reconstruction misses is measured in the discriminator's features instead of in pixels, so
that it may be sharp and a little beside.

Reference: Larsen et al. 2016, "Autoencoding beyond pixels using a learned similarity metric",
arXiv:1512.09300, algorithm 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from guanyao.models.adversarial_losses import discriminator_loss, generator_loss
from guanyao.models.adversarial_networks import (
    AdversarialNetwork,
    ConvolutionalGenerator,
    ConvolutionalTrunk,
    Discriminator,
    Shape,
    started,
)
from guanyao.models.gan import BETAS, NonSaturating
from guanyao.models.image_generator import ImageNetwork, to_float
from guanyao.models.image_networks import divergence
from guanyao.models.ranges import check_count, check_range
from guanyao.models.rivalry import AdversarialGenerator
from guanyao.models.training import Batch, Group


def feature_error(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared error relative to the target's variance: 0 is equal, 1 as bad as its mean.

    Args:
        features: Shape (n, n_features).
        target: Of the same shape.
    """
    variance = (target - target.mean(0)).square().mean().clamp_min(1e-12)
    return (features - target).square().mean() / variance


class Encoder(nn.Module):
    """Pictures to the mean and the log-variance of their posteriors.

    Args:
        shape: Channels, height and width of a picture.
        latent_dim: Width of the latent space.
        width: Channels at half the picture's size.
    """

    def __init__(self, shape: Shape, latent_dim: int, width: int) -> None:
        super().__init__()
        self.trunk = ConvolutionalTrunk(shape, width)
        self.normal = nn.BatchNorm1d(self.trunk.n_features)
        self.posterior = nn.Linear(self.trunk.n_features, 2 * latent_dim)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each of shape (n, latent_dim)."""
        both: Tensor = self.posterior(self.normal(self.trunk(pictures))).float()
        mean, log_variance = both.chunk(2, 1)
        return mean, log_variance.clamp(-10, 10)


class EncodedRivalry(NonSaturating):
    """Encoder, decoder and discriminator; the decoder is the generator.

    Args:
        encoder: Pictures to posteriors.
        generator: Latents and labels to pictures.
        discriminator: Pictures and labels to logits.
        noise_dim: Width of the latent space.
        penalty: As for `NonSaturating`.
        penalty_every: As for `NonSaturating`.
        reconstruction: Weight of the features' error for the encoder, relative to the divergence.
        gamma: Weight of the features' error for the decoder, relative to the discriminator.
    """

    discriminator: Discriminator

    def __init__(
        self,
        encoder: nn.Module,
        *networks: nn.Module,
        noise_dim: int,
        penalty: float,
        penalty_every: int,
        reconstruction: float,
        gamma: float,
    ) -> None:
        super().__init__(
            *networks, noise_dim=noise_dim, penalty=penalty, penalty_every=penalty_every
        )
        self.encoder, self.reconstruction, self.gamma = encoder, reconstruction, gamma

    def groups(self) -> dict[str, Group]:
        """The discriminator, the decoder and the encoder."""
        rivals = super().groups()
        return {
            "discriminator": rivals["discriminator"],
            "decoder": rivals["generator"],
            "encoder": Group(list(self.encoder.parameters()), betas=BETAS),
        }

    @property
    def averaged(self) -> list[nn.Module]:
        """The decoder and the encoder."""
        return [self.generator, self.encoder]

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The losses of the discriminator, the decoder and the encoder."""
        real, labels = to_float(batch[0]), batch[1]
        mean, log_variance = self.encoder(real)
        latent = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        both, twice = torch.cat([latent.detach(), torch.randn_like(mean)]), labels.repeat(2)
        fake = self.generator(both, twice)  # reconstructions, then draws from the prior
        loss = discriminator_loss(
            self.discriminator(real, labels), self.discriminator(fake.detach(), twice)
        )
        yield "discriminator", loss + self._penalty(real, labels)
        yield "decoder", self._decoder_loss(real, fake, twice)
        error = self._error(real, self.discriminator.trunk(self.generator(latent, labels)))
        nats = divergence(mean, log_variance).mean()
        self.log |= {"divergence": nats.detach(), "feature_error": error.detach()}
        yield "encoder", nats + self.reconstruction * error

    def _decoder_loss(self, real: Tensor, fake: Tensor, labels: Tensor) -> Tensor:
        features = self.discriminator.trunk(fake)
        error = self._error(real, features[: len(real)])
        return generator_loss(self.discriminator.verdict(features, labels)) + self.gamma * error

    def _error(self, real: Tensor, features: Tensor) -> Tensor:
        """How far the features are from those of the real pictures."""
        with torch.no_grad():
            target = self.discriminator.trunk(real).float()
        return feature_error(features.float(), target)


class VAEGANNetwork(AdversarialNetwork):
    """A decoder, its encoder, and what they are trained with.

    Args:
        encoder: Pictures to posteriors.
        rivalry: What trains them.
    """

    def __init__(self, encoder: Encoder, rivalry: EncodedRivalry) -> None:
        super().__init__(rivalry.generator, rivalry, rivalry.noise_dim)
        self.encoder = encoder

    def encode(self, pictures: Tensor) -> Tensor:
        """The means of the posteriors of pictures in [-1, 1], shape (n, noise_dim)."""
        mean: Tensor = self.encoder(pictures)[0]
        return mean

    def decode(self, latent: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1] of latents, shape (n, channels, height, width)."""
        return self.draw(latent, labels)


@dataclass(kw_only=True)
class VAEGAN(AdversarialGenerator):
    """Convolutional encoder, decoder and discriminator, for pictures of any size.

    Args:
        noise_dim: Width of the latent space, 1..4096.
        width: Channels at half the picture's size, twice as many at a quarter and so on, 4..512.
        reconstruction: Weight of the reconstruction error for the encoder, relative to the
            divergence in nats, 0..100000.
        gamma: Weight of the reconstruction error for the decoder, relative to the discriminator's
            judgement, 0..100000.
        penalty: Weight of the penalty on the discriminator's slope at real pictures, 0..1000.
        penalty_every: Updates from one penalty to the next, 1..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "vae_gan"

    n_steps: int = 5_000
    noise_dim: int = 64
    reconstruction: float = 100.0
    gamma: float = 3.0
    penalty_every: int = 8

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_range("reconstruction", self.reconstruction, 0, 100_000)
        check_range("gamma", self.gamma, 0, 100_000)
        check_count("penalty_every", self.penalty_every, 1, 1_000)

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        encoder = Encoder(shape, self.noise_dim, self.width)
        rivalry = EncodedRivalry(
            encoder,
            started(ConvolutionalGenerator(shape, n_classes, self.noise_dim, self.width)),
            started(Discriminator(ConvolutionalTrunk(shape, self.width), n_classes)),
            noise_dim=self.noise_dim,
            penalty=self.penalty,
            penalty_every=self.penalty_every,
            reconstruction=self.reconstruction,
            gamma=self.gamma,
        )
        return VAEGANNetwork(encoder, rivalry)
