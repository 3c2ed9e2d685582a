"""Every document, written from a dossier in which all is known and from one in which nothing is."""

import json
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from typing import Any

import pytest

from guanyao.attacks import ATTACKS
from guanyao.errors import UnknownNameError
from guanyao.filing.deadlines import Deadline
from guanyao.filing.document import Document, Picture, Workbook
from guanyao.filing.documents import DOCUMENTS, figures, write
from guanyao.filing.documents.clause_line import clause_lines, not_applicable
from guanyao.filing.documents.decision_letter import LETTERS
from guanyao.filing.documents.decision_letter import letter as decision_letter
from guanyao.filing.documents.public_notice import PUBLIC
from guanyao.filing.dossier import Dossier
from guanyao.filing.evidence_kinds import KINDS
from guanyao.filing.filing_state import Case
from guanyao.filing.form import Form
from guanyao.filing.pack_file import all_packs
from guanyao.metrics import IMAGE_METRICS, METRICS
from tests.filing import made_dossier as made
from tests.filing.cast import profile
from tests.filing.made_evidence import MODEL, sample

PROFILES = ("notice7", "cn-genai-filing", "cn-genai-registration", "cn-algorithm-filing")
HIDDEN = "绝不外传的来源"


@cache
def text_of(name: str) -> str:
    return said(name, made.full())


def said(name: str, dossier: Dossier) -> str:
    return "\n".join(write(name, dossier).texts())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_left_open_when_all_is_known(name: str) -> None:
    written = write(name, made.full())
    assert isinstance(written, Workbook if "xlsx" in _formats(name) else Document)
    assert written.unfilled() == []
    assert len("".join(written.texts())) > 60
    assert "None" not in "\n".join(written.texts())
    assert "草案" not in "\n".join(written.texts())


def _formats(name: str) -> tuple[str, ...]:
    return ("xlsx",) if name in ("clause_matrix", "keywords", "questions") else ("docx", "pdf")


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("kind", PROFILES)
def test_what_is_not_known_is_asked_for(name: str, kind: str) -> None:
    written = write(name, made.empty(kind))
    if name == "objection_digest":
        assert "未收到异议" in "\n".join(written.texts())
    else:
        assert written.unfilled()


def test_a_question_that_a_document_needs_is_asked_in_it() -> None:
    """What is always required is named by each document that the form says needs it."""
    for question in Form.shipped().questions:
        if not question.required:
            continue
        for name in question.documents:
            without = {k: v for k, v in made.answers().items() if k != question.id}
            dossiers = (made.full(), annotated(), registered())
            open_ = [w for d in dossiers for w in asked(name, d, without)]
            assert question.zh in open_, (question.id, name)


def asked(name: str, dossier: Dossier, answers: dict[str, str]) -> list[str]:
    return write(name, replace(dossier, answers=answers)).unfilled()


def annotated() -> Dossier:
    """A service of which everything holds that asks for more answers."""
    facts = {
        **{"minors": True, "takes_input": True, "trains_on_user_input": True, "paid": True},
        **{"shares_personal_data": True, "sends_abroad": True, "people_annotate": True},
        **{"label_free_delivery": True, "base_model": "third_party"},
    }
    return replace(made.full(), service=made.service(**facts))


def registered() -> Dossier:
    return replace(annotated(), profile=profile("cn-genai-registration"))


def test_an_answer_that_only_some_services_owe_is_asked_where_they_do() -> None:
    for question in Form.shipped().questions:
        if question.required_when is None or question.id in ("icp_number", "mlps_number"):
            continue
        for name in question.documents:
            without = {k: v for k, v in made.answers().items() if k != question.id}
            open_ = [w for d in (annotated(), registered()) for w in asked(name, d, without)]
            assert question.zh in open_, (question.id, name)


def test_every_clause_stands_in_the_report_and_in_the_matrix() -> None:
    report, matrix = text_of("assessment_report"), text_of("clause_matrix")
    packs = made.full().packs
    assert sum(len(pack.clauses) for pack in packs) > 120
    for pack in packs:
        for clause in pack.clauses:
            assert clause.text["zh"] in report, (pack.id, clause.id)
            assert clause.text["zh"] in matrix
            assert clause.id in report


def test_every_pack_can_be_reported() -> None:
    packs = tuple(all_packs(None).values())
    report = said("assessment_report", replace(made.full(), packs=packs))
    assert all(c.text["zh"] in report for pack in packs for c in pack.clauses)


def test_the_report_begins_with_the_verdict() -> None:
    report = text_of("assessment_report")
    lines = clause_lines(made.full())
    n = sum(line.verdict == "符合" for line in lines)
    assert f"符合 {n} 条，不符合 1 条" in report
    order = [report.index(part) for part in ("评估结论与理由", "一、服务概况", "二、训练数据")]
    assert order == sorted(order)
    assert "审计链尚未锚定" in report
    assert made.PLAN.text in report


def test_figures_are_those_of_the_record() -> None:
    report = text_of("assessment_report")
    for score in made.run()["scores"]:
        assert figures.with_interval(score["value"], score["low"], score["high"]) in report
    assert "0.9931（95% 区间 0.9923 至 0.9938）" in report
    assert "0.52（95% 区间 0.49 至 0.55），要求 ≤ 0.6，达到" in report
    assert "训练记录数\n81290 条" in report
    assert "处理器 AMD EPYC，2 个处理器核，内存 25.3 GB" in text_of("application_form")
    assert f"模型文件摘要（SHA-256）\n{MODEL}" in text_of("application_form")


def test_evidence_stands_with_its_digest() -> None:
    report = text_of("assessment_report")
    run = next(e for e in made.full().evidence if e.kind == "run")
    assert f"训练与评估记录 {run.digest[:16]}" in report
    assert run.digest in text_of("inspection_pack")


def test_what_does_not_apply_says_why() -> None:
    why = not_applicable(made.full(), "bank.keyword")
    assert why.startswith("只生成表格")
    assert f"不适用：{why}" in text_of("keywords")
    assert f"不适用：{why}" in text_of("questions")
    assert f"不适用：{why}" in text_of("assessment_report")
    assert "不涉及" in text_of("annotation_rules")
    assert "不涉及：服务未使用第三方基础模型" in text_of("called_model")


def test_a_service_that_writes_text_needs_its_banks() -> None:
    talking = replace(made.full(), service=made.service(modality=["text"], free_text=True))
    results = {k: r for k, r in made.full().results.items() if r.result != "不适用"}
    talking = replace(talking, results=results)
    assert write("keywords", talking).unfilled() == ["关键词库", "拦截关键词库"]
    entry = {"id": "1", "text": "某词", "kind": "A.1.1", "first": "第一类", "second": "第二类"}
    bank = {"n_entries": 1, "kinds": {"A.1.1": 1}, "updated": "2026-11-20", "bank_digest": "c" * 64}
    asked = {**entry, "answer": "不便回答", "judgement": "refused"}
    filled = replace(
        talking,
        entries={
            "keyword": [entry],
            "generated": [entry],
            "refuse": [asked],
            "non_refuse": [entry],
        },
        banks=dict.fromkeys(("keyword", "generated", "refuse", "non_refuse"), bank),
        samples=[
            sample(95, 100, sample=n) for n in ("generated_manual", "corpus_manual", "refuse")
        ],
    )
    words, questions = write("keywords", filled), write("questions", filled)
    assert isinstance(words, Workbook)
    assert isinstance(questions, Workbook)
    assert words.sheets[0].columns == ("关键词", "一级分类", "二级分类")
    assert words.sheets[0].rows == (("某词", "第一类", "第二类"),)
    titles = ("序号", "测试题", "一级分类", "二级分类", "模型返回", "研判结果")
    assert questions.sheets[1].columns == titles
    assert questions.sheets[1].rows == ((1, "某词", "第一类", "第二类", "不便回答", "拒答"),)
    assert questions.sheets[0].rows[0][4:] == ("未抽测", "未抽测")
    assert words.unfilled() + questions.unfilled() == []
    assert "95" in said("assessment_report", filled)


def test_the_public_notice_holds_nothing_but_what_is_public() -> None:
    answers = {k: v if k in PUBLIC else HIDDEN for k, v in made.answers().items()}
    answers |= {"uscc": made.answers()["uscc"]}
    dossier = replace(made.full(), answers=answers)
    text = json.dumps(asdict(write("public_notice", dossier)), ensure_ascii=False)
    card, run = made.card(), made.run()
    hidden = [HIDDEN, MODEL[:12], "b" * 12, card["title_zh"], "trees", "penalty", answers["uscc"]]
    hidden += [run["hardware"]["model"], "81290", "2047", "47 列", *card["mechanism_zh"]]
    assert [word for word in hidden if word in text] == []
    for known in ("虚拟住院记录服务", "某某市第一医院", "表格数据", "0.9931", answers["purpose"]):
        assert known in text


def test_the_notice_tells_its_period() -> None:
    clock = Deadline(
        clock="notice",
        start=date(2026, 11, 23),
        length=7,
        unit="wd",
        due=date(2026, 12, 2),
        status="official",
        calendar="2026",
    )
    dossier = replace(made.full(), filing=made.filing(deadlines=(clock,)))
    assert "至 2026-12-02 二十四时止" in said("public_notice", dossier)
    provisional = replace(clock, status="provisional")
    dossier = replace(made.full(), filing=made.filing(deadlines=(provisional,)))
    assert "日期暂定" in said("public_notice", dossier)


def test_the_digest_of_objections_tells_nobody_who_objected() -> None:
    papers = {
        "kind": "ObjectionCase",
        "body": "我是王某某，电话 154 1234 5678，邮箱 someone@example.com，标识不清楚",
        "contact": {"name": "王某某", "phone": "15412345678"},
        "answer": {"text": "已答复，详询 010-12345678"},
    }
    case = Case(id="o-1", kind="ObjectionCase", state="ANSWERED", opened_by="王某某", is_open=False)
    dossier = replace(made.full(), filing=made.filing(cases=(case,)), cases={"o-1": papers})
    text = said("objection_digest", dossier)
    assert "标识不清楚" in text
    assert "已答复" in text
    for hidden in ("王某某", "154 1234", "15412345678", "someone@", "12345678"):
        assert hidden not in text


def test_a_changed_model_is_told_with_its_figures_and_stale_results() -> None:
    other = "9" * 64
    full = made.full()
    new = made.run(model=other, scores=[made.score("column_shapes", 0.9, 0.89, 0.91)])
    subject = replace(full.subject, model=other)
    dossier = replace(full, runs=[new, *full.runs], subject=subject)
    for name in ("change_report", "yearly_assessment"):
        text = said(name, dossier)
        assert "模型是否变化\n已变化" in text
        assert "-0.0931" in text
        assert f"模型已变更（{MODEL[:16]} → {other[:16]}）" in text
    assert "结论继续有效" in text_of("change_report")


def test_a_card_of_another_model_is_not_used() -> None:
    dossier = replace(made.full(), model_card=made.card(digest="8" * 64))
    assert any("模型卡" in what for what in write("model_mechanism", dossier).unfilled())


def test_the_mechanism_has_its_drawing_papers_and_clauses() -> None:
    written = write("model_mechanism", made.full())
    assert isinstance(written, Document)
    assert any(isinstance(block, Picture) for block in written.blocks)
    text = "\n".join(written.texts())
    assert "Athey, Imbens，2016，Recursive Partitioning" in text
    assert "art-19" in text


def test_the_form_of_a_registration_asks_for_the_called_model() -> None:
    served = made.service(base_model="third_party", learns_from_data=False)
    dossier = replace(
        made.full(), profile=profile("cn-genai-registration"), service=served, model_card=None
    )
    written = write("application_form", dossier)
    assert written.title == "生成式人工智能服务登记申请表"
    assert "三、所调用的模型" in "\n".join(written.texts())
    assert written.unfilled() == []
    assert write("called_model", dossier).unfilled() == ["基础模型备案证明（附件）"]


@pytest.mark.parametrize("name", LETTERS)
def test_every_letter_is_written(name: str) -> None:
    act = made.act(
        "decide",
        documents=[name],
        reason="理由见下。",
        payload={
            "number": "备案-1",
            "items": ["缺少附件", {"zh": "缺少签字"}],
            "contact": {"phone": "15412345678"},
        },
    )
    letter = decision_letter(made.full(), act)
    text = "\n".join(letter.texts())
    assert letter.title == LETTERS[name].title
    assert letter.unfilled() == []
    assert "缺少附件" in text
    assert "缺少签字" in text
    assert "15412345678" not in text
    assert "理由见下。" in text


def test_a_decision_that_may_be_appealed_says_so() -> None:
    rejected = made.act("reject", documents=["decision"], after="REJECTED")
    text = "\n".join(decision_letter(made.full(), rejected).texts())
    days = profile("notice7").filing.clocks["appeal"].length
    assert f"{days} 日内申请复议" in text
    accepted = made.act("accept", documents=["acceptance_notice"], after="UNDER_REVIEW")
    assert "复议" not in "\n".join(decision_letter(made.full(), accepted).texts())


def test_letters_know_every_document_of_the_filing_body() -> None:
    """Documents that a profile names are letters, or are written by another part."""
    others = {
        *("wizard_answers", "scope_memo", "dossier_manifest", "comments", "sealed_pdf"),
        *("timestamp_token", "dossier_diff", "answers", "remedy_text", "list_entry"),
        *("fetch_record", "finding_list", "rectification_proof", "change_diff"),
        *("fresh_assessment", "draw_record", "inspection_pack", "measurements"),
        *("yearly_assessment", "receipt"),
    }
    machines = [profile("notice7").filing, *profile("notice7").cases.values()]
    named = {d for machine in machines for t in machine.transitions for d in t.documents}
    assert named - others <= set(LETTERS)


def test_times_are_those_of_china() -> None:
    late = made.act("accept", at="2026-11-19T18:30:00+00:00", documents=["acceptance_notice"])
    assert "2026-11-20" in "\n".join(decision_letter(made.full(), late).texts())


def test_there_is_a_title_for_whatever_is_measured() -> None:
    assert set(METRICS) | set(IMAGE_METRICS) <= set(figures.SCORES)
    assert set(ATTACKS) <= set(figures.ATTACKS)
    asked = {c.measure for p in all_packs(None).values() for x in p.clauses for c in x.checks}
    able = {m for kind in KINDS.values() for m in kind.measures if not m.endswith("*")}
    assert [m for m in asked | able if not _is_chinese(figures.title_of_measure(m))] == []


def _is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def test_an_unknown_document_is_told() -> None:
    with pytest.raises(UnknownNameError) as error:
        write("novel", made.full())
    assert error.value.code == "filing.document"


def test_names_of_columns_and_persons_never_enter() -> None:
    run: dict[str, Any] = made.run(
        personal_data=[{"column": "身份证号码列", "role": "feature", "sensitivity": "direct"}]
    )
    dossier = replace(made.full(), runs=[run])
    for name in DOCUMENTS:
        assert "身份证号码列" not in said(name, dossier), name
    assert "其中被模型学习 1 列" in said("assessment_report", dossier)
