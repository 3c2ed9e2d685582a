"""Parquet files with a column of pictures: encoded, as data set hubs store them, or as pixels."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from guanyao.data import compressed, image_labels, pixel_values
from guanyao.data.images import Images, Reading, made
from guanyao.data.parquet_file import FAULTS
from guanyao.errors import DataError

IMAGES = ("image", "images", "img", "picture", "pixels", "jpg", "png", "pixel_values")
LABELS = ("label", "labels", "class", "target", "y", "fine_label", "cls")
ENTITIES = ("entity",)

STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")
"""What picture files begin with."""

ORDER = "the rows"


def is_mine(path: Path) -> bool:
    """Whether this is a Parquet file with a column of pictures; reads its head and one row."""
    if path.suffix.lower() != ".parquet" or not path.is_file():
        return False
    try:
        schema = pl.read_parquet_schema(path)
        return _image_column(path, dict(schema)) is not None
    except FAULTS:
        return False


def read(path: Path, part: str, reading: Reading) -> Images:
    """The pictures of a file, in the order of its rows.

    Args:
        path: The file.
        part: Not used.
        reading: The columns of labels and of entities, where they have other names.

    Raises:
        DataError: The file is damaged, pictures cannot be used, or labels are missing for some.
    """
    compressed.check_file(path)
    try:
        schema = dict(pl.read_parquet_schema(path))
        image = _image_column(path, schema)
        label = _column(schema, LABELS, reading.labels)
        entity = _column(schema, ENTITIES, reading.entity)
        wanted = [name for name in dict.fromkeys((image, label, entity)) if name is not None]
        frame = pl.scan_parquet(path, glob=False).select(wanted).collect()
        names = _class_names(path, label)
    except FAULTS as error:
        raise DataError(
            f"{path} is no whole Parquet file",
            do="copy it again from where it came from",
            code="data.damaged",
        ) from error
    return _made(frame, (str(image), label, entity), names, reading)


def _made(
    frame: pl.DataFrame,
    columns: tuple[str, str | None, str | None],
    names: list[str] | None,
    reading: Reading,
) -> Images:
    image, label, entity = columns
    labels, classes = (None, ()) if label is None else _labels(frame[label], names)
    pixels, notes = _pixels(frame[image], reading)
    whose = None if entity is None else frame[entity].cast(pl.String, strict=False).fill_null("")
    return made(
        pixels,
        labels,
        classes,
        format="parquet",
        entities=None if whose is None else image_labels.entity_numbers(whose.to_list()),
        notes=notes,
    )


def _column(
    schema: dict[str, pl.DataType], usual: tuple[str, ...], asked: str | Path | None
) -> str | None:
    if asked is not None and str(asked) not in schema:
        raise DataError(
            f"there is no column {str(asked)!r}",
            allowed="columns: " + ", ".join(list(schema)[:20]),
            code="data.column_missing",
        )
    return str(asked) if asked is not None else next((n for n in usual if n in schema), None)


def _image_column(path: Path, schema: dict[str, pl.DataType]) -> str | None:
    """The column of pictures: encoded files first, then arrays of pixels."""
    for name, dtype in schema.items():
        if _is_encoded(dtype) and _begins_as_picture(path, name):
            return name
    return next((name for name, dtype in schema.items() if _is_pixels(name, dtype)), None)


def _is_encoded(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.Struct):
        return any(f.name == "bytes" and f.dtype == pl.Binary for f in dtype.fields)
    return dtype == pl.Binary


def _begins_as_picture(path: Path, name: str) -> bool:
    column = _bytes(pl.scan_parquet(path, glob=False).select(name).head(1).collect()[name])
    start = bytes(column[0] or b"") if len(column) else b""
    is_webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"  # sound is in RIFF files too
    return not start or is_webp or start.startswith(STARTS)


def _is_pixels(name: str, dtype: pl.DataType) -> bool:
    """Whether the column holds lists of pixels: of bytes, or of any numbers under a usual name."""
    if not isinstance(dtype, pl.List | pl.Array):
        return False
    inner: Any = dtype
    while isinstance(inner, pl.List | pl.Array):
        inner = inner.inner
    return bool(inner == pl.UInt8 or (inner.is_numeric() and name.lower() in IMAGES))


def _bytes(column: pl.Series) -> pl.Series:
    return column.struct.field("bytes") if isinstance(column.dtype, pl.Struct) else column


def _pixels(column: pl.Series, reading: Reading) -> tuple[npt.NDArray[np.uint8], list[str]]:
    if _is_encoded(column.dtype):
        from guanyao.data.picture_set import read_all

        return read_all(_bytes(column).to_list(), reading.size, ORDER)
    return pixel_values.to_pixels(_array(column))


def _array(column: pl.Series) -> npt.NDArray[Any]:
    """Nested lists as one array, when all are of one shape."""
    shape = []
    while isinstance(column.dtype, pl.List | pl.Array):
        lengths = column.list.len() if isinstance(column.dtype, pl.List) else column.arr.len()
        if lengths.n_unique() != 1 or lengths.null_count() or column.null_count():
            raise DataError(
                "the rows have different numbers of pixels, or some have none",
                allowed="pictures of one size as lists, or of any size as encoded files",
                code="data.images",
            )
        shape.append(int(lengths[0]))
        column = column.explode() if shape[-1] else column.explode().drop_nulls()
    if column.null_count():
        raise DataError("some pixels are missing", code="data.images")
    n_rows = len(column) // max(1, int(np.prod(shape)))
    return column.to_numpy().reshape(n_rows, *shape)


def _labels(
    column: pl.Series, names: list[str] | None
) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        raise DataError(
            f"the column of labels has dtype {column.dtype}",
            allowed="one number or word for each picture",
            code="data.image_labels",
        )
    words = column.cast(pl.String, strict=False).fill_null("").to_list()
    image_labels.check_complete(words)
    if column.dtype.is_integer() and column.dtype.is_signed_integer():
        return image_labels.coded(column.to_numpy().astype(np.int64), names)
    return image_labels.coded(np.array(words, dtype=str))


def _class_names(path: Path, label: str | None) -> list[str] | None:
    """The names of the classes, where a data set hub wrote them into the file's metadata."""
    text = pl.read_parquet_metadata(path).get("huggingface", "") if label else ""
    try:
        names = json.loads(text)["info"]["features"][label]["names"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    is_list = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return names if is_list and names else None
