"""Mode-specific normalisation: numbers as a mode and a place in it, all else as a hot code.

The codes of a number stand at the normal scores of their ranks; a variational mixture of Gaussians
finds the modes among these places. A value is then written as the mode that it belongs to (drawn by
its chances) and its distance from the mode's center in four deviations; what a network writes is
brought back to the nearest code. Fields without order, or of few codes, are hot codes.

Reference: Xu et al. 2019, "Modeling Tabular Data using Conditional GAN", arXiv:1907.00503,
section 4.2; Bishop 2006, "Pattern Recognition and Machine Learning", section 10.2.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import digamma, ndtri
from torch import Tensor, nn
from torch.nn import functional

from guanyao.data.encoders import Field
from guanyao.models.column_tensors import Masks, drawn, gumbel, log_mass

Floats = NDArray[np.float64]

MAX_HOT = 12
"""Ordered fields of up to so many codes are hot codes."""

N_MODES = 10
LEAST_WEIGHT = 0.005
"""Modes of less are not used."""

DEVIATIONS = 4.0
MAX_PLACE = 0.99
MAX_COUNT = 10_000.0
"""Rows that the mixture is told of at most: more would not move it."""

N_ROUNDS = 200
N_CALIBRATIONS = 20
LEAST_SHARE = 1e-5


class ColumnModes(nn.Module):
    """How rows of codes are written for networks that see numbers and hot codes.

    Args:
        fields: The fields of codes.

    Attributes:
        numbers: Which fields are numbers.
        widths: Width of each field: 1 + N_MODES for numbers, their number of codes for others.
    """

    place: Tensor
    center: Tensor
    scale: Tensor
    weight: Tensor

    def __init__(self, fields: list[Field]) -> None:
        super().__init__()
        self.sizes = [f.n_codes for f in fields]
        self.numbers = [i for i, f in enumerate(fields) if f.ordered and f.n_codes > MAX_HOT]
        self.hot = [i for i in range(len(fields)) if i not in self.numbers]
        self.widths = [1 + N_MODES if i in self.numbers else n for i, n in enumerate(self.sizes)]
        self.register_buffer("place", torch.zeros(sum(self.sizes[i] for i in self.numbers)))
        for name in ("center", "scale", "weight"):
            self.register_buffer(name, torch.ones(len(self.numbers), N_MODES))

    @property
    def width(self) -> int:
        """Width of a row."""
        return sum(self.widths)

    def prepare(self, rows: Tensor) -> None:
        """Find the places of codes and the modes among them.

        Args:
            rows: Codes, int64, shape (n_rows, n_fields).
        """
        places = []
        for k, i in enumerate(self.numbers):
            counts = np.bincount(rows[:, i].numpy(), minlength=self.sizes[i]).astype(np.float64)
            places.append(normal_scores(counts))
            for name, found in zip(
                ("center", "scale", "weight"), modes(places[-1], counts), strict=True
            ):
                getattr(self, name)[k] = torch.from_numpy(found)
        if places:
            self.place.copy_(torch.from_numpy(np.concatenate(places)))

    def places(self, i: int) -> Tensor:
        """Where the codes of a number stand, shape (n_codes,), ascending."""
        parts = torch.split(self.place, [self.sizes[j] for j in self.numbers])
        return parts[self.numbers.index(i)]

    def modes(self, i: int) -> tuple[Tensor, Tensor, Tensor]:
        """Center, deviation and weight of a number's modes, shape (N_MODES,) each."""
        k = self.numbers.index(i)
        return self.center[k], self.scale[k], self.weight[k]

    def split(self, written: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Each field's number and part of the rows, shape (n_rows, width of the field)."""
        return enumerate(torch.split(written, self.widths, dim=1))

    def write(self, rows: Tensor) -> Tensor:
        """Rows of codes as networks see them, shape (n_rows, width); modes are drawn."""
        parts = []
        for i, size in enumerate(self.sizes):
            codes = rows[:, i]
            if i in self.numbers:
                parts.append(self._number(i, codes))
            else:
                parts.append(functional.one_hot(codes, size).float())
        return torch.cat(parts, dim=1)

    def _number(self, i: int, codes: Tensor) -> Tensor:
        center, scale, weight = self.modes(i)
        standard = (self.places(i)[:, None] - center) / scale  # (n_codes, N_MODES)
        log_chance = weight.log() - scale.log() - standard**2 / 2
        mode = (log_chance[codes] + gumbel(log_chance[codes])).argmax(1)
        spot = standard[codes, mode] / DEVIATIONS
        hot = functional.one_hot(mode, N_MODES).float()
        return torch.cat([spot[:, None].clamp(-MAX_PLACE, MAX_PLACE), hot], dim=1)

    @torch.no_grad()
    def calibrate(self, bias: Tensor, written: Tensor, rows: Tensor) -> None:
        """Shift the logits so that modes and hot codes come as often as in the rows.

        Args:
            bias: What is added to all that is written, shape (width,); it is changed.
            written: Places before `tanh` and logits of drawn rows, shape (n, width).
            rows: Codes of rows that were learned, shape (m, n_fields).
        """
        shift = torch.zeros(1, self.width)
        wanted, shifts = dict(self.split(self.write(rows))), dict(self.split(shift))
        for i, part in self.split(written):
            first = int(i in self.numbers)
            share = wanted[i][:, first:].mean(0)
            own = shifts[i][0, first:]
            for _ in range(N_CALIBRATIONS):
                found = (part[:, first:] + own).softmax(1).mean(0)
                own += ((share + LEAST_SHARE) / (found + LEAST_SHARE)).log()
        bias += shift[0]

    def log_mass(self, written: Tensor, deviation: Tensor, masks: Masks) -> Tensor:
        """The logarithm of each row's chance to lie within the masks, shape (n_rows,).

        Args:
            written: Places before `tanh` and logits, shape (n_rows, width).
            deviation: Noise of the places of each number, shape (n_numbers,).
            masks: The codes that are allowed.
        """
        total = torch.zeros(len(written))
        for i, part in self.split(written):
            if i in masks:
                total += log_mass(self._log_shares(i, part, deviation), masks[i])
        return total

    def draw(
        self, written: Tensor, deviation: Tensor, generator: torch.Generator, masks: Masks
    ) -> Tensor:
        """Rows of codes, shape (n_rows, n_fields), within the masks; arguments as `log_mass`."""
        drawn_codes = []
        for i, part in self.split(written):
            if i in self.numbers and i not in masks:
                drawn_codes.append(self._nearest(i, part, deviation, generator))
            else:
                log_shares = self._log_shares(i, part, deviation)
                drawn_codes.append(drawn(log_shares, generator, masks.get(i)))
        return torch.stack(drawn_codes, dim=1)

    def _nearest(
        self, i: int, part: Tensor, deviation: Tensor, generator: torch.Generator
    ) -> Tensor:
        center, scale, weight = self.modes(i)
        mode = drawn(part[:, 1:].float(), generator, weight > 0)
        noise = torch.randn(len(part), generator=generator) * deviation[self.numbers.index(i)]
        spot = part[:, 0].float().tanh() + noise
        return torch.bucketize(center[mode] + DEVIATIONS * scale[mode] * spot, self._edges(i))

    def _edges(self, i: int) -> Tensor:
        places = self.places(i)
        return (places[:-1] + places[1:]) / 2

    def _log_shares(self, i: int, part: Tensor, deviation: Tensor) -> Tensor:
        """The logarithm of the chance of each code, shape (n_rows, n_codes)."""
        if i not in self.numbers:
            return part.float().log_softmax(1)
        center, scale, weight = self.modes(i)
        chance = part[:, 1:].float().masked_fill(weight == 0, float("-inf")).softmax(1)
        middle = center + DEVIATIONS * scale * part[:, :1].float().tanh()  # (n_rows, N_MODES)
        spread = DEVIATIONS * scale * deviation[self.numbers.index(i)]
        ends = (self._edges(i) - middle[:, :, None]) / spread[:, None]
        below = torch.special.ndtr(ends)  # (n_rows, N_MODES, n_codes - 1)
        below = torch.einsum("rm,rmc->rc", chance, below)
        shares = torch.diff(
            below, prepend=torch.zeros(len(part), 1), append=torch.ones(len(part), 1)
        )
        return shares.clamp(min=1e-30).log()


def normal_scores(counts: Floats) -> Floats:
    """The normal scores of the middle ranks of codes, shape (n_codes,), ascending."""
    counts = counts + 1e-3
    share = counts / counts.sum()
    scores: Floats = ndtri(np.cumsum(share) - share / 2)
    return scores


def modes(x: Floats, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Center, deviation and weight of the modes of places, shape (N_MODES,) each.

    Args:
        x: The places, shape (n,).
        counts: How many rows stand at each, shape (n,).

    Returns:
        Weights add up to one; those of unused modes are 0, and their deviation 1.
    """
    counts = counts * min(1.0, MAX_COUNT / counts.sum())
    resp = _first_guess(x, counts)
    for _ in range(N_ROUNDS):
        mixture = _Mixture(x, counts, resp)
        resp = mixture.responsibilities(x)
    weight = (counts @ resp) / counts.sum()
    kept = weight >= min(LEAST_WEIGHT, weight.max())
    weight = np.where(kept, weight, 0.0)
    scale = np.where(kept, mixture.deviation, 1.0)
    return np.where(kept, mixture.center, 0.0), scale, weight / weight.sum()


def _first_guess(x: Floats, counts: Floats) -> Floats:
    """Each place wholly of the mode of its quantile, shape (n, N_MODES)."""
    rank = np.cumsum(counts) - counts / 2
    mode = (rank / counts.sum() * N_MODES).astype(np.int64).clip(0, N_MODES - 1)
    guess: Floats = np.eye(N_MODES)[mode]
    return guess


class _Mixture:
    """The variational posterior of a mixture in one dimension, given responsibilities."""

    def __init__(self, x: Floats, counts: Floats, resp: Floats) -> None:
        held = counts[:, None] * resp  # (n, N_MODES)
        n = held.sum(0) + 1e-10
        mean = (held * x[:, None]).sum(0) / n
        scatter = (held * (x[:, None] - mean) ** 2).sum(0)
        prior_mean, prior_scale = float(counts @ x / counts.sum()), 1e-3
        self.n, self.kappa, self.nu = n, 1e-2 + n, 1.0 + n
        self.center = (1e-2 * prior_mean + n * mean) / self.kappa
        pull = 1e-2 * n / self.kappa * (mean - prior_mean) ** 2
        self.rate = prior_scale + scatter + pull

    @property
    def deviation(self) -> Any:  # noqa: ANN401
        """The expected deviation of each mode, shape (N_MODES,)."""
        return np.sqrt(self.rate / self.nu)

    def responsibilities(self, x: Floats) -> Floats:
        """The chance of each mode at each place, shape (n, N_MODES)."""
        concentration = 1e-3 + self.n
        log_weight = digamma(concentration) - digamma(concentration.sum())
        log_precision = digamma(self.nu / 2) + np.log(2) - np.log(self.rate)
        distance = 1 / self.kappa + self.nu / self.rate * (x[:, None] - self.center) ** 2
        score = log_weight + log_precision / 2 - distance / 2
        score -= score.max(1, keepdims=True)
        chance: Floats = np.exp(score) / np.exp(score).sum(1, keepdims=True)
        return chance
