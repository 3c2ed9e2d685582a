"""Trains a model anew, without the person, as it was trained before."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanyao.data import database
from guanyao.errors import DataError, GuanyaoError
from guanyao.flows.fit import fit
from guanyao.flows.folder import RECORD
from guanyao.flows.generators import is_of_images
from guanyao.models.model_file import load
from guanyao.records import evidence
from guanyao.records.lineage import LIVE, RETRAIN_DUE, Artefact
from guanyao.records.workspace import Workspace
from guanyao.types import Progress

HIDDEN = ("policy", "labels", "key")
"""What a record says to have been given, and what stands in no record."""

SAME = ("seed", "holdout", "epsilon", "delta", "max_minutes", "max_cpu_minutes", "epochs")


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a model was trained.

    Args:
        name: Its generator.
        settings: The generator's settings.
        options: What else `fit` is given.
    """

    name: str
    settings: Mapping[str, Any]
    options: Mapping[str, Any]


def training_of(workspace: Workspace, model: Artefact) -> Training | None:
    """How a model was trained, as its record says; None where nothing says it all.

    Args:
        workspace: Where it is recorded.
        model: The artefact.
    """
    facts = model.facts.get("settings") or _recorded(workspace.path_of(model.place), model.digest)
    if not isinstance(facts, Mapping) or "chosen" not in facts:
        return None
    given = facts.get("given", [])
    if any(name in given for name in HIDDEN):
        return None
    options = {name: facts[name] for name in SAME if facts.get(name) is not None}
    if "holdout_file" in given:
        options["holdout"] = 0.0
    if facts.get("allow_personal_text"):
        options["allow_personal_text"] = True
    chosen = facts["chosen"]
    return Training(name=chosen["name"], settings=chosen["settings"], options=options)


def _recorded(path: Path, digest: str) -> Mapping[str, Any] | None:
    """The settings in the record of the run that made the model."""
    try:
        record = evidence.read(path.parent / RECORD)
    except DataError:
        return None
    made = {item["name"]: item["digest"] for item in record["outputs"]}
    return record["settings"] if made.get(path.name) == digest else None


def retrain(workspace: Workspace, model: Artefact, progress: Progress) -> Artefact | None:
    """The model that takes the place of the old one; None where it could not be trained anew.

    Args:
        workspace: Where it is recorded.
        model: The old one, of which nothing personal is used but how it was trained.
        progress: Told why a model was not trained anew.

    Raises:
        DataError: The new file cannot be written.
    """
    path = workspace.path_of(model.place)
    training, source = training_of(workspace, model), _source(workspace, model)
    if training is None or source is None or not path.is_file():
        progress.note(f"{path.name}: not trained anew, as no record says how, and from what")
        return None
    generator: Any = load(path)
    if is_of_images(generator):
        progress.note(f"{path.name}: models of pictures are not trained anew")
        return None
    schema = generator.schema_
    settings = {k: v for k, v in training.settings.items() if k not in training.options}
    try:
        fresh = fit(
            _address(workspace, source),
            model=training.name,
            settings=settings,
            schema=schema,
            progress=progress,
            **training.options,
        )
    except GuanyaoError as error:
        progress.note(f"{path.name}: not trained anew ({error.code})")
        return None
    fresh.save(path)
    lineage = workspace.lineage
    facts = dict(model.facts)
    made = lineage.add(
        "model", model.place, evidence.file_digest(path), "erase", parents=[source.id], facts=facts
    )
    return lineage.mark(made.id, LIVE, "trained anew without the subject")


def _source(workspace: Workspace, model: Artefact) -> Artefact | None:
    """What lies now where the model learned from."""
    lineage = workspace.lineage
    for parent in lineage.parents(model.id):
        now = lineage.by_place(parent.place)
        if now is not None and now.kind in ("source", "masked") and now.status == LIVE:
            return now
    return None


def _address(workspace: Workspace, source: Artefact) -> str:
    if database.is_url(source.place):
        return source.place
    return str(workspace.path_of(source.place))


def is_due(model: Artefact) -> bool:
    """Whether it is to be trained anew."""
    return model.status == RETRAIN_DUE
