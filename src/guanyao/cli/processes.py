"""Several processes that train one model, as torchrun and the like start them."""

import os

from guanyao.errors import ConfigError

LAUNCHED = "TORCHELASTIC_RUN_ID"
"""A variable of the environment that the launcher sets."""


def is_first() -> bool:
    """Whether this is the process that writes and speaks."""
    return LAUNCHED not in os.environ or os.environ.get("RANK", "0") == "0"


def check_alone(verb: str) -> None:
    """See that no other process does the same.

    Raises:
        ConfigError: A launcher started several.
    """
    if LAUNCHED in os.environ and os.environ.get("WORLD_SIZE", "1") != "1":
        raise ConfigError(
            f"{os.environ['WORLD_SIZE']} processes were started for `guanyao {verb}`",
            allowed="several processes for `guanyao fit` only",
            do="train with `guanyao fit`, then `guanyao sample` and `guanyao evaluate` without the "
            "launcher",
            code="config.processes",
        )
