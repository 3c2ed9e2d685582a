"""Generators for tests: one that draws each column by itself, and ones that go wrong."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from guanyao.data.schema import Schema
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.types import Given, Progress, Silent


@dataclass(kw_only=True)
class Shuffled:
    """Draws each column by itself; private only in name, and for tests only.

    Args:
        min_entities: Only shown.
        wait_s: How long fitting takes.
        kind: A setting with few allowed words.
    """

    name: ClassVar[str] = "shuffled"
    min_entities: int = 5
    wait_s: float = 0.0
    kind: str | None = None
    schema_: Schema = field(init=False, repr=False)
    frame_: pl.DataFrame = field(init=False, repr=False)

    def fit(self, table: Table, *, seed: int = 0, progress: Progress | None = None) -> Self:
        progress = progress or Silent()
        for _ in range(int(self.wait_s * 50)):
            time.sleep(0.02)
            progress.advance()
        self.schema_, self.frame_ = table.schema, table.frame
        return self

    def sample(
        self, n_rows: int, *, given: Given | None = None, seed: int | None = None
    ) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        columns = [column[rng.integers(column.len(), size=n_rows)] for column in self.frame_]
        fixed = [
            pl.lit(value, dtype=self.frame_[name].dtype).alias(name)
            for name, value in (given or {}).items()
        ]
        return pl.DataFrame(columns).with_columns(fixed)

    def sample_batches(
        self,
        n_rows: int,
        *,
        given: Given | None = None,
        seed: int | None = None,
        batch_rows: int = 100,
    ) -> Iterator[pl.DataFrame]:
        for start in range(0, n_rows, batch_rows):
            n_batch = min(batch_rows, n_rows - start)
            yield self.sample(n_batch, given=given, seed=None if seed is None else seed + start)

    def save(self, path: str | Path) -> None:
        Path(path).write_text("a generator for tests")


@dataclass(kw_only=True)
class Deep(Shuffled):
    """Trains in epochs, and is stopped once after its first checkpoint when that is asked for.

    Args:
        epochs: Only kept.
    """

    name: ClassVar[str] = "deep"
    starts: ClassVar[list[bool]] = []
    stops: ClassVar[list[bool]] = []
    epochs: int | None = None
    history_: dict[str, Any] = field(init=False, repr=False)

    def fit(
        self,
        table: Table,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        folder: Path | None = None,
        profile: bool = False,
    ) -> Self:
        if folder is not None:
            latest = folder / "checkpoints" / "latest.json"
            self.starts.append(latest.is_file())
            latest.parent.mkdir(parents=True, exist_ok=True)
            latest.write_text("{}")
            (folder / "log.jsonl").write_text("{}\n")
        if self.stops:
            self.stops.clear()
            raise KeyboardInterrupt
        self.history_ = {"epochs": [], "warnings": ["trained for nothing"], "precision": {}}
        return super().fit(table, seed=seed, progress=progress)


@dataclass(kw_only=True)
class Failing(Shuffled):
    """Cannot learn anything."""

    name: ClassVar[str] = "failing"

    def fit(self, table: Table, *, seed: int = 0, progress: Progress | None = None) -> Self:
        raise DataError("this generator learns nothing", code="data.test")


@dataclass(kw_only=True)
class Broken(Shuffled):
    """Has a fault whose message quotes the data."""

    name: ClassVar[str] = "broken"

    def fit(self, table: Table, *, seed: int = 0, progress: Progress | None = None) -> Self:
        raise KeyError("a secret value")


@dataclass(kw_only=True)
class Interrupted(Shuffled):
    """Is stopped with Ctrl-C when it shall write rows for the first time."""

    name: ClassVar[str] = "interrupted"
    stops: ClassVar[list[bool]] = []

    def sample_batches(self, n_rows: int, **options: object) -> Iterator[pl.DataFrame]:
        if not self.stops:
            self.stops.append(True)
            raise KeyboardInterrupt
        yield self.sample(n_rows, seed=0)


MODELS = {
    kind.name: f"tests.flows.fakes:{kind.__name__}"
    for kind in (Shuffled, Deep, Failing, Broken, Interrupted)
}
