"""The sections that the report of every kind of data has."""

from collections.abc import Mapping, Sequence
from typing import Any

from guanyao.report import draw
from guanyao.report.frame import Part, how
from guanyao.report.grading import LEVELS, Bar, RatioBar, finite, kind_of, references
from guanyao.report.html import Html, both, join, say, say_of, table, tag, user
from guanyao.report.image_bars import IMAGE_BARS
from guanyao.report.quality import chip, interval, score_name
from guanyao.report.texts import TEXTS, name_of, number, variant
from guanyao.report.verdict import (
    ATTACK_FAIR,
    ATTACK_GOOD,
    attack_value,
    baseline_of,
    is_powered,
    verdict,
)

Record = Mapping[str, Any]

GLOSSARY = ("virtual", "holdout", "floor", "auc", "interval", "mia", "dp")


def lead(report: Record, n_virtual: object) -> Html:
    """The sentence under the title: what was made from what."""
    data, model = report.get("data") or {}, report.get("model") or {}
    return say_of(
        kind_of(report),
        "page.lead_short" if n_virtual is None else "page.lead",
        n_virtual=n_virtual,
        model=str(model.get("name") or "–"),
        n_train=data.get("n_train"),
        n_holdout=data.get("n_holdout"),
    )


def footer(report: Record) -> Html:
    """The last line: version and run."""
    run = report.get("run") or {}
    figures = {"version": str(run.get("version") or "–"), "run": str(run.get("id") or "–")}
    return say("page.footer", **figures)


# The verdict


def judgement(report: Record) -> Part:
    """The verdict, its reasons, and what the data may be used for."""
    kind, said = kind_of(report), report.get("verdict") or {}
    if "reasons" not in said:
        said = verdict(report)
    overall = str(said.get("overall", "unknown"))
    body = join(
        tag("p", say(f"overall.{overall}"), class_=f"overall {overall}"),
        tag("p", say(f"overall.{overall}.say", weak=_weak(said)), class_="lead"),
        _use(said.get("use") or {}, kind),
        tag(
            "div",
            *(_card(about, said, kind) for about in ("fidelity", "utility", "privacy")),
            class_="cards",
        ),
        how(variant("part.verdict.how", kind), **_bars(kind)),
    )
    return Part("verdict", body)


def _weak(said: Record) -> Html:
    """The judgements that are not good, the worst first."""
    weak = [about for about in ("privacy", "fidelity", "utility") if said.get(about) != "good"]
    weak.sort(key=lambda about: LEVELS.index(said.get(about, "unknown")))
    return Html(", ".join(say(f"about.{about}") for about in weak))


def _bars(kind: str) -> dict[str, Html]:
    """The thresholds in words, for pictures: for tables they stand in the documentation."""
    if kind != "images":
        return {}
    said = [_bar(name, bar) for name, bar in IMAGE_BARS.items() if name != "fid"]
    return {"bars": Html(both("; ", "；").join(said))}


def _bar(name: str, bar: Bar | RatioBar) -> Html:
    key = "verdict.bar_times" if bar.good > 1 else "verdict.bar_share"
    good, fair = (Html(f"{end if bar.good > 1 else 100 * end:g}") for end in (bar.good, bar.fair))
    return say(key, figure=both(*name_of("score", name)), good=good, fair=fair)


def _use(use: Record, kind: str) -> Html:
    """The two sentences: what the data may be used for, and what not."""
    sides = [(side, use.get(side) or []) for side in ("for", "not_for")]
    return tag("div", *(_side(side, codes, kind) for side, codes in sides if codes), class_="uses")


def _side(side: str, codes: Sequence[str], kind: str) -> Html:
    known = [code for code in codes if f"use.{code}" in TEXTS]
    items = [
        tag("li", say_of(kind, f"use.{code}"), class_="nothing" if code == "nothing" else None)
        for code in known
    ]
    return tag("div", tag("h3", say(f"use.{side}")), tag("ul", *items), class_=f"use {side}")


def _card(about: str, said: Record, kind: str) -> Html:
    reasons = [reason for reason in said["reasons"] if reason.get("about") == about]
    return tag(
        "div",
        tag("h3", say(f"about.{about}"), " ", chip(said.get(about, "unknown"))),
        tag("p", say_of(kind, f"about.{about}.what"), class_="gloss"),
        tag("ul", *(_reason(reason, kind) for reason in reasons)),
        class_=f"card {said.get(about, 'unknown')}",
    )


def _reason(reason: Record, kind: str) -> Html:
    code, figures = str(reason.get("code")), dict(reason.get("figures") or {})
    if code not in TEXTS:
        return tag("li", code)
    for key in ("attack", "group"):
        if key in figures:
            figures[key] = both(*name_of(key, figures[key]))
    level = str(reason.get("level", "unknown"))
    return tag("li", say_of(kind, code, **figures), class_=f"reason {level}")


# Privacy


def privacy(report: Record) -> Part | None:
    """The attacks: each on a line of its own, and all in a table."""
    kind, attacks = kind_of(report), report.get("attacks") or []
    if not attacks:
        return None
    key = draw.legend(
        ("dot", say("mark.virtual")),
        ("band", say("mark.interval")),
        ("floor", say("mark.baseline")),
        ("control", say("mark.control")),
        ("limit", say("level.fair")),
    )
    strips = tag("div", *(_attack(attack, kind) for attack in attacks), class_="figures attacks")
    limits = {"good": f"{0.5 + ATTACK_GOOD:.2f}", "fair": f"{0.5 + ATTACK_FAIR:.2f}"}
    note = how(variant("part.privacy.how", kind), **{k: Html(v) for k, v in limits.items()})
    return Part("privacy", join(key, strips, note, _attack_table(attacks)))


def _attack(attack: Record, kind: str) -> Html:
    head = tag("h3", attack_name(attack))
    gloss = tag("p", _group(attack), " · ", _threat(attack, kind), class_="gloss")
    strip, value = _attack_strip(attack), _attack_value(attack)
    return tag("div", tag("div", head, gloss), strip, value, class_="figure")


def _threat(attack: Record, kind: str) -> Html:
    """What the attacker has: in both languages where it is known, else as the attack says it."""
    key = f"attack.{attack.get('name')}.what"
    return say_of(kind, key) if key in TEXTS else user(attack.get("threat_model") or "–")


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


# Diagnostics


def diagnostics(report: Record) -> Part | None:
    """Figures that never pass data by themselves."""
    kind = kind_of(report)
    shown = [s for s in report.get("scores") or [] if s.get("kind") == "diagnostic"]
    if not shown:
        return None
    has_copy = any(_copied(score) is not None for score in shown)
    heads = ("figure", "value", "interval", "floor", "ceiling", *(["copy"] if has_copy else []))
    rows = [_diagnostic(score, kind)[: len(heads)] for score in shown]
    warning = tag("p", say_of(kind, "part.diagnostics.warning"), class_="caution")
    named = [say_of(kind, f"head.{head}") for head in heads]
    listed = table(say("caption.diagnostics"), list(named), rows)
    note = how(variant("part.diagnostics.how", kind))
    return Part("diagnostics", join(warning, listed, note))


def _copied(score: Record) -> float | None:
    return finite((score.get("details") or {}).get("copy_of_train"))


def _diagnostic(score: Record, kind: str) -> list[object]:
    numbers = [number(v) for v in (*references(score), _copied(score))]
    head = join(score_name(score), _what(score, kind))
    return [head, number(finite(score.get("value"))), interval(score) or "–", *numbers]


def _what(score: Record, kind: str) -> Html | None:
    key = f"score.{score.get('name')}.what"
    return tag("small", say_of(kind, key)) if key in TEXTS else None


# What was done


def timing(report: Record) -> Part | None:
    """Seconds by stage, and memory."""
    kind = kind_of(report)
    rows: list[list[object]] = [
        [both(*name_of("time", key, kind)), number(value, 2)]
        for key, value in (report.get("timing") or {}).items()
        if finite(value) is not None
    ]
    if not rows:
        return None
    listed = table(
        say("caption.timing"), [say("head.measure"), say("head.value")], rows, kind="narrow"
    )
    return Part("timing", join(listed, how("part.timing.how")))


def record(report: Record) -> Part:
    """Settings and digests: what it takes to repeat the run."""
    rows: list[list[object]] = [
        [say_of(kind_of(report), f"record.{key}"), tag("code", v) if type(v) is str else v]
        for key, v in _facts(report)
        if v not in (None, "")
    ]
    heads: list[object] = [say("head.measure"), say("head.value")]
    note = how(variant("part.record.how", kind_of(report)))
    return Part("record", join(table(say("caption.record"), heads, rows), note))


def _facts(report: Record) -> list[tuple[str, Any]]:
    run, data, model = (report.get(key) or {} for key in ("run", "data", "model"))
    rows = f"{number(data.get('n_train'))} / {number(data.get('n_holdout'))}"
    facts: list[tuple[str, Any]] = [
        (key, _written(run.get(key))) for key in ("run", "created", "version", "seed")
    ]
    facts[0] = ("run", _written(run.get("id")))
    is_images = kind_of(report) == "images"
    return [
        *facts,
        ("source", _written(data.get("source_digest"))),
        ("rows", rows),
        *(_of_pictures(report) if is_images else _of_columns(data)),
        ("model", _written(model.get("name"))),
        ("digest", _written(model.get("digest"))),
        ("settings", _settings(model.get("settings") or {})),
        ("privacy", _settings(model.get("privacy") or {}) or say("record.privacy_none")),
    ]


def _of_columns(data: Record) -> list[tuple[str, Any]]:
    return [("columns", number(len(data.get("columns") or [])))]


def _of_pictures(report: Record) -> list[tuple[str, Any]]:
    images = (report.get("data") or {}).get("images") or {}
    sides = [number(images.get(side)) for side in ("height", "width", "channels")]
    n_classes = len(images.get("classes") or [])
    facts: list[tuple[str, Any]] = [("size", " × ".join(sides) if images else "")]
    return [*facts, ("classes", number(n_classes)), ("features", _features(report))]


def _features(report: Record) -> Html | None:
    """What the features are of that distances were taken in."""
    for score in report.get("scores") or []:
        space = (score.get("details") or {}).get("space") or {}
        if f"features.{space.get('kind')}" in TEXTS:
            return say(f"features.{space['kind']}")
    return None


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _settings(settings: Record) -> str:
    return ", ".join(f"{key} = {value}" for key, value in settings.items())


def warnings(report: Record) -> Part | None:
    """What the reader has to know, as the parts that raised it say it."""
    found = report.get("warnings") or []
    if not found:
        return None
    listed = tag("ul", *(tag("li", str(warning)) for warning in found), class_="warnings-list")
    return Part("warnings", join(listed, how("part.warnings.how")))


def glossary(report: Record) -> Part:
    """The words of the page."""
    kind = kind_of(report)
    words = [*GLOSSARY[:3], "features", *GLOSSARY[3:]] if kind == "images" else GLOSSARY
    entries = [
        join(tag("dt", say_of(kind, f"gloss.{word}")), tag("dd", say_of(kind, f"gloss.{word}.is")))
        for word in words
    ]
    return Part("glossary", tag("dl", *entries))
