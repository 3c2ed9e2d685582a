"""Distances against brute force."""

import numpy as np
import pytest

from guanyao.data import neighbours
from guanyao.data.neighbours import Geometry, nearest
from guanyao.data.sides import Sides, prepare
from guanyao.testing import example_table


@pytest.fixture
def sides() -> Sides:
    return prepare(example_table(90, seed=1), example_table(70, seed=2), example_table(80, seed=3))


def brute(sides: Sides, geometry: Geometry) -> np.ndarray:
    """Distances as defined, row by row: (n_holdout, n_virtual)."""
    gaps = np.zeros((len(sides.holdout), len(sides.virtual)))
    for i, values in enumerate(geometry.sorted_values):
        ranks = []
        for side in (sides.holdout, sides.virtual):
            x = side.numbers[:, i]
            rank = np.array([(values < v).sum() + (values == v).sum() / 2 for v in x])
            ranks.append(np.where(np.isnan(x), 0.5, rank / max(1, len(values))))
            ranks.append(np.isnan(x).astype(float))
        gaps += np.square(ranks[0][:, None] - ranks[2][None, :])
        gaps += ranks[1][:, None] != ranks[3][None, :]
    for i in range(len(sides.coding.categories)):
        gaps += sides.holdout.codes[:, i][:, None] != sides.virtual.codes[:, i][None, :]
    return np.sqrt(gaps)


@pytest.mark.parametrize("wide", [0, 3, 99])
@pytest.mark.parametrize("blocks", [(7, 13), (1024, 4096)])
def test_nearest_agrees_with_brute_force(
    sides: Sides, monkeypatch: pytest.MonkeyPatch, wide: int, blocks: tuple[int, int]
) -> None:
    monkeypatch.setattr(neighbours, "WIDE", wide)
    monkeypatch.setattr(neighbours, "QUERY_BLOCK", blocks[0])
    monkeypatch.setattr(neighbours, "POINT_BLOCK", blocks[1])
    geometry = Geometry.of(sides.coding, sides.train)
    found = nearest(geometry.place(sides.holdout), geometry.place(sides.virtual))
    np.testing.assert_allclose(found, brute(sides, geometry).min(axis=1), atol=1e-5)


def test_a_copy_is_at_distance_nought(sides: Sides) -> None:
    points = Geometry.of(sides.coding, sides.train).place(sides.train)
    assert nearest(points, points).max() == 0.0
