"""How fast masking is: `python -m benchmarks.mask`.

Prints CPU seconds per million distinct values for each step, then rows a second and the peak
memory of masking a CSV file of `--rows` rows that is made up for it, in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from guanyao.data.check_digits import check_characters
from guanyao.data.detect import detect_schema
from guanyao.data.schema import Source
from guanyao.flows.mask import mask
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.masking import Masker
from guanyao.protect.policy import Policy

MILLION = 1_000_000
POLICY = {"policy": "guanyao.policy/1", "data_set": "made-up"}
STEPS: dict[str, tuple[str, dict[str, object]]] = {
    "token": ("phone", {"step": "token"}),
    "encrypt, 11 digits": ("phone", {"step": "encrypt"}),
    "encrypt, resident_id": ("id", {"step": "encrypt", "kind": "resident_id"}),
    "fake, phones": ("phone", {"step": "fake", "kind": "mobile_phone"}),
    "fake, resident_id": ("id", {"step": "fake", "kind": "resident_id"}),
    "fake, names": ("name", {"step": "fake", "kind": "person_name"}),
    "partial": ("phone", {"step": "partial", "kind": "mobile_phone", "first": 3, "last": 2}),
    "generalise": ("income", {"step": "generalise", "width": 1000}),
    "noise": ("income", {"step": "noise", "scale": 100}),
    "text": ("note", {"step": "text"}),
}


def made_up(n_rows: int, seed: int = 0) -> pl.DataFrame:
    """Rows of people who never were, their numbers in ranges that are assigned to nobody."""
    rng = np.random.default_rng(seed)
    places = rng.permutation(n_rows)
    days = np.datetime64("1950-01-01") + rng.integers(0, 20_000, n_rows)
    born = pl.Series(days).dt.strftime("%Y%m%d")
    tail = pl.Series(places % 1000).cast(pl.String).str.zfill(3)
    head = pl.Series("id", ["330198"] * n_rows) + born + tail
    codes = head.str.join("").item().encode()
    table = np.frombuffer(codes, dtype=np.uint8).reshape(n_rows, 17).astype(np.uint32)
    marks = pl.Series([chr(mark) for mark in check_characters("mod_11_2", table)])
    phone = pl.Series(16_000_000_000 + places).cast(pl.String)
    return pl.DataFrame(
        {
            "id": head + marks,
            "phone": phone,
            "name": pl.Series(list("王李张刘陈")).gather(places % 5) + phone.str.tail(6),
            "income": rng.lognormal(9, 1, n_rows).round(2),
            "note": pl.Series(["回访，电话"] * n_rows) + phone + "，周末再打。",
            "visits": rng.integers(0, 20, n_rows),
        }
    )


def steps(n_rows: int) -> Iterator[tuple[str, float]]:
    """CPU seconds per million distinct values of each step."""
    frame = made_up(n_rows)
    key = MaskKey.new("made-up")
    for title, (column, step) in STEPS.items():
        one = frame.select(column)
        policy = Policy.from_json({**POLICY, "columns": {column: step}})
        masker = Masker(policy, detect_schema(one, Source()), key)
        masker.apply(one.head(10))
        before = time.process_time()
        masker.apply(one)
        yield title, (time.process_time() - before) * MILLION / one[column].n_unique()


def stream(n_rows: int) -> dict[str, float]:
    """Rows a second and peak memory in MB of masking one CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        with source.open("wb") as file:
            for first in range(0, n_rows, MILLION):
                size = min(MILLION, n_rows - first)
                made_up(size, seed=first).write_csv(file, include_header=first == 0)
        columns = {name: {"step": "keep"} for name in ("income", "visits")}
        columns |= {"id": {"step": "token"}, "phone": {"step": "partial", "first": 3, "last": 2}}
        columns |= {"name": {"step": "redact"}, "note": {"step": "redact"}}
        policy = Policy.from_json({**POLICY, "columns": columns})
        code = "import sys; from benchmarks.mask import stream_one; stream_one(*sys.argv[1:])"
        policy.save(Path(folder) / "policy.yaml")
        arguments = [str(source), str(Path(folder) / "policy.yaml"), str(Path(folder) / "out.csv")]
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        found: dict[str, float] = json.loads(done.stdout)
        return {"rows_per_s": n_rows / found["seconds"], "peak_mb": found["peak_mb"]}


def stream_one(source: str, policy: str, out: str) -> None:
    """Mask one file and print what it took; runs in a process of its own."""
    before = time.perf_counter()
    mask(source, out, policy=policy, key=MaskKey.new("made-up"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - before, "peak_mb": peak}))


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--values", type=int, default=200_000, help="distinct values for steps")
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the streamed file")
    options = parser.parse_args()
    for title, seconds in steps(options.values):
        print(f"{title:24} {seconds:8.2f} CPU s per million values", flush=True)
    found = stream(options.rows)
    print(f"{options.rows:,} rows: {found['rows_per_s']:,.0f} rows/s, {found['peak_mb']:.0f} MB")


if __name__ == "__main__":
    main()
