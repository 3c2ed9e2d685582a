import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import DataError
from guanyao.filing import decision_sheet as sheets
from guanyao.filing.decision_sheet import Line, Said

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)


def line(**more: str) -> Line:
    given = {"title": "甲", "severity": "must", "status": "met", "proposed": "", "why": ""}
    return Line(pack="p", clause="5.10", **{**given, **more})


@given(cell=st.text(max_size=20))
def test_no_cell_of_a_sheet_is_a_formula(cell: str) -> None:
    text = sheets.write([line(title=cell, why=cell)], "a.csv").decode("utf-8-sig")
    (_, row) = csv.reader(io.StringIO(text, newline=""))
    assert not any(one.startswith(sheets.FORMULA) for one in row)


@pytest.mark.parametrize("name", ["a.csv", "a.yaml", "a.xlsx"])
@given(reason=WORDS, plan=WORDS)
def test_what_is_written_is_read_back(name: str, reason: str, plan: str) -> None:
    own = line(result="符合", reason=reason, plan=plan, due="2027-01-02", evidence="run:a run:b")
    ((place, found),) = sheets.read(sheets.write([own], name), name)
    assert place == ("1" if name == "a.yaml" else "2")
    ids = ("run:a", "run:b")
    said = {"reason": reason, "plan": plan, "due": "2027-01-02", "evidence": ids}
    assert found == Said(pack="p", clause="5.10", result="符合", **said)


def test_lines_without_a_result_say_nothing() -> None:
    written = sheets.write([line(reason="later"), line(result="met")], "a.csv")
    assert [place for place, _ in sheets.read(written, "a.csv")] == ["3"]


def test_heads_may_stand_in_either_language_and_any_order() -> None:
    content = "结论,clause,PACK,其他\nmet,c,p,x\n".encode()
    assert sheets.read(content, "a.csv") == [("2", Said(pack="p", clause="c", result="met"))]


def test_a_message_of_many_lines_is_cut() -> None:
    found = str(sheets.wrong_lines("a.csv", [f"line {n}: wrong" for n in range(30)]))
    assert "line 19: wrong" in found and "line 20" not in found and "10 more" in found


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(DataError) as caught:
        sheets.write([], "a.doc")
    assert caught.value.code == "sheet.suffix"
