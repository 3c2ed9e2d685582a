"""The verdict on pictures: the truth table of its thresholds."""

from itertools import pairwise
from typing import Any

import pytest

from guanyao.report.grading import is_rising, position, times_real
from guanyao.report.image_bars import IMAGE_BARS
from guanyao.report.texts import TEXTS, variant
from guanyao.report.verdict import NEVER, USES, standing, verdict
from tests.report.image_samples import good_image_scores, image_report
from tests.report.samples import attack, score

SAFE = [attack("nearest_neighbour", "random", 0.505)]


def judged(*changed: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """The verdict on a good run with some scores replaced."""
    names = [one["name"] for one in changed]
    kept = [one for one in good_image_scores() if one["name"] not in names]
    record = {"data": {"kind": "images"}, "scores": [*kept, *changed], "attacks": SAFE, **parts}
    return verdict(record)


def test_a_good_run_is_ready() -> None:
    said = judged()
    assert [said[about] for about in ("fidelity", "utility", "privacy")] == ["good"] * 3
    assert said["overall"] == "ready"
    assert "training classifiers" in said["use"]["text"]


@pytest.mark.parametrize(
    ("name", "value", "real", "level"),
    [
        ("cfid", 9.4, 1.9, "good"),
        ("cfid", 20.3, 3.575, "fair"),  # noise that is just seen
        ("cfid", 78.5, 3.575, "fair"),  # a blur at half strength
        ("cfid", 299.1, 3.575, "poor"),  # a blur
        ("fid", 9.4, 1.9, "good"),
        ("precision", 0.86, 0.95, "good"),
        ("precision", 0.75, 0.95, "fair"),
        ("precision", 0.60, 0.95, "poor"),
        ("recall", 0.83, 0.96, "good"),
        ("recall", 0.717, 0.96, "fair"),  # a blur at half strength
        ("recall", 0.234, 0.96, "poor"),  # a blur
        ("coverage", 0.971, 0.979, "good"),
        ("coverage", 0.875, 0.971, "fair"),  # a class of ten left out
        ("coverage", 0.208, 0.979, "poor"),  # 200 pictures again and again
        ("label_accuracy", 0.95, 0.985, "good"),
        ("label_accuracy", 0.90, 0.985, "fair"),
        ("label_accuracy", 0.60, 0.985, "poor"),
    ],
)
def test_fidelity_is_measured_beside_fresh_real_pictures(
    name: str, value: float, real: float, level: str
) -> None:
    best = 0.0 if "fid" in name else 1.0
    one = score(name, value, 1540.0 if "fid" in name else 0.05, real, best=best)
    assert judged(one)["fidelity"] == level


def test_a_wide_interval_is_not_good() -> None:
    assert judged(score("cfid", 9.0, 1540.0, 1.9, low=5.0, high=60.0))["fidelity"] == "fair"


@pytest.mark.parametrize("name", ["ckid", "density"])
def test_figures_without_a_bar_take_no_part(name: str) -> None:
    awful = score(name, 1e6, 0.5, 1.0)
    assert judged(awful) == judged()
    assert standing(awful, "images") is None


def test_shuffled_pixels_may_be_more_precise_than_real_ones() -> None:
    one = score("precision", 0.948, 0.99, 0.95)
    assert is_rising(one)
    assert standing(one, "images") == pytest.approx(0.998, abs=1e-3)


def test_a_real_reference_of_zero_says_nothing() -> None:
    said = judged(score("cfid", 9.0, 1540.0, 0.0))
    assert "fidelity.cfid" not in {reason["code"] for reason in said["reasons"]}


def test_distances_are_placed_by_orders_of_magnitude() -> None:
    places = [position(score("cfid", value, 1540.0, 1.9)) for value in (1.9, 19.0, 190.0, 1540.0)]
    assert places[0] == 1 and places[-1] == 0
    gaps = [a - b for a, b in pairwise(places)]
    assert max(gaps) < 2 * min(gaps)
    assert times_real(score("cfid", 9.5, 1540.0, 1.9)) == pytest.approx(5)


@pytest.mark.parametrize(
    ("tstr", "level"), [(0.974, "good"), (0.90, "fair"), (0.735, "poor"), (None, "unknown")]
)
def test_utility_is_a_share_of_what_can_be_learned(tstr: Any, level: str) -> None:
    assert judged(score("tstr", tstr, 0.07, 0.98, kind="utility"))["utility"] == level


def test_without_labels_utility_is_not_asked() -> None:
    scores = [s for s in good_image_scores() if s["name"] not in ("tstr", "label_accuracy")]
    said = judged(scores=scores)
    assert (said["utility"], said["overall"]) == ("unknown", "ready")
    assert any("no labels" in why for why in said["why"])


@pytest.mark.parametrize(
    ("low", "n_exact", "level"),
    [(0.007, 0, "good"), (0.02, 0, "fair"), (0.035, 0, "poor"), (0.007, 1, "fair"),
     (0.007, 10, "fair"), (0.007, 500, "poor")],
)  # fmt: skip
def test_copies_can_only_make_it_worse(low: float, n_exact: int, level: str) -> None:
    details = {"n_exact_copies": n_exact, "images": {"virtual": 5_000}}
    one = score("copy_rate", low + 0.005, 0.0, 0.01, low=low, details=details, kind="diagnostic")
    assert judged(one)["privacy"] == level
    assert judged(one, attacks=[])["privacy"] in ("unknown", "poor")


def test_an_attack_that_finds_pictures_stops_it() -> None:
    said = judged(attacks=[attack("nearest_neighbour", "random", 0.7)])
    assert said["overall"] == "stop"


def test_every_bar_and_reason_has_its_texts() -> None:
    assert all(f"fidelity.{name}" in TEXTS and f"score.{name}" in TEXTS for name in IMAGE_BARS)
    assert all(bar.reason for bar in IMAGE_BARS.values())
    said = image_report()["verdict"]
    assert len(said["why"]) == len(said["reasons"])
    assert not any("{" in why for why in said["why"])
    uses = [use for use, _ in USES]
    assert all(variant(f"use.{use}", "images") in TEXTS for use in (*uses, *NEVER))
