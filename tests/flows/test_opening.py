from typing import Any

import polars as pl
import pytest

from guanyao.data.images import Images
from guanyao.data.table import Table
from guanyao.errors import ConfigError
from guanyao.flows.opening import open_source, size_of, source_of, with_format
from guanyao.flows.settings import Learning, Measuring, Settings
from tests.flows.image_fakes import pictures


def test_tables_and_pictures_are_told_apart(visits: pl.DataFrame) -> None:
    assert isinstance(open_source(visits, Learning()), Table)
    assert isinstance(open_source(pictures(), Learning()), Images)


@pytest.mark.parametrize(
    "settings",
    [
        Learning(labels="labels.csv"),
        Learning(size=28),
        Settings(show_real=True),
        Measuring(features="inception.pt"),
    ],
    ids=repr,
)
def test_what_means_something_to_pictures_only_is_refused(
    visits: pl.DataFrame, settings: Learning
) -> None:
    with pytest.raises(ConfigError, match=r"--[a-z-]+ means nothing to a table") as caught:
        open_source(visits, settings)
    assert caught.value.code == "config.option"


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ("28", 28),
        ("28x32", (28, 32)),
        (" 8 × 7 ", (8, 7)),
        (64, 64),
        ((3, 4), (3, 4)),
        (None, None),
    ],
)
def test_sizes_as_typed(typed: Any, size: object) -> None:
    assert size_of(typed) == size


@pytest.mark.parametrize("typed", ["", "large", "28x", "-3", "2x3x4", "1" * 40])
def test_other_sizes_are_refused(typed: str) -> None:
    with pytest.raises(ConfigError) as caught:
        size_of(typed)
    assert caught.value.code == "config.image_size"


@pytest.mark.parametrize(("asked", "format"), [(None, "folder"), ("npz", "npz"), ("idx", "idx")])
def test_formats_of_pictures(asked: str | None, format: str) -> None:
    assert with_format(Settings(format=asked), pictures()).format == format


def test_formats_of_tables(visits: pl.DataFrame) -> None:
    table = open_source(visits, Learning())
    assert with_format(Settings(), table).format == "parquet"
    with pytest.raises(ConfigError, match="allowed: parquet, csv"):
        with_format(Settings(format="npz"), table)


def test_where_data_came_from(visits: pl.DataFrame) -> None:
    images = pictures()
    assert source_of(images) == images.source
    table = open_source(visits, Learning())
    assert isinstance(table, Table)
    assert source_of(table) == table.schema.source
