"""Generators side by side."""

from typing import Any

from guanyao.report.comparison import ranked
from guanyao.report.page import render_comparison
from tests.report.image_samples import image_report, images
from tests.report.samples import attack, report, score
from tests.report.test_page import Page


def run_of(name: str, *, pair: float = 0.98, auc: float = 0.505, **changes: Any) -> dict[str, Any]:
    scores = [
        score("pair_trends", pair, 0.766, 0.991),
        score("tstr", 0.9, 0.487, 0.922, kind="utility"),
    ]
    model = {"name": name, "settings": {}, "digest": None, "privacy": None}
    attacks = [attack("nearest_neighbour", "random", auc)]
    return report(scores=scores, attacks=attacks, model=model, **changes)


def names(reports: list[dict[str, Any]]) -> list[str]:
    return [one["model"]["name"] for one in reports]


def test_better_figures_come_first_and_leaks_last() -> None:
    runs = [run_of("leaky", pair=0.991, auc=0.9), run_of("weak", pair=0.8), run_of("strong")]
    assert names(ranked(runs)) == ["strong", "weak", "leaky"]


def test_the_page_shows_all_of_them_with_the_references_and_the_best_in_bold() -> None:
    text = render_comparison([run_of("weak", pair=0.8), run_of("strong", pair=0.9832)])
    Page(text)
    assert text.index("1. ") < text.index("2. ")
    assert "<b>0.983</b>" in text and "<b>0.800</b>" not in text
    assert text.count("<em>") == 2 and "0.766" in text and "0.991" in text
    assert "http:" not in text and "https:" not in text


def test_a_generator_that_failed_comes_last_with_its_reason() -> None:
    failed = {"model": {"name": "broken"}, "warnings": ["error[data.empty]: no rows"]}
    runs = [failed, run_of("leaky", auc=0.9)]
    assert names(ranked(runs)) == ["leaky", "broken"]
    text = render_comparison(runs)
    Page(text)
    assert "error[data.empty]: no rows" in text


def test_hostile_and_empty_reports_are_shown() -> None:
    Page(render_comparison([run_of("<script>alert(1)</script>"), {}]))
    Page(render_comparison([]))


def drawn(name: str, *, cfid: float, coverage: float, precision: float = 0.94) -> dict[str, Any]:
    scores = [
        score("cfid", cfid, 1540.0, 1.9, best=0.0, low=0.9 * cfid, high=1.1 * cfid),
        score("ckid", 3_000.0, 6_000.0, -0.6, best=0.0),
        score("precision", precision, 0.99, 0.95),
        score("coverage", coverage, 0.02, 0.98),
    ]
    model = {"name": name, "settings": {}, "digest": None, "privacy": None}
    safe = [attack("nearest_neighbour", "random", 0.505)]
    return image_report(scores=scores, model=model, attacks=safe)


def test_generators_of_pictures_are_ranked_by_judged_figures_and_shown_side_by_side() -> None:
    runs = [
        drawn("blurred", cfid=160.0, coverage=0.5, precision=0.99),
        drawn("sharp", cfid=8.0, coverage=0.95, precision=0.93),
    ]
    assert names(ranked(runs)) == ["sharp", "blurred"]
    text = render_comparison(runs, {"sharp": images(), "blurred": images(noise=80)})
    Page(text)
    assert "generators on the same pictures" in text and "shuffled pixels" in text
    assert text.count("<img") == 2 and "Pictures drawn by sharp" in text
    assert "<b>8.000</b>" in text and "160.0" in text
    assert "<img" not in render_comparison(runs)
