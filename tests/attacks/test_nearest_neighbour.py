"""The nearest-neighbour attack finds planted leaks, and nothing in fresh rows."""

import numpy as np
import polars as pl
import pytest

from guanyao.attacks.calibrated_neighbour import calibrated_neighbour, closeness
from guanyao.attacks.membership import Records
from guanyao.attacks.nearest_neighbour import nearest_neighbour
from guanyao.attacks.result import AttackResult, membership_result
from guanyao.data.schema import Column, Schema
from guanyao.data.sides import Sides, prepare
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.testing import check_attack, example_table

ATTACKS = (nearest_neighbour, calibrated_neighbour)


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_keeps_the_contract(attack: object) -> None:
    check_attack(attack)  # type: ignore[arg-type]


@pytest.mark.parametrize("attack", ATTACKS)
def test_it_tells_random_and_vulnerable_records_apart(attack: object) -> None:
    train, holdout = example_table(3000, seed=1), example_table(2500, seed=2)
    random, vulnerable = attack(prepare(train, holdout, train))  # type: ignore[operator]
    assert (random.group, vulnerable.group) == ("random", "vulnerable")
    assert random.auc > 0.99
    assert vulnerable.auc == 1.0
    assert random.tpr_at_fpr["0.01"] > 0.9
    assert random.usable
    assert random.details["tpr_at_fpr"]["0.001"]["usable"]
    assert not vulnerable.details["tpr_at_fpr"]["0.001"]["usable"]
    assert random.risk == pytest.approx(2 * random.auc - 1)


def test_chance_is_chance() -> None:
    areas = []
    for seed in range(1000, 1024):
        tables = (example_table(300, seed=3 * seed + i) for i in range(3))
        areas.append([r.auc for r in nearest_neighbour(prepare(*tables, seed=seed))])
    assert np.mean(areas, axis=0) == pytest.approx([0.5, 0.5], abs=0.06)


def test_a_handful_of_copies_shows_at_a_low_false_positive_rate() -> None:
    train, holdout, fresh = (example_table(n, seed=n) for n in (2500, 2600, 2400))
    leaking = fresh.rows(pl.concat([train.frame[:250], fresh.frame[250:]]))
    random, _ = nearest_neighbour(prepare(train, holdout, leaking))
    assert random.tpr_at_fpr["0.01"] > 0.08


def people(n: int, seed: int) -> Table:
    rng = np.random.default_rng(seed)
    schema = Schema(
        columns=(
            Column(name="who", type="integer", role="entity", dtype="Int64"),
            Column(name="x", type="number", dtype="Float64"),
        )
    )
    who = np.repeat(np.arange(n) + 10_000 * seed, 5)
    return Table(pl.DataFrame({"who": who, "x": rng.normal(size=5 * n)}), schema)


def test_each_person_brings_one_record() -> None:
    sides = prepare(people(300, 1), people(120, 2), people(300, 3))
    random, _ = nearest_neighbour(sides)
    assert random.details["n_non_members"] == 60
    assert random.details["n_members"] == 60
    assert not random.usable


def test_too_few_records_are_refused() -> None:
    few = example_table(15)
    with pytest.raises(DataError, match="10 records of each kind") as caught:
        nearest_neighbour(prepare(few, few, few))
    assert caught.value.code == "measure.impossible"


def test_closeness_ranks_copies_first_and_lonely_copies_before_others() -> None:
    to_virtual = np.array([0.0, 0.0, 0.1, 0.3])
    to_population = np.array([0.5, 0.2, 0.4, 0.1])
    score = closeness(Records(to_virtual, to_population, np.zeros(4)))
    assert np.argsort(-score).tolist() == [0, 1, 2, 3]
    assert closeness(Records(np.zeros(1), np.zeros(1), np.zeros(1))).tolist() == [0.0]


def result(members: list[float], others: list[float]) -> AttackResult:
    return membership_result("a", "t", "random", np.array(members), np.array(others))


def test_rates_are_read_off_the_curve() -> None:
    members = [float(i) for i in range(100, 200)]
    found = result(members, [*map(float, range(99)), 150.5])
    assert found.tpr_at_fpr["0.01"] == 1.0  # one false positive is allowed: the highest
    assert found.tpr_at_fpr["0.001"] == pytest.approx(0.49 + 0.0, abs=0.1)
    assert found.usable


def test_ties_are_broken_by_chance() -> None:
    tied = result([1.0] * 1000, [1.0] * 1000)
    assert tied.auc == tied.control == 0.5
    assert tied.tpr_at_fpr == {"0.001": 0.001, "0.01": 0.01}


def test_the_panel_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sides: Sides = prepare(*(example_table(100, seed=s) for s in range(3)))
    first = nearest_neighbour(sides)
    monkeypatch.setattr("guanyao.attacks.membership.nearest", None)
    assert calibrated_neighbour(sides)[0].details["n_members"] == first[0].details["n_members"]
