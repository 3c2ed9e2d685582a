"""The annotation rules: tasks, people, review, quality, or that nothing is annotated."""

from collections.abc import Iterator

from guanyao.filing.document import Block, Bullets, Document, Heading, Text
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import asked_by, not_applicable
from guanyao.filing.dossier import Dossier

KIND = "document.annotation_rules"


def write(dossier: Dossier) -> Document:
    """The rules."""
    return Document(
        name="语料标注规则",
        title="语料标注规则",
        subtitle=told.subtitle(dossier),
        blocks=tuple(_blocks(dossier)),
    )


def _blocks(dossier: Dossier) -> Iterator[Block]:
    known = told.holds(dossier, "people_annotate")
    if known is None:
        yield Text(told.fact(dossier, "people_annotate"))
        return
    if not known:
        yield Text(f"{told.NOT_INVOLVED}：{_why_none(dossier)}。")
        yield Text(_kind_of_learning(dossier))
        return
    for title, question in SECTIONS:
        yield Heading(level=1, text=title)
        yield Text(dossier.answer(question))
    yield Heading(level=1, text="五、人员与分工")
    yield Bullets(
        (
            f"标注人员 {dossier.answer('annotators')} 名，"
            f"审核人员 {dossier.answer('reviewers')} 名。",
            "标注与审核由不同人员承担，同一任务中一人不兼两职。",
            "安全性标注逐条经审核；功能性标注按批抽检。",
            "安全性标注数据与其他数据分开存储。",
        )
    )
    yield Heading(level=1, text="六、质量计算")
    yield Text(
        "抽检合格率＝抽检合格条数÷抽检条数；以合格率的置信区间下限与合格判定比较，"
        "未达到的整批返工并重新抽检。"
    )
    yield Heading(level=1, text="七、所回应的要求")
    yield Bullets(asked_by(dossier, KIND))


SECTIONS = (
    ("一、标注任务与规则", "annotation_tasks"),
    ("二、标注示例", "annotation_examples"),
    ("三、培训与考核", "annotation_training"),
    ("四、抽检与合格判定", "annotation_check"),
)


def _why_none(dossier: Dossier) -> str:
    return not_applicable(dossier, KIND) or "训练数据不经人工标注"


def _kind_of_learning(dossier: Dossier) -> str:
    if told.holds(dossier, "learns_from_data") is False:
        return "模型不由本单位以数据训练。"
    return (
        "模型直接由业务记录学习其统计分布，列的含义和取值取自数据本身，不增加人工标注；"
        "如今后引入人工标注，先行制定标注规则、培训考核人员，并就相应条款重新作出结论。"
    )
