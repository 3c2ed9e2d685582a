"""The kernel distance: known answers, no bias, and blocks left out."""

import numpy as np
import pytest

from guanyao.metrics.kernel_distance import Blocks, ckid, kernel_distance
from tests.metrics.digit_sides import sides


def plain(one: np.ndarray, other: np.ndarray) -> float:
    """The definition, pair by pair."""

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / len(x) + 1) ** 3)

    within = [
        np.mean([kernel(x, y) for i, x in enumerate(rows) for j, y in enumerate(rows) if i != j])
        for rows in (one, other)
    ]
    return float(sum(within) - 2 * np.mean([kernel(x, y) for x in one for y in other]))


def test_it_equals_the_definition() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(7, 3)), rng.normal(size=(5, 3)) + 1
    assert kernel_distance(one, other) == pytest.approx(plain(one, other))


def test_equal_distributions_give_nought_on_average() -> None:
    rng = np.random.default_rng(1)
    found = [
        kernel_distance(rng.normal(size=(20, 4)), rng.normal(size=(30, 4))) for _ in range(300)
    ]
    assert np.mean(found) == pytest.approx(0, abs=3 * np.std(found) / np.sqrt(300))


def test_leaving_out_a_block_is_measuring_the_others() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=(12, 3)), rng.normal(size=(9, 3))
    blocks = Blocks.of(one, rng, 3)
    found = blocks.distances(other)
    assert found[0] == pytest.approx(plain(one, other))
    assert found[2] == pytest.approx(
        plain(np.vstack([blocks.parts[0], blocks.parts[2]]), np.delete(other, [3, 4, 5], axis=0))
    )


def test_fresh_pictures_are_near_and_shuffled_ones_far() -> None:
    score = ckid(sides("fresh"))
    assert score.name == "ckid"
    assert score.low <= 0 <= score.high
    assert score.low <= score.reference["real"] <= score.high
    assert score.reference["independent"] > 5 * score.high
    assert ckid(sides("smooth")).low > score.high
