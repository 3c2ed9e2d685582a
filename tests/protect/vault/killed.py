"""Does an act on copies of a vault again and again, each time killed (kill -9) a moment later.

    python -m tests.protect.vault.killed ACT VAULT COPIES

A moment is a call that touches the disk: open, rename, remove, lock, sync, a read of the source.
Prints how many moments the act has. The copy of each moment is left in COPIES/<moment>, for the
test to look at.
"""

import io
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from guanyao.protect.vault.store import Vault
from tests.protect.vault.locks import OTHER_WORDS, WORDS

CANARY = b"Canary Example 15400000000\n"
LARGE = 3 * (1 << 20) // len(CANARY)
EVENTS = ("open", "os.rename", "os.remove", "os.link", "os.truncate", "fcntl.flock")


class Fuse:
    """Kills this process at a moment."""

    def __init__(self, moment: int) -> None:
        self._left = moment

    def burn(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def arm(self) -> None:
        sys.addaudithook(lambda event, _: self.burn() if event in EVENTS else None)
        sync, write = os.fsync, os.pwrite

        def synced(handle: int) -> None:
            self.burn()
            sync(handle)
            self.burn()

        def written(*words: Any) -> int:
            self.burn()
            return write(*words)

        os.fsync, os.pwrite = synced, written


class Source(io.BytesIO):
    """Plain bytes that are read in chunks."""

    fuse: Fuse

    def readinto(self, buffer: Any) -> int:
        self.fuse.burn()
        return super().readinto(buffer)


def source(fuse: Fuse) -> Source:
    made = Source(CANARY * LARGE)
    made.fuse = fuse
    return made


ACTS: dict[str, Callable[[Vault, Fuse, Path], object]] = {
    "put": lambda vault, fuse, _: vault.put(source(fuse), "new", subject="P1"),
    "replace": lambda vault, fuse, _: vault.replace("a", source(fuse)),
    "rotate": lambda vault, fuse, _: vault.rotate(OTHER_WORDS),
    "remove": lambda vault, fuse, _: vault.remove("b"),
    "forget": lambda vault, fuse, _: vault.forget("P1"),
    "get": lambda vault, fuse, out: vault.get("a", out / "plain"),
    "backup": lambda vault, fuse, out: vault.backup(out / "backup"),
}


def die_at(moment: int, act: str, folder: Path) -> bool:
    """Do the act in a process of its own; whether it was killed."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    status = 1
    try:
        vault, fuse = Vault.open(folder / "safe", WORDS), Fuse(moment)
        fuse.arm()
        ACTS[act](vault, fuse, folder)
        status = 0
    finally:
        os._exit(status)


def main(act: str, vault: Path, copies: Path) -> int:
    moment = 0
    while True:
        moment += 1
        folder = copies / str(moment)
        folder.mkdir()
        shutil.copytree(vault, folder / "safe")
        if not die_at(moment, act, folder):
            shutil.rmtree(folder)
            return moment - 1


if __name__ == "__main__":
    print(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))  # noqa: T201
