"""Objections and their papers: what somebody objects, what is asked and answered, and by whom.

An objection's words stay out of acts and audit chain, which nothing can be taken out of: there
stands a salted digest of them. How to reach the objector is kept in a record of its own and can be
forgotten once the answer is out. Who objects without being known to the room gets a code name, and
a receipt with a secret: whoever holds it may read the answer and withdraw.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError, DataError, TransitionError
from guanyao.filing.act import OBJECTION
from guanyao.filing.attachment import MAX_FILE, look
from guanyao.filing.filing_state import Actor, Case, FilingState
from guanyao.filing.outcome import Outcome, digest_of, fit
from guanyao.flows.filing.act import apply, gathered
from guanyao.flows.filing.people import state_at
from guanyao.records.audit_line import Entry

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

PAPER, CONTACT, RECEIPT, UNHEARD = "case", "contact", "receipt", "unheard"
"""Kinds of records: papers of a case, how to reach the objector, receipts by their number, and
papers of objections that were refused (too late, or no notice runs)."""
FILED = ("material", "evidence", "bank", "dossier", PAPER, UNHEARD)
"""Kinds of records that name files."""
PUBLIC = "public"
IN_PAPERS = "the answer is kept with the papers of the objection"
"""The reason of an answer that is given no other: the letter itself may name somebody."""
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
MAX_TEXT = 20_000
MAX_ATTACHMENTS = 20
CONTACT_FIELDS = ("name", "email", "phone", "address", "person")
MAX_CONTACT = 300


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What an objector gets.

    Args:
        number: The receipt's number, which may be told.
        token: The secret that belongs to it; it is kept nowhere.
        case: The case; "": the objection was not heard.
        outcome: What came of the act.
    """

    number: str
    token: str
    case: str
    outcome: Outcome


@dataclass(frozen=True)
class _File:
    name: str
    media: str
    content: bytes

    def kept(self, desk: "Desk") -> dict[str, Any]:
        digest = desk.put_file(self.content)
        size = len(self.content)
        return {"name": self.name, "digest": digest, "media": self.media, "bytes": size}


def object(
    room: "Room",
    filing: str,
    actor: Actor | None,
    text: str,
    attachments: Sequence[str | Path] = (),
    *,
    contact: Mapping[str, str] | None = None,
) -> Receipt:
    """Object to a filing whose notice runs; the act and its papers are one transaction.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who objects; None: somebody of the public.
        text: What they say.
        attachments: Files that go with it.
        contact: How to reach them: any of name, email, phone, address. With a name the objector
            counts as identified.

    Returns:
        The receipt. An objection that comes too late is refused, and kept nevertheless: see
        `Receipt.outcome`.

    Raises:
        ConfigError: The text is empty or too long, or the contact holds something else
            ("filing.case_text", "filing.contact").
        DataError: A file cannot be read, or is refused for what it holds ("filing.attachment").
    """
    said, reach = _text(text), _contact(contact)
    files = _files(room, filing, "object", attachments)
    with room.store.writing() as desk:
        who = _objector(desk, actor, reach)
        if actor is not None and who.person != actor.person:
            reach = {**reach, "person": actor.person}
        number, token = _new_receipt(desk, filing), secrets.token_urlsafe(24)
        salt = secrets.token_hex(16)
        kept = [file.kept(desk) for file in files]
        digests = [salted(salt, said), *(file["digest"] for file in kept)]
        outcome = _apply(desk, room, filing, "object", who, request=number, attachments=digests)
        case = outcome.opened[0] if outcome.done else ""
        paper: dict[str, Any] = {"kind": "objection", "receipt": number, "body": said, "salt": salt}
        paper |= {"attachments": kept, "questions": [], "at": desk.now.isoformat()}
        if case:
            desk.put_record(filing, PAPER, case, paper)
        else:
            desk.put_record(filing, UNHEARD, number, {**paper, "code": outcome.code})
        if reach:
            desk.put_record(filing, CONTACT, case or number, reach)
        hashed = hashlib.sha256(token.encode()).hexdigest()
        desk.put_record(filing, RECEIPT, number, {"case": case, "token": hashed})
    return Receipt(number=number, token=token, case=case, outcome=outcome)


def salted(salt: str, text: str) -> str:
    """The digest of a text that nobody can guess the text from."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


def _text(text: str) -> str:
    found = text.strip()
    if not found or len(found) > MAX_TEXT:
        raise ConfigError(
            "the text is empty, or too long",
            allowed=f"1 to {MAX_TEXT:,} characters",
            do="attach longer texts as a file",
            code="filing.case_text",
        )
    return found


def _contact(contact: Mapping[str, str] | None) -> dict[str, str]:
    found = {key: value.strip() for key, value in (contact or {}).items() if value.strip()}
    if set(found) - set(CONTACT_FIELDS) or any(len(v) > MAX_CONTACT for v in found.values()):
        raise ConfigError(
            "the contact holds a field that is not known, or one that is too long",
            allowed=", ".join(CONTACT_FIELDS[:-1]) + f"; up to {MAX_CONTACT} characters each",
            code="filing.contact",
        )
    return found


def _objector(desk: "Desk", actor: Actor | None, contact: Mapping[str, str]) -> Actor:
    """Who acts: a person of the room as they are, anybody else under a code name."""
    if actor is not None and desk.record("", "person", actor.person) is not None:
        return actor
    known = actor.is_identified if actor is not None else "name" in contact
    interests = actor.interests if actor is not None else ()
    name = f"objector-{secrets.token_hex(6)}"
    return Actor(person=name, role=PUBLIC, is_identified=known, interests=interests)


def _new_receipt(desk: "Desk", filing: str) -> str:
    while True:
        letters = "".join(secrets.choice(LETTERS) for _ in range(12))
        number = "-".join(("R", letters[:4], letters[4:8], letters[8:]))
        if desk.record(filing, RECEIPT, number) is None:
            return number


def _files(room: "Room", filing: str, event: str, attachments: Sequence[str | Path]) -> list[_File]:
    """The files, each looked at before anything is written; a refusal is recorded."""
    try:
        if len(attachments) > MAX_ATTACHMENTS:
            raise _bad_file(f"{len(attachments)} files are attached", f"up to {MAX_ATTACHMENTS}")
        return [_file(Path(place)) for place in attachments]
    except DataError as error:
        with room.store.writing() as desk:
            of = fit(f"filing:{filing}")
            act = f"filing.{event}"
            desk.append(Entry(act=act, outcome="refused", object=of, code=error.code))
        raise


def _file(path: Path) -> _File:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        raise _bad_file(f"{path.name} cannot be read", "a file that is there") from error
    found = look(content, path.name)
    if found.faults:
        told = "; ".join(map(str, found.faults[:4]))
        raise _bad_file(f"{path.name} is not taken: {told}", "pdf, docx, xlsx, pictures, text")
    return _File(path.name, found.media, content)


def _bad_file(found: str, allowed: str) -> DataError:
    return DataError(found, allowed=allowed, do="mend it, and try again", code="filing.attachment")


def _apply(
    desk: "Desk",
    room: "Room",
    filing: str,
    event: str,
    actor: Actor,
    **payload: Any,  # noqa: ANN401
) -> Outcome:
    """An event inside this transaction, with the facts it needs."""
    said = {key: value for key, value in payload.items() if value}
    facts = gathered(desk, room, state_at(desk, filing), event, said)
    return apply(desk, room, filing, event, actor, said, facts)


def withdraw(room: "Room", filing: str, receipt: str, token: str) -> Outcome:
    """Withdraw an objection with the secret of its receipt.

    Raises:
        ConfigError: There is no such receipt, or the secret is not its ("filing.receipt").
    """
    with room.store.writing() as desk:
        case = _case_of(desk, filing, receipt, token)
        if case is not None:
            actor = Actor(person=case.opened_by, role=PUBLIC)
            return _apply(desk, room, filing, "withdraw_objection", actor, case=case.id)
        desk.append(
            Entry(
                act="filing.withdraw_objection",
                outcome="refused",
                object=fit(f"filing:{filing}"),
                facts={"request": fit(receipt)},
                code="filing.receipt",
            )
        )
    raise _no_receipt()


def _case_of(desk: "Desk", filing: str, receipt: str, token: str) -> Case | None:
    record = _receipt(desk, filing, receipt, token)
    return None if record is None else state_at(desk, filing).case(record["case"])


def _receipt(desk: "Desk", filing: str, number: str, token: str) -> Mapping[str, Any] | None:
    record = desk.record(filing, RECEIPT, number) if number else None
    hashed = hashlib.sha256(token.strip().encode("utf-8", "replace")).hexdigest()
    is_right = record is not None and hmac.compare_digest(str(record["token"]), hashed)
    return record if is_right else None


def _no_receipt() -> ConfigError:
    return ConfigError(
        "there is no such receipt, or its secret is another",
        allowed="the number and the secret of one receipt, as they were given out",
        code="filing.receipt",
    )


def by_receipt(room: "Room", filing: str, receipt: str, token: str) -> dict[str, Any]:
    """What the holder of a receipt may know: where the objection stands, and the answer.

    Returns:
        number, case, state, title (in both languages), finding, answer, and of an objection that
        was not heard the code of its refusal.

    Raises:
        ConfigError: There is no such receipt, or the secret is not its ("filing.receipt").
    """
    with room.store.reading() as desk:
        record = _receipt(desk, filing, receipt, token)
        if record is None:
            raise _no_receipt()
        found: dict[str, Any] = {"number": receipt, "case": record["case"]}
        if not record["case"]:
            paper = desk.record(filing, UNHEARD, receipt) or {}
            return {**found, "state": "NOT_HEARD", "code": paper.get("code", "")}
        return {**found, **_seen(desk, room, filing, record["case"])}


def _seen(desk: "Desk", room: "Room", filing: str, id: str) -> dict[str, Any]:
    state = state_at(desk, filing)
    case = _case(state, id)
    machine = room.profile(desk, state.profile_digest).cases[case.kind]
    title = machine.states[case.state].title
    paper = desk.record(filing, PAPER, id) or {}
    told = {"zh": title.zh, "en": title.en}
    answer = paper.get("answer", {}).get("text", "")
    return {"state": case.state, "title": told, "finding": case.finding, "answer": answer}


def _case(state: FilingState, id: str, kind: str = "") -> Case:
    found = state.case(id)
    if found is not None and kind in ("", found.kind):
        return found
    known = ", ".join(case.id for case in state.cases if kind in ("", case.kind)) or "none"
    raise TransitionError(
        f"{state.id}: there is no case {id[:40]!r} of this kind",
        allowed=f"cases: {known}",
        code="filing.case",
    )


def admit(room: "Room", filing: str, case: str, actor: Actor) -> Outcome:
    """Take an objection up."""
    with room.store.writing() as desk:
        return _apply(desk, room, filing, "admit", actor, case=case)


def declare_inadmissible(
    room: "Room", filing: str, case: str, actor: Actor, reason: str, *, text: str = ""
) -> Outcome:
    """Turn an objection away.

    Args:
        room: The room.
        filing: The filing's id.
        case: The objection.
        actor: Who does it.
        reason: Why; it stays in the acts, so it names nobody.
        text: What the objector is told; "": the reason.
    """
    with room.store.writing() as desk:
        outcome = _apply(
            desk, room, filing, "declare_inadmissible", actor, case=case, reason=reason
        )
        if outcome.done:
            _add(desk, filing, case, answer=_letter(desk, actor, text or reason))
        return outcome


def investigate(
    room: "Room", filing: str, case: str, actor: Actor, questions: Sequence[str] = ()
) -> Outcome:
    """Look into an objection; the provider is asked to answer these questions."""
    asked = [_text(question) for question in questions]
    with room.store.writing() as desk:
        outcome = _apply(desk, room, filing, "investigate", actor, case=case)
        if outcome.done:
            _add(desk, filing, case, questions=asked, asked_at=desk.now.isoformat())
        return outcome


def provider_answer(
    room: "Room",
    filing: str,
    case: str,
    actor: Actor,
    text: str,
    attachments: Sequence[str | Path] = (),
) -> dict[str, Any]:
    """The provider's answer to the questions of an investigation; it may be completed later.

    Returns:
        The answer as it is kept, with `late`: whether it came after its time.

    Raises:
        TransitionError: The actor is not of the provider, or nothing is asked ("filing.case"); it
            is recorded as refused.
    """
    said, files = _text(text), _files(room, filing, "case_answer", attachments)
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        found = state.case(case)
        profile = room.profile(desk, state.profile_digest)
        role = profile.roles.get(actor.role)
        is_provider = role is not None and role.side == "provider"
        fault = not is_provider or actor.organisation != state.organisation
        fault = fault or found is None or found.kind != OBJECTION or found.state != "INVESTIGATING"
        answer: dict[str, Any] = {}
        if not fault:
            answer = _answered(desk, state, case, actor, said, files)
        else:
            desk.append(_line(filing, case, actor, "case_answer", code="filing.case"))
    if fault:
        raise TransitionError(
            f"{case[:40]} waits for no answer of this person",
            allowed="an objection that is INVESTIGATING, and somebody of the provider",
            code="filing.case",
        )
    return answer


def _answered(
    desk: "Desk", state: FilingState, case: str, actor: Actor, said: str, files: Sequence[_File]
) -> dict[str, Any]:
    kept = [file.kept(desk) for file in files]
    deadline = state.deadline("investigation", case)
    late = deadline is not None and deadline.is_over(desk.now)
    salt = secrets.token_hex(16)
    answer: dict[str, Any] = {"text": said, "attachments": kept, "by": actor.person, "salt": salt}
    answer |= {"at": desk.now.isoformat(), "late": late}
    before = (desk.record(state.id, PAPER, case) or {}).get("provider_answers", [])
    _add(desk, state.id, case, provider_answers=[*before, answer], provider_answer=answer)
    digests = [salted(salt, said), *(file["digest"] for file in kept)]
    desk.append(_line(state.id, case, actor, "case_answer", attachments=digests, is_late=late))
    desk.post(state.id, {"kind": "case_answered", "to": "decider", "case": case})
    return answer


def find(room: "Room", filing: str, case: str, actor: Actor, outcome: str, reason: str) -> Outcome:
    """Find an objection dismissed, to be adjusted, or upheld."""
    with room.store.writing() as desk:
        return _apply(desk, room, filing, "find", actor, case=case, outcome=outcome, reason=reason)


def answer(
    room: "Room", filing: str, case: str, actor: Actor, text: str, *, reason: str = ""
) -> Outcome:
    """Answer the objector.

    Args:
        room: The room.
        filing: The filing's id.
        case: The objection, whose finding is there.
        actor: Who answers.
        text: The letter, which is kept with the case's papers.
        reason: What stays in the acts and may stand in the chain, so it names nobody; "": that the
            letter is kept with the papers.
    """
    letter = _text(text)
    with room.store.writing() as desk:
        outcome = _apply(
            desk, room, filing, "answer_objector", actor, case=case, reason=reason or IN_PAPERS
        )
        if outcome.done:
            _add(desk, filing, case, answer=_letter(desk, actor, letter))
        return outcome


def _letter(desk: "Desk", actor: Actor, text: str) -> dict[str, str]:
    return {"text": text, "by": actor.person, "at": desk.now.isoformat()}


def _add(desk: "Desk", filing: str, case: str, **parts: Any) -> None:  # noqa: ANN401
    """Put more to the papers of a case."""
    desk.put_record(filing, PAPER, case, {**(desk.record(filing, PAPER, case) or {}), **parts})


def _line(
    filing: str,
    case: str,
    actor: Actor,
    act: str,
    code: str = "",
    **facts: Any,  # noqa: ANN401
) -> Entry:
    return Entry(
        act=f"filing.{act}",
        outcome="refused" if code else "done",
        who=actor.person,
        role=fit(actor.role) or None,
        object=fit(f"filing:{filing}"),
        facts={"case": fit(case), "organisation": digest_of(actor.organisation), **facts},
        code=code,
    )


def forget_objector(
    room: "Room", filing: str, case: str, actor: Actor, *, words: bool = False
) -> dict[str, int]:
    """Forget how to reach an objector whose case is over, and if asked also what they wrote.

    Args:
        room: The room.
        filing: The filing's id.
        case: The objection, or the number of a receipt that was not heard.
        actor: Who does it: somebody of the authority or the operator.
        words: Whether the text and the files are forgotten, too.

    Returns:
        How much was forgotten: n_contacts, n_texts, n_files. The chain keeps the salted digest.

    Raises:
        TransitionError: The case is open, or the actor may not ("filing.case", "filing.role").
    """
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        fault = _forgetting_fault(desk, room, state, case, actor)
        if fault is None:
            found = _forget(desk, filing, case, words)
            desk.append(_line(filing, case, actor, "forget", "", **found))
            return found
        desk.append(_line(filing, case, actor, "forget", code=fault.code))
    raise fault


def _forgetting_fault(
    desk: "Desk", room: "Room", state: FilingState, case: str, actor: Actor
) -> TransitionError | None:
    role = room.profile(desk, state.profile_digest).roles.get(actor.role)
    if role is None or role.side not in ("authority", "operator"):
        allowed = "somebody of the authority, or who runs the system"
        return TransitionError(
            f"the role {actor.role[:40]!r} may not forget", allowed=allowed, code="filing.role"
        )
    found = state.case(case)
    is_unheard = desk.record(state.id, UNHEARD, case) is not None
    if (found is None and not is_unheard) or (found is not None and found.is_open):
        return TransitionError(
            f"{case[:40]} is open, or no case here",
            allowed="a case that was answered, withdrawn or turned away; a receipt not heard",
            code="filing.case",
        )
    return None


def _forget(desk: "Desk", filing: str, case: str, words: bool) -> dict[str, int]:
    n_contacts = int(desk.record(filing, CONTACT, case) is not None)
    desk.forget_record(filing, CONTACT, case)
    kind = PAPER if desk.record(filing, PAPER, case) is not None else UNHEARD
    paper = desk.record(filing, kind, case)
    if not words or paper is None:
        return {"n_contacts": n_contacts, "n_texts": 0, "n_files": 0}
    desk.forget_record(filing, kind, case)
    for file in paper["attachments"]:
        if not _is_used(desk, file["digest"]):
            desk.forget_file(file["digest"])
    gone = {"body": "", "salt": "", "attachments": [], "forgotten": desk.now.isoformat()}
    desk.put_record(filing, kind, case, {**paper, **gone})
    return {"n_contacts": n_contacts, "n_texts": 1, "n_files": len(paper["attachments"])}


def _is_used(desk: "Desk", digest: str) -> bool:
    """Whether anything else of the room names a file: the same file may have been handed in."""
    filings = [row["id"] for row in desk.filings()]
    kept = (desk.records(filing, kind) for filing in filings for kind in FILED)
    return any(digest in json.dumps(records) for records in kept)


def objections(room: "Room", filing: str) -> list[dict[str, Any]]:
    """The objections of a filing in order: id, state, finding, is_open, with their papers."""
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        papers = desk.records(filing, PAPER)
        return [
            {
                "case": case.id,
                "state": case.state,
                "finding": case.finding,
                "is_open": case.is_open,
                "paper": {key: v for key, v in papers.get(case.id, {}).items() if key != "salt"},
            }
            for case in state.cases
            if case.kind == OBJECTION
        ]
