"""Pictures as data: one array of pixels, their labels, and whom they belong to.

One literal table of formats; each module says which paths are its own and reads them. What reading
did to the pictures (resized, first frame of an animation, ...) is said in `Images.notes`.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from guanyao.data import compressed
from guanyao.data.schema import Source
from guanyao.errors import ConfigError, DataError

FORMATS: dict[str, str] = {
    "idx": "guanyao.data.idx_file",
    "npz": "guanyao.data.npz_file",
    "parquet": "guanyao.data.image_parquet",
    "folder": "guanyao.data.image_folder",
}
"""Asked in this order whose a path is."""

PARTS = (".npz",)
"""Suffixes of files that hold several sets, of which `#part` chooses one."""

MAX_SIDE = 4096
MAX_BYTES = 8 * 2**30
"""What all pictures together may take in memory."""

Pixels = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Images:
    """Pictures of one size, with what is known of each.

    Args:
        pixels: Shape (n_images, height, width, channels); 1 channel is grey, 3 are red, green and
            blue.
        labels: What each picture shows, as its place in `classes`, shape (n_images,); None:
            unknown.
        classes: The names of the labels, numbers in numeric order, others alphabetically.
        entities: Whom each picture belongs to (the privacy unit), shape (n_images,), from 0;
            None: each picture is an entity of its own.
        source: The format that was read, and the SHA-256 of pixels, labels and entities.
        notes: What reading did to the pictures, in words.

    Raises:
        DataError: The arrays do not fit together.
    """

    pixels: Pixels = field(repr=False)
    labels: Numbers | None = field(default=None, repr=False)
    classes: tuple[str, ...] = ()
    entities: Numbers | None = field(default=None, repr=False)
    source: Source = field(default_factory=lambda: Source(format="array"))
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """See that the arrays fit together."""
        _check_pixels(self.pixels)
        for name in ("labels", "entities"):
            _check_numbers(name, getattr(self, name), len(self.pixels))
        if self.labels is not None and len(self.labels):
            _check_classes(self.labels, self.classes)

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.pixels)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in pixels, and the number of channels."""
        height, width, channels = self.pixels.shape[1:]
        return height, width, channels

    def take(self, rows: npt.NDArray[Any] | Sequence[int] | slice) -> Self:
        """The pictures at these places, with the same classes.

        Args:
            rows: Places, a mask, or a slice.
        """
        chosen = rows if isinstance(rows, slice) else np.asarray(rows)
        return replace(
            self,
            pixels=self.pixels[chosen],
            labels=None if self.labels is None else self.labels[chosen],
            entities=None if self.entities is None else self.entities[chosen],
        )

    def with_notes(self, *notes: str) -> Self:
        """The same pictures with more said of them."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the caller says about the pictures.

    Args:
        labels: Where the labels are: a file (IDX, folder), an array's or a column's name.
        entity: The column or array that says whom a picture belongs to.
        size: Height and width that all pictures are brought to; None: see `read_images`.
    """

    labels: str | Path | None = None
    entity: str | None = None
    size: tuple[int, int] | None = None


def is_images(source: object) -> bool:
    """Whether `read_images` is the one to read this; looks at names and a few bytes only.

    Args:
        source: Whatever a user gave: Images, an array, a path, or anything else.
    """
    if isinstance(source, Images):
        return True
    if isinstance(source, np.ndarray):
        return source.ndim in (3, 4)
    is_path = isinstance(source, str | Path) and bool(str(source))
    return is_path and format_of(split_part(str(source))[0]) is not None


def read_images(
    source: object,
    *,
    labels: str | Path | npt.ArrayLike | None = None,
    entity: str | None = None,
    size: int | tuple[int, int] | None = None,
) -> Images:
    """The pictures that lie in a file or folder, or that an array holds.

    Without `size`, pictures that are all of one size keep it. Of mixed sizes, that of the majority
    is taken, or else the median height and width, the longer at most 128 pixels. A picture of
    another size is scaled, smoothly, until it covers the wanted size, and cut around its centre.

    Args:
        source: An IDX file or a folder with some, a `.npz` file (`path.npz#test` for its part
            "test"), a `.parquet` file with a column of pictures, a folder of picture files, an
            array of shape (n, height, width[, channels]), or Images.
        labels: The file (IDX; a CSV with the columns file, label and perhaps entity for folders),
            the array (NPZ) or the column (Parquet) of labels; labels themselves for an array.
            None: they are looked for.
        entity: The column or array that says whom a picture belongs to.
        size: A side in pixels, or height and width, that all pictures are brought to.

    Raises:
        DataError: The pictures or their labels cannot be read, or there is only one.
        ConfigError: `size` is out of range.
        MissingExtraError: Pillow is needed and not installed.
    """
    told = None if isinstance(labels, str | Path) else labels
    where = labels if isinstance(labels, str | Path) else None
    reading = Reading(labels=where, entity=entity, size=_size(size))
    held = _held(source, reading)
    found = _read_path(source, reading) if held is None else held
    return _enough(_sized(_labelled(found, told), reading.size))


def from_arrays(
    pixels: npt.NDArray[Any],
    labels: npt.ArrayLike | None = None,
    *,
    classes: Sequence[str] | None = None,
    format: str = "array",
) -> Images:
    """The pictures that arrays hold.

    Args:
        pixels: Shape (n, height, width) or (n, height, width, channels), or channels first;
            whole numbers of 8 or 16 bits, or floats in 0 to 1 or 0 to 255.
        labels: One for each picture: numbers or words.
        classes: The names of the numbers in `labels`, where they have some.
        format: What to call the source's format.

    Raises:
        DataError: The arrays hold no pictures, or do not fit together.
    """
    from guanyao.data import image_labels, pixel_values

    values, notes = pixel_values.to_pixels(pixels)
    numbers, names = (None, ()) if labels is None else image_labels.coded(labels, classes)
    if numbers is not None and len(numbers) != len(values):
        raise image_labels.uneven(len(values), len(numbers))
    return made(values, numbers, names, format=format, notes=notes)


def made(
    pixels: Pixels,
    labels: Numbers | None,
    classes: tuple[str, ...],
    *,
    format: str,
    entities: Numbers | None = None,
    notes: Sequence[str] = (),
) -> Images:
    """Images whose source is named by a digest of what they hold.

    Raises:
        DataError: The arrays do not fit together.
    """
    images = Images(pixels, labels, classes, entities, Source(format=format), tuple(notes))
    return replace(images, source=Source(format=format, digest=digest(images)))


def digest(images: Images) -> str:
    """SHA-256 of shape, pixels, labels with their names, and entities, in hexadecimal."""
    sha256 = hashlib.sha256(repr((images.pixels.shape, images.classes)).encode("utf-8"))
    for array in (images.pixels, images.labels, images.entities):
        if array is not None:
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            sha256.update(np.ascontiguousarray(little).reshape(-1).view(np.uint8).data)
        sha256.update(b"|")
    return sha256.hexdigest()


def format_of(path: Path) -> str | None:
    """The name of the format whose path this is; None when it holds no pictures."""
    try:
        return next((name for name in FORMATS if _module(name).is_mine(path)), None)
    except (OSError, ValueError):  # no such place: whoever reads it says why
        return None


def _module(name: str) -> Any:  # noqa: ANN401
    return import_module(FORMATS[name])


def split_part(source: str | Path) -> tuple[Path, str]:
    """The path and the part of the file that is meant: "a.npz#test"."""
    name = str(source)
    before, mark, part = name.rpartition("#")
    if mark and before.lower().endswith(PARTS):
        return Path(before), part
    return Path(name), ""


def describe(images: Images) -> dict[str, Any]:
    """What there is, as plain JSON: counts, size, classes, repeated pictures, notes."""
    height, width, channels = images.shape
    return {
        "n_images": len(images),
        "height": height,
        "width": width,
        "channels": channels,
        "colour": "grey" if channels == 1 else "colour",
        "classes": class_counts(images),
        "n_entities": None if images.entities is None else len(np.unique(images.entities)),
        "n_copies": len(images) - len(set(picture_digests(images.pixels))),
        "mean_brightness": round(float(images.pixels.mean()) / 255, 4) if len(images) else None,
        "source": asdict(images.source),
        "notes": list(images.notes),
    }


def class_counts(images: Images) -> dict[str, int]:
    """How many pictures there are of each class, in the order of the classes."""
    if images.labels is None:
        return {}
    counts = Counter(images.labels.tolist())
    return {name: counts[place] for place, name in enumerate(images.classes)}


def picture_digests(pixels: Pixels) -> list[bytes]:
    """A short digest of each picture: equal pictures have equal ones."""
    return [
        hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest()
        for picture in pixels
    ]


def check_total(n_images: int, size: tuple[int, int], channels: int) -> None:
    """See that all pictures together fit in memory.

    Raises:
        DataError: They take more than `MAX_BYTES`.
    """
    n_bytes = n_images * size[0] * size[1] * channels
    if n_bytes > MAX_BYTES:
        raise DataError(
            f"{n_images} pictures of {size[0]} x {size[1]} take {n_bytes / 2**30:.0f} GiB",
            allowed=f"at most {MAX_BYTES // 2**30} GiB",
            do="give a smaller size, e.g. 64, or fewer pictures",
            code="data.image_size",
        )


def _held(source: object, reading: Reading) -> Images | None:
    """The pictures that are in memory already; None when the source is something else.

    Raises:
        DataError: An array's labels or entities are to be looked up by a name.
    """
    if not isinstance(source, Images | np.ndarray):
        return None
    images = source if isinstance(source, Images) else from_arrays(source)
    is_missing = reading.entity is not None and images.entities is None
    if is_missing or reading.labels is not None:
        raise DataError(
            f"an array has no {'entities' if is_missing else 'labels'} that could be looked up",
            do="give read_images the labels themselves, or make Images(..., entities=...)",
            code="data.column_missing",
        )
    return images


def _labelled(images: Images, labels: npt.ArrayLike | None) -> Images:
    """The pictures with the labels that were given with them."""
    if labels is None:
        return images
    from guanyao.data import image_labels

    numbers, classes = image_labels.coded(labels)
    if len(numbers) != len(images):
        raise image_labels.uneven(len(images), len(numbers))
    fresh = replace(images, labels=numbers, classes=classes)
    return replace(fresh, source=replace(images.source, digest=digest(fresh)))


def _read_path(source: object, reading: Reading) -> Images:
    if not isinstance(source, str | Path):
        raise DataError(
            f"a {type(source).__name__} is no set of pictures",
            allowed="a path, an array of pixels, or guanyao.Images",
            code="data.source",
        )
    path, part = split_part(source)
    name = format_of(path)
    if name is None:
        _check_exists(path)
        raise DataError(
            f"{path} holds no pictures",
            allowed="an IDX, .npz or .parquet file with pictures, or a folder of PNG, JPEG, WebP,"
            " BMP or GIF files",
            do="check the path",
            code="data.images",
        )
    images: Images = _module(name).read(path, part, reading)
    return images


def _check_exists(path: Path) -> None:
    if not path.is_dir():
        compressed.check_file(path)


def _enough(images: Images) -> Images:
    if len(images) < 2:
        raise DataError(
            f"there is {len(images) or 'no'} picture",
            allowed="at least 2, and hundreds to learn anything",
            do="give more pictures",
            code="data.images_few",
        )
    return images


def _size(size: int | tuple[int, int] | None) -> tuple[int, int] | None:
    if size is None:
        return None
    sides = size if isinstance(size, tuple) else (size, size)
    if len(sides) != 2 or not all(type(s) is int and 1 <= s <= MAX_SIDE for s in sides):
        raise ConfigError(
            f"size is {size}",
            allowed=f"one or two whole numbers from 1 to {MAX_SIDE}",
            code="config.image_size",
        )
    return sides[0], sides[1]


def _sized(images: Images, size: tuple[int, int] | None) -> Images:
    """The pictures in this size, when they are not so already."""
    if size is None or images.shape[:2] == size:
        return images
    from guanyao.data import picture

    check_total(len(images), size, images.shape[2])
    note = f"all pictures were brought from {by(images.shape[:2])} to {by(size)}: " + picture.HOW
    pixels = picture.resized(images.pixels, size)
    fresh = replace(images, pixels=pixels, notes=(*images.notes, note))
    return replace(fresh, source=replace(images.source, digest=digest(fresh)))


def by(size: tuple[int, int]) -> str:
    """Height and width in words."""
    return f"{size[0]} x {size[1]} pixels"


def _check_pixels(pixels: npt.NDArray[Any]) -> None:
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[3] not in (1, 3):
        raise DataError(
            f"pixels are {pixels.dtype} of shape {pixels.shape}",
            allowed="uint8 of shape (n, height, width, 1 or 3)",
            do="convert other arrays with read_images(array)",
            code="data.images",
        )
    if 0 in pixels.shape[1:]:
        raise DataError(
            f"pictures of {by(pixels.shape[1:3])} have no pixels",
            allowed="at least 1 x 1",
            code="data.images",
        )


def _check_numbers(name: str, values: npt.NDArray[Any] | None, n_images: int) -> None:
    if values is not None and (values.shape != (n_images,) or values.dtype != np.int64):
        raise DataError(
            f"{name} are {values.dtype} of shape {values.shape}",
            allowed=f"int64, one for each of {n_images} pictures",
            code="data.image_labels",
        )


def _check_classes(labels: Numbers, classes: tuple[str, ...]) -> None:
    if labels.min() < 0 or labels.max() >= len(classes):
        raise DataError(
            f"labels go from {labels.min()} to {labels.max()}",
            allowed=f"places among {len(classes)} classes",
            code="data.image_labels",
        )
