"""Whether a service must be filed: what is known that decides it, and what it speaks for.

This is a first look, no decision: a person decides, with a reason that is recorded.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from guanyao.filing.service import FACTS
from guanyao.flows.filing.people import state_at
from guanyao.flows.filing.stand import Standing

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

DECIDING = ("public", "opinion_attribute", "base_model", "tunes_model")
"""Facts of the service that the route follows from."""
DECIDE = "decide"
HINTS: dict[str, tuple[str, str]] = {
    "unknown": (
        "say first whether the public in the mainland is offered the service",
        "请先说明是否向境内公众提供服务",
    ),
    "not_required": (
        "speaks for not_required: it is not offered to the public (Interim Measures, Art. 2)",
        "倾向 not_required：未向境内公众提供（暂行办法第二条）",
    ),
    "file": (
        "speaks for file: it is offered to the public",
        "倾向 file：向境内公众提供服务",
    ),
    "registration": (
        "speaks for file, by the profile cn-genai-registration: it only calls a filed model",
        "倾向 file，适用 cn-genai-registration：仅调用已备案模型",
    ),
}
"""What the facts speak for -> in words."""


def look(room: "Room", filing: str) -> dict[str, Any]:
    """What is known that decides whether a filing is needed.

    Returns:
        filing, facts (name, ask, value; None: not known), speaks_for, and decision: what was
        decided already, or None.

    Raises:
        DataError: There is no such filing.
    """
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        facts = stand.service.facts
        decided = stand.record("scope")
    return {
        "filing": filing,
        "facts": [
            {"name": name, "ask": dict(FACTS[name].ask), "value": facts.get(name)}
            for name in DECIDING
        ],
        "speaks_for": speaks_for(facts),
        "decision": dict(decided) if decided else None,
    }


def speaks_for(facts: Mapping[str, Any]) -> str:
    """What the facts of a service speak for: a key of `HINTS`."""
    if facts.get("public") is None:
        return "unknown"
    if not facts["public"]:
        return "not_required"
    calls_only = facts.get("base_model") == "third_party" and facts.get("tunes_model") is False
    return "registration" if calls_only else "file"


def routes(room: "Room", filing: str) -> list[str]:
    """The ways that the decision on the scope can end in this filing's profile."""
    with room.store.reading() as desk:
        profile = room.profile(desk, state_at(desk, filing).profile_digest)
    return profile.filing.outcomes(DECIDE)


def lines(found: Mapping[str, Any], lang: str = "en") -> Iterator[str]:
    """What `look` gave, in words."""
    zh = lang == "zh"
    for fact in found["facts"]:
        said = fact["value"]
        shown = ("未知" if zh else "not known") if said is None else str(said).lower()
        yield f"{fact['name']}: {shown}   ({fact['ask'][lang]})"
    yield HINTS[found["speaks_for"]][zh]
    decided = found["decision"]
    if decided:
        told = f"{decided['route']}, {decided['decided_by']}, {str(decided['decided_at'])[:10]}"
        yield ("已判断：" if zh else "decided: ") + told
