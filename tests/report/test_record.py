"""The shape of report.json."""

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from guanyao.errors import DataError
from guanyao.report.record import Report, check
from tests.report.image_samples import image_report
from tests.report.samples import report

PARTS = ("run", "data", "model", "timing", "scores", "attacks", "warnings", "protection")


def test_the_parts_become_a_whole_report_with_its_verdict() -> None:
    sample = report()
    built = Report(**{part: sample[part] for part in PARTS}).to_json()
    assert built == sample
    check(json.loads(json.dumps(built, allow_nan=False)))


def test_numbers_that_json_does_not_know_become_null_or_plain() -> None:
    sample = report()
    sample["timing"] = {"fit_s": np.float64(1.5), "sample_s": float("nan"), "n": np.int64(3)}
    built = Report(**{part: sample[part] for part in PARTS}).to_json()
    assert built["timing"] == {"fit_s": 1.5, "sample_s": None, "n": 3}


def test_a_run_on_pictures_keeps_its_kind_and_its_training() -> None:
    sample = image_report()
    parts = [part for part in (*PARTS, "training") if part in sample]
    built = Report(**{part: sample[part] for part in parts}).to_json()
    assert built == sample
    assert built["verdict"]["fidelity"] == "good"  # by the bars of pictures


@pytest.mark.parametrize("part", ["schema", "run", "scores", "attacks", "verdict", "warnings"])
def test_a_missing_part_is_told(part: str) -> None:
    sample = report()
    del sample[part]
    with pytest.raises(DataError) as caught:
        check(sample)
    assert caught.value.code == "data.report"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r["scores"][0].pop("reference"),
        lambda r: r["scores"][0].update(kind="beauty"),
        lambda r: r["scores"].append("no record"),
        lambda r: r["attacks"][0].pop("control"),
        lambda r: r["verdict"].update(privacy="great"),
    ],
)
def test_a_wrong_part_is_told(spoil: Callable[[dict[str, Any]], object]) -> None:
    sample = copy.deepcopy(report())
    spoil(sample)
    with pytest.raises(DataError):
        check(sample)


@pytest.mark.parametrize("foreign", [None, [], "text", {"schema": "other/1"}])
def test_a_foreign_file_is_no_report(foreign: object) -> None:
    with pytest.raises(DataError):
        check(foreign)
