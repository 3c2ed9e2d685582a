"""A figure over time, as inline SVG."""

import math
from collections.abc import Sequence

from guanyao.report.draw import HEIGHT, WIDTH, scale, svg
from guanyao.report.html import Html, join, svg_text, tag

_LEFT = 44.0
_BASE = HEIGHT - 20.0
_GRID = 5


def curve(
    points: Sequence[tuple[float, float]],
    other: Sequence[tuple[float, float]] = (),
    *,
    label: str,
    is_log: bool = False,
    from_zero: bool = False,
) -> Html:
    """A figure over time, and perhaps a second one, dashed, on the same scales.

    Args:
        points: (seconds, value), in order of time, at least one.
        other: Points of the second figure.
        label: What a screen reader says.
        is_log: Whether values are placed by orders of magnitude; then all are above 0.
        from_zero: Whether the scale holds 0 whatever the values.
    """
    times = [time for time, _ in (*points, *other)]
    values = [math.log10(v) if is_log else v for _, v in (*points, *other)]
    across = (min(times), max(max(times), min(times) + 1e-9))
    up = scale([*values, 0.0] if from_zero else values, least=_least(values))
    frame = [*_rules(up, is_log=is_log), *_time_axis(across)]
    lines = [
        tag("path", d=_path(line, across, up, is_log=is_log), class_=kind)
        for line, kind in ((other, "line dashed"), (points, "line"))
        if line
    ]
    return svg(label, *frame, *lines, width=WIDTH, height=HEIGHT, kind="curve")


def _least(values: Sequence[float]) -> float:
    """The shortest axis for these values, so that rounding does not look like movement."""
    return max(1e-3 * max(map(abs, values)), 1e-12)


def _path(
    line: Sequence[tuple[float, float]],
    across: tuple[float, float],
    up: tuple[float, float],
    *,
    is_log: bool,
) -> str:
    places = [
        (_x(time, across), _y(math.log10(value) if is_log else value, up)) for time, value in line
    ]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _x(time: float, across: tuple[float, float]) -> float:
    return _LEFT + (WIDTH - _LEFT - 2) * (time - across[0]) / (across[1] - across[0])


def _y(value: float, up: tuple[float, float]) -> float:
    return _BASE - (_BASE - 6) * (value - up[0]) / (up[1] - up[0])


def _rules(up: tuple[float, float], *, is_log: bool) -> list[Html]:
    """Thin lines at round values, each with its number."""
    marks = [(v, math.log10(v)) for v in _round_powers(up)] if is_log else []
    if len(marks) < 2:
        ends = (10 ** up[0], 10 ** up[1]) if is_log else up
        marks = [(v, math.log10(v) if is_log else v) for v in _round_values(ends)]
    return [
        join(
            tag("line", x1=_LEFT, x2=WIDTH, y1=_y(at, up), y2=_y(at, up), class_="axis thin"),
            svg_text(_brief(value), x=_LEFT - 5, y=_y(at, up) + 3.5, text_anchor="end"),
        )
        for value, at in marks
    ]


def _round_values(ends: tuple[float, float]) -> list[float]:
    size = _round_step((ends[1] - ends[0]) / _GRID)
    return [i * size for i in range(math.ceil(ends[0] / size), math.floor(ends[1] / size) + 1)]


def _round_powers(ends: tuple[float, float]) -> list[float]:
    """Powers of ten between two exponents; where these are near each other, also 2 and 5 times."""
    low, high = ends
    factors = (1,) if high - low > 2 else (1, 2, 5)
    exponents = range(math.floor(low), math.ceil(high) + 1)
    found = [f * 10.0**exponent for exponent in exponents for f in factors]
    kept = [value for value in found if low <= math.log10(value) <= high]
    return kept[:: max(1, math.ceil(len(kept) / (_GRID + 1)))]


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * s for s in (1, 2, 5, 10) if power * s >= rough * 0.999)


def _brief(value: float) -> str:
    """A number with few characters, for an axis.

    >>> _brief(0.0002), _brief(1500.0), _brief(0.25)
    ('2e-4', '1,500', '0.25')
    """
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _time_axis(across: tuple[float, float]) -> list[Html]:
    y = _BASE + 14
    return [
        tag("line", x1=_LEFT, x2=WIDTH, y1=_BASE, y2=_BASE, class_="axis"),
        svg_text(duration(across[0]), x=_LEFT, y=y, text_anchor="start"),
        svg_text(duration(across[1]), x=WIDTH - 2, y=y, text_anchor="end"),
    ]


def duration(seconds: float) -> str:
    """A time span for people.

    >>> duration(4.25), duration(75), duration(7300)
    ('4.2 s', '1:15 min', '2:01 h')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"
