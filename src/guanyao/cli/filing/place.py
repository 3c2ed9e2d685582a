"""Which room and filing a command is about, who acts, and how what came of it is told."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from guanyao.cli.filing.packs import PackFolder
from guanyao.cli.output import say, say_json
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.filing.filing_state import Actor
    from guanyao.filing.outcome import Outcome
    from guanyao.flows.filing.room import Room

ROOM = "GUANYAO_ROOM"
PERSON = "GUANYAO_PERSON"
FILE = "filing.db"
LANGUAGES = ("en", "zh")

RoomPlace: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--room",
        metavar="PLACE",
        help="The room: a folder, or postgresql://user@host/database.",
        show_default="GUANYAO_ROOM, or the nearest folder above that holds filing.db",
    ),
]
FilingId: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--filing", metavar="ID", help="The filing.", show_default="the only one of the room"
    ),
]
By: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="PERSON", help="Who does it, by their id.", show_default="GUANYAO_PERSON"
    ),
]
InRole: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="In which of their roles.",
        show_default="the one that may do it",
    ),
]
Reason: TypeAlias = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Why; many acts ask for 20 characters.", show_default=False),
]
Language: TypeAlias = Annotated[
    str, typer.Option("--lang", metavar="LANG", help="Of what is said: en or zh.")
]
CaseId: TypeAlias = Annotated[
    str,
    typer.Option(
        "--case",
        metavar="ID",
        help="The case, e.g. objection-1.",
        show_default="the only one that is open",
    ),
]
Number: TypeAlias = Annotated[
    str,
    typer.Option(metavar="NUMBER", help="The filing's number, if this gives it one."),
]
Attach: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--attach",
        metavar="FILE",
        help="A file that goes with the act. May be repeated.",
        show_default=False,
    ),
]
Hearing: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--hearing",
        metavar="FILE",
        help="The paper by which the provider was offered to be heard, if not in this room.",
        show_default="the offers of `guanyao filing hearing`",
    ),
]


def room_place(typed: str | None) -> str:
    """The room: as typed, as `GUANYAO_ROOM` says, or the nearest folder above that is one.

    Raises:
        ConfigError: There is none.
    """
    named = typed or os.environ.get(ROOM)
    if named:
        return named
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return str(folder)
    raise ConfigError(
        "there is no filing room here or above",
        do=f"name one with --room or {ROOM}, or make one with: "
        "guanyao filing init DIR --provider ORG --by PERSON",
        code="filing.no_room",
    )


def pack_folder(typed: Path | None, place: str) -> Path | None:
    """The folder of further packs: as typed, or `packs` inside the room's folder."""
    own = Path(place) / "packs"
    return typed or (own if "://" not in place and own.is_dir() else None)


@dataclass(frozen=True, kw_only=True)
class OfRoom:
    """Which room, as typed."""

    room: RoomPlace = None
    packs: PackFolder = None

    @contextmanager
    def opened(self) -> Iterator["Room"]:
        """The room."""
        from guanyao.flows.filing.room import open_room

        place = room_place(self.room)
        room = open_room(place, packs=pack_folder(self.packs, place))
        try:
            yield room
        finally:
            room.close()


@dataclass(frozen=True, kw_only=True)
class OfFiling(OfRoom):
    """Which filing, as typed."""

    filing: FilingId = None
    lang: Language = "en"

    def __post_init__(self) -> None:
        """Check the language before anything is done."""
        if self.lang not in LANGUAGES:
            raise ConfigError(
                f"{self.lang!r} is no language of this command",
                allowed="--lang en or --lang zh",
                code="filing.language",
            )

    @contextmanager
    def chosen(self) -> Iterator[tuple["Room", str]]:
        """The room, and the filing's id."""
        from guanyao.flows.filing.look import chosen

        with self.opened() as room:
            yield room, chosen(room, self.filing)


@dataclass(frozen=True, kw_only=True)
class OfAct(OfFiling):
    """Which filing, and who acts, as typed."""

    by: By = None
    role: InRole = None

    @property
    def person(self) -> str:
        """Who acts.

        Raises:
            ConfigError: Nobody is named.
        """
        named = self.by or os.environ.get(PERSON)
        if not named:
            raise ConfigError(
                "it is not said who does this",
                do=f"name a person of the room with --by, or with {PERSON}; "
                "see who there is: guanyao filing people list",
                code="person.unnamed",
            )
        return named

    def actor(
        self, room: "Room", filing: str, event: str, outcome: str = "", case: str = ""
    ) -> "Actor":
        """The person in the role that may do the event."""
        from guanyao.flows.filing.people import acting

        return acting(room, filing, self.person, self.role, event=event, outcome=outcome, case=case)

    def member(self, room: "Room", side: str) -> "Actor":
        """The person, for what is no act of a profile; in a role of a side if they have one."""
        from guanyao.flows.filing.people import member

        return member(room, self.person, self.role, side)

    def do(
        self,
        event: str,
        payload: Mapping[str, Any] | None = None,
        *,
        with_it: "WithIt | None" = None,
        as_json: bool,
        verb: str = "",
    ) -> None:
        """Do an event, and tell what came of it."""
        self.do_first([(event, "")], payload, with_it=with_it, as_json=as_json, verb=verb)

    def do_first(
        self,
        candidates: Sequence[tuple[str, str]],
        payload: Mapping[str, Any] | None = None,
        *,
        with_it: "WithIt | None" = None,
        as_json: bool,
        verb: str = "",
    ) -> None:
        """Do the one of several events (each with its outcome) that is possible now."""
        from guanyao.flows.filing.act import act
        from guanyao.flows.filing.look import event_here

        with self.chosen() as (room, filing):
            event, outcome = event_here(room, filing, candidates)
            said = {**(payload or {}), **({"outcome": outcome} if outcome else {})}
            way = (event, str(said.get("outcome", "")), str(said.get("case", "")))
            who = self.actor(room, filing, *way)
            more, live = (with_it or WithIt()).kept(room, filing, event, who)
            found = act(room, filing, event, who, {**said, **more}, live=live)
            self.tell(room, filing, found, as_json=as_json, verb=verb or event)

    def makes_dossier(self, event: str) -> bool:
        """Whether this event, which makes a version of the dossier, is possible now."""
        from guanyao.flows.filing.look import is_possible

        with self.chosen() as (room, filing):
            return is_possible(room, filing, event)

    def freeze(
        self,
        event: str,
        payload: Mapping[str, Any],
        *,
        raw: Collection[str] = (),
        as_json: bool,
    ) -> None:
        """Do an event that makes the next version of the dossier."""
        from guanyao.flows.filing.freeze import freeze

        with self.chosen() as (room, filing):
            who = self.actor(room, filing, event)
            found = freeze(room, filing, who, event=event, payload=payload, raw=raw)
            self.tell(room, filing, found, as_json=as_json, verb=event)

    def tell(
        self, room: "Room", filing: str, outcome: "Outcome", *, as_json: bool, verb: str
    ) -> None:
        """Tell what came of an act.

        Raises:
            FilingError: It was refused; the refusal is recorded.
        """
        from guanyao.flows.filing.told import lines, record_of

        told = record_of(room, filing, outcome)
        if as_json:
            say_json({"verb": f"filing {verb}", **told})
        else:
            for line in lines(told, self.lang):
                say(line)
        outcome.require()


@dataclass(frozen=True, kw_only=True)
class WithIt:
    """What goes with an act beside words.

    Args:
        attach: Files.
        files: Files that the act asks for, by the name of what it needs.
        hearing: The paper by which the provider was offered to be heard outside of the room.
    """

    attach: Sequence[Path] | None = None
    files: Mapping[str, Path | None] = field(default_factory=dict)
    hearing: Path | None = None

    def kept(
        self, room: "Room", filing: str, event: str, who: "Actor"
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Keep the files; what the payload says of them, and what was looked at beside."""
        from guanyao.flows.filing.files import keep_for
        from guanyao.flows.filing.options import was_heard

        files = {**self.files, "hearing": self.hearing}
        named = {name: path for name, path in files.items() if path is not None}
        kept = keep_for(room, filing, event, who, [*named.values(), *(self.attach or ())])
        said = {name: file["digest"] for name, file in zip(named, kept, strict=False)}
        more = {"attachments": [file["digest"] for file in kept]} if kept else {}
        heard = self.hearing is not None or was_heard(room, filing, event)
        return {**said, **more}, {"hearing_offered": True} if heard else None


def reasoned(reason: str, **more: object) -> dict[str, object]:
    """What is said with an act: the reason and more; what is empty is left out."""
    every: dict[str, object] = {"reason": reason, **more}
    return {key: value for key, value in every.items() if value not in (None, "", False)}
