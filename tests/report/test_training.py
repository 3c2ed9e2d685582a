"""The section on training: curves and the table of stages."""

import math
from typing import Any

import pytest

from guanyao.report.training import (
    MAX_POINTS,
    curves,
    curves_of,
    is_logarithmic,
    stages_of,
    thinned,
)
from tests.report.image_samples import epochs, training
from tests.report.test_page import Page


def body(**changes: Any) -> str:
    part = curves({"training": training(**changes)})
    assert part is not None
    return part.body


def test_each_stage_has_its_curves_and_its_row() -> None:
    text = body()
    assert text.count('class="stage"') == 2
    # loss with validation, divergence, rate; loss, diversity, rate
    assert text.count("<figure") == 6
    assert "autoencoder loss" in text and "流匹配损失" in text
    assert "bf16" in text and "fp32" in text and "2,340" in text
    assert "45 s" in text and "1:30 min" in text  # each stage for itself
    Page(f"<div>{text}</div>")


def test_validation_is_drawn_over_the_loss_when_it_is_on_the_same_scale() -> None:
    first = stages_of(epochs())["autoencoder"]
    loss = curves_of(first)[0]
    assert loss.name[0] == "autoencoder loss" and len(loss.other) == len(loss.points) == 30
    assert body().count("line dashed") == 1
    far = [{**epoch, "validation": 1e4} for epoch in first]
    names = [curve.name[0] for curve in curves_of(far)]
    assert names == [
        "autoencoder loss",
        "divergence of latents (KL)",
        "validation loss",
        "learning rate",
    ]


@pytest.mark.parametrize(
    ("values", "is_log"),
    [((1.0, 100.0), True), ((1.0, 10.0), False), ((-1.0, 100.0), False), ((0.0, 9.0), False)],
)
def test_only_a_wide_range_above_zero_is_logarithmic(
    values: tuple[float, ...], is_log: bool
) -> None:
    assert is_logarithmic([(float(i), v) for i, v in enumerate(values)]) is is_log


def test_long_curves_are_averaged_and_keep_their_end() -> None:
    points = [(float(i), float(i % 2)) for i in range(10_001)]
    kept = thinned(points)
    assert len(kept) <= MAX_POINTS + 1 and kept[-1] == points[-1]
    assert all(0.4 < value < 0.6 for _, value in kept[:-2])
    assert thinned(points[:MAX_POINTS]) == points[:MAX_POINTS]


def test_what_went_wrong_is_said() -> None:
    assert "mode collapse" in body(warnings=["epoch 3: mode collapse"])
    assert 'class="caution"' not in body()


@pytest.mark.parametrize("told", [None, {}, {"epochs": []}, {"epochs": None}])
def test_without_epochs_there_is_no_section(told: Any) -> None:
    assert curves({"training": told}) is None
    assert curves({}) is None


def test_figures_that_are_none_are_left_out() -> None:
    strange = [
        {"stage": None, "epoch": 1, "seconds": math.nan, "losses": {"x": math.inf}},
        {"epoch": 2, "seconds": 2.0, "losses": None, "rate": None},
        {"epoch": 3},
    ]
    text = body(epochs=strange, precision=None, warnings=None)
    assert "<figure" not in text and "None" not in text and "nan" not in text


def test_a_flat_curve_and_one_moment_can_be_drawn() -> None:
    flat = [{"stage": "s", "epoch": i, "seconds": 1.0, "losses": {"x": 0.0}} for i in (1, 2)]
    Page(f"<div>{body(epochs=flat)}</div>")
