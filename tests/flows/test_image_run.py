import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import guanyao as gy
from guanyao.data.images import Images, read_images
from guanyao.flows import image_run
from guanyao.flows import job as job_module
from guanyao.flows.evaluate import Evaluation
from guanyao.flows.folder import PART
from guanyao.flows.image_reporting import SHOWN_REAL, by_class
from guanyao.flows.run import run
from guanyao.records import evidence
from tests.flows.image_fakes import Blended, pictures

AT = datetime(2026, 11, 22, tzinfo=UTC)
QUICK: dict[str, Any] = {"model": "blended", "clock": lambda: AT}


@pytest.fixture(autouse=True)
def _unmeasured(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Measuring takes seconds; only some tests look at it."""
    if "measured" not in request.fixturenames:
        nothing = Evaluation([], [], ["nothing was measured"])
        monkeypatch.setattr(image_run, "measure", lambda sides, progress: nothing)


@pytest.fixture
def measured() -> None:
    """Lets everything be measured."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """120 pictures as an NPZ file."""
    images = pictures()
    path = tmp_path / "pictures.npz"
    np.savez(path, images=images.pixels[..., 0], labels=images.labels)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def stop_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> Callable[[], None]:
    """Training raises this after its first checkpoint, until the function returned is called."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(Blended, "trouble", staticmethod(fail))
    return lambda: monkeypatch.setattr(Blended, "trouble", None)


def test_it_leaves_what_it_promises_and_nothing_else(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", **QUICK)
    assert names(done.out) == [
        "model.gy", "report.html", "report.json", "run.json", "training", "virtual"
    ]  # fmt: skip
    assert names(done.paths["virtual"]) == ["0", "1", "2", "contact-sheet.png"]
    assert names(done.paths["training"]) == ["log.jsonl", "samples"]
    assert sorted(path.name for path in done.paths.values()) == names(done.out)


def test_the_virtual_pictures_are_like_the_source(source: Path, tmp_path: Path) -> None:
    virtual = run(source, out=tmp_path / "out", **QUICK).virtual
    assert isinstance(virtual, Images)
    assert virtual.shape == (6, 5, 1)
    assert len(virtual) == 96
    assert virtual.classes == ("0", "1", "2")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("format", ["folder", "npz", "idx"])
def test_every_format_is_found_again(tmp_path: Path, format: str, channels: int) -> None:
    images = pictures(channels=channels)
    done = run(images, out=tmp_path / "out", rows=30, format=format, **QUICK)
    assert done.paths["virtual"].exists()
    assert done.virtual.shape == (6, 5, channels)
    assert np.bincount(done.virtual.labels).tolist() == [10, 10, 10]
    assert evidence.verify(done.paths["record"])


def test_the_report_is_the_one_of_the_contract(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", **QUICK)
    report = json.loads(done.paths["report_json"].read_text(encoding="utf-8"))
    assert report == done.report
    data = report["data"]
    assert data["kind"] == "images"
    assert (data["n_train"], data["n_holdout"], data["columns"]) == (96, 24, [])
    assert data["images"]["classes"][0] == {
        "name": "0", "n_train": 32, "n_holdout": 8, "n_virtual": 32
    }  # fmt: skip
    assert [epoch["epoch"] for epoch in report["training"]["epochs"]] == [1, 2, 3]
    assert report["model"]["digest"] == evidence.file_digest(done.paths["model"])
    assert report["model"]["settings"]["epochs"] == 3
    assert "a warning of training" in report["warnings"]
    assert image_run.NO_CANARIES in report["warnings"]


def test_the_record_vouches_for_folders_as_a_whole(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", **QUICK)
    record = evidence.verify(done.paths["record"])
    assert [item["name"] for item in record["outputs"]] == [
        "model.gy", "report.html", "report.json", "training", "virtual"
    ]  # fmt: skip
    next((done.paths["virtual"] / "1").iterdir()).unlink()
    with pytest.raises(gy.DataError, match="virtual was changed"):
        evidence.verify(done.paths["record"])


def test_the_same_seed_gives_the_same_pictures(source: Path, tmp_path: Path) -> None:
    one, two, other = (
        run(source, out=tmp_path / name, seed=seed, **QUICK).virtual
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one.source.digest == two.source.digest != other.source.digest


def test_arrays_and_images_are_sources_too(tmp_path: Path) -> None:
    images = pictures()
    one = run(images, out=tmp_path / "a", **QUICK)
    two = run(images.pixels[..., 0], out=tmp_path / "b", **QUICK)
    assert one.report["data"]["n_train"] == two.report["data"]["n_train"] == 96
    assert two.report["data"]["images"]["classes"] == []
    assert two.virtual.labels is None


def test_persons_are_on_one_side_only(tmp_path: Path) -> None:
    images = pictures()
    path = tmp_path / "xrays.npz"
    whose = np.arange(120) // 4
    np.savez(path, images=images.pixels[..., 0], labels=images.labels, patient=whose)
    done = run(path, out=tmp_path / "out", entity="patient", **QUICK)
    assert done.report["data"]["images"]["n_entities"] == 24
    assert done.report["data"]["entity"] == "patient"


def test_a_holdout_of_its_own_lets_all_be_learned(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", holdout_file=pictures(30, seed=1), **QUICK)
    assert (done.report["data"]["n_train"], done.report["data"]["n_holdout"]) == (120, 30)


def test_a_holdout_of_other_colours_is_found_before_the_work(source: Path, tmp_path: Path) -> None:
    with pytest.raises(gy.DataError) as caught:
        run(source, out=tmp_path / "out", holdout_file=pictures(30, channels=3), **QUICK)
    assert caught.value.code == "data.image_sides"
    assert Blended.starts == []


def test_labels_of_few_pictures_are_pointed_out(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 8, 8), dtype=np.uint8)
    labels = np.array(["common"] * 57 + ["rare"] * 3)
    run(read_images(pixels, labels=labels), out=tmp_path / "out", **QUICK)
    warnings = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["warnings"]
    assert sum("1 labels have fewer than 10 pictures" in said for said in warnings) == 1


def test_pictures_are_brought_to_a_size(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", size="8x7", **QUICK)
    assert done.virtual.shape == (8, 7, 1)
    assert any("8 x 7" in note for note in done.report["data"]["images"]["notes"])


def test_only_some_of_very_many_pictures_are_measured(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_run, "EVALUATED_IMAGES", 50)
    done = run(source, out=tmp_path / "out", rows=120, **QUICK)
    assert len(done.virtual) == 120
    assert "the first 50 of 120 virtual pictures were measured" in done.report["warnings"]
    assert sum(one["n_virtual"] for one in done.report["data"]["images"]["classes"]) == 50


def test_profiling_leaves_where_the_time_went(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", profile=True, **QUICK)
    assert "profile.txt" in names(done.paths["training"])


def test_no_real_picture_is_shown_unless_it_is_asked_for(tmp_path: Path, measured: None) -> None:
    images = pictures(240)
    shown: list[dict[str, Any]] = []
    original = image_run.image_reporting.render_images

    def render(report: dict[str, Any], told: dict[str, Any]) -> str:
        shown.append(told)
        return original(report, told)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(image_run.image_reporting, "render_images", render)
        plain = run(images, out=tmp_path / "a", **QUICK)
        real = run(images, out=tmp_path / "b", show_real=True, holdout=0.4, **QUICK)
    assert shown[0]["real"] is shown[0]["nearest"] is None
    assert len(shown[0]["epochs"]) == 3
    known = {picture.tobytes() for picture in images.pixels}
    assert not known & {picture.tobytes() for picture in shown[0]["virtual"].pixels}
    assert {picture.tobytes() for picture in shown[1]["real"].pixels} <= known
    virtual, nearest = shown[1]["nearest"]
    assert len(virtual) == len(nearest) > 0
    assert SHOWN_REAL in real.report["warnings"]
    assert SHOWN_REAL not in plain.report["warnings"]
    assert {"cfid", "tstr"} <= {score["name"] for score in plain.report["scores"]}


def test_pictures_are_chosen_evenly_by_class() -> None:
    chosen = by_class(pictures(100), most=30)
    assert chosen.labels is not None
    assert chosen.labels.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert len(by_class(pictures(6), most=30)) == 6


# Stops and failures


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_training_that_was_stopped_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    out = tmp_path / "out"
    go_on = stop_with(monkeypatch, error)
    with pytest.raises(type(error)):
        run(source, out=out, **QUICK)
    assert names(out) == [PART]
    assert names(out / PART) == ["state.json", "training"]
    go_on()
    done = run(source, out=out, **QUICK)
    assert Blended.starts == [False, True]
    assert names(out / "training") == ["log.jsonl", "samples"]
    assert not done.resumed


def test_a_process_that_was_killed_leaves_what_can_go_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch:
        stop_with(patch, KeyboardInterrupt())
        patch.setattr("guanyao.flows.folder.Folder.sweep", lambda self, **how: None)
        patch.setattr("guanyao.flows.folder.Folder.leave", lambda self: None)
        with pytest.raises(KeyboardInterrupt):
            run(source, out=out, **QUICK)
    (out / PART / "virtual").mkdir()
    run(source, out=out, **QUICK)
    assert Blended.starts == [False, True]


@pytest.mark.parametrize("other", [{"seed": 5}, {"epochs": 4}, {"size": 4}])
def test_another_job_does_not_go_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    go_on = stop_with(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(source, out=tmp_path / "out", **QUICK)
    go_on()
    done = run(source, out=tmp_path / "out", **{**QUICK, **other})
    assert Blended.starts == [False, False]
    assert (done.paths["training"] / "log.jsonl").read_text() == "{}\n"


def test_a_stop_before_the_first_checkpoint_leaves_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **how: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Blended, "_train_in", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(source, out=tmp_path / "out", **QUICK)
    assert names(tmp_path) == ["pictures.npz"]


def test_a_run_that_was_stopped_after_the_fit_does_not_fit_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any) -> None:
        raise KeyboardInterrupt

    fitted = Blended().fit(pictures())
    with monkeypatch.context() as patch:
        patch.setattr(image_run, "measure", stopped)
        with pytest.raises(KeyboardInterrupt):
            run(source, out=tmp_path / "out", **QUICK)
    assert names(tmp_path / "out" / PART) == ["model.gy", "state.json", "training"]
    monkeypatch.setattr(job_module, "load", lambda path: fitted)
    done = run(source, out=tmp_path / "out", **QUICK)
    assert done.resumed
    assert Blended.starts == [False]
    assert names(done.paths["training"]) == ["log.jsonl", "samples"]
    assert len(done.report["training"]["epochs"]) == 3


def test_a_second_run_takes_away_what_the_first_left(source: Path, tmp_path: Path) -> None:
    run(source, out=tmp_path / "out", **QUICK)
    done = run(source, out=tmp_path / "out", format="npz", **{**QUICK, "epochs": 1})
    assert "virtual" not in names(done.out)
    assert names(done.paths["training"] / "samples") == ["epoch-00001.png"]


@pytest.mark.parametrize(
    ("options", "error", "code"),
    [
        ({"model": "trees"}, gy.ConfigError, "config.model"),
        ({"model": "nothing"}, gy.UnknownNameError, "unknown_name"),
        ({"target": "label"}, gy.ConfigError, "config.option"),
        ({"rules": ["a < b"]}, gy.ConfigError, "config.option"),
        ({"rebalance": "label=1:0.5"}, gy.ConfigError, "config.option"),
        ({"format": "csv"}, gy.ConfigError, "config.range"),
        ({"size": "large"}, gy.ConfigError, "config.image_size"),
        ({"epsilon": 1.0}, gy.ConfigError, "config.no_dp"),
        ({"settings": {"depth": 3}}, gy.ConfigError, "config.setting"),
        ({"model": "unwilling"}, gy.DataError, "data.test"),
    ],
    ids=str,
)
def test_a_failure_leaves_nothing(
    source: Path, tmp_path: Path, options: dict[str, Any], error: type[Exception], code: str
) -> None:
    with pytest.raises(error) as caught:
        run(source, out=tmp_path / "out", **{**QUICK, **options})
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert names(tmp_path) == ["pictures.npz"]


def test_one_picture_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(gy.DataError) as caught:
        run(np.zeros((1, 5, 5), np.uint8), out=tmp_path / "out", **QUICK)
    assert caught.value.code == "data.images_few"


def test_what_was_written_is_read_as_it_was(source: Path, tmp_path: Path) -> None:
    done = run(source, out=tmp_path / "out", format="npz", **QUICK)
    again = read_images(done.paths["virtual"])
    assert again.source.digest == done.virtual.source.digest
