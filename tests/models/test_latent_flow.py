from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from guanyao.errors import ConfigError
from guanyao.models import model_file
from guanyao.models.image_generator import to_float
from guanyao.models.latent_field import LatentField, drawn_codes
from guanyao.models.latent_flow import (
    FlowTrainee,
    LatentFlow,
    LatentFlowNetwork,
    straight_path,
)
from tests.models.test_gan import digits
from tests.models.test_vae import odd

SMALL = {"width": 8, "flow_width": 32, "n_blocks": 1, "precision": "fp32"}


def quick(**changed: object) -> LatentFlow:
    return LatentFlow(**{"n_steps": 20, **SMALL, **changed})  # type: ignore[arg-type]


def test_the_path_is_straight_and_its_velocity_constant() -> None:
    noise, codes = torch.zeros(2, 2), torch.tensor([[2.0, 4.0], [1.0, -1.0]])
    where, velocity = straight_path(noise, codes, torch.tensor([[0.5], [1.0]]))
    assert where.tolist() == [[1, 2], [1, -1]]
    assert torch.equal(velocity, codes)
    assert torch.equal(straight_path(codes, codes, torch.rand(2, 1))[0], codes)


def test_a_new_field_stands_still_and_codes_keep_their_scale() -> None:
    torch.manual_seed(0)
    field = LatentField(3, 2, 16, 1)
    mean = torch.randn(500, 3) * torch.tensor([1.0, 5.0, 0.1]) + 2
    spread = torch.full_like(mean, 0.05)
    field.standardise(mean, spread)
    found = field.standardised(mean + spread * torch.randn_like(mean))
    assert found.mean(0).tolist() == pytest.approx([0, 0, 0], abs=0.05)
    assert found.std(0).tolist() == pytest.approx([1, 1, 1], abs=0.05)
    noise, labels = torch.randn(7, 3), torch.tensor([0, 1, 0, 1, 1, 0, 0])
    assert torch.allclose(field.draw(noise, labels, 2), noise * field.scale + field.offset)


def test_the_midpoint_rule_is_exact_for_a_constant_velocity() -> None:
    field = LatentField(2, 0, 16, 1)
    with torch.no_grad():
        field.last.bias.copy_(torch.tensor([1.0, -2.0]))
    drawn = field.draw(torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64), 3)
    assert torch.allclose(drawn, torch.tensor([[1.0, -2.0]]).expand(3, 2), atol=1e-5)


def test_conditions_of_labels_are_those_of_rows() -> None:
    torch.manual_seed(0)
    field = LatentField(2, 3, 16, 2)
    for weight in field.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    x, labels = torch.randn(6, 2), torch.tensor([2, 0, 1, 1, 0, 2])
    times = torch.full((6, 1), 0.3)
    each = field(x, field.condition(times, labels))
    shared = field(x, field.condition(times[:3], torch.arange(3)), labels)
    assert torch.allclose(each, shared, atol=1e-5)
    assert not torch.allclose(each, field(x, field.condition(times, (labels + 1) % 3)))


def test_the_flow_finds_the_codes_of_each_label() -> None:
    torch.manual_seed(0)
    field = LatentField(2, 2, 64, 1)
    labels = torch.arange(2).repeat(500)
    mean = torch.stack([2.0 * labels - 1, torch.zeros(1_000)], 1)
    spread = torch.full_like(mean, 0.1)
    field.standardise(mean, spread)
    trainee = FlowTrainee(field)
    optimizer = torch.optim.Adam(field.parameters(), 3e-3)
    for _ in range(200):
        loss = next(iter(trainee.updates((mean, spread, labels), 0.0)))[1]
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    drawn = drawn_codes(field, torch.randn(1_000, 2), labels, 8)
    assert drawn[labels == 0].mean(0).tolist() == pytest.approx([-1, 0], abs=0.15)
    assert drawn[labels == 1].mean(0).tolist() == pytest.approx([1, 0], abs=0.15)
    assert float(drawn[labels == 0].std(0).max()) < 0.3


def test_losses_fall_and_samples_have_their_label() -> None:
    images = digits(600)
    model = quick(n_steps=150, learning_rate=3e-3, flow_width=64).fit(images, seed=1)
    epochs = model.history_["epochs"]
    assert list(dict.fromkeys(e["stage"] for e in epochs)) == ["autoencoder", "flow", "sharpening"]
    for stage, loss in (("autoencoder", "elbo"), ("flow", "flow")):
        losses = [e["losses"][loss] for e in epochs if e["stage"] == stage]
        assert losses[-1] < 0.9 * losses[0]
    means = np.stack([images.pixels[images.labels == label].mean(0) for label in range(10)])
    for label in (0, 7):
        virtual = model.sample(200, given={"label": str(label)}, seed=0)
        assert np.abs(virtual.pixels.mean(0) - means).mean((1, 2, 3)).argmin() == label


def test_drawing_is_a_function_of_the_noise_and_the_label() -> None:
    model = quick().fit(digits(100))
    noise, labels = np.random.default_rng(0).standard_normal((4, 16), np.float32), np.arange(4)
    assert (model.pixels_of(noise, labels) == model.pixels_of(noise, labels)).all()
    assert (model.pixels_of(noise, labels) != model.pixels_of(-noise, labels)).any()
    one = model.pixels_of(noise[1:2], labels[1:2]).astype(int)
    assert np.abs(one - model.pixels_of(noise, labels)[1:2]).max() <= 1


def test_the_same_seed_gives_the_same_model_and_a_file_keeps_it(tmp_path: Path) -> None:
    images = digits(100)
    one, two = (quick().fit(images, seed=3) for _ in range(2))
    assert (one.sample(9, seed=5).pixels == two.sample(9, seed=5).pixels).all()
    one.save(tmp_path / "m.gy")
    again = model_file.load(tmp_path / "m.gy")
    assert isinstance(again, LatentFlow)
    assert (again.sample(9, seed=5).pixels == one.sample(9, seed=5).pixels).all()
    assert not any("discriminator" in name for name in again.network_.state_dict())


@pytest.mark.parametrize("network", ["conv", "mlp"])
def test_colour_of_odd_size_without_labels(network: str) -> None:
    model = quick(network=network, n_steps=2).fit(odd())
    assert model.sample(3).pixels.shape == (3, 13, 22, 3)


def test_without_sharpness_there_are_two_stages() -> None:
    model = quick(n_steps=2, sharpness=0).fit(digits(20))
    assert {epoch["stage"] for epoch in model.history_["epochs"]} == {"autoencoder", "flow"}
    assert model.sample(2).pixels.shape == (2, 8, 8, 1)


def test_epochs_that_were_asked_for_are_made_however_few_the_pictures() -> None:
    epochs = quick(epochs=5).fit(digits(20)).history_["epochs"]
    made = Counter(epoch["stage"] for epoch in epochs)
    assert made == {"autoencoder": 5, "flow": 10, "sharpening": 2}


@pytest.mark.parametrize(("n", "share"), [(128, 0.06), (5_000, 1.0)])
def test_few_pictures_get_fewer_updates_where_no_epochs_are_asked_for(n: int, share: float) -> None:
    network = quick(n_steps=5_000)._network((1, 8, 8), 10)
    stages = network.stages(torch.zeros(n, 1, 8, 8, dtype=torch.uint8), torch.zeros(n))
    assert [stage.effort for stage in stages] == pytest.approx([share, 2 * share, 0.4 * share])


def test_stages_stop_when_rows_that_are_kept_aside_are_learned_no_better() -> None:
    model = quick(validation=0.2, patience=1, batch_size=32).fit(digits(100))
    epochs = model.history_["epochs"]
    assert {epoch["stage"] for epoch in epochs} == {"autoencoder", "flow", "sharpening"}
    assert all(np.isfinite(epoch.get("validation", 0)) for epoch in epochs)
    assert any("validation" in epoch for epoch in epochs)
    assert model.sample(2).pixels.shape == (2, 8, 8, 1)


def test_what_is_encoded_can_be_decoded() -> None:
    images = digits(600)
    model = quick(n_steps=200, learning_rate=3e-3, sharpness=0).fit(images)
    network = model.network_
    assert isinstance(network, LatentFlowNetwork)
    pixels = torch.from_numpy(images.pixels[:50].transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        codes = network.encode(to_float(pixels))
        found = network.decode(codes, torch.from_numpy(images.labels[:50]))
    assert codes.shape == (50, network.noise_dim)
    assert (found - pixels / 255).square().mean() < 0.5 * (pixels / 255).float().var(0).mean()


@pytest.mark.parametrize(
    "wrong",
    [
        {"flow_width": 0},
        {"n_blocks": 0},
        {"n_draw_steps": 0},
        {"sharpness": -1},
        {"temperature": 0},
    ],
)
def test_settings_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        LatentFlow(**wrong)  # type: ignore[arg-type]
