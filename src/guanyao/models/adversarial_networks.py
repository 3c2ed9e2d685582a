"""Networks that draw pictures from noise and networks that judge them, for pictures of any size.

A label sets the gains and offsets of the generator's normalisation and its first layer; the
discriminator compares a direction of each label with its features.

Reference: Radford, Metz & Chintala 2016, "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks", arXiv:1511.06434, section 3; Miyato & Koyama 2018,
"cGANs with Projection Discriminator", arXiv:1802.05637.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from guanyao.models.image_generator import ImageNetwork
from guanyao.models.training import Stage, Trainee

Shape = tuple[int, int, int]
"""Channels, height and width of a picture."""

SMALLEST = 4
"""Height or width, whichever is smaller, that a generator starts from, at least (28 from 7)."""

WIDEST = 8
"""The most channels of a layer, as a multiple of those at half the picture's size."""

SLOPE = 0.2
"""Of leaky rectifiers below 0, as in the paper."""

SPREAD = 0.02
"""Standard deviation of weights at the start, as in the paper."""


def layout(shape: Shape, width: int) -> tuple[list[int], int, int]:
    """Channels of each layer from the picture to the core, and the core's height and width.

    Each layer halves the size; the core's size, doubled back, covers the picture.

    Examples:
        >>> layout((1, 28, 28), 64)
        ([64, 128], 7, 7)
        >>> layout((3, 64, 48), 32)
        ([32, 64, 128], 8, 6)
    """
    _, height, width_px = shape
    n_layers = max(1, int(math.log2(max(min(height, width_px) / SMALLEST, 1))))
    channels = [width * min(2**i, WIDEST) for i in range(n_layers)]
    return channels, math.ceil(height / 2**n_layers), math.ceil(width_px / 2**n_layers)


def started(network: nn.Module) -> nn.Module:
    """The network with weights drawn as in Radford et al. 2016, section 4."""
    for part in network.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(part.weight, 0, SPREAD)
    return network


class LabelNorm(nn.Module):
    """Batch normalisation whose gain and offset depend on the label.

    Args:
        n_features: Channels.
        n_classes: Labels; 0: there are none.

    Reference: de Vries et al. 2017, arXiv:1707.00683.
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(n_features, affine=False)
        self.gain = nn.Embedding(max(n_classes, 1), n_features)
        self.offset = nn.Embedding(max(n_classes, 1), n_features)
        nn.init.ones_(self.gain.weight)
        nn.init.zeros_(self.offset.weight)

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Normalised channels, shape (n, n_features, height, width)."""
        gain: Tensor = self.gain(labels)[:, :, None, None]
        offset: Tensor = self.offset(labels)[:, :, None, None]
        normal: Tensor = self.norm(x)
        return normal * gain.to(normal.dtype) + offset.to(normal.dtype)


class FirstLayer(nn.Module):
    """A linear layer of the noise and the label together.

    Args:
        noise_dim: Width of the noise.
        n_classes: Labels; 0: there are none.
        n_features: Width of what comes out.
    """

    GAIN = 3.0
    """A label's part, relative to one number of the noise: one of ten labels is not drowned."""

    def __init__(self, noise_dim: int, n_classes: int, n_features: int) -> None:
        super().__init__()
        self.n_classes = n_classes
        self.linear = nn.Linear(noise_dim + n_classes, n_features, bias=False)

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Features, shape (n, n_features)."""
        if self.n_classes:
            label = functional.one_hot(labels, self.n_classes).to(noise.dtype)
            noise = torch.cat([noise, self.GAIN * label], 1)
        features: Tensor = self.linear(noise)
        return features


class ConvolutionalGenerator(nn.Module):
    """Noise to pictures by fractionally-strided convolutions, each twice the size of the last.

    Args:
        shape: Channels, height and width of a picture.
        n_classes: Labels; 0: there are none.
        noise_dim: Width of the noise.
        width: Channels at half the picture's size.
    """

    def __init__(self, shape: Shape, n_classes: int, noise_dim: int, width: int) -> None:
        super().__init__()
        channels, height, width_px = layout(shape, width)
        self.shape, self.core = shape, (channels[-1], height, width_px)
        self.first = FirstLayer(noise_dim, n_classes, math.prod(self.core))
        inward = [shape[0], *channels]
        self.norms = nn.ModuleList(LabelNorm(n, n_classes) for n in reversed(channels))
        self.grow = nn.ModuleList(
            nn.ConvTranspose2d(n_in, n_out, 4, stride=2, padding=1)
            for n_out, n_in in reversed(list(pairwise(inward)))
        )

    def forward(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [-1, 1], shape (n, channels, height, width)."""
        x = self.first(noise, labels).reshape(-1, *self.core)
        if not self.training:  # a fifth faster; the loop of training finds its own layout
            x = x.contiguous(memory_format=torch.channels_last)
        for norm, grow in zip(self.norms, self.grow, strict=True):
            x = grow(functional.relu(norm(x, labels)))
        _, height, width = self.shape
        return torch.tanh(x[:, :, :height, :width].float())


class Verdict(nn.Module):
    """Features to a judgement: a linear layer plus, for each label, a direction of its own.

    Args:
        n_features: Width of the features.
        n_classes: Labels; 0: there are none.
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_features, 1)
        self.direction = nn.Embedding(n_classes, n_features) if n_classes else None
        if self.direction is not None:
            nn.init.normal_(self.direction.weight, 0, SPREAD)

    def forward(self, features: Tensor, labels: Tensor) -> Tensor:
        """Judgements, shape (n,)."""
        judged: Tensor = self.linear(features).float().squeeze(1)
        if self.direction is not None:
            judged = judged + (self.direction(labels) * features.float()).sum(1)
        return judged


class Trunk(nn.Module):
    """Pictures to features.

    Attributes:
        n_features: Width of the features.
    """

    n_features: int


class ConvolutionalTrunk(Trunk):
    """Pictures to features by strided convolutions, without batch normalisation.

    Args:
        shape: Channels, height and width of a picture.
        width: Channels at half the picture's size.
    """

    def __init__(self, shape: Shape, width: int) -> None:
        super().__init__()
        channels, height, width_px = layout(shape, width)
        n_halvings = len(channels)
        self.pad = (0, (width_px << n_halvings) - shape[2], 0, (height << n_halvings) - shape[1])
        self.n_features = channels[-1] * height * width_px
        self.shrink = nn.ModuleList(
            nn.Conv2d(n_in, n_out, 4, stride=2, padding=1)
            for n_in, n_out in pairwise([shape[0], *channels])
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Features, shape (n, n_features)."""
        x = functional.pad(pictures, self.pad)
        for shrink in self.shrink:
            x = functional.leaky_relu(shrink(x), SLOPE)
        return x.flatten(1)


class Discriminator(nn.Module):
    """Pictures to judgements.

    Args:
        trunk: Pictures to features.
        n_classes: Labels; 0: there are none.
    """

    def __init__(self, trunk: Trunk, n_classes: int) -> None:
        super().__init__()
        self.trunk = trunk
        self.verdict = Verdict(trunk.n_features, n_classes)

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        """Judgements, high is "real", shape (n,)."""
        judged: Tensor = self.verdict(self.trunk(pictures), labels)
        return judged


class AdversarialNetwork(ImageNetwork):
    """A generator, and what it is trained with.

    The network that judges is kept out of the weights that are saved: nobody needs it to draw,
    and it knows better than the generator whom it was trained on.

    Args:
        generator: Noise and labels to pictures in [-1, 1].
        trainee: The generator with its rival.
        noise_dim: Width of the noise.

    Reference: Hayes et al. 2019, "LOGAN: Membership Inference Attacks Against Generative Models",
    arXiv:1705.07663.
    """

    def __init__(self, generator: nn.Module, trainee: Trainee, noise_dim: int) -> None:
        super().__init__()
        self.noise_dim, self.generator = noise_dim, generator
        self.rivalry = (trainee,)  # in a tuple it is no part of the weights

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        """One stage: generator and judge against each other."""
        return [Stage(name="adversarial", trainee=self.rivalry[0], data=lambda: (pixels, labels))]

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1], shape (n, channels, height, width)."""
        drawn: Tensor = self.generator(noise, labels)
        return (drawn + 1) / 2
