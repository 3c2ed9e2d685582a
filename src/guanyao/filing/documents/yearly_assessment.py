"""The yearly assessment: fresh figures against those that were filed, what changed, plans."""

from collections.abc import Iterator

from guanyao.filing.document import (
    Block,
    Document,
    Fields,
    Heading,
    Signatures,
    Table,
    Text,
    missing,
)
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.assessment_report import verdict
from guanyao.filing.documents.clause_line import ClauseLine, clause_lines
from guanyao.filing.documents.compared import figures_table, stale_results, stale_table
from guanyao.filing.dossier import Dossier
from guanyao.filing.ledger import MISSES


def write(dossier: Dossier) -> Document:
    """The assessment."""
    lines = clause_lines(dossier)
    return Document(
        name="年度重新评估报告",
        title="生成式人工智能服务年度重新评估报告",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、结论"),
            Text(verdict(lines)),
            Heading(level=1, text="二、与备案时比较"),
            Fields(subjects(dossier)),
            *_figures(dossier),
            Heading(level=1, text="三、失效的条款结论"),
            *stale_blocks(dossier),
            Heading(level=1, text="四、不符合项与计划"),
            *_plans(lines),
            Heading(level=1, text="五、运行情况"),
            *assessed.service_log(dossier),
            *_cases(dossier),
            Signatures(("安全评估工作负责人", "申报单位（盖章）")),
        ),
    )


def subjects(dossier: Dossier) -> tuple[tuple[str, str], ...]:
    """Digests as filed and now."""
    before = dossier.before or {}
    filed = str(before.get("model_digest") or dossier.filing.model_digest)
    now = told.digest(dossier.subject.model, "模型文件摘要")
    return (
        ("备案编号", dossier.filing.number or "尚无编号"),
        ("备案卷宗版本", str(before.get("version") or dossier.filing.dossier_version or "尚无")),
        ("备案模型摘要", filed or "尚无备案卷宗"),
        ("现用模型摘要", now),
        ("模型是否变化", _is_same(filed, dossier.subject.model)),
        ("训练数据摘要", told.digest(dossier.subject.data, "训练数据摘要")),
    )


def _is_same(filed: str, now: str) -> str:
    if not filed or not now:
        return "无从比较"
    return "未变化" if filed == now else "已变化"


def _figures(dossier: Dossier) -> Iterator[Block]:
    if told.current_run(dossier) is None:
        yield Text(missing("本次测量值（附上 run.json）"))
    else:
        yield figures_table(dossier)


def stale_blocks(dossier: Dossier) -> Iterator[Block]:
    """The results that no longer stand, or that all do."""
    found = stale_results(dossier)
    if found:
        yield Text(f"以下 {len(found)} 条结论所依据的事实已经变化，须重新作出结论。")
        yield stale_table(dossier, found)
    elif dossier.results:
        yield Text("全部已作出的条款结论所依据的模型、数据、规则与证据均未变化，结论继续有效。")
    else:
        yield Text(missing("条款结论"))


def _plans(lines: list[ClauseLine]) -> Iterator[Block]:
    missed = [line for line in lines if line.verdict == MISSES]
    if not missed:
        yield Text("无不符合项。")
        return
    yield Table(
        columns=("条款", "不符合的要求", "整改计划与期限"),
        rows=tuple((x.clause.id, x.clause.title["zh"], x.plan_text) for x in missed),
        widths=(0.2, 0.4, 0.4),
    )


def _cases(dossier: Dossier) -> Iterator[Block]:
    kinds = dossier.profile.cases
    rows = tuple(
        (
            case.id,
            kinds[case.kind].title.zh if case.kind in kinds else case.kind,
            "未结" if case.is_open else "已结",
        )
        for case in dossier.filing.cases
    )
    if rows:
        yield Table(columns=("案件", "种类", "状态"), rows=rows, widths=(0.4, 0.4, 0.2))
    else:
        yield Text("期间无异议、检查、变更等案件。")
