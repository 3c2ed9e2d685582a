"""What an attack gives: how well members of train are told from others, beside a control."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guanyao.data.interval import auc, clopper_pearson
from guanyao.errors import DataError

Floats = NDArray[np.float64]

BASELINE = 0.5
RATES = (0.001, 0.01)
"""False-positive rates at which the true-positive rate is told."""

MIN_RECORDS = 100
"""Records a group needs on both sides before its result may be relied on."""
MIN_FALSE = 1.0
"""Non-members that a false-positive rate must stand for before the rate means anything."""


@dataclass(frozen=True, kw_only=True)
class AttackResult:
    """One attack on one group of records.

    Args:
        name: The attack's name.
        threat_model: What the attacker has and wants, in one sentence.
        group: The records attacked: "random", "vulnerable" or "canary".
        auc: Area under the ROC curve of members against non-members; 0.5 is chance.
        tpr_at_fpr: Share of members found, by false-positive rate.
        risk: The advantage over chance, rescaled to [0, 1]: 2 * auc - 1, at least 0.
        low: Lower end of the area's 95 % interval.
        high: Upper end of the area's 95 % interval.
        control: The area when half the non-members pose as members: 0.5 but for chance.
        baseline: The area of guessing.
        usable: Whether there were enough records to rely on the result.
        details: Counts of records, and intervals and usability of each rate.
    """

    name: str
    threat_model: str
    group: str
    auc: float
    tpr_at_fpr: Mapping[str, float]
    risk: float
    low: float
    high: float
    control: float
    baseline: float = BASELINE
    usable: bool
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The result as plain JSON, as in `report.json`."""
        return {
            "name": self.name,
            "threat_model": self.threat_model,
            "group": self.group,
            "auc": self.auc,
            "tpr_at_fpr": dict(self.tpr_at_fpr),
            "risk": self.risk,
            "low": self.low,
            "high": self.high,
            "control": self.control,
            "baseline": self.baseline,
            "usable": self.usable,
            "details": dict(self.details),
        }


def membership_result(
    name: str, threat_model: str, group: str, members: Floats, others: Floats
) -> AttackResult:
    """The result of an attack that gave each record a score, high for members.

    Args:
        name: The attack's name.
        threat_model: What the attacker has and wants.
        group: The records attacked.
        members: Scores of members, at least two, shape (n_members,).
        others: Scores of non-members in random order, at least two, shape (n_others,).
    """
    area, low, high = auc(members, others)
    half = len(others) // 2
    rates = {f"{rate:g}": _found(members, others, rate) for rate in RATES}
    return AttackResult(
        name=name,
        threat_model=threat_model,
        group=group,
        auc=area,
        tpr_at_fpr={key: rate["value"] for key, rate in rates.items()},
        risk=max(0.0, 2 * area - 1),
        low=low,
        high=high,
        control=auc(others[:half], others[half:])[0],
        usable=min(len(members), len(others)) >= MIN_RECORDS,
        details={
            "n_members": len(members),
            "n_non_members": len(others),
            "tpr_at_fpr": rates,
            "interval": "DeLong; Clopper-Pearson for rates",
        },
    )


def _found(members: Floats, others: Floats, rate: float) -> dict[str, Any]:
    """The share of members found where `rate` of the others are let through; ties by chance."""
    allowed = rate * len(others)
    threshold = np.sort(others)[::-1][math.floor(allowed)]
    tied = (allowed - (others > threshold).sum()) / (others == threshold).sum()
    hits = float((members > threshold).sum() + tied * (members == threshold).sum())
    low, high = clopper_pearson(round(hits), len(members))
    enough = rate * len(others) >= MIN_FALSE and len(members) >= MIN_RECORDS
    return {"value": hits / len(members), "low": low, "high": high, "usable": enough}


def impossible(attack: str, why: str) -> DataError:
    """The error of an attack that has no meaning on the data at hand."""
    return DataError(f"{attack} is left out: {why}", code="measure.impossible")
