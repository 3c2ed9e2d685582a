"""Precision, recall, density and coverage: how real each picture is, and how many kinds there are.

Around every picture lies a ball that reaches to its fifth nearest neighbour on its own side.
Precision and density ask whether virtual pictures lie in balls of real ones, recall whether real
pictures lie in balls of virtual ones, coverage how many real balls hold a virtual picture. A
generator that repeats a few good pictures has precision and no coverage; one that blurs, the
reverse. Real pictures are those of the holdout.

Reference: Kynkäänniemi et al. 2019, "Improved Precision and Recall Metric for Assessing Generative
Models", arXiv:1904.06991; Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for
Generative Models", arXiv:2002.09797.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from guanyao.data.image_sides import ImageSides
from guanyao.data.interval import Z, wilson
from guanyao.metrics.image_features import features, few, space
from guanyao.metrics.score import Score, impossible

Float32 = NDArray[np.float32]
Name = Literal["precision", "recall", "density", "coverage"]

N_NEIGHBOURS = 5
BLOCK = 1_000
"""Rows whose distances are held at a time."""


@dataclass(frozen=True)
class Balls:
    """What lies in whose ball.

    Args:
        n_real_around: In how many balls of real pictures each candidate lies, (n_candidates,).
        is_recalled: Whether each real picture lies in a candidate's ball, shape (n_real,).
        is_covered: Whether each real ball holds a candidate, shape (n_real,).
    """

    n_real_around: NDArray[np.int64]
    is_recalled: NDArray[np.bool_]
    is_covered: NDArray[np.bool_]

    def parts(self, name: Name) -> NDArray[np.float64]:
        """What the measure of this name is the mean of."""
        return {
            "precision": self.n_real_around > 0,
            "recall": self.is_recalled,
            "density": self.n_real_around / N_NEIGHBOURS,
            "coverage": self.is_covered,
        }[name].astype(np.float64)


def precision(sides: ImageSides) -> Score:
    """The share of virtual pictures that could be real ones, in [0, 1]; 1 is best.

    Raises:
        DataError: There are too few pictures, or the user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    return _score("precision", sides)


def recall(sides: ImageSides) -> Score:
    """The share of real pictures that the generator could have made, in [0, 1]; 1 is best.

    Raises:
        DataError: There are too few pictures, or the user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    return _score("recall", sides)


def density(sides: ImageSides) -> Score:
    """How densely real pictures lie around virtual ones, at least 0; about 1 is best.

    Raises:
        DataError: There are too few pictures, or the user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    return _score("density", sides)


def coverage(sides: ImageSides) -> Score:
    """The share of real pictures with a virtual one close by, in [0, 1]; 1 is best.

    Raises:
        DataError: There are too few pictures, or the user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    return _score("coverage", sides)


def _score(name: Name, sides: ImageSides) -> Score:
    if why := few(sides):
        raise impossible(name, why)
    found = sides.once("balls", lambda: _all_balls(sides))
    values = {candidate: balls.parts(name) for candidate, balls in found.items()}
    low, high = _interval(name, values["virtual"])
    return Score(
        name=name,
        kind="fidelity",
        value=float(values["virtual"].mean()),
        low=low,
        high=high,
        best=1.0,
        reference={side: float(values[side].mean()) for side in ("real", "independent")},
        details={
            "n_neighbours": N_NEIGHBOURS,
            "space": space(sides).details,
            "images": {
                "each_candidate": len(features(sides, "virtual")),
                "holdout": len(sides.reference),
            },
            "interval": "normal" if name == "density" else "Wilson",
        },
    )


def _interval(name: Name, parts: NDArray[np.float64]) -> tuple[float, float]:
    if name != "density":
        return wilson(float(parts.sum()), len(parts))
    half = Z * float(parts.std()) / np.sqrt(len(parts))
    return max(0.0, float(parts.mean()) - half), float(parts.mean()) + half


def _all_balls(sides: ImageSides) -> dict[str, Balls]:
    reference = features(sides, "reference")
    centre = reference.mean(axis=0)  # near the origin products round less
    reach = radii(reference - centre)
    return {
        name: prdc(reference - centre, features(sides, name) - centre, reach)
        for name in sides.candidates
    }


def prdc(real: Float32, candidates: Float32, reach: Float32 | None = None) -> Balls:
    """What lies in whose ball.

    Args:
        real: Features of real pictures, shape (n_real, n_features), more than five.
        candidates: Features of candidates, shape (n_candidates, n_features), more than five.
        reach: The squared radii of the real balls, if known.
    """
    reach = radii(real) if reach is None else reach
    own = radii(candidates)
    n_around = np.zeros(len(candidates), np.int64)
    recalled, covered = [], []
    for rows, gaps in _gaps(real, candidates):
        inside = gaps <= reach[rows, None]  # (n_real, n_candidates) of the block
        n_around += inside.sum(axis=0)
        covered.append(inside.any(axis=1))
        recalled.append((gaps <= own).any(axis=1))
    return Balls(n_around, np.concatenate(recalled), np.concatenate(covered))


def radii(points: Float32) -> Float32:
    """The squared distance of each point to its fifth nearest neighbour, shape (n_points,)."""
    n_nearest = min(N_NEIGHBOURS, len(points) - 1)
    reach = np.empty(len(points), np.float32)
    for rows, gaps in _gaps(points, points):
        gaps.partition(n_nearest, axis=1)
        reach[rows] = gaps[:, n_nearest]
    return reach


def _gaps(one: Float32, other: Float32) -> Iterator[tuple[NDArray[np.int64], Float32]]:
    """Rows of one set and their squared distances to all of the other, block by block."""
    lengths = np.square(other).sum(axis=1)
    for at in range(0, len(one), BLOCK):
        rows = np.arange(at, min(at + BLOCK, len(one)))
        block = one[rows]
        gaps = block @ (-2 * other.T)
        gaps += np.square(block).sum(axis=1, keepdims=True)
        gaps += lengths
        yield rows, gaps.clip(0, out=gaps)
