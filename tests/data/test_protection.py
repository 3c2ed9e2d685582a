"""Whom a value stands for: counted by person, not by row."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from guanyao.data.protection import Entities


def test_without_an_entity_each_row_is_one() -> None:
    entities = Entities.of(pl.DataFrame({"a": [1, 1, 2]}), None)
    assert entities.n == 3
    assert entities.count(np.array([0, 1, 1]), 3).tolist() == [1, 2, 0]
    assert entities.weights() is None


def test_rows_of_one_entity_count_once() -> None:
    entities = Entities.of(pl.DataFrame({"who": ["x", "x", "y", None, None]}), "who")
    assert entities.n == 4
    assert entities.count(np.array([0, 0, 0, 1, 1]), 2).tolist() == [2, 2]
    weights = entities.weights()
    assert weights is not None
    assert weights.tolist() == [0.5, 0.5, 1, 1, 1]


def test_counting_some_of_the_rows() -> None:
    entities = Entities.of(pl.DataFrame({"who": [5, 5, 6, 7]}), "who")
    rows = np.array([True, False, True, True])
    assert entities.count(np.array([0, 0, 1]), 2, rows).tolist() == [2, 1]


def test_entities_of_any_dtype() -> None:
    who = pl.Series("who", ["b", "a", None, "b"])
    for dtype in (pl.String, pl.Categorical, pl.Enum(["a", "b"])):
        assert Entities.of(who.cast(dtype).to_frame(), "who").n == 3
    assert Entities.of(pl.DataFrame({"who": [None, None]}), "who").n == 2


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=50))
def test_count_is_the_number_of_different_entities(rows: list[tuple[int, int]]) -> None:
    entities = Entities.of(pl.DataFrame({"who": [who for who, _ in rows]}), "who")
    codes = np.array([code for _, code in rows])
    wanted = [len({who for who, code in rows if code == c}) for c in range(4)]
    assert entities.count(codes, 4).tolist() == wanted
