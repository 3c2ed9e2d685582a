"""What all generators over coded columns share: encoding, conditions, batches, the model file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import polars as pl

from guanyao.data.encoders import Codes, Field, Mask, TableEncoder
from guanyao.data.protection import Entities
from guanyao.data.schema import Schema
from guanyao.data.table import Table
from guanyao.errors import ConfigError, NotFittedError
from guanyao.models import model_file
from guanyao.models.ranges import check_count
from guanyao.types import Given, Progress, Silent, Value

BATCH_ROWS = 250_000
MAX_RULES = 500
MAX_DAYS = 90_000_000
"""Days from 1970 that a date can be written for."""

Rebalance = Mapping[str, Mapping[Value, float]]


@dataclass(kw_only=True)
class CodedGenerator:
    """A generator that learns integer codes; a method adds `_fit` and `_sample`.

    Args:
        min_entities: No level, bin, leaf or bound that stands for fewer entities (rows, where no
            entity column is named) is learned, >= 1.
        max_codes: About how many codes a column of numbers is cut into, 2..2000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str]

    min_entities: int = 10
    max_codes: int = 100
    schema_: Schema = field(init=False, repr=False)
    encoder_: TableEncoder = field(init=False, repr=False)
    n_rows_: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the settings."""
        check_count("min_entities", self.min_entities, 1, 1_000_000)
        check_count("max_codes", self.max_codes, 2, 2_000)

    def fit(self, table: Table, *, seed: int = 0, progress: Progress = Silent()) -> Self:  # noqa: B008
        """Learn from the table; the same seed gives the same model.

        Raises:
            DataError: The table has too few entities or breaks its own rules.
            ConfigError: A rule of its schema cannot be used, or the seed is below 0.
        """
        check_count("seed", seed, 0)
        rng = np.random.default_rng(seed)
        encoder = TableEncoder.fit(
            table, min_entities=self.min_entities, max_codes=self.max_codes, rng=rng
        )
        codes = encoder.encode(table.frame)
        progress.stage("fit", len(codes))
        self._fit(
            codes, encoder.fields, Entities.of(table.frame, table.schema.entity), rng, progress
        )
        self.schema_, self.encoder_, self.n_rows_ = encoder.schema, encoder, len(table)
        return self

    def sample(
        self,
        n_rows: int,
        *,
        given: Given | None = None,
        rebalance: Rebalance | None = None,
        seed: int | None = None,
    ) -> pl.DataFrame:
        """Virtual rows with the columns, order and dtypes of the table that was learned.

        Args:
            n_rows: Number of rows, >= 0.
            given: Columns that shall hold one value in every row (None: missing).
            rebalance: A column and the shares of its levels.
            seed: The same seed gives the same rows; None: new rows every time.

        Raises:
            NotFittedError: `fit` was not called.
            ConfigError: A condition cannot be met, or a number is out of range.
        """
        batches = self.sample_batches(n_rows, given=given, rebalance=rebalance, seed=seed)
        return pl.concat(batches)

    def sample_batches(
        self,
        n_rows: int,
        *,
        given: Given | None = None,
        rebalance: Rebalance | None = None,
        seed: int | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Iterator[pl.DataFrame]:
        """The rows of `sample` in batches, so that any number of them fits in memory."""
        if not hasattr(self, "encoder_"):
            raise NotFittedError(
                f"{self.name!r} has not learned a table yet", do="call fit(table) first"
            )
        check_count("n_rows", n_rows, 0)
        check_count("batch_rows", batch_rows, 1)
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        check_count("seed", seed, 0)
        levels = _levels(dict(given or {}), rebalance)
        for condition, _ in levels:
            self.encoder_.allowed(condition)
        return self._batches(_plan(n_rows, batch_rows, levels), seed)

    def _batches(
        self, plan: Iterator[list[tuple[int, Given]]], seed: int
    ) -> Iterator[pl.DataFrame]:
        start = 0
        for number, shares in enumerate(plan):
            rng = np.random.default_rng([seed, number])
            frames = []
            for n, given in shares:
                codes = self._sample(n, rng, self.encoder_.allowed(given) if n else {})
                frames.append(
                    self.encoder_.decode(codes, n, rng=rng, start=start, key=seed, given=given)
                )
                start += n
            batch = pl.concat(frames)
            if len(frames) > 1:
                batch = batch[rng.permutation(batch.height)]
            yield batch

    def _fit(
        self,
        codes: list[Codes],
        fields: list[Field],
        entities: Entities,
        rng: np.random.Generator,
        progress: Progress,
    ) -> None:
        """Learn the joint distribution of the codes, shape (n_rows,) each."""
        raise NotImplementedError

    def _sample(
        self, n_rows: int, rng: np.random.Generator, allowed: dict[int, Mask]
    ) -> list[Codes]:
        """Codes of each field, shape (n_rows,) each, within its mask where `allowed` has one."""
        raise NotImplementedError

    def _state(self) -> dict[str, Any]:
        """What was learned, as JSON values and arrays."""
        raise NotImplementedError

    def _restore(self, state: dict[str, Any], fields: list[Field]) -> None:
        """Take on what `_state` described; raise ValueError when it does not fit the fields."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """The hyper-parameters by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.init}

    def save(self, path: str | Path) -> None:
        """Write the fitted generator to a `.gy` file.

        Raises:
            NotFittedError: `fit` was not called.
            DataError: The file cannot be written.
        """
        if not hasattr(self, "encoder_"):
            raise NotFittedError("there is nothing learned to save", do="call fit(table) first")
        manifest = {
            "model": self.name,
            "settings": self.settings(),
            "schema": self.schema_.to_json(),
            "n_rows": self.n_rows_,
        }
        model_file.save(path, manifest, {"encoder": self.encoder_.state(), "own": self._state()})

    @classmethod
    def from_state(cls, manifest: dict[str, Any], state: dict[str, Any]) -> Self:
        """The fitted generator that a model file described.

        Raises:
            ValueError: The parts do not fit together.
        """
        model = cls(**manifest["settings"])
        model.schema_ = Schema.from_json(manifest["schema"])
        if len(model.schema_.rules) > MAX_RULES:
            raise ValueError("the schema has more rules than anybody needs")
        model.encoder_ = TableEncoder.from_state(state["encoder"], model.schema_)
        model.n_rows_ = int(manifest["n_rows"])
        model._restore(state["own"], model.encoder_.fields)
        model._try()
        return model

    def _try(self) -> None:
        """See that a row can be drawn, and that every code stands for a value of its column."""
        rng = np.random.default_rng(0)
        counts = [f.n_codes for f in self.encoder_.fields]
        n = max(counts, default=1)
        codes = [(np.arange(n) % count).astype(np.uint16) for count in counts]
        values = self.encoder_.decode(codes, n, rng=rng, start=0, key=0)
        days = values.select(pl.col(pl.Date, pl.Datetime).cast(pl.Date).to_physical().abs().max())
        if any(day is not None and day > MAX_DAYS for row in days.rows() for day in row):
            raise ValueError("a date lies in no calendar")
        self.encoder_.decode(self._sample(1, rng, {}), 1, rng=rng, start=0, key=0)


def _levels(given: Given, rebalance: Rebalance | None) -> list[tuple[Given, float]]:
    """The conditions on parts of the rows, each with the share of the rows up to its end.

    Raises:
        ConfigError: The shares are no shares, or of more than one column.
    """
    if not rebalance:
        return [(given, 1.0)]
    if len(rebalance) > 1:
        raise ConfigError("only one column can be rebalanced", code="config.rebalance")
    ((name, shares),) = rebalance.items()
    are_numbers = all(isinstance(share, int | float) for share in shares.values())
    total = sum(shares.values()) if are_numbers else np.nan
    if name in given or not abs(total - 1) <= 1e-6 or min(shares.values()) < 0:
        raise ConfigError(
            f"the shares of {name!r} add up to {total:g}",
            allowed="shares of at least 0 that add up to 1, for a column without a condition",
            code="config.rebalance",
        )
    ends = np.cumsum(list(shares.values())) / total
    conditions: list[Given] = [{**given, name: level} for level in shares]
    return list(zip(conditions, ends.tolist(), strict=True))


def _plan(
    n_rows: int, batch_rows: int, levels: list[tuple[Given, float]]
) -> Iterator[list[tuple[int, Given]]]:
    """The batches, at least one: each a list of row counts and the conditions on them."""
    ends = np.array([0.0, *(end for _, end in levels)])
    for first in range(0, max(n_rows, 1), batch_rows):
        n = min(batch_rows, n_rows - first)
        at = np.round(ends[:, None] * [first, first + n]).astype(np.int64)
        sizes = np.diff(at[:, 1] - at[:, 0]).tolist()
        yield [(size, given) for size, (given, _) in zip(sizes, levels, strict=True)]


def spread(share: np.ndarray[Any, Any], n: int, rng: np.random.Generator) -> Codes:
    """Codes drawn by their shares, in ascending order, with the least possible variance.

    Systematic resampling: code c appears floor or ceil of n * share[c] times, with the right
    expectation; n codes in all. The caller gives them to rows in random order.

    Reference: Douc, Cappé & Moulines 2005, "Comparison of Resampling Schemes for Particle
    Filtering", section 2.4.
    """
    ends = share.cumsum()
    counts = np.ceil(ends * (n / ends[-1]) - rng.random()).astype(np.int64)
    counts[-1] = n
    counts[1:] -= counts[:-1].copy()
    return np.arange(len(share), dtype=np.uint16).repeat(counts)
