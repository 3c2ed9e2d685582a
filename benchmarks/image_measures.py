"""The figures of virtual pictures, by the protocol that the bars were set with.

A classifier learns from 30,000 training pictures; the others are what virtual pictures are compared
with (`cfid`; precision, recall and coverage on 10,000 of them), and TSTR is tested on the real test
part. Since the generator learned from those pictures too, copies would score well: the copy rate
and the attacks are taken against the test part, as `cfid_holdout` is.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from guanyao.attacks.image_neighbour import calibrated_neighbour, nearest_neighbour
from guanyao.data.image_sides import ImageSides, prepare_images
from guanyao.data.images import Images
from guanyao.metrics import image_networks as networks
from guanyao.metrics.frechet import frechet
from guanyao.metrics.image_copies import image_copies
from guanyao.metrics.prdc import prdc

SEED = 0
MAX_TEACHING = 30_000
MAX_NEAR = 10_000
SCHOOL = networks.Recipe(n_steps=800, learning_rate=3e-3)
"""How the classifier of TSTR learns."""


@dataclass(frozen=True)
class Measures:
    """What every run on one set is measured with.

    Args:
        train: What generators learn from.
        test: What they never see.
    """

    train: Images
    test: Images

    @cached_property
    def network(self) -> networks.Network:
        """The classifier whose features are compared."""
        half = self.train.take(slice(0, self._n_teaching))
        assert half.labels is not None
        return networks.classifier(half.pixels, half.labels, len(half.classes), seed=SEED)

    @property
    def _n_teaching(self) -> int:
        return min(MAX_TEACHING, len(self.train) // 2)

    @cached_property
    def other(self) -> NDArray[np.float32]:
        """Features of the training pictures that the classifier has not seen."""
        others = slice(self._n_teaching, 2 * MAX_TEACHING)
        return self.network.embed(self.train.pixels[others])

    @cached_property
    def held(self) -> NDArray[np.float32]:
        """Features of the test part."""
        return self.network.embed(self.test.pixels)

    def references(self) -> dict[str, dict[str, float]]:
        """The test part measured as if it were virtual (the best that can be had), and the floor.

        Where the test part would be set against itself, as many training pictures stand for it. The
        attacks on real pictures go from one half of train to the other: what they find there is
        how the test part differs from train, not a leak.
        """
        n_images = len(self.test)
        real = self.of(self.test, with_attacks=False, with_school=False)
        mixed = np.random.default_rng(SEED).permutation(len(self.train))
        real["tstr"] = self.tstr(self.train.take(mixed[:n_images]))
        real["cfid_holdout"] = frechet(self.held, self.other[:n_images])
        half, fresh = (self.train.take(mixed[at::2]) for at in (0, 1))
        real |= self.privacy(fresh, train=half)
        shuffled = ImageSides(self.train, self.test, self.test).independent(n_images)
        return {"real": real, "independent": self.of(shuffled, with_attacks=False)}

    def of(
        self, virtual: Images, *, with_attacks: bool = True, with_school: bool = True
    ) -> dict[str, float]:
        """All figures of some pictures that have labels, or those that need none."""
        found = self.network.embed(virtual.pixels)
        n_near = min(MAX_NEAR, len(found), len(self.other))
        balls = prdc(self.other[:n_near], found[:n_near])
        figures = {
            "cfid": frechet(self.other, found),
            "cfid_holdout": frechet(self.held, found),
            "precision": float(balls.parts("precision").mean()),
            "recall": float(balls.parts("recall").mean()),
            "coverage": float(balls.parts("coverage").mean()),
        }
        if virtual.labels is not None:
            hits = self.network.predict(virtual.pixels) == virtual.labels
            figures["label_accuracy"] = float(hits.mean())
            figures |= {"tstr": self.tstr(virtual)} if with_school else {}
        return figures | (self.privacy(virtual) if with_attacks else {})

    def tstr(self, school: Images) -> float:
        """The accuracy on the test part of a classifier that learned from these pictures."""
        assert school.labels is not None
        learned = networks.classifier(
            school.pixels, school.labels, len(self.train.classes), seed=SEED, recipe=SCHOOL
        )
        return float((learned.predict(self.test.pixels) == self.test.labels).mean())

    def privacy(self, virtual: Images, train: Images | None = None) -> dict[str, float]:
        """Copies, and the areas of both attacks on random pictures."""
        sides = prepare_images(train or self.train, self.test, virtual, seed=SEED)
        figures = {"copy_rate": image_copies(sides).value}
        for attack in (nearest_neighbour, calibrated_neighbour):
            figures[f"{attack.__name__}_auc"] = attack(sides)[0].auc
        return figures
