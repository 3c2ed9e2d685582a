import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.errors import ConfigError, DataError, NotFittedError
from guanyao.models import IMAGE_MODELS, model_file
from guanyao.models.image_generator import ImageGenerator, ImageNetwork, to_float
from guanyao.models.training import Group, Stage, Trainee


class MeanTrainee(Trainee):
    """Learns the mean picture of each label, the simplest generator there is."""

    def __init__(self, means: nn.Embedding) -> None:
        super().__init__()
        self.means = means

    def groups(self) -> dict[str, Group]:
        return {"means": Group(list(self.parameters()))}

    def updates(self, batch: tuple[Tensor, ...], fraction: float) -> Iterator[tuple[str, Tensor]]:
        pixels, labels = batch
        yield "means", (self.means(labels) - to_float(pixels).flatten(1)).square().mean()


class MeanNetwork(ImageNetwork):
    noise_dim = 4

    def __init__(self, shape: tuple[int, int, int], n_classes: int) -> None:
        super().__init__()
        self.shape = shape
        self.means = nn.Embedding(max(n_classes, 1), int(np.prod(shape)))
        self.mix = nn.Linear(self.noise_dim, int(np.prod(shape)), bias=False)
        nn.init.normal_(self.mix.weight, std=0.02)

    def stages(self, pixels: Tensor, labels: Tensor) -> list[Stage]:
        return [Stage(name="means", trainee=MeanTrainee(self.means), data=lambda: (pixels, labels))]

    def draw(self, noise: Tensor, labels: Tensor) -> Tensor:
        flat = self.means(labels) + self.mix(noise)
        return (flat.unflatten(1, self.shape) / 2 + 0.5).clamp(0, 1)


@dataclass(kw_only=True)
class Mean(ImageGenerator):
    name: ClassVar[str] = "mean"
    learning_rate: float = 0.1
    ema_decay: float = 0.9

    def _network(self, shape: tuple[int, int, int], n_classes: int) -> MeanNetwork:
        return MeanNetwork(shape, n_classes)


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_MODELS, "mean", f"{__name__}:Mean")


def digits(n: int = 600) -> Images:
    found = load_digits()
    pixels = (found.images[:n, :, :, None] * 255 / 16).astype(np.uint8)
    return Images(
        pixels=pixels,
        labels=found.target[:n].astype(np.int64),
        classes=tuple("0123456789"),
        source=Source(),
    )


def fitted(**settings: object) -> Mean:
    return Mean(epochs=20, precision="fp32", **settings).fit(digits(), seed=1)  # type: ignore[arg-type]


def test_samples_are_like_what_was_learned() -> None:
    model, images = fitted(), digits()
    virtual = model.sample(500, seed=0)
    assert virtual.shape == images.shape
    assert virtual.classes == images.classes
    assert virtual.labels is not None
    assert images.labels is not None
    expected = np.bincount(images.labels) / len(images)
    assert np.abs(np.bincount(virtual.labels) / 500 - expected).max() < 0.005
    three = model.sample(200, given={"label": "3"}, seed=0)
    assert three.labels is not None
    assert set(three.labels.tolist()) == {3}
    mean = images.pixels[images.labels == 3].mean(0)
    assert np.abs(three.pixels.mean(0) - mean).mean() < 25


def test_the_same_seed_draws_the_same_images_in_any_batches() -> None:
    model = fitted()
    assert (model.sample(30, seed=3).pixels == model.sample(30, seed=3).pixels).all()
    assert (model.sample(30, seed=3).pixels != model.sample(30, seed=4).pixels).any()
    assert (model.sample(30).pixels != model.sample(30).pixels).any()
    batches = list(model.sample_batches(25, seed=1, batch_images=10))
    assert [len(batch) for batch in batches] == [10, 10, 5]


@pytest.mark.parametrize("n", [0, 1])
def test_few_images(n: int) -> None:
    assert fitted().sample(n).pixels.shape == (n, 8, 8, 1)


def test_a_model_file_draws_the_same_images(tmp_path: Path) -> None:
    model = fitted()
    model.save(tmp_path / "m.gy")
    again = model_file.load(tmp_path / "m.gy")
    assert isinstance(again, Mean)
    assert (again.sample(20, seed=5).pixels == model.sample(20, seed=5).pixels).all()
    assert again.settings() == model.settings()
    assert again.history_ == model.history_
    model.save(tmp_path / "n.gy")
    assert (tmp_path / "n.gy").read_bytes() == (tmp_path / "m.gy").read_bytes()


def _changed(path: Path, change: dict[str, object]) -> None:
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    manifest = {**json.loads(parts["manifest.json"]), **change}
    parts["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, part in parts.items():
            file.writestr(name, part)


@pytest.mark.parametrize(
    "change",
    [{"shape": [1, 9, 9]}, {"shape": [2, 8, 8]}, {"shape": [1, 10**9, 8]}, {"classes": ["a"]},
     {"settings": {"epochs": -1}}, {"settings": {"strange": 1}}, {"data": "table"}, {"shape": 7}],
)  # fmt: skip
def test_a_model_file_that_does_not_fit_together_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    fitted().save(tmp_path / "m.gy")
    _changed(tmp_path / "m.gy", change)
    with pytest.raises((DataError, LookupError)):
        model_file.load(tmp_path / "m.gy")


def test_training_leaves_a_log_grids_and_a_checkpoint(tmp_path: Path) -> None:
    model = Mean(epochs=60, precision="fp32", batch_size=128)
    model.fit(digits(), seed=1, folder=tmp_path)
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(log) == 60
    assert log[-1]["losses"]["means"] < log[0]["losses"]["means"]
    assert (tmp_path / "samples" / "epoch-00060.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "checkpoints" / "latest.json").is_file()
    again = Mean(epochs=60, precision="fp32", batch_size=128).fit(digits(), seed=1, folder=tmp_path)
    for name, weight in model.network_.state_dict().items():
        assert torch.equal(weight, again.network_.state_dict()[name])


def test_other_images_are_not_trained_on_from_a_checkpoint(tmp_path: Path) -> None:
    Mean(epochs=2, precision="fp32").fit(digits(), folder=tmp_path)
    for model, images, seed in (
        (Mean(epochs=2, precision="fp32"), digits(500), 0),
        (Mean(epochs=2, precision="fp32"), digits(), 1),
        (Mean(epochs=3, precision="fp32"), digits(), 0),
    ):
        with pytest.raises(DataError) as caught:
            model.fit(images, seed=seed, folder=tmp_path)
        assert caught.value.code == "training.other_checkpoint"


def test_unlabelled_images_have_no_labels_to_ask_for() -> None:
    images = Images(pixels=digits().pixels, labels=None, classes=(), source=Source())
    model = Mean(epochs=2, precision="fp32").fit(images)
    assert model.sample(3).labels is None
    with pytest.raises(ConfigError):
        model.sample(3, given={"label": "3"})


@pytest.mark.parametrize("given", [{"label": "x"}, {"colour": "3"}, {"label": "3", "x": 1}])
def test_strange_conditions_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        fitted().sample(3, given=given)  # type: ignore[arg-type]
    assert caught.value.code == "config.given"


def test_a_model_that_learned_nothing_draws_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFittedError):
        Mean().sample(3)
    with pytest.raises(NotFittedError):
        Mean().save(tmp_path / "m.gy")
