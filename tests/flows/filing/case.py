"""A filing of a small service, from a real run to a dossier that can be frozen."""

import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guanyao.filing.document import Document, Sheet, Text, Workbook
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.ledger import MEETS, MISSES, NOT_APPLICABLE
from guanyao.filing.materials import Materials
from guanyao.filing.outcome import Outcome
from guanyao.filing.proposal import Proposal
from guanyao.filing.signing import KeySigner, fingerprint, new_key, open_key
from guanyao.filing.writers import docx, xlsx
from guanyao.flows.filing import clauses, materials
from guanyao.flows.filing.act import act, new_filing, state_of
from guanyao.flows.filing.facts import facts_of
from guanyao.flows.filing.freeze import Signed, freeze, sign
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.room import Room, create_room, open_room
from guanyao.flows.run import Run, run
from tests.filing import cast
from tests.flows.filing.play import SERVERS

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
PASSPHRASE = "five plain words for testing"  # noqa: S105
REASON = "decided on the papers that lie in the office of the service"
SERVICE = """\
service: guanyao.service/1
name: virtual records
provider: a hospital
facts: {public: false, modality: [table], free_text: false, takes_input: false,
  trains_on_user_input: false, learns_from_data: true, uses_personal_data: true,
  sensitive_personal_data: true, children_data: false, shares_personal_data: false,
  sends_abroad: false, important_data: false, minors: false, base_model: none, tunes_model: true,
  people_annotate: false, provides_api: false, opinion_attribute: false,
  edits_faces_or_voices: false, label_free_delivery: false, paid: false, mlps_level: 2,
  claims_privacy_budget: false}
"""


def table(n_rows: int = 60, first: int = 0) -> pl.DataFrame:
    """Rows of nobody; `first` changes one of them."""
    return pl.DataFrame(
        {
            "age": [20 + (7 * i) % 60 for i in range(n_rows - 1)] + [30 + first],
            "sex": ["F" if i % 2 else "M" for i in range(n_rows)],
            "days": [1 + (i * i) % 9 for i in range(n_rows)],
        }
    )


def train(folder: Path, name: str, *, first: int = 0, at: datetime = NOW) -> Run:
    """A real run on the small table."""
    source = folder / f"{name}.csv"
    table(first=first).write_csv(source)
    options: dict[str, Any] = {"model": "independent", "canaries": False, "target": "sex"}
    return run(source, out=folder / name, clock=lambda: at, **options)


def small_docx(text: str = "已经填写完毕。") -> bytes:
    return docx.write(Document(name="文件", title="文件", blocks=(Text(text),)))


def small_xlsx(text: str = "甲") -> bytes:
    sheet = Sheet(title="表", columns=("一", "二"), rows=((text, "乙"),))
    return xlsx.write(Workbook(name="表", title="表", sheets=(sheet,)))


@dataclass
class FilingCase:
    """A filing in a room, at a time that only goes on when it is told to."""

    folder: Path
    place: str | Path
    id: str = "f-1"
    profile: str = "notice7"
    now: datetime = NOW
    keys: dict[str, KeySigner] = field(default_factory=dict)
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        """Open the room that is there, or make one with a filing in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if isinstance(self.place, Path) and self.place.exists():
            self.room = open_room(self.place, clock=lambda: self.now)
        else:
            self.room = create_room(self.place, clock=lambda: self.now)
            self.open(self.id)

    def open(self, id: str) -> None:
        options = {"profile": self.profile, "organisation": cast.PROVIDER, "actor": cast.EDITOR}
        new_filing(self.room, **options, id=id).require()

    def copied(self, folder: Path) -> "FilingCase":
        """The same on a copy of its room; only of a room in a folder."""
        self.room.close()
        shutil.copytree(self.place, folder / "room")
        again = FilingCase(folder / "files", folder / "room", self.id, now=self.now)
        again.keys = dict(self.keys)
        return again

    @property
    def filing(self) -> FilingState:
        with self.room.store.reading() as desk:
            found = state_of(desk, self.id)
        assert found is not None
        return found

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def described(self) -> "FilingCase":
        materials.put_service(self.room, self.id, self.file("service.yaml", SERVICE), cast.EDITOR)
        return self

    def in_draft(self) -> "FilingCase":
        reason = "the office asked the hospital for it"
        materials.scope(self.room, self.id, cast.HEAD, "file", reason)
        self.do("decide", cast.HEAD, outcome="file")
        return self

    def do(self, event: str, actor: Actor, **more: Any) -> Outcome:
        return self.attempt(event, actor, **more).require()

    def attempt(self, event: str, actor: Actor, **more: Any) -> Outcome:
        """Try an act with the facts that the room gathers."""
        return act(self.room, self.id, event, actor, {"reason": cast.REASON, **more})

    def add(self, *paths: Path) -> None:
        materials.add_evidence(self.room, self.id, paths, cast.EDITOR)

    def fill_slots(self) -> None:
        """Attach a small file to each slot that is required."""
        profile, facts = self.profile, self.facts_stated()
        for slot in Materials.shipped().required(profile, facts):
            text = f"{slot.slot} 已经填写完毕。"
            content = small_xlsx(text) if slot.formats[0] == "xlsx" else small_docx(text)
            path = self.file(f"{slot.slot}.{slot.formats[0]}", content)
            materials.attach(self.room, self.id, slot.slot, path, actor=cast.EDITOR)

    def facts_stated(self) -> dict[str, Any]:
        with self.room.store.reading() as desk:
            return dict((desk.record(self.id, "service", "current") or {})["facts"])

    def decide_all(self) -> None:
        """Take over what is proposed, and decide the rest as somebody would who has papers."""
        clauses.take(self.room, self.id, cast.HEAD)
        sheet = self.folder / "clauses.csv"
        clauses.write_worksheet(self.room, self.id, sheet)
        found = pl.read_csv(sheet, infer_schema_length=0)
        status = {(p.pack, p.clause.id): p for p in clauses.proposals(self.room, self.id)}
        rows = [
            {**row, **_said(status[row["规则包"], row["条款"]])} if not row["结论"] else row
            for row in found.iter_rows(named=True)
        ]
        pl.DataFrame(rows, schema=dict.fromkeys(found.columns, pl.String)).write_csv(sheet)
        clauses.read_decisions(self.room, self.id, cast.HEAD, sheet)

    def ready_to_freeze(self) -> "FilingCase":
        self.described().in_draft()
        self.add(train(self.folder, "first").paths["record"])
        self.fill_slots()
        self.decide_all()
        return self

    def frozen(self) -> "FilingCase":
        self.freeze().require()
        self.give_keys()
        return self

    def freeze(self) -> Outcome:
        return freeze(self.room, self.id, cast.EDITOR)

    def sign(self, signer: Actor) -> Signed:
        return sign(self.room, self.id, signer, self.keys[signer.person])

    def give_keys(self) -> None:
        for signer in cast.SIGNERS:
            add_person(
                self.room,
                signer.person,
                roles=[signer.role],
                organisation=cast.PROVIDER,
                kind=signer.kind,
            )
            pem = new_key("ed25519", PASSPHRASE)
            self.keys[signer.person] = open_key(pem, PASSPHRASE)
            key = self.keys[signer.person]
            self._register(signer.person, key)

    def _register(self, person: str, key: KeySigner) -> None:
        own = {
            "algorithm": key.algorithm,
            "public_key": key.public_key,
            "fingerprint": fingerprint(key.public_key),
        }
        with self.room.store.writing() as desk:
            record = desk.record("", "person", person) or {}
            desk.put_record("", "person", person, {**record, "public_key": own})

    def facts(self, event: str, **payload: Any) -> Any:
        """What the room knows when this is tried."""
        with self.room.store.reading() as desk:
            state = state_of(desk, self.id)
            assert state is not None
            return facts_of(desk, self.room, state, event, payload)

    def wait(self, **time: float) -> "FilingCase":
        self.now += timedelta(**time)
        return self


def _said(proposal: Proposal) -> dict[str, str]:
    """What a person says to a clause that cannot be taken over."""
    kinds = proposal.clause.evidence_kinds
    if "label_check" in kinds:
        return {"结论": NOT_APPLICABLE, "理由": "no content leaves the hospital"}
    measured = [check for check in proposal.checks if check.outcome != "met"]
    if measured:
        return {"结论": MISSES, "理由": REASON, "整改计划": "measure it", "完成期限": "2027-03-01"}
    return {"结论": MEETS, "理由": REASON}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FilingCase]:
    """A filing that can be frozen, and one that is: tests work on copies of them."""
    folder = tmp_path_factory.mktemp("made")
    ready = FilingCase(folder / "files", folder / "room").ready_to_freeze()
    frozen = ready.copied(folder / "frozen").frozen()
    frozen.room.close()
    return {"ready": ready, "frozen": frozen}


@pytest.fixture(params=["sqlite", *SERVERS])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FilingCase]:
    """A filing that was just opened, on each database."""
    server = f"{request.param}#test_{secrets.token_hex(4)}"
    place = tmp_path / "room" if request.param == "sqlite" else server
    found = FilingCase(tmp_path / "files", place)
    yield found
    found.room.close()


@pytest.fixture(params=["sqlite", *SERVERS])
def ready(
    request: pytest.FixtureRequest, tmp_path: Path, made: dict[str, FilingCase]
) -> Iterator[FilingCase]:
    """Everything that a dossier needs is there."""
    if request.param == "sqlite":
        found = made["ready"].copied(tmp_path)
    else:
        server = f"{request.param}#test_{secrets.token_hex(4)}"
        found = FilingCase(tmp_path / "files", server).ready_to_freeze()
    yield found
    found.room.close()


@pytest.fixture(params=["sqlite", *SERVERS])
def frozen(
    request: pytest.FixtureRequest, tmp_path: Path, made: dict[str, FilingCase]
) -> Iterator[FilingCase]:
    """The dossier is frozen, and the signatories have keys."""
    if request.param == "sqlite":
        found = made["frozen"].copied(tmp_path)
    else:
        server = f"{request.param}#test_{secrets.token_hex(4)}"
        found = FilingCase(tmp_path / "files", server).ready_to_freeze().frozen()
    yield found
    found.room.close()
