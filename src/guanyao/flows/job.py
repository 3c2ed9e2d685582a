"""The main job stage by stage, as far as it is the same for tables and for pictures."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic

from guanyao.flows import reporting
from guanyao.flows.evaluate import Evaluation
from guanyao.flows.fit import Choice, learn, prepare
from guanyao.flows.folder import MODEL, Folder, writing
from guanyao.flows.generators import is_deep, settings_of
from guanyao.flows.guard import Examined
from guanyao.flows.holdout import D, Sides
from guanyao.flows.settings import AnySource, Settings
from guanyao.flows.stopwatch import Stopwatch, peak_mb
from guanyao.models.model_file import load
from guanyao.records import evidence
from guanyao.types import Progress

RESUMED = "fitting was not repeated: an earlier run with the same settings was stopped after it"


def utc_now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A generator that has learned, and how it came to be."""

    generator: Any
    choice: Choice
    resumed: bool = False

    @property
    def history(self) -> dict[str, Any] | None:
        """What happened epoch by epoch; None where it does not train in epochs."""
        history: dict[str, Any] | None = getattr(self.generator, "history_", None)
        return history


@dataclass(kw_only=True)
class Job(ABC, Generic[D]):
    """One main job; a subclass says what is different for its kind of data.

    Args:
        settings: How it goes.
        folder: Where the results go.
        progress: Where to say how far it is.
        who: Who runs it, for the record.
        clock: Says what time it is.
        examined: Of a table, all of it with the personal data in it, once it is read.
    """

    settings: Settings
    folder: Folder
    progress: Progress
    who: str | None
    clock: Callable[[], datetime]
    watch: Stopwatch = field(default_factory=Stopwatch)
    examined: Examined | None = field(default=None, init=False)

    things: ClassVar[str]
    """What is made, in words: rows, pictures."""

    @abstractmethod
    def open(self, source: AnySource) -> Sides[D]:
        """Read the source and keep a holdout back; settles what of the settings hangs on it."""

    @abstractmethod
    def facts(self, train: D) -> Mapping[str, Any]:
        """What of the data a fitted generator depends on."""

    @abstractmethod
    def sample(self, generator: Any, n_train: int) -> D:  # noqa: ANN401
        """Write what is virtual; the part to be measured comes back."""

    @abstractmethod
    def evaluate(self, sides: Sides[D], virtual: D, fitted: Fitted) -> Evaluation:
        """Measure what is virtual against the holdout, and attack it."""

    @abstractmethod
    def write(
        self, sides: Sides[D], virtual: D, fitted: Fitted, parts: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Write the page and its record of the parts that are the same for all data."""

    @abstractmethod
    def virtual(self) -> str:
        """The name of what is virtual, in the folder of the results."""

    def do(
        self, source: AnySource, made: Callable[[Folder], None]
    ) -> tuple[Fitted, dict[str, Any]]:
        """Do all stages and move the results into the folder, once `made` was told of them."""
        created = self.clock()
        sides = self.read(source)
        fitted, report = self.measure(sides, created)
        self.record(sides, fitted, report, created)
        made(self.folder)
        with writing(self.folder.out):
            self.folder.publish()
        return fitted, report

    def read(self, source: AnySource) -> Sides[D]:
        """Read the source and keep a holdout back."""
        self.progress.stage("read")
        with self.watch.lap("inspect"):
            return self.open(source)

    def measure(self, sides: Sides[D], created: datetime) -> tuple[Fitted, dict[str, Any]]:
        """Fit, sample and evaluate; leaves what is virtual, the generator and the report."""
        fitted = self.fit(sides.train)
        virtual = self.sample(fitted.generator, len(sides.train))
        with self.watch.lap("evaluate"):
            evaluation = self.evaluate(sides, virtual, fitted)
        self.progress.stage("report")
        parts = self.parts(sides, fitted, evaluation, created)
        return fitted, self.write(sides, virtual, fitted, parts)

    def fit(self, train: D) -> Fitted:
        """Fit the generator and keep it, or take the one that an earlier run kept."""
        generator, choice = prepare(train, self.settings)
        key = self.key(generator, train)
        state = self.folder.recall(key)
        if state is not None:
            self.watch.add("fit_s", state["fit_s"])
            self.watch.add("fit_cpu_s", state["fit_cpu_s"])
            self.progress.stage("fit: taken from the run that was stopped")
            return Fitted(generator=load(self.folder.part / MODEL), choice=choice, resumed=True)
        training = self.folder.begin(key)
        with self.watch.lap("fit"):
            generator = learn(generator, train, self.settings, self.progress, training)
        with writing(self.folder.out):
            generator.save(self.folder.part / MODEL)
            spent = {name: self.watch.seconds[name] for name in ("fit_s", "fit_cpu_s")}
            self.folder.remember(key, spent)
        return Fitted(generator=generator, choice=choice)

    def key(self, generator: Any, train: D) -> str:  # noqa: ANN401
        """What a fitted generator depends on, in short."""
        return evidence.new_id(
            versions=evidence.versions(),
            model=generator.name,
            settings=settings_of(generator),
            n_train=len(train),
            holdout=self.settings.holdout if self.settings.holdout_file is None else None,
            seed=self.settings.seed,
            **self.facts(train),
        )

    def parts(
        self, sides: Sides[D], fitted: Fitted, evaluation: Evaluation, created: datetime
    ) -> dict[str, Any]:
        """The parts of the report that are the same for all data."""
        seed = self.settings.seed
        digest = sides.inputs()[0]["digest"]
        run_id = evidence.new_id(created=created, source=digest, seed=seed)
        path = self.folder.part / MODEL
        return {
            "run": reporting.of_run(run_id, created, seed),
            "model": reporting.of_model(fitted.generator, path, fitted.choice.why),
            "timing": self.timing(),
            "evaluation": evaluation,
            "training": fitted.history if is_deep(fitted.generator) else None,
        }

    def timing(self) -> dict[str, float | None]:
        """Seconds by stage, rows or pictures written in a second, and the most memory held."""
        seconds = self.watch.seconds
        speed = round(seconds["n_rows"] / max(seconds["sample_s"], 1e-3))
        return {**seconds, "rows_per_s": speed, "peak_mb": peak_mb()}

    def warnings(self, fitted: Fitted, n_measured: int) -> tuple[str, ...]:
        """What the reader has to know of how the job went."""
        n_rows = int(self.watch.seconds["n_rows"])
        said: list[str] = [RESUMED] if fitted.resumed else []
        if n_rows > n_measured:
            said.append(
                f"the first {n_measured:,} of {n_rows:,} virtual {self.things} were measured"
            )
        trouble: list[str] = (fitted.history or {}).get("warnings", [])
        return (*said, *trouble)

    def record(
        self, sides: Sides[D], fitted: Fitted, report: dict[str, Any], created: datetime
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
            personal_data=self.personal_data(sides.train),
            who=self.who,
        )

    def personal_data(self, train: D) -> list[dict[str, Any]]:
        """The columns that name a person or help to."""
        return []
