"""Latent flow over columns: an autoencoder of coded rows, and a flow in its latent space.

A variational autoencoder packs a row's codes into a few numbers; flow matching then learns the
distribution of these numbers, whatever its shape, from noise. A row is drawn by following the flow
from noise to a latent place and drawing each code by the decoder's shares. The target is not
packed: it is drawn by its shares first, and all networks are told it, so that what tells its levels
apart is never lost.

What the flow learns is the mixture of the encoder's Gaussians, one for each row. For each of them
the velocity that leads from noise to it is known in closed form, and the network is fitted to that
instead of to single draws, of which it is the mean: far fewer steps do.

Reference: Zhang et al. 2024, "Mixed-Type Tabular Data Synthesis with Score-based Diffusion in
Latent Space" (TabSyn), arXiv:2310.09656; Lipman et al. 2023, "Flow Matching for Generative
Modeling", arXiv:2210.02747; Kingma & Welling 2014, "Auto-Encoding Variational Bayes",
arXiv:1312.6114.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from guanyao.data.encoders import Field
from guanyao.models.column_tensors import ColumnTensors, Masks, drawn, shares_of
from guanyao.models.deep_table import DeepTable, TableNetwork
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Batch, Group, Stage, Trainee

N_WAVES = 32
"""Sines and as many cosines that tell the network the time."""

FASTEST = 200.0
IMPOSSIBLE = -1e4
"""Logit of a code that is not drawn."""


class Block(nn.Module):
    """A residual layer of two, which begins as nothing.

    Args:
        width: Width of what goes in and comes out.
        is_modulated: Whether shift, scale and gate are given.
    """

    def __init__(self, width: int, *, is_modulated: bool = False) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=not is_modulated)
        self.first, self.last = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, modulation: Tensor | None = None) -> Tensor:
        """The features moved on, shape (n, width); `modulation` has shape (n, 3 * width)."""
        inner = self.norm(x)
        if modulation is None:
            return x + self._moved(inner)
        shift, scale, gate = modulation.chunk(3, dim=1)
        return x + (1 + gate) * self._moved(inner * (1 + scale) + shift)

    def _moved(self, inner: Tensor) -> Tensor:
        moved: Tensor = self.last(functional.silu(self.first(inner)))
        return moved


class RowCodec(Trainee):
    """The autoencoder: rows of codes to Gaussians in latent space, and back to logits.

    Args:
        columns: The codes that are packed.
        n_levels: Levels of the target, which both sides are told.
        latent_dim: Numbers that a row is packed into.
        width: Width of the layers.
        n_blocks: Residual blocks of the encoder, and of the decoder.
        beta: Weight of the divergence from a standard normal.
    """

    def __init__(
        self,
        columns: ColumnTensors,
        n_levels: int,
        *,
        latent_dim: int,
        width: int,
        n_blocks: int,
        beta: float,
    ) -> None:
        super().__init__()
        self.columns, self.beta = columns, beta
        self.embedding = nn.EmbeddingBag(columns.width, width, mode="sum")
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.encoder_level = nn.Embedding(n_levels, width)
        self.encoder = nn.Sequential(*(Block(width) for _ in range(n_blocks)), nn.LayerNorm(width))
        self.posterior = nn.Linear(width, 2 * latent_dim)
        self.first = nn.Linear(latent_dim, width)
        self.decoder_level = nn.Embedding(n_levels, width)
        self.decoder = nn.Sequential(*(Block(width) for _ in range(n_blocks)), nn.LayerNorm(width))
        self.logits = nn.Linear(width, columns.width)
        nn.init.normal_(self.logits.weight, std=0.01)

    def groups(self) -> dict[str, Group]:
        """Both sides as one."""
        return {"autoencoder": Group(list(self.parameters()))}

    def encode(self, rows: Tensor, levels: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each row's Gaussian, shape (n, latent_dim) each."""
        features = self.embedding(self.columns.placed(rows)) + self.encoder_level(levels)
        mean, log_variance = self.posterior(self.encoder(features)).float().chunk(2, dim=1)
        return mean, ((log_variance - 2).clamp(-14, 2) / 2).exp()

    def decode(self, latent: Tensor, levels: Tensor) -> Tensor:
        """Logits of the codes, shape (n, columns.width)."""
        features = self.decoder(self.first(latent) + self.decoder_level(levels))
        logits: Tensor = self.logits(functional.silu(features)).float()
        return logits

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The negative evidence bound, in nats, its divergence weighed by beta."""
        rows, levels = batch
        mean, deviation = self.encode(rows, levels)
        latent = mean + torch.randn_like(mean) * deviation
        error = self.columns.loss(self.decode(latent, levels), rows)
        divergence = (mean**2 + deviation**2 - 1) / 2 - deviation.log()
        divergence = divergence.sum(1).mean()
        self.log = {"reconstruction": error.detach(), "divergence": divergence.detach()}
        yield "autoencoder", error + self.beta * min(1.0, fraction / 0.3) * divergence


class Velocity(Trainee):
    """Where a point moves at a time, for a level of the target: the flow from noise to latents.

    It works on latents of mean 0 and deviation 1, and learns what differs from the velocity that
    a standard normal would have.

    Args:
        latent_dim: Numbers of a point.
        n_levels: Levels of the target.
        width: Width of the layers.
        n_blocks: Residual blocks.
    """

    waves: Tensor
    center: Tensor
    scale: Tensor

    def __init__(self, latent_dim: int, n_levels: int, *, width: int, n_blocks: int) -> None:
        super().__init__()
        self.first = nn.Linear(latent_dim, width)
        self.time = nn.Sequential(
            nn.Linear(2 * N_WAVES, width), nn.SiLU(), nn.Linear(width, width // 2)
        )
        self.level = nn.Embedding(n_levels, width // 2)
        self.modulation = nn.Linear(width // 2, 3 * width)
        self.own_modulation = nn.Parameter(torch.zeros(n_blocks, 3 * width))
        self.blocks = nn.ModuleList(Block(width, is_modulated=True) for _ in range(n_blocks))
        self.norm, self.last = nn.LayerNorm(width), nn.Linear(width, latent_dim)
        for layer in (self.modulation, self.last):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        self.register_buffer("waves", torch.linspace(0, math.log(FASTEST), N_WAVES).exp())
        self.register_buffer("center", torch.zeros(latent_dim))
        self.register_buffer("scale", torch.ones(latent_dim))

    def groups(self) -> dict[str, Group]:
        """All of it."""
        return {"flow": Group(list(self.parameters()))}

    def forward(self, point: Tensor, time: Tensor, levels: Tensor) -> Tensor:
        """The velocity, shape (n, latent_dim).

        Args:
            point: Shape (n, latent_dim).
            time: 0 (noise) to 1 (latents), shape (n, 1).
            levels: The target's, shape (n,).
        """
        phase = time * self.waves
        told = self.time(torch.cat([phase.sin(), phase.cos()], dim=1)) + self.level(levels)
        shared = self.modulation(functional.silu(told))
        features = self.first(point)
        for block, own in zip(self.blocks, self.own_modulation, strict=True):
            features = block(features, shared + own)
        moved: Tensor = self.last(self.norm(features)).float()
        return moved + normal_velocity(point, time)

    def updates(self, batch: Batch, fraction: float) -> Iterator[tuple[str, Tensor]]:
        """The squared distance to the velocity towards each row's own Gaussian."""
        mean, deviation, levels = batch
        time = torch.randn(len(mean), 1, device=mean.device).add(0.5).sigmoid()
        latent = mean + torch.randn_like(mean) * deviation
        point = (1 - time) * torch.randn_like(mean) + time * latent
        wanted = velocity_to(mean, deviation, point, time)
        yield "flow", ((self(point, time, levels) - wanted) ** 2).mean()

    def follow(self, noise: Tensor, levels: Tensor, n_steps: int) -> Tensor:
        """The latents that noise flows to, shape (n, latent_dim), by Heun's method."""
        point, step = noise, 1 / n_steps
        for k in range(n_steps):
            now, then = (torch.full((len(noise), 1), (k + end) * step) for end in (0, 1))
            slope = self(point, now, levels)
            point = point + step / 2 * (slope + self(point + step * slope, then, levels))
        return point * self.scale + self.center


def normal_velocity(point: Tensor, time: Tensor) -> Tensor:
    """The velocity at a point when latents are standard normal, as noise is."""
    return point * (2 * time - 1) / (time**2 + (1 - time) ** 2)


def velocity_to(mean: Tensor, deviation: Tensor, point: Tensor, time: Tensor) -> Tensor:
    """The mean velocity at a point of what flows in straight lines to a Gaussian.

    Args:
        mean: The Gaussian's, shape (n, latent_dim).
        deviation: The Gaussian's, shape (n, latent_dim).
        point: Where, shape (n, latent_dim).
        time: When, shape (n, 1).
    """
    spread = time**2 * deviation**2 + (1 - time) ** 2
    return mean + (time * deviation**2 - (1 - time)) / spread * (point - time * mean)


class LatentFlowNetwork(TableNetwork):
    """The codec, the flow, and the shares of the target's levels.

    Args:
        fields: The fields of codes.
        codec: Packs all fields but the target's.
        velocity: The flow.
        n_steps: Steps from noise to latents.
    """

    shares: Tensor

    def __init__(
        self, fields: list[Field], codec: RowCodec, velocity: Velocity, n_steps: int
    ) -> None:
        super().__init__()
        self.n_fields, self.n_steps = len(fields), n_steps
        self.target = target_of(fields)
        self.packed = [i for i in range(len(fields)) if i != self.target]
        self.codec, self.velocity = codec, velocity
        self.register_buffer("shares", torch.ones(velocity.level.num_embeddings))

    def prepare(self, rows: Tensor) -> None:
        """Count the target's levels; let the decoder begin with the shares of all codes."""
        levels = self._levels(rows)
        self.shares.copy_(shares_of(levels, len(self.shares)))
        with torch.no_grad():
            self.codec.logits.bias.copy_(self.codec.columns.log_shares(rows[:, self.packed]))

    def _levels(self, rows: Tensor) -> Tensor:
        if self.target is None:
            return torch.zeros(len(rows), dtype=torch.int64)
        return rows[:, self.target].clone()

    def stages(self, rows: Tensor) -> list[Stage]:
        """The autoencoder on rows, then the flow on their Gaussians."""
        packed, levels = rows[:, self.packed].contiguous(), self._levels(rows)
        return [
            Stage(
                name="autoencoder",
                trainee=self.codec,
                data=lambda: (packed, levels),
                effort=0.35,
            ),
            Stage(
                name="flow",
                trainee=self.velocity,
                data=lambda: self._gaussians(packed, levels),
                effort=0.65,
            ),
        ]

    @torch.no_grad()
    def _gaussians(self, rows: Tensor, levels: Tensor) -> Batch:
        """Means, deviations and levels of all rows; the flow learns them centred and scaled."""
        codec, velocity = self.codec, self.velocity
        place = codec.first.weight.device
        pairs = zip(torch.split(rows, 4_096), torch.split(levels, 4_096), strict=True)
        found = [codec.encode(row.to(place), level.to(place)) for row, level in pairs]
        mean, deviation = (torch.cat(parts) for parts in zip(*found, strict=True))
        velocity.center.copy_(mean.mean(0))
        variance = mean.var(0, correction=0) + (deviation**2).mean(0)
        velocity.scale.copy_(variance.sqrt())
        mean = (mean - velocity.center) / velocity.scale
        return mean.cpu(), (deviation / velocity.scale).cpu(), levels

    def outputs(self, n: int, generator: torch.Generator, masks: Masks) -> Tensor:
        """Logits of all fields, shape (n, width); those of the target leave one level."""
        mask = None if self.target is None else masks.get(self.target)
        levels = drawn(self.shares.log().expand(n, -1), generator, mask)
        noise = torch.randn(n, self.velocity.first.in_features, generator=generator)
        latent = self.velocity.follow(noise, levels, self.n_steps)
        logits = self.codec.decode(latent, levels)
        if self.target is None:
            return logits
        one = torch.full((n, len(self.shares)), IMPOSSIBLE)
        one.scatter_(1, levels[:, None], 0.0)
        return torch.cat([one, logits], dim=1)

    def _columns(self) -> ColumnTensors:
        """The layout of `outputs`: the target first, then the others."""
        first = () if self.target is None else (len(self.shares),)
        return ColumnTensors(first + self.codec.columns.sizes)

    def _placed(self, masks: Masks) -> Masks:
        """The masks by their places in `outputs`."""
        order = self._order()
        return {order.index(i): mask for i, mask in masks.items()}

    def _order(self) -> list[int]:
        return self.packed if self.target is None else [self.target, *self.packed]

    def log_mass(self, outputs: Tensor, masks: Masks) -> Tensor:
        """The logarithm of each row's chance to lie within the masks, shape (n,)."""
        return self._columns().log_mass(outputs, self._placed(masks))

    def draw(self, outputs: Tensor, generator: torch.Generator, masks: Masks) -> Tensor:
        """Codes of each row, within the masks, shape (n, n_fields)."""
        rows = self._columns().draw(outputs, generator, self._placed(masks))
        return rows[:, torch.tensor(self._order()).argsort()]


def target_of(fields: list[Field]) -> int | None:
    """The number of the target's field; None where there is none, or it has several."""
    found = [i for i, field in enumerate(fields) if field.is_target]
    return found[0] if len(found) == 1 and len(fields) > 1 else None


@dataclass(kw_only=True)
class TableFlow(DeepTable):
    """An autoencoder of rows and a flow in its latent space.

    Args:
        latent_dim: Numbers that a row is packed into, 1..512; None: 3 more than there are fields,
            at most 64.
        beta: Weight of the divergence in the autoencoder's loss, 0..10; higher keeps less of each
            row in the latents.
        codec_width: Width of the autoencoder's layers, 8..4096.
        flow_width: Width of the flow's layers, 8..4096.
        n_blocks: Residual blocks of the flow, 1..32.
        n_flow_steps: Steps from noise to latents while sampling, 1..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "latent_flow"

    n_steps: int = 5_000
    batch_size: int = 512
    learning_rate: float = 1e-3
    warm_up: float = 0.02
    max_grad_norm: float | None = 1.0
    max_epochs: int = 100
    latent_dim: int | None = None
    beta: float = 0.5
    codec_width: int = 512
    flow_width: int = 256
    n_blocks: int = 4
    n_flow_steps: int = 12

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        if self.latent_dim is not None:
            check_count("latent_dim", self.latent_dim, 1, 512)
        check_range("beta", self.beta, 0, 10)
        check_count("codec_width", self.codec_width, 8, 4_096)
        check_count("flow_width", self.flow_width, 8, 4_096)
        check_count("n_blocks", self.n_blocks, 1, 32)
        check_count("n_flow_steps", self.n_flow_steps, 1, 1_000)

    def _network(self, table_fields: list[Field]) -> TableNetwork:
        target = target_of(table_fields)
        sizes = tuple(f.n_codes for i, f in enumerate(table_fields) if i != target)
        n_levels = 1 if target is None else table_fields[target].n_codes
        latent_dim = self.latent_dim or min(64, len(sizes) + 3)
        codec = RowCodec(
            ColumnTensors(sizes),
            n_levels,
            latent_dim=latent_dim,
            width=self.codec_width,
            n_blocks=2,
            beta=self.beta,
        )
        velocity = Velocity(latent_dim, n_levels, width=self.flow_width, n_blocks=self.n_blocks)
        return LatentFlowNetwork(table_fields, codec, velocity, self.n_flow_steps)
