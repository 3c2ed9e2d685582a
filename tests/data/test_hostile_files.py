"""Whatever bytes a file holds, reading it gives a table or exactly one clear error."""

import csv
import gzip
import io
import zlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data.readers import read
from guanyao.data.writers import write
from guanyao.errors import GuanyaoError

FUZZ = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TABLE_LIKE = st.text(st.sampled_from('ab12,;\t|"\n\r .-年/:\\é名'), max_size=60)


def survives(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        table = read(path)
    except GuanyaoError as error:
        assert "." in error.code
        assert "\n" not in str(error)
    else:
        assert len(table) > 0
        assert table.frame.columns == table.schema.names


@FUZZ
@given(st.binary(max_size=80))
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".csv.zst", ".jsonl", ".parquet", ".xlsx"])
def test_any_bytes(tmp_path: Path, suffix: str, content: bytes) -> None:
    survives(tmp_path / f"t{suffix}", content)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
@pytest.mark.parametrize(
    "content", [b"x\x01\x06\x00", b"x\x01,a\n1,2\n", zlib.compress(b'{"a":1}\n')]
)
def test_what_looks_like_a_zlib_stream_is_no_table(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    survives(tmp_path / f"t{suffix}", content)


@FUZZ
@given(TABLE_LIKE)
def test_any_text(tmp_path: Path, content: str) -> None:
    survives(tmp_path / "t.csv", content.encode())


CELLS = st.one_of(
    st.text(st.sampled_from('ab1 2.-,;|"\n/:e年+0名T'), max_size=6),
    st.from_regex(r"\A-?\d{1,4}(\.\d{0,3})?(e-?\d)?\Z"),
    st.from_regex(r"\A\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}( \d{1,2}:\d{2})?\Z"),
    st.sampled_from(["inf", "NA", "", "TRUE", "FALSE", "-0", "007", "1e5", "12:30", "2.50"]),
)
ROWS = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=2, max_size=6)
)


@FUZZ
@given(ROWS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_what_can_be_read_can_be_written_and_read_again(
    tmp_path: Path, rows: list[list[str]], delimiter: str, line_end: str
) -> None:
    text = io.StringIO(newline="")
    names = [f"column {letter}" for letter in "abcd"[: len(rows[0])]]
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerows([names, *rows])
    (tmp_path / "t.csv").write_bytes(text.getvalue().encode())
    try:
        table = read(tmp_path / "t.csv", header=True)
    except GuanyaoError:
        return
    write(table.frame, tmp_path / "u.csv", table.schema)
    again = read(tmp_path / "u.csv", header=True)
    assert again.frame.schema == table.frame.schema
    assert again.frame.equals(table.frame)
    assert [c.role for c in again.schema] == [c.role for c in table.schema]


@FUZZ
@given(st.integers(0, 10_000), st.integers(0, 255))
@pytest.mark.parametrize("suffix", [".csv.gz", ".xlsx", ".jsonl.gz"])
def test_one_byte_of_a_good_file_is_wrong(
    tmp_path: Path, suffix: str, place: int, value: int
) -> None:
    good = tmp_path / f"good{suffix}"
    if not good.exists():
        frame = pl.DataFrame({"a": range(30), "b": ["x", "y", None] * 10, "c": [0.5] * 30})
        write(frame, good, read(frame).schema)
    content = bytearray(good.read_bytes())
    content[place % len(content)] = value
    survives(tmp_path / f"t{suffix}", bytes(content))


def test_a_gzip_in_a_gzip(tmp_path: Path) -> None:
    survives(tmp_path / "t.csv.gz", gzip.compress(gzip.compress(b"a,b\n1,2\n")))
