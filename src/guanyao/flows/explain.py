"""Explain: what a generator learned, as a page of pictures, graphs and tables."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.errors import ConfigError
from guanyao.flows import explain_images, explain_table, reporting
from guanyao.flows.folder import Folder, results_in, writing
from guanyao.flows.job import utc_now
from guanyao.flows.ledger import AnyWorkspace, recorded
from guanyao.flows.settings import QUIET
from guanyao.flows.stopwatch import Stopwatch
from guanyao.models.image_sampler import ImageSampler
from guanyao.models.model_file import load
from guanyao.records import evidence
from guanyao.report.explain_page import render_explain
from guanyao.report.record import plain
from guanyao.types import Progress

PAGE, FACTS = "explain.html", "explain.json"


@dataclass(frozen=True)
class Explained:
    """What was explained.

    Args:
        out: The folder.
        facts: What `explain.json` says: the generator, its kind of data, the sections.
        shows_real: Whether real pictures are shown.
        paths: The files by kind: page, facts, and one for each picture.
    """

    out: Path
    facts: dict[str, Any]
    shows_real: bool
    paths: dict[str, Path]


def explain(  # noqa: PLR0913
    model: str | Path,
    *,
    out: str | Path,
    source: object = None,
    n: int | None = None,
    seed: int = 0,
    who: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
    clock: Callable[[], datetime] = utc_now,
) -> Explained:
    """What a generator learned; leaves explain.html, explain.json and pictures in a folder.

    Args:
        model: The path of a model file.
        out: The folder of the results: new, empty, or that of an earlier run.
        source: Real pictures, to show how they are rebuilt and which come nearest to virtual ones.
        n: Virtual rows or pictures that the figures rest on; None: 20,000 rows, or 64 pictures.
        seed: What everything is drawn with.
        who: Who runs it, for the record.
        workspace: Where it is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.
        clock: Says what time it is.

    Raises:
        ConfigError: A number is out of range, or the generator has nothing to explain.
        DataError: The model or the pictures cannot be read, or the folder cannot be written.
        PrivacyError: The workspace says that the model is retired.
    """
    created, watch = clock(), Stopwatch()
    with recorded(workspace, "explain", who=who) as act, results_in(out) as folder:
        _check(n, seed)
        progress.stage("load")
        act.uses(model, progress)
        fitted: Any = load(model)
        inputs = [{"role": "model", "format": "gy", "digest": evidence.file_digest(model)}]
        if source is not None:
            act.input("source", source)
        progress.stage("explain")
        found = _sections(fitted, source, inputs, n=n, seed=seed, progress=progress)
        run_id = evidence.new_id(created=created, inputs=inputs, seed=seed)
        facts = _facts(fitted, run_id, found)
        files = _write(facts, folder)
        reporting.seal(
            folder,
            id=run_id,
            verb="explain",
            created=created,
            settings={"n": n, "shows_real": source is not None},
            seed=seed,
            inputs=inputs,
            who=who,
            duration_s=watch.total_s(),
        )
        act.note(run=run_id, model=fitted.name)
        act.results(folder)
        with writing(folder.out):
            folder.publish()
    paths = {name: folder.out / file for name, file in files.items()}
    return Explained(folder.out, _without_pictures(facts), source is not None, paths)


def _facts(
    fitted: Any,  # noqa: ANN401
    run_id: str,
    sections: list[dict[str, Any]],
) -> dict[str, Any]:
    """What the page shows."""
    return {
        "version": evidence.versions()["guanyao"],
        "run": run_id,
        "model": fitted.name,
        "kind": "images" if isinstance(fitted, ImageSampler) else "table",
        "sections": sections,
    }


def _sections(
    fitted: Any,  # noqa: ANN401
    source: object,
    inputs: list[dict[str, str]],
    **how: Any,  # noqa: ANN401
) -> list[dict[str, Any]]:
    """What is to be shown; real pictures that are shown are noted among the inputs."""
    if not isinstance(fitted, ImageSampler):
        _check_source(source)
        return explain_table.sections(fitted, **how)
    del how["progress"]
    real = None
    if source is not None:
        real = explain_images.read_real(fitted, source, how["seed"])
        read = real.source
        inputs.append({"role": "source", "format": read.format, "digest": read.digest})
    return explain_images.sections(fitted, real=real, **how)


def _check(n: int | None, seed: int) -> None:
    for name, value, least in (("n", n, 2), ("seed", seed, 0)):
        if value is not None and value < least:
            raise ConfigError(
                f"{name} is {value}", allowed=f"allowed: {least} or more", code="config.range"
            )


def _check_source(source: object) -> None:
    if source is not None:
        raise ConfigError(
            "a source means nothing to a generator of tables",
            do="leave --source out: real rows are never shown",
            code="config.option",
        )


def _write(facts: dict[str, Any], folder: Folder) -> dict[str, str]:
    """Write the page, the facts and the pictures; the names of the files by kind."""
    files = {"page": PAGE, "facts": FACTS}
    page = render_explain(facts)
    with writing(folder.out):
        (folder.part / PAGE).write_text(page, encoding="utf-8")
        reporting.write_json(_without_pictures(facts), folder.part / FACTS)
        for section in facts["sections"]:
            for name, blob in explain_images.files(section):
                (folder.part / name).write_bytes(blob)
                files[Path(name).stem] = name
    return files


def _without_pictures(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts as plain JSON, with the names of files instead of pictures."""
    sections = [
        {k: v for k, v in one.items() if k not in ("png", "file")}
        | ({"files": [name for name, _ in explain_images.files(one)]} if one.get("png") else {})
        for one in facts["sections"]
    ]
    told: dict[str, Any] = plain({**facts, "sections": sections})
    return told
