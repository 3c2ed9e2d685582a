import csv
from pathlib import Path

from guanyao.flows.demo import TARGET, demo, write_table


def test_the_table_has_real_names_and_words(tmp_path: Path) -> None:
    with write_table(tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 569
    assert len(rows[0]) == 31
    assert "mean radius" in rows[0]
    assert {row[TARGET] for row in rows} == {"malignant", "benign"}


def test_the_whole_job_is_done(tmp_path: Path) -> None:
    done = demo(tmp_path / "demo", model="shuffled", canaries=False)
    assert done.paths["report"].is_file()
    assert done.virtual.columns[-1] == TARGET
    assert done.report["data"]["target"] == TARGET
