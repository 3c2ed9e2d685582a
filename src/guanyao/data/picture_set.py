"""Many picture files decoded into one array: what size, how many channels, and what was wrong."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from guanyao.data.images import by, check_total
from guanyao.data.picture import HOW, TRAITS, Encoded, Head, decode, head, pillow, quiet
from guanyao.data.pixel_values import deep_note, is_grey
from guanyao.errors import DataError

Pixels = npt.NDArray[np.uint8]

MIXED_SIDE = 128
"""The longer side of pictures of many different sizes, unless a size is asked for."""

N_SHOWN = 10
"""Places of unusable pictures that a message lists."""

MAX_THREADS = 4
LARGE = 96 * 96
"""Pixels of a picture from which on several threads are faster than one."""


def read_all(
    encoded: Sequence[Encoded | None], size: tuple[int, int] | None, order: str
) -> tuple[Pixels, list[str]]:
    """The pixels of all pictures in one size, and what was done to them, in words.

    Args:
        encoded: Files, or their bytes; None for one that is missing.
        size: Height and width in pixels; None: see `common_size`.
        order: What the order of the pictures is, for messages that name their places.

    Raises:
        DataError: Some pictures cannot be used, or all together are too large.
        MissingExtraError: Pillow is not installed.
    """
    pillow().init()
    with quiet():
        heads, faults = _heads(encoded)
        _check_faults(faults, len(encoded), order)
        wanted = size or common_size([h.size for h in heads])
        channels = 1 if all(h.is_grey for h in heads) else 3
        highest = max(h.highest for h in heads)
        check_total(len(heads), wanted, channels)
        pixels = np.empty((len(heads), *wanted, channels), dtype=np.uint8)
        faults = _decode_all(encoded, pixels, highest)
        _check_faults(faults, len(encoded), order)
    notes = _notes(heads, wanted, highest)
    if channels == 3 and is_grey(pixels):
        return np.ascontiguousarray(pixels[..., :1]), [*notes, "all pictures are grey"]
    return pixels, notes


def common_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The size that pictures of mixed sizes are brought to, height and width in pixels.

    That of the majority where there is one, or else the median height and width, the longer side
    at most `MIXED_SIDE`.

    Examples:
        >>> common_size([(28, 28), (28, 28), (30, 20)])
        (28, 28)
        >>> common_size([(100, 200), (300, 600), (200, 400)])
        (64, 128)
    """
    counts = Counter(sizes)
    size, n_images = min(counts.items(), key=lambda item: (-item[1], item[0]))
    if 2 * n_images > len(sizes):
        return size
    height, width = np.median(np.array(sizes), axis=0)
    shrink = min(1.0, MIXED_SIDE / max(height, width))
    return max(1, round(height * shrink)), max(1, round(width * shrink))


def _heads(encoded: Sequence[Encoded | None]) -> tuple[list[Head], dict[int, str]]:
    heads, faults = [], {}
    for place, data in enumerate(encoded):
        try:
            heads.append(head(_there(data)))
        except DataError as error:
            faults[place] = str(error)
    return heads, faults


def _there(data: Encoded | None) -> Encoded:
    if data is None:
        raise DataError("missing", code="data.picture")
    return data


def _decode_all(encoded: Sequence[Encoded | None], pixels: Pixels, highest: int) -> dict[int, str]:
    """Fill the array, several pictures at a time; what was wrong, by place."""
    size, channels = (pixels.shape[1], pixels.shape[2]), pixels.shape[3]

    def fill(place: int) -> str:
        try:
            data = _there(encoded[place])
            pixels[place] = decode(data, size=size, channels=channels, highest=highest)
        except DataError as error:
            return str(error)
        return ""

    if size[0] * size[1] < LARGE:
        return {place: fault for place in range(len(encoded)) if (fault := fill(place))}
    with _threads() as pool:
        found = pool.map(fill, range(len(encoded)))
        return {place: fault for place, fault in enumerate(found) if fault}


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Threads that stop at once when they are told to: Ctrl-C does not wait for what is queued."""
    pool = ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _check_faults(faults: dict[int, str], n_images: int, order: str) -> None:
    if not faults:
        return
    kinds = ", ".join(f"{n} {how}" for how, n in Counter(faults.values()).most_common())
    shown = ", ".join(str(place + 1) for place in sorted(faults)[:N_SHOWN])
    more = ", ..." if len(faults) > N_SHOWN else ""
    raise DataError(
        f"{len(faults)} of {n_images} pictures cannot be used ({kinds}): number {shown}{more}"
        f" in the order of {order}",
        allowed="whole PNG, JPEG, WebP, BMP or GIF pictures",
        do="remove them or mend them",
        code="data.picture",
    )


def _notes(heads: Sequence[Head], size: tuple[int, int], highest: int) -> list[str]:
    notes = []
    sizes = {h.size for h in heads}
    n_other = sum(h.size != size for h in heads)
    if n_other:
        mixed = f" ({len(sizes)} different sizes)" if len(sizes) > 1 else ""
        notes.append(f"{n_other} pictures{mixed} were brought to {by(size)}: {HOW}")
    counts = Counter(trait for h in heads for trait in h.traits)
    notes += [
        f"{counts[trait]} pictures with {words}" for trait, words in TRAITS.items() if counts[trait]
    ]
    if highest > 255:
        notes.append(deep_note(highest))
    if 0 < (n_grey := sum(h.is_grey for h in heads)) < len(heads):
        notes.append(f"{n_grey} grey pictures stand among colour ones: all are kept as colour")
    return notes
