import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from guanyao.cli.main import main
from guanyao.errors import ConfigError
from guanyao.flows.export import export
from guanyao.models import IMAGE_MODELS, image_export, model_file
from guanyao.models.copula import Copula
from guanyao.models.onnx_images import OnnxImages
from tests.models import toy_images

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_MODELS, "toy", toy_images.PLACE)


@pytest.fixture(scope="module")
def toy() -> toy_images.Toy:
    return toy_images.fitted()


@pytest.fixture(scope="module")
def exported(toy: toy_images.Toy, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "toy.gy"
    export(toy, path)
    return path


def test_the_exported_sampler_draws_the_same_pictures(toy: toy_images.Toy, exported: Path) -> None:
    drawn = model_file.load(exported)
    assert isinstance(drawn, OnnxImages)
    for n, given in ((1, None), (1_100, None), (5, {"label": "7"})):
        ours = drawn.sample(n, given=given, seed=4)
        torchs = toy.sample(n, given=given, seed=4)
        gap = np.abs(ours.pixels.astype(int) - torchs.pixels.astype(int))
        assert gap.max() <= 1
        np.testing.assert_array_equal(ours.labels, torchs.labels)
        assert ours.classes == torchs.classes
    assert drawn.settings() == toy.settings()


ELSEWHERE = """
import sys
from guanyao.cli.main import main
words = ["sample", sys.argv[1], "-n", "50", "-o", sys.argv[2], "--seed", "9", "--format", "npz"]
assert main(words) == 0
assert "onnxruntime" in sys.modules
assert not {"torch", "onnx"} & set(sys.modules)
"""


def test_it_draws_in_a_process_without_torch(
    toy: toy_images.Toy, exported: Path, tmp_path: Path
) -> None:
    out = tmp_path / "drawn.npz"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-c", ELSEWHERE, str(exported), str(out)]
    subprocess.run(command, check=True, env=env, timeout=120)
    drawn, wanted = np.load(out)["images"], toy.sample(50, seed=9).pixels
    assert np.abs(drawn.astype(int) - wanted.reshape(drawn.shape)).max() <= 1


@pytest.mark.parametrize(("channels", "height"), [(3, 8), (1, 5)])
def test_colour_odd_sizes_and_no_labels(tmp_path: Path, channels: int, height: int) -> None:
    images = toy_images.digits(60, channels=channels, height=height)
    toy = toy_images.fitted(images, conditional=False)
    done = export(toy, tmp_path / "toy.gy", opset=18)
    assert done.opset == 18
    assert done.difference < 1e-4
    drawn = model_file.load(tmp_path / "toy.gy")
    assert drawn.sample(3, seed=0).pixels.shape == (3, height, 8, channels)  # type: ignore[attr-defined]


def test_a_bare_network_says_what_it_is_and_nothing_of_this_machine(
    toy: toy_images.Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, model = tmp_path / "toy.onnx", tmp_path / "toy.gy"
    toy.save(model)
    assert main(["export", str(model), "-o", str(path), "-q"]) == 0
    assert "sampler of toy" in capsys.readouterr().out
    proto = onnx.load(path)
    onnx.checker.check_model(proto)
    facts = {entry.key: entry.value for entry in proto.metadata_props}
    assert facts["model"] == "toy"
    assert json.loads(facts["classes"]) == list("0123456789")
    assert "(n, 6)" in facts["noise"]
    assert str(ROOT).encode() not in path.read_bytes()
    assert b"toy_images" not in path.read_bytes()
    assert not any("critic" in tensor.name for tensor in proto.graph.initializer)
    assert not any("encoder" in tensor.name for tensor in proto.graph.initializer)
    assert {p.name for p in tmp_path.iterdir()} == {path.name, model.name}


def test_what_draws_something_else_is_refused(
    toy: toy_images.Toy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_export, "_difference", lambda model, proto: 0.01)
    with pytest.raises(ConfigError) as caught:
        export(toy, tmp_path / "toy.gy")
    assert caught.value.code == "export.difference"
    assert list(tmp_path.iterdir()) == []


def test_the_difference_is_measured(toy: toy_images.Toy, exported: Path) -> None:
    drawn = model_file.load(exported)
    assert isinstance(drawn, OnnxImages)
    proto = onnx.load_from_string(drawn.blob_)
    same = image_export._difference(toy, proto)
    other = toy_images.fitted(learning_rate=0.02)
    assert same < 1e-5 < image_export._difference(other, proto)


class Branching(toy_images.ToyNetwork):
    def draw(self, noise: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if noise.sum() > 0:  # the graph would have to branch on data
            return self.decode(noise, labels)
        return self.decode(-noise, labels)


def test_a_network_that_cannot_be_exported_is_refused_in_one_line(tmp_path: Path) -> None:
    toy = toy_images.fitted()
    toy.network_.__class__ = Branching
    with pytest.raises(ConfigError) as caught:
        export(toy, tmp_path / "toy.gy")
    assert caught.value.code == "export.failed"


def test_only_unexported_generators_of_images_are_exported(exported: Path, tmp_path: Path) -> None:
    for model in (Copula(), exported):
        with pytest.raises(ConfigError) as caught:
            export(model, tmp_path / "out.gy")
        assert caught.value.code == "export.model"


@pytest.mark.parametrize(
    ("name", "opset", "code"),
    [
        ("toy.pt", None, "export.file"),
        ("toy.gy", 7, "config.opset"),
        ("toy.gy", 99, "config.opset"),
    ],
)
def test_strange_wishes_are_refused(
    toy: toy_images.Toy, tmp_path: Path, name: str, opset: int | None, code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        export(toy, tmp_path / name, opset=opset)
    assert caught.value.code == code


def test_the_command(
    toy: toy_images.Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.save(tmp_path / "toy.gy")
    out = tmp_path / "out.gy"
    assert main(["export", str(tmp_path / "toy.gy"), "-o", str(out), "--json", "-q"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verb"] == "export"
    assert said["model"] == "toy"
    assert said["files"] == {"model": str(out)}
    assert said["difference"] < 1e-4
    assert main(["export", str(tmp_path / "none.gy"), "-o", str(out), "-q"]) == 2
    assert capsys.readouterr().err.startswith("error[data.missing]")
