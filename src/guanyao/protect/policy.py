"""What shall be done to each column of a data set: a plain file that a person reads and signs.

A column that a policy does not name is an error unless the policy says otherwise: silence leaks.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias, get_args

import yaml

from guanyao.data.pending import write_whole
from guanyao.data.schema import Schema
from guanyao.errors import ConfigError
from guanyao.protect import STEP_GROUP, STEPS
from guanyao.protect.kinds import KINDS
from guanyao.protect.step import Step
from guanyao.registry import find, names

FORMAT = "guanyao.policy/1"
FAMILY = "guanyao.policy/"
MAX_FILE = 1 << 20
MAX_COLUMNS = 10_000
PERSON_STEPS = ("keep", "token", "encrypt", "fake", "drop")
LARGEST = 10**300
LINE_ENDS = ("\x85", "\u2028", "\u2029", "\ufeff")
"""What YAML would read back as another character unless it is escaped."""
WIDTH = 10**6
"""Of a line of YAML: a column is never broken into several."""

Unlisted: TypeAlias = Literal["refuse", "keep", "drop"]
Spec: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The step of every column, and the name that keys are derived for.

    Args:
        data_set: The data set's name; its tables share one key, so that their tokens join.
        columns: Column -> {"step": name, option: value, ...}.
        person: The column that says whose row a row is.
        tables: Of a data set of several tables: name -> {"person": ..., "columns": ...}, which
            `of_table` puts over `person` and `columns`.
        unlisted: What becomes of a column that is not named: `refuse` (an error that lists them),
            `keep` or `drop`.
        key_id: The id of the key that data was masked with; "": not masked yet.

    Raises:
        ConfigError: A part is missing, contradicts another, or names what does not exist
            ("policy....").
    """

    data_set: str
    columns: Mapping[str, Spec]
    person: str | None = None
    tables: Mapping[str, Spec] = field(default_factory=dict)
    unlisted: Unlisted = "refuse"
    key_id: str = ""

    def __post_init__(self) -> None:
        """Check everything that can be checked without the table."""
        _check_words(self)
        _check_names(self.columns, may_be_none=bool(self.tables))
        for name, spec in self.columns.items():
            build_step(name, spec)
        for name in self.tables:
            self.of_table(name)
        self._check_person()

    def _check_person(self) -> None:
        shifted = [name for name in self.columns if self.step(name).needs_person]
        if shifted and self.person is None:
            raise _contradiction(
                f"column {shifted[0]!r} is moved by person, and no person is named",
                "person: the column that says whose row a row is",
            )
        person = self.person
        if shifted and person is not None and person in self.columns:
            self._check_person_step(person)

    def _check_person_step(self, person: str) -> None:
        """Dates are moved by the person as it comes out; lumped together, all would be one."""
        step = self.step(person)
        if step.name not in PERSON_STEPS:
            raise _contradiction(
                f"dates are moved by person, and the person {person!r} is masked by {step.name}",
                "a person is masked by one of: " + ", ".join(PERSON_STEPS),
            )

    def step(self, column: str) -> Step:
        """The step of a column that the policy names, or that `unlisted` decides on.

        Raises:
            ConfigError: The column is not named and `unlisted` is `refuse` ("policy.unlisted").
        """
        if column in self.columns:
            return build_step(column, self.columns[column])
        if self.unlisted == "refuse":
            raise _unlisted([column])
        return build_step(column, {"step": self.unlisted})

    def steps(self, schema: Schema) -> dict[str, Step]:
        """The step of every column of a table, in the table's order.

        Raises:
            ConfigError: The policy names columns that are not there ("policy.column_missing"),
                leaves out some that are ("policy.unlisted"), or a step cannot work on its
                column's type ("policy.type").
        """
        self.check_columns(schema)
        steps = {column.name: self.step(column.name) for column in schema}
        for column in schema:
            steps[column.name].check(column)
        return steps

    def check_columns(self, schema: Schema) -> None:
        """See that policy and table name the same columns.

        Raises:
            ConfigError: See `steps`.
        """
        if self.tables and not self.columns:
            # Without this, `unlisted: keep` would let a table through that nobody thought of.
            raise _no_table("the policy is for several tables, and none is named", self.tables)
        named = [*self.columns, *([self.person] if self.person else [])]
        if absent := [name for name in named if name not in schema.names]:
            raise _absent(absent, schema)
        left = [name for name in schema.names if name not in self.columns]
        if left and self.unlisted == "refuse":
            raise _unlisted(left)

    def warnings(self, schema: Schema) -> list[str]:
        """What is allowed and still should be looked at, one sentence each."""
        steps = self.steps(schema)
        found = [
            f"column {column.name!r} names people and is kept as it is"
            for column in schema
            if column.sensitivity == "direct" and steps[column.name].name == "keep"
        ]
        if left := [name for name in schema.names if name not in self.columns]:
            verb = "kept" if self.unlisted == "keep" else "dropped"
            found.append(f"columns that the policy does not name are {verb}: {_list(left)}")
        shifted = [name for name, step in steps.items() if step.needs_person]
        if shifted and self.person is not None and steps[self.person].name == "drop":
            found.append(
                f"the person column {self.person!r} is dropped: the dates in {_list(shifted)} "
                "can never be moved back"
            )
        return found

    def of_table(self, table: str) -> Self:
        """The policy of one table of the data set.

        Raises:
            ConfigError: There is no such table ("policy.table").
        """
        if table not in self.tables:
            raise _no_table(f"the policy has no table {table!r}", self.tables)
        part = self.tables[table]
        _check_fields(f"table {table!r}", part, ("columns", "person"))
        columns = {**self.columns, **_mapping(part.get("columns", {}), f"table {table!r}")}
        person = part.get("person", self.person)
        return replace(self, columns=columns, person=person, tables={})

    def with_key(self, key_id: str) -> Self:
        """The same policy, saying with which key data was masked."""
        return replace(self, key_id=key_id)

    @property
    def needs_key(self) -> bool:
        """Whether any step that is named needs a key."""
        return any(self.step(name).keyed for name in self.columns)

    def to_json(self) -> dict[str, Any]:
        """The policy as plain JSON; `from_json` reads it back unchanged."""
        record: dict[str, Any] = {"policy": FORMAT, "data_set": self.data_set}
        defaults = {f.name: f.default for f in fields(self)}
        for name in ("person", "unlisted", "key_id"):
            if getattr(self, name) != defaults[name]:
                record[name] = getattr(self, name)
        record["columns"] = {name: _plain(spec) for name, spec in self.columns.items()}
        if self.tables:
            record["tables"] = _plain(self.tables)
        return record

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The policy of a record that `to_json` wrote or a person edited.

        Raises:
            ConfigError: It is no policy, is from a newer version, or a part is wrong
                ("policy....").
        """
        if not isinstance(record, Mapping) or not isinstance(record.get("policy"), str):
            raise _unreadable("this is not a policy")
        if record["policy"] != FORMAT:
            raise _other_version(record["policy"])
        known = ("policy", *(f.name for f in fields(cls)))
        _check_fields("the policy", record, known)
        if "data_set" not in record or not {"columns", "tables"} & set(record):
            raise ConfigError(
                "the policy lacks data_set or columns",
                allowed="policy, data_set and columns (or tables) are needed",
                code="policy.field",
            )
        said = {name: value for name, value in record.items() if name != "policy"}
        return cls(**{"columns": {}, **said})

    def to_yaml(self) -> str:
        """The policy as YAML, one column to a line."""
        record = self.to_json()
        text = json.dumps(record, ensure_ascii=False)
        return str(
            yaml.safe_dump(
                record,
                allow_unicode=not any(mark in text for mark in LINE_ENDS),
                sort_keys=False,
                default_flow_style=None,
                width=WIDTH,
            )
        )

    def digest(self) -> str:
        """SHA-256 of the policy in canonical form; the key's id does not count."""
        record = {k: v for k, v in self.to_json().items() if k != "key_id"}
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def save(self, path: str | Path) -> None:
        """Write the policy as YAML, or as JSON if the name ends in .json.

        Raises:
            DataError: The place cannot be written to.
        """
        target = Path(path)
        is_json = target.suffix.lower() == ".json"
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=2) if is_json else ""
        write_whole(target, (f"{text}\n" if is_json else self.to_yaml()).encode())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a policy from a YAML or JSON file.

        Raises:
            ConfigError: The file cannot be read as a policy ("policy....").
        """
        return cls.from_text(_read(Path(path)))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The policy that stands in this YAML or JSON.

        Raises:
            ConfigError: See `from_json`.
        """
        try:
            record = _parse(text)
        except ConfigError:
            raise
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise _unreadable(f"the policy is no plain YAML{_place(error)}") from error
        return cls.from_json(record)


def build_step(column: str, spec: object) -> Step:
    """The step that a policy's line describes.

    Args:
        column: The column's name, for messages.
        spec: {"step": name, option: value, ...}.

    Raises:
        ConfigError: There is no such step ("policy.step"), option ("policy.option") or kind
            ("policy.kind"), or more than one step ("policy.contradiction").
    """
    if isinstance(spec, list | tuple):
        raise _contradiction(f"column {column!r} has {len(spec)} steps", "one step for each column")
    options = dict(_mapping(spec, f"column {column!r}"))
    kind = _step_class(column, options.pop("step", None))
    known = [f.name for f in fields(kind)]
    for name in options:
        if name not in known:
            raise _no_option(column, kind.name, str(name), known)
    _check_kind(column, options.get("kind", ""))
    values = {
        f.name: _fitting(column, f.type, f.name, options[f.name])
        for f in fields(kind)
        if f.name in options
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(
            f"column {column!r} lacks an option of the step {kind.name}",
            allowed="options: " + ", ".join(known),
            code="policy.option",
        ) from error


def _step_class(column: str, name: object) -> type[Step]:
    known = names(STEPS, STEP_GROUP)
    if not isinstance(name, str) or name not in known:
        near = get_close_matches(str(name), known, n=1)
        raise ConfigError(
            f"column {column!r} has the step {name!r}"
            if name
            else f"column {column!r} has no step",
            allowed="steps: " + ", ".join(known),
            do=f"did you mean {near[0]!r}?" if near else "",
            code="policy.step",
        )
    found: type[Step] = find(STEPS, name, STEP_GROUP)
    return found


def _no_option(column: str, step: str, name: str, known: list[str]) -> ConfigError:
    near = get_close_matches(name, known, n=1)
    return ConfigError(
        f"column {column!r}: the step {step} has no option {name!r}",
        allowed="options: " + ", ".join(known),
        do=f"did you mean {near[0]!r}?" if near else "",
        code="policy.option",
    )


def _check_kind(column: str, kind: object) -> None:
    if kind and (not isinstance(kind, str) or kind not in KINDS):
        near = get_close_matches(str(kind), list(KINDS), n=1)
        raise ConfigError(
            f"column {column!r} has the kind {kind!r}",
            allowed="kinds: " + ", ".join(KINDS),
            do=f"did you mean {near[0]!r}?" if near else "",
            code="policy.kind",
        )


def _fitting(column: str, hint: Any, option: str, value: Any) -> Any:  # noqa: ANN401
    """The option's value in the field's type: lists become tuples, numbers floats."""
    allowed = get_args(hint) or (hint,)
    is_row = Ellipsis in allowed
    parts = list(value) if is_row and isinstance(value, list | tuple) else [value]
    fits = is_row == isinstance(value, list | tuple)
    if not fits or not all(_is_one_of(part, allowed) for part in parts):
        raise ConfigError(
            f"column {column!r} has a wrong {option}",
            allowed=f"{option} is {_type_name(hint)}",
            code="policy.option",
        )
    if float in allowed:
        parts = [part if part is None else float(part) for part in parts]
    return tuple(parts) if is_row else parts[0]


def _is_one_of(value: object, allowed: Sequence[Any]) -> bool:
    """Whether a plain value is of one of these types, or one of these words."""
    if isinstance(value, bool):
        return bool in allowed
    if isinstance(value, str):
        return str in allowed or value in [word for word in allowed if isinstance(word, str)]
    if isinstance(value, int) and float in allowed:
        return abs(value) < LARGEST
    return any(isinstance(value, kind) for kind in allowed if isinstance(kind, type))


def _type_name(hint: Any) -> str:  # noqa: ANN401
    words = [str(a) for a in get_args(hint) if isinstance(a, str)]
    return ", ".join(words) if words else str(getattr(hint, "__name__", hint))


def _check_words(policy: Policy) -> None:
    if not isinstance(policy.data_set, str) or not policy.data_set.strip():
        raise _wrong_field("data_set", "a name, such as customers")
    if policy.person is not None and not isinstance(policy.person, str):
        raise _wrong_field("person", "the name of a column")
    if policy.unlisted not in get_args(Unlisted):
        raise _wrong_field("unlisted", ", ".join(get_args(Unlisted)))
    if not isinstance(policy.key_id, str):
        raise _wrong_field("key_id", "sixteen hexadecimal digits, in quotes")
    _mapping(policy.columns, "the policy's columns")
    _mapping(policy.tables, "the policy's tables")
    for name, part in policy.tables.items():
        _mapping(part, f"table {name!r}")


def _check_names(columns: Mapping[Any, Any], *, may_be_none: bool) -> None:
    if not (columns or may_be_none) or len(columns) > MAX_COLUMNS:
        raise _wrong_field("columns", f"1 to {MAX_COLUMNS} columns, each with its step")
    for name in columns:
        if not isinstance(name, str):
            raise ConfigError(
                "a column's name is read as a number, a date or a truth value",
                allowed="names are text",
                do="put it in quotes",
                code="policy.field",
            )


def _check_fields(what: str, record: Mapping[Any, Any], known: Sequence[str]) -> None:
    for name in record:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            raise ConfigError(
                f"{what} has a field {str(name)[:60]!r}",
                allowed="fields: " + ", ".join(known),
                do=f"did you mean {near[0]!r}?" if near else "",
                code="policy.field",
            )


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"{what}: no names with values stand here",
            allowed="{step: token}, for one",
            code="policy.field",
        )
    return value


def _wrong_field(name: str, allowed: str) -> ConfigError:
    return ConfigError(
        f"the policy has a wrong {name}", allowed=f"{name} is {allowed}", code="policy.field"
    )


def _contradiction(found: str, allowed: str) -> ConfigError:
    return ConfigError(found, allowed=allowed, code="policy.contradiction")


def _no_table(found: str, tables: Iterable[str]) -> ConfigError:
    return ConfigError(
        found,
        allowed="tables: " + (", ".join(tables) or "none"),
        do="say which one it is: guanyao mask --table NAME",
        code="policy.table",
    )


def _absent(absent: list[str], schema: Schema) -> ConfigError:
    near = get_close_matches(absent[0], schema.names, n=1)
    return ConfigError(
        f"the policy names columns that the table lacks: {_list(absent)}",
        allowed=f"columns: {_list(schema.names)}",
        do=f"did you mean {near[0]!r}?" if near else "take them out of the policy",
        code="policy.column_missing",
    )


def _unlisted(left: list[str]) -> ConfigError:
    return ConfigError(
        f"the policy does not say what to do with {_list(left)}",
        allowed="every column has a step; {step: keep} leaves one as it is",
        do="name them, or write 'unlisted: keep' or 'unlisted: drop'",
        code="policy.unlisted",
    )


def _other_version(found: str) -> ConfigError:
    if not found.startswith(FAMILY):
        return _unreadable("this is not a policy")
    return ConfigError(
        f"the policy has the format {found[:40]!r}",
        allowed=f"this version reads {FORMAT}",
        do="update Guanyao",
        code="policy.version",
    )


def _unreadable(found: str) -> ConfigError:
    return ConfigError(
        found,
        allowed=f"plain YAML or JSON that begins with 'policy: {FORMAT}'",
        do="write one with: guanyao inspect SOURCE, or see docs/policy.md",
        code="policy.unreadable",
    )


def _list(items: Sequence[str], most: int = 10) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(map(repr, items[:most])) + more


def _place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or type(error).__name__
    return f" ({problem}, line {mark.line + 1})" if mark else f" ({type(error).__name__})"


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise _unreadable(f"{path} is larger than {MAX_FILE >> 20} MiB")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise _unreadable(f"{path} cannot be read ({why})") from error


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Mappings and tuples as what JSON has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def _parse(text: str) -> object:
    """What stands in JSON or YAML; JSON may hold tabs, which YAML may not."""
    if text.lstrip().startswith("{"):
        with suppress(json.JSONDecodeError):
            return json.loads(text, object_pairs_hook=_once)
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _twice(name)
        found[name] = value
    return found


class _PlainLoader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without anchors (a few lines of them can fill any memory), tags and doubled names."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401
        """Refuse anchors and what refers to them."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.YAMLError("anchors are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401
        """Refuse a name that stands twice, of which YAML would silently take the last."""
        seen = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise yaml.YAMLError("a name is no plain text")
            if key.value in seen:
                raise _twice(key.value, f", the second time in line {key.start_mark.line + 1}")
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _twice(name: str, place: str = "") -> ConfigError:
    return ConfigError(
        f"{name[:60]!r} stands twice{place}",
        allowed="one step for each column, each name once",
        code="policy.contradiction",
    )
