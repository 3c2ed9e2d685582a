"""Plain files that lie in memory only: no disk ever holds them, and they end with the process.

Reference: memfd_create(2); tmpfs(5).
"""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from uuid import uuid4

from guanyao.errors import ConfigError, DataError
from guanyao.protect.vault.turns import turn

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder in memory, not a shared place for files
FOLDER = "guanyao-vault-"


@contextmanager
def memory_file(suffix: str) -> Iterator[tuple[FileIO, Path]]:
    """A file in memory, with a path that readers can open as any other.

    The path is a link in a folder in memory that only its owner may enter; it leads to the memory
    of this process, so nothing is left of the file when the process ends, even by kill -9.

    Args:
        suffix: What the path ends with, as readers tell formats by it.

    Yields:
        The file, open for writing, and the path.

    Raises:
        ConfigError: The system has no such files (Linux has).
    """
    with _open() as file, memory_folder() as folder:
        path = folder / f"item{suffix}"
        path.symlink_to(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        yield file, path


def _open() -> FileIO:
    if sys.platform != "linux":
        raise no_memory_files()
    return FileIO(os.memfd_create("guanyao", os.MFD_CLOEXEC), "w+")


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder in memory, gone when the block ends.

    What a process left there that was killed is taken away by the next that asks for one.

    Raises:
        ConfigError: The system has no such folder (Linux has).
    """
    if sys.platform != "linux" or not os.access(MEMORY, os.W_OK):
        raise no_memory_files()
    _sweep()
    name = f"{FOLDER}{uuid4().hex}"
    # It gets a name that sweeping looks for once it is locked.
    folder = MEMORY / f".{name}"
    folder.mkdir(mode=0o700)
    with turn(folder / "lock", is_alone=True, wait_s=1):
        folder = folder.rename(MEMORY / name)
        try:
            plain = folder / "plain"
            plain.mkdir()
            yield plain
        finally:
            shutil.rmtree(folder)


def _sweep() -> None:
    """Take away the folders of processes that ended without doing so."""
    for folder in MEMORY.glob(f"{FOLDER}*"):
        # What another user put there is let alone; what is in use cannot be locked.
        with suppress(OSError, DataError):
            if _is_own(folder):
                with turn(folder / "lock", is_alone=True, wait_s=0):
                    shutil.rmtree(folder)


def _is_own(folder: Path) -> bool:
    facts = folder.lstat()
    return facts.st_uid == os.geteuid() and stat.S_ISDIR(facts.st_mode)


def no_memory_files() -> ConfigError:
    """The error for systems without files in memory."""
    return ConfigError(
        "plain files in memory need Linux and its /dev/shm",
        do="export the item to a place that you protect yourself",
        code="vault.platform",
    )
