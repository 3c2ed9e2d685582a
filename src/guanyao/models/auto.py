"""Chooses a generator for a table among those that are installed, and says why."""

from guanyao.data.table import Table

TREES_CELLS_PER_S = 400_000
"""Cells of a table that `trees` learns in a CPU second, a cautious figure."""

MIN_ROWS = 200
"""Rows below which trees have nothing to split and a copula says as much with less."""


def choose(table: Table, *, max_minutes: float) -> tuple[str, str]:
    """The name of a generator and the reason for it.

    Args:
        table: The table to be learned.
        max_minutes: Wall time that fitting may take, > 0.
    """
    n_rows, n_columns = len(table), len(table.schema)
    seconds = n_rows * n_columns / TREES_CELLS_PER_S
    if n_rows < MIN_ROWS:
        return "copula", f"{n_rows} rows are too few for trees, which need {MIN_ROWS}"
    if seconds > max_minutes * 60:
        return "copula", (
            f"trees would need about {seconds / 60:.0f} minutes for {n_rows:,} rows of "
            f"{n_columns} columns, and {max_minutes:g} are allowed"
        )
    return "trees", (
        f"the best quality for its time on a CPU; about {max(seconds, 1):.0f} s for "
        f"{n_rows:,} rows of {n_columns} columns"
    )
