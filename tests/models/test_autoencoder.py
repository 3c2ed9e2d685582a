from inspect import signature
from pathlib import Path

import numpy as np
import pytest
import torch

from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.errors import ConfigError, DataError, NotFittedError
from guanyao.models import IMAGE_GROUP, IMAGE_MODELS, model_file
from guanyao.models.autoencoder import Autoencoder, Density, gaussian, mixture
from guanyao.registry import find
from tests.models.test_gan import digits
from tests.models.test_vae import odd


def quick(**changed: object) -> Autoencoder:
    return Autoencoder(**{"epochs": 4, "width": 8, "precision": "fp32", **changed})  # type: ignore[arg-type]


def test_one_gaussian_has_the_mean_and_the_covariance() -> None:
    rows = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 4.0]])
    shares, means, covariances = gaussian(rows, 0.5)
    assert shares.tolist() == [1]
    assert means.tolist() == [[1, 2]]
    assert covariances.tolist() == [[[1.5, 0], [0, 4.5]]]


def test_a_mixture_finds_two_heaps() -> None:
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(-5, 1, (300, 2)), rng.normal(5, 1, (100, 2))])
    shares, means, _ = mixture(rows, 2, 1e-6, seed=0)
    order = means[:, 0].argsort()
    assert shares[order] == pytest.approx([0.75, 0.25])
    assert means[order][:, 0] == pytest.approx([-5, 5], abs=0.3)


def test_codes_are_drawn_as_they_were_given() -> None:
    rng = np.random.default_rng(0)
    heaps = rng.normal(0, 1, (2_000, 2)) + np.where(rng.random((2_000, 1)) < 0.25, 8, -8)
    tilted = rng.multivariate_normal([1, 2], [[2, 1.2], [1.2, 1]], 2_000)
    density = Density(3, 4, 2)
    codes = np.concatenate([heaps, tilted]).astype(np.float32)
    density.fit(codes, np.repeat([0, 1], 2_000), seed=0)
    torch.manual_seed(0)
    noise = torch.randn(20_000, 3)
    for label, rows in ((0, heaps), (1, tilted)):
        drawn = density.draw(noise, torch.full((20_000,), label)).numpy()
        assert drawn.mean(0) == pytest.approx(rows.mean(0), abs=0.25)
        assert np.cov(drawn.T) == pytest.approx(np.cov(rows.T), rel=0.1, abs=0.1)
    empty = density.draw(noise, torch.full((20_000,), 2)).numpy()
    assert np.cov(empty.T) == pytest.approx(np.eye(2), abs=0.05)


def test_samples_have_their_label() -> None:
    images = digits(600)
    model = quick(epochs=25, learning_rate=3e-3).fit(images, seed=1)
    losses = [epoch["losses"]["reconstruction"] for epoch in model.history_["epochs"]]
    assert losses[-1] < 0.9 * losses[0]
    means = np.stack([images.pixels[images.labels == label].mean(0) for label in range(10)])
    for label in (0, 7):
        virtual = model.sample(200, given={"label": str(label)}, seed=0)
        assert np.abs(virtual.pixels.mean(0) - means).mean((1, 2, 3)).argmin() == label


def test_noise_is_read_back_worse_than_pictures(tmp_path: Path) -> None:
    images = digits(600)
    model = quick(epochs=25, learning_rate=3e-3).fit(images)
    pixels = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1)).astype(np.uint8)
    noise = Images(pixels=pixels, labels=None, source=Source())
    errors = model.reconstruction_error(images)
    assert errors.shape == (600,)
    assert np.median(errors) < 0.5 * np.median(model.reconstruction_error(noise))
    model.save(tmp_path / "m.gy")
    again = model_file.load(tmp_path / "m.gy")
    assert isinstance(again, Autoencoder)
    assert again.reconstruction_error(images) == pytest.approx(errors)
    assert (again.sample(9, seed=5).pixels == model.sample(9, seed=5).pixels).all()


def test_errors_of_pictures_that_cannot_be_read_back() -> None:
    with pytest.raises(NotFittedError):
        quick().reconstruction_error(digits(10))
    model = quick(n_steps=2, epochs=None).fit(digits(40))
    with pytest.raises(DataError) as caught:
        model.reconstruction_error(odd())
    assert caught.value.code == "data.images"


def test_the_same_seed_gives_the_same_samples() -> None:
    one, two = (quick().fit(digits(100), seed=3) for _ in range(2))
    assert (one.sample(9, seed=5).pixels == two.sample(9, seed=5).pixels).all()


@pytest.mark.parametrize("network", ["conv", "mlp"])
def test_colour_of_odd_size_without_labels(network: str) -> None:
    model = quick(network=network, n_steps=2, epochs=None).fit(odd())
    assert model.sample(3).pixels.shape == (3, 13, 22, 3)


@pytest.mark.parametrize("wrong", [{"n_components": 0}, {"regularisation": -1}, {"network": "x"}])
def test_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Autoencoder(**wrong)  # type: ignore[arg-type]


def test_every_generator_of_images_can_be_watched_and_resumed() -> None:
    for name in IMAGE_MODELS:
        kind = find(IMAGE_MODELS, name, IMAGE_GROUP)
        assert {"progress", "folder", "profile"} <= set(signature(kind.fit).parameters), name
