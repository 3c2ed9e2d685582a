import math

import numpy as np
import pytest
import torch

from guanyao.errors import ConfigError
from guanyao.models.image_generator import to_float
from guanyao.models.image_networks import divergence
from guanyao.models.vae_gan import VAEGAN, VAEGANNetwork, feature_error
from tests.models.test_gan import digits


def test_divergence_of_known_posteriors() -> None:
    zeros = torch.zeros(3, 4)
    assert divergence(zeros, zeros).mean().item() == 0
    assert divergence(zeros + 2, zeros).mean().item() == pytest.approx(
        4 * 2
    )  # half of 2^2, four times
    variance = torch.full((3, 4), math.log(math.e**2))
    assert divergence(zeros, variance).mean().item() == pytest.approx(4 * (math.e**2 - 1 - 2) / 2)


def test_feature_error_is_relative() -> None:
    target = torch.tensor([[1.0, 5.0], [3.0, 9.0]])
    assert feature_error(target, target).item() == 0
    assert feature_error(target.mean(0).expand(2, 2), target).item() == pytest.approx(1)
    assert feature_error(10 * target + 1, 10 * target).item() == pytest.approx(1 / 250)


@pytest.fixture(scope="module")
def model() -> VAEGAN:
    return VAEGAN(
        epochs=30, width=16, batch_size=64, noise_dim=16, precision="fp32", ema_decay=0.95
    ).fit(digits(), seed=0)


def test_reconstructions_are_nearer_than_other_pictures(model: VAEGAN) -> None:
    network = model.network_
    assert isinstance(network, VAEGANNetwork)
    images = digits()
    pixels = torch.from_numpy(images.pixels.transpose(0, 3, 1, 2))
    with torch.no_grad():
        latent = network.encode(to_float(pixels))
        again = network.decode(latent, torch.from_numpy(images.labels))
    assert latent.shape == (len(images), 16)
    own = (again - pixels / 255).square().mean()
    other = (again - pixels.roll(10, 0) / 255).square().mean()
    assert own < 0.6 * other


def test_learned_digits_have_their_label(model: VAEGAN) -> None:
    nought, one = (
        model.sample(60, given={"label": label}, seed=0).pixels[:, 2:6, 3:5].mean()
        for label in "01"
    )
    assert nought + 40 < one  # the middle of a nought is empty
    assert {"discriminator", "decoder", "encoder", "divergence"} <= set(
        model.history_["epochs"][-1]["losses"]
    )


def test_samples_of_a_label_differ(model: VAEGAN) -> None:
    drawn = model.sample(50, given={"label": "3"}, seed=0).pixels.astype(np.float64)
    images = digits()
    assert images.labels is not None
    real = images.pixels[images.labels == 3].astype(np.float64)
    assert drawn.std(0).mean() > 0.3 * real.std(0).mean()


def test_settings_out_of_range() -> None:
    for wrong in ({"gamma": -1}, {"reconstruction": -1}, {"width": 1}, {"noise_dim": 0}):
        with pytest.raises(ConfigError):
            VAEGAN(**wrong)  # type: ignore[arg-type]
