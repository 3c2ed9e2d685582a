"""Figures of risk against tables that were counted by hand and against their definitions."""

import math
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.errors import ConfigError, DataError
from guanyao.protect.risk import risk

# Li et al. 2007, table 3: three groups of three; salaries in thousands, and diseases.
GROUPS = [*"aaa", *"bbb", *"ccc"]
SALARIES = [3, 4, 5, 6, 11, 8, 7, 9, 10]
DISEASES = [
    "gastric ulcer", "gastritis", "stomach cancer", "gastritis", "flu", "bronchitis",
    "bronchitis", "pneumonia", "stomach cancer",
]  # fmt: skip
PAPER = pl.DataFrame({"group": GROUPS, "salary": SALARIES, "disease": DISEASES})


def test_groups_counted_by_hand() -> None:
    frame = pl.DataFrame(
        {"sex": list("FFFMMMM"), "age": [30, 30, 30, 40, 40, 50, None], "ill": list("yynynyn")}
    )
    found = risk(frame, ["sex", "age"])
    assert (found.n, found.unit, found.n_groups, found.k) == (7, "rows", 4, 1)
    assert found.smallest == (1, 1, 2, 3)
    assert found.alone == round(2 / 7, 6)
    assert found.below_5 == 1
    assert [(band.low, band.n_groups) for band in found.bands[:2]] == [(1, 2), (2, 2)]
    assert sum(band.share for band in found.bands) == pytest.approx(1, abs=1e-5)


def test_the_three_risks() -> None:
    """n_groups / n for the marketer: four groups, seven rows."""
    frame = pl.DataFrame({"q": [1, 1, 1, 2, 2, 3, 4]})
    found = risk(frame, ["q"])
    assert found.prosecutor == found.journalist == 1
    assert found.marketer == round(4 / 7, 6)
    population = pl.DataFrame({"q": [1] * 30 + [2] * 4 + [3] * 5 + [4] * 10 + [5]})
    wide = risk(frame, ["q"], population=population)
    assert wide.has_population
    assert wide.prosecutor == 1
    assert wide.journalist == 0.25
    assert wide.marketer == round((3 / 30 + 2 / 4 + 1 / 5 + 1 / 10) / 7, 6)


def test_a_population_holds_at_least_the_table() -> None:
    frame = pl.DataFrame({"q": ["a", "a", None, None, None]})
    found = risk(frame, ["q"], population=pl.DataFrame({"q": ["b", None, None, None, None]}))
    assert found.journalist == 0.5


def test_people_are_counted_where_they_are_known() -> None:
    frame = pl.DataFrame({"who": list("aaabbc"), "city": ["X", "X", "X", "X", "Y", "Y"]})
    assert risk(frame, ["city"]).k == 2
    found = risk(frame.filter(pl.col("who") != "c"), ["city"], entity="who")
    assert (found.unit, found.n, found.k) == ("persons", 2, 1)
    assert found.alone == 0.5  # b stands alone in Y
    assert risk(frame.head(3), ["city"], entity="who").k == 1


def test_rows_without_an_entity_stand_for_themselves() -> None:
    frame = pl.DataFrame({"who": ["a", "a", None, None], "city": ["X"] * 4})
    assert risk(frame, ["city"], entity="who").k == 3


def test_diversity_counted_by_hand() -> None:
    frame = pl.DataFrame({"q": [1] * 4 + [2] * 4, "s": ["x", "x", "y", "y", "x", "x", "x", "y"]})
    [found] = risk(frame, ["q"], ["s"]).diversity
    assert found.distinct == 2
    least = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert found.entropy == pytest.approx(math.exp(least), abs=1e-6)
    assert found.closeness == pytest.approx(0.125)  # (5/8, 3/8) against (1/2, 1/2) and (3/4, 1/4)
    assert found.told == 0
    [told] = risk(frame.with_columns(s=pl.lit("x")), ["q"], ["s"]).diversity
    assert (told.distinct, told.entropy, told.closeness, told.told) == (1, 1, 0, 1)


def test_the_distances_of_the_paper() -> None:
    """Li et al. 2007, section 5.1: {3, 4, 5} of the salaries is 0.375 away, {6, 8, 11} 0.167."""
    salary, disease = risk(PAPER, ["group"], ["salary", "disease"]).diversity
    assert salary.closeness == 0.375
    assert salary.is_ordered
    assert not disease.is_ordered
    assert disease.closeness == pytest.approx(4 / 9, abs=1e-6)
    second = PAPER.with_columns(group=pl.col("group") == "b")
    assert risk(second, ["group"], ["salary"]).diversity[0].closeness == pytest.approx(
        1 / 6, abs=1e-6
    )


def slow_distance(groups: list[int], values: list[int], *, ordered: bool) -> float:
    """The largest earth mover's distance, by its definition."""
    levels = sorted(set(values))
    share = {v: values.count(v) / len(values) for v in levels}
    worst = 0.0
    for group in set(groups):
        own = [v for g, v in zip(groups, values, strict=True) if g == group]
        differences = [own.count(v) / len(own) - share[v] for v in levels]
        if ordered:
            total = np.abs(np.cumsum(differences)).sum() / max(len(levels) - 1, 1)
        else:
            total = np.abs(differences).sum() / 2
        worst = max(worst, float(total))
    return worst


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=40))
def test_distances_are_those_of_the_definition(rows: list[tuple[int, int]]) -> None:
    groups, values = [g for g, _ in rows], [v for _, v in rows]
    frame = pl.DataFrame({"q": groups, "number": values, "word": [f"w{v}" for v in values]})
    number, word = risk(frame, ["q"], ["number", "word"]).diversity
    assert number.closeness == pytest.approx(slow_distance(groups, values, ordered=True), abs=2e-6)
    assert word.closeness == pytest.approx(slow_distance(groups, values, ordered=False), abs=2e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("FM")), min_size=1, max_size=30))
def test_more_columns_never_make_groups_larger(rows: list[tuple[int, str]]) -> None:
    frame = pl.DataFrame({"a": [a for a, _ in rows], "b": [b for _, b in rows]})
    few, more = risk(frame, ["a"]), risk(frame, ["a", "b"])
    assert more.k <= few.k
    assert more.alone >= few.alone
    assert more.marketer >= few.marketer
    assert few.prosecutor >= few.marketer >= 1 / few.n - 1e-6


def test_ordered_levels_have_their_own_order() -> None:
    levels = pl.Enum(["low", "middle", "high"])
    values = pl.Series("grade", ["low", "low", "high", "high", "middle", "middle"], dtype=levels)
    frame = pl.DataFrame({"q": [1, 1, 2, 2, 2, 2], "grade": values})
    [found] = risk(frame, ["q"], ["grade"]).diversity
    assert found.is_ordered
    assert found.closeness == 0.5  # all at one end against a third each: (2/3 + 1/3) / 2


@pytest.mark.parametrize(
    ("quasi", "sensitive", "entity"),
    [([], [], None), (["a", "a"], [], None), (["a"], ["a"], None), (["a"], [], "a")],
)
def test_a_choice_that_makes_no_sense_is_refused(
    quasi: list[str], sensitive: list[str], entity: str | None
) -> None:
    frame = pl.DataFrame({"a": [1], "b": [2]})
    with pytest.raises(ConfigError) as caught:
        risk(frame, quasi, sensitive, entity=entity)
    assert caught.value.code == "config.quasi"


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="no column 'c'"):
        risk(pl.DataFrame({"a": [1]}), ["c"])
    with pytest.raises(DataError, match="no rows"):
        risk(pl.DataFrame({"a": [1]}).clear(), ["a"])


def test_no_value_is_in_the_record() -> None:
    frame = pl.DataFrame(
        [{"city": f"town {a}", "ill": f"state {b}"} for a, b in product("xyz", "pq")]
    )
    shown = str(risk(frame, ["city"], ["ill"]).to_json())
    assert "town" not in shown
    assert "state" not in shown
