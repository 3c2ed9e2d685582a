"""Precision, recall, density and coverage: known answers, and what each one sees."""

import numpy as np
import pytest

from guanyao.data.image_sides import prepare_images
from guanyao.data.images import Images
from guanyao.metrics.prdc import coverage, density, prdc, precision, radii, recall
from tests.metrics.digit_sides import fresh, holdout, sides, train


def line(*places: float) -> np.ndarray:
    return np.array(places, np.float32)[:, None]


def test_the_radius_reaches_the_fifth_neighbour() -> None:
    assert radii(line(0, 1, 2, 3, 4, 5, 6)).tolist() == [25, 16, 9, 9, 9, 16, 25]


def test_what_lies_in_whose_ball() -> None:
    real = line(0, 1, 2, 3, 4, 5)
    far = line(*(100 + i for i in range(6)))
    apart = prdc(real, far)
    assert [apart.parts(n).mean() for n in ("precision", "recall", "density", "coverage")] == [
        0
    ] * 4
    same = prdc(real, real)
    assert [same.parts(n).mean() for n in ("precision", "recall", "coverage")] == [1, 1, 1]
    one_place = prdc(real, line(*[2.0] * 6))  # six times the same good picture
    assert one_place.parts("precision").mean() == 1
    assert one_place.parts("recall").mean() == pytest.approx(1 / 6)  # its balls are points


def test_density_counts_balls() -> None:
    found = prdc(line(0, 1, 2, 3, 4, 5), line(*[2.5] * 6))
    assert found.n_real_around.tolist() == [6] * 6
    assert found.parts("density").mean() == pytest.approx(6 / 5)


def test_fresh_pictures_are_as_real_ones() -> None:
    for measure in (precision, recall, density, coverage):
        score = measure(sides("fresh"))
        assert score.name == measure.__name__
        assert score.low <= score.value <= score.high
        assert score.value == pytest.approx(score.reference["real"], abs=0.1)
    assert recall(sides("noise")).high < 0.6
    assert coverage(sides("noise")).high < 0.4


def test_pictures_of_one_digit_only_are_precise_and_cover_little() -> None:
    ones = fresh()
    assert ones.labels is not None
    ones = ones.take(ones.labels == 1)
    repeated = ones.take(np.arange(400) % len(ones))
    found = prepare_images(train(), holdout(), repeated)
    assert precision(found).value > 0.8
    assert coverage(found).high < 0.3
    assert recall(found).high < 0.3


def test_pictures_that_are_all_alike_do_no_harm() -> None:
    grey = Images(np.full((90, 8, 8, 1), 7, np.uint8))
    found = prepare_images(grey, grey, grey)
    assert precision(found).value == 1
