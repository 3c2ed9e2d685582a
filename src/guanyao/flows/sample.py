"""Sample: a fitted generator writes virtual rows or pictures: at once, in batches, or to a file."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import polars as pl

from guanyao.data.image_output import open_image_writer, places
from guanyao.data.images import Images
from guanyao.data.schema import Column, Schema
from guanyao.data.writers import open_writer
from guanyao.errors import ConfigError
from guanyao.flows.generators import AnyGenerator
from guanyao.flows.ledger import Act, AnyWorkspace, recorded
from guanyao.flows.settings import IMAGE_FORMATS, QUIET
from guanyao.models.image_sampler import ImageSampler
from guanyao.models.model_file import load
from guanyao.types import Generator, Given, Progress, Value

Shares: TypeAlias = Mapping[str, Mapping[Value, float]]
"""The share that levels of a column shall have: {"income": {">50K": 0.5}}."""

BATCH_ROWS = 100_000
BATCH_IMAGES = 1_000
IDX_NAME = re.compile(r"-idx\d-ubyte(\.gz)?$")

PILOT_ROWS = 20_000
"""Rows drawn to learn in what proportion levels without a share of their own stand."""

ROUNDING = 1e-9
"""By how much shares may miss 1."""


def sample(
    model: AnyGenerator | str | Path,
    n_rows: int,
    *,
    given: Given | None = None,
    rebalance: Shares | None = None,
    seed: int | None = None,
) -> Any:  # noqa: ANN401
    """Virtual rows or pictures, as many as are asked for.

    Args:
        model: A fitted generator, or the path of a model file.
        n_rows: How many rows or pictures, >= 0.
        given: Values that every row shall have, None is a missing value; {"label": name} for
            pictures.
        rebalance: The share that levels of one column shall have.
        seed: The same seed gives the same rows; None draws new ones each time.

    Returns:
        A polars frame with the columns, order and types of the table that was learned, or Images.

    Raises:
        ConfigError: A number is out of range, or a condition cannot be met.
        DataError: There is no such column, or the model file cannot be read.
    """
    batches = sample_batches(model, n_rows, given=given, rebalance=rebalance, seed=seed)
    parts = list(batches)
    return joined(parts) if isinstance(parts[0], Images) else pl.concat(parts)


def sample_batches(
    model: AnyGenerator | str | Path,
    n_rows: int,
    *,
    given: Given | None = None,
    rebalance: Shares | None = None,
    seed: int | None = None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Any]:
    """What `sample` gives in batches, at least one, so that any number of them fits in memory."""
    _check_counts(n_rows, batch_rows, seed)
    generator = load(model) if isinstance(model, str | Path) else model
    if isinstance(generator, ImageSampler):
        if rebalance:
            raise _no_rebalance(generator.name)
        size = min(batch_rows, BATCH_IMAGES)
        return generator.sample_batches(n_rows, given=given, seed=seed, batch_images=size)
    for column in {**(given or {}), **(rebalance or {})}:
        _ = generator.schema_[column]
    if n_rows == 0:
        return iter([generator.sample(0, given=given, seed=seed)])
    more = _rebalanced(generator, rebalance, given, seed) if rebalance else {}
    return generator.sample_batches(n_rows, given=given, seed=seed, batch_rows=batch_rows, **more)


def joined(batches: list[Images]) -> Images:
    """Batches of pictures as one set."""
    labels = [batch.labels for batch in batches if batch.labels is not None]
    return replace(
        batches[0],
        pixels=np.concatenate([batch.pixels for batch in batches]),
        labels=np.concatenate(labels) if labels else None,
    )


def _check_counts(n_rows: int, batch_rows: int, seed: int | None) -> None:
    _check_count("rows", n_rows, 0)
    _check_count("batch_rows", batch_rows, 1)
    if seed is not None:
        _check_count("seed", seed, 0)


def _check_count(name: str, value: int, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ConfigError(
            f"{name} is {value!r}",
            allowed=f"allowed: a whole number, {least} or more",
            code="config.range",
        )


def sample_to(
    model: AnyGenerator | str | Path,
    n_rows: int,
    out: str | Path,
    *,
    format: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
    **how: Any,  # noqa: ANN401
) -> Path:
    """Write virtual rows or pictures to a file, batch by batch; the path of the file.

    It appears when it is whole. The suffix says how rows are written; pictures become an `.npz`
    file, IDX files as MNIST's, or else a folder.

    Args:
        model: A fitted generator, or the path of a model file.
        n_rows: How many rows or pictures, >= 0.
        out: The file, or for pictures the folder.
        format: Of pictures: folder, npz or idx; None: as the path's name says.
        workspace: Where it is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.
        how: `given`, `rebalance` and `seed`, as for `sample`.

    Raises:
        ConfigError: A number or the format is out of range, or a condition cannot be met.
        DataError: There is no such column, or a file cannot be read or written.
        PrivacyError: The workspace says that the model is retired.
    """
    with _sampling(workspace, model, n_rows, progress) as act:
        generator = load(model) if isinstance(model, str | Path) else model
        return _sample_to(act, generator, n_rows, Path(out), format, progress, **how)


@contextmanager
def _sampling(
    workspace: AnyWorkspace, model: AnyGenerator | str | Path, n_rows: int, progress: Progress
) -> Iterator[Act]:
    """The act of drawing from a model that may still be used."""
    with recorded(workspace, "sample") as act:
        act.uses(model, progress)
        yield act
        act.note(n_rows=int(n_rows))


def _sample_to(
    act: Act,
    generator: AnyGenerator,
    n_rows: int,
    out: Path,
    format: str | None,
    progress: Progress,
    **how: Any,  # noqa: ANN401
) -> Path:
    batches = sample_batches(generator, n_rows, **how)
    act.expect("virtual", out)
    with _open(generator, out, format) as writer:
        progress.stage("sample", n_rows)
        for batch in batches:
            writer.write(batch)
            progress.advance(len(batch))
    place = _place(generator, out, format)
    act.output("virtual", place)
    return place


def _open(generator: AnyGenerator, out: Path, format: str | None) -> AbstractContextManager[Any]:
    """What writes what the generator draws."""
    if isinstance(generator, ImageSampler):
        format = format or image_format(out)
        return open_image_writer(out, format, classes=generator.classes_)
    if format is not None and f".{format}" not in out.suffixes:
        raise ConfigError(
            f"the rows are to be {format}, and {out.name} has another ending",
            allowed="a table is written as its file's ending says",
            do="leave --format out",
            code="config.option",
        )
    return open_writer(out, generator.schema_)


def _place(generator: AnyGenerator, out: Path, format: str | None) -> Path:
    """Where what was drawn lies."""
    if not isinstance(generator, ImageSampler):
        return out
    place = places(out, format or image_format(out))[0]
    return place if place.exists() else place.with_name(place.name.replace("idx3", "idx4"))


def image_format(path: Path) -> str:
    """The format of pictures that a path's name stands for.

    Examples:
        >>> image_format(Path("a.npz")), image_format(Path("a-images-idx3-ubyte.gz"))
        ('npz', 'idx')
        >>> image_format(Path("virtual"))
        'folder'
    """
    folder, npz, idx = IMAGE_FORMATS
    if path.suffix == ".npz":
        return npz
    return idx if IDX_NAME.search(path.name) else folder


def sample_as_typed(
    model: str | Path,
    n_rows: int,
    out: str | Path,
    *,
    given: list[str],
    rebalance: str | None = None,
    workspace: AnyWorkspace = None,
    progress: Progress = QUIET,
    **how: Any,  # noqa: ANN401
) -> tuple[Path, str]:
    """As `sample_to`, with conditions and shares as typed; the path, and what is there, in a word.

    Args:
        model: The path of a model file.
        n_rows: How many rows or pictures, >= 0.
        out: The file, or for pictures the folder.
        given: Conditions, "column=value", or "label=name" for pictures.
        rebalance: Shares, "column=level:share,level:share".
        workspace: Where it is recorded: a workspace or its folder; None: nowhere.
        progress: Where to say how far it is.
        how: `seed` and `format`, as for `sample_to`.
    """
    with _sampling(workspace, model, n_rows, progress) as act:
        progress.stage("load")
        generator: AnyGenerator = load(model)
        conditions, things = _as_typed(generator, given, rebalance)
        how = {"format": None, **conditions, **how}
        return _sample_to(act, generator, n_rows, Path(out), progress=progress, **how), things


def _as_typed(
    generator: AnyGenerator, given: list[str], rebalance: str | None
) -> tuple[dict[str, Any], str]:
    """Conditions and shares as `sample` knows them, and what is drawn, in a word."""
    if isinstance(generator, ImageSampler):
        if rebalance:
            raise _no_rebalance(generator.name)
        return {"given": _by_name([_label(text) for text in given])}, "pictures"
    schema = generator.schema_
    shares = parse_rebalance(schema, rebalance) if rebalance else None
    return {"given": parse_given(schema, given), "rebalance": shares}, "rows"


def _label(condition: str) -> tuple[str, str]:
    """A condition on pictures as typed, "label=NAME"."""
    name, equals, value = condition.partition("=")
    if not equals:
        raise ConfigError(
            "a condition has no =", allowed="label=NAME for pictures", code="config.given"
        )
    return name, value


def _no_rebalance(name: str) -> ConfigError:
    return ConfigError(
        f"{name!r} cannot rebalance a column",
        do="choose another generator (guanyao list models)",
        code="config.rebalance",
    )


def _rebalanced(
    generator: Generator, shares: Shares, given: Given | None, seed: int | None
) -> dict[str, Any]:
    """The shares as an argument for the generator, every level among them.

    Raises:
        ConfigError: The generator cannot do it, or the shares are no shares.
    """
    if "rebalance" not in signature(generator.sample_batches).parameters:
        raise _no_rebalance(generator.name)
    if len(shares) != 1:
        raise ConfigError(
            f"{len(shares)} columns shall be rebalanced",
            allowed="one column at a time",
            code="config.rebalance",
        )
    [(column, named)] = shares.items()
    left = 1 - sum(named.values())
    if not named or min(named.values()) < 0 or left < -ROUNDING:
        raise ConfigError(
            f"the shares of {column!r} sum to {sum(named.values()):g}",
            allowed="shares of 0 or more that sum to 1 or less",
            code="config.rebalance",
        )
    if left < ROUNDING:
        return {"rebalance": shares}
    pilot = generator.sample(PILOT_ROWS, given=given, seed=seed)[column]
    return {"rebalance": {column: {**named, **_others(pilot, named, left)}}}


def _others(pilot: pl.Series, named: Mapping[Value, float], left: float) -> dict[Value, float]:
    """What is left of all rows, spread over the levels without a share as they stand."""
    counts = pilot.value_counts(sort=True).rows()
    others = {level: n for level, n in counts if level not in named}
    if not others:
        raise ConfigError(
            f"the shares of {pilot.name!r} sum to {1 - left:g}, and it has no other level",
            allowed="shares that sum to 1",
            code="config.rebalance",
        )
    total = sum(others.values())
    return {level: left * n / total for level, n in others.items()}


def parse_given(schema: Schema, conditions: list[str]) -> dict[str, Value]:
    """Conditions as typed on a command line, "column=value"; "column=" is a missing value.

    Raises:
        ConfigError: A condition names no column, or its value is not of the column's type.
    """
    parsed = _by_name([_parted(schema, condition) for condition in conditions])
    return {name: _value(schema[name], text) for name, text in parsed.items()}


def _by_name(conditions: list[tuple[str, str]]) -> dict[str, str]:
    """The texts of the conditions by what they are on.

    Raises:
        ConfigError: Two are on the same.
    """
    found = dict(conditions)
    if len(found) < len(conditions):
        twice = next(name for name in found if [n for n, _ in conditions].count(name) > 1)
        raise ConfigError(
            f"{twice!r} is given more than once",
            allowed="one value for all that is drawn",
            do="draw once for each value, or use --rebalance for shares of several levels",
            code="config.given",
        )
    return found


def _parted(schema: Schema, condition: str) -> tuple[str, str]:
    """Column and text of a condition; the column's own name may hold `=`."""
    fitting = [n for n in schema.names if condition.startswith(f"{n}=")]
    if not fitting:
        raise ConfigError(
            f"the condition on {condition.partition('=')[0]!r} names no column",
            allowed="COLUMN=VALUE with a column of: " + ", ".join(schema.names),
            code="config.given",
        )
    name = max(fitting, key=len)
    return name, condition[len(name) + 1 :]


TRUE_FALSE = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False}


def _value(column: Column, text: str) -> Value:
    """The text as a value of the column's type."""
    if text == "":
        return None
    try:
        if column.type == "integer":
            return int(text)
        if column.type == "number":
            return float(text)
        if column.type == "boolean":
            return TRUE_FALSE[text.lower()]
    except (KeyError, ValueError) as error:
        raise ConfigError(
            f"the condition on {column.name!r} is no {column.type}", code="config.given"
        ) from error
    return text


SHARE = re.compile(r"(?P<level>.*?):(?P<share>[0-9.eE+-]+)(?:,|$)", re.DOTALL)


def parse_rebalance(schema: Schema, text: str) -> dict[str, dict[Value, float]]:
    """Shares as typed on a command line, "column=level:share,level:share".

    Raises:
        ConfigError: The text names no column, or is not written like this.
    """
    name, rest = _parted(schema, text)
    found = list(SHARE.finditer(rest))
    if "".join(match[0] for match in found) != rest or not found:
        raise ConfigError(
            f"the shares of {name!r} cannot be read",
            allowed="COLUMN=LEVEL:SHARE,LEVEL:SHARE with shares from 0 to 1",
            code="config.rebalance",
        )
    return {name: {_value(schema[name], m["level"]): _share(name, m["share"]) for m in found}}


def _share(column: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ConfigError(f"a share of {column!r} is no number", code="config.rebalance") from error
