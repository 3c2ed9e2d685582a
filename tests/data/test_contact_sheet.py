"""Sheets of pictures, and PNG files without a library."""

import io

import numpy as np
import pytest
from PIL import Image

from guanyao.data.contact_sheet import BACKGROUND, GAP, png, sheet
from tests.data.pictures import pixels


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("level", [1, 6])
@pytest.mark.parametrize("size", [(1, 1), (7, 4), (28, 28)])
def test_a_png_holds_every_pixel(channels: int, level: int, size: tuple[int, int]) -> None:
    picture = pixels(1, size, channels)[0]
    image = Image.open(io.BytesIO(png(picture, level=level)))
    assert image.mode == ("L" if channels == 1 else "RGB")
    assert np.array_equal(np.asarray(image).reshape(picture.shape), picture)


def test_smooth_pictures_become_small() -> None:
    ramp = np.add.outer(np.arange(128), np.arange(128)).astype(np.uint8)[..., None]
    assert len(png(ramp)) < 1_000 < 16_384
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(ramp)))), ramp[..., 0])


def test_where_pictures_stand_on_a_sheet() -> None:
    values = pixels(5, (4, 3))
    whole = sheet(values, n_columns=2)
    assert whole.shape == (3 * 4 + 2 * GAP, 2 * 3 + GAP, 1)
    for place in range(5):
        top, left = (place // 2) * (4 + GAP), (place % 2) * (3 + GAP)
        assert np.array_equal(whole[top : top + 4, left : left + 3], values[place])
    assert (whole[-4:, -3:] == BACKGROUND).all()
    assert (whole[4 : 4 + GAP] == BACKGROUND).all()


def test_pixels_are_repeated() -> None:
    values = pixels(2, (3, 3), 3)
    large = sheet(values, n_columns=2, scale=3)
    assert np.array_equal(large[::3, ::3], sheet(values, n_columns=2))
    assert np.array_equal(large[1::3, 2::3], large[::3, ::3])


def test_a_sheet_without_pictures() -> None:
    assert sheet(pixels(0, (4, 3)), n_columns=2).shape == (4, 8, 1)
