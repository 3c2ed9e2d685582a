"""Label accuracy: right labels, wrong labels, none."""

from dataclasses import replace

import numpy as np
import pytest

from guanyao.data.image_sides import prepare_images
from guanyao.data.images import Images
from guanyao.errors import DataError
from guanyao.metrics.label_accuracy import label_accuracy
from tests.metrics.digit_sides import fresh, holdout, sides, train, without_labels


def test_pictures_that_show_their_label() -> None:
    score = label_accuracy(sides("fresh"))
    assert score.low > 0.85
    assert score.value == pytest.approx(score.reference["real"], abs=0.06)
    assert score.reference["independent"] < 0.3
    assert len(score.details["by_class"]) == 10


def test_pictures_with_the_labels_of_others() -> None:
    labels = fresh().labels
    assert labels is not None
    shifted = replace(fresh(), labels=(labels + 1) % 10)
    score = label_accuracy(prepare_images(train(), holdout(), shifted))
    assert score.high < 0.15


def test_a_class_that_is_never_drawn() -> None:
    labels = fresh().labels
    assert labels is not None
    score = label_accuracy(prepare_images(train(), holdout(), fresh().take(labels != 3)))
    assert [share is None for share in score.details["by_class"]].index(True) == 3


@pytest.mark.parametrize("side", ["virtual", "all"])
def test_without_labels_it_is_impossible(side: str) -> None:
    others = [train(), holdout()]
    if side == "all":
        others = [without_labels(images) for images in others]
    with pytest.raises(DataError, match="no labels") as caught:
        label_accuracy(prepare_images(*others, without_labels(fresh())))
    assert caught.value.code == "measure.impossible"


def test_one_class_is_too_few() -> None:
    one = Images(train().pixels, np.zeros(800, np.int64), ("0",))
    with pytest.raises(DataError, match="two classes"):
        label_accuracy(prepare_images(one, one, one))
