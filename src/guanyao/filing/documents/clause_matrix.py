"""The clause matrix: every clause of the active packs in one sheet, and the sums in another."""

from collections.abc import Iterator

from guanyao.filing.document import Sheet, Workbook
from guanyao.filing.documents.clause_line import (
    SEVERITIES,
    UNDECIDED,
    ClauseLine,
    by_pack,
    clause_lines,
    tally,
)
from guanyao.filing.documents.told import moment
from guanyao.filing.dossier import Dossier
from guanyao.filing.ledger import RESULTS

COLUMNS = (
    *("序号", "规则包", "条款", "分组", "标题", "要求", "程度", "结论", "证据（摘要）"),
    *("测量值与要求", "理由", "整改计划与期限", "结论人", "结论时间", "条文依据", "依据核对"),
)
WIDTHS = (6, 22, 16, 18, 22, 48, 6, 10, 40, 48, 40, 30, 14, 20, 30, 16)


def write(dossier: Dossier) -> Workbook:
    """The workbook."""
    lines = clause_lines(dossier)
    return Workbook(
        name="条款符合性矩阵",
        title="条款符合性矩阵",
        sheets=(
            Sheet(
                title="逐条结论",
                columns=COLUMNS,
                rows=tuple(_row(n, line) for n, line in enumerate(lines, 1)),
                widths=WIDTHS,
            ),
            Sheet(
                title="汇总",
                columns=("规则包", "版本", "条款数", *RESULTS, UNDECIDED, "摘要"),
                rows=tuple(_sums(lines)),
                widths=(48, 14, 8, 8, 8, 8, 10, 66),
            ),
        ),
    )


def _row(n: int, line: ClauseLine) -> tuple[str | int, ...]:
    clause, result, source = line.clause, line.result, line.clause.source
    seen = source.checked
    return (
        n,
        line.pack.id,
        clause.id,
        line.pack.groups[clause.group]["zh"],
        clause.title["zh"],
        clause.text["zh"],
        SEVERITIES.get(clause.severity, ""),
        line.result_text,
        line.evidence_text,
        line.measured_text,
        line.reason_text,
        line.plan_text,
        result.decided_by if result else "—",
        moment(result.decided_at.isoformat()) if result else "—",
        source.where,
        f"{seen.by} {seen.at.isoformat()}" if seen else "尚未与原文核对",
    )


def _sums(lines: list[ClauseLine]) -> Iterator[tuple[str | int, ...]]:
    for own in by_pack(lines).values():
        pack, n = own[0].pack, tally(own)
        yield (pack.title["zh"], pack.version, len(own), *n.values(), pack.digest)
