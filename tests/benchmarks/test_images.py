"""The benchmark of images: bars, medians over seeds, the table, and figures of real pictures."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import image_bars
import image_measures
import images

from tests.metrics.digit_sides import holdout, train


def run(**figures: float) -> dict[str, float]:
    plain = {"tstr": 0.98, "cfid": 9.0, "coverage": 0.9, "peak_mb": 900.0, "collapsed": 0.0}
    return plain | {"learned_per_cpu_s": 1000.0, "drawn_per_cpu_s": 20_000.0} | figures


def test_the_median_of_the_seeds_is_judged_and_collapses_are_counted() -> None:
    seeds = [run(tstr=0.95), run(tstr=0.97), run(tstr=0.99, collapsed=1.0)]
    found = image_bars.of_seeds(seeds)
    assert (found["tstr"], found["collapsed"]) == (0.97, 1.0)


def test_bars_say_what_was_passed_and_what_was_missed() -> None:
    runs = {("latent_flow", 2.0): [run()], ("dcgan", 20.0): [run(cfid=30.0), run(collapsed=1.0)]}
    judged = image_bars.judge("mnist", runs)
    missed = {(what.split(",")[0], v.figure) for what, v in judged if not v.passed}
    assert missed == {
        ("latent_flow", "tstr"),
        ("latent_flow", "cfid"),
        ("latent_flow", "learned_per_cpu_s"),
        ("dcgan", "collapsed"),
    }
    assert any(v.figure == "peak_mb" and v.passed for _, v in judged)
    assert {v.figure for _, v in image_bars.judge("digits", runs)} == {"peak_mb"}


def test_collapse_is_seen_in_warnings_and_in_coverage() -> None:
    assert not image_bars.collapsed({"coverage": 0.8}, [])
    assert image_bars.collapsed({"coverage": 0.1}, [])
    assert image_bars.collapsed({"coverage": 0.8}, ["mode collapse: samples differ little"])


def test_the_table_has_a_line_for_each_generator() -> None:
    references = {"real": {"cfid": 1.9}, "independent": {"cfid": 900.0}}
    text = images.markdown("mnist", references, {("vae", 2.0): [run(), run(), run()]})
    lines = text.splitlines()
    assert lines[4].startswith("| **vae** | 2 | – | 0.9800 | 9.0 |")
    assert lines[6].startswith("- vae, 2 CPU min, 3 seeds: tstr 0.980, bar >= 0.850: passed")
    assert len({line.count("|") for line in lines[:5]}) == 1


@pytest.mark.slow
def test_real_pictures_beat_shuffled_ones_and_copies_are_seen() -> None:
    measures = image_measures.Measures(train(), holdout())
    found = measures.references()
    for name in ("cfid", "cfid_holdout"):
        assert 5 * found["real"][name] < found["independent"][name]
    for name in ("tstr", "label_accuracy", "coverage", "recall"):
        assert found["real"][name] > 1.5 * found["independent"][name]
    copies = measures.of(train().take(np.arange(400)))
    assert copies["copy_rate"] == 1
    assert copies["nearest_neighbour_auc"] > 0.6
