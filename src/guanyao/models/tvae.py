"""TVAE: a variational autoencoder over mode-specific numbers and hot codes.

Reference: Xu et al. 2019, "Modeling Tabular Data using Conditional GAN", arXiv:1907.00503,
section 4.6 and supplement 7.2; Kingma & Welling 2014, "Auto-Encoding Variational Bayes",
arXiv:1312.6114.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from guanyao.data.encoders import Field
from guanyao.models.column_modes import ColumnModes
from guanyao.models.column_tensors import Masks, shares_of
from guanyao.models.deep_table import DeepTable, TableNetwork
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Batch, Group, Stage, Trainee

LEAST_DEVIATION = 0.01


def layers(*widths: int) -> nn.Sequential:
    """Linear layers of these widths, each with a ReLU behind it."""
    pairs = itertools.pairwise(widths)
    return nn.Sequential(*(part for a, b in pairs for part in (nn.Linear(a, b), nn.ReLU())))


class RowVAE(Trainee):
    """Rows to Gaussians and back.

    Args:
        columns: How rows are written.
        latent_dim: Numbers of a latent.
        width: Width of the two hidden layers on each side.
        beta: Weight of the divergence.
    """

    def __init__(self, columns: ColumnModes, latent_dim: int, width: int, beta: float) -> None:
        super().__init__()
        self.columns, self.beta, self.latent_dim = columns, beta, latent_dim
        self.encoder = layers(columns.width, width, width)
        self.posterior = nn.Linear(width, 2 * latent_dim)
        self.decoder = layers(latent_dim, width, width)
        self.written = nn.Linear(width, columns.width)
        self.log_deviation = nn.Parameter(torch.full((len(columns.numbers),), -2.0))

    def groups(self) -> dict[str, Group]:
        """Both sides as one."""
        return {"tvae": Group(list(self.parameters()))}

    @property
    def deviation(self) -> Tensor:
        """Noise of the places of each number, shape (n_numbers,)."""
        return self.log_deviation.exp().clamp(LEAST_DEVIATION, 1.0)

    def decode(self, latent: Tensor) -> Tensor:
        """Places before `tanh` and logits, shape (n, columns.width)."""
        written: Tensor = self.written(self.decoder(latent)).float()
        return written

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The negative evidence bound, in nats, its divergence weighed by beta."""
        rows = self.columns.write(batch[0])
        mean, log_variance = self.posterior(self.encoder(rows)).float().chunk(2, dim=1)
        log_variance = log_variance.clamp(-14, 4)
        latent = mean + torch.randn_like(mean) * (log_variance / 2).exp()
        error = self._error(self.decode(latent), rows)
        divergence = (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
        self.log = {"reconstruction": error.detach(), "divergence": divergence.detach()}
        # Rising from 0, so that the latents are used before they have to be short.
        yield "tvae", error + self.beta * min(1.0, 2 * fraction) * divergence

    def _error(self, written: Tensor, rows: Tensor) -> Tensor:
        """The negative log-likelihood of rows, a mean over them."""
        total = torch.zeros((), device=rows.device)
        wanted = dict(self.columns.split(rows))
        for i, part in self.columns.split(written):
            if i in self.columns.numbers:
                deviation = self.deviation[self.columns.numbers.index(i)]
                off = (part[:, 0].tanh() - wanted[i][:, 0]) / deviation
                total = total + (off**2).mean() / 2 + deviation.log()
                part, hot = part[:, 1:], wanted[i][:, 1:]
            else:
                hot = wanted[i]
            total = total + functional.cross_entropy(part, hot)
        return total


class TVAENetwork(TableNetwork):
    """The autoencoder, as what tables are drawn from."""

    def __init__(self, autoencoder: RowVAE) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.n_fields = len(autoencoder.columns.sizes)

    def prepare(self, rows: Tensor) -> None:
        """Find the modes; let the decoder begin with the shares of all codes and modes."""
        self.autoencoder.columns.prepare(rows)
        begin_with_shares(self.autoencoder.written, self.autoencoder.columns, rows)

    def stages(self, rows: Tensor) -> list[Stage]:
        """One stage on the rows."""
        return [Stage(name="autoencoder", trainee=self.autoencoder, data=lambda: (rows,))]

    def outputs(self, n: int, generator: torch.Generator, masks: Masks) -> Tensor:
        """What the decoder writes for n latents."""
        latent = torch.randn(n, self.autoencoder.latent_dim, generator=generator)
        return self.autoencoder.decode(latent)

    def log_mass(self, outputs: Tensor, masks: Masks) -> Tensor:
        """The logarithm of each row's chance to lie within the masks, shape (n,)."""
        return self.autoencoder.columns.log_mass(outputs, self.autoencoder.deviation, masks)

    def draw(self, outputs: Tensor, generator: torch.Generator, masks: Masks) -> Tensor:
        """Codes of each row, within the masks, shape (n, n_fields)."""
        deviation = self.autoencoder.deviation
        return self.autoencoder.columns.draw(outputs, deviation, generator, masks)


@torch.no_grad()
def begin_with_shares(layer: nn.Linear, columns: ColumnModes, rows: Tensor) -> None:
    """Let a last layer begin with the shares of codes and modes, and hardly depend on its input."""
    layer.weight.mul_(0.1)
    for i, part in columns.split(layer.bias[None]):
        if i in columns.numbers:
            part[0, 0] = 0.0
            part[0, 1:] = columns.modes(i)[2].clamp(min=1e-6).log()
        else:
            part[0] = shares_of(rows[:, i], columns.sizes[i]).log()


@dataclass(kw_only=True)
class TVAE(DeepTable):
    """A variational autoencoder of rows.

    Args:
        latent_dim: Numbers of a latent (128 in the paper), 1..1024.
        width: Width of the hidden layers (128 in the paper), 8..4096.
        beta: Weight of the divergence (1 in the paper), 0..10.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "tvae"

    n_steps: int = 4_000
    batch_size: int = 500
    learning_rate: float = 1e-3
    warm_up: float = 0.02
    max_grad_norm: float | None = 1.0
    max_epochs: int = 150
    latent_dim: int = 128
    width: int = 256
    beta: float = 0.5

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("latent_dim", self.latent_dim, 1, 1_024)
        check_count("width", self.width, 8, 4_096)
        check_range("beta", self.beta, 0, 10)

    def _network(self, table_fields: list[Field]) -> TableNetwork:
        columns = ColumnModes(table_fields)
        return TVAENetwork(RowVAE(columns, self.latent_dim, self.width, self.beta))
