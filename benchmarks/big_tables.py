"""Makes the big table of `scale.py` from real columns.

    python benchmarks/big_tables.py OUT.parquet --rows 1000000

The table has adult's 15 columns and the first 15 of credit_default. Rows of either are drawn with
replacement, whole, so that relations within each half stay; numbers with more than 100 distinct
values get noise of 1 % of their standard deviation, so that rows are not mere repeats.
"""

import argparse
from pathlib import Path

import datasets
import numpy as np
import polars as pl

MANY = 100
JITTER = 0.01


def big_table(data: Path, n_rows: int, seed: int = 0) -> pl.DataFrame:
    """The table of `n_rows` rows and 30 columns."""
    rng = np.random.default_rng(seed)
    halves = [datasets.load(name, data).train for name in ("adult", "credit_default")]
    drawn = [half[:, :15][rng.integers(0, half.height, n_rows)] for half in halves]
    together = pl.concat(drawn, how="horizontal")
    return pl.DataFrame([_jittered(column, rng) for column in together])


def _jittered(column: pl.Series, rng: np.random.Generator) -> pl.Series:
    """The column with noise, rounded back to its type; zeros, being spikes, stay zero."""
    if not column.dtype.is_numeric() or column.n_unique() <= MANY:
        return column
    values = column.cast(pl.Float64).to_numpy()
    noisy = values + rng.normal(0, JITTER * values.std(), len(values)) * (values != 0)
    return pl.Series(column.name, noisy).round().cast(column.dtype)


def main() -> None:
    """Read the arguments, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, default=datasets.SHARED)
    args = parser.parse_args()
    big_table(args.data, args.rows).write_parquet(args.out)


if __name__ == "__main__":
    main()
