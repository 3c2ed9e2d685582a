import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.errors import ConfigError
from guanyao.models.adversarial_losses import (
    critic_loss,
    discriminator_loss,
    generator_loss,
    real_penalty,
)
from guanyao.models.gan import GAN, DenseGenerator, DenseTrunk, NonSaturating


def digits(n: int = 400) -> Images:
    found = load_digits()
    pixels = (found.images[:n, :, :, None] * 255 / 16).astype(np.uint8)
    labels = found.target[:n].astype(np.int64)
    return Images(pixels=pixels, labels=labels, classes=tuple("0123456789"), source=Source())


class Linear(nn.Module):
    """Judges a picture by its inner product with a fixed slope."""

    def __init__(self, slope: Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)

    def forward(self, pictures: Tensor, labels: Tensor) -> Tensor:
        return (pictures * self.slope).flatten(1).sum(1)


def test_a_discriminator_that_cannot_tell_has_the_loss_2_log_2() -> None:
    unsure = torch.zeros(5)
    assert discriminator_loss(unsure, unsure).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(unsure).item() == pytest.approx(math.log(2))


def test_losses_at_known_logits() -> None:
    three = torch.tensor([math.log(3.0)])  # the discriminator is sure to 3/4
    assert discriminator_loss(three, -three).item() == pytest.approx(2 * math.log(4 / 3))
    assert discriminator_loss(-three, three).item() == pytest.approx(2 * math.log(4))
    assert generator_loss(three).item() == pytest.approx(math.log(4 / 3))
    assert critic_loss(torch.tensor([2.0, 4.0]), torch.tensor([1.0])).item() == -2


def test_the_generator_still_learns_where_it_is_found_out() -> None:
    """Non-saturating: the slope at a sure "drawn" is 1, not 0."""
    logit = torch.tensor([-30.0], requires_grad=True)
    generator_loss(logit).backward()
    assert logit.grad is not None
    assert logit.grad.item() == pytest.approx(-1)


def test_the_penalty_of_a_linear_discriminator_is_half_its_squared_slope() -> None:
    judge = Linear(torch.full((1, 2, 2), 3.0))
    found = real_penalty(judge, torch.randn(7, 1, 2, 2), torch.zeros(7, dtype=torch.int64))
    assert found.item() == pytest.approx(4 * 9 / 2)
    (slope,) = torch.autograd.grad(found, judge.slope)
    assert torch.allclose(slope, judge.slope.detach())


def rivalry(penalty: float = 1.0) -> NonSaturating:
    torch.manual_seed(0)
    return NonSaturating(
        DenseGenerator((1, 4, 4), 0, 3, 8),
        Linear(torch.ones(1, 4, 4)),
        noise_dim=3,
        penalty=penalty,
        penalty_every=2,
    )


def test_the_penalty_is_taken_every_second_time_at_twice_its_weight() -> None:
    batch = torch.full((8, 1, 4, 4), 255, dtype=torch.uint8), torch.zeros(8, dtype=torch.int64)
    trainee = rivalry()
    with_it, without = (dict(trainee.updates(batch, 0.0)) for _ in range(2))
    difference = with_it["discriminator"] - without["discriminator"]
    assert difference.item() == pytest.approx(16, abs=1)  # 2 times half of 16
    assert float(trainee.log["penalty"]) == pytest.approx(8)
    assert trainee.state_dict()["n_updates"] == 2


def test_each_update_reaches_only_its_own_network() -> None:
    batch = torch.randint(0, 256, (8, 1, 4, 4)).to(torch.uint8), torch.zeros(8, dtype=torch.int64)
    trainee = rivalry(penalty=0)
    losses: Iterator[tuple[str, Tensor]] = trainee.updates(batch, 0.0)
    _, loss = next(losses)
    theirs = list(trainee.generator.parameters())
    found = torch.autograd.grad(loss, theirs, allow_unused=True, retain_graph=True)
    assert all(gradient is None for gradient in found)


def test_features_of_a_dense_trunk() -> None:
    assert DenseTrunk((3, 5, 4), 16)(torch.zeros(2, 3, 5, 4)).shape == (2, 16)


def test_learned_digits_have_their_label() -> None:
    model = GAN(epochs=60, batch_size=64, precision="fp32", width=64, ema_decay=0.95).fit(
        digits(), seed=0
    )
    drawn = model.sample(100, given={"label": "0"}, seed=0)
    hole = drawn.pixels[:, 2:6, 3:5].mean()  # of a nought, the middle is empty
    others = model.sample(100, given={"label": "1"}, seed=0).pixels[:, 2:6, 3:5].mean()
    assert drawn.shape == (8, 8, 1)
    assert hole + 40 < others


def test_settings_out_of_range() -> None:
    for wrong in ({"penalty": -1}, {"noise_dim": 0}, {"width": 7}, {"penalty_every": 0}):
        with pytest.raises(ConfigError):
            GAN(**wrong)  # type: ignore[arg-type]
