"""What `guanyao tune` searches: the settings of each generator that matter most, and their ranges.

Literal tables. A generator that is not in one can bring a static method `search_space` that gives
the same. The default of a setting lies in its range, so that a search begins with the defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Range:
    """Numbers from low to high; whole ones where both ends are whole.

    Args:
        low: The lowest.
        high: The highest.
        log: Whether equal ratios count as equally far, rather than equal differences.
    """

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[str | float | bool, ...]


Space: TypeAlias = Mapping[str, Range | Choice]

RATE: Space = {"learning_rate": Range(1e-4, 1e-2, log=True)}
PICTURES: Space = {**RATE, "batch_size": Choice((32, 64, 128, 256, 512))}
ROWS: Space = {**RATE, "batch_size": Choice((128, 256, 500, 512, 1_024, 2_048))}

SPACES: dict[str, Space] = {
    "copula": {"max_codes": Range(10, 1_000, log=True)},
    "trees": {
        "penalty": Range(0.05, 5.0, log=True),
        "n_trees": Range(1, 12, log=True),
        "max_depth": Range(3, 20),
        "n_classes": Range(4, 64, log=True),
        "n_bins": Range(8, 128, log=True),
        "max_codes": Range(20, 500, log=True),
    },
    "ctgan": ROWS,
    "tvae": ROWS,
    "latent_flow": {
        **ROWS,
        "beta": Range(0.02, 4.0, log=True),
        "codec_width": Range(128, 1_024, log=True),
        "flow_width": Range(128, 1_024, log=True),
        "n_blocks": Range(1, 6),
    },
}
"""Generators of tables."""

IMAGE_SPACES: dict[str, Space] = {
    "gan": {
        **PICTURES,
        "width": Range(64, 512, log=True),
        "noise_dim": Range(16, 256, log=True),
        "penalty": Range(0.01, 10.0, log=True),
    },
    "dcgan": {
        **PICTURES,
        "width": Range(16, 96, log=True),
        "noise_dim": Range(16, 256, log=True),
        "penalty": Range(0.01, 10.0, log=True),
    },
    "wgan_gp": {
        **PICTURES,
        "width": Range(16, 96, log=True),
        "critic_steps": Range(1, 8),
        "penalty": Range(1.0, 30.0, log=True),
    },
    "vae": {
        **PICTURES,
        "width": Range(8, 64, log=True),
        "beta": Range(0.05, 8.0, log=True),
        "network": Choice(("auto", "conv", "mlp")),
        "likelihood": Choice(("bernoulli", "gaussian")),
    },
    "autoencoder": {**PICTURES, "width": Range(8, 64, log=True)},
    "vae_gan": {
        **PICTURES,
        "width": Range(16, 96, log=True),
        "reconstruction": Range(1.0, 1_000.0, log=True),
        "gamma": Range(0.1, 30.0, log=True),
    },
    "latent_flow": {
        **PICTURES,
        "width": Range(16, 64, log=True),
        "beta": Range(0.003, 1.0, log=True),
        "flow_width": Range(128, 1_024, log=True),
        "n_blocks": Range(1, 6),
        "sharpness": Range(0.5, 50.0, log=True),
    },
}
"""Generators of images."""


def space_of(name: str, kind: type, *, is_table: bool) -> Space:
    """What is searched for a generator; empty where nothing is known.

    Args:
        name: Its name.
        kind: Its class.
        is_table: Whether it learns tables.
    """
    own: Any = getattr(kind, "search_space", None)
    if own is not None:
        found: Space = own()
        return found
    return (SPACES if is_table else IMAGE_SPACES).get(name, {})
