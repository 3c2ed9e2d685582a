"""Membership inference on pictures: a picture close to a virtual one was learned from.

The same two attacks as on tables, plain and calibrated. Distances are taken between pixels, in a
space made without labels and from both sides alike. Features of a network that learned from train
would leave it open whether members are found through the generator or through that network.

Reference: Hayes et al. 2019, "LOGAN: Membership Inference Attacks Against Generative Models",
arXiv:1705.07663; Chen et al. 2020, "GAN-Leaks", arXiv:1909.03935, for the distance and its
calibration.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from guanyao.attacks.calibrated_neighbour import closeness
from guanyao.attacks.membership import (
    MAX_RECORDS,
    MAX_TRAIN,
    MAX_VIRTUAL,
    MIN_RECORDS,
    Panel,
    Records,
    loneliness,
)
from guanyao.attacks.result import AttackResult, impossible, membership_result
from guanyao.data.image_sides import ImageSides
from guanyao.data.neighbours import Placed, nearest

PLAIN = (
    "The attacker has the virtual pictures and a real one, and wants to know whether that picture "
    "was learned from."
)
CALIBRATED = (
    "The attacker has the virtual pictures, a real one and other real pictures of the same kind, "
    "and wants to know whether that picture was learned from."
)


def nearest_neighbour(sides: ImageSides) -> list[AttackResult]:
    """How well members are told by their distance to the nearest virtual picture.

    Returns:
        One result for random and one for vulnerable pictures.

    Raises:
        DataError: There are too few pictures to attack.
    """
    return image_neighbour(sides, "nearest_neighbour", PLAIN, lambda r: -r.to_virtual)


def calibrated_neighbour(sides: ImageSides) -> list[AttackResult]:
    """How well members are told by how much nearer they are to virtual pictures than to real ones.

    Returns:
        One result for random and one for vulnerable pictures.

    Raises:
        DataError: There are too few pictures to attack.
    """
    return image_neighbour(sides, "calibrated_neighbour", CALIBRATED, closeness)


def image_neighbour(
    sides: ImageSides,
    name: str,
    threat_model: str,
    score: Callable[[Records], NDArray[np.float64]],
) -> list[AttackResult]:
    """An attack that goes by distances, on random and on vulnerable pictures.

    Args:
        sides: The pictures.
        name: The attack's name.
        threat_model: What the attacker has and wants.
        score: From the distances of pictures to a score, high for members.
    """
    groups = sides.once("membership panel", lambda: _panel(sides)).groups
    return [
        membership_result(name, threat_model, group, score(panel.members), score(panel.others))
        for group, panel in groups.items()
    ]


def _panel(sides: ImageSides) -> Panel:
    """Pictures of train, and of one half of the holdout; one for each entity.

    What the attacker knows of the population comes from both sides alike: else pictures of a
    holdout that was gathered apart, by other hands, would resemble it more than members do.
    """
    rng = sides.rng("membership")
    known, unknown = (rng.permutation(sides.entity_rows(side)) for side in ("train", "holdout"))
    others, further = np.array_split(unknown, 2)
    others = others[:MAX_RECORDS]
    members, rest = np.split(known, [min(len(others), len(known) // 2)])
    n_each = min(len(rest), len(further), MAX_TRAIN)
    fewest = min(len(others), len(members), n_each)
    if fewest < MIN_RECORDS:
        raise impossible(
            "membership inference", f"it needs {MIN_RECORDS} pictures of each kind, not {fewest}"
        )
    train, kept_back, virtual = (sides.points(s) for s in ("train", "holdout", "virtual"))
    seen = virtual.take(rng.permutation(len(virtual))[:MAX_VIRTUAL])
    population = (train.take(rest[:n_each]), kept_back.take(further[:n_each]))
    spaces = (seen, population, train.take(rest[:MAX_TRAIN]))
    return Panel(_records(train.take(members), *spaces), _records(kept_back.take(others), *spaces))


def _records(
    rows: Placed, virtual: Placed, population: tuple[Placed, Placed], train: Placed
) -> Records:
    to_population = np.minimum(*(nearest(rows, part) for part in population))
    return Records(nearest(rows, virtual), to_population, loneliness(rows, train))
