"""Features: of the run's own networks, and of the user's by path."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from guanyao.data.image_sides import prepare_images
from guanyao.errors import DataError
from guanyao.metrics import image_networks as networks
from guanyao.metrics.frechet import cfid
from guanyao.metrics.image_features import accuracy, classifier, features, space
from guanyao.metrics.kernel_distance import ckid
from tests.metrics.digit_sides import fresh, holdout, sides, train


class Means(nn.Module):
    """Sixteen means of a picture, as any network that takes 299 x 299 would give features."""

    def forward(self, pictures: Tensor) -> Tensor:
        return nn.functional.adaptive_avg_pool2d(pictures, [2, 2]).flatten(1)


class OfBytes(nn.Module):
    """A network that scales bytes itself, as some published Inceptions do."""

    def forward(self, pictures: Tensor, return_features: bool = False) -> Tensor:
        assert pictures.dtype == torch.uint8
        means = pictures.float().mean(dim=(2, 3))
        return means if return_features else means.softmax(dim=1)


def saved(network: nn.Module, path: Path) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.script(network).save(path)
    return path


def test_the_classifier_learns_digits_and_is_made_once() -> None:
    found = sides("fresh")
    network = classifier(found)
    assert network is not None
    assert accuracy(network, holdout()) > 0.9
    assert classifier(found) is network
    assert features(found, "virtual").shape == (267, 128)
    assert features(found, "virtual") is features(found, "virtual")


def test_the_same_seed_gives_the_same_features() -> None:
    given = train(), holdout(), fresh()
    one, again, other = (features(prepare_images(*given, seed=s), "reference") for s in (0, 0, 1))
    if not len({len(f) for f in (one, again, other)}) == 1:
        raise AssertionError
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 17, 3), (45, 30, 1), (64, 64, 3), (150, 90, 1)])
def test_pictures_of_any_size(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (12, *shape), np.uint8)
    recipe = networks.Recipe(n_steps=2)
    network = networks.classifier(pixels, np.arange(12) % 3, 3, seed=0, recipe=recipe)
    assert network.embed(pixels).shape == (12, 128)
    assert set(network.predict(pixels)) <= {0, 1, 2}
    coder = networks.autoencoder(pixels, seed=0, recipe=recipe)
    assert coder.embed(pixels[:5]).shape == (5, 128)


def test_the_worlds_random_numbers_stay_as_they_are() -> None:
    pixels = np.zeros((8, 4, 4, 1), np.uint8)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    networks.autoencoder(pixels, seed=0, recipe=networks.Recipe(n_steps=2))
    assert torch.equal(torch.rand(1), expected)


def test_with_a_network_of_the_users_distances_are_fid_and_kid(tmp_path: Path) -> None:
    path = saved(Means(), tmp_path / "net.pt")
    given = prepare_images(
        *(s.take(np.arange(90)) for s in (train(), holdout(), fresh())), features=path
    )
    assert (cfid(given).name, ckid(given).name) == ("fid", "kid")
    assert features(given, "virtual").shape == (30, 12)
    assert space(given).details == {"kind": "file", "file": "net.pt"}
    assert features(given, "reference").max() <= 1


def test_a_network_that_scales_pictures_itself_gets_bytes(tmp_path: Path) -> None:
    path = saved(OfBytes(), tmp_path / "net.pt")
    pixels = fresh().pixels[:70]
    found = networks.own_network(path)(pixels)
    assert found.shape == (70, 3)
    assert found[:, 0] == pytest.approx(pixels.mean(axis=(1, 2, 3)), rel=1e-5)


def test_an_onnx_network(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    shape = ["n", 3, 299, 299]
    helper = onnx.helper
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["x"], ["y"])],
        "means",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 3, 1, 1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, tmp_path / "net.onnx")
    pixels = fresh().pixels[:60]
    found = networks.own_network(tmp_path / "net.onnx")(pixels)
    assert found.shape == (60, 3)
    assert found[:, 1] == pytest.approx(pixels.mean(axis=(1, 2, 3)) / 255, abs=0.02)


@pytest.mark.parametrize("name", ["absent.pt", "broken.pt", "broken.onnx"])
def test_a_file_that_holds_no_network(tmp_path: Path, name: str) -> None:
    for broken in ("broken.pt", "broken.onnx"):
        (tmp_path / broken).write_bytes(b"no network")
    if name.endswith("onnx"):
        pytest.importorskip("onnxruntime")
    with pytest.raises(DataError) as caught:
        networks.own_network(tmp_path / name)
    assert caught.value.code == "data.features"
