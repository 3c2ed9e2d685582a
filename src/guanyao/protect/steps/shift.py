"""Moves all dates of one person by the same number of days: intervals stay, dates do not."""

import hmac
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from guanyao.data.schema import Column, ColumnType
from guanyao.errors import ConfigError, DataError
from guanyao.protect.numbers import read_days, write_days
from guanyao.protect.step import DAYS, Context, Step, by_distinct, refuse_option

MAX_WINDOW = 36_525


@dataclass(frozen=True, kw_only=True)
class Shift(Step):
    """Each person's dates are moved by 1 to `window` days, back or forth.

    How far follows from the key and the person as it comes out of its own step: alike in all
    tables of the data set that mask the person alike.

    Args:
        window: The largest number of days, 1..36525.
    """

    window: int = 365

    name: ClassVar[str] = "shift"
    reversible: ClassVar[bool] = True
    needs_person: ClassVar[bool] = True
    types: ClassVar[tuple[ColumnType, ...]] = DAYS

    def __post_init__(self) -> None:
        """Check the options."""
        if not 1 <= self.window <= MAX_WINDOW:
            raise refuse_option("shift", "window", f"a whole number from 1 to {MAX_WINDOW}")

    @property
    def keyed(self) -> bool:
        """Always."""
        return True

    @property
    def weakness(self) -> str:
        """What the step does not protect against."""
        return (
            "Intervals between a person's dates stay true and can name them, and one true date "
            "known from elsewhere gives away all others."
        )

    @property
    def note(self) -> str:
        """How far dates are moved."""
        return f"by 1 to {self.window} days back or forth, the same for all dates of a person"

    def check(self, column: Column) -> None:
        """See that the column holds days.

        Raises:
            ConfigError: It does not ("policy.type").
        """
        super().check(column)
        if column.format is not None and not _tells_days(column.format):
            raise ConfigError(
                f"column {column.name!r} holds dates without a day",
                allowed="shift moves by days",
                do="use generalise, or keep",
                code="policy.type",
            )

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The moved dates.

        Raises:
            DataError: A row with a date names no person ("mask.person"), or a text is no date
                ("mask.value").
        """
        return self._move(values, context, 1)

    def undo(self, values: pl.Series, context: Context) -> pl.Series:
        """The dates as they were."""
        return self._move(values, context, -1)

    def _move(self, values: pl.Series, context: Context, sign: int) -> pl.Series:
        days = read_days(values, context.column)
        offsets = self._offsets(days, context) * sign
        frame = pl.DataFrame({"day": days, "by": offsets})
        moved = frame.select(pl.col("day") + pl.duration(days=pl.col("by")))["day"]
        return write_days(moved.cast(days.dtype), values, context.column)

    def _offsets(self, days: pl.Series, context: Context) -> pl.Series:
        """Days for each row."""
        persons = context.persons
        n_lost = int((days.is_not_null() & persons.is_null()).sum()) if persons is not None else 1
        if persons is None or n_lost:
            raise DataError(
                f"{n_lost} rows have a date in column {context.column.name!r} and no person",
                allowed="a date is moved together with all others of its person",
                do="fill the person's column, or use generalise",
                code="mask.person",
            )
        secret = context.secret(self.name, "person")
        offsets = by_distinct(persons, lambda texts: [str(self._days(secret, t)) for t in texts])
        return offsets.cast(pl.Int64)

    def _days(self, secret: bytes, person: str) -> int:
        """Days of one person: -window..-1 or 1..window."""
        number = int.from_bytes(hmac.digest(secret, person.encode(), "sha256"), "big")
        days = number % (2 * self.window) - self.window
        return days if days < 0 else days + 1

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """As many as there are numbers of days."""
        return 2 * self.window


def _tells_days(fmt: str) -> bool:
    return any(mark in fmt for mark in ("%d", "%-d", "%e", "%F", "%D", "%x", "%j"))
