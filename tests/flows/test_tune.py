import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guanyao import registry
from guanyao.cli.main import main
from guanyao.data.readers import read
from guanyao.data.split import split
from guanyao.data.table import Table
from guanyao.errors import ConfigError, DataError, MissingExtraError
from guanyao.flows import tune as tune_flow
from guanyao.flows import tune_judges
from guanyao.flows.generators import IMAGES, TABLES, Family
from guanyao.flows.opening import open_source
from guanyao.flows.settings import Learning
from guanyao.flows.tune import tune
from guanyao.models import IMAGE_MODELS
from guanyao.models.search_spaces import IMAGE_SPACES, SPACES, Choice, Range, Space
from guanyao.models.trees import Trees
from guanyao.types import Silent
from tests.models import toy_images

TOY_SPACE: Space = {"learning_rate": Range(1e-3, 1e-1, log=True), "width": Range(2, 8)}


@pytest.fixture(autouse=True)
def _one_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune_judges, "MAX_DRAWS", 1)


class Interrupts(Silent):
    """Stops the work after so many trials."""

    def __init__(self, n_trials: int) -> None:
        self.left = n_trials

    def note(self, text: str) -> None:
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


def lines(out: Path) -> list[dict[str, str]]:
    with (out / "trials.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def quick(source: Path, out: Path, **more: Any) -> Any:
    options = {"model": "trees", "target": "is_ill", "entity": "person", "seed": 3, **more}
    return tune(source, out=out, minutes=5, **options)


def test_a_search_leaves_the_best_settings_a_line_per_trial_and_a_page(
    source: Path, tmp_path: Path
) -> None:
    done = quick(source, tmp_path / "out", n_trials=4)
    best = json.loads((tmp_path / "out" / "best.json").read_bytes())
    assert best["model"] == "trees"
    assert best["settings"] == done.settings
    assert set(best["settings"]) == set(SPACES["trees"])
    assert sum(best["trials"].values()) == 4
    rows = lines(tmp_path / "out")
    losses = [float(row["loss"]) for row in rows if row["state"] == "complete"]
    assert min(losses) == done.figures["loss"]
    assert done.figures["loss"] >= 0
    assert set(done.figures) == {"loss", "c2st_auc", "tstr", "trtr", "dcr_share"}
    page = (tmp_path / "out" / "tune.html").read_text("utf-8")
    assert "Best settings" in page
    assert "最佳设置" in page
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "best.json", "study.db", "trials.csv", "tune.html",
    }  # fmt: skip


def test_the_defaults_are_tried_first_and_the_same_seed_gives_the_same_trials(
    source: Path, tmp_path: Path
) -> None:
    quick(source, tmp_path / "a", n_trials=2)
    quick(source, tmp_path / "b", n_trials=2)
    a, b = lines(tmp_path / "a"), lines(tmp_path / "b")
    assert float(a[0]["penalty"]) == Trees().penalty
    for row in (*a, *b):
        del row["seconds"]
    assert a == b


def test_a_search_that_was_stopped_goes_on(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        quick(source, out, n_trials=4, progress=Interrupts(2))
    assert len(lines(out)) == 2
    assert (out / "best.json").is_file()
    before = lines(out)
    quick(source, out, n_trials=4)
    after = lines(out)
    assert len(after) == 4
    assert after[:2] == before
    quick(source, out, n_trials=4)
    assert lines(out) == after


def test_a_trial_that_is_stopped_does_not_count(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, learn, calls = tmp_path / "out", tune_flow.learn, []

    def stops(*args: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return learn(*args, **more)

    monkeypatch.setattr(tune_flow, "learn", stops)
    with pytest.raises(KeyboardInterrupt):
        quick(source, out, n_trials=2)
    assert [row["state"] for row in lines(out)] == ["complete", "fail"]
    monkeypatch.setattr(tune_flow, "learn", learn)
    assert quick(source, out, n_trials=2).counts == {"completed": 2, "pruned": 0, "failed": 0}


def test_the_holdout_is_never_learned_nor_measured(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def judge(learned: Any, validation: Any, seed: int) -> Any:
        seen.extend([learned, validation])
        return tune_flow_judge(learned, validation, seed)

    tune_flow_judge = tune_flow.judge_of
    monkeypatch.setattr(tune_flow, "judge_of", judge)
    quick(source, tmp_path / "out", n_trials=1)
    table = open_source(str(source), Learning(target="is_ill", entity="person"))
    train, holdout = split(table, holdout=0.2, seed=3, entity="person")  # type: ignore[arg-type]
    people = [set(one.frame["person"]) for one in seen]
    assert people[0] | people[1] == set(train.frame["person"])
    assert not people[0] & people[1]
    assert not (people[0] | people[1]) & set(holdout.frame["person"])


def test_fixed_settings_stay_and_are_not_searched(source: Path, tmp_path: Path) -> None:
    done = quick(source, tmp_path / "out", n_trials=2, settings={"n_trees": "2"})
    assert done.settings["n_trees"] == "2"
    assert "n_trees" not in lines(tmp_path / "out")[0]


def test_poor_beginnings_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame(
        {"a": [i % 7 for i in range(1_500)], "b": [i % 11 for i in range(1_500)]}
    ).write_csv(tmp_path / "t.csv")
    losses = iter([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9])

    class Judge:
        meaning = ("", "")

        def __call__(self, generator: Any) -> dict[str, float]:
            return {"loss": next(losses)}

    monkeypatch.setattr(tune_flow, "judge_of", lambda *args: Judge())
    done = tune(tmp_path / "t.csv", out=tmp_path / "out", model="copula", n_trials=5)
    assert done.counts == {"completed": 4, "pruned": 1, "failed": 0}


def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_MODELS, "toy", toy_images.PLACE)
    monkeypatch.setitem(IMAGE_SPACES, "toy", TOY_SPACE)
    images = toy_images.digits(300)
    fixed = {"epochs": 1, "precision": "fp32"}
    done = tune(images, out=tmp_path / "out", model="toy", n_trials=2, seed=1, settings=fixed)
    assert done.figures["loss"] == done.figures["cfid"] > 0
    assert 0 <= done.figures["label_accuracy"] <= 1
    assert sum(done.counts.values()) == 2


def test_another_search_is_refused(source: Path, tmp_path: Path) -> None:
    quick(source, tmp_path / "out", n_trials=1)
    with pytest.raises(ConfigError) as caught:
        quick(source, tmp_path / "out", n_trials=1, seed=4)
    assert caught.value.code == "tune.other_study"
    fewer = read(source).schema.with_roles(target=None, entity="person")
    assert fewer != read(source).schema
    with pytest.raises(ConfigError) as caught:
        quick(source, tmp_path / "out", n_trials=1, schema=fewer)
    assert caught.value.code == "tune.other_study"


def test_a_folder_with_other_things_and_a_damaged_study_are_refused(
    source: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        quick(source, tmp_path, n_trials=1)
    assert caught.value.code == "config.out"
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "study.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(DataError) as broken:
        quick(source, tmp_path / "out", n_trials=1)
    assert broken.value.code == "tune.study"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"model": "independent"}, "tune.space"),
        ({"n_trials": 0}, "config.range"),
        ({"settings": {"penalty": "high"}}, "config.setting"),
    ],
)
def test_strange_wishes_are_refused(
    source: Path, tmp_path: Path, more: dict[str, Any], code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        quick(source, tmp_path / "out", **more)
    assert caught.value.code == code


def test_no_trial_comes_through(source: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        tune(source, out=tmp_path / "out", model="trees", minutes=1e-5)
    assert caught.value.code == "tune.none"


def test_without_optuna_one_line_says_what_to_install(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"guanyao\[tune\]"):
        quick(source, tmp_path / "out", n_trials=1)


@pytest.mark.parametrize(
    ("family", "name", "space"),
    [(TABLES, *item) for item in SPACES.items()]
    + [(IMAGES, *item) for item in IMAGE_SPACES.items()],
)
def test_defaults_lie_in_their_ranges(family: Family, name: str, space: Space) -> None:
    default = registry.find(family.table, name, family.group)()
    for setting, one in space.items():
        value = getattr(default, setting)
        if isinstance(one, Choice):
            assert value in one.values, setting
        else:
            assert one.low <= value <= one.high, setting


def test_the_command(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["tune", str(source), "-o", str(tmp_path / "out"), "--model", "copula", "--trials", "1"]
    assert main([*words, "--target", "is_ill", "-q", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["verb"] == "tune"
    assert said["trials"] == {"completed": 1, "pruned": 0, "failed": 0}
    assert main([*words, "--target", "is_ill", "-q"]) == 0
    assert "--set max_codes=100" in capsys.readouterr().out


def test_a_copy_of_what_was_learned_does_not_win(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune_judges, "MAX_DRAWS", 2)
    table = read(source)
    half = len(table) // 2
    learned, validation = (
        Table(table.frame[rows], table.schema) for rows in (range(half), range(half, 2 * half))
    )

    class Draws:
        def __init__(self, rows: pl.DataFrame) -> None:
            self.rows = rows

        def sample(self, n_rows: int, *, seed: int) -> pl.DataFrame:
            return self.rows[:n_rows]

    judge = tune_judges.TableJudge(learned, validation, 0)
    assert judge.n_draws == 2
    copied, fresh = judge(Draws(learned.frame)), judge(Draws(validation.frame))
    assert copied["dcr_share"] > 0.9
    assert fresh["dcr_share"] < 0.5
    assert copied["loss"] > 0.4
