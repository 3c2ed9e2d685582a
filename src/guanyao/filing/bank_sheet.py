"""The rows of a keyword list, a question list or a judging sheet, whatever its columns are called.

Heads are known in Chinese and English: 关键词|一级分类|二级分类 and
序号|测试题|一级分类|二级分类|模型返回|研判结果 among others, in any order. The line of heads
may stand below a title, and may be two lines with merged cells.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from guanyao.errors import DataError
from guanyao.filing.bank_kinds import plain_name
from guanyao.filing.sheet_file import Sheet, Sheets

HEAD_LINES = 20
"""Lines from the top among which the heads stand."""

_ANY = ("内容", "文本", "条目", "text", "entry", "content")
KEYWORD_HEADS = (
    "关键词",
    "拦截关键词",
    "关键字",
    "拦截词",
    "词条",
    "词语",
    "keyword",
    "word",
    "term",
)
QUESTION_HEADS = (
    *("测试题", "测试题目", "测试问题", "题目", "试题", "问题", "提问", "评估测试题"),
    *("question", "test question", "prompt", "query"),
)
HEADS: Mapping[str, tuple[str, ...]] = {
    "keyword": (*KEYWORD_HEADS, *_ANY),
    "question": (*QUESTION_HEADS, *_ANY),
    "first": (
        *("一级分类", "一级类别", "一级标签", "一级", "大类", "风险大类"),
        *("first class", "class 1", "level 1", "category", "category 1", "group"),
    ),
    "second": (
        *("二级分类", "二级类别", "二级标签", "二级", "小类", "子类", "风险小类", "方面"),
        *("second class", "class 2", "level 2", "subcategory", "category 2", "aspect"),
    ),
    "class": (
        *("分类", "类别", "类型", "风险类别", "风险类型", "标签"),
        *("class", "kind", "risk", "label"),
    ),
    "item": ("条目编号", "抽样编号", "item", "item id"),
    "answer": (
        *("模型返回", "模型返回内容", "模型回答", "模型输出", "返回内容", "回答", "生成内容"),
        *("answer", "response", "output", "model answer", "model output", "completion"),
    ),
    "verdict": (
        *("研判结果", "判定结果", "研判", "判定", "评估结果", "结论", "结果"),
        *("verdict", "judgement", "judgment", "result"),
    ),
    "person": (*("研判人", "判定人", "评估人", "审核人"), *("judge", "judged by", "person", "by")),
}
"""What a column holds -> what it may be called."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row.

    Args:
        place: Where it stands: "12", or "Sheet2:12" where there are several sheets.
        cells: Field -> what stands there, without blanks at the ends; only fields that are there.
        computed: Fields whose cell holds a formula or an error.
    """

    place: str
    cells: Mapping[str, str]
    computed: frozenset[str] = frozenset()

    def get(self, field: str) -> str:
        """What stands in a field; "" for nothing."""
        return self.cells.get(field, "")


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a file holds of use.

    Args:
        rows: In the file's order.
        fields: Which fields there are.
        left_out: Names of sheets that hold no such table, or are hidden.
    """

    rows: tuple[Row, ...]
    fields: frozenset[str]
    left_out: tuple[str, ...] = ()


def rows_of(sheets: Sheets, name: str, *, needed: str, wanted: Collection[str]) -> Table:
    """The rows of every sheet that has the column that is needed.

    Args:
        sheets: The file's tables.
        name: The file's name, for messages.
        needed: The field that must be there: "keyword", "question" or "item".
        wanted: Further fields that are read where they are there.

    Raises:
        DataError: No sheet has it, or two columns would be one field ("bank.columns").
    """
    known = {plain_name(head): field for field in (*wanted, needed) for head in HEADS[field]}
    found: list[Row] = []
    fields: set[str] = set()
    left_out = list(sheets.hidden)
    places = {sheet.name: _head(sheet, known, needed) for sheet in sheets.sheets}
    several = sum(place is not None for place in places.values()) > 1
    for sheet in sheets.sheets:
        place = places[sheet.name]
        if place is None:
            left_out += [sheet.name] if sheet.rows else []
            continue
        line, columns = place
        fields |= set(columns)
        found += _rows(sheet, line, columns, prefix=f"{sheet.name[:31]}:" if several else "")
    if not fields:
        raise _no_columns(name, needed)
    return Table(rows=tuple(found), fields=frozenset(fields), left_out=tuple(left_out))


def _no_columns(name: str, needed: str) -> DataError:
    return DataError(
        f"{name} has no line of heads among its first {HEAD_LINES} lines with a column "
        f"for each {needed}, once",
        allowed="a column called " + ", ".join(HEADS[needed][:8]),
        do="name the columns as docs/filing-banks.md shows",
        code="bank.columns",
    )


def _head(sheet: Sheet, known: Mapping[str, str], needed: str) -> tuple[int, dict[str, int]] | None:
    """The line of heads, and the place of each field; of two lines on end the lower one."""
    best: tuple[int, dict[str, int]] | None = None
    for line in list(sheet.rows)[:HEAD_LINES]:
        columns = _columns(sheet.rows[line], known)
        if needed in columns:
            best = line, columns
        elif best is not None:
            break
    return best


def _columns(cells: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
    """Field -> place; {} where a field stands twice that may only once."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        field = known.get(plain_name(cell), "")
        if field == "class" and "class" in found and "second" not in found:
            # One merged head above two columns: the upper class, then the lower.
            found["first"], found["second"] = found.pop("class"), place
        elif field in found:
            return {}
        elif field:
            found[field] = place
    if "class" in found and "second" not in found:
        found["second"] = found.pop("class")
    return found


def _rows(sheet: Sheet, head: int, columns: Mapping[str, int], prefix: str) -> Iterator[Row]:
    for line, cells in sheet.rows.items():
        if line <= head:
            continue
        said = {f: cells[at].strip() for f, at in columns.items() if at < len(cells)}
        computed = frozenset(f for f, at in columns.items() if (line, at) in sheet.computed)
        if any(said.values()) or computed:
            yield Row(place=f"{prefix}{line}", cells=said, computed=computed)
