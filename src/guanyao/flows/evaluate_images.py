"""Evaluate pictures: measure virtual ones against real ones that nobody learned from.

Every metric of `IMAGE_METRICS` and every attack of `IMAGE_ATTACKS` is run; what has no meaning on
the pictures at hand is left out with a warning that says why.
"""

from collections.abc import Iterator
from pathlib import Path

from guanyao.attacks import IMAGE_ATTACKS
from guanyao.attacks import IMAGE_GROUP as ATTACK_GROUP
from guanyao.data.image_sides import MAX_IMAGES, ImageSides, prepare_images
from guanyao.flows.evaluate import FEW_ROWS, Evaluation, all_figures
from guanyao.metrics import IMAGE_GROUP as METRIC_GROUP
from guanyao.metrics import IMAGE_METRICS
from guanyao.types import Progress, Silent


def evaluate_images(
    *,
    real: object,
    holdout: object,
    virtual: object,
    features: Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Measure fidelity, utility and privacy of virtual pictures.

    Args:
        real: What the generator learned from: Images, an array, or a path.
        holdout: Real pictures that it never saw.
        virtual: What it made, with the labels it was drawn for.
        features: A TorchScript or ONNX file with a network that makes features, e.g. an Inception;
            None: a network learns them in the run.
        seed: The same seed gives the same figures.
        progress: Where to say how far it is.

    Raises:
        DataError: A side cannot be read, or they differ in size, colours or classes.
        MissingExtraError: torch is not installed.
    """
    sides = prepare_images(real, holdout, virtual, features=features, seed=seed)
    return measure(sides, progress or Silent())


def measure(sides: ImageSides, progress: Progress) -> Evaluation:
    """All figures of pictures that have been prepared."""
    families = (IMAGE_METRICS, METRIC_GROUP), (IMAGE_ATTACKS, ATTACK_GROUP)
    return all_figures(sides, families, "pictures", list(_warnings(sides)), progress)


def _warnings(sides: ImageSides) -> Iterator[str]:
    if len(sides.holdout) < FEW_ROWS:
        yield (
            f"the holdout has only {len(sides.holdout)} pictures: figures are coarse, read their "
            f"intervals; {FEW_ROWS} pictures or more tell more"
        )
    n_images = len(sides.candidates["virtual"])
    if n_images < min(len(sides.virtual), MAX_IMAGES):
        yield (
            f"distances are taken on {n_images} of {len(sides.virtual)} virtual pictures, as many "
            "as there are real ones to compare them with"
        )
    if sides.train.labels is None:
        yield "the pictures have no labels: features are those of an autoencoder"
