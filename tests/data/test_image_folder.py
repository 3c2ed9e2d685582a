"""Folders of picture files: labels, odd kinds of pictures, and what is refused."""

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from guanyao.data.images import Images, is_images, read_images
from guanyao.errors import DataError, GuanyaoError
from tests.data.pictures import encoded, pixels, write_folder

FUZZ = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def names(found: Images) -> list[str]:
    assert found.labels is not None
    return [found.classes[place] for place in found.labels]


def raises(code: str, act: Callable[..., object], *args: Any, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        act(*args, **options)
    assert caught.value.code == code
    return str(caught.value)


@pytest.mark.parametrize("channels", [1, 3])
def test_labels_are_the_names_of_the_sub_folders(tmp_path: Path, channels: int) -> None:
    values = pixels(6, channels=channels)
    write_folder(tmp_path / "p", values, ["b", "b", "a", "a", "10", "9"])
    found = read_images(tmp_path / "p")
    assert names(found) == ["10", "9", "a", "a", "b", "b"]
    assert np.array_equal(found.pixels, values[[4, 5, 2, 3, 0, 1]])
    assert (found.source.format, found.notes) == ("folder", ())


def test_without_labels(tmp_path: Path) -> None:
    found = read_images(write_folder(tmp_path / "p", pixels(4)))
    assert found.labels is None
    assert np.array_equal(found.pixels, pixels(4))


@pytest.mark.parametrize(
    ("kind", "suffix", "options"),
    [("PNG", ".PNG", {}), ("BMP", ".bmp", {}), ("GIF", ".gif", {}),
     ("WEBP", ".webp", {"lossless": True}), ("PNG", ".jpg", {})],
)  # fmt: skip
def test_kinds_that_keep_every_pixel(
    tmp_path: Path, kind: str, suffix: str, options: dict[str, Any]
) -> None:
    values = pixels(3)
    for place, picture in enumerate(values):
        (tmp_path / f"{place}{suffix}").write_bytes(encoded(picture, kind, **options))
    found = read_images(tmp_path)
    assert np.array_equal(found.pixels, values)


def test_jpeg_is_near(tmp_path: Path) -> None:
    ramp = np.add.outer(np.arange(64), np.arange(80))[..., None].astype(np.uint8)
    for place in range(3):
        (tmp_path / f"{place}.jpg").write_bytes(encoded(ramp, "JPEG", quality=95))
    found = read_images(tmp_path)
    assert np.abs(found.pixels.astype(int) - ramp).max() < 12
    small = read_images(tmp_path, size=8).pixels.astype(int)
    assert np.abs(small[0, :, :, 0] - ramp[:, 8:72, 0].reshape(8, 8, 8, 8).mean((1, 3))).max() < 6


def test_mixed_sizes_go_to_that_of_the_majority(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(5, (8, 8)), ["x"] * 5)
    write_folder(tmp_path / "p", pixels(2, (16, 12)), ["y"] * 2)
    found = read_images(tmp_path / "p")
    assert found.shape == (8, 8, 1)
    assert found.notes[0].startswith("2 pictures (2 different sizes) were brought to 8 x 8 pixels")
    assert read_images(tmp_path / "p", size=(4, 6)).shape == (4, 6, 1)


def write_odd(folder: Path, odd: Image.Image | bytes, suffix: str = ".png", **options: Any) -> None:
    """Two plain pictures and one that is odd, which comes first."""
    folder.mkdir(exist_ok=True)
    for place in (1, 2):
        (folder / f"{place}.png").write_bytes(encoded(pixels(1, (4, 4), seed=place)[0]))
    if isinstance(odd, bytes):
        (folder / f"0{suffix}").write_bytes(odd)
    else:
        odd.save(folder / f"0{suffix}", **options)


def test_alpha_lies_on_white(tmp_path: Path) -> None:
    odd = Image.new("RGBA", (4, 4), (0, 0, 255, 0))
    odd.putpixel((1, 0), (10, 20, 30, 255))
    write_odd(tmp_path, odd)
    found = read_images(tmp_path)
    assert found.shape == (4, 4, 3)
    assert found.pixels[0, 0, :2].tolist() == [[255, 255, 255], [10, 20, 30]]
    assert "1 pictures with transparent parts: laid on white" in found.notes
    assert any("2 grey pictures stand among colour ones" in note for note in found.notes)


def test_grey_with_alpha_stays_grey(tmp_path: Path) -> None:
    write_odd(tmp_path, Image.new("LA", (4, 4), (10, 0)))
    found = read_images(tmp_path)
    assert found.shape == (4, 4, 1)
    assert (found.pixels[0] == 255).all()


def test_palette_and_transparent_palette(tmp_path: Path) -> None:
    odd = Image.new("P", (4, 4), 1)
    odd.putpalette([0, 90, 0, 200, 100, 50])
    odd.putpixel((3, 3), 0)
    write_odd(tmp_path, odd)
    found = read_images(tmp_path)
    assert found.pixels[0, 0, 0].tolist() == [200, 100, 50]
    assert any("palette" in note for note in found.notes)
    write_odd(tmp_path, odd, transparency=1)
    assert read_images(tmp_path).pixels[0, 0, 0].tolist() == [255, 255, 255]
    assert read_images(tmp_path).pixels[0, 3, 3].tolist() == [0, 90, 0]


def test_cmyk_is_converted(tmp_path: Path) -> None:
    write_odd(tmp_path, Image.new("CMYK", (4, 4), (255, 0, 0, 0)), ".jpg", quality=100)
    found = read_images(tmp_path)
    assert found.shape == (4, 4, 3)
    assert found.pixels[0, 0, 0, 0] < 20 < 200 < found.pixels[0, 0, 0, 2]
    assert any("CMYK" in note for note in found.notes)


@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp"])
def test_the_first_picture_of_an_animation(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in (40, 200, 90)]
    options = {"lossless": True} if suffix == ".webp" else {}
    write_odd(tmp_path, frames[0], suffix, save_all=True, append_images=frames[1:], **options)
    if suffix == ".png":
        (tmp_path / "0.png").touch()
    found = read_images(tmp_path)
    assert np.abs(found.pixels[0].astype(int) - 40).max() <= 1
    assert any(note.startswith("1 pictures with animations") for note in found.notes)


def test_sixteen_bits_share_one_scale(tmp_path: Path) -> None:
    for place, highest in enumerate((4095, 1000)):
        values = np.full((4, 4), highest, dtype=np.uint16)
        values[0, 0] = 0
        Image.fromarray(values).save(tmp_path / f"{place}.png")
    found = read_images(tmp_path)
    assert found.pixels[:, 1, 1, 0].tolist() == [255, 62]
    assert "12 bits" in found.notes[0]


def test_one_bit_is_black_and_white(tmp_path: Path) -> None:
    write_odd(tmp_path, Image.new("1", (4, 4), 1))
    assert (read_images(tmp_path).pixels[0] == 255).all()


def test_a_picture_is_set_upright(tmp_path: Path) -> None:
    lying = np.zeros((2, 6, 1), dtype=np.uint8)
    lying[0, 5] = 250
    exif = Image.Exif()
    exif[0x0112] = 6
    for place in range(2):
        (tmp_path / f"{place}.png").write_bytes(encoded(lying, exif=exif))
    found = read_images(tmp_path)
    assert found.shape == (6, 2, 1)
    assert found.pixels[0, 5, 1, 0] == 250
    assert any("set upright" in note for note in found.notes)


def test_grey_saved_as_colour_is_grey(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(3).repeat(3, axis=3))
    found = read_images(tmp_path / "p")
    assert np.array_equal(found.pixels, pixels(3))
    assert found.notes == ("all pictures are grey",)


def huge_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


GOOD = encoded(pixels(1, (4, 4))[0])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"no picture at all", "no picture of a known kind"),
        (GOOD[:-30], "damaged or cut off"),
        (GOOD[:20], "damaged or cut off"),
        (huge_png(9_000, 9_000), "more than 64 million pixels"),
        (huge_png(60_000, 60_000), "more than 64 million pixels"),
        (huge_png(2**31 - 1, 2**31 - 1), "pictures cannot be used"),
        (huge_png(0, 0), "pictures cannot be used"),
        (huge_png(4, 0), "pictures cannot be used"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    write_odd(tmp_path, content)
    said = raises("data.picture", read_images, tmp_path)
    assert "1 of 3 pictures cannot be used" in said
    assert "number 1 in the order of their paths" in said
    assert words in said


def test_many_broken_pictures_are_counted_and_no_name_is_told(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(20), ["zhang"] * 20)
    for place in range(15):
        (tmp_path / "p" / "zhang" / f"{place:03d}.png").write_bytes(b"")
    said = raises("data.picture", read_images, tmp_path / "p")
    assert "15 of 20" in said
    assert "(15 empty): number 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..." in said
    assert "zhang" not in said


def test_large_pictures_are_read_by_several_threads(tmp_path: Path) -> None:
    values = pixels(5, (120, 110))
    assert np.array_equal(read_images(write_folder(tmp_path / "p", values)).pixels, values)
    (tmp_path / "p" / "003.png").write_bytes(encoded(values[3])[:-40])
    assert "number 4" in raises("data.picture", read_images, tmp_path / "p")


def test_a_class_of_one_is_allowed(tmp_path: Path) -> None:
    found = read_images(write_folder(tmp_path / "p", pixels(4), list("aaab")))
    assert names(found) == ["a", "a", "a", "b"]


def test_one_picture_only(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(1))
    raises("data.images_few", read_images, tmp_path / "p")
    assert is_images(tmp_path / "p" / "000.png")
    raises("data.images_few", read_images, tmp_path / "p" / "000.png")


def test_folders_for_half(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(4), ["a", "a", "b", "b"])
    write_folder(tmp_path / "p", pixels(2))
    assert "2 of 6 pictures have no label" in raises(
        "data.image_labels", read_images, tmp_path / "p"
    )


def test_the_part_for_training_is_read(tmp_path: Path) -> None:
    write_folder(tmp_path / "train", pixels(4), ["a", "a", "b", "b"])
    write_folder(tmp_path / "test", pixels(2), ["a", "b"])
    found = read_images(tmp_path)
    assert names(found) == ["a", "a", "b", "b"]
    assert "of 2 parts" in found.notes[0]


def test_other_files_are_counted(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(3), ["a"] * 3)
    (tmp_path / "p" / "a" / "Thumbs.db").touch()
    (tmp_path / "p" / "a" / ".hidden.png").touch()
    (tmp_path / "p" / "contact-sheet.png").write_bytes(GOOD)
    assert read_images(tmp_path / "p").notes == ("1 files that are no pictures were left out",)


def test_links(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(3), ["a"] * 3)
    (tmp_path / "p" / "a" / "x.png").symlink_to("000.png")
    assert len(read_images(tmp_path / "p")) == 4
    (tmp_path / "p" / "loop").symlink_to(tmp_path / "p")
    assert len(read_images(tmp_path / "p")) == 4
    (tmp_path / "secret.png").write_bytes(GOOD)
    (tmp_path / "p" / "a" / "y.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "p" / "b").symlink_to(tmp_path)
    (tmp_path / "p" / "a" / "z.png").symlink_to("z.png")
    assert "3 links" in raises("data.image_link", read_images, tmp_path / "p")


def write_table(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def test_a_table_of_labels(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(4))
    lines = ["file,label,entity", "003.png,猫,p", "001.png,dog,q", "000.png,猫,p", "002.png,dog,"]
    write_table(tmp_path / "p" / "labels.csv", lines)
    found = read_images(tmp_path / "p")
    assert names(found) == ["猫", "dog", "dog", "猫"]
    assert found.entities is not None
    assert found.entities.tolist() == [0, 1, 2, 0]
    assert found.notes == ()


def test_a_table_elsewhere_with_other_names_and_encoding(tmp_path: Path) -> None:
    write_folder(tmp_path / "p", pixels(4), ["x", "x", "y", "y"])
    lines = [
        "Path;Class;Who",
        "x\\000.png;01;a",
        "./x/001.png;01;a",
        "y/002.png;猫咪;b",
        "003.png;猫咪;b",
    ]
    table = write_table(tmp_path / "mine.csv", lines, "gb18030")
    found = read_images(tmp_path / "p", labels=table, entity="who")
    assert names(found) == ["01", "01", "猫咪", "猫咪"]
    assert found.entities is not None
    assert found.entities.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        (["file,label", "000.png,a", "001.png,b"], "data.image_labels", "2 of 4 pictures"),
        (["file,label", *(f"00{i}.png," for i in range(4))], "data.image_labels", "4 of 4"),
        (["file,label", *(f"00{i}.png,a" for i in range(6))], "data.image_labels", "6 lines"),
        (["file,colour", "000.png,a", "001.png,b"], "data.column_missing", "file, label"),
        (["name,label", "000.png,a", "001.png,b"], "data.column_missing", "file, label"),
    ],
)
def test_tables_that_do_not_fit(tmp_path: Path, lines: list[str], code: str, words: str) -> None:
    write_folder(tmp_path / "p", pixels(4))
    write_table(tmp_path / "p" / "labels.csv", lines)
    assert words in raises(code, read_images, tmp_path / "p")


def test_an_entity_needs_a_table(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "p", pixels(4))
    raises("data.column_missing", read_images, folder, entity="patient")
    raises("data.missing", read_images, folder, labels=tmp_path / "none.csv")


@FUZZ
@given(st.integers(0, 10**4), st.integers(0, 255), st.booleans())
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_one_byte_is_wrong(tmp_path: Path, kind: str, at: int, value: int, cut: bool) -> None:
    content = bytearray(encoded(pixels(1, (9, 8), channels=3)[0], kind))
    content[at % len(content)] = value
    write_odd(tmp_path, bytes(content[: at % len(content)] if cut else content))
    try:
        assert len(read_images(tmp_path)) == 3
    except GuanyaoError as error:
        assert isinstance(error, DataError)
        assert "\n" not in str(error)


@FUZZ
@given(st.binary(max_size=60), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM"]))
def test_any_bytes(tmp_path: Path, content: bytes, start: bytes) -> None:
    write_odd(tmp_path, start + content)
    with pytest.raises(DataError):
        read_images(tmp_path)


def test_an_animation_of_very_many_frames_is_not_unrolled(tmp_path: Path) -> None:
    frames = [Image.new("L", (4, 4), i % 256) for i in range(300)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    write_odd(tmp_path, out.getvalue(), ".gif")
    assert len(read_images(tmp_path)) == 3


def test_other_kinds_are_no_pictures(tmp_path: Path) -> None:
    for place, picture in enumerate(pixels(3)):
        (tmp_path / f"{place}.tif").write_bytes(encoded(picture, "TIFF"))
    assert not is_images(tmp_path)
    assert "PNG, JPEG" in raises("data.images", read_images, tmp_path)
    write_odd(tmp_path, encoded(pixels(1)[0], "TIFF"))
    assert "1 no picture of a known kind" in raises("data.picture", read_images, tmp_path)
