"""The benchmark's cut: by unit, fixed by the seed; the bars beside it."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks import bars, datasets


@pytest.fixture
def hmeq_like(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table of 100 rows of 20 units in place of a real one."""
    frame = pl.DataFrame({datasets.UNIT: [i % 20 for i in range(100)], "y": range(100)})
    source = datasets._Source("y", lambda data: frame)
    monkeypatch.setitem(datasets._SOURCES, "hmeq", source)
    return tmp_path


def test_no_unit_is_on_both_sides(hmeq_like: Path) -> None:
    split = datasets.load("hmeq", hmeq_like)
    kept_back = {y % 20 for y in split.holdout["y"]}
    assert len(kept_back) == 4
    assert split.units is not None and kept_back.isdisjoint(split.units.to_list())
    assert sorted([*split.train["y"], *split.holdout["y"]]) == list(range(100))
    assert split.train.columns == ["y"]


def test_the_seed_fixes_the_cut(hmeq_like: Path) -> None:
    first, again, other = (datasets.load("hmeq", hmeq_like, seed=s).holdout for s in (0, 0, 1))
    assert first.equals(again)
    assert not first.equals(other)


def test_bars_say_what_passed_and_what_was_missed() -> None:
    ours = dict.fromkeys(("column_shapes", "pair_trends", "tstr"), 0.995)
    ours |= {"fit_cpu_s": 2.0, "rows_per_cpu_s": 1e6, "c2st_auc": 0.53}
    ours |= {"mia_auc": 0.51, "dcr_share": 0.6}
    rival = ours | {"fit_cpu_s": 200.0, "c2st_auc": 0.56}
    verdicts = bars.judge("adult", {"trees": ours, "argn": rival}, "argn")
    assert [v.figure for v in verdicts if v.passed is False] == ["dcr_share"]
    ratios = [round(v.value, 6) for v in verdicts if v.passed is None]
    assert ratios == [100, 1, 2]


def test_elsewhere_the_rival_is_the_bar() -> None:
    ours = {"mia_auc": 0.51, "c2st_auc": 0.6, "tstr": 0.8, "fit_cpu_s": 1, "rows_per_cpu_s": 1}
    rival = ours | {"c2st_auc": 0.55, "tstr": 0.7}
    verdicts = bars.judge("hmeq", {"trees": ours, "argn": rival}, "argn")
    assert {v.figure: v.passed for v in verdicts if v.passed is not None} == {
        "mia_auc": True,
        "c2st_auc": False,
        "tstr": True,
    }
