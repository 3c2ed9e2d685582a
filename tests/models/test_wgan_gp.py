import pytest
import torch

from guanyao.errors import ConfigError
from guanyao.models.adversarial_losses import gradient_penalty
from guanyao.models.adversarial_networks import ConvolutionalGenerator
from guanyao.models.wgan_gp import WGANGP, Wasserstein
from tests.models.test_gan import Linear, digits


def labels(n: int) -> torch.Tensor:
    return torch.zeros(n, dtype=torch.int64)


@pytest.mark.parametrize(("slope", "penalty"), [(0.5, 0.0), (1.0, 1.0), (0.0, 1.0), (2.0, 9.0)])
def test_the_penalty_of_a_linear_critic_is_exact(slope: float, penalty: float) -> None:
    critic = Linear(torch.full((1, 2, 2), slope))  # its gradient's norm is 2 * slope
    real, fake = torch.randn(6, 1, 2, 2), torch.randn(6, 1, 2, 2)
    found = gradient_penalty(critic, real, fake, labels(6))
    assert found.item() == pytest.approx(penalty, abs=1e-6)


def test_the_penalty_can_be_learned_from() -> None:
    critic = Linear(torch.full((1, 2, 2), 2.0))
    found = gradient_penalty(critic, torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2), labels(3))
    (gradient,) = torch.autograd.grad(found, critic.slope)
    # of (|w| - 1)^2 at |w| = 4: 2 (4 - 1) w / |w|
    assert torch.allclose(gradient, torch.full((1, 2, 2), 2 * 3 * 2 / 4))


def test_the_generator_learns_after_every_fifth_batch() -> None:
    trainee = Wasserstein(
        ConvolutionalGenerator((1, 8, 8), 0, 3, 4),
        Linear(torch.ones(1, 8, 8)),
        noise_dim=3,
        critic_steps=5,
        penalty=10.0,
    )
    batch = torch.zeros(4, 1, 8, 8, dtype=torch.uint8), labels(4)
    n_updates = [len(list(trainee.updates(batch, 0.0))) for _ in range(10)]
    assert n_updates == [1, 1, 1, 1, 2, 1, 1, 1, 1, 2]


def test_learned_digits_have_their_label() -> None:
    model = WGANGP(
        epochs=40, critic_steps=2, width=16, ema_decay=0.95, precision="fp32", learning_rate=2e-3
    ).fit(digits(), seed=0)
    nought, one = (
        model.sample(60, given={"label": label}, seed=0).pixels[:, 2:6, 3:5].mean()
        for label in "01"
    )
    assert nought + 40 < one  # the middle of a nought is empty
    assert "distance" in model.history_["epochs"][-1]["losses"]


def test_validation_is_the_distance_from_rows_not_learned() -> None:
    model = WGANGP(epochs=2, width=4, validation=0.2).fit(digits(100), seed=0)
    assert "validation" in model.history_["epochs"][-1]


def test_settings_out_of_range() -> None:
    for wrong in ({"critic_steps": 0}, {"penalty": -1}, {"width": 1}, {"noise_dim": 0}):
        with pytest.raises(ConfigError):
            WGANGP(**wrong)  # type: ignore[arg-type]
