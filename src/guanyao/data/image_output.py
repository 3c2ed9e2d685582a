"""Writing pictures as a folder of PNG files, as NPZ or as IDX, batch by batch.

Everything is written beside its place and moved there when it is whole; whatever stops the writing
(an error, a full disk, Ctrl-C) leaves nothing behind. Memory is bounded by a batch.
"""

import json
import re
import shutil
import struct
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Protocol, cast
from uuid import uuid4

import numpy as np

from guanyao.data import class_names, compressed, contact_sheet, image_labels
from guanyao.data.images import Images, Numbers, Pixels
from guanyao.data.pending import Pending, disk_error
from guanyao.errors import ConfigError, DataError

CONTACT_SHEET = "contact-sheet.png"
NUMBERED = re.compile(r"\d{5,}\.png")

N_SHOWN = 10
"""Pictures of each class on the contact sheet."""
SHEET_SIDE = 2400
"""Pixels that the contact sheet may be wide or high, so far as one picture allows."""

PIECE = 8 * 2**20
MAX_CLASSES_IDX = 256


class Sink(Protocol):
    """What takes batches of pictures in one format."""

    def write(self, pixels: Pixels, labels: Numbers | None) -> None:
        """Add these pictures."""

    def close(self) -> None:
        """Finish what was written."""


class ImageWriter:
    """Takes batches of pictures and sees that they are of one size and of the same classes.

    Args:
        sink: Where the pictures go.
        classes: The names of the labels; none: the pictures have no labels.
    """

    def __init__(self, sink: Sink, classes: tuple[str, ...]) -> None:
        """Begin with no pictures."""
        self._sink, self._classes = sink, classes
        self._shape: tuple[int, int, int] | None = None
        self.n_images = 0

    def write(self, images: Images) -> None:
        """Add these pictures.

        Raises:
            DataError: They are of another size or of other classes than those before.
        """
        if images.shape != (self._shape or images.shape):
            raise DataError(
                f"pictures of shape {images.shape} follow those of {self._shape}",
                allowed="one size and one number of channels",
                code="data.images",
            )
        if (images.labels is not None) != bool(self._classes) or images.classes != self._classes:
            raise DataError(
                f"the pictures have {len(images.classes)} classes, others than those expected",
                allowed=f"the same {len(self._classes)} classes in the same order",
                code="data.image_labels",
            )
        self._shape = images.shape
        self._sink.write(images.pixels, images.labels)
        self.n_images += len(images)


@contextmanager
def open_image_writer(
    path: str | Path, format: str, *, classes: tuple[str, ...] = ()
) -> Iterator[ImageWriter]:
    """A writer of batches of pictures.

    Args:
        path: The folder; the `.npz` file; or what the names of the IDX files begin with.
        format: `folder` (PNG files in a sub-folder for each class, and a contact sheet), `npz`
            (arrays images, labels and classes) or `idx` (files as MNIST's).
        classes: The names of the labels; none: the pictures have no labels.

    Raises:
        ConfigError: There is no such format.
        DataError: The place cannot be written to, or the format cannot hold these classes.
    """
    if format not in SINKS:
        raise ConfigError(
            f"there is no format {format!r} for pictures",
            allowed="formats: " + ", ".join(SINKS),
            code="config.image_format",
        )
    targets = places(path, format, classes)
    try:
        with ExitStack() as stack:
            sink = SINKS[format](stack, targets, classes)
            yield ImageWriter(sink, classes)
            sink.close()
    except OSError as error:
        raise disk_error(targets[0], error) from error


def places(path: str | Path, format: str, classes: tuple[str, ...] = ()) -> list[Path]:
    """The files, or the folder, that a writer leaves.

    Args:
        path: As for `open_image_writer`.
        format: Likewise.
        classes: Likewise.
    """
    target = Path(path)
    if format == "npz":
        return [target if target.suffix == ".npz" else target.with_name(target.name + ".npz")]
    if format != "idx":
        return [target]
    name = re.sub(r"-(images|labels)-idx\d-ubyte(\.gz)?$", "", target.name)
    ends = ["-images-idx3-ubyte.gz"]
    if classes:
        ends.append("-labels-idx1-ubyte.gz")
    if classes and not _are_bytes(classes):
        ends.append("-classes.json")
    return [target.with_name(name + end) for end in ends]


def _are_bytes(classes: tuple[str, ...]) -> bool:
    """Whether the names of the classes are the numbers that stand in a file of labels."""
    return all(name.isdecimal() and str(int(name)) == name and int(name) < 256 for name in classes)


class FolderSink:
    """PNG files, numbered, in a sub-folder for each class.

    Args:
        stack: What is to be undone if writing stops.
        targets: The folder.
        classes: The names of the labels.
    """

    def __init__(self, stack: ExitStack, targets: list[Path], classes: tuple[str, ...]) -> None:
        """Make the folder and its sub-folders beside their place."""
        self._target = targets[0]
        _check_replaceable(self._target)
        names = class_names.to_folders(classes)
        self._part = self._target.with_name(f".{uuid4().hex[:8]}.part.{self._target.name[-200:]}")
        stack.callback(shutil.rmtree, self._part, ignore_errors=True)
        self._part.mkdir()
        self._folders = [self._part / name for name in names] or [self._part]
        for folder in self._folders:
            folder.mkdir(exist_ok=True)
        self._shown: list[list[Pixels]] = [[] for _ in self._folders]
        self._n_images = 0

    def write(self, pixels: Pixels, labels: Numbers | None) -> None:
        """Add these pictures."""
        places = [0] * len(pixels) if labels is None else labels.tolist()
        for picture, place in zip(pixels, places, strict=True):
            self._n_images += 1
            data = contact_sheet.png(picture, level=contact_sheet.FAST)
            (self._folders[place] / f"{self._n_images:05d}.png").write_bytes(data)
            self._show(picture, place)

    def _show(self, picture: Pixels, place: int) -> None:
        most = N_SHOWN if len(self._folders) > 1 else N_SHOWN**2
        if len(self._shown[place]) < most:
            self._shown[place].append(picture.copy())

    def close(self) -> None:
        """Add the contact sheet and move the folder to its place."""
        if self._n_images:
            sheet = contact_sheet.png(_sheet(self._shown))
            (self._part / CONTACT_SHEET).write_bytes(sheet)
        _move_folder(self._part, self._target)


def _sheet(shown: list[list[Pixels]]) -> Pixels:
    """A row of pictures for each class, or rows of all of them when there is one."""
    height, width, channels = next(pictures[0] for pictures in shown if pictures).shape
    n_columns = max(1, min(N_SHOWN, SHEET_SIDE // (width + contact_sheet.GAP)))
    n_rows = max(1, SHEET_SIDE // (height + contact_sheet.GAP))
    if len(shown) == 1:
        chosen = np.stack(shown[0][: n_columns * n_rows])
        return contact_sheet.sheet(chosen, n_columns=n_columns)
    rows = np.full((len(shown[:n_rows]), n_columns, height, width, channels), 255, dtype=np.uint8)
    for row, pictures in zip(rows, shown, strict=False):
        for cell, picture in zip(row, pictures, strict=False):
            cell[:] = picture
    return contact_sheet.sheet(rows.reshape(-1, height, width, channels), n_columns=n_columns)


def _check_replaceable(target: Path) -> None:
    """See that nothing but pictures written by us, or nothing at all, would be replaced.

    Raises:
        DataError: The place is a file, or a folder that holds something else.
    """
    if target.exists() and not (target.is_dir() and not target.is_symlink() and _is_ours(target)):
        raise DataError(
            f"{target} is there already and is no folder of virtual pictures",
            allowed="a new or empty folder, or one written before",
            do="choose another place",
            code="data.unwritable",
        )
    if not target.parent.is_dir():
        raise DataError(
            f"there is no folder {target.parent}", do="create it first", code="data.missing"
        )


def _is_ours(folder: Path) -> bool:
    entries = list(folder.iterdir())
    has_sheet = any(path.name == CONTACT_SHEET for path in entries)
    return not entries or (has_sheet and all(_is_written(path) for path in entries))


def _is_written(path: Path) -> bool:
    if path.is_symlink():
        return False
    if path.is_dir():
        return all(NUMBERED.fullmatch(inner.name) for inner in path.iterdir())
    return path.name == CONTACT_SHEET or NUMBERED.fullmatch(path.name) is not None


def _move_folder(part: Path, target: Path) -> None:
    """Put a folder in its place; an older one there goes away only after that."""
    if not target.exists():
        part.rename(target)
        return
    old = target.with_name(f".{uuid4().hex[:8]}.old.{target.name[-200:]}")
    target.rename(old)
    try:
        part.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old)


class Spool:
    """Pixels and labels on their way to a file that must begin with their number.

    Args:
        stack: What is to be undone if writing stops.
        folder: Where the pixels wait, in a file without a name.
    """

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        """Begin with no pictures."""
        self.file: IO[bytes] = stack.enter_context(TemporaryFile(dir=folder))  # noqa: SIM115
        self.shape: tuple[int, ...] = (0, 0, 0, 1)
        self._labels: list[Numbers] = []

    def write(self, pixels: Pixels, labels: Numbers | None) -> None:
        """Add these pictures."""
        self.file.write(np.ascontiguousarray(pixels).reshape(-1).data)
        self.shape = (self.shape[0] + len(pixels), *pixels.shape[1:])
        if labels is not None:
            self._labels.append(labels)

    def labels(self, classes: tuple[str, ...]) -> Numbers:
        """All labels as they stand in a file."""
        whole = np.concatenate([np.zeros(0, np.int64), *self._labels])
        return image_labels.written(whole, classes)

    def copy_to(self, stream: IO[bytes]) -> None:
        """Write all pixels to a stream."""
        self.file.seek(0)
        shutil.copyfileobj(self.file, stream, PIECE)

    @property
    def array_shape(self) -> tuple[int, ...]:
        """The shape without the channel of grey pictures."""
        return self.shape[:3] if self.shape[3] == 1 else self.shape


class NpzSink(Spool):
    """Arrays `images` (n, height, width[, 3]), `labels` (n,) and `classes` in an NPZ file.

    `labels` holds the numbers that name the classes, or else places in `classes`.

    Args:
        stack: What is to be undone if writing stops.
        targets: The file.
        classes: The names of the labels.
    """

    def __init__(self, stack: ExitStack, targets: list[Path], classes: tuple[str, ...]) -> None:
        """Choose the places."""
        self._pending, self._classes = _pending(stack, targets[0]), classes
        super().__init__(stack, targets[0].parent)

    def close(self) -> None:
        """Write the file and move it to its place."""
        with zipfile.ZipFile(self._pending.path, "w") as archive:
            with _member(archive, "images") as stream:
                head = {"descr": "|u1", "fortran_order": False, "shape": self.array_shape}
                np.lib.format.write_array_header_1_0(cast(Any, stream), head)
                self.copy_to(stream)
            if self._classes:
                _put(archive, "labels", self.labels(self._classes))
                _put(archive, "classes", np.array(self._classes, dtype=np.str_))
        self._pending.commit()


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """A stream into a zip file; it carries no time: the same pictures give the same bytes."""
    info = zipfile.ZipInfo(f"{name}.npy")
    info.compress_type = zipfile.ZIP_DEFLATED
    info._compresslevel = contact_sheet.FAST  # type: ignore[attr-defined]
    with archive.open(info, "w", force_zip64=True) as stream:
        yield stream


def _put(archive: zipfile.ZipFile, name: str, values: np.ndarray[Any, Any]) -> None:
    with _member(archive, name) as stream:
        np.lib.format.write_array(cast(Any, stream), values, allow_pickle=False)


class IdxSink(Spool):
    """Files as MNIST's: pictures (idx3, or idx4 for colour), and labels (idx1).

    Names of classes that are no numbers from 0 to 255 stand in a third file.

    Args:
        stack: What is to be undone if writing stops.
        targets: The files.
        classes: The names of the labels.

    Raises:
        DataError: There are more classes than a byte has values.
    """

    def __init__(self, stack: ExitStack, targets: list[Path], classes: tuple[str, ...]) -> None:
        """Choose the places."""
        if len(classes) > MAX_CLASSES_IDX:
            raise DataError(
                f"there are {len(classes)} classes",
                allowed=f"IDX files hold {MAX_CLASSES_IDX}",
                do="write NPZ instead (--format npz)",
                code="data.class_name",
            )
        self._targets, self._classes = targets, classes
        self._pending = [_pending(stack, target) for target in targets]
        super().__init__(stack, targets[0].parent)

    def close(self) -> None:
        """Write the files and move them to their places."""
        with _packed(self._pending[0].path) as stream:
            stream.write(_idx_head(self.array_shape))
            self.copy_to(stream)
        if self._classes:
            self._write_labels()
        if self.shape[3] == 3:
            name = self._targets[0].name.replace("idx3", "idx4")
            self._pending[0].target = self._targets[0].with_name(name)
        for pending in self._pending:
            pending.commit()

    def _write_labels(self) -> None:
        is_named = len(self._pending) > 2
        labels = np.concatenate([np.zeros(0, np.int64), *self._labels])
        values = labels if is_named else image_labels.written(labels, self._classes)
        with _packed(self._pending[1].path) as stream:
            stream.write(_idx_head(values.shape) + values.astype(np.uint8).tobytes())
        if is_named:
            text = json.dumps(list(self._classes), ensure_ascii=True)
            self._pending[2].path.write_text(text + "\n", encoding="utf-8")


def _idx_head(shape: tuple[int, ...]) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, 0x08, len(shape), *shape)


@contextmanager
def _packed(path: Path) -> Iterator[IO[bytes]]:
    with compressed.open_compressor(path, ".gz") as stream:
        yield stream


def _pending(stack: ExitStack, target: Path) -> Pending:
    pending = Pending(target)
    stack.callback(pending.remove)
    return pending


SINKS: dict[str, Any] = {"folder": FolderSink, "npz": NpzSink, "idx": IdxSink}
"""The formats that pictures are written in."""
