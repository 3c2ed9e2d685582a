"""Pictures made for tests: small, of known pixels, in any format."""

import gzip
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from guanyao.data.images import Images, Numbers, Pixels, made


def pixels(n: int = 12, size: tuple[int, int] = (6, 5), channels: int = 1, seed: int = 0) -> Pixels:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, *size, channels), dtype=np.uint8)


def images(
    n: int = 12,
    size: tuple[int, int] = (6, 5),
    channels: int = 1,
    classes: tuple[str, ...] = ("0", "1", "2"),
) -> Images:
    labels = np.arange(n, dtype=np.int64) % len(classes) if classes else None
    return made(pixels(n, size, channels), labels, classes, format="array")


def as_image(picture: npt.NDArray[Any]) -> Image.Image:
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)


def encoded(picture: npt.NDArray[Any], kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    as_image(picture).save(out, kind, **options)
    return out.getvalue()


def write_folder(folder: Path, pictures: Pixels, labels: list[str] | None = None) -> Path:
    """PNG files in sub-folders by label, numbered in order."""
    for place, picture in enumerate(pictures):
        target = folder / labels[place] if labels else folder
        target.mkdir(parents=True, exist_ok=True)
        (target / f"{place:03d}.png").write_bytes(encoded(picture))
    return folder


def idx(values: npt.NDArray[Any], shape: tuple[int, ...] | None = None, kind: int = 8) -> bytes:
    shape = values.shape if shape is None else shape
    return struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape) + values.tobytes()


def write_idx(
    folder: Path, pictures: Pixels, labels: Numbers | None = None, name: str = "train"
) -> Path:
    path = folder / f"{name}-images-idx3-ubyte.gz"
    values = pictures[..., 0] if pictures.shape[-1] == 1 else pictures
    path.write_bytes(gzip.compress(idx(values), mtime=0))
    if labels is not None:
        beside = folder / f"{name}-labels-idx1-ubyte.gz"
        beside.write_bytes(gzip.compress(idx(labels.astype(np.uint8)), mtime=0))
    return path
