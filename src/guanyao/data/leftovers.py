"""Half files that killed processes left beside a target: removed when nobody writes them.

A file is written as `.XXXXXXXX.part.NAME` beside its place. A process that is killed leaves it
there. Those who write hold a shared lock on the folder; only who gets the lock alone removes what
is left, so that nothing is taken from under a process that still writes.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PART = re.compile(r"\.[0-9a-f]{8}\.part\.")


def left_of(target: Path) -> list[Path]:
    """The half files that were to become this target."""
    name = target.name[-200:]
    return [
        path
        for path in target.parent.glob(f".*.part.{_escaped(name)}*")
        if PART.match(path.name) and path.name[len(".00000000.part.") :] == name
    ]


def _escaped(name: str) -> str:
    return re.sub(r"([\[*?])", r"[\1]", name)


@contextmanager
def swept(target: Path) -> Iterator[None]:
    """While this target is written; what killed processes left of it is removed first."""
    folder = _locked(target)
    try:
        yield
    finally:
        if folder is not None:
            os.close(folder)


def _locked(target: Path) -> int | None:
    """The folder with a shared lock, left-overs removed if nobody else had one; None: no locks."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is being written cannot be removed anyway
        _remove(target)
        return None
    try:
        folder = os.open(target.parent, os.O_RDONLY)
    except OSError:
        return None  # whoever writes says what is wrong with the folder
    try:
        with suppress(BlockingIOError):
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(target)
        fcntl.flock(folder, fcntl.LOCK_SH)
    except OSError:
        os.close(folder)  # a file system without locks: nothing is removed
        return None
    return folder


def _remove(target: Path) -> None:
    for path in left_of(target):
        with suppress(OSError):
            path.unlink()
