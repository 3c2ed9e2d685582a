"""Copies: how many virtual pictures lie much nearer to a training picture than chance explains.

Smooth pictures lie near to everything, and some digits lie near to all of their kind. So each
distance to the nearest training picture is set against that to the nearest of real pictures which
nobody learned from, one half of the holdout. The other half says how small that ratio gets by
chance: what one in a hundred of its pictures reaches counts as a copy. Distances are taken between
pixels (`data.pixel_space`), since features that learned from train would favour it.

A low rate is no proof of privacy: the attacks ask that.

Reference: Meehan, Chaudhuri & Dasgupta 2020, "A Non-Parametric Test to Detect Data-Copying in
Generative Models", arXiv:2004.05675; Carlini et al. 2023, "Extracting Training Data from Diffusion
Models", arXiv:2301.13188, for the ratio.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanyao.data.image_sides import MAX_IMAGES, ImageSides
from guanyao.data.images import picture_digests
from guanyao.data.interval import wilson
from guanyao.data.neighbours import Placed, distances, nearest, nearest_rows
from guanyao.metrics.score import Score, impossible

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]

MIN_IMAGES = 20
CHANCE = 0.01
"""The share of pictures nobody learned from that count as copies."""


@dataclass(frozen=True)
class Near:
    """The nearest training picture of each of some pictures, the most suspicious first.

    Args:
        rows: Their rows, shape (n_images,).
        train_rows: The row of the nearest training picture, shape (n_images,).
        to_train: The distance to it, shape (n_images,).
        ratio: That distance over the one to the nearest of other real pictures, (n_images,).
    """

    rows: Rows
    train_rows: Rows
    to_train: Floats
    ratio: Floats


@dataclass(frozen=True)
class Search:
    """What was found in a search for copies.

    Args:
        virtual: Of virtual pictures.
        fresh: Of one half of the holdout.
        independent: Ratios of pictures made of shuffled pixels, shape (n_images,).
        threshold: The ratio up to which a picture counts as a copy.
        near: The distance that one in a hundred fresh pictures keeps from train.
    """

    virtual: Near
    fresh: Near
    independent: Floats
    threshold: float
    near: float


def image_copies(sides: ImageSides) -> Score:
    """The share of virtual pictures that count as copies of a training picture.

    Returns:
        In [0, 1]; about 0.01, the real reference, is what chance gives. 0 is best.

    Raises:
        DataError: There are too few pictures.
    """
    found = search(sides)
    hits = found.virtual.ratio <= found.threshold
    low, high = wilson(float(hits.sum()), len(hits))
    return Score(
        name="copy_rate",
        kind="diagnostic",
        value=float(hits.mean()),
        low=low,
        high=high,
        best=0.0,
        reference={
            "real": float((found.fresh.ratio <= found.threshold).mean()),
            "independent": float((found.independent <= found.threshold).mean()),
        },
        details={
            "n_copies": int(hits.sum()),
            "n_exact_copies": _n_exact(sides, found.virtual.rows),
            "ratio_of_a_copy": found.threshold,
            "median_ratio": float(np.median(found.virtual.ratio)),
            "median_ratio_of_holdout": float(np.median(found.fresh.ratio)),
            "nearer_than_one_in_a_hundred_real": float(
                (found.virtual.to_train <= found.near).mean()
            ),
            "images": {
                "virtual": len(hits),
                "train": len(sides.train),
                "holdout": len(sides.holdout),
            },
            "interval": "Wilson",
        },
    )


def search(sides: ImageSides) -> Search:
    """The nearest training picture of each virtual one, made once.

    Raises:
        DataError: There are too few pictures.
    """
    return sides.once("copies", lambda: _search(sides))


def _search(sides: ImageSides) -> Search:
    rng = sides.rng("copies")
    fresh, population = np.array_split(rng.permutation(sides.entity_rows("holdout")), 2)
    if min(len(population), len(sides.virtual), len(sides.train)) < MIN_IMAGES:
        raise impossible(
            "copy_rate", f"it needs {2 * MIN_IMAGES} holdout pictures and {MIN_IMAGES} others"
        )
    train, holdout = sides.points("train"), sides.points("holdout")
    others = holdout.take(population[:MAX_IMAGES])
    chosen = rng.permutation(len(sides.virtual))[:MAX_IMAGES]
    virtual = _near(sides.points("virtual"), chosen, train, others)
    kept_back = _near(holdout, fresh[:MAX_IMAGES], train, others)
    made = sides.pixel_space.place(sides.candidates["independent"])
    independent = _near(made, np.arange(len(made)), train, others)
    return Search(
        virtual,
        kept_back,
        independent.ratio,
        threshold=float(np.quantile(kept_back.ratio, CHANCE, method="lower")),
        near=float(np.quantile(kept_back.to_train, CHANCE, method="lower")),
    )


def _near(points: Placed, rows: Rows, train: Placed, others: Placed) -> Near:
    queries = points.take(rows)
    train_rows = nearest_rows(queries, train)
    to_train = distances(queries, train, train_rows)
    to_others = nearest(queries, others)
    ratio = np.divide(to_train, to_others, out=np.ones_like(to_train), where=to_others > 0)
    order = np.argsort(ratio, kind="stable")
    return Near(rows[order], train_rows[order], to_train[order], ratio[order])


def _n_exact(sides: ImageSides, rows: Rows) -> int:
    """How many of these virtual pictures are a training picture, pixel by pixel."""
    known = set(picture_digests(sides.train.pixels))
    return sum(digest in known for digest in picture_digests(sides.virtual.pixels[rows]))
