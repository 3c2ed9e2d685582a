import json
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import ConfigError, UnknownNameError
from guanyao.flows.compare import compare
from guanyao.flows.folder import PART
from guanyao.records import evidence
from tests.flows.fakes import Deep

QUICK: dict[str, Any] = {"canaries": False, "format": "csv"}


def test_one_that_fails_is_named_and_the_others_go_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = compare(source, models=["failing", "shuffled", "broken"], out=out, **QUICK)
    assert done.failed == {
        "failing": "error[data.test]: this generator learns nothing",
        "broken": "error[internal]: KeyError",
    }
    assert sorted(path.name for path in out.iterdir()) == [
        "compare.html", "compare.json", "run.json", "shuffled",
    ]  # fmt: skip
    assert sorted(path.name for path in (out / "shuffled").iterdir()) == [
        "model.gy", "report.html", "report.json", "virtual.csv",
    ]  # fmt: skip
    assert json.loads(done.paths["report_json"].read_text(encoding="utf-8")) == done.record
    assert evidence.verify(out / "run.json")["verb"] == "compare"
    page = done.paths["report"].read_text(encoding="utf-8")
    assert all(name in page for name in ("failing", "shuffled", "broken"))
    assert "secret" not in page


def test_it_can_be_done_again_in_the_same_folder(source: Path, tmp_path: Path) -> None:
    for _ in range(2):
        compare(source, models=["shuffled"], out=tmp_path / "out", **QUICK)
    assert evidence.verify(tmp_path / "out" / "run.json")


@pytest.mark.parametrize("models", [[], ["shuffled", "shuffled"], ["failing"]])
def test_nothing_to_compare_is_refused(source: Path, tmp_path: Path, models: list[str]) -> None:
    with pytest.raises(ConfigError):
        compare(source, models=models, out=tmp_path / "out", **QUICK)
    assert not (tmp_path / "out").exists()


def test_an_unknown_name_is_found_before_the_work(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="shufled"):
        compare(source, models=["shuffled", "shufled"], out=tmp_path / "out", **QUICK)


def test_ctrl_c_leaves_what_was_fitted_and_no_result(source: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        compare(source, models=["shuffled", "interrupted"], out=tmp_path / "out", **QUICK)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [PART]
    left = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert left == {"model.gy", "state.json"}


def test_it_goes_on_where_it_was_stopped(source: Path, tmp_path: Path) -> None:
    out, options = tmp_path / "out", {**QUICK, "settings": {}}
    Deep.stops.append(True)
    with pytest.raises(KeyboardInterrupt):
        compare(source, models=["deep", "shuffled"], out=out, **options)
    [part] = out.iterdir()
    assert [path.name for path in part.iterdir()] == ["deep"]
    done = compare(source, models=["deep", "shuffled"], out=out, **options)
    assert Deep.starts == [False, True]
    assert not done.failed
    assert sorted(path.name for path in (out / "deep").iterdir()) == [
        "model.gy", "report.html", "report.json", "training", "virtual.csv",
    ]  # fmt: skip


def test_what_another_comparison_left_is_not_among_the_results(
    source: Path, tmp_path: Path
) -> None:
    Deep.stops.append(True)
    with pytest.raises(KeyboardInterrupt):
        compare(source, models=["deep"], out=tmp_path / "out", **QUICK)
    compare(source, models=["shuffled"], out=tmp_path / "out", **QUICK)
    assert not (tmp_path / "out" / "deep").exists()
