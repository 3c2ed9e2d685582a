"""Opens what a job works on: a table or pictures, with the roles and rules that were asked for."""

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from guanyao.data.images import Images, is_images, read_images
from guanyao.data.readers import read
from guanyao.data.schema import Schema, Source
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.flows import guard
from guanyao.flows.guard import Examined
from guanyao.flows.settings import (
    FORMATS,
    IMAGE_FORMATS,
    QUIET,
    AnySource,
    AnyTable,
    Learning,
    Settings,
)
from guanyao.types import Progress

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Data: TypeAlias = Table | Images

OF_TABLES = ("schema", "target", "rules", "rebalance", "policy", "key", "allow_personal_text")
OF_IMAGES = ("labels", "size", "show_real", "features")
"""Options that mean something to one kind of data only."""

SIZE = re.compile(r"(\d{1,9})(?:\s*[x×]\s*(\d{1,9}))?")


def open_source(source: AnySource, learning: Learning) -> Data:
    """The table or the pictures, as the learning asks for them.

    Raises:
        ConfigError: An option means nothing to this kind of data.
        DataError: It cannot be read.
    """
    if is_images(source):
        return open_images(source, learning)
    return open_table(cast(AnyTable, source), learning)


def open_to_learn(source: AnySource, learning: Learning, progress: Progress = QUIET) -> Data:
    """The table or the pictures to learn from: masked, and with nothing in it that is a person's.

    Raises:
        ConfigError: An option means nothing to this kind of data.
        DataError: It cannot be read.
        PrivacyError: See `guard.refuse`.
    """
    if is_images(source):
        return open_images(source, learning)
    return examine_to_learn(cast(AnyTable, source), learning, progress).table


def open_table(source: AnyTable, learning: Learning) -> Table:
    """The table with the roles and rules that were asked for.

    Raises:
        ConfigError: An option means something to pictures only.
    """
    return examine(source, learning).table


def examine(source: AnyTable, learning: Learning, progress: Progress = QUIET) -> Examined:
    """The table of `open_table`, and the personal data in it."""
    return _with_roles(guard.examine(*_read(source, learning), progress=progress), learning)


def examine_to_learn(source: AnyTable, learning: Learning, progress: Progress = QUIET) -> Examined:
    """The table of `open_to_learn`, and the personal data in it."""
    table, is_given = _read(source, learning)
    table = guard.masked(table, learning)
    examined = _with_roles(guard.examine(table, is_given, progress=progress), learning)
    guard.refuse(examined, learning, source)
    return examined


def _read(source: AnyTable, learning: Learning) -> tuple[Table, bool]:
    """The table, and whether its schema was handed over."""
    _refuse(learning, OF_IMAGES, "a table")
    schema = learning.schema
    if isinstance(schema, str | Path):
        schema = Schema.load(schema)
    return read(source, schema=schema), schema is not None


def _with_roles(examined: Examined, learning: Learning) -> Examined:
    table = examined.table
    roles = table.schema.with_roles(target=learning.target, entity=learning.entity)
    rules = tuple(dict.fromkeys((*roles.rules, *learning.rules)))
    return replace(examined, table=Table(table.frame, replace(roles, rules=rules)))


def open_images(source: object, learning: Learning) -> Images:
    """The pictures with their labels, in the size that was asked for.

    Raises:
        ConfigError: An option means something to tables only.
    """
    _refuse(learning, OF_TABLES, "pictures")
    labels: str | Path | ArrayLike | None = learning.labels
    return read_images(source, labels=labels, entity=learning.entity, size=size_of(learning.size))


def _refuse(learning: Learning, names: Iterable[str], what: str) -> None:
    """See that no option was set that means nothing to this kind of data."""
    for name in names:
        if getattr(learning, name, None):
            flag = {"rules": "rule"}.get(name, name).replace("_", "-")
            raise ConfigError(
                f"--{flag} means nothing to {what}", do="leave it out", code="config.option"
            )


def size_of(size: Any) -> Any:  # noqa: ANN401
    """A size as typed, "28" or "28x32" (height x width), as numbers; other sizes as they are.

    Raises:
        ConfigError: The text is no size.

    Examples:
        >>> size_of("28x32"), size_of("64"), size_of(None)
        ((28, 32), 64, None)
    """
    if not isinstance(size, str):
        return size
    found = SIZE.fullmatch(size.strip())
    if found is None:
        raise ConfigError(
            f"size is {size!r}", allowed="a side, or HEIGHTxWIDTH", code="config.image_size"
        )
    height, width = found.groups()
    return int(height) if width is None else (int(height), int(width))


def with_format(settings: Settings, data: Data) -> Settings:
    """The settings with the format that this kind of data is written in.

    Raises:
        ConfigError: Data of this kind cannot be written in the format that was asked for.
    """
    known = IMAGE_FORMATS if isinstance(data, Images) else FORMATS
    format = settings.format or known[0]
    if format not in known:
        what = "pictures" if isinstance(data, Images) else "a table"
        raise ConfigError(
            f"format is {format!r}, which {what} cannot be written in",
            allowed="allowed: " + ", ".join(known),
            code="config.range",
        )
    return replace(settings, format=format)


def source_of(data: Data) -> Source:
    """Where the data came from."""
    return data.source if isinstance(data, Images) else data.schema.source
