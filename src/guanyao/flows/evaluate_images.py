"""Evaluate pictures: measure virtual ones against real ones that nobody learned from.

Every metric of `IMAGE_METRICS` and every attack of `IMAGE_ATTACKS` is run; what has no meaning on
the pictures at hand is left out with a warning that says why.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from guanyao.attacks import IMAGE_ATTACKS
from guanyao.attacks import IMAGE_GROUP as ATTACK_GROUP
from guanyao.attacks.result import AttackResult
from guanyao.data.image_sides import MAX_IMAGES, ImageSides, prepare_images
from guanyao.errors import DataError
from guanyao.flows.evaluate import FEW_ROWS, Evaluation
from guanyao.metrics import IMAGE_GROUP as METRIC_GROUP
from guanyao.metrics import IMAGE_METRICS
from guanyao.metrics.score import Score
from guanyao.registry import find, names
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
    metrics, attacks = names(IMAGE_METRICS, METRIC_GROUP), names(IMAGE_ATTACKS, ATTACK_GROUP)
    warnings = list(_warnings(sides))
    progress.stage("evaluate", len(metrics) + len(attacks))
    scores: list[Score] = []
    for name in metrics:
        scores += _tried(find(IMAGE_METRICS, name, METRIC_GROUP), sides, warnings)
        progress.advance()
    results: list[AttackResult] = []
    for name in attacks:
        for found in _tried(find(IMAGE_ATTACKS, name, ATTACK_GROUP), sides, warnings):
            results += found
        progress.advance()
    warnings += _unusable(results)
    return Evaluation(scores, results, list(dict.fromkeys(warnings)))


def _tried(
    measure: Callable[[ImageSides], Any], sides: ImageSides, warnings: list[str]
) -> list[Any]:
    """What the measure gives, in a list; an empty list and a warning where it has no meaning."""
    try:
        return [measure(sides)]
    except DataError as error:
        if error.code != "measure.impossible":
            raise
        warnings.append(str(error))
        return []


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


def _unusable(results: list[AttackResult]) -> Iterator[str]:
    for result in results:
        if not result.usable:
            n_members, n_others = (result.details[key] for key in ("n_members", "n_non_members"))
            yield (
                f"{result.name} on {result.group} pictures had too few of them to be relied on: "
                f"{n_members} members, {n_others} others"
            )
