"""Files that are either as they were or as they shall be, whenever the machine stops."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path

from guanyao.data.leftovers import swept
from guanyao.data.pending import Nameless, disk_error

PART = ".part"
"""What ends the name of a file that is not whole yet."""

FRESH = os.O_CREAT | os.O_TRUNC | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
"""How such a file is opened: never through a link that somebody put there."""


@contextmanager
def writing(
    target: Path, *, scrubs: bool = False, is_named: bool = True, part: Path | None = None
) -> Iterator[BufferedWriter]:
    """A file beside the target that takes its place, once it is on the disk for certain.

    Args:
        target: Where it shall lie; its owner only may read it.
        scrubs: Whether what lay there before is written over with zeros afterwards, as keys should
            be; on disks that write elsewhere (SSD, copy-on-write) that is no promise.
        is_named: Whether its name is on the disk for certain too; else the folder is yet to be
            synchronised, once for many files.
        part: What it is called until it is whole; None: as the target, with `.part` behind, where
            a lock keeps others away.

    Raises:
        DataError: The disk is full, or the place cannot be written to; nothing is left behind.
    """
    part = part or target.with_name(target.name + PART)
    try:
        with os.fdopen(os.open(part, FRESH, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        before = os.open(target, os.O_RDWR) if scrubs and target.exists() else None
        part.replace(target)
        if is_named:
            sync_folder(target.parent)
        if before is not None:
            _scrub(before)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise disk_error(target, error) from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def appearing(target: Path) -> Iterator[BufferedWriter]:
    """A file for plain bytes that has no name until it is whole.

    So a process that is killed leaves none of them behind; where the system has no files without
    a name (Linux has), a hidden one beside the target would stay, until the next to the same place.

    Args:
        target: Where it shall lie; its owner only may read it.

    Raises:
        DataError: The disk is full, or the place cannot be written to; nothing is left behind.
    """
    with swept(target):
        pending = Nameless(target)
        try:
            with pending.path.open("wb") as file:
                yield file
            pending.commit()
        except OSError as error:
            raise disk_error(target, error) from error
        finally:
            pending.remove()


def _scrub(handle: int) -> None:
    """Write zeros over a file that no folder lists any more, and close it."""
    try:
        facts = os.fstat(handle)
        # Another name for the same file is somebody's backup.
        if facts.st_nlink == 0:
            os.pwrite(handle, bytes(facts.st_size), 0)
            os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """See that the folder's list of names is on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
