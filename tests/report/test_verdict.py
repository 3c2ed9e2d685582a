"""The verdict's truth table."""

import math
from typing import Any

import pytest

from guanyao.report.grading import position
from guanyao.report.texts import TEXTS
from guanyao.report.verdict import FIDELITY_BARS, NEVER, USES, is_powered, verdict, worst_attack
from tests.report.samples import SCHEMA, attack, good_attacks, good_scores, report, score

NAMES = [column.name for column in SCHEMA if column.is_modelled]
SAFE = [attack("nearest_neighbour", "random", 0.505)]


def judged(
    scores: list[dict[str, Any]] | None = None,
    attacks: list[dict[str, Any]] | None = None,
    **model: Any,
) -> dict[str, Any]:
    """The verdict on these scores (good ones by default) and attacks (safe ones by default)."""
    record = {
        "scores": good_scores(NAMES) if scores is None else scores,
        "attacks": SAFE if attacks is None else attacks,
        "model": model,
    }
    return verdict(record)


def levels(said: dict[str, Any]) -> tuple[str, ...]:
    return said["fidelity"], said["utility"], said["privacy"], said["overall"]


def test_a_good_run_is_ready() -> None:
    assert levels(judged()) == ("good", "good", "good", "ready")


def test_a_copy_of_train_fails_privacy_and_nothing_else() -> None:
    copy = [attack("nearest_neighbour", "random", 0.998, 0.002)]
    said = judged(attacks=copy)
    assert levels(said) == ("good", "good", "poor", "stop")
    assert said["use"]["for"] == ["nothing"]
    assert "release" in said["use"]["not_for"]


def test_independent_columns_fail_fidelity_and_utility_though_their_shapes_are_perfect() -> None:
    scores = [
        score("column_shapes", 0.9958, 0.9952, 0.9961),
        score("pair_trends", 0.767, 0.766, 0.991),
        score("c2st_auc", 0.989, 0.989, 0.499, best=0.5),
        score("tstr", 0.467, 0.467, 0.922, kind="utility"),
    ]
    said = judged(scores)
    assert levels(said) == ("poor", "poor", "good", "weak")
    assert said["use"]["for"] == ["software_tests", "partners", "sharing"]


@pytest.mark.parametrize(
    ("name", "value", "independent", "real", "best", "level"),
    [
        ("column_shapes", 0.99, 0.995, 0.996, 1.0, "good"),
        ("column_shapes", 0.95, 0.995, 0.996, 1.0, "fair"),
        ("column_shapes", 0.84, 0.995, 0.996, 1.0, "poor"),
        ("pair_trends", 0.98, 0.766, 0.991, 1.0, "good"),
        ("pair_trends", 0.95, 0.766, 0.991, 1.0, "fair"),
        ("pair_trends", 0.80, 0.766, 0.991, 1.0, "poor"),
        ("triple_trends", 0.973, 0.835, 1.0, 1.0, "good"),
        ("c2st_auc", 0.54, 0.989, 0.5, 0.5, "good"),
        ("c2st_auc", 0.65, 0.989, 0.5, 0.5, "fair"),
        ("c2st_auc", 0.997, 0.989, 0.5, 0.5, "poor"),
        ("c2st_auc", 0.51, 0.505, 0.5, 0.5, "good"),
        ("c2st_auc", 0.60, 0.505, 0.5, 0.5, "poor"),
        ("missingness", 0.95, 0.998, 0.999, 1.0, "poor"),
    ],
)
def test_fidelity_lies_between_the_references(
    name: str, value: Any, independent: float, real: float, best: float, level: str
) -> None:
    said = judged([score(name, value, independent, real, best=best)])
    assert said["fidelity"] == level


@pytest.mark.parametrize("name", ["pair_trends", "triple_trends"])
def test_no_share_of_the_way_is_told_where_the_references_are_near(name: str) -> None:
    near, far = (judged([score(name, 0.69, floor, 0.70)]) for floor in (0.68, 0.5))
    assert near["reasons"][0]["code"] == f"fidelity.{name}.near"
    assert "too near" in near["why"][0]
    assert "–" not in near["why"][0]
    assert far["reasons"][0]["code"] == f"fidelity.{name}"


def test_the_weakest_figure_decides() -> None:
    scores = [s for s in good_scores(NAMES) if s["name"] != "pair_trends"]
    assert judged([*scores, score("pair_trends", 0.8, 0.766, 0.991)])["fidelity"] == "poor"


def test_a_wide_interval_is_not_good() -> None:
    wide = score("pair_trends", 0.98, 0.766, 0.991, low=0.85, high=1.0)
    assert judged([wide])["fidelity"] == "fair"


@pytest.mark.parametrize(
    ("value", "level"), [(0.911, "good"), (0.87, "fair"), (0.80, "poor"), (None, "unknown")]
)
def test_utility_is_a_share_of_what_can_be_learned(value: Any, level: str) -> None:
    assert judged([score("tstr", value, 0.487, 0.922, kind="utility")])["utility"] == level


def test_a_target_that_cannot_be_predicted_says_nothing() -> None:
    said = judged([score("tstr", 0.51, 0.50, 0.515, kind="utility")])
    assert said["utility"] == "unknown"
    assert "utility.not_learnable" in {reason["code"] for reason in said["reasons"]}


def test_without_a_target_good_data_are_ready() -> None:
    scores = [s for s in good_scores(NAMES) if s["name"] != "tstr"]
    assert levels(judged(scores)) == ("good", "unknown", "good", "ready")


@pytest.mark.parametrize(
    ("auc", "half", "level"),
    [
        (0.51, 0.01, "good"),
        (0.545, 0.01, "fair"),
        (0.56, 0.03, "fair"),
        (0.62, 0.01, "poor"),
        (0.51, 0.2, "unknown"),
        (math.nan, 0.01, "unknown"),
    ],
)
def test_privacy_is_the_upper_end_of_the_strongest_attack(
    auc: float, half: float, level: str
) -> None:
    assert judged(attacks=[attack("nearest_neighbour", "random", auc, half)])["privacy"] == level


def test_the_strongest_attack_decides() -> None:
    strong = attack("calibrated_neighbour", "vulnerable", 0.66, 0.02)
    said = judged(attacks=[*SAFE, strong, *SAFE])
    assert said["privacy"] == "poor"
    assert worst_attack([*SAFE, strong]) is strong


def test_an_attack_that_could_not_be_judged_counts_as_not_passed() -> None:
    assert judged(attacks=good_attacks())["privacy"] == "fair"
    assert not is_powered(attack("nearest_neighbour", "canary", 0.5, 0.01, usable=False))


def test_few_people_found_for_sure_fail_privacy_though_the_area_is_near_guessing() -> None:
    leak = attack(
        "nearest_neighbour", "random", 0.505, 0.006, tpr_at_fpr={"0.001": 0.06, "0.01": 0.07}
    )
    said = judged(attacks=[leak])
    assert said["privacy"] == "poor"
    assert "privacy.tail" in {reason["code"] for reason in said["reasons"]}


def test_the_number_of_records_is_taken_from_the_details() -> None:
    rates = {"tpr_at_fpr": {"0.01": {"usable": True}}, "n_members": 4000, "n_non_members": 4000}
    leak = attack("nearest_neighbour", "random", 0.5, 0.045, details=rates)
    leak["tpr_at_fpr"] = {"0.01": 0.09}
    assert judged(attacks=[leak])["privacy"] == "poor"
    rates["tpr_at_fpr"] = {"0.01": {"usable": False}}
    assert judged(attacks=[leak])["privacy"] == "good"


def test_a_tail_that_chance_explains_does_not_fail() -> None:
    small = attack(
        "nearest_neighbour", "random", 0.5, 0.045, tpr_at_fpr={"0.001": 0.02, "0.01": 0.05}
    )
    assert judged(attacks=[small])["privacy"] == "good"


def test_an_attack_without_area_is_judged_by_its_risk() -> None:
    risk = attack("singling_out", "all", 0.5, risk=0.2, low=0.15, high=0.25, baseline=0.0)
    risk["auc"] = None
    assert judged(attacks=[risk])["privacy"] == "poor"


@pytest.mark.parametrize("value", [0.0, 0.5, 0.64, 1.0])
def test_distance_to_the_closest_record_never_takes_part(value: Any) -> None:
    without = [s for s in good_scores(NAMES) if s["name"] != "dcr_share"]
    dcr = score("dcr_share", value, 0.489, 0.5, kind="diagnostic", best=0.5)
    assert judged([*without, dcr]) == judged(without)


def test_exact_copies_can_only_make_it_worse() -> None:
    many = score("exact_copies", 0.02, 0.0, 0.0005, kind="diagnostic", best=0.0)
    assert judged([*good_scores(NAMES)[:5], many])["privacy"] == "poor"
    few = score("exact_copies", 0.0, 0.0, 0.0005, kind="diagnostic", best=0.0)
    assert judged([few], [])["privacy"] == "unknown"


def test_nothing_measured_is_unknown() -> None:
    assert levels(verdict({})) == ("unknown", "unknown", "unknown", "unknown")


def test_no_attack_is_not_proven_safe() -> None:
    said = judged(attacks=[])
    assert levels(said) == ("good", "good", "unknown", "unproven")
    assert said["use"]["for"] == ["nothing"]


def test_a_formal_promise_is_told() -> None:
    said = judged(privacy={"epsilon": 1.0, "delta": 1e-5})
    assert "privacy.dp" in {reason["code"] for reason in said["reasons"]}


def test_reasons_come_with_english_and_with_texts() -> None:
    said = report()["verdict"]
    assert len(said["why"]) == len(said["reasons"])
    assert all(reason["code"] in TEXTS for reason in said["reasons"])
    assert not any("{" in why for why in said["why"])
    assert said["use"]["text"].startswith("Use it for: ")


def test_every_use_and_bar_has_its_texts() -> None:
    uses = [use for use, _ in USES]
    assert all(f"use.{use}" in TEXTS for use in (*uses, *NEVER, "nothing", "release"))
    assert all(f"fidelity.{name}" in TEXTS for name in FIDELITY_BARS)


def test_position_needs_both_references_apart() -> None:
    assert position(score("x", 0.9, 0.8, 1.0)) == 0.5
    assert position(score("x", 0.9, 0.99, 1.0)) is None
    assert position({"name": "x", "value": 0.9}) is None
