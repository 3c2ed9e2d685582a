"""fit, sample, inspect, evaluate and compare on pictures."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import guanyao as gy
from guanyao.data.images import Images, read_images
from guanyao.errors import ConfigError, DataError
from guanyao.flows import image_run, sample
from guanyao.flows.evaluate import Evaluation
from guanyao.flows.fit import fit_to
from guanyao.flows.inspect import save_schema
from guanyao.flows.inspect_images import ImageInspection
from guanyao.flows.measure import measure
from guanyao.flows.sample import image_format, sample_as_typed, sample_to
from guanyao.records import evidence
from tests.flows.image_fakes import Blended, pictures


@pytest.fixture
def model() -> Blended:
    return Blended().fit(pictures())


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# fit


def test_fit_learns_pictures_or_leaves_some_out() -> None:
    assert gy.fit(pictures(), model="blended").n_images_ == 120
    assert gy.fit(pictures(), model="blended", holdout=0.5).n_images_ == 60


def test_settings_reach_the_generator() -> None:
    model = gy.fit(pictures(), model="blended", epochs=2, max_cpu_minutes=3, max_minutes=4)
    assert (model.epochs, model.max_cpu_minutes, model.max_minutes) == (2, 3, 4)


def test_training_lies_beside_the_model(tmp_path: Path) -> None:
    fit_to(pictures(), tmp_path / "m.gy", model="blended")
    assert names(tmp_path) == ["m.gy", "m.gy.training"]
    assert names(tmp_path / "m.gy.training") == ["log.jsonl", "samples"]
    fit_to(pictures(), tmp_path / "m.gy", model="blended")
    assert (tmp_path / "m.gy.training" / "log.jsonl").read_text() == "{}\n"


def test_a_fit_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Blended, "trouble", staticmethod(stop))
        with pytest.raises(KeyboardInterrupt):
            fit_to(pictures(), tmp_path / "m.gy", model="blended")
    assert names(tmp_path) == ["m.gy.training"]
    fit_to(pictures(), tmp_path / "m.gy", model="blended")
    assert Blended.starts == [False, True]


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    fit_to(pictures(), tmp_path / "m.gy", model="blended", is_first=False)
    assert names(tmp_path) == ["m.gy.training"]
    assert (tmp_path / "m.gy.training" / "checkpoints").is_dir()


# sample


def test_pictures_are_drawn_at_once_or_in_batches(model: Blended) -> None:
    images = gy.sample(model, 30, seed=1)
    assert isinstance(images, Images)
    assert np.bincount(images.labels).tolist() == [10, 10, 10]
    batches = list(gy.sample_batches(model, 30, seed=1, batch_rows=20))
    assert [len(batch) for batch in batches] == [20, 10]
    assert len(gy.sample(model, 0)) == 0


def test_a_label_can_be_asked_for(model: Blended) -> None:
    images = gy.sample(model, 9, given={"label": 2}, seed=0)
    assert set(images.labels.tolist()) == {2}


@pytest.mark.parametrize(
    ("name", "format", "found"),
    [
        ("virtual", None, "virtual"),
        ("virtual.npz", None, "virtual.npz"),
        ("virtual", "npz", "virtual.npz"),
        ("v-images-idx3-ubyte.gz", None, "v-images-idx3-ubyte.gz"),
        ("v", "idx", "v-images-idx3-ubyte.gz"),
    ],
)
def test_the_name_or_the_format_says_how_they_are_written(
    model: Blended, tmp_path: Path, name: str, format: str | None, found: str
) -> None:
    path = sample_to(model, 12, tmp_path / name, format=format, seed=0)
    assert path == tmp_path / found
    assert read_images(path).classes == ("0", "1", "2")
    assert image_format(path) == (format or image_format(Path(name)))


def test_what_is_typed_is_followed(
    model: Blended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "load", lambda path: model)
    path, what = sample_as_typed("m.gy", 6, tmp_path / "v.npz", given=["label=1"], seed=0)
    assert what == "pictures"
    assert set(read_images(path).labels.tolist()) == {1}


@pytest.mark.parametrize(
    ("given", "rebalance", "code"),
    [
        (["label"], None, "config.given"),
        (["colour=red"], None, "config.given"),
        (["label=7"], None, "config.given"),
        (["label=1", "label=2"], None, "config.given"),
        ([], "label=1:0.5", "config.rebalance"),
    ],
)
def test_other_conditions_are_refused(
    model: Blended,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    given: list[str],
    rebalance: str | None,
    code: str,
) -> None:
    monkeypatch.setattr(sample, "load", lambda path: model)
    with pytest.raises(ConfigError) as caught:
        sample_as_typed("m.gy", 6, tmp_path / "v.npz", given=given, rebalance=rebalance)
    assert caught.value.code == code
    assert names(tmp_path) == []


def test_a_disk_that_is_full_leaves_nothing(
    model: Blended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError) as caught:
        sample_to(model, 6, tmp_path / "virtual")
    assert caught.value.code == "data.unwritable"
    assert names(tmp_path) == []


# inspect


def test_inspect_tells_size_classes_and_what_to_look_at() -> None:
    images = pictures(24)
    twice = images.take(np.append(np.arange(24), 0))
    found = gy.inspect(twice)
    assert isinstance(found, ImageInspection)
    told = found.to_json()
    assert (told["n_images"], told["height"], told["width"], told["channels"]) == (25, 6, 5, 1)
    assert told["classes"][0] == {"name": "0", "n": 9}
    assert json.loads(json.dumps(told)) == told
    text = " ".join(found.warnings)
    assert "few to learn from" in text
    assert "3 classes have fewer than 10" in text
    assert "1 pictures equal" in text


def test_pictures_have_no_schema(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no schema"):
        save_schema(gy.inspect(pictures()), tmp_path / "schema.json")


# evaluate


def test_evaluate_leaves_a_report(tmp_path: Path, model: Blended) -> None:
    out = tmp_path / "out"
    sides: dict[str, Any] = {"real": pictures(), "holdout": pictures(60, seed=1)}
    virtual = gy.sample(model, 90, seed=0)
    report = measure(**sides, virtual=virtual, out=out, seed=3)
    assert names(out) == ["report.html", "report.json", "run.json"]
    assert report["data"]["images"]["classes"][0]["n_virtual"] == 30
    assert report["model"]["name"] is None
    record = evidence.verify(out / "run.json")
    assert [item["role"] for item in record["inputs"]] == ["source", "holdout", "virtual"]
    found = gy.evaluate(**sides, virtual=virtual, seed=3)
    assert [score.name for score in found.scores] == [score["name"] for score in report["scores"]]


def test_evaluate_refuses_pictures_of_other_colours(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        measure(
            real=pictures(),
            holdout=pictures(),
            virtual=pictures(channels=3),
            out=tmp_path / "out",
        )
    assert caught.value.code == "data.image_sides"
    assert names(tmp_path) == []


# compare


def test_compare_names_what_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_run, "measure", lambda sides, progress: Evaluation([], [], []))
    done = gy.compare(pictures(), models=["blended", "unwilling"], out=tmp_path / "out")
    assert done.failed == {"unwilling": "error[data.test]: this generator learns nothing"}
    assert names(done.out) == ["blended", "compare.html", "compare.json", "run.json"]
    assert names(done.out / "blended") == [
        "model.gy", "report.html", "report.json", "training", "virtual"
    ]  # fmt: skip
    record = evidence.verify(done.paths["record"])
    assert "blended/virtual" in [item["name"] for item in record["outputs"]]


def test_compare_refuses_models_of_tables(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="learns tables"):
        gy.compare(pictures(), models=["blended", "trees"], out=tmp_path / "out")
