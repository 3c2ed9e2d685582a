"""Measure: what anyone made virtually, against real data that was not learned; leaves a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

from guanyao.data.image_sides import ImageSides, prepare_images
from guanyao.data.images import is_images
from guanyao.data.readers import read
from guanyao.data.table import Table
from guanyao.flows import evaluate_images, image_reporting, reporting
from guanyao.flows.evaluate import Evaluation, evaluate
from guanyao.flows.folder import Folder, results_in, writing
from guanyao.flows.holdout import Sides, check_target, like
from guanyao.flows.image_reporting import SHOWN_REAL
from guanyao.flows.job import utc_now
from guanyao.flows.ledger import AnyWorkspace, recorded
from guanyao.flows.opening import Data, open_images, open_table, source_of
from guanyao.flows.settings import QUIET, AnySource, AnyTable, Measuring, make, takes
from guanyao.flows.stopwatch import Stopwatch, peak_mb
from guanyao.records import evidence
from guanyao.types import Progress


@takes(Measuring)
def measure(  # noqa: PLR0913 - the three sides
    *,
    real: AnySource,
    holdout: AnySource,
    virtual: AnySource,
    out: str | Path,
    who: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
    **options: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """The report on virtual rows or pictures, which is also written to a folder.

    Args:
        real: The rows or pictures that were learned.
        holdout: Those of the same kind that were not learned.
        virtual: The virtual ones.
        out: The folder of the results: new, empty, or that of an earlier run.
        who: Who runs it, for the record.
        workspace: Where it is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.
        clock: Says what time it is.
        options: The fields of `guanyao.flows.settings.Measuring`; `schema`, `target`, `entity`,
            `labels`, `size`, `seed`, `features` and `show_real` count here.

    Raises:
        ConfigError: An option does not exist or is out of range.
        DataError: Data cannot be read, or is of another kind, or the folder cannot be written.
    """
    created, watch = clock(), Stopwatch()
    with recorded(workspace, "evaluate", who=who) as act, results_in(out) as folder:
        learning = make(Measuring, options)
        half: Half = Pictures(learning) if is_images(real) else Rows(learning)
        act.learns(real, learning, holdout)
        act.input("virtual", virtual)
        progress.stage("read")
        with watch.lap("inspect"):
            half.read(real, holdout, virtual)
        with watch.lap("evaluate"):
            found = half.evaluate(progress)
        progress.stage("report")
        run_id = evidence.new_id(created=created, inputs=half.inputs(), seed=learning.seed)
        parts = {
            "run": reporting.of_run(run_id, created, learning.seed),
            "evaluation": found,
            "timing": {**watch.seconds, "peak_mb": peak_mb()},
        }
        report = half.write(parts, folder.part)
        facts = {"created": created, "duration_s": watch.total_s(), "who": who}
        _seal(folder, half, report, **facts)
        act.note(run=run_id)
        act.results(folder)
        with writing(folder.out):
            folder.publish()
    return report


def _seal(folder: Folder, half: "Half", report: dict[str, Any], **facts: Any) -> None:  # noqa: ANN401
    learning = half.learning
    reporting.seal(
        folder,
        id=report["run"]["id"],
        verb="evaluate",
        settings={name: getattr(learning, name) for name in ("target", "entity", "seed")},
        seed=learning.seed,
        inputs=half.inputs(),
        scores=report["scores"],
        attacks=report["attacks"],
        personal_data=half.personal_data(),
        **facts,
    )


class Half(Protocol):
    """What measuring does with one kind of data."""

    learning: Measuring

    def read(self, real: AnySource, holdout: AnySource, virtual: AnySource) -> None:
        """Read the three sides."""

    def evaluate(self, progress: Progress) -> Evaluation:
        """Measure the virtual side, and attack it."""

    def write(self, parts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Write the page and its record of these parts."""

    def inputs(self) -> list[dict[str, str]]:
        """What was measured, by role, format and digest."""

    def personal_data(self) -> list[dict[str, str]]:
        """The columns that name a person or help to."""


@dataclass
class Rows:
    """Measuring virtual rows."""

    learning: Measuring
    sides: Sides[Table] = field(init=False)
    virtual: Table = field(init=False)

    def read(self, real: AnySource, holdout: AnySource, virtual: AnySource) -> None:
        """Read the three tables under one schema."""
        train = open_table(cast(AnyTable, real), self.learning)
        self.sides = Sides(train=train, holdout=read(holdout, schema=train.schema))
        check_target(self.sides)
        self.virtual = read(virtual, schema=train.schema)

    def evaluate(self, progress: Progress) -> Evaluation:
        """Measure the virtual rows, and attack them."""
        return evaluate(
            real=self.sides.train,
            holdout=self.sides.holdout,
            virtual=self.virtual,
            target=self.sides.train.schema.target,
            seed=self.learning.seed,
            progress=progress,
        )

    def write(self, parts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Write the page and its record of these parts."""
        report = reporting.build(**parts, data=reporting.of_table(self.sides))
        reporting.write(report, folder, sides=self.sides, virtual=self.virtual)
        return report

    def inputs(self) -> list[dict[str, str]]:
        """What was measured, by role, format and digest."""
        return [*self.sides.inputs(), _virtual(self.virtual)]

    def personal_data(self) -> list[dict[str, str]]:
        """The columns that name a person or help to."""
        return evidence.personal_data(self.sides.train.schema)


@dataclass
class Pictures:
    """Measuring virtual pictures."""

    learning: Measuring
    sides: ImageSides = field(init=False)

    def read(self, real: AnySource, holdout: AnySource, virtual: AnySource) -> None:
        """Read the three sets of pictures, in the size and with the classes of the real ones."""
        train = open_images(real, self.learning)
        alike = like(train, self.learning)
        kept, made = open_images(holdout, alike), open_images(virtual, replace(alike, entity=None))
        learning = self.learning
        features = None if learning.features is None else Path(learning.features)
        self.sides = prepare_images(train, kept, made, features=features, seed=learning.seed)

    def evaluate(self, progress: Progress) -> Evaluation:
        """Measure the virtual pictures, and attack them."""
        return evaluate_images.measure(self.sides, progress)

    def write(self, parts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        """Write the page and its record of these parts."""
        real = Sides(train=self.sides.train, holdout=self.sides.holdout)
        report = reporting.build(
            **parts,
            data=image_reporting.of_images(real, self.sides.virtual, self.learning.entity),
            warnings=(SHOWN_REAL,) if self.learning.show_real else (),
        )
        pictures = image_reporting.pictures_of(self.sides, show_real=self.learning.show_real)
        image_reporting.write(report, folder, pictures)
        return report

    def inputs(self) -> list[dict[str, str]]:
        """What was measured, by role, format and digest."""
        real = Sides(train=self.sides.train, holdout=self.sides.holdout)
        return [*real.inputs(), _virtual(self.sides.virtual)]

    def personal_data(self) -> list[dict[str, str]]:
        """Nothing is looked for in pictures."""
        return []


def _virtual(data: Data) -> dict[str, str]:
    source = source_of(data)
    return {"role": "virtual", "format": source.format, "digest": source.digest}
