"""VAE: a variational autoencoder, convolutional or fully connected.

Reference: Kingma & Welling 2013, "Auto-Encoding Variational Bayes", arXiv:1312.6114; with labels:
Sohn, Lee & Yan 2015, "Learning Structured Output Representation using Deep Conditional Generative
Models"; beta: Higgins et al. 2017, "beta-VAE"; the spread of a Gaussian likelihood is learned:
Rybkin, Daniilidis & Levine 2021, arXiv:2006.13202.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from guanyao.errors import ConfigError
from guanyao.models.adversarial_networks import Shape
from guanyao.models.image_generator import ImageGenerator, ImageNetwork, to_float
from guanyao.models.image_networks import (
    Decoder,
    Encoder,
    Kind,
    cross_entropy,
    divergence,
    drawn_code,
    kind_for,
    latent_dim_for,
)
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Batch, Group, Stage, Trainee

Likelihood = Literal["bernoulli", "gaussian"]

LABEL_GAIN = 4.0
"""How much louder than 1 the decoder is told the label, lest the code says it instead."""


@dataclass(kw_only=True)
class VAE(ImageGenerator):
    """Encoder and decoder trained together on the evidence lower bound.

    Codes are drawn from N(0, I), as in the paper; those of a label from a normal distribution of
    its own, which is learned too.

    Args:
        network: Convolutional, fully connected, or what suits the size of the pictures.
        latent_dim: Width of a code, 1..4096; None: it grows with the size of the pictures.
        beta: Weight of the divergence (1 in the paper), 0..1000.
        likelihood: Of a pixel: Bernoulli, or Gaussian with one spread that is learned.
        width: Channels at half the picture's size, 4..512; dense layers are 32 times as wide.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "vae"

    learning_rate: float = 1e-3
    warm_up: float = 0.02
    ema_decay: float = 0.995
    network: Kind = "auto"
    latent_dim: int | None = None
    beta: float = 1.0
    likelihood: Likelihood = "bernoulli"
    width: int = 32

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_coder(self.network, self.latent_dim, self.width)
        check_range("beta", self.beta, 0, 1_000)
        check_choice("likelihood", self.likelihood, ("bernoulli", "gaussian"))

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        kind, latent_dim = kind_for(self.network, shape), self.latent_dim or latent_dim_for(shape)
        encoder = Encoder(kind, shape, latent_dim, self.width)
        decoder = Decoder(kind, shape, n_classes, latent_dim, self.width, LABEL_GAIN)
        prior = Prior(n_classes, latent_dim)
        coder = VariationalTrainee(encoder, decoder, self.beta, self.likelihood, prior)
        return VariationalNetwork(coder, latent_dim)


class Prior(nn.Module):
    """The normal distribution that codes of a label are drawn from; N(0, I) where there are none.

    Its mean and spread are learned with the rest, as part of the evidence lower bound, so that the
    code need not say again what the label says.

    Args:
        n_classes: Labels; 0: there are none.
        latent_dim: Width of a code.

    Reference: Sohn, Lee & Yan 2015, section 4: the conditional prior network.
    """

    def __init__(self, n_classes: int, latent_dim: int) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.mean = nn.Parameter(torch.zeros(n_classes, latent_dim))
        self.log_var = nn.Parameter(torch.zeros(n_classes, latent_dim))

    def codes(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Standard normal noise, shape (n, latent_dim), as codes of these labels."""
        if not self.n_classes:
            return noise
        return self.mean[labels] + (0.5 * self.log_var[labels]).exp() * noise

    def divergence(self, mean: Tensor, log_var: Tensor, labels: Tensor) -> Tensor:
        """Of posteriors from the prior of their labels, in nats, shape (n,)."""
        if not self.n_classes:
            return divergence(mean, log_var)
        own = self.log_var[labels]
        return divergence((mean - self.mean[labels]) * (-0.5 * own).exp(), log_var - own)


def check_coder(network: str, latent_dim: int | None, width: int) -> None:
    """See that the settings that all autoencoders have are in range.

    Raises:
        ConfigError: One is not.
    """
    check_choice("network", network, ("auto", "conv", "mlp"))
    if latent_dim is not None:
        check_count("latent_dim", latent_dim, 1, 4_096)
    check_count("width", width, 4, 512)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """See that a setting is one of its choices.

    Raises:
        ConfigError: It is not.
    """
    if value not in choices:
        raise ConfigError(f"{name} is {value!r}", allowed=", ".join(choices), code="config.setting")


class VariationalTrainee(Trainee):
    """An encoder and a decoder under the evidence lower bound.

    Args:
        encoder: Pictures to the means and log-variances of codes.
        decoder: Codes and labels to logits, or to means of pixels.
        beta: Weight of the divergence.
        likelihood: Of a pixel.
        prior: What codes are held against; None: N(0, I).
    """

    def __init__(
        self,
        encoder: Encoder,
        decoder: Decoder,
        beta: float,
        likelihood: Likelihood,
        prior: Prior | None = None,
    ) -> None:
        super().__init__()
        self.prior = prior or Prior(0, 0)
        self.encoder, self.decoder = encoder, decoder
        self.beta, self.likelihood = beta, likelihood
        self.log_spread = nn.Parameter(torch.tensor(-1.0), requires_grad=likelihood == "gaussian")

    def groups(self) -> dict[str, Group]:
        """One: encoder and decoder together."""
        return {"elbo": Group([p for p in self.parameters() if p.requires_grad])}

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """Minus the evidence lower bound, in nats per picture."""
        target, labels = batch[0].float() / 255, batch[1]
        mean, log_var = self.encoder(to_float(batch[0]))
        out = self.decoder(drawn_code(mean, log_var), labels)
        misfit = self.misfit(out, target).mean()
        distance = self.prior.divergence(mean, log_var, labels).mean()
        self.log = {"misfit": misfit.detach(), "divergence": distance.detach()}
        yield "elbo", misfit + self.beta * distance

    def misfit(self, out: Tensor, target: Tensor) -> Tensor:
        """Minus the log-likelihood of pictures in [0, 1], in nats, shape (n,)."""
        if self.likelihood == "bernoulli":
            return cross_entropy(out, target)
        return gaussian_misfit(out, target, self.log_spread)

    def pictures(self, out: Tensor) -> Tensor:
        """What the decoder gave as pictures in [0, 1]: the likelihood's mean."""
        return torch.sigmoid(out) if self.likelihood == "bernoulli" else out.clamp(0, 1)


def gaussian_misfit(mean: Tensor, target: Tensor, log_spread: Tensor) -> Tensor:
    """Minus the log-likelihood under N(mean, exp(log_spread)^2), in nats, shape (n,)."""
    scaled = (target - mean) * torch.exp(-log_spread)
    return (0.5 * scaled.square() + log_spread + 0.5 * math.log(2 * math.pi)).flatten(1).sum(1)


class VariationalNetwork(ImageNetwork):
    """Draws codes from the prior and decodes them.

    Args:
        coder: The encoder and the decoder.
        latent_dim: Width of a code.
    """

    def __init__(self, coder: VariationalTrainee, latent_dim: int) -> None:
        super().__init__()
        self.coder, self.noise_dim = coder, latent_dim

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        """One: both networks on all pictures."""
        return [Stage(name="elbo", trainee=self.coder, data=lambda: (pixels, labels))]

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1], shape (n, channels, height, width)."""
        return self.decode(self.coder.prior.codes(noise, labels), labels)

    def encode(self, pictures: Tensor) -> Tensor:
        """The codes' means, shape (n, latent_dim), of pictures in [-1, 1]."""
        mean: Tensor = self.coder.encoder(pictures)[0]
        return mean

    def decode(self, codes: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1] of codes and labels."""
        return self.coder.pictures(self.coder.decoder(codes, labels))
