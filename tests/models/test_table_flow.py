from pathlib import Path

import numpy as np
import pytest
import torch

from guanyao.data.encoders import Field
from guanyao.errors import ConfigError, DataError
from guanyao.models import model_file
from guanyao.models.table_flow import (
    TableFlow,
    Velocity,
    normal_velocity,
    target_of,
    velocity_to,
)
from tests.models.tables import agreement, some_fields, tied_table, weights_of

SMALL = {"codec_width": 32, "flow_width": 32, "n_flow_steps": 4, "batch_size": 100}


def quick(**changed: object) -> TableFlow:
    return TableFlow(**{**SMALL, "epochs": 40, **changed})  # type: ignore[arg-type]


def test_the_velocity_to_a_point_is_the_way_from_the_noise_to_it() -> None:
    torch.manual_seed(0)
    mean, noise, time = torch.randn(9, 3), torch.randn(9, 3), torch.rand(9, 1) * 0.9
    found = velocity_to(mean, torch.zeros(9, 3), (1 - time) * noise + time * mean, time)
    assert torch.allclose(found, mean - noise, atol=1e-4)


def test_the_velocity_to_a_gaussian_is_the_mean_of_all_ways_through_a_point() -> None:
    torch.manual_seed(0)
    noise, latent = torch.randn(400_000), 1.0 + 0.5 * torch.randn(400_000)
    point = 0.4 * noise + 0.6 * latent
    near = (point - 0.8).abs() < 0.02
    known = (latent - noise)[near].mean().item()
    one = torch.ones(1, 1)
    found = velocity_to(one, 0.5 * one, 0.8 * one, 0.6 * one).item()
    assert found == pytest.approx(known, abs=0.03)


def test_the_velocity_to_standard_normals_is_known() -> None:
    point, time = torch.randn(7, 2), torch.rand(7, 1)
    found = velocity_to(torch.zeros(7, 2), torch.ones(7, 2), point, time)
    assert torch.allclose(found, normal_velocity(point, time), atol=1e-6)


def test_an_unlearned_flow_leaves_noise_as_it_is() -> None:
    flow = Velocity(4, 2, width=16, n_blocks=2)
    noise = torch.randn(50, 4)
    with torch.no_grad():
        found = flow.follow(noise, torch.zeros(50, dtype=torch.int64), 20)
    assert torch.allclose(found, noise, atol=0.02)


def test_the_target_is_the_one_field_that_is_one() -> None:
    assert target_of(some_fields()) == 2
    assert target_of(some_fields()[:2]) is None
    assert target_of([Field(name="t", n_codes=2, ordered=False, is_target=True)]) is None


@pytest.mark.parametrize("target", ["kind", None])
def test_columns_that_hang_together_stay_together(target: str | None) -> None:
    table = tied_table(target=target)
    rows = quick().fit(table).sample(600, seed=1)
    assert agreement(rows) > 0.85
    shares = rows["kind"].value_counts(normalize=True).sort("kind")["proportion"].to_list()
    assert shares == pytest.approx([0.6, 0.3, 0.1], abs=0.1)
    means = rows.group_by("kind").agg(amount=rows["amount"].mean()).sort("kind")
    assert means.height == 3


def test_conditions_move_what_hangs_on_them() -> None:
    model = quick().fit(tied_table())
    for given, kind, least in (({"mirror": "z"}, "c", 0.7), ({"amount": 10.0}, "b", 0.45)):
        rows = model.sample(200, given=given, seed=1)
        assert (rows["kind"] == kind).mean() > least, given


def test_training_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    table = tied_table(200)
    whole = quick(epochs=6).fit(table, seed=4)
    first, again = (quick(epochs=6).fit(table, seed=4, folder=tmp_path) for _ in range(2))
    for other in (first, again):
        for name, weight in weights_of(whole).items():
            assert np.array_equal(weight, weights_of(other)[name]), name


def test_training_for_one_target_does_not_go_on_for_another(tmp_path: Path) -> None:
    quick(epochs=2).fit(tied_table(200, target="kind"), seed=4, folder=tmp_path)
    with pytest.raises(DataError) as caught:
        quick(epochs=2).fit(tied_table(200, target="amount"), seed=4, folder=tmp_path)
    assert caught.value.code == "training.other_checkpoint"


def test_torch_goes_on_as_if_nothing_had_been() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    quick(epochs=1).fit(tied_table(60)).sample(5, given={"kind": "a"}, seed=1)
    assert torch.equal(torch.rand(3), wanted)


def test_the_file_brings_back_the_model(tmp_path: Path) -> None:
    model = quick(epochs=2).fit(tied_table(100))
    model.save(tmp_path / "m.gy")
    loaded = model_file.load(tmp_path / "m.gy")
    assert isinstance(loaded, TableFlow)
    assert loaded.history_ == model.history_
    assert [e["stage"] for e in model.history_["epochs"]] == ["autoencoder", "flow"]
    assert loaded.sample(20, seed=2).equals(model.sample(20, seed=2))


def test_weights_that_do_not_fit_are_refused() -> None:
    model = quick(epochs=1).fit(tied_table(60))
    fields, state = model.encoder_.fields, model._state()
    with pytest.raises(ValueError, match="another network"):
        quick(flow_width=16)._restore(state, fields)
    with pytest.raises(ValueError, match="another network"):
        quick()._restore(state, fields[:1])
    state["weights"]["velocity.scale"] = np.full_like(state["weights"]["velocity.scale"], np.nan)
    with pytest.raises(ValueError, match="no number"):
        quick()._restore(state, fields)


@pytest.mark.parametrize(
    "wrong",
    [{"latent_dim": 0}, {"beta": -1}, {"flow_width": 4}, {"n_flow_steps": 0}, {"epochs": 0}],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as caught:
        TableFlow(**wrong)  # type: ignore[arg-type]
    assert caught.value.code == "config.setting"


def test_small_tables_are_not_learned_by_heart() -> None:
    model = TableFlow(max_epochs=7, n_steps=1_000, batch_size=50)
    assert model._training(100).epochs == 7
    assert model._training(10_000).epochs == 5
    assert TableFlow(max_minutes=1.0, max_epochs=9)._training(10**6).epochs == 9
