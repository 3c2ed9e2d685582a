"""The card of a model: what its file says of itself, and how such a model works."""

import json
from pathlib import Path

import numpy as np
import pytest

from guanyao.errors import ConfigError, DataError
from guanyao.flows.filing.card import card_of
from guanyao.models import model_file
from guanyao.models.trees import Trees
from guanyao.testing import example_table


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.gy"
    Trees(n_trees=2).fit(example_table(300), seed=1).save(path)
    return path


def test_a_card_tells_how_the_model_works(trees: Path) -> None:
    card = card_of(trees)
    table = example_table(300)
    assert card["schema"] == "guanyao.model-card/1"
    assert (card["model"], card["data"], card["n_rows"]) == ("trees", "tables", 300)
    assert card["digest"] == model_file.digest(trees)
    assert card["settings"]["n_trees"] == 2
    assert "n_trees＝2" in card["mechanism_zh"][0]
    assert card["columns"]["n"] == len(table.schema.columns)
    assert sum(card["columns"]["types"].values()) == card["columns"]["n"]
    assert card["papers"][0]["authors"] == "Reiter"
    assert card["diagram"].startswith("<svg")
    assert card["privacy"] is None
    assert json.loads(json.dumps(card)) == card


def test_a_card_names_no_column_and_no_value(trees: Path) -> None:
    text = json.dumps(card_of(trees), ensure_ascii=False)
    table = example_table(300)
    assert [c.name for c in table.schema.columns if f'"{c.name}"' in text] == []


def test_a_card_of_pictures_counts_parameters(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from guanyao.data.images import Images
    from guanyao.models.vae import VAE

    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (12, 8, 8, 1)).astype(np.uint8)
    model = VAE(n_steps=2, batch_size=4, latent_dim=2, width=4, network="mlp")
    model.fit(Images(pixels=pixels), seed=0).save(tmp_path / "model.gy")
    card = card_of(tmp_path / "model.gy")
    assert (card["data"], card["shape"], card["n_rows"]) == ("images", [1, 8, 8], 12)
    assert card["n_parameters"] > 100
    assert "columns" not in card
    assert "n_steps＝2" in card["stopping"]["zh"]


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.gy").write_bytes(b"none")
    with pytest.raises(DataError) as error:
        card_of(tmp_path / "model.gy")
    assert error.value.code == "model.damaged"


def test_an_exported_model_is_refused(trees: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guanyao.models.EXPORTED_MODELS", {"trees": "somewhere:Trees"})
    with pytest.raises(ConfigError) as error:
        card_of(trees)
    assert error.value.code == "filing.card"
