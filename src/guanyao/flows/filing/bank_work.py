"""Who works at a filing's banks, and in what: one transaction, with a line in the audit chain."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from guanyao.errors import DataError, FilingError, GuanyaoError, TransitionError
from guanyao.filing.bank import Bank
from guanyao.filing.bank_kinds import check_bank
from guanyao.filing.evidence import Evidence
from guanyao.filing.filing_state import Actor
from guanyao.filing.outcome import fit
from guanyao.flows.filing.people import actor_of, person_at
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import Standing, read_kept, standing
from guanyao.records.audit_line import Entry
from guanyao.records.evidence import canonical
from guanyao.records.filing_store import Desk

BANK, EVIDENCE = "bank", "evidence"
PROVIDER = "provider"


@dataclass
class Work:
    """Something that is being done to a filing's banks, inside a transaction."""

    stand: Standing
    actor: Actor
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        """The transaction."""
        return self.stand.desk

    @property
    def filing(self) -> str:
        """The filing's id."""
        return self.stand.state.id

    def put_evidence(self, record: Mapping[str, Any], name: str) -> Evidence:
        """Keep a record as evidence."""
        content = canonical(record)
        evidence = read_kept(content, name)
        kept = {
            "id": evidence.id,
            "kind": evidence.kind,
            "name": name,
            "digest": evidence.digest,
            "file": self.desk.put_file(content),
            "attached_by": self.actor.person,
            "attached_at": self.desk.now.isoformat(),
        }
        self.desk.put_record(self.filing, EVIDENCE, evidence.id, kept)
        return evidence


@contextmanager
def recorded(room: Room, filing: str, actor: Actor, act: str) -> Iterator[None]:
    """Whatever is refused or fails inside leaves a line in the audit chain.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        act: What it is called in the chain.
    """
    try:
        yield
    except GuanyaoError as error:
        if error.code != "filing.unknown":
            with room.store.writing() as desk:
                desk.append(_entry(act, filing, actor, {}, error))
        raise


@contextmanager
def working(room: Room, filing: str, actor: Actor, act: str) -> Iterator[Work]:
    """Do something to a filing's banks in one transaction, with a line in the audit chain.

    What takes long (files, texts, classifiers) is read before, inside `recorded` only.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it: somebody of the provider's side.
        act: What it is called in the chain.

    Raises:
        DataError: There is no such filing.
        TransitionError: The actor is not of the provider ("filing.role").
    """
    with room.store.writing() as desk:
        work = Work(standing(desk, room, filing), actor)
        _check_provider(work.stand, actor)
        yield work
        desk.append(_entry(act, work.filing, actor, work.facts))


def _entry(
    act: str, filing: str, actor: Actor, facts: Mapping[str, Any], error: GuanyaoError | None = None
) -> Entry:
    outcome = "done" if error is None else "failed"
    return Entry(
        act=act,
        outcome="refused" if isinstance(error, FilingError) else outcome,
        who=actor.person,
        role=fit(actor.role),
        object=fit(f"filing:{filing}"),
        facts=facts,
        code="" if error is None else error.code,
    )


def _check_provider(stand: Standing, actor: Actor) -> None:
    role = stand.profile.roles.get(actor.role)
    is_provider = role is not None and role.side == PROVIDER
    if not is_provider or actor.organisation != stand.state.organisation:
        raise TransitionError(
            "banks and samples belong to the provider of the service",
            allowed="somebody of the provider, in a role of the provider",
            do="act as one of them with --by",
            code="filing.role",
        )


def provider_actor(room: Room, filing: str, person: str, role: str | None = None) -> Actor:
    """Somebody of the provider, in the role that is named or the first that is the provider's.

    Raises:
        ConfigError: The person has not that role ("person.role").
        UnknownNameError: There is no such person.
    """
    with room.store.reading() as desk:
        known = standing(desk, room, filing).profile.roles
        own = person_at(desk, person)["roles"]
        usual = next((r for r in own if r in known and known[r].side == PROVIDER), own[0])
        return actor_of(desk, person, role or usual)


def bank_of(desk: Desk, filing: str, name: str) -> Bank:
    """The entries of a filing's bank.

    Raises:
        DataError: There is no such bank yet ("bank.none"), or its file is damaged.
    """
    record = desk.record(filing, BANK, check_bank(name))
    if record is None:
        raise DataError(
            f"the bank {name!r} was not imported yet",
            do=f"guanyao filing bank import {name} FILE",
            code="bank.none",
        )
    return read_bank(desk, name, record)


def read_bank(desk: Desk, name: str, record: Mapping[str, Any]) -> Bank:
    """The entries of a bank by its record."""
    return Bank.read(desk.file(record["file"]), name)
