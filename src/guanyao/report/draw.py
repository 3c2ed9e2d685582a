"""The pictures of the page as inline SVG: position bars, overlays, heat maps.

Colours are classes, so that one style sheet serves light, dark and print.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from guanyao.report.html import Html, join, svg_both, svg_text, tag, visible
from guanyao.report.texts import TEXTS, number

Record = Mapping[str, Any]
Cells = Mapping[tuple[int, int], float]

WIDTH, HEIGHT = 300, 168
LABEL_CHARS = 15
LEAST_SHARE = 0.05
"""What fills a row of bars at least, so that tiny weights look tiny."""
CLOSE = 60.0
"""Marks nearer than these per cent of a strip share one label."""


def svg(label: str, *shapes: object, width: float, height: float, kind: str) -> Html:
    """A picture that scales with its place; `label` is what a screen reader says."""
    return tag(
        "svg",
        tag("title", label),
        *shapes,
        viewBox=f"0 0 {width:g} {height:g}",
        class_=f"picture {kind}",
        role="img",
    )


def bar(label: str, *shapes: object) -> Html:
    """A strip whose shapes are placed in per cent of its width."""
    return tag("svg", tag("title", label), *shapes, class_="strip", role="img", height=30)


# Strips: one figure on a line


def scale(points: Sequence[float | None], *, least: float) -> tuple[float, float]:
    """The ends of a line that holds all points, at least `least` long, with a little room."""
    known = [point for point in points if point is not None]
    low, high = min(known), max(known)
    room = max(0.04 * (high - low), (least - (high - low)) / 2)
    return low - room, high + room


def strip(marks: Mapping[str, float | None], ends: tuple[float, float], label: str) -> Html:
    """A value with its interval between marks on a line.

    Args:
        marks: `value`, `low`, `high`, `floor`, `ceiling`, `control`, `limit_good`, `limit_fair`.
        ends: What stands at the left and right end (the left may be the larger).
        label: What a screen reader says.
    """
    at = {key: _percent(value, ends) for key, value in marks.items() if value is not None}
    band = _band(at.get("low"), at.get("high"), "band")
    limits = _band(at.get("limit_good"), at.get("limit_fair"), "limit", y=5, height=20)
    lines = [
        tag("line", x1=f"{at[key]:.2f}%", x2=f"{at[key]:.2f}%", y1=4, y2=26, class_=key)
        for key in ("floor", "ceiling")
        if key in at
    ]
    axis = tag("line", x1="0%", x2="100%", y1=15, y2=15, class_="axis")
    return bar(label, axis, limits, band, *lines, _control(at), _dot(at))


def under(labels: Sequence[tuple[float | None, Html]], ends: tuple[float, float]) -> Html:
    """Labels below a strip, each beside its mark; where marks stand close, on one line together."""
    at = sorted((_percent(v, ends), label) for v, label in labels if v is not None)
    if len(at) > 1 and at[-1][0] - at[0][0] < CLOSE:
        return tag("div", Html(" · ".join(label for _, label in at)), class_="ends together")
    return tag("div", *(_label(place, text) for place, text in at), class_="ends")


def _label(place: float, text: Html) -> Html:
    side, gap = ("left", place) if place < 50 else ("right", 100 - place)
    return tag("span", text, style=f"{side}:{gap:.1f}%")


def _percent(value: float, ends: tuple[float, float]) -> float:
    share = (value - ends[0]) / (ends[1] - ends[0])
    return 100 * min(max(share, 0.0), 1.0) + 0.0  # never -0.0


def _band(
    a: float | None, b: float | None, kind: str, *, y: int = 10, height: int = 10
) -> Html | None:
    if a is None or b is None:
        return None
    x, width = min(a, b), max(abs(b - a), 0.4)
    return tag("rect", x=f"{x:.2f}%", width=f"{width:.2f}%", y=y, height=height, rx=2, class_=kind)


def _dot(at: Mapping[str, float]) -> Html | None:
    return (
        tag("circle", cx=f"{at['value']:.2f}%", cy=15, r=5.5, class_="dot")
        if "value" in at
        else None
    )


def _control(at: Mapping[str, float]) -> Html | None:
    """A hollow diamond; a nested svg because shapes of points know no per cent."""
    if "control" not in at:
        return None
    diamond = tag("path", d="M0 -5 5 0 0 5 -5 0Z", class_="control")
    return tag("svg", diamond, x=f"{at['control']:.2f}%", y=15, overflow="visible")


# Overlays: one column


def overlay(column: Record, label: str) -> Html:
    """Real and virtual shares of one column over each other."""
    if column.get("kind") == "category":
        shapes, height = _levels(column)
        return svg(label, *shapes, width=WIDTH, height=height, kind="levels")
    return svg(label, *_numbers(column), width=WIDTH, height=HEIGHT, kind="numbers")


def _levels(column: Record) -> tuple[list[Html], float]:
    """One row a level, a pale wide bar for real and a narrow one for virtual; and the height."""
    rows = [(str(row["level"]), row) for row in column.get("levels", ())]
    rows += [(key, column[key]) for key in ("other", "lost") if any(column.get(key, {}).values())]
    most = max((max(row["holdout"], row["virtual"]) for _, row in rows), default=0.0) or 1.0
    height = min(24.0, HEIGHT / max(len(rows), 1))
    named = len(column.get("levels", ()))
    drawn = [
        _level(name, row, y=i * height, height=height, most=most, is_level=i < named)
        for i, (name, row) in enumerate(rows)
    ]
    return drawn, height * max(len(rows), 1)


def _level(name: str, row: Record, *, y: float, height: float, most: float, is_level: bool) -> Html:
    left, room = 106.0, 128.0
    middle = y + height / 2
    wide, narrow = height * 0.74, height * 0.30
    figures = f"{_share(row['holdout'])} / {_share(row['virtual'])}"
    place: dict[str, Any] = {"x": left - 6, "y": middle + 3.4, "text_anchor": "end"}
    key = {"other": "mark.other", "lost": "mark.missing"}.get(name, "")
    head = svg_text(short(name), **place) if is_level else svg_both(*TEXTS[key], **place)
    return tag(
        "g",
        tag("title", f"{visible(name)}: {figures}"),
        head,
        _bar(left, middle - wide / 2, room * row["holdout"] / most, wide, "real"),
        _bar(left, middle - narrow / 2, room * row["virtual"] / most, narrow, "virtual"),
        svg_text(_share(row["virtual"]), kind="amount", x=WIDTH, y=middle + 3.4, text_anchor="end"),
    )


def _bar(x: float, y: float, width: float, height: float, kind: str) -> Html:
    return tag("rect", x=x, y=y, width=max(width, 0.6), height=height, class_=kind)


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def short(name: str, chars: int = LABEL_CHARS) -> str:
    """The name cut to so many places; a Chinese character takes two (1.7, in fact)."""
    name, used = visible(name), 0.0
    for i, char in enumerate(name):
        used += 1.7 if ord(char) > 0x2E80 else 1.0
        if used > chars:
            return name[:i].rstrip() + "…"
    return name


def _numbers(column: Record) -> list[Html]:
    """Spikes on the left on a scale of their own, then the histogram."""
    spikes, edges = column.get("spikes") or [], column.get("edges") or []
    left = 34.0 * len(spikes) + (10.0 if spikes else 0.0)
    room = WIDTH - left if len(edges) > 1 else 0.0
    shapes = [_spike(spike, 34.0 * i, column) for i, spike in enumerate(spikes)]
    return [*shapes, *(_histogram(column, left, room) if room else [])]


_BASE = HEIGHT - 20.0
_TOP = 14.0


def _spike(spike: Record, x: float, column: Record) -> Html:
    tall = _BASE - _TOP
    name = tick(spike["value"], column, 0.0)
    figures = f"{_share(spike['holdout'])} / {_share(spike['virtual'])}"
    heights = {part: tall * spike[part] for part in ("holdout", "virtual")}
    return tag(
        "g",
        tag("title", f"{name}: {figures}"),
        _bar(x + 4, _BASE - heights["holdout"], 22, heights["holdout"], "real"),
        _bar(x + 11, _BASE - heights["virtual"], 8, heights["virtual"], "virtual"),
        tag("line", x1=x, x2=x + 30, y1=_BASE, y2=_BASE, class_="axis"),
        svg_text(short(name, 6), x=x + 15, y=_BASE + 14, text_anchor="middle"),
    )


def _histogram(column: Record, left: float, room: float) -> list[Html]:
    edges = column["edges"]
    widths = [b - a for a, b in pairwise(edges)]
    real, virtual = (
        [share / width for share, width in zip(column[part], widths, strict=True)]
        for part in ("holdout", "virtual")
    )
    most = max(*real, *virtual, 0.0) or 1.0
    xs = [left + room * (edge - edges[0]) / (edges[-1] - edges[0]) for edge in edges]
    line_of = [_steps(xs, [v / most for v in part]) for part in (real, virtual)]
    span = edges[-1] - edges[0]
    half = 0.5 if column.get("is_whole") else 0.0  # whole numbers stand in the middle of bins
    ends = [(edges[0] + half, left, "start"), (edges[-1] - half, WIDTH, "end")]
    return [
        tag("path", d=f"M{xs[0]:.1f} {_BASE:.1f}{line_of[0]}V{_BASE:.1f}Z", class_="real"),
        tag("path", d=f"M{xs[0]:.1f} {_BASE:.1f}{line_of[1]}V{_BASE:.1f}", class_="line"),
        tag("line", x1=left, x2=WIDTH, y1=_BASE, y2=_BASE, class_="axis"),
        *(
            svg_text(tick(edge, column, span), x=x, y=_BASE + 14, text_anchor=anchor)
            for edge, x, anchor in ends
        ),
    ]


def _steps(xs: Sequence[float], heights: Sequence[float]) -> str:
    tall = _BASE - _TOP
    return "".join(
        f"V{_BASE - tall * height:.1f}H{x:.1f}" for height, x in zip(heights, xs[1:], strict=True)
    )


def tick(value: float, column: Record, span: float) -> str:
    """A place on the axis as a person writes it.

    Args:
        value: The place; dates and times in microseconds.
        column: The overlay, for its kind.
        span: Length of the axis, in the same unit; it decides how many digits are shown.
    """
    kind = column.get("kind")
    if kind in ("date", "datetime", "time"):
        return _moment(value, str(kind))
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{int(value):,}"
    digits = max(0, 2 - math.floor(math.log10(span))) if span and span < 1e3 else 0
    return f"{value:.3g}" if abs(value) >= 1e6 else f"{value:.{min(digits, 6)}f}"


def _moment(microseconds: float, kind: str) -> str:
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    except OverflowError:  # beyond the years 1 to 9999, which only a column's outliers reach
        return number(microseconds)
    return moment.strftime("%H:%M" if kind == "time" else "%Y-%m-%d")


# Heat maps: all pairs of columns


def heat_map(
    names: Sequence[str], cells: Cells, *, label: str, kind: str, most: float = 1.0
) -> Html:
    """The lower triangle of a square of pairs; names stand on the diagonal.

    Args:
        names: The columns in order.
        cells: (row, column) with row > column -> strength, -`most` to `most`.
        label: What a screen reader says.
        kind: A class for the colours.
        most: The strength that is drawn darkest.
    """
    n = len(names)
    side = 340.0 if n <= 20 else 640.0
    size = (side - 92) / max(n, 1)
    font = min(11.0, max(size * 0.86, 6.0))
    marks = [_cell(names, place, value, size, most) for place, value in cells.items()]
    labels = [
        svg_text(
            short(name, 16),
            x=i * size + 4,
            y=(i + 0.5) * size + font * 0.35,
            style=f"font-size:{font:.1f}px",
        )
        for i, name in enumerate(names)
    ]
    return svg(label, *marks, *labels, width=side, height=n * size + 2, kind=f"heat {kind}")


def _cell(
    names: Sequence[str], place: tuple[int, int], value: float, size: float, most: float
) -> Html:
    row, column = place
    strength = min(abs(value) / most, 1.0)
    title = f"{visible(names[row])} × {visible(names[column])}: {value:.2f}"
    return tag(
        "rect",
        tag("title", title),
        x=column * size,
        y=row * size,
        width=size - 1,
        height=size - 1,
        class_="minus" if value < 0 else "plus",
        fill_opacity=round(0.05 + 0.95 * strength, 2),
    )


def legend(*marks: tuple[str, object]) -> Html:
    """What the colours mean: (class, text) one beside the other."""
    return tag(
        "p",
        *(
            tag("span", tag("i", class_=f"swatch {kind}"), text, class_="mark")
            for kind, text in marks
        ),
        class_="legend",
    )


def shares(rows: Sequence[tuple[str, float]], label: str) -> Html:
    """Horizontal bars, the longest first; names are the user's."""
    most = max([LEAST_SHARE, *(value for _, value in rows)])
    shapes = [
        join(
            svg_text(short(name, 20), x=130, y=18 * i + 13, text_anchor="end"),
            _bar(138, 18 * i + 3, 310 * max(value, 0.0) / most, 12, "virtual"),
            svg_text(number(value), kind="amount", x=500, y=18 * i + 13, text_anchor="end"),
        )
        for i, (name, value) in enumerate(rows)
    ]
    return svg(label, *shapes, width=500, height=18 * len(rows) + 4, kind="shares")
