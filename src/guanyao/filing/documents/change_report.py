"""The change report: what changed, figures before and after, which results went stale."""

from collections.abc import Iterator, Mapping
from typing import Any

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
from guanyao.filing.documents import told
from guanyao.filing.documents.compared import figures_table
from guanyao.filing.documents.yearly_assessment import stale_blocks, subjects
from guanyao.filing.dossier import Dossier

KIND = "ChangeCase"
DECLARED = {"change": "变更事项", "changed_on": "变更日期"}
"""What is said with the declaration -> what it is called."""


def write(dossier: Dossier) -> Document:
    """The report."""
    return Document(
        name="变更情况报告",
        title="生成式人工智能服务变更情况报告",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、变更内容"),
            *_declared(dossier),
            Heading(level=1, text="二、摘要比较"),
            Fields(subjects(dossier)),
            Heading(level=1, text="三、测量值比较"),
            *_figures(dossier),
            Heading(level=1, text="四、受影响的条款结论"),
            *stale_blocks(dossier),
            Signatures(("申报单位（盖章）",)),
        ),
    )


def _declared(dossier: Dossier) -> Iterator[Block]:
    cases = [case for case in dossier.filing.cases if case.kind == KIND]
    machine = dossier.profile.cases.get(KIND)
    rows = []
    for case in cases:
        papers: Mapping[str, Any] = dossier.cases.get(case.id, {})
        state = machine.states[case.state].title.zh if machine else case.state
        rows.append((case.id, str(papers.get("body") or _reason(dossier, case.id)), state))
    if rows:
        yield Table(columns=("案件", "变更说明", "状态"), rows=tuple(rows), widths=(0.2, 0.6, 0.2))
    else:
        yield Text(missing("变更说明（申报变更时写明）"))


def _reason(dossier: Dossier, case: str) -> str:
    """What was said when the change was declared."""
    for act in dossier.acts:
        is_mine = case in (act.get("case"), *(act.get("opened") or ()))
        payload: Mapping[str, Any] = act.get("payload") or {}
        said = [str(act["reason"])] if act.get("reason") else []
        said += [f"{title}：{payload[key]}" for key, title in DECLARED.items() if payload.get(key)]
        if act.get("done") and is_mine and said:
            return "；".join(said)
    return missing("变更说明")


def _figures(dossier: Dossier) -> Iterator[Block]:
    if told.current_run(dossier) is None:
        yield Text(missing("变更后的测量值（附上 run.json）"))
    else:
        yield figures_table(dossier)
