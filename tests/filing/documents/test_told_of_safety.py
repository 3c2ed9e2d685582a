"""Documents that clauses rest on: risks, personal information, the public page, complaints."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from guanyao.filing.checking import check_all
from guanyao.filing.document import Document, Table
from guanyao.filing.documents import protection, write
from guanyao.filing.documents.disclosure_page import SELF_DECLARED
from guanyao.filing.dossier import Dossier
from guanyao.filing.evidence_kinds import DOCUMENTS
from guanyao.filing.form import Form
from guanyao.filing.materials import Materials
from guanyao.filing.proposal import Stand, propose_all
from guanyao.protect import STEPS
from tests.filing import made_dossier as made
from tests.filing.made_evidence import NOW, document, sample

WRITTEN = (
    *("risk_register", "personal_information_assessment", "disclosure_page"),
    *("complaint_rules", "security_rules"),
)
PACK = "cn-gbt45654-2025"


def said(name: str, dossier: Dossier) -> str:
    return "\n".join(write(name, dossier).texts())


def serving(**facts: Any) -> Dossier:
    """The full dossier of another service, its clauses looked at anew and none decided."""
    served = made.service(**facts)
    full = made.full()
    stand = Stand(service=served, evidence=full.evidence, subject=full.subject, now=NOW)
    return replace(full, service=served, proposals=propose_all(full.packs, stand), results={})


@pytest.mark.parametrize("name", WRITTEN)
def test_a_slot_is_a_topic_and_what_stands_in_it_is_confirmed(name: str) -> None:
    slot = Materials.shipped().slot(name)
    assert name in DOCUMENTS
    assert (slot.document, slot.formats, slot.confirm) == (name, ("docx", "pdf"), True)


def test_they_are_required_where_the_service_owes_them() -> None:
    table = Materials.shipped()

    def required(**facts: Any) -> set[str]:
        names = {s.slot for s in table.required("notice7", {**made.FACTS, **facts})}
        return names & set(WRITTEN)

    assert required() == set(WRITTEN)
    assert required(public=False) == {WRITTEN[1], "security_rules"}
    nobody = {"uses_personal_data": False, "sensitive_personal_data": False}
    assert required(**nobody) == {"risk_register", "disclosure_page", "complaint_rules"}


@pytest.mark.parametrize("name", WRITTEN)
def test_no_decision_changes_what_decisions_rest_on(name: str) -> None:
    """Else a decision that rests on the document would never stand."""
    full = made.full()
    undecided = replace(full, results={}, proposals=full.proposals)
    topics = [document(topic) for topic in WRITTEN]
    evidence = [*full.evidence, *(item for item, _ in made.kept(topics))]
    stand = Stand(service=full.service, evidence=evidence, subject=full.subject, now=NOW)
    confirmed = replace(full, evidence=evidence, proposals=propose_all(full.packs, stand))
    assert write(name, full) == write(name, undecided) == write(name, confirmed)
    for verdict in ("不符合", "尚无结论", "未作结论"):
        assert verdict not in said(name, full)


@pytest.mark.parametrize("name", WRITTEN)
def test_without_records_only_what_a_person_must_say_is_open(name: str) -> None:
    bare = replace(serving(), runs=[], records={}, evidence=[], proposals=[], model_card=None)
    open_ = set(write(name, bare).unfilled())
    assert open_ <= {
        *("测量记录（附上 run.json）", "个人信息检测结果（附上 run.json）"),
        *("攻击测量（附上 run.json）", "训练记录数（附上模型卡）", "启用的规则包与测量证据"),
        "隐私测量值（启用规则包并附上 run.json 等证据）",
    }


def test_every_kind_of_risk_of_the_pack_stands_in_the_register() -> None:
    text = said("risk_register", made.full())
    pack = next(pack for pack in made.packs() if pack.id == PACK)
    kinds = [clause for clause in pack.clauses if clause.group.startswith("A")]
    assert f"共 {len(kinds)} 类" in text
    assert len(kinds) == 31
    for clause in kinds:
        assert f"{clause.id} {clause.title['zh'].removeprefix('风险：')}" in text


def rows(name: str, dossier: Dossier) -> list[tuple[str, ...]]:
    written = write(name, dossier)
    assert isinstance(written, Document)
    return [row for block in written.blocks if isinstance(block, Table) for row in block.rows]


def row_of(kind: str, dossier: Dossier) -> tuple[str, ...]:
    found = rows("risk_register", dossier)
    return next(row for row in found if any(k.startswith(f"{kind} ") for k in row[0].split("\n")))


def test_what_cannot_occur_says_why_and_needs_no_measure() -> None:
    row = row_of("A.1.1", made.full())
    assert row[0].count("\n") == 7, "eight kinds of which the same is said share a row"
    assert row[1].startswith("不能发生：只生成表格")
    assert row[2] == "无须测量"


def test_a_service_that_writes_text_can_have_every_risk() -> None:
    talking = serving(modality=["text"], free_text=True, takes_input=True)
    row = row_of("A.1.1", talking)
    assert row[1].startswith("可能发生")
    assert "生成内容尚未抽检" in row[2]
    assert made.answers()["input_filter"] in row[3]
    sampled = replace(talking, samples=[sample(95, 100, sample="generated_manual")])
    assert "生成内容抽检 1 次" in row_of("A.1.1", sampled)[2]
    assert "95" in said("risk_register", sampled)


def test_what_was_measured_stands_with_its_interval_and_its_risk() -> None:
    row = row_of("A.4.5", made.full())
    assert "0.52（95% 区间 0.49 至 0.55），要求 ≤ 0.6，达到" in row[2]
    assert "剩余风险低" in row[5]
    assert "剩余风险由责任人审阅" in row_of("A.3.1", made.full())[5]


def test_a_fact_that_is_not_known_is_asked_for() -> None:
    facts = {k: v for k, v in made.FACTS.items() if k != "public"}
    service = replace(made.service(), facts=facts)
    written = write("risk_register", replace(made.full(), service=service))
    assert "是否向境内公众提供服务？" in written.unfilled()


def test_groups_of_people_are_looked_at_and_not_named() -> None:
    details = {"columns": {"绝密年龄": {"score": 0.81}, "费用": {"score": 0.5}}}
    pairs = {"pairs": [{"a": "绝密年龄", "b": "费用", "score": 0.7}, {"a": "费用", "b": "x"}]}
    ran = made.run(
        scores=[
            made.score("column_shapes", 0.9, 0.89, 0.91, details=details),
            made.score("pair_trends", 0.8, 0.79, 0.81, details=pairs),
        ],
        personal_data=[{"column": "绝密年龄", "role": "feature", "sensitivity": "quasi"}],
    )
    dossier = replace(made.full(), runs=[ran])
    assert protection.spread(ran) == {"n": 1, "column": 0.81, "pair": 0.7, "n_pairs": 1}
    assert "最低 0.81" in row_of("A.2.6", dossier)[2]
    assert "绝密年龄" not in said("risk_register", dossier)
    kinds = rows("personal_information_assessment", dossier)[0]
    assert kinds == ("准标识（与其他信息结合可识别个人）", "特征", "1 列")
    assert "绝密年龄" not in said("personal_information_assessment", dossier)


def test_the_assessment_proposes_a_level_from_what_was_measured() -> None:
    text = said("personal_information_assessment", made.full())
    assert "由虚拟数据推断某人是否在训练数据中：低" in text
    assert "删除请求未得到彻底执行：未测定" in text
    assert "建议的总体风险等级：中" in text, "what is not measured is not taken for small"
    assert "至少保存三年" in text
    assert "处理敏感个人信息" in text
    assert made.answers()["personal_necessity"] in text


@pytest.mark.parametrize(
    ("auc", "level"), [((0.5, 0.5, 0.5), "低"), ((0.58, 0.5, 0.7), "中"), ((0.9, 0.8, 1.0), "高")]
)
def test_a_level_takes_the_bad_end_of_an_interval(auc: tuple[float, ...], level: str) -> None:
    clause = next(
        clause for pack in made.packs() for clause in pack.clauses if clause.id == "A.4.5"
    )
    clause = replace(clause, checks=tuple(c for c in clause.checks if "auc" in c.measure))
    value, low, high = auc
    ran = made.run(
        attacks=[{"name": "canaries", "auc": value, "low": low, "high": high, "usable": True}]
    )
    assert protection.level(check_all(clause, [made.run_evidence(ran)])) == level


def test_no_attack_is_no_small_risk() -> None:
    dossier = replace(made.full(), runs=[made.run(attacks=[])])
    assert "不得据此认为风险低" in said("personal_information_assessment", dossier)


def test_without_personal_information_nothing_is_assessed() -> None:
    written = write("personal_information_assessment", serving(uses_personal_data=False))
    assert "不涉及" in "\n".join(written.texts())
    assert written.unfilled() == []


def test_the_public_page_holds_its_number_once_there_is_one() -> None:
    assert "尚未取得" in said("disclosure_page", made.full())
    numbered = replace(made.full(), filing=made.filing(number="备案-7"))
    assert f"备案编号：备案-7。\n{SELF_DECLARED}" in said("disclosure_page", numbered)
    struck = replace(made.full(), filing=made.filing(number="备案-7", is_struck=True))
    assert "备案-7" not in said("disclosure_page", struck)


def test_the_public_page_reaches_nobody_and_tells_no_secret() -> None:
    hidden = "绝不外传"
    secret = {"data_source", "data_name", "data_rights", "hosting", "isolation", "log_fields"}
    personal = {q.id for q in Form.shipped().questions if q.personal}
    answers = {k: hidden if k in secret | personal else v for k, v in made.answers().items()}
    for name in ("disclosure_page", "complaint_rules"):
        dossier = replace(made.full(), answers=answers)
        text = json.dumps(asdict(write(name, dossier)), ensure_ascii=False)
        assert hidden not in text, name
        assert made.MODEL[:12] not in text, name


def test_the_public_page_names_the_base_model() -> None:
    text = said("disclosure_page", serving(base_model="third_party"))
    assert made.answers()["base_model_name"] in text
    assert made.answers()["base_model_number"] in text


def test_the_rules_tell_what_the_logs_and_trials_say() -> None:
    assert "收到的投诉数 2，逾期答复的投诉数 0" in said("complaint_rules", made.full())
    rules = said("security_rules", made.full())
    assert "审计链校验：120 行，完整，其中前 118 行与链外保存的锚定值一致" in rules
    assert "恢复 3 项、900 字节" in rules
    assert "访问日志保存天数 190" in rules
    bare = replace(made.full(), records={})
    assert "尚无打开核验的记录" in said("security_rules", bare)
    assert "尚无运行日志统计" in said("complaint_rules", bare)


def test_every_step_of_a_masking_has_a_name() -> None:
    assert set(STEPS) == set(protection.STEPS)


def test_clauses_with_one_reason_and_one_plan_share_a_row_of_the_report() -> None:
    full = made.full()
    first, second = [k for k, r in full.results.items() if k[0] == PACK and r.evidence][:2]
    missed = {
        key: replace(full.results[key], result="不符合", reason="尚缺证据", plan=made.PLAN)
        for key in (first, second)
    }
    dossier = replace(full, results={**full.results, **missed})
    plan = f"{made.PLAN.text}（{made.PLAN.due.isoformat()} 前完成）"
    shared = [row for row in rows("assessment_report", dossier) if row[1:] == ("尚缺证据", plan)]
    assert len(shared) == 1
    assert [line.split(" ")[0] for line in shared[0][0].split("\n")] == [first[1], second[1]]
