import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from guanyao.cli.main import main
from guanyao.data.images import Images
from guanyao.data.readers import read
from guanyao.errors import ConfigError, DataError
from guanyao.flows import explain_images, explain_table
from guanyao.flows.explain import explain
from guanyao.flows.explain_images import between, nearest
from guanyao.models import IMAGE_MODELS
from guanyao.models.copula import Copula
from guanyao.models.image_export import as_generator
from guanyao.models.image_export import export as as_onnx
from guanyao.models.independent import Independent
from guanyao.models.tree_gains import gains
from guanyao.models.trees import Trees
from guanyao.types import Silent
from tests.models import toy_images


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_MODELS, "toy", toy_images.PLACE)


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Sex moves height and job, and nothing moves colour."""
    rng = np.random.default_rng(0)
    n = 2_000
    is_male = rng.random(n) < 0.5
    job = np.where(is_male & (rng.random(n) < 0.8), "smith", rng.choice(["baker", "clerk"], n))
    return pl.DataFrame(
        {
            "sex": np.where(is_male, "m", "f"),
            "height": (165 + 14 * is_male + rng.normal(0, 5, n)).round(1),
            "job": job,
            "colour": rng.choice(["red", "green", "blue"], n),
            "born": pl.Series(rng.integers(0, 9_000, n)).cast(pl.Date),
        }
    )


@pytest.fixture(scope="module")
def trees(frame: pl.DataFrame) -> Trees:
    return Trees().fit(read(frame), seed=0)


def by_title(sections: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["title"]: one for one in sections}


@pytest.mark.parametrize("kind", ["trees", "copula"])
def test_what_hangs_together_is_found(frame: pl.DataFrame, trees: Trees, kind: str) -> None:
    model = trees if kind == "trees" else Copula().fit(read(frame), seed=0)
    found = by_title(explain_table.sections(model, n=4_000, progress=Silent()))
    edges = {
        frozenset(edge[:2]): edge[2] for edge in found["explain.dependencies"]["graph"]["edges"]
    }
    assert frozenset({"sex", "height"}) in edges
    assert not any("colour" in pair for pair in edges)
    assert all(0 < strength <= 1 for strength in edges.values())


def test_what_trees_go_by_adds_up(trees: Trees) -> None:
    found = gains(trees, n_rows=3_000, seed=0)
    assert max(found.values()) <= 1
    assert min(found.values()) >= -1e-9
    strongest = next(iter(found))
    assert set(strongest) <= {"sex", "height", "job"}


def test_what_a_condition_moves(trees: Trees) -> None:
    found = by_title(explain_table.sections(trees, n=4_000, progress=Silent()))
    shifts = found["explain.conditions"]["shifts"]
    sizes = {(s["given"], s["level"], s["moved"]): s for s in shifts}
    told = sizes["sex", "m", "job"]
    assert told["size"] == pytest.approx(0.4, abs=0.08)
    assert told["change"].startswith("smith: +")
    assert sizes["sex", "m", "height"]["size"] > 0.5
    assert not any("colour" in (given, moved) for given, _, moved in sizes)
    bars = found["explain.importances"]["bars"]
    assert bars["sex"] > bars["colour"]


def test_where_few_rows_have_a_level_more_are_drawn(frame: pl.DataFrame) -> None:
    rare = frame.with_columns(
        pl.when(pl.int_range(pl.len()) % 50 == 0).then(pl.lit("rare")).otherwise("sex").alias("sex")
    )
    model = Trees().fit(read(rare), seed=0)
    found = by_title(explain_table.sections(model, n=1_000, progress=Silent()))
    rows = {s["n_rows"] for s in found["explain.conditions"]["shifts"] if s["level"] == "rare"}
    assert rows <= {explain_table.ENOUGH}


def test_independent_columns_move_nothing(frame: pl.DataFrame) -> None:
    model = Independent().fit(read(frame), seed=0)
    found = by_title(explain_table.sections(model, n=4_000, progress=Silent()))
    assert found["explain.dependencies"]["graph"]["edges"] == []
    assert "explain.conditions" not in found


def test_missing_values_are_a_level_of_their_own(frame: pl.DataFrame) -> None:
    gaps = frame.with_columns(
        pl.when(pl.col("sex") == "m").then(None).otherwise("height").alias("height"),
        pl.when(pl.col("sex") == "m").then(None).otherwise("job").alias("job"),
    )
    model = Trees().fit(read(gaps), seed=0)
    found = by_title(explain_table.sections(model, n=3_000, progress=Silent()))
    edges = {
        frozenset(edge[:2]): edge[2] for edge in found["explain.dependencies"]["graph"]["edges"]
    }
    assert max(edges, key=lambda pair: edges[pair]) == {"job + sex", "height"}


def test_one_column_cannot_be_explained(frame: pl.DataFrame) -> None:
    model = Trees().fit(read(frame.select("colour")), seed=0)
    with pytest.raises(ConfigError) as caught:
        explain_table.sections(model, progress=Silent())
    assert caught.value.code == "explain.columns"


def test_the_command_on_a_table(
    trees: Trees, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trees.save(tmp_path / "t.gy")
    words = ["explain", str(tmp_path / "t.gy"), "-o", str(tmp_path / "out"), "-n", "3000", "-q"]
    assert main([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["kind"] == "table"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "explain.html", "explain.json", "run.json",
    }  # fmt: skip
    record = json.loads((tmp_path / "out" / "run.json").read_bytes())
    assert record["verb"] == "explain"
    facts = json.loads((tmp_path / "out" / "explain.json").read_bytes())
    assert facts["sections"] == said["sections"]
    page = (tmp_path / "out" / "explain.html").read_text("utf-8")
    assert "smith" in page
    assert "REAL" not in capsys.readouterr().err
    assert main(words) == 0
    assert "page: " in capsys.readouterr().out
    assert main([*words, "--source", "x.csv"]) == 2
    assert capsys.readouterr().err.startswith("error[config.option]")


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file."""
    head = path.read_bytes()
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


@pytest.fixture(scope="module")
def toy() -> toy_images.Toy:
    return toy_images.fitted()


def save_npz(path: Path) -> Path:
    images = toy_images.digits(200)
    np.savez(path, images=images.pixels, labels=images.labels)
    return path


def test_pictures_without_a_source_show_nothing_real(toy: toy_images.Toy, tmp_path: Path) -> None:
    toy.save(tmp_path / "toy.gy")
    done = explain(tmp_path / "toy.gy", out=tmp_path / "out", n=16)
    assert set(done.paths) == {"page", "facts", "traversals", "interpolation", "labels"}
    assert not done.shows_real
    assert size_of(done.paths["labels"]) == (7 * (10 * 10 - 2), 7 * (6 * 10 - 2))
    assert not any(one.get("is_real") for one in done.facts["sections"])
    first = by_title(done.facts["sections"])["explain.traversals"]
    assert first["files"] == ["traversals.png"]
    assert 0 < sum(first["bars"].values()) <= 1 + 1e-9


def test_pictures_beside_a_source(
    toy: toy_images.Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toy.save(tmp_path / "toy.gy")
    source = save_npz(tmp_path / "digits.npz")
    words = ["explain", str(tmp_path / "toy.gy"), "-o", str(tmp_path / "out"), "-n", "16", "-q"]
    assert main([*words, "--source", str(source)]) == 0
    assert "REAL pictures" in capsys.readouterr().err
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"reconstructions-1.png", "reconstructions-2.png", "nearest.png"} <= names
    facts = json.loads((tmp_path / "out" / "explain.json").read_bytes())
    real = [one["title"] for one in facts["sections"] if one.get("is_real")]
    assert real == ["explain.reconstructions", "explain.nearest"]
    record = json.loads((tmp_path / "out" / "run.json").read_bytes())
    assert [entry["role"] for entry in record["inputs"]] == ["model", "source"]


def test_a_generator_without_codes_is_explained_by_its_noise(
    toy: toy_images.Toy, tmp_path: Path
) -> None:
    drawn = as_generator(toy, as_onnx(toy))
    real = explain_images.read_real(drawn, save_npz(tmp_path / "d.npz"), 0)
    found = by_title(explain_images.sections(drawn, real=real, n=8))
    assert set(found) == {
        "explain.traversals", "explain.interpolation", "explain.labels", "explain.nearest",
    }  # fmt: skip
    assert all(name.startswith("noise ") for name in found["explain.traversals"]["bars"])


def test_the_same_seed_gives_the_same_pictures(toy: toy_images.Toy) -> None:
    a, b, c = (explain_images.sections(toy, n=8, seed=seed) for seed in (1, 1, 2))
    assert a == b
    assert a != c


def strangers() -> Images:
    return replace(toy_images.digits(30), classes=tuple("abcdefghij"))


@pytest.mark.parametrize(
    ("images", "code"),
    [
        (toy_images.digits(30, channels=3), "data.image_sides"),
        (toy_images.digits(30).take([0]), "data.images_few"),
        (strangers(), "data.image_classes"),
    ],
)
def test_other_pictures_are_refused(toy: toy_images.Toy, images: Images, code: str) -> None:
    with pytest.raises(DataError) as caught:
        explain_images.read_real(toy, images, 0)
    assert caught.value.code == code


def test_a_way_on_the_sphere_keeps_its_length() -> None:
    rng = np.random.default_rng(0)
    start, end = (v / np.linalg.norm(v) for v in rng.standard_normal((2, 40)))
    way = between(start, end, np.linspace(0, 1, 7))
    np.testing.assert_allclose(np.linalg.norm(way, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(way[[0, -1]], [start, end], atol=1e-6)
    same = between(start, start, np.array([0.5]))
    np.testing.assert_allclose(same[0], start, atol=1e-6)


def test_the_nearest_pictures_are_found() -> None:
    among = toy_images.digits(100).pixels
    places, distance = nearest(among[[7, 3]], among, 2)
    assert places[:, 0].tolist() == [7, 3]
    assert distance[:, 0].max() < 0.1
    whole = np.square(among[7].astype(float) - among).reshape(100, -1).mean(1)
    assert places[0, 1] == np.argsort(whole)[1]
    assert nearest(among[:1], among[:1], 5)[0].shape == (1, 1)


@pytest.mark.parametrize(("n", "seed"), [(1, 0), (5, -1)])
def test_strange_numbers_are_refused(trees: Trees, tmp_path: Path, n: int, seed: int) -> None:
    trees.save(tmp_path / "t.gy")
    with pytest.raises(ConfigError) as caught:
        explain(tmp_path / "t.gy", out=tmp_path / "out", n=n, seed=seed)
    assert caught.value.code == "config.range"
    assert not (tmp_path / "out").exists()
