import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.errors import ConfigError
from guanyao.models import model_file
from guanyao.models.image_generator import to_float
from guanyao.models.image_networks import (
    Decoder,
    Encoder,
    cross_entropy,
    divergence,
    drawn_code,
    encode_all,
    kind_for,
    latent_dim_for,
)
from guanyao.models.vae import VAE, VariationalNetwork, gaussian_misfit
from tests.models.test_gan import digits

NETWORKS = ["conv", "mlp"]


def odd(n: int = 12) -> Images:
    """Colour pictures of a size that no halving divides, without labels."""
    pixels = np.random.default_rng(0).integers(0, 256, (n, 13, 22, 3)).astype(np.uint8)
    return Images(pixels=pixels, labels=None, source=Source())


def quick(**changed: object) -> VAE:
    return VAE(**{"epochs": 4, "width": 8, "precision": "fp32", **changed})  # type: ignore[arg-type]


def test_the_divergence_is_that_of_known_gaussians() -> None:
    mean, log_var = torch.randn(5, 3), torch.randn(5, 3)
    known = kl_divergence(Normal(mean, (0.5 * log_var).exp()), Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(divergence(mean, log_var), known, atol=1e-5)
    assert divergence(torch.zeros(2, 3), torch.zeros(2, 3)).tolist() == [0, 0]
    assert divergence(torch.ones(1, 4), torch.zeros(1, 4)).item() == pytest.approx(2.0)


def test_the_cross_entropy_of_an_even_guess() -> None:
    found = cross_entropy(torch.zeros(2, 1, 3, 3), torch.rand(2, 1, 3, 3))
    assert torch.allclose(found, torch.full((2,), 9 * math.log(2)))


def test_the_gaussian_misfit_is_minus_the_log_likelihood() -> None:
    mean, target = torch.rand(4, 1, 2, 2), torch.rand(4, 1, 2, 2)
    known = -Normal(mean, math.exp(-1.5)).log_prob(target).flatten(1).sum(1)
    found = gaussian_misfit(mean, target, torch.tensor(-1.5))
    assert torch.allclose(found, known, atol=1e-5)


def test_a_drawn_code_has_the_mean_and_the_spread() -> None:
    torch.manual_seed(0)
    drawn = drawn_code(torch.full((20_000, 1), 3.0), torch.full((20_000, 1), math.log(0.25)))
    assert drawn.mean().item() == pytest.approx(3, abs=0.02)
    assert drawn.std().item() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("kind", NETWORKS)
@given(height=st.integers(1, 40), width=st.integers(1, 40), grey=st.booleans(), n=st.integers(0, 3))
@settings(max_examples=15, deadline=None)
def test_any_size_is_encoded_and_decoded(
    kind: str, height: int, width: int, grey: bool, n: int
) -> None:
    shape = (1 if grey else 3, height, width)
    mean, log_var = Encoder(kind, shape, 5, 4)(torch.rand(2, *shape))  # type: ignore[arg-type]
    assert mean.shape == log_var.shape == (2, 5)
    labels = torch.zeros(2, dtype=torch.int64)
    decoder = Decoder(kind, shape, n, 5, 4)  # type: ignore[arg-type]
    assert decoder(mean, labels).shape == (2, *shape)


def test_sizes_choose_the_network_and_the_code() -> None:
    assert kind_for("auto", (1, 28, 28)) == "mlp"
    assert kind_for("auto", (3, 64, 64)) == "conv"
    assert kind_for("conv", (1, 8, 8)) == "conv"
    assert latent_dim_for((1, 1, 1)) == 8
    assert latent_dim_for((3, 1_000, 1_000)) == 256


def test_all_pictures_are_encoded_as_one_batch_is() -> None:
    encoder = Encoder("mlp", (1, 8, 8), 3, 4)
    pixels = torch.from_numpy(digits(30).pixels.transpose(0, 3, 1, 2).copy())
    mean, log_var = encode_all(encoder, pixels)
    expected = encoder(to_float(pixels))
    assert torch.allclose(mean, expected[0], atol=1e-5)
    assert torch.allclose(log_var, expected[1], atol=1e-5)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_bound_rises_and_samples_have_their_label(network: str, likelihood: str) -> None:
    images = digits(600)
    model = quick(
        network=network,
        likelihood=likelihood,
        epochs=20,
        batch_size=32,
        learning_rate=3e-3,
        width=16,
    )
    model.fit(images, seed=1)
    losses = [epoch["losses"]["elbo"] for epoch in model.history_["epochs"]]
    assert losses[-1] < 0.9 * losses[0]
    virtual = model.sample(200, given={"label": "0"}, seed=0)
    means = np.stack([images.pixels[images.labels == label].mean(0) for label in range(10)])
    distance = np.abs(virtual.pixels.mean(0) - means).mean((1, 2, 3))
    assert distance.argmin() == 0


def test_the_same_seed_gives_the_same_model_and_samples(tmp_path: Path) -> None:
    images = digits(100)
    one, two = (quick().fit(images, seed=3) for _ in range(2))
    assert (one.sample(9, seed=5).pixels == two.sample(9, seed=5).pixels).all()
    other = quick().fit(images, seed=4)
    assert (one.sample(9, seed=5).pixels != other.sample(9, seed=5).pixels).any()
    one.save(tmp_path / "m.gy")
    again = model_file.load(tmp_path / "m.gy")
    assert (again.sample(9, seed=5).pixels == one.sample(9, seed=5).pixels).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("network", NETWORKS)
def test_colour_of_odd_size_without_labels(network: str) -> None:
    model = quick(network=network, n_steps=2, epochs=None).fit(odd())
    assert model.sample(3).pixels.shape == (3, 13, 22, 3)


def test_what_is_encoded_can_be_decoded() -> None:
    images = digits(600)
    model = quick(epochs=40, learning_rate=3e-3, beta=0.01).fit(images)
    network = model.network_
    assert isinstance(network, VariationalNetwork)
    pixels = torch.from_numpy(images.pixels[:50].transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        codes = network.encode(to_float(pixels))
        found = network.decode(codes, torch.from_numpy(images.labels[:50]))
    assert codes.shape == (50, network.noise_dim)
    error = (found - pixels / 255).square().mean()
    assert error < 0.5 * (pixels / 255).float().var(0).mean()


@pytest.mark.parametrize(
    "wrong",
    [{"latent_dim": 0}, {"beta": -1}, {"width": 2}, {"network": "deep"}, {"likelihood": "poisson"}],
)
def test_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        VAE(**wrong)  # type: ignore[arg-type]
