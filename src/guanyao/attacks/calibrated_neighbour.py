"""Calibrated nearest-neighbour membership inference: closer to virtual rows than to other people.

The distance to the nearest virtual row is set against the distance to the nearest of other real
records that the generator never saw, so that common records do not look like members.

Reference: Chen et al. 2020, "GAN-Leaks", arXiv:1909.03935, section 5.4 (calibration); Watson et
al. 2022, "On the Importance of Difficulty Calibration in Membership Inference", arXiv:2111.08440.
"""

import numpy as np
from numpy.typing import NDArray

from guanyao.attacks.membership import Records, panel
from guanyao.attacks.result import AttackResult, membership_result
from guanyao.data.sides import Sides

TIE_BREAK = 1e-9

THREAT_MODEL = (
    "The attacker has the virtual table, a person's full record and other real records of the same "
    "population, and wants to know whether that person's record was learned from."
)


def calibrated_neighbour(sides: Sides) -> list[AttackResult]:
    """How well members are told by how much nearer they are to virtual rows than to real ones.

    Returns:
        One result for random and one for vulnerable records.

    Raises:
        DataError: There are too few records to attack.
    """
    return [
        membership_result(
            "calibrated_neighbour",
            THREAT_MODEL,
            group,
            closeness(records.members),
            closeness(records.others),
        )
        for group, records in panel(sides).groups.items()
    ]


def closeness(records: Records) -> NDArray[np.float64]:
    """How much nearer the virtual rows are than the population, in [-1, 1]; 0: as near.

    Among records as close as each other, such as exact copies, the lonelier is the more telling.
    """
    both = records.to_virtual + records.to_population
    gap = records.to_population - records.to_virtual
    ratio = np.divide(gap, both, out=np.zeros_like(gap), where=both > 0)
    return ratio + TIE_BREAK * records.to_population
