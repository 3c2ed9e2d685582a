"""Between integer codes and tensors: rows for networks, their losses, and draws from logits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from guanyao.data.encoders import Codes, Mask

Masks = Mapping[int, Tensor]
"""The codes that conditions allow: number of a field -> bool, shape (n_codes,)."""


def rows_of(codes: Sequence[Codes]) -> Tensor:
    """The codes as rows, int64, shape (n_rows, n_fields)."""
    return torch.from_numpy(np.stack([one.astype(np.int64) for one in codes], axis=1))


def codes_of(rows: Tensor) -> list[Codes]:
    """The codes of each field, shape (n_rows,) each."""
    return [one.astype(np.uint16) for one in rows.T.numpy()]


def masks_of(allowed: Mapping[int, Mask]) -> dict[int, Tensor]:
    """The masks as tensors."""
    return {i: torch.from_numpy(np.asarray(mask, bool)) for i, mask in allowed.items()}


def shares_of(rows: Tensor, size: int) -> Tensor:
    """The share of each code of one field, shape (size,), as if each had been seen a bit more.

    Args:
        rows: Its codes, shape (n_rows,).
        size: Number of codes.
    """
    counts = torch.bincount(rows, minlength=size) + 1 / size
    return counts / counts.sum()


def gumbel(like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Standard Gumbel noise of the shape of a tensor of float32."""
    # Even draws in float32 include 0 and come as near to 1 as 2 ** -24.
    even = torch.rand(like.shape, generator=generator, device=like.device)
    return -(-even.clamp(1e-30, 1 - 2**-24).log()).log()


def drawn(
    log_shares: Tensor, generator: torch.Generator | None, mask: Tensor | None = None
) -> Tensor:
    """One code for each row by its shares, within the mask; shape (n_rows,).

    Args:
        log_shares: Shape (n_rows, n_codes); need not add up to one.
        generator: Draws.
        mask: The codes that may be drawn, shape (n_codes,).
    """
    noise = gumbel(log_shares, generator)
    if mask is not None:
        log_shares = log_shares.clamp(min=-1e30).masked_fill(~mask, float("-inf"))
    return (log_shares + noise).argmax(1)


def log_mass(log_shares: Tensor, mask: Tensor) -> Tensor:
    """The logarithm of what the allowed codes have of all, shape (n_rows,)."""
    total = log_shares.logsumexp(1)
    return log_shares[:, mask].logsumexp(1) - total


@dataclass(frozen=True)
class ColumnTensors:
    """All codes of all fields side by side: a row is a hot code in each field.

    Args:
        sizes: Number of codes of each field.
    """

    sizes: tuple[int, ...]

    @property
    def width(self) -> int:
        """Number of codes of all fields."""
        return sum(self.sizes)

    def placed(self, rows: Tensor) -> Tensor:
        """The place of each row's hot codes among all, shape (n_rows, n_fields)."""
        ends = np.cumsum([0, *self.sizes])[:-1]
        return rows + torch.from_numpy(ends).to(rows.device)

    def split(self, logits: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Each field's number and logits, shape (n_rows, n_codes)."""
        return enumerate(torch.split(logits, list(self.sizes), dim=1))

    def loss(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Cross-entropy of whole rows in nats: a sum over fields, a mean over rows."""
        parts = [functional.cross_entropy(part, rows[:, i]) for i, part in self.split(logits)]
        return torch.stack(parts).sum()

    def log_shares(self, rows: Tensor) -> Tensor:
        """The logarithm of each code's share in its field, shape (width,)."""
        shares = [shares_of(rows[:, i], size) for i, size in enumerate(self.sizes)]
        return torch.cat(shares).log()

    def log_mass(self, logits: Tensor, masks: Masks) -> Tensor:
        """The logarithm of each row's chance to meet the conditions, shape (n_rows,)."""
        total = torch.zeros(len(logits))
        for i, part in self.split(logits):
            if i in masks:
                total += log_mass(part, masks[i])
        return total

    def draw(self, logits: Tensor, generator: torch.Generator, masks: Masks) -> Tensor:
        """Rows of codes by their logits, within the masks, shape (n_rows, n_fields)."""
        parts = [drawn(part, generator, masks.get(i)) for i, part in self.split(logits)]
        return torch.stack(parts, dim=1)
