"""CTGAN: a conditional generator of rows against a critic that sees several rows at once.

A condition is one level of one hot field. In training the field is drawn, then the level by the
logarithm of its frequency, then a real row that has it; so rare levels are seen often, and the
generator is told to obey. The critic judges packs of rows, so that rows that are all alike are
noticed.

Reference: Xu et al. 2019, "Modeling Tabular Data using Conditional GAN", arXiv:1907.00503,
sections 4.3 to 4.4; Gulrajani et al. 2017, "Improved Training of Wasserstein GANs",
arXiv:1704.00028; Lin et al. 2018, "PacGAN", arXiv:1712.04086; Jang et al. 2017, "Categorical
Reparameterization with Gumbel-Softmax", arXiv:1611.01144.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from guanyao.data.encoders import Field
from guanyao.errors import ConfigError
from guanyao.models.column_modes import ColumnModes
from guanyao.models.column_tensors import Masks, drawn, gumbel
from guanyao.models.deep_table import DeepTable, TableNetwork
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Batch, Group, Stage, Trainee
from guanyao.models.tvae import begin_with_shares

TEMPERATURE = 0.2
BETAS = (0.5, 0.9)
SLOPE = 0.2
MAX_CALIBRATION = 20_000
"""Rows that modes and codes are counted on."""

KERNEL = 0.05
"""How far from a number's place, in its mode, a code still counts when conditions are weighed."""


@dataclass(frozen=True)
class Condition:
    """One level of one hot field for each row.

    Args:
        chosen: Place of the field among the hot ones, shape (n,).
        level: The level's code in its field, shape (n,).
    """

    chosen: Tensor
    level: Tensor


class Conditions(nn.Module):
    """The conditions that there are, and how often each holds.

    Args:
        columns: The fields.
    """

    counts: Tensor

    def __init__(self, columns: ColumnModes) -> None:
        super().__init__()
        self.fields = columns.hot
        sizes = [columns.sizes[i] for i in self.fields]
        self.n_levels, self.width = max(sizes, default=0), sum(sizes)
        self.offset = torch.tensor([0, *itertools.accumulate(sizes)][:-1], dtype=torch.int64)
        self.register_buffer("counts", torch.zeros(len(sizes), self.n_levels))

    def prepare(self, rows: Tensor) -> None:
        """Count the levels."""
        for k, i in enumerate(self.fields):
            self.counts[k] = torch.bincount(rows[:, i], minlength=self.n_levels)

    def index(self, rows: Tensor) -> Tensor:
        """The rows of each level side by side, for each field: shape (n_hot, n_rows)."""
        return torch.stack([rows[:, i].argsort(stable=True) for i in self.fields])

    def trained(self, n: int) -> Condition:
        """Conditions as they are trained: rare levels more often than they are."""
        return self._drawn(n, (1 + self.counts.cpu()).log(), None)

    def drawn(self, n: int, generator: torch.Generator, masks: Masks) -> Condition:
        """Conditions by their frequencies; on a field that a mask is for, and within it."""
        scores = self.counts.clone()
        wanted = [k for k, i in enumerate(self.fields) if i in masks]
        if wanted:
            mask = masks[self.fields[wanted[0]]]
            scores[wanted[0], : len(mask)] = (scores[wanted[0], : len(mask)] + 1e-3) * mask
            return self._of(torch.full((n,), wanted[0]), scores, generator)
        return self._drawn(n, scores, generator)

    def _drawn(self, n: int, scores: Tensor, generator: torch.Generator | None) -> Condition:
        return self._of(
            torch.randint(len(self.fields), (n,), generator=generator), scores, generator
        )

    def _of(self, chosen: Tensor, scores: Tensor, generator: torch.Generator | None) -> Condition:
        """Levels by their scores, shape (n_hot, n_levels), of the chosen fields."""
        return Condition(chosen, drawn(scores[chosen].log(), generator))

    def rows_with(self, condition: Condition, index: Tensor) -> Tensor:
        """A row number for each condition, of a row in which it holds, shape (n,)."""
        counts = self.counts.cpu().long()
        first = (counts.cumsum(1) - counts)[condition.chosen, condition.level]
        held = counts[condition.chosen, condition.level]
        place = first + (torch.rand(len(held)) * held).long().clamp(max=held - 1)
        return index[condition.chosen, place]

    def vector(self, condition: Condition) -> Tensor:
        """The conditions as the networks are told them, shape (n, width)."""
        place = self.offset[condition.chosen] + condition.level
        return functional.one_hot(place, self.width).float()


class RowGenerator(nn.Module):
    """Noise and a condition to a row: each layer's output is put beside its input.

    Args:
        in_dim: Width of noise and condition together.
        width: Width of the two layers.
        out_dim: Width of a row.
    """

    def __init__(self, in_dim: int, width: int, out_dim: int) -> None:
        super().__init__()
        self.first, self.first_norm = nn.Linear(in_dim, width), nn.BatchNorm1d(width)
        self.second = nn.Linear(in_dim + width, width)
        self.second_norm = nn.BatchNorm1d(width)
        self.last = nn.Linear(in_dim + 2 * width, out_dim)

    def forward(self, told: Tensor) -> Tensor:
        """Places before `tanh` and logits, shape (n, out_dim)."""
        told = torch.cat([told, self.first_norm(self.first(told)).relu()], dim=1)
        told = torch.cat([told, self.second_norm(self.second(told)).relu()], dim=1)
        written: Tensor = self.last(told).float()
        return written


class PackedCritic(nn.Module):
    """Scores packs of rows with their conditions.

    Args:
        in_dim: Width of a row and its condition together.
        width: Width of the two layers.
        pac: Rows of a pack.
        dropout: Share of features that are left out.
    """

    def __init__(self, in_dim: int, width: int, pac: int, dropout: float) -> None:
        super().__init__()
        self.pac = pac
        self.layers = nn.Sequential(
            *(nn.Linear(in_dim * pac, width), nn.LeakyReLU(SLOPE), nn.Dropout(dropout)),
            *(nn.Linear(width, width), nn.LeakyReLU(SLOPE), nn.Dropout(dropout)),
            nn.Linear(width, 1),
        )

    def forward(self, rows: Tensor) -> Tensor:
        """The score of each pack, shape (n / pac, 1)."""
        packs = rows.reshape(len(rows) // self.pac, -1)  # (n / pac, pac * in_dim)
        score: Tensor = self.layers(packs).float()
        return score


class RowRivalry(Trainee):
    """Generator against critic under the Wasserstein loss with a gradient penalty.

    Args:
        columns: How rows are written.
        noise_dim: Width of the noise.
        width: Width of all layers.
        pac: Rows of a pack.
        dropout: Of the critic.
        penalty: Weight of the gradient penalty.
    """

    def __init__(
        self,
        columns: ColumnModes,
        *,
        noise_dim: int,
        width: int,
        pac: int,
        dropout: float,
        penalty: float,
    ) -> None:
        super().__init__()
        self.columns, self.conditions = columns, Conditions(columns)
        self.noise_dim, self.pac, self.penalty = noise_dim, pac, penalty
        told = self.conditions.width
        self.generator = RowGenerator(noise_dim + told, width, columns.width)
        self.critic = PackedCritic(columns.width + told, width, pac, dropout)
        self.rows, self.index = torch.zeros(0), torch.zeros(0)

    def learn_from(self, rows: Tensor) -> None:
        """Hold the rows that training samples from."""
        self.rows = rows
        if self.conditions.fields:
            self.index = self.conditions.index(rows)

    def groups(self) -> dict[str, Group]:
        """The critic and the generator."""
        return {
            "critic": Group(list(self.critic.parameters()), betas=BETAS),
            "generator": Group(list(self.generator.parameters()), betas=BETAS),
        }

    @property
    def averaged(self) -> list[nn.Module]:
        """The generator."""
        return [self.generator]

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The critic's loss, then the generator's."""
        device = batch[0].device
        n = -(-len(batch[0]) // self.pac) * self.pac
        condition = self._condition(n)
        told = self._told(condition, n, device)
        real = torch.cat([self.columns.write(self._real(n, condition).to(device)), told], dim=1)
        with torch.no_grad():
            fake = torch.cat([self.activated(self.written(told)), told], dim=1)
        distance = self.critic(real).mean() - self.critic(fake).mean()
        self.log = {"distance": distance.detach()}
        yield "critic", self.penalty * self._penalty(real, fake) - distance
        condition = self._condition(n)
        told = self._told(condition, n, device)
        written = self.written(told)
        score = self.critic(torch.cat([self.activated(written), told], dim=1)).mean()
        yield "generator", self._disobedience(written, condition) - score

    def _condition(self, n: int) -> Condition | None:
        return self.conditions.trained(n) if self.conditions.fields else None

    def _told(self, condition: Condition | None, n: int, device: torch.device) -> Tensor:
        """The condition vectors, of no width where there are no hot fields."""
        if condition is None:
            return torch.zeros(n, 0, device=device)
        return self.conditions.vector(condition).to(device)

    def _real(self, n: int, condition: Condition | None) -> Tensor:
        """Real rows in which the conditions hold."""
        if condition is None:
            return self.rows[torch.randint(len(self.rows), (n,))]
        return self.rows[self.conditions.rows_with(condition, self.index)]

    def written(self, told: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """What the generator writes for conditions: places before `tanh` and logits."""
        noise = torch.randn(len(told), self.noise_dim, generator=generator).to(told.device)
        written: Tensor = self.generator(torch.cat([noise, told], dim=1))
        return written

    def activated(self, written: Tensor) -> Tensor:
        """The rows as the critic sees them: places, and modes and codes that are nearly hot."""
        parts = []
        for i, part in self.columns.split(written):
            if i in self.columns.numbers:
                parts.append(part[:, :1].tanh())
                part = part[:, 1:]
            parts.append(((part + gumbel(part)) / TEMPERATURE).softmax(1))
        return torch.cat(parts, dim=1)

    def _penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        """How far the critic's slope between real and written packs is from 1, squared."""
        n_packs = len(real) // self.pac
        share = torch.rand(n_packs, 1, 1, device=real.device)
        share = share.expand(-1, self.pac, -1).reshape(len(real), 1)
        between = (share * real + (1 - share) * fake).requires_grad_()
        with torch.autocast(real.device.type, enabled=False):
            score = self.critic(between).sum()
            slope: Tensor = torch.autograd.grad(score, between, create_graph=True)[0]
        norm = slope.reshape(n_packs, -1).norm(dim=1)
        off: Tensor = ((norm - 1) ** 2).mean()
        return off

    def _disobedience(self, written: Tensor, condition: Condition | None) -> Tensor:
        """Cross-entropy of the levels that were asked for."""
        if condition is None:
            return torch.zeros((), device=written.device)
        parts = dict(self.columns.split(written))
        total = torch.zeros((), device=written.device)
        for k, i in enumerate(self.conditions.fields):
            rows = (condition.chosen == k).nonzero()[:, 0]
            level = condition.level[rows].to(written.device)
            total = total + functional.cross_entropy(parts[i][rows], level, reduction="sum")
        return total / len(written)


class CTGANNetwork(TableNetwork):
    """Generator and critic, as what tables are drawn from."""

    deviation: Tensor

    def __init__(self, rivalry: RowRivalry) -> None:
        super().__init__()
        self.rivalry = rivalry
        self.n_fields = len(rivalry.columns.sizes)
        self.register_buffer("deviation", torch.full((len(rivalry.columns.numbers),), KERNEL))

    def prepare(self, rows: Tensor) -> None:
        """Find the modes, count the levels; let the generator begin with the shares of codes."""
        self.rivalry.columns.prepare(rows)
        self.rivalry.conditions.prepare(rows)
        begin_with_shares(self.rivalry.generator.last, self.rivalry.columns, rows)

    def stages(self, rows: Tensor) -> list[Stage]:
        """One stage; which rows it learns from is drawn with the conditions."""
        self.rivalry.learn_from(rows)
        return [Stage(name="adversarial", trainee=self.rivalry, data=lambda: (rows,))]

    def finish(self, rows: Tensor) -> None:
        """Let modes and hot codes come as often as in the rows, whatever the critic overlooked."""
        generator = torch.Generator().manual_seed(0)
        with torch.no_grad():
            written = self.outputs(min(MAX_CALIBRATION, 10 * len(rows)), generator, {})
        layer = self.rivalry.generator.last
        self.rivalry.columns.calibrate(layer.bias, written, rows[:MAX_CALIBRATION])

    def outputs(self, n: int, generator: torch.Generator, masks: Masks) -> Tensor:
        """What the generator writes for n conditions."""
        conditions = self.rivalry.conditions
        told = torch.zeros(n, 0)
        if conditions.fields:
            told = conditions.vector(conditions.drawn(n, generator, masks))
        return self.rivalry.written(told, generator)

    def log_mass(self, outputs: Tensor, masks: Masks) -> Tensor:
        """The logarithm of each row's chance to lie within the masks, shape (n,)."""
        return self.rivalry.columns.log_mass(outputs, self.deviation, masks)

    def draw(self, outputs: Tensor, generator: torch.Generator, masks: Masks) -> Tensor:
        """Codes of each row, within the masks, shape (n, n_fields)."""
        exact = torch.zeros_like(self.deviation) if not masks else self.deviation
        return self.rivalry.columns.draw(outputs, exact, generator, masks)


@dataclass(kw_only=True)
class CTGAN(DeepTable):
    """A conditional generator against a critic of packs.

    Args:
        noise_dim: Width of the noise (128 in the paper), 1..4096.
        width: Width of all hidden layers (256 in the paper), 8..4096.
        pac: Rows that the critic sees at once (10 in the paper), 1..100.
        dropout: Of the critic, 0..0.9.
        penalty: Weight of the gradient penalty (10 in the paper), 0..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "ctgan"

    n_steps: int = 4_100
    batch_size: int = 500
    learning_rate: float = 1e-3
    max_epochs: int = 300
    noise_dim: int = 128
    width: int = 256
    pac: int = 10
    dropout: float = 0.5
    penalty: float = 10.0

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("noise_dim", self.noise_dim, 1, 4_096)
        check_count("width", self.width, 8, 4_096)
        check_count("pac", self.pac, 1, 100)
        check_range("dropout", self.dropout, 0, 0.9)
        check_range("penalty", self.penalty, 0, 1_000)
        if self.validation:
            raise ConfigError(
                "ctgan has no validation loss: rows are drawn with their conditions from all",
                do="leave validation and patience out",
                code="config.setting",
            )

    def _network(self, table_fields: list[Field]) -> TableNetwork:
        rivalry = RowRivalry(
            ColumnModes(table_fields),
            noise_dim=self.noise_dim,
            width=self.width,
            pac=self.pac,
            dropout=self.dropout,
            penalty=self.penalty,
        )
        return CTGANNetwork(rivalry)
