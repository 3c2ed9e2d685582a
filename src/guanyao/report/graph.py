"""Names and the relations between them, as inline SVG."""

import math
from collections.abc import Sequence
from typing import TypeAlias

from guanyao.report.draw import short, svg
from guanyao.report.html import Html, svg_text, tag, visible

Point: TypeAlias = tuple[float, float]


def graph(
    names: Sequence[str],
    edges: Sequence[tuple[int, int, float]],
    label: str,
    *,
    is_directed: bool = False,
) -> Html:
    """Names around a circle, and a line for each relation, the thicker the stronger.

    Args:
        names: The nodes in order, clockwise from the top.
        edges: (from, to, strength): places in `names`, and a strength, negative for opposite.
        label: What a screen reader says.
        is_directed: Whether a head shows which way a relation goes.
    """
    radius = max(90.0, 9.0 * len(names))
    middle = (radius + 130.0, radius + 30.0)
    spots = [_spot(i, len(names), radius, middle) for i in range(len(names))]
    most = max((abs(strength) for *_, strength in edges), default=0.0) or 1.0
    weakest_first = sorted(edges, key=lambda edge: abs(edge[2]))
    lines = [_edge(names, edge, spots, middle, most) for edge in weakest_first]
    if is_directed:
        lines += [_head(edge, spots, middle, most) for edge in weakest_first]
    nodes = [_node(name, spot, middle) for name, spot in zip(names, spots, strict=True)]
    return svg(label, *lines, *nodes, width=2 * middle[0], height=2 * middle[1], kind="graph")


def _spot(i: int, n: int, radius: float, middle: Point) -> Point:
    angle = 2 * math.pi * i / max(n, 1) - math.pi / 2
    return middle[0] + radius * math.cos(angle), middle[1] + radius * math.sin(angle)


def _edge(
    names: Sequence[str],
    edge: tuple[int, int, float],
    spots: Sequence[Point],
    middle: Point,
    most: float,
) -> Html:
    """A line bent towards the middle, so that lines between neighbours can be told apart."""
    a, b, strength = edge
    (x1, y1), (x2, y2) = spots[a], spots[b]
    bend = _bend(spots[a], spots[b], middle)
    share = min(abs(strength) / most, 1.0)
    return tag(
        "path",
        tag("title", f"{visible(names[a])} → {visible(names[b])}: {strength:.2f}"),
        d=f"M{x1:.1f} {y1:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {x2:.1f} {y2:.1f}",
        class_="edge minus" if strength < 0 else "edge plus",
        stroke_width=round(0.6 + 5.4 * share, 2),
        stroke_opacity=round(0.15 + 0.75 * share, 2),
    )


def _bend(one: Point, other: Point, middle: Point) -> Point:
    """The point that a line is drawn towards."""
    x, y = (0.35 * m + 0.65 * (p + q) / 2 for m, p, q in zip(middle, one, other, strict=True))
    return x, y


def _head(edge: tuple[int, int, float], spots: Sequence[Point], middle: Point, most: float) -> Html:
    """A triangle on the line, somewhat beyond its middle."""
    a, b, strength = edge
    along, share = 0.62, min(abs(strength) / most, 1.0)
    bend, size = _bend(spots[a], spots[b], middle), 5 + 4 * share
    parts = list(zip(spots[a], bend, spots[b], strict=True))
    x, y = ((1 - along) ** 2 * p + 2 * along * (1 - along) * c + along**2 * q for p, c, q in parts)
    dx, dy = ((1 - along) * (c - p) + along * (q - c) for p, c, q in parts)
    return tag(
        "path",
        d=f"M{size:.1f} 0L{-size / 2:.1f} {size / 1.6:.1f}V{-size / 1.6:.1f}Z",
        transform=f"translate({x:.1f} {y:.1f}) rotate({math.degrees(math.atan2(dy, dx)):.1f})",
        class_="head minus" if strength < 0 else "head plus",
        fill_opacity=round(0.3 + 0.7 * share, 2),
    )


def _node(name: str, spot: Point, middle: Point) -> Html:
    x, y = spot
    is_central = abs(x - middle[0]) < 8
    anchor = "middle" if is_central else "start" if x > middle[0] else "end"
    side = {"start": 9.0, "end": -9.0, "middle": 0.0}[anchor]
    lift = (14.0 if y > middle[1] else -10.0) if is_central else 4.0
    return tag(
        "g",
        tag("title", visible(name)),
        tag("circle", cx=x, cy=y, r=4.5, class_="dot"),
        svg_text(short(name, 20), x=x + side, y=y + lift, text_anchor=anchor),
    )
