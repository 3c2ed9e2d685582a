"""The clause ledger of a filing: what is proposed, what a person decides, and where it stands.

Every decision remembers the digests that it rests on (`filing.ledger`), so that it goes stale by
itself when the model, the data, a pack or a piece of evidence changes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError, UnknownNameError
from guanyao.filing import decision_sheet as sheets
from guanyao.filing.calendar_day import day_of
from guanyao.filing.decision_sheet import WORDS, Line, Said
from guanyao.filing.evidence import Evidence
from guanyao.filing.filing_state import Actor
from guanyao.filing.intake import bytes_of
from guanyao.filing.ledger import (
    MEETS,
    MISSES,
    RESULTS,
    ClauseResult,
    Plan,
    Result,
    blocks,
    counts,
    rests_on,
    stale,
)
from guanyao.filing.outcome import digest_of, fit
from guanyao.filing.pack import Clause, Pack
from guanyao.filing.proposal import STATUSES, Proposal
from guanyao.flows.filing.change import Change, changing
from guanyao.flows.filing.stand import Standing, standing
from guanyao.records.evidence import canonical
from guanyao.registry import unknown

if TYPE_CHECKING:
    from guanyao.flows.filing.room import Room

CLAUSE = "clause"
STALE = "已失效，原结论"
"""What a worksheet says of a result that no longer stands."""
TAKEN = ("met", "not_applicable")
"""Proposals that a person may take over in bulk."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody says to a clause.

    Args:
        pack: The pack's id.
        clause: The clause's id.
        result: One of the three, in Chinese.
        evidence: Ids of evidence; none: what the proposal rests on, but for 不适用.
        reason: Why.
        plan: How it will be met, if it is not; `due` by when.
    """

    pack: str
    clause: str
    result: Result
    evidence: tuple[str, ...] = ()
    reason: str = ""
    plan: str = ""
    due: date | None = None


def proposals(room: "Room", filing: str) -> tuple[Proposal, ...]:
    """What the evidence says to each clause of the active packs.

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    with room.store.reading() as desk:
        return standing(desk, room, filing).proposals


def take(
    room: "Room", filing: str, actor: Actor, statuses: Sequence[str] = TAKEN
) -> list[ClauseResult]:
    """Take over what the evidence proposes, where nobody has decided soundly yet.

    The actor decides, clause by clause as the proposals stand; a sound result that is there stays.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who decides.
        statuses: Of which proposals: met, not_applicable.

    Returns:
        The results that are new.

    Raises:
        ConfigError: There is no such status, or nothing can be taken over of it ("filing.status").
        TransitionError: The dossier is frozen ("filing.frozen"), or the actor is not of the
            provider ("filing.role").
    """
    _check_statuses(statuses)
    with changing(room, filing, actor, "filing.clause.take") as change:
        stand = change.stand
        gone = {item.result.key for item in stale(stand.results.values(), stand.current)}
        found = [
            _made(change, _of_proposal(proposal))
            for proposal in stand.proposals
            if proposal.status in statuses
            and proposal.result is not None
            and ((key := (proposal.pack, proposal.clause.id)) not in stand.results or key in gone)
        ]
        _keep(change, found)
        return found


def _check_statuses(statuses: Sequence[str]) -> None:
    for status in statuses:
        if status not in TAKEN:
            known = "nothing is proposed for it" if status in STATUSES else "there is none such"
            raise ConfigError(
                f"clauses that stand as {status[:40]!r} cannot be taken over: {known}",
                allowed="one of: " + ", ".join(TAKEN),
                do="decide the others one by one, or in a worksheet",
                code="filing.status",
            )


def _of_proposal(proposal: Proposal) -> Decision:
    assert proposal.result is not None
    return Decision(
        pack=proposal.pack,
        clause=proposal.clause.id,
        result=proposal.result,
        evidence=proposal.evidence,
        reason=proposal.reason_zh or proposal.reason,
    )


def decide(  # noqa: PLR0913 - what a decision says
    room: "Room",
    filing: str,
    actor: Actor,
    pack: str,
    clause: str,
    result: str,
    evidence: Sequence[str] = (),
    reason: str = "",
    plan: str | None = None,
    due: date | str | None = None,
) -> ClauseResult:
    """Decide about one clause.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who decides.
        pack: The pack's id.
        clause: The clause's id.
        result: 符合, 不符合, 不适用, or met, not_met, not_applicable.
        evidence: Ids of evidence, or their beginnings; none: what the proposal rests on, but for
            不适用.
        reason: Why.
        plan: How it will be met, if it is not.
        due: By when, YYYY-MM-DD.

    Raises:
        ConfigError: A part is missing that this result needs, the evidence is of another model, or
            the result would be stale at once ("ledger....").
        TransitionError: See `take`.
        UnknownNameError: There is no such pack, clause, result or evidence.
    """
    with changing(room, filing, actor, "filing.clause") as change:
        said = Said(
            pack=pack,
            clause=clause,
            result=result,
            evidence=tuple(evidence),
            reason=reason,
            plan=plan or "",
            due=due.isoformat() if isinstance(due, date) else due or "",
        )
        found = _made(change, _decision(change.stand, said))
        _keep(change, [found])
        return found


def _decision(stand: Standing, said: Said) -> Decision:
    """What is said, in terms of what there is."""
    pack, clause = _clause_of(stand, said.pack, said.clause)
    result = WORDS.get(said.result.strip().lower())
    if result is None:
        raise unknown(said.result[:40], [*RESULTS, *WORDS], family="results")
    return Decision(
        pack=pack.id,
        clause=clause.id,
        result=result,
        evidence=tuple(_evidence_id(stand, id) for id in said.evidence),
        reason=said.reason.strip(),
        plan=said.plan.strip(),
        due=_day(said.due),
    )


def _clause_of(stand: Standing, pack: str, clause: str) -> tuple[Pack, Clause]:
    packs = stand.current.packs
    if pack not in packs:
        raise unknown(pack[:40], list(packs), family="active packs")
    found = packs[pack].clause(clause)
    if found is None:
        raise unknown(clause[:40], [c.id for c in packs[pack].clauses], family=f"clauses of {pack}")
    return packs[pack], found


def _evidence_id(stand: Standing, id: str) -> str:
    """The whole id of a piece of evidence whose beginning, or digest's beginning, is given."""
    known = [item.id for item in stand.evidence]
    fitting = [one for one in known if one == id] or [
        one for one in known if id and (one.startswith(id) or one.partition(":")[2].startswith(id))
    ]
    if len(fitting) != 1:
        raise unknown(id[:80], known, family="evidence")
    return fitting[0]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise ConfigError(
            "the day by which a plan is due is none", allowed="YYYY-MM-DD", code="ledger.plan"
        ) from error


def _made(change: Change, said: Decision) -> ClauseResult:
    """The result of a decision, with everything that it rests on."""
    stand = change.stand
    pack, clause = _clause_of(stand, said.pack, said.clause)
    _check_plan(stand, said)
    known = {item.id: item for item in stand.evidence}
    own = said.evidence or _proposed(stand, said)
    found = [known[id] for id in own]
    result = ClauseResult(
        pack=pack.id,
        clause=clause.id,
        result=said.result,
        evidence=own,
        reason=said.reason,
        plan=Plan(text=said.plan, due=said.due) if said.plan and said.due else None,
        decided_by=change.actor.person,
        decided_at=stand.now,
        rests_on=_rests_on(stand, pack, found),
    )
    _check_fresh(stand, result)
    return result


def _rests_on(stand: Standing, pack: Pack, found: Sequence[Evidence]) -> dict[str, str]:
    return rests_on(pack, found, stand.subject)


def _proposed(stand: Standing, said: Decision) -> tuple[str, ...]:
    """The evidence of the proposal, where the decision is about what was measured."""
    if said.result not in (MEETS, MISSES):
        return ()
    key = (said.pack, said.clause)
    return next((p.evidence for p in stand.proposals if (p.pack, p.clause.id) == key), ())


def _check_plan(stand: Standing, said: Decision) -> None:
    if bool(said.plan) != (said.due is not None):
        raise _no_plan("a plan without its day, or a day without a plan")
    if said.due is not None and said.due < day_of(stand.now):
        raise _no_plan("the day by which the plan is due is over")


def _no_plan(found: str) -> ConfigError:
    return ConfigError(
        found, allowed="what will be done, and by which day to come", code="ledger.plan"
    )


def _check_fresh(stand: Standing, result: ClauseResult) -> None:
    gone = stale([result], stand.current)
    if gone:
        raise ConfigError(
            f"the result of {result.pack}/{result.clause} would be stale at once: "
            + "; ".join(gone[0].why),
            allowed="evidence that is fresh, and about the model and data of the filing",
            do="measure anew, and add the evidence",
            code="ledger.stale",
        )


def _keep(change: Change, results: Sequence[ClauseResult]) -> None:
    found = Counter(result.result for result in results)
    said = [canonical(result.to_json()).decode("utf-8") for result in results]
    change.facts |= {
        "n_clauses": len(results),
        "n_met": found[MEETS],
        "n_not_met": found[MISSES],
        "decisions": digest_of("\n".join(said)),
    }
    if len(results) == 1:
        change.facts["clause"] = fit(f"{results[0].pack}/{results[0].clause}")
    for result in results:
        change.put(CLAUSE, f"{result.pack}/{result.clause}", result.to_json())


def take_back(room: "Room", filing: str, actor: Actor, pack: str, clause: str) -> None:
    """Take a decision back; of a clause that a pack no longer has, too.

    Raises:
        TransitionError: See `take`.
        UnknownNameError: Nothing was decided about it.
    """
    with changing(room, filing, actor, "filing.clause.take_back") as change:
        key = f"{pack}/{clause}"
        known = change.stand.records(CLAUSE)
        if key not in known:
            raise unknown(key[:80], list(known), family="decided clauses")
        change.facts["clause"] = fit(key)
        change.desk.drop_record(change.filing, CLAUSE, key)


def write_worksheet(room: "Room", filing: str, path: str | Path) -> int:
    """Write a sheet to decide in: a line for each clause, with what is proposed and decided.

    Args:
        room: The room.
        filing: The filing's id.
        path: .xlsx, .csv or .yaml.

    Returns:
        How many lines it has.

    Raises:
        DataError: The name has another ending ("sheet.suffix"), or it cannot be written.
    """
    path = Path(path)
    with room.store.reading() as desk:
        stand = standing(desk, room, filing)
        gone = {item.result.key for item in stale(stand.results.values(), stand.current)}
        lines = [_line(p, stand.results.get((p.pack, p.clause.id)), gone) for p in stand.proposals]
    write_whole(path, sheets.write(lines, path.name))
    return len(lines)


def _line(proposal: Proposal, result: ClauseResult | None, gone: set[tuple[str, str]]) -> Line:
    """A clause's line; where its result is stale, a person has to fill it in anew."""
    key = (proposal.pack, proposal.clause.id)
    before = f"{STALE} {result.result}" if result and key in gone else ""
    found = [before, proposal.reason, *(todo.what for todo in proposal.todos)]
    line = Line(
        pack=key[0],
        clause=key[1],
        title=proposal.clause.title["zh"],
        severity=proposal.clause.severity,
        status="stale" if key in gone else proposal.status,
        proposed=proposal.result or "",
        why="; ".join(filter(None, found)),
    )
    if result is None or key in gone:
        return line
    plan = result.plan
    return replace(
        line,
        result=result.result,
        reason=result.reason,
        plan=plan.text if plan else "",
        due=plan.due.isoformat() if plan else "",
        evidence=" ".join(result.evidence),
    )


def read_decisions(room: "Room", filing: str, actor: Actor, path: str | Path) -> list[ClauseResult]:
    """Take the decisions of a worksheet: all of them, or, if a line is wrong, none.

    Lines without a result, and lines that say what was decided soundly before, change nothing.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who decides.
        path: .xlsx, .csv or .yaml.

    Returns:
        The results that are new.

    Raises:
        DataError: The file cannot be read, or lines are wrong ("sheet....", "ledger.worksheet");
            each is named by its line.
        TransitionError: See `take`.
    """
    with changing(room, filing, actor, "filing.clause.read") as change:
        path = Path(path)
        said = sheets.read(bytes_of(path), path.name)
        faults: list[str] = []
        found: list[ClauseResult] = []
        for place, line in said:
            try:
                if _is_news(change.stand, line):
                    found.append(_made(change, _decision(change.stand, line)))
            except (ConfigError, UnknownNameError) as error:
                faults.append(f"line {place}: {error}")
        keys = Counter((line.pack, line.clause) for _, line in said)
        faults += [f"{pack}/{clause} stands twice" for (pack, clause), n in keys.items() if n > 1]
        if faults:
            raise sheets.wrong_lines(path.name, faults)
        _keep(change, found)
        return found


def _is_news(stand: Standing, said: Said) -> bool:
    """Whether a line says something else than the sound result that is there."""
    result = stand.results.get((said.pack, said.clause))
    if result is None or stale([result], stand.current):
        return True
    plan = result.plan
    before = (
        *(result.result, result.reason, plan.text if plan else ""),
        *(plan.due.isoformat() if plan else "", set(result.evidence)),
    )
    word = WORDS.get(said.result.strip().lower(), said.result)
    own = set(said.evidence) or set(result.evidence)
    return before != (word, said.reason.strip(), said.plan.strip(), said.due.strip(), own)


def status(room: "Room", filing: str) -> dict[str, Any]:
    """Where the ledger stands.

    Returns:
        n_clauses; `counts` by pack (the three results, undecided, stale); `proposed`: how many
        proposals stand how; `blocks`: each thing that blocks submission, with pack, clause, kind
        and why; is_whole: whether nothing does.

    Raises:
        DataError: There is no such filing ("filing.unknown").
    """
    with room.store.reading() as desk:
        stand = standing(desk, room, filing)
        results = list(stand.results.values())
        found = blocks(results, stand.current)
        proposed: Mapping[str, int] = Counter(p.status for p in stand.proposals)
        return {
            "n_clauses": len(stand.proposals),
            "counts": counts(results, stand.current),
            "proposed": {name: proposed.get(name, 0) for name in STATUSES},
            "blocks": [vars(block) for block in found],
            "is_whole": not found,
        }
