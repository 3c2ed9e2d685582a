"""Where a filing stands, as one record: state, clocks, cases, dossier, clauses, signatures, people.

Everything here is read, nothing is changed. What can be done next is tried on paper, by everybody
of the room who has a role for it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from guanyao.errors import GuanyaoError
from guanyao.filing.filing_state import Case
from guanyao.filing.ledger import blocks, counts
from guanyao.filing.materials import Materials
from guanyao.filing.profile import Machine
from guanyao.flows.filing.look import running
from guanyao.flows.filing.options import Looker
from guanyao.flows.filing.people import state_at
from guanyao.flows.filing.stand import Standing

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

FORMAT = "guanyao.filing-status/1"


def status(room: "Room", filing: str, *, options: bool = True) -> dict[str, Any]:
    """Where a filing stands.

    Args:
        room: The room.
        filing: The filing's id.
        options: Whether to try what can be done next; it takes longer.

    Returns:
        schema, filing, organisation, profile, service (name and what it may do), state (name, en,
        zh, kind), since, number, clocks, cases, dossier, materials, evidence, clauses, signatures
        and options.

    Raises:
        DataError: There is no such filing.
    """
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        look = Looker.at(desk, room, state)
        stand = Standing(desk, room, state, desk.now)
        return {
            "schema": FORMAT,
            "filing": state.id,
            "organisation": state.organisation,
            "profile": {
                "name": state.profile,
                "version": state.profile_version,
                "digest": state.profile_digest,
            },
            "service": {"name": _service_name(stand), "may": state.service},
            "state": _state(look.profile.filing, state.state),
            "since": since(desk.acts(filing), state.state),
            "changed": state.changed.isoformat() if state.changed else "",
            "n_acts": state.n_acts,
            "number": "" if state.is_struck else state.number,
            "struck_number": state.number if state.is_struck else "",
            "clocks": running(state, look.profile, desk.now),
            "cases": [_case(look.profile.cases[case.kind], case) for case in state.cases],
            "dossier": _dossier(stand),
            "materials": list(_materials(stand, _old(room, stand))),
            "evidence": _evidence(stand),
            "clauses": _clauses(stand),
            "signatures": _signatures(stand),
            "options": [found.to_json() for found in look.options()] if options else [],
        }


def _service_name(stand: Standing) -> str:
    return stand.described.name if stand.described else ""


def _state(machine: Machine, name: str) -> dict[str, str]:
    found = machine.states.get(name)
    if found is None:
        return {"name": name, "en": "not opened", "zh": "未立项", "kind": "open", "phase": ""}
    title = found.title
    return {
        "name": name,
        "en": title.en,
        "zh": title.zh,
        "kind": found.kind,
        "phase": found.phase,
    }


def since(acts: Sequence[Mapping[str, Any]], state: str) -> str:
    """When the filing came into its state: the time of the act that last moved it there."""
    moved = (
        act
        for act in reversed(acts)
        if act["done"] and not act["is_vote"] and act["after"] == state and act["before"] != state
    )
    return str(next((act["at"] for act in moved), ""))


def _case(machine: Machine, case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "kind": case.kind,
        "title": {"en": machine.title.en, "zh": machine.title.zh},
        "state": _state(machine, case.state),
        "finding": case.finding,
        "is_open": case.is_open,
    }


def _dossier(stand: Standing) -> dict[str, Any]:
    """The present version, and whether it still says what is so now."""
    state, record = stand.state, stand.dossier or {}
    subject = stand.subject
    stale = []
    if state.model_digest and subject.model and state.model_digest != subject.model:
        stale.append("model")
    frozen = {str(pack) for pack in record.get("packs", ())}
    active = {f"{pack.id}/{pack.version}" for pack in stand.packs}
    if record and frozen and frozen != active:
        stale.append("packs")
    return {
        "version": state.dossier_version,
        "manifest_digest": state.manifest_digest,
        "model_digest": state.model_digest,
        "frozen_at": record.get("frozen_at", ""),
        "stale": stale,
        "may_change": stand.is_open,
    }


def materials(room: "Room", filing: str) -> list[dict[str, Any]]:
    """The slots of a filing's dossier that are required or filled.

    Returns:
        Of each: slot, title, required (None: not known), is_there, source, needs_confirmation,
        confirmed_by, is_old (a draft that would read otherwise today), unfilled, faults, secrets.

    Raises:
        DataError: There is no such filing.
    """
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        return list(_materials(stand, _old(room, stand)))


def filled_slots(room: "Room", filing: str) -> list[str]:
    """The slots of a filing's dossier in which something stands.

    Raises:
        DataError: There is no such filing.
    """
    with room.store.reading() as desk:
        state_at(desk, filing)
        return list(desk.records(filing, "material"))


def _old(room: "Room", stand: Standing) -> list[str]:
    """Slots whose draft would read otherwise today."""
    from guanyao.flows.filing.draft import dossier_at, outdated

    records = stand.records("material")
    if not any(record.get("source") == "draft" for record in records.values()):
        return []
    return outdated(dossier_at(stand.desk, room, stand.state.id), records)


def _materials(stand: Standing, old: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The slots of the dossier: what is there, what is open in it, who confirmed it."""
    records = stand.records("material")
    facts = stand.service.facts
    for slot in Materials.shipped().of(stand.profile.name):
        record = records.get(slot.slot)
        required = slot.is_required(facts)
        if record is None and required is False:
            continue
        yield {
            "slot": slot.slot,
            "title": dict(slot.title),
            "required": required,
            "is_there": record is not None,
            "source": (record or {}).get("source", ""),
            "needs_confirmation": slot.confirm,
            "confirmed_by": (record or {}).get("confirmed_by", ""),
            "is_old": slot.slot in old,
            "unfilled": list((record or {}).get("unfilled", ())),
            "faults": list((record or {}).get("faults", ())),
            "secrets": len((record or {}).get("secrets", ())),
        }


def _evidence(stand: Standing) -> dict[str, Any]:
    kinds = Counter(item.kind for item in stand.evidence)
    return {
        "n": len(stand.evidence),
        "kinds": dict(kinds),
        "model": stand.subject.model,
        "data": stand.subject.data,
    }


def _clauses(stand: Standing) -> dict[str, Any]:
    """The ledger in short, and everything that blocks submission by name."""
    try:
        proposed = Counter(proposal.status for proposal in stand.proposals)
    except GuanyaoError as error:
        return {"fault": str(error), "code": error.code, "by_pack": {}, "blocks": []}
    results = list(stand.results.values())
    found = blocks(results, stand.current)
    return {
        "fault": "",
        "code": "",
        "by_pack": counts(results, stand.current),
        "proposed": dict(proposed),
        "blocks": [
            {"pack": block.pack, "clause": block.clause, "kind": block.kind, "why": block.why}
            for block in found
        ],
    }


def _signatures(stand: Standing) -> dict[str, Any]:
    """The signatures over the present version: which are there, which are missing."""
    version = stand.state.dossier_version
    there = [
        {"kind": record["kind"], "person": record["person"], "at": record["at"]}
        for record in stand.records("signature").values()
        if record["version"] == version and record["over"] == stand.state.manifest_digest
    ]
    kinds = {str(record["kind"]) for record in there}
    wanted: Sequence[str] = stand.profile.limits["signature_kinds"]
    missing = [kind for kind in wanted if kind not in kinds] if version else []
    return {"there": there, "missing": missing}
