"""Puts what a job found into `report.json` (guanyao.report/1) and `report.html`."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.data.schema import Column
from guanyao.data.table import Table
from guanyao.flows.evaluate import Evaluation
from guanyao.flows.folder import RECORD, Folder, writing
from guanyao.flows.generators import AnyGenerator, settings_of
from guanyao.flows.holdout import Sides
from guanyao.records import evidence
from guanyao.report.charts import collect
from guanyao.report.page import render
from guanyao.report.record import Report, plain
from guanyao.types import Generator

TIMES = (
    "inspect_s", "fit_s", "fit_cpu_s", "sample_s", "rows_per_s", "evaluate_s", "peak_mb"
)  # fmt: skip


def build(
    *,
    run: Mapping[str, Any],
    data: Mapping[str, Any],
    evaluation: Evaluation,
    warnings: tuple[str, ...] = (),
    model: Mapping[str, Any] | None = None,
    timing: Mapping[str, Any] | None = None,
    **more: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The report as plain JSON.

    Args:
        run: `id`, `created`, `seed`, `version`.
        data: What was learned from, and what was kept back.
        evaluation: The scores and attacks.
        warnings: What the reader has to know besides the evaluation's own warnings.
        model: `name`, `settings`, `digest`, `privacy`; None where the generator is not known.
        timing: Seconds by stage.
        more: `protection`, what was done so that nobody shows, where the generator is known, and
            `training`, what happened epoch by epoch, where it trains in epochs.
    """
    report = Report(
        run=run,
        data=data,
        model=model or {"name": None, "settings": {}, "digest": None, "privacy": None},
        timing={name: (timing or {}).get(name) for name in TIMES},
        scores=[score.to_json() for score in evaluation.scores],
        attacks=[attack.to_json() for attack in evaluation.attacks],
        warnings=[*warnings, *evaluation.warnings],
        protection=more.get("protection"),
    ).to_json()
    training = more.get("training")
    return report if training is None else {**report, "training": plain(training)}


def of_table(sides: Sides[Table]) -> dict[str, Any]:
    """What the report says of a table."""
    train, holdout = sides.train, sides.holdout
    return {
        "source_digest": train.schema.source.digest,
        "n_train": len(train),
        "n_holdout": len(holdout),
        "target": train.schema.target,
        "entity": train.schema.entity,
        "rules": list(train.schema.rules),
        "columns": [_column(column) for column in train.schema],
    }


def _column(column: Column) -> dict[str, Any]:
    """What is known of a column, without its levels."""
    facts = asdict(column)
    facts["dtype"] = column.dtype.partition("(categories=")[0]
    return {name: value for name, value in facts.items() if name not in ("order", "format")}


def of_model(generator: AnyGenerator, path: Path, why: str) -> dict[str, Any]:
    """What the report says of a fitted generator that was saved at `path`."""
    return {
        "name": generator.name,
        "why": why,
        "settings": settings_of(generator),
        "digest": evidence.file_digest(path),
        "privacy": getattr(generator, "privacy_", None),
    }


def of_run(run_id: str, created: datetime, seed: int) -> dict[str, Any]:
    """What the report says of the run itself."""
    version = evidence.versions()["guanyao"]
    return {"id": run_id, "created": created.isoformat(), "seed": seed, "version": version}


def protection(generator: Generator) -> dict[str, Any]:
    """What the generator did so that nobody shows, as far as it tells."""
    encoder = getattr(generator, "encoder_", None)
    if encoder is None:
        return {"min_entities": settings_of(generator).get("min_entities"), "items": []}
    told: dict[str, Any] = encoder.protection()
    return told


def write(report: dict[str, Any], folder: Path, *, sides: Sides[Table], virtual: Table) -> None:
    """Write report.json and report.html."""
    charts = collect(sides.train, sides.holdout, virtual, sides.train.schema)
    page = render(report, charts)
    with writing(folder):
        write_json(report, folder / "report.json")
        (folder / "report.html").write_text(page, encoding="utf-8")


def write_json(record: dict[str, Any], path: Path) -> None:
    """Write a record as JSON for people and programs."""
    text = json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def seal(folder: Folder, **facts: Any) -> None:  # noqa: ANN401
    """Write the evidence record of all that was made in the folder.

    Args:
        folder: Where it was made.
        facts: As for `guanyao.records.evidence.build`, but for `outputs`.
    """
    with writing(folder.out):
        record = evidence.build(outputs=folder.outputs(), **facts)
        evidence.write(record, folder.part / RECORD)
