"""How the fields of a profile are read: each strictly, and each fault with its place."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias

from guanyao.errors import ConfigError
from guanyao.filing.profile import CaseMove, Seat, Words

Reader: TypeAlias = Callable[[Any, str], Any]
"""Turns what stands in the file into a value; the second argument is the place, for messages."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
EVENT = re.compile(r"[a-z][a-z0-9_]{0,30}")
VERSION = re.compile(r"\d+\.\d+\.\d+")
LONGEST = 10_000
TEXT_LENGTH = 200


def wrong(
    place: str, found: str, allowed: str, *, do: str = "", code: str = "filing.profile_field"
) -> ConfigError:
    """The error of a profile.

    Args:
        place: Where: "notice7, row 17".
        found: What was found.
        allowed: What is allowed.
        do: What to do.
        code: The code of the error.
    """
    return ConfigError(f"profile {place}: {found}", allowed=allowed, do=do, code=code)


def mapping(value: Any, place: str) -> Mapping[str, Any]:  # noqa: ANN401
    """Names with values."""
    if not isinstance(value, Mapping):
        raise wrong(place, "names with values are missing here", "name: value")
    return value


def fields(record: Any, place: str, readers: Mapping[str, Reader]) -> dict[str, Any]:  # noqa: ANN401
    """The fields of a record, each read by its reader."""
    found = {}
    for name, value in mapping(record, place).items():
        if name not in readers:
            near = get_close_matches(name, readers, n=1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            known = "fields: " + ", ".join(readers)
            raise wrong(place, f"there is a field {name[:40]!r}", known, do=hint)
        found[name] = readers[name](value, f"{place}, {name}")
    return found


def needed(record: Mapping[str, Any], place: str, *names: str) -> None:
    """See that these fields are there."""
    if absent := [name for name in names if name not in record]:
        raise wrong(place, f"{absent[0]} is missing", "needed: " + ", ".join(names))


def text(value: Any, place: str) -> str:  # noqa: ANN401
    """A line of text."""
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT_LENGTH:
        raise wrong(place, "no text", f"a line of up to {TEXT_LENGTH} characters")
    return value


def name(value: Any, place: str) -> str:  # noqa: ANN401
    """A name: letters, digits and underscores."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise wrong(place, "no name", "a letter, then letters, digits and underscores")
    return value


def event(value: Any, place: str) -> str:  # noqa: ANN401
    """The name of an act, as the audit chain takes it: in lower case."""
    if not isinstance(value, str) or not EVENT.fullmatch(value):
        raise wrong(place, "no name of an act", "lower-case letters, digits and underscores")
    return value


def names(value: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401
    """A list of names, each once."""
    if not isinstance(value, list) or len(set(map(str, value))) != len(value):
        raise wrong(place, "no list, or a name twice", "[one, two]")
    return tuple(name(part, place) for part in value)


def guards(value: Any, place: str) -> tuple[str, ...]:  # noqa: ANN401
    """A list of guards; "not G12" stands for the opposite."""
    plain = [str(part).removeprefix("not ") for part in value] if isinstance(value, list) else value
    names(plain, place)
    return tuple(map(str, value))


def flag(value: Any, place: str) -> bool:  # noqa: ANN401
    """True or false."""
    if not isinstance(value, bool):
        raise wrong(place, "no truth value", "true or false")
    return value


def number(value: Any, place: str) -> int:  # noqa: ANN401
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LONGEST:
        raise wrong(place, "no number", f"a whole number from 1 to {LONGEST}")
    return value


def length(value: Any, place: str) -> int | None:  # noqa: ANN401
    """How many units a clock runs; null: nothing is prescribed."""
    return None if value is None else number(value, place)


def optional(value: Any, place: str) -> str | None:  # noqa: ANN401
    """A text, or null."""
    return None if value is None else text(value, place)


def words(value: Any, place: str) -> Words:  # noqa: ANN401
    """A text in both languages."""
    found = fields(value, place, {"en": text, "zh": text})
    needed(found, place, "en", "zh")
    return Words(found["en"], found["zh"])


def version(value: Any, place: str) -> str:  # noqa: ANN401
    """A version of three numbers."""
    if not isinstance(value, str) or not VERSION.fullmatch(value):
        raise wrong(
            place, "no version", 'three numbers in quotes: "1.0.0"', code="filing.profile_version"
        )
    return value


def checked(value: Any, place: str) -> Mapping[str, str] | None:  # noqa: ANN401
    """Who compared it with the text, and when; null: nobody yet."""
    if value is None:
        return None
    found = fields(value, place, {"by": text, "at": text})
    needed(found, place, "by", "at")
    return found


def one_of(*allowed: str) -> Reader:
    """A reader of one of these words."""

    def read(value: Any, place: str) -> str:  # noqa: ANN401
        if value not in allowed:
            near = get_close_matches(str(value), allowed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else ""
            raise wrong(place, f"there is {str(value)[:40]!r}", ", ".join(allowed), do=hint)
        return str(value)

    return read


def some_of(*allowed: str) -> Reader:
    """A reader of a list of these words."""
    one = one_of(*allowed)
    return lambda value, place: tuple(one(part, place) for part in names(value, place))


def seats(value: Any, place: str) -> tuple[Seat, ...]:  # noqa: ANN401
    """Who must act together."""
    if not isinstance(value, list) or not value:
        raise wrong(place, "no list", "[{role: reviewer, n: 2}]")
    readers: dict[str, Reader] = {"role": name, "n": number, "distinct_kinds": flag}
    found = [fields(part, place, readers) for part in value]
    for part in found:
        needed(part, place, "role", "n")
    return tuple(Seat(**part) for part in found)


def case_move(value: Any, place: str) -> CaseMove:  # noqa: ANN401
    """What an act on the filing does to a case."""
    found = fields(value, place, {"kind": name, "from": names, "to": name})
    needed(found, place, "kind", "from", "to")
    return CaseMove(found["kind"], found["from"], found["to"])


def notices(value: Any, place: str) -> Mapping[str, tuple[str, ...]]:  # noqa: ANN401
    """Notice -> the roles that get it."""
    found = mapping(value, place)
    return {name(kind, place): names(roles, place) for kind, roles in found.items()}


def dates(value: Any, place: str) -> Mapping[str, str]:  # noqa: ANN401
    """Clock -> the payload's date that it counts from."""
    found = mapping(value, place)
    return {name(clock, place): name(key, place) for clock, key in found.items()}
