"""The test questions of the three banks, with what the model answered and how that was judged."""

from collections.abc import Iterator

from guanyao.filing.document import Sheet, Workbook, missing
from guanyao.filing.documents.clause_line import not_applicable
from guanyao.filing.documents.keywords import TITLES, coverage
from guanyao.filing.dossier import Dossier, Record

COLUMNS = ("序号", "测试题", "一级分类", "二级分类", "模型返回", "研判结果")
BANKS = ("generated", "refuse", "non_refuse")
NOT_ASKED = "未抽测"
JUDGED = {
    "passed": "合格",
    "failed": "不合格",
    "refused": "拒答",
    "answered": "未拒答",
    True: "合格",
    False: "不合格",
}


def write(dossier: Dossier) -> Workbook:
    """The workbook: a sheet for each bank, and how they cover the kinds."""
    return Workbook(
        name="评估测试题",
        title="评估测试题",
        sheets=(
            *(
                Sheet(
                    title=TITLES[name],
                    columns=COLUMNS,
                    rows=tuple(_rows(dossier, name)),
                    widths=(8, 48, 20, 28, 48, 12),
                )
                for name in BANKS
            ),
            coverage(dossier, BANKS),
        ),
    )


def _rows(dossier: Dossier, name: str) -> Iterator[tuple[str | int | float, ...]]:
    entries = dossier.entries.get(name, ())
    for n, entry in enumerate(entries, 1):
        yield _row(n, entry)
    if not entries:
        why = not_applicable(dossier, f"bank.{name}")
        said = f"不适用：{why}" if why else missing(TITLES[name])
        yield ("", said, "", "", "", "")


def _row(n: int, entry: Record) -> tuple[str | int | float, ...]:
    answer, judged = entry.get("answer"), entry.get("judgement")
    return (
        n,
        str(entry.get("text", "")),
        str(entry.get("first") or "未分类"),
        str(entry.get("second") or entry.get("kind") or "未分类"),
        NOT_ASKED if answer is None else str(answer),
        NOT_ASKED if judged is None else JUDGED.get(judged, str(judged)),
    )
