"""Writing: the same columns, precision, formats and dialect as were read; nothing half-written."""

import json
from datetime import date, datetime, time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.data import excel_file
from guanyao.data.readers import READERS, read
from guanyao.data.schema import Schema
from guanyao.data.writers import WRITERS, open_writer, write
from guanyao.errors import DataError
from tests.conftest import shared_tables

TEXTS = {
    "plain": "a,b\n1,x\n2,y\n",
    "precision": "a,b,c\n1.50,1,2.0\n2.25,1.5,3.25\n3.00,2,4.0\n",
    "missing": 'a,b\n1,\n,x\n2,""\n',
    "truth": "a,b,c\nTRUE,True,false\nFALSE,False,true\n",
    "dates": "d,e,f,g\n2020-01-05,1/5/2020,2020年1月5日,05.01.2020\n"
    "2020-11-15,11/15/2020,2020年11月15日,15.11.2020\n",
    "datetimes": "d,e,f\n2020-01-05 01:02:03,1/8/90 0:00,2020-01-05T01:02:03.250Z\n"
    "2020-11-15 11:12:13,11/18/05 13:05,2020-11-15T11:12:13.500Z\n",
    "times": "t,u\n01:02,1:02:03\n13:14,13:14:15\n",
    "codes": "a,b\n007,12345678901234567890\n010,22345678901234567890\n",
    "scientific": "a,b\n1e-7,1.0\n2.5,inf\n",
    "no names": "A1,1,2.5\nA2,2,3.5\nA1,3,4.5\n",
    "semicolon": "a;b\n1,5;x\n2,5;y\n",
    "crlf": "a,b\r\n1,x\r\n2,y\r\n",
    "one column": "a\n1\n\n2\n",
    "all quoted": '"a","b"\n"1","x,y"\n"2",""\n"","say ""z"""\n',
    "bare quotes": 'a,b\n5" x,1\n6" y,2\n',
    "chinese": "姓名,城市 名\n王小明,北京\n李四,上海\n",
}


def round_trip(folder: Path, content: bytes, name: str = "t.csv") -> bytes:
    path = folder / name
    path.write_bytes(content)
    table = read(path)
    write(table.frame, folder / f"out-{name}", table.schema)
    return (folder / f"out-{name}").read_bytes()


@pytest.mark.parametrize("name", TEXTS)
def test_text_comes_back_byte_for_byte(tmp_path: Path, name: str) -> None:
    content = TEXTS[name].encode()
    assert round_trip(tmp_path, content) == content


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_encodings_come_back(tmp_path: Path, encoding: str) -> None:
    content = TEXTS["chinese"].encode(encoding)
    assert round_trip(tmp_path, content) == content


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_text_comes_back(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "t.csv").write_text(TEXTS["plain"])
    table = read(tmp_path / "t.csv")
    path = tmp_path / f"t.csv{suffix}"
    write(table.frame, path, table.schema)
    first = path.read_bytes()
    assert read(path).frame.equals(table.frame)
    write(table.frame, path, table.schema)
    assert path.read_bytes() == first


CELL = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"), max_size=8
)
COLUMNS = st.one_of(
    st.lists(st.one_of(st.none(), CELL), min_size=3, max_size=3),
    st.lists(st.one_of(st.none(), st.integers(-(10**17), 10**17)), min_size=3, max_size=3),
    st.lists(
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=3,
        max_size=3,
    ),
    st.lists(st.one_of(st.none(), st.dates(date(1900, 1, 1))), min_size=3, max_size=3),
)


@given(st.lists(COLUMNS, min_size=2, max_size=4))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_was_read_is_read_again(tmp_path: Path, columns: list[list[object]]) -> None:
    frame = pl.DataFrame({f"c{i}": pl.Series(v, strict=True) for i, v in enumerate(columns)})
    frame.write_csv(tmp_path / "t.csv")
    table = read(tmp_path / "t.csv", header=True)
    write(table.frame, tmp_path / "u.csv", table.schema)
    again = read(tmp_path / "u.csv", header=True)
    assert again.frame.equals(table.frame)
    assert again.schema.columns == table.schema.columns


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20), st.integers(1, 10))
@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_fixed_decimals_come_back(tmp_path: Path, units: list[int], decimals: int) -> None:
    cells = [f"{u // 10**decimals}.{u % 10**decimals:0{decimals}d}" for u in map(abs, units)]
    content = "".join(f"{cell},x\n" for cell in ["a", *cells]).encode()
    assert round_trip(tmp_path, content) == content


def typed(zone: str | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "i": [1, 2, None],
            "x": [1.5, None, -2.25],
            "s": ["a", None, "北京"],
            "b": [True, False, None],
            "d": [date(2020, 1, 5), None, date(1999, 12, 31)],
            "t": [datetime(2020, 1, 5, 1, 2, 3), datetime(2020, 1, 5), None],
            "c": [time(1, 2, 3), None, time(0, 0)],
        }
    )


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx", ".jsonl", ".csv", ".tsv", ".jsonl.gz"])
def test_typed_rows_come_back(tmp_path: Path, suffix: str) -> None:
    table = read(typed())
    path = tmp_path / f"t{suffix}"
    write(table.frame, path, table.schema)
    again = read(path)
    expected = table.frame
    assert again.frame.columns == expected.columns
    if suffix not in (".xlsx",):
        assert again.frame.equals(expected)
    else:
        assert again.frame.drop("c").equals(expected.drop("c"))
    write(again.frame, tmp_path / f"u{suffix}", again.schema)
    assert read(tmp_path / f"u{suffix}").frame.equals(again.frame)


def test_parquet_in_batches_with_metadata(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": np.arange(1000), "s": ["x", "y"] * 500})
    schema = read(frame).schema
    path = tmp_path / "t.parquet"
    with open_writer(path, schema, metadata={"mark": "名"}) as writer:
        for piece in frame.iter_slices(300):
            writer.write(piece)
    assert writer.n_rows == 1000
    assert pl.read_parquet(path).equals(frame)
    assert pl.read_parquet_metadata(path)["mark"] == "名"


@pytest.mark.parametrize("suffix", WRITERS)
def test_no_rows(tmp_path: Path, suffix: str) -> None:
    frame = typed()
    path = tmp_path / f"t{suffix}"
    write(frame.clear(), path, read(frame).schema)
    assert path.exists()
    if suffix == ".parquet":
        assert pl.read_parquet(path).schema == frame.schema


@pytest.mark.parametrize("suffix", [*WRITERS, ".csv.gz", ".csv.zst"])
@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, OSError])
def test_nothing_is_left_of_a_failed_file(
    tmp_path: Path, suffix: str, fault: type[BaseException]
) -> None:
    frame = typed()
    path = tmp_path / f"t{suffix}"
    path.write_text("before")
    expected: type[BaseException] = DataError if fault is OSError else fault
    with pytest.raises(expected), open_writer(path, read(frame).schema) as writer:
        writer.write(frame)
        raise fault
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "before"


def test_batches_of_other_columns(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1], "b": [2]})
    schema = read(frame).schema
    with (
        pytest.raises(DataError, match="the schema has") as caught,
        open_writer(tmp_path / "t.csv", schema) as writer,
    ):
        writer.write(frame.select("b", "a"))
    assert caught.value.code == "data.columns"
    with pytest.raises(DataError), open_writer(tmp_path / "t.parquet", schema) as writer:
        writer.write(frame)
        for _ in range(9):
            writer.write(frame.cast(pl.String))
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"a": [1]})
    schema = read(frame).schema

    def code(path: Path) -> str:
        with pytest.raises(DataError) as caught:
            write(frame, path, schema)
        return caught.value.code

    assert code(tmp_path / "none" / "t.csv") == "data.missing"
    (tmp_path / "t.csv").mkdir()
    assert code(tmp_path / "t.csv") == "data.folder"
    assert code(tmp_path / "t.docx") == "data.format"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "touch", refuse)
    assert code(tmp_path / "u.csv") == "data.unwritable"


def test_excel_has_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_file, "MAX_ROWS", 3)
    for frame in (pl.DataFrame({"a": [1, 2, 3]}), pl.DataFrame({"a": ["x" * 40_000]})):
        with pytest.raises(DataError) as caught:
            write(frame, tmp_path / "t.xlsx", read(frame).schema)
        assert caught.value.code == "data.excel_limit"
    assert list(tmp_path.iterdir()) == []


def test_excel_formulas_stay_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["=1+1", "@x", "http://example.net"]})
    write(frame, tmp_path / "t.xlsx", read(frame).schema)
    assert read(tmp_path / "t.xlsx").frame.equals(frame)


def test_excel_sheets(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "t.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for sheet in ("one", "two"):
            cells = book.add_worksheet(sheet)
            cells.write_row(0, 0, ["a", "b"])
            cells.write_row(1, 0, [sheet, 1])
    assert read(path).frame.rows() == [("one", 1)]
    assert "2 sheets" in read(path).schema["a"].note
    assert read(f"{path}#two").frame.rows() == [("two", 1)]
    with pytest.raises(DataError, match="one, two"):
        read(f"{path}#three")


def test_the_missing_word_comes_back(tmp_path: Path) -> None:
    content = "a,b\n1,NA\n2,5\n"
    path = tmp_path / "t.csv"
    path.write_text(content)
    record = json.loads(json.dumps(read(path).schema.to_json()))
    record["columns"][1] |= {"type": "integer", "missing": "NA"}
    table = read(path, schema=Schema.from_json(record))
    assert table.frame["b"].to_list() == [None, 5]
    write(table.frame, tmp_path / "u.csv", table.schema)
    assert (tmp_path / "u.csv").read_text() == content


def test_every_format_is_read_and_written() -> None:
    assert WRITERS.keys() == READERS.keys()


@pytest.mark.parametrize("path", shared_tables(), ids=lambda path: path.name)
def test_real_tables_come_back(tmp_path: Path, path: Path) -> None:
    try:
        table = read(path)
    except DataError:
        return
    target = tmp_path / ("t.parquet" if path.suffix == ".parquet" else "t.csv")
    write(table.frame, target, table.schema)
    assert read(target).frame.equals(table.frame)
