"""Inspections: a draw that anyone repeats, and a swapped model that is caught."""

import hashlib
import json
import random
from decimal import Decimal, getcontext
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guanyao.errors import ConfigError, DataError, TransitionError
from guanyao.filing.drawing import Candidate, drawn, list_digest
from guanyao.flows.filing import inspect
from guanyao.flows.filing.incidents import open_case
from guanyao.flows.run import run
from guanyao.flows.sample import sample_to
from tests.filing import cast
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play

__all__ = ["place", "play", "sqlite_play"]

N_ROWS = 900
SEED = "lottery of 2026-03-20: 03 11 19 24 30 33"


def visits(shift: float, seed: int) -> pl.DataFrame:
    """Made-up visits; the shift moves cost and outcome, and turns who is ill."""
    rng = random.Random(seed)  # noqa: S311
    rows = []
    for _ in range(N_ROWS):
        age = rng.randint(18, 90)
        is_ill = rng.random() < (age / 110 if shift == 0 else 1 - age / 110)
        ward = rng.choice(["north", "south", "east"])
        cost = round(rng.gauss(200 + 4 * age + 250 * is_ill + shift, 40), 1)
        rows.append({"age": age, "ward": ward, "cost": cost, "is_ill": is_ill})
    return pl.DataFrame(rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The filed run, and a model that learned from other data, both real."""
    folder = tmp_path_factory.mktemp("trained")
    paths = {}
    for name, shift in (("filed", 0.0), ("other", 300.0)):
        source = folder / f"{name}.csv"
        visits(shift, seed=7).write_csv(source)
        options = {"target": "is_ill", "model": "trees", "canaries": False, "seed": 3}
        run(source, out=folder / name, holdout=0.3, format="csv", **options)
        paths[f"{name}.csv"] = source
        paths[name] = folder / name
    return paths


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def filed(play: RoomPlay, trained: dict[str, Path]) -> RoomPlay:
    """A filed service whose dossier holds the run; its inspection has pulled the pack."""
    return with_pack(play, trained)


def with_pack(play: RoomPlay, trained: dict[str, Path]) -> RoomPlay:
    model = digest(trained["filed"] / "model.gy")
    play.to_filed(model_digest=model, measured_digest=model)
    record = trained["filed"] / "run.json"
    with play.room.store.writing() as desk:
        file = desk.put_file(record.read_bytes())
        item = {"id": "run-1", "kind": "run", "name": "run.json", "digest": file, "file": file}
        desk.put_record("f-1", "evidence", "run-1", item)
    room = play.room
    planned = inspect.plan(room, "f-1", cast.INSPECTOR, "complaints", announce=False)
    assert planned.done
    assert inspect.pull_pack(room, "f-1", "inspection-1", cast.INSPECTOR).done
    return play


def measure(play: RoomPlay, trained: dict[str, Path], **more: Any) -> inspect.Inspected:
    given = {"source": trained["filed.csv"], **more}
    return inspect.measure(play.room, "f-1", "inspection-1", cast.INSPECTOR, **given)


def test_check_10_the_filed_model_is_found_to_be_as_filed(
    filed: RoomPlay, trained: dict[str, Path]
) -> None:
    found = measure(filed, trained, model=trained["filed"] / "model.gy", seed=11)
    assert found.grade == "none", [one.line for one in found.deviations]
    assert found.measurement.filed_data == found.measurement.data
    names = {one.name for one in found.measurement.compared}
    assert {"column_shapes", "pair_trends", "c2st_auc", "tstr"} <= names


def test_check_10_a_swapped_model_is_caught_by_digest_and_by_metrics(
    filed: RoomPlay, trained: dict[str, Path]
) -> None:
    swapped = trained["other"] / "model.gy"
    found = measure(filed, trained, model=swapped)
    assert found.outcome.done
    codes = {finding.code: finding.grade for finding in found.findings}
    assert codes["digest"] == "major"
    assert codes["metrics"] == "critical"
    worse = {one.name for one in found.deviations if one.how == "worse"}
    assert {"column_shapes", "c2st_auc"} <= worse
    [kept] = inspect.inspections(filed.room, "f-1")
    assert kept["measured"]["proposed"] == "critical"
    assert kept["state"] == "MEASURED"
    assert kept["pulled"]["model_digest"] == found.measurement.filed_model
    done = inspect.conclude(
        filed.room, "f-1", "inspection-1", cast.INSPECTOR, "critical", cast.REASON
    )
    assert done.done
    [kept] = inspect.inspections(filed.room, "f-1")
    assert (kept["finding"], kept["decided"]["as_proposed"]) == ("critical", True)
    assert filed.room.store.verify().ok


def test_check_10_a_swapped_model_whose_digest_is_claimed_falsely_is_caught_by_metrics(
    sqlite_play: RoomPlay, trained: dict[str, Path], tmp_path: Path
) -> None:
    """Only a delivered table is given, and the provider names the digest that was filed."""
    play = with_pack(sqlite_play, trained)
    delivered = sample_to(trained["other"] / "model.gy", 700, tmp_path / "delivered.csv", seed=5)
    claimed = digest(trained["filed"] / "model.gy")
    found = measure(play, trained, virtual=delivered, claimed=claimed)
    assert found.measurement.live_model == ""
    assert found.measurement.measured_digest == claimed
    codes = {finding.code: finding.grade for finding in found.findings}
    assert codes["metrics"] == "major"
    assert "unseen" in codes
    assert any("proposed major" in line for line in inspect.told(found))


def test_a_false_claim_beside_the_model_itself_is_critical(
    sqlite_play: RoomPlay, trained: dict[str, Path]
) -> None:
    play = with_pack(sqlite_play, trained)
    claimed = digest(trained["filed"] / "model.gy")
    found = measure(
        play,
        trained,
        model=trained["other"] / "model.gy",
        virtual=trained["filed"] / "virtual.csv",
        claimed=claimed,
    )
    codes = {finding.code: finding.grade for finding in found.findings}
    assert codes["claim"] == "critical"
    assert found.measurement.made_by == "delivered"


def test_what_cannot_be_measured_is_said(sqlite_play: RoomPlay, trained: dict[str, Path]) -> None:
    play = with_pack(sqlite_play, trained)
    with pytest.raises(ConfigError, match="nothing to measure"):
        measure(play, trained)
    with play.room.store.writing() as desk:
        desk.drop_record("f-1", "evidence", "run-1")
    with pytest.raises(DataError) as missing:
        measure(play, trained, model=trained["filed"] / "model.gy")
    assert missing.value.code == "filing.inspect_run"
    with pytest.raises(TransitionError):
        inspect.measure(
            play.room,
            "f-1",
            "inspection-2",
            cast.INSPECTOR,
            source=trained["filed.csv"],
            model=trained["filed"] / "model.gy",
        )
    with play.room.store.reading() as desk:
        last = desk.acts("f-1")[-1]
    assert (last["event"], last["done"]) == ("measure", False)


def by_hand(candidates: list[tuple[str, int]], seed: str, n: int) -> list[str]:
    """The published algorithm, written down a second time."""
    getcontext().prec = 60
    keys = []
    for number, weight in candidates:
        text = f"guanyao.draw/1\n{seed}\n{number}".encode()
        hashed = int(hashlib.sha256(text).hexdigest(), 16)
        share = Decimal(hashed + 1) / Decimal(2**256 + 1)
        keys.append((-share.ln() / weight, number))
    return [number for _, number in sorted(keys)[:n]]


def test_anyone_repeats_the_draw_from_the_list_and_the_seed() -> None:
    candidates = [(f"cn-{n}", 1 + n % 4) for n in range(40)]
    known = [Candidate(number=number, weight=weight) for number, weight in candidates]
    for n in (1, 5, 40, 50):
        seed = f"seed number {n}"
        expected = by_hand(candidates, seed, n)
        assert [one.number for one in drawn(reversed(known), seed, n)] == expected
    assert list_digest(known) == list_digest(reversed(known))


def test_more_tickets_are_drawn_more_often() -> None:
    known = [Candidate(number="a", weight=1), Candidate(number="b", weight=4)]
    first = [drawn(known, f"seed {n:06}", 1)[0].number for n in range(2000)]
    assert 0.77 < first.count("b") / 2000 < 0.83


@pytest.mark.parametrize("seed", ["", "short", "two\nlines of seed"])
def test_a_draw_needs_a_seed(seed: str) -> None:
    with pytest.raises(ConfigError, match="seed"):
        drawn([Candidate(number="a")], seed, 1)


def test_a_draw_is_kept_published_and_repeated(play: RoomPlay) -> None:
    play.to_filed()
    values = {"severity": "special", "cause": "outage"}
    open_case(play.room, "incident", cast.HEAD, values, filing="f-1")
    assert [one.weight for one in inspect.candidates(play.room)] == [4]
    assert [one.weight for one in inspect.candidates(play.room, weighted=False)] == [1]
    found = inspect.draw(play.room, cast.INSPECTOR, seed=SEED, n=2)
    assert found["drawn"] == ["cn-ab-12"]
    assert found["filings"] == ["f-1"]
    assert inspect.repeat(json.loads(json.dumps(found)))
    assert not inspect.repeat({**found, "drawn": ["another"]})
    with pytest.raises(ConfigError, match="used before"):
        inspect.draw(play.room, cast.INSPECTOR, seed=SEED, n=2)
    with pytest.raises(ConfigError, match="inspector"):
        inspect.draw(play.room, cast.CLERK, seed=SEED + "!", n=2)
    planned = inspect.plan(play.room, "f-1", cast.INSPECTOR, "random draw", draw=found["id"])
    assert planned.done
    with pytest.raises(ConfigError, match="did not draw"):
        inspect.plan(play.room, "f-1", cast.INSPECTOR, "random draw", draw="draw-9")
    assert inspect.inspections(play.room, "f-1")[0]["risk"]["points"] == 12


def test_nothing_filed_nothing_drawn(sqlite_play: RoomPlay) -> None:
    with pytest.raises(ConfigError, match="no service is filed"):
        inspect.draw(sqlite_play.room, cast.INSPECTOR, seed=SEED, n=1)
