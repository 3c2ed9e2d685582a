"""What was drawn after each epoch, on a slider that fits its room."""

import math
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np

from guanyao.data.contact_sheet import GAP, png
from guanyao.errors import DataError
from guanyao.report.frame import Part, how
from guanyao.report.html import Html, join, say, tag
from guanyao.report.pictures import Pixels, picture, png_size, shrunk

Frames: TypeAlias = Sequence[tuple[int, bytes]]
"""(epoch, PNG file as `data.contact_sheet` writes it), in order."""

MAX_FRAMES = 30
FEW_FRAMES = 10
"""Frames that are shown even where they have to be made smaller for it."""
FEW_ROWS = 2
"""Rows of a grid that stay at least."""
ROOM = 1_000_000
"""Bytes of all files together, about."""


def slider(frames: Frames, height: int | None = None) -> Part | None:
    """What was drawn after each epoch; without a script, and on paper, the last of it.

    Args:
        frames: The grids.
        height: Height of a picture of a grid, so that none is cut; None: it is not known.

    Raises:
        DataError: A file is no PNG file, or of another kind than is written here.
    """
    shown = fitted(frames, height)
    if not shown:
        return None
    last = len(shown) - 1
    drawn = [_frame(epoch, file, is_last=i == last) for i, (epoch, file) in enumerate(shown)]
    control = _control(shown) if last else None
    body = tag("div", control, tag("div", *drawn, class_="frames"), class_="epochs")
    return Part("epochs", join(body, how("part.epochs.how")))


def _frame(epoch: int, file: bytes, *, is_last: bool) -> Html:
    caption = tag("figcaption", say("epochs.after", epoch=epoch))
    shown = picture(file, "alt.epoch", epoch=epoch)
    return tag("figure", caption, shown, class_="frame", data_epoch=epoch, hidden=not is_last)


def _control(frames: Frames) -> Html:
    last = len(frames) - 1
    place = {"min": 0, "max": last, "value": last, "step": 1}
    knob = tag("input", type="range", id="epoch", autocomplete="off", **place)
    shown = tag("output", str(frames[-1][0]), for_="epoch", id="epoch-shown")
    play = tag("button", say("epochs.play"), type="button", id="epoch-play", aria_pressed="false")
    label = tag("label", say("epochs.label"), " ", shown, for_="epoch")
    return tag("div", play, label, knob, class_="slider js")


# What fits


def fitted(frames: Frames, height: int | None = None) -> list[tuple[int, bytes]]:
    """Frames evenly over training; where they are large, fewer, of fewer and smaller pictures."""
    chosen = list(frames)
    for n_frames in range(MAX_FRAMES, FEW_FRAMES - 1, -1):
        chosen = evenly(frames, n_frames)
        if sum(len(file) for _, file in chosen) <= ROOM:
            return chosen
    return [(epoch, _reduced(file, ROOM // len(chosen), height)) for epoch, file in chosen]


def evenly(frames: Frames, most: int) -> list[tuple[int, bytes]]:
    """At most so many frames, the first and the last among them."""
    if len(frames) <= most:
        return list(frames)
    last = len(frames) - 1
    return [frames[round(i * last / (most - 1))] for i in range(most)]


def _reduced(file: bytes, room: int, height: int | None) -> bytes:
    """The grid with so few rows, then so small, that its file takes about this room."""
    too_large = len(file) / max(room, 1)
    if too_large <= 1:
        return file
    pixels = pixels_of(file)
    cell = (height or png_size(file)[1]) + GAP
    n_rows = max(1, (len(pixels) + GAP) // cell)
    n_kept = min(n_rows, max(FEW_ROWS, int(n_rows / too_large)))
    kept = pixels[: n_kept * cell - GAP]
    still = too_large * len(kept) / len(pixels)
    return png(shrunk(kept[None], math.ceil(math.sqrt(still)))[0])


def pixels_of(file: bytes) -> Pixels:
    """The pixels of a PNG file as `data.contact_sheet` writes it, shape (height, width, channels).

    Raises:
        DataError: It is no PNG file, or of another kind.
    """
    width, height = png_size(file)
    depth, colour, _, _, interlace = file[24:29]
    channels = {0: 1, 2: 3}.get(colour)
    if channels is None or depth != 8 or interlace:
        raise _strange()
    data = zlib.decompress(b"".join(body for kind, body in _chunks(file) if kind == b"IDAT"))
    lines = np.frombuffer(data, np.uint8).reshape(height, 1 + width * channels)
    pixels = np.zeros((height, width, channels), np.uint8)
    above = pixels[0]
    for y, line in enumerate(lines):
        pixels[y] = _unfiltered(line[0], line[1:].reshape(width, channels), above)
        above = pixels[y]
    return pixels


def _unfiltered(kind: int, line: Pixels, above: Pixels) -> Pixels:
    """One line of pixels: as it stands, or as differences from the left or from above."""
    if kind == 0:
        return line
    if kind == 1:
        summed: Pixels = line.cumsum(axis=0, dtype=np.uint8)
        return summed
    if kind == 2:
        added: Pixels = line + above
        return added
    raise _strange()


def _chunks(file: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(file):
        length, kind = struct.unpack(">I4s", file[at : at + 8])
        yield kind, file[at + 8 : at + 8 + length]
        at += 12 + length


def _strange() -> DataError:
    return DataError(
        "a sample grid is a PNG file of another kind than is written here", code="data.report"
    )
