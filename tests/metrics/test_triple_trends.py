"""Triple trends: known answers and the contract."""

import numpy as np
import polars as pl
import pytest

from guanyao.data.schema import Column, Schema
from guanyao.data.sides import prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.metrics.triple_trends import N_TRIPLES, draw, quantile_cuts, triple_trends
from guanyao.testing import check_metric, example_table


def letters(*rows: str) -> Table:
    names = "abcd"[: len(rows[0])]
    schema = Schema(columns=tuple(Column(name=n, type="string") for n in names))
    columns = {n: [row[i] for row in rows] for i, n in enumerate(names)}
    return Table(pl.DataFrame(columns), schema)


def test_it_keeps_the_contract() -> None:
    check_metric(triple_trends)


def test_a_known_answer() -> None:
    real, virtual = letters("xyz", "xyz", "xxx", "yyy"), letters("xyz", "xyz", "xxx", "zzz")
    assert triple_trends(prepare(real, real, virtual)).value == 0.75


def test_it_sees_what_pairs_do_not() -> None:
    parity = letters("000", "011", "101", "110")
    free = letters(*(f"{i:03b}" for i in range(8)))
    assert triple_trends(prepare(parity, parity, free)).value == 0.5


def test_equal_tables_are_best() -> None:
    whole = example_table(60)
    assert triple_trends(prepare(whole, whole, whole)).value == 1.0


def test_two_columns_make_no_triple() -> None:
    two = letters("xy", "yx")
    with pytest.raises(DataError, match="fewer than three columns"):
        triple_trends(prepare(two, two, two))


@pytest.mark.parametrize(("n_columns", "n_triples"), [(3, 1), (5, 10), (40, N_TRIPLES)])
def test_triples_are_different(n_columns: int, n_triples: int) -> None:
    triples = draw(n_columns, np.random.default_rng(0))
    assert len(set(triples)) == n_triples
    assert all(len(set(triple)) == 3 and max(triple) < n_columns for triple in triples)


def test_spikes_make_fewer_parts() -> None:
    assert quantile_cuts(np.array([0.0] * 95 + [1, 2, 3, 4, 5])).tolist() == [0.0]
    assert quantile_cuts(np.array([np.nan])).tolist() == []
