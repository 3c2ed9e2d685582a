"""A measured value with its interval, and what a threshold makes of it."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, TypeAlias

Sign: TypeAlias = Literal[">=", ">", "<=", "<", "=="]
SIGNS: tuple[Sign, ...] = (">=", ">", "<=", "<", "==")
Outcome: TypeAlias = Literal["met", "not_shown", "not_met"]
LEVEL = 0.95
TINY = 1e-300
MOST_TERMS = 100_000


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A value and how sure it is.

    Args:
        value: What was measured.
        low: The lower end of its 95 % interval; the value itself where all were counted.
        high: The upper end.
        n: On how many it was measured; None where that is no question.
        note: What a reader should know, in English.
    """

    value: float
    low: float
    high: float
    n: int | None = None
    note: str = ""

    @classmethod
    def exactly(cls, value: float, note: str = "") -> Self:
        """A value that was counted, not sampled."""
        return cls(value=value, low=value, high=value, note=note)

    def against(self, sign: Sign, threshold: float) -> Outcome:
        """Whether a threshold is met by the interval's bad end, not at all, or neither is shown.

        Examples:
            >>> Measured(value=0.97, low=0.95, high=0.98).against(">=", 0.96)
            'not_shown'
        """
        hold = [_holds(end, sign, threshold) for end in (self.low, self.high)]
        if all(hold) and _holds(self.value, sign, threshold):
            return "met"
        return "not_shown" if any(hold) or _holds(self.value, sign, threshold) else "not_met"

    def meets(self, sign: Sign, threshold: float) -> bool:
        """Whether the value itself meets the threshold, its interval aside."""
        return _holds(self.value, sign, threshold)

    def to_json(self) -> dict[str, Any]:
        """The value as plain JSON; an end that is not known is null."""
        ends = {name: getattr(self, name) for name in ("low", "high")}
        known = {name: end if math.isfinite(end) else None for name, end in ends.items()}
        return {**asdict(self), **known}


def _holds(value: float, sign: Sign, threshold: float) -> bool:
    tests: dict[Sign, Callable[[float, float], bool]] = {
        ">=": lambda a, b: a >= b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        "<": lambda a, b: a < b,
        "==": lambda a, b: a == b,
    }
    return tests[sign](value, threshold)


def share(n_hits: int, n: int, note: str = "") -> Measured:
    """The share of a random sample, with its exact interval.

    Reference: Clopper & Pearson 1934, "The use of confidence or fiducial limits illustrated in the
    case of the binomial", Biometrika 26.

    Args:
        n_hits: How many of them.
        n: How many were drawn, at least 1.
        note: For the reader.

    Examples:
        >>> found = share(96, 100)
        >>> round(found.low, 3), found.value, round(found.high, 3)
        (0.901, 0.96, 0.989)
    """
    tail = (1 - LEVEL) / 2
    low = 0.0 if n_hits == 0 else _quantile(tail, n_hits, n - n_hits + 1)
    high = 1.0 if n_hits == n else _quantile(1 - tail, n_hits + 1, n - n_hits)
    return Measured(value=n_hits / n, low=low, high=high, n=n, note=note)


def _quantile(chance: float, a: float, b: float) -> float:
    """Where a beta distribution reaches a chance, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _beta_below(middle, a, b) < chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, 0 < x < 1."""
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_below(1 - x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log += a * math.log(max(x, TINY)) + b * math.log1p(-x)
    return math.exp(log) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Its continued fraction, by the modified method of Lentz (Thompson & Barnett 1986)."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    whole = d
    for m in range(1, MOST_TERMS):
        before = whole
        even = m * (b - m) * x / ((a - 1 + 2 * m) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 1 + 2 * m))
        for part in (even, odd):
            d = 1 / _not_zero(1 + part * d)
            c = _not_zero(1 + part / c)
            whole *= c * d
        if abs(whole - before) <= 1e-14 * abs(whole):
            break
    return whole


def _not_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
