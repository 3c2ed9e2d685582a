"""Freezes a dossier, and signs it: each in one transaction with the act it belongs to.

A version of the dossier comes to be only by an act that was done; one that was refused leaves
nothing but its record.
"""

import base64
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.errors import DataError, TransitionError
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Signature
from guanyao.filing.manifest import Manifest
from guanyao.filing.outcome import Outcome
from guanyao.filing.profile import Machine, Profile, Transition
from guanyao.filing.signing import Signer, Statement
from guanyao.flows.filing.act import apply, gathered, recording_failure
from guanyao.flows.filing.keys import read_key
from guanyao.flows.filing.package import Package, changed_files, package_of, signatures_of
from guanyao.flows.filing.people import SIGNATORY, person_at, state_at
from guanyao.flows.filing.stamp import stamp
from guanyao.records.audit_line import Entry
from guanyao.records.evidence import canonical

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.anchor import Transport
    from guanyao.records.filing_store import Desk

FREEZE, SIGN = "freeze", "sign"
SIGNATURES, SECRETS = "G6", "G10"


def freeze(
    room: "Room",
    filing: str,
    actor: Actor,
    *,
    event: str = "",
    payload: Mapping[str, Any] | None = None,
    raw: Collection[str] = (),
) -> Outcome:
    """Make the next version of the dossier by the act that is due: freeze, resubmit, answer ...

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        event: The act; "": the one of the profile that makes a dossier in the present state.
        payload: What is said with it.
        raw: Values of identifier columns of the training data; none of them may be in a file.

    Returns:
        Done or refused; both are kept, and only what was done leaves a dossier.

    Raises:
        DataError: A file of the room is missing or damaged, or there is no such filing.
    """
    said = dict(payload or {})
    # What takes long is remembered, so that others wait less.
    with recording_failure(room, filing, event or FREEZE, actor), room.store.reading() as desk:
        package_of(desk, room, state_at(desk, filing), raw=raw)
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
        event = event or maker(profile, state)
        package = package_of(desk, room, state, raw=raw)
        return _frozen(desk, room, state, (event, actor, said), package)


def maker(profile: Profile, state: FilingState) -> str:
    """The act that makes a dossier in the present state; "freeze" where there is none."""
    places = [(profile.filing, state.state)]
    places += [
        (profile.cases[case.kind], case.state)
        for case in state.cases
        if case.is_open and case.kind in profile.cases
    ]
    for machine, place in places:
        for t in machine.transitions:
            if t.new_dossier and place in t.sources:
                return t.event
    return FREEZE


def _frozen(
    desk: "Desk",
    room: "Room",
    state: FilingState,
    said: tuple[str, Actor, Mapping[str, Any]],
    package: Package,
) -> Outcome:
    event, actor, payload = said
    manifest = package.manifest
    facts = replace(
        gathered(desk, room, state, event, payload),
        manifest_digest=manifest.digest(),
        model_digest=manifest.model,
        changed_files=(),
        secrets=package.secrets,
        signatures=signatures_of(desk, state, manifest.version),
        packs=tuple(pack.id for pack in manifest.packs),
    )
    if not manifest.files:
        facts = replace(facts, materials=None)
    outcome = apply(desk, room, state.id, event, actor, payload, facts)
    if outcome.filing.dossier_version == manifest.version:
        put_dossier(desk, state.id, manifest)
    return outcome


def put_dossier(desk: "Desk", filing: str, manifest: Manifest) -> None:
    """Keep a dossier."""
    record = {
        "version": manifest.version,
        "manifest": manifest.to_json(),
        "digest": manifest.digest(),
        "sm3": manifest.digest("sm3"),
        "model_digest": manifest.model,
        "frozen_at": desk.now.isoformat(),
        "packs": [pack.id for pack in manifest.packs],
    }
    desk.put_record(filing, "dossier", str(manifest.version), record)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """What came of signing.

    Args:
        outcome: Of the act; None: the profile has no act here, and the signature waits for the
            one that asks for it (a resubmission, a renewal).
        statement: What was signed.
        record: The signature as it is kept; None: it was refused.
    """

    outcome: Outcome | None
    statement: Statement
    record: Mapping[str, Any] | None

    @property
    def done(self) -> bool:
        """Whether the signature is kept."""
        return self.record is not None


def sign(
    room: "Room",
    filing: str,
    actor: Actor,
    key: str | Path | Signer,
    passphrase: str = "",
    *,
    authority: str = "",
    transport: "Transport | None" = None,
) -> Signed:
    """Sign the dossier: the present one, or the one that is about to be handed in again.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who signs, in the capacity `actor.kind`.
        key: A key file, or any other signer.
        passphrase: Of the key file.
        authority: Address of a time-stamp authority (RFC 3161); "": no time stamp.
        transport: Sends the request; None: over HTTP.

    Returns:
        What came of it; a refusal is kept as an act, and leaves no signature.

    Raises:
        DataError: The key cannot be used ("filing.signing_key"), is not the one that is registered
            for the person ("filing.key_other"), or a file of the dossier changed
            ("filing.changed").
        TransitionError: There is nothing to sign in this state ("filing.nothing_to_sign").
    """
    signer = read_key(key, passphrase) if isinstance(key, str | Path) else key
    seen = _to_sign(room, filing) if authority else None
    token = stamp(seen.content(), authority, transport) if seen else None
    with recording_failure(room, filing, SIGN, actor), room.store.writing() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
        manifest = what_to_sign(desk, room, state, profile)
        if seen is not None and seen != manifest:
            raise _changed("the dossier changed while its time stamp was asked for")
        _check_key(desk, actor.person, signer)
        _check_files(desk, manifest)
        statement = Statement(
            manifest=manifest.digest(),
            filing=filing,
            version=manifest.version,
            kind=actor.kind,
            person=actor.person,
        )
        record = _signature(desk, statement, signer, token)
        if not _is_act(profile, state):
            _check_signatory(profile, state, actor)
            return _beside(desk, state, actor, statement, record)
        return _signed(desk, room, state, actor, (statement, record))


def _to_sign(room: "Room", filing: str) -> Manifest:
    """What is to be signed, looked at before the transaction that does it."""
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
        return what_to_sign(desk, room, state, profile)


def what_to_sign(desk: "Desk", room: "Room", state: FilingState, profile: Profile) -> Manifest:
    """The manifest that a signature is asked for now.

    Where an act that makes a new dossier asks for signatures over it (a resubmission), they are
    given before it: over the manifest that it would have, which is the same while nothing changes.

    Raises:
        TransitionError: There is no dossier to sign ("filing.nothing_to_sign").
    """
    if any(t.new_dossier and SIGNATURES in t.guards for t in _ways(profile.filing, state.state)):
        return package_of(desk, room, state).manifest
    record = desk.record(state.id, "dossier", str(state.dossier_version))
    if record is None:
        raise TransitionError(
            "there is no dossier to sign",
            allowed="a dossier that was frozen",
            do="freeze it first: guanyao filing freeze",
            code="filing.nothing_to_sign",
        )
    return Manifest.from_json(record["manifest"])


def _ways(machine: Machine, place: str) -> list[Transition]:
    return [t for t in machine.transitions if place in t.sources]


def _is_act(profile: Profile, state: FilingState) -> bool:
    """Whether signing is an act of the profile here; where nothing asks for it, it is refused."""
    ways = _ways(profile.filing, state.state)
    if any(t.event == SIGN for t in ways):
        return True
    return not any(SIGNATURES in (*t.guards, *t.on_completion) for t in ways)


def _check_key(desk: "Desk", person: str, signer: Signer) -> None:
    known = person_at(desk, person).get("public_key") or {}
    if (known.get("algorithm"), known.get("public_key")) == (signer.algorithm, signer.public_key):
        return
    found = "another key than the one" if known else "no key"
    raise DataError(
        f"for {person} {found} that is registered in this room was given"
        if known
        else f"for {person} no key is registered in this room",
        allowed="the key that is registered for the person",
        do=f"register it: guanyao filing key register FILE.pub --person {person}",
        code="filing.key_other",
    )


def _check_signatory(profile: Profile, state: FilingState, actor: Actor) -> None:
    """Who may sign where no act of the profile asks it: the same as where one does."""
    kinds = profile.limits["signature_kinds"]
    is_signatory = actor.role == SIGNATORY and actor.kind in kinds
    if is_signatory and actor.organisation == state.organisation:
        return
    raise TransitionError(
        "somebody signs who may not",
        allowed=f"a {SIGNATORY} of the provider, in one of: {', '.join(kinds)}",
        do="let the signatories of the provider sign",
        code="filing.role",
    )


def _check_files(desk: "Desk", manifest: Manifest) -> None:
    if changed := changed_files(desk, manifest):
        listed = ", ".join(changed[:8])
        raise _changed(f"files of the dossier changed since it was frozen: {listed}")


def _changed(found: str) -> DataError:
    return DataError(
        found,
        allowed="files as the manifest says",
        do="sign again; if it stays so, put the last good copy of the room in its place",
        code="filing.changed",
    )


def _signature(
    desk: "Desk", statement: Statement, signer: Signer, token: bytes | None
) -> dict[str, Any]:
    signature = signer.sign(statement.message)
    return {
        "version": statement.version,
        "kind": statement.kind,
        "person": statement.person,
        "algorithm": signer.algorithm,
        "over": statement.manifest,
        "public_key": signer.public_key,
        "signature": base64.b64encode(signature).decode("ascii"),
        "at": desk.now.isoformat(),
        "timestamp": token and base64.b64encode(token).decode("ascii"),
    }


def signature_digest(record: Mapping[str, Any]) -> str:
    """SHA-256 of a signature as it is kept: it stands in the audit chain's line of the act."""
    return hashlib.sha256(canonical(dict(record))).hexdigest()


def _signed(
    desk: "Desk",
    room: "Room",
    state: FilingState,
    actor: Actor,
    given: tuple[Statement, dict[str, Any]],
) -> Signed:
    statement, record = given
    payload = {"attachments": [signature_digest(record)]}
    own = Signature(kind=actor.kind, signer=actor.person, over=statement.manifest)
    facts = replace(
        gathered(desk, room, state, SIGN, payload),
        signatures=(*signatures_of(desk, state), own),
        manifest_digest=statement.manifest,
    )
    outcome = apply(desk, room, state.id, SIGN, actor, payload, facts)
    if not outcome.done:
        return Signed(outcome=outcome, statement=statement, record=None)
    _put(desk, state.id, record)
    return Signed(outcome=outcome, statement=statement, record=record)


def _beside(
    desk: "Desk",
    state: FilingState,
    actor: Actor,
    statement: Statement,
    record: dict[str, Any],
) -> Signed:
    """A signature that no act of the profile takes in: kept, with a line of its own."""
    _put(desk, state.id, record)
    facts = {
        "manifest": statement.manifest,
        "dossier_version": statement.version,
        "attachments": [signature_digest(record)],
    }
    entry = Entry(
        act="filing.signature",
        who=actor.person,
        role=actor.role,
        object=f"filing:{state.id}",
        facts=facts,
    )
    desk.append(entry)
    return Signed(outcome=None, statement=statement, record=record)


def _put(desk: "Desk", filing: str, record: Mapping[str, Any]) -> None:
    desk.put_record(filing, "signature", f"{record['version']}/{record['kind']}", record)
