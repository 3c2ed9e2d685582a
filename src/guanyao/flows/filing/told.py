"""What came of an act, as one record for programs and as lines for people."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from guanyao.filing.profile import Profile
from guanyao.flows.filing.act import check_record
from guanyao.flows.filing.look import last_act
from guanyao.flows.filing.people import state_at

if TYPE_CHECKING:
    from guanyao.filing.deadlines import DeadlineChange
    from guanyao.filing.filing_state import FilingState
    from guanyao.filing.outcome import Outcome
    from guanyao.flows.filing.room import Room

WORDS = {
    "refused": ("refused", "未办理"),
    "recorded": ("recorded as line", "已记入审计链第"),
    "stays": ("it stays in", "状态不变"),
    "vote": ("recorded; others must act, too", "已记录，尚需其他人办理"),
    "deadline": ("deadline", "期限"),
    "provisional": ("provisional, by days that are not official yet", "暂定，日历尚未正式公布"),
    "write": ("documents", "文书"),
    "send": ("notices", "通知"),
    "opened": ("opened", "立案"),
    "closed": ("closed", "结案"),
    "late": ("late", "逾期"),
    "number": ("number", "备案编号"),
    "next": ("next", "下一步"),
    "by": ("by", "由"),
}
"""Word -> English, Chinese."""


CHANGES = {
    "created": "开始",
    "paused": "中止",
    "resumed": "恢复",
    "ended": "结束",
    "restarted": "重新开始",
    "extended": "延长",
    "recounted": "重新计算",
}
"""What became of a deadline, in Chinese."""


def word(name: str, lang: str) -> str:
    """A word of what is told."""
    return WORDS[name][lang == "zh"]


def record_of(room: "Room", filing: str, outcome: "Outcome") -> dict[str, Any]:
    """What came of an act that was just recorded.

    Returns:
        `done`, `is_vote`, `event`, `outcome`, `case`, `before` and `after` (names with titles),
        `checks` (all), `failed`, `deadlines`, `documents`, `notices`, `opened`, `closed`, `late`,
        `number`, `code`, `line` (of the audit chain) and `next` (as `filing_next` says; None for a
        refusal).
    """
    from guanyao.flows.filing.next import next_step

    with room.store.reading() as desk:
        state = state_at(desk, filing)
        profile = room.profile(desk, state.profile_digest)
    recorded = last_act(room, filing) or {}
    return {
        "filing": filing,
        "event": outcome.event,
        "outcome": outcome.outcome,
        "done": outcome.done,
        "is_vote": outcome.is_vote,
        "case": outcome.case,
        "before": titled(profile, outcome, outcome.before),
        "after": titled(profile, outcome, outcome.after),
        "checks": [check_record(check) for check in outcome.checks],
        "failed": [check_record(check) for check in outcome.failed],
        "deadlines": [_change(profile, outcome.filing, c) for c in outcome.deadlines],
        "documents": list(outcome.documents),
        "notices": [{"kind": n.kind, "to": n.to, "case": n.case} for n in outcome.notices],
        "opened": list(outcome.opened),
        "closed": list(outcome.closed),
        "late": list(outcome.late),
        "number": str((recorded.get("payload") or {}).get("number", "")) if outcome.done else "",
        "code": outcome.code,
        "line": recorded.get("line"),
        "next": next_step(room, filing) if outcome.done else None,
    }


def _change(profile: Profile, state: "FilingState", change: "DeadlineChange") -> dict[str, Any]:
    deadline = change.deadline
    case = state.case(deadline.case)
    title = profile.machine(case.kind if case else "").clocks[deadline.clock].title
    named = {"what": change.act, "title": {"en": title.en, "zh": title.zh}}
    return {**named, **deadline.to_json()}


def titled(profile: Profile, outcome: "Outcome", name: str) -> dict[str, str]:
    """A state with what people call it; of a case, if the act was about one."""
    case = outcome.filing.case(outcome.case)
    own = profile.cases.get(case.kind) if case else None
    for machine in filter(None, (own, profile.filing)):
        if name in machine.states:
            title = machine.states[name].title
            return {"name": name, "en": title.en, "zh": title.zh}
    return {"name": name, "en": "not opened", "zh": "未立项"} if not name else {"name": name}


def lines(told: Mapping[str, Any], lang: str = "en") -> Iterator[str]:
    """What `record_of` gave, in words."""
    if not told["done"]:
        yield from _refused(told, lang)
        return
    yield from _moved(told, lang)
    for deadline in told["deadlines"]:
        yield _deadline(deadline, lang)
    for name, key in (("opened", "opened"), ("closed", "closed"), ("late", "late")):
        if told[key]:
            yield f"{word(name, lang)}: {', '.join(told[key])}"
    if told["documents"]:
        yield f"{word('write', lang)}: {', '.join(told['documents'])}"
    if told["notices"]:
        sent = ", ".join(f"{n['kind']} -> {n['to']}" for n in told["notices"])
        yield f"{word('send', lang)}: {sent}"
    if told["next"]:
        yield from next_lines(told["next"], lang)


def _refused(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    name = told["event"] + (f" {told['outcome']}" if told["outcome"] else "")
    yield f"{name}: {word('refused', lang)}; {word('stays', lang)} {_state(told['before'], lang)}"
    for check in told["failed"]:
        yield f"  {check['name']}: {check[lang]}"
    if told["line"] is not None:
        yield f"{word('recorded', lang)} {told['line']}"


def _moved(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    whose = told["case"] or told["filing"]
    if told["is_vote"]:
        yield f"{whose}: {word('vote', lang)}"
    elif told["before"] == told["after"]:
        yield f"{whose}: {_state(told['after'], lang)}"
    else:
        yield f"{whose}: {_state(told['before'], lang)} -> {_state(told['after'], lang)}"
    if told["number"] and not told["is_vote"]:
        yield f"{word('number', lang)}: {told['number']}"


def _state(state: Mapping[str, str], lang: str) -> str:
    title = state.get(lang)
    return f"{state['name']} ({title})" if state["name"] and title else title or state["name"]


def _deadline(deadline: Mapping[str, Any], lang: str) -> str:
    own = f" {deadline['case']}" if deadline["case"] else ""
    came = CHANGES[deadline["what"]] if lang == "zh" else deadline["what"]
    what = f"{word('deadline', lang)} {deadline['title'][lang]}{own} {came}"
    if deadline["standing"] == "ended":
        return what
    open_end = f" ({word('provisional', lang)})" if deadline["status"] == "provisional" else ""
    return f"{what}: {deadline['due']}{open_end}"


def next_lines(step: Mapping[str, Any], lang: str = "en") -> Iterator[str]:
    """What `filing_next.next_step` gave, in words."""
    yield f"{word('next', lang)}: {step['what'][lang]}"
    for why in step["why"]:
        yield f"  {why[lang]}"
    if step["n_more"]:
        yield f"  … +{step['n_more']}"
    if step["who"]:
        yield f"  {word('by', lang)} {', '.join(step['who'])}"
    for command in step["commands"]:
        yield f"  {command}"
