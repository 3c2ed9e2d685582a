"""Curves: their frame, and the numbers beside it."""

import re

import pytest

from guanyao.report.curve import curve, duration


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0, "0.0 s"), (59.4, "59 s"), (61, "1:01 min"), (86_400, "24:00 h")]
)
def test_time_spans_for_people(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    "values",
    [(0.0, 0.0), (1.0, 1.0), (1e-9, 2e-9), (-5.0, 5.0), (0.001, 1e6), (1e12, 2e12), (3.0, 3.0001)],
)
@pytest.mark.parametrize("is_log", [False, True])
def test_a_curve_of_any_range_stays_in_its_frame_and_has_numbers(
    values: tuple[float, float], is_log: bool
) -> None:
    if is_log and min(values) <= 0:
        return
    drawn = curve([(0.0, values[0]), (9.0, values[1])], label="x", is_log=is_log)
    path = re.search(r'<path d="M([^"]+)"', drawn)
    assert path is not None
    places = [float(number) for number in re.split("[L ]", path[1])]
    assert all(0 <= x <= 300 for x in places[::2]) and all(0 <= y <= 168 for y in places[1::2])
    assert 1 <= drawn.count('class="axis thin"') <= 8


def test_a_scale_may_begin_at_zero() -> None:
    line = [(0.0, 5.0), (1.0, 6.0)]
    assert ">0</text>" in curve(line, label="x", from_zero=True)
    assert ">0</text>" not in curve(line, label="x")


def test_a_second_curve_shares_the_scale_and_is_dashed() -> None:
    drawn = curve([(0.0, 1.0), (1.0, 2.0)], [(0.5, 9.0), (1.0, 8.0)], label="x")
    assert drawn.count("<path") == 2 and 'class="line dashed"' in drawn
    assert ">8</text>" in drawn
