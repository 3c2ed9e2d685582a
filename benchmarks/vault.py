"""How fast the vault is, and how much memory it takes: `python -m benchmarks.vault --gb 1`.

Prints for both suites MB/s of wall time and of one core's time for put and get, the peak memory of
the process, and how long it takes to rotate a vault of 1,000 items. Each measurement runs in a
process of its own, so that peaks do not add up. MB are 10^6 bytes.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from guanyao.protect.vault.master import Passphrase, RawKey
from guanyao.protect.vault.store import Vault

PIECE = 1 << 22
KEY = RawKey(bytes(32))


def measure(name: str, work: Callable[[], object], n_bytes: int) -> None:
    """Do the work and print what it took."""
    wall, core = time.perf_counter(), time.process_time()
    work()
    wall, core = time.perf_counter() - wall, time.process_time() - core
    say(name, wall_s=wall, core_s=core, mb_per_s=n_bytes / wall / 1e6,
        mb_per_core_s=n_bytes / core / 1e6)  # fmt: skip


def say(name: str, **figures: float) -> None:
    """Print figures with the peak memory of this process so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    rounded = {key: round(value, 3) for key, value in figures.items()}
    print(json.dumps({"what": name, **rounded, "peak_mb": round(peak, 1)}), flush=True)


def write_file(path: Path, n_bytes: int) -> None:
    """A file of random bytes, one piece again and again."""
    piece = os.urandom(PIECE)
    with path.open("wb") as file:
        for _ in range(n_bytes // PIECE):
            file.write(piece)


def put(folder: Path, suite: str) -> None:
    """Measure putting the file into a new vault."""
    vault = Vault.create(folder / suite, KEY, suite)
    plain = folder / "plain"
    measure(f"put {suite}", lambda: vault.put(plain, "plain"), plain.stat().st_size)


def get(folder: Path, suite: str) -> None:
    """Measure decrypting the file in memory, and to a file."""
    vault = Vault.open(folder / suite, KEY)
    n_bytes = vault.item("plain").size
    measure(f"check {suite}", lambda: vault.check("plain"), n_bytes)
    measure(f"get {suite}", lambda: vault.get("plain", folder / "back"), n_bytes)
    (folder / "back").unlink()


def rotate(folder: Path, suite: str) -> None:
    """Measure rotating a vault of 1,000 items."""
    vault = Vault.create(folder / "many", KEY, suite)
    vault.put_all({f"item {number}": BytesIO(b"x") for number in range(1_000)})
    start = time.perf_counter()
    vault.rotate()
    say(f"rotate 1,000 items {suite}", wall_s=time.perf_counter() - start)
    shutil.rmtree(folder / "many")


def passphrase(folder: Path, suite: str) -> None:
    """Measure opening a vault with a passphrase."""
    master = Passphrase("a passphrase of a benchmark")
    Vault.create(folder / "passphrase", master, suite)
    start = time.perf_counter()
    Vault.open(folder / "passphrase", master)
    say(f"open with a passphrase {suite}", wall_s=time.perf_counter() - start)
    shutil.rmtree(folder / "passphrase")


STEPS: dict[str, Callable[[Path, str], None]] = {
    "put": put, "get": get, "rotate": rotate, "passphrase": passphrase,
}  # fmt: skip


def main() -> None:
    """Measure each step in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gb", type=float, default=1.0, help="size of the file, 10^9 bytes")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where, e.g. a memory disk")
    parser.add_argument("--suite", action="append", help="aes-256-gcm or sm4-gcm; both")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        STEPS[options.step[0]](Path(options.folder), options.step[1])
        return
    folder = Path(tempfile.mkdtemp(prefix="guanyao-benchmark-", dir=options.folder))
    try:
        write_file(folder / "plain", int(options.gb * 1e9))
        for suite in options.suite or ("aes-256-gcm", "sm4-gcm"):
            for step in STEPS:
                words = [sys.executable, "-m", "benchmarks.vault", "--folder", str(folder)]
                subprocess.run([*words, "--step", step, suite], check=True)
            shutil.rmtree(folder / suite)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
