"""Where pictures lie by their pixels: principal components of small grey or colour pictures.

It is made without labels and from as many pictures of each side, so that nothing that was learned
about one side can make its pictures look closer: what a membership attack needs.

Reference: Pearson 1901, "On Lines and Planes of Closest Fit to Systems of Points in Space".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_svd

from guanyao.data.images import Images
from guanyao.data.neighbours import Placed

Float32 = NDArray[np.float32]

N_COMPONENTS = 64
MAX_FITTED = 2_500
"""Pictures of each side that the components are found on at most."""
MAX_SIDE = 32
"""The longer side, in pixels, that larger pictures are averaged down to, about."""
BLOCK = 4_096
"""Pictures that are turned into floats at a time."""


@dataclass(frozen=True)
class PixelSpace:
    """The space of pixels.

    Args:
        mean: The mean picture, shape (n_pixels,).
        components: Shape (n_pixels, n_components), of unit length.
        step: Pixels that are averaged into one, along either side.
    """

    mean: Float32
    components: Float32
    step: int

    @classmethod
    def of(cls, sides: Sequence[Images], rng: np.random.Generator) -> Self:
        """The space that the sides span, each with the same say."""
        step = -(-max(sides[0].shape[:2]) // MAX_SIDE)
        n_each = min(MAX_FITTED, *(len(side) for side in sides))
        rows = [_shrunk(side.pixels[rng.permutation(len(side))[:n_each]], step) for side in sides]
        values = np.vstack(rows)  # (n_images, n_pixels)
        mean = values.mean(axis=0)
        n_components = min(N_COMPONENTS, *values.shape)
        seed = int(rng.integers(2**31))
        _, _, components = randomized_svd(values - mean, n_components, random_state=seed)
        return cls(mean, np.ascontiguousarray(components.T, np.float32), step)

    def place(self, images: Images) -> Placed:
        """The points of pictures, shape (n_images, n_components)."""
        points = np.empty((len(images), self.components.shape[1]), np.float32)
        for at in range(0, len(images), BLOCK):
            here = slice(at, at + BLOCK)
            points[here] = (_shrunk(images.pixels[here], self.step) - self.mean) @ self.components
        return Placed(points, np.empty((0, len(images)), np.int32))


def _shrunk(pixels: NDArray[np.uint8], step: int) -> Float32:
    """Pictures as rows of numbers in [0, 1], averaged over squares of `step` pixels."""
    values = pixels.astype(np.float32) / np.float32(255)
    for axis in (1, 2) if step > 1 else ():
        starts = np.arange(0, values.shape[axis], step)
        lengths = np.diff(np.append(starts, values.shape[axis]))
        shape = [1] * values.ndim
        shape[axis] = len(lengths)
        values = np.add.reduceat(values, starts, axis=axis) / lengths.reshape(shape)
    return values.reshape(len(values), -1).astype(np.float32, copy=False)
