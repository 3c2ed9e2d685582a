"""The self-assessment: verdict and reasons first, then data, model, measures by clause."""

from collections.abc import Iterable, Iterator, Sequence

from guanyao.filing.document import (
    Block,
    Bullets,
    Document,
    Heading,
    Signatures,
    Table,
    Text,
    missing,
)
from guanyao.filing.documents import assessed, told
from guanyao.filing.documents.clause_line import (
    UNDECIDED,
    ClauseLine,
    by_pack,
    clause_lines,
    clause_table,
    sources,
    tally,
)
from guanyao.filing.dossier import Dossier
from guanyao.filing.ledger import MEETS, MISSES, NOT_APPLICABLE, RESULTS

CHAPTERS = {
    "data": "corpus",
    "model": "model",
    "assessment": "model",
    "measures": "measures",
    "banks": "measures",
    "report": "conclusion",
    **dict.fromkeys(("A1", "A2", "A3", "A4", "A5"), "model"),
}
"""Group of a basic pack -> the chapter that its clauses stand in."""
CORE = ("cn-gbt45654-2025", "cn-tc260-003-2024")
"""Packs whose clauses are spread over the chapters; any other stands together in chapter 5."""
SIGNATORIES = ("法定代表人", "安全评估工作负责人", "合法性评估工作负责人")


def write(dossier: Dossier) -> Document:
    """The whole report."""
    lines = clause_lines(dossier)
    return Document(
        name="安全评估报告",
        title="生成式人工智能服务安全评估报告",
        subtitle=told.subtitle(dossier),
        blocks=(
            *_summary(dossier, lines),
            *_basics(dossier, lines),
            *_chapter("二、训练数据（语料）安全评估", assessed.corpus(dossier), lines, "corpus"),
            *_chapter("三、模型安全评估", assessed.model(dossier), lines, "model"),
            *_chapter("四、安全措施评估", assessed.measures(dossier), lines, "measures"),
            *_others(lines),
            *_conclusion(dossier, lines),
        ),
    )


def _summary(dossier: Dossier, lines: Sequence[ClauseLine]) -> Iterator[Block]:
    """What came of it and why, before anything else."""
    yield Heading(level=1, text="评估结论与理由")
    yield Text(verdict(lines))
    yield Table(
        columns=("依据", "条款数", *RESULTS, UNDECIDED),
        rows=tuple(_tally_rows(lines)),
        widths=(0.5, 0.1, 0.1, 0.1, 0.1, 0.1),
        caption="各规则包条款结论汇总",
    )
    yield Heading(level=2, text="主要理由")
    yield Bullets(tuple(assessed.reasons(dossier, lines)))
    if missed := [line for line in lines if line.verdict == MISSES]:
        yield Heading(level=2, text="不符合项与整改计划")
        yield Text("理由和计划都相同的条款列在一起；各条的要求和证据见后文逐条结论。")
        yield from (_missed(own) for own in by_pack(missed).values())


def verdict(lines: Sequence[ClauseLine]) -> str:
    """The result of the whole in one paragraph."""
    n = tally(lines)
    counted = (
        f"本次评估共 {len(lines)} 条：符合 {n[MEETS]} 条，不符合 {n[MISSES]} 条，"
        f"不适用 {n[NOT_APPLICABLE]} 条"
    )
    if not lines:
        return missing("启用的规则包与条款结论")
    if n[UNDECIDED]:
        return f"{counted}。{missing(f'{n[UNDECIDED]} 条尚无结论，须逐条作出结论')}"
    if n[MISSES]:
        return f"{counted}。总体结论：存在不符合项，按所列计划整改；其余适用条款均符合要求。"
    return f"{counted}。总体结论：全部适用条款均符合要求。"


def _tally_rows(lines: Iterable[ClauseLine]) -> Iterator[tuple[str, ...]]:
    for own in by_pack(lines).values():
        n = tally(own)
        yield (own[0].pack.title["zh"], str(len(own)), *(str(n[name]) for name in n))


def _missed(lines: Sequence[ClauseLine]) -> Table:
    """What a pack's clauses miss: one row for all that have the same reason and the same plan."""
    found: dict[tuple[str, str], list[str]] = {}
    for line in lines:
        named = f"{line.clause.id} {line.clause.title['zh']}"
        found.setdefault((line.reason_text, line.plan_text), []).append(named)
    return Table(
        columns=("不符合的条款", "理由", "整改计划与期限"),
        rows=tuple(("\n".join(named), *why) for why, named in found.items()),
        widths=(0.4, 0.22, 0.38),
        caption=f"{lines[0].pack.title['zh']}：{len(lines)} 条",
    )


def _basics(dossier: Dossier, lines: Sequence[ClauseLine]) -> Iterator[Block]:
    yield Heading(level=1, text="一、服务概况与评估依据")
    yield assessed.overview(dossier)
    yield Heading(level=2, text="评估依据")
    yield Bullets(tuple(sources(lines)) or (missing("启用的规则包"),))
    yield Text(
        "结论分符合、不符合、不适用三种。测量值以其区间的不利一端与要求比较；"
        "证据以文件摘要（SHA-256）标明，模型、数据、规则或证据变化时，相应结论即行失效并须重新作出。"
    )


def _chapter(
    title: str, told_first: Iterable[Block], lines: Iterable[ClauseLine], chapter: str
) -> Iterator[Block]:
    yield Heading(level=1, text=title)
    yield from told_first
    yield from _clauses([line for line in lines if chapter_of(line) == chapter])


def chapter_of(line: ClauseLine) -> str:
    """The chapter that a clause stands in."""
    return CHAPTERS.get(line.clause.group, "others") if line.pack.id in CORE else "others"


def _clauses(lines: Sequence[ClauseLine]) -> Iterator[Block]:
    """The clauses, group by group."""
    groups = dict.fromkeys((line.pack.id, line.clause.group) for line in lines)
    for pack, group in groups:
        own = [line for line in lines if (line.pack.id, line.clause.group) == (pack, group)]
        yield Heading(level=2, text=f"逐条结论：{own[0].pack.groups[group]['zh']}")
        yield clause_table(own)


def _others(lines: Iterable[ClauseLine]) -> Iterator[Block]:
    others = [line for line in lines if chapter_of(line) == "others"]
    yield Heading(level=1, text="五、其他法律、标准与委托要求评估")
    if not others:
        yield told.not_involved("未启用其他规则包。")
    for own in by_pack(others).values():
        yield Text(f"以下为{own[0].pack.title['zh']}的逐条结论。")
        yield from _clauses(own)


def _conclusion(dossier: Dossier, lines: Sequence[ClauseLine]) -> Iterator[Block]:
    yield Heading(level=1, text="六、总体结论")
    yield Text(verdict(lines))
    for question in ("residual_risk", "forecast", "response"):
        yield Heading(level=2, text=dossier.questions.get(question, question))
        yield Text(dossier.answer(question))
    yield from _clauses([line for line in lines if chapter_of(line) == "conclusion"])
    yield Heading(level=2, text="签字")
    yield Signatures(SIGNATORIES)
