"""The report as one HTML page that opens offline: what a person reads of a run."""

from collections.abc import Mapping, Sequence
from typing import Any

from guanyao.report import draw, quality
from guanyao.report.comparison import render_comparison
from guanyao.report.frame import Part, how, page
from guanyao.report.html import Html, both, join, say, table, tag, user
from guanyao.report.quality import chip, interval, score_name
from guanyao.report.texts import TEXTS, name_of, number
from guanyao.report.verdict import (
    ATTACK_FAIR,
    ATTACK_GOOD,
    LEVELS,
    attack_value,
    baseline_of,
    finite,
    is_powered,
    references,
    verdict,
)

__all__ = ["render", "render_comparison"]

Record = Mapping[str, Any]

GLOSSARY = ("virtual", "holdout", "floor", "auc", "interval", "mia", "dp")


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
        _verdict(report),
        quality.figures(scores),
        quality.columns(charts),
        quality.pairs(scores),
        quality.detection(scores),
        _privacy(report.get("attacks") or []),
        _diagnostics(scores),
        _protection(report.get("protection") or {}),
        _rules(report, charts),
        _missing(charts.get("missing") or []),
        _timing(report.get("timing") or {}),
        _record(report),
        _warnings(report.get("warnings") or []),
        _glossary(),
    ]
    shown = [part for part in parts if part is not None]
    return page("page.title", _lead(report, charts), shown, footer(report))


def footer(report: Record) -> Html:
    """The last line: version and run."""
    run = report.get("run") or {}
    figures = {"version": str(run.get("version") or "–"), "run": str(run.get("id") or "–")}
    return say("page.footer", **figures)


def _lead(report: Record, charts: Record) -> Html:
    data, model = report.get("data") or {}, report.get("model") or {}
    n_virtual = (charts.get("rows") or {}).get("virtual")
    return say(
        "page.lead_short" if n_virtual is None else "page.lead",
        n_virtual=n_virtual,
        model=str(model.get("name") or "–"),
        n_train=data.get("n_train"),
        n_holdout=data.get("n_holdout"),
    )


# The verdict


def _verdict(report: Record) -> Part:
    said = report.get("verdict") or {}
    if "reasons" not in said:
        said = verdict(report)
    overall = str(said.get("overall", "unknown"))
    body = join(
        tag("p", say(f"overall.{overall}"), class_=f"overall {overall}"),
        tag("p", say(f"overall.{overall}.say", weak=_weak(said)), class_="lead"),
        _use(said.get("use") or {}),
        tag(
            "div",
            *(_card(about, said) for about in ("fidelity", "utility", "privacy")),
            class_="cards",
        ),
        how("part.verdict.how"),
    )
    return Part("verdict", body)


def _weak(said: Record) -> Html:
    """The judgements that are not good, the worst first."""
    weak = [about for about in ("privacy", "fidelity", "utility") if said.get(about) != "good"]
    weak.sort(key=lambda about: LEVELS.index(said.get(about, "unknown")))
    return Html(", ".join(say(f"about.{about}") for about in weak))


def _use(use: Record) -> Html:
    """The two sentences: what the data may be used for, and what not."""
    sides = [(side, use.get(side) or []) for side in ("for", "not_for")]
    return tag("div", *(_side(side, codes) for side, codes in sides if codes), class_="uses")


def _side(side: str, codes: Sequence[str]) -> Html:
    known = [code for code in codes if f"use.{code}" in TEXTS]
    items = [
        tag("li", say(f"use.{code}"), class_="nothing" if code == "nothing" else None)
        for code in known
    ]
    return tag("div", tag("h3", say(f"use.{side}")), tag("ul", *items), class_=f"use {side}")


def _card(about: str, said: Record) -> Html:
    reasons = [reason for reason in said["reasons"] if reason.get("about") == about]
    return tag(
        "div",
        tag("h3", say(f"about.{about}"), " ", chip(said.get(about, "unknown"))),
        tag("p", say(f"about.{about}.what"), class_="gloss"),
        tag("ul", *map(_reason, reasons)),
        class_=f"card {said.get(about, 'unknown')}",
    )


def _reason(reason: Record) -> Html:
    code, figures = str(reason.get("code")), dict(reason.get("figures") or {})
    if code not in TEXTS:
        return tag("li", code)
    for key in ("attack", "group"):
        if key in figures:
            figures[key] = both(*name_of(key, figures[key]))
    level = str(reason.get("level", "unknown"))
    return tag("li", say(code, **figures), class_=f"reason {level}")


# Privacy


def _privacy(attacks: Sequence[Record]) -> Part | None:
    if not attacks:
        return None
    key = draw.legend(
        ("dot", say("mark.virtual")),
        ("band", say("mark.interval")),
        ("floor", say("mark.baseline")),
        ("control", say("mark.control")),
        ("limit", say("level.fair")),
    )
    strips = tag("div", *map(_attack, attacks), class_="figures attacks")
    limits = {"good": f"{0.5 + ATTACK_GOOD:.2f}", "fair": f"{0.5 + ATTACK_FAIR:.2f}"}
    note = how("part.privacy.how", **{k: Html(v) for k, v in limits.items()})
    return Part("privacy", join(key, strips, note, _attack_table(attacks)))


def _attack(attack: Record) -> Html:
    head = tag("h3", attack_name(attack))
    gloss = tag("p", _group(attack), " · ", _threat(attack), class_="gloss")
    strip, value = _attack_strip(attack), _attack_value(attack)
    return tag("div", tag("div", head, gloss), strip, value, class_="figure")


def _threat(attack: Record) -> Html:
    """What the attacker has: in both languages where it is known, else as the attack says it."""
    key = f"attack.{attack.get('name')}.what"
    return say(key) if key in TEXTS else user(attack.get("threat_model") or "–")


def attack_name(attack: Record) -> Html:
    """The attack's name in both languages."""
    return both(*name_of("attack", attack.get("name")))


def _group(attack: Record) -> Html:
    return both(*name_of("group", attack.get("group") or "all"))


def _attack_strip(attack: Record) -> Html:
    value = attack_value(attack)
    if value is None:
        return tag("p", "–", class_="none")
    base = baseline_of(attack)
    low, high, control = (finite(attack.get(key)) for key in ("low", "high", "control"))
    ends = draw.scale([value, base - 0.05, base + 0.2, low, high, control], least=0.3)
    marks = {"value": value, "low": low, "high": high, "control": control, "floor": base}
    marks |= {"limit_good": base + ATTACK_GOOD, "limit_fair": base + ATTACK_FAIR}
    said = f"{attack.get('name')}, {attack.get('group')}: {number(value)}"
    labels = draw.under([(base, join(say("mark.baseline"), " ", number(base)))], ends)
    return tag("div", draw.strip(marks, ends, said), labels, class_="strip-box")


def _attack_value(attack: Record) -> Html:
    note = None if is_powered(attack) else tag("p", chip("unknown"))
    return tag(
        "div",
        tag("p", number(attack_value(attack)), class_="big"),
        tag("p", interval(attack), class_="interval"),
        note,
        class_="value",
    )


def _attack_table(attacks: Sequence[Record]) -> Html:
    heads = ("attack", "records", "value", "interval", "control", "tpr_001", "tpr_01")
    rows: list[list[object]] = []
    for attack in attacks:
        found = attack.get("tpr_at_fpr") or {}
        shares = [_percent(found.get(rate)) for rate in ("0.001", "0.01")]
        values = [number(attack_value(attack)), interval(attack) or "–"]
        control = number(finite(attack.get("control")))
        rows.append([attack_name(attack), _group(attack), *values, control, *shares])
    return table(say("caption.attacks"), [say(f"head.{head}") for head in heads], rows)


def _percent(value: object) -> str:
    share = finite(value)
    return "–" if share is None else f"{100 * share:.2f} %"


def _diagnostics(scores: Sequence[Record]) -> Part | None:
    shown = [score for score in scores if score.get("kind") == "diagnostic"]
    if not shown:
        return None
    heads = ("figure", "value", "interval", "floor", "ceiling", "copy")
    rows = [_diagnostic(score) for score in shown]
    warning = tag("p", say("part.diagnostics.warning"), class_="caution")
    listed = table(say("caption.diagnostics"), [say(f"head.{head}") for head in heads], rows)
    return Part("diagnostics", join(warning, listed, how("part.diagnostics.how")))


def _diagnostic(score: Record) -> list[object]:
    copied = finite((score.get("details") or {}).get("copy_of_train"))
    numbers = [number(v) for v in (*references(score), copied)]
    head = join(score_name(score), _what(score))
    return [head, number(finite(score.get("value"))), interval(score) or "–", *numbers]


def _what(score: Record) -> Html | None:
    key = f"score.{score.get('name')}.what"
    return tag("small", say(key)) if key in TEXTS else None


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


def _timing(timing: Record) -> Part | None:
    rows: list[list[object]] = [
        [both(*name_of("time", key)), number(value, 2)]
        for key, value in timing.items()
        if finite(value) is not None
    ]
    if not rows:
        return None
    listed = table(
        say("caption.timing"), [say("head.measure"), say("head.value")], rows, kind="narrow"
    )
    return Part("timing", join(listed, how("part.timing.how")))


def _record(report: Record) -> Part:
    rows: list[list[object]] = [
        [say(f"record.{key}"), tag("code", shown) if isinstance(shown, str) else shown]
        for key, shown in _facts(report)
        if shown not in (None, "")
    ]
    heads: list[object] = [say("head.measure"), say("head.value")]
    return Part("record", join(table(say("caption.record"), heads, rows), how("part.record.how")))


def _facts(report: Record) -> list[tuple[str, Any]]:
    run, data, model = (report.get(key) or {} for key in ("run", "data", "model"))
    rows = f"{number(data.get('n_train'))} / {number(data.get('n_holdout'))}"
    facts: list[tuple[str, Any]] = [
        (key, _written(run.get(key))) for key in ("run", "created", "version", "seed")
    ]
    facts[0] = ("run", _written(run.get("id")))
    return [
        *facts,
        ("source", _written(data.get("source_digest"))),
        ("rows", rows),
        ("columns", number(len(data.get("columns") or []))),
        ("model", _written(model.get("name"))),
        ("digest", _written(model.get("digest"))),
        ("settings", _settings(model.get("settings") or {})),
        ("privacy", _settings(model.get("privacy") or {}) or say("record.privacy_none")),
    ]


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _settings(settings: Record) -> str:
    return ", ".join(f"{key} = {value}" for key, value in settings.items())


def _warnings(warnings: Sequence[object]) -> Part | None:
    if not warnings:
        return None
    listed = tag("ul", *(tag("li", str(warning)) for warning in warnings), class_="warnings-list")
    return Part("warnings", join(listed, how("part.warnings.how")))


def _glossary() -> Part:
    entries = [
        join(tag("dt", say(f"gloss.{word}")), tag("dd", say(f"gloss.{word}.is")))
        for word in GLOSSARY
    ]
    return Part("glossary", tag("dl", *entries))
