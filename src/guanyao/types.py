"""The few shapes that parts of Guanyao agree on: protocols and aliases, no behaviour."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import polars as pl

    from guanyao.data.schema import Schema
    from guanyao.data.table import Table

Value: TypeAlias = str | int | float | bool | None
Given: TypeAlias = Mapping[str, Value]


class Progress(Protocol):
    """Where long work says how far it is; the command line draws it, others stay silent."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Begin a stage of `total` steps (None: not known)."""

    def advance(self, steps: int = 1) -> None:
        """Say that `steps` more steps of the present stage are done."""

    def note(self, text: str) -> None:
        """Say in a few words how the present stage is going, e.g. its losses."""


class Silent:
    """The progress that nobody watches."""

    def stage(self, name: str, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, steps: int = 1) -> None:
        """Do nothing."""

    def note(self, text: str) -> None:
        """Do nothing."""


@runtime_checkable
class Generator(Protocol):
    """What learns from a table and then writes virtual rows.

    A generator is one keyword-only dataclass: hyper-parameters are its fields, learned state ends
    in `_`. It is saved as data (JSON and arrays), never as code.
    """

    name: ClassVar[str]
    schema_: "Schema"

    def fit(self, table: "Table", *, seed: int = 0, progress: Progress = ...) -> Self:
        """Learn from the table; the same seed gives the same model."""

    def sample(
        self, n_rows: int, *, given: Given | None = None, seed: int | None = None
    ) -> "pl.DataFrame":
        """Virtual rows with the columns, order and dtypes of the table that was learned."""

    def sample_batches(
        self,
        n_rows: int,
        *,
        given: Given | None = None,
        seed: int | None = None,
        batch_rows: int = ...,
    ) -> Iterator["pl.DataFrame"]:
        """The same rows in batches, so that any number of them fits in memory."""

    def save(self, path: "str | Path") -> None:
        """Write the fitted generator to a `.gy` file."""
