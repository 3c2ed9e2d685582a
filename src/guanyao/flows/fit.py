"""Fit: a table or pictures go in, a generator that has learned them comes out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from guanyao.data.images import Images
from guanyao.errors import DataError
from guanyao.flows import training_folder
from guanyao.flows.deadline import Deadline
from guanyao.flows.folder import writing
from guanyao.flows.generators import (
    AnyGenerator,
    build,
    check_name,
    family_of,
    is_deep,
    no_epochs,
    settings_of,
)
from guanyao.flows.holdout import part_of
from guanyao.flows.ledger import AnyWorkspace, recorded
from guanyao.flows.opening import Data, open_to_learn
from guanyao.flows.settings import QUIET, AnySource, Learning, make, takes
from guanyao.types import Progress

AUTO_MINUTES = 10.0
"""Wall time that `auto` plans with when none is set."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The generator that was chosen, and why."""

    name: str
    why: str


@takes(Learning)
def fit(
    source: AnySource,
    *,
    folder: str | Path | None = None,
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    """A generator that has learned the table or the pictures.

    Args:
        source: A table (a path or URL, a Table, a polars or pandas frame), or pictures (a path, an
            array of shape (n, height, width[, channels]), Images).
        folder: Where a deep model leaves its log, sample grids and checkpoints; training that was
            stopped there goes on. None: nothing is left.
        progress: Where to say how far it is.
        options: The fields of `guanyao.flows.settings.Learning`.

    Returns:
        A `guanyao.types.Generator` of tables, or a generator of pictures.

    Raises:
        ConfigError: An option does not exist, is out of range, or is not one of the model's.
        DataError: The data cannot be read or used.
        PrivacyError: A person's data would be learned; see `guanyao.flows.guard`.
    """
    learning = make(Learning, options)
    progress.stage("read")
    data = open_to_learn(source, learning, progress)
    if learning.holdout:
        data, _ = part_of(cast(Any, data), learning)
    generator, _ = prepare(data, learning)
    return learn(generator, data, learning, progress, None if folder is None else Path(folder))


@takes(Learning)
def fit_to(
    source: AnySource,
    out: str | Path,
    *,
    progress: Progress = QUIET,
    is_first: bool = True,
    workspace: AnyWorkspace = None,
    **options: Any,  # noqa: ANN401
) -> AnyGenerator:
    """The generator of `fit`, written to a file, which appears when it is whole.

    A deep model trains in the folder `<out>.training` and goes on from there if it was stopped;
    its log and sample grids stay there.

    Args:
        source: As for `fit`.
        out: The file.
        progress: Where to say how far it is.
        is_first: Whether this process writes; of several that train one model only the first does.
        workspace: Where it is recorded: a workspace or its folder; None: nowhere.
        options: The fields of `guanyao.flows.settings.Learning`.

    Raises:
        DataError: The file cannot be written.
    """
    out = Path(out)
    folder = training_folder.beside(out)
    if not is_first:
        return cast(AnyGenerator, fit(source, folder=folder, progress=progress, **options))
    with recorded(workspace, "fit") as act:
        check_place(out)
        learning = make(Learning, options)
        act.learns(source, learning)
        act.expect("training", folder)
        act.expect("model", out)
        with _training_in(folder):
            generator = fit(source, folder=folder, progress=progress, **options)
        with writing(out):
            generator.save(out)
            training_folder.finish(folder)
        chosen = {"name": generator.name, "settings": settings_of(generator)}
        settings = {**learning.as_record(), "chosen": chosen}
        act.output("model", out, facts={"settings": settings})
        act.output_if_there("training", folder)
        act.note(model=generator.name)
    return cast(AnyGenerator, generator)


@contextmanager
def _training_in(folder: Path) -> Iterator[None]:
    """A folder that training can go on in later, if it is stopped inside."""
    with writing(folder):
        training_folder.begin(folder)
    try:
        yield
    except BaseException:
        training_folder.stop(folder)
        raise


def check_place(path: Path) -> None:
    """See that a file can be written, before much work is put into it.

    Raises:
        DataError: There is no such folder, or the path is one.
    """
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else "lies in a folder that does not exist"
        raise DataError(f"{path} {what}", do="name another place", code="data.unwritable")


def prepare(data: Data, learning: Learning) -> tuple[Any, Choice]:
    """The generator that shall learn the data, not fitted yet, and why it was chosen."""
    choice = choose(data, learning)
    family = family_of(data)
    generator = build(choice.name, learning.of_model(), learning.max_minutes, family)
    if learning.profile and not is_deep(generator):
        raise no_epochs(choice.name, "profile")
    return generator, choice


def choose(data: Data, learning: Learning) -> Choice:
    """The generator that was asked for, or that `auto` takes for this data."""
    check_name(learning.model, family_of(data))
    if learning.model != "auto":
        return Choice(name=learning.model, why="asked for by name")
    name, why = _auto(data, learning.max_minutes or AUTO_MINUTES)
    return Choice(name=name, why=why)


def _auto(data: Data, max_minutes: float) -> tuple[str, str]:
    from guanyao.models import auto, auto_image

    if isinstance(data, Images):
        return auto_image.choose(data)
    return auto.choose(data, max_minutes=max_minutes)


def learn(
    generator: Any,  # noqa: ANN401
    data: Data,
    learning: Learning,
    progress: Progress,
    folder: Path | None = None,
) -> Any:  # noqa: ANN401
    """The generator once it has learned the data.

    Args:
        generator: It.
        data: A table or pictures, whichever it learns.
        learning: The seed, the time, and whether to profile.
        progress: Where to say how far it is.
        folder: Where a deep model leaves what it writes while it trains, and goes on from.

    Raises:
        ConfigError: Fitting took longer than `max_minutes`.
    """
    progress.stage(f"fit {generator.name}")
    if learning.max_minutes is not None and not hasattr(generator, "max_minutes"):
        progress = Deadline(progress, learning.max_minutes)
    more = {"folder": folder, "profile": learning.profile} if is_deep(generator) else {}
    return generator.fit(data, seed=learning.seed, progress=progress, **more)
