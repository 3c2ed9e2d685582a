"""Latent flow: codes of a variational autoencoder, drawn by flow matching, decoded sharply.

Three stages. An autoencoder learns to write a picture as a short code and to read it back. A flow
learns the codes of each label: a field of velocities that carries noise to codes along straight
paths. Then the decoder goes on learning what pictures look like: codes that the flow draws have to
pass a discriminator, while codes of real pictures are still read back as before.

Reference: Lipman et al. 2023, "Flow Matching for Generative Modeling", arXiv:2210.02747; Liu, Gong
& Liu 2023, "Flow Straight and Fast", arXiv:2209.03003; in a latent space: Dao et al. 2023,
arXiv:2307.08698; a decoder against a discriminator: Larsen et al. 2016, arXiv:1512.09300, and
Rombach et al. 2022, arXiv:2112.10752.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from guanyao.models.adversarial_losses import discriminator_loss, generator_loss, real_penalty
from guanyao.models.adversarial_networks import ConvolutionalTrunk, Discriminator, Shape
from guanyao.models.image_generator import ImageGenerator, ImageNetwork, to_float
from guanyao.models.image_networks import (
    Decoder,
    Encoder,
    Kind,
    cross_entropy,
    encode_all,
    kind_for,
    latent_dim_for,
)
from guanyao.models.latent_field import LatentField, drawn_codes
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Batch, Group, Stage, Trainee
from guanyao.models.vae import VariationalTrainee, check_coder

FLOW_BATCH = 2
"""Rows of an update of the flow, as a multiple of the batch size: its updates are cheap."""

MOST_EPOCHS = 300
"""Passes over few pictures that `n_steps` leads to at most, lest they are learned by heart."""

BETAS = (0.0, 0.99)
"""Adam's moments of the adversarial stage: its gradients turn around quickly."""

PENALTY, PENALTY_EVERY = 0.1, 8
"""Weight of the penalty on the discriminator's slope, and the updates from one to the next."""


@dataclass(kw_only=True)
class LatentFlow(ImageGenerator):
    """Autoencoder, flow matching in its latent space, and a decoder made sharp.

    Args:
        network: Encoder and decoder are convolutional, fully connected, or what suits the size.
        latent_dim: Width of a code, 1..4096; None: it grows with the size of the pictures.
        beta: Weight of the divergence of codes from N(0, I), 0..1000: low, as the flow learns what
            distribution they have.
        width: Channels at half the picture's size, 4..512; dense layers are 32 times as wide.
        flow_width: Width of the field's layers, 16..8192.
        n_blocks: Residual blocks of the field, 1..64.
        n_draw_steps: Steps from noise to a code, two evaluations of the field each, 1..1000.
        temperature: Spread of the noise that codes are drawn from, 0.1..2: below 1 pictures are
            more typical of their label and a little less varied.
        sharpness: Weight of the discriminator's judgement against the misfit in nats, 0 (there is
            no third stage) to 1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "latent_flow"

    learning_rate: float = 1e-3
    warm_up: float = 0.02
    network: Kind = "auto"
    latent_dim: int | None = None
    beta: float = 0.03
    width: int = 32
    flow_width: int = 512
    n_blocks: int = 3
    n_draw_steps: int = 3
    temperature: float = 1.0
    sharpness: float = 10.0

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_coder(self.network, self.latent_dim, self.width)
        check_range("beta", self.beta, 0, 1_000)
        check_count("flow_width", self.flow_width, 16, 8_192)
        check_count("n_blocks", self.n_blocks, 1, 64)
        check_count("n_draw_steps", self.n_draw_steps, 1, 1_000)
        check_range("temperature", self.temperature, 0.1, 2)
        check_range("sharpness", self.sharpness, 0, 1_000)

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        kind, latent_dim = kind_for(self.network, shape), self.latent_dim or latent_dim_for(shape)
        coder = VariationalTrainee(
            Encoder(kind, shape, latent_dim, self.width),
            Decoder(kind, shape, n_classes, latent_dim, self.width),
            self.beta,
            "bernoulli",
        )
        field = LatentField(latent_dim, n_classes, self.flow_width, self.n_blocks)
        judge = Discriminator(ConvolutionalTrunk(shape, self.width), n_classes)
        sharpener = Sharpener(coder.decoder, judge, self.sharpness) if self.sharpness else None
        return LatentFlowNetwork(coder, field, sharpener, self)


class FlowTrainee(Trainee):
    """The field under the loss of conditional flow matching.

    Args:
        field: The velocities of codes.
    """

    def __init__(self, field: LatentField) -> None:
        super().__init__()
        self.field = field

    def groups(self) -> dict[str, Group]:
        """The field."""
        return {"flow": Group(list(self.field.parameters()))}

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """Mean squared error of the velocity on the straight path from noise to a code."""
        mean, spread, labels = batch
        codes = self.field.standardised(mean + spread * torch.randn_like(mean))
        times = torch.rand(len(codes), 1, device=codes.device)
        between, velocity = straight_path(torch.randn_like(codes), codes, times)
        found = self.field(between, self.field.condition(times, labels))
        yield "flow", (found.float() - velocity).square().mean()


def straight_path(noise: Tensor, codes: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Where the straight path from noise (time 0) to codes (time 1) is, and its velocity.

    Args:
        noise: Shape (n, latent_dim).
        codes: Shape (n, latent_dim).
        times: Shape (n, 1), in [0, 1].

    Reference: Lipman et al. 2023, equations 20 to 23 with sigma_min = 0.
    """
    return torch.lerp(noise, codes, times), codes - noise


class Sharpener(Trainee):
    """The decoder against a discriminator, on codes that the flow drew.

    Args:
        decoder: Codes and labels to logits.
        discriminator: Pictures and labels to judgements.
        sharpness: Weight of the judgement against the misfit of real pictures.
    """

    n_updates: Tensor

    def __init__(self, decoder: Decoder, discriminator: Discriminator, sharpness: float) -> None:
        super().__init__()
        self.decoder, self.discriminator = decoder, discriminator
        self.sharpness = sharpness
        # A buffer, so that resumed training goes on counting.
        self.register_buffer("n_updates", torch.zeros((), dtype=torch.int64))

    def groups(self) -> dict[str, Group]:
        """The discriminator and the decoder."""
        return {
            "discriminator": Group(list(self.discriminator.parameters()), 0.5, BETAS),
            "decoder": Group(list(self.decoder.parameters()), 0.25, BETAS),
        }

    @property
    def averaged(self) -> list[nn.Module]:
        """The decoder."""
        return [self.decoder]

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The discriminator's loss; then the decoder's: the judgement and the misfit."""
        pixels, labels, mean, spread, drawn = batch
        real = to_float(pixels)
        codes = torch.cat([drawn, mean + spread * torch.randn_like(mean)])
        logits = self.decoder(codes, labels.repeat(2))
        fake = 2 * torch.sigmoid(logits[: len(drawn)]) - 1
        loss = discriminator_loss(
            self.discriminator(real, labels), self.discriminator(fake.detach(), labels)
        )
        yield "discriminator", loss + self._penalty(real, labels)
        misfit = cross_entropy(logits[len(drawn) :], (real + 1) / 2).mean()
        judged = generator_loss(self.discriminator(fake, labels))
        self.log["misfit"], self.log["judged"] = misfit.detach(), judged.detach()
        yield "decoder", misfit + self.sharpness * judged

    def validate(self, batch: Batch) -> Tensor:
        """How well pictures that are not learned can be told from drawn ones; 0: not at all."""
        pixels, labels, drawn = batch[0], batch[1], batch[4]
        fake = 2 * torch.sigmoid(self.decoder(drawn, labels)) - 1
        judged = (self.discriminator(picture, labels) for picture in (to_float(pixels), fake))
        return 2 * math.log(2) - discriminator_loss(*judged)

    def _penalty(self, real: Tensor, labels: Tensor) -> Tensor:
        is_due = int(self.n_updates) % PENALTY_EVERY == 0
        self.n_updates += 1
        if not is_due:
            return torch.zeros((), device=real.device)
        with torch.autocast(real.device.type, enabled=False):
            return PENALTY * PENALTY_EVERY * real_penalty(self.discriminator, real, labels)


class LatentFlowNetwork(ImageNetwork):
    """Draws codes with the field and decodes them.

    Args:
        coder: The encoder and the decoder.
        field: The velocities of codes.
        sharpener: The last stage; None: there is none.
        settings: Shares and steps.
    """

    def __init__(
        self,
        coder: VariationalTrainee,
        field: LatentField,
        sharpener: Sharpener | None,
        settings: LatentFlow,
    ) -> None:
        super().__init__()
        self.coder, self.field, self.noise_dim = coder, field, field.latent_dim
        self.n_draw_steps, self.temperature = settings.n_draw_steps, settings.temperature
        self.settings = settings
        self.sharpener = (sharpener,)  # in a tuple the discriminator is no part of the weights

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        """The autoencoder, the flow, the decoder made sharp."""
        batch, effort = self.settings.batch_size, self._effort(len(pixels))
        decay = min(self.settings.ema_decay, 0.995)
        coder = Stage(
            name="autoencoder",
            trainee=self.coder,
            data=lambda: (pixels, labels),
            share=0.35,
            effort=effort,
            ema_decay=decay,
        )
        flow = Stage(
            name="flow",
            trainee=FlowTrainee(self.field),
            data=lambda: self._codes(pixels, labels),
            share=0.4,
            effort=2 * effort,
            batch_size=FLOW_BATCH * batch,
        )
        if self.sharpener[0] is None:
            return [coder, flow]
        sharp = Stage(
            name="sharpening",
            trainee=self.sharpener[0],
            data=lambda: self._drawn(pixels, labels),
            share=0.25,
            effort=0.4 * effort,
            ema_decay=decay,
        )
        return [coder, flow, sharp]

    def _effort(self, n_images: int) -> float:
        """The share of `n_steps` that so few pictures get; epochs that were asked for all count."""
        settings = self.settings
        if settings.epochs is not None:
            return 1.0
        return min(1.0, MOST_EPOCHS * n_images / (settings.batch_size * settings.n_steps))

    def _codes(self, pixels: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        """Mean and spread of the codes of all pictures; the field takes note of their scale."""
        mean, log_var = encode_all(self.coder.encoder, pixels)
        spread = (0.5 * log_var).exp()
        self.field.standardise(mean, spread)
        return mean, spread, labels

    def _drawn(self, pixels: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        """All pictures with their codes, and with a code drawn for the label of each."""
        mean, spread, _ = self._codes(pixels, labels)
        generator = torch.Generator().manual_seed(len(pixels))
        noise = self.temperature * torch.randn(mean.shape, generator=generator)
        return (
            pixels,
            labels,
            mean,
            spread,
            drawn_codes(self.field, noise, labels, self.n_draw_steps),
        )

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1], shape (n, channels, height, width)."""
        codes = self.field.draw(self.temperature * noise, labels, self.n_draw_steps)
        return self.decode(codes, labels)

    def encode(self, pictures: Tensor) -> Tensor:
        """The codes' means, shape (n, latent_dim), of pictures in [-1, 1]."""
        mean: Tensor = self.coder.encoder(pictures)[0]
        return mean

    def decode(self, codes: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1] of codes and labels."""
        return torch.sigmoid(self.coder.decoder(codes, labels))
