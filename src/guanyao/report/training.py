"""How a model was trained: its losses and other figures over time."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from guanyao.report.curve import curve as draw_curve
from guanyao.report.curve import duration
from guanyao.report.frame import Part, how
from guanyao.report.grading import finite, kind_of
from guanyao.report.html import Html, both, join, say, say_of, table, tag
from guanyao.report.texts import name_of, number

Record = Mapping[str, Any]
Points = Sequence[tuple[float, float]]

MAX_POINTS = 200
"""Points of a curve; more are averaged."""
LOG_FROM = 20.0
"""A curve whose largest value is so many times its smallest is drawn on a logarithmic scale."""
ALIKE = 5.0
"""A validation loss within this factor of the loss is drawn over it."""


@dataclass(frozen=True)
class Curve:
    """One figure over time.

    Args:
        name: Its key in `texts` or its own name.
        points: (seconds, value), in order of time.
        other: A second curve on the same scale, dashed.
        is_loss: Whether only its change counts; otherwise the scale goes from 0 and is linear.
    """

    name: tuple[str, str]
    points: Points
    other: Points = ()
    is_loss: bool = True


def curves(report: Record) -> Part | None:
    """The section on training: curves of every stage, a table of them, what went wrong."""
    told = report.get("training") or {}
    epochs = [e for e in told.get("epochs") or [] if isinstance(e, Mapping)]
    if not epochs:
        return None
    stages = [_stage(name, rows) for name, rows in stages_of(epochs).items()]
    summary = _summary(epochs, told.get("precision") or {}, kind_of(report))
    body = join(*stages, _trouble(told), summary, how("part.training.how"))
    return Part("training", body)


def stages_of(epochs: Sequence[Record]) -> dict[str, list[Record]]:
    """The epochs of each stage, in order."""
    found: dict[str, list[Record]] = {}
    for epoch in epochs:
        found.setdefault(str(epoch.get("stage") or "–"), []).append(epoch)
    return found


def _stage(name: str, epochs: Sequence[Record]) -> Html | None:
    drawn = [_figure(curve) for curve in curves_of(epochs)]
    if not drawn:
        return None
    title = tag("h3", say("caption.curves", stage=_named("stage", name)))
    return tag("div", title, tag("div", *drawn, class_="grid"), class_="stage")


def _named(family: str, name: str) -> Html:
    return both(*name_of(family, name))


def curves_of(epochs: Sequence[Record]) -> list[Curve]:
    """What there is to draw of the epochs of one stage, losses first."""
    losses = {name: points for name in _losses(epochs) if (points := _loss(epochs, name))}
    checked = _points(epochs, "validation")
    first = next(iter(losses), None)
    beside = first if first is not None and _are_alike(losses[first], checked) else None
    found = [
        Curve(name_of("loss", name), points, checked if name == beside else ())
        for name, points in losses.items()
    ]
    others = ("diversity", "rate") if beside is not None else ("validation", "diversity", "rate")
    found += [
        Curve(name_of("curve", key), _points(epochs, key), is_loss=key == "validation")
        for key in others
    ]
    return [curve for curve in found if len(curve.points) > 1]


def _losses(epochs: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(name for epoch in epochs for name in epoch.get("losses") or {}))


def _loss(epochs: Sequence[Record], name: str) -> Points:
    return _known((epoch.get("seconds"), (epoch.get("losses") or {}).get(name)) for epoch in epochs)


def _points(epochs: Sequence[Record], key: str) -> Points:
    return _known((epoch.get("seconds"), epoch.get(key)) for epoch in epochs)


def _known(pairs: Iterable[tuple[object, object]]) -> Points:
    """The pairs of two finite numbers."""
    found = [(finite(time), finite(value)) for time, value in pairs]
    return [(time, value) for time, value in found if time is not None and value is not None]


def _are_alike(losses: Points, checked: Points) -> bool:
    """Whether two curves can stand on one scale."""
    if len(checked) < 2:
        return False
    one, other = (median(value for _, value in points) for points in (losses, checked))
    return one * other > 0 and 1 / ALIKE <= other / one <= ALIKE


def thinned(points: Points) -> Points:
    """At most `MAX_POINTS` points, each the mean of its neighbours; the last one stays."""
    size = math.ceil(len(points) / MAX_POINTS)
    if size <= 1:
        return points
    groups = [points[i : i + size] for i in range(0, len(points) - 1, size)]
    means = [(group[-1][0], sum(value for _, value in group) / len(group)) for group in groups]
    return [*means, points[-1]]


def _figure(curve: Curve) -> Html:
    is_log = curve.is_loss and is_logarithmic([*curve.points, *curve.other])
    last = tag("b", number(curve.points[-1][1]))
    fit = tag("span", last, join(" · ", say("curve.log")) if is_log else None, class_="fit")
    return tag(
        "figure",
        tag("figcaption", tag("h4", both(*curve.name)), fit),
        draw_curve(
            thinned(curve.points),
            thinned(curve.other),
            label=f"{curve.name[0]}: {number(curve.points[0][1])} – {number(curve.points[-1][1])}",
            is_log=is_log,
            from_zero=not curve.is_loss,
        ),
        _dashed(curve.other),
        class_="column",
    )


def _dashed(other: Points) -> Html | None:
    return tag("p", say("curve.dashed", value=other[-1][1]), class_="gaps") if other else None


def is_logarithmic(points: Points) -> bool:
    """Whether the values of a curve are better seen by their orders of magnitude."""
    values = [value for _, value in points]
    return min(values) > 0 and max(values) > LOG_FROM * min(values)


def _trouble(told: Record) -> Html | None:
    found = told.get("warnings") or []
    if not found:
        return None
    listed = tag("ul", *(tag("li", str(line)) for line in found))
    return tag("div", tag("p", say("training.trouble")), listed, class_="caution")


def _summary(epochs: Sequence[Record], precision: Record, kind: str) -> Html:
    heads = ("stage", "epochs", "steps", "seconds", "rows_a_second", "precision", "last_losses")
    rows, began = [], 0.0
    for name, of_stage in stages_of(epochs).items():
        rows.append(_summary_row(name, of_stage, str(precision.get(name) or "–"), began))
        began = finite(of_stage[-1].get("seconds")) or began
    named = [say_of(kind, f"head.{head}") for head in heads]
    return table(say("caption.training"), list(named), rows)


def _summary_row(name: str, epochs: Sequence[Record], precision: str, began: float) -> list[object]:
    last = epochs[-1]
    speeds = [v for e in epochs if (v := finite(e.get("rows_per_s"))) is not None]
    ended = finite(last.get("seconds"))
    losses = (last.get("losses") or {}).items()
    shown = [join(both(*name_of("loss", key)), f" {number(finite(v))}") for key, v in losses]
    return [
        _named("stage", name),
        number(last.get("epoch")),
        number(last.get("step")),
        "–" if ended is None else duration(ended - began),
        number(round(median(speeds)) if speeds else None),
        precision,
        Html("<br>".join(shown)) if shown else "–",
    ]
