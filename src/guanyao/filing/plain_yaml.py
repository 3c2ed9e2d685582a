"""Reads plain YAML or JSON: no anchors, no tags, no name that stands twice."""

import json
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from guanyao.errors import ConfigError

MAX_FILE = 4 << 20
MAX_DEPTH = 24


def read_text(path: Path, *, what: str, code: str) -> str:
    """The text of a small file.

    Args:
        path: The file.
        what: What it should be, for the message: "rule pack".
        code: The code of the error.

    Raises:
        ConfigError: It is not there, too large, or no UTF-8.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise _unreadable(path.name, what, f"is larger than {MAX_FILE >> 20} MiB", code)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        if isinstance(error, ConfigError):
            raise
        raise _unreadable(path.name, what, f"cannot be read ({_kind(error)})", code) from error


def parse(text: str, *, name: str, what: str, code: str) -> Any:  # noqa: ANN401
    """What stands in the text, in JSON's own types; dates become their text.

    Args:
        text: YAML or JSON.
        name: The file's name, for the message.
        what: What it should be, for the message.
        code: The code of the error.

    Raises:
        ConfigError: It is neither, is nested too deep, or holds anchors, tags or a doubled name.
    """
    try:
        return _plain(_load(text), MAX_DEPTH)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        found = f"is not plain YAML or JSON ({_kind(error)})"
        raise _unreadable(name, what, found, code) from error


def _load(text: str) -> Any:  # noqa: ANN401
    if text.lstrip().startswith("{"):
        with suppress(json.JSONDecodeError):
            return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader


def _plain(value: Any, depth: int) -> Any:  # noqa: ANN401
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        return {key: _plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part, depth - 1) for part in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise ValueError("a number is not finite")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise ValueError("a value is neither text, number, truth value, list nor mapping")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise yaml.YAMLError(f"{name[:60]!r} stands twice")
        found[name] = value
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


class _PlainLoader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML without anchors (a few lines of them can fill any memory), tags and doubled names."""

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401
        """Refuse anchors, what refers to them, and tags."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.YAMLError("anchors are not allowed")
        if getattr(event, "tag", None):
            raise yaml.YAMLError("tags are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: ANN401
        """Refuse names that are no text, and a name that stands twice (the last would win)."""
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.YAMLError(f"a name in line {key.start_mark.line + 1} is no plain text")
            if key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"{key.value[:60]!r} stands twice, again in line {line}")
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _kind(error: Exception) -> str:
    """What is wrong and where, without quoting the file at length."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None)
    if mark is not None:
        return f"{problem or type(error).__name__}, line {mark.line + 1}"
    ours = isinstance(error, yaml.YAMLError) and type(error) is yaml.YAMLError
    return str(error) if ours or type(error) is ValueError else type(error).__name__


def _unreadable(name: str, what: str, found: str, code: str) -> ConfigError:
    return ConfigError(
        f"{name} {found}",
        allowed=f"a {what} is plain YAML or JSON of at most {MAX_FILE >> 20} MiB",
        do="see docs/rule-packs.md",
        code=code,
    )
