"""The Fréchet distance: known answers, and what fresh, smooth and shuffled pictures get."""

import numpy as np
import pytest

from guanyao.errors import DataError
from guanyao.metrics.frechet import Moments, cfid, frechet
from tests.metrics.digit_sides import part, sides


def test_two_gaussians_by_hand() -> None:
    rng = np.random.default_rng(0)
    unit = rng.normal(size=(50_000, 2))
    assert frechet(unit, unit) == pytest.approx(0, abs=1e-6)
    assert frechet(unit, unit + np.array([3, 4])) == pytest.approx(25, abs=1e-6)
    # |m - n|² + (1 - 3)² in the stretched direction
    assert frechet(unit, unit * np.array([1, 3])) == pytest.approx(4, abs=0.1)


def test_it_is_symmetric_and_at_least_nought() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(30, 40)), rng.normal(size=(25, 40)) + 0.1
    assert frechet(one, other) == pytest.approx(frechet(other, one))
    assert frechet(one, one) >= 0


def test_rows_can_be_taken_out() -> None:
    rows = np.random.default_rng(2).normal(size=(20, 3))
    less, plain = Moments.of(rows).without(rows[:5]), Moments.of(rows[5:])
    assert less.covariance == pytest.approx(np.cov(rows[5:].T))
    assert less.mean == pytest.approx(plain.mean)


def test_fresh_pictures_are_near_and_shuffled_ones_far() -> None:
    score = cfid(sides("fresh"))
    real, independent = score.reference["real"], score.reference["independent"]
    assert score.name == "cfid"
    assert score.low <= score.value <= score.high
    assert score.low < real < score.high
    assert independent > 10 * score.value
    assert independent > 5 * score.high
    assert cfid(sides("noise")).value == pytest.approx(independent, rel=0.3)
    assert cfid(sides("smooth")).low > score.high


def test_it_says_what_space_it_is_in() -> None:
    details = cfid(sides("fresh")).details
    assert details["space"]["kind"] == "classifier"
    assert details["space"]["accuracy_on_holdout"] > 0.9
    assert details["space"]["n_features"] == 128
    assert details["images"] == {"each_candidate": 267, "holdout": 500}


def test_without_labels_an_autoencoder_makes_the_space() -> None:
    score = cfid(sides("nameless"))
    assert score.details["space"]["kind"] == "autoencoder"
    assert score.reference["independent"] > 3 * score.high


def test_few_pictures_are_refused() -> None:
    from guanyao.data.image_sides import prepare_images

    with pytest.raises(DataError, match="20 pictures of each side") as caught:
        cfid(prepare_images(part(0, 30), part(30, 60), part(60, 90)))
    assert caught.value.code == "measure.impossible"
