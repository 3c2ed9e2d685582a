"""How a page looks, whoever writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import DataError
from guanyao.filing.document import Heading, Picture, Table, Text
from guanyao.filing.writers import layout
from tests.filing.writers.made_document import document, long_document


@given(st.lists(st.integers(-1, 9), max_size=20))
def test_no_level_is_left_out(levels: list[int]) -> None:
    blocks = [Heading(level=level, text="x") for level in levels]
    given_levels = [level for _, level in layout.leveled(blocks)]
    before = 0
    for level in given_levels:
        assert 1 <= level <= min(3, before + 1)
        before = level


def test_levels_that_follow_each_other_stay() -> None:
    blocks = [Heading(level=level, text="x") for level in (1, 2, 3, 2, 1, 2, 3, 3)]
    assert [level for _, level in layout.leveled(blocks)] == [1, 2, 3, 2, 1, 2, 3, 3]


def test_a_document_of_many_headings_is_long() -> None:
    assert layout.is_long(long_document())
    assert not layout.is_long(document(Heading(level=1, text="一"), Text("正文")))


def test_shares_are_of_the_whole_width() -> None:
    shares = layout.shares(Table(columns=("a", "b"), rows=(), widths=(1.0, 3.0)))
    assert shares == (0.25, 0.75)
    assert layout.shares(Table(columns=("a", "b"), rows=(("1", "2"),))) == (0.5, 0.5)


@pytest.mark.parametrize(
    "table",
    [
        Table(columns=("a", "b"), rows=(("1",),)),
        Table(columns=("a",), rows=(("1",), ("1", "2"))),
        Table(columns=("a", "b"), rows=(), widths=(1.0,)),
        Table(columns=("a", "b"), rows=(), widths=(1.0, 0.0)),
        Table(columns=(), rows=()),
    ],
)
def test_a_table_that_does_not_fit_its_columns_is_refused(table: Table) -> None:
    with pytest.raises(DataError) as found:
        layout.shares(table)
    assert found.value.code == "filing.table"


def test_a_high_row_may_break() -> None:
    assert not layout.is_tall(("短", "短"), (0.5, 0.5), 150)
    assert layout.is_tall(("短", "长" * 2000), (0.5, 0.5), 150)
    assert layout.is_tall(("短", "行\n" * 40), (0.5, 0.5), 150)


def test_a_short_column_stands_in_the_middle() -> None:
    table = Table(columns=("结论", "说明"), rows=(("符合", "说" * 40), ("不符合", "短")))
    assert layout.centred(table) == [True, False]


def test_a_wide_page_has_wide_lines() -> None:
    assert layout.text_width_mm(document(is_wide=True)) > layout.text_width_mm(document())
    assert layout.picture_share(Picture(svg="", caption="", width=7)) == 1.0
