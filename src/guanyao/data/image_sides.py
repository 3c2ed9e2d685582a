"""The sides of a comparison of pictures: train, holdout, virtual, and pixels shuffled apart.

Everything is measured against the **holdout**: what was trained on would flatter a generator that
copies. Networks that measures need in the run learn from one part of train (`teaching`); the other
part stands for real pictures, so that no network has seen what it judges.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from guanyao.data.images import Images, read_images
from guanyao.data.neighbours import Placed
from guanyao.data.pixel_space import PixelSpace
from guanyao.errors import DataError

T = TypeVar("T")
Rows = NDArray[np.int64]
Side = Literal["train", "holdout", "virtual"]

MAX_IMAGES = 10_000
"""Pictures of a side that distances and accuracies are taken on at most."""
MAX_TEACHING = 30_000
"""Pictures that a network learns from at most."""
TEACHING_SHARE = 2 / 3


@dataclass(frozen=True)
class ImageSides:
    """What measures of pictures and attacks on them look at.

    Args:
        train: What was learned from; the best that virtual pictures can be against the holdout.
        holdout: What was kept back; everything is measured against it.
        virtual: What is measured.
        features: A network of the user's that makes features; None: one is trained in the run.
        seed: What all sampling follows.
    """

    train: Images
    holdout: Images
    virtual: Images
    features: Path | None = None
    seed: int = 0
    _shared: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that measures do not disturb each other."""
        return np.random.default_rng([self.seed, *purpose.encode()])

    def once(self, key: str, make: Callable[[], T]) -> T:
        """What `make` gives, made at the first call and kept for all that ask for `key`."""
        if key not in self._shared:
            self._shared[key] = make()
        value: T = self._shared[key]
        return value

    @property
    def teaching(self) -> Images:
        """The part of train that networks learn from."""
        return self.train.take(self._parts()[0])

    @property
    def reference(self) -> Images:
        """The holdout, or a part of it that is large enough."""
        rows = self.rng("reference").permutation(len(self.holdout))[:MAX_IMAGES]
        return self.once("reference", lambda: self.holdout.take(np.sort(rows)))

    @property
    def candidates(self) -> dict[str, Images]:
        """Equally many virtual, "real" (train, not taught) and "independent" pictures.

        As many of each, since most measures depend on how many pictures they see.
        """
        return self.once("candidates", self._candidates)

    def independent(self, n_images: int) -> Images:
        """Pictures each pixel of which is drawn from a train picture of its own, labels likewise.

        Each pixel by itself is perfect, and nothing belongs together: the floor.
        """
        rng = self.rng("independent")
        height, width, channels = self.train.shape
        pixels = np.empty((n_images, height, width, channels), np.uint8)
        for y, x in np.ndindex(height, width):
            pixels[:, y, x] = self.train.pixels[rng.integers(len(self.train), size=n_images), y, x]
        drawn = rng.integers(len(self.train), size=n_images)
        labels = None if self.train.labels is None else self.train.labels[drawn]
        return replace(self.train, pixels=pixels, labels=labels, entities=None)

    def points(self, side: Side) -> Placed:
        """All pictures of a side in the space of pixels, where copies are looked for."""
        return self.once(f"points {side}", lambda: self.pixel_space.place(getattr(self, side)))

    @property
    def pixel_space(self) -> PixelSpace:
        """The space of pixels, which no side is favoured in."""
        return self.once(
            "pixel space",
            lambda: PixelSpace.of([self.train, self.holdout], self.rng("pixel space")),
        )

    def entity_rows(self, side: Literal["train", "holdout"]) -> Rows:
        """One picture for each entity, at random; all pictures where there is no entity."""
        images: Images = getattr(self, side)
        if images.entities is None:
            return np.arange(len(images))
        mixed = self.rng(f"entities {side}").permutation(len(images))
        _, first = np.unique(images.entities[mixed], return_index=True)
        return np.sort(mixed[first])

    def _parts(self) -> tuple[Rows, Rows]:
        """Rows of train that teach, and the others, which stand for real pictures."""
        mixed = self.rng("teaching").permutation(len(self.train))
        n_teaching = min(MAX_TEACHING, max(1, round(TEACHING_SHARE * len(mixed))))
        return np.sort(mixed[:n_teaching]), mixed[n_teaching:]

    def _candidates(self) -> dict[str, Images]:
        others = self._parts()[1]
        n_images = min(MAX_IMAGES, len(others), len(self.virtual))
        virtual = self.rng("virtual").permutation(len(self.virtual))[:n_images]
        return {
            "virtual": self.virtual.take(np.sort(virtual)),
            "real": self.train.take(np.sort(others[:n_images])),
            "independent": self.independent(n_images),
        }


def prepare_images(
    train: object,
    holdout: object,
    virtual: object,
    *,
    features: Path | None = None,
    seed: int = 0,
) -> ImageSides:
    """Bring all sides to the size, the colours and the classes of train.

    Args:
        train: What was learned from: Images, an array, or a path.
        holdout: What was kept back.
        virtual: What the generator made.
        features: A TorchScript or ONNX file with a network that makes features.
        seed: What all sampling follows.

    Raises:
        DataError: The sides differ in size, colours or classes, or one cannot be read.
    """
    real = read_images(train)
    size = real.shape[:2]
    read = partial(read_images, size=size)
    sides = {
        name: _conform(source if isinstance(source, Images) else read(source), real, name)
        for name, source in (("holdout", holdout), ("virtual", virtual))
    }
    return ImageSides(real, sides["holdout"], sides["virtual"], features, seed)


def _conform(images: Images, train: Images, what: str) -> Images:
    """The pictures with labels numbered as train numbers them."""
    if len(images) == 0:
        raise DataError(f"the {what} side has no pictures", code="data.empty")
    if images.shape != train.shape:
        found, wanted = (" x ".join(map(str, shape)) for shape in (images.shape, train.shape))
        raise DataError(
            f"the {what} pictures are {found} (height x width x channels)",
            allowed=f"the real ones are {wanted}",
            do="bring them to one size and to grey or colour alike",
            code="data.image_sides",
        )
    if images.labels is None or train.labels is None or images.classes == train.classes:
        return images if train.labels is not None else replace(images, labels=None, classes=())
    strange = len(set(images.classes) - set(train.classes))
    if strange:
        raise DataError(
            f"the {what} pictures have {strange} classes that the real ones lack",
            allowed="the classes of the real pictures",
            do="name the labels alike on both sides",
            code="data.image_classes",
        )
    places = np.array([train.classes.index(name) for name in images.classes], np.int64)
    return replace(images, labels=places[images.labels], classes=train.classes)
