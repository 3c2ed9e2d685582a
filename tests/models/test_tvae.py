from pathlib import Path

import pytest
import torch

from guanyao.errors import ConfigError
from guanyao.models import model_file
from guanyao.models.column_modes import ColumnModes
from guanyao.models.tvae import TVAE, RowVAE, TVAENetwork
from tests.models.tables import agreement, some_fields, some_rows, tied_table

SMALL = {"width": 64, "latent_dim": 16, "batch_size": 100}


def quick(**changed: object) -> TVAE:
    return TVAE(**{**SMALL, "epochs": 100, **changed})  # type: ignore[arg-type]


def network() -> TVAENetwork:
    torch.manual_seed(0)
    found = TVAENetwork(RowVAE(ColumnModes(some_fields()), 4, 16, 1.0))
    found.prepare(some_rows())
    return found


def test_an_untrained_decoder_draws_the_shares_of_the_rows() -> None:
    found, rows = network(), some_rows()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        drawn = found.draw(found.outputs(5_000, generator, {}), generator, {})
    for i in (0, 2):
        wanted = torch.bincount(rows[:, i]) / len(rows)
        assert (torch.bincount(drawn[:, i]) / 5_000).tolist() == pytest.approx(
            wanted.tolist(), abs=0.05
        )


def test_the_divergence_weighs_more_as_training_goes_on() -> None:
    found, rows = network(), some_rows()
    losses = []
    for fraction in (0.0, 0.25, 0.5, 1.0):
        torch.manual_seed(1)
        ((name, loss),) = found.autoencoder.updates((rows,), fraction)
        losses.append(loss.item())
    assert name == "tvae"
    divergence = float(found.autoencoder.log["divergence"])
    assert losses == pytest.approx([losses[0] + k * divergence for k in (0, 0.5, 1, 1)], rel=1e-4)


def test_columns_that_hang_together_stay_together() -> None:
    rows = quick().fit(tied_table()).sample(600, seed=1)
    assert agreement(rows) > 0.8
    assert rows["amount"].mean() == pytest.approx(5.0, abs=1.5)


def test_conditions_move_what_hangs_on_them() -> None:
    model = quick().fit(tied_table())
    for given, kind in (({"mirror": "y"}, "b"), ({"amount": 0.0}, "a")):
        rows = model.sample(200, given=given, seed=1)
        assert (rows["kind"] == kind).mean() > 0.6, given


def test_the_file_brings_back_the_model(tmp_path: Path) -> None:
    model = quick(epochs=2).fit(tied_table(100))
    model.save(tmp_path / "m.gy")
    assert model_file.load(tmp_path / "m.gy").sample(20, seed=2).equals(model.sample(20, seed=2))


@pytest.mark.parametrize("wrong", [{"latent_dim": 0}, {"beta": 11}, {"width": 4}, {"n_steps": 0}])
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError) as caught:
        TVAE(**wrong)  # type: ignore[arg-type]
    assert caught.value.code == "config.setting"
