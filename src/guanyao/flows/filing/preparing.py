"""What is to be prepared when a guard stands against an act: one rule for each thing."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from guanyao.filing.act import OBJECTION, RECTIFICATION
from guanyao.filing.evidence_kinds import KINDS
from guanyao.filing.form import Form
from guanyao.filing.guards import Check
from guanyao.filing.materials import Materials
from guanyao.filing.profile import Words
from guanyao.filing.proposal import Proposal
from guanyao.flows.filing.commands import line
from guanyao.flows.filing.options import Option
from guanyao.flows.filing.people import SIGNATORY
from guanyao.flows.filing.step import MOST, Step

if TYPE_CHECKING:
    from guanyao.flows.filing.next import Guide

READY = ("met", "not_applicable")
"""Clauses that the evidence answers by itself; a person takes what is proposed."""
ATTEST = re.compile(r"guanyao filing attest .*--topic (\S+)")
AGAIN = ("draft anew", "重新起草")
REPORT = "assessment_report"
"""It tells of the decisions, so that none rests on it before they are made."""
CARD = "model_mechanism"
"""The document that is written from the model's card."""


# Before there is a dossier


def _scope(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    if guide.stand.described is None:
        return guide.prepare(
            option,
            Words("describe the service: fill in service.yaml", "填写 service.yaml，说明服务情况"),
            why=[Words("whether it must be filed follows from it", "据此判断是否需要备案")],
            commands=[guide.words(option, "service put service.yaml")],
        )
    outcomes = dict.fromkeys(
        t.outcome for t in guide.profile.filing.exits(guide.state.state) if t.event == "decide"
    )
    ways = [guide.words(option, f'scope {outcome} --reason "…"') for outcome in outcomes]
    return guide.prepare(
        option,
        Words(
            "decide whether this service must be filed: look first, then one of the two",
            "判断该服务是否需要备案：先查看，再择一办理",
        ),
        why=[check.why for check in wrong],
        commands=[line("scope", filing=guide.name), *ways],
    )


def _answers(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    said = guide.stand.record("answers") or {"answers": {}}
    still = Form.shipped().open(said["answers"], guide.stand.service.facts)
    if not still:
        return None
    commands = [guide.words(option, "form put answers.yaml")]
    if said["answers"]:
        commands.insert(0, line("form template -o more.yaml", filing=guide.name))
        commands[1] = guide.words(option, "form put more.yaml")
    return guide.prepare(
        option,
        Words(
            f"answer {len(still)} questions of the form: fill in answers.yaml",
            f"填写申报表：还有 {len(still)} 个问题（answers.yaml）",
        ),
        why=[Words(f"{q.id}: {q.en}", f"{q.id}：{q.zh}") for q in still],
        commands=commands,
    )


def _first_run(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    """Without a record of a run there is nothing to speak of."""
    if guide.stand.measured.model or guide.stand.service.facts.get("learns_from_data") is False:
        return None
    return guide.prepare(
        option,
        Words("measure the model, and hand the record in", "训练并评估模型，提交记录"),
        why=[Words("no record of a run is among the evidence", "尚无训练与评估记录")],
        commands=[
            "guanyao run SOURCE -o out --target COLUMN",
            guide.words(option, "evidence add out"),
        ],
    )


# Clauses


def _open_clauses(guide: "Guide", wrong: Sequence[Check]) -> list[Proposal]:
    """What the evidence says to the clauses that are not decided soundly."""
    names = {name for check in wrong for name in check.items}
    return [p for p in guide.stand.proposals if f"{p.pack}/{p.clause.id}" in names]


def _take(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    ready = [p for p in _open_clauses(guide, wrong) if p.status in READY]
    if not ready:
        return None
    return guide.prepare(
        option,
        Words(
            f"take over {len(ready)} results that follow from evidence and facts",
            f"采纳 {len(ready)} 条可由证据和事实得出的结论",
        ),
        why=[Words("look at them first; it is you who decides", "请先核对，由您作出认定")],
        commands=[
            line("clause list --only met --only not_applicable", filing=guide.name),
            guide.words(option, "clause take"),
        ],
    )


def _policies(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    """Documents that clauses ask for and that the dossier has a draft of."""
    asked = {
        kind for p in _open_clauses(guide, wrong) if p.todos for kind in p.clause.evidence_kinds
    }
    topics = {kind.partition(".")[2] for kind in asked if kind.startswith("document.")}
    there = {item.kind.partition(".")[2] for item in guide.stand.evidence}
    slots = Materials.shipped().of(guide.profile.name)
    names = [
        slot.slot
        for slot in slots
        if slot.slot in topics - there and slot.document and slot.slot != REPORT
    ]
    records = guide.stand.records("material")
    whole = [name for name in names if not records.get(name, {}).get("unfilled")]
    return _filled(guide, option, whole) or _outdated_proof(guide, option)


def _outdated_proof(guide: "Guide", option: Option) -> Step | None:
    """Drafts that clauses rest on are brought up to date, and read, before anybody decides.

    Drafted anew afterwards they would be other evidence, and every decision on them stale.
    """
    kinds = {kind for p in guide.stand.proposals for kind in p.clause.evidence_kinds}
    names = [
        name
        for name, record in guide.stand.records("material").items()
        if record.get("source") == "draft"
        and f"document.{name}" in kinds
        and name != REPORT
        and not record.get("unfilled")
        and (name in guide.old or not record.get("confirmed_by"))
    ]
    return _filled(guide, option, names)


def _evidence(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    lacking = [p for p in _open_clauses(guide, wrong) if p.todos]
    todos = {todo.what: todo for p in lacking for todo in p.todos}
    if not todos:
        return None
    commands = dict.fromkeys(
        _attaching(guide, option, todo.command)
        for todo in todos.values()
        if todo.command.startswith("guanyao ")
    )
    last = [
        line("gaps --only missing", filing=guide.name),
        guide.words(option, "evidence add FILE_OR_DIR"),
        *_judging(guide, option),
    ]
    return guide.prepare(
        option,
        Words(
            f"bring evidence for {len(lacking)} clauses, or decide them with a reason",
            f"为 {len(lacking)} 个条款补充证据，或说明理由后认定",
        ),
        why=[Words(what, what) for what in todos],
        commands=[*list(commands)[: MOST - len(last)], *last],
    )


def _attaching(guide: "Guide", option: Option, command: str) -> str:
    """A document is attached in the room; there is no need to write evidence of it beside."""
    found = ATTEST.match(command)
    return guide.words(option, f"attach {found[1]} FILE") if found else command


def _judging(guide: "Guide", option: Option) -> list[str]:
    return [
        line("clause worksheet -o clauses.xlsx", filing=guide.name),
        guide.words(option, "clause read clauses.xlsx"),
    ]


def _clauses(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    names = [name for check in wrong for name in check.items]
    if not names:
        return None
    return guide.prepare(
        option,
        Words(f"decide {len(names)} clauses yourself", f"人工认定 {len(names)} 个条款"),
        why=[Words(name, name) for name in names],
        commands=_judging(guide, option),
    )


# Documents


def _materials(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    names = [name for check in wrong for name in check.items]
    return _filled(guide, option, names)


def _filled(guide: "Guide", option: Option, names: Sequence[str]) -> Step | None:
    """Slots to draft, then to fill in or to confirm, then to attach."""
    slots = {slot.slot: slot for slot in Materials.shipped().of(guide.profile.name)}
    records = guide.stand.records("material")
    own = [name for name in names if name in slots and slots[name].document]
    drafts = [name for name in own if name not in records]
    if CARD in {*drafts, *unfilled_in(records)} and guide.stand.record("card") is None:
        return guide.prepare(
            option,
            Words("hand in the model's card", "提交模型说明卡"),
            why=[Words("the document on the model is written from it", "据此起草模型机制说明")],
            commands=[guide.words(option, "card MODEL.gy")],
        )
    if drafts:
        return _slots_step(guide, option, drafts, ("draft", "起草"), "draft " + " ".join(drafts))
    if old := [name for name in guide.old if name in names]:
        return _slots_step(guide, option, old, AGAIN, "draft " + " ".join(old))
    waiting = [name for name in names if name in records and not records[name].get("confirmed_by")]
    unfilled = [name for name in waiting if records[name].get("unfilled")]
    if unfilled:
        return _unfilled(guide, option, unfilled)
    if waiting:
        first = line("save -o drafts", filing=guide.name)
        words = "confirm " + " ".join(waiting)
        found = _slots_step(guide, option, waiting, ("read and confirm", "核对并确认"), words)
        return found and replace(found, commands=(first, *found.commands))
    rest = [f"attach {name} FILE" for name in names]
    return _slots_step(guide, option, names, ("attach", "上传"), *rest)


def _unfilled(guide: "Guide", option: Option, names: Sequence[str]) -> Step:
    """A place that stays open: the form is answered by now, so evidence was not there."""
    records = guide.stand.records("material")
    places = dict.fromkeys(place for name in names for place in records[name]["unfilled"])
    return guide.prepare(
        option,
        Words(
            f"fill in what is open in {len(names)} documents, and draft them anew",
            f"补全 {len(names)} 份材料中的空缺后重新起草",
        ),
        why=[Words(place, place) for place in places],
        commands=[
            *_producing(places)[: MOST - 2],
            guide.words(option, "evidence add FILE_OR_DIR"),
            guide.words(option, "draft"),
        ],
    )


def unfilled_in(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The slots whose document has a place that is still open."""
    return [name for name, record in records.items() if record.get("unfilled")]


def _producing(places: Iterable[str]) -> list[str]:
    """The commands that produce the evidence whose place in a document is open."""
    return [
        kind.command
        for place in places
        for kind in KINDS.values()
        if place.startswith(kind.title["zh"]) and kind.command.startswith("guanyao ")
    ]


def _slots_step(
    guide: "Guide", option: Option, names: Sequence[str], verb: tuple[str, str], *words: str
) -> Step | None:
    if not names:
        return None
    one = len(names) == 1
    titles = {slot.slot: slot.title["zh"] for slot in Materials.shipped().slots}
    return guide.prepare(
        option,
        Words(
            f"{verb[0]} {len(names)} document{'' if one else 's'} of the dossier",
            f"{verb[1]} {len(names)} 份材料",
        ),
        why=[Words(name, f"{titles.get(name, '')} {name}".strip()) for name in names],
        commands=[guide.words(option, text) for text in words],
    )


def old_drafts(guide: "Guide", option: Option) -> Step | None:
    """Before a version of the dossier is made: drafts that would read otherwise today."""
    return _slots_step(guide, option, guide.old, AGAIN, "draft")


# Figures


def _plans(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    names = dict.fromkeys(name.split()[0] for check in wrong for name in check.items)
    commands = [
        f"clause decide {name.replace('/', ' ')} 不符合 --plan TEXT --due DAY" for name in names
    ]
    return guide.prepare(
        option,
        Words(
            "meet the thresholds, or plan how they will be met", "达到阈值，或附有期限的整改计划"
        ),
        why=[check.why for check in wrong],
        commands=[*guide.reopening(), *(guide.words(option, text) for text in commands[:2])],
    )


def _fresh(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    return guide.prepare(
        option,
        Words("measure anew what is too old or of another model", "重新测评过期或模型不一致的证据"),
        why=[check.why for check in wrong],
        commands=[*guide.reopening(), guide.words(option, "evidence add FILE_OR_DIR")],
    )


def _labels(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    return guide.prepare(
        option,
        Words("test the labels of what the service puts out", "自测输出内容的标识"),
        why=[check.why for check in wrong],
        commands=[
            line("evidence form label_check -o label-check.json", filing=guide.name),
            line("evidence add label-check.json", person="PERSON", filing=guide.name),
        ],
        side="provider",
    )


def _signatures(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    """A version that is about to be handed in again is signed before."""
    missing = {kind for check in wrong for kind in check.items}
    signers = [p for p in guide.look.people if not missing or p["kind"] in missing]
    people = tuple((str(p["person"]), SIGNATORY) for p in signers if SIGNATORY in p["roles"])
    step = guide.prepare(
        option,
        Words("have the next version of the dossier signed", "由签字人签署新一版卷宗"),
        why=[check.why for check in wrong],
        commands=[
            line(f"sign --key {person}.pem", person=person, filing=guide.name)
            for person, _ in people
        ],
    )
    return replace(step, people=people, roles=(SIGNATORY,)) if people else None


# Cases, hearings and clocks


def _objections(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    still = guide.state.open_cases(OBJECTION)
    if still:
        return guide.case_step(still[0])
    for t in guide.profile.filing.exits(guide.state.state):
        if t.event == option.way.event and t.outcome != option.way.outcome:
            other = guide.look.option(guide.profile.filing, None, t)
            if "G12" not in {check.name for check in other.against}:
                return guide.lead(guide.profile.filing, None, t)
    return None


def _proof(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    still = guide.state.open_cases(RECTIFICATION)
    return guide.case_step(still[-1], ("ACCEPTED",)) if still else None


def _hearing(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    text = f'hearing offer --about {option.way.event} --text "…"'
    title = option.way.title
    return guide.prepare(
        option,
        Words(
            f"offer the provider to be heard; then: {title.en}", f"告知陈述申辩权利后：{title.zh}"
        ),
        why=[check.why for check in wrong],
        commands=[guide.words(option, text), guide.command(option)],
    )


def _waiting(guide: "Guide", option: Option, wrong: Sequence[Check]) -> Step | None:
    return guide.wait(option, wrong)


Rule: TypeAlias = "Callable[[Guide, Option, Sequence[Check]], Step | None]"
RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("G1",), _scope),
    (("G12",), _objections),
    (("G15",), _proof),
    (("G11", "clock"), _waiting),
    (("G16",), _hearing),
    (("G2",), _answers),
    (("G3", "G5"), _first_run),
    (("G3",), _take),
    (("G3",), _policies),
    (("G3",), _evidence),
    (("G3",), _clauses),
    (("G2",), _materials),
    (("G6",), _signatures),
    (("G4",), _plans),
    (("G5",), _fresh),
    (("G8",), _labels),
)
"""Which guards, and what to prepare when one of them stands against an act; in this order."""
