"""Runs one of Guanyao's generators on one split, in a process of its own, at its defaults.

    python benchmarks/ours.py trees TRAIN.parquet OUT.parquet --target income

Leaves beside OUT a JSON file with CPU seconds and peak memory, as `peers.py` does. Fit means
learning from a table that has been read; sampling means making the rows, not writing them.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import peers
import polars as pl

from guanyao import __version__
from guanyao.data.readers import read
from guanyao.data.table import Table
from guanyao.models import GROUP, MODELS
from guanyao.registry import find

LONG_ROWS = 500_000
"""Rows of a long run, where what each call costs on its own no longer counts."""

LONG_CPU_S = 30.0
"""About how long it may take: of a slow generator, fewer rows are drawn."""


def table_of(path: Path, target: str, unit: str | None) -> Table:
    """The training table with its target and privacy unit marked."""
    table = read(path)
    return Table(table.frame, table.schema.with_roles(target=target, entity=unit))


def measure(name: str, table: Table, n_rows: int) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Fit one generator and sample from it.

    Returns:
        The virtual rows, and what they cost: CPU seconds for fit and for sample, wall seconds for
        fit, peak MiB of the whole process until then; and the rate over up to `LONG_ROWS` rows.
    """
    generator = find(MODELS, name, GROUP)()
    began, wall = peers.cpu_s(), time.perf_counter()
    generator.fit(table, seed=0)
    fitted, fit_wall = peers.cpu_s(), time.perf_counter() - wall
    virtual = generator.sample(n_rows, seed=0)
    sampled, peak_mb = peers.cpu_s(), peers.peak_mb()
    n_long = min(LONG_ROWS, max(1, int(n_rows * LONG_CPU_S / max(sampled - fitted, 1e-9))))
    generator.sample(n_long, seed=1)
    long_cpu_s = peers.cpu_s() - sampled
    cost = {
        "generator": name,
        "package": f"guanyao {__version__}",
        "fit_cpu_s": fitted - began,
        "fit_wall_s": fit_wall,
        "sample_cpu_s": sampled - fitted,
        "rows_per_cpu_s_long": n_long / long_cpu_s,
        "peak_mb": peak_mb,
        "n_rows": n_rows,
    }
    return virtual, cost


def main() -> None:
    """Read the arguments, run the generator, write rows and cost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("train", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--target", required=True)
    parser.add_argument("--unit", help="the column that names the privacy unit; left out of OUT")
    parser.add_argument("--rows", type=int, help="rows to sample; as many as were trained on")
    args = parser.parse_args()
    table = table_of(args.train, args.target, args.unit)
    virtual, cost = measure(args.model, table, args.rows or len(table))
    virtual.drop([args.unit] if args.unit else []).write_parquet(args.out)
    args.out.with_suffix(".json").write_text(json.dumps(cost, indent=1))


if __name__ == "__main__":
    main()
