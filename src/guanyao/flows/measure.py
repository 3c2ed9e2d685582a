"""Measure: virtual rows that anyone made, against rows that were not learned; leaves a report."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.data.readers import read
from guanyao.data.table import Table
from guanyao.flows import reporting
from guanyao.flows.evaluate import Evaluation, evaluate
from guanyao.flows.fit import open_table
from guanyao.flows.folder import results_in, writing
from guanyao.flows.holdout import Sides, check_target
from guanyao.flows.run import utc_now
from guanyao.flows.settings import QUIET, AnyTable, Learning, make, takes
from guanyao.flows.stopwatch import Stopwatch, peak_mb
from guanyao.records import evidence
from guanyao.types import Progress


@takes(Learning)
def measure(
    *,
    real: AnyTable,
    holdout: AnyTable,
    virtual: AnyTable,
    out: str | Path,
    who: str | None = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
    **options: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """The report on virtual rows, which is also written to a folder.

    Args:
        real: The rows that were learned.
        holdout: Rows of the same kind that were not learned.
        virtual: The virtual rows.
        out: The folder of the results: new, empty, or that of an earlier run.
        who: Who runs it, for the record.
        progress: Where to say how far it is.
        clock: Says what time it is.
        options: The fields of `guanyao.flows.settings.Learning`; `schema`, `target`, `entity` and
            `seed` count here.

    Raises:
        ConfigError: An option does not exist or is out of range.
        DataError: A table cannot be read, has other columns, or the folder cannot be written.
    """
    learning = make(Learning, options)
    created, watch = clock(), Stopwatch()
    with results_in(out) as folder:
        progress.stage("read")
        with watch.lap("inspect"):
            sides, rows = _read(open_table(real, learning), holdout, virtual)
        with watch.lap("evaluate"):
            found = _evaluate(sides, rows, learning, progress)
        progress.stage("report")
        inputs = [*sides.inputs(), _virtual(rows)]
        run_id = evidence.new_id(created=created, inputs=inputs, seed=learning.seed)
        report = reporting.build(
            run=reporting.of_run(run_id, created, learning.seed),
            sides=sides,
            evaluation=found,
            timing={**watch.seconds, "peak_mb": peak_mb()},
        )
        reporting.write(report, folder.part, sides=sides, virtual=rows)
        reporting.seal(
            folder,
            id=run_id,
            verb="evaluate",
            created=created,
            settings={name: getattr(learning, name) for name in ("target", "entity", "seed")},
            seed=learning.seed,
            inputs=inputs,
            duration_s=watch.total_s(),
            scores=report["scores"],
            attacks=report["attacks"],
            personal_data=evidence.personal_data(sides.train.schema),
            who=who,
        )
        with writing(folder.out):
            folder.publish()
    return report


def _read(train: Table, holdout: AnyTable, virtual: AnyTable) -> tuple[Sides, Table]:
    """The real rows on both sides, and the virtual ones, under one schema."""
    sides = Sides(train=train, holdout=read(holdout, schema=train.schema))
    check_target(sides)
    return sides, read(virtual, schema=train.schema)


def _evaluate(sides: Sides, rows: Table, learning: Learning, progress: Progress) -> Evaluation:
    return evaluate(
        real=sides.train,
        holdout=sides.holdout,
        virtual=rows,
        target=sides.train.schema.target,
        seed=learning.seed,
        progress=progress,
    )


def _virtual(rows: Table) -> dict[str, str]:
    source = rows.schema.source
    return {"role": "virtual", "format": source.format, "digest": source.digest}
