"""Handwritten digits of 8 x 8 pixels, which scikit-learn ships, as sides of a comparison."""

from functools import cache

import numpy as np
from sklearn.datasets import load_digits

from guanyao.data.image_sides import ImageSides, prepare_images
from guanyao.data.images import Images, from_arrays


@cache
def digits() -> Images:
    """All 1,797 digits in random order."""
    data = load_digits()
    mixed = np.random.default_rng(0).permutation(len(data.target))
    pixels = (data.images[mixed] * 15.9).astype(np.uint8)
    return from_arrays(pixels, data.target[mixed])


def part(first: int, last: int) -> Images:
    """Some of the digits."""
    return digits().take(np.arange(first, last))


def without_labels(images: Images) -> Images:
    """The same pictures, and nobody knows what they show."""
    return Images(images.pixels)


def smooth(images: Images) -> Images:
    """The same pictures, each pixel averaged with the one beside it."""
    pixels = images.pixels.astype(np.uint16)
    pixels = (pixels + np.roll(pixels, 1, axis=2)) // 2
    return Images(pixels.astype(np.uint8), images.labels, images.classes)


def train() -> Images:
    """What is learned from."""
    return part(0, 800)


def holdout() -> Images:
    """What is kept back."""
    return part(800, 1300)


def fresh() -> Images:
    """What the ideal generator makes: pictures of the same kind that nobody has seen."""
    return part(1300, 1797)


@cache
def sides(kind: str, seed: int = 0) -> ImageSides:
    """Sides whose virtual pictures are "fresh", "copies" of train, "smooth" copies, or "noise"."""
    made = {
        "fresh": fresh,
        "copies": lambda: train().take(np.arange(497)),
        "smooth": lambda: smooth(fresh()),
        "noise": lambda: ImageSides(train(), holdout(), fresh(), seed=9).independent(497),
        "nameless": lambda: without_labels(fresh()),
    }[kind]()
    real, kept = train(), holdout()
    if kind == "nameless":
        real, kept = without_labels(real), without_labels(kept)
    return prepare_images(real, kept, made, seed=seed)
