"""What a dossier is made of: attached files, answers, the description of the service, evidence.

Each function here is one transaction with one line in the audit chain, which holds digests and
codes only. Once the dossier is frozen, nothing of it can be changed but its evidence: what was
measured may always be handed in, whatever it does to the results that rest on older measurements.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.filing import intake
from guanyao.filing.attachment import Look, look
from guanyao.filing.document import unfilled
from guanyao.filing.evidence import Evidence
from guanyao.filing.evidence_kinds import DOCUMENTS
from guanyao.filing.filing_state import Actor
from guanyao.filing.form import Form
from guanyao.filing.materials import Materials, Slot
from guanyao.filing.outcome import fit, told_reason
from guanyao.filing.plain_yaml import parse, read_text
from guanyao.filing.service import FACTS, FORMAT, Service
from guanyao.flows.filing.card import card_of
from guanyao.flows.filing.change import Change, changing
from guanyao.flows.filing.facts import old_drafts
from guanyao.flows.filing.package import allowed_texts
from guanyao.flows.filing.secrets import scan
from guanyao.flows.filing.stand import CURRENT, read_kept
from guanyao.flows.filing.text import read as read_pieces
from guanyao.records.evidence import canonical
from guanyao.registry import unknown

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

MATERIAL, EVIDENCE = "material", "evidence"
OTHER = "other"
"""The slot that takes any number of files."""
SCOPE = "scope_decision"
REPORT = "assessment_report"
DECIDE = "decide"
FILE = ("name", "digest", "media", "bytes", "unfilled", "secrets")
"""What is kept of each file of a slot."""
ENDINGS = {"docx": ".docx", "pdf": ".pdf", "xlsx": ".xlsx"}


@dataclass(frozen=True, kw_only=True)
class Attached:
    """What came of attaching a file.

    Args:
        slot: The slot that it fills; "": none.
        evidence: The id of the document's evidence; "": none.
        digest: SHA-256 of the file.
        unfilled: Places in it that are still to be filled in.
        secrets: Places of secrets and personal data that must not go out with it.
    """

    slot: str
    evidence: str
    digest: str
    unfilled: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def attach(
    room: "Room",
    filing: str,
    slot_or_topic: str,
    path: str | Path,
    *,
    actor: Actor,
    title: str = "",
    valid_until: str | None = None,
) -> Attached:
    """Attach a file: to a slot of the dossier, as a document that the actor vouches for, or both.

    A topic of `evidence_kinds.DOCUMENTS`, or of an active pack, becomes evidence. A file for a slot
    takes the place of what was drafted or attached there, but of an attached file of another type:
    a sealed PDF stays beside the Word file. The slot "other" takes any number of files.

    Args:
        room: The room.
        filing: The filing's id.
        slot_or_topic: A slot of the dossier, or a topic of documents.
        path: The file.
        actor: Who attaches it, and vouches for it.
        title: Of a document; "": the file's name.
        valid_until: The last day that a document is valid, YYYY-MM-DD.

    Raises:
        ConfigError: The day is none ("filing.attest").
        DataError: The file cannot be read ("filing.unreadable"), or is refused for what it is or
            holds ("filing.attachment"); every fault is named.
        TransitionError: The dossier is frozen ("filing.frozen"), or the actor is not of the
            provider ("filing.role").
        UnknownNameError: There is no such slot or topic ("materials.unknown").
    """
    with changing(room, filing, actor, "filing.attach") as change:
        slot = _slot(change, slot_or_topic)
        topic = slot_or_topic if slot_or_topic in _topics(change) else ""
        if slot is None and not topic:
            raise _no_place(change, slot_or_topic)
        name, content = Path(path).name, intake.bytes_of(Path(path))
        change.facts |= {"slot": fit(slot_or_topic), "file": _digest(content)}
        found = _accepted(change, content, name, slot)
        digest = change.desk.put_file(content)
        change.facts |= {"media": found.media, "n_bytes": len(content)}
        record: Mapping[str, Any] = {}
        if slot is not None:
            record = _put_material(change, slot, name, content, found.media)
        evidence = None
        if topic:
            if slot is not None:
                _drop_vouched(change, topic)
            evidence = _vouch(change, topic, (name, content), title, valid_until)
            change.facts["evidence"] = evidence.digest
        return Attached(
            slot=slot.slot if slot else "",
            evidence=evidence.id if evidence else "",
            digest=digest,
            unfilled=tuple(record.get("unfilled", ())),
            secrets=tuple(record.get("secrets", ())),
        )


def _slot(change: Change, name: str) -> Slot | None:
    slots = Materials.shipped().of(change.stand.profile.name)
    return next((slot for slot in slots if slot.slot == name), None)


def _topics(change: Change) -> dict[str, Any]:
    own = {topic: title for pack in change.stand.packs for topic, title in pack.documents.items()}
    return {**DOCUMENTS, **own}


def _no_place(change: Change, name: str) -> UnknownNameError:
    slots = [slot.slot for slot in Materials.shipped().of(change.stand.profile.name)]
    known = list(dict.fromkeys([*slots, *_topics(change)]))
    return unknown(name[:40], known, family="slots and documents")


def _accepted(change: Change, content: bytes, name: str, slot: Slot | None) -> Look:
    """What the file is, if it may be attached there."""
    found = look(content, name)
    endings = [ENDINGS[format] for format in (slot.formats if slot else ())]
    told = [str(fault) for fault in found.faults]
    if not told and endings and not name.lower().endswith(tuple(endings)):
        told = [f"type: {slot.slot if slot else ''} takes {' or '.join(endings)}"]
    if told:
        change.facts["faults"] = list(found.kinds) or ["type"]
        raise DataError(
            f"{name[:80]} is refused: {'; '.join(told)}",
            allowed="PDF, Word, Excel, PowerPoint, zip, pictures and text, whole, without macros, "
            "scripts, passwords and files within files, 64 MiB at most",
            do="save it again without them, and attach that",
            code="filing.attachment",
        )
    return found


def _put_material(
    change: Change, slot: Slot, name: str, content: bytes, media: str
) -> dict[str, Any]:
    """Keep a file in its slot, beside what may stay there."""
    text = "\n".join(piece.text for piece in read_pieces(content).pieces)
    file = {
        "name": name,
        "digest": _digest(content),
        "media": media,
        "bytes": len(content),
        "unfilled": unfilled(text),
        "secrets": scan(content, name, allowed_texts(change.stand, slot.document)),
    }
    before = change.desk.record(change.filing, MATERIAL, slot.slot)
    files = [file, *_staying(before, file, slot)]
    return _put_files(change, slot.slot, files)


def _staying(
    before: Mapping[str, Any] | None, file: Mapping[str, Any], slot: Slot
) -> Iterator[dict[str, Any]]:
    """Of the files that were attached there before, those that the new one does not replace."""
    if before is None or before["source"] != "attached":
        return
    by = "name" if slot.slot == OTHER else "media"
    yield from (_as_file(part) for part in (before, *before["more"]) if part[by] != file[by])


def _put_files(change: Change, slot: str, files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Keep these files as what is attached to a slot; the first of them counts."""
    first = files[0]
    record = {
        **first,
        "slot": slot,
        "source": "attached",
        "made_from": "",
        "unfilled": _every(files, "unfilled"),
        "faults": [],
        "secrets": _every(files, "secrets"),
        "confirmed_by": change.actor.person,
        "at": change.now,
        "more": [dict(part) for part in files[1:]],
    }
    change.put(MATERIAL, slot, record)
    return record


def _every(files: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return list(dict.fromkeys(item for file in files for item in file[name]))


def _vouch(
    change: Change,
    topic: str,
    file: tuple[str, bytes],
    title: str = "",
    valid_until: str | None = None,
) -> Evidence:
    """Make evidence of a document that the actor vouches for."""
    name, content = file
    record = {
        "schema": "guanyao.document/1",
        "created": change.now,
        "topic": topic,
        "title": title.strip() or name,
        "file": {"name": name, "digest": _digest(content), "bytes": len(content)},
        "by": change.actor.person,
        **({"valid_until": _day(valid_until)} if valid_until else {}),
    }
    return _put_evidence(change, canonical(record), f"{topic}.json")


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ConfigError(
            "the last day on which the document is valid is none",
            allowed="YYYY-MM-DD",
            code="filing.attest",
        ) from error


def _drop_vouched(change: Change, topic: str) -> None:
    """Let go of what was vouched for in a slot before: its file is no longer in the dossier.

    The assessment report says what was decided, so every decision makes a new one: a decision that
    rests on an earlier report would otherwise never stand.
    """
    if topic == REPORT:
        return
    for id, record in change.stand.records(EVIDENCE).items():
        if record["kind"] == f"document.{topic}":
            change.desk.drop_record(change.filing, EVIDENCE, id)


def _put_evidence(change: Change, content: bytes, name: str) -> Evidence:
    """Keep a piece of evidence; one that is there stays as it is."""
    evidence = read_kept(content, name)
    if change.stand.record(EVIDENCE, evidence.id) is None:
        record = {
            "id": evidence.id,
            "kind": evidence.kind,
            "name": name,
            "digest": evidence.digest,
            "file": change.desk.put_file(content),
            "attached_by": change.actor.person,
            "attached_at": change.now,
        }
        change.put(EVIDENCE, evidence.id, record)
    return evidence


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def confirm(room: "Room", filing: str, slots: Sequence[str], actor: Actor) -> list[str]:
    """Vouch for what stands in slots of the dossier: what was drafted counts from then on.

    Where the slot is a topic of documents, too, it becomes evidence.

    Args:
        room: The room.
        filing: The filing's id.
        slots: Their names; none: every one that waits for it, has no place unfilled, and would
            read the same if it were drafted now.
        actor: Who looked it through.

    Returns:
        The slots that were confirmed.

    Raises:
        DataError: A slot is empty, has places that are not filled in, or would read otherwise
            today ("filing.unconfirmed").
        TransitionError: See `attach`.
        UnknownNameError: There is no such slot ("materials.unknown").
    """
    with changing(room, filing, actor, "filing.confirm") as change:
        records = change.stand.records(MATERIAL)
        known = {slot.slot: slot for slot in Materials.shipped().of(change.stand.profile.name)}
        old = old_drafts(change.stand) if records else []
        names = list(dict.fromkeys(slots)) or [
            name
            for name, slot in known.items()
            if slot.confirm and name in records and name not in old and _waits(records[name])
        ]
        change.facts |= {"slots": [fit(name) for name in names]}
        for name in names:
            if name not in known:
                raise unknown(name[:40], list(known), family="slots")
            _confirm(change, name, records.get(name), is_old=name in old)
        return names


def _waits(record: Mapping[str, Any]) -> bool:
    return not (record.get("confirmed_by") or record.get("unfilled") or record.get("faults"))


def _confirm(change: Change, name: str, record: Mapping[str, Any] | None, *, is_old: bool) -> None:
    still = list(record.get("unfilled") or record.get("faults") or ()) if record else []
    if is_old:
        still.append("the facts changed since it was drafted")
    if record is None or still:
        found = f"still open: {', '.join(still[:8])}" if still else "nothing stands in it"
        raise DataError(
            f"{name} cannot be confirmed: {found}",
            allowed="a document that is whole",
            do=f"draft it, or attach a file: guanyao filing attach {name} FILE",
            code="filing.unconfirmed",
        )
    change.put(MATERIAL, name, {**record, "confirmed_by": change.actor.person})
    if name in _topics(change):
        _drop_vouched(change, name)
        _vouch(change, name, (str(record["name"]), change.desk.file(str(record["digest"]))))


def detach(room: "Room", filing: str, slot: str, actor: Actor, name: str = "") -> None:
    """Take a file out of a slot again; of `other`, the one that is named.

    Raises:
        DataError: There is none ("filing.unconfirmed").
        TransitionError: See `attach`.
    """
    with changing(room, filing, actor, "filing.detach") as change:
        change.facts["slot"] = fit(slot)
        record = change.desk.record(change.filing, MATERIAL, slot)
        files = [record, *record["more"]] if record else []
        kept = [part for part in files if name and part["name"] != name]
        if len(kept) == len(files):
            raise DataError(
                f"there is no such file in {slot[:40]!r}",
                do="see what is there: guanyao filing status",
                code="filing.unconfirmed",
            )
        if kept:
            _put_files(change, slot, [_as_file(part) for part in kept])
        else:
            change.desk.drop_record(change.filing, MATERIAL, slot)
            _drop_vouched(change, slot)


def _as_file(part: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of one file of a material."""
    nothing = {"bytes": 0, "unfilled": [], "secrets": []}
    return {name: part.get(name, nothing.get(name)) for name in FILE}


def put_answers(room: "Room", filing: str, path: str | Path, actor: Actor) -> dict[str, str]:
    """Take answers to the form in; questions that the file does not name keep their answers.

    Returns:
        All answers from now on.

    Raises:
        ConfigError: The file cannot be read, or an answer is none ("form....").
        TransitionError: See `attach`.
    """
    with changing(room, filing, actor, "filing.answers") as change:
        what, code = "file of answers", "form.unreadable"
        text = read_text(Path(path), what=what, code=code)
        record = parse(text, name=Path(path).name, what=what, code=code)
        given = Form.shipped().answers(record)
        said = change.stand.record("answers")
        before = dict(said["answers"]) if said else {}
        kept = {id: answer for id, answer in before.items() if id not in record}
        answers = {**kept, **given}
        changed = [id for id in {**before, **answers} if before.get(id) != answers.get(id)]
        change.facts |= {"n_answers": len(answers), "questions": [fit(id) for id in changed]}
        change.put("answers", CURRENT, {"answers": answers})
        return answers


def put_service(room: "Room", filing: str, path: str | Path, actor: Actor) -> Service:
    """Take the description of the service in; which clauses apply follows from it.

    Raises:
        ConfigError: It cannot be read, or a fact is none that the packs ask for ("service....").
        TransitionError: See `attach`.
    """
    with changing(room, filing, actor, "filing.service") as change:
        service = Service.load(path)
        own = {name: fact for pack in change.stand.packs for name, fact in pack.facts.items()}
        service.check({**FACTS, **own})
        record = {"service": FORMAT, **vars(service), "facts": dict(service.facts)}
        change.facts["description"] = _digest(canonical(record))
        change.put("service", CURRENT, record)
        return service


def add_evidence(
    room: "Room", filing: str, paths: Sequence[str | Path], actor: Actor
) -> tuple[list[Evidence], list[str]]:
    """Take evidence in: all of it, or, if a file is none, nothing.

    It may be added at any time, also while the dossier is frozen: results that rest on another
    model, other data or older evidence are stale from then on.

    Args:
        room: The room.
        filing: The filing's id.
        paths: Files, and folders of them; in a folder, JSON files of other formats are left out.
        actor: Who hands it in.

    Returns:
        The evidence, and the names of files in folders that are none.

    Raises:
        ConfigError: There are no files ("filing.no_evidence").
        DataError: A file cannot be read, or was changed ("filing....").
        TransitionError: The actor is not of the provider ("filing.role").
    """
    with changing(room, filing, actor, "filing.evidence", always=True) as change:
        found: dict[str, Evidence] = {}
        skipped: list[str] = []
        for path, must in _files(paths):
            content = intake.bytes_of(path)
            try:
                evidence = _put_evidence(change, content, path.name)
            except DataError as error:
                if must or error.code != "filing.format":
                    raise
                skipped.append(path.name)
            else:
                found[evidence.id] = evidence
        if not found:
            raise _no_evidence()
        change.facts["evidence"] = [evidence.digest for evidence in found.values()]
        return list(found.values()), skipped


def _files(paths: Sequence[str | Path]) -> Iterator[tuple[Path, bool]]:
    """Every file, and whether it must be evidence."""
    for path in map(Path, paths):
        if path.is_dir():
            yield from ((file, False) for file in sorted(path.glob("*.json")))
        else:
            yield path, True


def _no_evidence() -> ConfigError:
    return ConfigError(
        "there is no evidence among these files",
        allowed="run.json, reports, proofs and the formats of docs/rule-packs.md",
        do="name files, or folders that hold some",
        code="filing.no_evidence",
    )


def drop_evidence(room: "Room", filing: str, id: str, actor: Actor) -> None:
    """Take a piece of evidence back; results that rest on it are stale from then on.

    Raises:
        TransitionError: The dossier is frozen ("filing.frozen").
        UnknownNameError: There is no such evidence.
    """
    with changing(room, filing, actor, "filing.evidence.drop") as change:
        record = change.stand.record(EVIDENCE, id)
        if record is None:
            raise unknown(id[:80], list(change.stand.records(EVIDENCE)), family="evidence")
        change.facts["evidence"] = str(record["digest"])
        change.desk.drop_record(change.filing, EVIDENCE, id)


def put_card(room: "Room", filing: str, path: str | Path, actor: Actor) -> dict[str, Any]:
    """Take in what a model says of itself, for the documents that explain how it works.

    Args:
        room: The room.
        filing: The filing's id.
        path: The model, a `.gy` file.
        actor: Who hands it in.

    Returns:
        The card (guanyao.model-card/1).

    Raises:
        DataError: It is another model than the filing's ("filing.card_other"), or none.
        TransitionError: See `attach`.
    """
    card = card_of(path)
    with changing(room, filing, actor, "filing.card") as change:
        model = change.stand.subject.model
        change.facts["model"] = fit(str(card["digest"]))
        if model and model != card["digest"]:
            raise DataError(
                f"{Path(path).name} is {card['digest'][:12]}, and the filing is about {model[:12]}",
                allowed="the model that the newest run, or the description, names",
                do="add the run of this model, or name the model of that run",
                code="filing.card_other",
            )
        change.put("card", CURRENT, card)
        return card


def scope(room: "Room", filing: str, actor: Actor, route: str, reason: str) -> dict[str, Any]:
    """Record the decision whether the service must be filed, with its reason.

    It is evidence of the topic `scope_decision` from then on.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who decides.
        route: One of the outcomes of the profile's act `decide`: file, not_required.
        reason: Why.

    Raises:
        ConfigError: There is no such route, or the reason is too short ("filing.scope").
        TransitionError: See `attach`.
    """
    with changing(room, filing, actor, "filing.scope") as change:
        profile = change.stand.profile
        routes = profile.filing.outcomes(DECIDE)
        least = int(profile.limits["reason_characters"])
        if route not in routes or len("".join(reason.split())) < least:
            raise ConfigError(
                "the route is none of the profile's, or the reason is too short",
                allowed=f"one of: {', '.join(routes)}; a reason of {least} characters",
                do="say why the service must be filed, or need not be",
                code="filing.scope",
            )
        record = {
            "route": route,
            "reason": reason.strip(),
            "facts": dict(change.stand.service.facts),
            "decided_by": change.actor.person,
            "decided_at": change.now,
        }
        change.put("scope", CURRENT, record)
        content = canonical(record)
        change.desk.put_file(content)
        _drop_vouched(change, SCOPE)
        evidence = _vouch(change, SCOPE, ("scope.json", content))
        change.facts |= {"route": fit(route), "evidence": evidence.digest, **told_reason(reason)}
        return record
