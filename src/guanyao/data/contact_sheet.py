"""Many pictures on one sheet, and pictures as PNG files, written without any library.

Reference: ISO/IEC 15948:2004, "Portable Network Graphics".
"""

import struct
import zlib

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

GAP = 2
BACKGROUND = 255
"""Pixels between pictures, and their grey."""

BEST, FAST = 6, 1


def sheet(pixels: Pixels, *, n_columns: int, scale: int = 1) -> Pixels:
    """Pictures side by side, row after row, with a thin line between them.

    Args:
        pixels: Shape (n, height, width, channels).
        n_columns: How many stand in a row.
        scale: How many times each pixel is repeated in both directions.

    Returns:
        Shape (H, W, channels); without pictures, a single cell that is empty.

    Examples:
        >>> sheet(np.zeros((3, 4, 4, 1), np.uint8), n_columns=2).shape
        (10, 10, 1)
    """
    n_images, height, width, channels = pixels.shape
    n_rows = max(1, -(-n_images // n_columns))
    cells = np.full(
        (n_rows * n_columns, height + GAP, width + GAP, channels), BACKGROUND, dtype=np.uint8
    )
    cells[:n_images, :height, :width] = pixels
    rows = cells.reshape(n_rows, n_columns, *cells.shape[1:]).swapaxes(1, 2)
    whole = rows.reshape(n_rows * (height + GAP), n_columns * (width + GAP), channels)
    trimmed = whole[:-GAP, :-GAP]
    return trimmed.repeat(scale, axis=0).repeat(scale, axis=1) if scale > 1 else trimmed


def png(pixels: Pixels, *, level: int = BEST) -> bytes:
    """A picture as the bytes of a PNG file.

    Args:
        pixels: Shape (height, width, channels), 1 channel for grey or 3 for colour.
        level: How hard to compress, 1 to 9; above 1 the smallest of three ways is taken.
    """
    height, width, channels = pixels.shape
    ways = (_plain, _minus_left, _minus_above) if level > FAST else (_plain,)
    data = min((zlib.compress(way(pixels), level) for way in ways), key=len)
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", head), _chunk(b"IDAT", data), _chunk(b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _filtered(values: Pixels, number: int) -> bytes:
    """The lines of a picture, each after the number of the filter that was applied to it."""
    lines = np.empty((len(values), 1 + values[0].size), dtype=np.uint8)
    lines[:, 0] = number
    lines[:, 1:] = values.reshape(len(values), -1)
    return lines.tobytes()


def _plain(pixels: Pixels) -> bytes:
    return _filtered(pixels, 0)


def _minus_left(pixels: Pixels) -> bytes:
    values = pixels.copy()
    values[:, 1:] -= pixels[:, :-1]
    return _filtered(values, 1)


def _minus_above(pixels: Pixels) -> bytes:
    values = pixels.copy()
    values[1:] -= pixels[:-1]
    return _filtered(values, 2)
