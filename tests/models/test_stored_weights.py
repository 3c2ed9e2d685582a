from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from guanyao.errors import DataError
from guanyao.flows.stopwatch import peak_mb
from guanyao.models import model_file
from guanyao.models.stored_weights import network_with


def small() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Embedding(2, 4))


def test_the_network_has_the_weights() -> None:
    arrays = {name: weight.numpy() for name, weight in small().state_dict().items()}
    network = network_with(small, arrays)
    assert not network.training
    assert all(np.array_equal(v.numpy(), arrays[k]) for k, v in network.state_dict().items())


@pytest.mark.parametrize(
    "change",
    [{"0.weight": np.zeros((4, 2), np.float32)}, {"2.weight": np.full((2, 4), np.nan, np.float32)},
     {"strange": np.zeros(1)}],
)  # fmt: skip
def test_other_weights_are_refused(change: dict[str, np.ndarray]) -> None:
    arrays = {name: weight.numpy() for name, weight in small().state_dict().items()}
    with pytest.raises(ValueError, match="weight"):
        network_with(small, {**arrays, **change})


def test_torch_makes_weights_as_ever_afterwards() -> None:
    with pytest.raises(ValueError, match="another network"):
        network_with(small, {})
    assert torch.zeros(3).tolist() == [0, 0, 0]
    assert nn.init.ones_(torch.empty(2)).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("model", "settings", "shape"),
    [("gan", {"width": 512}, [3, 300, 300]), ("dcgan", {"width": 256}, [3, 128, 128]),
     ("autoencoder", {"latent_dim": 500, "n_components": 300}, [1, 4, 4])],
)  # fmt: skip
def test_a_small_file_that_describes_a_huge_network_takes_no_memory(
    tmp_path: Path, model: str, settings: dict[str, int], shape: list[int]
) -> None:
    few = {"width": 8}
    refused(tmp_path / "few.gy", model, few, [1, 4, 4])  # brings the packages into memory
    before = peak_mb()
    refused(tmp_path / "many.gy", model, settings, shape)
    after = peak_mb()
    assert before is None or (after is not None and after < before + 50)


def refused(path: Path, model: str, settings: dict[str, int], shape: list[int]) -> None:
    """See that a file without the weights that it tells of is refused."""
    manifest = {
        "model": model, "data": "images", "settings": settings, "shape": shape, "classes": [],
        "n_images": 5, "history": {},
    }  # fmt: skip
    state = {"weights": {"a": np.zeros(2, np.float32)}, "share": np.ones(1)}
    model_file.save(path, manifest, state)
    with pytest.raises(DataError) as caught:
        model_file.load(path)
    assert caught.value.code == "model.damaged"
