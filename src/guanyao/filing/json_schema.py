"""Checks a JSON document against the part of JSON Schema that the evidence formats use.

Reference: JSON Schema, draft 2020-12: type, enum, const, required, properties,
additionalProperties, items, minItems, maxItems, minimum, maximum, minLength, maxLength, pattern,
format (date, date-time).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def faults(document: object, schema: Schema, place: str = "") -> Iterator[str]:
    """What is wrong with a document, one sentence each; values are never quoted.

    Args:
        document: Parsed JSON.
        schema: What it should be like.
        place: Where in the document, for the sentences.

    Examples:
        >>> list(faults({"n": -1}, {"type": "object", "properties": {"n": {"minimum": 0}}}))
        ['n is below 0']
    """
    here = place or "the document"
    if (wanted := schema.get("type")) is not None and not _is_a(document, wanted):
        yield f"{here} is no {' or '.join(wanted) if isinstance(wanted, list) else wanted}"
        return
    if "const" in schema and document != schema["const"]:
        yield f"{here} is not {schema['const']!r}"
    if "enum" in schema and document not in schema["enum"]:
        yield f"{here} is none of {', '.join(map(str, schema['enum']))}"
    if isinstance(document, dict):
        yield from _object(document, schema, place)
    elif isinstance(document, list):
        yield from _array(document, schema, place)
    elif isinstance(document, str):
        yield from _text(document, schema, here)
    elif isinstance(document, int | float) and not isinstance(document, bool):
        yield from _number(document, schema, here)


def _is_a(document: object, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(document, bool):
        return "boolean" in names
    return any(isinstance(document, TYPES[name]) for name in names)


def _object(document: Mapping[str, Any], schema: Schema, place: str) -> Iterator[str]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in document:
            yield f"{_join(place, name)} is missing"
    for name, part in document.items():
        if name in known:
            yield from faults(part, known[name], _join(place, name))
        elif schema.get("additionalProperties", True) is False:
            yield f"{_join(place, str(name)[:40])} is not a field of this format"
        elif isinstance(more := schema.get("additionalProperties"), Mapping):
            yield from faults(part, more, _join(place, str(name)[:40]))


def _array(document: list[Any], schema: Schema, place: str) -> Iterator[str]:
    here = place or "the document"
    if len(document) < schema.get("minItems", 0):
        yield f"{here} has fewer than {schema['minItems']} entries"
    if len(document) > schema.get("maxItems", len(document)):
        yield f"{here} has more than {schema['maxItems']} entries"
    for index, part in enumerate(document):
        yield from faults(part, schema.get("items", {}), f"{place}[{index}]")


def _text(document: str, schema: Schema, here: str) -> Iterator[str]:
    if len(document) < schema.get("minLength", 0):
        yield f"{here} is too short"
    if len(document) > schema.get("maxLength", len(document)):
        yield f"{here} is longer than {schema['maxLength']} characters"
    if "pattern" in schema and not re.search(schema["pattern"], document):
        yield f"{here} has not the form {schema['pattern']}"
    if not _is_time(document, schema.get("format")):
        yield f"{here} is no {schema['format']}"


def _is_time(text: str, wanted: str | None) -> bool:
    try:
        if wanted == "date":
            date.fromisoformat(text)
        if wanted == "date-time":
            return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
    return True


def _number(document: float, schema: Schema, here: str) -> Iterator[str]:
    if document < schema.get("minimum", document):
        yield f"{here} is below {schema['minimum']}"
    if document > schema.get("maximum", document):
        yield f"{here} is above {schema['maximum']}"


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
