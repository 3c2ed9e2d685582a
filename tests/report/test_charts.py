"""Known-answer and privacy tests of what the page draws."""

import json
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.schema import Column, Schema
from guanyao.report.charts import MAX_COLUMNS, MIN_ROWS, collect
from tests.report.samples import SCHEMA, frame


def one_column(
    values: list[Any], virtual: list[Any] | None = None, kind: str = "integer"
) -> dict[str, Any]:
    """The overlay of a table of one column; train and holdout hold the same values."""
    table = pl.DataFrame({"x": values})
    other = table if virtual is None else pl.DataFrame({"x": virtual}, schema=table.schema)
    schema = Schema(columns=(Column(name="x", type=kind),))
    return collect(table, table, other, schema)["columns"][0]


@pytest.fixture(scope="module")
def charts() -> dict[str, Any]:
    return collect(frame(900, 1), frame(600, 2), frame(800, 3, drift=0.5), SCHEMA)


def test_it_is_plain_json_with_one_overlay_a_modelled_column(charts: dict[str, Any]) -> None:
    assert json.loads(json.dumps(charts, allow_nan=False)) == charts
    assert {one["name"] for one in charts["columns"]} == {c.name for c in SCHEMA if c.is_modelled}
    assert charts["written_anew"] == ["patient_id"]
    assert charts["rows"] == {"train": 900, "holdout": 600, "virtual": 800}
    assert charts["rules"] == list(SCHEMA.rules)


def test_the_worst_column_comes_first(charts: dict[str, Any]) -> None:
    lacks = [one["reference"] - one["value"] for one in charts["columns"]]
    assert lacks == sorted(lacks, reverse=True)


def test_shares_of_a_part_sum_to_one(charts: dict[str, Any]) -> None:
    for one in charts["columns"]:
        for part in ("holdout", "virtual"):
            if one["kind"] == "category":
                shares = [row[part] for row in one["levels"]]
                shares += [one["other"][part], one["lost"][part]]
            else:
                shares = [*one[part], *(s[part] for s in one["spikes"]), one["outside"][part]]
            assert sum(shares) == pytest.approx(1, abs=1e-4), one["name"]


def test_equal_rows_overlap_wholly_and_far_rows_not_at_all() -> None:
    values = list(range(40)) * 30
    assert one_column(values)["value"] == 1.0
    assert one_column(values, [1000] * 50)["value"] < 0.05


def test_a_spike_stands_apart() -> None:
    rng = np.random.default_rng(0)
    values = [0.0] * 700 + rng.lognormal(4, 1, 300).tolist()
    drawn = one_column(values, kind="number")
    assert [(s["value"], s["holdout"]) for s in drawn["spikes"]] == [(0.0, 0.7)]


def test_a_smooth_count_has_no_spike() -> None:
    values = np.random.default_rng(0).geometric(0.2, 3000).tolist()
    assert one_column(values)["spikes"] == []


def test_an_outlier_is_neither_drawn_nor_stretches_the_axis() -> None:
    drawn = one_column([*np.linspace(0, 100, 2000).tolist(), 9_876_543.25], kind="number")
    assert max(drawn["edges"]) < 200
    assert "9876543" not in json.dumps(drawn)


def test_rare_levels_are_never_named() -> None:
    values = ["common"] * 500 + ["Dr. Lonely"] * (MIN_ROWS // 2 - 1)
    drawn = one_column(values, kind="string")
    assert [row["level"] for row in drawn["levels"]] == ["common"]
    assert drawn["other"]["holdout"] > 0


def test_levels_and_bins_count_entities_not_rows() -> None:
    ids = ["one"] * 50 + [f"p{i}" for i in range(50)]
    table = pl.DataFrame({"id": ids, "x": ["private"] * 50 + ["shared"] * 50})
    schema = Schema(
        columns=(Column(name="id", type="string", role="entity"), Column(name="x", type="string"))
    )
    drawn = collect(table, table, table, schema)["columns"][0]
    assert [row["level"] for row in drawn["levels"]] == ["shared"]


def test_yes_and_no_written_as_numbers_are_two_levels() -> None:
    drawn = one_column([0, 0, 1] * 40)
    assert drawn["kind"] == "category"
    assert [row["level"] for row in drawn["levels"]] == ["0", "1"]
    assert one_column([0, 1, 2] * 40)["kind"] == "number"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=150), st.booleans())
def test_no_bin_stands_for_few_real_rows(values: list[Any], is_whole: bool) -> None:
    numbers = values if is_whole else [value / 7 for value in values]
    drawn = one_column(numbers, kind="integer" if is_whole else "number")
    if drawn["kind"] == "category":
        return
    rest = np.array(numbers * 2, dtype=float)
    rest = rest[~np.isin(rest, [spike["value"] for spike in drawn["spikes"]])]
    if len(drawn["edges"]) > 1:
        counts = np.histogram(rest, drawn["edges"])[0]
        assert all(count == 0 or count >= MIN_ROWS for count in counts)


def test_missing_values_count_and_are_told() -> None:
    drawn = one_column([None] * 300 + list(range(100)) * 3, list(range(100)) * 3)
    assert drawn["missing"] == {"train": 0.5, "holdout": 0.5, "virtual": 0.0}
    assert drawn["value"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([date(2020, 1, 1 + i % 28) for i in range(100)], "date"),
        ([None] * 60, "integer"),
        ([float("nan"), float("inf"), 1.0] * 20, "number"),
        ([7] * 60, "integer"),
        ([True, False, None] * 20, "boolean"),
        ([1], "integer"),
        (["2020-01-01"] * 60, "date"),
    ],
)
def test_odd_columns_are_drawn(values: list[Any], kind: str) -> None:
    assert one_column(values, kind=kind)["value"] == 1.0


def test_no_more_than_the_limit_are_drawn() -> None:
    names = [f"c{i}" for i in range(MAX_COLUMNS + 5)]
    table = pl.DataFrame({name: list(range(30)) for name in names})
    schema = Schema(columns=tuple(Column(name=name, type="integer") for name in names))
    drawn = collect(table, table, table, schema)
    assert len(drawn["columns"]) == MAX_COLUMNS
    assert drawn["n_columns"] == len(names)


def test_empty_virtual_rows_are_drawn() -> None:
    assert one_column(list(range(50)), [])["value"] <= 0.5
