"""Verifies a room: its chain, and everything in it that the chain vouches for.

What people attach and decide between two dossiers is not in the chain piece by piece: it is vouched
for from the moment when a dossier is made of it, by the manifest.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from guanyao.errors import GuanyaoError
from guanyao.filing.filing_state import FilingState
from guanyao.filing.manifest import Manifest
from guanyao.filing.outcome import fit
from guanyao.flows.filing.act import deadline_rows, record_digest
from guanyao.flows.filing.freeze import signature_digest
from guanyao.flows.filing.package import changed_files, is_valid
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.verify import Failure, Verified
from guanyao.records.audit import Head
from guanyao.records.evidence import canonical

if TYPE_CHECKING:
    from guanyao.records.audit_line import Line
    from guanyao.records.filing_store import Desk

NAMING = {"material": ("digest",), "evidence": ("file",), "bank": ("file",)}
"""Kinds of records that name files of the room, and in which fields."""


@dataclass
class _Told:
    """What the chain tells of one filing.

    Args:
        acts: Line -> digest of the act's record.
        filing: Digest of the filing's record after the last act.
        manifests: Manifests of dossiers, as (version, digest).
        attached: Digests that acts named.
    """

    acts: dict[int, str] = field(default_factory=dict)
    filing: str = ""
    manifests: set[tuple[int, str]] = field(default_factory=set)
    attached: set[str] = field(default_factory=set)

    def take(self, line: "Line") -> None:
        """Take in one more line."""
        facts = line.facts
        if "act_digest" in facts:
            self.acts[line.seq] = facts["act_digest"]
        if line.outcome == "done":
            self.filing = facts.get("filing_digest", self.filing)
            self.attached.update(facts.get("attachments", ()))
            if facts.get("manifest"):
                self.manifests.add((facts["dossier_version"], facts["manifest"]))


def verify_room(room: Room, *, anchor: Head | None = None) -> Verified:
    """Whether a room is as its acts left it.

    Args:
        room: The room.
        anchor: A head of its chain that was kept elsewhere; without one, a room whose whole chain
            was written anew is not told from the right one.
    """
    verdict = room.store.verify(anchor)
    failures = [] if verdict.ok else [Failure(name="audit", where="", why=verdict.why)]
    facts = {"n_lines": verdict.n_lines, "n_filings": 0}
    if verdict.fault != "damaged":
        told = _told(room)
        with room.store.reading() as desk:
            ids = [str(row["id"]) for row in desk.filings()]
            facts["n_filings"] = len(ids)
            for id in ids:
                failures += _filing(desk, room, id, told.pop(fit(f"filing:{id}"), _Told()))
        failures += [
            Failure(name="state", where=name, why="the chain tells of it, and it is not there")
            for name, rest in told.items()
            if rest.filing
        ]
    note = "a chain that was written anew as a whole is told only by an anchor: --anchor"
    notes = (note,) if anchor is None else ()
    return Verified(what="room", failures=tuple(failures), facts=facts, notes=notes)


def _told(room: Room) -> dict[str, _Told]:
    found: dict[str, _Told] = defaultdict(_Told)
    for line in room.store.chain.lines():
        if line.object.startswith("filing:") or "act_digest" in line.facts:
            found[line.object].take(line)
    return dict(found)


def _filing(desk: "Desk", room: Room, id: str, told: _Told) -> Iterator[Failure]:
    try:
        record = desk.filing(id)
        assert record is not None
        state = FilingState.from_json(record)
        yield from _acts(desk, state, told)
        if desk.kept_digest(id) != told.filing:
            why = "its record is not the one that the last act left"
            yield Failure(name="state", where=id, why=why)
        yield from _deadlines(desk, room, state)
        yield from _dossiers(desk, state, told)
        yield from _signatures(desk, state, told)
        yield from _blobs(desk, id)
    except (GuanyaoError, KeyError, TypeError, ValueError, AttributeError) as error:
        why = f"it cannot be read ({type(error).__name__})"
        yield Failure(name="state", where=id, why=why)


def _acts(desk: "Desk", state: FilingState, told: _Told) -> Iterator[Failure]:
    """Act records against their lines, and the filing's history made anew from them."""
    history, n_done, seen = "", 0, set()
    for act in desk.acts(state.id):
        line = int(act["line"])
        seen.add(line)
        if told.acts.get(line) != record_digest(act):
            where, why = f"{state.id} act {act['n']}", "it is not what its line in the chain says"
            yield Failure(name="act", where=where, why=why)
        if act["done"]:
            n_done += 1
            history = _linked(history, act)
    for line in sorted(set(told.acts) - seen):
        why = f"the act of line {line} is not there"
        yield Failure(name="act", where=state.id, why=why)
    if (history, n_done) != (state.history, state.n_acts):
        why = "its history is not that of its acts"
        yield Failure(name="history", where=state.id, why=why)


def _linked(before: str, act: Mapping[str, Any]) -> str:
    """A filing's history after one more act, as `FilingState.linked` makes it."""
    case = "" if act["case"] in act["opened"] else act["case"]
    link = {
        "event": act["event"],
        "outcome": act["outcome"],
        "case": case,
        "from": act["before"],
        "to": act["after"],
    }
    return hashlib.sha256(canonical({"before": before, **link, "time": act["at"]})).hexdigest()


def _deadlines(desk: "Desk", room: Room, state: FilingState) -> Iterator[Failure]:
    profile = room.profile(desk, state.profile_digest)
    own, kept = (
        sorted((_plain(row) for row in rows), key=lambda row: (row["case"], row["clock"]))
        for rows in (deadline_rows(state, profile), desk.deadlines(state.id))
    )
    if own != kept:
        why = "the deadlines that the clocks look at are not its own"
        yield Failure(name="deadline", where=state.id, why=why)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "asks_at"}


def _dossiers(desk: "Desk", state: FilingState, told: _Told) -> Iterator[Failure]:
    for version in range(1, state.dossier_version + 1):
        where = f"{state.id} dossier {version}"
        record = desk.record(state.id, "dossier", str(version))
        if record is None:
            yield Failure(name="dossier", where=where, why="it is not there")
            continue
        manifest = Manifest.from_json(record["manifest"])
        own = manifest.digest()
        is_told = (version, own) in told.manifests and manifest.version == version
        if own != record["digest"] or not is_told:
            why = "its manifest is not the one that the chain names"
            yield Failure(name="dossier", where=where, why=why)
        for path in changed_files(desk, manifest):
            why = "it is missing, or not as in the manifest"
            yield Failure(name="file", where=f"{where} {path}", why=why)
        if version == state.dossier_version and own != state.manifest_digest:
            yield Failure(name="dossier", where=where, why="the filing names another manifest")


def _signatures(desk: "Desk", state: FilingState, told: _Told) -> Iterator[Failure]:
    for key, record in desk.records(state.id, "signature").items():
        where = f"{state.id} signature {key}"
        if not is_valid(desk, state.id, record):
            why = "it is not by its person's key, or over something else"
            yield Failure(name="signature", where=where, why=why)
        if signature_digest(record) not in told.attached:
            why = "no act in the chain is its own"
            yield Failure(name="signature", where=where, why=why)


def _blobs(desk: "Desk", filing: str) -> Iterator[Failure]:
    """The files that its records name; those of dossiers are looked at by their manifests."""
    for kind, fields in NAMING.items():
        for key, record in desk.records(filing, kind).items():
            parts = (record, *(record.get("more") or ()))
            digests = {str(part[name]) for part in parts for name in fields if part.get(name)}
            for digest in sorted(digests):
                try:
                    desk.file(digest)
                except GuanyaoError:
                    where = f"{filing} {kind} {key}"
                    yield Failure(name="file", where=where, why="its file is not what it was")
