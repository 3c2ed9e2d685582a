"""Folders of picture files: the label is the name of the sub-folder, or stands in a CSV file."""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from guanyao.data import image_labels
from guanyao.data.class_names import from_folders
from guanyao.data.images import Images, Reading, made
from guanyao.data.picture import SUFFIXES
from guanyao.errors import DataError

LABELS = "labels.csv"
OURS = (LABELS, "contact-sheet.png")
"""What may lie beside the pictures without being one."""

N_LOOKED_AT = 10_000
"""Entries of a folder that are looked at to find out whether it holds pictures."""

SPLITS = re.compile(r"(train|training|val|valid|validation|test|testing)", re.IGNORECASE)
TRAIN = ("train", "training")

ORDER = "their paths"


@dataclass
class Found:
    """What a folder holds.

    Args:
        pictures: The paths of the pictures below the folder, in order.
        n_other: Files that are no pictures.
        n_away: Links that lead out of the folder.
    """

    pictures: list[str] = field(default_factory=list)
    n_other: int = 0
    n_away: int = 0


def is_mine(path: Path) -> bool:
    """Whether this is a folder that holds picture files, or a picture file."""
    if not path.is_dir():
        return path.suffix.lower() in SUFFIXES and path.is_file()
    entries = _entries(path, path)
    return any(
        _is_picture(entry.name) for _, entry in zip(range(N_LOOKED_AT), entries, strict=False)
    )


def read(path: Path, part: str, reading: Reading) -> Images:
    """The pictures of a folder, in the order of their paths.

    Args:
        path: The folder.
        part: Not used.
        reading: Where the labels are, whom pictures belong to, the wanted size.

    Raises:
        DataError: Pictures cannot be used, labels are missing for some, or a link leads away.
    """
    if not path.is_dir():
        raise DataError(
            "there is a single picture", allowed="a folder of pictures", code="data.images_few"
        )
    root, notes = _training_part(path)
    found = _look(root)
    table = _table(root, reading)
    labels, entities = _told(found.pictures, table) if table else (_folders(found.pictures), None)
    from guanyao.data.picture_set import read_all

    pixels, more = read_all([root / name for name in found.pictures], reading.size, ORDER)
    numbers, classes = (None, ()) if labels is None else image_labels.coded(labels)
    if found.n_other:
        notes.append(f"{found.n_other} files that are no pictures were left out")
    return made(
        pixels,
        numbers,
        classes,
        format="folder",
        entities=None if entities is None else image_labels.entity_numbers(entities),
        notes=[*notes, *more],
    )


def _training_part(path: Path) -> tuple[Path, list[str]]:
    """The folder to read: of one that holds parts (train, test, ...), that for training."""
    names = [entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)]
    visible = [name for name in names if not name.startswith(".")]
    train = [name for name in visible if name.lower() in TRAIN]
    if len(train) == 1 and len(visible) > 1 and all(SPLITS.fullmatch(name) for name in visible):
        others = len(visible) - 1
        return path / train[0], [f"of {others + 1} parts (folders), that for training was read"]
    return path, []


def _entries(folder: Path, root: Path) -> Iterator["os.DirEntry[str]"]:
    """Every file and link below a folder, unless hidden; links are not followed."""
    waiting = [folder]
    while waiting:
        inner = []
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.startswith((".", "__MACOSX")):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    inner.append(Path(entry.path))
                else:
                    yield entry
        waiting += sorted(inner, reverse=True)


def _is_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 - a name, not a path


def _look(root: Path) -> Found:
    """The pictures of a folder, in the byte order of their paths.

    Raises:
        DataError: A link leads out of the folder.
    """
    found, inside = Found(), root.resolve()
    for entry in _entries(root, root):
        name = Path(entry.path).relative_to(root).as_posix()
        if entry.is_symlink() and not _leads_inside(entry, inside):
            found.n_away += 1
        elif _is_picture(name) and entry.is_file() and name not in OURS:
            found.pictures.append(name)
        else:
            found.n_other += name not in OURS
    if found.n_away:
        raise DataError(
            f"{found.n_away} links lead out of the folder, or nowhere",
            allowed="files, and links to files in the same folder",
            do="copy the files into the folder",
            code="data.image_link",
        )
    found.pictures.sort(key=os.fsencode)
    return found


def _leads_inside(entry: "os.DirEntry[str]", inside: Path) -> bool:
    try:
        return Path(entry.path).resolve(strict=True).is_relative_to(inside)
    except (OSError, RuntimeError):  # a dead link, or one that leads to itself
        return False


def _table(root: Path, reading: Reading) -> image_labels.LabelTable | None:
    if reading.labels is not None:
        return image_labels.read_table(Path(reading.labels), reading.entity)
    if (root / LABELS).is_file():
        return image_labels.read_table(root / LABELS, reading.entity)
    if reading.entity is not None:
        raise DataError(
            "there is no table that says whom pictures belong to",
            do=f"write {LABELS} with the columns file, label, entity into the folder",
            code="data.column_missing",
        )
    return None


def _folders(pictures: Sequence[str]) -> list[str] | None:
    """The labels by sub-folder; None when no picture lies in one."""
    names = [name.partition("/")[0] if "/" in name else "" for name in pictures]
    if not any(names):
        return None
    image_labels.check_complete(names)
    return from_folders(names)


def _told(
    pictures: Sequence[str], table: image_labels.LabelTable
) -> tuple[list[str] | None, list[str] | None]:
    """Labels and entities of the pictures, as a table tells them."""
    places = _places(pictures, table.files)
    if n_missing := sum(place is None for place in places):
        raise DataError(
            f"{n_missing} of {len(pictures)} pictures do not stand in the table of labels",
            allowed="a line for each picture",
            do="add the rest, or take the pictures away",
            code="data.image_labels",
        )
    if n_files := len(table.files) - len(pictures):
        raise DataError(
            f"the table of labels has {len(table.files)} lines for {len(pictures)} pictures",
            allowed="one line for each picture",
            do=f"see which {abs(n_files)} files are missing or stand twice",
            code="data.image_labels",
        )
    chosen = [place for place in places if place is not None]
    labels = None if table.labels is None else [table.labels[place] for place in chosen]
    image_labels.check_complete(labels or [])
    return labels, None if table.entities is None else [table.entities[place] for place in chosen]


def _places(pictures: Sequence[str], files: Sequence[str]) -> list[int | None]:
    """For each picture its line in the table, by path or, where that is enough, by bare name."""
    lines = {name.replace("\\", "/").removeprefix("./"): i for i, name in enumerate(files)}
    bare = [name.rpartition("/")[2] for name in pictures]
    if len(set(bare)) == len(bare):
        short = {name.rpartition("/")[2]: line for name, line in lines.items()}
        return [lines.get(p, short.get(b)) for p, b in zip(pictures, bare, strict=True)]
    return [lines.get(name) for name in pictures]
