"""A room with a filing that is ready to be frozen, signed and exported, for the tests of these."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guanyao.filing.document import Document, Fields, Sheet, Text, Workbook
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Facts
from guanyao.filing.outcome import Outcome
from guanyao.flows.filing import act as filing_act
from guanyao.flows.filing import freeze as filing_freeze
from guanyao.flows.filing.freeze import Signed, freeze, sign
from guanyao.flows.filing.keys import make_key, public_path, register_key
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.room import Room, create_room, open_room
from guanyao.registry import find
from tests.filing.cast import KINDS, PROVIDER, good_facts
from tests.filing.rooms import DATABASES, new_place

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
PASSPHRASE = "four words drawn by chance"  # noqa: S105 - of keys made by the tests
CONTACT = {
    "contact_name": "王小明",
    "contact_phone": "154 0013 8000",
    "contact_email": "wu@example.com",
}
HEAD = Actor(person="ann", role="provider_admin", organisation=PROVIDER)
EDITOR = Actor(person="eda", role="provider_editor", organisation=PROVIDER)
CLERK = Actor(person="cai", role="clerk", organisation="office")
SIGNERS = tuple(
    Actor(person=f"sig{n}", role="provider_signatory", organisation=PROVIDER, kind=kind)
    for n, kind in enumerate(KINDS)
)
REASON = "The grounds are given in the letter that goes with this act."


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Play:
    """A room with people and keys, and one filing in DRAFT.

    What the guards of other parts look at (the ledger, banks, the page) is as it should be.
    """

    folder: Path
    room: Room
    filing: str = "f-1"
    keys: dict[str, Path] = field(default_factory=dict)

    def act(self, event: str, actor: Actor, **said: Any) -> Outcome:
        return filing_act.act(self.room, self.filing, event, actor, {"reason": REASON, **said})

    def state(self) -> FilingState:
        with self.room.store.reading() as desk:
            record = desk.filing(self.filing)
            assert record is not None
            return FilingState.from_json(record)

    def attach(self, slot: str, *files: tuple[str, bytes], **more: Any) -> None:
        """A material of these files, the first the one that counts."""
        with self.room.store.writing() as desk:
            parts = [
                {"name": name, "digest": desk.put_file(content), "media": name.rpartition(".")[2]}
                for name, content in files
            ]
            record = {
                "slot": slot,
                **parts[0],
                "bytes": len(files[0][1]),
                "source": "draft",
                "made_from": "",
                "unfilled": [],
                "faults": [],
                "secrets": [],
                "confirmed_by": "eda",
                "at": desk.now.isoformat(),
                "more": parts[1:],
                **more,
            }
            desk.put_record(self.filing, "material", slot, record)

    def put(self, kind: str, key: str, record: Mapping[str, Any]) -> None:
        with self.room.store.writing() as desk:
            desk.put_record(self.filing, kind, key, record)

    def dossier(self, version: int) -> Mapping[str, Any] | None:
        with self.room.store.reading() as desk:
            return desk.record(self.filing, "dossier", str(version))

    def signatures(self) -> dict[str, dict[str, Any]]:
        with self.room.store.reading() as desk:
            return desk.records(self.filing, "signature")

    def freeze(self, **more: Any) -> Outcome:
        return freeze(self.room, self.filing, EDITOR, payload={"reason": REASON}, **more)

    def sign(self, actor: Actor, **more: Any) -> Signed:
        return sign(self.room, self.filing, actor, self.keys[actor.person], PASSPHRASE, **more)

    def signed(self) -> "Play":
        """Frozen, and signed by all."""
        self.freeze().require()
        for actor in SIGNERS:
            assert self.sign(actor).done
        return self


def materials(play: Play) -> None:
    """What a dossier has: documents to edit with one to print beside, workbooks."""
    rows = (("联系人", CONTACT["contact_name"]), ("联系电话", CONTACT["contact_phone"]))
    form = document("备案表", Fields(rows))
    report = document("安全评估报告", Text("抽样四千条，合格率 98.2 %。"))
    for slot, doc in (("application_form", form), ("assessment_report", report)):
        play.attach(slot, (f"{slot}.docx", docx(doc)), (f"{slot}.pdf", pdf(doc)))
    agreement = docx(document("服务协议", Text("一、范围")))
    play.attach("service_agreement", ("agreement.docx", agreement))
    play.attach("keywords", ("keywords.xlsx", sheet(("关键词", "一级分类"), [("示例词", "A1")])))


def document(title: str, *blocks: Any) -> Document:
    return Document(name=title, title=title, blocks=blocks)


@cache
def docx(doc: Document) -> bytes:
    return bytes(find({"docx": "guanyao.filing.writers.docx:write"}, "docx", "none")(doc))


@cache
def pdf(doc: Document) -> bytes:
    return bytes(find({"pdf": "guanyao.filing.writers.pdf:write"}, "pdf", "none")(doc))


def sheet(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    one = Sheet(title="一", columns=columns, rows=tuple(rows))
    book = Workbook(name="book", title="book", sheets=(one,))
    return bytes(find({"xlsx": "guanyao.filing.writers.xlsx:write"}, "xlsx", "none")(book))


@cache
def key_files(folder: Path) -> dict[str, Path]:
    made = {actor.person: folder / f"{actor.person}.pem" for actor in SIGNERS}
    for path in made.values():
        make_key(path, PASSPHRASE)
    return made


def start(folder: Path, keys: Path, place: str | Path | None = None) -> Play:
    """A room with a filing in DRAFT, people, keys and materials."""
    room = create_room(place or folder / "room", clock=Clock(), who="ann")
    play = Play(folder=folder, room=room, keys=key_files(keys))
    outcome = filing_act.new_filing(
        room, profile="notice7", organisation=PROVIDER, actor=EDITOR, id="f-1"
    )
    outcome.require()
    for actor in (HEAD, EDITOR, CLERK, *SIGNERS):
        add_person(
            room, actor.person, roles=[actor.role], organisation=actor.organisation, kind=actor.kind
        )
    for person, path in play.keys.items():
        register_key(room, person, public_path(path), by="ann")
    play.put("answers", "current", {"answers": CONTACT})
    materials(play)
    play.act("decide", HEAD, outcome="file").require()
    return play


def facts(desk: Any, room: Room, state: FilingState, event: str, payload: Any) -> Facts:
    """Everything as it should be, as far as it is not of this part."""
    good = good_facts(state)
    ours = {"signatures": (), "secrets": None, "manifest_digest": state.manifest_digest}
    return Facts(**{**vars(good), **ours})


def use_good_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (filing_act, filing_freeze):
        monkeypatch.setattr(module, "gathered", facts)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    """Where a new room can be made, on each database."""
    with new_place(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def good(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guards of other parts find everything as it should be."""
    use_good_facts(monkeypatch)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of the signatories."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """A room in a folder with a filing that is ready to be frozen; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        use_good_facts(patch)
        start(folder, keys).room.close()
    return folder / "room"


def again(begun: Path, folder: Path, keys: Path) -> Play:
    """A copy of that room."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(begun, folder / "room")
    room = open_room(folder / "room", clock=Clock(START + timedelta(hours=1)))
    return Play(folder=folder, room=room, keys=key_files(keys))


@pytest.fixture
def desk_play(
    tmp_path: Path, begun: Path, keys: Path, place: str | Path, good: None
) -> Iterator[Play]:
    """A filing that is ready to be frozen, on each database."""
    is_file = isinstance(place, Path)
    found = again(begun, tmp_path, keys) if is_file else start(tmp_path, keys, place)
    yield found
    found.room.close()
