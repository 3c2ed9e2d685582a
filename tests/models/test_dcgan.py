from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.errors import ConfigError
from guanyao.models import model_file
from guanyao.models.adversarial_networks import (
    ConvolutionalGenerator,
    ConvolutionalTrunk,
    Verdict,
    layout,
)
from guanyao.models.dcgan import DCGAN
from tests.models.test_gan import digits


@pytest.mark.parametrize(
    ("shape", "core"),
    [((1, 28, 28), (7, 7)), ((3, 32, 32), (4, 4)), ((3, 64, 64), (4, 4)), ((1, 128, 128), (4, 4))],
)
def test_the_core_of_usual_sizes(shape: tuple[int, int, int], core: tuple[int, int]) -> None:
    channels, height, width = layout(shape, 16)
    assert (height, width) == core
    assert channels[0] == 16
    assert max(channels) <= 128


@given(height=st.integers(1, 70), width=st.integers(1, 70), grey=st.booleans(), n=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_any_size_and_either_number_of_channels(
    height: int, width: int, grey: bool, n: int
) -> None:
    shape = (1 if grey else 3, height, width)
    labels = torch.zeros(2, dtype=torch.int64)
    pictures = ConvolutionalGenerator(shape, n, 5, 4)(torch.randn(2, 5), labels)
    assert pictures.shape == (2, *shape)
    assert pictures.abs().max() <= 1
    trunk = ConvolutionalTrunk(shape, 4)
    judged = Verdict(trunk.n_features, n)(trunk(pictures), labels)
    assert judged.shape == (2,)


def test_a_verdict_is_a_line_plus_the_direction_of_the_label() -> None:
    verdict = Verdict(2, 2)
    assert verdict.direction is not None
    with torch.no_grad():
        verdict.linear.weight.copy_(torch.tensor([[1.0, 0.0]]))
        verdict.linear.bias.fill_(0.5)
        verdict.direction.weight.copy_(torch.tensor([[0.0, 1.0], [0.0, -2.0]]))
    judged = verdict(torch.tensor([[1.0, 3.0], [1.0, 3.0]]), torch.tensor([0, 1]))
    assert judged.tolist() == [4.5, -4.5]


def brightness(model: DCGAN, label: str) -> float:
    return float(model.sample(60, given={"label": label}, seed=0).pixels[:, 2:6, 3:5].mean())


def test_digits_are_learned_and_kept(tmp_path: Path) -> None:
    model = DCGAN(epochs=40, batch_size=64, precision="fp32", width=16).fit(digits(), seed=0)
    assert brightness(model, "0") + 40 < brightness(model, "1")  # the middle of a nought is empty
    model.save(tmp_path / "m.gy")
    again = model_file.load(tmp_path / "m.gy")
    assert np.array_equal(again.sample(9, seed=1).pixels, model.sample(9, seed=1).pixels)


def test_the_discriminator_is_not_in_the_model_file() -> None:
    model = DCGAN(epochs=1, width=8).fit(digits(50), seed=0)
    assert all(name.startswith("generator.") for name in model.network_.state_dict())


def test_the_same_seed_gives_the_same_weights() -> None:
    settings = {"epochs": 2, "width": 8, "precision": "fp32"}
    first, second, other = (DCGAN(**settings).fit(digits(80), seed=s) for s in (3, 3, 4))  # type: ignore[arg-type]
    assert np.array_equal(first.sample(5, seed=0).pixels, second.sample(5, seed=0).pixels)
    assert not np.array_equal(first.sample(5, seed=0).pixels, other.sample(5, seed=0).pixels)


def test_colour_without_labels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 11, 17, 3)).astype(np.uint8)
    images = Images(pixels=pixels, labels=None, classes=(), source=Source())
    drawn = DCGAN(epochs=1, width=8).fit(images).sample(3, seed=0)
    assert drawn.pixels.shape == (3, 11, 17, 3)
    assert drawn.labels is None


def test_weights_start_as_in_the_paper() -> None:
    network = DCGAN(width=32)._network((1, 28, 28), 10)
    weight = next(p.weight for p in network.modules() if isinstance(p, nn.ConvTranspose2d))
    assert weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_settings_out_of_range() -> None:
    for wrong in ({"penalty": 1e9}, {"noise_dim": 1.5}, {"width": 0}, {"penalty_every": 0}):
        with pytest.raises(ConfigError):
            DCGAN(**wrong)  # type: ignore[arg-type]
