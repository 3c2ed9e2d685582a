"""NPZ files: arrays of pixels, labels and perhaps entities in a zip; pickled objects are refused.

Reference: NumPy enhancement proposal 1, "A simple file format for NumPy arrays".
"""

import lzma
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from guanyao.data import compressed, image_labels, pixel_values
from guanyao.data.images import MAX_BYTES, Images, Reading, made
from guanyao.data.picture import quiet
from guanyao.errors import DataError

NAMES: dict[str, tuple[str, str]] = {
    "": ("images", "labels"),
    "train": ("train_images", "train_labels"),
    "val": ("val_images", "val_labels"),
    "test": ("test_images", "test_labels"),
    "x_train": ("x_train", "y_train"),
    "x_val": ("x_val", "y_val"),
    "x_test": ("x_test", "y_test"),
    "X": ("X", "y"),
    "x": ("x", "y"),
    "data": ("data", "target"),
    "arr_0": ("arr_0", "arr_1"),
}
"""Arrays of pictures and of their labels, by part; the first that is there is read."""

CLASSES, ENTITIES = "classes", "entities"

FAULTS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, tokenize.TokenError),
    *(OSError, EOFError, ValueError, RuntimeError, SyntaxError, TypeError, LookupError),
    *(OverflowError, AttributeError),
)
"""What the readers of zip files and of array heads raise over damaged bytes."""

PIECE = 8 * 2**20


def is_mine(path: Path) -> bool:
    """Whether this is an NPZ file, by its name."""
    return path.suffix.lower() == ".npz" and path.is_file()


def read(path: Path, part: str, reading: Reading) -> Images:
    """The pictures in a file of arrays; of several parts, the one for training unless one is named.

    Args:
        path: The file.
        part: "test", "val", ..., or the name of an array of pictures; "": the first that is there.
        reading: The names of the arrays of labels and of entities, where they are others.

    Raises:
        DataError: The file is damaged, holds pickled objects, or has no such arrays.
    """
    compressed.check_file(path)
    with _opened(path) as archive:
        names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
        pictures, label = _chosen(names, part)
        values = _array(archive, pictures)
        label = str(reading.labels) if reading.labels else label
        labels = _optional(archive, names, label, asked=reading.labels is not None)
        classes = _optional(archive, names, CLASSES, asked=False)
        whose = _optional(
            archive, names, reading.entity or ENTITIES, asked=reading.entity is not None
        )
    pixels, notes = pixel_values.to_pixels(values)
    numbers, known = _labels(labels, classes, len(pixels))
    return made(
        pixels,
        numbers,
        known,
        format="npz",
        entities=_entities(whose, len(pixels)),
        notes=[*_part_note(names, pictures, part), *notes],
    )


def _labels(
    labels: npt.NDArray[Any] | None, classes: npt.NDArray[Any] | None, n_images: int
) -> tuple[npt.NDArray[np.int64] | None, tuple[str, ...]]:
    if labels is None:
        return None, ()
    if labels.ndim == 0 or len(labels) != n_images:
        raise image_labels.uneven(n_images, labels.size)
    known = classes if classes is not None and classes.ndim == 1 else None
    names = None if known is None else known.astype(str).tolist()
    return image_labels.coded(labels, names, by_value=True)


def _entities(values: npt.NDArray[Any] | None, n_images: int) -> npt.NDArray[np.int64] | None:
    if values is None:
        return None
    if values.ndim == 0 or values.size != n_images:
        raise image_labels.uneven(n_images, values.size)
    return image_labels.entity_numbers(values.reshape(-1).astype(str).tolist())


def _chosen(names: list[str], part: str) -> tuple[str, str]:
    """The names of the arrays of pictures and of labels."""
    pairs = {key: pair for key, pair in NAMES.items() if pair[0] in names}
    if part:
        wanted = {part, f"{part}_images", f"x_{part}"}
        pairs = {key: pair for key, pair in pairs.items() if wanted & {key, pair[0]}}
    if not pairs:
        known = sorted({pair[0] for pair in NAMES.values()} & set(names))
        raise DataError(
            f"there is no part {part!r}" if part else "no array has the name of pictures",
            allowed="arrays of pictures: " + (", ".join(known) or "images, x_train, train_images"),
            do="name the arrays images and labels" if not known else "name one: FILE.npz#PART",
            code="data.image_part",
        )
    return next(iter(pairs.values()))


def _part_note(names: list[str], pictures: str, part: str) -> list[str]:
    others = sum(pair[0] in names for pair in NAMES.values()) - 1
    if part or not others:
        return []
    return [f"of {others + 1} parts in the file, {pictures} was read; FILE.npz#test reads another"]


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with quiet(), zipfile.ZipFile(path) as archive:
            yield archive
    except DataError:
        raise
    except FAULTS as error:
        raise DataError(
            f"{path} is no whole NPZ file",
            do="copy it again from where it came from",
            code="data.damaged",
        ) from error


def _optional(
    archive: zipfile.ZipFile, names: list[str], name: str, *, asked: bool
) -> npt.NDArray[Any] | None:
    if name in names:
        return _array(archive, name)
    if not asked:
        return None
    raise DataError(
        f"there is no array {name!r}",
        allowed="arrays: " + ", ".join(sorted(names)[:20]),
        code="data.column_missing",
    )


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """One array, read piece by piece into memory that is asked for after its size was checked."""
    info = archive.getinfo(f"{name}.npy")
    with archive.open(info) as stream:
        shape, fortran, dtype = _head(stream)
        if dtype.hasobject or dtype.kind not in "biufU":
            raise _pickled(name)
        n_bytes = prod(shape) * dtype.itemsize
        _check_length(info, n_bytes)
        values = np.empty(n_bytes, dtype=np.uint8)
        _fill(values, stream)
    if n_bytes == 0:
        return np.zeros(shape, dtype=dtype)
    return values.view(dtype).reshape(shape, order="F" if fortran else "C")


def _head(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


def _check_length(info: zipfile.ZipInfo, n_bytes: int) -> None:
    most = max(compressed.MAX_BYTES, compressed.MAX_RATIO * info.compress_size)
    if n_bytes < 0 or n_bytes > info.file_size:
        raise ValueError("the head claims more than the file holds")
    if n_bytes > most:
        raise DataError(
            f"an array grows to more than {compressed.MAX_RATIO} times its size",
            allowed=f"at most {compressed.MAX_RATIO} times, or {compressed.MAX_BYTES // 2**20} MiB",
            do="write it without compression if you trust it",
            code="data.bomb",
        )
    if n_bytes > MAX_BYTES:
        raise DataError(
            f"an array takes {n_bytes / 2**30:.0f} GiB",
            allowed=f"at most {MAX_BYTES // 2**30} GiB",
            do="give fewer or smaller pictures",
            code="data.image_size",
        )


def _fill(values: npt.NDArray[np.uint8], stream: IO[bytes]) -> None:
    filled = 0
    while filled < len(values):
        piece = stream.read(min(PIECE, len(values) - filled))
        if not piece:
            raise EOFError
        values[filled : filled + len(piece)] = np.frombuffer(piece, dtype=np.uint8)
        filled += len(piece)
    if stream.read(1):  # reading to the end also checks the sum over all bytes
        raise ValueError("more values than the head says")


def _pickled(name: str) -> DataError:
    return DataError(
        f"the array {name!r} holds pickled objects, or no numbers",
        allowed="arrays of numbers; labels may be words of a fixed width",
        do="save it with np.savez(..., allow_pickle=False)",
        code="data.pickled",
    )
