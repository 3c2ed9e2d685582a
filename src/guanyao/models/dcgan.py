"""DCGAN: a generator and a discriminator of convolutions alone.

The generator is the paper's. The discriminator has a penalty on its slope instead of batch
normalisation: with labels, and in minutes rather than hours, that is what makes it learn.

Reference: Radford, Metz & Chintala 2016, "Unsupervised Representation Learning with Deep
Convolutional Generative Adversarial Networks", arXiv:1511.06434; the penalty: Mescheder, Geiger &
Nowozin 2018, arXiv:1801.04406.
"""

from dataclasses import dataclass
from typing import ClassVar

from guanyao.models.adversarial_networks import (
    AdversarialNetwork,
    ConvolutionalGenerator,
    ConvolutionalTrunk,
    Discriminator,
    Shape,
    started,
)
from guanyao.models.gan import NonSaturating
from guanyao.models.image_generator import ImageNetwork
from guanyao.models.ranges import check_count
from guanyao.models.rivalry import AdversarialGenerator


@dataclass(kw_only=True)
class DCGAN(AdversarialGenerator):
    """Convolutional networks under the non-saturating loss, for pictures of any size.

    Args:
        noise_dim: Width of the noise (100 in the paper), 1..4096.
        width: Channels at half the picture's size, twice as many at a quarter and so on, 4..512.
        penalty: Weight of the penalty on the discriminator's slope at real pictures, 0..1000.
        penalty_every: Updates from one penalty to the next, 1..1000.

    Raises:
        ConfigError: A setting is out of range.
    """

    name: ClassVar[str] = "dcgan"

    penalty_every: int = 8

    def __post_init__(self) -> None:
        """Check the settings."""
        super().__post_init__()
        check_count("penalty_every", self.penalty_every, 1, 1_000)

    def _network(self, shape: Shape, n_classes: int) -> ImageNetwork:
        generator = ConvolutionalGenerator(shape, n_classes, self.noise_dim, self.width)
        discriminator = Discriminator(ConvolutionalTrunk(shape, self.width), n_classes)
        rivalry = NonSaturating(
            started(generator),
            started(discriminator),
            noise_dim=self.noise_dim,
            penalty=self.penalty,
            penalty_every=self.penalty_every,
        )
        return AdversarialNetwork(generator, rivalry, self.noise_dim)
