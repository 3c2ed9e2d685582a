"""Files that are either as they were or as they shall be, whenever the machine stops."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path

from guanyao.data.pending import Pending, disk_error

PART = ".part"
"""What ends the name of a file that is not whole yet."""

FRESH = os.O_CREAT | os.O_TRUNC | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
"""How such a file is opened: never through a link that somebody put there."""


@contextmanager
def writing(
    target: Path, *, scrubs: bool = False, is_named: bool = True
) -> Iterator[BufferedWriter]:
    """A file beside the target that takes its place, once it is on the disk for certain.

    Args:
        target: Where it shall lie; its owner only may read it.
        scrubs: Whether what lay there before is written over with zeros afterwards, as keys should
            be; on disks that write elsewhere (SSD, copy-on-write) that is no promise.
        is_named: Whether its name is on the disk for certain too; else the folder is yet to be
            synchronised, once for many files.

    Raises:
        DataError: The disk is full, or the place cannot be written to; nothing is left behind.
    """
    part = target.with_name(target.name + PART)
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
    a name (Linux has), a hidden one beside the target would stay.

    Args:
        target: Where it shall lie; its owner only may read it.

    Raises:
        DataError: The disk is full, or the place cannot be written to; nothing is left behind.
    """
    pending = Pending(target)
    try:
        pending.path.chmod(0o600)
        nameless = _nameless(target.parent)
        with pending.path.open("wb") if nameless is None else os.fdopen(nameless, "wb") as file:
            yield file
            file.flush()
            if nameless is not None:
                _name(nameless, pending)
        if pending.path.exists():
            pending.commit()
    except OSError as error:
        raise disk_error(target, error) from error
    finally:
        pending.remove()


def _name(nameless: int, pending: Pending) -> None:
    """Give the file its name; what has that name already is replaced by way of a hidden one."""
    pending.path.unlink()
    path = pending.path if pending.target.exists() else pending.target
    # Only with a folder does link() follow the symbolic link to the file itself.
    os.link(f"/proc/self/fd/{nameless}", path, src_dir_fd=nameless)


def _nameless(folder: Path) -> int | None:
    """A file without a name; None where there is no such thing."""
    if sys.platform != "linux":
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)
    except OSError:  # the file system has none; what else is wrong shows at the hidden file
        return None


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
