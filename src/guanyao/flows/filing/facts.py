"""Gathers what is known of a filing when somebody acts on it, and all its documents are made from.

Only what the guards of the act look at is gathered, all of it inside the act's own transaction.
What is not recorded stays unknown, and an unknown fact refuses the act.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from guanyao.errors import DataError
from guanyao.filing.act import CHANGE
from guanyao.filing.advance import owner
from guanyao.filing.calendar_day import day_of
from guanyao.filing.checking import Checked, check_all, sort_out
from guanyao.filing.dossier import Dossier
from guanyao.filing.evidence import Evidence, last_moment, outdated
from guanyao.filing.filing_state import FilingState
from guanyao.filing.form import Form
from guanyao.filing.guards import Clauses, Facts, Freshness, Material, Threshold
from guanyao.filing.intake import record_of
from guanyao.filing.ledger import MISSES, NOT_APPLICABLE, ClauseResult, blocks, stale
from guanyao.filing.manifest import Manifest
from guanyao.filing.materials import Materials, Slot
from guanyao.filing.pack import Clause, Fresh, Pack
from guanyao.filing.profile import Machine, Transition
from guanyao.flows.filing.bank_entries import entries_of
from guanyao.flows.filing.hearing import is_offered
from guanyao.flows.filing.package import changed_files, leaks_of, signatures_of
from guanyao.flows.filing.stand import Standing

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

DAY = timedelta(days=1)
LABELS = "label_check"
OPEN_ENDS = ("undecided", "unknown")
"""Blocks of the ledger that mean: no result."""


def facts_of(
    desk: "Desk", room: "Room", state: FilingState, event: str, payload: Mapping[str, Any]
) -> Facts:
    """What is known of a filing when this is done to it.

    Args:
        desk: The transaction.
        room: The room.
        state: The filing before the act.
        event: What is to be done.
        payload: What is said with it.

    Raises:
        ConfigError: A pack of the room's folder is broken ("pack....").
        DataError: A record, or a piece of evidence, is damaged ("filing....").
    """
    stand = Standing(desk, room, state, desk.now)
    asked = Asked(stand, event, payload)
    known: dict[str, Any] = {
        "packs": tuple(f"{pack.id}/{pack.version}" for pack in stand.packs),
        "manifest_digest": "" if asked.makes_dossier else state.manifest_digest,
        "model_digest": asked.model_digest,
    }
    for guard in asked.guards:
        if guard in GATHERERS:
            known |= GATHERERS[guard](asked)
    return Facts(**known)


@dataclass(frozen=True)
class Asked:
    """An act that is tried, and where the filing stands.

    Args:
        stand: Where it stands.
        event: What is tried.
        payload: What is said with it.
    """

    stand: Standing
    event: str
    payload: Mapping[str, Any]

    @cached_property
    def machine(self) -> Machine | None:
        """Whose event it is: the filing's, or that of a kind of case."""
        return owner(self.stand.profile, self.event)

    @cached_property
    def ways(self) -> tuple[Transition, ...]:
        """Every way that the event may go."""
        every = self.machine.transitions if self.machine else ()
        return tuple(t for t in every if t.event == self.event)

    @cached_property
    def guards(self) -> tuple[str, ...]:
        """The guards that are looked at on any of these ways."""
        names = [g for t in self.ways for g in (*t.guards, *t.on_completion, *t.noted)]
        return tuple(dict.fromkeys(name.removeprefix("not ") for name in names))

    @cached_property
    def makes_dossier(self) -> bool:
        """Whether it brings the dossier into a new version."""
        return any(t.new_dossier for t in self.ways)

    @cached_property
    def model_digest(self) -> str:
        """The model that is spoken of: the dossier's, or that of the one to come.

        An assessment of a change is about the model as it is after it.
        """
        is_change = self.machine is not None and self.machine.name == CHANGE
        needs = {"G5", "G13"} & set(self.guards)
        if self.makes_dossier or (is_change and needs):
            return self.stand.subject.model
        return self.stand.state.model_digest

    @cached_property
    def manifest(self) -> Manifest | None:
        """That of the present dossier; None: there is none."""
        record = self.stand.dossier
        return None if record is None else Manifest.from_json(record["manifest"])


def _scope(asked: Asked) -> dict[str, Any]:
    """The route that was recorded with its reason, and the one that is to be taken now."""
    record = asked.stand.record("scope")
    route = str(record["route"]) if record else ""
    return {"scope_route": route, "asked_route": str(asked.payload.get("outcome") or "")}


def _materials(asked: Asked) -> dict[str, Any]:
    """The materials; where they become a dossier, drafts must say what is so now."""
    stand = asked.stand
    return {"materials": materials_of(stand, old_drafts(stand) if asked.makes_dossier else ())}


def materials_of(stand: Standing, old: Collection[str] = ()) -> tuple[Material, ...]:
    """Every slot that the dossier must fill, and those that are filled besides.

    Args:
        stand: The filing.
        old: Slots whose draft is out of date.
    """
    table = Materials.shipped()
    records = stand.records("material")
    wanted = {slot.slot for slot in table.required(stand.profile.name, stand.service.facts)}
    return tuple(
        _material(stand, slot, records.get(slot.slot), is_old=slot.slot in old)
        for slot in table.of(stand.profile.name)
        if slot.slot in wanted or slot.slot in records
    )


def _material(
    stand: Standing, slot: Slot, record: Mapping[str, Any] | None, *, is_old: bool
) -> Material:
    if record is None:
        return Material(slot=slot.slot, is_there=False)
    is_whole = not record.get("faults") and not record.get("unfilled") and not is_old
    is_confirmed = not slot.confirm or bool(record.get("confirmed_by"))
    return Material(
        slot=slot.slot,
        is_there=True,
        is_readable=all(stand.has_file(digest) for digest in digests_of(record)),
        is_checked=is_whole and is_confirmed,
    )


def old_drafts(stand: Standing) -> list[str]:
    """The slots whose draft would read otherwise today."""
    from guanyao.flows.filing.draft import DRAFT
    from guanyao.flows.filing.draft import outdated as drafts_outdated

    records = stand.records("material")
    if all(record.get("source") != DRAFT for record in records.values()):
        return []
    return drafts_outdated(dossier_of(stand.desk, stand.room, stand.state, stand.now), records)


def digests_of(record: Mapping[str, Any]) -> list[str]:
    """The SHA-256 of every file of a material."""
    return [str(part["digest"]) for part in (record, *(record.get("more") or ()))]


def _ledger(asked: Asked) -> dict[str, Any]:
    return {"clauses": clauses_of(asked.stand)}


def clauses_of(stand: Standing) -> Clauses | None:
    """The ledger in short; None if no pack is in force."""
    n = sum(len(pack.clauses) for pack in stand.packs)
    if not n:
        return None
    found = blocks(list(stand.results.values()), stand.current)
    names: dict[str, list[str]] = {"unset": [], "stale": [], "unreasoned": []}
    for block in found:
        kind = "unset" if block.kind in OPEN_ENDS else "stale"
        kind = kind if block.kind in (*OPEN_ENDS, "stale") else "unreasoned"
        names[kind].append(f"{block.pack}/{block.clause}")
    kept = {kind: tuple(dict.fromkeys(of)) for kind, of in names.items()}
    return Clauses(n_clauses=n, **kept)


def stale_clauses(stand: Standing) -> tuple[str, ...]:
    """Clauses whose result rests on something that changed or grew old, as "PACK/CLAUSE"."""
    found = stale(stand.results.values(), stand.current)
    return tuple(f"{item.result.pack}/{item.result.clause}" for item in found)


def _thresholds(asked: Asked) -> dict[str, Any]:
    return {"thresholds": tuple(thresholds_of(asked.stand))}


def thresholds_of(stand: Standing) -> Iterator[Threshold]:
    """The thresholds that must be met, of clauses that apply.

    A clause that is decided by its checks alone must have every one of them measured; where a
    person judges, what was not measured is for that person to make up for.
    """
    for pack, clause, result in _applying(stand):
        if clause.severity != "must":
            continue
        until = result.plan.due if result and result.result == MISSES and result.plan else None
        for checked in _checked(stand, clause):
            if checked.outcome == "missing" and clause.judged == "person":
                continue
            name = f"{pack.id}/{clause.id} {checked.check.measure}"
            yield Threshold(name, checked.outcome == "met", until)


def _applying(stand: Standing) -> Iterator[tuple[Pack, Clause, ClauseResult | None]]:
    """Every clause that is not known, or decided, to be out of place, and its result."""
    for pack, clause in stand.current.clauses():
        result = stand.results.get((pack.id, clause.id))
        is_out = result is not None and result.result == NOT_APPLICABLE
        if not is_out and clause.applies(stand.service.facts) is not False:
            yield pack, clause, result


def _checked(stand: Standing, clause: Clause) -> tuple[Checked, ...]:
    usable = sort_out(clause, stand.evidence, stand.now, stand.subject).usable
    return check_all(clause, usable)


def _freshness(asked: Asked) -> dict[str, Any]:
    stand = asked.stand
    return {
        "evidence": tuple(freshness_of(stand)),
        "model_digest": asked.model_digest,
        "measured_digest": measured_model(stand),
    }


def measured_model(stand: Standing) -> str:
    """The model of the newest record of a run; without runs, of what measured one last."""
    if stand.measured.model:
        return stand.measured.model
    naming = [e for e in stand.evidence if e.as_of and "model" in e.rests_on]
    newest = max(naming, key=lambda e: (e.as_of, e.id), default=None)
    return newest.rests_on["model"] if newest else ""


def freshness_of(stand: Standing) -> Iterator[Freshness]:
    """How old the evidence is that a pack wants fresh, and each clause whose result is stale."""
    for name in stale_clauses(stand):
        yield Freshness(name, float("inf"), 0)
    for pack, clause, result in _applying(stand):
        for rule in clause.fresh:
            for item in _resting(stand, rule, result):
                yield _age(f"{pack.id}/{clause.id} {item.id}", item, rule, stand.now)


def _resting(stand: Standing, rule: Fresh, result: ClauseResult | None) -> list[Evidence]:
    """The evidence of a kind that a result rests on; where it rests on none, the newest."""
    mine = [item for item in stand.evidence if item.kind == rule.evidence]
    own = [item for item in mine if result and item.id in result.evidence]
    dated = sorted(mine, key=lambda e: (e.as_of is not None, e.as_of and e.as_of.timestamp(), e.id))
    return own or dated[-1:]


def _age(name: str, item: Evidence, rule: Fresh, now: datetime) -> Freshness:
    if item.as_of is None:
        return Freshness(name, float("inf"), 0)
    limit = (last_moment(item.as_of, rule) - item.as_of) / DAY
    return Freshness(name, (now - item.as_of) / DAY, limit)


def _signatures(asked: Asked) -> dict[str, Any]:
    """Those over the present dossier; over one to come they are known where it is made."""
    return {"signatures": signatures_of(asked.stand.desk, asked.stand.state)}


def _changed(asked: Asked) -> dict[str, Any]:
    stand, manifest = asked.stand, asked.manifest
    if manifest is None or asked.makes_dossier:
        return {}
    changed = list(changed_files(stand.desk, manifest))
    if not stand.is_open:
        changed += _overtaken(stand, manifest)
    return {"changed_files": tuple(changed), "manifest_digest": manifest.digest()}


def _overtaken(stand: Standing, manifest: Manifest) -> Iterator[str]:
    """What the frozen dossier says, and what is no longer so: materials, and stale clauses."""
    frozen = {file.sha256 for file in manifest.files}
    for slot, record in stand.records("material").items():
        if slot in {file.slot for file in manifest.files} and record["digest"] not in frozen:
            yield slot
    yield from stale_clauses(stand)


def _labels(asked: Asked) -> dict[str, Any]:
    """Checks of labels that are not met; not known while labels were not tested on this model.

    Where every clause on labels was decided not to apply, with a reason, there is nothing to test.
    """
    stand = asked.stand
    asking = [(p, c) for p, c in stand.current.clauses() if LABELS in c.evidence_kinds]
    out_of_date = set(stale_clauses(stand))
    open_ones = [(p, c) for p, c in asking if not _is_ruled_out(stand, p, c, out_of_date)]
    if asking and not open_ones:
        return {"labels_apply": False}
    if not any(e.kind == LABELS and _is_usable(stand, e) for e in stand.evidence):
        return {}
    lines = (
        f"{pack.id}/{clause.id} {checked.line}"
        for pack, clause in open_ones
        if clause.applies(stand.service.facts) is not False
        for checked in _checked(stand, clause)
        if checked.check.measure.startswith("label.") and checked.outcome != "met"
    )
    return {"label_failures": tuple(lines)}


def _is_ruled_out(stand: Standing, pack: Pack, clause: Clause, out_of_date: set[str]) -> bool:
    result = stand.results.get((pack.id, clause.id))
    is_out = result is not None and result.result == NOT_APPLICABLE
    return is_out and f"{pack.id}/{clause.id}" not in out_of_date


def _is_usable(stand: Standing, item: Evidence) -> bool:
    return not list(outdated(item, (), stand.now, stand.subject))


def _secrets(asked: Asked) -> dict[str, Any]:
    """What leaks; where a file cannot be read, that is not known (G2 and G7 name the file)."""
    stand = asked.stand
    try:
        return {"secrets": leaks_of(stand.desk, stand.room, stand.state)}
    except DataError as error:
        if error.code != "filing.file":
            raise
        return {}


def _material_change(asked: Asked) -> dict[str, Any]:
    return {"material_change": has_changed(asked.stand)}


def has_changed(stand: Standing) -> bool | None:
    """Whether the model or the data are others than the dossier's; None: there is no telling."""
    record = stand.dossier
    if record is None:
        return None
    manifest = Manifest.from_json(record["manifest"])
    if not manifest.model:
        return None
    pairs = (
        (manifest.model, stand.subject.model),
        (manifest.model, measured_model(stand)),
        (manifest.data, stand.subject.data),
        (manifest.data, stand.measured.data),
    )
    return any(then and then != now for then, now in pairs)


def _number(asked: Asked) -> dict[str, Any]:
    number = asked.payload.get("number")
    if not isinstance(number, str):
        return {}
    free = asked.stand.desk.number_is_free(number, but=asked.stand.state.id)
    return {"number_is_unique": free}


def _hearing(asked: Asked) -> dict[str, Any]:
    stand = asked.stand
    return {"hearing_offered": is_offered(stand.desk, stand.state.id, asked.event)}


GATHERERS: dict[str, Callable[[Asked], dict[str, Any]]] = {
    "G1": _scope,
    "G2": _materials,
    "G3": _ledger,
    "G4": _thresholds,
    "G5": _freshness,
    "G6": _signatures,
    "G7": _changed,
    "G8": _labels,
    "G10": _secrets,
    "G13": _material_change,
    "G14": _number,
    "G16": _hearing,
}
"""Guard -> what it looks at; G17 is only known to who fetched the page, the rest to the filing."""


def dossier_of(desk: "Desk", room: "Room", state: FilingState, now: datetime) -> Dossier:
    """Everything about a filing that its documents are written from.

    Args:
        desk: The transaction.
        room: The room.
        state: The filing.
        now: The time, with a zone.

    Raises:
        ConfigError: A pack of the room's folder, or the service's description, is wrong.
        DataError: A record, or a piece of evidence, is damaged ("filing....").
    """
    stand = Standing(desk, room, state, now)
    handed_in = dict(_handed_in(stand))
    card = stand.record("card")
    said = stand.record("answers")
    return Dossier(
        filing=state,
        profile=stand.profile,
        today=day_of(now),
        service=stand.service,
        answers=dict(said["answers"]) if said else {},
        questions=Form.shipped().titles,
        subject=stand.subject,
        packs=stand.packs,
        results=stand.results,
        proposals=stand.proposals,
        evidence=stand.evidence,
        runs=_newest_first(e for e in handed_in.values() if e.get("verb") == "run"),
        records={id: one for id, one in handed_in.items() if one.get("verb") != "run"},
        model_card=card,
        banks={name: one["coverage"] for name, one in stand.records("bank").items()},
        samples=[e for e in handed_in.values() if e.get("schema") == "guanyao.sample/1"],
        entries={name: entries_of(desk, state.id, name) for name in stand.records("bank")},
        cases={id: _without_contact(one) for id, one in stand.records("case").items()},
        acts=desk.acts(state.id),
        inspections=list(stand.records("inspection").values()),
        before=stand.dossier,
        earlier=stand.dossier_record(state.dossier_version - 1),
        scope=stand.record("scope"),
    )


def _handed_in(stand: Standing) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each piece of evidence as it was handed in, by its id."""
    known = {item.id for item in stand.evidence}
    for id, record in stand.records("evidence").items():
        if id in known:
            yield id, record_of(stand.desk.file(str(record["file"])), str(record["name"]))


def _newest_first(runs: Iterator[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(runs, key=lambda run: str(run.get("created", "")), reverse=True)


def _without_contact(record: Mapping[str, Any]) -> dict[str, Any]:
    """The papers of a case without how an objector is reached: no document needs that."""
    return {key: value for key, value in record.items() if key not in ("contact", "salt")}
