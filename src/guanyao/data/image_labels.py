"""Labels of pictures: from numbers, words, or a table of file, label and entity."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from guanyao.errors import DataError

Numbers = npt.NDArray[np.int64]

NAMES: dict[str, tuple[str, ...]] = {
    "file": ("file", "filename", "file_name", "path", "image"),
    "label": ("label", "class", "target"),
    "entity": ("entity", "patient", "patient_id", "subject", "subject_id"),
}
"""The names that a column of a table of labels may have."""

WHOLE = re.compile(r"-?[0-9]{1,18}")
MAX_CLASSES = 10_000


@dataclass(frozen=True, kw_only=True)
class LabelTable:
    """What a table says of files.

    Args:
        files: The names of the files, in the table's order.
        labels: Their labels, "" where there is none; None: the table has no such column.
        entities: Whom they belong to, likewise.
    """

    files: list[str]
    labels: list[str] | None
    entities: list[str] | None


def coded(
    labels: npt.ArrayLike, classes: Sequence[str] | None = None, *, by_value: bool = False
) -> tuple[Numbers, tuple[str, ...]]:
    """Labels as places among the names of the classes, and these names in order.

    Args:
        labels: Numbers or words, shape (n,) or (n, 1), or (n, n_classes) with a single 1 per row.
        classes: The names, when `labels` are places among them.
        by_value: Whether labels that all are among the names, as numbers, are these.

    Raises:
        DataError: There is not exactly one label for each picture.
    """
    values = _one_each(_words(np.asarray(labels)))
    if classes is not None and values.dtype.kind in "iu":
        return _named(values.astype(np.int64), tuple(map(str, classes)), by_value)
    return _places(values)


def _words(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Words that stand in an array of objects, as pandas has them, in one of words."""
    is_words = values.dtype.kind == "O" and all(isinstance(v, str) for v in values.flat)
    return values.astype(np.str_) if is_words else values


def _one_each(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 2 and values.dtype.kind in "biuf" and _is_one_hot(values):
        values = values.argmax(axis=1)
    if values.ndim != 1 or values.dtype.kind not in "biufU" or _has_gaps(values):
        raise DataError(
            f"labels are of kind {values.dtype} and shape {values.shape}",
            allowed="one whole number or word for each picture",
            do="choose other labels, or leave them out",
            code="data.image_labels",
        )
    return values.astype(np.int64) if values.dtype.kind == "f" else values


def _is_one_hot(values: npt.NDArray[Any]) -> bool:
    return bool((values.sum(axis=1) == 1).all() and np.isin(values, (0, 1)).all())


def _has_gaps(values: npt.NDArray[Any]) -> bool:
    """Whether some floats are no whole numbers."""
    if values.dtype.kind != "f" or values.size == 0:
        return False
    return not bool(np.isfinite(values).all() and (np.rint(values) == values).all())


def _places(values: npt.NDArray[Any]) -> tuple[Numbers, tuple[str, ...]]:
    found, inverse = np.unique(values, return_inverse=True)
    if len(found) > MAX_CLASSES:
        raise DataError(
            f"there are {len(found)} different labels",
            allowed=f"at most {MAX_CLASSES} classes",
            do="choose other labels, or leave them out",
            code="data.image_labels",
        )
    names = [_word(value) for value in found.tolist()]
    order = in_order(names)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse.reshape(-1)], tuple(names[place] for place in order)


def _word(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def in_order(names: Sequence[str]) -> list[int]:
    """The places of the names in numeric order if all are whole numbers, else alphabetically."""
    if all(WHOLE.fullmatch(name) for name in names):
        return sorted(range(len(names)), key=lambda place: (int(names[place]), names[place]))
    return sorted(range(len(names)), key=lambda place: names[place])


def are_whole(names: Sequence[str]) -> bool:
    """Whether all names are whole numbers as these are written: the numbers can stand for them."""
    return all(WHOLE.fullmatch(name) and str(int(name)) == name for name in names)


def _named(
    values: Numbers, classes: tuple[str, ...], by_value: bool
) -> tuple[Numbers, tuple[str, ...]]:
    """Labels whose names are given, either by place or (names that are numbers) by value."""
    if len(set(classes)) != len(classes):
        raise DataError("some classes have the same name", code="data.image_labels")
    if by_value and are_whole(classes):
        known = {int(name): place for place, name in enumerate(classes)}
        found, inverse = np.unique(values, return_inverse=True)
        if all(value in known for value in found.tolist()):
            places = np.array([known[value] for value in found.tolist()], dtype=np.int64)
            return places[inverse.reshape(-1)], classes
    if values.size and (values.min() < 0 or values.max() >= len(classes)):
        raise DataError(
            f"some labels are none of the {len(classes)} classes",
            do="mend the labels or the names of the classes",
            code="data.image_labels",
        )
    return values, classes


def written(labels: Numbers, classes: tuple[str, ...]) -> Numbers:
    """Labels as they stand in a file: the numbers that name the classes, or their places."""
    if not are_whole(classes) or not classes:
        return labels
    return np.array([int(name) for name in classes], dtype=np.int64)[labels]


def entity_numbers(names: Sequence[str]) -> Numbers:
    """A number for each entity; a picture without one ("") is an entity of its own."""
    numbers: dict[str, int] = {}
    keys = (name or f"\0{place}" for place, name in enumerate(names))
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def read_table(path: Path, entity: str | None = None) -> LabelTable:
    """The table of labels in a CSV file.

    Args:
        path: The file; its columns are named as in `NAMES`.
        entity: The column that says whom a picture belongs to, when it has another name.

    Raises:
        DataError: The file is damaged, or has no such columns.
    """
    from guanyao.data import compressed, csv_file

    compressed.check_file(path)
    frame = csv_file.read(path, header=True).frame
    names = {name.strip().lower(): name for name in frame.columns}
    file = _column(names, NAMES["file"])
    label = _column(names, NAMES["label"])
    whose = _column(names, (entity.strip().lower(),) if entity else NAMES["entity"])
    if file is None or (label is None and whose is None) or (entity and whose is None):
        raise DataError(
            "the table of labels lacks a column",
            allowed="columns: file, label, and entity where there is one",
            do="name its columns so",
            code="data.column_missing",
        )
    return LabelTable(
        files=frame[file].fill_null("").to_list(),
        labels=None if label is None else frame[label].fill_null("").to_list(),
        entities=None if whose is None else frame[whose].fill_null("").to_list(),
    )


def _column(names: dict[str, str], wanted: Sequence[str]) -> str | None:
    return next((names[name] for name in wanted if name in names), None)


def uneven(n_images: int, n_labels: int) -> DataError:
    """The error for labels of another number than pictures."""
    return DataError(
        f"there are {n_images} pictures and {n_labels} labels",
        allowed="one label for each picture",
        do="give the labels that belong to these pictures",
        code="data.image_labels",
    )


def check_complete(labels: Sequence[str]) -> None:
    """See that each picture has a label.

    Raises:
        DataError: Some have none.
    """
    if n_missing := sum(not label.strip() for label in labels):
        raise DataError(
            f"{n_missing} of {len(labels)} pictures have no label",
            allowed="a label for each picture, or for none",
            do="label the rest or take them away",
            code="data.image_labels",
        )
