"""The page: one safe, complete, self-contained file."""

import base64
import copy
import hashlib
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from guanyao.report.charts import collect
from guanyao.report.page import render
from guanyao.report.quality import score_name
from guanyao.report.texts import number
from tests.report.image_samples import training
from tests.report.samples import SCHEMA, attack, frame, good_scores, pairs, report, score

VOID = {"meta", "link", "br", "hr", "img", "input", "col"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; drop table x; --",
    "\u202egnp.exe",
    "</title></style></svg>",
    "{value}",
    "https://example.com/x",
    "&lt;b&gt;",
]


class Page(HTMLParser):
    """Checks nesting and gathers what tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open, self.tags, self.headings, self.ids = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def charts() -> dict[str, Any]:
    return collect(frame(400, 1), frame(300, 2), frame(400, 3, drift=0.5), SCHEMA)


@pytest.fixture(scope="module")
def page(charts: dict[str, Any]) -> str:
    return render(report(), charts)


def test_it_is_well_formed_with_headings_in_order_and_ids_once(page: str) -> None:
    parsed = Page(page)
    assert page.startswith("<!doctype html>")
    assert parsed.headings[0] == 1 and parsed.headings.count(1) == 1
    steps = zip(parsed.headings, parsed.headings[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)
    assert len(parsed.ids) == len(set(parsed.ids))
    links = [attrs["href"][1:] for tag, attrs in parsed.tags if tag == "a"]
    assert set(links) <= set(parsed.ids)


def test_it_loads_nothing(page: str) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\bsrc=|<link|<iframe", page)
    assert "default-src 'none'" in page


def test_only_its_own_script_may_run(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{digest}'" in page


def test_it_is_small(page: str, charts: dict[str, Any]) -> None:
    names = [f"column_{i}" for i in range(60)]
    big = report(scores=[score("pair_trends", 0.98, 0.76, 0.99, details={"pairs": pairs(names)})])
    many = {**charts, "columns": charts["columns"] * 4, "n_columns": 60}
    assert len(page.encode()) < 300_000
    assert len(render(big, many).encode()) < 3_000_000


def test_every_score_and_attack_is_shown(page: str) -> None:
    record = report()
    for one in record["scores"]:
        assert score_name(one) in page
        assert number(one["value"]) in page
        assert number(one["reference"]["real"]) in page
        assert number(one["reference"]["independent"]) in page
    for one in record["attacks"]:
        assert number(one["auc"]) in page
        assert f"{number(one['low'])} – {number(one['high'])}" in page


def test_the_verdict_stands_on_top_with_its_reasons_and_uses(page: str) -> None:
    assert page.index('id="verdict"') < page.index('id="figures"') < page.index('id="columns"')
    assert "Use it for" in page and "不可用于" in page
    assert page.count('class="reason ') == len(report()["verdict"]["reasons"])


def test_both_languages_are_there_and_english_is_first(page: str) -> None:
    parsed = Page(page)
    languages = [attrs.get("lang") for _, attrs in parsed.tags]
    assert parsed.tags[0] == ("html", {"lang": "en"})
    english = sum(attrs.get("class") == "en" for _, attrs in parsed.tags)
    chinese = sum(attrs.get("class") == "zh" for _, attrs in parsed.tags)
    assert english == chinese > 100
    assert "zh-CN" in languages


def test_pictures_and_tables_say_what_they_are(page: str) -> None:
    pictures = re.findall(r'<svg[^>]*role="img"[^>]*>(<title>[^<]+</title>)?', page)
    assert pictures and all(pictures)
    assert page.count("<table>") == page.count("<caption>")


def test_records_and_digests_are_told(page: str) -> None:
    record = report()
    for fact in (record["run"]["id"], record["model"]["digest"], "min_entities = 20", "512,000"):
        assert fact in page
    assert "days_in_hospital &gt;= 0" in page


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_and_levels_are_only_text(evil: str, charts: dict[str, Any]) -> None:
    drawn = copy.deepcopy(charts)
    for one in drawn["columns"]:
        one["name"] = evil
        for row in one.get("levels", ()):
            row["level"] = evil
    drawn["written_anew"], drawn["rules"] = [evil], [evil]
    drawn["missing"] = [{"name": evil, "holdout": 0.1, "virtual": 0.2}]
    record = report(
        scores=[*good_scores([evil, "other"]), score(evil, 0.5, 0.1, 0.9)],
        attacks=[attack(evil, evil, 0.51, threat_model=evil)],
        warnings=[evil],
        model={"name": evil, "settings": {evil: evil}, "digest": evil, "privacy": None},
        protection={"min_entities": 5, "items": [{"kind": evil, "column": evil, "count": 1}]},
    )
    record["run"] = dict.fromkeys(("id", "version", "created", "seed"), evil)
    page = render(record, drawn)
    parsed = Page(page)
    assert page.count("<script>") == 1
    assert not any(key.startswith("on") for _, attrs in parsed.tags for key in attrs)
    assert not any(tag == "img" for tag, _ in parsed.tags)
    assert "\u202e" not in page


@pytest.mark.parametrize(
    "gone",
    ["run", "data", "model", "timing", "scores", "attacks", "verdict", "warnings", "protection"],
)
def test_a_part_may_be_missing_or_null(gone: str, charts: dict[str, Any]) -> None:
    record = report()
    without = {key: value for key, value in record.items() if key != gone}
    for changed in (without, {**record, gone: None}):
        Page(render(changed, charts))


def test_nothing_at_all_still_makes_a_page() -> None:
    text = render({}, {})
    Page(text)
    assert "Not judged" in text


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_figures_that_are_none_are_shown_as_such(value: Any, charts: dict[str, Any]) -> None:
    record = report()
    for one in record["scores"]:
        one["value"] = one["low"] = one["high"] = value
        one["reference"] = {"real": value, "independent": None}
    for one in record["attacks"]:
        for key in ("auc", "risk", "low", "high", "control", "baseline", "tpr_at_fpr"):
            one[key] = None if key == "tpr_at_fpr" else value
    for pair in record["scores"][1]["details"]["pairs"][:5]:
        pair["real"] = value
    record["timing"] = dict.fromkeys(record["timing"], value)
    del record["verdict"]
    text = render(record, charts)
    Page(text)
    assert not re.search(r"\bnan\b|\binf\b|None", text)


def test_pairs_may_be_named_a_and_b() -> None:
    details = {"pairs": [{"a": "left", "b": "right", "real": 0.5, "virtual": 0.4}]}
    text = render(report(scores=[score("pair_trends", 0.98, 0.7, 0.99, details=details)]), {})
    assert "right × left: 0.50" in text


def test_the_same_report_makes_the_same_page(charts: dict[str, Any]) -> None:
    assert render(report(), charts) == render(report(), charts)


def test_a_deep_model_shows_how_it_was_trained_and_others_do_not(
    page: str, charts: dict[str, Any]
) -> None:
    deep = render(report(training=training()), charts)
    Page(deep)
    assert 'id="training"' in deep and 'id="training"' not in page
    assert "flow matching loss" in deep and "Rows per s" in deep
