"""Rows are taken out of tables; every other row stays as it was written."""

import gzip
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.readers import read
from guanyao.errors import DataError
from guanyao.flows.erase_rewrite import (
    check_rewritable,
    delete_rows,
    is_table,
    move,
    part_of,
    sweep,
    write_without,
)

LINES = [
    "号,名,注\r\n",
    'A1,"王, 小","one ""two""\r\nthree"\r\n',
    "A2,, \r\n",
    'A3,"",007.10\r\n',
    "A2,李|丂,last",
]
TEXT = "".join(LINES)
WITHOUT = "".join(line for line in LINES if not line.startswith("A2"))


def rewritten(path: Path, *rows: int) -> bytes:
    part = write_without(path, np.array(rows, dtype=np.int64))
    assert part == part_of(path)
    move(part, path)
    assert not part.exists()
    return path.read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert rewritten(path, 1, 3) == WITHOUT.encode(encoding)


def test_wide_text_keeps_its_mark(tmp_path: Path) -> None:
    for encoding, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        path = tmp_path / "a.csv"
        path.write_bytes(mark + TEXT.encode(encoding))
        assert rewritten(path, 1, 3) == mark + WITHOUT.encode(encoding)


def test_packed_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert gzip.decompress(rewritten(path, 1, 3)).decode() == WITHOUT
    path = tmp_path / "a.csv.zst"
    path.write_bytes(zstandard.compress(TEXT.encode()))
    assert zstandard.decompress(rewritten(path, 1, 3), 10_000).decode() == WITHOUT


def test_old_line_ends_and_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\r1,2\r3,4\r")
    assert rewritten(path, 0) == b"a,b\r3,4\r"
    path.write_bytes(b"1,2\n3,4\n5,6\n")
    assert rewritten(path, 0, 2) == b"3,4\n"


def test_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,b\nx,2\ny,4\n")
    assert rewritten(path, 0, 1) == b"name,b\n"


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.data())
def test_any_text(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], data: st.DataObject
) -> None:
    lines = [",".join('"' + c.replace('"', '""') + '"' for c in row) + ",1\n" for row in rows]
    gone = data.draw(st.sets(st.integers(0, len(rows) - 1)))
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text("first,second,third\n" + "".join(lines), encoding="utf-8", newline="")
    kept = "".join(line for i, line in enumerate(lines) if i not in gone)
    assert rewritten(path, *sorted(gone)).decode() == "first,second,third\n" + kept


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": 1,  "b":"x"}\n\n{"a":2}\n{"b":"王"}'.encode())
    assert rewritten(path, 1) == '{"a": 1,  "b":"x"}\n\n{"b":"王"}'.encode()


def test_parquet_keeps_types_and_words(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame({"a": [1, 2, 3], "b": ["x", None, "z"]}, schema_overrides={"a": pl.Int8})
    frame = frame.with_columns(d=pl.date(2020, 1, pl.col("a")))
    frame.write_parquet(path, metadata={"key": "word"})
    rewritten(path, 1)
    assert pl.read_parquet(path).equals(frame[[0, 2]])
    assert pl.read_parquet(path).schema == frame.schema
    assert pl.read_parquet_metadata(path)["key"] == "word"


def test_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    pl.DataFrame({"a": ["x", "y", "z"], "n": [1, 2, 3]}).write_excel(path)
    check_rewritable(path)
    rewritten(path, 1)
    assert read(path).frame.rows() == [("x", 1), ("z", 3)]


def test_a_workbook_of_several_sheets_is_refused(tmp_path: Path) -> None:
    from xlsxwriter import Workbook

    path = tmp_path / "a.xlsx"
    with Workbook(path) as book:
        for name in ("one", "two"):
            pl.DataFrame({"a": [1]}).write_excel(book, worksheet=name)
    with pytest.raises(DataError) as caught:
        check_rewritable(path)
    assert caught.value.code == "erase.sheets"


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_sqlite(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute('CREATE TABLE "t 1" ("the id", x)')
    rows = [("A1", "canary one"), (7, "canary two"), (7.0, "canary three"), (None, 1), ("B7", 2)]
    connection.executemany('INSERT INTO "t 1" VALUES (?, ?)', rows)
    connection.commit()
    connection.close()
    assert delete_rows(f"sqlite:///{path}#t%201", "the id", ["A1", "7"]) == 3
    assert read(f"sqlite:///{path}#t 1").frame["x"].to_list() == [1, 2]
    assert all(b"canary" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_database_that_refuses(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"no database, but long enough to be taken for one " * 40)
    with pytest.raises(DataError) as caught:
        delete_rows(f"sqlite:///{path}#t", "id", ["1"])
    assert caught.value.code == "erase.database"


@pytest.mark.skipif("GUANYAO_TEST_POSTGRESQL" not in os.environ, reason="needs a server")
def test_postgresql() -> None:
    from guanyao.data.writers import write

    url = os.environ["GUANYAO_TEST_POSTGRESQL"] + f"#erase_{os.getpid()}"
    frame = pl.DataFrame({"id": [1, 2, 3], "x": ["a", "b", "c"]})
    write(frame, url, read(frame).schema)
    assert delete_rows(url, "id", ["2", "9"]) == 1
    assert read(url).frame.equals(frame[[0, 2]])


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    left = [part_of(path), tmp_path / ".0123abcd.part.a.csv", tmp_path / ".a.csv.77.part"]
    kept = [path, tmp_path / ".0123abcd.part.b.csv", tmp_path / "other"]
    for file in (*left, *kept):
        file.touch()
    sweep(path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)


def broken(path: Path) -> None:
    path.write_bytes(b"PAR1 nothing")


def gone(path: Path) -> None:
    path.with_suffix(".csv").unlink(missing_ok=True)


@pytest.mark.parametrize("make", [broken, gone])
def test_nothing_is_left_of_a_failure(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "a.parquet"
    make(path)
    with pytest.raises(DataError):
        write_without(path, np.array([0]))
    assert not part_of(path).exists()


def test_what_is_a_table(tmp_path: Path) -> None:
    for name in ("a.csv", "a.xlsx", "a.txt.gz", "a.png", "a"):
        (tmp_path / name).touch()
    assert [p.name for p in sorted(tmp_path.iterdir()) if is_table(p)] == [
        "a.csv", "a.txt.gz", "a.xlsx",
    ]  # fmt: skip
    assert not is_table(tmp_path / "none.csv")
