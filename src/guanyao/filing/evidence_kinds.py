"""What evidence there can be: its format, what it measures, and the command that produces it.

To add a kind: a schema in `schemas/`, an entry here, and a reader in `intake`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

Pick: TypeAlias = Literal["newest", "worst"]
RUN = "guanyao run SOURCE -o DIR --target COLUMN   (then give DIR/run.json)"
TO_COME = "no command writes it yet; write it in the form of guanyao/filing/schemas/{}"


@cache
def schema(name: str) -> Mapping[str, Any]:
    """A JSON schema of `schemas/`, e.g. "bank.json"."""
    text = files("guanyao.filing").joinpath("schemas", name).read_text(encoding="utf-8")
    found: Mapping[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True, kw_only=True)
class EvidenceKind:
    """One kind of evidence.

    Args:
        title: What it is, by language ("zh", "en").
        schema: Its JSON schema, a file of `schemas/`.
        measures: The measures that it can answer; "*" at the end stands for any word.
        binds: What it must name by digest ("model", "data") for a result to rest on it alone.
        command: How it is produced.
        pick: Of several, the newest counts, or the one that looks worst.
    """

    title: Mapping[str, str]
    schema: str
    measures: tuple[str, ...] = ()
    binds: tuple[str, ...] = ()
    command: str
    pick: Pick = "newest"


RUN_MEASURES = (
    *("attack.auc", "attack.n_usable", "exact_copies.excess", "personal.n_direct_learned"),
    *("dp.epsilon", "dp.delta", "score.*"),
)
SERVICE_SHARES = {
    "accepted_share": ("n_accepted", "n_users"),
    "labelled_share": ("n_labelled", "n_generations"),
    "second_factor_share": ("n_second_factor", "n_logins"),
    "complaints_late_share": ("n_complaints_late", "n_complaints"),
    "rights_late_share": ("n_rights_late", "n_rights_requests"),
    "incidents_late_share": ("n_incidents_late", "n_incidents"),
}
"""Shares that follow from a log's counts: part and whole, all counted."""
SAMPLES = (
    *("source_before", "source_after", "corpus_manual", "corpus_technical", "generated_manual"),
    *("generated_keyword", "generated_classifier", "refuse", "non_refuse"),
)
BANKS = ("keyword", "generated", "refuse", "non_refuse")


def _kind(zh: str, en: str, schema: str, **more: Any) -> EvidenceKind:  # noqa: ANN401
    command = more.pop("command", TO_COME.format(schema))
    return EvidenceKind(title={"zh": zh, "en": en}, schema=schema, command=command, **more)


def _service_measures() -> tuple[str, ...]:
    figures = schema("service-log.json")["properties"]["figures"]["properties"]
    return tuple(f"service.{name}" for name in (*figures, *SERVICE_SHARES))


def _bank(name: str, zh: str, en: str) -> EvidenceKind:
    measures = (f"bank.{name}.n_entries", f"bank.{name}.n_unclassified", f"bank.{name}.kind.*")
    command = f"guanyao filing bank import {name} FILE"
    return _kind(zh, en, "bank.json", measures=measures, command=command)


def _sample(name: str, zh: str, en: str, binds: tuple[str, ...]) -> EvidenceKind:
    measures = (f"sample.{name}.n", f"sample.{name}.part", f"sample.{name}.share")
    drawn = "generated" if name.startswith("generated_") else name
    command = f"guanyao filing bank draw {drawn}   (then sheet, judge, close)"
    return _kind(zh, en, "sample.json", measures=measures, binds=binds, command=command)


KINDS: dict[str, EvidenceKind] = {
    "run": _kind(
        *("训练与评估记录", "record or report of a run", "run.json"),
        measures=RUN_MEASURES,
        binds=("model", "data"),
        command=RUN,
        pick="worst",
    ),
    "masking": _kind(
        *("脱敏报告", "report of a masking", "masking.json"),
        measures=("masking.n_remaining", "masking.k", "masking.alone", "masking.n_rows"),
        binds=("data",),
        command="guanyao mask SOURCE -o FILE --report mask.json",
    ),
    "erasure": _kind(
        *("删除证明", "proof of an erasure", "erasure.json"),
        measures=("erasure.n_hits", "erasure.n_unread", "erasure.n_subjects"),
        command="guanyao erase --subjects ids.txt --column COLUMN --out proof.json",
        pick="worst",
    ),
    "audit_check": _kind(
        *("审计链校验", "check of the audit chain", "audit-check.json"),
        measures=("audit.ok", "audit.n_lines", "audit.anchored"),
        command="guanyao audit verify --anchor head.json --json > audit.json",
    ),
    "vault_drill": _kind(
        *("备份恢复演练", "trial of a backup", "vault-drill.json"),
        measures=("vault.n_items",),
        command="guanyao vault drill BACKUP --json > drill.json",
    ),
    "dp_audit": _kind(
        *("差分隐私审计", "audit of differential privacy", "dp-audit.json"),
        measures=(
            *("dp_audit.epsilon", "dp_audit.epsilon_low", "dp_audit.margin"),
            *("dp_audit.delta", "dp_audit.confidence", "dp_audit.n_canaries"),
        ),
        binds=("model",),
    ),
    "label_check": _kind(
        *("标识核验", "check of content labels", "label-check.json"),
        measures=(
            *("label.explicit_share", "label.implicit_share", "label.n_checked"),
            *("label.n_contradictory", "label.n_damaged"),
        ),
        binds=("model",),
    ),
    "service_log": _kind(
        *("服务日志统计", "counts from the service's logs", "service-log.json"),
        measures=_service_measures(),
        command="guanyao filing service-log --since DAY --until DAY -o log.json",
    ),
    "bank.keyword": _bank("keyword", "拦截关键词库", "keyword library"),
    "bank.generated": _bank("generated", "生成内容测试题库", "bank of test questions"),
    "bank.refuse": _bank("refuse", "应拒答题库", "bank of questions to refuse"),
    "bank.non_refuse": _bank("non_refuse", "不应拒答题库", "bank of questions not to refuse"),
    "sample.source_before": _sample(
        "source_before", "采集前来源抽样", "sample of a source before collecting", ()
    ),
    "sample.source_after": _sample(
        "source_after", "采集后来源抽样", "sample of a source after collecting", ("data",)
    ),
    "sample.corpus_manual": _sample(
        "corpus_manual", "训练数据人工抽检", "training data judged by people", ("data",)
    ),
    "sample.corpus_technical": _sample(
        "corpus_technical", "训练数据技术抽检", "training data judged by software", ("data",)
    ),
    "sample.generated_manual": _sample(
        "generated_manual", "生成内容人工抽检", "answers judged by people", ("model",)
    ),
    "sample.generated_keyword": _sample(
        "generated_keyword", "生成内容关键词抽检", "answers judged by keywords", ("model",)
    ),
    "sample.generated_classifier": _sample(
        "generated_classifier", "生成内容分类模型抽检", "answers judged by a classifier", ("model",)
    ),
    "sample.refuse": _sample("refuse", "应拒答抽检", "questions to refuse, asked", ("model",)),
    "sample.non_refuse": _sample(
        "non_refuse", "不应拒答抽检", "questions not to refuse, asked", ("model",)
    ),
}
"""Kind -> what it is. Documents stand apart: "document.TOPIC", see `DOCUMENTS`."""

DOCUMENT = _kind(
    *("佐证文件", "document that a person vouches for", "document.json"),
    command="guanyao filing attest FILE --topic TOPIC --by NAME -o evidence.json",
)

DOCUMENTS: dict[str, Mapping[str, str]] = {
    "scope_decision": {"zh": "适用范围判断", "en": "decision on scope"},
    "source_rights": {"zh": "数据来源合法性材料", "en": "licences, contracts, authorisations"},
    "ip_management": {"zh": "知识产权管理制度", "en": "how intellectual property is handled"},
    "consent": {"zh": "同意或其他合法性基础", "en": "consents or another lawful basis"},
    "personal_information_assessment": {
        "zh": "个人信息保护影响评估",
        "en": "impact assessment of personal information",
    },
    "annotation_rules": {"zh": "标注规则", "en": "annotation rules"},
    "annotation_staff": {"zh": "标注人员管理记录", "en": "records of annotators"},
    "base_model_filing": {"zh": "基础模型备案证明", "en": "proof that the base model is filed"},
    "service_agreement": {"zh": "服务协议", "en": "service agreement"},
    "privacy_policy": {"zh": "隐私保护政策", "en": "privacy policy"},
    "disclosure_page": {"zh": "公开说明页面", "en": "public page about the service"},
    "minors_protection": {"zh": "未成年人保护措施", "en": "protection of minors"},
    "complaint_rules": {"zh": "投诉举报规则", "en": "complaint rules"},
    "content_safety_rules": {"zh": "内容安全管理制度", "en": "content safety rules"},
    "emergency_plan": {"zh": "应急预案", "en": "emergency plan"},
    "risk_register": {"zh": "安全风险清单", "en": "register of risks"},
    "classifier_report": {"zh": "分类模型说明", "en": "report on the classifier"},
    "model_card": {"zh": "模型机制说明", "en": "explanation of the model"},
    "security_rules": {"zh": "数据安全管理制度", "en": "data security rules"},
    "access_control": {"zh": "访问控制与双因素认证记录", "en": "access control, second factor"},
    "encryption": {"zh": "加密措施说明", "en": "how data is encrypted"},
    "backup_rules": {"zh": "备份与恢复制度", "en": "backup and recovery rules"},
    "mlps_certificate": {"zh": "等级保护备案与测评", "en": "graded protection: certificate, test"},
    "supply_chain": {"zh": "软件供应链清单", "en": "list of software parts"},
    "assessment_report": {"zh": "自评估报告", "en": "self-assessment report"},
    "signatures": {"zh": "三方签字", "en": "the signatures"},
    "labelling_description": {"zh": "标识方案", "en": "how content is labelled"},
    "opt_out_path": {"zh": "关闭训练用途的路径说明", "en": "how to refuse training on input"},
    "rights_desk": {"zh": "个人信息权利响应机制", "en": "desk for the rights of persons"},
    "cross_border": {"zh": "出境合规材料", "en": "papers for sending data abroad"},
    "provision_contract": {"zh": "提供或委托处理合同", "en": "contract on providing data"},
    "third_party_audit": {"zh": "第三方审计安排", "en": "access for outside auditors"},
    "update_record": {"zh": "更新与再评估记录", "en": "record of updates"},
    "intrusion_monitoring": {"zh": "入侵监测与日志分析", "en": "log analysis, signs of intrusion"},
    "industry_measures": {"zh": "行业专门措施", "en": "measures of the sector"},
}
"""Topic -> what the document is. A pack may bring topics of its own."""


def is_known(kind: str, topics: Mapping[str, Any]) -> bool:
    """Whether there is such a kind of evidence; of documents, such a topic."""
    head, _, topic = kind.partition(".")
    return kind in KINDS or (head == "document" and (topic in DOCUMENTS or topic in topics))


def kind_of(kind: str) -> EvidenceKind:
    """The kind of this name; all documents are of one."""
    return DOCUMENT if kind.startswith("document.") else KINDS[kind]


def command_for(kind: str, measure: str = "") -> str:
    """The command that would produce evidence of a kind, for a measure if one is named."""
    if kind.startswith("document."):
        return DOCUMENT.command.replace("TOPIC", kind.partition(".")[2])
    if kind == "run" and measure.startswith("dp."):
        return RUN.replace(" --target COLUMN", " --epsilon E --delta D")
    return KINDS[kind].command


def answering(measure: str) -> list[str]:
    """The kinds of evidence that can answer a measure."""
    return [name for name, kind in KINDS.items() if any(_fits(m, measure) for m in kind.measures)]


def _fits(pattern: str, measure: str) -> bool:
    if pattern.endswith("*"):
        return measure.startswith(pattern[:-1]) and len(measure) >= len(pattern)
    return pattern == measure
