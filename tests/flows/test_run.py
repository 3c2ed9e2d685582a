import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import guanyao as gy
from guanyao.flows import job as job_module
from guanyao.flows import table_run
from guanyao.flows.run import Run, run
from guanyao.records import evidence
from tests.flows.fakes import Deep, Shuffled

AT = datetime(2026, 11, 22, tzinfo=UTC)
QUICK: dict[str, Any] = {"model": "shuffled", "canaries": False, "clock": lambda: AT}


@pytest.fixture
def done(source: Path, tmp_path: Path) -> Run:
    return run(source, out=tmp_path / "out", target="is_ill", format="csv", **QUICK)


def test_it_leaves_five_files_and_nothing_else(done: Run) -> None:
    names = ["model.gy", "report.html", "report.json", "run.json", "virtual.csv"]
    assert sorted(path.name for path in done.out.iterdir()) == names
    assert sorted(path.name for path in done.paths.values()) == names


def test_the_virtual_table_is_like_the_source(done: Run, visits: pl.DataFrame) -> None:
    assert done.virtual.schema == visits.schema
    assert done.virtual.height == done.report["data"]["n_train"]


def test_the_report_is_the_one_of_the_contract(done: Run) -> None:
    report = json.loads(done.paths["report_json"].read_text(encoding="utf-8"))
    assert report == done.report
    assert report["schema"] == "guanyao.report/1"
    assert report["data"]["n_train"] + report["data"]["n_holdout"] == 300
    assert set(report["timing"]) == {
        "inspect_s", "fit_s", "fit_cpu_s", "sample_s", "rows_per_s", "evaluate_s", "peak_mb"
    }  # fmt: skip
    assert report["model"]["digest"] == evidence.file_digest(done.paths["model"])
    assert {"fidelity", "utility", "privacy", "why"} <= set(done.verdict)


def test_the_record_vouches_for_every_file(done: Run) -> None:
    record = evidence.verify(done.paths["record"])
    outputs = {item["name"] for item in record["outputs"]}
    assert outputs == {path.name for path in done.paths.values()} - {"run.json"}
    assert record["id"] == done.report["run"]["id"]
    assert record["settings"]["chosen"]["name"] == "shuffled"


def test_the_record_holds_no_value_and_no_path(source: Path, tmp_path: Path) -> None:
    options = {**QUICK, "model": "independent", "rebalance": {"sex": {"F": 0.75}}}
    done = run(source, out=tmp_path / "out", holdout_file=source, **options)
    text = done.paths["record"].read_text(encoding="utf-8")
    for secret in ("visits", "person 1", str(tmp_path), "0.75"):
        assert secret not in text
    assert done.virtual["sex"].value_counts().sort("sex")["count"].to_list() == [225, 75]


def test_the_same_seed_gives_the_same_rows(source: Path, tmp_path: Path) -> None:
    one, two, other = (
        run(source, out=tmp_path / name, seed=seed, **QUICK).virtual
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert_frame_equal(one, two)
    assert not one.equals(other)


def test_persons_are_on_one_side_only(visits: pl.DataFrame, tmp_path: Path) -> None:
    done = run(visits, out=tmp_path / "out", entity="person", **QUICK)
    model = done.model
    assert isinstance(model, Shuffled)
    learned = set(model.frame_["person"])
    assert 0 < len(learned) < 200
    kept = visits.filter(pl.col("person").is_in(learned))
    assert kept.height == model.frame_.height


def test_a_holdout_of_its_own_lets_all_be_learned(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", holdout_file=source, **QUICK)
    assert done.report["data"]["n_train"] == done.report["data"]["n_holdout"] == 300


def test_rows_can_be_asked_for(source: Path, tmp_path: Path) -> None:
    assert run(source, out=tmp_path / "out", rows=17, **QUICK).virtual.height == 17


def test_only_some_of_very_many_rows_are_measured(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_run, "EVALUATED_ROWS", 50)
    done = run(source, out=tmp_path / "out", rows=120, **QUICK)
    assert done.virtual.height == 120
    assert "the first 50 of 120 virtual rows were measured" in done.report["warnings"]


def test_a_column_that_may_name_the_entity_is_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = {"customer_id": [10_000 + 7 * (i // 6) for i in range(300)], "n": [*range(150)] * 2}
    pl.DataFrame(rows).write_csv(path)
    hinted = run(path, out=tmp_path / "out", **QUICK).report["warnings"]
    assert any("'customer_id'" in warning and "--entity" in warning for warning in hinted)
    named = run(path, out=tmp_path / "named", entity="customer_id", **QUICK).report["warnings"]
    assert not any("--entity" in warning for warning in named)


def test_a_column_that_protection_empties_is_pointed_out(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = {"ward": [f"W{i // 2:04d}" for i in range(300)], "n": [*range(150)] * 2}
    pl.DataFrame(rows).write_csv(path)
    done = run(path, out=tmp_path / "out", **{**QUICK, "model": "independent"})
    assert done.virtual["ward"].null_count() == done.virtual.height
    assert any("'ward': empty" in warning for warning in done.report["warnings"])


def test_canaries_are_planted_where_fitting_is_cheap(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {**QUICK, "canaries": True}
    done = run(source, out=tmp_path / "out", **options)
    assert "canary" in {attack["group"] for attack in done.report["attacks"]}
    monkeypatch.setattr(table_run, "CHEAP_FIT_S", -1.0)
    done = run(source, out=tmp_path / "out", **options)
    assert "canary" not in {attack["group"] for attack in done.report["attacks"]}
    assert any("no canaries" in warning for warning in done.report["warnings"])


def test_a_run_that_was_stopped_goes_on_after_fitting(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    options = {**QUICK, "model": "interrupted"}
    with pytest.raises(KeyboardInterrupt):
        run(source, out=out, **options)
    [part] = out.iterdir()
    assert sorted(path.name for path in part.iterdir()) == ["model.gy", "state.json"]
    fitted = Shuffled().fit(gy.read(source))
    monkeypatch.setattr(job_module, "load", lambda path: fitted)
    done = run(source, out=out, **options)
    assert done.resumed
    assert done.model is fitted
    assert job_module.RESUMED in done.report["warnings"]
    assert not part.exists()


def test_a_deep_model_goes_on_and_leaves_its_training(source: Path, tmp_path: Path) -> None:
    options = {**QUICK, "model": "deep", "epochs": 2, "canaries": True}
    Deep.stops.append(True)
    with pytest.raises(KeyboardInterrupt):
        run(source, out=tmp_path / "out", **options)
    done = run(source, out=tmp_path / "out", **options)
    assert Deep.starts == [False, True]
    assert [path.name for path in done.paths["training"].iterdir()] == ["log.jsonl"]
    assert done.report["training"] == done.model.history_
    assert {"trained for nothing", table_run.NO_CANARIES_DEEP} <= set(done.report["warnings"])
    assert "canary" not in {attack["group"] for attack in done.report["attacks"]}


def test_other_settings_do_not_go_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = {**QUICK, "model": "interrupted"}
    with pytest.raises(KeyboardInterrupt):
        run(source, out=out, **options)
    assert not run(source, out=out, seed=1, **options).resumed


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"target": "nobody"}, gy.DataError, "no column 'nobody'"),
        ({"entity": "nobody"}, gy.DataError, "no column 'nobody'"),
        ({"rebalance": {"nobody": {"F": 1}}}, gy.DataError, "no column 'nobody'"),
        ({"rebalance": {"sex": {"F": 1.0}}}, gy.ConfigError, "cannot rebalance"),
        ({"rebalance": "sex=F"}, gy.ConfigError, "cannot be read"),
        ({"model": "nothing"}, gy.UnknownNameError, "no 'nothing' among the models"),
        ({"settings": {"depth": 3}}, gy.ConfigError, "no setting 'depth'"),
        ({"epsilon": 1.0}, gy.ConfigError, "no differential privacy"),
        ({"model": "failing"}, gy.DataError, "learns nothing"),
        ({"model": "broken"}, KeyError, "secret"),
        ({"rows": 0}, gy.ConfigError, "rows is 0"),
        ({"epochs": 3}, gy.ConfigError, "does not train in epochs"),
        ({"profile": True}, gy.ConfigError, "does not train in epochs"),
        ({"model": "vae"}, gy.ConfigError, "learns pictures"),
        ({"format": "npz"}, gy.ConfigError, "format is 'npz'"),
        ({"labels": "a.csv"}, gy.ConfigError, "means nothing to a table"),
    ],
    ids=str,
)
def test_a_failure_leaves_nothing(
    source: Path,
    tmp_path: Path,
    options: dict[str, Any],
    error: type[Exception],
    text: str,
) -> None:
    with pytest.raises(error, match=text):
        run(source, out=tmp_path / "out", **{**QUICK, **options})
    assert [path.name for path in tmp_path.iterdir()] == ["visits.csv"]


def test_a_holdout_with_other_columns_is_refused(
    source: Path, visits: pl.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(gy.DataError, match="age"):
        run(source, out=tmp_path / "out", holdout_file=visits.drop("age"), **QUICK)


def test_a_target_that_never_varies_is_refused(visits: pl.DataFrame, tmp_path: Path) -> None:
    flat = visits.with_columns(sex=pl.lit("F"))
    with pytest.raises(gy.DataError) as caught:
        run(flat, out=tmp_path / "out", target="sex", **QUICK)
    assert caught.value.code == "data.target"
