"""Numbers of any kind brought to pixels: whole numbers from 0 (black) to 255 (white)."""

from math import isqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from guanyao.errors import DataError

Pixels = npt.NDArray[np.uint8]

PIECE = 1024
"""Pictures converted at a time, so that no second large array is needed."""

MAX_BITS = 16
ALLOWED = "whole numbers of up to 16 bits, or floats in 0 to 1 or in 0 to 255"


def to_pixels(array: npt.NDArray[Any]) -> tuple[Pixels, list[str]]:
    """Pixels of shape (n, height, width, channels), and what was done to get them.

    Args:
        array: Shape (n, height, width), (n, height, width, channels), channels first, or
            (n, pixels) of square pictures.

    Raises:
        DataError: The shape is not that of pictures, or the values are out of range.
    """
    shaped, notes = _shaped(array)
    values, more = _as_bytes(shaped)
    if values.shape[3] == 4:
        values = on_white(values)
        more.append("transparent parts were laid on white")
    return values, notes + more


def on_white(pixels: Pixels) -> Pixels:
    """Pictures with a channel of opacity laid on white; shape (n, h, w, 4) to (n, h, w, 3)."""
    opacity = pixels[..., 3:].astype(np.uint16)
    colour = pixels[..., :3] * opacity + 255 * (255 - opacity)
    return ((colour + 127) // 255).astype(np.uint8)


def is_grey(pixels: Pixels) -> bool:
    """Whether the three channels of pictures are equal everywhere."""
    pieces = (pixels[start : start + PIECE] for start in range(0, len(pixels), PIECE))
    return all(
        np.array_equal(piece[..., 0], piece[..., 1])
        and np.array_equal(piece[..., 1], piece[..., 2])
        for piece in pieces
    )


def _shaped(array: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], list[str]]:
    side = isqrt(array.shape[1]) if array.ndim == 2 else 0
    if array.ndim == 2 and side and side**2 == array.shape[1]:
        note = f"rows of {side**2} numbers were taken as pictures of {side} x {side} pixels"
        return array.reshape(-1, side, side, 1), [note]
    if array.ndim == 3:
        return array[..., None], []
    if array.ndim == 4 and array.shape[3] in (1, 3, 4):
        return array, []
    if array.ndim == 4 and array.shape[1] in (1, 3):
        return np.moveaxis(array, 1, 3), ["the channels stood before height and width"]
    raise DataError(
        f"an array of shape {array.shape} holds no pictures",
        allowed="(n, height, width) or (n, height, width, 1 or 3)",
        code="data.images",
    )


def _as_bytes(array: npt.NDArray[Any]) -> tuple[Pixels, list[str]]:
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array), []
    if array.size == 0:
        return np.zeros(array.shape, dtype=np.uint8), []
    scale, note = _scale(array)
    pixels = np.empty(array.shape, dtype=np.uint8)
    for start in range(0, len(array), PIECE):
        piece = array[start : start + PIECE].astype(np.float64)
        pixels[start : start + PIECE] = np.rint(piece * scale)
    return pixels, [note]


def _scale(array: npt.NDArray[Any]) -> tuple[float, str]:
    """What to multiply values with, and why."""
    if array.dtype.kind not in "biuf":
        raise _unusable(f"pixels are of kind {array.dtype}")
    lowest, highest = float(array.min()), float(array.max())
    if not (lowest >= 0 and np.isfinite(highest)):
        raise _unusable("some pixels are below 0, infinite or no number")
    if highest <= 1:
        return 255.0, "values from 0 to 1 were scaled to 0 to 255"
    if highest <= 255:
        return 1.0, f"values of kind {array.dtype} from 0 to 255 were rounded to whole numbers"
    return _deep_scale(array.dtype.kind, int(highest))


def _deep_scale(kind: str, highest: int) -> tuple[float, str]:
    if kind == "f" or highest >= 2**MAX_BITS:
        raise _unusable("some pixels are too large")
    return scale_of(highest), deep_note(highest)


def scale_of(highest: int) -> float:
    """What values of more than 8 bits are multiplied with: the fewest bits that hold the highest.

    Examples:
        >>> 4095 * scale_of(3000)
        255.0
    """
    most: int = 2 ** max(8, highest.bit_length()) - 1
    return 255 / most


def deep_note(highest: int) -> str:
    """What is said of values of more than 8 bits."""
    return f"values of {highest.bit_length()} bits were scaled to 8 bits, all by the same factor"


def _unusable(found: str) -> DataError:
    return DataError(
        found, allowed=ALLOWED, do="scale them before writing them", code="data.images"
    )
