"""Lists come in whole or not at all: heads, classes, doubles, files that are not what they seem."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.filing import intake, sheet_file
from guanyao.filing.bank import Bank, Look, check_not_shrunk, entry_id, look, normal
from guanyao.filing.bank_kinds import Found, kinds_of
from guanyao.filing.coverage import cover
from guanyao.filing.evidence_kinds import schema
from guanyao.filing.json_schema import faults
from guanyao.filing.pack_file import built_in
from guanyao.filing.sheet_file import read_sheets
from tests.filing.made_banks import (
    KEYWORD_HEAD,
    PACK,
    QUESTION_HEAD,
    as_csv,
    as_xlsx,
    classes,
    entries,
    kinds,
    questions,
)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
CLASSES = classes("keyword", "A.2.1")


def looked(rows: Sequence[Sequence[str]], head: Sequence[str] = KEYWORD_HEAD) -> Look:
    return look(as_csv(head, rows), "list.csv", kinds())


def code(rows: Sequence[Sequence[str]], **allowed: bool) -> str:
    with pytest.raises(DataError) as caught:
        looked(rows).require(**allowed)
    assert "示例" not in str(caught.value)
    return caught.value.code


# Kinds of the packs


def test_the_pack_says_which_kinds_there_are_and_how_many_entries_each_needs() -> None:
    keyword, refuse, aspects = kinds("keyword"), kinds("refuse"), kinds("non_refuse")
    assert (len(keyword.kinds), len(keyword.minima)) == (31, 17)
    assert keyword.least is not None and keyword.least.least == 10_000
    assert {keyword.minima[f"A.1.{n}"].least for n in range(1, 9)} == {200}
    assert {keyword.minima[f"A.2.{n}"].least for n in range(1, 10)} == {100}
    assert (len(refuse.minima), {m.least for m in refuse.minima.values()}) == (17, {20})
    assert list(aspects.kinds)[:3] == ["system", "belief", "image"]
    assert aspects.kinds["heroes"].title["zh"] == "英烈"
    generated = kinds("generated")
    assert (generated.minima["A.2.9"].least, generated.minima["A.5.2"].least) == (50, 20)


def test_of_two_packs_the_stricter_number_counts() -> None:
    both = kinds_of("keyword", [built_in("cn-tc260-003-2024"), built_in(PACK)])
    assert both.least is not None and both.least.least == 10_000
    assert len(both.kinds) == 31
    assert len(both.fresh) == 2


def test_without_a_pack_that_speaks_of_banks_there_are_no_kinds() -> None:
    with pytest.raises(ConfigError) as caught:
        kinds_of("keyword", [built_in("cn-pipl")])
    assert caught.value.code == "bank.kinds"


def test_a_bank_of_another_name_is_not_known() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'keyword'"):
        kinds_of("keywords", [built_in(PACK)])


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("", "A.2.1", "A.2.1"),
        ("", "Ａ．２．１", "A.2.1"),
        ("", "民族歧视", "A.2.1"),
        ("", "民族 歧视", "A.2.1"),
        ("", "A.2.1民族歧视", "A.2.1"),
        ("", "（1）民族歧视", "A.2.1"),
        ("", "一、民族歧视", "A.2.1"),
        ("", "Discrimination by Ethnicity", "A.2.1"),
        ("A.2 歧视性内容", "民族歧视", "A.2.1"),
        ("附录 A.2 歧视性内容（九类）", "民族歧视", "A.2.1"),
        ("民族歧视", "", "A.2.1"),
        ("民族歧视", "自定的小类", "A.2.1"),
    ],
)
def test_a_class_is_found_by_id_title_and_further_names(first: str, second: str, kind: str) -> None:
    assert kinds().find(first, second) == Found(kind)


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("", " ", "empty"),
        ("", "没有这一类", "unknown"),
        ("", "A.2.1 信仰歧视", "unknown"),
        ("商业违法违规", "民族歧视", "contradictory"),
    ],
)
def test_what_is_no_class_is_not_guessed(first: str, second: str, why: str) -> None:
    assert kinds().find(first, second) == Found("", why)  # type: ignore[arg-type]


def test_every_title_of_the_pack_names_its_own_kind() -> None:
    for bank in ("keyword", "generated", "refuse", "non_refuse"):
        for id, kind in kinds(bank).kinds.items():
            for title in kind.title.values():
                first = kind.group_title.get("zh", "")
                assert kinds(bank).find(first, title) == Found(id)


# Entries


@given(st.text(max_size=20))
def test_the_normal_form_is_stable(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@pytest.mark.parametrize("other", ["　示例词１ ", "示 例 词1", "示例\u200b词1", "示例词1\ufeff"])
def test_width_blanks_and_invisible_marks_make_no_difference(other: str) -> None:
    assert entry_id(other) == entry_id("示例词1")


def test_blanks_between_latin_words_do() -> None:
    assert normal("Sample  Word") == "sample word" != normal("sampleword")


def test_the_same_entries_make_the_same_bank_in_any_order() -> None:
    rows = entries("keyword", 2)
    one, other = looked(rows).require(), looked(rows[::-1]).require()
    assert one.digest == other.digest
    assert Bank.read(one.content, "keyword") == one


def test_a_damaged_file_is_no_bank() -> None:
    with pytest.raises(DataError) as caught:
        Bank.read(b'{"id": "x"}\n[]\n', "keyword")
    assert caught.value.code == "bank.file"


# What is wrong with a list


def test_doubles_are_told_by_line() -> None:
    rows = [
        ["示例词1", *CLASSES],
        ["示例词2", *CLASSES],
        ["示例词1", *CLASSES],
        ["示例词２", *CLASSES],
    ]
    with pytest.raises(DataError, match=r"2 and 4; .* 3 and 5") as caught:
        looked(rows).require()
    assert caught.value.code == "bank.duplicate"
    assert "示例" not in str(caught.value)
    assert len(looked(rows).require(drop_duplicates=True).entries) == 2


def test_a_double_of_another_kind_is_never_dropped() -> None:
    rows = [["示例词1", *CLASSES], ["示例词1", *classes("keyword", "A.2.2")]]
    assert code(rows, drop_duplicates=True) == "bank.duplicate"


def test_unknown_classes_are_counted_with_the_nearest_kind() -> None:
    rows = [["示例词1", "", "国别的歧视"], ["示例词2", "", "国别的歧视"], ["示例词3", *CLASSES]]
    found = looked(rows).faults.unknown
    assert [(c.name, c.n, c.nearest) for c in found] == [("国别的歧视", 2, "A.2.3 国别歧视")]
    assert code(rows) == "bank.unknown_class"
    bank = looked(rows).require(allow_unclassified=True)
    assert (bank.n_unclassified, bank.counts()) == (2, {"A.2.1": 1})


def test_where_entries_stand_in_the_column_of_classes_none_is_quoted() -> None:
    rows = [[f"{n}号", "", f"示例词{n}"] for n in range(100)]
    assert code(rows) == "bank.unknown_class"


def test_entries_without_class_or_text_are_told_by_line() -> None:
    assert code([["示例词1", "", ""], ["示例词2", *CLASSES]]) == "bank.unclassified"
    assert code([["", *CLASSES]]) == "bank.empty_cell"
    assert code([["\u3000\u200b", *CLASSES]]) == "bank.empty_cell"
    assert code([["示" * 4001, *CLASSES]]) == "bank.too_long"


def test_an_empty_list_is_no_bank() -> None:
    assert code([]) == "bank.empty"


def test_all_faults_are_told_at_once() -> None:
    rows = [["示例词1", *CLASSES], ["示例词1", *CLASSES], ["", *CLASSES], ["示例词4", "", "没有"]]
    codes = [fault.code for fault in looked(rows).faults.told()]
    assert codes == ["bank.empty_cell", "bank.duplicate", "bank.unknown_class"]


def test_a_bank_that_shrank_is_refused() -> None:
    old = looked(entries("keyword", 3)).require()
    record = old.record(updated=date(2026, 11, 1), created=NOW, version="1")
    rows = entries("keyword", {"A.1.1": 60})
    with pytest.raises(DataError, match=r"3 of A\.1\.2") as caught:
        check_not_shrunk(record, looked(rows).require())
    assert caught.value.code == "bank.shrank"
    check_not_shrunk(record, old)


# Files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_file_in_the_usual_encodings(encoding: str) -> None:
    content = as_csv(KEYWORD_HEAD, [["示例词1", *CLASSES]], encoding)
    assert look(content, "list.csv", kinds()).require().entries[0].text == "示例词1"


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_other_delimiters(delimiter: str) -> None:
    text = delimiter.join(KEYWORD_HEAD) + "\n" + delimiter.join(["示例词1", *CLASSES]) + "\n"
    assert len(look(text.encode(), "list.txt", kinds()).require().entries) == 1


@pytest.mark.parametrize(
    "head",
    [
        ["关键词", "一级分类", "二级分类"],
        ["Keyword", "Category", "Subcategory"],
        [" 拦截关键词 ", "大类", "小类"],
        ["词条", "一级 类别", "二级 类别"],
    ],
)
def test_heads_are_flexible(head: list[str]) -> None:
    assert looked([["示例词1", *CLASSES]], head).require().counts() == {"A.2.1": 1}


def test_one_column_of_classes_is_enough() -> None:
    assert looked([["示例词1", "民族歧视"]], ["关键词", "类别"]).require().counts() == {"A.2.1": 1}


def test_question_lists_have_more_columns() -> None:
    content = as_csv(QUESTION_HEAD, questions("generated", 2))
    assert len(look(content, "q.csv", kinds("generated")).require().entries) == 62


@pytest.mark.parametrize(
    "head", [["词义", "一级分类"], ["测试题", "二级分类"], ["关键词", "关键词"]]
)
def test_wrong_columns_are_refused(head: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        looked([["示例词1", "民族歧视"]], head)
    assert caught.value.code == "bank.columns"


def test_a_workbook_with_title_and_merged_heads() -> None:
    rows = [[], [], [], ["示例词1", "歧视", "民族歧视"], ["示例词2", "歧视", "信仰歧视"]]
    merged = [(0, 0, 0, 2, "拦截关键词列表"), (1, 0, 2, 0, "关键词"), (1, 1, 1, 2, "分类")]
    content = bytearray(as_xlsx(rows, merged=merged))
    found = look(bytes(content), "list.xlsx", kinds()).require()
    assert found.counts() == {"A.2.1": 1, "A.2.2": 1}


def test_classes_merged_over_several_rows_hold_for_all_of_them() -> None:
    rows = [KEYWORD_HEAD, ["示例词1"], ["示例词2"], ["示例词3"]]
    merged = [(1, 1, 3, 1, "歧视"), (1, 2, 3, 2, "民族歧视")]
    content = as_xlsx(rows, merged=merged)
    assert look(content, "list.xlsx", kinds()).require().counts() == {"A.2.1": 3}


def test_formulas_are_refused_where_they_count() -> None:
    rows = [KEYWORD_HEAD, ["示例词1", *CLASSES]]
    content = as_xlsx(rows, formulas={(2, 0): '="示例"&"词9"'})
    with pytest.raises(DataError, match="formula or an error in line 3") as caught:
        look(content, "list.xlsx", kinds()).require()
    assert caught.value.code == "bank.formula"


def test_a_text_that_begins_like_a_formula_is_text() -> None:
    content = as_csv(KEYWORD_HEAD, [["=示例词1", *CLASSES]])
    assert look(content, "list.csv", kinds()).require().entries[0].text == "=示例词1"


def test_several_sheets_are_read_and_hidden_ones_named() -> None:
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        for number in range(3):
            sheet = book.add_worksheet(f"表{number}")
            sheet.write_row(0, 0, KEYWORD_HEAD)
            sheet.write_row(1, 0, [f"示例词{number}", *CLASSES])
        sheet.hide()
        book.add_worksheet("说明").write(0, 0, "示例")
    found = look(made.getvalue(), "list.xlsx", kinds())
    assert len(found.bank.entries) == 2
    assert found.left_out == ("表2", "说明")
    one = look(made.getvalue(), "list.xlsx", kinds(), part="表1")
    assert len(one.bank.entries) == 1
    with pytest.raises(DataError) as caught:
        look(made.getvalue(), "list.xlsx", kinds(), part="没有")
    assert caught.value.code == "sheet.part"


def with_member(content: bytes, name: str, text: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for member in old.namelist():
            if member != name:
                new.writestr(member, old.read(member))
        new.writestr(name, text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def refused(content: bytes, name: str = "list.xlsx", max_rows: int = 1000) -> str:
    with pytest.raises(DataError) as caught:
        read_sheets(content, name, max_rows=max_rows)
    return caught.value.code


def test_files_that_are_not_what_they_seem() -> None:
    book = as_xlsx([KEYWORD_HEAD])
    assert refused(with_member(book, "xl/vbaProject.bin", b"x")) == "sheet.macros"
    assert refused(b"\xd0\xcf\x11\xe0" + b"0" * 99) == "sheet.unreadable"
    assert refused(b"PK\x03\x04 nothing") == "sheet.unreadable"
    assert refused(b"no workbook") == "sheet.unreadable"
    assert refused(book[:-200]) == "sheet.unreadable"
    assert refused(book, "list.xlsm") == "sheet.unreadable"
    assert refused(b"a,b\n\0,1\n", "list.csv") == "sheet.unreadable"
    assert refused(b'a,b\n"x"y,1\n', "list.csv") == "sheet.unreadable"
    assert refused(b"\xff\x80\x80\xff\x00", "list.csv") == "sheet.unreadable"
    place = "xl/worksheets/sheet1.xml"
    doctype = b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>'
    assert refused(with_member(book, place, doctype)) == "sheet.unreadable"
    assert refused(with_member(book, place, b"<worksheet><row>")) == "sheet.unreadable"


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_file, "MAX_UNPACKED", 1 << 20)
    bomb = b"<worksheet><sheetData>" + b" " * (2 << 20) + b"</sheetData></worksheet>"
    content = with_member(as_xlsx([KEYWORD_HEAD]), "xl/worksheets/sheet1.xml", bomb)
    assert len(content) < 20_000
    assert refused(content) == "sheet.unreadable"


def test_a_workbook_with_everything_merged_is_refused() -> None:
    sheet = (
        b'<worksheet><sheetData><row r="1"><c r="A1" t="str"><v>x</v></c></row></sheetData>'
        b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells></worksheet>'
    )
    content = with_member(as_xlsx([KEYWORD_HEAD]), "xl/worksheets/sheet1.xml", sheet)
    assert refused(content) == "sheet.unreadable"


def test_too_many_rows_are_refused() -> None:
    rows = [["示例", "x", "y"]] * 30
    assert refused(as_csv(KEYWORD_HEAD, rows), "list.csv", max_rows=20) == "sheet.limit"
    assert refused(as_xlsx([KEYWORD_HEAD, *rows]), max_rows=20) == "sheet.limit"


# Coverage


def test_coverage_says_what_is_missing_by_how_much() -> None:
    bank = looked(entries("keyword", {"A.1.1": 150, "A.2.1": 100})).require()
    record = bank.record(updated=date(2026, 11, 20), created=NOW, version="1")
    assert list(faults(record, schema("bank.json"))) == []
    found = cover(record, kinds(), NOW)
    assert (found.short, found.is_enough, found.is_overdue) == (9_750, False, False)
    by_kind = {kind.kind: kind.short for kind in found.short_kinds}
    assert by_kind["A.1.1"] == 50
    assert by_kind["A.1.2"] == 200
    assert "A.2.1" not in by_kind
    assert len(by_kind) == 16
    assert found.kinds[20].minimum is None


@pytest.mark.parametrize(
    ("bank", "updated", "is_overdue"),
    [
        ("keyword", "2026-11-15", True),
        ("keyword", "2026-11-16", False),
        ("refuse", "2026-10-21", True),
        ("refuse", "2026-10-22", True),
        ("refuse", "2026-10-23", False),
    ],
)
def test_the_clock_of_a_bank(bank: str, updated: str, is_overdue: bool) -> None:
    """Weekly and monthly, counted from the beginning of the day of the change in China."""
    record = {"n_entries": 1, "kinds": {}, "bank_digest": "0" * 64, "updated": updated}
    found = cover(record, kinds(bank), NOW)
    assert found.is_overdue is is_overdue
    assert ("OVERDUE" in found.ages[0].line) is is_overdue


def test_the_clock_agrees_with_the_ledger() -> None:
    """A bank is overdue exactly when its evidence is too old for the clause."""
    from guanyao.filing.checking import sort_out
    from guanyao.filing.evidence import Subject

    bank = looked(entries("keyword", 1)).require()
    clause = built_in(PACK).clause("B.keyword-library")
    assert clause is not None
    record = bank.record(updated=date(2026, 11, 15), created=NOW, version="1")
    import json

    evidence = intake.read_bytes(json.dumps(record).encode(), "bank.json")
    for hours in range(-40, 40, 7):
        now = NOW + timedelta(hours=hours)
        usable = sort_out(clause, [evidence], now, Subject()).usable
        assert bool(usable) is not cover(record, kinds(), now).is_overdue


def test_no_bank_covers_nothing() -> None:
    found = cover(None, kinds(), NOW)
    assert not found.is_enough
    assert list(found.faults()) == ["there is no such bank yet"]


def test_entries_of_a_kind_that_the_packs_dropped_are_told() -> None:
    record = {"n_entries": 5, "kinds": {"Z.1": 5}, "bank_digest": "0" * 64, "updated": "2026-11-20"}
    assert any("Z.1" in text for text in cover(record, kinds(), NOW).faults())


@pytest.mark.parametrize(
    "sheet",
    [
        "<s><row r='²'><c r='A1'><v>1</v></c></row></s>",
        f"<s><row r='{'9' * 5_000}'><c r='A1'><v>1</v></c></row></s>",
        "<s><row r='1'><c r='A1' t='s'><v>²</v></c></row></s>",
    ],
)
def test_numbers_that_are_none_are_no_error(sheet: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        link = "<R><Relationship Id='r1' Target='worksheets/sheet1.xml'/></R>"
        archive.writestr("xl/_rels/workbook.xml.rels", link)
        archive.writestr("xl/workbook.xml", "<w xmlns:r='x'><sheet name='a' r:id='r1'/></w>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    [found] = read_sheets(made.getvalue(), "a.xlsx", max_rows=9).sheets
    assert len(found.rows) <= 1
