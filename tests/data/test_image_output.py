"""Writing pictures: what is written is read again, and nothing half-written stays."""

import errno
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from guanyao.data import class_names, contact_sheet
from guanyao.data.image_output import SINKS, open_image_writer, places
from guanyao.data.images import Images, from_arrays, made, read_images
from guanyao.errors import ConfigError, DataError
from tests.data.pictures import images, pixels

FUZZ = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write(every: Images, path: Path, format: str, batch: int = 5) -> Path:
    with open_image_writer(path, format, classes=every.classes) as writer:
        for start in range(0, len(every), batch):
            writer.write(every.take(slice(start, start + batch)))
    assert writer.n_images == len(every)
    return places(path, format, every.classes)[0]


def written(path: Path, every: Images) -> Path:
    """Where to read it again: IDX pictures of colour have a name of their own."""
    if every.shape[2] == 3 and "idx3" in path.name:
        return path.with_name(path.name.replace("idx3", "idx4"))
    return path


def by_class(every: Images) -> Images:
    """As a folder holds them: class after class, in the order of the folders' names."""
    if every.labels is None:
        return every
    folders = class_names.to_folders(every.classes)
    rank = np.argsort(np.argsort(np.array([f.encode() for f in folders])))
    return every.take(np.argsort(rank[every.labels], kind="stable"))


def same(found: Images, every: Images) -> None:
    assert np.array_equal(found.pixels, every.pixels)
    assert (found.labels is None) == (every.labels is None)
    if found.labels is not None and every.labels is not None:
        names = [found.classes[place] for place in found.labels]
        assert names == [every.classes[place] for place in every.labels]


@pytest.mark.parametrize("format", SINKS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "classes",
    [
        (),
        ("0", "1", "2"),
        ("3", "7"),
        ("猫", "dog"),
        ("-1", "1"),
        ("1", "300"),
        ("01", "1"),
        ("only",),
    ],
)
def test_what_is_written_is_read_again(
    tmp_path: Path, format: str, channels: int, classes: tuple[str, ...]
) -> None:
    every = images(12, channels=channels, classes=classes)
    path = written(write(every, tmp_path / "v", format), every)
    found = read_images(path)
    same(found, by_class(every) if format == "folder" else every)
    assert found.notes == ()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("format", SINKS)
def test_the_same_pictures_give_the_same_bytes(tmp_path: Path, format: str) -> None:
    for name, batch in (("a", 3), ("b", 7)):
        (tmp_path / name).mkdir()
        write(images(12), tmp_path / name / "v", format, batch)
    one, other = (contents(tmp_path / name) for name in "ab")
    assert one == other != {}


def contents(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


HOSTILE = (
    "../x",
    "..",
    ".",
    "/etc",
    "a/b",
    "a\\b",
    "",
    " ",
    "a ",
    ".hidden",
    "x.",
    "%2E",
    "%",
    "50%",
)
NAMES = st.one_of(
    st.sampled_from(
        [*HOSTILE, "CON", "con", "nul.txt", "a", "A", "é", "e\u0301", "c:", '*?<>|"', "\n"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
)


@FUZZ
@given(st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_no_class_name_leads_out_of_the_folder(tmp_path: Path, names: list[str]) -> None:
    every = images(12, classes=tuple(names))
    folder = tmp_path / "deep" / "v"
    folder.parent.mkdir(exist_ok=True)
    write(every, folder, "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["deep"]
    assert [p.name for p in folder.parent.iterdir()] == ["v"]
    made_here = [p for p in folder.iterdir() if p.is_dir()]
    assert len(made_here) == len(names)
    assert len({p.name.casefold() for p in made_here}) == len(names)


@FUZZ
@given(st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_class_names_come_back(names: list[str]) -> None:
    folders = class_names.to_folders(names)
    assert class_names.from_folders(folders) == names
    assert all(name not in ("", ".", "..") and "/" not in name for name in folders)


@pytest.mark.parametrize("format", SINKS)
def test_hostile_names_survive_every_format(tmp_path: Path, format: str) -> None:
    names = ("../x", "..", "a/b", "a ", "50%", "A", "a", "CON")
    every = images(16, classes=names)
    found = read_images(write(every, tmp_path / "v", format))
    same(found, by_class(every) if format == "folder" else every)


def test_names_that_no_folder_can_have(tmp_path: Path) -> None:
    long = images(4, classes=("x" * 300, "y"))
    with pytest.raises(DataError) as caught:
        write(long, tmp_path / "v", "folder")
    assert caught.value.code == "data.class_name"
    same(read_images(write(long, tmp_path / "v", "npz")), long)


def test_more_classes_than_a_byte_counts(tmp_path: Path) -> None:
    many = images(300, classes=tuple(str(i) for i in range(300)))
    with pytest.raises(DataError) as caught:
        write(many, tmp_path / "v", "idx")
    assert caught.value.code == "data.class_name"
    assert list(tmp_path.iterdir()) == []


def test_what_a_folder_looks_like(tmp_path: Path) -> None:
    write(images(12, classes=("a", "b")), tmp_path / "v", "folder")
    names = sorted(
        p.relative_to(tmp_path / "v").as_posix() for p in (tmp_path / "v").rglob("*.png")
    )
    assert names[:3] == ["a/00001.png", "a/00003.png", "a/00005.png"]
    assert names[-1] == "contact-sheet.png"
    sheet = np.asarray(Image.open(tmp_path / "v" / "contact-sheet.png"))
    assert sheet.shape == (2 * 6 + 2, 10 * 5 + 9 * 2)
    shown = contact_sheet.sheet(images(12, classes=("a", "b")).pixels[::2], n_columns=10)
    assert np.array_equal(sheet[:6, : 6 * 7], shown[:6, : 6 * 7, 0])


def test_what_an_npz_looks_like(tmp_path: Path) -> None:
    every = images(12, channels=3, classes=("7", "9"))
    with np.load(write(every, tmp_path / "v", "npz"), allow_pickle=False) as found:
        assert sorted(found) == ["classes", "images", "labels"]
        assert found["images"].shape == (12, 6, 5, 3)
        assert found["images"].dtype == np.uint8
        assert found["labels"].tolist() == [7, 9] * 6
        assert found["classes"].tolist() == ["7", "9"]
    with np.load(write(images(3, classes=()), tmp_path / "v.npz", "npz")) as found:
        assert found["images"].shape == (3, 6, 5)
        assert list(found) == ["images"]


def test_what_idx_files_look_like(tmp_path: Path) -> None:
    every = images(12, classes=("7", "9"))
    write(every, tmp_path / "v-images-idx3-ubyte.gz", "idx")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "v-images-idx3-ubyte.gz", "v-labels-idx1-ubyte.gz",
    ]  # fmt: skip
    content = gzip.decompress((tmp_path / "v-images-idx3-ubyte.gz").read_bytes())
    assert content[:16] == bytes([0, 0, 8, 3, 0, 0, 0, 12, 0, 0, 0, 6, 0, 0, 0, 5])
    assert content[16:] == every.pixels.tobytes()
    labels = gzip.decompress((tmp_path / "v-labels-idx1-ubyte.gz").read_bytes())
    assert labels == bytes([0, 0, 8, 1, 0, 0, 0, 12, *([7, 9] * 6)])
    write(images(4, classes=("dog", "猫")), tmp_path / "w", "idx")
    assert json.loads((tmp_path / "w-classes.json").read_text()) == ["dog", "猫"]


@pytest.mark.parametrize("format", SINKS)
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_nothing_stays_when_writing_stops(
    tmp_path: Path, format: str, error: type[BaseException]
) -> None:
    with pytest.raises(error), open_image_writer(tmp_path / "v", format, classes=("a",)) as writer:
        writer.write(images(3, classes=("a",)))
        raise error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", SINKS)
def test_a_full_disk(tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("guanyao.data.contact_sheet.png", "guanyao.data.image_output.shutil.copyfileobj"):
        monkeypatch.setattr(name, full)
    with pytest.raises(DataError, match="No space left") as caught:
        write(images(4), tmp_path / "v", format)
    assert caught.value.code == "data.unwritable"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", SINKS)
def test_what_was_written_before_is_replaced(tmp_path: Path, format: str) -> None:
    write(images(12), tmp_path / "v", format)
    path = write(images(6, size=(3, 3)), tmp_path / "v", format)
    assert read_images(path).shape == (3, 3, 1)
    assert len(read_images(path)) == 6


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    write(images(4), tmp_path / "v", "folder")
    (tmp_path / "v" / "thesis.txt").write_text("mine")
    with pytest.raises(DataError) as caught:
        write(images(4), tmp_path / "v", "folder")
    assert caught.value.code == "data.unwritable"
    assert (tmp_path / "v" / "thesis.txt").read_text() == "mine"
    (tmp_path / "f").write_text("mine")
    with pytest.raises(DataError):
        write(images(4), tmp_path / "f", "folder")


@pytest.mark.parametrize("format", SINKS)
def test_a_place_that_is_not_there(tmp_path: Path, format: str) -> None:
    with pytest.raises(DataError) as caught:
        write(images(4), tmp_path / "none" / "v", format)
    assert caught.value.code == "data.missing"


def test_pictures_that_do_not_belong_together(tmp_path: Path) -> None:
    def both(first: Images, second: Images) -> None:
        with open_image_writer(tmp_path / "v", "npz", classes=first.classes) as writer:
            writer.write(first)
            writer.write(second)

    for second, code in (
        (images(4, size=(3, 3)), "data.images"),
        (images(4, channels=3), "data.images"),
        (images(4, classes=("x", "y")), "data.image_labels"),
        (images(4, classes=()), "data.image_labels"),
    ):
        with pytest.raises(DataError) as caught:
            both(images(4), second)
        assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="folder, npz, idx") as caught:
        write(images(4), tmp_path / "v", "gif")
    assert caught.value.code == "config.image_format"


@pytest.mark.parametrize("format", SINKS)
def test_no_picture_at_all(tmp_path: Path, format: str) -> None:
    write(images(0), tmp_path / "v", format)
    assert places(tmp_path / "v", format)[0].exists()


@FUZZ
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]), st.sampled_from(list(SINKS)))
def test_any_size(tmp_path: Path, height: int, width: int, channels: int, format: str) -> None:
    every = from_arrays(pixels(7, (height, width), channels, seed=height * width))
    path = tmp_path / f"{height}-{width}-{channels}"
    same(read_images(written(write(every, path, format), every)), every)


def test_labels_keep_their_names_where_some_are_not_used(tmp_path: Path) -> None:
    labels = np.array([2, 2, 2], dtype=np.int64)
    every = made(pixels(3), labels, ("cat", "dog", "fox"), format="array")
    for format in ("npz", "idx"):
        found = read_images(write(every, tmp_path / "v", format))
        assert found.classes == ("cat", "dog", "fox")
        same(found, every)
