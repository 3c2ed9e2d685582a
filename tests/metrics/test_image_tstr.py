"""TSTR on pictures: fresh ones teach what real ones do, shuffled ones nothing."""

from dataclasses import replace

import numpy as np
import pytest

from guanyao.data.image_sides import prepare_images
from guanyao.errors import DataError
from guanyao.metrics.image_tstr import image_tstr
from tests.metrics.digit_sides import fresh, holdout, part, sides, train, without_labels


def test_fresh_pictures_teach_as_real_ones_do() -> None:
    score = image_tstr(sides("fresh"))
    assert score.name == "tstr"
    assert score.low > 0.85
    assert score.reference["real"] == score.details["trtr"]
    assert score.value == pytest.approx(score.details["trtr"], abs=0.05)
    assert score.reference["independent"] < 0.35
    assert score.details["images"] == {"learned": 497, "tested": 500}
    assert 0.1 <= score.details["guessing"] < 0.15


def test_wrong_labels_teach_wrongly() -> None:
    labels = fresh().labels
    assert labels is not None
    mixed = replace(fresh(), labels=np.random.default_rng(0).permutation(labels))
    assert image_tstr(prepare_images(train(), holdout(), mixed)).high < 0.4


def test_the_same_seed_gives_the_same_score() -> None:
    found = [image_tstr(prepare_images(train(), holdout(), fresh(), seed=3)) for _ in range(2)]
    assert found[0].to_json() == found[1].to_json()


def test_what_it_cannot_do_it_says() -> None:
    for sides_given, why in (
        ((train(), holdout(), without_labels(fresh())), "virtual pictures have no labels"),
        ((without_labels(train()), holdout(), fresh()), "real pictures have no labels"),
        ((train(), without_labels(holdout()), fresh()), "holdout has no labels"),
        ((train(), holdout(), part(0, 5)), "fewer than 20 virtual"),
    ):
        with pytest.raises(DataError, match=why) as caught:
            image_tstr(prepare_images(*sides_given))
        assert caught.value.code == "measure.impossible"
