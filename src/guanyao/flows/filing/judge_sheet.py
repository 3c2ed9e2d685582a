"""Sheets that people judge in, and what comes back: answers of the model, and verdicts.

A sheet is a workbook or a CSV file with one line for each item. Whatever the model answered stands
there as text: nothing in it is ever taken for a formula.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from guanyao.data.pending import write_whole
from guanyao.errors import DataError
from guanyao.filing.bank import entry_id
from guanyao.filing.bank_sheet import HEADS, Row, rows_of
from guanyao.filing.judging import WORDS, Meaning, verdict_of, word_of
from guanyao.filing.sheet_file import MAX_CELL, MAX_FILE, read_sheets

COLUMNS = ("条目编号", "序号", "测试题", "一级分类", "二级分类", "模型返回", "研判结果", "研判人")
WIDTHS = (20, 6, 60, 18, 24, 60, 12, 12)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell of a CSV file begins that programs take for a formula."""
CUT = "……（下略）"
SHOWN = 8
MAX_ROWS = 1_000_000
FIELDS = ("item", "question", "answer", "verdict", "person")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a judging sheet.

    Args:
        item: What the item is called.
        text: It.
        first: Its upper class.
        second: Its lower class.
        answer: What the model answered; None: nothing was asked of it.
        verdict: What was judged; None: nothing yet.
    """

    item: str
    text: str
    first: str = ""
    second: str = ""
    answer: str | None = None
    verdict: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line that came back.

    Args:
        place: Where it stands.
        item: The item; "": the question is to be looked up.
        question: The id of the question's text; "": there is none.
        answer: What the model answered; None: the sheet says nothing of that.
        verdict: Whether it is a hit; None: nothing was judged.
        person: Who judged; "": whoever hands the sheet in.
    """

    place: str
    item: str = ""
    question: str = ""
    answer: str | None = None
    verdict: bool | None = None
    person: str = ""


def write_sheet(path: Path, title: str, lines: Sequence[Line], meaning: Meaning) -> None:
    """Write a sheet to judge in.

    Args:
        path: The file, .xlsx or .csv.
        title: Of the tab: the draw.
        lines: One for each item.
        meaning: What is judged.

    Raises:
        DataError: It has another suffix ("sheet.suffix"), or cannot be written.
    """
    makers = {".xlsx": _workbook, ".csv": _text}
    if path.suffix.lower() not in makers:
        raise DataError(
            f"a sheet cannot be written as {path.name[:60]}",
            allowed=".xlsx or .csv",
            code="sheet.suffix",
        )
    rows = [_cells(n, line, meaning) for n, line in enumerate(lines, 1)]
    write_whole(path, makers[path.suffix.lower()](title, rows, meaning))


def _cells(n: int, line: Line, meaning: Meaning) -> tuple[str, ...]:
    verdict = "" if line.verdict is None else word_of(line.verdict, meaning)
    texts = (line.text, line.first, line.second, line.answer or "")
    return (line.item, str(n), *(_fitting(text) for text in texts), verdict, "")


def _fitting(text: str) -> str:
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - len(CUT)] + CUT


def _workbook(title: str, rows: Sequence[Sequence[str]], meaning: Meaning) -> bytes:
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet(title[:31])
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    for place, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.write_string(0, place, name, bold)
        sheet.set_column(place, place, width)
    for number, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if cell:
                sheet.write_string(number, place, cell, wrap)
    at = COLUMNS.index("研判结果")
    words = [word_of(value, meaning) for value in (True, False)]
    choice = {"validate": "list", "source": words}
    sheet.data_validation(1, at, max(1, len(rows)), at, choice)
    sheet.freeze_panes(1, 0)
    book.close()
    return made.getvalue()


def _text(title: str, rows: Sequence[Sequence[str]], meaning: Meaning) -> bytes:
    made = io.StringIO(newline="")
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return made.getvalue().encode("utf-8-sig", "replace")


def _harmless(cell: str) -> str:
    """The cell with a mark before what a program would take for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _as_given(cell: str) -> str:
    """The cell without that mark."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def read_said(path: Path, meaning: Meaning) -> list[Said]:
    """What a file says of items: a judging sheet, or JSON lines with item, answer, verdict, person.

    Args:
        path: .xlsx, .csv or .jsonl.
        meaning: What is judged.

    Raises:
        DataError: It cannot be read, its columns are wrong, or a verdict is no word for this sample
            ("judging.word").
    """
    content = _bytes(path)
    is_sheet = path.suffix.lower() != ".jsonl"
    read = _sheet_rows if is_sheet else _json_rows
    rows = list(read(content, path.name))
    computed = [row.place for row in rows if row.computed]
    if computed:
        _wrong(
            path.name, "formulas or errors", computed, "type or paste values", code="bank.formula"
        )
    said = [(row, _said(row, meaning, is_sheet=is_sheet)) for row in rows]
    strange = [row.place for row, found in said if row.get("verdict") and found.verdict is None]
    if strange:
        words = ", ".join(word for value in (True, False) for word in WORDS[meaning][value])
        _wrong(
            path.name, "verdicts that are none", strange, f"one of: {words}", code="judging.word"
        )
    return [found for _, found in said]


def _sheet_rows(content: bytes, name: str) -> Iterator[Row]:
    sheets = read_sheets(content, name, max_rows=MAX_ROWS)
    head = {plain for sheet in sheets.sheets for cells in list(sheet.rows.values())[:20]
            for plain in cells}  # fmt: skip
    needed = "item" if head & set(HEADS["item"]) else "question"
    wanted = [field for field in FIELDS if field != needed]
    yield from rows_of(sheets, name, needed=needed, wanted=wanted).rows


def _said(row: Row, meaning: Meaning, *, is_sheet: bool) -> Said:
    word, question = row.get("verdict"), row.get("question")
    # An empty cell says nothing; JSON can say that the model answered nothing.
    answer = row.get("answer") or None if is_sheet else row.cells.get("answer")
    return Said(
        place=row.place,
        item=row.get("item"),
        question=entry_id(question) if question and not row.get("item") else "",
        answer=None if answer is None else _as_given(answer),
        verdict=verdict_of(word, meaning) if word else None,
        person=row.get("person"),
    )


def _json_rows(content: bytes, name: str) -> Iterator[Row]:
    try:
        for number, line in enumerate(content.decode("utf-8-sig").splitlines(), 1):
            if line.strip():
                yield Row(place=str(number), cells=_json_cells(json.loads(line)))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{name} cannot be read: line {number} is no JSON object of texts",
            allowed='{"item": "...", "answer": "..."} on each line',
            code="sheet.unreadable",
        ) from error


def _json_cells(record: Mapping[str, Any]) -> dict[str, str]:
    found = {field: record[field] for field in FIELDS if record.get(field) is not None}
    cells = {f: str(v).lower() if isinstance(v, bool) else v for f, v in found.items()}
    if any(not isinstance(cell, str) for cell in cells.values()):
        raise TypeError
    return cells


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise DataError(
                f"{path.name} is too large",
                allowed=f"up to {MAX_FILE >> 20} MiB",
                code="sheet.unreadable",
            )
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path.name} cannot be read ({error.strerror or type(error).__name__})",
            do="check the path",
            code="sheet.unreadable",
        ) from error


def _wrong(name: str, what: str, places: Sequence[str], allowed: str, *, code: str) -> NoReturn:
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    raise DataError(
        f"{name} has {what} in line {', '.join(places[:SHOWN])}{more}; nothing was taken over",
        allowed=allowed,
        code=code,
    )
