"""Confirms drafts of a dossier: read, stood by, and still what would be written today."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError
from guanyao.filing.filing_state import Actor
from guanyao.filing.materials import Materials
from guanyao.flows import filing_materials
from guanyao.flows.filing_draft import dossier_at, outdated

if TYPE_CHECKING:
    from guanyao.flows.filing_room import Room


def confirm(room: "Room", filing: str, slots: Sequence[str], actor: Actor) -> list[str]:
    """Note that a person has read drafts and stands by them; see `filing_materials.confirm`.

    Args:
        room: The room.
        filing: The filing's id.
        slots: Which; none: every one that waits for it, is whole and up to date.
        actor: Who confirms.

    Raises:
        ConfigError: A draft would read otherwise today ("filing.draft_old").
        DataError: A slot is empty, or has places that are not filled in ("filing.unconfirmed").
        UnknownNameError: There is no such slot.
    """
    with room.store.reading() as desk:
        records = desk.records(filing, "material")
        dossier = dossier_at(desk, room, filing)
        old = outdated(dossier, records)
    if not slots:
        ready = (slot for slot in Materials.shipped().of(dossier.profile.name) if slot.confirm)
        slots = [s.slot for s in ready if _is_whole(records.get(s.slot)) and s.slot not in old]
        return filing_materials.confirm(room, filing, slots, actor) if slots else []
    if stale := [name for name in old if name in slots]:
        raise ConfigError(
            f"drafts would read otherwise today: {', '.join(stale)}",
            allowed="drafts of the answers, evidence and decisions of now",
            do="draft them anew with: guanyao filing draft",
            code="filing.draft_old",
        )
    return filing_materials.confirm(room, filing, slots, actor)


def _is_whole(record: Mapping[str, Any] | None) -> bool:
    """Whether something stands in a slot that waits for nothing but its confirmation."""
    still = ("confirmed_by", "unfilled", "faults")
    return record is not None and not any(record.get(name) for name in still)
