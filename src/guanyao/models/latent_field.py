"""A field of velocities over codes: residual layers that time and label modulate.

Reference: Peebles & Xie 2023, "Scalable Diffusion Models with Transformers", arXiv:2212.09748,
section 3.2 (adaptive layer norm, zero at the start).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from guanyao.models import precision
from guanyao.models.image_networks import batches

N_FREQUENCIES = 32
MAX_FREQUENCY = 100.0
CONDITION_DIM = 128


class Block(nn.Module):
    """A residual layer whose shift, scale and gate are read off the condition.

    Args:
        width: Width of the layer.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = _zero(nn.Linear(CONDITION_DIM, 3 * width))
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)

    def forward(self, x: Tensor, condition: Tensor, rows: Tensor | None) -> Tensor:
        """Shape (n, width); `rows` says which condition is whose."""
        scale, shift, gate = _for_rows(self.modulation(condition), rows).chunk(3, 1)
        inner = functional.silu(self.inner(self.norm(x) * (1 + scale) + shift))
        moved: Tensor = x + gate * self.outer(inner)
        return moved


def _zero(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _for_rows(values: Tensor, rows: Tensor | None) -> Tensor:
    return values if rows is None else values[rows]


class LatentField(nn.Module):
    """Velocities of standardised codes at a time, for a label.

    Args:
        latent_dim: Width of a code.
        n_classes: Labels; 0: there are none.
        width: Width of the layers.
        n_blocks: Residual blocks.
    """

    frequencies: Tensor
    offset: Tensor
    scale: Tensor

    def __init__(self, latent_dim: int, n_classes: int, width: int, n_blocks: int) -> None:
        super().__init__()
        self.latent_dim, self.n_labels = latent_dim, max(n_classes, 1)
        self.register_buffer("offset", torch.zeros(latent_dim))
        self.register_buffer("scale", torch.ones(latent_dim))
        steps = torch.linspace(0, math.log(MAX_FREQUENCY), N_FREQUENCIES)
        self.register_buffer("frequencies", steps.exp(), persistent=False)
        self.time = nn.Linear(2 * N_FREQUENCIES, CONDITION_DIM)
        self.label = nn.Embedding(self.n_labels, CONDITION_DIM)
        self.joint = nn.Linear(CONDITION_DIM, CONDITION_DIM)
        self.first = nn.Linear(latent_dim, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(n_blocks))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = _zero(nn.Linear(CONDITION_DIM, 2 * width))
        self.last = _zero(nn.Linear(width, latent_dim))

    def condition(self, times: Tensor, labels: Tensor) -> Tensor:
        """What modulates the layers, shape (n, CONDITION_DIM).

        Args:
            times: Shape (n, 1), in [0, 1].
            labels: Shape (n,).
        """
        phase = times * self.frequencies
        waves = self.time(torch.cat([phase.sin(), phase.cos()], 1))
        joined: Tensor = functional.silu(self.joint(functional.silu(waves + self.label(labels))))
        return joined

    def forward(self, x: Tensor, condition: Tensor, rows: Tensor | None = None) -> Tensor:
        """Velocities, shape (n, latent_dim).

        Args:
            x: Standardised codes on their way, shape (n, latent_dim).
            condition: Shape (n, CONDITION_DIM), or one for each of some labels.
            rows: Which condition is whose, shape (n,); None: one after another.
        """
        hidden = self.first(x)
        for block in self.blocks:
            hidden = block(hidden, condition, rows)
        scale, shift = _for_rows(self.modulation(condition), rows).chunk(2, 1)
        velocity: Tensor = self.last(self.norm(hidden) * (1 + scale) + shift)
        return velocity

    @torch.no_grad()
    def standardise(self, mean: Tensor, spread: Tensor) -> None:
        """Take note of the codes' scale.

        Args:
            mean: Means of codes, shape (n, latent_dim).
            spread: Their standard deviations, of the same shape.
        """
        self.offset.copy_(mean.mean(0))
        self.scale.copy_((mean.var(0, correction=0) + spread.square().mean(0)).sqrt())

    def standardised(self, codes: Tensor) -> Tensor:
        """Codes of mean 0 and spread 1."""
        return (codes - self.offset) / self.scale.clamp_min(1e-6)

    def draw(self, noise: Tensor, labels: Tensor, n_steps: int) -> Tensor:
        """Codes of these labels, by the midpoint rule.

        Args:
            noise: Standard normal, shape (n, latent_dim).
            labels: Shape (n,).
            n_steps: Steps from noise to codes.
        """
        x = noise
        for step in range(n_steps):
            half = x + self._velocity(x, step / n_steps, labels) / (2 * n_steps)
            x = x + self._velocity(half, (step + 0.5) / n_steps, labels) / n_steps
        return x * self.scale + self.offset

    def _velocity(self, x: Tensor, time: float, labels: Tensor) -> Tensor:
        # All rows are at one time, so there are only as many conditions as labels.
        every = torch.arange(self.n_labels, device=x.device)
        times = torch.full((self.n_labels, 1), time, device=x.device)
        found: Tensor = self(x, self.condition(times, every), labels)
        return found.float()


@torch.no_grad()
def drawn_codes(field: LatentField, noise: Tensor, labels: Tensor, n_steps: int) -> Tensor:
    """Codes of many labels, on the CPU, as fast as this machine can."""
    device = field.offset.device
    with torch.autocast(device.type, torch.bfloat16, enabled=precision.has_bf16(device)):
        parts = [
            field.draw(rows.to(device), names.to(device), n_steps).cpu()
            for rows, names in zip(batches(noise), batches(labels), strict=True)
        ]
    return torch.cat(parts)
