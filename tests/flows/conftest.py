"""The generators for tests, found by their names, and a small made-up table."""

import random
from pathlib import Path

import polars as pl
import pytest

from guanyao.models import IMAGE_MODELS, MODELS
from tests.flows import fakes, image_fakes


@pytest.fixture(autouse=True)
def _fake_models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, place in fakes.MODELS.items():
        monkeypatch.setitem(MODELS, name, place)
    for name, place in image_fakes.MODELS.items():
        monkeypatch.setitem(IMAGE_MODELS, name, place)
    fakes.Interrupted.stops.clear()
    fakes.Deep.starts.clear()
    fakes.Deep.stops.clear()
    image_fakes.Blended.starts.clear()
    monkeypatch.setattr(image_fakes.Blended, "trouble", None)


@pytest.fixture
def visits() -> pl.DataFrame:
    """300 visits of 200 made-up persons."""
    rng = random.Random(5)  # noqa: S311
    rows = [
        {
            "person": f"person {i * 2 // 3}",
            "sex": rng.choice("FM"),
            "age": rng.randint(18, 90),
            "cost": round(rng.random() * 900, 2) if rng.random() < 0.9 else None,
            "is_ill": rng.random() < 0.4,
        }
        for i in range(300)
    ]
    return pl.DataFrame(rows)


@pytest.fixture
def source(tmp_path: Path, visits: pl.DataFrame) -> Path:
    """The visits as a CSV file."""
    path = tmp_path / "visits.csv"
    visits.write_csv(path)
    return path
