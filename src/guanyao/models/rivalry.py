"""What all adversarial generators of images share: the trainee's generator, and settings."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from guanyao.models.image_generator import ImageGenerator
from guanyao.models.ranges import check_count, check_range
from guanyao.models.training import Trainee


class Rivalry(Trainee):
    """A generator with a rival that judges what it draws; a subclass adds rival and losses.

    Args:
        generator: Noise and labels to pictures.
        noise_dim: Width of the noise.
    """

    n_updates: Tensor

    def __init__(self, generator: nn.Module, noise_dim: int) -> None:
        super().__init__()
        self.generator, self.noise_dim = generator, noise_dim
        # A buffer, so that resumed training goes on counting.
        self.register_buffer("n_updates", torch.zeros((), dtype=torch.int64))

    @property
    def averaged(self) -> list[nn.Module]:
        """The generator."""
        return [self.generator]

    def drawn(self, labels: Tensor) -> Tensor:
        """New pictures of these labels."""
        noise = torch.randn(len(labels), self.noise_dim, device=labels.device)
        pictures: Tensor = self.generator(noise, labels)
        return pictures


@dataclass(kw_only=True)
class AdversarialGenerator(ImageGenerator):
    """A generator that is trained against a rival.

    Args:
        noise_dim: Width of the noise, 1..4096.
        width: Channels at half the picture's size, or width of the first layer, within `widths`.
        penalty: Weight of the penalty on the rival's slope, 0..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    widths: ClassVar[tuple[int, int]] = (4, 512)

    n_steps: int = 10_000
    learning_rate: float = 1e-3
    schedule: Literal["constant", "linear", "cosine"] = "linear"
    noise_dim: int = 100
    width: int = 32
    penalty: float = 0.1

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("noise_dim", self.noise_dim, 1, 4_096)
        check_count("width", self.width, *self.widths)
        check_range("penalty", self.penalty, 0, 1_000)
