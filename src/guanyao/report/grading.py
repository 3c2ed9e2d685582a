"""How one figure is graded: beside its two references, by bars that say why they stand there."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Level: TypeAlias = Literal["good", "fair", "poor", "unknown"]
Record: TypeAlias = Mapping[str, Any]
Reason: TypeAlias = dict[str, Any]

LEVELS: tuple[Level, ...] = ("poor", "unknown", "fair", "good")
"""Worst first."""

LEAST_GAP = 0.03
"""References nearer than this cannot place a figure between them: then only its distance counts."""

DISTANCES = ("cfid", "fid", "ckid", "kid")
"""Figures without an upper end: they are placed by orders of magnitude."""

SHARES = ("precision", "recall", "density", "coverage", "label_accuracy")
"""Figures of which more is better even where the floor lies above the ceiling."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """From where on a figure is good or fair, by its place between the references.

    Args:
        good: Least position between floor (0) and ceiling (1) that is good.
        fair: Least position that is fair.
        near_good: Largest distance from the ceiling that is good, where the references coincide.
        near_fair: Largest such distance that is fair.
        reason: Why these.
    """

    good: float
    fair: float
    near_good: float = 0.02
    near_fair: float = 0.06
    reason: str

    def level(self, score: Record, value: float) -> Level:
        """The level of a value of this score."""
        place = position(score, value)
        if place is not None:
            return step(-place, -self.good, -self.fair)
        distance = _shortfall(score, value)
        return "unknown" if distance is None else step(distance, self.near_good, self.near_fair)


@dataclass(frozen=True, kw_only=True)
class RatioBar:
    """From where on a figure is good or fair, as a multiple of what fresh real data reach.

    Args:
        good: The multiple that is just good; above 1 for distances, which should be small.
        fair: The multiple that is just fair.
        reason: Why these.
    """

    good: float
    fair: float
    reason: str

    def level(self, score: Record, value: float) -> Level:
        """The level of a value of this score."""
        times = times_real(score, value)
        if times is None:
            return "unknown"
        sign = 1.0 if self.good > 1 else -1.0
        return step(sign * times, sign * self.good, sign * self.fair)


def kind_of(report: Record) -> str:
    """What the report is about: "table" or "images"."""
    return str((report.get("data") or {}).get("kind") or "table")


def finite(value: object) -> float | None:
    """The value as a float, or None where it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def references(score: Record) -> tuple[float | None, float | None]:
    """The floor (`independent`) and the ceiling (`real`) of a score."""
    reference = score.get("reference") or {}
    return finite(reference.get("independent")), finite(reference.get("real"))


def times_real(score: Record, value: float | None = None) -> float | None:
    """The value (or another one on its scale) as a multiple of the real reference.

    >>> times_real({"value": 8.0, "reference": {"real": 2.0}})
    4.0
    """
    value = finite(score.get("value")) if value is None else value
    real = references(score)[1]
    return None if value is None or real is None or real <= 0 else value / real


def stretched(score: Record, value: float) -> float:
    """The value on the scale that it is drawn and placed on: distances by orders of magnitude."""
    if score.get("name") not in DISTANCES:
        return value
    floor, real = references(score)
    unit = max(abs(real or 0.0), 1e-4 * abs(floor or 0.0), 1e-9)
    return math.asinh(value / unit)


def position(score: Record, value: float | None = None) -> float | None:
    """Where a score lies between its floor (0) and its ceiling (1).

    Args:
        score: A score of the report.
        value: Another value on the same scale, e.g. an end of the interval.

    Returns:
        None where a number is missing or the references are too near to place anything.

    >>> position({"value": 0.9, "reference": {"independent": 0.8, "real": 1.0}})
    0.5
    """
    value = finite(score.get("value")) if value is None else value
    if value is None or None in references(score):
        return None
    floor, ceiling = (stretched(score, end) for end in references(score) if end is not None)
    if abs(ceiling - floor) < LEAST_GAP:
        return None
    return round((stretched(score, value) - floor) / (ceiling - floor), 4)


def graded(bar: Bar | RatioBar, score: Record) -> Level:
    """The level of a score; good only while the pessimistic end of its interval is not poor."""
    value = finite(score.get("value"))
    end = finite(score.get("low" if is_rising(score) else "high"))
    if value is None:
        return "unknown"
    level = bar.level(score, value)
    if level == "good" and end is not None and bar.level(score, end) == "poor":
        return "fair"
    return level


def is_rising(score: Record) -> bool:
    """Whether a larger value is better."""
    if score.get("name") in (*DISTANCES, *SHARES):
        return score.get("name") in SHARES
    floor, ceiling = references(score)
    best, value = finite(score.get("best")), finite(score.get("value"))
    if floor is not None and ceiling is not None and abs(ceiling - floor) >= LEAST_GAP:
        return ceiling > floor
    return best is None or value is None or best >= value


def _shortfall(score: Record, value: float) -> float | None:
    """How far a value stays behind the ceiling; negative: beyond it."""
    _, ceiling = references(score)
    if ceiling is None:
        return None
    return round(ceiling - value if is_rising(score) else value - ceiling, 6)


def step(badness: float, good: float, fair: float) -> Level:
    """The level of something that is the worse the larger it is."""
    return "good" if badness <= good else "fair" if badness <= fair else "poor"


def worst(levels: Iterable[Level]) -> Level:
    """The worst of the levels."""
    return min(levels, key=LEVELS.index)


def reason(code: str, level: Level, **figures: object) -> Reason:
    """One reason of the verdict; its code's first part says what it is about."""
    return {"code": code, "about": code.partition(".")[0], "level": level, "figures": figures}


def figures_of(score: Record) -> dict[str, Any]:
    """What the sentence on a score tells: its value, the references, and how far it comes."""
    floor, ceiling = references(score)
    place, times = position(score), times_real(score)
    return {
        "value": finite(score.get("value")),
        "independent": floor,
        "real": ceiling,
        "percent": None if place is None else round(100 * min(max(place, 0.0), 1.0)),
        "times": None if times is None else _multiple(times),
    }


def _multiple(times: float) -> str:
    """A multiple for people: whole from ten on."""
    return f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
