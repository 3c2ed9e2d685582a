"""Masks the rows of a table as its policy says, batch by batch, and undoes what can be undone."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Self, TypeAlias

import polars as pl

from guanyao.data.schema import Column, Schema
from guanyao.errors import ConfigError, DataError
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.policy import Policy
from guanyao.protect.step import Context, Step, as_text, missing_key

Change: TypeAlias = Callable[[pl.Series, Context], pl.Series]


@dataclass(frozen=True, kw_only=True)
class StepFact:
    """What was done to one column, for reports and records.

    Args:
        column: The column's name in the source.
        step: The step's name.
        kind: What personal data the policy says it holds; "": not said.
        options: The step's options that differ from their defaults.
        reversible: Whether the key's holder can undo it.
        keyed: Whether it needs the key.
        candidates: How many originals a masked value leaves open to one without the key and
            without other knowledge, >= 1; None: it cannot be said.
        weakness: What it does not protect against, one sentence.
        note: What else should be known; mostly "".
    """

    column: str
    step: str
    kind: str
    options: dict[str, object]
    reversible: bool
    keyed: bool
    candidates: float | None
    weakness: str
    note: str

    def to_json(self) -> dict[str, Any]:
        """The fact as plain JSON."""
        return asdict(self)


class Masker:
    """Applies a policy to batches of one table; it remembers nothing from batch to batch.

    Args:
        policy: What to do with each column.
        schema: The columns of the source.
        key: The data set's key; None will do if no step is keyed.

    Attributes:
        schema_: What comes out.

    Raises:
        ConfigError: Policy and schema do not fit ("policy...."), a key is missing ("key.missing")
            or is not the one that the policy names ("key.wrong").
        PrivacyError: The key belongs to another data set ("key.data_set").
    """

    def __init__(self, policy: Policy, schema: Schema, key: MaskKey | None = None) -> None:
        """Check that policy, schema and key fit each other."""
        self.policy, self.schema, self.key = policy, schema, key
        self._steps = policy.steps(schema)
        _check_key(policy, self._steps, key)
        columns = [self._steps[column.name].output(column) for column in schema]
        self.schema_ = replace(schema, columns=_present(columns), rules=())

    @classmethod
    def of_masked(cls, policy: Policy, schema: Schema, key: MaskKey | None = None) -> Self:
        """The masker that undoes: `schema` is that of the masked table.

        Columns whose steps cannot be undone, and moved dates whose person was dropped, count as
        kept.

        Raises:
            ConfigError: See `Masker`.
            PrivacyError: See `Masker`.
        """
        steps = {name: policy.step(name) for name in policy.columns}
        gone = {name for name in steps if name not in schema.names and steps[name].name == "drop"}
        lost = policy.person is None or policy.person in gone
        columns = {
            name: spec if _can_undo(steps[name], lost) else {"step": "keep"}
            for name, spec in policy.columns.items()
            if name not in gone
        }
        if not any(_can_undo(step, lost) for step in steps.values()):
            raise _irreversible(steps)
        as_masked = replace(
            policy,
            columns=columns,
            person=None if lost else policy.person,
            tables={},
            unlisted="keep" if policy.unlisted == "drop" else policy.unlisted,
        )
        return cls(as_masked, schema, key)

    def apply(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The masked rows, in the same order.

        Args:
            frame: Rows with the schema's columns; cells may be typed or text.

        Raises:
            DataError: The columns are not the schema's ("data.columns").
            PrivacyError: A step would not protect a value ("mask....").
        """
        self._check(frame, self.schema)
        persons = self._masked_person(frame) if self._moves else None
        columns = [
            self._change(self._steps[column.name].apply, frame, column, persons)
            for column in self.schema
            if column.name in self.schema_.names
        ]
        return pl.DataFrame(columns)

    @property
    def _moves(self) -> bool:
        return any(step.needs_person for step in self._steps.values())

    @property
    def _person_is_dropped(self) -> bool:
        person = self.policy.person
        return person is not None and person not in self.schema_.names

    def _masked_person(self, frame: pl.DataFrame) -> pl.Series:
        """Persons as they come out, so that masked rows tell them apart too; if dropped: as is."""
        assert self.policy.person is not None
        column = self.schema[self.policy.person]
        step = self._steps[column.name]
        if step.output(column) is None:
            return as_text(frame[column.name])
        return as_text(self._change(step.apply, frame, column, None))

    def undo(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows as they were, in the columns whose steps can be undone; the others stay.

        Args:
            frame: Rows that `apply` gave with the same policy and key.

        Raises:
            DataError: The columns are not those of `schema_` ("data.columns").
            ConfigError: Nothing in the policy can be undone ("mask.irreversible").
        """
        self._check(frame, self.schema_)
        if not any(step.reversible for step in self._steps.values()):
            raise _irreversible(self._steps)
        person = self.policy.person
        persons = as_text(frame[person]) if self._moves and person is not None else None
        return frame.with_columns(
            self._change(self._steps[column.name].undo, frame, column, persons)
            for column in self.schema
            if self._steps[column.name].reversible
        )

    def _change(
        self,
        change: Change,
        frame: pl.DataFrame,
        column: Column,
        persons: pl.Series | None,
    ) -> pl.Series:
        context = Context(column=column, key=self.key, persons=persons)
        values = frame[column.name]
        is_missing = _missing(values, column)
        if is_missing is None:
            changed: pl.Series = change(values, context)
            return changed.alias(column.name)
        known = values.set(is_missing, None)
        changed = change(known, context)
        if changed.dtype == pl.String:
            changed = changed.set(is_missing, column.missing)
        return changed.alias(column.name)

    @staticmethod
    def _check(frame: pl.DataFrame, schema: Schema) -> None:
        if frame.columns != schema.names:
            raise DataError(
                f"the rows have columns {', '.join(frame.columns)}",
                allowed=f"the schema has {', '.join(schema.names)}",
                code="data.columns",
            )

    def facts(self, frame: pl.DataFrame | None = None) -> list[StepFact]:
        """What is done to each column, in order.

        Args:
            frame: Some rows of the source, to count remaining candidates by where the policy
                alone does not tell.
        """
        return [self._fact(column, frame) for column in self.schema]

    def _fact(self, column: Column, frame: pl.DataFrame | None) -> StepFact:
        step = self._steps[column.name]
        return StepFact(
            column=column.name,
            step=step.name,
            kind=step.kind,
            options={k: v for k, v in step.options().items() if k != "kind"},
            reversible=_can_undo(step, self._person_is_dropped),
            keyed=step.keyed,
            candidates=step.remaining(None if frame is None else frame[column.name]),
            weakness=step.weakness,
            note=step.note,
        )


def _check_key(policy: Policy, steps: dict[str, Step], key: MaskKey | None) -> None:
    keyed = [name for name, step in steps.items() if step.keyed]
    if keyed and key is None:
        raise missing_key(f"column {keyed[0]!r}, which {steps[keyed[0]].name} masks,")
    if key is not None:
        key.check_data_set(policy.data_set)
        if policy.key_id:
            key.check_id(policy.key_id)


def _present(columns: list[Column | None]) -> tuple[Column, ...]:
    present = tuple(column for column in columns if column is not None)
    if not present:
        raise ConfigError(
            "the policy drops every column",
            allowed="at least one column must come out",
            code="policy.contradiction",
        )
    return present


def _missing(values: pl.Series, column: Column) -> pl.Series | None:
    """Where the word for a missing value stands, if the column has one and holds text."""
    if values.dtype != pl.String or not column.missing:
        return None
    return (values == column.missing).fill_null(False)


def _can_undo(step: Step, lost: bool) -> bool:
    return step.reversible and not (step.needs_person and lost)


def _irreversible(steps: dict[str, Step]) -> ConfigError:
    return ConfigError(
        "no column was masked by a step that can be undone",
        allowed="encrypt and shift can be undone; the policy has "
        + ", ".join(sorted({step.name for step in steps.values()})),
        code="mask.irreversible",
    )
