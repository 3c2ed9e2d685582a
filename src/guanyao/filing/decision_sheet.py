"""A worksheet to decide clauses in: written as a workbook, CSV or YAML, and read back.

A line for each clause. What is given stands to the left, what a person fills in to the right:
result, reason, plan, due and evidence. Nothing that a spreadsheet would run is written or read.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import yaml

from guanyao.errors import DataError
from guanyao.filing.document import Sheet, Workbook
from guanyao.filing.ledger import MEETS, MISSES, NOT_APPLICABLE, Result
from guanyao.filing.plain_yaml import parse
from guanyao.filing.sheet_file import read_sheets

FORMAT = "guanyao.decisions/1"
MAX_ROWS = 10_000
MAX_CELL = 32_000
MOST = 20
"""How many wrong lines a message names."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HEADS: dict[str, str] = {
    "pack": "规则包",
    "clause": "条款",
    "title": "标题",
    "severity": "程度",
    "status": "现状",
    "proposed": "建议结论",
    "why": "测量与待办",
    "result": "结论",
    "reason": "理由",
    "plan": "整改计划",
    "due": "完成期限",
    "evidence": "证据",
}
"""Field of a line -> the head of its column; either may stand in a file that is read."""
WIDTHS = (24, 18, 28, 10, 14, 10, 60, 10, 48, 40, 14, 30)
WORDS: dict[str, Result] = {
    **{result: result for result in (MEETS, MISSES, NOT_APPLICABLE)},
    "met": MEETS,
    "not_met": MISSES,
    "not_applicable": NOT_APPLICABLE,
}
"""What may be written for a result."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a line says to a clause, as it stands there."""

    pack: str
    clause: str
    result: str
    reason: str = ""
    plan: str = ""
    due: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the worksheet, every field as text."""

    pack: str
    clause: str
    title: str
    severity: str
    status: str
    proposed: str
    why: str
    result: str = ""
    reason: str = ""
    plan: str = ""
    due: str = ""
    evidence: str = ""


def write(lines: Sequence[Line], name: str) -> bytes:
    """The worksheet as a file.

    Args:
        lines: They.
        name: The file's name; its ending says what it is: .xlsx, .csv, .yaml.

    Raises:
        DataError: It has another ending ("sheet.suffix").
    """
    suffix = name.lower().rpartition(".")[2]
    if suffix == "xlsx":
        return _workbook(lines)
    if suffix == "csv":
        return _csv(lines)
    if suffix in ("yaml", "yml"):
        return _yaml(lines)
    raise DataError(
        f"a worksheet cannot be written as {name[:60]}",
        allowed=".xlsx, .csv or .yaml",
        code="sheet.suffix",
    )


def _workbook(lines: Sequence[Line]) -> bytes:
    from guanyao.filing.writers.xlsx import write as write_workbook

    rows = tuple(tuple(cell[:MAX_CELL] for cell in asdict(line).values()) for line in lines)
    sheet = Sheet(title="条款", columns=tuple(HEADS.values()), rows=rows, widths=WIDTHS)
    return write_workbook(Workbook(name="条款工作表", title="条款工作表", sheets=(sheet,)))


def _csv(lines: Sequence[Line]) -> bytes:
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(HEADS.values())
    writer.writerows([_harmless(cell) for cell in asdict(line).values()] for line in lines)
    return made.getvalue().encode("utf-8-sig", "replace")


def _harmless(cell: str) -> str:
    """The cell with a mark before what a program would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _as_given(cell: str) -> str:
    """The cell without that mark."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def _yaml(lines: Sequence[Line]) -> bytes:
    rows = [asdict(line) for line in lines]
    text: str = yaml.safe_dump(
        {"decisions": FORMAT, "clauses": rows}, allow_unicode=True, sort_keys=False, width=10**6
    )
    return text.encode("utf-8")


def read(content: bytes, name: str) -> list[tuple[str, Said]]:
    """The lines with a result, each with its place.

    Args:
        content: The file.
        name: Its name; its ending says what it is.

    Raises:
        DataError: It cannot be read, has not the columns, or holds formulas ("sheet....",
            "ledger.worksheet").
        ConfigError: It is no plain YAML ("ledger.worksheet").
    """
    if name.lower().endswith((".yaml", ".yml", ".json")):
        rows = list(_yaml_rows(content, name))
    else:
        rows = list(_table_rows(content, name))
    found = [(place, _said(cells)) for place, cells in rows if cells.get("result", "").strip()]
    lost = [place for place, cells in rows if not (cells.get("pack") and cells.get("clause"))]
    if lost:
        raise wrong_lines(name, [f"line {place}: it names no pack or no clause" for place in lost])
    return found


def _said(cells: Mapping[str, str]) -> Said:
    own = {field.name: cells.get(field.name, "").strip() for field in fields(Said)}
    ids = own.pop("evidence").replace(",", " ").replace("，", " ").split()
    return Said(**own, evidence=tuple(ids))


def _yaml_rows(content: bytes, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    code, what = "ledger.worksheet", "worksheet"
    record = parse(content.decode("utf-8", "replace"), name=name, what=what, code=code)
    rows = record.get("clauses") if isinstance(record, Mapping) else None
    if not isinstance(rows, list) or record.get("decisions") != FORMAT or len(rows) > MAX_ROWS:
        raise wrong_lines(name, [f"it does not begin with 'decisions: {FORMAT}' and 'clauses:'"])
    for n, row in enumerate(rows, 1):
        strange = (
            [str(key) for key in row if key not in HEADS] if isinstance(row, Mapping) else [""]
        )
        if strange:
            raise wrong_lines(name, [f"line {n}: {strange[0][:40]!r} is no field of a clause"])
        yield str(n), {key: _text(value) for key, value in row.items()}


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, list):
        return " ".join(map(_text, value))
    return "" if value is None else str(value)


def _table_rows(content: bytes, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    sheets = read_sheets(content, name, max_rows=MAX_ROWS).sheets
    for sheet in sheets:
        lines = iter(sheet.rows.items())
        _, heads = next(lines, (0, []))
        columns = _columns(heads)
        if not {"pack", "clause", "result"} <= set(columns):
            continue
        for line, cells in lines:
            own = {field: cells[at] for field, at in columns.items() if at < len(cells)}
            if not any(cell.strip() for cell in own.values()):
                continue
            if any((line, at) in sheet.computed for at in columns.values()):
                raise wrong_lines(name, [f"line {line}: a cell holds a formula"])
            yield str(line), {field: _as_given(cell) for field, cell in own.items()}
        return
    raise wrong_lines(name, ["it has no columns for pack (规则包), clause (条款), result (结论)"])


def _columns(heads: Sequence[str]) -> dict[str, int]:
    names = {head: field for field, head in HEADS.items()} | {field: field for field in HEADS}
    found = [(names.get(head.strip().lower()), at) for at, head in enumerate(heads)]
    return {field: at for field, at in reversed(found) if field}


def wrong_lines(name: str, faults: Sequence[str]) -> DataError:
    """The error of lines that cannot be taken; nothing of the file was."""
    more = f" (and {len(faults) - MOST} more)" if len(faults) > MOST else ""
    return DataError(
        f"{name[:80]}: " + "; ".join(faults[:MOST]) + more,
        allowed="lines as `guanyao filing clause worksheet` writes them; all are taken, or none",
        do="correct these lines, and read the file again",
        code="ledger.worksheet",
    )
