"""Whose turn it is: a lock between processes that ends with the process, however it ends."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from guanyao.data.pending import disk_error
from guanyao.errors import ConfigError, DataError

BETWEEN_TRIES_S = 0.02


@contextmanager
def turn(path: Path, *, is_alone: bool, wait_s: float) -> Iterator[None]:
    """Holds the lock: alone, or together with others that only read.

    The system lets go of it when the process ends, even by kill -9, so none is ever left behind.

    Args:
        path: The lock's file, which stays empty.
        is_alone: Whether nobody else may hold it.
        wait_s: How long to wait for others.

    Raises:
        DataError: Others held it all the while, or its folder may not be written to.
    """
    # Reading asks for less, so that a vault on a read-only medium can be read.
    mode = os.O_RDWR if is_alone else os.O_RDONLY
    # Never through a link, which would make a file wherever somebody wants one.
    mode |= getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, mode | os.O_CREAT, 0o600)
    except OSError as error:
        raise disk_error(path, error) from error
    try:
        _wait(handle, is_alone, wait_s)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, is_alone: bool, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while not _locked(handle, is_alone):
        if time.monotonic() >= until:
            raise DataError(
                f"another process has been using the vault for {wait_s:g} s",
                allowed="one that writes, or several that read",
                do="wait until it is done, then try again",
                code="vault.busy",
            )
        time.sleep(BETWEEN_TRIES_S)


def _locked(handle: int, is_alone: bool) -> bool:
    if sys.platform == "win32":
        raise ConfigError(
            "the vault needs the file locks of Linux, macOS or BSD", code="vault.platform"
        )
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
