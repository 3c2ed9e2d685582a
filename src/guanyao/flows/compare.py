"""Compare: several generators learn the same data and are measured in the same way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.data.images import is_images
from guanyao.errors import ConfigError, GuanyaoError, InternalError
from guanyao.flows import generators, reporting
from guanyao.flows.folder import RECORD, Folder, results_in, writing
from guanyao.flows.guard import Examined
from guanyao.flows.holdout import Sides
from guanyao.flows.job import Job, utc_now
from guanyao.flows.ledger import AnyWorkspace, recorded
from guanyao.flows.run import job_for
from guanyao.flows.settings import QUIET, AnySource, Settings, make, takes
from guanyao.flows.stopwatch import Stopwatch
from guanyao.records import evidence
from guanyao.report.page import render_comparison
from guanyao.types import Progress

FORMAT = "guanyao.compare/1"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What comparing left.

    Args:
        out: The folder of the results, with one folder for each generator.
        record: The record of compare.json.
        paths: The files by what they are: report, report_json, record.
    """

    out: Path
    record: dict[str, Any] = field(repr=False)
    paths: dict[str, Path]

    @property
    def failed(self) -> dict[str, str]:
        """The generators that failed, with the line that says why."""
        return {entry["model"]: entry["error"] for entry in self.record["models"] if entry["error"]}


@takes(Settings)
def compare(
    source: AnySource,
    *,
    models: Sequence[str],
    out: str | Path,
    who: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
    **options: Any,  # noqa: ANN401
) -> Comparison:
    """Several generators on the same split of the same data: one page, and a folder for each.

    A generator that fails is named with its reason; the others go on.

    Args:
        source: A table or pictures, as for `guanyao.run`.
        models: Names of `guanyao list models`, each once.
        out: The folder of the results: new, empty, or that of an earlier run.
        who: Who runs it, for the record.
        workspace: Where the comparison is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.
        clock: Says what time it is.
        options: The fields of `guanyao.flows.settings.Settings`, but for `model`.

    Raises:
        ConfigError: No model is named, one stands twice, all failed, or an option is out of range.
        DataError: The data cannot be read or used, or the folder cannot be written.
    """
    with recorded(workspace, "compare", who=who) as act:
        settings = make(Settings, options)
        _check_models(source, models)
        with results_in(out, within=models) as folder:
            act.learns(source, settings, settings.holdout_file)
            act.expect("training", folder.part)
            contest = Contest(settings=settings, folder=folder, progress=progress, clock=clock)
            done = contest.do(source, models, who, act.results)
        act.note(n_models=len(models), n_failed=len(done.failed))
        return done


def _check_models(source: AnySource, models: Sequence[str]) -> None:
    """See that generators of this kind of data were named, each once."""
    family = generators.IMAGES if is_images(source) else generators.TABLES
    for name in models:
        generators.check_name(name, family)
    if not models or len(set(models)) < len(models):
        raise ConfigError(
            f"{len(models)} models were named, {len(set(models))} different ones",
            allowed="one or more, each once: --models trees,copula",
            code="config.models",
        )


@dataclass(kw_only=True)
class Contest:
    """Several main jobs on the same split."""

    settings: Settings
    folder: Folder
    progress: Progress
    clock: Callable[[], datetime]
    watch: Stopwatch = field(default_factory=Stopwatch)
    examined: Examined | None = field(default=None, init=False)

    def do(
        self,
        source: AnySource,
        models: Sequence[str],
        who: str | None,
        made: Callable[[Folder], None],
    ) -> Comparison:
        """Let every model have its turn, then write the page; `made` is told of the results."""
        created = self.clock()
        self.progress.stage("read")
        job = self.job(source, self.folder, self.progress)
        sides = job.open(source)
        self.settings, self.examined = job.settings, job.examined
        entries = [self.turn(name, source, sides, created) for name in models]
        if all(entry["error"] for entry in entries):
            raise ConfigError(
                f"every model failed; the first with {entries[0]['error']}", code="config.models"
            )
        record = self.write(entries, job, sides, created, who)
        made(self.folder)
        with writing(self.folder.out):
            self.folder.publish()
        out = self.folder.out
        names = {"report": "compare.html", "report_json": "compare.json", "record": RECORD}
        return Comparison(out=out, record=record, paths={k: out / n for k, n in names.items()})

    def job(
        self, source: AnySource, folder: Folder, progress: Progress, model: str | None = None
    ) -> Job[Any]:
        """A main job on the source, with this model."""
        settings = replace(self.settings, model=model or self.settings.model)
        return job_for(source, settings, folder, progress=progress, who=None, clock=self.clock)

    def turn(
        self, name: str, source: AnySource, sides: Sides[Any], created: datetime
    ) -> dict[str, Any]:
        """One model's report, or the line that says why there is none."""
        place = self.folder.within(name)
        job = self.job(source, place, Named(self.progress, name), model=name)
        job.examined = self.examined
        try:
            _, report = job.measure(sides, created)
        except Exception as error:  # a generator of somebody else may raise anything
            place.drop()
            return {"model": name, "error": one_line(error), "report": None}
        return {"model": name, "error": None, "report": report}

    def write(
        self,
        entries: list[dict[str, Any]],
        job: Job[Any],
        sides: Sides[Any],
        created: datetime,
        who: str | None,
    ) -> dict[str, Any]:
        """Write compare.json, compare.html and the evidence record."""
        record: dict[str, Any] = evidence.plain(
            {"schema": FORMAT, "created": created, "models": entries}
        )
        part = self.folder.part
        page = render_comparison([shown(entry) for entry in record["models"]])
        with writing(self.folder.out):
            reporting.write_json(record, part / "compare.json")
            (part / "compare.html").write_text(page, encoding="utf-8")
        reporting.seal(
            self.folder,
            verb="compare",
            created=created,
            settings={**self.settings.as_record(), "models": [e["model"] for e in entries]},
            seed=self.settings.seed,
            inputs=sides.inputs(),
            duration_s=self.watch.total_s(),
            personal_data=job.personal_data(sides.train),
            who=who,
        )
        return record


def shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The report of a generator; of one that failed, a report with nothing but its reason."""
    failed = {"model": {"name": entry["model"]}, "warnings": [entry["error"]]}
    return dict(entry["report"] or failed)


def one_line(error: Exception) -> str:
    """What is said of an error; of one that was not raised on purpose only its kind."""
    if isinstance(error, GuanyaoError):
        return f"error[{error.code}]: {error}"
    return f"error[{InternalError.code}]: {type(error).__name__}"


class Named:
    """Progress whose stages carry a name in front."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage."""
        self._progress.stage(f"{self._name}: {name}", total)

    def advance(self, steps: int = 1) -> None:
        """Go on."""
        self._progress.advance(steps)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._progress.note(text)
