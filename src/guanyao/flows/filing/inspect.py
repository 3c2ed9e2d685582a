"""Inspections: who is drawn, what the dossier said, and what the live service does now.

    picked = draw(room, actor, seed="…", n=3)           # a draw that anyone can repeat
    plan(room, filing, actor, "random draw", draw=picked["id"])
    pull_pack(room, filing, case, actor)                # what was filed, frozen by digest
    measure(room, filing, case, actor, model="live.gy", source="train.csv", holdout="hold.csv")

The live service is measured by the same evaluators as the filed run. A swapped model is caught by
its digest, and by its figures where only a delivered table is there. Findings are proposed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.data.readers import read
from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError, TransitionError
from guanyao.filing.drawing import ALGORITHM, Candidate, drawn, list_digest
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.inspection import (
    Compared,
    Finding,
    Measurement,
    compare,
    propose,
    strongest,
)
from guanyao.filing.outcome import Outcome, fit
from guanyao.flows.filing.act import apply, gathered
from guanyao.flows.filing.incidents import desks_of, risk_at
from guanyao.flows.filing.people import state_at
from guanyao.flows.holdout import part_of
from guanyao.flows.opening import open_table
from guanyao.flows.sample import sample
from guanyao.flows.settings import Learning, make
from guanyao.records.audit_line import Entry
from guanyao.types import Progress, Silent

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room
    from guanyao.records.filing_store import Desk

DRAW, INSPECTION = "inspection_draw", "inspection"
"""Kinds of records: draws of the room, inspections of a filing."""
PHASE = "filed"
MAX_ROWS = 200_000
INSPECTED = "PACK_PULLED"


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What an inspection measured.

    Args:
        outcome: What came of the act `measure`.
        measurement: Live beside filed, figure by figure.
        findings: What is proposed; the grade that a person may decide on is the gravest.
    """

    outcome: Outcome
    measurement: Measurement
    findings: Sequence[Finding]

    @property
    def grade(self) -> str:
        """The gravest grade that is proposed."""
        return strongest(self.findings)

    @property
    def deviations(self) -> list[Compared]:
        """The figures that are not as filed."""
        return [one for one in self.measurement.compared if one.how != "as filed"]

    def to_json(self) -> dict[str, Any]:
        """It as plain JSON."""
        return {
            "measurement": self.measurement.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "proposed": self.grade,
        }


def candidates(room: "Room", *, weighted: bool = True) -> list[Candidate]:
    """The list that is published before a draw: filed services by number, with their tickets.

    Args:
        room: The room.
        weighted: Whether the risk score gives some more tickets; else each has one, and the list
            follows from the public register alone.
    """
    with room.store.reading() as desk:
        return [candidate for candidate, _ in _candidates(desk, room, weighted)]


def _candidates(desk: "Desk", room: "Room", weighted: bool) -> list[tuple[Candidate, FilingState]]:
    desks, found = desks_of(desk), []
    for row in desk.filings():
        state = FilingState.from_json(desk.filing(row["id"]) or {})
        phase = room.profile(desk, state.profile_digest).filing.states[state.state].phase
        if phase == PHASE and state.number and not state.is_struck:
            weight = risk_at(room, desk, state, desks).weight if weighted else 1
            found.append((Candidate(number=state.number, weight=weight), state))
    return sorted(found, key=lambda pair: pair[0].number)


def draw(room: "Room", actor: Actor, *, seed: str, n: int, weighted: bool = True) -> dict[str, Any]:
    """Draw filed services for inspection; see `guanyao.filing.drawing` for how, and how to repeat.

    Args:
        room: The room.
        actor: Who draws: an inspector.
        seed: The published seed, which nobody could choose.
        n: How many.
        weighted: Whether the risk score gives some more tickets.

    Returns:
        The draw as it is kept and published: id, algorithm, seed, n, at, by, candidates (number and
        tickets), list (their digest), drawn (numbers in order), filings (ids in order).

    Raises:
        ConfigError: The seed is none, was used before, or nothing is filed ("filing.draw").
    """
    with room.store.writing() as desk:
        _check_inspector(room, desk, actor)
        pairs = _candidates(desk, room, weighted)
        if not pairs:
            raise ConfigError("no service is filed yet", code="filing.draw")
        before = desk.records("", DRAW)
        if any(record["seed"] == seed for record in before.values()):
            raise ConfigError(
                "the seed was used before",
                allowed="a seed of its own for each draw, published in advance",
                code="filing.draw",
            )
        known = [candidate for candidate, _ in pairs]
        picked = [candidate.number for candidate in drawn(known, seed, n)]
        ids = {candidate.number: state.id for candidate, state in pairs}
        record: dict[str, Any] = {
            "id": f"draw-{len(before) + 1}",
            "algorithm": ALGORITHM,
            "seed": seed,
            "n": n,
            "at": desk.now.isoformat(),
            "by": actor.person,
            "weighted": weighted,
            "candidates": [{"number": one.number, "weight": one.weight} for one in known],
            "list": list_digest(known),
            "drawn": picked,
            "filings": [ids[number] for number in picked],
        }
        desk.put_record("", DRAW, record["id"], record)
        facts = {"draw": record["id"], "list": record["list"], "n_candidates": len(known)}
        facts |= {"n_drawn": len(picked), "seed": fit(seed)}
        desk.append(
            Entry(act="filing.draw", who=actor.person, role=fit(actor.role) or None, facts=facts)
        )
    return record


def repeat(record: Mapping[str, Any]) -> bool:
    """Whether a published draw comes out the same again."""
    known = [Candidate(number=one["number"], weight=one["weight"]) for one in record["candidates"]]
    again = [one.number for one in drawn(known, record["seed"], record["n"])]
    return again == list(record["drawn"]) and list_digest(known) == record["list"]


def _check_inspector(room: "Room", desk: "Desk", actor: Actor) -> None:
    profiles = {row["profile_digest"] for row in desk.filings()}
    duties = [
        role.duty
        for digest in profiles
        if (role := room.profile(desk, digest).roles.get(actor.role)) is not None
    ]
    if "inspect" not in duties:
        raise ConfigError(
            f"the role {actor.role[:40]!r} does not draw inspections",
            allowed="an inspector",
            code="filing.inspect_role",
        )


def draws(room: "Room") -> list[dict[str, Any]]:
    """All draws, in order."""
    with room.store.reading() as desk:
        return list(desk.records("", DRAW).values())


def plan(
    room: "Room",
    filing: str,
    actor: Actor,
    cause: str,
    *,
    draw: str = "",
    announce: bool | None = None,
) -> Outcome:
    """Plan an inspection for a cause, or since it was drawn.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who plans it.
        cause: Why, e.g. "random draw", "complaints", "incident".
        draw: The id of the draw that drew it.
        announce: Whether the provider is told in advance; None: that is decided later.

    Raises:
        ConfigError: The draw did not draw this filing ("filing.draw").
    """
    with room.store.writing() as desk:
        _check_drawn(desk, filing, draw)
        outcome = _apply(desk, room, filing, "plan_inspection", actor, cause=cause, draw=draw)
        if not outcome.done:
            return outcome
        case = outcome.opened[0]
        risk = risk_at(room, desk, state_at(desk, filing), desks_of(desk))
        record: dict[str, Any] = {
            "case": case,
            "cause": cause,
            "draw": draw,
            "planned_at": desk.now.isoformat(),
        }
        record |= {"by": actor.person, "risk": {"points": risk.points, "counts": dict(risk.counts)}}
        desk.put_record(filing, INSPECTION, case, record)
        if announce is not None:
            event = "announce" if announce else "go_unannounced"
            _apply(desk, room, filing, event, actor, case=case)
        return outcome


def _check_drawn(desk: "Desk", filing: str, draw: str) -> None:
    if draw and filing not in (desk.record("", DRAW, draw) or {}).get("filings", ()):
        raise ConfigError(
            f"the draw {draw[:40]!r} did not draw this filing",
            allowed="a draw that did, or none and another cause",
            code="filing.draw",
        )


def _apply(
    desk: "Desk",
    room: "Room",
    filing: str,
    event: str,
    actor: Actor,
    **payload: Any,  # noqa: ANN401
) -> Outcome:
    said = {key: value for key, value in payload.items() if value}
    facts = gathered(desk, room, state_at(desk, filing), event, said)
    return apply(desk, room, filing, event, actor, said, facts)


def announce(room: "Room", filing: str, case: str, actor: Actor, *, told: bool = True) -> Outcome:
    """Tell the provider of an inspection in advance, or decide to come unannounced."""
    with room.store.writing() as desk:
        event = "announce" if told else "go_unannounced"
        return _apply(desk, room, filing, event, actor, case=case)


def pull_pack(room: "Room", filing: str, case: str, actor: Actor) -> Outcome:
    """Pull what was filed: the digests of the dossier in force are frozen into the inspection."""
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        dossier = desk.record(filing, "dossier", str(state.dossier_version)) or {}
        outcome = _apply(
            desk, room, filing, "pull_pack", actor, case=case, attachments=[state.manifest_digest]
        )
        if outcome.done:
            runs = {key: record["digest"] for key, record in _runs(desk, filing).items()}
            pulled = {
                "dossier_version": state.dossier_version,
                "manifest_digest": state.manifest_digest,
                "model_digest": state.model_digest,
                "manifest": dossier.get("manifest"),
                "runs": runs,
                "pulled_at": desk.now.isoformat(),
            }
            _add(desk, filing, case, pulled=pulled)
        return outcome


def _add(desk: "Desk", filing: str, case: str, **parts: Any) -> None:  # noqa: ANN401
    record = desk.record(filing, INSPECTION, case) or {"case": case}
    desk.put_record(filing, INSPECTION, case, {**record, **parts})


def _runs(desk: "Desk", filing: str) -> dict[str, Mapping[str, Any]]:
    """The evidence of runs, by its id."""
    records = desk.records(filing, "evidence").items()
    return {key: record for key, record in records if record["kind"] == "run"}


def measure(  # noqa: PLR0913 - the live service, and what it is measured against
    room: "Room",
    filing: str,
    case: str,
    actor: Actor,
    *,
    source: str | Path,
    holdout: str | Path | None = None,
    model: str | Path | None = None,
    virtual: str | Path | None = None,
    claimed: str = "",
    n_rows: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> Inspected:
    """Measure the live service against the filed dossier, and do the event `measure` with it.

    Args:
        room: The room.
        filing: The filing's id.
        case: The inspection, whose pack is pulled.
        actor: Who measures.
        source: The table that the filed model learned from.
        holdout: The rows that were kept back from it; None: the source is whole, and is divided
            as the filed run divided it.
        model: The model file that the service runs; None: it was not handed over.
        virtual: What the service delivered; None: rows are sampled from the model.
        claimed: The digest that the provider says its model has.
        n_rows: How many rows are sampled; None: as many as the source has.
        seed: Of the evaluation and the sample; None: that of the filed run.
        progress: Where to say how far it is.

    Raises:
        ConfigError: Neither a model nor a delivered table is there ("filing.inspect_what").
        DataError: No filed run is about the filed model ("filing.inspect_run"), or a table or the
            model cannot be read.
        TransitionError: The case is not there, or its pack is not pulled ("filing.case"); the
            refused act is recorded.
    """
    if model is None and virtual is None:
        raise ConfigError(
            "there is nothing to measure",
            allowed="the model file in use, a table that the service delivered, or both",
            code="filing.inspect_what",
        )
    state, run = _filed(room, filing, case, actor)
    seen = _measured(
        run,
        filed_model=state.model_digest,
        paths=_Paths(source=source, holdout=holdout, model=model, virtual=virtual),
        claimed=claimed,
        n_rows=n_rows,
        seed=seed,
        progress=progress or Silent(),
    )
    return _kept(room, filing, case, actor, seen)


@dataclass(frozen=True, kw_only=True)
class _Paths:
    source: str | Path
    holdout: str | Path | None
    model: str | Path | None
    virtual: str | Path | None


def _filed(
    room: "Room", filing: str, case: str, actor: Actor
) -> tuple[FilingState, Mapping[str, Any]]:
    """The filing and its filed run; an act that could not be done anyway is refused at once."""
    with room.store.writing() as desk:
        state = state_at(desk, filing)
        found = state.case(case)
        if found is None or found.state != INSPECTED:
            outcome = _apply(
                desk, room, filing, "measure", actor, case=case, measured_digest="none"
            )
        else:
            return state, _filed_run(desk, state)
    outcome.require()
    raise TransitionError(f"{case[:40]} is no inspection whose pack is pulled", code="filing.case")


def _filed_run(desk: "Desk", state: FilingState) -> Mapping[str, Any]:
    """The newest run on the filed model among the evidence."""
    found = []
    for record in _runs(desk, state.id).values():
        run = json.loads(desk.file(record["file"]))
        digests = [item.get("digest") for item in run.get("outputs", ())]
        digests.append((run.get("model") or {}).get("digest"))
        if state.model_digest and state.model_digest in digests:
            found.append(run)
    if not found:
        raise DataError(
            "no evidence of a run on the filed model is in the dossier",
            allowed="run.json of the run that made the filed model",
            do="ask the provider for it: without filed figures there is nothing to compare with",
            code="filing.inspect_run",
        )
    return max(found, key=lambda run: str(run.get("created", "")))


def _measured(
    run: Mapping[str, Any],
    *,
    filed_model: str,
    paths: _Paths,
    claimed: str,
    n_rows: int | None,
    seed: int | None,
    progress: Progress,
) -> Measurement:
    """The live service, measured as the filed run was."""
    from guanyao.flows.evaluate import evaluate
    from guanyao.records.evidence import file_digest

    own_seed = int(run.get("seed") or 0) if seed is None else seed
    real, kept, data = _sides(run, paths)
    made, made_by = _rows(paths, real, min(n_rows or len(real), MAX_ROWS), own_seed)
    target = real.schema.target
    found = evaluate(
        real=real, holdout=kept, virtual=made, target=target, seed=own_seed, progress=progress
    )
    inputs = (item for item in run.get("inputs", ()) if item.get("role") == "source")
    return Measurement(
        filed_model=filed_model,
        live_model="" if paths.model is None else file_digest(paths.model),
        claimed_model=claimed,
        filed_data=next((item["digest"] for item in inputs), ""),
        data=data,
        made_by=made_by,
        n_rows=len(made),
        compared=compare(run, found.to_json()),
        warnings=found.warnings,
    )


def _sides(run: Mapping[str, Any], paths: _Paths) -> tuple[Table, Any, str]:
    """The rows learned from, those kept back, and the source's digest if it can be compared.

    A source without a holdout is divided as the filed run divided it.
    """
    settings = run.get("settings", {})
    named = ("target", "entity", "holdout", "seed")
    own = {key: settings[key] for key in named if settings.get(key) is not None}
    if paths.holdout is None or "holdout" not in own:
        own["seed"] = int(run.get("seed") or 0)
    learning = make(Learning, own)
    table = open_table(paths.source, learning)
    digest = table.schema.source.digest
    if paths.holdout is None:
        train, kept = part_of(table, learning)
        return train, kept, digest
    return table, paths.holdout, digest if settings.get("holdout_file") else ""


def _rows(paths: _Paths, real: Table, n_rows: int, seed: int) -> tuple[Table, str]:
    """What the live service makes: what it delivered, or a sample of its model."""
    if paths.virtual is not None:
        return read(paths.virtual, schema=real.schema), "delivered"
    assert paths.model is not None
    rows = sample(paths.model, n_rows, seed=seed)
    return Table(rows, real.schema), "sampled"


def _kept(room: "Room", filing: str, case: str, actor: Actor, seen: Measurement) -> Inspected:
    """The act with what was measured, in one transaction."""
    findings = propose(seen)
    with room.store.writing() as desk:
        outcome = _apply(
            desk,
            room,
            filing,
            "measure",
            actor,
            case=case,
            measured_digest=seen.measured_digest,
            grade=strongest(findings),
        )
        done = Inspected(outcome=outcome, measurement=seen, findings=findings)
        if outcome.done:
            at = {"measured_at": desk.now.isoformat(), "measured_by": actor.person}
            _add(desk, filing, case, measured={**done.to_json(), **at})
    return done


def conclude(
    room: "Room", filing: str, case: str, actor: Actor, grade: str, reason: str
) -> Outcome:
    """Decide on the findings: none, minor, major or critical; also against what was proposed."""
    with room.store.writing() as desk:
        outcome = _apply(
            desk, room, filing, "conclude", actor, case=case, outcome=grade, reason=reason
        )
        if outcome.done:
            record = desk.record(filing, INSPECTION, case) or {}
            proposed = record.get("measured", {}).get("proposed", "")
            decided = {"grade": grade, "by": actor.person, "at": desk.now.isoformat()}
            _add(desk, filing, case, decided={**decided, "as_proposed": grade == proposed})
        return outcome


def inspections(room: "Room", filing: str) -> list[dict[str, Any]]:
    """The inspections of a filing in order: how the case stands, and what was measured."""
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        records = desk.records(filing, INSPECTION)
    found = []
    for case in state.cases:
        if case.kind == "InspectionCase":
            own = {"case": case.id, "state": case.state, "finding": case.finding}
            found.append({**records.get(case.id, {}), **own})
    return found


def told(inspected: Inspected) -> Iterable[str]:
    """An inspection in lines: digests, deviations, what is proposed."""
    seen = inspected.measurement
    yield f"filed model {seen.filed_model[:12]}, in use {seen.live_model[:12] or 'not seen'}"
    yield f"{seen.n_rows:,} rows, {seen.made_by}; {len(seen.compared)} figures compared"
    for one in inspected.deviations:
        yield one.line
    for finding in inspected.findings:
        names = f": {', '.join(finding.items)}" if finding.items else ""
        yield f"proposed {finding.grade} ({finding.code}): {finding.why.en}{names}"
