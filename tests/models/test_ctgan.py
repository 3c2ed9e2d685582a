from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn

from guanyao.data.readers import read
from guanyao.errors import ConfigError
from guanyao.models import model_file
from guanyao.models.column_modes import ColumnModes
from guanyao.models.ctgan import CTGAN, Conditions, CTGANNetwork, RowRivalry
from tests.models.tables import some_fields, some_rows, tied_table

SMALL = {"width": 32, "noise_dim": 16, "batch_size": 100, "learning_rate": 2e-3}


def quick(**changed: object) -> CTGAN:
    return CTGAN(**{**SMALL, "epochs": 60, **changed})  # type: ignore[arg-type]


def conditions() -> Conditions:
    found = Conditions(ColumnModes(some_fields()))
    found.prepare(some_rows())
    return found


def network(pac: int = 5) -> CTGANNetwork:
    torch.manual_seed(0)
    columns = ColumnModes(some_fields())
    rivalry = RowRivalry(columns, noise_dim=4, width=8, pac=pac, dropout=0.0, penalty=10.0)
    found = CTGANNetwork(rivalry)
    found.prepare(some_rows())
    return found


def test_real_rows_meet_the_conditions_they_are_drawn_for() -> None:
    found, rows = conditions(), some_rows()
    torch.manual_seed(0)
    condition = found.trained(300)
    real = rows[found.rows_with(condition, found.index(rows))]
    fields = torch.tensor(found.fields)[condition.chosen]
    assert torch.equal(real[torch.arange(300), fields], condition.level)
    assert set(condition.chosen.tolist()) == {0, 1}


def test_rare_levels_are_trained_more_often_than_they_are() -> None:
    found, rows = conditions(), some_rows()
    torch.manual_seed(0)
    condition = found.trained(5_000)
    share = (condition.level[condition.chosen == 0] == 2).float().mean()
    assert share > 1.3 * (rows[:, 0] == 2).float().mean()


def test_conditions_are_drawn_by_frequency_and_within_a_mask() -> None:
    found, rows = conditions(), some_rows()
    generator = torch.Generator().manual_seed(0)
    free = found.drawn(8_000, generator, {})
    share = (free.level[free.chosen == 0] == 2).float().mean().item()
    assert share == pytest.approx((rows[:, 0] == 2).float().mean().item(), abs=0.03)
    bound = found.drawn(100, generator, {2: torch.tensor([False, True])})
    assert set(bound.chosen.tolist()) == {1}
    assert set(bound.level.tolist()) == {1}


def test_condition_vectors_have_one_hot_place_each() -> None:
    found = conditions()
    torch.manual_seed(0)
    condition = found.trained(50)
    vector = found.vector(condition)
    assert vector.shape == (50, 5)
    assert torch.equal(vector.argmax(1), condition.chosen * 3 + condition.level)
    assert torch.equal(vector.sum(1), torch.ones(50))


def test_a_critic_of_slope_one_pays_no_penalty() -> None:
    rivalry = network().rivalry
    width = rivalry.columns.width + rivalry.conditions.width
    line = nn.Linear(5 * width, 1)
    with torch.no_grad():
        line.weight.fill_(0.0)[0, 3] = 1.0
    rivalry.critic.layers = nn.Sequential(line)
    real, fake = torch.randn(20, width), torch.randn(20, width)
    assert rivalry._penalty(real, fake).item() == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        line.weight.mul_(3)
    assert rivalry._penalty(real, fake).item() == pytest.approx(4, abs=1e-4)


def test_the_critic_sees_packs() -> None:
    rivalry = network(pac=5).rivalry
    width = rivalry.columns.width + rivalry.conditions.width
    assert rivalry.critic(torch.randn(20, width)).shape == (4, 1)


def test_the_generator_pays_for_disobedience() -> None:
    rivalry = network().rivalry
    torch.manual_seed(0)
    condition = rivalry.conditions.trained(40)
    written = torch.zeros(40, rivalry.columns.width)
    even = rivalry._disobedience(written, condition).item()
    for k, i in enumerate(rivalry.conditions.fields):
        part = dict(rivalry.columns.split(written))[i]
        rows = condition.chosen == k
        part[rows] += 20 * nn.functional.one_hot(condition.level[rows], part.shape[1])
    assert np.log(2) <= even <= np.log(3)
    assert rivalry._disobedience(written, condition).item() < 1e-3


def test_shares_and_conditions_are_kept() -> None:
    model = quick().fit(tied_table())
    rows = model.sample(1_000, seed=1)
    for name, level, share in (("kind", "a", 0.6), ("kind", "c", 0.1), ("mirror", "y", 0.3)):
        assert (rows[name] == level).mean() == pytest.approx(share, abs=0.08)
    assert set(model.sample(50, given={"kind": "b", "mirror": "y"}, seed=1)["kind"]) == {"b"}


def test_a_table_of_numbers_alone_has_no_conditions(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=300)
    model = quick(epochs=5).fit(read(pl.DataFrame({"x": x, "y": 2 * x})))
    assert model.sample(40, seed=1).height == 40
    assert model.sample(3, given={"x": float(np.median(x))}, seed=1).height == 3
    model.save(tmp_path / "m.gy")
    assert model_file.load(tmp_path / "m.gy").sample(9, seed=2).equals(model.sample(9, seed=2))


@pytest.mark.parametrize(
    "wrong", [{"pac": 0}, {"dropout": 1}, {"noise_dim": 0}, {"validation": 0.1}]
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as caught:
        CTGAN(**wrong)  # type: ignore[arg-type]
    assert caught.value.code == "config.setting"
