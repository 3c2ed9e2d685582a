"""What the self-assessment says before each chapter's clauses: data, model and measures."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from guanyao.filing.document import Block, Bullets, Fields, Heading, Table, Text, missing
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import SHORT, ClauseLine, absent
from guanyao.filing.documents.figures import (
    SERVICE,
    attack_rows,
    check_text,
    figure,
    score_rows,
    title_of_kind,
    with_interval,
)
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.ledger import NOT_APPLICABLE
from guanyao.filing.measured import share

MOST_REASONS, MOST_LEFT_OUT = 12, 3


def overview(dossier: Dossier) -> Fields:
    """Service, model and data in a table."""
    return Fields(
        (
            ("提供者", told.provider(dossier)),
            ("服务名称", told.service_name(dossier)),
            ("服务目的与用途", dossier.answer("purpose")),
            ("服务对象", dossier.answer("audience")),
            ("生成内容", told.fact(dossier, "modality")),
            (
                "模型名称与版本",
                f"{dossier.answer('model_name')}，{dossier.answer('model_version')}",
            ),
            ("模型类型", told.model_kind(dossier)),
            ("模型文件摘要", told.digest(dossier.subject.model, "模型文件摘要")),
            ("训练数据摘要", told.digest(dossier.subject.data, "训练数据摘要")),
        )
    )


def reasons(dossier: Dossier, lines: Sequence[ClauseLine]) -> Iterator[str]:
    """The figures and facts that the verdict rests on, what is not met first."""
    found: dict[str, list[str]] = {}
    for line in lines:
        for checked in line.checked:
            if checked.measured is not None and line.result is not None:
                found.setdefault(check_text(checked), []).append(line.clause.id)
    order = sorted(found, key=lambda text: "未达到" not in text)
    for text in order[:MOST_REASONS]:
        yield f"{text}（条款 {'、'.join(found[text])}）"
    if len(order) > MOST_REASONS:
        yield f"其余 {len(order) - MOST_REASONS} 项测量值见各章逐条结论。"
    if not order:
        yield missing("测量证据（运行记录等）")
    yield from _left_out(lines)


def _left_out(lines: Sequence[ClauseLine]) -> Iterator[str]:
    """Why most of the clauses that do not apply do not."""
    why = Counter(line.reason_text for line in lines if line.verdict == NOT_APPLICABLE)
    for text, n in why.most_common(MOST_LEFT_OUT):
        yield f"不适用 {n} 条，原因：{text}"
    if rest := sum(n for _, n in why.most_common()[MOST_LEFT_OUT:]):
        yield f"另有 {rest} 条不适用，原因见各章逐条结论。"


def corpus(dossier: Dossier) -> Iterator[Block]:
    """Size, source, personal data, samples, annotation, property."""
    yield Heading(level=2, text="训练数据概况")
    if told.holds(dossier, "learns_from_data") is False:
        yield told.not_involved("模型不由本单位以数据训练，无训练数据。")
        return
    yield corpus_fields(dossier)
    yield Heading(level=2, text="个人信息")
    yield from _personal(dossier)
    yield Heading(level=2, text="违法不良内容抽检")
    yield from _samples(dossier, ("source_before", "source_after", "corpus_manual"))
    yield Heading(level=2, text="标注")
    yield Text(annotation(dossier))
    yield Heading(level=2, text="知识产权")
    yield Text(
        f"知识产权负责部门：{dossier.answer('ip_head')}；投诉渠道：{dossier.answer('ip_channel')}。"
    )


def corpus_fields(dossier: Dossier) -> Fields:
    """The training data in a table: never a value, never a column's name."""
    size = told.sizes(dossier)
    return Fields(
        (
            ("数据集名称", dossier.answer("data_name")),
            ("来源说明", dossier.answer("data_source")),
            ("来源类别", dossier.answer("data_source_class")),
            ("来源合法性依据", dossier.answer("data_rights")),
            ("语言与介质", dossier.answer("data_language")),
            ("训练记录数", told.count(size.n_rows, "训练记录数（附上模型卡）", "条")),
            ("留出记录数（仅用于评估）", told.count(size.n_holdout, "留出记录数", "条")),
            ("列的构成", _columns(dossier)),
            ("数据摘要（SHA-256）", told.digest(dossier.subject.data, "训练数据摘要")),
        )
    )


def _columns(dossier: Dossier) -> str:
    if (told.card(dossier) or {}).get("data") == "images":
        return f"{told.NOT_INVOLVED}：训练数据为图像"
    return told.column_counts(dossier)


def annotation(dossier: Dossier) -> str:
    """How training data are annotated, in a paragraph."""
    known = told.holds(dossier, "people_annotate")
    if known is False:
        return f"{told.NOT_INVOLVED}：训练数据不经人工标注。"
    if known is None:
        return told.fact(dossier, "people_annotate")
    asked = ("annotation_tasks", "annotators", "reviewers", "annotation_training")
    said = [f"{dossier.questions.get(q, q)}：{dossier.answer(q)}" for q in asked]
    return "；".join([*said, f"抽检与合格判定：{dossier.answer('annotation_check')}"]) + "。"


def _personal(dossier: Dossier) -> Iterator[Block]:
    if told.holds(dossier, "uses_personal_data") is False:
        yield told.not_involved("训练与服务均不处理个人信息。")
        return
    yield Text(
        f"是否处理个人信息：{told.fact(dossier, 'uses_personal_data')}；"
        f"是否处理敏感个人信息：{told.fact(dossier, 'sensitive_personal_data')}。"
        f"合法性基础：{dossier.answer('personal_basis')}。"
    )
    run = told.current_run(dossier)
    found = (run or {}).get("personal_data")
    if found is not None:
        yield Text(_found_personal(found))
    for id, record in told.of_schema(dossier, "guanyao.masking/1"):
        yield Text(masking(id, record))
    for id, record in told.of_schema(dossier, "guanyao.erasure/1"):
        yield Text(erasure(id, record))


def _found_personal(columns: Sequence[Mapping[str, Any]]) -> str:
    if not columns:
        return "运行记录：建模所用各列未检出个人信息。"
    n = {kind: sum(c.get("sensitivity") == kind for c in columns) for kind in ("direct", "quasi")}
    learned = sum(
        c.get("sensitivity") == "direct" and c.get("role") in ("feature", "target") for c in columns
    )
    return (
        f"运行记录检出：直接标识列 {n['direct']} 列（其中被模型学习 {learned} 列），"
        f"准标识列 {n['quasi']} 列。"
    )


def masking(id: str, record: Record) -> str:
    """A report of a masking in a sentence."""
    steps = len(record.get("steps", ()))
    after = (record.get("risk") or {}).get("after") or {}
    said = f"脱敏：处理 {record['n_rows']} 行，{steps} 项处理步骤，"
    said += f"处理后仍含个人信息的列 {len(record.get('remaining', ()))} 列"
    for name, title in (("k", "最小同类人数"), ("alone", "可单独识别的比例")):
        if name in after:
            said += f"，{title} {figure(after[name])}"
    return f"{said}（证据 {id}）。"


def erasure(id: str, record: Record) -> str:
    """A proof of an erasure in a sentence."""
    after = (record.get("scan") or {}).get("after") or {}
    return (
        f"删除：涉及主体 {len(record.get('subjects', ()))} 个，处置制品 "
        f"{len(record.get('artefacts', ()))} 件，删除后查到 {figure(after.get('n_hits'))} 处，"
        f"未能读取 {figure(after.get('n_unread'))} 件（证据 {id}）。"
    )


def _samples(dossier: Dossier, names: Sequence[str]) -> Iterator[Block]:
    """Samples of these kinds that were judged; else that they do not apply, or are missing."""
    found = [s for s in dossier.samples if s.get("sample") in names and s.get("n_sampled")]
    if found:
        yield sample_table(found)
    else:
        titles = "、".join(title_of_kind(f"sample.{name}") for name in names)
        yield Text(absent(dossier, f"sample.{names[-1]}", f"抽检结果（{titles}）"))


def sample_table(samples: Sequence[Record]) -> Table:
    """Judged samples, each with its share and interval."""
    return Table(
        columns=("抽样", "总量", "抽样数", "命中数", "比例", "判断方式"),
        rows=tuple(map(_sample_row, samples)),
        widths=(0.26, 0.12, 0.12, 0.12, 0.26, 0.12),
    )


def _sample_row(sample: Record) -> tuple[str, ...]:
    found = share(sample["n_hits"], sample["n_sampled"])
    judged = {"human": "人工", "keyword": "关键词", "classifier": "分类模型"}
    return (
        title_of_kind(f"sample.{sample['sample']}"),
        str(sample["n_population"]),
        str(sample["n_sampled"]),
        str(sample["n_hits"]),
        with_interval(found.value, found.low, found.high),
        judged.get(sample.get("judged_by", ""), "—"),
    )


ANSWERED = ("generated_manual", "generated_keyword", "generated_classifier")


def model(dossier: Dossier) -> Iterator[Block]:
    """Mechanism, quality, privacy, tests of content, updates."""
    yield Heading(level=2, text="模型机制")
    yield from mechanism(dossier)
    run = told.current_run(dossier)
    yield Heading(level=2, text="准确性与可靠性")
    yield from _quality(run)
    yield Heading(level=2, text="隐私与个人信息权益")
    yield from _privacy(dossier, run)
    yield Heading(level=2, text="生成内容测试")
    yield from _samples(dossier, ANSWERED)
    yield Heading(level=2, text="拒答测试")
    if told.holds(dossier, "takes_input") is False:
        yield Text("不适用：使用者不能输入内容。")
    else:
        yield from _samples(dossier, ("refuse", "non_refuse"))


def mechanism(dossier: Dossier) -> Iterator[Block]:
    """How the model works, in short; the whole stands in a document of its own."""
    card = told.card(dossier)
    if card is None:
        yield Text(missing("模型机制（以 model.gy 生成模型卡）"))
        return
    yield Text(f"模型为{told.model_kind(dossier)}。{card['mechanism_zh'][0]}")
    yield Text(f"停止规则：{card['stopping']['zh']}详见《模型机制机理说明》。")


def _quality(run: Record | None) -> Iterator[Block]:
    if run is None:
        yield Text(missing("质量测量（附上 run.json）"))
        return
    yield Table(
        columns=("指标", "类别", "测量值", "真实数据参照", "独立列参照"),
        rows=tuple(score_rows(run)),
        widths=(0.3, 0.1, 0.34, 0.13, 0.13),
        caption=f"运行记录 {run.get('id') or str(run.get('digest', ''))[:SHORT]} 的质量指标",
    )


def _privacy(dossier: Dossier, run: Record | None) -> Iterator[Block]:
    if run is None:
        yield Text(missing("攻击测量（附上 run.json）"))
        return
    rows = tuple(attack_rows(run))
    if rows:
        yield Table(
            columns=("攻击", "对象", "AUC", "对照", "是否计入"),
            rows=rows,
            widths=(0.26, 0.22, 0.3, 0.1, 0.12),
            caption="成员推断攻击结果；对照为同一攻击对未参与训练的记录所得",
        )
    else:
        yield Text("运行记录中没有攻击结果：未进行成员推断攻击，相关条款不得据此认定为符合。")
    yield Text(differential_privacy(dossier, run))
    for id, record in told.of_schema(dossier, "guanyao.dp-audit/1"):
        low, confidence = record["measured"]["epsilon_low"], record["measured"]["confidence"]
        yield Text(
            f"差分隐私审计：声明 ε＝{figure(record['claimed']['epsilon'])}，审计下界 "
            f"{figure(low)}（置信度 {figure(confidence)}，证据 {id}）。"
        )


def differential_privacy(dossier: Dossier, run: Record | None) -> str:
    """What is promised of differential privacy, in a sentence."""
    promise = (run or {}).get("privacy") or {}
    if promise:
        said = "，".join(
            f"{title}＝{figure(promise[name])}"
            for name, title in (("epsilon", "ε"), ("delta", "δ"), ("accountant", "核算方法"))
            if promise.get(name) is not None
        )
        return f"差分隐私：{said}。"
    claimed = told.holds(dossier, "claims_privacy_budget")
    if claimed:
        return missing("差分隐私参数（运行记录中没有）")
    return "差分隐私：未声明差分隐私保证，隐私结论以运行记录中的攻击测量与去重检查为依据。"


def measures(dossier: Dossier) -> Iterator[Block]:
    """Necessity, people, input, labels, complaints, logs, upkeep."""
    yield Heading(level=2, text="措施概况")
    yield Fields(tuple(_measure_fields(dossier)))
    yield Heading(level=2, text="标识核验")
    yield from _labels(dossier)
    yield Heading(level=2, text="关键词库与题库")
    yield from _banks(dossier)
    yield Heading(level=2, text="服务日志统计")
    yield from service_log(dossier)
    yield Heading(level=2, text="审计与备份")
    yield Bullets(tuple(upkeep(dossier)))


def _measure_fields(dossier: Dossier) -> Iterator[tuple[str, str]]:
    titles = dossier.questions
    for question in ("necessity", "industry_measures"):
        yield titles.get(question, question), dossier.answer(question)
    no_input = "使用者不能输入内容"
    yield (
        "未成年人保护措施",
        told.answer_if(dossier, "minors", "minors_measures", "服务不面向未成年人"),
    )
    yield "使用者身份核验方式", told.answer_if(dossier, "takes_input", "user_identity", no_input)
    yield "输入过滤与处置", told.answer_if(dossier, "takes_input", "input_filter", no_input)
    yield (
        "关闭输入用于训练的路径",
        told.answer_if(dossier, "trains_on_user_input", "opt_out_path", "使用者输入不用于训练"),
    )
    for question in (
        *("label_method", "complaint_channel", "complaint_limit", "log_fields", "retention"),
        *("isolation", "monitors", "staff_training", "drills"),
    ):
        yield titles.get(question, question), dossier.answer(question)


def _labels(dossier: Dossier) -> Iterator[Block]:
    rows = [
        (str(c["carrier"]), *(str(c[n]) for n in LABEL_COUNTS))
        for _, record in told.of_schema(dossier, "guanyao.label-check/1")
        for c in record["carriers"]
    ]
    if rows:
        yield Table(
            columns=("载体", "核验数", "有显式标识", "有隐式标识", "相互矛盾", "损坏"),
            rows=tuple(rows),
        )
    else:
        yield Text(absent(dossier, "label_check", "标识核验记录"))


LABEL_COUNTS = ("n_checked", "n_explicit", "n_implicit", "n_contradictory", "n_damaged")


def _banks(dossier: Dossier) -> Iterator[Block]:
    if not dossier.banks:
        yield Text(absent(dossier, "bank.keyword", "关键词库与题库"))
        return
    yield Table(
        columns=("名称", "条目总数", "覆盖类别数", "未分类", "最近更新", "摘要"),
        rows=tuple(_bank_row(name, bank) for name, bank in dossier.banks.items()),
        widths=(0.24, 0.14, 0.14, 0.12, 0.16, 0.2),
    )


def _bank_row(name: str, bank: Record) -> tuple[str, ...]:
    return (
        title_of_kind(f"bank.{name}"),
        str(bank.get("n_entries", "—")),
        str(sum(n > 0 for n in bank.get("kinds", {}).values())),
        figure(bank.get("n_unclassified")),
        str(bank.get("updated", "—")),
        str(bank.get("bank_digest", ""))[:SHORT],
    )


def service_log(dossier: Dossier) -> Iterator[Block]:
    """What the logs of the running service count."""
    logs = [record for _, record in told.of_schema(dossier, "guanyao.service-log/1")]
    if not logs:
        yield Text("服务尚无运行日志统计；上线后按规定记录并在年度评估中报告。")
    for log in logs:
        period = log["period"]
        yield Table(
            columns=("项目", "数值"),
            rows=tuple((SERVICE.get(n, n), figure(v)) for n, v in log["figures"].items()),
            widths=(0.7, 0.3),
            caption=f"统计期间：{period['from']} 至 {period['to']}",
        )


def upkeep(dossier: Dossier) -> Iterator[str]:
    """What checks of the audit chain and trials of backups found, in sentences."""
    checks = list(told.of_schema(dossier, "audit verify"))
    for id, record in checks:
        whole = "完整" if record["ok"] else "不完整"
        yield f"审计链校验：{record['n_lines']} 行，{whole}（证据 {id}）。"
    if not checks:
        yield absent(dossier, "audit_check", "审计链校验记录")
    drills = list(told.of_schema(dossier, "vault drill"))
    for id, record in drills:
        yield f"备份恢复演练：恢复 {record['n_items']} 项并核对摘要（证据 {id}）。"
    if not drills:
        yield absent(dossier, "vault_drill", "备份恢复演练记录")
