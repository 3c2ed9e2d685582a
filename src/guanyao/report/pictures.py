"""Pictures inside a page: files as data, sheets of pixels, each within its room."""

import base64
import math
import struct

import numpy as np
from numpy.typing import NDArray

from guanyao.data.contact_sheet import png, sheet
from guanyao.data.images import Images
from guanyao.errors import DataError
from guanyao.report.html import Html, tag, visible
from guanyao.report.texts import chinese, english

Pixels = NDArray[np.uint8]

LONGEST_SIDE = 64
"""Pictures longer than this are shown at a whole part of their size."""
N_COLUMNS = 10
CARD_WIDTH, PAGE_WIDTH = 400, 720
"""The width that a sheet in a card, or across the page, is enlarged to at most."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture(file: bytes, key: str, *, width: int = PAGE_WIDTH, **figures: object) -> Html:
    """A PNG file as an element that holds it, enlarged by a whole number.

    Args:
        file: The file.
        key: The key of what a screen reader says, in both languages.
        width: How wide it may become.
        figures: What the sentence asks for.

    Raises:
        DataError: It is no PNG file.
    """
    across, down = png_size(file)
    scale = max(1, width // across)
    said = {name: visible(str(value)) for name, value in figures.items()}
    return tag(
        "img",
        src=Html("data:image/png;base64," + base64.b64encode(file).decode()),
        alt=f"{english(key, **said)} · {chinese(key, **said)}",
        width=across * scale,
        height=down * scale,
        class_="pixels",
    )


def png_size(file: bytes) -> tuple[int, int]:
    """Width and height of a PNG file.

    Raises:
        DataError: It is no PNG file.
    """
    if len(file) < 24 or not file.startswith(_SIGNATURE):
        raise DataError("a picture of the report is no PNG file", code="data.report")
    across, down = struct.unpack(">II", file[16:24])
    return int(across), int(down)


def sheet_of(
    images: Images,
    key: str,
    *,
    n_most: int,
    room: int,
    width: int = CARD_WIDTH,
    **figures: object,
) -> Html:
    """The first pictures side by side.

    Args:
        images: The pictures.
        key: As for `picture`.
        n_most: How many are shown at most.
        room: Bytes of uncompressed pixels that are shown at most; one picture is always shown.
        width: As for `picture`.
        figures: As for `picture`.
    """
    height, across, channels = small(images.pixels[:1]).shape[1:]
    n_shown = max(1, min(n_most, len(images), room // (height * across * channels)))
    pixels = small(images.pixels[:n_shown])
    file = png(sheet(pixels, n_columns=min(N_COLUMNS, n_shown)))
    return picture(file, key, width=width, **figures)


def factor_of(pixels: Pixels) -> int:
    """By how much pictures are shrunk before they are shown: 1 for small ones."""
    longest: int = max(pixels.shape[1:3])
    return max(1, math.ceil(longest / LONGEST_SIDE))


def small(pixels: Pixels) -> Pixels:
    """The pictures at a size that fits a page.

    Args:
        pixels: Shape (n, height, width, channels).
    """
    return shrunk(pixels, factor_of(pixels))


def shrunk(pixels: Pixels, factor: int) -> Pixels:
    """The pictures at a whole part of their size: blocks of pixels become their mean.

    Args:
        pixels: Shape (n, height, width, channels).
        factor: Pixels of a block in each direction; what is left over at the edges is cut.
    """
    if factor == 1:
        return pixels
    n, height, width, channels = pixels.shape
    down, across = max(1, height // factor), max(1, width // factor)
    cut = pixels[:, : down * factor, : across * factor]
    tall, wide = cut.shape[1] // down, cut.shape[2] // across  # shorter where a side is
    blocks = cut.reshape(n, down, tall, across, wide, channels)
    means: Pixels = np.round(blocks.mean(axis=(2, 4))).astype(np.uint8)
    return means
