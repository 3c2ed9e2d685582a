import json
from pathlib import Path

import polars as pl
import pytest

from guanyao.data.schema import Schema
from guanyao.errors import DataError
from guanyao.flows.inspect import inspect, save_schema


def test_it_counts_what_is_there(visits: pl.DataFrame) -> None:
    found = inspect(visits)
    facts = {column.name: column for column in found.columns}
    assert found.n_rows == 300
    assert list(facts) == visits.columns
    assert facts["sex"].n_distinct == 2
    assert facts["cost"].missing == round(visits["cost"].null_count() / 300, 6)


def test_it_points_at_what_to_look_at(visits: pl.DataFrame) -> None:
    odd = visits.head(50).with_columns(
        empty=pl.lit(None, dtype=pl.String),
        flat=pl.lit(1),
        rare=pl.when(pl.col("age") > 85).then(1),
    )
    said = " | ".join(inspect(odd).warnings)
    assert "50 rows are few" in said
    assert "'empty' has no values" in said
    assert "'flat' has one value only" in said
    assert "'rare' misses" in said


def test_it_shows_no_value(visits: pl.DataFrame) -> None:
    text = json.dumps(inspect(visits).to_json())
    assert "person 1" not in text


def test_the_schema_can_be_written_and_handed_back(visits: pl.DataFrame, tmp_path: Path) -> None:
    found = inspect(visits, target="sex")
    save_schema(found, tmp_path / "schema.json")
    assert Schema.load(tmp_path / "schema.json") == found.schema
    assert inspect(visits, schema=tmp_path / "schema.json").schema.target == "sex"


def test_a_schema_that_cannot_be_written_is_said_in_one_line(
    visits: pl.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(DataError):
        save_schema(inspect(visits), tmp_path / "missing" / "schema.json")
