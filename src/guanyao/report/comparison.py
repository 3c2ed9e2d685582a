"""Several generators on the same data: one ranked table and one picture a figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from guanyao.data.images import Images
from guanyao.report import draw
from guanyao.report.frame import Part, how, page
from guanyao.report.grading import LEVELS, finite, is_rising, kind_of, references
from guanyao.report.html import Html, both, join, say, say_of, table, tag, user
from guanyao.report.pictures import sheet_of
from guanyao.report.quality import chip, ends_of, interval, key_of, marks_of, score_name
from guanyao.report.texts import name_of, number, variant
from guanyao.report.verdict import baseline_of, standing, verdict, worst_attack

Record = Mapping[str, Any]


SHEET_BYTES = 1_500_000
"""Bytes of uncompressed pictures that all sheets may show together."""
N_SHEET = 40
"""Pictures of a generator that are shown."""


def render_comparison(
    reports: Sequence[Record], pictures: Mapping[str, Images] | None = None
) -> str:
    """One self-contained HTML page that ranks the generators of these reports.

    Args:
        reports: `guanyao.report/1` records of different generators on the same rows or pictures.
        pictures: Pictures of each generator by its name, where they draw any.

    Returns:
        HTML in the style of the single report.
    """
    best_first = ranked(reports)
    kind = next((kind_of(report) for report in best_first if report.get("data")), "table")
    parts = [
        Part("ranking", _ranking(best_first, kind)),
        _sheets(best_first, pictures or {}),
        Part("pictures", _pictures(best_first, kind)),
    ]
    run = (best_first[0].get("run") or {}) if best_first else {}
    figures = {"version": str(run.get("version") or "–"), "run": str(run.get("id") or "–")}
    lead = say_of(kind, "compare.lead", count=len(best_first))
    shown = [part for part in parts if part is not None]
    return page("compare.title", lead, shown, say("page.footer", **figures))


def ranked(reports: Sequence[Record]) -> list[Record]:
    """The reports, best first: privacy before all, then the weakest figure.

    A generator that fails privacy comes after all that do not; one without any score comes last.
    """
    return sorted(reports, key=_merit, reverse=True)


def _merit(report: Record) -> tuple[int, float, float]:
    if not report.get("scores"):
        return -1, 0.0, 0.0
    said = said_of(report)
    kind = kind_of(report)
    standings = (standing(score, kind) for score in report.get("scores") or ())
    places = [place for place in standings if place is not None]
    private = min(LEVELS.index(said.get("privacy", "unknown")), LEVELS.index("fair"))
    mean = sum(places) / len(places) if places else 0.0
    return private, min(places, default=0.0), mean


def said_of(report: Record) -> Record:
    """The report's verdict, made anew where it carries none."""
    said = report.get("verdict") or {}
    return said if "reasons" in said else verdict(report)


def _model(report: Record) -> str:
    return str((report.get("model") or {}).get("name") or "–")


def _names(reports: Sequence[Record]) -> list[str]:
    """All figures that take part, in order of first appearance."""
    scores = [score for report in reports for score in report.get("scores") or ()]
    names = (str(score.get("name")) for score in scores if score.get("kind") != "diagnostic")
    return list(dict.fromkeys(names))


def _score(report: Record, name: str) -> Record:
    return next((s for s in report.get("scores") or () if s.get("name") == name), {})


# The table


def _ranking(reports: Sequence[Record], kind: str) -> Html:
    names = _names(reports)
    heads: list[object] = [say("head.generator"), *map(say, ("about.privacy", "about.fidelity"))]
    heads += [say("about.utility"), *(both(*name_of("score", name)) for name in names)]
    heads += [say("head.worst_attack"), say("head.fit_s"), say_of(kind, "head.rows_per_s")]
    best = {name: _best(reports, name) for name in names}
    rows = [_row(place, report, names, best) for place, report in enumerate(reports, start=1)]
    rows += [_reference(reports, names, side, kind) for side in ("independent", "real")]
    is_any = bool(reports) and bool(reports[0].get("scores"))
    first = tag("p", say("compare.best", model=_model(reports[0]))) if is_any else None
    listed = table(say("caption.comparison"), heads, rows, kind="ranking")
    return join(first, listed, _failed(reports), how(variant("compare.how", kind)))


def _failed(reports: Sequence[Record]) -> Html | None:
    """The generators without any score, with what is said of them."""
    items = [
        tag("li", say("compare.failed", model=_model(report)), " ", *report.get("warnings") or ())
        for report in reports
        if not report.get("scores")
    ]
    return tag("ul", *items, class_="warnings-list") if items else None


def _best(reports: Sequence[Record], name: str) -> float | None:
    scores = [score for report in reports if (score := _score(report, name))]
    known = [v for v in (finite(score.get("value")) for score in scores) if v is not None]
    if not known:
        return None
    return max(known) if is_rising(scores[0]) else min(known)


def _row(
    place: int, report: Record, names: Sequence[str], best: Mapping[str, float | None]
) -> list[object]:
    said, timing = said_of(report), report.get("timing") or {}
    levels = [chip(said.get(about, "unknown")) for about in ("privacy", "fidelity", "utility")]
    values = [_cell(_score(report, name), best[name]) for name in names]
    times = [number(finite(timing.get(key)), 1) for key in ("fit_s", "rows_per_s")]
    head = join(f"{place}. ", user(_model(report)))
    return [head, *levels, *values, _attack_end(report), *times]


def _cell(score: Record, best: float | None) -> Html:
    value = finite(score.get("value"))
    shown = tag("b" if value is not None and value == best else "span", number(value))
    low_high = interval(score)
    return join(shown, tag("small", low_high) if low_high else None)


def _attack_end(report: Record) -> str:
    worst = worst_attack(report.get("attacks") or ())
    return "–" if worst is None else number(finite(worst.get("high")))


def _reference(
    reports: Sequence[Record], names: Sequence[str], which: str, kind: str
) -> list[object]:
    """One of the references as a row of its own, from the first report that has it."""
    side = ("independent", "real").index(which)
    values: list[object] = []
    for name in names:
        known = (references(_score(report, name))[side] for report in reports)
        values.append(number(next((v for v in known if v is not None), None)))
    label = say_of(kind, "mark.floor" if which == "independent" else "mark.ceiling")
    return [tag("em", label), "", "", "", *values, "", "", ""]


# The pictures


def _sheets(reports: Sequence[Record], pictures: Mapping[str, Images]) -> Part | None:
    """A sheet of pictures of each generator, in the order of the ranking."""
    shown = [(name, pictures[name]) for name in map(_model, reports) if name in pictures]
    if not shown:
        return None
    room = SHEET_BYTES // len(shown)
    figures = [
        tag(
            "figure",
            tag("figcaption", tag("h3", user(name))),
            sheet_of(images, "alt.model", n_most=N_SHEET, room=room, name=name),
        )
        for name, images in shown
    ]
    grid = tag("div", *figures, class_="compared")
    return Part("sheets", join(grid, how("part.sheets.how")))


def _pictures(reports: Sequence[Record], kind: str) -> Html:
    shown = [_picture(reports, name) for name in _names(reports)]
    return join(key_of(kind), tag("div", *shown, _attack_picture(reports), class_="compared"))


def _picture(reports: Sequence[Record], name: str) -> Html | None:
    chosen = [(r, s) for r in reports if finite((s := _score(r, name)).get("value")) is not None]
    if not chosen:
        return None
    ends = ends_of([score for _, score in chosen])
    lines = [_line(report, marks_of(score), ends, score.get("value")) for report, score in chosen]
    return tag("figure", tag("figcaption", tag("h3", score_name(chosen[0][1]))), *lines)


def _line(
    report: Record, marks: Mapping[str, float | None], ends: tuple[float, float], figure: object
) -> Html:
    shown = number(finite(figure))
    strip = draw.strip(marks, ends, f"{_model(report)}: {shown}")
    value = tag("span", shown, class_="num")
    return tag("div", user(_model(report)), strip, value, class_="line")


def _attack_picture(reports: Sequence[Record]) -> Html | None:
    worst = [(r, a) for r in reports if (a := worst_attack(r.get("attacks") or ())) is not None]
    if not worst:
        return None
    marks = [_attack_marks(attack) for _, attack in worst]
    ends = draw.scale([point for mark in marks for point in mark.values()], least=0.2)
    lines = [_line(r, mark, ends, mark["value"]) for (r, _), mark in zip(worst, marks, strict=True)]
    return tag("figure", tag("figcaption", tag("h3", say("head.worst_attack"))), *lines)


def _attack_marks(attack: Record) -> dict[str, float | None]:
    high = finite(attack.get("high"))
    return {
        "value": high,
        "low": finite(attack.get("low")),
        "high": high,
        "floor": baseline_of(attack),
    }
