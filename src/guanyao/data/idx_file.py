"""IDX files, as MNIST comes in them: a head of big-endian numbers, then the values.

Reference: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
"""

import gzip
import json
import re
import struct
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanyao.data import compressed, image_labels, pixel_values
from guanyao.data.images import MAX_BYTES, Images, Reading, made
from guanyao.errors import DataError

NAME = re.compile(r".*idx[134](?:-ubyte)?(?:\.gz)?", re.IGNORECASE)
IMAGES = re.compile(r".*idx[34](?:-ubyte)?(?:\.gz)?", re.IGNORECASE)

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}

MOST_DIMENSIONS = 4
MAX_DEFLATE = 1032
"""No gzip file grows to more than this many times its size."""

TRAIN, HELD = "train", re.compile(r"t10k|test")


def is_mine(path: Path) -> bool:
    """Whether this is an IDX file, by name or content, or a folder that holds IDX pictures."""
    if path.is_dir():
        return any(_image_files(path))
    if NAME.fullmatch(path.name) and path.is_file():
        return True
    return path.suffix in ("", ".idx", ".gz") and path.is_file() and _has_magic(path)


def read(path: Path, part: str, reading: Reading) -> Images:
    """The pictures of an IDX file, or of the training pair in a folder of IDX files.

    Args:
        path: The file (idx3: grey, idx4: with channels; also `.gz`), or the folder.
        part: Not used.
        reading: Where the labels are; by default beside the pictures, under the usual name.

    Raises:
        DataError: A file is damaged, cut off, longer than its head says, or holds no pictures.
    """
    _check_entity(reading)
    file, notes = _chosen(path) if path.is_dir() else (path, [])
    values = load(file)
    if values.ndim < 3:
        raise DataError(
            f"{file} holds {values.ndim} dimension{'s' * (values.ndim > 1)}: labels, no pictures",
            do="give the file of pictures (idx3 or idx4)",
            code="data.images",
        )
    pixels, more = pixel_values.to_pixels(values)
    labels_file = Path(reading.labels) if reading.labels else labels_beside(file)
    labels, classes = _labels(labels_file, len(pixels))
    return made(pixels, labels, classes, format="idx", notes=[*notes, *more])


def _check_entity(reading: Reading) -> None:
    if reading.entity is not None:
        raise DataError(
            "IDX files do not say whom pictures belong to",
            do="write the pictures as NPZ with an array for it, or leave --entity out",
            code="data.column_missing",
        )


def _image_files(folder: Path) -> Iterator[Path]:
    return (p for p in folder.iterdir() if IMAGES.fullmatch(p.name) and p.is_file())


def _chosen(folder: Path) -> tuple[Path, list[str]]:
    """The file of pictures in a folder: the only one, or that for training."""
    files = sorted(_image_files(folder))
    if len(files) == 1:
        return files[0], []
    train = [file for file in files if TRAIN in file.name]
    rest = [file for file in files if file not in train]
    if len(train) == 1 and all(HELD.search(file.name) for file in rest):
        note = f"of {len(files)} sets of pictures in the folder, that for training was read"
        return train[0], [note]
    raise DataError(
        f"the folder holds {len(files)} sets of pictures",
        allowed="one set, or one for training (train) and one for testing (t10k)",
        do="give the file of pictures itself",
        code="data.images",
    )


def labels_beside(path: Path) -> Path | None:
    """The file of labels that belongs to a file of pictures by its name; None: there is none."""
    name = re.sub(r"idx[34]", "idx1", path.name.replace("images", "labels"))
    plain = name.removesuffix(".gz")
    places = (path.with_name(n) for n in (name, plain, plain + ".gz") if n != path.name)
    return next((place for place in places if place.is_file()), None)


def classes_beside(labels: Path) -> Path:
    """Where the names of the classes stand, when they are not the labels themselves."""
    name = re.sub(r"-?labels[.-]idx1.*", "", labels.name)
    return labels.with_name(f"{name}-classes.json")


def _labels(
    path: Path | None, n_images: int
) -> tuple[npt.NDArray[np.int64] | None, tuple[str, ...]]:
    if path is None:
        return None, ()
    values = load(path)
    if len(values) != n_images:
        raise image_labels.uneven(n_images, len(values))
    return image_labels.coded(values, _class_names(classes_beside(path)))


def _class_names(path: Path) -> list[str] | None:
    if not path.is_file():
        return None
    try:
        names = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is no JSON") from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _damaged(path, "is no list of names")
    return names


def load(path: Path) -> npt.NDArray[Any]:
    """The array in an IDX file.

    Args:
        path: The file, plain or `.gz`.

    Raises:
        DataError: It is missing, has another magic number, or another length than its head says.
    """
    compressed.check_file(path)
    pieces = compressed.pieces(path)
    start = next(pieces, b"")
    dtype, shape = _head(path, start)
    _check_length(path, dtype.itemsize * prod(shape))
    values = np.empty(dtype.itemsize * prod(shape), dtype=np.uint8)
    filled = _fill(values, start[4 + 4 * len(shape) :], 0, path)
    for piece in pieces:
        filled = _fill(values, piece, filled, path)
    if filled < len(values):
        raise _damaged(path, f"holds {filled} bytes of values where its head says {len(values)}")
    return values.view(dtype).reshape(shape)


def _head(path: Path, start: bytes) -> tuple[np.dtype[Any], tuple[int, ...]]:
    n_dimensions = start[3] if len(start) > 3 else 0
    if start[:2] != b"\0\0" or start[2:3] == b"" or start[2] not in DTYPES:
        raise _damaged(path, "does not begin with the number of an IDX file")
    if not 1 <= n_dimensions <= MOST_DIMENSIONS or len(start) < 4 + 4 * n_dimensions:
        raise _damaged(path, f"has a head of {n_dimensions} dimensions, or is cut off in it")
    shape = struct.unpack(f">{n_dimensions}I", start[4 : 4 + 4 * n_dimensions])
    return np.dtype(DTYPES[start[2]]), shape


def _check_length(path: Path, n_bytes: int) -> None:
    """See, before any memory is asked for, that the file can hold what its head says."""
    most = path.stat().st_size * (MAX_DEFLATE if path.suffix == ".gz" else 1)
    if n_bytes > most:
        raise _damaged(path, f"is too short for the {n_bytes} bytes that its head says")
    if n_bytes > MAX_BYTES:
        raise DataError(
            f"{path} holds {n_bytes / 2**30:.0f} GiB of values",
            allowed=f"at most {MAX_BYTES // 2**30} GiB",
            do="give fewer or smaller pictures",
            code="data.image_size",
        )


def _fill(values: npt.NDArray[np.uint8], piece: bytes, filled: int, path: Path) -> int:
    end = filled + len(piece)
    if end > len(values):
        raise _damaged(path, f"holds more than the {len(values)} bytes that its head says")
    values[filled:end] = np.frombuffer(piece, dtype=np.uint8)
    return end


def _damaged(path: Path, how: str) -> DataError:
    return DataError(
        f"{path} {how}", do="copy it again from where it came from", code="data.damaged"
    )


def _has_magic(path: Path) -> bool:
    """Whether the file begins as an IDX file of three or four dimensions does."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(4)
    except (OSError, EOFError, zlib.error):
        return False
    return start[:2] == b"\0\0" and len(start) == 4 and start[2] in DTYPES and start[3] in (3, 4)
