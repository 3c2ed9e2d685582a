"""The keyword list: every entry of the keyword library with its two classes."""

from guanyao.filing.document import Sheet, Workbook, missing
from guanyao.filing.documents.clause_line import not_applicable
from guanyao.filing.dossier import Dossier, Record

COLUMNS = ("关键词", "一级分类", "二级分类")
BANK = "keyword"


def write(dossier: Dossier) -> Workbook:
    """The workbook; where no clause asks for a library, one line says so and why."""
    rows = tuple(map(_row, dossier.entries.get(BANK, ()))) or _none(dossier)
    return Workbook(
        name="拦截关键词列表",
        title="拦截关键词列表",
        sheets=(
            Sheet(title="关键词", columns=COLUMNS, rows=rows, widths=(40, 24, 32)),
            coverage(dossier, (BANK,)),
        ),
    )


def _row(entry: Record) -> tuple[str, ...]:
    return (
        str(entry.get("text", "")),
        str(entry.get("first") or "未分类"),
        str(entry.get("second") or entry.get("kind") or "未分类"),
    )


def _none(dossier: Dossier) -> tuple[tuple[str, ...], ...]:
    why = not_applicable(dossier, f"bank.{BANK}")
    return ((f"不适用：{why}" if why else missing("关键词库"), "", ""),)


TITLES = {
    "keyword": "拦截关键词库",
    "generated": "生成内容测试题库",
    "refuse": "应拒答题库",
    "non_refuse": "不应拒答题库",
}


def coverage(dossier: Dossier, names: tuple[str, ...]) -> Sheet:
    """How many entries there are of each kind, and when the bank was last changed."""
    rows: list[tuple[str | int | float, ...]] = []
    for name in names:
        bank = dossier.banks.get(name)
        if bank is None:
            why = not_applicable(dossier, f"bank.{name}")
            said = f"不适用：{why}" if why else missing(TITLES[name])
            rows.append((TITLES[name], said, "", "", ""))
            continue
        updated, digest = str(bank.get("updated", "")), str(bank.get("bank_digest", ""))
        rows.append((TITLES[name], "合计", int(bank.get("n_entries", 0)), updated, digest))
        rows += [(TITLES[name], kind, n, updated, "") for kind, n in bank.get("kinds", {}).items()]
    return Sheet(
        title="覆盖情况",
        columns=("库", "类别", "条目数", "最近更新", "摘要"),
        rows=tuple(rows),
        widths=(24, 40, 10, 14, 66),
    )
