"""What is known of a table's columns: a plain record that a person can read, edit and hand back.

A schema never holds a value that few people share: level lists and bounds live in the encoders,
which protect them.
"""

import codecs
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

from guanyao.errors import ConfigError, DataError

ColumnType = Literal["integer", "number", "boolean", "string", "date", "datetime", "time"]
Role = Literal["feature", "target", "entity", "identifier", "text"]
Sensitivity = Literal["none", "quasi", "direct"]

FORMAT = "guanyao.schema/1"
MAX_DECIMALS = 30


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column.

    Args:
        name: The column's name, as in the source.
        type: The kind of its values.
        role: `feature` is modelled; `target` is a feature that utility is measured on; `entity`
            names the person or thing that rows belong to (the privacy unit); `identifier` names
            the row, and is always written anew; `text` is free text, written anew.
        dtype: The polars dtype, as `str(dtype)`.
        nullable: Whether values may be missing.
        decimals: Digits after the point that numbers carry; None: not limited.
        fixed_decimals: Whether text output pads numbers to `decimals` digits.
        format: The strftime format of dates and times in text; "TRUE/FALSE"-like for booleans;
            "0.0" for numbers that text shows with at least one digit after the point.
        order: The levels of an ordered category, lowest first; None: no order.
        sensitivity: `direct` names a person, `quasi` helps to, `none` does not.
        missing: The word that stands for a missing value in text, e.g. "NA"; "": an empty cell.
        note: What detection wants the reader to know.
    """

    name: str
    type: ColumnType
    role: Role = "feature"
    dtype: str = "String"
    nullable: bool = False
    decimals: int | None = None
    fixed_decimals: bool = False
    format: str | None = None
    order: tuple[str, ...] | None = None
    sensitivity: Sensitivity = "none"
    missing: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        """Check what a person may have edited."""
        for name, allowed in (("type", ColumnType), ("role", Role), ("sensitivity", Sensitivity)):
            if getattr(self, name) not in get_args(allowed):
                raise ConfigError(
                    f"column {self.name!r} has {name} {getattr(self, name)!r}",
                    allowed="allowed: " + ", ".join(get_args(allowed)),
                    code="config.schema",
                )

    @property
    def is_modelled(self) -> bool:
        """Whether a generator learns the column's values (identifiers are written anew)."""
        return self.role in ("feature", "target")


@dataclass(frozen=True, kw_only=True)
class Source:
    """How the source was written, so that the output can be written the same way.

    Args:
        format: csv, parquet, xlsx, jsonl, sqlite, postgresql or frame; of pictures idx, npz,
            folder, parquet or array.
        encoding: Character encoding of a text file.
        delimiter: Field separator of a CSV file.
        quote: Quote character of a CSV file; None: nothing is quoted.
        quotes_all: Whether every cell of a CSV file is quoted, and not only where it must be.
        header: Whether the first line of a CSV file holds the names.
        line_end: Line terminator of a text file.
        digest: SHA-256 of the source's bytes (files) or rows (frames, databases).
    """

    format: str = "frame"
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str | None = '"'
    quotes_all: bool = False
    header: bool = True
    line_end: str = "\n"
    digest: str = ""

    def __post_init__(self) -> None:
        """Check what a person may have edited."""
        try:
            "x".encode(codecs.lookup(self.encoding).name)
        except (LookupError, TypeError, ValueError) as error:
            raise ConfigError(
                f"the schema has encoding {self.encoding!r}",
                allowed="a character encoding, such as utf-8 or gb18030",
                code="config.schema",
            ) from error


@dataclass(frozen=True, kw_only=True)
class Schema:
    """All columns of a table, in order, with the rules between them.

    Args:
        columns: The columns, in the order of the source; names are unique.
        rules: Rules that hold in every row, in the language of `guanyao.data.rules`,
            e.g. "start <= end", "total = net + tax", "fixed(education, education_num)".
        source: How the source was written.
    """

    columns: tuple[Column, ...]
    rules: tuple[str, ...] = ()
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        """Names are unique; there is at most one target and one entity."""
        names = self.names
        if len(set(names)) < len(names):
            twice = sorted({name for name in names if names.count(name) > 1})
            raise DataError(
                f"column names stand twice: {', '.join(map(repr, twice))}",
                allowed="every column needs a name of its own",
                code="data.columns",
            )
        for role in ("target", "entity"):
            if sum(column.role == role for column in self.columns) > 1:
                raise ConfigError(f"the schema names more than one {role}", code="config.schema")

    def __iter__(self) -> Iterator[Column]:
        """The columns in order."""
        return iter(self.columns)

    def __len__(self) -> int:
        """The number of columns."""
        return len(self.columns)

    def __getitem__(self, name: str) -> Column:
        """The column of that name.

        Raises:
            DataError: No column has that name.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(
            f"there is no column {name!r}",
            allowed="columns: " + ", ".join(self.names),
            code="data.column_missing",
        )

    @property
    def names(self) -> list[str]:
        """The column names in order."""
        return [column.name for column in self.columns]

    @property
    def target(self) -> str | None:
        """The name of the target column."""
        return self._with_role("target")

    @property
    def entity(self) -> str | None:
        """The name of the column that says whom a row belongs to."""
        return self._with_role("entity")

    def _with_role(self, role: Role) -> str | None:
        return next((column.name for column in self.columns if column.role == role), None)

    def with_roles(self, *, target: str | None = None, entity: str | None = None) -> Self:
        """The same schema with these columns as target and entity (None: as it is).

        Raises:
            DataError: No column has that name.
        """
        schema = self
        for role, name in (("target", target), ("entity", entity)):
            if name is not None:
                schema = schema._with(name, role)  # type: ignore[arg-type]
        return schema

    def _with(self, name: str, role: Role) -> Self:
        chosen = self[name]
        columns = tuple(
            replace(column, role=role)
            if column is chosen
            else replace(column, role="feature")
            if column.role == role
            else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def with_columns(self, columns: Iterable[Column]) -> Self:
        """The same schema with these columns in place of those of the same name."""
        new = {column.name: column for column in columns}
        return replace(self, columns=tuple(new.get(c.name, c) for c in self.columns))

    def to_json(self) -> dict[str, Any]:
        """The schema as plain JSON; `from_json` reads it back unchanged."""
        return {"schema": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """The schema that `to_json` wrote, or that a person edited.

        Raises:
            ConfigError: The record is not a schema, or a field is unknown or out of range.
        """
        if not isinstance(record, Mapping) or record.get("schema") != FORMAT:
            raise ConfigError(
                "this is not a schema", allowed=f'"schema": "{FORMAT}"', code="config.schema"
            )
        columns = record.get("columns")
        if not isinstance(columns, list | tuple) or not columns:
            raise ConfigError("the schema lists no columns", code="config.schema")
        return cls(
            columns=tuple(_build(Column, column) for column in columns),
            rules=tuple(str(rule) for rule in record.get("rules", ())),
            source=_build(Source, record.get("source", {})),
        )

    def save(self, path: str | Path) -> None:
        """Write the schema as JSON, indented for people."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=2)
        Path(path).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a schema from a JSON file.

        Raises:
            ConfigError: The file cannot be read as a schema.
        """
        try:
            record = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ConfigError(
                f"{path} cannot be read as a schema ({type(error).__name__})",
                do="write one with: guanyao inspect SOURCE -o schema.json",
                code="config.schema",
            ) from error
        return cls.from_json(record)


def _fits(hint: Any, value: object) -> bool:  # noqa: ANN401
    """Whether a value from JSON is of the type that a field has (words are checked elsewhere)."""
    if value is None:
        return type(None) in get_args(hint)
    if hint == int | None:
        return type(value) is int and 0 <= value <= MAX_DECIMALS
    if hint in (str, str | None):
        return isinstance(value, str)
    if hint is bool:
        return isinstance(value, bool)
    return not isinstance(value, tuple) or all(isinstance(level, str) for level in value)


def _build(kind: type[Any], record: object) -> Any:  # noqa: ANN401
    """One record from JSON, with a clear error for a field that does not exist."""
    known = [f.name for f in fields(kind)]
    if not isinstance(record, Mapping) or (strange := [k for k in record if k not in known]):
        found = ", ".join(map(str, strange)) if isinstance(record, Mapping) else "no object"
        raise ConfigError(
            f"a {kind.__name__.lower()} of the schema has {found}",
            allowed="fields: " + ", ".join(known),
            code="config.schema",
        )
    values = dict(record)
    if isinstance(values.get("order"), list):
        values["order"] = tuple(values["order"])
    for f in fields(kind):
        if f.name in values and not _fits(f.type, values[f.name]):
            raise ConfigError(
                f"a {kind.__name__.lower()} of the schema has a wrong {f.name}",
                allowed=f"{f.name} is {getattr(f.type, '__name__', f.type)}",
                code="config.schema",
            )
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(
            f"a field of the schema is missing: {error}", code="config.schema"
        ) from error
