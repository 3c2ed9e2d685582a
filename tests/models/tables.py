"""Made-up tables for the tests of deep generators of tables."""

from typing import Any

import numpy as np
import polars as pl
import torch

from guanyao.data.encoders import Field
from guanyao.data.readers import read
from guanyao.data.table import Table


def tied_table(n_rows: int = 600, *, target: str | None = "kind") -> Table:
    """Three columns that hang together: a kind, its mirror, and a number that it moves."""
    rng = np.random.default_rng(0)
    kind = rng.choice(3, n_rows, p=[0.6, 0.3, 0.1])
    frame = pl.DataFrame(
        {
            "kind": np.array(["a", "b", "c"])[kind].tolist(),
            "mirror": np.array(["x", "y", "z"])[kind].tolist(),
            "amount": np.round(10 * kind + rng.normal(0, 1, n_rows), 1).tolist(),
        }
    )
    table = read(frame)
    return Table(table.frame, table.schema.with_roles(target=target, entity=None))


def some_fields() -> list[Field]:
    """A hot field, a number, and a target."""
    return [
        Field(name="kind", n_codes=3, ordered=False, is_target=False),
        Field(name="amount", n_codes=40, ordered=True, is_target=False),
        Field(name="outcome", n_codes=2, ordered=False, is_target=True),
    ]


def some_rows(n_rows: int = 500) -> torch.Tensor:
    """Rows of codes for `some_fields`: the kind moves the amount, the outcome is the last kind."""
    rng = np.random.default_rng(1)
    kind = rng.choice(3, n_rows, p=[0.5, 0.3, 0.2])
    amount = (13 * kind + rng.integers(0, 13, n_rows)).clip(0, 39)
    return torch.from_numpy(np.stack([kind, amount, kind // 2], axis=1))


def agreement(rows: pl.DataFrame) -> float:
    """The share of rows in which the mirror is the kind's."""
    mirrored = rows["mirror"].replace_strict({"x": "a", "y": "b", "z": "c"})
    return float((mirrored == rows["kind"]).mean() or 0.0)


def weights_of(model: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The weights of a fitted model by name."""
    return {name: value.numpy() for name, value in model.network_.state_dict().items()}
