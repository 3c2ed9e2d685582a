"""Run, the main job: inspect, split, fit, sample, evaluate, report; results and a verdict."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.data.images import is_images, read_images
from guanyao.data.readers import read
from guanyao.flows.folder import MODEL, RECORD, TRAINING, Folder, results_in
from guanyao.flows.generators import is_of_images
from guanyao.flows.image_run import ImageJob
from guanyao.flows.job import Fitted, Job, utc_now
from guanyao.flows.ledger import AnyWorkspace, recorded
from guanyao.flows.settings import QUIET, AnySource, Settings, make, takes
from guanyao.flows.table_run import TableJob
from guanyao.types import Progress


@dataclass(frozen=True, kw_only=True)
class Run:
    """What the main job left.

    Args:
        out: The folder of the results.
        model: The fitted generator.
        report: The record of report.json.
        paths: The files by what they are: virtual, model, report, report_json, record, and
            training where a deep model was trained.
        resumed: Whether the generator of a run that was stopped was used.
    """

    out: Path
    model: Any = field(repr=False)
    report: dict[str, Any] = field(repr=False)
    paths: dict[str, Path]
    resumed: bool = False

    @property
    def virtual(self) -> Any:  # noqa: ANN401
        """The virtual rows as a frame, or pictures as Images, read anew at each use."""
        if is_of_images(self.model):
            return read_images(self.paths["virtual"])
        return read(self.paths["virtual"], schema=self.model.schema_).frame

    @property
    def verdict(self) -> dict[str, Any]:
        """How good and how private the rows are, with the reasons."""
        return dict(self.report["verdict"])


@takes(Settings)
def run(
    source: AnySource,
    *,
    out: str | Path,
    who: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
    **options: Any,  # noqa: ANN401
) -> Run:
    """The main job on a table or pictures: virtual ones, the generator, a report and a record.

    Args:
        source: A table (a path or URL, a Table, a polars or pandas frame), or pictures (a path, an
            array of shape (n, height, width[, channels]), Images).
        out: The folder of the results: new, empty, or that of an earlier run.
        who: Who runs it, for the record.
        workspace: Where the run is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.
        clock: Says what time it is.
        options: The fields of `guanyao.flows.settings.Settings`.

    Raises:
        ConfigError: An option does not exist, is out of range, or is not one of the model's.
        DataError: The data cannot be read or used, or the folder cannot be written.
    """
    with recorded(workspace, "run", who=who) as act, results_in(out) as folder:
        settings = make(Settings, options)
        act.learns(source, settings, settings.holdout_file)
        act.expect("training", folder.part)
        job = job_for(source, settings, folder, progress=progress, who=who, clock=clock)
        done = _result(job, *job.do(source, act.results))
        act.note(run=done.report["run"]["id"], model=done.model.name)
        return done


def job_for(source: AnySource, settings: Settings, folder: Folder, **options: Any) -> Job[Any]:  # noqa: ANN401
    """The main job on this source.

    Args:
        source: A table or pictures.
        settings: How it goes.
        folder: Where the results go.
        options: The other fields of `guanyao.flows.job.Job`.
    """
    kind = ImageJob if is_images(source) else TableJob
    return kind(settings=settings, folder=folder, **options)


def _result(job: Job[Any], fitted: Fitted, report: dict[str, Any]) -> Run:
    out = job.folder.out
    names = {
        "virtual": job.virtual(),
        "model": MODEL,
        "report": "report.html",
        "report_json": "report.json",
        "record": RECORD,
        **({"training": TRAINING} if (out / TRAINING).is_dir() else {}),
    }
    return Run(
        out=out,
        model=fitted.generator,
        report=report,
        paths={kind: out / name for kind, name in names.items()},
        resumed=fitted.resumed,
    )
