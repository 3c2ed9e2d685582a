"""The report as one HTML page that opens offline: what a person reads of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from guanyao.report import quality, sections
from guanyao.report.comparison import render_comparison
from guanyao.report.frame import Part, how, page
from guanyao.report.grading import finite
from guanyao.report.html import both, join, say, table, tag, user
from guanyao.report.sections import footer
from guanyao.report.texts import name_of, number
from guanyao.report.training import curves

__all__ = ["render", "render_comparison"]

Record = Mapping[str, Any]


def render(report: Record, charts: Record) -> str:
    """The report as one self-contained HTML file, in English and Chinese.

    Args:
        report: A `guanyao.report/1` record; parts that are missing are left out.
        charts: What `charts.collect` returned; may be empty.

    Returns:
        HTML that loads nothing from outside and is read without a script in English.
    """
    scores = report.get("scores") or []
    parts = [
        sections.judgement(report),
        quality.figures(scores),
        quality.columns(charts),
        quality.pairs(scores),
        quality.detection(scores),
        sections.privacy(report),
        sections.diagnostics(report),
        _protection(report.get("protection") or {}),
        _rules(report, charts),
        _missing(charts.get("missing") or []),
        curves(report),
        sections.timing(report),
        sections.record(report),
        sections.warnings(report),
        sections.glossary(report),
    ]
    shown = [part for part in parts if part is not None]
    lead = sections.lead(report, (charts.get("rows") or {}).get("virtual"))
    return page("page.title", lead, shown, footer(report))


# What was done


def _protection(protection: Record) -> Part | None:
    """What was done to the source before anything was learned.

    Args:
        protection: `min_entities`, and `items`: records of `kind` (rare_levels, extremes,
            identifiers, text, near_unique or another word), `column`, `count` and `share`.
    """
    least = protection.get("min_entities")
    if not least and not protection.get("items"):
        return None
    first = tag("p", say("part.protection.least", count=least)) if least else None
    heads: list[object] = [say("head.column"), say("head.measure"), say("head.count")]
    rows = [_measure(item) for item in protection.get("items") or []]
    done = table(say("caption.protection"), heads, rows, kind="narrow") if rows else None
    return Part("protection", join(first, done, how("part.protection.how")))


def _measure(item: Record) -> list[object]:
    count, share = item.get("count"), finite(item.get("share"))
    amount = number(count) if share is None else f"{number(count)} ({100 * share:.2f} %)"
    return [user(item.get("column") or "–"), both(*name_of("protect", item.get("kind"))), amount]


def _rules(report: Record, charts: Record) -> Part | None:
    held = (report.get("protection") or {}).get("rules")
    rules = held or (report.get("data") or {}).get("rules") or charts.get("rules") or []
    if not rules:
        return None
    listed = tag("ul", *(tag("li", tag("code", str(rule))) for rule in rules), class_="rules-list")
    return Part("rules", join(listed, how("part.rules.how")))


def _missing(missing: Sequence[Record]) -> Part | None:
    if not missing:
        return None
    heads: list[object] = [
        say(f"head.{head}") for head in ("column", "real", "virtual", "difference")
    ]
    rows = [_missing_row(one) for one in missing]
    listed = table(say("caption.missing"), heads, rows, kind="narrow")
    return Part("missing", join(listed, how("part.missing.how")))


def _missing_row(one: Record) -> list[object]:
    real, virtual = (float(one.get(part) or 0.0) for part in ("holdout", "virtual"))
    shares = [f"{100 * share:.2f} %" for share in (real, virtual)]
    return [user(one.get("name")), *shares, f"{100 * (virtual - real):+.2f}"]
