"""Tables of databases: read by URL, written in one transaction."""

import os
import sqlite3
import sys
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from guanyao.data.readers import inspect_sample, read
from guanyao.data.writers import open_writer, write
from guanyao.errors import DataError, GuanyaoError, MissingExtraError


def database(folder: Path, *statements: str) -> str:
    path = folder / "t.db"
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return f"sqlite:///{path}"


def code_of(url: str) -> str:
    with pytest.raises(GuanyaoError) as caught:
        read(url)
    return caught.value.code


def test_a_table_of_sqlite(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        'CREATE TABLE "the ""table" (i INTEGER, x REAL, s TEXT, d TEXT, e TEXT)',
        """INSERT INTO "the ""table" VALUES (1, 1.5, 'a', '2020-01-02', NULL),"""
        " (NULL, 2, '007', '2020-02-03', NULL)",
    )
    for address in (url, f'{url}#the "table', f"{url}#the%20%22table"):
        table = read(address)
        assert table.frame.rows() == [
            (1, 1.5, "a", date(2020, 1, 2), None),
            (None, 2.0, "007", date(2020, 2, 3), None),
        ]
    assert inspect_sample(url, 1).n_rows == 2


def test_round_trip_through_sqlite(tmp_path: Path) -> None:
    frame = pl.DataFrame({"i": [1, None], "x": [0.5, 2.0], "s": ["", "北京"], "d": ["a", None]})
    table = read(frame)
    url = f"sqlite:///{tmp_path / 'new.db'}#rows"
    write(frame, url, table.schema)
    assert read(url).frame.equals(frame)
    with pytest.raises(DataError) as caught:
        write(frame, url, table.schema)
    assert caught.value.code == "data.table_exists"


def test_nothing_is_left_of_a_failed_table(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]})
    schema = read(frame).schema
    new = f"sqlite:///{tmp_path / 'new.db'}#rows"
    with pytest.raises(KeyboardInterrupt), open_writer(new, schema) as writer:
        writer.write(frame)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    old = database(tmp_path, "CREATE TABLE a (x)", "INSERT INTO a VALUES (1)")
    with pytest.raises(KeyboardInterrupt), open_writer(old + "#rows", schema) as writer:
        writer.write(frame)
        raise KeyboardInterrupt
    assert code_of(old + "#rows") == "data.table"
    assert len(read(old)) == 1


def test_broken_databases(tmp_path: Path) -> None:
    (tmp_path / "junk.db").write_bytes(b"junk" * 1000)
    assert code_of(f"sqlite:///{tmp_path / 'junk.db'}#a") == "data.database"
    assert code_of(f"sqlite:///{tmp_path / 'none.db'}#a") == "data.missing"
    assert code_of(f"sqlite:///{tmp_path}#a") == "data.folder"
    url = database(tmp_path, "CREATE TABLE a (x)", "CREATE TABLE b (x)")
    assert code_of(url) == "data.table"
    assert code_of(url + "#c") == "data.table"
    assert code_of(url + "#a") == "data.no_rows"


def test_mixed_and_binary_columns(tmp_path: Path) -> None:
    url = database(tmp_path, "CREATE TABLE a (x)", "INSERT INTO a VALUES (1), ('x')")
    assert code_of(url) == "data.mixed"
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("DELETE FROM a")
        connection.execute("INSERT INTO a VALUES (x'00ff')")
    connection.close()
    assert code_of(url) == "data.dtype"


def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pg8000", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'guanyao\[databases\]'"):
        read("postgresql://user:secret@localhost:1/db#t")


def test_the_password_is_never_told() -> None:
    pytest.importorskip("pg8000")
    with pytest.raises(DataError) as caught:
        read("postgresql://user:secret@localhost:1/db#t")
    assert caught.value.code == "data.database"
    assert "secret" not in str(caught.value)


SERVERS = [url for url in [os.environ.get("GUANYAO_TEST_POSTGRESQL", "")] if url]
"""Addresses of a PostgreSQL database that tests may write to, or none."""


@pytest.mark.parametrize("url", SERVERS)
def test_round_trip_through_postgresql(url: str) -> None:
    frame = pl.DataFrame(
        {
            "i": [1, None],
            "s": ["", None],
            "x": [0.5, 2.0],
            "b": [True, None],
            "d": [date(2020, 1, 5), None],
            "t": [datetime(2020, 1, 5, 1, 2, 3, 250_000), None],
            "c": [time(1, 2, 3), None],
            "n": [Decimal("1.10"), None],
            'odd " name': ['a,"b"\nc', "北京"],
        }
    ).with_columns(
        pl.col("i").cast(pl.Int32),
        pl.col("n").cast(pl.Decimal(38, 2)),
        z=pl.col("t").dt.replace_time_zone("UTC"),
    )
    name = f"{url}#guanyao {os.getpid()}"
    table = read(frame)
    with pytest.raises(KeyboardInterrupt), open_writer(name, table.schema) as writer:
        writer.write(frame)
        raise KeyboardInterrupt
    assert code_of(name) == "data.table"
    write(frame, name, table.schema)
    again = read(name)
    assert again.frame.equals(frame)
    assert again.frame.schema == frame.schema
    assert inspect_sample(name, 1).n_rows == 2
    assert code_of(url + "#none") == "data.table"
