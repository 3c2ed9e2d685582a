"""What the main job does where the data is a table."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

import polars as pl

from guanyao.attacks.canaries import attack_canaries, plant_canaries
from guanyao.data.detect import REPEATED_KEY
from guanyao.data.schema import Schema
from guanyao.data.table import Table
from guanyao.data.writers import open_writer
from guanyao.errors import DataError
from guanyao.flows import guard, reporting
from guanyao.flows.evaluate import Evaluation, evaluate
from guanyao.flows.folder import VIRTUAL
from guanyao.flows.generators import is_deep, settings_of
from guanyao.flows.holdout import Sides, check_target, divide
from guanyao.flows.job import Fitted, Job
from guanyao.flows.opening import examine_to_learn, with_format
from guanyao.flows.sample import Shares, parse_rebalance, sample_batches
from guanyao.flows.settings import AnySource, AnyTable, Settings
from guanyao.types import Generator

EVALUATED_ROWS = 1_000_000
"""Virtual rows that are measured; further ones are drawn alike and only written."""

CHEAP_FIT_S = 30.0
"""Fits that took longer are not repeated to plant canaries."""

NO_CANARIES = (
    f"no canaries were planted: fitting once more would take over {CHEAP_FIT_S:.0f} seconds"
)
NO_CANARIES_DEEP = "no canaries were planted: a deep model would have to be trained once more"
MIN_CANARIES, MAX_CANARIES, ROWS_PER_CANARY = 20, 1_000, 20
"""How many canaries are planted: one for so many rows, within these bounds."""


class TableJob(Job[Table]):
    """One main job on a table."""

    things: ClassVar[str] = "rows"

    def open(self, source: AnySource) -> Sides[Table]:
        """Read the table and keep a holdout back."""
        self.examined = examine_to_learn(cast(AnyTable, source), self.settings, self.progress)
        table = self.examined.table
        self.settings = with_shares(with_format(self.settings, table), table.schema)
        sides = divide(table, self.settings)
        check_target(sides)
        return sides

    def facts(self, train: Table) -> Mapping[str, Any]:
        """The schema, which holds the digest of the source, and how it was masked."""
        return {"schema": train.schema.to_json(), **guard.digests(self.settings)}

    def sample(self, generator: Generator, n_train: int) -> Table:
        """Write the virtual rows; those to be measured come back."""
        n_rows = self.settings.rows or n_train
        path = self.folder.part / self.virtual()
        kept: list[pl.DataFrame] = []
        self.progress.stage("sample", n_rows)
        with self.watch.lap("sample"), open_writer(path, generator.schema_) as writer:
            for batch in self._batches(generator, n_rows):
                writer.write(batch)
                if sum(map(len, kept)) < EVALUATED_ROWS:
                    kept.append(batch)
                self.progress.advance(batch.height)
        self.watch.add("n_rows", n_rows)
        return Table(pl.concat(kept).head(EVALUATED_ROWS), generator.schema_)

    def _batches(self, generator: Generator, n_rows: int) -> Iterator[pl.DataFrame]:
        shares = cast("Shares | None", self.settings.rebalance)  # read by `with_shares`
        return sample_batches(generator, n_rows, rebalance=shares, seed=self.settings.seed)

    def evaluate(self, sides: Sides[Table], virtual: Table, fitted: Fitted) -> Evaluation:
        """Measure the virtual rows against the holdout, and attack them."""
        found = evaluate(
            real=sides.train,
            holdout=sides.holdout,
            virtual=virtual,
            target=sides.train.schema.target,
            seed=self.settings.seed,
            progress=self.progress,
        )
        if not self.settings.canaries:
            return found
        if self.watch.seconds["fit_s"] > CHEAP_FIT_S or is_deep(fitted.generator):
            why = NO_CANARIES_DEEP if is_deep(fitted.generator) else NO_CANARIES
            return replace(found, warnings=[*found.warnings, why])
        return self.hunt(found, sides.train, fitted.generator)

    def hunt(self, found: Evaluation, train: Table, generator: Generator) -> Evaluation:
        """Plant canaries, fit once more, and add how well they are found again."""
        n = min(MAX_CANARIES, max(MIN_CANARIES, len(train) // ROWS_PER_CANARY))
        canaries = plant_canaries(train, n, seed=self.settings.seed)
        self.progress.stage(f"fit with {n} canaries")
        other = type(generator)(**settings_of(generator))
        other.fit(canaries.train_with, seed=self.settings.seed, progress=self.progress)
        rows = other.sample(len(train), seed=self.settings.seed)
        try:
            result = attack_canaries(canaries, Table(rows, train.schema))
        except DataError as error:
            if error.code != "measure.impossible":
                raise
            return replace(found, warnings=[*found.warnings, str(error)])
        return replace(found, attacks=[*found.attacks, result])

    def write(
        self, sides: Sides[Table], virtual: Table, fitted: Fitted, parts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the page and its record."""
        emptied = _emptied(sides.train, virtual)
        report = reporting.build(
            **parts,
            data=reporting.of_table(sides),
            protection=reporting.protection(fitted.generator),
            warnings=(
                *self.warnings(fitted, len(virtual)),
                *([] if self.examined is None else guard.warnings(self.examined)),
                *_unnamed_entity(sides.train.schema, emptied),
                *_empty(emptied),
            ),
        )
        reporting.write(report, self.folder.part, sides=sides, virtual=virtual)
        return report

    def virtual(self) -> str:
        """The name of the file with the virtual rows."""
        return f"{VIRTUAL}.{self.settings.format}"

    def personal_data(self, train: Table) -> list[dict[str, Any]]:
        """The columns that name a person or help to."""
        findings = () if self.examined is None else self.examined.findings
        return guard.personal_data(train.schema, findings)


def with_shares(settings: Settings, schema: Schema) -> Settings:
    """The settings with the shares of `rebalance` read and their column found in the schema.

    Raises:
        ConfigError: The shares cannot be read.
        DataError: There is no such column.
    """
    if isinstance(settings.rebalance, str):
        return replace(settings, rebalance=parse_rebalance(schema, settings.rebalance))
    for name in settings.rebalance or ():
        _ = schema[name]
    return settings


def _unnamed_entity(schema: Schema, emptied: list[str]) -> tuple[str, ...]:
    """A warning where columns look as if they named whom the rows belong to, and none was named."""
    found = [column.name for column in schema if REPEATED_KEY in column.note]
    keys = [repr(name) for name in found if name not in emptied]
    if schema.entity is not None or not keys:
        return ()
    return (
        f"{', '.join(keys)}: may name whom the rows belong to; as it stands it is learned, and "
        "values that enough rows share are in the virtual rows; if it does, say so with --entity",
    )


def _emptied(train: Table, virtual: Table) -> list[str]:
    """The columns that lost all their values, since each stands for too few."""
    return [
        name
        for name in train.schema.names
        if len(virtual) > virtual.frame[name].count() == 0 < train.frame[name].count()
    ]


def _empty(emptied: list[str]) -> tuple[str, ...]:
    """A warning about columns that lost all their values."""
    if not emptied:
        return ()
    return (
        f"{', '.join(map(repr, emptied))}: empty in the virtual rows, since none of the values "
        "stands for enough entities; if it names whom the rows belong to, run again with "
        "--entity, or give it the role identifier or text in the schema",
    )
