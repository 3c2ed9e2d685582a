"""Writes a single document of a filing: a letter on an act, or a paper that is no slot."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError, DataError
from guanyao.filing.document import Document, Workbook
from guanyao.filing.documents import write
from guanyao.filing.documents.decision_letter import letter
from guanyao.filing.documents.promised import (
    command_for,
    letter_of,
    no_such,
    paper_of,
    promised_by,
)
from guanyao.filing.dossier import Dossier
from guanyao.filing.writers import WRITERS
from guanyao.flows.filing.facts import dossier_of
from guanyao.flows.filing.people import state_at
from guanyao.registry import find

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A document that was written.

    Args:
        path: Where.
        title: What stands above it.
        act: The number of the act that it tells of; 0: of none.
        unfilled: What is still to be filled in.
    """

    path: Path
    title: str
    act: int
    unfilled: tuple[str, ...]


def promised(room: "Room", filing: str) -> list[dict[str, Any]]:
    """Every document that the acts so far promised, in order.

    Returns:
        Of each: act (its number), at, event, document and command (which gives it).

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    with room.store.reading() as desk:
        state_at(desk, filing)
        acts = desk.acts(filing)
    return [
        {
            "act": act["n"],
            "at": act["at"],
            "event": act["event"],
            "document": name,
            "command": command_for(name, act["n"]),
        }
        for act in acts
        for name in promised_by(act)
    ]


def paper(
    room: "Room", filing: str, name: str, out: str | Path, *, act: int | None = None
) -> Paper:
    """Write one document of a filing, from what the room holds now.

    Args:
        room: The room.
        filing: The filing's id.
        name: A document that an act promised, or one of `filing.documents.DOCUMENTS`.
        out: The file: .docx, .pdf, or .xlsx for a workbook. It is replaced.
        act: For a letter: the number of the act; None: the newest that promised it.

    Raises:
        UnknownNameError: There is no such document ("filing.document").
        ConfigError: The document is not written in this format ("filing.paper_format").
        DataError: No act promised the letter yet ("filing.no_letter"), or there is no such filing.
        MissingExtraError: A writer's package is not installed.
    """
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        dossier = dossier_of(desk, room, state, desk.now)
    n, written = _written(dossier, name, act)
    ending = Path(out).suffix.lower().lstrip(".")
    allowed = ("xlsx",) if isinstance(written, Workbook) else ("docx", "pdf")
    if ending not in allowed:
        raise ConfigError(
            f"{name} is not written as {ending[:10]!r}",
            allowed=" or ".join(f".{one}" for one in allowed),
            do="name a file with that ending with -o",
            code="filing.paper_format",
        )
    write_whole(out, find(WRITERS, ending, "guanyao.writers")(written))
    open_places = tuple(written.unfilled())
    return Paper(path=Path(out), title=written.title, act=n, unfilled=open_places)


def _written(dossier: Dossier, name: str, act: int | None) -> tuple[int, Document | Workbook]:
    """The document, and the number of the act that it tells of."""
    if letter_of(name):
        told = _act(dossier, name, act)
        return int(told["n"]), letter(dossier, {**told, "documents": _first(told, name)})
    if paper_of(name):
        return 0, write(paper_of(name), dossier)
    raise no_such(name)


def _act(dossier: Dossier, name: str, n: int | None) -> Mapping[str, Any]:
    """The act that a letter tells of."""
    wanted = letter_of(name)
    for act in reversed(dossier.acts):
        if n in (None, act["n"]) and wanted in map(letter_of, promised_by(act)):
            return act
    raise DataError(
        f"no act of this filing promised {name}" if n is None else f"act {n} promised no {name}",
        allowed="a document that an act which was done promises",
        do="see which there are: guanyao filing document",
        code="filing.no_letter",
    )


def _first(act: Mapping[str, Any], name: str) -> list[str]:
    """The act's documents, the one that is asked for first: it names the letter."""
    return list(dict.fromkeys([letter_of(name), *promised_by(act)]))
