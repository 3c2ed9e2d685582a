"""Runs one peer generator on one split, in an interpreter where its package is installed.

    PEERS/bin/python benchmarks/peers.py argn TRAIN.parquet OUT.parquet --rows 39073

A peer runs with its own defaults and leaves beside OUT a JSON file with CPU seconds and peak
memory. `tables.py` gives it one thread. This file imports nothing of the project, so that the
peers' environment needs only the peer, pandas and pyarrow.

| peer | package |
|---|---|
| argn | mostlyai-engine (TabularARGN) |
| gaussian_copula, sdv_ctgan, sdv_tvae | sdv |
| arf | arfpy |
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

Sampler = Callable[[int], pd.DataFrame]


def argn(train: pd.DataFrame, max_minutes: float) -> Sampler:
    """TabularARGN with its defaults, capped in time (the library's own option)."""
    from mostlyai.engine import TabularARGN

    model = TabularARGN(max_training_time=max_minutes, random_state=0, device="cpu")
    model.fit(train)
    return lambda n: model.sample(n_samples=n)


def gaussian_copula(train: pd.DataFrame, max_minutes: float) -> Sampler:
    """SDV's Gaussian copula with its defaults; it knows no cap in time."""
    return _sdv("GaussianCopulaSynthesizer", train)


def ctgan(train: pd.DataFrame, max_minutes: float) -> Sampler:
    """SDV's CTGAN with its defaults (300 epochs); it knows no cap in time."""
    return _sdv("CTGANSynthesizer", train)


def tvae(train: pd.DataFrame, max_minutes: float) -> Sampler:
    """SDV's TVAE with its defaults (300 epochs); it knows no cap in time."""
    return _sdv("TVAESynthesizer", train)


def arf(train: pd.DataFrame, max_minutes: float) -> Sampler:
    """The adversarial random forest of arfpy with its defaults; it takes no missing value."""
    from arfpy import arf as adversarial_forest

    model = adversarial_forest.arf(x=train)
    model.forde()
    return lambda n: model.forge(n=n)


def _sdv(synthesizer: str, train: pd.DataFrame) -> Sampler:
    import sdv.single_table
    from sdv.metadata import Metadata

    tables = {"train": train}
    model = getattr(sdv.single_table, synthesizer)(
        Metadata.detect_from_dataframes(tables, infer_keys=None)
    )
    model.fit(tables)
    return lambda n: model.sample(num_rows=n)["train"]


@dataclass(frozen=True)
class Peer:
    """How a peer is run.

    Args:
        build: Fits the peer and gives its sampler.
        package: The distribution, for the version.
        module: What is imported before the clock starts.
        obeys_cap: Whether training stops at the cap in time.
    """

    build: Callable[[pd.DataFrame, float], Sampler]
    package: str
    module: str
    obeys_cap: bool = False


PEERS = {
    "argn": Peer(argn, "mostlyai-engine", "mostlyai.engine", obeys_cap=True),
    "gaussian_copula": Peer(gaussian_copula, "sdv", "sdv.single_table"),
    "sdv_ctgan": Peer(ctgan, "sdv", "sdv.single_table"),
    "sdv_tvae": Peer(tvae, "sdv", "sdv.single_table"),
    "arf": Peer(arf, "arfpy", "arfpy.arf"),
}


def _with_timestamps(frame: pd.DataFrame) -> pd.DataFrame:
    """Dates as timestamps: pandas holds them as objects, which peers would take for categories."""
    for name in frame.columns:
        if pd.api.types.infer_dtype(frame[name], skipna=True) == "date":
            frame[name] = pd.to_datetime(frame[name])
    return frame


def cpu_s() -> float:
    """CPU seconds of this process and the children it has waited for."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def peak_mb() -> float:
    """The largest resident size of this process so far, in MiB; from /proc, so Linux only.

    getrusage would not do: what it counts begins with the size of the process that started us.
    """
    status = Path("/proc/self/status").read_text()
    kib = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kib) / 1024


def measure(
    name: str, train: pd.DataFrame, n_rows: int, max_minutes: float
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Fit one peer and sample from it.

    Returns:
        The virtual rows, and what they cost: CPU seconds for fit and for sample (imports are not
        counted), wall seconds for fit, peak MiB of the whole process.
    """
    peer = PEERS[name]
    import_module(peer.module)
    began, wall = cpu_s(), time.perf_counter()
    sample = peer.build(train, max_minutes)
    fitted, fit_wall = cpu_s(), time.perf_counter() - wall
    virtual = sample(n_rows)
    cost = {
        "peer": name,
        "package": f"{peer.package} {version(peer.package)}",
        "fit_cpu_s": fitted - began,
        "fit_wall_s": fit_wall,
        "sample_cpu_s": cpu_s() - fitted,
        "peak_mb": peak_mb(),
        "n_rows": n_rows,
        "max_minutes": max_minutes,
        "capped": peer.obeys_cap and fit_wall >= 60 * max_minutes,
    }
    return virtual, cost


def main() -> None:
    """Read the arguments, run the peer, write rows and cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, help="rows to sample; as many as were trained on")
    parser.add_argument("--max-minutes", type=float, default=8.0)
    args = parser.parse_args()
    if find_spec("torch"):
        import_module("torch").set_num_threads(1)
    train = _with_timestamps(pd.read_parquet(args.train))
    virtual, cost = measure(args.peer, train, args.rows or len(train), args.max_minutes)
    virtual.to_parquet(args.out, index=False)
    args.out.with_suffix(".json").write_text(json.dumps(cost, indent=1))
    sys.stderr.write(f"{args.peer}: fit {cost['fit_cpu_s']:.1f} CPU s\n")


if __name__ == "__main__":
    main()
