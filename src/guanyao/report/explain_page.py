"""What a generator learned, as one page of sections: pictures, tables, graphs, bars."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guanyao.report import draw
from guanyao.report.frame import Part, page
from guanyao.report.grading import finite
from guanyao.report.graph import graph as draw_graph
from guanyao.report.html import Html, both, join, say, say_of, table, tag, user
from guanyao.report.pictures import picture
from guanyao.report.texts import TEXTS, number, variant

Record = Mapping[str, Any]

MAX_EDGES = 60
"""Relations that are drawn; the strongest are taken."""
MAX_BARS = 20


def render_explain(facts: Record) -> str:
    """What a generator learned, as one self-contained HTML file, in English and Chinese.

    Args:
        facts: `model` (its name), `kind` ("images", "table", or "tune" for a search of settings)
            and `sections`, each with a heading and any of the contents below, in this order. A
            wording is a key of `texts`, a pair (English, Chinese), or text that stands in both
            languages as it is. `version` and `run` may be told for the last line.

            - `title` (or `title_key`): a wording.
            - `is_real`: whether real pictures or rows are shown; then a note says so.
            - `text`: a wording.
            - `png`: a PNG file as bytes, or a sequence of (wording or None, file).
            - `table`: `heads` (wordings) and `rows` (wordings or numbers), perhaps `caption`.
            - `bars`: {name: amount}, the longest are drawn.
            - `graph`: `nodes` (names) and `edges`, each (from, to, strength) by name;
              `is_directed` where it matters which way they go.
            - `how`: a wording, how to read it.

    Returns:
        HTML that loads nothing from outside.

    Raises:
        DataError: A picture is no PNG file.
    """
    found = facts.get("sections") or []
    parts = [_section(place, one) for place, one in enumerate(found, start=1)]
    kind = str(facts.get("kind") or "table")
    title = variant("explain.title", kind)
    lead = say_of(kind, "explain.lead", model=str(facts.get("model") or "–"))
    nothing = Part("nothing", tag("p", say("explain.nothing")), say(title))
    version = str(facts.get("version") or "–")
    footer = say("page.footer", version=version, run=str(facts.get("run") or "–"))
    return page(title, lead, parts or [nothing], footer)


def _section(place: int, one: Record) -> Part:
    given = one.get("title") or one.get("title_key")
    title = worded(given) if given else say("explain.section", count=place)
    body = join(
        tag("p", say("explain.real"), class_="danger") if one.get("is_real") else None,
        tag("p", worded(one["text"]), class_="lead") if one.get("text") else None,
        *_pictures(one.get("png") or (), given),
        _table(one.get("table") or {}, title),
        _bars(one.get("bars") or {}),
        _graph(one.get("graph") or {}),
        _how(one.get("how")),
    )
    return Part(f"part-{place}", body, title)


def worded(value: object) -> Html:
    """A wording in both languages."""
    if isinstance(value, str) and value in TEXTS:
        return say(value)
    if isinstance(value, list | tuple) and len(value) == 2:
        return both(str(value[0]), str(value[1]))
    return user(value)


def _plain(value: object) -> str:
    """A wording as plain text, for a screen reader."""
    pair = TEXTS.get(value) if isinstance(value, str) else value
    if isinstance(pair, list | tuple) and len(pair) == 2:
        return " · ".join(map(str, pair))
    return str(value or "")


def _how(value: object) -> Html | None:
    if not value:
        return None
    return tag("p", tag("strong", say("page.how")), " ", worded(value), class_="how")


def _pictures(given: bytes | Sequence[tuple[object, bytes]], title: object) -> list[Html]:
    """The files, each with its caption."""
    if not given:
        return []
    files = [(None, given)] if isinstance(given, bytes) else given
    return [
        tag(
            "figure",
            tag("figcaption", tag("h3", worded(caption))) if caption else None,
            picture(file, "explain.alt", title=_plain(caption or title)),
            class_="sheet",
        )
        for caption, file in files
    ]


def _table(given: Record, title: Html) -> Html | None:
    if not given:
        return None
    rows = [[_cell(cell) for cell in row] for row in given.get("rows") or []]
    heads: list[object] = [worded(head) for head in given.get("heads") or []]
    caption = worded(given["caption"]) if given.get("caption") else title
    return table(caption, heads, rows, kind="narrow")


def _cell(value: object) -> object:
    """A number with four digits that count, or a wording."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return worded(value)
    is_plain = isinstance(value, int) or abs(value) >= 1000
    return number(value) if is_plain or not math.isfinite(value) else f"{value:.4g}"


def _bars(given: Mapping[str, object]) -> Html | None:
    known = [(str(name), v) for name, one in given.items() if (v := finite(one)) is not None]
    shown = sorted(known, key=lambda row: -row[1])[:MAX_BARS]
    if not shown:
        return None
    return tag("figure", draw.shares(shown, ", ".join(name for name, _ in shown)), class_="telling")


@dataclass(frozen=True)
class Graph:
    """Names and the relations between them.

    Args:
        names: The nodes.
        edges: (from, to, strength) by place, the strongest first.
    """

    names: Sequence[str]
    edges: Sequence[tuple[int, int, float]]


def graph_of(given: Record) -> Graph:
    """The graph of a section; relations of unknown names or strengths are left out."""
    names = [str(name) for name in given.get("nodes") or []]
    place = {name: i for i, name in enumerate(names)}
    edges = [
        (place[str(a)], place[str(b)], strength)
        for a, b, value in given.get("edges") or []
        if (strength := finite(value)) is not None and {str(a), str(b)} <= place.keys()
    ]
    return Graph(names, sorted(edges, key=lambda edge: -abs(edge[2])))


def _graph(given: Record) -> Html | None:
    graph = graph_of(given)
    if not graph.names:
        return None
    shown, total = graph.edges[:MAX_EDGES], len(graph.edges)
    caption = say("explain.graph", n_nodes=len(graph.names), n_edges=total)
    label = f"{len(graph.names)} × {total}"
    more = say("explain.graph_more", shown=len(shown), total=total) if len(shown) < total else None
    return tag(
        "figure",
        tag("figcaption", tag("h3", caption)),
        draw_graph(graph.names, shown, label, is_directed=bool(given.get("is_directed"))),
        tag("p", more, class_="gloss") if more else None,
        class_="map wide",
    )
