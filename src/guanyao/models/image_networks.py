"""Encoders and decoders of pictures of any size, fully connected or convolutional.

The decoder is told the label, as a one-hot vector beside the code; the encoder sees it anyway.
The convolutional decoder grows by sub-pixel convolutions, which leave no checkerboard.

Reference: Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient
Sub-Pixel Convolutional Neural Network", arXiv:1609.05158.
"""

import math
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from guanyao.models.adversarial_networks import Shape, layout
from guanyao.models.image_generator import to_float

Kind = Literal["auto", "conv", "mlp"]
"""Convolutional, fully connected, or what suits the size of the pictures."""

LARGEST_DENSE = 1_024
"""Numbers in a picture up to which fully connected networks are trained in less time."""

DENSE, HIDDEN = 32, 8
"""Widths of the hidden layers of dense and of convolutional networks, in channels."""

MIN_LATENT, MAX_LATENT = 8, 256

BATCH_ROWS = 1_000
"""Pictures that are encoded or drawn at once, outside training."""


def kind_for(kind: Kind, shape: Shape) -> Literal["conv", "mlp"]:
    """The kind itself, or for "auto" what suits pictures of this shape.

    Examples:
        >>> kind_for("auto", (1, 28, 28)), kind_for("auto", (3, 64, 64))
        ('mlp', 'conv')
    """
    if kind != "auto":
        return kind
    return "mlp" if math.prod(shape) <= LARGEST_DENSE else "conv"


def latent_dim_for(shape: Shape) -> int:
    """Width of the code of a picture: it grows with the side, 32 for 28 x 28 grey.

    Examples:
        >>> [latent_dim_for(shape) for shape in [(1, 8, 8), (1, 28, 28), (3, 64, 64)]]
        [16, 32, 128]
    """
    wanted = 32 * math.sqrt(math.prod(shape) / 784)
    return min(max(8 * math.ceil(wanted / 8), MIN_LATENT), MAX_LATENT)


def with_label(features: Tensor, labels: Tensor, n_classes: int, gain: float = 1.0) -> Tensor:
    """The features with the label as a one-hot vector beside them; alone where there are none."""
    if not n_classes:
        return features
    label = gain * functional.one_hot(labels, n_classes).to(features.dtype)
    return torch.cat([features, label], 1)


class Encoder(nn.Module):
    """Pictures to the mean and the logarithm of the variance of their codes.

    Args:
        kind: Convolutional or fully connected.
        shape: Channels, height and width of a picture.
        latent_dim: Width of a code.
        width: Channels at half the picture's size; dense layers are `DENSE` times as wide.
    """

    MIN_LOG_VAR, MAX_LOG_VAR = -10.0, 4.0

    def __init__(
        self, kind: Literal["conv", "mlp"], shape: Shape, latent_dim: int, width: int
    ) -> None:
        super().__init__()
        trunk, n_features = (_dense_trunk if kind == "mlp" else _convolutional_trunk)(shape, width)
        hidden = _hidden(kind, width)
        head = nn.Linear(n_features, hidden), nn.SiLU(), nn.Linear(hidden, 2 * latent_dim)
        self.layers = nn.Sequential(trunk, *head)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each of shape (n, latent_dim), of pictures in [-1, 1]."""
        mean, log_var = self.layers(pictures).float().chunk(2, 1)
        return mean, log_var.clamp(self.MIN_LOG_VAR, self.MAX_LOG_VAR)


def _hidden(kind: str, width: int) -> int:
    return (DENSE if kind == "mlp" else HIDDEN) * width


def _dense_trunk(shape: Shape, width: int) -> tuple[nn.Module, int]:
    """Pictures to features, and how many."""
    n = DENSE * width
    return nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), n), nn.SiLU()), n


def _convolutional_trunk(shape: Shape, width: int) -> tuple[nn.Module, int]:
    channels, height, width_px = layout(shape, width)
    n_halvings = len(channels)
    missing = (width_px << n_halvings) - shape[2], (height << n_halvings) - shape[1]
    shrink = [
        layer
        for n_in, n_out in pairwise([shape[0], *channels])
        for layer in (nn.Conv2d(n_in, n_out, 4, stride=2, padding=1), nn.SiLU())
    ]
    pad = nn.ReplicationPad2d((0, missing[0], 0, missing[1])) if any(missing) else nn.Identity()
    return nn.Sequential(pad, *shrink, nn.Flatten()), channels[-1] * height * width_px


class Decoder(nn.Module):
    """Codes to pictures, as logits or as numbers without bounds.

    Args:
        kind: Convolutional or fully connected.
        shape: Channels, height and width of a picture.
        n_classes: Labels that it is told; 0: none.
        latent_dim: Width of a code.
        width: Channels at half the picture's size; dense layers are `DENSE` times as wide.
        label_gain: Length of the one-hot vector that tells the label.
    """

    def __init__(
        self,
        kind: Literal["conv", "mlp"],
        shape: Shape,
        n_classes: int,
        latent_dim: int,
        width: int,
        label_gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.n_classes, self.shape, self.label_gain = n_classes, shape, label_gain
        hidden = _hidden(kind, width)
        self.head = nn.Sequential(nn.Linear(latent_dim + n_classes, hidden), nn.SiLU())
        make = _dense_body if kind == "mlp" else _convolutional_body
        self.body = make(shape, hidden, width)

    def forward(self, codes: Tensor, labels: Tensor) -> Tensor:
        """Logits of the pixels, shape (n, channels, height, width), fp32."""
        x = self.body(self.head(with_label(codes, labels, self.n_classes, self.label_gain)))
        _, height, width = self.shape
        return x[:, :, :height, :width].float()  # type: ignore[no-any-return]


def _dense_body(shape: Shape, hidden: int, width: int) -> nn.Module:
    layers = nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, math.prod(shape))
    return nn.Sequential(*layers, nn.Unflatten(1, shape))


def _convolutional_body(shape: Shape, hidden: int, width: int) -> nn.Module:
    channels, height, width_px = layout(shape, width)
    outward = list(reversed([shape[0], *channels]))
    core = (channels[-1], height, width_px)
    layers: list[nn.Module] = [nn.Linear(hidden, math.prod(core)), nn.SiLU(), nn.Unflatten(1, core)]
    for n_in, n_out in pairwise(outward):
        layers += [nn.Conv2d(n_in, 4 * n_out, 3, padding=1), nn.PixelShuffle(2), nn.SiLU()]
    return nn.Sequential(*layers[:-1])


def divergence(mean: Tensor, log_var: Tensor) -> Tensor:
    """Kullback-Leibler divergence of N(mean, exp(log_var)) from N(0, I), in nats.

    Args:
        mean: Shape (n, latent_dim).
        log_var: Shape (n, latent_dim).

    Returns:
        Shape (n,), >= 0.

    Reference: Kingma & Welling 2013, appendix B.

    Examples:
        >>> divergence(torch.zeros(1, 3), torch.zeros(1, 3)).item()
        0.0
    """
    return 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(1)


def drawn_code(mean: Tensor, log_var: Tensor) -> Tensor:
    """A code drawn from N(mean, exp(log_var)), which gradients pass through."""
    return mean + torch.randn_like(mean) * (0.5 * log_var).exp()


def cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    """Minus the Bernoulli log-likelihood of pictures in [0, 1], in nats, shape (n,)."""
    loss = functional.binary_cross_entropy_with_logits(logits, target, reduction="none")
    return loss.flatten(1).sum(1)


def batches(rows: Tensor) -> list[Tensor]:
    """The rows, `BATCH_ROWS` at once."""
    return [rows[start : start + BATCH_ROWS] for start in range(0, len(rows), BATCH_ROWS)]


@torch.no_grad()
def encode_all(encoder: Encoder, pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of the codes of all pictures, on the CPU.

    Args:
        encoder: Computes where its weights are.
        pixels: uint8, shape (n, channels, height, width).
    """
    device = next(encoder.parameters()).device
    parts = [encoder(to_float(rows.to(device))) for rows in batches(pixels)]
    means, log_vars = zip(*parts, strict=True)
    return torch.cat(means).cpu(), torch.cat(log_vars).cpu()
