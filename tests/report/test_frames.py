"""The slider: which frames it shows, and how they are made to fit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.contact_sheet import FAST, png, sheet
from guanyao.errors import DataError
from guanyao.report import frames as module
from guanyao.report.frames import evenly, fitted, pixels_of, slider
from guanyao.report.pictures import png_size
from tests.report.image_samples import frames


@given(
    height=st.integers(1, 9), width=st.integers(1, 9), channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 99), kind=st.sampled_from(["noise", "slope", "lines"]),
    level=st.sampled_from([FAST, 6]),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_what_was_written_is_read_back(
    height: int, width: int, channels: int, seed: int, kind: str, level: int
) -> None:
    rng = np.random.default_rng(seed)
    shape = (height, width, channels)
    made = {
        "noise": rng.integers(0, 256, shape),
        "slope": np.arange(np.prod(shape)).reshape(shape) * 7,
        "lines": np.broadcast_to(np.arange(height)[:, None, None] * 9, shape),
    }[kind]
    pixels = (made % 256).astype(np.uint8)
    assert (pixels_of(png(pixels, level=level)) == pixels).all()


def test_at_most_thirty_frames_the_first_and_the_last_among_them() -> None:
    many = [(i, b"x") for i in range(100)]
    kept = [epoch for epoch, _ in evenly(many, 30)]
    assert len(set(kept)) == 30 and kept[0] == 0 and kept[-1] == 99 and kept == sorted(kept)
    assert evenly(many[:3], 30) == many[:3]
    assert fitted([]) == []


def test_frames_that_fit_stay_as_they_are() -> None:
    few = frames(5)
    assert fitted(few, 16) == few


def test_large_frames_become_fewer_shorter_and_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROOM", 60_000)
    rng = np.random.default_rng(0)
    grids = [
        (i, png(sheet(rng.integers(0, 256, (50, 32, 32, 3), np.uint8), n_columns=10), level=FAST))
        for i in range(25)
    ]
    kept = fitted(grids, 32)
    assert len(kept) == 10 and kept[-1][0] == 24
    assert sum(len(file) for _, file in kept) < 90_000
    width, height = png_size(kept[0][1])
    assert width / height == pytest.approx(338 / 66, rel=0.05)  # two rows, all ten columns


def test_one_frame_needs_no_slider_and_none_no_section() -> None:
    part = slider(frames(1))
    assert part is not None and 'type="range"' not in part.body
    assert slider([]) is None


def test_a_file_of_another_kind_is_refused() -> None:
    file = bytearray(png(np.zeros((3, 3, 3), np.uint8)))
    file[25] = 3  # colours from a palette
    with pytest.raises(DataError, match="another kind"):
        pixels_of(bytes(file))
