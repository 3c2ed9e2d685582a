"""One file per attack. To add one: a file, and a line in its table.

An attack is a function `Sides -> list[AttackResult]`: one result for each group of records it is
run on (random, vulnerable, ...), each with an interval, a control and the baseline of chance. What
needs work that attacks share asks `Sides.once` for it. What cannot be run on the data at hand
raises a `DataError` with the code "measure.impossible", which `evaluate` turns into a warning.

Planted canaries need a generator that learned from them, so they stand apart: see `canaries`.
"""

GROUP = "guanyao.attacks"

ATTACKS: dict[str, str] = {
    "nearest_neighbour": "guanyao.attacks.nearest_neighbour:nearest_neighbour",
    "calibrated_neighbour": "guanyao.attacks.calibrated_neighbour:calibrated_neighbour",
}

IMAGE_GROUP = "guanyao.image_attacks"

IMAGE_ATTACKS: dict[str, str] = {
    "nearest_neighbour": "guanyao.attacks.image_neighbour:nearest_neighbour",
    "calibrated_neighbour": "guanyao.attacks.image_neighbour:calibrated_neighbour",
}
"""Attacks on pictures: functions `ImageSides -> list[AttackResult]`."""
