"""Drafts the documents of a dossier.

What a draft was made from is the text that the facts gave, without the day and the number of the
dossier's version: when a document would read otherwise today, its draft is out of date.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError
from guanyao.filing.document import Document, Workbook
from guanyao.filing.documents import write
from guanyao.filing.dossier import Dossier
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.materials import Materials, Slot
from guanyao.flows.filing.act import unknown_filing
from guanyao.flows.filing.change import changing
from guanyao.records.evidence import canonical
from guanyao.types import Progress, Silent

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

MATERIAL = "material"
DRAFT = "draft"
TIMELESS = date(2000, 1, 1)
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What became of one slot.

    Args:
        slot: Its name.
        what: drafted; unchanged (the draft there is up to date); kept (somebody attached a file).
        unfilled: What is still to be filled in.
    """

    slot: str
    what: str
    unfilled: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Made:
    """The files of one document, not stored yet."""

    slot: Slot
    files: tuple[tuple[str, bytes], ...]
    made_from: str
    unfilled: tuple[str, ...]


def draft(
    room: "Room",
    filing: str,
    actor: Actor,
    names: Sequence[str] = (),
    *,
    progress: Progress = Silent(),  # noqa: B008
) -> list[Drafted]:
    """Write the documents of the dossier that apply, as material records.

    A file that somebody attached stays, unless its slot is named; a draft that would come out the
    same stays with its confirmation. Files are written before the transaction that stores them.

    Args:
        room: The room.
        filing: The filing.
        actor: Who has them drafted.
        names: Slots; none: every slot of the route that is required.
        progress: Where to say how far it is.

    Returns:
        What became of each slot, in the dossier's order.

    Raises:
        UnknownNameError: There is no such slot ("materials.unknown").
        ConfigError: The slot is not on this route, or nothing writes it ("materials.slot").
        DataError: There is no such filing ("filing.unknown").
        TransitionError: The dossier is frozen ("filing.frozen"), or the actor is not of the
            provider ("filing.role").
        MissingExtraError: A writer's package is not installed.
    """
    with room.store.reading() as desk:
        dossier = dossier_at(desk, room, filing)
        records = desk.records(filing, MATERIAL)
    slots = _slots(dossier, names)
    found: list[Drafted] = []
    made: list[_Made] = []
    progress.stage("draft", len(slots))
    for slot in slots:
        state = _state(dossier, slot, records.get(slot.slot), is_named=slot.slot in names)
        if state:
            found.append(Drafted(slot=slot.slot, what=state))
        else:
            one = _make(dossier, slot)
            made.append(one)
            found.append(Drafted(slot=slot.slot, what="drafted", unfilled=one.unfilled))
        progress.advance()
    with changing(room, filing, actor, "filing.draft") as change:
        change.facts["slots"] = [one.slot.slot for one in made]
        for one in made:
            change.put(MATERIAL, one.slot.slot, _record(change.desk, one))
    return found


def outdated(dossier: Dossier, records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The slots whose draft would read otherwise today.

    Args:
        dossier: The filing as it stands.
        records: Its materials, by slot.
    """
    table = Materials.shipped()
    drafts = {slot: r for slot, r in records.items() if r.get("source") == DRAFT}
    return [
        slot.slot
        for slot in table.of(dossier.profile)
        if slot.slot in drafts and slot.document
        if drafts[slot.slot].get("made_from") != made_from(dossier, slot.document)
    ]


def dossier_at(desk: "Desk", room: "Room", filing: str) -> Dossier:
    """The dossier of a filing at the time of a transaction.

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    from guanyao.flows.filing.facts import dossier_of

    record = desk.filing(filing)
    if record is None:
        raise unknown_filing(filing)
    return dossier_of(desk, room, FilingState.from_json(record), desk.now)


def files_of(dossier: Dossier, name: str) -> dict[str, bytes]:
    """A document as files, by their names: docx and pdf, or xlsx.

    Args:
        dossier: What it is written from.
        name: A name in `filing.documents.DOCUMENTS`.

    Raises:
        UnknownNameError: There is no such document ("filing.document").
        MissingExtraError: A writer's package is not installed.
    """
    written = write(name, dossier)
    formats = ("xlsx",) if isinstance(written, Workbook) else ("docx", "pdf")
    return {f"{written.name}.{form}": _file(written, form) for form in formats}


def made_from(dossier: Dossier, document: str) -> str:
    """SHA-256 of what a document says, whatever the day and the version of the dossier.

    Args:
        dossier: What it is written from.
        document: A name in `filing.documents.DOCUMENTS`.
    """
    timeless = replace(dossier, today=TIMELESS, filing=replace(dossier.filing, dossier_version=0))
    return _digest(write(document, timeless))


def _digest(written: Document | Workbook) -> str:
    kinds = [type(block).__name__ for block in getattr(written, "blocks", ())]
    return hashlib.sha256(canonical({**asdict(written), "kinds": kinds})).hexdigest()


def _file(written: Document | Workbook, form: str) -> bytes:
    from guanyao import registry
    from guanyao.filing.writers import WRITERS

    content: bytes = registry.find(WRITERS, form, "guanyao.filing_writers")(written)
    return content


def _slots(dossier: Dossier, names: Sequence[str]) -> list[Slot]:
    table = Materials.shipped()
    own = {slot.slot for slot in table.of(dossier.profile)}
    if not names:
        required = table.required(dossier.profile, dossier.service.facts)
        return [slot for slot in required if slot.document]
    slots = [table.slot(name) for name in dict.fromkeys(names)]
    if wrong := [slot.slot for slot in slots if slot.slot not in own or not slot.document]:
        raise ConfigError(
            f"{wrong[0]} is not written for a dossier under {dossier.profile.name}",
            allowed=", ".join(s.slot for s in table.of(dossier.profile) if s.document),
            code="materials.slot",
        )
    return slots


def _state(
    dossier: Dossier, slot: Slot, record: Mapping[str, Any] | None, *, is_named: bool
) -> str:
    """Why a slot is left as it is; "": it is drafted."""
    if record is None:
        return ""
    if record.get("source") != DRAFT:
        return "" if is_named else "kept"
    is_same = record.get("made_from") == made_from(dossier, slot.document)
    return "unchanged" if is_same else ""


def _make(dossier: Dossier, slot: Slot) -> _Made:
    written = write(slot.document, dossier)
    files = tuple((f"{written.name}.{form}", _file(written, form)) for form in slot.formats)
    return _Made(
        slot=slot,
        files=files,
        made_from=made_from(dossier, slot.document),
        unfilled=tuple(written.unfilled()),
    )


def _record(desk: "Desk", made: _Made) -> dict[str, Any]:
    first, *more = (_stored(desk, name, content) for name, content in made.files)
    return {
        "slot": made.slot.slot,
        **first,
        "bytes": len(made.files[0][1]),
        "source": DRAFT,
        "made_from": made.made_from,
        "unfilled": list(made.unfilled),
        "faults": [],
        "secrets": [],
        "confirmed_by": "",
        "at": desk.now.isoformat(),
        "more": more,
    }


def _stored(desk: "Desk", name: str, content: bytes) -> dict[str, str]:
    return {
        "name": name,
        "digest": desk.put_file(content),
        "media": MEDIA[name.rpartition(".")[2]],
    }
