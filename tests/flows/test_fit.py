from pathlib import Path

import polars as pl
import pytest

import guanyao as gy
from guanyao.errors import ConfigError, DataError
from guanyao.flows.deadline import Deadline
from guanyao.flows.fit import fit, fit_to
from guanyao.types import Silent
from tests.flows.fakes import Shuffled


def test_fit_learns_all_rows_or_leaves_some_out(visits: pl.DataFrame) -> None:
    everything = fit(visits, model="shuffled")
    assert isinstance(everything, Shuffled)
    assert everything.frame_.height == 300
    some = fit(visits, model="shuffled", holdout=0.5, entity="person")
    assert isinstance(some, Shuffled)
    assert some.frame_["person"].n_unique() == 100


def test_fit_takes_pandas_frames(visits: pl.DataFrame) -> None:
    pytest.importorskip("pandas")
    model = fit(visits.to_pandas(), model="shuffled")
    assert model.schema_.names == visits.columns


def test_roles_and_rules_reach_the_generator(visits: pl.DataFrame) -> None:
    model = fit(visits, model="shuffled", target="is_ill", entity="person", rules=["age <= cost"])
    assert model.schema_.target == "is_ill"
    assert model.schema_.entity == "person"
    assert "age <= cost" in model.schema_.rules


def test_a_schema_is_followed(visits: pl.DataFrame, tmp_path: Path) -> None:
    schema = gy.read(visits).schema.with_roles(target="sex")
    schema.save(tmp_path / "schema.json")
    assert fit(visits, model="shuffled", schema=schema).schema_.target == "sex"
    found = fit(visits, model="shuffled", schema=tmp_path / "schema.json")
    assert found.schema_.target == "sex"


def test_a_model_file_is_written(visits: pl.DataFrame, tmp_path: Path) -> None:
    fit_to(visits, tmp_path / "m.gy", model="shuffled")
    assert (tmp_path / "m.gy").is_file()


@pytest.mark.parametrize("place", ["", "missing/m.gy"])
def test_a_place_that_cannot_be_written_is_found_before_the_work(
    visits: pl.DataFrame, tmp_path: Path, place: str
) -> None:
    with pytest.raises(DataError) as caught:
        fit_to(visits, tmp_path / place, model="broken")
    assert caught.value.code == "data.unwritable"


def test_time_that_is_over_ends_the_work(visits: pl.DataFrame) -> None:
    with pytest.raises(ConfigError, match="longer than"):
        fit(visits, model="shuffled", settings={"wait_s": 1.0}, max_minutes=1e-4)
    Deadline(Silent(), 10).advance()
