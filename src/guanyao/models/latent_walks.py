"""Codes of pictures and pictures of codes, for generators of images that have an encoder.

Which way a code is moved, and what is made of it, is up to the caller; arrays go in and come out.
"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from guanyao.models.image_generator import ImageGenerator, to_float

Pixels = NDArray[np.uint8]
Codes = NDArray[np.float32]

BATCH = 256


def codes_of(model: ImageGenerator, pixels: Pixels) -> Codes:
    """The code of each picture, shape (n, latent_dim).

    Args:
        model: A fitted generator whose network has `encode`.
        pixels: Shape (n, height, width, channels).
    """
    encode: Callable[[Tensor], Tensor] = model.network_.encode  # type: ignore[assignment]
    parts = []
    with torch.no_grad():
        for start in range(0, len(pixels), BATCH):
            # (n, height, width, channels) -> (n, channels, height, width)
            part = np.ascontiguousarray(pixels[start : start + BATCH].transpose(0, 3, 1, 2))
            parts.append(encode(to_float(torch.from_numpy(part))).float().flatten(1).numpy())
    return np.concatenate(parts)


def pictures_of(model: ImageGenerator, codes: Codes, labels: NDArray[np.int64]) -> Pixels:
    """The picture of each code and label, shape (n, height, width, channels).

    Args:
        model: A fitted generator whose network has `decode`.
        codes: Shape (n, latent_dim).
        labels: Places in the model's classes, shape (n,).
    """
    decode: Callable[[Tensor, Tensor], Tensor] = model.network_.decode  # type: ignore[assignment]
    parts = []
    with torch.no_grad():
        for start in range(0, len(codes), BATCH):
            rows = slice(start, start + BATCH)
            drawn = decode(torch.from_numpy(codes[rows]), torch.from_numpy(labels[rows]))
            bytes_ = (drawn.float().clamp(0, 1) * 255).round().to(torch.uint8)
            parts.append(bytes_.permute(0, 2, 3, 1).numpy())
    return np.ascontiguousarray(np.concatenate(parts))
