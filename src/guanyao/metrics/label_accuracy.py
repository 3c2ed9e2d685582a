"""Label accuracy: whether virtual pictures show what they were drawn to show.

A classifier that learned from real pictures judges each virtual one against the label it was drawn
for. It never saw a virtual picture, and the generator never saw the classifier.

Reference: Ravuri & Vinyals 2019, "Classification Accuracy Score for Conditional Generative Models",
arXiv:1905.10887, for both directions of the test; the other one is `tstr`.
"""

import numpy as np

from guanyao.data.image_sides import ImageSides
from guanyao.data.images import Images
from guanyao.data.interval import wilson
from guanyao.metrics.image_features import classifier
from guanyao.metrics.score import Score, impossible


def label_accuracy(sides: ImageSides) -> Score:
    """The share of virtual pictures that a classifier of real ones gives their label.

    Returns:
        In [0, 1], 1 is best; the real reference is its accuracy on the holdout.

    Raises:
        DataError: There are no labels, or no two classes.
        MissingExtraError: torch is not installed.
    """
    if sides.train.labels is None or sides.virtual.labels is None:
        raise impossible("label_accuracy", "the pictures have no labels")
    network = classifier(sides)
    if network is None:
        raise impossible("label_accuracy", "it needs two classes")
    candidates = sides.candidates
    hits = {
        name: network.predict(images.pixels) == images.labels
        for name, images in (*candidates.items(), ("holdout", sides.reference))
        if images.labels is not None and len(images)
    }
    if "virtual" not in hits:
        raise impossible("label_accuracy", "there are too few pictures")
    found = hits["virtual"]
    low, high = wilson(float(found.sum()), len(found))
    return Score(
        name="label_accuracy",
        kind="fidelity",
        value=float(found.mean()),
        low=low,
        high=high,
        best=1.0,
        reference={
            "real": float(hits["holdout"].mean()) if "holdout" in hits else None,
            "independent": float(hits["independent"].mean()),
        },
        details={
            "by_class": _by_class(found, candidates["virtual"]),
            "n_classes": len(sides.train.classes),
            "images": {"virtual": len(found), "learned_from": len(sides.teaching)},
            "interval": "Wilson",
        },
    )


def _by_class(hits: np.ndarray, images: Images) -> list[float | None]:
    """The share of hits in each class, in the order of the classes; None: no such picture."""
    assert images.labels is not None
    places = range(len(images.classes))
    return [
        float(hits[images.labels == place].mean()) if (images.labels == place).any() else None
        for place in places
    ]
