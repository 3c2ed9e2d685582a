"""Kernel distance of features: the squared maximum mean discrepancy under a cubic kernel.

Called `kid` only in the space of the user's Inception, else `ckid`. Unlike the Fréchet distance it
does not depend on the number of pictures; equal distributions give 0 but for chance, so that it can
be a little below.

Reference: Bińkowski et al. 2018, "Demystifying MMD GANs", arXiv:1801.01401.
"""

from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from guanyao.data.image_sides import ImageSides
from guanyao.data.interval import N_BLOCKS, jackknife
from guanyao.metrics.image_features import features, few, space
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.floating[Any]]


def ckid(sides: ImageSides) -> Score:
    """The kernel distance of virtual pictures from the holdout, in the features of this run.

    Returns:
        About 0 is best; the real reference is what fresh real pictures get.

    Raises:
        DataError: There are too few pictures, or the user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    if why := few(sides):
        raise impossible("ckid", why)
    reference = features(sides, "reference")
    rng = sides.rng("ckid blocks")
    n_blocks = min(N_BLOCKS, len(reference) // 2, len(features(sides, "virtual")) // 2)
    parts = Blocks.of(reference, rng, n_blocks)
    distances = {
        name: parts.distances(rng.permutation(features(sides, name))) for name in sides.candidates
    }
    value, low, high = jackknife(distances["virtual"], (-np.inf, np.inf))
    return Score(
        name=space(sides).name("kid"),
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=0.0,
        reference={name: float(distances[name][0]) for name in ("real", "independent")},
        details={
            "kernel": "(x . y / n_features + 1) ** 3",
            "space": {**space(sides).details, "n_features": reference.shape[1]},
            "images": {
                "each_candidate": len(features(sides, "virtual")),
                "holdout": len(reference),
            },
            "interval": "grouped jackknife",
        },
    )


def kernel_distance(one: Matrix, other: Matrix) -> float:
    """The unbiased squared maximum mean discrepancy of two sets of features.

    Args:
        one: Shape (n_rows, n_features), at least two rows.
        other: Shape (m_rows, n_features), at least two rows.

    Examples:
        >>> kernel_distance(np.array([[0.0], [0.0]]), np.array([[1.0], [1.0]]))
        7.0
    """
    n, m = len(one), len(other)
    within = _within([one])[0, 0] / (n * (n - 1)) + _within([other])[0, 0] / (m * (m - 1))
    return float(within - 2 * _kernel_sum(one, other) / (n * m))


@dataclass(frozen=True)
class Blocks:
    """Features in random blocks, and the sums of the kernel over pairs of different rows.

    Args:
        parts: The blocks, each of shape (n_rows, n_features).
        sums: By pair of blocks, shape (n_blocks, n_blocks).
    """

    parts: list[Matrix]
    sums: Floats

    @classmethod
    def of(cls, rows: Matrix, rng: np.random.Generator, n_blocks: int) -> Self:
        """The rows in so many blocks."""
        parts = [rows[part] for part in np.array_split(rng.permutation(len(rows)), n_blocks)]
        return cls(parts, _within(parts))

    def distances(self, other: Matrix) -> Floats:
        """The distance to other rows, then with one block of both sides left out.

        Returns:
            Shape (1 + n_blocks,).
        """
        parts = np.array_split(other, len(self.parts))
        across = [[_kernel_sum(a, b) for b in parts] for a in self.parts]
        n, m = _sizes(self.parts), _sizes(parts)
        one, two, both = (_without(sums) for sums in (self.sums, _within(parts), np.array(across)))
        return one / (n * (n - 1)) + two / (m * (m - 1)) - 2 * both / (n * m)


def _within(parts: list[Matrix]) -> Floats:
    """Sums of the kernel over pairs of different rows, by pair of blocks."""
    sums = np.zeros((len(parts), len(parts)))
    for i, part in enumerate(parts):
        own = np.square(part).sum(axis=1, dtype=np.float64) / part.shape[1] + 1
        sums[i, i] = _kernel_sum(part, part) - (own**3).sum()
        for j in range(i):
            sums[i, j] = sums[j, i] = _kernel_sum(part, parts[j])
    return sums


def _kernel_sum(one: Matrix, other: Matrix) -> float:
    """The sum of the cubic kernel over all pairs of rows."""
    base = one @ (other / other.dtype.type(one.shape[1])).T  # (n_rows, m_rows)
    base += base.dtype.type(1)
    return float(np.vdot(np.square(base), base))


def _sizes(parts: list[Matrix]) -> Floats:
    """The number of rows, then without each block."""
    sizes = np.array([len(part) for part in parts], np.float64)
    return np.append(sizes.sum(), sizes.sum() - sizes)


def _without(sums: Floats) -> Floats:
    """The sum over all pairs of blocks, then over those without one block of either side."""
    own = sums.sum(axis=0) + sums.sum(axis=1) - np.diag(sums)
    return np.append(sums.sum(), sums.sum() - own)
