"""Begins a filing: the room, the person, the filing, and two files to fill in."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import write_whole
from guanyao.errors import DataError
from guanyao.filing.filing_state import Actor
from guanyao.filing.form import Form
from guanyao.filing.outcome import Outcome
from guanyao.filing.service import FACTS, FORMAT, Fact, Service
from guanyao.flows.filing.act import new_filing
from guanyao.flows.filing.people import KIND, add_person, state_at
from guanyao.flows.filing.room import Room, create_room, open_room
from guanyao.flows.filing.stand import Standing, active_packs

if TYPE_CHECKING:
    from guanyao.filing.pack import Pack

ROLES = ("provider_editor", "provider_admin")
"""What somebody can do who begins a filing, until more people come."""
NO_ROOM = "filing.no_room"
SERVICE, ANSWERS = "service.yaml", "answers.yaml"


def open_or_create(
    place: str | Path, *, hash: str = "sha256", who: str = "", packs: Path | None = None
) -> tuple[Room, bool]:
    """The room at a place, made if there is none; and whether it was made."""
    try:
        return open_room(place, packs=packs), False
    except DataError as error:
        if error.code != NO_ROOM:
            raise
    return create_room(place, hash=hash, who=who or None, packs=packs), True


def begin(
    room: Room,
    *,
    profile: str,
    provider: str,
    by: str,
    roles: Sequence[str] = ROLES,
    service: Service | None = None,
    id: str | None = None,
) -> Outcome:
    """Open a filing, by somebody who is given a place in the room if they have none.

    Args:
        room: The room.
        profile: A name of a profile, or a .yaml file.
        provider: The organisation that files, as an id.
        by: Who opens it.
        roles: Their roles, if they are new.
        service: What the service is.
        id: The filing's id; None: the next number.

    Raises:
        ConfigError: An id is none, or taken.
        UnknownNameError: There is no such profile or role.
    """
    with room.store.reading() as desk:
        record = desk.record("", KIND, by)
    if record is None:
        record = add_person(room, by, roles=roles, organisation=provider, by=by)
    own = [role for role in record["roles"] if role in ROLES] or list(record["roles"])
    actor = Actor(
        person=by,
        role=own[0],
        organisation=record["organisation"],
        interests=tuple(record["interests"]),
    )
    if service is not None and not service.provider:
        service = replace(service, provider=provider)
    return new_filing(
        room, profile=profile, organisation=provider, actor=actor, id=id, service=service
    )


def write_templates(
    folder: Path, *, provider: str, packs: Sequence["Pack"] = (), service: Service | None = None
) -> list[Path]:
    """Write the files to fill in; one that is there already stays as it is.

    Args:
        folder: Where.
        provider: The organisation that files.
        packs: Rule packs that bring facts of their own.
        service: What the service is, if that is known: then it is not asked for.

    Returns:
        What was written.
    """
    texts = {ANSWERS: Form.shipped().template(facts=service.facts if service else None)}
    if service is None:
        texts[SERVICE] = service_template(provider, packs)
    fresh = [folder / name for name in sorted(texts, reverse=True) if not (folder / name).exists()]
    for path in fresh:
        write_whole(path, texts[path.name].encode("utf-8"))
    return fresh


def fill_in(room: Room, folder: Path, provider: str, service: Service | None) -> list[Path]:
    """The files to fill in, written beside a room, with the facts that its rule packs ask for."""
    with room.store.reading() as desk:
        packs = active_packs(room.packs, desk.now)
    return write_templates(folder, provider=provider, packs=packs, service=service)


def service_form(room: Room, filing: str) -> str:
    """A description of the service to fill in, for a filing."""
    with room.store.reading() as desk:
        packs = active_packs(room.packs, desk.now)
        return service_template(state_at(desk, filing).organisation, packs)


def answer_form(room: Room, filing: str, language: str = "zh") -> str:
    """The form to fill in, with what was answered already."""
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        said = (stand.record("answers") or {}).get("answers", {})
        facts = stand.service.facts
    return Form.shipped().template(said, facts, language="zh" if language == "zh" else "en")


def open_questions(room: Room, filing: str) -> list[dict[str, str]]:
    """The questions that must still be answered: id, zh and en."""
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        said = (stand.record("answers") or {}).get("answers", {})
        still = Form.shipped().open(said, stand.service.facts)
    return [{"id": question.id, "zh": question.zh, "en": question.en} for question in still]


def service_template(provider: str, packs: Sequence["Pack"] = ()) -> str:
    """A description of a service to fill in, with each fact's question as a comment."""
    more = {name: fact for pack in packs for name, fact in pack.facts.items()}
    lines = [
        f"service: {FORMAT}",
        "# 服务名称 · The name of the service",
        'name: ""',
        f"provider: {provider}",
        "# 每项事实填写冒号后的内容；不知道的留空，相关条款会提示。",
        "# Write what is so behind each colon; leave empty what is not known.",
        "facts:",
    ]
    for name, fact in {**FACTS, **more}.items():
        lines += _fact_lines(name, fact)
    return "\n".join(lines) + "\n"


def _fact_lines(name: str, fact: Fact) -> Iterator[str]:
    yield f"  # {fact.ask['zh']} {fact.ask['en']} [{fact.allowed}]"
    yield f"  {name}:"


def local_folder(place: str) -> Path | None:
    """The folder of a room that is one; None for a database elsewhere."""
    with suppress(ValueError):
        return None if "://" in place else Path(place)
    return None


def started(room: Room, filing: str, outcome: Outcome, files: Sequence[Path]) -> dict[str, Any]:
    """What was begun, as plain JSON."""
    return {
        "room": room.store.place,
        "filing": filing,
        "state": outcome.after,
        "profile": outcome.filing.profile,
        "files": {path.name: str(path) for path in files},
    }
