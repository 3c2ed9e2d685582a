import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest

from guanyao.data.schema import Schema
from guanyao.errors import ConfigError, DataError
from guanyao.flows.inspect import Inspection, inspect, save_policy, save_schema
from guanyao.protect.policy import Policy
from tests.flows.image_fakes import pictures


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


@pytest.fixture
def customers() -> pl.DataFrame:
    """Made-up people with telephone numbers that nobody has."""
    rng = Random(11)  # noqa: S311
    return pl.DataFrame(
        {
            "tel": [f"154{rng.randrange(10**8):08d}" for _ in range(300)],
            "sex": [rng.choice("FM") for _ in range(300)],
            "city": [rng.choice(["north", "south", "east"]) for _ in range(300)],
            "is_ill": [rng.random() < 0.3 for _ in range(300)],
            "note": [f"来电 {n} 次" + "，手机 15400001234" * (n == 7) for n in range(300)],
        }
    )


def of_table(*args: Any, **options: Any) -> Inspection:
    found = inspect(*args, **options)
    assert isinstance(found, Inspection)
    return found


def test_personal_data_is_found_and_shown_masked(customers: pl.DataFrame) -> None:
    found = of_table(customers)
    assert [(f.column, f.kind, f.in_text) for f in found.personal_data] == [
        ("tel", "mobile_phone", False),
        ("note", "mobile_phone", True),
    ]
    facts = {column.name: column for column in found.columns}
    assert (facts["tel"].kind, facts["tel"].share) == ("mobile_phone", 1.0)
    assert (facts["sex"].kind, facts["sex"].sensitivity) == ("", "quasi")
    said = " | ".join(found.warnings)
    assert "'tel' name persons: they are never learned" in said
    assert "'note' is text that holds personal data (mobile phone number)" in said


def test_nothing_that_is_written_shows_a_value(customers: pl.DataFrame, tmp_path: Path) -> None:
    found = of_table(customers, sensitive=["is_ill"])
    save_policy(found, tmp_path / "P.yaml")
    save_policy(found, tmp_path / "P.json")
    save_schema(found, tmp_path / "schema.json")
    written = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]
    text = json.dumps(found.to_json(), ensure_ascii=False) + "".join(written)
    assert len(written) == 3
    assert not [value for value in [*customers["tel"], "15400001234"] if value in text]
    assert "north" not in text


def test_the_policy_can_be_read_back(customers: pl.DataFrame, tmp_path: Path) -> None:
    customers.write_csv(tmp_path / "people of 2026.csv")
    found = of_table(tmp_path / "people of 2026.csv")
    for name in ("P.yaml", "P.json"):
        save_policy(found, tmp_path / name)
        assert Policy.load(tmp_path / name) == found.policy
    assert found.policy.data_set == "people of 2026"
    assert found.policy.columns["note"] == {"step": "text"}
    assert " # " in (tmp_path / "P.yaml").read_text(encoding="utf-8")


def test_groups_are_counted_by_what_helps_to_name_a_person(customers: pl.DataFrame) -> None:
    found = of_table(customers).risk
    assert found is not None
    assert found.quasi == ("sex", "city")
    chosen = of_table(customers, quasi=["sex"], sensitive=["is_ill"]).risk
    assert chosen is not None
    assert chosen.n_groups == 2
    assert [told.column for told in chosen.diversity] == ["is_ill"]


def test_people_are_counted_where_they_are_named(visits: pl.DataFrame) -> None:
    found = of_table(visits, entity="person", quasi=["sex"]).risk
    assert found is not None
    assert (found.unit, found.n) == ("persons", 200)


def test_a_table_without_people_has_no_risk() -> None:
    frame = pl.DataFrame({"a": list(range(300)), "b": [n % 7 for n in range(300)]})
    found = of_table(frame)
    assert found.risk is None
    assert found.personal_data == ()
    assert found.to_json()["risk"] is None


def test_columns_that_make_no_sense_are_refused(customers: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="no column 'town'"):
        inspect(customers, quasi=["town"])
    with pytest.raises(ConfigError) as caught:
        inspect(customers, quasi=["sex"], sensitive=["sex"])
    assert caught.value.code == "config.quasi"


def test_pictures_have_no_such_things(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        inspect(pictures(), quasi=["a"])
    with pytest.raises(ConfigError):
        save_policy(inspect(pictures()), tmp_path / "P.yaml")
