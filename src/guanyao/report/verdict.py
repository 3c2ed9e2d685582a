"""The verdict: three words, the reasons for them, and what the data may be used for.

Pure. Fidelity and utility are placed between the two references that every score carries: the
floor (columns shuffled) and the ceiling (real rows). Privacy is judged by the upper end of the
strongest attack's interval. Distances to the closest record never take part: a release that copies
one row in a hundred still passes them.

The thresholds are our own; no standard fixes them. Each stands in a table with its reason.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from guanyao.report.texts import english

Level: TypeAlias = Literal["good", "fair", "poor", "unknown"]
Record: TypeAlias = Mapping[str, Any]
Reason: TypeAlias = dict[str, Any]

LEVELS: tuple[Level, ...] = ("poor", "unknown", "fair", "good")
"""Worst first."""

LEAST_GAP = 0.03
"""References nearer than this cannot place a figure between them: then only its distance counts."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """From where on a figure is good or fair.

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


FIDELITY_BARS: dict[str, Bar] = {
    "column_shapes": Bar(
        good=0.9, fair=0.7, reason="shuffled columns reach the ceiling, so distance decides"
    ),
    "pair_trends": Bar(
        good=0.9, fair=0.7, reason="a tenth of all pairwise relation lost is seen in cross tables"
    ),
    "triple_trends": Bar(
        good=0.8, fair=0.6, reason="three-way cells are sparse: real rows themselves vary"
    ),
    "missingness": Bar(
        good=0.9,
        fair=0.7,
        near_good=0.01,
        near_fair=0.03,
        reason="shares of missing values that differ by a point on average change a table's use",
    ),
    "c2st_auc": Bar(
        good=0.8, fair=0.5, reason="0.8 is an AUC of about 0.6: rows are told apart by effort only"
    ),
}
UTILITY_BAR = Bar(
    good=0.95, fair=0.85, reason="a twentieth of the learnable signal is within model choice"
)
ATTACK_GOOD = 0.05
"""Largest upper end above guessing that is good (AUC 0.55, or an excess risk of 5 %)."""
ATTACK_FAIR = 0.10
"""Largest upper end above guessing that is fair: sharing under an agreement (AUC 0.60)."""
TAIL_BARS: dict[str, tuple[float, float]] = {"0.001": (0.005, 0.02), "0.01": (0.02, 0.05)}
"""Largest share of people found at that false-positive rate that is good and fair."""
COPY_BARS = (0.001, 0.005)
"""Largest excess share of exact copies (lower end, above chance) that is good and fair."""

USES: tuple[tuple[str, dict[str, Level]], ...] = (
    ("software_tests", {"privacy": "fair"}),
    ("partners", {"privacy": "fair"}),
    ("sharing", {"privacy": "good"}),
    ("exploration", {"privacy": "fair", "fidelity": "fair"}),
    ("statistics", {"privacy": "fair", "fidelity": "good"}),
    ("model_training", {"privacy": "fair", "utility": "good"}),
)
"""Each use and the least levels it asks for."""
NEVER = ("single_persons", "final_results")
"""What no virtual data should be used for."""


def verdict(report: Record) -> dict[str, Any]:
    """The verdict on a report.

    Args:
        report: A `guanyao.report/1` record; only `scores`, `attacks` and `model` are read.

    Returns:
        `fidelity`, `utility`, `privacy` (good, fair, poor or unknown), `overall`, `use` (`for` and
        `not_for` as codes, `text` in English), `reasons` (code, about, level, figures) and `why`,
        the reasons in English.
    """
    scores = {s.get("name"): s for s in report.get("scores") or ()}
    fidelity, reasons = _fidelity(scores)
    utility, more = _utility(scores)
    privacy, most = _privacy(report.get("attacks") or (), scores, report.get("model") or {})
    levels: dict[str, Level] = {"fidelity": fidelity, "utility": utility, "privacy": privacy}
    reasons = [*reasons, *more, *most]
    return {
        **levels,
        "overall": _overall(levels, reasons),
        "use": _use(levels),
        "why": [english(reason["code"], **reason["figures"]) for reason in reasons],
        "reasons": reasons,
    }


def finite(value: object) -> float | None:
    """The value as a float, or None where it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def references(score: Record) -> tuple[float | None, float | None]:
    """The floor (`independent`) and the ceiling (`real`) of a score."""
    reference = score.get("reference") or {}
    return finite(reference.get("independent")), finite(reference.get("real"))


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
    floor, ceiling = references(score)
    value = finite(score.get("value")) if value is None else value
    if floor is None or ceiling is None or value is None or abs(ceiling - floor) < LEAST_GAP:
        return None
    return round((value - floor) / (ceiling - floor), 4)


def worst_attack(attacks: Iterable[Record]) -> Record | None:
    """The powered attack whose upper end lies highest above guessing."""
    return max(filter(is_powered, attacks), key=_excess, default=None)


def attack_value(attack: Record) -> float | None:
    """What the attack reached: its AUC, or its risk where it has no AUC."""
    auc = finite(attack.get("auc"))
    return finite(attack.get("risk")) if auc is None else auc


def baseline_of(attack: Record) -> float:
    """What guessing reaches: 0.5 for an AUC, otherwise what the record says, or 0."""
    stated = finite(attack.get("baseline"))
    if stated is not None:
        return stated
    return 0.0 if finite(attack.get("auc")) is None else 0.5


def is_powered(attack: Record) -> bool:
    """Whether the attack says anything: usable, and not so wide that it covers good and poor."""
    low, high = finite(attack.get("low")), finite(attack.get("high"))
    if attack.get("usable") is False or low is None or high is None:
        return False
    base = baseline_of(attack)
    return low > base or high <= base + ATTACK_FAIR


# Fidelity and utility


def _fidelity(scores: Record) -> tuple[Level, list[Reason]]:
    measured = [(name, bar, scores[name]) for name, bar in FIDELITY_BARS.items() if name in scores]
    judged = [(name, score, graded(bar, score)) for name, bar, score in measured]
    reasons = [
        _reason(_fidelity_code(name, score), level, **_figures(score))
        for name, score, level in judged
        if level != "unknown"
    ]
    if not reasons:
        return "unknown", [_reason("fidelity.unmeasured", "unknown")]
    return _worst(reason["level"] for reason in reasons), reasons


def _fidelity_code(name: str, score: Record) -> str:
    """The sentence on a score: another one where no share of the way to real rows can be told."""
    is_share = name in ("pair_trends", "triple_trends")
    return f"fidelity.{name}" + (".near" if is_share and position(score) is None else "")


def _utility(scores: Record) -> tuple[Level, list[Reason]]:
    score = scores.get("tstr")
    floor, ceiling = references(score or {})
    if score is None or finite(score.get("value")) is None or floor is None or ceiling is None:
        return "unknown", [_reason("utility.no_target", "unknown")]
    if ceiling - floor < LEAST_GAP:
        return "unknown", [_reason("utility.not_learnable", "unknown", real=ceiling)]
    level = graded(UTILITY_BAR, score)
    return level, [_reason("utility.tstr", level, **_figures(score))]


def graded(bar: Bar, score: Record) -> Level:
    """The level of a score; good only while the pessimistic end of its interval is not poor."""
    value, end = finite(score.get("value")), _pessimistic(score)
    if value is None:
        return "unknown"
    level = _level_at(bar, score, value)
    if level == "good" and end is not None and _level_at(bar, score, end) == "poor":
        return "fair"
    return level


def _level_at(bar: Bar, score: Record, value: float) -> Level:
    place = position(score, value)
    if place is not None:
        return _step(-place, -bar.good, -bar.fair)
    distance = _shortfall(score, value)
    return "unknown" if distance is None else _step(distance, bar.near_good, bar.near_fair)


def _step(badness: float, good: float, fair: float) -> Level:
    return "good" if badness <= good else "fair" if badness <= fair else "poor"


def is_rising(score: Record) -> bool:
    """Whether a larger value is better."""
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


def _pessimistic(score: Record) -> float | None:
    return finite(score.get("low" if is_rising(score) else "high"))


def _figures(score: Record) -> dict[str, Any]:
    floor, ceiling = references(score)
    place = position(score)
    return {
        "value": finite(score.get("value")),
        "independent": floor,
        "real": ceiling,
        "percent": None if place is None else round(100 * min(max(place, 0.0), 1.0)),
    }


# Privacy


def _privacy(
    attacks: Iterable[Record], scores: Record, model: Record
) -> tuple[Level, list[Reason]]:
    attacks = list(attacks)
    powered = [attack for attack in attacks if is_powered(attack)]
    formal, copied = _formal(model), _of_copies(scores.get("exact_copies") or {})
    if not powered:
        reasons = [_reason("privacy.no_attack", "unknown"), *copied]
        return _worst(reason["level"] for reason in reasons), [*reasons, *formal]
    reasons = [_of_worst(powered), *_of_tails(powered), *copied]
    if weak := len(attacks) - len(powered):
        figures = {"count": weak, "total": len(attacks)}
        reasons.append(_reason("privacy.underpowered", "fair", **figures))
    return _worst(reason["level"] for reason in reasons), [*reasons, *formal]


def _excess(attack: Record) -> float:
    """How far the upper end lies above guessing."""
    high = finite(attack.get("high"))
    return -math.inf if high is None else round(high - baseline_of(attack), 6)


def _of_worst(powered: Sequence[Record]) -> Reason:
    worst = max(powered, key=_excess)
    level = _step(_excess(worst), ATTACK_GOOD, ATTACK_FAIR)
    figures = _attack_figures(worst)
    is_trace = level == "good" and figures["low"] > figures["baseline"]
    return _reason("privacy.worse" if is_trace else "privacy.attack", level, **figures)


def _of_tails(powered: Sequence[Record]) -> list[Reason]:
    """A reason for the attack that surely finds the most people at a low false-positive rate."""
    found = [
        (level, share, rate, attack)
        for attack in powered
        for rate in TAIL_BARS
        if (level := _tail_level(attack, rate)) != "good"
        and (share := _tail(attack, rate)) is not None
    ]
    if not found:
        return []
    level, share, rate, attack = min(found, key=lambda one: (LEVELS.index(one[0]), -one[1]))
    figures = {"fpr": f"{100 * float(rate):g}", "percent": f"{100 * share:.1f}"}
    return [_reason("privacy.tail", level, **figures, **_named(attack))]


def _of_copies(score: Record) -> list[Reason]:
    """A reason where surely more rows are copied than fresh real rows meet by chance."""
    low, (_, chance) = finite(score.get("low")), references(score)
    if low is None or chance is None:
        return []
    level = _step(low - chance, *COPY_BARS)
    figures = {"percent": _percent(score.get("value")), "by_chance": _percent(chance)}
    return [] if level == "good" else [_reason("privacy.copies", level, **figures)]


def _percent(share: object) -> str:
    value = finite(share)
    return "–" if value is None else f"{100 * value:.2f}"


def _tail(attack: Record, rate: str) -> float | None:
    return finite((attack.get("tpr_at_fpr") or {}).get(rate))


def _tail_level(attack: Record, rate: str) -> Level:
    """The level of the share found at that rate, less what chance alone can add."""
    share, n_records = _tail(attack, rate), _n_records(attack)
    told = ((attack.get("details") or {}).get("tpr_at_fpr") or {}).get(rate) or {}
    if share is None or n_records is None or told.get("usable") is False:
        return "good"
    expected = max(1.0, float(rate) * n_records)
    by_chance = (3 * math.sqrt(2 * expected) + 3) / n_records
    return _step(share - by_chance, *TAIL_BARS[rate])


def _n_records(attack: Record) -> float | None:
    """Records on each side: as stated, or as many as so wide an interval of the AUC betrays.

    For n members and n others who cannot be told apart the variance of the AUC is near 1 / (6 n).
    """
    details = attack.get("details") or {}
    stated = [finite(details.get(key)) for key in ("n_members", "n_non_members")]
    if stated[0] and stated[1]:
        return min(stated[0], stated[1])
    low, high = finite(attack.get("low")), finite(attack.get("high"))
    if low is None or high is None or high <= low or finite(attack.get("auc")) is None:
        return None
    deviation = (high - low) / (2 * 1.96)
    return 1 / (6 * deviation**2)


def _attack_figures(attack: Record) -> dict[str, Any]:
    return {
        **_named(attack),
        "value": attack_value(attack),
        "low": finite(attack.get("low")),
        "high": finite(attack.get("high")),
        "baseline": baseline_of(attack),
    }


def _named(attack: Record) -> dict[str, str]:
    return {"attack": str(attack.get("name", "")), "group": str(attack.get("group", ""))}


def _formal(model: Record) -> list[Reason]:
    promise = model.get("privacy") or {}
    if finite(promise.get("epsilon")) is None:
        return []
    figures = {"epsilon": promise["epsilon"], "delta": promise.get("delta")}
    return [_reason("privacy.dp", "good", **figures)]


# What it comes to


def _reason(code: str, level: Level, **figures: object) -> Reason:
    return {"code": code, "about": code.partition(".")[0], "level": level, "figures": figures}


def _worst(levels: Iterable[Level]) -> Level:
    return min(levels, key=LEVELS.index)


def _overall(levels: Mapping[str, Level], reasons: Sequence[Reason]) -> str:
    is_asked = not any(reason["code"] == "utility.no_target" for reason in reasons)
    asked = [level for about, level in levels.items() if is_asked or about != "utility"]
    if levels["privacy"] == "poor":
        return "stop"
    if set(asked) == {"unknown"}:
        return "unknown"
    if levels["privacy"] == "unknown":
        return "unproven"
    if all(level == "poor" for about, level in levels.items() if about != "privacy"):
        return "weak"
    return "ready" if all(level == "good" for level in asked) else "care"


def _use(levels: Mapping[str, Level]) -> dict[str, Any]:
    fit = [use for use, asks in USES if _reaches(levels, asks)]
    unfit = [use for use, _ in USES if use not in fit]
    if LEVELS.index(levels["privacy"]) < LEVELS.index("fair"):
        fit, unfit = [], ["release"]
    record: dict[str, Any] = {"for": fit or ["nothing"], "not_for": [*unfit, *NEVER]}
    record["text"] = " ".join(
        f"{english(f'use.{side}')}: {'; '.join(english(f'use.{use}') for use in record[side])}."
        for side in ("for", "not_for")
    )
    return record


def _reaches(levels: Mapping[str, Level], asks: Mapping[str, Level]) -> bool:
    return all(LEVELS.index(levels[about]) >= LEVELS.index(least) for about, least in asks.items())
