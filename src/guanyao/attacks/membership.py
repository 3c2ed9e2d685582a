"""The records that membership attacks are run on, and how far they are from everything.

Members are drawn from train, non-members are half the holdout; the other half is what an attacker
knows of the population. Where rows belong to entities, each entity brings one row. Vulnerable
records are those farthest from the rest of train, on both sides by the same measure.

Reference: Meeus et al. 2023, "Achilles' Heels: Vulnerable Record Identification in Synthetic Data
Publishing", arXiv:2306.10308.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guanyao.attacks.result import impossible
from guanyao.data.neighbours import Geometry, Placed, nearest
from guanyao.data.sides import Sides

Floats = NDArray[np.float64]

MAX_RECORDS = 5_000
"""Members, and non-members, at most."""
MAX_VIRTUAL = 120_000
"""Virtual rows that an attacker looks through at most."""
MAX_TRAIN = 20_000
"""Rows of train that lonely records are found with at most."""
MIN_RECORDS = 10
N_NEIGHBOURS = 5
VULNERABLE_SHARE = 0.2


@dataclass(frozen=True)
class Records:
    """Distances of the records on one side, each shape (n_records,).

    Args:
        to_virtual: To the nearest virtual row.
        to_population: To the nearest row of the holdout's other half.
        loneliness: Mean distance to neighbours in train, other members left out.
    """

    to_virtual: Floats
    to_population: Floats
    loneliness: Floats

    def take(self, rows: NDArray[np.int64]) -> "Records":
        """These records, by number."""
        return Records(self.to_virtual[rows], self.to_population[rows], self.loneliness[rows])


@dataclass(frozen=True)
class Panel:
    """Members of train and non-members.

    Args:
        members: Records the generator learned from.
        others: Records it never saw, in random order.
    """

    members: Records
    others: Records

    @property
    def groups(self) -> dict[str, "Panel"]:
        """The panel by group of records: random, vulnerable."""
        return {"random": self, "vulnerable": self._vulnerable()}

    def _vulnerable(self) -> "Panel":
        return Panel(_loneliest(self.members), _loneliest(self.others))


def _loneliest(records: Records) -> Records:
    """The fifth of the records that is farthest from its neighbours, in the order they stood."""
    n = max(MIN_RECORDS, round(VULNERABLE_SHARE * len(records.loneliness)))
    order = np.argsort(-records.loneliness, kind="stable")
    return records.take(np.sort(order[:n]))


def panel(sides: Sides) -> Panel:
    """The records of all membership attacks, made once.

    Raises:
        DataError: The holdout or train is too small, or there is no column.
    """
    return sides.once("membership panel", lambda: _panel(sides))


def _panel(sides: Sides) -> Panel:
    if not sides.coding.names:
        raise impossible("membership inference", "there is no column to compare")
    rng = sides.rng("membership")
    holdout = rng.permutation(sides.entity_rows("holdout"))
    others, population = np.array_split(holdout, 2)
    others, population = others[:MAX_RECORDS], population[:MAX_VIRTUAL]
    members = rng.permutation(sides.entity_rows("train"))[: len(others)]
    rest = np.setdiff1d(np.arange(len(sides.train)), members)
    rest = rng.permutation(rest)[:MAX_TRAIN]
    fewest = min(len(others), len(population), len(members), len(rest))
    if fewest < MIN_RECORDS:
        raise impossible(
            "membership inference", f"it needs {MIN_RECORDS} records of each kind, not {fewest}"
        )
    geometry = sides.once("geometry", lambda: Geometry.of(sides.coding, sides.train))
    train, kept_back = geometry.place(sides.train), geometry.place(sides.holdout)
    virtual = geometry.place(sides.virtual.sample(MAX_VIRTUAL, rng))
    spaces = (virtual, kept_back.take(population), train.take(rest))
    return Panel(_records(train.take(members), *spaces), _records(kept_back.take(others), *spaces))


def _records(rows: Placed, virtual: Placed, population: Placed, train: Placed) -> Records:
    return Records(nearest(rows, virtual), nearest(rows, population), loneliness(rows, train))


def loneliness(rows: Placed, train: Placed) -> Floats:
    """The mean distance to the nearest row in each of five random parts of train.

    It orders records much as the mean distance to the five nearest rows does, for a fraction of
    the time: a minimum needs no sorting.

    Args:
        rows: The records.
        train: Rows of train in random order, the records not among them.
    """
    parts = np.array_split(np.arange(len(train)), min(N_NEIGHBOURS, len(train)))
    distances: Floats = np.mean([nearest(rows, train.take(part)) for part in parts], axis=0)
    return distances
