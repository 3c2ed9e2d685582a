"""Looks into a room: its filings, what was done to one, what runs, what is to be sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from guanyao.errors import ConfigError
from guanyao.filing.act import NOTICE, OBJECTION
from guanyao.filing.calendar_day import day_of, in_china
from guanyao.filing.deadlines import Deadline
from guanyao.flows.filing.gaps import Gaps
from guanyao.flows.filing.people import state_at, ways_of
from guanyao.flows.filing.stand import Standing
from guanyao.registry import unknown

if TYPE_CHECKING:
    from guanyao.filing.filing_state import FilingState
    from guanyao.filing.profile import Profile
    from guanyao.flows.filing.room import Room

MOST = 20
"""How many names a message lists."""


def filings(room: "Room") -> list[dict[str, Any]]:
    """The filings of a room in short: id, state, number, organisation, profile, changed, n_acts."""
    with room.store.reading() as desk:
        return [dict(row) for row in desk.filings()]


def chosen(room: "Room", filing: str | None) -> str:
    """The filing that is named, or else the only one of the room.

    Raises:
        ConfigError: There is none, or there are several ("filing.which").
    """
    if filing:
        with room.store.reading() as desk:
            state_at(desk, filing)
        return filing
    known = [row["id"] for row in filings(room)]
    if len(known) == 1:
        return str(known[0])
    if not known:
        raise ConfigError(
            "there is no filing in this room yet",
            do="begin one with: guanyao filing init DIR --provider ORG --by PERSON",
            code="filing.which",
        )
    more = f" and {len(known) - MOST} more" if len(known) > MOST else ""
    raise ConfigError(
        "there are several filings in this room",
        allowed="one of: " + ", ".join(known[:MOST]) + more,
        do="name it with --filing ID",
        code="filing.which",
    )


def history(room: "Room", filing: str) -> list[dict[str, Any]]:
    """Every act on a filing, done and refused, in order, with what every check said."""
    with room.store.reading() as desk:
        state_at(desk, filing)
        return [dict(act) for act in desk.acts(filing)]


def last_act(room: "Room", filing: str) -> dict[str, Any] | None:
    """The newest act on a filing, done or refused."""
    acts = history(room, filing)
    return acts[-1] if acts else None


def deadlines(room: "Room", filing: str | None = None) -> list[dict[str, Any]]:
    """The clocks that run or stand still, the nearest end first; of one filing or of all.

    Returns:
        As `running` says, and the filing's id.
    """
    found: list[dict[str, Any]] = []
    with room.store.reading() as desk:
        for id in [filing] if filing else [str(row["id"]) for row in desk.filings()]:
            state = state_at(desk, id)
            profile = room.profile(desk, state.profile_digest)
            found += [{"filing": id, **row} for row in running(state, profile, desk.now)]
    return sorted(found, key=lambda row: str(row["due"]))


def running(state: "FilingState", profile: "Profile", now: datetime) -> list[dict[str, Any]]:
    """The clocks of a filing and its cases that have not ended.

    Returns:
        Of each: clock, case, title (en, zh), party, standing, due, days_left (calendar days from
        today in China; below 0: over), status (official or provisional) and is_over.
    """
    rows = (_running(state, profile, d, now) for d in state.deadlines if d.standing != "ended")
    return sorted(rows, key=lambda row: str(row["due"]))


def _running(
    state: "FilingState", profile: "Profile", deadline: Deadline, now: datetime
) -> dict[str, Any]:
    case = state.case(deadline.case)
    clock = profile.machine(case.kind if case else "").clocks[deadline.clock]
    return {
        "clock": deadline.clock,
        "case": deadline.case,
        "title": {"en": clock.title.en, "zh": clock.title.zh},
        "party": clock.party,
        "standing": deadline.standing,
        "due": deadline.due.isoformat(),
        "days_left": (deadline.due - day_of(now)).days,
        "status": deadline.status,
        "is_over": deadline.standing == "running" and deadline.is_over(now),
    }


def notice(room: "Room", filing: str) -> dict[str, Any]:
    """The public notice: whether it runs, until when, and the objections to it.

    Returns:
        filing, runs, clock (as `running` says; None: no notice runs), and objections (id, state,
        finding, is_open).

    Raises:
        DataError: There is no such filing.
    """
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
        clocks = running(state, profile, desk.now)
    clock = next((row for row in clocks if row["clock"] == NOTICE and not row["case"]), None)
    return {
        "filing": filing,
        "runs": clock is not None,
        "clock": clock,
        "objections": [
            {
                "id": case.id,
                "state": case.state,
                "finding": case.finding,
                "is_open": case.is_open,
            }
            for case in state.cases
            if case.kind == OBJECTION
        ],
    }


def notice_lines(found: Mapping[str, Any], lang: str = "en") -> Iterator[str]:
    """What `notice` gave, in words."""
    zh, clock = lang == "zh", found["clock"]
    if clock is None:
        yield "没有进行中的公示" if zh else "no notice runs"
    else:
        until = f"{clock['due']} 24:00"
        yield f"公示至 {until}（北京时间）" if zh else f"the notice runs until {until} in China"
        if clock["is_over"]:
            yield "已期满" if zh else "it is over"
        else:
            yield f"剩余 {clock['days_left']} 天" if zh else f"{clock['days_left']} days left"
        if clock["status"] == "provisional":
            yield (
                "期限暂定：日历尚未正式公布"
                if zh
                else ("provisional: it rests on days that are not official yet, and does not close")
            )
    for case in found["objections"]:
        finding = f", {case['finding']}" if case["finding"] else ""
        yield f"{case['id']}: {case['state']}{finding}"


def china_time(text: str) -> str:
    """A moment as people in China read it, to the minute; "" for none."""
    return in_china(datetime.fromisoformat(text)).strftime("%Y-%m-%d %H:%M") if text else ""


def clause(room: "Room", filing: str, pack: str, clause: str) -> dict[str, Any]:
    """One clause of a filing: what is proposed, and what was decided.

    Returns:
        As `Proposal.to_json` says, with `decided` (as `ClauseResult.to_json`, or None).

    Raises:
        DataError: There is no such filing.
        UnknownNameError: There is no such pack or clause in force.
    """
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        known = {(p.pack, p.clause.id): p for p in stand.proposals}
        decided = stand.results.get((pack, clause))
    found = known.get((pack, clause))
    if found is None:
        mine = [name for of, name in known if of == pack]
        packs = list(dict.fromkeys(of for of, _ in known))
        family = f"clauses of {pack}" if mine else "rule packs in force"
        raise unknown((clause if mine else pack)[:40], mine or packs, family=family)
    return {**found.to_json(), "decided": decided and decided.to_json()}


def clause_lines(found: Mapping[str, Any], lang: str = "en") -> Iterator[str]:
    """What `clause` gave, in words."""
    proposed = f" -> {found['result']}" if found["result"] else ""
    title, status = found["title"][lang], found["status"].replace("_", " ")
    yield f"{found['pack']} {found['clause']} {title}: {status}{proposed}"
    if found["reason"]:
        yield f"  {found['reason']}"
    for check in found["checks"]:
        asked = f"{check['measure']} {check['compare']} {check['threshold']}"
        yield f"  {asked}: {check['outcome'].replace('_', ' ')} {_measured(check)}".rstrip()
    if found["evidence"]:
        yield f"  evidence: {', '.join(found['evidence'])}"
    for note in found["notes"]:
        yield f"  note: {note}"
    for todo in found["todos"]:
        yield f"  to do: {todo['what']}"
        if todo["command"]:
            yield f"         {todo['command']}"
    decided = found["decided"]
    if decided:
        by = f"{decided['decided_by']}, {china_time(decided['decided_at'])}"
        yield f"decided: {decided['result']} by {by}: {decided['reason']}"


def _measured(check: Mapping[str, Any]) -> str:
    found = check["measured"]
    return f"({found['value']:g}, by {check['evidence']})" if found else ""


def gaps(room: "Room", filing: str, packs: Sequence[str] = ()) -> Gaps:
    """What the evidence of a filing says to every clause of the packs in force, or of some.

    Raises:
        DataError: There is no such filing.
        UnknownNameError: A pack of that name is not in force.
    """
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        active = {pack.id: pack for pack in stand.packs}
        for name in packs:
            if name not in active:
                raise unknown(name[:40], list(active), family="rule packs in force")
        shown = list(packs) or list(active)
        return Gaps(
            service=stand.service,
            now=desk.now,
            subject=stand.subject,
            packs=tuple(active[name] for name in shown),
            evidence=stand.evidence,
            proposals=tuple(p for p in stand.proposals if p.pack in shown),
        )


def evidence(room: "Room", filing: str) -> list[dict[str, Any]]:
    """The evidence of a filing, each as `Evidence.to_json` says.

    Raises:
        DataError: There is no such filing, or a file is damaged.
    """
    with room.store.reading() as desk:
        stand = Standing(desk, room, state_at(desk, filing), desk.now)
        return [item.to_json() for item in stand.evidence]


def outbox(room: "Room", *, unsent: bool = True) -> list[dict[str, Any]]:
    """What is to be sent, or all that ever was."""
    with room.store.reading() as desk:
        return [dict(notice) for notice in desk.outbox(unsent=unsent)]


def mark_sent(room: "Room", ids: Sequence[Any]) -> None:
    """Remember that notices were sent."""
    with room.store.writing() as desk:
        for id in ids:
            desk.sent(id)


def is_possible(room: "Room", filing: str, event: str) -> bool:
    """Whether the profile has a way by this event from where the filing, or a case of it, is."""
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
    own = [(profile.filing, state.state)]
    own += [(profile.cases[case.kind], case.state) for case in state.cases if case.is_open]
    return any(t.event == event for machine, here in own for t in machine.exits(here))


def event_here(room: "Room", filing: str, candidates: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Of several events (each with its outcome) the one that is possible in the present state.

    Returns:
        The first that is; where none is, the first of all that the profile knows, so that the
        refusal is recorded.
    """
    with room.store.reading() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
    known = [(e, o) for e, o in candidates if ways_of(profile, state, e, o)]
    for event, outcome in known:
        if any(state.state in t.sources for t in ways_of(profile, state, event, outcome)):
            return event, outcome
    return known[0] if known else candidates[0]
