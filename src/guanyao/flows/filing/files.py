"""Files that go with an act: looked at, and kept in the room under their digests."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import disk_error, write_whole
from guanyao.errors import DataError
from guanyao.filing.attachment import look
from guanyao.filing.filing_state import Actor
from guanyao.flows.filing.act import recording_failure

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

PRIVATE = 0o600
LARGEST = 64 << 20
"""Bytes of a file that a room takes."""


def read_file(path: str | Path) -> bytes:
    """The bytes of a file that may be kept.

    Raises:
        DataError: It cannot be read, is too large, or is refused for what it holds: macros, a
            bomb, another content than its name says ("filing.attachment").
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _refused(f"{path.name} cannot be read ({why})") from error
    if len(content) > LARGEST:
        raise _refused(f"{path.name} is larger than {LARGEST >> 20} MiB")
    found = look(content, path.name)
    if found.faults:
        told = "; ".join(map(str, found.faults[:4]))
        raise _refused(f"{path.name} is not taken: {told}")
    return content


def keep_for(
    room: "Room", filing: str, event: str, actor: Actor, paths: Sequence[str | Path]
) -> list[dict[str, Any]]:
    """Keep the files of an act that is tried; see `keep`. A file that is refused is recorded."""
    with recording_failure(room, filing, event, actor):
        return keep(room, paths)


def keep(room: "Room", paths: Sequence[str | Path]) -> list[dict[str, Any]]:
    """Keep files in the room.

    Returns:
        Of each: name, digest (SHA-256) and bytes.

    Raises:
        DataError: One is refused; then none is kept.
    """
    read = [(Path(path).name, read_file(path)) for path in paths]
    if not read:
        return []
    with room.store.writing() as desk:
        return [
            {"name": name, "digest": desk.put_file(content), "bytes": len(content)}
            for name, content in read
        ]


def _refused(found: str) -> DataError:
    return DataError(
        found,
        allowed=f"pdf, docx, xlsx, pictures or text, {LARGEST >> 20} MiB at most",
        do="mend the file, and try again",
        code="filing.attachment",
    )


def write_new(path: str | Path, text: str) -> None:
    """Write a text file where there is none yet.

    Raises:
        DataError: There is a file already ("filing.file_exists"), or the place cannot be written
            to.
    """
    path = Path(path)
    if path.exists():
        raise DataError(
            f"there is a file {path.name} already",
            allowed="a new file: what you filled in is not written over",
            do="name another with -o",
            code="filing.file_exists",
        )
    write_whole(path, text.encode("utf-8"))


def save_slot(room: "Room", filing: str, slot: str, folder: str | Path) -> list[Path]:
    """Write the files of a slot of the dossier to a folder.

    Returns:
        The files.

    Raises:
        DataError: Nothing stands in the slot ("filing.slot_empty"), or a file is damaged.
    """
    with room.store.reading() as desk:
        record = desk.record(filing, "material", slot)
        parts = [record, *(record.get("more") or ())] if record else []
        read = [(str(part["name"]), desk.file(str(part["digest"]))) for part in parts]
    if not read:
        raise DataError(
            f"nothing stands in the slot {slot[:40]!r}",
            allowed="a slot that `guanyao filing materials` lists as there",
            do="draft it, or attach a file",
            code="filing.slot_empty",
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / Path(name).name for name, _ in read]
    for path, (_, content) in zip(paths, read, strict=True):
        write_whole(path, content)
    return paths


def write_private(path: str | Path, content: bytes) -> None:
    """Write a new file that its owner only may read.

    Raises:
        DataError: There is a file already, or the place cannot be written to ("data.io").
    """
    path = Path(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(path, flags, PRIVATE), "wb") as file:
            file.write(content)
    except OSError as error:
        raise disk_error(path, error) from error
