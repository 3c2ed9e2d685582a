"""Train on synthetic, test on real, for pictures: whether what virtual ones teach is true of life.

A small classifier learns from virtual pictures and their labels and is tested on the holdout. Its
real reference learned from as many pictures of train (TRTR). torch is loaded at the first use.

Reference: Esteban, Hyland & Rätsch 2017, "Real-valued (Medical) Time Series Generation with
Recurrent Conditional GANs", arXiv:1706.02633; Ravuri & Vinyals 2019, "Classification Accuracy Score
for Conditional Generative Models", arXiv:1905.10887.
"""

import numpy as np
from numpy.typing import NDArray

from guanyao.data.image_sides import MAX_IMAGES, ImageSides
from guanyao.data.images import Images
from guanyao.data.interval import wilson
from guanyao.metrics.score import Score, impossible
from guanyao.registry import need

MIN_IMAGES = 20
N_STEPS = 800
LEARNING_RATE = 3e-3


def image_tstr(sides: ImageSides) -> Score:
    """The accuracy on real pictures of a classifier that learned from virtual ones.

    Returns:
        In [0, 1], 1 is best; the real reference, TRTR, is what can be had.

    Raises:
        DataError: There are no labels, no two classes, or too few pictures.
        MissingExtraError: torch is not installed.
    """
    _check(sides)
    n_images = min(len(sides.virtual), len(sides.train), MAX_IMAGES)
    rng = sides.rng("tstr")
    schools = {
        "virtual": _some(sides.virtual, n_images, rng),
        "real": _some(sides.train, n_images, rng),
        "independent": sides.independent(n_images),
    }
    hits = {name: _hits(images, sides) for name, images in schools.items()}
    found = hits["virtual"]
    low, high = wilson(float(found.sum()), len(found))
    values = {name: float(parts.mean()) for name, parts in hits.items()}
    return Score(
        name="tstr",
        kind="utility",
        value=values["virtual"],
        low=low,
        high=high,
        best=1.0,
        reference={"real": values["real"], "independent": values["independent"]},
        details={
            "measure": "accuracy",
            "trtr": values["real"],
            "guessing": _largest_share(sides.reference),
            "n_classes": len(sides.train.classes),
            "images": {"learned": n_images, "tested": len(found)},
            "interval": "Wilson",
        },
    )


def _check(sides: ImageSides) -> None:
    for images, what in ((sides.train, "real"), (sides.virtual, "virtual")):
        if images.labels is None:
            raise impossible("tstr", f"the {what} pictures have no labels")
        if len(images) < MIN_IMAGES:
            raise impossible("tstr", f"there are fewer than {MIN_IMAGES} {what} pictures")
    if sides.holdout.labels is None:
        raise impossible("tstr", "the holdout has no labels")
    if len(np.unique(sides.train.labels)) < 2:  # type: ignore[arg-type]
        raise impossible("tstr", "it needs two classes")


def _some(images: Images, n_images: int, rng: np.random.Generator) -> Images:
    return images.take(rng.permutation(len(images))[:n_images])


def _hits(school: Images, sides: ImageSides) -> NDArray[np.bool_]:
    """Which pictures of the holdout are told by a classifier that learned from these."""
    networks = need("guanyao.metrics.image_networks")
    network = networks.classifier(
        school.pixels,
        school.labels,
        len(sides.train.classes),
        seed=sides.seed,
        recipe=networks.Recipe(n_steps=N_STEPS, learning_rate=LEARNING_RATE),
    )
    told: NDArray[np.bool_] = network.predict(sides.reference.pixels) == sides.reference.labels
    return told


def _largest_share(images: Images) -> float:
    """The accuracy of always guessing the most frequent class."""
    assert images.labels is not None
    return float(np.bincount(images.labels).max() / len(images))
