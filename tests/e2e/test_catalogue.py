"""The main job on every table of the shared catalogue: it works, or says in one line why not."""

import gzip
from itertools import islice
from pathlib import Path

import polars as pl
import pytest

from guanyao.cli.main import main
from guanyao.data.readers import read
from tests.conftest import SHARED, shared_tables

ROWS = 500
RESULTS = {"model.gy", "report.html", "report.json", "run.json", "virtual.parquet"}
SAMPLED = ("adult", "hmeq", "online_retail", "birdstrikes", "cn_beijing_hotels", "client")
"""Tables of the normal test run; the others are slow together."""

REFUSED = {
    "CustomerCustomerDemo": "data.no_rows",
    "CustomerDemographics": "data.no_rows",
    "Regions": "data.too_small",
    "Shippers": "data.too_small",
    "Categories": "data.too_small",
    "MediaType": "data.too_small",
    "Employee": "data.too_small",
    "Employees": "data.too_small",
    "Customers": "privacy.personal_text",
    "Orders": "privacy.personal_text",
}
"""Tables of no rows, of fewer than protect anybody, or with firms that bear a person's name."""


def name_of(path: Path) -> str:
    return path.name.partition(".")[0]


def cases() -> list[object]:
    """Each table, marked slow unless it is one of the sample."""
    return [
        pytest.param(
            path,
            id=path.relative_to(SHARED).as_posix(),
            marks=() if name_of(path) in SAMPLED else pytest.mark.slow,
        )
        for path in shared_tables()
    ]


def excerpt(path: Path, folder: Path) -> Path:
    """The first rows of the table in a file of their own, as they stand in the source."""
    if path.suffix == ".parquet":
        pl.read_parquet(path).head(ROWS).write_parquet(folder / path.name)
        return folder / path.name
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        content = b"".join(islice(file, ROWS + 1))
    out = folder / f"{name_of(path)}.csv"
    out.write_bytes(content)
    return out


@pytest.mark.parametrize("path", cases())
def test_the_main_job(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = excerpt(path, tmp_path), tmp_path / "out"
    status = main(["run", str(source), "-o", str(out), "--quiet", "--model", "trees"])
    said = capsys.readouterr().err.splitlines()
    code = REFUSED.get(name_of(path))
    if code is not None:
        assert status == (3 if code.startswith("privacy") else 2)
        assert [line.partition(":")[0] for line in said] == [f"error[{code}]"]
        assert not out.exists()
        return
    assert status == 0, said
    assert said == []
    assert {item.name for item in out.iterdir()} == RESULTS
    real, virtual = read(source), read(out / "virtual.parquet")
    assert virtual.frame.schema == real.frame.schema
    words = ["sample", str(out / "model.gy"), "-n", "10", "-o", str(tmp_path / "v.csv"), "--quiet"]
    assert main(words) == 0, capsys.readouterr().err
