"""Gaussian copula: each column by its own distribution, tied by correlations of normal scores.

Reference: Sklar 1959; Patki, Wedge & Veeramachaneni 2016, "The Synthetic Data Vault", section III.
Conditions: Genz 1992, "Numerical Computation of Multivariate Normal Probabilities" (the separation
of variables that gives the weights).
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr, ndtri

from guanyao.data.encoders import Codes, Field, Mask
from guanyao.data.protection import Entities, Floats, Ints
from guanyao.errors import ConfigError
from guanyao.models.coded import CodedGenerator
from guanyao.types import Progress

PARTICLES = 20_000
MAX_FIELDS = 10_000


@dataclass(kw_only=True)
class Copula(CodedGenerator):
    """Marginals of the codes and one correlation matrix; a baseline with relations."""

    name: ClassVar[str] = "copula"

    ends_: list[Floats] = field(init=False, repr=False)
    correlation_: Floats = field(init=False, repr=False)

    def _fit(
        self,
        codes: list[Codes],
        fields: list[Field],
        entities: Entities,
        rng: np.random.Generator,
        progress: Progress,
    ) -> None:
        self.ends_ = []
        scores = np.empty((len(fields), len(codes[0]) if codes else 0))
        for i, (one, f) in enumerate(zip(codes, fields, strict=True)):
            share = np.bincount(one, minlength=f.n_codes) / max(len(one), 1)
            end = np.cumsum(share)
            scores[i] = ndtri(np.clip(end - share / 2, 1e-9, 1 - 1e-9))[one]
            self.ends_.append(end / end[-1])
            progress.advance()
        self.correlation_ = _correlation(scores)

    def _sample(
        self, n_rows: int, rng: np.random.Generator, allowed: dict[int, Mask]
    ) -> list[Codes]:
        fields = sorted(range(len(self.ends_)), key=lambda i: i not in allowed)
        factor = np.linalg.cholesky(self.correlation_[np.ix_(fields, fields)])
        n = n_rows if not allowed else max(n_rows, PARTICLES)
        noise = rng.standard_normal((len(fields), n))
        out: list[Codes] = [np.zeros(0, np.uint16)] * len(fields)
        weight = np.ones(n)
        for place, i in enumerate(fields):
            mean, sd = factor[place, :place] @ noise[:place], factor[place, place]
            if i in allowed:
                out[i], noise[place], mass = _within(self.ends_[i], allowed[i], mean, sd, rng)
                weight *= mass
            else:
                out[i] = _code(self.ends_[i], ndtr(mean + sd * noise[place]))
        if not allowed:
            return out
        if not weight.sum() > 0:
            raise ConfigError("no row can meet all the conditions at once", code="config.given")
        keep = rng.permutation(_resampled(weight, n_rows, rng))
        return [one[keep] for one in out]

    def _state(self) -> dict[str, Any]:
        return {"ends": self.ends_, "correlation": self.correlation_}

    def _restore(self, state: dict[str, Any], fields: list[Field]) -> None:
        self.ends_ = [np.asarray(end, np.float64) for end in state["ends"]]
        self.correlation_ = np.asarray(state["correlation"], np.float64)
        if [len(end) for end in self.ends_] != [f.n_codes for f in fields]:
            raise ValueError("the distributions do not fit the fields")
        if any(not _is_distribution(end) for end in self.ends_):
            raise ValueError("a distribution does not rise from 0 to 1")
        if self.correlation_.shape != (len(fields), len(fields)):
            raise ValueError("the correlations do not fit the fields")
        if not np.isfinite(self.correlation_).all() or len(fields) > MAX_FIELDS:
            raise ValueError("the correlations are no numbers")
        np.linalg.cholesky(self.correlation_)


def _is_distribution(ends: Floats) -> bool:
    """Whether cumulative shares rise from 0 or more to 1 (never true of NaN)."""
    rises = bool((np.diff(ends, prepend=0.0) >= 0).all())
    return rises and bool(abs(ends[-1] - 1) < 1e-9)


def _correlation(scores: Floats) -> Floats:
    """Correlations of the rows of `scores`, drawn to the identity so that it can be factored."""
    matrix = np.eye(len(scores))
    if not len(scores):
        return matrix
    spread_out = scores.std(axis=1) > 0
    if spread_out.sum() > 1:
        found = np.corrcoef(scores[spread_out])
        matrix[np.ix_(spread_out, spread_out)] = found
    return 0.999 * matrix + 0.001 * np.eye(len(scores))


def _code(ends: Floats, u: Floats) -> Codes:
    codes = np.searchsorted(ends, u, side="left").clip(0, len(ends) - 1)
    return codes.astype(np.uint16)


def _within(
    ends: Floats, mask: Mask, mean: Floats, sd: float, rng: np.random.Generator
) -> tuple[Codes, Floats, Floats]:
    """Codes in the mask, the noise that gives them, and each draw's chance, shape (n,) each."""
    codes = np.flatnonzero(mask)
    edges = ndtri(np.concatenate(([0.0], ends)).clip(0.0, 1.0))
    low = ndtr((edges[codes][:, None] - mean) / sd)  # (n_codes, n)
    high = ndtr((edges[codes + 1][:, None] - mean) / sd)
    total = np.cumsum(high - low, axis=0)
    pick = (rng.random(len(mean)) * total[-1] > total).sum(axis=0).clip(0, len(codes) - 1)
    rows = np.arange(len(mean))
    u = low[pick, rows] + rng.random(len(mean)) * (high - low)[pick, rows]
    return codes[pick].astype(np.uint16), ndtri(u.clip(1e-12, 1 - 1e-12)), total[-1]


def _resampled(weight: Floats, n: int, rng: np.random.Generator) -> Ints:
    """Row numbers in proportion to their weights, n of them."""
    ends = np.cumsum(weight)
    spots = (np.arange(n) + rng.random()) / max(n, 1) * ends[-1]
    rows: Ints = np.searchsorted(ends, spots, side="right").clip(0, len(weight) - 1)
    return rows
