"""Copies of training pictures are found, near copies too, and smooth pictures are no copies."""

import numpy as np
import pytest

from guanyao.data.image_sides import prepare_images
from guanyao.data.images import Images
from guanyao.errors import DataError
from guanyao.metrics.image_copies import image_copies, search
from tests.metrics.digit_sides import fresh, holdout, part, sides, train


def test_copies_are_found() -> None:
    score = image_copies(sides("copies"))
    assert score.name == "copy_rate"
    assert score.value == 1
    assert score.details["n_exact_copies"] == 497
    assert score.reference["real"] == pytest.approx(0.012, abs=0.01)


def test_fresh_pictures_are_no_copies() -> None:
    for kind in ("fresh", "smooth", "noise"):
        score = image_copies(sides(kind))
        assert score.low < 0.02, kind
        assert score.details["n_exact_copies"] == 0


def noisy_copies(n_images: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    noisy = train().pixels[:n_images].astype(int) + rng.integers(-20, 21, (n_images, 8, 8, 1))
    return noisy.clip(0, 255).astype(np.uint8)


def test_copies_with_noise_are_found_though_not_exact() -> None:
    virtual = Images(noisy_copies(300))
    score = image_copies(prepare_images(train(), holdout(), virtual))
    assert score.value > 0.9
    assert score.details["n_exact_copies"] == 0


def test_near_copies_among_fresh_pictures_come_first() -> None:
    pixels = np.concatenate([fresh().pixels, noisy_copies(40)])
    found = search(prepare_images(train(), holdout(), Images(pixels))).virtual
    first = found.rows[:30]
    assert (first >= 497).mean() > 0.9
    assert (found.train_rows[:30] == first - 497).mean() > 0.9
    assert np.all(np.diff(found.ratio) >= 0)


def test_pictures_that_are_all_alike_are_no_copies() -> None:
    grey = Images(np.full((60, 6, 6, 3), 200, np.uint8))
    score = image_copies(prepare_images(grey, grey, grey))
    assert score.details["median_ratio"] == 1
    assert score.details["n_exact_copies"] == 60


def test_a_small_holdout_is_refused() -> None:
    with pytest.raises(DataError, match="40 holdout pictures"):
        image_copies(prepare_images(train(), part(0, 30), fresh()))
