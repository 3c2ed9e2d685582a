"""Checks of settings: a number of the right kind within its range, or one clear error."""

import numpy as np

from guanyao.errors import ConfigError


def check_count(name: str, value: int, low: int, high: int = 2**64 - 1) -> None:
    """See that a setting is a whole number within its range.

    Raises:
        ConfigError: It is not.
    """
    if not isinstance(value, int | np.integer):
        raise ConfigError(f"{name} is {value!r}", allowed="a whole number", code="config.setting")
    check_range(name, value, low, high)


def check_range(name: str, value: float, low: float, high: float) -> None:
    """See that a setting is a number within its range.

    Raises:
        ConfigError: It is not.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.number)
        or not low <= value <= high
    ):
        raise ConfigError(
            f"{name} is {value!r}", allowed=f"{low:,} to {high:,}", code="config.setting"
        )
