"""Detection: types that give every value back, roles and what tells of a person."""

from pathlib import Path

import fastexcel
import polars as pl
import pytest

from guanyao.data.readers import read
from guanyao.data.schema import Column
from guanyao.data.writers import write


def column(folder: Path, name: str, cells: list[str]) -> Column:
    path = folder / "t.csv"
    lines = [f"{name}\tz", *(f"{cell}\tq" for cell in cells)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read(path, header=True).schema[name]


CASES = {
    "integers": (["1", "-2", "30"], "integer", None),
    "leading zeros": (["001", "020"], "string", None),
    "long digits": (["12345678901234567890", "2"], "string", None),
    "a plus": (["+1", "2"], "number", "0.0"),
    "a minus zero": (["-0", "1"], "number", "0.0"),
    "floats": (["1.5", "2"], "number", None),
    "words": (["1", "x"], "string", None),
    "yes and no": (["Y", "N"], "string", None),
    "truth": (["true", "false"], "boolean", "true/false"),
    "mixed truth": (["true", "FALSE"], "string", None),
    "iso": (["2020-01-31", "2020-02-01"], "date", "%Y-%m-%d"),
    "unpadded": (["2020-1-31", "2020-12-1"], "date", "%Y-%-m-%-d"),
    "american": (["01/31/2020", "12/01/2020"], "date", "%m/%d/%Y"),
    "european": (["31/01/2020", "01/12/2020"], "date", "%d/%m/%Y"),
    "dots": (["31.01.2020", "01.12.2020"], "date", "%d.%m.%Y"),
    "chinese": (["2020年01月31日", "2020年12月01日"], "date", "%Y年%m月%d日"),
    "impossible": (["2020-02-30", "2020-02-01"], "string", None),
    "two formats": (["2020-01-31", "31.01.2020"], "string", None),
    "minutes": (["2020-01-31 10:20", "2020-01-31 00:00"], "datetime", "%Y-%m-%d %H:%M"),
    "named month": (["31 Jan 2020", "01 Feb 2021"], "date", "%d %b %Y"),
    "half day": (["1/5/2020 1:02 PM", "12/15/2020 11:02 AM"], "datetime", "%-m/%-d/%Y %-I:%M %p"),
    "clock": (["10:20", "23:59"], "time", "%H:%M"),
    "no clock": (["10:20", "25:59"], "string", None),
    "eight digits": (["20200131", "20201201"], "integer", None),
}


@pytest.mark.parametrize("case", CASES)
def test_types_of_text(tmp_path: Path, case: str) -> None:
    cells, kind, form = CASES[case]
    found = column(tmp_path, "v", cells)
    assert (found.type, found.format) == (kind, form)


def test_eight_digits_under_a_date_name(tmp_path: Path) -> None:
    assert column(tmp_path, "birth_date", ["20200131", "20201201"]).format == "%Y%m%d"


def test_notes(tmp_path: Path) -> None:
    assert "month is taken first" in column(tmp_path, "v", ["01/02/2020", "03/04/2020"]).note
    assert "possible dates" in column(tmp_path, "v", ["2020-02-30", "2020-02-01"]).note
    assert (
        "'NA' in 25.0% of the cells is read as missing"
        in column(tmp_path, "v", ["1", "2", "NA", "3"]).note
    )
    assert "infinite" in column(tmp_path, "v", ["1.5", "inf"]).note
    assert "no value" in column(tmp_path, "v", ["", ""]).note


def test_precision(tmp_path: Path) -> None:
    fixed = column(tmp_path, "v", ["1.50", "2.25"])
    assert (fixed.decimals, fixed.fixed_decimals) == (2, True)
    loose = column(tmp_path, "v", ["1.5", "2.25"])
    assert (loose.decimals, loose.fixed_decimals) == (2, False)
    assert column(tmp_path, "v", ["1e-9", "2.25"]).decimals is None
    assert column(tmp_path, "v", ["0.12345678901", "2"]).decimals is None


def roles(**columns: list[object]) -> dict[str, str]:
    return {c.name: c.role for c in read(pl.DataFrame(columns)).schema}


def test_roles() -> None:
    found = roles(
        no=[str(i) for i in range(100)],
        counter=list(range(1, 101)),
        plate=[f"AB-{i:04d}" for i in range(100)],
        latitude=[i / 7 for i in range(100)],
        amount=[i * i for i in range(100)],
        level=["x", "y"] * 50,
        remark=[f"free words number {i} and more" for i in range(100)],
        CustomerID=[i // 2 for i in range(100)],
    )
    assert found == {
        "no": "identifier",
        "counter": "identifier",
        "plate": "identifier",
        "latitude": "feature",
        "amount": "feature",
        "level": "feature",
        "remark": "text",
        "CustomerID": "feature",
    }


def test_a_repeated_key_is_proposed_as_entity() -> None:
    schema = read(pl.DataFrame({"patient_nbr": [i // 2 for i in range(200)]})).schema
    assert "--entity" in schema["patient_nbr"].note
    named = read(pl.DataFrame({"patient": [f"P{i // 2:05d}" for i in range(200)]})).schema
    assert "--entity" in named["patient"].note


def test_what_tells_of_a_person() -> None:
    frame = pl.DataFrame(
        {
            "姓名": ["王小明", "李四"],
            "contact": ["a@example.net", "b@example.net"],
            "性别": ["男", "女"],
            "BirthDate": ["1990-01-01", "1991-01-01"],
            "amount": [1, 2],
            "Product Name": ["x", "y"],
        }
    )
    assert [c.sensitivity for c in read(frame).schema] == [
        "direct",
        "direct",
        "quasi",
        "quasi",
        "none",
        "none",
    ]


WORDS: dict[str, tuple[list[str], str, str]] = {
    "whole numbers": (["1", "NA", "3", "NA"], "integer", "NA"),
    "numbers": (["1.5", "?", "2"], "number", "?"),
    "another word": (["1", "-", "-2"], "integer", "-"),
    "a Chinese word": (["1", "缺失", "2"], "integer", "缺失"),
    "two words": (["1", "NA", "?"], "string", ""),
    "beside empty cells": (["1", "NA", "", "2"], "string", ""),
    "no word for missing": (["1", "none at all"], "string", ""),
    "only the word": (["NA", "NA"], "string", ""),
    "among words": (["NA", "high", "low"], "string", ""),
    "among intervals": (["[75-100)", "?", "[50-75)"], "string", ""),
    "among codes": (["007", "NA", "011"], "string", ""),
    "among long codes": (["12345678901234567890", "NA"], "string", ""),
    "among dates": (["2020-01-31", "NA"], "string", ""),
}


@pytest.mark.parametrize("case", WORDS)
def test_a_word_for_missing_among_numbers(tmp_path: Path, case: str) -> None:
    cells, kind, word = WORDS[case]
    found = column(tmp_path, "v", cells)
    assert (found.type, found.missing, found.nullable) == (kind, word, bool(word) or "" in cells)
    assert ("is read as missing" in found.note) == bool(word)
    kept = case in ("beside empty cells", "among long codes")
    assert ("kept as text" in found.note) == kept


@pytest.mark.parametrize("case", WORDS)
def test_the_word_comes_back_where_it_was(tmp_path: Path, case: str) -> None:
    cells = WORDS[case][0]
    path = tmp_path / "t.csv"
    path.write_text("v,z\n" + "".join(f"{cell},q\n" for cell in cells), encoding="utf-8")
    table = read(path, header=True)
    write(table.frame, tmp_path / "out.csv", table.schema)
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_a_word_that_stands_once_among_many_numbers(tmp_path: Path) -> None:
    cells = [str(i % 50) for i in range(5000)]
    cells[4321] = "NULL"
    found = column(tmp_path, "v", cells)
    assert (found.type, found.missing) == ("integer", "NULL")


def test_other_formats_know_missing_in_their_own_way(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("v,z\n1,a\nNA,b\n3,c\n", encoding="utf-8")
    table = read(path)
    for name in ("t.parquet", "t.jsonl", "t.xlsx"):
        write(table.frame, tmp_path / name, table.schema)
        again = read(tmp_path / name, schema=table.schema)
        assert again.frame["v"].to_list() == [1, None, 3], name
    sheet = fastexcel.read_excel(str(tmp_path / "t.xlsx")).load_sheet(0, dtypes="string")
    assert sheet.to_polars()["v"].to_list() == ["1", "NA", "3"]
