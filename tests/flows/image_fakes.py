"""Generators of pictures for tests, without torch: one that works, and one that does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from guanyao.data.contact_sheet import png
from guanyao.data.images import Images, from_arrays
from guanyao.errors import DataError
from guanyao.models.image_sampler import ImageSampler
from guanyao.types import Progress, Silent


@dataclass(kw_only=True)
class Blended(ImageSampler):
    """Blends the mean picture of a label with noise; its training leaves what a real one leaves.

    Args:
        epochs: How many sample grids it leaves.
        max_minutes: Only kept.
        max_cpu_minutes: Only kept.
    """

    name: ClassVar[str] = "blended"
    starts: ClassVar[list[bool]] = []
    """For each fit whether it went on from a checkpoint."""
    trouble: ClassVar[Callable[[], None] | None] = None
    """What happens after the first checkpoint."""

    epochs: int | None = 3
    max_minutes: float | None = None
    max_cpu_minutes: float | None = None
    means_: NDArray[np.float64] = field(init=False, repr=False)
    history_: dict[str, Any] = field(init=False, repr=False)

    def fit(
        self,
        images: Images,
        *,
        seed: int = 0,
        progress: Progress | None = None,
        folder: Path | None = None,
        profile: bool = False,
    ) -> Self:
        progress = progress or Silent()
        height, width, channels = images.shape
        self.shape_, self.n_images_ = (channels, height, width), len(images)
        self.classes_ = images.classes if images.labels is not None else ()
        labels = np.zeros(len(images), np.int64) if images.labels is None else images.labels
        counts = np.bincount(labels, minlength=max(1, len(self.classes_)))
        self.share_, self.noise_dim_ = counts / counts.sum(), 4
        self.means_ = np.stack(
            [images.pixels[labels == k].mean(axis=0) for k in range(len(counts))]
        )
        if folder is not None:
            self._train_in(folder, profile)
        self.history_ = {
            "epochs": [{"stage": "s", "epoch": e + 1, "step": e, "seconds": 0.1, "rate": 0.1,
                        "rows_per_s": 1.0, "losses": {"blend": 1 / (e + 1)}}
                       for e in range(self.epochs or 1)],
            "warnings": ["a warning of training"],
            "precision": {"s": "fp32"},
        }  # fmt: skip
        return self

    def _train_in(self, folder: Path, profile: bool) -> None:
        latest = folder / "checkpoints" / "latest.json"
        type(self).starts.append(latest.is_file())
        latest.parent.mkdir(parents=True, exist_ok=True)
        latest.write_text("{}")
        (folder / "samples").mkdir(exist_ok=True)
        with (folder / "log.jsonl").open("a") as log:
            log.write("{}\n")
        if type(self).trouble is not None:
            type(self).trouble()
        for epoch in range(self.epochs or 1):
            grid = np.full((4, 4, 1), epoch, np.uint8)
            (folder / "samples" / f"epoch-{epoch + 1:05d}.png").write_bytes(png(grid))
        if profile:
            (folder / "profile.txt").write_text("all of it")

    def pixels_of(self, noise: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        wide = np.tanh(noise.mean(axis=1))[:, None, None, None]
        pixels: NDArray[np.uint8] = (
            (self.means_[labels] * (1 + 0.2 * wide)).clip(0, 255).astype("u1")
        )
        return pixels

    def save(self, path: str | Path) -> None:
        Path(path).write_bytes(b"pictures " + self.means_.tobytes())


@dataclass(kw_only=True)
class Unwilling(Blended):
    """Cannot learn anything."""

    name: ClassVar[str] = "unwilling"

    def fit(self, images: Images, **how: Any) -> Self:
        raise DataError("this generator learns nothing", code="data.test")


MODELS = {kind.name: f"{__name__}:{kind.__name__}" for kind in (Blended, Unwilling)}


def pictures(n: int = 120, *, channels: int = 1, n_classes: int = 3, seed: int = 0) -> Images:
    """Made-up pictures of 6 x 5 pixels: a bar whose height is the label, and noise."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    pixels = rng.integers(0, 60, (n, 6, 5, channels), dtype=np.uint8)
    for picture, label in zip(pixels, labels, strict=True):
        picture[label + 1] += 150
    return from_arrays(pixels, labels)
