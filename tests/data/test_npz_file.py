"""NPZ files: the names that data sets use, parts, and files that are damaged or dangerous."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data import compressed
from guanyao.data.images import read_images
from guanyao.errors import DataError, GuanyaoError
from tests.data.pictures import pixels

FUZZ = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LABELS = np.array([3, 1, 3, 1, 3, 1])


def save(path: Path, **arrays: Any) -> Path:
    np.savez_compressed(path, allow_pickle=True, **arrays)
    return path


@pytest.mark.parametrize(
    ("image", "label"),
    [("images", "labels"), ("x_train", "y_train"), ("train_images", "train_labels"),
     ("X", "y"), ("arr_0", "arr_1"), ("data", "target")],
)  # fmt: skip
def test_usual_names(tmp_path: Path, image: str, label: str) -> None:
    path = save(tmp_path / "a.npz", **{image: pixels(6), label: LABELS})
    found = read_images(path)
    assert np.array_equal(found.pixels, pixels(6))
    assert found.classes == ("1", "3")
    assert found.labels is not None
    assert found.labels.tolist() == [1, 0, 1, 0, 1, 0]


def test_parts(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.npz",
        train_images=pixels(6), train_labels=LABELS[:, None],
        val_images=pixels(3), test_images=pixels(4), test_labels=LABELS[:4, None],
    )  # fmt: skip
    assert len(read_images(path)) == 6
    assert "of 3 parts" in read_images(path).notes[0]
    for part, n, classes in (
        ("test", 4, ("1", "3")),
        ("val", 3, ()),
        ("train_images", 6, ("1", "3")),
    ):
        found = read_images(f"{path}#{part}")
        assert (len(found), found.classes, found.notes) == (n, classes, ())
    with pytest.raises(DataError, match="train_images") as caught:
        read_images(f"{path}#nothing")
    assert caught.value.code == "data.image_part"


def test_names_of_classes_and_entities(tmp_path: Path) -> None:
    path = save(
        tmp_path / "a.npz",
        images=pixels(6), labels=np.array([0, 1, 1, 0, 0, 2]), classes=np.array(["猫", "dog", "x"]),
        entities=np.array(["p", "q", "p", "", "", "q"]), other=np.arange(6) // 3,
    )  # fmt: skip
    found = read_images(path)
    assert found.classes == ("猫", "dog", "x")
    assert found.entities is not None
    assert found.entities.tolist() == [0, 1, 0, 2, 3, 1]
    other = read_images(path, labels="other", entity="other")
    assert other.entities is not None
    assert other.entities.tolist() == [0, 0, 0, 1, 1, 1]
    for options in ({"labels": "none"}, {"entity": "none"}):
        with pytest.raises(DataError) as caught:
            read_images(path, **options)  # type: ignore[arg-type]
        assert caught.value.code == "data.column_missing"


def test_words_as_labels(tmp_path: Path) -> None:
    found = read_images(
        save(tmp_path / "a.npz", images=pixels(3), labels=np.array(["b", "a", "b"]))
    )
    assert found.classes == ("a", "b")


def test_fortran_order_and_floats(tmp_path: Path) -> None:
    values = np.asfortranarray(np.arange(60).reshape(3, 4, 5) / 59)
    found = read_images(save(tmp_path / "a.npz", images=values))
    assert found.pixels[2, 3, 4, 0] == 255
    assert found.pixels[0, 0, 1, 0] == 4


class Trap:
    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return (Path.touch, (Path("trapped"),))


@pytest.mark.parametrize("name", ["images", "labels"])
def test_pickled_objects_are_refused(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arrays: dict[str, Any] = {"images": pixels(6), "labels": LABELS}
    arrays[name] = np.array([Trap()] * 6, dtype=object)
    path = save(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError) as caught:
        read_images(path)
    assert caught.value.code == "data.pickled"
    assert not (tmp_path / "trapped").exists()


def test_a_plain_pickle_is_no_npz(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(pickle.dumps(np.zeros(3)))
    with pytest.raises(DataError) as caught:
        read_images(tmp_path / "a.npz")
    assert caught.value.code == "data.damaged"


def test_labels_of_half(tmp_path: Path) -> None:
    path = save(tmp_path / "a.npz", images=pixels(6), labels=LABELS[:3])
    with pytest.raises(DataError, match="6 pictures and 3 labels") as caught:
        read_images(path)
    assert caught.value.code == "data.image_labels"


def test_no_pictures_in_it(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_images(save(tmp_path / "a.npz", weights=np.zeros(3)))
    assert caught.value.code == "data.image_part"


def member(shape: tuple[int, ...], content: bytes = b"", descr: str = "|u1") -> bytes:
    out = io.BytesIO()
    head = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(out, head)
    return out.getvalue() + content


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (member((10**12, 28, 28)), {"data.damaged"}),
        (member((10**30, 28, 28)), {"data.damaged"}),
        (member((3, 2, 2), b"\0" * 11), {"data.damaged"}),
        (member((3, 2, 2), b"\0" * 13), {"data.damaged"}),
        (member((-3, 2, 2), b"\0" * 12), {"data.damaged"}),
        (member((3, 0, 2)), {"data.images"}),
        (member((), b"\0"), {"data.images"}),
        (b"", {"data.damaged"}),
        (b"\x93NUMPY\x01\x00\xff\xff{", {"data.damaged"}),
        (b"\x93NUMPY\x01\x00\x05\x00__imp", {"data.damaged"}),
    ],
)
def test_heads_that_claim_what_is_not_there(
    tmp_path: Path, content: bytes, codes: set[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", content)
    with pytest.raises(DataError) as caught:
        read_images(tmp_path / "a.npz")
    assert caught.value.code in codes


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MAX_BYTES", 2**20)
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((4, 1024, 1024), dtype=np.uint8))
    with pytest.raises(DataError) as caught:
        read_images(tmp_path / "a.npz")
    assert caught.value.code == "data.bomb"


@FUZZ
@given(st.integers(0, 10**4), st.integers(0, 255), st.booleans())
@pytest.mark.parametrize("packed", [False, True])
def test_one_byte_is_wrong(tmp_path: Path, packed: bool, at: int, value: int, cut: bool) -> None:
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, images=pixels(3, (2, 2)), labels=LABELS[:3])
    content = bytearray(out.getvalue())
    content[at % len(content)] = value
    path = tmp_path / "a.npz"
    path.write_bytes(content[: at % len(content)] if cut else content)
    try:
        assert len(read_images(path)) > 0
    except GuanyaoError as error:
        assert isinstance(error, DataError)
        assert "\n" not in str(error)
