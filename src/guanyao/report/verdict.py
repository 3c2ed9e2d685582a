"""The verdict: three words, the reasons for them, and what the data may be used for.

Pure. Fidelity and utility are placed between the two references that every score carries: the
floor (columns or pixels shuffled) and the ceiling (real rows or pictures). Privacy is judged by the
upper end of the strongest attack's interval. Distances to the closest record never take part: a
release that copies one row in a hundred still passes them.

The thresholds are our own; no standard fixes them. Each stands in a table with its reason; those of
pictures are in `image_bars`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guanyao.report.grading import (
    LEAST_GAP,
    LEVELS,
    Bar,
    Level,
    RatioBar,
    Reason,
    Record,
    figures_of,
    finite,
    graded,
    kind_of,
    position,
    reason,
    references,
    step,
    times_real,
    worst,
)
from guanyao.report.image_bars import IMAGE_BARS, IMAGE_COPY_BARS
from guanyao.report.texts import english, variant

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

BARS: dict[str, Mapping[str, Bar | RatioBar]] = {"table": FIDELITY_BARS, "images": IMAGE_BARS}
"""The bars of fidelity by what the report is about."""

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
        report: A `guanyao.report/1` record; only `scores`, `attacks`, `model` and the kind of
            its `data` are read.

    Returns:
        `fidelity`, `utility`, `privacy` (good, fair, poor or unknown), `overall`, `use` (`for` and
        `not_for` as codes, `text` in English), `reasons` (code, about, level, figures) and `why`,
        the reasons in English.
    """
    kind = kind_of(report)
    scores = {s.get("name"): s for s in report.get("scores") or ()}
    fidelity, reasons = _fidelity(scores, BARS.get(kind, FIDELITY_BARS))
    utility, more = _utility(scores)
    privacy, most = _privacy(report.get("attacks") or (), scores, report.get("model") or {})
    levels: dict[str, Level] = {"fidelity": fidelity, "utility": utility, "privacy": privacy}
    reasons = [*reasons, *more, *most]
    return {
        **levels,
        "overall": _overall(levels, reasons),
        "use": _use(levels, kind),
        "why": [english(variant(one["code"], kind), **one["figures"]) for one in reasons],
        "reasons": reasons,
    }


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


def bar_of(name: str, kind: str) -> Bar | RatioBar | None:
    """The bar that a score is judged by; None: it takes no part in the verdict."""
    return UTILITY_BAR if name == "tstr" else BARS.get(kind, FIDELITY_BARS).get(name)


def standing(score: Record, kind: str) -> float | None:
    """How near a score comes to real data, about 0 to 1, for a ranking; None: it takes no part."""
    bar = bar_of(str(score.get("name")), kind)
    if score.get("kind") == "diagnostic" or (kind == "images" and bar is None):
        return None
    is_share = isinstance(bar, RatioBar) and bar.good <= 1
    return times_real(score) if is_share else position(score)


def _fidelity(scores: Record, bars: Mapping[str, Bar | RatioBar]) -> tuple[Level, list[Reason]]:
    measured = [(name, bar, scores[name]) for name, bar in bars.items() if name in scores]
    judged = [(name, score, graded(bar, score)) for name, bar, score in measured]
    reasons = [
        reason(_fidelity_code(name, score), level, **figures_of(score))
        for name, score, level in judged
        if level != "unknown"
    ]
    if not reasons:
        return "unknown", [reason("fidelity.unmeasured", "unknown")]
    return worst(one["level"] for one in reasons), reasons


def _fidelity_code(name: str, score: Record) -> str:
    """The sentence on a score: another one where no share of the way to real rows can be told."""
    is_share = name in ("pair_trends", "triple_trends")
    return f"fidelity.{name}" + (".near" if is_share and position(score) is None else "")


def _utility(scores: Record) -> tuple[Level, list[Reason]]:
    score = scores.get("tstr")
    floor, ceiling = references(score or {})
    if score is None or finite(score.get("value")) is None or floor is None or ceiling is None:
        return "unknown", [reason("utility.no_target", "unknown")]
    if ceiling - floor < LEAST_GAP:
        return "unknown", [reason("utility.not_learnable", "unknown", real=ceiling)]
    level = graded(UTILITY_BAR, score)
    return level, [reason("utility.tstr", level, **figures_of(score))]


# Privacy


def _privacy(
    attacks: Iterable[Record], scores: Record, model: Record
) -> tuple[Level, list[Reason]]:
    attacks = list(attacks)
    powered = [attack for attack in attacks if is_powered(attack)]
    formal, copied = _formal(model), _copied(scores)
    if not powered:
        reasons = [reason("privacy.no_attack", "unknown"), *copied]
        return worst(one["level"] for one in reasons), [*reasons, *formal]
    reasons = [_of_worst(powered), *_of_tails(powered), *copied]
    if weak := len(attacks) - len(powered):
        figures = {"count": weak, "total": len(attacks)}
        reasons.append(reason("privacy.underpowered", "fair", **figures))
    return worst(one["level"] for one in reasons), [*reasons, *formal]


def _excess(attack: Record) -> float:
    """How far the upper end lies above guessing."""
    high = finite(attack.get("high"))
    return -math.inf if high is None else round(high - baseline_of(attack), 6)


def _of_worst(powered: Sequence[Record]) -> Reason:
    strongest = max(powered, key=_excess)
    level = step(_excess(strongest), ATTACK_GOOD, ATTACK_FAIR)
    figures = _attack_figures(strongest)
    is_trace = level == "good" and figures["low"] > figures["baseline"]
    return reason("privacy.worse" if is_trace else "privacy.attack", level, **figures)


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
    return [reason("privacy.tail", level, **figures, **_named(attack))]


def _copied(scores: Record) -> list[Reason]:
    """What is said of copies: of whole rows, of pictures pixel by pixel, and of near pictures."""
    near = scores.get("copy_rate") or {}
    return [
        *_of_copies("copies", scores.get("exact_copies") or {}, COPY_BARS),
        *_of_copies("near_copies", near, IMAGE_COPY_BARS),
        *_of_exact_pictures(near),
    ]


def _of_copies(code: str, score: Record, bars: tuple[float, float]) -> list[Reason]:
    """A reason where surely more is copied than fresh real data meet by chance."""
    low, (_, chance) = finite(score.get("low")), references(score)
    if low is None or chance is None:
        return []
    level = step(low - chance, *bars)
    figures = {"percent": _percent(score.get("value")), "by_chance": _percent(chance)}
    return [] if level == "good" else [reason(f"privacy.{code}", level, **figures)]


def _of_exact_pictures(score: Record) -> list[Reason]:
    """A reason where virtual pictures are training pictures, pixel by pixel."""
    details = score.get("details") or {}
    n_exact = finite(details.get("n_exact_copies"))
    n_images = finite((details.get("images") or {}).get("virtual"))
    if not n_exact or not n_images:
        return []
    level = step(n_exact / n_images, *COPY_BARS)
    figures = {"count": int(n_exact), "total": int(n_images)}
    return [reason("privacy.exact_pictures", "fair" if level == "good" else level, **figures)]


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
    return step(share - by_chance, *TAIL_BARS[rate])


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
    return [reason("privacy.dp", "good", **figures)]


# What it comes to


def _overall(levels: Mapping[str, Level], reasons: Sequence[Reason]) -> str:
    is_asked = not any(one["code"] == "utility.no_target" for one in reasons)
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


def _use(levels: Mapping[str, Level], kind: str) -> dict[str, Any]:
    fit = [use for use, asks in USES if _reaches(levels, asks)]
    unfit = [use for use, _ in USES if use not in fit]
    if LEVELS.index(levels["privacy"]) < LEVELS.index("fair"):
        fit, unfit = [], ["release"]
    record: dict[str, Any] = {"for": fit or ["nothing"], "not_for": [*unfit, *NEVER]}
    record["text"] = " ".join(
        f"{english(f'use.{side}')}: {_listed(record[side], kind)}." for side in ("for", "not_for")
    )
    return record


def _listed(uses: Sequence[str], kind: str) -> str:
    return "; ".join(english(variant(f"use.{use}", kind)) for use in uses)


def _reaches(levels: Mapping[str, Level], asks: Mapping[str, Level]) -> bool:
    return all(LEVELS.index(levels[about]) >= LEVELS.index(least) for about, least in asks.items())
