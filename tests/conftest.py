"""Fixtures for all tests."""

import os
from pathlib import Path

import pytest

# Small networks train slower on two threads than on one, and crawl where others use the cores too.
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Real tables for tests; not part of the project, so tests must also stand without them."""


def shared_tables() -> list[Path]:
    """Every table of the shared catalogue, or none where there is no catalogue."""
    folders = (SHARED / "tables", SHARED / "multitable")
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".gz", ".csv", ".parquet"}
    )


@pytest.fixture
def rng_seed() -> int:
    """The seed of a test that needs one."""
    return 20261122
