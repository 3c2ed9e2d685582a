"""A workbook as an Excel file: a frozen head, filters, and nothing that Excel would reckon."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from guanyao.errors import DataError
from guanyao.filing.document import UNFILLED, Sheet, Workbook
from guanyao.filing.writers import layout
from guanyao.filing.writers.characters import clean, columns

MAX_ROWS, MAX_COLUMNS, MAX_CELL, MAX_TITLE = 1_048_576, 16_384, 32_767, 31
EXACT = 10**15
"""Excel keeps 15 digits of a number; a longer one is written as text."""

LINE_PT, HIGHEST_PT = 14.5, 409.0
NARROWEST, WIDEST, SAMPLE = 6.0, 60.0, 200
FORBIDDEN_TITLE = re.compile(r"[\[\]:*?/\\]")
FACE = "宋体"


def write(workbook: Workbook, *, created: datetime | None = None) -> bytes:
    """The workbook as a .xlsx file.

    Texts are texts, also those that begin like a formula; numbers of more than 15 digits become
    texts, as do such that are none (inf, nan). Control characters become U+FFFD
    (`characters.clean`); of titles of sheets what Excel forbids becomes a blank or is cut, and
    equal ones get a number.

    Args:
        workbook: What it says.
        created: When it was made; None: the file says 1980.

    Raises:
        DataError: A sheet has more rows or columns than Excel holds, a text is longer than 32,767
            characters, or a row has more or fewer cells than there are columns.
    """
    import xlsxwriter

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    when = (created or layout.EPOCH).astimezone(UTC).replace(tzinfo=None)
    book.set_properties({"title": clean(workbook.title), "created": when})
    formats = _formats(book)
    for sheet, title in zip(workbook.sheets, _titles(workbook.sheets), strict=True):
        _write_sheet(book.add_worksheet(title), _checked(sheet), formats)
    if not workbook.sheets:
        book.add_worksheet()
    book.close()
    return file.getvalue()


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401
    plain = {"font_name": FACE, "font_size": layout.TABLE_PT, "valign": "vcenter"}
    lined = {**plain, "border": 1, "border_color": f"#{layout.LINE}"}
    wrapped = {**lined, "text_wrap": True}
    head = {"bold": True, "align": "center", "bg_color": f"#{layout.HEAD_FILL}"}
    return {
        "head": book.add_format({**wrapped, **head, "font_name": "黑体"}),
        "text": book.add_format({**wrapped, "num_format": "@"}),
        "missing": book.add_format(
            {**wrapped, "num_format": "@", "bg_color": f"#{layout.MISSING_FILL}"}
        ),
        "number": book.add_format(lined),
    }


def _write_sheet(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:  # noqa: ANN401
    rows = [[_value(cell) for cell in row] for row in sheet.rows]
    widths = _widths(sheet)
    for column, (title, width) in enumerate(zip(sheet.columns, widths, strict=True)):
        page.set_column(column, column, width)
        page.write_string(0, column, clean(title), formats["head"])
    text, number, missing = formats["text"], formats["number"], formats["missing"]
    for at, row in enumerate(rows, 1):
        if (height := _height(row, widths)) > LINE_PT:
            page.set_row(at, height)
        for column, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(at, column, value, missing if UNFILLED.search(value) else text)
            else:
                page.write_number(at, column, value, number)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(sheet.columns) - 1)
    _set_print(page)


def _set_print(page: Any) -> None:  # noqa: ANN401
    page.set_paper(9)
    page.set_landscape()
    page.repeat_rows(0)
    page.fit_to_pages(1, 0)
    page.set_footer("&C第 &P 页　共 &N 页")


def _value(cell: str | int | float) -> str | int | float:
    if isinstance(cell, str):
        return clean(cell)
    if isinstance(cell, bool) or not abs(cell) < EXACT:
        return str(cell)
    return cell


def _checked(sheet: Sheet) -> Sheet:
    n_columns = len(sheet.columns)
    if {len(sheet.widths) or n_columns, *map(len, sheet.rows)} != {n_columns} or not n_columns:
        raise DataError(
            f"the sheet {sheet.title[:40]!r} has {n_columns} columns and rows or widths of another "
            "number",
            allowed="one cell and one width for each column, and at least one column",
            code="filing.table",
        )
    longest = max((_units(clean(cell)) for cell in _texts(sheet)), default=0)
    if len(sheet.rows) >= MAX_ROWS or n_columns > MAX_COLUMNS or longest > MAX_CELL:
        raise DataError(
            f"the sheet {sheet.title[:40]!r} has {len(sheet.rows):,} rows, {n_columns:,} columns "
            f"and a text of {longest:,} characters",
            allowed=f"{MAX_ROWS - 1:,} rows, {MAX_COLUMNS:,} columns, {MAX_CELL:,} characters",
            do="split the sheet or shorten the text",
            code="filing.workbook",
        )
    return sheet


def _texts(sheet: Sheet) -> Iterator[str]:
    yield from sheet.columns
    for row in sheet.rows:
        yield from (cell for cell in row if isinstance(cell, str))


def _widths(sheet: Sheet) -> Sequence[float]:
    """In characters: as asked, or by the first rows."""
    if sheet.widths:
        return sheet.widths
    cells = zip(sheet.columns, *sheet.rows[:SAMPLE], strict=True)
    return [min(max(NARROWEST, 2.4 + 2 * _widest(column)), WIDEST) for column in cells]


def _widest(column: Iterable[str | int | float]) -> float:
    return max(columns(line) for cell in column for line in str(cell).split("\n"))


def _height(row: Sequence[str | int | float], widths: Sequence[float]) -> float:
    """In points; Excel finds it by itself, other programs do not."""
    n_lines = max(
        layout.n_lines(cell, widths=max(1.0, width / 2.05 - 0.5)) if len(cell) > 2 else 1
        for cell, width in ((str(cell), width) for cell, width in zip(row, widths, strict=True))
    )
    return min(LINE_PT * n_lines + 2.0, HIGHEST_PT) if n_lines > 1 else LINE_PT


def _titles(sheets: Sequence[Sheet]) -> Iterator[str]:
    """A title for each tab that Excel accepts: not empty, unique, no sign that it forbids."""
    taken = {"history"}
    for number, sheet in enumerate(sheets, 1):
        plain = " ".join(FORBIDDEN_TITLE.sub(" ", clean(sheet.title)).split()).strip("' ")
        title = _cut(plain, MAX_TITLE) or f"Sheet{number}"
        n = 1
        while title.casefold() in taken:
            n += 1
            title = _cut(plain, MAX_TITLE - len(f" ({n})")) + f" ({n})"
        taken.add(title.casefold())
        yield title


def _cut(title: str, most: int) -> str:
    while _units(title) > most:
        title = title[:-1]
    return title.strip("' ")


def _units(text: str) -> int:
    """Length as Excel counts it, in units of UTF-16."""
    return len(text) + sum(c > "\uffff" for c in text)
