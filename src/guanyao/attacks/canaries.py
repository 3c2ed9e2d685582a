"""Planted canaries: made-up rare records, half of which a generator is made to learn from.

The generator must be fitted anew with the planted half; then the attack asks whether its virtual
rows betray which half that was. Canaries stand for the worst case: records unlike any other.

Reference: Carlini et al. 2019, "The Secret Sharer", arXiv:1802.08232; Annamalai, Ganev & De
Cristofaro 2024, "What do you want from theory alone?", arXiv:2405.10994, for tables.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from guanyao.attacks.membership import MAX_VIRTUAL
from guanyao.attacks.result import AttackResult, impossible, membership_result
from guanyao.data.neighbours import Geometry, nearest
from guanyao.data.rules import bound, parse_all
from guanyao.data.schema import Column
from guanyao.data.sides import code, conform, sample_rows
from guanyao.data.table import Table

THREAT_MODEL = (
    "The attacker has the virtual table of a generator that learned from planted, rare records, "
    "and wants to know which records were planted."
)


@dataclass(frozen=True)
class Canaries:
    """What to fit with, and what to look for afterwards.

    Args:
        train_with: Train and the planted canaries, in random order.
        planted: The canaries that are in it.
        left_out: As many canaries of the same making that are not.
    """

    train_with: Table
    planted: pl.DataFrame
    left_out: pl.DataFrame


def plant_canaries(train: Table, n: int = 200, *, seed: int = 0) -> Canaries:
    """Make 2 n canaries and plant half of them in train.

    Each column of a canary is a real value of some row, drawn for itself: every value is plausible,
    their combination is rare. Columns that a rule of the schema binds are drawn together, since the
    rule has to hold. Identifiers and entities are new, so that every canary is a person of its own.

    Args:
        train: What a generator is going to learn from, at least one row.
        n: Canaries to plant, and to leave out; at least 1.
        seed: The same seed makes the same canaries.

    Raises:
        DataError: Train has no rows.
    """
    if len(train) == 0:
        raise impossible("canaries", "train has no rows to make them from")
    rng = np.random.default_rng([seed, 7])
    rows = _rows_to_draw(train, 2 * n, rng)
    canaries = pl.DataFrame(
        [_column(train.frame[column.name], column, rows[column.name]) for column in train.schema]
    )
    together = pl.concat([train.frame, canaries[:n]])
    order = rng.permutation(together.height)
    return Canaries(train.rows(together[order]), canaries[:n], canaries[n:])


def _rows_to_draw(train: Table, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The rows each column is drawn from, shape (n,); the same for columns that rules bind."""
    drawn = {name: rng.integers(len(train), size=n) for name in train.schema.names}
    for group in bound(parse_all(train.schema)):
        drawn |= {name: drawn[group[0]] for name in group}
    return drawn


def _column(series: pl.Series, column: Column, rows: np.ndarray) -> pl.Series:
    if column.role in ("entity", "identifier"):
        new = _new_names(series, len(rows))
        if new is not None:
            return new
    return series.gather(rows)


def _new_names(series: pl.Series, n: int) -> pl.Series | None:
    """Values that are not in the column; None for dtypes that cannot be counted on."""
    if series.dtype.is_integer():
        first = int(series.max() or 0) + 1  # type: ignore[arg-type]
        return pl.Series(series.name, range(first, first + n)).cast(series.dtype)
    if series.dtype == pl.String:
        return pl.Series(series.name, [f"canary-{i:06d}" for i in range(n)])
    return None


def attack_canaries(canaries: Canaries, virtual: Table) -> AttackResult:
    """How well planted canaries are told from those left out, by the nearest virtual row.

    Args:
        canaries: What `plant_canaries` gave.
        virtual: What a generator wrote that was fitted on `canaries.train_with`.

    Raises:
        DataError: The virtual table has other columns, or no rows; or there are too few canaries.
    """
    schema = canaries.train_with.schema
    table = conform(virtual.frame, schema, "virtual")
    if len(table) == 0 or canaries.planted.height < 2:
        raise impossible("canaries", "it needs virtual rows and two canaries")
    train = canaries.train_with
    frames = {
        "train": conform(train.frame, schema, "train").frame[sample_rows(len(train), 0, "train")],
        "virtual": table.frame[sample_rows(len(table), 0, "virtual")],
        "planted": conform(canaries.planted, schema, "planted").frame,
        "left_out": conform(canaries.left_out, schema, "left out").frame,
    }
    coding, coded = code(frames, schema)
    geometry = Geometry.of(coding, coded["train"])
    sample = coded["virtual"].sample(MAX_VIRTUAL, np.random.default_rng(0))
    points = geometry.place(sample)
    planted, left_out = (
        -nearest(geometry.place(coded[side]), points) for side in ("planted", "left_out")
    )
    result = membership_result("nearest_neighbour", THREAT_MODEL, "canary", planted, left_out)
    return replace(result, details={**result.details, "n_virtual": len(points)})
