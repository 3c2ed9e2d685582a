"""Where a filing stands: what its records say, read once and only as far as it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.errors import DataError
from guanyao.filing import intake
from guanyao.filing.act import CHANGE
from guanyao.filing.evidence import SHANGHAI, Evidence, Subject, subject_of
from guanyao.filing.filing_state import FilingState
from guanyao.filing.ledger import ClauseResult, Current, Key
from guanyao.filing.pack import Pack
from guanyao.filing.pack_file import all_packs, chosen
from guanyao.filing.profile import Profile
from guanyao.filing.proposal import Proposal, propose_all
from guanyao.filing.proposal import Stand as Basis
from guanyao.filing.service import Service
from guanyao.flows.filing.people import state_at

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

CURRENT = "current"
SMALL = 1 << 20
"""Bytes up to which a piece of evidence is remembered once it was read."""


@dataclass(frozen=True)
class Standing:
    """What is recorded of one filing, inside a transaction.

    Args:
        desk: The transaction.
        room: The room it is of.
        state: The filing.
        now: The time, with a zone.
    """

    desk: "Desk"
    room: "Room"
    state: FilingState
    now: datetime

    @cached_property
    def profile(self) -> Profile:
        """The workflow that the filing follows."""
        return self.room.profile(self.desk, self.state.profile_digest)

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """The rule packs in force on the day in China."""
        return active_packs(self.room.packs, self.now)

    @cached_property
    def described(self) -> Service | None:
        """The service as the provider describes it; None: not yet."""
        record = self.record("service")
        return None if record is None else Service.from_json(dict(record))

    @cached_property
    def service(self) -> Service:
        """The same; without a description a service of which nothing is known."""
        return self.described or Service(name=self.state.id, provider=self.state.organisation)

    @cached_property
    def evidence(self) -> tuple[Evidence, ...]:
        """All evidence that was handed in, read anew from what is kept."""
        found = [
            read_kept(self.desk.file(str(record["file"])), str(record["name"]))
            for record in self.records("evidence").values()
        ]
        return tuple(intake.without_doubles(found))

    @cached_property
    def subject(self) -> Subject:
        """The model and data in use: as described, or else those of the newest run."""
        service = self.service
        return subject_of(self.evidence, model=service.model_digest, data=service.data_digest)

    @cached_property
    def measured(self) -> Subject:
        """The model and data of the newest run, whatever the description says."""
        return subject_of(self.evidence)

    @cached_property
    def results(self) -> dict[Key, ClauseResult]:
        """What was decided, clause by clause."""
        made = map(ClauseResult.from_json, self.records("clause").values())
        return {result.key: result for result in made}

    @cached_property
    def proposals(self) -> tuple[Proposal, ...]:
        """What the evidence says to each clause of the active packs."""
        basis = Basis(
            service=self.service, evidence=self.evidence, subject=self.subject, now=self.now
        )
        return tuple(propose_all(self.packs, basis))

    @cached_property
    def current(self) -> Current:
        """What results are held against."""
        return Current(
            packs={pack.id: pack for pack in self.packs},
            subject=self.subject,
            evidence=self.evidence,
            facts=self.service.facts,
            now=self.now,
        )

    @cached_property
    def dossier(self) -> Mapping[str, Any] | None:
        """The record of the present dossier; None: there is none yet."""
        return self.dossier_record(self.state.dossier_version)

    def dossier_record(self, version: int) -> Mapping[str, Any] | None:
        """The record of a version of the dossier."""
        return self.desk.record(self.state.id, "dossier", str(version))

    def record(self, kind: str, key: str = CURRENT) -> Mapping[str, Any] | None:
        """The newest record of a kind and key."""
        return self.desk.record(self.state.id, kind, key)

    def records(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """The newest records of a kind, by key."""
        return self.desk.records(self.state.id, kind)

    def has_file(self, digest: str) -> bool:
        """Whether a file of the room is there and whole."""
        try:
            self.desk.file(digest)
        except DataError:
            return False
        return True

    @property
    def is_open(self) -> bool:
        """Whether what the dossier is made of may change now."""
        return may_change(self.profile, self.state)


def standing(desk: "Desk", room: "Room", filing: str) -> Standing:
    """Where the filing of an id stands at the time of the transaction.

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    return Standing(desk, room, state_at(desk, filing), desk.now)


def may_change(profile: Profile, state: FilingState) -> bool:
    """Whether the dossier's contents may change: a new version can follow from where it stands.

    That is so before the first version, where an act makes a new one, in a case that does, and
    where the filing may declare a change.
    """
    machine = profile.filing
    kind = machine.states[state.state].kind if state.state else "open"
    if kind != "open":
        return False
    if state.dossier_version == 0:
        return True
    if any(t.new_dossier or t.opens == CHANGE for t in machine.exits(state.state)):
        return True
    own = (case for case in state.cases if case.is_open and case.kind in profile.cases)
    return any(t.new_dossier for case in own for t in profile.cases[case.kind].exits(case.state))


def active_packs(folder: Path | None, now: datetime) -> tuple[Pack, ...]:
    """The packs that Guanyao brings and those of a folder, as far as they are in force.

    Raises:
        ConfigError: One of the folder's is broken ("pack....").
    """
    day = now.astimezone(SHANGHAI).date()
    return tuple(chosen((), dict(_packs(folder, _look_of(folder))), day))


def _look_of(folder: Path | None) -> tuple[tuple[str, int, int], ...]:
    """What tells that a folder of packs is as it was: names, times and sizes."""
    if folder is None or not Path(folder).is_dir():
        return ()
    found = sorted(Path(folder).iterdir())
    return tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in found)


@lru_cache(maxsize=8)
def _packs(
    folder: Path | None, look: tuple[tuple[str, int, int], ...]
) -> tuple[tuple[str, Pack], ...]:
    """All packs by id; read again only when the folder looks different."""
    return tuple(all_packs(folder).items())


def read_kept(content: bytes, name: str) -> Evidence:
    """The evidence of bytes that were kept; the same small file is read once.

    Raises:
        DataError: It is none ("filing....").
    """
    return _read_once(content, name) if len(content) <= SMALL else intake.read_bytes(content, name)


@lru_cache(maxsize=256)
def _read_once(content: bytes, name: str) -> Evidence:
    return intake.read_bytes(content, name)
