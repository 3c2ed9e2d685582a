"""The rows or pictures to learn from and those to measure with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from guanyao.data.image_sides import prepare_images
from guanyao.data.image_split import split_images
from guanyao.data.images import Images
from guanyao.data.readers import read, under
from guanyao.data.split import split
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.flows import guard
from guanyao.flows.opening import open_images, source_of
from guanyao.flows.settings import Learning, Settings

D = TypeVar("D", Table, Images)
AnyLearning = TypeVar("AnyLearning", bound=Learning)


@dataclass(frozen=True, kw_only=True)
class Sides(Generic[D]):
    """What to learn from and what to measure with."""

    train: D
    holdout: D

    def inputs(self) -> list[dict[str, str]]:
        """The sources by role, format and digest; never by path, which may name people."""
        source, holdout = source_of(self.train), source_of(self.holdout)
        both = {"source": source} if holdout == source else {"source": source, "holdout": holdout}
        return [{"role": r, "format": s.format, "digest": s.digest} for r, s in both.items()]


def part_of(data: D, learning: Learning) -> tuple[D, D]:
    """What is learned and what is kept back, by entity; the same for the same seed."""
    how: Callable[..., Any] = split_images
    if isinstance(data, Table):
        how = partial(split, entity=data.schema.entity)
    train, holdout = how(data, holdout=learning.holdout, seed=learning.seed)
    return train, holdout


def divide(table: Table, settings: Settings) -> Sides[Table]:
    """The table in two: by its entities, or all of it beside a holdout of its own.

    Raises:
        DataError: The holdout has other columns than the table, or a side is empty.
    """
    if settings.holdout_file is None:
        train, holdout = part_of(table, settings)
        return Sides(train=train, holdout=holdout)
    if settings.policy is None:
        return Sides(train=table, holdout=read(settings.holdout_file, schema=table.schema))
    masked = guard.masked(read(settings.holdout_file), settings)
    return Sides(train=table, holdout=under(masked, table.schema))


def divide_images(images: Images, settings: Settings) -> Sides[Images]:
    """The pictures in two: by their entities, or all of them beside a holdout of their own.

    Raises:
        DataError: The holdout cannot be read or is of another size, colour or classes, or there
            are too few pictures to keep some back.
    """
    if settings.holdout_file is None:
        train, holdout = part_of(images, settings)
        return Sides(train=train, holdout=holdout)
    holdout = open_images(settings.holdout_file, like(images, settings))
    return Sides(train=images, holdout=prepare_images(images, holdout, images).holdout)


def like(images: Images, learning: AnyLearning) -> AnyLearning:
    """How others are read like these; labels in a file of their own are these pictures' alone."""
    alike = replace(learning, size=images.shape[:2])
    is_own_file = learning.labels is not None and Path(learning.labels).is_file()
    return replace(alike, labels=None, entity=None) if is_own_file else alike


def check_target(sides: Sides[Table]) -> None:
    """See that there is something to predict.

    Raises:
        DataError: The target has fewer than two values in the rows to learn from.
    """
    target = sides.train.schema.target
    if target is not None and sides.train.frame[target].drop_nulls().n_unique() < 2:
        raise DataError(
            f"the target {target!r} has fewer than two values",
            do="choose another --target, or leave it out",
            code="data.target",
        )
