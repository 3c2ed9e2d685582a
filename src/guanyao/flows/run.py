"""Run, the main job: inspect, split, fit, sample, evaluate, report; five files and a verdict."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import polars as pl

from guanyao.attacks.canaries import attack_canaries, plant_canaries
from guanyao.data.detect import REPEATED_KEY
from guanyao.data.readers import read
from guanyao.data.schema import Schema
from guanyao.data.table import Table
from guanyao.data.writers import open_writer
from guanyao.errors import DataError
from guanyao.flows import reporting
from guanyao.flows.evaluate import Evaluation, evaluate
from guanyao.flows.fit import Choice, learn, open_table, prepare, settings_of
from guanyao.flows.folder import MODEL, RECORD, Folder, results_in, writing
from guanyao.flows.holdout import Sides, check_target, divide
from guanyao.flows.sample import Shares, parse_rebalance, sample_batches
from guanyao.flows.settings import QUIET, AnyTable, Settings, make, takes
from guanyao.flows.stopwatch import Stopwatch, peak_mb
from guanyao.models.model_file import load
from guanyao.records import evidence
from guanyao.types import Generator, Progress

EVALUATED_ROWS = 1_000_000
"""Virtual rows that are measured; further ones are drawn alike and only written."""

CHEAP_FIT_S = 30.0
"""Fits that took longer are not repeated to plant canaries."""

NO_CANARIES = (
    f"no canaries were planted: fitting once more would take over {CHEAP_FIT_S:.0f} seconds"
)
MIN_CANARIES, MAX_CANARIES, ROWS_PER_CANARY = 20, 1_000, 20
"""How many canaries are planted: one for so many rows, within these bounds."""

RESUMED = "fitting was not repeated: an earlier run with the same settings was stopped after it"


def utc_now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the main job left.

    Args:
        out: The folder of the results.
        model: The fitted generator.
        report: The record of report.json.
        paths: The files by what they are: virtual, model, report, report_json, record.
        resumed: Whether the generator of a run that was stopped was used.
    """

    out: Path
    model: Generator = field(repr=False)
    report: dict[str, Any] = field(repr=False)
    paths: dict[str, Path]
    resumed: bool = False

    @property
    def virtual(self) -> pl.DataFrame:
        """The virtual rows, read from the file anew at each use."""
        return read(self.paths["virtual"], schema=self.model.schema_).frame

    @property
    def verdict(self) -> dict[str, Any]:
        """How good and how private the rows are, with the reasons."""
        return dict(self.report["verdict"])


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A generator that has learned, and how it came to be."""

    generator: Generator
    choice: Choice
    resumed: bool = False


@takes(Settings)
def run(
    source: AnyTable,
    *,
    out: str | Path,
    who: str | None = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
    **options: Any,  # noqa: ANN401
) -> Run:
    """The main job on a table: virtual rows, the generator, a report and a record, in a folder.

    Args:
        source: A path or URL, a Table, a polars or pandas frame.
        out: The folder of the results: new, empty, or that of an earlier run.
        who: Who runs it, for the record.
        progress: Where to say how far it is.
        clock: Says what time it is.
        options: The fields of `guanyao.flows.settings.Settings`.

    Raises:
        ConfigError: An option does not exist, is out of range, or is not one of the model's.
        DataError: The table cannot be read or used, or the folder cannot be written.
    """
    settings = make(Settings, options)
    with results_in(out) as folder:
        job = Job(settings=settings, folder=folder, progress=progress, who=who, clock=clock)
        return job.do(source)


@dataclass(kw_only=True)
class Job:
    """One main job, stage by stage."""

    settings: Settings
    folder: Folder
    progress: Progress
    who: str | None
    clock: Callable[[], datetime]
    watch: Stopwatch = field(default_factory=Stopwatch)

    def do(self, source: AnyTable) -> Run:
        """Do all stages and move the results into the folder."""
        created = self.clock()
        sides = self.read(source)
        fitted, report = self.measure(sides, created)
        self.record(sides, fitted, report, created)
        with writing(self.folder.out):
            self.folder.publish()
        return self.result(fitted, report)

    def measure(self, sides: Sides, created: datetime) -> tuple[Fitted, dict[str, Any]]:
        """Fit, sample and evaluate; leaves the rows, the generator and the report."""
        fitted = self.fit(sides)
        virtual = self.sample(fitted.generator, len(sides.train))
        evaluation = self.evaluate(sides, virtual, fitted)
        return fitted, self.report(sides, virtual, fitted, evaluation, created)

    def read(self, source: AnyTable) -> Sides:
        """Read the table and keep a holdout back."""
        self.progress.stage("read")
        with self.watch.lap("inspect"):
            table = open_table(source, self.settings)
            self.settings = with_shares(self.settings, table.schema)
            sides = divide(table, self.settings)
            check_target(sides)
        return sides

    def fit(self, sides: Sides) -> Fitted:
        """Fit the generator and keep it, or take the one that an earlier run kept."""
        generator, choice = prepare(sides.train, self.settings)
        key = _key(generator, sides.train, self.settings)
        state = self.folder.recall(key)
        if state is not None:
            self.watch.add("fit_s", state["fit_s"])
            self.watch.add("fit_cpu_s", state["fit_cpu_s"])
            self.progress.stage("fit: taken from the run that was stopped")
            return Fitted(generator=load(self.folder.part / MODEL), choice=choice, resumed=True)
        self.folder.forget()
        with self.watch.lap("fit"):
            generator = learn(generator, sides.train, self.settings, self.progress)
        with writing(self.folder.out):
            generator.save(self.folder.part / MODEL)
            spent = {name: self.watch.seconds[name] for name in ("fit_s", "fit_cpu_s")}
            self.folder.remember(key, spent)
        return Fitted(generator=generator, choice=choice)

    def sample(self, generator: Generator, n_train: int) -> Table:
        """Write the virtual rows; those to be measured come back."""
        n_rows = self.settings.rows or n_train
        path = self.folder.part / f"virtual.{self.settings.format}"
        kept: list[pl.DataFrame] = []
        self.progress.stage("sample", n_rows)
        with self.watch.lap("sample"), open_writer(path, generator.schema_) as writer:
            for batch in self._batches(generator, n_rows):
                writer.write(batch)
                if sum(map(len, kept)) < EVALUATED_ROWS:
                    kept.append(batch)
                self.progress.advance(batch.height)
        rows = pl.concat(kept).head(EVALUATED_ROWS)
        self.watch.add("n_rows", n_rows)
        return Table(rows, generator.schema_)

    def _batches(self, generator: Generator, n_rows: int) -> Iterator[pl.DataFrame]:
        shares = cast("Shares | None", self.settings.rebalance)  # read by `with_shares`
        return sample_batches(generator, n_rows, rebalance=shares, seed=self.settings.seed)

    def evaluate(self, sides: Sides, virtual: Table, fitted: Fitted) -> Evaluation:
        """Measure the virtual rows against the holdout, and attack them."""
        with self.watch.lap("evaluate"):
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
            if self.watch.seconds["fit_s"] > CHEAP_FIT_S:
                return replace(found, warnings=[*found.warnings, NO_CANARIES])
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

    def report(
        self,
        sides: Sides,
        virtual: Table,
        fitted: Fitted,
        evaluation: Evaluation,
        created: datetime,
    ) -> dict[str, Any]:
        """Write the page and its record."""
        self.progress.stage("report")
        run_id = evidence.new_id(
            created=created, source=sides.train.schema.source.digest, seed=self.settings.seed
        )
        part = self.folder.part
        report = reporting.build(
            run=reporting.of_run(run_id, created, self.settings.seed),
            sides=sides,
            evaluation=evaluation,
            model=reporting.of_model(fitted.generator, part / MODEL, fitted.choice.why),
            timing=self.timing(),
            protection=reporting.protection(fitted.generator),
            warnings=self.warnings(fitted, sides.train, virtual),
        )
        reporting.write(report, part, sides=sides, virtual=virtual)
        return report

    def timing(self) -> dict[str, float | None]:
        """Seconds by stage, virtual rows written in a second, and the most memory held."""
        seconds = self.watch.seconds
        speed = round(seconds["n_rows"] / max(seconds["sample_s"], 1e-3))
        return {**seconds, "rows_per_s": speed, "peak_mb": peak_mb()}

    def warnings(self, fitted: Fitted, train: Table, virtual: Table) -> tuple[str, ...]:
        """What the reader has to know of how the job went."""
        n_rows = int(self.watch.seconds["n_rows"])
        measured = f"the first {EVALUATED_ROWS:,} of {n_rows:,} virtual rows were measured"
        emptied = _emptied(train, virtual)
        return (
            *((RESUMED,) if fitted.resumed else ()),
            *((measured,) if n_rows > EVALUATED_ROWS else ()),
            *_unnamed_entity(train.schema, emptied),
            *_empty(emptied),
        )

    def record(
        self, sides: Sides, fitted: Fitted, report: dict[str, Any], created: datetime
    ) -> None:
        """Write the evidence record."""
        model = {"name": fitted.generator.name, "settings": settings_of(fitted.generator)}
        reporting.seal(
            self.folder,
            id=report["run"]["id"],
            verb="run",
            created=created,
            settings={**self.settings.as_record(), "chosen": model},
            seed=self.settings.seed,
            inputs=sides.inputs(),
            duration_s=self.watch.total_s(),
            scores=report["scores"],
            attacks=report["attacks"],
            privacy=report["model"]["privacy"],
            personal_data=evidence.personal_data(sides.train.schema),
            who=self.who,
        )

    def result(self, fitted: Fitted, report: dict[str, Any]) -> Run:
        """What the caller gets."""
        out = self.folder.out
        names = {
            "virtual": f"virtual.{self.settings.format}",
            "model": MODEL,
            "report": "report.html",
            "report_json": "report.json",
            "record": RECORD,
        }
        return Run(
            out=out,
            model=fitted.generator,
            report=report,
            paths={kind: out / name for kind, name in names.items()},
            resumed=fitted.resumed,
        )


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


def _key(generator: Generator, train: Table, settings: Settings) -> str:
    """What a fitted generator depends on, in short."""
    return evidence.new_id(
        versions=evidence.versions(),
        model=generator.name,
        settings=settings_of(generator),
        schema=train.schema.to_json(),
        n_train=len(train),
        holdout=settings.holdout if settings.holdout_file is None else None,
        seed=settings.seed,
    )
