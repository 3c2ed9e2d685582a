"""The sections on quality: key figures, columns, pairs of columns, detection and utility."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guanyao.report import draw
from guanyao.report.frame import Part, how
from guanyao.report.grading import (
    Level,
    RatioBar,
    finite,
    graded,
    is_rising,
    position,
    references,
    stretched,
    times_real,
)
from guanyao.report.html import Html, both, join, say, say_of, table, tag, user
from guanyao.report.texts import TEXTS, name_of, number, variant
from guanyao.report.verdict import bar_of

Record = Mapping[str, Any]

MAX_COLUMNS = 40
N_WORST_PAIRS = 10
N_TELLING = 12
LEAST_DIFFERENCE = 0.25
"""A difference of this strength is drawn darkest, unless there are larger ones."""
LEAST_SPAN = 0.05
"""A strip is at least so long, so that references that nearly coincide do not look far apart."""


# Key figures


def figures(scores: Sequence[Record], kind: str = "table") -> Part | None:
    """Every score that is not a mere diagnostic, between its floor and ceiling."""
    shown = [score for score in scores if score.get("kind") != "diagnostic"]
    if not shown:
        return None
    rows = tag("div", *(figure(score, kind) for score in shown), class_="figures")
    return Part("figures", join(key_of(kind), rows, how(variant("part.figures.how", kind))))


def key_of(kind: str) -> Html:
    """What the marks of a strip mean."""
    return draw.legend(
        ("dot", say("mark.virtual")),
        ("band", say("mark.interval")),
        ("floor", say_of(kind, "mark.floor")),
        ("ceiling", say_of(kind, "mark.ceiling")),
    )


def figure(score: Record, kind: str = "table") -> Html:
    """One score: name, strip and value."""
    name = str(score.get("name"))
    english, chinese = name_of("score", name)
    gloss = _gloss(f"score.{name}.what", kind)
    head = tag("div", tag("h3", both(english, chinese)), gloss)
    strip = _strip(score, english, kind)
    return tag("div", head, strip, _value(score, kind), class_="figure", id=name)


def _gloss(key: str, kind: str) -> Html | None:
    return tag("p", say_of(kind, key), class_="gloss") if key in TEXTS else None


def _strip(score: Record, label: str, kind: str) -> Html:
    value = finite(score.get("value"))
    floor, ceiling = references(score)
    if value is None:
        return tag("p", "–", class_="none")
    ends, marks = ends_of([score]), marks_of(score)
    said = f"{label}: {number(value)}, floor {number(floor)}, ceiling {number(ceiling)}"
    labels = [
        (marks["floor"], join(say_of(kind, "mark.floor"), " ", number(floor))),
        (marks["ceiling"], join(say_of(kind, "mark.ceiling"), " ", number(ceiling))),
    ]
    return tag("div", draw.strip(marks, ends, said), draw.under(labels, ends), class_="strip-box")


def marks_of(score: Record) -> dict[str, float | None]:
    """Where the marks of a score stand, on the scale that it is drawn on."""
    floor, ceiling = references(score)
    points = {key: finite(score.get(key)) for key in ("value", "low", "high")}
    points |= {"floor": floor, "ceiling": ceiling}
    return {key: None if v is None else stretched(score, v) for key, v in points.items()}


def ends_of(scores: Sequence[Record]) -> tuple[float, float]:
    """The ends of one line for these scores of one name; the better end is on the right."""
    points = [point for score in scores for point in marks_of(score).values()]
    low, high = draw.scale(points, least=LEAST_SPAN)
    return (low, high) if is_rising(scores[0]) else (high, low)


def _value(score: Record, kind: str) -> Html:
    way = _way(score, kind)
    return tag(
        "div",
        tag("p", number(finite(score.get("value"))), class_="big"),
        tag("p", interval(score), class_="interval"),
        tag("p", way, class_="way") if way else None,
        _level(score, kind),
        class_="value",
    )


def _way(score: Record, kind: str) -> Html | None:
    """How far the score comes: on its way between the references, or beside the real one."""
    name, place = str(score.get("name")), position(score)
    if isinstance(bar_of(name, kind), RatioBar):
        return _beside_real(score)
    if place is None or (kind == "images" and name != "tstr"):
        return None
    return say("mark.of_way", percent=percent(place))


def _beside_real(score: Record) -> Html | None:
    times = times_real(score)
    if times is None:
        return None
    if is_rising(score):
        return say("mark.share_of_real", percent=round(100 * times))
    return say("mark.times", times=Html(number(times, 1)))


def percent(place: float) -> int:
    """A position in whole per cent; noise may carry it a little beyond its references."""
    return round(100 * min(max(place, 0.0), 1.0))


def _level(score: Record, kind: str) -> Html | None:
    bar = bar_of(str(score.get("name")), kind)
    level = graded(bar, score) if bar else "unknown"
    return chip(level) if level != "unknown" else None


def interval(record: Record) -> Html | None:
    """The interval as low – high, or nothing."""
    low, high = finite(record.get("low")), finite(record.get("high"))
    return None if low is None or high is None else Html(f"{number(low)} – {number(high)}")


def chip(level: Level) -> Html:
    """A level as a word with a sign of its own, so that colour is not all that tells it."""
    return tag("span", tag("i", aria_hidden="true"), say(f"level.{level}"), class_=f"chip {level}")


# Column by column


def columns(charts: Record) -> Part | None:
    """The overlays of all columns, worst first, with a search."""
    drawn = charts.get("columns") or []
    if not drawn:
        return None
    key = draw.legend(("real", say("mark.real")), ("virtual", say("mark.virtual")))
    grid = tag("div", *(_column(column) for column in drawn), class_="grid", id="grid")
    empty = tag("p", say("part.columns.empty"), id="empty", hidden=True, role="status")
    note = how("part.columns.how", min_rows=charts.get("min_rows", 10))
    return Part("columns", join(_filter(), key, _count(charts), grid, empty, note, _anew(charts)))


def _filter() -> Html:
    kinds = [("all", "true"), ("numbers", "false"), ("categories", "false")]
    buttons = [
        tag("button", say(f"part.columns.{kind}"), type="button", data_kind=kind, aria_pressed=on)
        for kind, on in kinds
    ]
    search = tag("input", type="search", id="search", autocomplete="off", spellcheck="false")
    label = tag("label", say("part.columns.search"), search)
    return tag("div", label, tag("span", *buttons, class_="group"), class_="filter js")


def _count(charts: Record) -> Html | None:
    shown, total = len(charts["columns"]), charts.get("n_columns", len(charts["columns"]))
    if shown >= total:
        return None
    return tag("p", say("part.columns.count", shown=shown, total=total))


def _anew(charts: Record) -> Html | None:
    names = charts.get("written_anew") or []
    listed = Html(", ".join(user(name) for name in names))
    return tag("p", say("part.columns.anew", names=listed)) if names else None


def _column(column: Record) -> Html:
    name, kind = str(column.get("name")), column.get("kind")
    value, reference = number(column.get("value")), number(column.get("reference"))
    fit = tag("span", tag("b", value), f" / {reference}", class_="fit")
    label = f"{name}: {value} / {reference}"
    return tag(
        "figure",
        tag("figcaption", tag("h3", user(name)), fit),
        draw.overlay(column, label),
        _gaps(column),
        class_="column",
        data_name=name.lower(),
        data_kind="categories" if kind == "category" else "numbers",
    )


def _gaps(column: Record) -> Html | None:
    """The shares that the picture leaves out: missing values and those beyond its range."""
    missing = column.get("missing") or {}
    if column.get("kind") == "category" or not (missing.get("holdout") or missing.get("virtual")):
        return None
    shares = [f"{100 * float(missing.get(part) or 0):.1f} %" for part in ("holdout", "virtual")]
    return tag("p", say("mark.missing"), " ", " / ".join(shares), class_="gaps")


# Pairs of columns


def pairs(scores: Sequence[Record]) -> Part | None:
    """The heat maps of real, virtual and their difference, and the pairs that differ most."""
    known = [pair for pair in _pairs_of(scores) if _differs(pair) is not None]
    if not known:
        return None
    names = list(dict.fromkeys(name for pair in known for name in pair["columns"]))
    shown = _most_different(names, known)
    maps = tag("div", *_maps(shown, known), class_="maps")
    count = say("part.pairs.count", shown=len(shown), total=len(names))
    note = tag("p", count) if len(shown) < len(names) else None
    key = draw.legend(("plus", say("mark.plus")), ("minus", say("mark.minus")))
    return Part("pairs", join(note, key, maps, how("part.pairs.how"), _worst_pairs(known)))


def _pairs_of(scores: Sequence[Record]) -> list[Record]:
    for score in scores:
        if score.get("name") == "pair_trends":
            found = (score.get("details") or {}).get("pairs") or []
            return [{**pair, "columns": _both_names(pair)} for pair in found]
    return []


def _both_names(pair: Record) -> list[str]:
    names = pair.get("columns") or (pair.get("a"), pair.get("b"))
    return [str(name) for name in names]


def _differs(pair: Record) -> float | None:
    real, virtual = finite(pair.get("real")), finite(pair.get("virtual"))
    return None if real is None or virtual is None else virtual - real


def _most_different(names: list[str], known: Sequence[Record]) -> list[str]:
    if len(names) <= MAX_COLUMNS:
        return names
    total = dict.fromkeys(names, 0.0)
    for pair in known:
        for name in pair["columns"]:
            total[name] += abs(_differs(pair) or 0.0)
    chosen = set(sorted(names, key=lambda name: -total[name])[:MAX_COLUMNS])
    return [name for name in names if name in chosen]


def _maps(names: Sequence[str], known: Sequence[Record]) -> list[Html]:
    place = {name: i for i, name in enumerate(names)}
    cells: dict[str, dict[tuple[int, int], float]] = {"real": {}, "virtual": {}, "difference": {}}
    for pair in known:
        a, b = (place.get(name) for name in pair["columns"])
        if a is None or b is None or a == b:
            continue
        where = (max(a, b), min(a, b))
        cells["real"][where], cells["virtual"][where] = float(pair["real"]), float(pair["virtual"])
        cells["difference"][where] = _differs(pair) or 0.0
    size = "wide" if len(names) > 20 else ""
    return [_map(names, part, cells[part], size) for part in cells]


def _map(
    names: Sequence[str], part: str, cells: Mapping[tuple[int, int], float], size: str
) -> Html:
    most = max([LEAST_DIFFERENCE, *map(abs, cells.values())]) if part == "difference" else 1.0
    caption = join(say(f"mark.{part}"), f" (± {number(most, 2)})" if part == "difference" else None)
    picture = draw.heat_map(names, cells, label=f"pairs, {part}", kind=part, most=most)
    return tag(
        "figure", tag("figcaption", tag("h3", caption)), picture, class_=f"map {size}".strip()
    )


def _worst_pairs(known: Sequence[Record]) -> Html:
    worst = sorted(known, key=lambda pair: -abs(_differs(pair) or 0.0))[:N_WORST_PAIRS]
    rows: list[list[object]] = [
        [
            join(user(pair["columns"][0]), " × ", user(pair["columns"][1])),
            f"{pair['real']:.2f}",
            f"{pair['virtual']:.2f}",
            f"{_differs(pair) or 0.0:+.2f}",
        ]
        for pair in worst
    ]
    heads = [say(f"head.{head}") for head in ("pair", "real", "virtual", "difference")]
    return table(say("part.pairs.worst"), list(heads), rows, kind="narrow")


# Detection and utility


def detection(scores: Sequence[Record]) -> Part | None:
    """What gives virtual rows away, and more figures on detection and utility."""
    chosen = [score for score in scores if score.get("name") == "c2st_auc" or _is_utility(score)]
    if not chosen:
        return None
    telling = next(filter(None, map(_telling, chosen)), None)
    rows = [row for score in chosen for row in more(score)]
    heads: list[object] = [say("head.figure"), say("head.value")]
    details = table(say("caption.details"), heads, rows, kind="narrow") if rows else None
    listed = measured(chosen)
    return Part("detection", join(listed, telling, details, how("part.detection.how")))


def _is_utility(score: Record) -> bool:
    return score.get("kind") == "utility"


def measured(scores: Sequence[Record], kind: str = "table") -> Html:
    """The scores in a table, each beside its references."""
    heads = ("figure", "value", "interval", "floor", "ceiling")
    rows: list[list[object]] = []
    for score in scores:
        floor, ceiling = references(score)
        values = [number(finite(score.get("value"))), interval(score) or "–"]
        rows.append([score_name(score), *values, number(floor), number(ceiling)])
    return table(say("caption.measured"), [say_of(kind, f"head.{head}") for head in heads], rows)


def score_name(score: Record) -> Html:
    """The score's name in both languages."""
    return both(*name_of("score", score.get("name")))


def _telling(score: Record) -> Html | None:
    """The columns that a classifier tells virtual rows by, most telling first."""
    ranked = sorted(_importances(score.get("details") or {}), key=lambda row: -row[1])[:N_TELLING]
    if not ranked:
        return None
    caption = tag("figcaption", tag("h3", say("part.detection.telling")))
    picture = draw.shares(ranked, "most telling columns")
    return tag("figure", caption, picture, class_="telling")


def _importances(details: Record) -> Iterable[tuple[str, float]]:
    """(column, weight) pairs from a mapping or a list of records, whichever was stored."""
    stored: Any = next((details[key] for key in _TELLING_KEYS if details.get(key)), {})
    if isinstance(stored, Mapping):
        found = [(str(name), finite(value)) for name, value in stored.items()]
    else:
        found = [_importance(row) for row in stored]
    return [(name, value) for name, value in found if value is not None and value > 0]


_TELLING_KEYS = ("telling", "importance", "importances", "columns")


def _importance(row: object) -> tuple[str, float | None]:
    if isinstance(row, Mapping):
        value = next((row[key] for key in ("importance", "value", "weight") if key in row), None)
        return str(row.get("column", row.get("name", ""))), finite(value)
    if isinstance(row, list | tuple) and len(row) == 2:
        return str(row[0]), finite(row[1])
    return str(row), None


def more(score: Record) -> list[list[object]]:
    """The plain figures among a score's details."""
    details = score.get("details") or {}
    return [
        [join(score_name(score), " · ", both(*name_of("detail", key))), number(value)]
        for key, value in details.items()
        if isinstance(value, str | int | float) or value is None
    ]
