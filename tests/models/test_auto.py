"""`auto` takes trees unless the table is too small or the time too short, and says why."""

from pathlib import Path

import pytest

from guanyao.cli.main import main
from guanyao.models import MODELS
from guanyao.models.auto import MIN_ROWS, TREES_CELLS_PER_S, choose
from guanyao.testing import example_table


def test_trees_are_the_default() -> None:
    name, why = choose(example_table(MIN_ROWS), max_minutes=10)
    assert name == "trees"
    assert "about 1 s for 200 rows of 12 columns" in why


def test_too_few_rows() -> None:
    name, why = choose(example_table(MIN_ROWS - 1), max_minutes=10)
    assert name == "copula"
    assert "199 rows are too few" in why


def test_too_little_time() -> None:
    table = example_table(1000)
    need_s = len(table) * len(table.schema) / TREES_CELLS_PER_S
    assert choose(table, max_minutes=need_s / 60 * 1.01)[0] == "trees"
    name, why = choose(table, max_minutes=need_s / 60 * 0.99)
    assert name == "copula"
    assert "1,000 rows of 12 columns" in why


def test_run_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    example_table(60).frame.drop("empty").write_parquet(tmp_path / "t.parquet")
    words = ["run", str(tmp_path / "t.parquet"), "-o", str(tmp_path / "out"), "--quiet"]
    assert main(words) == 0
    assert "generator: copula (48 rows are too few for trees" in capsys.readouterr().out


def test_what_it_takes_is_there() -> None:
    sizes = ((50, 10.0), (300, 10.0), (300, 1e-9))
    assert {choose(example_table(n), max_minutes=m)[0] for n, m in sizes} <= set(MODELS)
