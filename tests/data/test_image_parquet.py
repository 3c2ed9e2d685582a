"""Parquet files with pictures: as data set hubs write them, as bytes, and as lists of pixels."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data.images import is_images, read_images
from guanyao.errors import DataError, GuanyaoError
from tests.data.pictures import encoded, pixels

FUZZ = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
HUB = pl.Struct({"bytes": pl.Binary, "path": pl.String})


def hub(n: int = 4, channels: int = 1) -> pl.DataFrame:
    rows = [{"bytes": encoded(v), "path": None} for v in pixels(n, channels=channels)]
    labels = [i % 2 for i in range(n)]
    return pl.DataFrame({"image": pl.Series(rows, dtype=HUB), "label": labels})


@pytest.mark.parametrize("channels", [1, 3])
def test_as_hubs_write_them(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "a.parquet"
    features = {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}}
    hub(channels=channels).write_parquet(path, metadata={"huggingface": json.dumps(features)})
    found = read_images(path)
    assert np.array_equal(found.pixels, pixels(4, channels=channels))
    assert found.classes == ("cat", "dog")
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1, 0, 1]
    assert found.source.format == "parquet"


@pytest.mark.parametrize("metadata", ["", "{", "[1]", '{"info": 3}', '{"info": {"features": {}}}'])
def test_metadata_that_says_nothing(tmp_path: Path, metadata: str) -> None:
    hub().write_parquet(tmp_path / "a.parquet", metadata={"huggingface": metadata})
    assert read_images(tmp_path / "a.parquet").classes == ("0", "1")


def test_bytes_with_words_and_entities(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "who": ["p", "q", "p", None],
            "kind": ["b", "a", "b", "b"],
            "png": [encoded(v) for v in pixels(4)],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    found = read_images(tmp_path / "a.parquet", labels="kind", entity="who")
    assert found.classes == ("a", "b")
    assert found.entities is not None
    assert found.entities.tolist() == [0, 1, 0, 2]
    assert read_images(tmp_path / "a.parquet").labels is None
    for options in ({"labels": "none"}, {"entity": "none"}):
        with pytest.raises(DataError) as caught:
            read_images(tmp_path / "a.parquet", **options)  # type: ignore[arg-type]
        assert caught.value.code == "data.column_missing"


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        (pl.List(pl.List(pl.UInt8)), (6, 5)),
        (pl.Array(pl.UInt8, (6, 5)), (6, 5)),
        (pl.Array(pl.UInt8, (6, 5, 3)), (6, 5, 3)),
        (pl.List(pl.Int64), (36,)),
    ],
    ids=str,
)
def test_lists_of_pixels(tmp_path: Path, dtype: Any, shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(0).integers(0, 256, (4, *shape), dtype=np.uint8)
    column = pl.Series("pixels", values.tolist(), dtype=dtype)
    pl.DataFrame([column]).write_parquet(tmp_path / "a.parquet")
    found = read_images(tmp_path / "a.parquet")
    assert np.array_equal(found.pixels.reshape(values.shape), values)


@pytest.mark.parametrize("rows", [[[1, 2], [3]], [[1, 2], None], [[1, 2], [3, None]], [[], []]])
def test_lists_that_are_no_pictures(tmp_path: Path, rows: list[Any]) -> None:
    frame = pl.DataFrame({"image": pl.Series(rows, dtype=pl.List(pl.UInt8))})
    frame.write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError) as caught:
        read_images(tmp_path / "a.parquet")
    assert caught.value.code == "data.images"


def test_columns_that_hold_no_pictures_stay_with_tables(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [b"no", b"picture"], "b": [[1.5], [2.0]]}).write_parquet(path)
    assert not is_images(path)
    pl.DataFrame({"audio": [b"RIFF\0\0\0\0WAVEfmt ", b""]}).write_parquet(path)
    assert not is_images(path)
    path.write_bytes(b"PAR1 and more")
    assert not is_images(path)


def test_missing_pictures_and_labels(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = hub()
    missing = pl.Series("image", [*frame["image"].to_list()[:3], None], dtype=HUB)
    frame.with_columns(missing).write_parquet(path)
    with pytest.raises(
        DataError, match=r"1 of 4 .* \(1 missing\): number 4 in the order"
    ) as caught:
        read_images(path)
    assert caught.value.code == "data.picture"
    frame.with_columns(pl.Series("label", [1, None, None, 0])).write_parquet(path)
    with pytest.raises(DataError, match="2 of 4 pictures have no label") as caught:
        read_images(path)
    assert caught.value.code == "data.image_labels"


@FUZZ
@given(st.integers(0, 300), st.integers(0, 255), st.booleans())
def test_one_byte_of_a_picture_is_wrong(tmp_path: Path, at: int, value: int, cut: bool) -> None:
    rows = [bytearray(encoded(v)) for v in pixels(3)]
    rows[1][at % len(rows[1])] = value
    rows[1] = rows[1][: at % len(rows[1])] if cut else rows[1]
    pl.DataFrame({"image": [bytes(row) for row in rows]}).write_parquet(tmp_path / "a.parquet")
    try:
        assert len(read_images(tmp_path / "a.parquet")) == 3
    except GuanyaoError as error:
        assert isinstance(error, DataError)


@FUZZ
@given(st.integers(0, 10**4))
def test_a_file_that_is_cut_off(tmp_path: Path, at: int) -> None:
    path = tmp_path / "a.parquet"
    hub().write_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: at % len(content)])
    assert not is_images(path)
