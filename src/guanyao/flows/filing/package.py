"""The package of a filing as it stands: which files, where they lie, what they rest on, what leaks.

Everything that makes a dossier goes through here, so that the guards, the manifest and the zip
speak of the same files.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from guanyao.errors import DataError, UnknownNameError
from guanyao.filing.filing_state import FilingState
from guanyao.filing.form import Form
from guanyao.filing.guards import Signature
from guanyao.filing.manifest import Basis, File, Manifest, clauses_digest, in_order
from guanyao.filing.materials import Materials, Slot
from guanyao.filing.package_paths import is_helper_text, place_of
from guanyao.filing.signing import Statement, decoded, verify
from guanyao.flows.filing.keys import keys_of
from guanyao.flows.filing.secrets import Looked, look
from guanyao.flows.filing.stand import Standing
from guanyao.records.evidence import canonical

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

Record = Mapping[str, Any]
LONGEST_STATED = 200
"""Characters of an answer that may name or reach somebody; what is longer is no contact."""
MOST_KEPT = 512
"""Files whose search is remembered."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """What a dossier would be if it were made now.

    Args:
        manifest: Its manifest.
        contents: The files by their path.
        secrets: Places of secrets and raw personal data, and files that hide what they hold.
        unfilled: Files in which a place is still to be filled in.
    """

    manifest: Manifest
    contents: Mapping[str, bytes] = field(repr=False)
    secrets: tuple[str, ...]
    unfilled: tuple[str, ...]


def package_of(
    desk: "Desk", room: "Room", state: FilingState, *, raw: Collection[str] = ()
) -> Package:
    """The next dossier of a filing, as its materials stand.

    Args:
        desk: The transaction.
        room: The room.
        state: The filing.
        raw: Values of identifier columns of the training data; none of them may be in a file.

    Raises:
        DataError: A file of the room is missing or damaged ("filing.file").
    """
    stand = Standing(desk, room, state, desk.now)
    files: dict[str, File] = {}
    contents: dict[str, bytes] = {}
    leaks: list[str] = []
    unfilled: list[str] = []
    for slot, record in _chosen(stand):
        allowed = allowed_texts(stand, slot.document)
        unfilled += [slot.slot] if record.get("unfilled") else []
        for name, digest, media in _files(record):
            content = desk.file(digest)
            place = place_of(slot.slot, _route(stand), name, files)
            looked = look_once(content, place, allowed, raw)
            leaks += looked.findings
            unread = "; ".join(looked.unread)
            if unread and not record.get("confirmed_by"):
                leaks.append(f"{place}: nobody vouches for what cannot be read ({unread})")
            files[place] = File.of(content, path=place, slot=slot.slot, media=media, unread=unread)
            contents[place] = content
    return Package(
        manifest=_manifest(stand, files),
        contents=contents,
        secrets=tuple(leaks),
        unfilled=tuple(dict.fromkeys(unfilled)),
    )


def leaks_of(desk: "Desk", room: "Room", state: FilingState) -> tuple[str, ...]:
    """Places of secrets and raw personal data in what a filing is to be decided on: for G10.

    That is the present dossier where there is one, and what the next would be made of.
    """
    found = list(package_of(desk, room, state).secrets)
    record = desk.record(state.id, "dossier", str(state.dossier_version))
    if record is not None:
        found += leaks_in(desk, room, state, Manifest.from_json(record["manifest"]))
    return tuple(dict.fromkeys(found))


def leaks_in(desk: "Desk", room: "Room", state: FilingState, manifest: Manifest) -> Iterator[str]:
    """The same in the files of a dossier that was made; those that changed are told by G7."""
    stand = Standing(desk, room, state, desk.now)
    slots = _materials()
    for file in manifest.files:
        try:
            content, document = desk.file(file.sha256), slots.slot(file.slot).document
        except (DataError, UnknownNameError):
            continue
        yield from look_once(content, file.path, allowed_texts(stand, document, ever=True)).findings


def allowed_texts(stand: Standing, document: str, *, ever: bool = False) -> tuple[str, ...]:
    """What a document is asked to state: the answers to the questions that it answers.

    No other document may state them, so a contact's phone is fine in the form and nowhere else. A
    long answer is none of them: it could name any number of persons.

    Args:
        stand: The filing.
        document: The document; "": one that nobody is asked for.
        ever: Also what was answered before: a dossier that was frozen then states that.
    """
    if not document:
        return ()
    newest = stand.record("answers")
    records: Sequence[Record] = [newest] if newest else []
    if ever:
        records = stand.desk.versions(stand.state.id, "answers", "current")
    asked = [q.id for q in _form().questions if document in q.documents]
    given = (record["answers"].get(id) for record in records for id in asked)
    stated = (str(answer) for answer in given if answer)
    return tuple(dict.fromkeys(answer for answer in stated if len(answer) <= LONGEST_STATED))


def changed_files(desk: "Desk", manifest: Manifest) -> tuple[str, ...]:
    """The files of a dossier that are no longer what its manifest says: for G7."""
    found = []
    for file in manifest.files:
        try:
            is_same = file.matches(desk.file(file.sha256))
        except DataError:
            is_same = False
        found += [] if is_same else [file.path]
    return tuple(found)


def signatures_of(
    desk: "Desk", state: FilingState, version: int | None = None
) -> tuple[Signature, ...]:
    """The signatures of a version of the dossier, each verified: for G6.

    One is valid if its key was registered to the person who signed, and it is over the filing,
    the version, the kind and the manifest that it states.

    Args:
        desk: The transaction.
        state: The filing.
        version: The version; None: the present one.
    """
    wanted = state.dossier_version if version is None else version
    return tuple(
        Signature(
            kind=str(record["kind"]),
            signer=str(record["person"]),
            over=str(record["over"]),
            is_valid=is_valid(desk, state.id, record),
        )
        for record in desk.records(state.id, "signature").values()
        if record["version"] == wanted
    )


def is_valid(desk: "Desk", filing: str, record: Record) -> bool:
    """Whether a stored signature is that of its person, over what it says."""
    known = {key["public_key"] for key in keys_of(desk, str(record["person"]))}
    signature = decoded(str(record["signature"]))
    if record["public_key"] not in known or signature is None:
        return False
    message = Statement.of(filing, record).message
    return verify(record["algorithm"], record["public_key"], message, signature)


@cache
def _materials() -> Materials:
    return Materials.shipped()


@cache
def _form() -> Form:
    return Form.shipped()


def _chosen(stand: Standing) -> Iterator[tuple[Slot, Record]]:
    """The materials that belong in: all of the dossier's slots that are there, and confirmed."""
    slots = {slot.slot: slot for slot in _materials().of(stand.profile.name)}
    for record in stand.records("material").values():
        slot = slots.get(str(record["slot"]))
        if slot is None or (slot.confirm and not record.get("confirmed_by")):
            continue
        yield slot, record


def _files(record: Record) -> Iterator[tuple[str, str, str]]:
    """Name, digest and media of each file of a material."""
    for part in (record, *(record.get("more") or ())):
        if not is_helper_text(str(part["name"])):
            yield str(part["name"]), str(part["digest"]), str(part["media"])


def _route(stand: Standing) -> str:
    return _materials().route_of(stand.profile.name)


def _manifest(stand: Standing, files: Mapping[str, File]) -> Manifest:
    state = stand.state
    return Manifest(
        filing=state.id,
        version=state.dossier_version + 1,
        profile=f"{state.profile}/{state.profile_version}",
        profile_digest=state.profile_digest,
        packs=in_order(
            Basis(id=f"{pack.id}/{pack.version}", kind="pack", digest=pack.digest)
            for pack in stand.packs
        ),
        calendar=stand.room.calendar(stand.desk).version,
        model=stand.subject.model,
        data=stand.subject.data,
        files=tuple(files[path] for path in sorted(files)),
        evidence=in_order(
            Basis(id=str(record["id"]), kind=str(record["kind"]), digest=str(record["digest"]))
            for record in stand.records("evidence").values()
        ),
        clauses=clauses_digest(stand.records("clause").values()),
    )


class _Remembered:
    """What was found in files before: the same file is searched once."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, ...], Looked] = OrderedDict()
        self._lock = Lock()

    def look(
        self, content: bytes, name: str, allowed: Collection[str], raw: Collection[str]
    ) -> Looked:
        parts = (content, name.encode(), canonical(sorted(allowed)), canonical(sorted(raw)))
        key = tuple(hashlib.sha256(part).hexdigest() for part in parts)
        with self._lock:
            found = self._known.get(key)
        if found is None:
            found = look(content, name, allowed, raw=raw)
            with self._lock:
                self._known[key] = found
                while len(self._known) > MOST_KEPT:
                    self._known.popitem(last=False)
        return found


_REMEMBERED = _Remembered()


def look_once(
    content: bytes, name: str, allowed: Collection[str] = (), raw: Collection[str] = ()
) -> Looked:
    """What `look` finds; a file that was searched before is not searched again."""
    return _REMEMBERED.look(content, name, allowed, raw)
