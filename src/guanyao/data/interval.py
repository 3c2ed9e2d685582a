"""Intervals for what is measured on a sample: shares, areas under the curve, anything else.

All intervals are two-sided and hold 95 % unless told otherwise.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Z = 1.959963984540054
"""The 97.5 % point of the normal distribution."""

N_BLOCKS = 20
"""Blocks of the grouped jackknife."""


def wilson(hits: float, n: int) -> tuple[float, float]:
    """The interval of a share.

    Reference: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    Args:
        hits: How often it happened; halves (ties) are allowed.
        n: How often it could have happened; 0 gives (0, 1).

    Examples:
        >>> low, high = wilson(5, 10)
        >>> round(low, 3), round(high, 3)
        (0.237, 0.763)
    """
    if n == 0:
        return 0.0, 1.0
    share, spread = hits / n, Z * Z / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z * np.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    low, high = float(middle - half), float(middle + half)
    return max(0.0, min(low, share)), min(1.0, max(high, share))  # against rounding at the ends


def clopper_pearson(hits: int, n: int) -> tuple[float, float]:
    """The exact interval of a share, never too narrow.

    Reference: Clopper & Pearson 1934, "The use of confidence or fiducial limits".

    Examples:
        >>> low, high = clopper_pearson(0, 100)
        >>> low, round(high, 4)
        (0.0, 0.0362)
    """
    low = 0.0 if hits == 0 else float(betaincinv(hits, n - hits + 1, 0.025))
    high = 1.0 if hits == n else float(betaincinv(hits + 1, n - hits, 0.975))
    return low, high


def auc(positive: Floats, negative: Floats) -> tuple[float, float, float]:
    """The area under the ROC curve with its interval; ties count half.

    The standard error is DeLong's; where it is nought (perfect separation) the interval is the
    rule of three, 3 / (size of the smaller group) wide.

    Reference: DeLong, DeLong & Clarke-Pearson 1988; Sun & Xu 2014 for the fast form.

    Args:
        positive: Scores that should be high, shape (n_positive,), at least one.
        negative: Scores that should be low, shape (n_negative,), at least one.

    Returns:
        Area, low and high, each in [0, 1]; 0.5 is chance.

    Examples:
        >>> area, low, high = auc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
        >>> area
        0.875
    """
    m, n = len(positive), len(negative)
    ranks = rankdata(np.concatenate([positive, negative]))
    above = (ranks[:m] - rankdata(positive)) / n  # share of negatives below each positive
    below = 1 - (ranks[m:] - rankdata(negative)) / m
    area = float(above.mean())
    error = np.sqrt(_variance(above) / m + _variance(below) / n)
    half = Z * float(error) if error > 0 else 3 / min(m, n)
    return area, max(0.0, area - half), min(1.0, area + half)


def _variance(parts: Floats) -> float:
    return float(parts.var(ddof=1)) if len(parts) > 1 else 0.25


def blocks(n: int, rng: np.random.Generator, n_blocks: int = N_BLOCKS) -> NDArray[np.int64]:
    """A random block number for each of n rows, the blocks being as equal as can be."""
    return rng.permutation(n) % n_blocks


def left_out(
    codes: NDArray[np.int64], n_codes: int, block: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """How often each code stands there: in all rows, then in all rows but one block's.

    Args:
        codes: Shape (n,), from 0 to n_codes - 1.
        n_codes: Number of codes.
        block: The block of each row, shape (n,); None: the first row of the result only.

    Returns:
        Counts, shape (1, n_codes) or (1 + N_BLOCKS, n_codes).
    """
    if block is None:
        return np.bincount(codes, minlength=n_codes)[None, :].astype(np.float64)
    flat = np.bincount(block * n_codes + codes, minlength=N_BLOCKS * n_codes)
    by_block = flat.reshape(N_BLOCKS, n_codes).astype(np.float64)  # (n_blocks, n_codes)
    total = by_block.sum(axis=0)
    return np.vstack([total, total - by_block])


def jackknife(values: Floats, bounds: tuple[float, float] = (0.0, 1.0)) -> tuple[float, ...]:
    """Value, low and high from the value and those with one block left out.

    Reference: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 11;
    Shao & Wu 1989 on leaving out groups of rows for statistics that are not smooth.

    Args:
        values: The value, then the value without each block, shape (1 + n_blocks,).
        bounds: What the value can be at least and at most.

    Returns:
        Value, low and high.
    """
    rest = values[1:][np.isfinite(values[1:])]
    n = len(rest)
    spread = np.square(rest - rest.mean()).sum() if n else 0.0
    half = Z * np.sqrt((n - 1) / n * spread) if n > 1 else 0.0
    value = float(np.clip(values[0], *bounds))  # against rounding at the ends
    return value, float(max(bounds[0], value - half)), float(min(bounds[1], value + half))


def jackknife_of(
    statistic: Callable[[NDArray[np.bool_]], float],
    n: int,
    rng: np.random.Generator,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, ...]:
    """Value, low and high of any statistic of n rows.

    Args:
        statistic: Takes the rows to use, shape (n,), and gives the value.
        n: Number of rows.
        rng: Chooses the blocks.
        bounds: What the value can be at least and at most.
    """
    block = blocks(n, rng, min(n, N_BLOCKS))
    masks = [np.ones(n, dtype=np.bool_), *(block != b for b in range(block.max() + 1))]
    return jackknife(np.array([statistic(mask) for mask in masks]), bounds)
