"""Pictures: what is written beside them, and where things stand."""

import re

import pytest

from guanyao.report.draw import (
    heat_map,
    overlay,
    scale,
    shares,
    short,
    strip,
    tick,
    under,
)
from guanyao.report.html import Html


@pytest.mark.parametrize(
    ("value", "kind", "span", "shown"),
    [
        (0.0, "number", 0.0, "0"),
        (1500.0, "number", 3000.0, "1,500"),
        (0.125, "number", 0.5, "0.125"),
        (2.5e7, "number", 1e8, "2.5e+07"),
        (0.0, "date", 0.0, "1970-01-01"),
        (3.6e9, "time", 0.0, "01:00"),
        (1e30, "datetime", 0.0, "1,000,000,000"),
    ],
)
def test_a_place_on_the_axis(value: float, kind: str, span: float, shown: str) -> None:
    assert tick(value, {"kind": kind}, span).startswith(shown)


def test_names_are_cut_by_width() -> None:
    assert short("short") == "short"
    assert short("a_very_long_column_name", 10) == "a_very_lon…"
    assert short("很长很长很长很长的列名", 10) == "很长很长很…"


def test_a_line_holds_all_its_points() -> None:
    low, high = scale([0.2, None, 0.9], least=0.1)
    assert low < 0.2 and high > 0.9
    low, high = scale([0.5, 0.5], least=0.1)
    assert high - low == pytest.approx(0.1)


def test_the_better_end_may_be_on_either_side() -> None:
    marks = {"value": 0.6, "floor": 1.0, "ceiling": 0.5}
    drawn = strip(marks, (1.0, 0.5), "x")
    assert 'cx="80.00%"' in drawn
    assert re.search(r'x1="0.00%"[^>]*class="floor"', drawn)
    assert re.search(r'x1="100.00%"[^>]*class="ceiling"', drawn)


def test_labels_of_marks_that_stand_close_share_a_line() -> None:
    far = under([(0.1, Html("a")), (0.9, Html("b"))], (0.0, 1.0))
    close = under([(0.5, Html("a")), (0.51, Html("b"))], (0.0, 1.0))
    assert "left:10.0%" in far and "right:10.0%" in far
    assert "a · b" in close


def test_whole_numbers_are_written_where_they_are() -> None:
    column = {
        "kind": "number", "is_whole": True, "edges": [0.5, 1.5, 2.5, 3.5],
        "holdout": [0.2, 0.3, 0.5], "virtual": [0.3, 0.3, 0.4],
    }  # fmt: skip
    drawn = overlay(column, "x")
    assert ">1</text>" in drawn and ">3</text>" in drawn


def test_a_column_without_anything_to_draw_is_an_empty_picture() -> None:
    assert overlay({"kind": "number", "edges": [], "spikes": []}, "x").startswith("<svg")
    assert overlay({"kind": "category", "levels": []}, "x").startswith("<svg")


def test_a_heat_map_has_a_square_a_pair_and_a_name_a_column() -> None:
    drawn = heat_map(["a", "b", "c"], {(1, 0): 0.5, (2, 0): -1.0}, label="x", kind="real")
    assert drawn.count("<rect") == 2 and drawn.count("<text") == 3
    assert 'class="minus" fill-opacity="1"' in drawn
    assert "b × a: 0.50" in drawn


def test_bars_never_have_a_negative_width() -> None:
    assert 'width="-' not in shares([("a", 0.2), ("b", -0.1)], "x")
