"""Excel files: all that a workbook says, and nothing that is reckoned."""

import io
import re
from datetime import datetime, timedelta, timezone
from zipfile import ZipFile

import fastexcel
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.errors import DataError
from guanyao.filing.document import Sheet, Workbook, missing, unfilled
from guanyao.filing.writers import xlsx
from guanyao.filing.writers.characters import clean
from tests.filing.writers.made_document import HOSTILE

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "\t=1", "http://example.com", "=cmd|' /C x'!A0")


def sheet(*rows: tuple[str | int | float, ...], title: str = "表") -> Sheet:
    columns = tuple("甲乙丙丁戊"[: len(rows[0])]) if rows else ("甲",)
    return Sheet(title=title, columns=columns, rows=rows)


def book(*sheets: Sheet) -> Workbook:
    return Workbook(name="book", title="关键词列表", sheets=sheets)


def part(content: bytes, name: str) -> str:
    with ZipFile(io.BytesIO(content)) as package:
        return package.read(name).decode()


def rows_of(content: bytes, number: int = 0) -> list[tuple[str, ...]]:
    found = fastexcel.read_excel(content).load_sheet(number, header_row=None, dtypes="string")
    return [tuple(cell or "" for cell in row) for row in found.to_polars().rows()]


def test_it_says_all_that_the_workbook_says() -> None:
    made = book(sheet(("词", 1, 0.5), ("语", -2, 1e9)), sheet(("类", "说"), title="二"))
    content = xlsx.write(made)
    assert fastexcel.read_excel(content).sheet_names == ["表", "二"]
    assert rows_of(content) == [("甲", "乙", "丙"), ("词", "1", "0.5"), ("语", "-2", "1000000000")]
    assert rows_of(content, 1) == [("甲", "乙"), ("类", "说")]


def test_numbers_are_numbers() -> None:
    content = xlsx.write(book(sheet(("词", 1), ("语", 2))))
    frame = fastexcel.read_excel(content).load_sheet(0).to_polars()
    assert frame.schema["乙"].is_numeric()
    assert frame["乙"].sum() == 3


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_like_a_formula_is_a_text(text: str) -> None:
    content = xlsx.write(book(sheet((text, "x"))))
    assert rows_of(content)[1] == (text, "x")
    page = part(content, "xl/worksheets/sheet1.xml")
    assert "<f>" not in page
    assert "hyperlink" not in page
    assert page.count('t="s"') == 4


@pytest.mark.parametrize("number", [10**15, 12345678901234567890, float("inf"), -1e300])
def test_a_number_that_excel_would_round_is_a_text(number: int | float) -> None:
    assert rows_of(xlsx.write(book(sheet((number, "x")))))[1][0] == str(number)


def test_digits_of_a_code_stay() -> None:
    code = "00" + "9" * 20
    assert rows_of(xlsx.write(book(sheet((code, "x")))))[1][0] == code


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stands_there_as_it_is(text: str) -> None:
    content = xlsx.write(book(sheet((text, "x"), title=text)))
    assert rows_of(content)[1] == (clean(text), "x")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=40), min_size=1, max_size=5))
def test_any_text_can_be_written_and_read(texts: list[str]) -> None:
    rows = tuple((text, "x") for text in texts)
    sheets = (sheet(*rows, title=text) for text in texts)
    content = xlsx.write(Workbook(name="x", title=texts[0], sheets=tuple(sheets)))
    assert rows_of(content)[1:] == [(clean(text), "x") for text in texts]


def test_titles_of_sheets_are_such_that_excel_takes() -> None:
    titles = ["表/一", "表:一", "表 一", "", "'", "x" * 40, "X" * 40, "History", "a[b]*?"]
    content = xlsx.write(book(*(sheet(("1", "2"), title=title) for title in titles)))
    found = fastexcel.read_excel(content).sheet_names
    assert found[:3] == ["表 一", "表 一 (2)", "表 一 (3)"]
    assert len({name.casefold() for name in found}) == len(titles)
    assert all(re.fullmatch(r"[^\[\]:*?/\\]{1,31}", name) for name in found)
    assert "history" not in {name.casefold() for name in found}


def test_the_same_workbook_is_the_same_bytes() -> None:
    made = book(sheet(("词", 1)))
    assert xlsx.write(made) == xlsx.write(made)


def test_it_says_its_title_and_day_and_names_no_person() -> None:
    china = timezone(timedelta(hours=8))
    content = xlsx.write(book(sheet(("词", 1))), created=datetime(2026, 11, 22, 8, tzinfo=china))
    core = part(content, "docProps/core.xml")
    assert "<dc:title>关键词列表</dc:title>" in core
    assert "2026-11-22T00:00:00Z" in core
    assert "<dc:creator></dc:creator>" in core
    assert "1980-01-01T00:00:00Z" in part(xlsx.write(book(sheet(("词", 1)))), "docProps/core.xml")


def test_the_head_stays_in_sight_and_filters() -> None:
    page = part(xlsx.write(book(sheet(("词", 1), ("语", 2)))), "xl/worksheets/sheet1.xml")
    assert re.search(r'<pane ySplit="1"[^>]*state="frozen"', page)
    assert '<autoFilter ref="A1:B3"/>' in page
    assert "fitToWidth" in page or "fitToHeight" in page


def test_columns_are_as_wide_as_asked_or_as_what_they_say() -> None:
    asked = Sheet(title="表", columns=("甲", "乙"), rows=(("1", "2"),), widths=(10, 33))
    found = widths(xlsx.write(book(asked)))
    assert [round(width) for width in found] == [11, 34]
    short, long = widths(xlsx.write(book(sheet(("词", "说" * 500)))))
    assert short < 12 < 50 < long < 62


def widths(content: bytes) -> list[float]:
    page = part(content, "xl/worksheets/sheet1.xml")
    return [float(width) for width in re.findall(r'<col [^>]*?width="([\d.]+)"', page)]


def test_a_row_is_as_high_as_its_longest_text() -> None:
    content = xlsx.write(book(sheet(("词", "短"), ("词", "说" * 200), ("词", "行\n" * 900))))
    heights = re.findall(
        r'<row r="(\d+)"[^>]*? ht="([\d.]+)"', part(content, "xl/worksheets/sheet1.xml")
    )
    assert [row for row, _ in heights] == ["3", "4"]
    assert 50 < float(heights[0][1]) < float(heights[1][1]) <= 409


def test_what_is_to_be_filled_in_is_found_again_and_seen() -> None:
    made = book(sheet((f"住{missing('址')}", "x")))
    content = xlsx.write(made)
    assert unfilled(rows_of(content)[1][0]) == made.unfilled() == ["址"]
    page = part(content, "xl/worksheets/sheet1.xml")
    styles = re.findall(r'<c r="[AB]2" s="(\d+)"', page)
    assert len(set(styles)) == 2


def test_ten_thousand_entries_come_back() -> None:
    rows = tuple((i, f"词语{i}", f"类别{i % 31}", "x" * (i % 50)) for i in range(10_000))
    content = xlsx.write(book(sheet(*rows)))
    frame = fastexcel.read_excel(content).load_sheet(0).to_polars()
    given_frame = pl.DataFrame(rows, schema=frame.columns, orient="row")
    assert frame["乙"].to_list() == given_frame["乙"].to_list()
    assert frame["甲"].cast(pl.Int64).to_list() == list(range(10_000))


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (Sheet(title="t", columns=("a", "b"), rows=(("1",),)), "filing.table"),
        (Sheet(title="t", columns=("a",), rows=(), widths=(1, 2)), "filing.table"),
        (Sheet(title="t", columns=(), rows=()), "filing.table"),
        (Sheet(title="t", columns=("a",), rows=(("x" * 32_768,),)), "filing.workbook"),
        (Sheet(title="t", columns=("a",), rows=(("x",),) * 1_048_576), "filing.workbook"),
        (Sheet(title="t", columns=("a",) * 16_385, rows=()), "filing.workbook"),
    ],
)
def test_a_sheet_that_excel_cannot_hold_is_refused(made: Sheet, code: str) -> None:
    with pytest.raises(DataError) as found:
        xlsx.write(book(made))
    assert found.value.code == code


def test_a_workbook_without_sheets_opens() -> None:
    assert len(fastexcel.read_excel(xlsx.write(book())).sheet_names) == 1
    assert rows_of(xlsx.write(book(sheet()))) == [("甲",)]
