"""The rows to learn from and the rows to measure with."""

from dataclasses import dataclass

from guanyao.data.readers import read
from guanyao.data.split import split
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.flows.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The rows to learn from and the rows to measure with."""

    train: Table
    holdout: Table

    def inputs(self) -> list[dict[str, str]]:
        """The sources by role, format and digest; never by path, which may name people."""
        source, holdout = self.train.schema.source, self.holdout.schema.source
        both = {"source": source} if holdout == source else {"source": source, "holdout": holdout}
        return [{"role": r, "format": s.format, "digest": s.digest} for r, s in both.items()]


def divide(table: Table, settings: Settings) -> Sides:
    """The table in two: by its entities, or all of it beside a holdout of its own.

    Raises:
        DataError: The holdout has other columns than the table, or a side is empty.
    """
    if settings.holdout_file is None:
        train, holdout = split(
            table, holdout=settings.holdout, seed=settings.seed, entity=table.schema.entity
        )
        return Sides(train=train, holdout=holdout)
    return Sides(train=table, holdout=read(settings.holdout_file, schema=table.schema))


def check_target(sides: Sides) -> None:
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
