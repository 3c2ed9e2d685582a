"""What in a person's rows would tell of them, and whose rows are too old."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from guanyao.errors import DataError
from guanyao.flows.erase_find import (
    Source,
    as_day,
    at_rows,
    before,
    find,
    sources_of,
    telling,
    told_apart,
)
from guanyao.protect.byte_scan import Values
from guanyao.records import evidence
from guanyao.records.workspace import Workspace

ROWS = """id,name,kind,mail,visit,score,note
7,赵一二三,regular client,a1@example.com,2020-01-02,0.123456789,asked for 16001234567 to call back
8,钱一二三,regular client,b2@example.com,2020-01-03,0.223456789,nothing much
7,赵一二三,once-in-a-life,a1@example.com,2021-01-02,0.5,赵一二三 came back
9,孙一二三,regular client,c3@example.com,,0.5,short
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "a.csv"
    path.write_text(ROWS, encoding="utf-8")
    return Source(place="a.csv", address=str(path), column="id", name="a.csv", is_named=True)


def test_rows_of_a_person(source: Source) -> None:
    found = find(source, {"7", "10"})
    assert found is not None
    assert found.rows.tolist() == [0, 2]
    assert (found.n_rows, found.ids) == (4, {"7"})
    assert found.frame["visit"].to_list() == ["2020-01-02", "2021-01-02"]
    assert "16001234567" not in repr(found)


def test_numbers_are_found_as_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"id": [7.0, 8.0, None], "x": [1, 2, 3]}).write_parquet(path)
    source = Source(place="a", address=str(path), column="id", name="a")
    found = find(source, {"7"})
    assert found is not None
    assert found.rows.tolist() == [0]


def test_what_tells_of_a_person(source: Source) -> None:
    found = find(source, {"7"})
    assert found is not None
    values = telling([found], {"7"})
    assert values >= {
        "7", "赵一二三", "once-in-a-life", "a1@example.com", "16001234567", "0.123456789",
    }  # fmt: skip
    assert not values & {"2020-01-02", "0.5"}
    kept = told_apart(Values(values), [source], [found])
    assert kept.found_in([b"once-in-a-life"])
    assert not kept.found_in([b"regular client"])


def test_rows_by_their_places(source: Source) -> None:
    found = at_rows(source, np.array([1]), 4)
    assert found is not None
    assert found.frame["name"].to_list() == ["钱一二三"]
    assert at_rows(source, np.array([1]), 5) is None


def test_a_table_without_the_column(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "b.csv"
    path.write_text("who,x\nC70005,1\nC70006,2\n")
    other = Source(place="b.csv", address=str(path), column="id", name="b.csv")
    found = find(other, {"C70007"})
    assert found is not None
    assert len(found.rows) == 0
    with pytest.raises(DataError) as caught:
        find(other, {"C70006"})
    assert caught.value.code == "erase.column"
    assert "C70006" not in str(caught.value)


def test_what_is_no_table_is_passed_over_unless_it_was_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("only names,no rows\n")
    known = Source(place="a.csv", address=str(path), column="id", name="a.csv")
    assert find(known, {"7"}) is None
    named = Source(place="a.csv", address=str(path), column="id", name="a.csv", is_named=True)
    with pytest.raises(DataError):
        find(named, {"7"})


def test_who_was_not_there_since_a_day(source: Source) -> None:
    assert before(source, date(2021, 1, 2), "visit") == {"8"}
    assert before(source, date(2021, 1, 3), "visit") == {"7", "8"}
    assert before(source, date(2020, 1, 1), "visit") == set()
    assert as_day("2020-02-29") == date(2020, 2, 29)


def test_the_column_of_persons_is_known_from_the_record_of_a_run(
    source: Source, tmp_path: Path
) -> None:
    record = evidence.build(
        verb="run", created=datetime(2026, 1, 1, tzinfo=UTC), settings={"entity": "id"}, seed=0,
        inputs=[], outputs=[],
    )  # fmt: skip
    evidence.write(record, tmp_path / "run.json")
    with Workspace.create(tmp_path) as workspace:
        lineage = workspace.lineage
        table = lineage.add("source", "a.csv", "1" * 64, "run")
        assert [known.column for known in sources_of(workspace, [], None)] == [None]
        lineage.add("record", "run.json", "2" * 64, "run", parents=[table.id])
        assert [known.column for known in sources_of(workspace, [], None)] == ["id"]
        assert sources_of(workspace, [source.address], None)[0].column == "id"
        assert sources_of(workspace, [], "other")[0].column == "other"
