"""Fit: a table goes in, a generator that has learned it comes out."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from guanyao import registry
from guanyao.data.readers import read
from guanyao.data.schema import Schema
from guanyao.data.split import split
from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError
from guanyao.flows.folder import writing
from guanyao.flows.settings import QUIET, AnyTable, Learning, make, takes
from guanyao.models import GROUP, MODELS
from guanyao.types import Generator, Progress, Value

AUTO_MINUTES = 10.0
"""Wall time that `auto` plans with when none is set."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The generator that was chosen, and why."""

    name: str
    why: str


@takes(Learning)
def fit(
    source: AnyTable,
    *,
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Generator:
    """A generator that has learned the table.

    Args:
        source: A path or URL, a Table, a polars or pandas frame.
        progress: Where to say how far it is.
        options: The fields of `guanyao.flows.settings.Learning`.

    Raises:
        ConfigError: An option does not exist, is out of range, or is not one of the model's.
        DataError: The table cannot be read or used.
    """
    learning = make(Learning, options)
    progress.stage("read")
    table = open_table(source, learning)
    if learning.holdout:
        table, _ = split(
            table, holdout=learning.holdout, seed=learning.seed, entity=table.schema.entity
        )
    generator, _ = prepare(table, learning)
    return learn(generator, table, learning, progress)


@takes(Learning)
def fit_to(
    source: AnyTable,
    out: str | Path,
    *,
    progress: Progress = QUIET,
    **options: Any,  # noqa: ANN401
) -> Generator:
    """The generator of `fit`, written to a file, which appears when it is whole.

    Raises:
        DataError: The file cannot be written.
    """
    out = Path(out)
    check_place(out)
    generator = fit(source, progress=progress, **options)
    with writing(out):
        generator.save(out)
    return generator


def check_place(path: Path) -> None:
    """See that a file can be written, before much work is put into it.

    Raises:
        DataError: There is no such folder, or the path is one.
    """
    if path.is_dir() or not path.parent.is_dir():
        what = "is a folder" if path.is_dir() else "lies in a folder that does not exist"
        raise DataError(f"{path} {what}", do="name another place", code="data.unwritable")


def open_table(source: AnyTable, learning: Learning) -> Table:
    """The table with the roles and rules that were asked for."""
    schema = learning.schema
    if isinstance(schema, str | Path):
        schema = Schema.load(schema)
    table = read(source, schema=schema)
    roles = table.schema.with_roles(target=learning.target, entity=learning.entity)
    rules = tuple(dict.fromkeys((*roles.rules, *learning.rules)))
    return Table(table.frame, replace(roles, rules=rules))


def prepare(table: Table, learning: Learning) -> tuple[Generator, Choice]:
    """The generator that shall learn the table, not fitted yet, and why it was chosen."""
    choice = choose(table, learning)
    return build(choice.name, learning.of_model(), learning.max_minutes), choice


def choose(table: Table, learning: Learning) -> Choice:
    """The generator that was asked for, or that `auto` takes for this table."""
    if learning.model != "auto":
        return Choice(name=learning.model, why="asked for by name")
    from guanyao.models.auto import choose as auto

    name, why = auto(table, max_minutes=learning.max_minutes or AUTO_MINUTES)
    return Choice(name=name, why=why)


def build(name: str, settings: Mapping[str, Value], max_minutes: float | None = None) -> Generator:
    """A generator with its settings, not fitted yet.

    Raises:
        UnknownNameError: There is no generator of that name.
        ConfigError: A setting is not one of the generator's, or is out of range.
    """
    kind = registry.find(MODELS, name, GROUP)
    own = _own_settings(kind)
    for setting in settings:
        if setting not in own:
            raise _strange_setting(name, setting, list(own))
    values = {k: _typed(f"{name}.{k}", own[k], v) for k, v in settings.items()}
    if max_minutes is not None and "max_minutes" in own:
        values.setdefault("max_minutes", max_minutes)
    return cast(Generator, kind(**values))


def _own_settings(kind: type) -> dict[str, Any]:
    """Name and type of every setting of a generator."""
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind) if f.init and not f.name.endswith("_")}


def _strange_setting(model: str, setting: str, own: list[str]) -> ConfigError:
    if setting in ("epsilon", "delta"):
        return ConfigError(
            f"{model!r} gives no differential privacy, so it takes no {setting}",
            allowed=f"its settings: {', '.join(own)}",
            do="leave --epsilon and --delta out; min_entities is its protection",
            code="config.no_dp",
        )
    return ConfigError(
        f"{model!r} has no setting {setting!r}",
        allowed="settings: " + (", ".join(own) or "none"),
        code="config.setting",
    )


def _typed(name: str, hint: Any, value: Any) -> Any:  # noqa: ANN401
    """The value as the setting's type wants it; text is read as JSON where that fits."""
    for candidate in _readings(value):
        if _fits(hint, candidate):
            return tuple(candidate) if isinstance(candidate, list) else candidate
    raise ConfigError(
        f"setting {name} is {value!r}",
        allowed=f"allowed: {getattr(hint, '__name__', None) or hint}",
        code="config.setting",
    )


def _readings(value: Any) -> list[Any]:  # noqa: ANN401
    if not isinstance(value, str):
        return [value]
    try:
        return [json.loads(value), value]
    except (ValueError, RecursionError):
        named = {"true": True, "false": False, "none": None}
        return [named.get(value.lower(), value), value]


def _fits(hint: Any, value: Any) -> bool:  # noqa: ANN401
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return any(_fits(part, value) for part in get_args(hint))
    if origin is Literal:
        return value in get_args(hint)
    if hint in (None, NoneType):
        return value is None
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if (origin or hint) is tuple:
        return isinstance(value, list | tuple)
    if isinstance(value, bool):
        return hint is bool
    return hint is Any or isinstance(value, origin or hint)


def learn(generator: Generator, table: Table, learning: Learning, progress: Progress) -> Generator:
    """The generator once it has learned the table.

    Raises:
        ConfigError: Fitting took longer than `max_minutes`.
    """
    progress.stage(f"fit {generator.name}")
    if learning.max_minutes is not None and not hasattr(generator, "max_minutes"):
        progress = Deadline(progress, learning.max_minutes)
    return generator.fit(table, seed=learning.seed, progress=progress)


class Deadline:
    """Progress that ends the work when its time is over.

    Args:
        progress: Where progress is shown.
        minutes: Wall time from now, > 0.
    """

    def __init__(self, progress: Progress, minutes: float) -> None:
        self._progress = progress
        self._minutes = minutes
        self._end_s = time.monotonic() + 60 * minutes

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage, if there is time left."""
        self._check()
        self._progress.stage(name, total)

    def advance(self, steps: int = 1) -> None:
        """Go on, if there is time left."""
        self._check()
        self._progress.advance(steps)

    def note(self, text: str) -> None:
        """Pass it on."""
        self._progress.note(text)

    def _check(self) -> None:
        if time.monotonic() > self._end_s:
            raise ConfigError(
                f"fitting took longer than {self._minutes:g} minutes",
                do="raise --max-minutes, or choose a faster model (guanyao list models)",
                code="config.max_minutes",
            )


def settings_of(generator: Generator) -> dict[str, Any]:
    """The generator's settings by name, without what it learned."""
    return {name: getattr(generator, name) for name in _own_settings(type(generator))}
