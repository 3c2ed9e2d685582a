"""The inspection pack: what Article 19 asks to be explained, digests, measures, acts so far."""

from collections.abc import Iterator, Mapping

from guanyao.filing.document import Block, Document, Fields, Heading, Table, Text, missing
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.acts_table import acts_table
from guanyao.filing.documents.figures import (
    SCORES,
    attack_rows,
    figure,
    score_rows,
    title_of_kind,
    with_interval,
)
from guanyao.filing.documents.model_mechanism import picture
from guanyao.filing.dossier import Dossier, Record


def write(dossier: Dossier) -> Document:
    """The pack."""
    return Document(
        name="监督检查说明材料",
        title="监督检查说明材料",
        subtitle=told.subtitle(dossier),
        blocks=(
            Text(
                "本材料对训练数据的来源、规模、类型、标注规则和算法机制机理予以说明，"
                "并列出可供核对的文件摘要、测量值与全部办理记录。"
            ),
            *_data(dossier),
            *_mechanism(dossier),
            *_digests(dossier),
            *_measured(dossier),
            *_inspections(dossier),
            Heading(level=1, text="七、办理记录"),
            acts_table(dossier) if dossier.acts else Text("尚无办理记录。"),
        ),
    )


def _data(dossier: Dossier) -> Iterator[Block]:
    yield Heading(level=1, text="一、训练数据的来源、规模与类型")
    if told.holds(dossier, "learns_from_data") is False:
        yield told.not_involved("模型不由本单位以数据训练，无训练数据。")
    else:
        yield assessed.corpus_fields(dossier)
    yield Heading(level=1, text="二、标注规则")
    yield Text(assessed.annotation(dossier))


def _mechanism(dossier: Dossier) -> Iterator[Block]:
    yield Heading(level=1, text="三、算法机制机理")
    card = told.card(dossier)
    if card is None:
        yield Text(missing("模型机制（以 model.gy 生成模型卡）"))
        return
    yield from (Text(paragraph) for paragraph in card["mechanism_zh"])
    yield picture(card)


def _digests(dossier: Dossier) -> Iterator[Block]:
    yield Heading(level=1, text="四、摘要")
    subject, filing = dossier.subject, dossier.filing
    yield Fields(
        (
            ("备案模型摘要", filing.model_digest or told.digest(subject.model, "模型文件摘要")),
            ("现用模型摘要", told.digest(subject.model, "模型文件摘要")),
            ("训练数据摘要", told.digest(subject.data, "训练数据摘要")),
            ("卷宗清单摘要", filing.manifest_digest or "尚未冻结卷宗"),
            ("办理记录摘要", filing.history or "尚无办理记录"),
        )
    )
    rows = tuple((title_of_kind(e.kind), e.name, e.digest) for e in dossier.evidence)
    if rows:
        yield Table(columns=("证据", "文件", "SHA-256"), rows=rows, widths=(0.25, 0.2, 0.55))
    else:
        yield Text(missing("证据"))


def _measured(dossier: Dossier) -> Iterator[Block]:
    yield Heading(level=1, text="五、备案所依据的测量值")
    run = told.current_run(dossier)
    if run is None:
        yield Text(missing("测量值（附上 run.json）"))
        return
    yield Table(
        columns=("指标", "类别", "测量值", "真实数据参照", "独立列参照"),
        rows=tuple(score_rows(run)),
        widths=(0.3, 0.1, 0.34, 0.13, 0.13),
    )
    yield Table(
        columns=("攻击", "对象", "AUC", "对照", "是否计入"),
        rows=tuple(attack_rows(run)),
        widths=(0.26, 0.22, 0.3, 0.1, 0.12),
    )


def _inspections(dossier: Dossier) -> Iterator[Block]:
    yield Heading(level=1, text="六、历次检查的测量")
    if not dossier.inspections:
        yield Text("尚无检查测量记录。")
    for found in dossier.inspections:
        rows = tuple(_plain(found))
        yield Table(columns=("项目", "内容"), rows=rows, widths=(0.35, 0.65))


def _plain(record: Record) -> Iterator[tuple[str, str]]:
    """What is plain in a record of an inspection; measured values stand one a line."""
    for name, value in record.items():
        if isinstance(value, str | int | float | bool):
            yield INSPECTED.get(name, name), figure(value)
    measured = record.get("measured")
    if isinstance(measured, Mapping):
        yield from _measurement(measured)


def _measurement(measured: Record) -> Iterator[tuple[str, str]]:
    """What an inspection measured, figure by figure, and what it proposed to find."""
    seen: Record = measured.get("measurement") or {}
    for name in ("filed_model", "live_model", "measured_digest", "made_by", "n_rows"):
        if seen.get(name) not in (None, ""):
            yield INSPECTED.get(name, name), figure(seen[name])
    for one in seen.get("compared", ()):
        filed, live = (_interval(one.get(side)) for side in ("filed", "live"))
        yield f"测量：{SCORES.get(one['name'], one['name'])}", f"备案 {filed}；复测 {live}"
    for found in measured.get("findings", ()):
        yield "检查发现", str(found.get("zh") or found.get("code", ""))


def _interval(value: object) -> str:
    if not isinstance(value, Mapping):
        return "未测得"
    return with_interval(value.get("value"), value.get("low"), value.get("high"))


INSPECTED = {
    "case": "检查案号",
    "id": "检查案号",
    "cause": "起因",
    "seed": "抽取种子",
    "measured_digest": "在用模型摘要",
    "filed_digest": "备案模型摘要",
    "same_model": "与备案模型一致",
    "finding": "认定",
    "measured_at": "测量时间",
    "planned_at": "立案时间",
    "draw": "抽取编号",
    "by": "检查人",
    "filed_model": "备案模型摘要",
    "live_model": "在用模型摘要",
    "made_by": "数据来源",
    "n_rows": "行数",
}
