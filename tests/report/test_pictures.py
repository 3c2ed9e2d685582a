"""Pictures inside a page."""

import re

import numpy as np
import pytest

from guanyao.data.contact_sheet import png
from guanyao.errors import DataError
from guanyao.report.pictures import factor_of, picture, png_size, sheet_of, shrunk, small
from tests.report.image_samples import images


def test_the_size_of_a_file_is_read_and_enlarged_by_whole_numbers() -> None:
    file = png(np.zeros((20, 30, 1), np.uint8))
    assert png_size(file) == (30, 20)
    drawn = picture(file, "alt.virtual", width=100)
    assert 'width="90" height="60"' in drawn
    assert 'width="30"' in picture(file, "alt.virtual", width=10)


@pytest.mark.parametrize("file", [b"", b"GIF89a" * 10, b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_png_file_is_refused(file: bytes) -> None:
    with pytest.raises(DataError, match="no PNG file") as caught:
        picture(file, "alt.virtual")
    assert caught.value.code == "data.report"


def test_names_in_alternative_texts_are_escaped() -> None:
    file = png(np.zeros((2, 2, 1), np.uint8))
    drawn = picture(file, "alt.class", name='"><script>')
    assert "<script>" not in drawn and "&quot;&gt;&lt;script&gt;" in drawn


@pytest.mark.parametrize(
    ("shape", "small_shape"),
    [((28, 28), (28, 28)), ((64, 64), (64, 64)), ((128, 100), (64, 50)), ((1, 300), (1, 60)),
     ((65, 33), (32, 16))],
)  # fmt: skip
def test_large_pictures_are_shrunk_by_whole_numbers(
    shape: tuple[int, int], small_shape: tuple[int, int]
) -> None:
    assert small(np.zeros((2, *shape, 3), np.uint8)).shape == (2, *small_shape, 3)


def test_blocks_become_their_mean() -> None:
    pixels = np.array([[0, 10, 255], [20, 30, 255], [255, 255, 255]], np.uint8)[None, :, :, None]
    assert shrunk(pixels, 2).tolist() == [[[[15]]]]
    assert factor_of(pixels) == 1


def test_a_sheet_keeps_to_its_room_and_shows_one_picture_at_least() -> None:
    for room, n_shown in ((10**9, 12), (5 * 256, 5), (1, 1)):
        drawn = sheet_of(images(60), "alt.real", n_most=12, room=room, width=1)
        across = 18 * min(10, n_shown) - 2
        assert re.search(f'width="{across}" height="{18 * -(-n_shown // 10) - 2}"', drawn)
