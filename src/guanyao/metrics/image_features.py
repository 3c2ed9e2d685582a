"""The space that pictures are compared in: features of a network, the same for all sides.

A classifier trained in the run on a part of train; without labels an autoencoder; or the user's own
network by path. Only with the user's Inception may distances be called FID and KID: in a space made
in the run they are `cfid` and `ckid`, and their scale holds for that run only, so that they are
read beside their references. torch is loaded at the first use.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from guanyao.data.image_sides import ImageSides
from guanyao.data.images import Images
from guanyao.registry import need

if TYPE_CHECKING:
    from guanyao.metrics.image_networks import Network

Float32 = NDArray[np.float32]
Kind = Literal["classifier", "autoencoder", "file"]

MIN_IMAGES = 20
"""Pictures that each side needs for distances to mean anything."""


@dataclass(frozen=True)
class Space:
    """A feature space.

    Args:
        kind: What makes the features.
        embed: From pixels (n_images, h, w, c) to features (n_images, n_features).
        details: What is to be known of it, as plain JSON.
        cpu_s: Processor seconds it took to train.
    """

    kind: Kind
    embed: Callable[[NDArray[np.uint8]], Float32]
    details: dict[str, Any]
    cpu_s: float

    def name(self, distance: str) -> str:
        """What a distance in it may be called: "fid" in the user's space, else "cfid"."""
        return distance if self.kind == "file" else f"c{distance}"


def space(sides: ImageSides) -> Space:
    """The space of this comparison, made once.

    Raises:
        DataError: The user's network cannot be read.
        MissingExtraError: torch is not installed.
    """
    return sides.once("space", lambda: _space(sides))


def features(sides: ImageSides, name: str) -> Float32:
    """Features of the "virtual", "real" or "independent" candidate, or of the "reference".

    Returns:
        Shape (n_images, n_features).
    """
    images = sides.reference if name == "reference" else sides.candidates[name]
    return sides.once(f"features {name}", lambda: space(sides).embed(images.pixels))


def classifier(sides: ImageSides) -> "Network | None":
    """The classifier of this comparison, made once; None where there are not two classes."""
    return sides.once("classifier", lambda: _classifier(sides))


def accuracy(network: "Network", images: Images) -> float:
    """The share of pictures that the network gives their label, in [0, 1]."""
    assert images.labels is not None
    return float((network.predict(images.pixels) == images.labels).mean())


def few(sides: ImageSides) -> str | None:
    """Why distances have no meaning here; None where they have."""
    fewest = min(len(sides.reference), *(len(images) for images in sides.candidates.values()))
    if fewest >= MIN_IMAGES:
        return None
    return f"it needs {MIN_IMAGES} pictures of each side, and there are {fewest}"


def _space(sides: ImageSides) -> Space:
    began = time.process_time()
    networks = need("guanyao.metrics.image_networks")
    if sides.features is not None:
        embed = networks.own_network(sides.features)
        return Space("file", embed, {"kind": "file", "file": sides.features.name}, 0.0)
    network = classifier(sides)
    teaching = sides.teaching
    told: dict[str, Any] = {"learned_from": len(teaching), "seed": sides.seed}
    if network is not None:
        if sides.reference.labels is not None:
            told["accuracy_on_holdout"] = accuracy(network, sides.reference)
        details = {"kind": "classifier", **told}
        return Space("classifier", network.embed, details, time.process_time() - began)
    encoder = networks.autoencoder(teaching.pixels, seed=sides.seed)
    details = {"kind": "autoencoder", **told}
    return Space("autoencoder", encoder.embed, details, time.process_time() - began)


def _classifier(sides: ImageSides) -> "Network | None":
    teaching = sides.teaching
    if teaching.labels is None or len(np.unique(teaching.labels)) < 2:
        return None
    networks = need("guanyao.metrics.image_networks")
    network: Network = networks.classifier(
        teaching.pixels, teaching.labels, len(teaching.classes), seed=sides.seed
    )
    return network
