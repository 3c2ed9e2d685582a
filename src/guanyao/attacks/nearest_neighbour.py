"""Nearest-neighbour membership inference: a record close to a virtual row was learned from.

Reference: Hayes et al. 2019, "LOGAN: Membership Inference Attacks Against Generative Models",
arXiv:1705.07663; Chen et al. 2020, "GAN-Leaks", arXiv:1909.03935, for the distance.
"""

from guanyao.attacks.membership import panel
from guanyao.attacks.result import AttackResult, membership_result
from guanyao.data.sides import Sides

THREAT_MODEL = (
    "The attacker has the virtual table and a person's full record, and wants to know whether "
    "that person's record was learned from."
)


def nearest_neighbour(sides: Sides) -> list[AttackResult]:
    """How well members are told by their distance to the nearest virtual row.

    Returns:
        One result for random and one for vulnerable records.

    Raises:
        DataError: There are too few records to attack.
    """
    return [
        membership_result(
            "nearest_neighbour",
            THREAT_MODEL,
            group,
            -records.members.to_virtual,
            -records.others.to_virtual,
        )
        for group, records in panel(sides).groups.items()
    ]
