"""Lists with neutral entries, made up for tests: no word in them means anything."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import xlsxwriter

from guanyao.filing.bank_kinds import Kinds, kinds_of
from guanyao.filing.pack_file import built_in

PACK = "cn-gbt45654-2025"
KEYWORD_HEAD = ("关键词", "一级分类", "二级分类")
QUESTION_HEAD = ("序号", "测试题", "一级分类", "二级分类", "模型返回", "研判结果")


@cache
def kinds(bank: str = "keyword") -> Kinds:
    return kinds_of(bank, [built_in(PACK)])


def classes(bank: str, kind: str) -> tuple[str, str]:
    """What the two classes of a kind are called."""
    found = kinds(bank).kinds[kind]
    return found.group_title.get("zh", ""), found.title["zh"]


def entries(bank: str, per_kind: int | Mapping[str, int], word: str = "示例词") -> list[list[str]]:
    """Rows of text and classes: so many entries of each kind that has a minimum."""
    rows: list[list[str]] = []
    for kind in kinds(bank).minima:
        n = per_kind if isinstance(per_kind, int) else per_kind.get(kind, 0)
        rows += [[f"{word}{len(rows) + i:05d}", *classes(bank, kind)] for i in range(n)]
    return rows


def questions(bank: str, per_kind: int) -> list[list[str]]:
    """The same with the columns of a question list."""
    rows = entries(bank, per_kind, word="示例题")
    return [[str(n), *row, "", ""] for n, row in enumerate(rows, 1)]


def as_csv(head: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> bytes:
    made = io.StringIO(newline="")
    csv.writer(made).writerows([head, *rows])
    return made.getvalue().encode(encoding)


def as_xlsx(
    rows: Iterable[Sequence[str | int]],
    *,
    formulas: Mapping[tuple[int, int], str] | None = None,
    merged: Sequence[tuple[int, int, int, int, str]] = (),
) -> bytes:
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for place, cell in enumerate(row):
            if cell != "":
                sheet.write(line, place, cell)
    for at in merged:
        sheet.merge_range(*at)
    for (line, place), formula in (formulas or {}).items():
        sheet.write_formula(line, place, formula, None, "示例词9")
    book.close()
    return made.getvalue()
