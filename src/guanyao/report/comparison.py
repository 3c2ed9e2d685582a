"""Several generators on the same data: one ranked table and one picture a figure."""

from collections.abc import Mapping, Sequence
from typing import Any

from guanyao.report import draw
from guanyao.report.frame import Part, how, page
from guanyao.report.html import Html, both, join, say, table, tag, user
from guanyao.report.quality import chip, ends_of, interval, score_name
from guanyao.report.texts import name_of, number
from guanyao.report.verdict import (
    LEVELS,
    baseline_of,
    finite,
    is_rising,
    position,
    references,
    verdict,
    worst_attack,
)

Record = Mapping[str, Any]


def render_comparison(reports: Sequence[Record]) -> str:
    """One self-contained HTML page that ranks the generators of these reports.

    Args:
        reports: `guanyao.report/1` records of different generators on the same rows.

    Returns:
        HTML in the style of the single report.
    """
    best_first = ranked(reports)
    parts = [Part("ranking", _ranking(best_first)), Part("pictures", _pictures(best_first))]
    run = (best_first[0].get("run") or {}) if best_first else {}
    figures = {"version": str(run.get("version") or "–"), "run": str(run.get("id") or "–")}
    lead = say("compare.lead", count=len(best_first))
    return page("compare.title", lead, parts, say("page.footer", **figures))


def ranked(reports: Sequence[Record]) -> list[Record]:
    """The reports, best first: privacy before all, then the weakest figure.

    A generator that fails privacy comes after all that do not; one without any score comes last.
    """
    return sorted(reports, key=_merit, reverse=True)


def _merit(report: Record) -> tuple[int, float, float]:
    if not report.get("scores"):
        return -1, 0.0, 0.0
    said = said_of(report)
    places = [place for s in report.get("scores") or () if (place := _place(s)) is not None]
    private = min(LEVELS.index(said.get("privacy", "unknown")), LEVELS.index("fair"))
    mean = sum(places) / len(places) if places else 0.0
    return private, min(places, default=0.0), mean


def _place(score: Record) -> float | None:
    return None if score.get("kind") == "diagnostic" else position(score)


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


def _ranking(reports: Sequence[Record]) -> Html:
    names = _names(reports)
    heads: list[object] = [say("head.generator"), *map(say, ("about.privacy", "about.fidelity"))]
    heads += [say("about.utility"), *(both(*name_of("score", name)) for name in names)]
    heads += [say("head.worst_attack"), say("head.fit_s"), say("head.rows_per_s")]
    best = {name: _best(reports, name) for name in names}
    rows = [_row(place, report, names, best) for place, report in enumerate(reports, start=1)]
    rows += [_reference(reports, names, kind) for kind in ("independent", "real")]
    is_any = bool(reports) and bool(reports[0].get("scores"))
    first = tag("p", say("compare.best", model=_model(reports[0]))) if is_any else None
    listed = table(say("caption.comparison"), heads, rows, kind="ranking")
    return join(first, listed, _failed(reports), how("compare.how"))


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


def _reference(reports: Sequence[Record], names: Sequence[str], kind: str) -> list[object]:
    """One of the references as a row of its own, from the first report that has it."""
    side = ("independent", "real").index(kind)
    values: list[object] = []
    for name in names:
        known = (references(_score(report, name))[side] for report in reports)
        values.append(number(next((v for v in known if v is not None), None)))
    label = say("mark.floor" if kind == "independent" else "mark.ceiling")
    return [tag("em", label), "", "", "", *values, "", "", ""]


# The pictures


def _pictures(reports: Sequence[Record]) -> Html:
    key = draw.legend(
        ("dot", say("mark.virtual")),
        ("band", say("mark.interval")),
        ("floor", say("mark.floor")),
        ("ceiling", say("mark.ceiling")),
    )
    shown = [_picture(reports, name) for name in _names(reports)]
    return join(key, tag("div", *shown, _attack_picture(reports), class_="compared"))


def _picture(reports: Sequence[Record], name: str) -> Html | None:
    chosen = [(r, s) for r in reports if finite((s := _score(r, name)).get("value")) is not None]
    if not chosen:
        return None
    ends = ends_of([score for _, score in chosen])
    lines = [_line(report, _marks(score), ends) for report, score in chosen]
    return tag("figure", tag("figcaption", tag("h3", score_name(chosen[0][1]))), *lines)


def _marks(score: Record) -> dict[str, float | None]:
    floor, ceiling = references(score)
    keys = ("value", "low", "high")
    return {**{k: finite(score.get(k)) for k in keys}, "floor": floor, "ceiling": ceiling}


def _line(report: Record, marks: dict[str, float | None], ends: tuple[float, float]) -> Html:
    said = f"{_model(report)}: {number(marks['value'])}"
    strip = draw.strip(marks, ends, said)
    value = tag("span", number(marks["value"]), class_="num")
    return tag("div", user(_model(report)), strip, value, class_="line")


def _attack_picture(reports: Sequence[Record]) -> Html | None:
    worst = [(r, a) for r in reports if (a := worst_attack(r.get("attacks") or ())) is not None]
    if not worst:
        return None
    marks = [_attack_marks(attack) for _, attack in worst]
    ends = draw.scale([point for mark in marks for point in mark.values()], least=0.2)
    lines = [_line(r, mark, ends) for (r, _), mark in zip(worst, marks, strict=True)]
    return tag("figure", tag("figcaption", tag("h3", say("head.worst_attack"))), *lines)


def _attack_marks(attack: Record) -> dict[str, float | None]:
    high = finite(attack.get("high"))
    return {
        "value": high,
        "low": finite(attack.get("low")),
        "high": high,
        "floor": baseline_of(attack),
    }
