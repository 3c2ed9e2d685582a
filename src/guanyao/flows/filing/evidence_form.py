"""A file to fill in for evidence that no command of Guanyao writes, in the form of its schema."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from guanyao.filing.evidence_kinds import KINDS, schema
from guanyao.flows.filing.people import state_at
from guanyao.flows.filing.stand import Standing
from guanyao.registry import unknown

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

DIGESTS = {"model_digest": "model", "data_digest": "data"}
"""Fields that the filing knows already, and of what they are the digest."""


def evidence_form(room: "Room", filing: str, kind: str) -> str:
    """A file of one kind of evidence, with what the filing knows; the rest is to be filled in.

    Args:
        room: The room.
        filing: The filing's id.
        kind: A kind of evidence, e.g. "label_check".

    Returns:
        JSON. Places that are open hold no value of their type, so that a form that was not
        filled in is refused.

    Raises:
        DataError: There is no such filing.
        UnknownNameError: There is no such kind.
    """
    name = kind.replace("-", "_")
    if name not in KINDS:
        raise unknown(kind[:40], list(KINDS), family="kinds of evidence")
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        known = {field: str(getattr(stand.subject, of) or "") for field, of in DIGESTS.items()}
        known["created"] = desk.now.isoformat(timespec="seconds")
    return json.dumps(_open(schema(KINDS[name].schema), known), ensure_ascii=False, indent=2) + "\n"


def _open(asked: Mapping[str, Any], known: Mapping[str, str], name: str = "") -> Any:  # noqa: ANN401
    """What a schema asks for, with what is known; else what is to be written there, in words."""
    if "const" in asked:
        return asked["const"]
    if known.get(name):
        return known[name]
    if asked.get("type") == "object":
        fields = asked.get("properties", {})
        wanted = asked.get("required") or list(fields)
        return {one: _open(fields[one], known, one) for one in wanted if one in fields}
    if asked.get("type") == "array":
        return [_open(asked.get("items", {}), known)]
    said = asked.get("description", asked.get("enum", ""))
    return {"fill in": f"{said} ({asked.get('type', 'one of the list')})"}
