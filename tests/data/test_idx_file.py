"""IDX files: what MNIST comes in, and what is wrong with files that claim to be such."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data.images import is_images, read_images
from guanyao.errors import DataError, GuanyaoError
from tests.data.pictures import idx, images, pixels, write_idx

FUZZ = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_with_labels_beside_them(tmp_path: Path, channels: int) -> None:
    every = images(9, channels=channels)
    path = write_idx(tmp_path, every.pixels, every.labels)
    found = read_images(path)
    assert np.array_equal(found.pixels, every.pixels)
    assert found.labels is not None
    assert every.labels is not None
    assert np.array_equal(found.labels, every.labels)
    assert (found.classes, found.source.format, found.notes) == (("0", "1", "2"), "idx", ())


def test_without_labels_and_not_packed(tmp_path: Path) -> None:
    path = tmp_path / "train-images.idx3-ubyte"
    path.write_bytes(idx(pixels(3)[..., 0]))
    found = read_images(path)
    assert np.array_equal(found.pixels, pixels(3))
    assert found.labels is None
    (tmp_path / "train-labels.idx1-ubyte").write_bytes(idx(np.array([7, 7, 2], np.uint8)))
    assert read_images(path).classes == ("2", "7")


def test_labels_of_another_name(tmp_path: Path) -> None:
    path = write_idx(tmp_path, pixels(3))
    other = tmp_path / "mine"
    other.write_bytes(idx(np.array([1, 2, 1], np.uint8)))
    assert read_images(path, labels=other).classes == ("1", "2")
    with pytest.raises(DataError) as caught:
        read_images(path, labels=tmp_path / "none")
    assert caught.value.code == "data.missing"


def test_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "pictures"
    path.write_bytes(idx(pixels(3)[..., 0]))
    assert is_images(path)
    assert len(read_images(path)) == 3


def test_a_folder_with_a_pair_for_training_and_one_for_testing(tmp_path: Path) -> None:
    write_idx(tmp_path, pixels(5), np.arange(5))
    write_idx(tmp_path, pixels(3, seed=1), np.arange(3), name="t10k")
    found = read_images(tmp_path)
    assert len(found) == 5
    assert "of 2 sets of pictures" in found.notes[0]
    assert len(read_images(tmp_path / "t10k-images-idx3-ubyte.gz")) == 3


def test_a_folder_with_one_set_and_one_with_too_many(tmp_path: Path) -> None:
    write_idx(tmp_path, pixels(5), name="digits")
    assert len(read_images(tmp_path)) == 5
    write_idx(tmp_path, pixels(5), name="clothes")
    with pytest.raises(DataError, match="2 sets") as caught:
        read_images(tmp_path)
    assert caught.value.code == "data.images"


def test_labels_are_no_pictures(tmp_path: Path) -> None:
    write_idx(tmp_path, pixels(3), np.arange(3))
    with pytest.raises(DataError, match="labels, no pictures") as caught:
        read_images(tmp_path / "train-labels-idx1-ubyte.gz")
    assert caught.value.code == "data.images"


def test_labels_of_half(tmp_path: Path) -> None:
    path = write_idx(tmp_path, pixels(6), np.arange(3))
    with pytest.raises(DataError, match="6 pictures and 3 labels") as caught:
        read_images(path)
    assert caught.value.code == "data.image_labels"


def test_there_is_no_entity(tmp_path: Path) -> None:
    path = write_idx(tmp_path, pixels(6))
    with pytest.raises(DataError) as caught:
        read_images(path, entity="patient")
    assert caught.value.code == "data.column_missing"


def test_values_of_other_kinds(tmp_path: Path) -> None:
    path = tmp_path / "f-idx3"
    path.write_bytes(idx(np.linspace(0, 1, 12).reshape(3, 2, 2).astype(">f4"), kind=0x0D))
    found = read_images(path)
    assert found.pixels.max() == 255
    assert "from 0 to 1" in found.notes[0]


WHOLE = idx(pixels(3)[..., 0])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0",
        WHOLE[:10],
        WHOLE[:-1],
        WHOLE + b"\0",
        b"\1" + WHOLE[1:],
        b"\0\0\7" + WHOLE[3:],
        b"\0\0\x08\0" + WHOLE[4:],
        b"\0\0\x08\x09" + WHOLE[4:],
        idx(np.zeros(5, np.uint8), shape=(10**6, 10**3, 10**3)),
        idx(np.zeros(5, np.uint8), shape=(2**32 - 1,) * 4),
        idx(np.zeros(0, np.uint8), shape=(2**32 - 1, 0, 4)),
    ],
    ids=str,
)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_damaged_file(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"a-idx3-ubyte{suffix}"
    path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(DataError) as caught:
        read_images(path)
    assert caught.value.code in {"data.damaged", "data.images"}


def test_a_gzip_that_is_cut_off(tmp_path: Path) -> None:
    path = write_idx(tmp_path, pixels(50))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError) as caught:
        read_images(path)
    assert caught.value.code == "data.damaged"


def test_names_of_classes_must_be_a_list(tmp_path: Path) -> None:
    path = write_idx(tmp_path, pixels(3), np.array([0, 1, 0]))
    names = tmp_path / "train-classes.json"
    names.write_text('["cat", "dog"]')
    assert read_images(path).classes == ("cat", "dog")
    for wrong in ('["cat"]', '["cat", "cat"]', "{", '{"a": 1}', "[1, 2]", "[" * 100_000):
        names.write_text(wrong)
        with pytest.raises(DataError):
            read_images(path)


@FUZZ
@given(st.integers(0, 10**4), st.integers(0, 255), st.booleans())
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_one_byte_is_wrong(tmp_path: Path, suffix: str, at: int, value: int, cut: bool) -> None:
    folder = tmp_path / "fuzz"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / f"a-idx3-ubyte{suffix}"
    content = bytearray(gzip.compress(WHOLE, mtime=0) if suffix else WHOLE)
    content[at % len(content)] = value
    path.write_bytes(content[: at % len(content)] if cut else content)
    try:
        assert len(read_images(path)) > 0
    except GuanyaoError as error:
        assert isinstance(error, DataError)
        assert "\n" not in str(error)
