"""The letters of the filing body: one for each act that is told in writing, by its record."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from guanyao.errors import DataError
from guanyao.filing.calendar_day import day_of
from guanyao.filing.deadlines import Deadline
from guanyao.filing.document import (
    Block,
    Bullets,
    Document,
    Fields,
    Heading,
    Signatures,
    Text,
    missing,
)
from guanyao.filing.documents import told
from guanyao.filing.documents.acts_table import event_title, state_title
from guanyao.filing.documents.figures import figure
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.filing_state import Case


@dataclass(frozen=True)
class Letter:
    """One kind of letter.

    Args:
        title: What stands above it.
        opening: The first paragraph; `{service}` and `{number}` are put in.
        what_next: What the provider is to do, or may do.
        to: Whom it is addressed to; "": the provider.
        by: Whose signature or seal stands below.
    """

    title: str
    opening: str
    what_next: str = ""
    to: str = ""
    by: str = "办理机构（盖章）"


OBJECTOR = "异议人"

LETTERS: dict[str, Letter] = {
    "comments": Letter(
        "退回修改意见", "“{service}”的材料经内部审签退回修改，意见如下。", by="签字人"
    ),
    "receipt": Letter("材料接收回执", "你单位提交的“{service}”备案材料已收到。"),
    "acceptance_notice": Letter(
        "受理通知书", "你单位提交的“{service}”备案材料齐全、符合形式要求，现予受理。"
    ),
    "correction_list": Letter(
        "补正材料通知书",
        "经核对，你单位提交的“{service}”备案材料需要补正，现一次性告知全部内容。",
        "请在规定期限内补正并重新提交；逾期未补正的，视为撤回。",
    ),
    "refusal_notice": Letter("不予受理通知书", "你单位提交的“{service}”备案申请不予受理。"),
    "lapse_notice": Letter("期满失效通知书", "“{service}”的办理事项因期限届满而失效。"),
    "question_list": Letter(
        "补充材料通知书",
        "审核“{service}”备案材料时，需要你单位补充说明下列事项。",
        "请在规定期限内书面答复；答复期间审核期限中止。",
    ),
    "transfer_sheet": Letter("转送函", "“{service}”备案材料已完成省级审核，现予转送。"),
    "decision": Letter("决定书", "关于“{service}”的备案事项，经审核作出如下决定。"),
    "redacted_notice": Letter("公示通知书", "“{service}”经审核通过，现予公示。"),
    "certificate": Letter(
        "备案通知书",
        "“{service}”已予备案，备案编号：{number}。",
        "请在服务的显著位置公示服务名称与备案编号。备案不构成对服务内容的认可，不得以此作宣传推介。",
    ),
    "hold_notice": Letter("暂缓办结通知书", "“{service}”公示期内收到异议，异议办结前暂缓办理。"),
    "objection_receipt": Letter(
        "异议接收回执", "对“{service}”公示内容提出的异议已收到。", to=OBJECTOR
    ),
    "objection_decision": Letter(
        "异议处理决定书", "关于对“{service}”公示内容的异议，作出如下处理决定。"
    ),
    "objection_answer": Letter(
        "异议答复书", "关于对“{service}”公示内容提出的异议，答复如下。", to=OBJECTOR
    ),
    "rectification_order": Letter(
        "责令整改通知书",
        "“{service}”存在下列问题，责令你单位限期整改。",
        "请在规定期限内完成整改并提交证明材料。",
    ),
    "second_test": Letter("整改核验通知书", "关于“{service}”的整改情况，经核验作出如下认定。"),
    "suspension_order": Letter(
        "暂停服务决定书", "决定暂停“{service}”。", "请立即停止对外提供服务，并在服务页面公告。"
    ),
    "lifting_order": Letter("解除暂停决定书", "决定解除对“{service}”的暂停。"),
    "revocation_order": Letter(
        "撤销备案决定书", "决定撤销“{service}”的备案，备案编号 {number} 不再有效。"
    ),
    "closing_plan": Letter("注销通知书", "“{service}”的备案已予注销。"),
    "withdrawal": Letter("撤回确认书", "“{service}”的备案申请已撤回。"),
    "appeal_decision": Letter("复议决定书", "关于对“{service}”备案决定的复议申请，作出如下决定。"),
    "inspection_report": Letter(
        "监督检查结果通知书", "对“{service}”的监督检查已经结束，结果如下。"
    ),
    "test_log": Letter("服务测试记录", "对“{service}”进行了服务测试，记录如下。"),
    "fetch_record": Letter("公示页面核查记录", "对“{service}”的公示页面进行了核查，记录如下。"),
    "draw_record": Letter("监督检查立案记录", "决定对“{service}”进行监督检查，记录如下。"),
}
"""Document of a profile -> its letter."""
APPEAL = "appeal"
"""The clock of a profile that says within which time a decision may be appealed."""
FINDING_LIST = {"finding_list", "inspection_report", "suspension_order"}
"""Documents that list what an inspection found."""
UNITS = {"wd": "个工作日", "d": "日", "months": "个月"}
OTHER = Letter("办理通知书", "关于“{service}”的办理事项，通知如下。")
LISTED = {
    "items": "事项",
    "gaps": "需要补正的事项",
    "questions": "需要说明的事项",
    "findings": "发现的问题",
    "result": "结果",
    "cause": "起因",
    "draw": "抽取编号",
    "number": "备案编号",
    "measured_digest": "在用模型摘要",
    "conditions": "条件",
    "remedy": "救济途径",
    "proof": "证明材料",
    "attachments": "所附文件的 SHA-256",
}
"""What a payload may hold -> what it is called; nothing else of it is told."""


def write(dossier: Dossier) -> Document:
    """The letter of the newest act that is told in writing."""
    done = [a for a in dossier.acts if a.get("done") and not a.get("is_vote")]
    told_in_writing = [a for a in done if set(a.get("documents") or ()) & set(LETTERS)]
    if told_in_writing:
        return letter(dossier, told_in_writing[-1])
    return Document(
        name="办理通知书",
        title=OTHER.title,
        subtitle=told.service_name(dossier),
        blocks=(Text(missing("办理事项（尚无须书面告知的事项）")),),
    )


def letter(dossier: Dossier, act: Record) -> Document:
    """The letter that tells of one act.

    Args:
        dossier: The filing.
        act: The act's record, as the store keeps it.
    """
    kind = kind_of(act)
    number = number_at(dossier, act)
    words = {
        "service": told.service_name(dossier),
        "number": number or missing("备案编号"),
    }
    return Document(
        name=kind.title,
        title=kind.title,
        subtitle=f"{told.service_name(dossier)} · 第 {act.get('n', '')} 号办理事项",
        blocks=(
            Text(f"{kind.to or told.provider(dossier)}："),
            Text(kind.opening.format(**words)),
            Fields(tuple(_fields(dossier, act))),
            *listed(act),
            *_found(dossier, act),
            *_proved(dossier, act),
            *_reason(act),
            *_answer(dossier, act),
            *_next(dossier, act, kind),
            Text(told.moment(act.get("at"))[:10]),
            Signatures((kind.by,)),
        ),
    )


def kind_of(act: Record) -> Letter:
    """The letter that an act's documents ask for."""
    named = (LETTERS[name] for name in act.get("documents") or () if name in LETTERS)
    return next(named, OTHER)


def _fields(dossier: Dossier, act: Record) -> Iterator[tuple[str, str]]:
    yield "办理事项", event_title(dossier, act)
    yield "办理结果", state_title(dossier, act, str(act.get("after", "")))
    if number := number_at(dossier, act):
        yield "备案编号", number
    case = case_of(dossier, act)
    if case is not None:
        yield "案件", case.id
        if receipt := dossier.cases.get(case.id, {}).get("receipt"):
            yield "回执编号", str(receipt)
    for deadline in dossier.filing.deadlines:
        is_mine = deadline.case == str(act.get("case") or "") and _began_with(deadline, act)
        if deadline.standing == "running" and is_mine:
            title = _clock_title(dossier, deadline.clock)
            provisional = "" if deadline.is_official else "（日历尚未正式公布，日期暂定）"
            yield title, f"{deadline.due.isoformat()} 二十四时前{provisional}"


def number_at(dossier: Dossier, act: Record) -> str:
    """The filing's number when an act was done; "": it had none yet."""
    given = ""
    for one in dossier.acts:
        payload: Mapping[str, Any] = one.get("payload") or {}
        is_over = (one.get("n") or 0) > (act.get("n") or 0)
        if is_over:
            break
        if one.get("done") and not one.get("is_vote") and payload.get("number"):
            given = str(payload["number"])
    return str((act.get("payload") or {}).get("number") or given)


def case_of(dossier: Dossier, act: Record) -> Case | None:
    """The case that an act is about, or that it opened."""
    own = [str(act.get("case") or ""), *map(str, act.get("opened") or ())]
    return next((case for case in map(dossier.filing.case, own) if isinstance(case, Case)), None)


def _began_with(deadline: Deadline, act: Record) -> bool:
    """Whether a clock began on the day of an act: one that runs now need not be of an old act."""
    try:
        return deadline.start == day_of(datetime.fromisoformat(str(act.get("at"))))
    except (ValueError, DataError):
        return False


def _clock_title(dossier: Dossier, clock: str) -> str:
    for machine in (dossier.profile.filing, *dossier.profile.cases.values()):
        if clock in machine.clocks:
            return f"期限：{machine.clocks[clock].title.zh}"
    return "期限"


def listed(act: Record) -> Iterator[Block]:
    """What is said with an act, as far as it may be told."""
    payload: Mapping[str, Any] = act.get("payload") or {}
    for name, title in LISTED.items():
        value = payload.get(name)
        if isinstance(value, list | tuple) and value:
            yield Heading(level=2, text=title)
            yield Bullets(tuple(map(_item, value)), numbered=True)
        elif isinstance(value, str | int | float) and value != "" and name != "number":
            yield Text(f"{title}：{figure(value)}")


def _found(dossier: Dossier, act: Record) -> Iterator[Block]:
    """What the inspections had found that this act follows from."""
    closed = {str(case) for case in act.get("closed") or ()} | {str(act.get("case") or "")}
    told_by = FINDING_LIST & set(act.get("documents") or ())
    for record in dossier.inspections if told_by else ():
        measured = record.get("measured")
        if str(record.get("case")) in closed and isinstance(measured, Mapping):
            items = tuple(_item(finding) for finding in measured.get("findings", ()))
            yield Heading(level=2, text=f"检查发现（{record['case']}）")
            yield Bullets(items, numbered=True)


def _proved(dossier: Dossier, act: Record) -> Iterator[Block]:
    """The proof of a rectification that was handed in before it was verified."""
    if "rectification_proof" not in (act.get("documents") or ()):
        return
    before = [a for a in dossier.acts if a.get("event") == "submit_proof" and a.get("done")]
    mine = [a for a in before if (a.get("n") or 0) < (act.get("n") or 0)]
    for one in mine[-1:]:
        yield Text(f"{LISTED['proof']}：{figure((one.get('payload') or {}).get('proof'))}")


def _answer(dossier: Dossier, act: Record) -> Iterator[Block]:
    """The letter to an objector, which stands with the case's papers only."""
    if "objection_answer" not in (act.get("documents") or ()):
        return
    said = dossier.cases.get(str(act.get("case") or ""), {}).get("answer")
    text = said.get("text") if isinstance(said, Mapping) else said
    if isinstance(text, str) and text.strip() != str(act.get("reason") or "").strip():
        yield Heading(level=2, text="答复")
        yield Text(text)


def _item(value: object) -> str:
    """A listed thing in words."""
    if isinstance(value, Mapping):
        parts = (value.get(key) for key in ("zh", "text", "title", "what", "name"))
        found = next((str(part) for part in parts if part), "")
        plain = {k: v for k, v in value.items() if isinstance(v, str | int | float)}
        return found or "；".join(f"{k}：{figure(v)}" for k, v in plain.items())
    return str(value)


def _reason(act: Record) -> Iterator[Block]:
    reason = str(act.get("reason") or "").strip()
    if reason:
        yield Heading(level=2, text="理由")
        yield Text(reason)


def _next(dossier: Dossier, act: Record, kind: Letter) -> Iterator[Block]:
    """What the provider is to do, and whether a decision may be appealed, by the profile."""
    if kind.what_next:
        yield Text(kind.what_next)
    appeal = dossier.profile.filing.clocks.get(APPEAL)
    if appeal and appeal.length is not None and act.get("after") in appeal.runs_in:
        yield Text(f"不服本决定的，可自收到之日起 {appeal.length} {UNITS[appeal.unit]}内申请复议。")
