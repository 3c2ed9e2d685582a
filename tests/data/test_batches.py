"""Reading in batches gives what reading at once gives, whatever the format and the block size."""

import csv
import gzip
import io
import os
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data import csv_blocks, csv_dialect, readers
from guanyao.data.batches import Batches, open_batches
from guanyao.data.readers import read, read_raw
from guanyao.data.spread_rows import SpreadRows, thin
from guanyao.data.writers import write
from guanyao.errors import GuanyaoError

FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(params=[32, 64, 8 * 2**20])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many bytes are read at a time; small ones cut everywhere."""
    return set_piece(monkeypatch, request.param)


def set_piece(monkeypatch: pytest.MonkeyPatch, size: int) -> int:
    monkeypatch.setattr(csv_blocks, "PIECE", size)
    monkeypatch.setattr(csv_blocks, "SAMPLED", 4096)
    monkeypatch.setattr(csv_blocks, "MAX_RECORD", 10**6)
    monkeypatch.setattr("guanyao.data.compressed.PIECE", size)
    return size


def rows_of(batches: Batches) -> pl.DataFrame:
    return pl.concat(list(batches))


def outcome(act: Any, source: object) -> tuple[str, Any]:
    """What comes out: the rows as stored, or the error."""
    try:
        return "rows", act(source)
    except GuanyaoError as error:
        return error.code, str(error)


def at_once(source: object) -> Any:
    frame = read_raw(source).frame
    return frame.schema, frame.rows()


def in_batches(source: object) -> Any:
    frame = rows_of(open_batches(source, batch_rows=3))
    return frame.schema, frame.rows()


TEXTS = {
    "plain": b"a,b\n1,x\n2,y\n3,z\n",
    "empty cells": b'a,b\n1,\n,""\n"",2\n',
    "quoted": b'a,b\n"1,5","x\ny"\n"say ""hi""",2\n"\n\n",3\n',
    "no line end": b"a,b\n1,x\n2,y",
    "blank end": b"a,b\n1,x\n2,y\n\n\r\n\n",
    "one column": b"a\n1\n\n\n2\n\n",
    "one column without a name": b"\n1\n2\n\n3\n",
    "crlf": b'a,b\r\n1,x\r\n2,"y\r\nz"\r\n',
    "carriage returns": b"a,b\r1,x\r2,y\r",
    "semicolons": b"a;b\n1,5;x\n2,5;y\n",
    "bare quotes": b'a,b\n5" x,1\n6" y,2\n',
    "gb18030": "姓名,城市\n王小明,北京\n李四,上海\n".encode("gb18030"),
    "utf-16": "姓名,城市\n王小明,北京\n李四,上海\n".encode("utf-16"),
    "utf-16-be": "\ufeff姓名,城市\n王,北京\n".encode("utf-16-be"),
    "bom": "姓名,城市\n王小明,北京\n".encode("utf-8-sig"),
    "ragged": b"a,b\n1,x\n2\n3,y\n",
    "ragged within": b"a,b\n1,x\n\n3,y\n",
    "stray quote": b'a,b\n1,x\n2,"y"z\n',
    "open quote": b'a,b\n1,x\n2,"y\n3,z\n',
    "names only": b"a,b\n",
    "twice": b"a,a\n1,2\n",
    "empty": b"",
    "blanks": b"\n\n\n",
    "binary": b"a,b\n1,\0\n",
    "no text": b"a,b\n\xff\xfe\xfd\x80,2\n\xe9\x80\xe9,1\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_is_read_as_at_once(tmp_path: Path, name: str, piece: int) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(TEXTS[name])
    assert outcome(in_batches, path) == outcome(at_once, path)


CELL = st.one_of(
    st.text(st.sampled_from('ab1 2.-,;|"\n\r/:e年+0名T'), max_size=6),
    st.sampled_from(["inf", "NA", "", "TRUE", "-0", "007", "1e5", '"', "\n\n"]),
)
ROWS = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(CELL, min_size=n, max_size=n), min_size=1, max_size=12)
)


@FUZZ
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    size=st.integers(40, 200),
)
def test_any_rows(
    tmp_path: Path, rows: list[list[str]], delimiter: str, end: str, size: int
) -> None:
    text = io.StringIO(newline="")
    names = [f"column {letter}" for letter in "abcd"[: len(rows[0])]]
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows([names, *rows])
    same_in_pieces(tmp_path / "t.csv", text.getvalue().encode(), size)


@FUZZ
@given(
    text=st.text(st.sampled_from('ab12,;\t|"\n\r .-年/:\\é名'), max_size=80),
    size=st.integers(40, 90),
)
def test_any_text(tmp_path: Path, text: str, size: int) -> None:
    same_in_pieces(tmp_path / "t.csv", text.encode(), size)


def same_in_pieces(path: Path, content: bytes, size: int) -> None:
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        set_piece(patch, size)
        found = outcome(in_batches, path)
    expected = outcome(at_once, path)
    if expected[0] in ("data.quotes", "data.ragged"):
        # Which of two faults is seen first depends on where the text is cut.
        assert found[0] in ("data.quotes", "data.ragged", "data.csv")
    else:
        assert found == expected


@pytest.fixture
def frame() -> pl.DataFrame:
    rng = random.Random(3)  # noqa: S311
    rows = {
        "n": [rng.randrange(1000) for _ in range(500)],
        "x": [rng.random() if i % 9 else None for i in range(500)],
        "name": [rng.choice("甲乙丙丁") * 3 for _ in range(500)],
        "code": [f"{rng.randrange(99):03d}" for _ in range(500)],
    }
    return pl.DataFrame(rows)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".csv.zst", ".jsonl", ".jsonl.gz"])
def test_files_come_back(tmp_path: Path, frame: pl.DataFrame, suffix: str, piece: int) -> None:
    if piece < 64:
        return
    path = tmp_path / f"t{suffix}"
    write(frame, path, read(frame).schema)
    batches = open_batches(path, batch_rows=100, as_text=False)
    assert batches.n_rows == 500
    assert max(batch.height for batch in batches) <= 100
    assert rows_of(batches).equals(read(path).frame)
    assert batches.schema.names == frame.columns


def test_parquet_workbooks_databases_and_frames(tmp_path: Path, frame: pl.DataFrame) -> None:
    schema = read(frame).schema
    places = [tmp_path / "t.parquet", tmp_path / "t.xlsx", f"sqlite:///{tmp_path / 't.db'}#rows"]
    for place in places:
        write(frame, place, schema)
    for source in (*places, frame, read(frame), frame.lazy()):
        batches = open_batches(source, batch_rows=64, n_sample=100)
        assert batches.n_rows == 500
        assert [batch.height for batch in batches][:7] == [64] * 7
        assert rows_of(batches).equals(read(source).frame)
        assert rows_of(batches).equals(read(source).frame)  # a second time
        assert 90 < len(batches.sample) <= 100


def test_a_database_whose_types_show_late(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 't.db'}#rows"
    late = pl.DataFrame({"a": [None] * 50 + [1.5], "b": [None] * 50 + ["x"], "c": [*range(51)]})
    write(late, url, read(late).schema)
    assert rows_of(open_batches(url, batch_rows=10, n_sample=5)).equals(late)


def test_json_lines_whose_types_show_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ['{"a": 1, "b": null}'] * 20 + ['{"a": 2.5, "b": "x", "c": 3}'] * 20
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(lines))
    set_piece(monkeypatch, 64)
    batches = open_batches(path)
    assert rows_of(batches).schema == {"a": pl.Float64, "b": pl.String, "c": pl.Int64}
    assert rows_of(batches).equals(read(path).frame)
    path.write_text('{"a": 1}\n' * 20 + '{"a": true}\n' * 20)
    assert outcome(in_batches, path)[0] == "data.jsonl"


@pytest.mark.parametrize("content", ["", "\n\n", '{"a": [1]}\n', '{"a": 1}\n[2]\n', "x\n"])
def test_bad_json_lines(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(content)
    found, expected = outcome(in_batches, path), outcome(at_once, path)
    assert found[0] == expected[0] != "rows"


def test_a_truncated_file_is_refused_before_the_first_batch(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,x\n" * 5000)[:-20])
    assert outcome(open_batches, path)[0] == "data.damaged"


def test_a_record_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_piece(monkeypatch, 64)
    monkeypatch.setattr(csv_blocks, "MAX_RECORD", 4)
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,b\n1,"' + b"x" * 5000)
    assert outcome(open_batches, path)[0] == "data.quotes"
    path.write_bytes(b'a\n5" x\n' + b"x" * 5000)
    assert outcome(open_batches, path)[0] == "data.csv"


def test_values_that_contradict_the_sample_name_their_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_piece(monkeypatch, 64)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "1,x\n" * 400 + "none,x\n" + "1,x\n" * 400)
    batches = open_batches(path, as_text=False, n_sample=3)
    assert batches.schema["a"].type == "integer"
    code, message = outcome(rows_of, batches)
    assert code == "data.schema"
    assert "data row 401" in message
    assert rows_of(open_batches(path, n_sample=3))["a"][400] == "none"


def test_the_sample_lies_all_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_piece(monkeypatch, 256)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "".join(f"{i},x\n" for i in range(20_000)))
    sample = open_batches(path, n_sample=200).sample.frame["a"]
    assert 100 <= len(sample) <= 200
    assert sample.is_sorted()
    assert sample.max() > 19_000  # type: ignore[operator]
    assert sample.diff().max() < 1000  # type: ignore[operator]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.integers(1, 50))
def test_spread_rows_are_bounded_and_in_order(heights: list[int], n_rows: int) -> None:
    rows, start = SpreadRows(n_rows), 0
    for place, height in enumerate(heights):
        part = pl.DataFrame({"i": range(start, start + height)}, schema={"i": pl.Int64})
        if rows.wants(place):
            rows.add(part)
        start += height
    found = rows.frame()
    assert found.height <= n_rows
    assert found["i"].is_sorted()
    if sum(heights) <= n_rows and len(heights) <= 64:
        assert found.height == sum(heights)


@given(st.integers(0, 60), st.integers(1, 60))
def test_thin_keeps_even_rows(height: int, n_rows: int) -> None:
    frame = pl.DataFrame({"i": range(height)}, schema={"i": pl.Int64})
    assert thin(frame, n_rows).height == min(height, n_rows)


def test_the_line_of_an_error_is_that_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_piece(monkeypatch, 64)
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b'1,"x\ny"\n' * 100 + b"2\n")
    assert outcome(in_batches, path) == outcome(at_once, path)
    assert "line 202 " in outcome(in_batches, path)[1]


def test_check_records_counts() -> None:
    for text in (b'a,b\n1,"x\n"\n2,y\n', b'a,b\n1,"x\n"\n2,y'):
        assert csv_dialect.check_records(text, csv_dialect.find_dialect(text)) == 3


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    for name, row in (("t.csv", "1,x\n"), ("t.jsonl", '{"a": 1}\n')):
        path = tmp_path / name
        path.write_text("a,b\n" + row * 9 if name == "t.csv" else row * 9)
        batches = open_batches(path)
        path.write_text(path.read_text() + row)
        assert outcome(rows_of, batches)[0] == "data.changed"
    path = tmp_path / "t.csv"
    batches = open_batches(path)
    path.write_bytes(path.read_bytes().replace(b"x", "é".encode("latin-1")))
    assert outcome(rows_of, batches)[0] in ("data.changed", "data.csv")


def test_an_unknown_suffix(tmp_path: Path) -> None:
    (tmp_path / "t.doc").write_text("x")
    assert outcome(open_batches, tmp_path / "t.doc")[0] == "data.format"
    assert outcome(open_batches, tmp_path / "none.csv")[0] == "data.missing"
    assert readers.READERS


SERVERS = [url for url in [os.environ.get("GUANYAO_TEST_POSTGRESQL", "")] if url]
"""Addresses of a PostgreSQL database that tests may write to, or none."""


@pytest.mark.parametrize("url", SERVERS)
def test_postgresql(url: str, frame: pl.DataFrame) -> None:
    name = f"{url}#guanyao batches {os.getpid()}"
    scales = pl.Series("d", [Decimal("1.5")] * 499 + [Decimal("1.2345")], dtype=pl.Decimal(38, 4))
    typed = frame.with_columns(scales, pl.Series("late", [None] * 499 + ["x"], dtype=pl.String))
    write(typed, name, read(typed).schema)
    batches = open_batches(name, batch_rows=64, n_sample=10)
    assert batches.n_rows == 500
    assert [batch.height for batch in batches][:7] == [64] * 7
    assert rows_of(batches).equals(typed)
