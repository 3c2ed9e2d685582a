"""Fréchet distance of features: how far virtual pictures lie from the holdout, as two Gaussians.

Called `fid` only in the space of the user's Inception; in a space made in the run it is `cfid`.
It falls with the number of pictures even where nothing else changes, so that every candidate brings
as many; the number is in the details. Only the ratio to the real reference compares across runs.

Reference: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
Nash Equilibrium", arXiv:1706.08500.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from guanyao.data.image_sides import ImageSides
from guanyao.data.interval import N_BLOCKS, blocks, jackknife
from guanyao.metrics.image_features import features, few, space
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.floating[Any]]

WIDE = 512
"""Features from which the interval goes by fewer blocks, since each costs a decomposition."""
N_BLOCKS_WIDE = 5


@dataclass(frozen=True)
class Moments:
    """Sums that a Gaussian follows from, and that blocks of rows can be taken out of.

    Args:
        n: Number of rows.
        total: Their sum, shape (n_features,).
        products: The sum of their outer products, shape (n_features, n_features).
    """

    n: int
    total: Floats
    products: Floats

    @classmethod
    def of(cls, rows: Matrix) -> Self:
        """The sums of rows (n_rows, n_features)."""
        exact = rows.astype(np.float64)
        return cls(len(exact), exact.sum(axis=0), exact.T @ exact)

    def without(self, rows: Matrix) -> "Moments":
        """The sums when these rows are taken out."""
        out = Moments.of(rows)
        return Moments(self.n - out.n, self.total - out.total, self.products - out.products)

    @property
    def mean(self) -> Floats:
        """The mean, shape (n_features,)."""
        return self.total / self.n

    @property
    def covariance(self) -> Floats:
        """The covariance, shape (n_features, n_features)."""
        centred: Floats = self.products - self.n * np.outer(self.mean, self.mean)
        return centred / max(1, self.n - 1)


def cfid(sides: ImageSides) -> Score:
    """The Fréchet distance of virtual pictures from the holdout, in the features of this run.

    Returns:
        At least 0, and 0 is best; the real reference is what as many fresh real pictures get.

    Raises:
        DataError: There are too few pictures, or the user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    if why := few(sides):
        raise impossible("cfid", why)
    reference = features(sides, "reference")
    centre = reference.mean(axis=0)
    there = reference - centre  # for the sake of rounding
    with threadpool_limits(1):  # on matrices this small more threads only wait
        value, low, high = _interval(there, features(sides, "virtual") - centre, sides)
        real, independent = (
            frechet(there, features(sides, name) - centre) for name in ("real", "independent")
        )
    return Score(
        name=space(sides).name("fid"),
        kind="fidelity",
        value=value,
        low=low,
        high=high,
        best=0.0,
        reference={"real": real, "independent": independent},
        details={
            "times_real": value / real if real > 0 else None,
            "space": {**space(sides).details, "n_features": reference.shape[1]},
            "images": {
                "each_candidate": len(features(sides, "virtual")),
                "holdout": len(reference),
            },
            "interval": "grouped jackknife",
        },
    )


def frechet(one: Matrix, other: Matrix) -> float:
    """The Fréchet distance of two sets of features, as two Gaussians.

    Args:
        one: Shape (n_rows, n_features).
        other: Shape (m_rows, n_features).

    Returns:
        The squared distance, at least 0.

    Examples:
        >>> near = np.array([[0.0], [2.0]])
        >>> frechet(near, near + 3.0)
        9.0
    """
    return _distance(Moments.of(one), Moments.of(other))


def _distance(one: Moments, other: Moments) -> float:
    """|m - n|² + tr(S) + tr(T) - 2 tr((S T)^½), the root by symmetric decompositions."""
    values, vectors = np.linalg.eigh(one.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    between = np.linalg.eigvalsh(root @ other.covariance @ root)
    spread = values.sum() + np.trace(other.covariance) - 2 * np.sqrt(between.clip(0)).sum()
    return float(max(0.0, np.square(one.mean - other.mean).sum() + spread))


def _interval(reference: Matrix, virtual: Matrix, sides: ImageSides) -> tuple[float, ...]:
    values = [_distance(Moments.of(reference), Moments.of(virtual))]
    values += _without_blocks(reference, virtual, sides.rng("cfid interval"))
    return jackknife(np.array(values), (0.0, np.inf))


def _without_blocks(
    reference: Matrix, virtual: Matrix, rng: np.random.Generator
) -> Iterator[float]:
    """The distance with a block of both sides left out, one block after another."""
    n_blocks = N_BLOCKS_WIDE if reference.shape[1] > WIDE else N_BLOCKS
    n_blocks = min(n_blocks, len(reference) // 2, len(virtual) // 2)
    sets = [
        (rows, Moments.of(rows), blocks(len(rows), rng, n_blocks)) for rows in (reference, virtual)
    ]
    for block in range(n_blocks):
        yield _distance(*(whole.without(rows[of == block]) for rows, whole, of in sets))
