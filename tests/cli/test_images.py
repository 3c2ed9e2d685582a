"""The commands on pictures."""

import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from guanyao.cli.main import main
from guanyao.models import IMAGE_MODELS
from tests.cli.test_main import environment
from tests.flows.image_fakes import pictures
from tests.models import toy_images

ROOT = Path(__file__).parents[2]
TRAIN = ["--model", "toy", "--set", "precision=fp32"]


@pytest.fixture(autouse=True)
def _toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_MODELS, "toy", toy_images.PLACE)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """300 digits of 8 x 8 pixels."""
    images = toy_images.digits()
    path = tmp_path / "digits.npz"
    np.savez(path, images=images.pixels[..., 0], labels=images.labels)
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
    assert err.count("\n") == 1
    return err


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_main_job_then_more_then_measured_anew(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["run", str(source), "-o", str(out), *TRAIN, "--epochs", "15", "--quiet", "--json"]
    found = json.loads(done([*words, "--format", "npz", "--profile"], capfd))
    assert names(out) == [
        "model.gy", "report.html", "report.json", "run.json", "training", "virtual.npz"
    ]  # fmt: skip
    assert names(out / "training") == [
        "events", "log.jsonl", "profile-trace.json", "profile.txt", "samples"
    ]  # fmt: skip
    assert len(found["training"]["epochs"]) == 15
    assert found["data"]["images"]["height"] == 8
    assert {score["name"] for score in found["scores"]} >= {"cfid", "tstr", "coverage"}
    with np.load(found["files"]["virtual"]) as arrays:
        assert arrays["images"].shape == (240, 8, 8)
    threes = tmp_path / "threes.npz"
    words = ["sample", str(out / "model.gy"), "-n", "40", "-o", str(threes), "-q"]
    assert "40 virtual pictures" in done([*words, "--given", "label=3"], capfd)
    with np.load(threes) as arrays:
        assert set(arrays["labels"].tolist()) == {3}
    words = [
        "evaluate", "--real", str(source), "--holdout", str(source), "--virtual",
        found["files"]["virtual"], "-o", str(tmp_path / "measured"), "-q",
    ]  # fmt: skip
    assert "report: " in done(words, capfd)
    assert names(tmp_path / "measured") == ["report.html", "report.json", "run.json"]


def test_compare_on_pictures(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(IMAGE_MODELS, "blended", "tests.flows.image_fakes:Blended")
    words = ["compare", str(source), "--models", "toy,blended", "-o", str(tmp_path / "out")]
    text = done([*words, "--epochs", "2", "-q"], capfd)
    assert "cfid" in text
    assert "blended" in text
    assert (tmp_path / "out" / "compare.html").is_file()


def test_inspect_tells_people_and_programs(source: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = done(["inspect", str(source), "-q"], capfd)
    assert "300 pictures of 8 x 8 pixels (height x width), grey" in text
    found = json.loads(done(["inspect", str(source), "--size", "4x6", "--json", "-q"], capfd))
    assert (found["height"], found["width"]) == (4, 6)


def test_list_tells_what_pictures_need(capfd: pytest.CaptureFixture[str]) -> None:
    text = done(["list", "models"], capfd)
    assert "pictures" in text
    assert "guanyao[deep]" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--model", "nothing"], "unknown_name"),
        (["--model", "trees"], "config.model"),
        (["--target", "label"], "config.option"),
        (["--format", "csv"], "config.range"),
        (["--size", "big"], "config.image_size"),
        (["--labels", "nowhere"], "data.column_missing"),
        (["--max-cpu-minutes", "-1"], "config.range"),
    ],
    ids=str,
)
def test_what_cannot_be_is_one_line(
    source: Path, tmp_path: Path, words: list[str], code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    err = failed(["run", str(source), "-o", str(tmp_path / "out"), "-q", *words], capfd)
    assert err.startswith(f"error[{code}]: ")
    assert names(tmp_path) == ["digits.npz"]


def test_one_picture_or_half_the_labels_are_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, half = tmp_path / "one.npz", tmp_path / "half.npz"
    images = pictures(10)
    np.savez(one, images=images.pixels[:1, ..., 0])
    np.savez(half, images=images.pixels[..., 0], labels=np.zeros(5, np.int64))
    out = ["-o", str(tmp_path / "out"), "-q"]
    assert failed(["run", str(one), *out], capfd).startswith("error[data.images_few]: ")
    assert failed(["run", str(half), *out], capfd).startswith("error[data.image_labels]: ")


def test_the_main_job_is_for_one_process(
    source: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"TORCHELASTIC_RUN_ID": "x", "WORLD_SIZE": "2", "RANK": "1"}.items():
        monkeypatch.setenv(name, value)
    err = failed(["run", str(source), "-o", str(tmp_path / "out")], capfd)
    assert err.startswith("error[config.processes]: ")
    assert "guanyao fit" in err


# Real processes

CODE = """
import os, sys
import torch
from guanyao.cli.main import main
from guanyao.flows import fit
from guanyao.models import IMAGE_MODELS
IMAGE_MODELS["toy"] = "tests.models.toy_images:Toy"
torch.set_num_threads(1)
learn = fit.learn
def learned(*args, **options):
    model = learn(*args, **options)
    model.save("rank" + os.environ.get("RANK", "") + ".gy")
    return model
fit.learn = learned
sys.exit(main())
"""


def learned(model: Path) -> dict[str, bytes]:
    """What a model file holds, but for the history, which tells how long things took."""
    with zipfile.ZipFile(model) as file:
        return {name: file.read(name) for name in file.namelist() if name != "manifest.json"}


@pytest.mark.slow
def test_a_fit_that_is_killed_goes_on_to_the_same_model(source: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", CODE, "fit", str(source), *TRAIN, "--epochs", "120", "-q"]
    options = {"env": environment(), "cwd": tmp_path}
    killed = subprocess.Popen([*command, "-o", "killed.gy"], **options)  # type: ignore[call-overload]
    latest = tmp_path / "killed.gy.training" / "checkpoints" / "latest.json"
    while not latest.exists() and killed.poll() is None:
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert latest.exists()
    assert not (tmp_path / "killed.gy").exists()
    for name in ("killed.gy", "whole.gy"):
        subprocess.run([*command, "-o", name], check=True, **options)  # type: ignore[call-overload]
    assert learned(tmp_path / "killed.gy") == learned(tmp_path / "whole.gy")
    assert names(tmp_path / "killed.gy.training") == ["events", "log.jsonl", "samples"]


@pytest.mark.slow
def test_two_processes_fit_one_model(source: Path, tmp_path: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--no-python"]
    command = [sys.executable, "-c", CODE, "fit", str(source), *TRAIN, "--epochs", "4"]
    ran = subprocess.run(
        [*launcher, "--nproc-per-node=2", *command, "-o", "m.gy"],
        env={**environment(), "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.count("generator (toy): m.gy") == 1
    assert ran.stderr.count("fit toy") == 1
    assert names(tmp_path / "m.gy.training") == ["events", "log.jsonl", "samples"]
    one, two = (learned(tmp_path / f"rank{i}.gy") for i in (0, 1))
    assert one == two == learned(tmp_path / "m.gy")
