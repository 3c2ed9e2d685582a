"""What each command does with its options, and what it prints."""

import json
from pathlib import Path

import polars as pl
import pytest

from guanyao.cli.main import main
from guanyao.cli.options import pairs
from guanyao.errors import ConfigError
from guanyao.models import MODELS
from tests.flows import fakes


@pytest.fixture(autouse=True)
def _fake_models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, place in fakes.MODELS.items():
        monkeypatch.setitem(MODELS, name, place)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = {
        "size": [i * 7 % 50 for i in range(200)],
        "colour": [("red", "green", "blue")[i * i % 3] for i in range(200)],
        "price": [i % 11 + 0.5 for i in range(200)],
        "total": [i % 11 + i % 5 + 1.5 for i in range(200)],
    }
    path = tmp_path / "source.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def done(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    status = main(words)
    out, err = capfd.readouterr()
    assert status == 0, err
    return out


def failed(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    assert main(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    return err


def test_run_takes_its_options(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [
        "run", str(source), "-o", str(tmp_path / "out"), "--model", "independent", "--target",
        "colour", "--rows", "40", "--holdout", "0.5", "--seed", "3", "--format", "csv", "--set",
        "max_codes=20", "--min-entities", "7", "--rule", "price <= total", "--no-canaries",
        "--quiet", "--json", "--rebalance", "colour=red:0.75", "--who", "a tester",
    ]  # fmt: skip
    found = json.loads(done(words, capfd))
    assert found["data"]["n_train"] == 100
    assert found["model"]["settings"] == {"max_codes": 20, "min_entities": 7}
    rows = pl.read_csv(found["files"]["virtual"])
    assert rows.height == 40
    assert (rows["colour"] == "red").sum() == 30
    record = json.loads((tmp_path / "out" / "run.json").read_bytes())
    assert record["who"] == "a tester"
    assert record["seed"] == 3
    assert "price <= total" in found["data"]["rules"]


def test_run_tells_people_where_the_report_lies(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    text = done(["run", str(source), "-o", str(out), "--model", "shuffled", "-q"], capfd)
    assert f"report: {out / 'report.html'}" in text
    assert "c2st_auc" in text
    assert "privacy: " in text


def test_fit_writes_a_model(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "m.gy"
    done(["fit", str(source), "-o", str(model), "--model", "shuffled", "-q"], capfd)
    assert model.is_file()


@pytest.mark.parametrize("option", ["--rows=5", "--format=csv"])
def test_fit_refuses_what_only_run_can_follow(
    source: Path, tmp_path: Path, option: str, capfd: pytest.CaptureFixture[str]
) -> None:
    err = failed(["fit", str(source), "-o", str(tmp_path / "m.gy"), option], capfd)
    assert err.startswith("error[config.option]")


def test_evaluate_measures_what_anyone_made(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    rows = pl.read_csv(source)
    for name, part in (("train", rows[:100]), ("hold", rows[100:])):
        part.write_csv(tmp_path / f"{name}.csv")
    out = tmp_path / "out"
    words = [
        "evaluate", "--real", str(tmp_path / "train.csv"), "--holdout", str(tmp_path / "hold.csv"),
        "--virtual", str(source), "-o", str(out), "--target", "colour", "--json", "-q",
    ]  # fmt: skip
    found = json.loads(done(words, capfd))
    assert {score["name"] for score in found["scores"]} >= {"column_shapes", "c2st_auc"}
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "report.json", "run.json"]


def test_compare_names_what_failed(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = [
        "compare", str(source), "--models", "shuffled, failing", "-o", str(tmp_path / "out"), "-q",
        "--no-canaries",
    ]  # fmt: skip
    text = done(words, capfd)
    assert "failing failed: error[data.test]" in text
    assert "column_shapes" in text


def test_inspect_shows_columns_and_writes_the_schema(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    schema = tmp_path / "schema.json"
    text = done(["inspect", str(source), "-o", str(schema)], capfd)
    assert "200 rows, 4 columns" in text
    assert all(name in text for name in ("size", "colour", "price", "total"))
    assert json.loads(schema.read_text(encoding="utf-8"))["schema"] == "guanyao.schema/1"


def test_list_tells_names_and_what_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    found = json.loads(done(["list", "metrics", "--json"], capfd))
    assert "c2st_auc" in [part["name"] for part in found["parts"]]
    assert "c2st_auc" in done(["list", "metrics"], capfd)


def test_a_folder_of_somebody_else_is_not_touched(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    err = failed(["run", str(source), "-o", str(tmp_path), "--model", "shuffled"], capfd)
    assert err.startswith("error[config.out]")
    assert [path.name for path in tmp_path.iterdir()] == ["source.csv"]


def test_two_holdouts_are_refused(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["run", str(source), "-o", str(out), "--holdout", "0.1", "--holdout-file", str(source)]
    assert failed(words, capfd).startswith("error[config.holdout]")
    assert not out.exists()


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a=1", "a=2"]])
def test_settings_that_cannot_be_read_are_refused(texts: list[str]) -> None:
    with pytest.raises(ConfigError):
        pairs(texts)


def test_a_setting_may_hold_an_equals_sign() -> None:
    assert pairs(["a=b=c", " d = 1 "]) == {"a": "b=c", "d": "1"}
