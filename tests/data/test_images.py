"""Pictures as data: what Images holds, what is taken for pictures, what sizes come out."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from guanyao.data.images import Images, describe, is_images, read_images
from guanyao.data.picture_set import common_size
from guanyao.data.readers import read as read_table
from guanyao.errors import ConfigError, DataError, MissingExtraError
from tests.conftest import SHARED
from tests.data.pictures import encoded, images, pixels, write_folder, write_idx


def test_an_array_becomes_images() -> None:
    values = pixels(6)
    found = read_images(values[..., 0], labels=["b", "a", "b", "a", "a", "c"])
    assert found.shape == (6, 5, 1)
    assert np.array_equal(found.pixels, values)
    assert found.classes == ("a", "b", "c")
    assert found.labels is not None
    assert found.labels.tolist() == [1, 0, 1, 0, 0, 2]
    assert found.source.format == "array"


def test_numbers_are_ordered_as_numbers() -> None:
    found = read_images(pixels(4), labels=["10", "9", "-1", "9"])
    assert found.classes == ("-1", "9", "10")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (np.linspace(0, 1, 48).reshape(3, 4, 4), "from 0 to 1"),
        (np.linspace(0, 255, 48, dtype=np.float32).reshape(3, 4, 4), "rounded"),
        (np.arange(48).reshape(3, 4, 4) * 85, "12 bits"),
        (np.arange(48).reshape(3, 16) / 47, "4 x 4"),
        (np.arange(60).reshape(1, 3, 4, 5).repeat(2, 0), "rounded"),
        (np.eye(4, dtype=bool)[None].repeat(2, 0), "from 0 to 1"),
    ],
)
def test_other_numbers_become_pixels_and_it_is_said(values: Any, word: str) -> None:
    found = read_images(values)
    assert found.pixels.dtype == np.uint8
    assert word in " ".join(found.notes)
    assert found.pixels.min() == 0


def test_the_range_is_used() -> None:
    floats = read_images(np.array([[[0.0, 0.5]], [[1.0, 0.25]]]))
    assert floats.pixels.ravel().tolist() == [0, 128, 255, 64]
    deep = read_images(np.array([[[0, 4095]], [[2048, 16]]], dtype=np.uint16))
    assert deep.pixels.ravel().tolist() == [0, 255, 128, 1]


def test_what_is_transparent_lies_on_white() -> None:
    values = np.zeros((2, 1, 2, 4), dtype=np.uint8)
    values[:, 0, 1] = (10, 20, 30, 255)
    found = read_images(values)
    assert found.pixels[0, 0].tolist() == [[255, 255, 255], [10, 20, 30]]


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((3, 4, 4, 2)),
        np.zeros(7),
        np.full((3, 2, 2), np.nan),
        np.full((3, 2, 2), -1),
        np.full((3, 2, 2), np.inf),
        np.full((3, 2, 2), 2**20),
        np.full((3, 2, 2), 300.5),
        np.zeros((3, 2, 2), dtype=complex),
        np.zeros((3, 0, 4), dtype=np.uint8),
    ],
    ids=lambda v: f"{v.dtype}{v.shape}",
)
def test_arrays_that_are_no_pictures(values: Any) -> None:
    with pytest.raises(DataError) as caught:
        read_images(values) if values.ndim in (3, 4) else Images(values)
    assert caught.value.code == "data.images"


@pytest.mark.parametrize("n", [0, 1])
def test_one_picture_is_not_enough(n: int) -> None:
    with pytest.raises(DataError) as caught:
        read_images(pixels(n))
    assert caught.value.code == "data.images_few"


@pytest.mark.parametrize("labels", [[1, 2], [0.5] * 12, [[1, 1]] * 12, [None] * 12])
def test_labels_that_do_not_fit(labels: Any) -> None:
    with pytest.raises(DataError) as caught:
        read_images(pixels(12), labels=labels)
    assert caught.value.code == "data.image_labels"


def test_labels_given_with_a_path(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=pixels(3), labels=[0, 1, 1])
    words = np.array(["x", "y", "x"], dtype=object)
    for source in (tmp_path / "a.npz", images(3), pixels(3)):
        found = read_images(source, labels=words)
        assert found.classes == ("x", "y")
        assert found.source.digest != read_images(source).source.digest
        with pytest.raises(DataError) as caught:
            read_images(source, labels=words[:2])
        assert caught.value.code == "data.image_labels"


def test_an_array_has_no_names_to_look_up() -> None:
    for options in ({"labels": "label"}, {"entity": "patient"}):
        with pytest.raises(DataError) as caught:
            read_images(pixels(3), **options)  # type: ignore[arg-type]
        assert caught.value.code == "data.column_missing"


def test_one_hot_labels() -> None:
    found = read_images(pixels(3), labels=np.eye(3)[[2, 0, 2]])
    assert found.labels is not None
    assert [found.classes[i] for i in found.labels] == ["2", "0", "2"]


def test_fields_must_fit_together() -> None:
    values = pixels(3)
    zeros = np.zeros(3, dtype=np.int64)
    with pytest.raises(DataError, match="places among 0 classes"):
        Images(values, zeros)
    with pytest.raises(DataError, match="one for each of 3"):
        Images(values, zeros[:2], ("a",))
    with pytest.raises(DataError, match="entities are int32"):
        Images(values, entities=zeros.astype(np.int32))


def test_take_keeps_what_belongs_together() -> None:
    every = images(12)
    chosen = every.take(np.array([5, 1]))
    assert np.array_equal(chosen.pixels, every.pixels[[5, 1]])
    assert chosen.labels is not None
    assert chosen.labels.tolist() == [2, 1]
    assert chosen.classes == every.classes
    assert len(every.take(slice(3))) == 3
    assert len(every.take(np.arange(12) > 8)) == 3


def test_the_digest_follows_the_content() -> None:
    one, same = (
        read_images(pixels(4), labels=[0, 1, 0, 1]),
        read_images(pixels(4), labels=[0, 1, 0, 1]),
    )
    assert one.source.digest == same.source.digest
    changed = pixels(4)
    changed[0, 0, 0] ^= 1
    others = [
        read_images(changed, labels=[0, 1, 0, 1]),
        read_images(pixels(4), labels=[1, 1, 0, 1]),
        read_images(pixels(4), labels=["a", "b", "a", "b"]),
        read_images(pixels(4)),
        read_images(pixels(4).reshape(4, 5, 6, 1), labels=[0, 1, 0, 1]),
    ]
    digests = {one.source.digest, *(other.source.digest for other in others)}
    assert len(digests) == 6


def test_what_describe_says() -> None:
    values = pixels(6)
    values[3] = values[0]
    found = describe(read_images(values, labels=list("aabbbb")))
    assert found["n_images"] == 6
    assert (found["height"], found["width"], found["channels"], found["colour"]) == (
        6,
        5,
        1,
        "grey",
    )
    assert found["classes"] == {"a": 2, "b": 4}
    assert found["n_copies"] == 1
    assert found["n_entities"] is None
    assert found["notes"] == []


def test_the_size_that_is_asked_for() -> None:
    found = read_images(images(4, size=(20, 10)), size=8)
    assert found.shape == (8, 8, 1)
    assert "from 20 x 10 pixels to 8 x 8 pixels" in found.notes[0]
    assert read_images(images(4, channels=3), size=(4, 7)).shape == (4, 7, 3)
    flat = np.full((2, 40, 30), 77, dtype=np.uint8)
    assert (read_images(flat, size=16).pixels == 77).all()


def test_resizing_averages_what_it_merges() -> None:
    board = (np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)
    found = read_images(np.stack([board, board]), size=16).pixels
    assert np.abs(found[:, 1:-1, 1:-1].astype(int) - 127).max() <= 2


@pytest.mark.parametrize("size", [0, -3, (3,), (3, 4, 5), 10**6, (8, 0), 2.5, "8", True])
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        read_images(images(4), size=size)
    assert caught.value.code == "config.image_size"


def test_all_pictures_together_must_fit_in_memory() -> None:
    many = np.broadcast_to(np.zeros((1, 8, 8), dtype=np.uint8), (1_000, 8, 8))
    with pytest.raises(DataError) as caught:
        read_images(many, size=4096)
    assert caught.value.code == "data.image_size"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([(28, 28)] * 3, (28, 28)),
        ([(28, 28)] * 3 + [(9, 9)] * 2, (28, 28)),
        ([(10, 10), (20, 30)], (15, 20)),
        ([(1000, 500), (2000, 1000)], (128, 64)),
        ([(4000, 1), (3000, 1)], (128, 1)),
    ],
)
def test_mixed_sizes(sizes: list[tuple[int, int]], expected: tuple[int, int]) -> None:
    assert common_size(sizes) == expected


def test_tables_stay_tables(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(30), "label": ["x", "y", "z"] * 10})
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    strange = ["sqlite:///x.db#t", "no/such.csv", "x" * 5000, "a\0b", "", 7, None, frame]
    sources = [tmp_path / "t.csv", tmp_path / "t.parquet", tmp_path / "empty", *strange]
    assert [source for source in sources if is_images(source)] == []
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "empty")
    assert caught.value.code == "data.folder"


def test_pictures_are_known(tmp_path: Path) -> None:
    values = pixels(4)
    np.savez(tmp_path / "a.npz", images=values)
    write_folder(tmp_path / "deep", values, ["x/y/z"] * 4)
    pl.DataFrame({"image": [encoded(v) for v in values]}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "i").mkdir()
    idx_file = write_idx(tmp_path / "i", values)
    sources = [
        *(values, images(3), tmp_path / "a.npz", str(tmp_path / "a.npz") + "#images"),
        *(tmp_path / "deep", tmp_path / "a.parquet", idx_file, tmp_path / "i"),
    ]
    assert [is_images(source) for source in sources] == [True] * len(sources)


@pytest.mark.parametrize(
    ("name", "code"), [("none", "data.missing"), ("none.npz", "data.missing"), ("e", "data.images")]
)
def test_nothing_there(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "e").mkdir()
    with pytest.raises(DataError) as caught:
        read_images(tmp_path / name)
    assert caught.value.code == code


def test_a_thing_that_is_no_source() -> None:
    with pytest.raises(DataError) as caught:
        read_images(io.BytesIO())
    assert caught.value.code == "data.source"


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "p", pixels(3))
    np.savez(tmp_path / "a.npz", images=pixels(3))
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    assert len(read_images(tmp_path / "a.npz")) == 3
    with pytest.raises(MissingExtraError, match="guanyao\\[images\\]") as caught:
        read_images(folder)
    assert caught.value.code == "missing_extra.images"


REAL = SHARED.parent / "data" / "images"


REAL_COUNTS = {
    "mnist-t10k-images-idx3-ubyte.gz": [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
    "fashion-first3615-images-idx3-ubyte.gz": [335, 394, 357, 375, 357, 357, 362, 376, 342, 360],
    "pneumoniamnist.npz": [1214, 1214],
    "pneumoniamnist.npz#test": [234, 234],
}


@pytest.mark.parametrize("name", REAL_COUNTS if REAL.is_dir() else [])
def test_real_pictures(name: str) -> None:
    found = read_images(str(REAL / name))
    assert found.shape == (28, 28, 1)
    assert list(describe(found)["classes"].values()) == REAL_COUNTS[name]
