"""Drawing images: labels, noise, conditions, batches; a subclass turns noise into pixels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from guanyao.data.image_labels import MAX_CLASSES
from guanyao.data.images import Images
from guanyao.data.schema import Source
from guanyao.errors import ConfigError, NotFittedError
from guanyao.models.ranges import check_count
from guanyao.types import Given

BATCH_IMAGES = 1_000
LABEL = "label"


@dataclass(kw_only=True)
class ImageSampler:
    """What draws images; knows no torch. A subclass adds `pixels_of`.

    Attributes:
        shape_: Channels, height and width of an image.
        classes_: The names of the labels that were learned; empty: none.
        share_: The share of each label, shape (n_classes,), or of all, shape (1,).
        n_images_: How many images were learned.
        noise_dim_: Width of the noise that an image is drawn from.
    """

    name: ClassVar[str]

    shape_: tuple[int, int, int] = field(init=False, repr=False)
    classes_: tuple[str, ...] = field(init=False, repr=False)
    share_: NDArray[np.float64] = field(init=False, repr=False)
    n_images_: int = field(init=False, repr=False)
    noise_dim_: int = field(init=False, repr=False)

    def pixels_of(self, noise: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pictures of this noise and these labels.

        Args:
            noise: Standard normal, shape (n, noise_dim_).
            labels: Places in `classes_`, shape (n,).

        Returns:
            Shape (n, height, width, channels).
        """
        raise NotImplementedError

    def sample(
        self, n_images: int, *, given: Given | None = None, seed: int | None = None
    ) -> Images:
        """Virtual images of the size, channels and labels that were learned.

        Args:
            n_images: How many, >= 0.
            given: {"label": name} where all shall have one label.
            seed: The same seed gives the same images; None: new ones every time.

        Raises:
            NotFittedError: `fit` was not called.
            ConfigError: There is no such label, or a number is out of range.
        """
        batches = list(self.sample_batches(n_images, given=given, seed=seed))
        labels = [batch.labels for batch in batches if batch.labels is not None]
        return Images(
            pixels=np.concatenate([batch.pixels for batch in batches]),
            labels=np.concatenate(labels) if labels else None,
            classes=self.classes_,
            source=Source(),
        )

    def sample_batches(
        self,
        n_images: int,
        *,
        given: Given | None = None,
        seed: int | None = None,
        batch_images: int = BATCH_IMAGES,
    ) -> Iterator[Images]:
        """The images of `sample` in batches, at least one, so that any number fits in memory."""
        if not hasattr(self, "noise_dim_"):
            raise NotFittedError(
                f"{self.name!r} has not learned any images yet", do="call fit(images) first"
            )
        check_count("n_images", n_images, 0)
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
        check_count("seed", seed, 0)
        label = self._given_label(dict(given or {}))
        return self._batches(n_images, label, seed, batch_images)

    def _given_label(self, given: dict[str, Any]) -> int | None:
        if not given:
            return None
        if set(given) != {LABEL} or not self.classes_:
            raise ConfigError(
                f"the images have no {next(iter(given))!r} to ask for",
                allowed=f"{LABEL}=NAME" if self.classes_ else "none: no labels were learned",
                code="config.given",
            )
        if str(given[LABEL]) not in self.classes_:
            raise ConfigError(
                "no image that was learned has the label that is asked for",
                allowed="labels: " + ", ".join(self.classes_[:50]),
                code="config.given",
            )
        return self.classes_.index(str(given[LABEL]))

    def _batches(
        self, n_images: int, label: int | None, seed: int, batch_images: int
    ) -> Iterator[Images]:
        for number, start in enumerate(range(0, max(n_images, 1), batch_images)):
            n = min(batch_images, n_images - start)
            rng = np.random.default_rng([seed, number])
            labels = self._drawn_labels(n, label, rng)
            noise = rng.standard_normal((n, self.noise_dim_), np.float32)
            pixels = self.pixels_of(noise, labels)
            yield Images(
                pixels=pixels,
                labels=labels if self.classes_ else None,
                classes=self.classes_,
                source=Source(),
            )

    def _drawn_labels(
        self, n: int, label: int | None, rng: np.random.Generator
    ) -> NDArray[np.int64]:
        """Labels in the shares that were learned, in random order."""
        if label is not None:
            return np.full(n, label, np.int64)
        spots = (np.arange(n) + rng.random()) / max(n, 1)
        labels = np.searchsorted(self.share_.cumsum(), spots, side="right")
        return rng.permutation(labels.clip(0, len(self.share_) - 1)).astype(np.int64)


def classes_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the labels that a model file says were learned.

    Raises:
        ValueError: They are no names of classes, or more than can be learned.
    """
    names = manifest["classes"]
    if not isinstance(names, list) or len(names) > MAX_CLASSES:
        raise ValueError("there are more classes than can be learned")
    if not all(isinstance(name, str) for name in names):
        raise ValueError("the classes have no names")
    return tuple(names)
