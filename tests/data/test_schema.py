"""The schema: a plain record, in memory and in a file."""

import json
from pathlib import Path

import polars as pl
import pytest

from guanyao.data.readers import read
from guanyao.data.schema import Column, Schema, Source
from guanyao.errors import ConfigError, DataError


def table_schema() -> Schema:
    frame = pl.DataFrame({"grade": ["low", "high"] * 5, "n": [1, 2] * 5})
    schema = read(frame.with_columns(pl.col("grade").cast(pl.Enum(["low", "high"])))).schema
    return Schema(columns=schema.columns, rules=("grade <= n",), source=Source(format="csv"))


def test_the_record_gives_the_schema_back_in_memory_and_as_text() -> None:
    schema = table_schema()
    assert schema["grade"].order == ("low", "high")
    assert Schema.from_json(schema.to_json()) == schema
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema


def test_the_file_gives_the_schema_back(tmp_path: Path) -> None:
    table_schema().save(tmp_path / "schema.json")
    assert Schema.load(tmp_path / "schema.json") == table_schema()


HOSTILE: dict[str, object] = {
    "no object": [],
    "another format": {"schema": "x"},
    "no columns": {"schema": "guanyao.schema/1", "columns": []},
    "columns as text": {"schema": "guanyao.schema/1", "columns": "abc"},
    "a column as text": {"schema": "guanyao.schema/1", "columns": ["abc"]},
    "an unknown field": {"schema": "guanyao.schema/1", "columns": [{"name": "a", "colour": 1}]},
    "no type": {"schema": "guanyao.schema/1", "columns": [{"name": "a"}]},
    "another type": {"schema": "guanyao.schema/1", "columns": [{"name": "a", "type": "x"}]},
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_schema_is_refused(case: str) -> None:
    with pytest.raises(ConfigError) as error:
        Schema.from_json(HOSTILE[case])  # type: ignore[arg-type]
    assert error.value.code == "config.schema"


def test_names_and_roles() -> None:
    a, b = Column(name="a", type="integer"), Column(name="b", type="integer")
    schema = Schema(columns=(a, b)).with_roles(target="a", entity="b")
    assert (schema.target, schema.entity) == ("a", "b")
    assert schema.with_roles(target="b")["a"].role == "feature"
    assert not schema["b"].is_modelled
    with pytest.raises(DataError):
        schema["c"]
    with pytest.raises(DataError):
        Schema(columns=(a, a))
