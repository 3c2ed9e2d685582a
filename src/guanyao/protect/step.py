"""What every step that masks a column is: options, what comes out, and what it does not do.

A step sees one batch at a time and remembers nothing: the same value gives the same result in any
batch of any size (`noise` is the exception, and says so).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import ClassVar, TypeAlias

import polars as pl

from guanyao.data.schema import Column, ColumnType
from guanyao.errors import ConfigError, DataError, InternalError
from guanyao.protect.mask_key import MaskKey

Texts: TypeAlias = list[str]

ANY: tuple[ColumnType, ...] = (
    "integer",
    "number",
    "boolean",
    "string",
    "date",
    "datetime",
    "time",
)
NUMBERS: tuple[ColumnType, ...] = ("integer", "number")
DAYS: tuple[ColumnType, ...] = ("date", "datetime")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a step may know besides the values.

    Args:
        column: The column as it is in the source.
        key: The data set's key; None: no step needs one.
        persons: Whose row each row is, as text and as it comes out of its own step; None: no step
            asks for it.
    """

    column: Column
    key: MaskKey | None = None
    persons: pl.Series | None = field(default=None, repr=False)

    def secret(self, purpose: str, domain: str = "") -> bytes:
        """32 bytes for this purpose and domain; no domain: the column's own.

        Raises:
            ConfigError: There is no key ("key.missing").
        """
        return self._key(purpose).derive(purpose, domain or self.column.name)

    def _key(self, purpose: str) -> MaskKey:
        if self.key is None:
            raise missing_key(f"the step {purpose}")
        return self.key


def missing_key(what: str) -> ConfigError:
    """The error for keyed work without a key."""
    return ConfigError(
        f"{what} needs a key and none is given",
        do="give the data set's key, or let a new one be made",
        code="key.missing",
    )


@dataclass(frozen=True, kw_only=True)
class Step:
    """The root of all steps; its fields are the options that a policy may set.

    Args:
        kind: What personal data the column holds, a name in `guanyao.protect.kinds.KINDS`; "":
            not said.
    """

    kind: str = ""

    name: ClassVar[str] = ""
    reversible: ClassVar[bool] = False
    needs_person: ClassVar[bool] = False
    types: ClassVar[tuple[ColumnType, ...]] = ANY

    @property
    def keyed(self) -> bool:
        """Whether it needs the data set's key."""
        return False

    @property
    def weakness(self) -> str:
        """What the step does not protect against, in one plain sentence."""
        raise InternalError(f"the step {self.name} does not say what it leaves open")

    @property
    def note(self) -> str:
        """What else the reader of a report should know; mostly nothing."""
        return ""

    def check(self, column: Column) -> None:
        """See that the step can work on this column.

        Raises:
            ConfigError: It cannot ("policy.type").
        """
        if column.type not in self.types:
            raise ConfigError(
                f"the step {self.name} cannot work on column {column.name!r}, "
                f"which holds {column.type} values",
                allowed="it works on: " + ", ".join(self.types),
                do="choose another step for it",
                code="policy.type",
            )

    def output(self, column: Column) -> Column | None:
        """The column that comes out; None: no column."""
        return column

    def apply(self, values: pl.Series, context: Context) -> pl.Series:
        """The masked values; nulls stay null."""
        raise InternalError(f"the step {self.name} does nothing")

    def undo(self, values: pl.Series, context: Context) -> pl.Series:
        """The values as they were.

        Raises:
            ConfigError: The step cannot be undone ("mask.irreversible").
        """
        raise ConfigError(
            f"column {context.column.name!r} was masked by {self.name}, which cannot be undone",
            allowed="encrypt and shift can be undone with the key",
            code="mask.irreversible",
        )

    def remaining(self, values: pl.Series | None = None) -> float | None:
        """How many originals a masked value leaves open to one without key and other knowledge.

        Args:
            values: Values of the source to judge by, where the options alone do not tell.

        Returns:
            At least 1 (nothing is hidden); None: it cannot be said.
        """
        del values
        return None

    def options(self) -> dict[str, object]:
        """The options that differ from their defaults, as a policy writes them."""
        pairs = ((f, getattr(self, f.name)) for f in fields(self))
        return {f.name: list(v) if isinstance(v, tuple) else v for f, v in pairs if v != f.default}


def refuse_option(step: str, option: str, allowed: str) -> ConfigError:
    """The error for an option's value that is out of range."""
    return ConfigError(
        f"the step {step} has a wrong {option}",
        allowed=f"{option} is {allowed}",
        code="policy.option",
    )


def text_column(column: Column) -> Column:
    """The same column as plain text that no longer names anybody."""
    return replace(
        column,
        type="string",
        dtype="String",
        decimals=None,
        fixed_decimals=False,
        format=None,
        order=None,
        sensitivity="none",
        missing="",
        note="",
    )


def whole_column(column: Column) -> Column:
    """The same column of whole numbers in 64 bits; text stays text."""
    return replace(column, dtype=column.dtype if column.dtype == "String" else "Int64")


def as_text(values: pl.Series) -> pl.Series:
    """The values as text: whole numbers without a point, whatever holds them.

    Raises:
        DataError: They are lists or other objects ("data.dtype").
    """
    if values.dtype == pl.String:
        return values
    if values.dtype.is_float() and bool((values.drop_nulls() % 1 == 0).all()):
        whole = values.cast(pl.Int64, strict=False)
        values = whole if whole.null_count() == values.null_count() else values
    if values.dtype.is_nested() or values.dtype == pl.Object:
        raise DataError(
            f"column {values.name!r} holds {values.dtype} values",
            allowed="text, numbers, dates and times can be masked",
            code="data.dtype",
        )
    return values.cast(pl.String)


def by_distinct(values: pl.Series, change: Callable[[Texts], Texts | pl.Series]) -> pl.Series:
    """Change every distinct text once.

    Args:
        values: Texts; nulls stay null.
        change: From n distinct texts to n texts.
    """
    known = values.drop_nulls().unique()
    if len(known) == 0:
        return values
    changed = pl.Series(values.name, change(known.to_list()))
    pairs = pl.DataFrame({"v": known, "w": changed})
    joined = values.to_frame("v").join(pairs, on="v", how="left", maintain_order="left")
    return joined["w"].alias(values.name)
