"""Sides of pictures: one size and one numbering of classes, a floor, and the space of pixels."""

from dataclasses import replace

import numpy as np
import pytest

from guanyao.data.image_sides import prepare_images
from guanyao.data.images import Images, from_arrays
from guanyao.data.neighbours import nearest
from guanyao.data.pixel_space import PixelSpace
from guanyao.errors import DataError


def pictures(n: int, seed: int = 0, size: tuple[int, int] = (6, 5), channels: int = 1) -> Images:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (n, *size, channels), np.uint8)
    return from_arrays(pixels, rng.integers(0, 3, n))


def test_classes_are_numbered_as_train_numbers_them() -> None:
    train = from_arrays(pictures(6).pixels, ["cat", "dog", "eel", "cat", "dog", "eel"])
    holdout = from_arrays(pictures(4).pixels, ["eel", "dog", "eel", "dog"])
    sides = prepare_images(train, holdout, holdout)
    assert sides.holdout.labels is not None
    assert [sides.holdout.classes[i] for i in sides.holdout.labels] == ["eel", "dog", "eel", "dog"]
    assert sides.holdout.classes == train.classes


def test_unknown_classes_are_refused() -> None:
    train = from_arrays(pictures(4).pixels, ["cat", "dog", "cat", "dog"])
    strange = from_arrays(pictures(4).pixels, ["cat", "fox", "cat", "fox"])
    with pytest.raises(DataError, match="1 classes that the real ones lack") as caught:
        prepare_images(train, train, strange)
    assert caught.value.code == "data.image_classes"
    assert "fox" not in str(caught.value)


@pytest.mark.parametrize("other", [{"size": (5, 6)}, {"channels": 3}])
def test_other_sizes_and_colours_are_refused(other: dict) -> None:
    with pytest.raises(DataError, match="holdout pictures are") as caught:
        prepare_images(pictures(9), pictures(9, **other), pictures(9))
    assert caught.value.code == "data.image_sides"


def test_no_pictures_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        prepare_images(pictures(9), pictures(9), pictures(9).take(slice(0)))
    assert caught.value.code == "data.empty"


def test_labels_that_only_others_have_are_forgotten() -> None:
    sides = prepare_images(Images(pictures(9).pixels), pictures(9), pictures(9))
    assert sides.holdout.labels is None and sides.virtual.labels is None


def test_candidates_are_equally_many_and_nobody_was_taught_with_them() -> None:
    sides = prepare_images(pictures(90, 1), pictures(40, 2), pictures(25, 3))
    assert {len(images) for images in sides.candidates.values()} == {25}
    assert len(sides.teaching) == 60
    taught = {picture.tobytes() for picture in sides.teaching.pixels}
    assert not any(p.tobytes() in taught for p in sides.candidates["real"].pixels)


def test_the_floor_keeps_each_pixel_and_mixes_pictures() -> None:
    shades = np.arange(200, dtype=np.uint8)[:, None, None, None]
    steps = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    images = Images(shades + steps)  # a pixel's value tells place and picture
    floor = prepare_images(images, images, images).independent(500).pixels.astype(int)
    from_picture = floor - np.arange(4).reshape(1, 2, 2, 1)
    assert from_picture.min() >= 0 and from_picture.max() < 200
    assert (np.ptp(from_picture, axis=(1, 2)) > 0).mean() > 0.95


def test_colours_of_a_pixel_stay_together() -> None:
    grey = np.repeat(pictures(50, size=(3, 3)).pixels, 3, axis=3)
    floor = prepare_images(Images(grey), Images(grey), Images(grey)).independent(30).pixels
    assert (floor[..., 0] == floor[..., 1]).all() and (floor[..., 1] == floor[..., 2]).all()


def test_one_picture_of_each_entity() -> None:
    whose = np.repeat(np.arange(10), 3)
    images = replace(pictures(30), entities=whose)
    rows = prepare_images(images, pictures(9), pictures(9)).entity_rows("train")
    assert whose[rows].tolist() == list(range(10))


@pytest.mark.parametrize("size", [(1, 1), (6, 5), (70, 33)])
def test_copies_lie_at_the_same_point(size: tuple[int, int]) -> None:
    train, holdout = pictures(60, 1, size, 3), pictures(30, 2, size, 3)
    space = PixelSpace.of([train, holdout], np.random.default_rng(0))
    gaps = nearest(space.place(train.take(np.arange(20, 40))), space.place(train))
    assert gaps == pytest.approx(0, abs=1e-3)
    if size != (1, 1):
        assert nearest(space.place(holdout), space.place(train)).min() > 0.5


def test_averaging_large_pictures_keeps_their_mean() -> None:
    images = pictures(4, 1, (65, 40))
    space = PixelSpace.of([images, images], np.random.default_rng(0))
    assert space.step == 3
    assert space.mean.shape == (22 * 14,)
    assert space.mean.mean() * 255 == pytest.approx(images.pixels.mean(), rel=0.02)
