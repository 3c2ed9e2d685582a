"""Autoencoder: pictures to short codes and back; new codes are drawn from a mixture fitted to them.

An autoencoder by itself draws nothing. After training, a mixture of Gaussians is fitted to the
codes of each label (ex-post density estimation), and pictures are decoded from it. What it cannot
write and read back shows how unlike the pictures that were learned a picture is.

Reference: Rumelhart, Hinton & Williams 1986, "Learning Representations by Back-propagating
Errors", Nature 323; Ghosh et al. 2020, "From Variational to Deterministic Autoencoders",
arXiv:1903.12436.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn

from guanyao.data.images import Images
from guanyao.errors import DataError, NotFittedError
from guanyao.models.adversarial_networks import Shape
from guanyao.models.image_generator import ImageGenerator, ImageNetwork, to_float
from guanyao.models.image_networks import (
    Decoder,
    Encoder,
    Kind,
    batches,
    cross_entropy,
    encode_all,
    kind_for,
    latent_dim_for,
)
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Batch, Group, Stage, Trainee
from guanyao.models.vae import check_coder
from guanyao.types import Progress, Silent

ROWS_PER_NUMBER = 4
"""Codes that a component of a mixture is fitted to, at least, for each number in a code."""

MAX_MIXTURE_ROWS = 3_000
"""Codes of a label that its mixture is fitted to, at most."""

N_WATCHED = 2_000
"""Pictures that mixtures are fitted to while it is trained."""

RIDGE = 1e-3
"""Added to each variance of a component, relative to the codes' mean variance."""


@dataclass(kw_only=True)
class Autoencoder(ImageGenerator):
    """A deterministic autoencoder with a mixture of Gaussians over its codes.

    Args:
        network: Convolutional, fully connected, or what suits the size of the pictures.
        latent_dim: Width of a code, 1..4096; None: it grows with the size of the pictures.
        width: Channels at half the picture's size, 4..512; dense layers are 32 times as wide.
        regularisation: Weight of half the squared length of codes, in nats, 0..1000.
        n_components: Gaussians for each label, 1..1000; fewer where a label has few pictures.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "autoencoder"

    learning_rate: float = 1e-3
    warm_up: float = 0.02
    ema_decay: float = 0.995
    network: Kind = "auto"
    latent_dim: int | None = None
    width: int = 32
    regularisation: float = 0.01
    n_components: int = 10

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_coder(self.network, self.latent_dim, self.width)
        check_range("regularisation", self.regularisation, 0, 1_000)
        check_count("n_components", self.n_components, 1, 1_000)

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        kind, latent_dim = kind_for(self.network, shape), self.latent_dim or latent_dim_for(shape)
        encoder = Encoder(kind, shape, latent_dim, self.width)
        decoder = Decoder(kind, shape, n_classes, latent_dim, self.width)
        density = Density(max(n_classes, 1), self.n_components, latent_dim)
        coder = Reconstruction(encoder, decoder, density, self.regularisation)
        return AutoencoderNetwork(coder, latent_dim)

    def fit(
        self,
        images: Images,
        *,
        seed: int = 0,
        progress: Progress = Silent(),  # noqa: B008
        folder: Path | None = None,
        profile: bool = False,
    ) -> Self:
        """Learn from images, then fit the mixtures; the arguments are those of every generator.

        Raises:
            ConfigError: A setting is out of range, or training goes wrong from its start.
            DataError: The folder cannot be written, or holds a checkpoint of something else.
        """
        super().fit(images, seed=seed, progress=progress, folder=folder, profile=profile)
        pixels, labels = self._tensors(images)
        self._autoencoder(self.network_).fit_density(pixels, labels, seed)
        return self

    def _diversity(self, network: ImageNetwork, pixels: Tensor, labels: Tensor) -> float:
        """As for every generator, of what mixtures of a few codes draw while it is trained."""
        few = torch.linspace(0, len(pixels) - 1, min(len(pixels), N_WATCHED)).long()
        self._autoencoder(network).fit_density(pixels[few], labels[few], 0)
        return super()._diversity(network, pixels, labels)

    def reconstruction_error(self, images: Images) -> NDArray[np.float64]:
        """How badly each picture is read back: high where it is unlike what was learned.

        Args:
            images: Of the size that was learned; labels as they were learned, if any were.

        Returns:
            Mean squared error of the pixels, in [0, 1], shape (n,): the least over all labels.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: The pictures have another size, or another number of channels.
        """
        self._check_same_size(images)
        network = self._autoencoder(self.network_)
        pixels = torch.from_numpy(np.ascontiguousarray(images.pixels.transpose(0, 3, 1, 2)))
        errors = [network.error(pixels, label) for label in range(max(len(self.classes_), 1))]
        return torch.stack(errors).amin(0).double().numpy()

    def _check_same_size(self, images: Images) -> None:
        if not hasattr(self, "network_"):
            raise NotFittedError("no pictures were learned yet", do="call fit(images) first")
        height, width, channels = images.shape
        if (channels, height, width) != self.shape_:
            raise DataError(
                f"the pictures have the shape {images.shape} (height, width, channels)",
                allowed=f"{(*self.shape_[1:], self.shape_[0])}, which was learned",
                code="data.images",
            )

    def _tensors(self, images: Images) -> tuple[Tensor, Tensor]:
        pixels = np.ascontiguousarray(images.pixels.transpose(0, 3, 1, 2))
        return torch.from_numpy(pixels), torch.from_numpy(self._labels_of(images))

    @staticmethod
    def _autoencoder(network: ImageNetwork) -> "AutoencoderNetwork":
        assert isinstance(network, AutoencoderNetwork)
        return network


class Reconstruction(Trainee):
    """Encoder and decoder under the cross-entropy of what is read back.

    Args:
        encoder: Pictures to codes (its log-variances are not used).
        decoder: Codes and labels to logits.
        density: Mixtures of codes, which are not trained but go along.
        regularisation: Weight of half the squared length of codes.
    """

    def __init__(
        self, encoder: Encoder, decoder: Decoder, density: "Density", regularisation: float
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.density = encoder, decoder, density
        self.regularisation = regularisation

    def groups(self) -> dict[str, Group]:
        """One: encoder and decoder together."""
        return {"reconstruction": Group(list(self.parameters()))}

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The misfit of what is read back, in nats per picture, and the length of the codes."""
        codes = self.encoder(to_float(batch[0]))[0]
        misfit = cross_entropy(self.decoder(codes, batch[1]), batch[0].float() / 255).mean()
        length = codes.square().sum(1).mean() / 2
        self.log = {"misfit": misfit.detach(), "length": length.detach()}
        yield "reconstruction", misfit + self.regularisation * length


Parts = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Shares, means and covariances of the components of a mixture."""


def gaussian(rows: NDArray[np.float64], ridge: float) -> Parts:
    """One Gaussian with the rows' mean and covariance.

    Args:
        rows: Shape (n, latent_dim), n >= 1.
        ridge: Added to each variance.
    """
    centred = rows - rows.mean(0)
    covariance = centred.T @ centred / len(rows) + ridge * np.eye(rows.shape[1])
    return np.ones(1), rows.mean(0)[None], covariance[None]


def mixture(rows: NDArray[np.float64], n: int, ridge: float, seed: int) -> Parts:
    """A mixture of `n` Gaussians, fitted by expectation maximisation."""
    fit = GaussianMixture(n, reg_covar=ridge, random_state=seed, max_iter=50)
    with warnings.catch_warnings():
        # Where the last bit of likelihood takes more rounds, the mixture is good enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit.fit(rows)
    return fit.weights_, fit.means_, fit.covariances_


class Density(nn.Module):
    """A mixture of Gaussians for each label, drawn from without a loop over labels.

    Args:
        n_labels: Mixtures.
        n_components: Gaussians of each.
        latent_dim: Width of a code.
    """

    edges: Tensor
    means: Tensor
    factors: Tensor

    def __init__(self, n_labels: int, n_components: int, latent_dim: int) -> None:
        super().__init__()
        self.n_components = n_components
        each = n_labels, n_components
        self.register_buffer("edges", torch.ones(each))
        self.register_buffer("means", torch.zeros(*each, latent_dim))
        self.register_buffer("factors", torch.zeros(*each, latent_dim, latent_dim))
        self.factors.diagonal(dim1=-2, dim2=-1).fill_(1.0)

    def fit(self, codes: NDArray[np.float32], labels: NDArray[np.int64], seed: int) -> None:
        """Fit the mixture of each label; one without codes stays standard normal.

        Args:
            codes: Shape (n, latent_dim).
            labels: Shape (n,).
            seed: The seed of where the fits begin.
        """
        ridge = RIDGE * float(codes.var(0).mean()) + 1e-6
        for label in range(len(self.means)):
            rows = codes[labels == label][:MAX_MIXTURE_ROWS].astype(np.float64)
            if len(rows):
                self._fit_label(label, rows, ridge, seed)

    def _fit_label(self, label: int, rows: NDArray[np.float64], ridge: float, seed: int) -> None:
        n = max(1, min(self.n_components, len(rows) // (ROWS_PER_NUMBER * rows.shape[1])))
        parts = mixture(rows, n, ridge, seed) if n > 1 else gaussian(rows, ridge)
        shares, means, covariances = (torch.from_numpy(part) for part in parts)
        self.edges[label] = 1.0
        self.edges[label, :n] = shares.cumsum(0).float()
        self.means[label, :n] = means.float()
        self.factors[label, :n] = torch.linalg.cholesky(covariances).float()

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Codes, shape (n, latent_dim).

        Args:
            noise: Standard normal, shape (n, latent_dim + 1): the last column picks the component.
            labels: Shape (n,).
        """
        share = 0.5 * (1 + torch.erf(noise[:, -1:] / 2**0.5))
        place = (share > self.edges[labels]).sum(1).clamp(max=self.n_components - 1)
        spot = labels * self.n_components + place
        factors = self.factors.flatten(0, 1)[spot]
        moved = torch.matmul(factors, noise[:, :-1].unsqueeze(2)).squeeze(2)
        return self.means.flatten(0, 1)[spot] + moved


class AutoencoderNetwork(ImageNetwork):
    """Draws codes from the mixtures and decodes them.

    Args:
        coder: The encoder, the decoder and the mixtures.
        latent_dim: Width of a code.
    """

    def __init__(self, coder: Reconstruction, latent_dim: int) -> None:
        super().__init__()
        self.coder, self.noise_dim = coder, latent_dim + 1

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        """One: both networks on all pictures."""
        return [Stage(name="reconstruction", trainee=self.coder, data=lambda: (pixels, labels))]

    def fit_density(self, pixels: Tensor, labels: Tensor, seed: int) -> None:
        """Fit the mixtures to the codes of these pictures.

        Args:
            pixels: uint8, shape (n, channels, height, width).
            labels: Shape (n,).
            seed: The seed of where the fits begin.
        """
        codes = encode_all(self.coder.encoder, pixels)[0]
        self.coder.density.fit(codes.numpy(), labels.numpy(), seed)

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1], shape (n, channels, height, width)."""
        return self.decode(self.coder.density.draw(noise, labels), labels)

    def encode(self, pictures: Tensor) -> Tensor:
        """Codes, shape (n, latent_dim), of pictures in [-1, 1]."""
        codes: Tensor = self.coder.encoder(pictures)[0]
        return codes

    @torch.no_grad()
    def error(self, pixels: Tensor, label: int) -> Tensor:
        """Mean squared error of each picture read back under this label, shape (n,)."""
        parts = [self._error(rows, label) for rows in batches(pixels)]
        return torch.cat(parts)

    def _error(self, pixels: Tensor, label: int) -> Tensor:
        labels = torch.full((len(pixels),), label)
        found = self.decode(self.encode(to_float(pixels)), labels)
        return (found - pixels.float() / 255).square().flatten(1).mean(1)

    def decode(self, codes: Tensor, labels: Tensor) -> Tensor:
        """Pictures in [0, 1] of codes and labels."""
        return torch.sigmoid(self.coder.decoder(codes, labels))
