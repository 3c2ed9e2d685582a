"""Reading: what goes in is what is there, and what is broken is told in one line."""

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from guanyao.data import compressed, readers
from guanyao.data.readers import inspect_sample, read
from guanyao.data.schema import Schema
from guanyao.errors import DataError, GuanyaoError
from tests.conftest import shared_tables


def file(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def code_of(source: object, **options: Any) -> str:
    with pytest.raises(GuanyaoError) as caught:
        read(source, **options)
    assert "\n" not in str(caught.value)
    return caught.value.code


def test_types_of_a_small_table(tmp_path: Path) -> None:
    table = read(file(tmp_path, "n,x,ok,day,name\n1,1.50,TRUE,2020-01-31,a\n2,,FALSE,,None\n"))
    assert table.frame.to_dict(as_series=False) == {
        "n": [1, 2],
        "x": [1.5, None],
        "ok": [True, False],
        "day": [pl.Series(["2020-01-31"]).str.to_date()[0], None],
        "name": ["a", "None"],
    }
    assert [c.type for c in table.schema] == ["integer", "number", "boolean", "date", "string"]
    assert [c.nullable for c in table.schema] == [False, True, False, True, False]


def test_only_the_empty_cell_without_quotes_is_missing(tmp_path: Path) -> None:
    table = read(file(tmp_path, 'a,b\n"",x\n,NA\n?,NULL\n'))
    assert table.frame["a"].to_list() == ["", None, "?"]
    assert table.frame["b"].to_list() == ["x", "NA", "NULL"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    table = read(file(tmp_path, "姓名,城市 名\n王小明,北京\n李四,上海\n".encode(encoding)))
    assert table.frame.columns == ["姓名", "城市 名"]
    assert table.frame["城市 名"].to_list() == ["北京", "上海"]
    assert table.schema.source.encoding == encoding


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_dialects(tmp_path: Path, delimiter: str, line_end: str) -> None:
    rows = [["a", "b", "c"], ["1", "x", "2.5"], ["2", "y", "3.5"]]
    text = line_end.join(delimiter.join(row) for row in rows) + line_end
    table = read(file(tmp_path, text))
    assert table.frame.rows() == [(1, "x", 2.5), (2, "y", 3.5)]
    assert table.schema.source.delimiter == delimiter
    assert table.schema.source.line_end == line_end


def test_a_table_without_names(tmp_path: Path) -> None:
    path = file(tmp_path, "A11,6,1.5\nA12,48,2.5\nA11,12,3.5\n")
    table = read(path)
    assert table.frame.columns == ["column_1", "column_2", "column_3"]
    assert len(table) == 3
    assert not table.schema.source.header
    assert read(path, header=True).frame.columns == ["A11", "6", "1.5"]


def test_years_as_names_are_names(tmp_path: Path) -> None:
    table = read(file(tmp_path, "country,2019,2020,2021\nx,1,2,3\ny,4,5,6\n"))
    assert table.frame.columns == ["country", "2019", "2020", "2021"]


def test_quotes_lines_and_inches(tmp_path: Path) -> None:
    table = read(file(tmp_path, 'a,b\n1,"x, ""y""\nz"\n2,w\n'))
    assert table.frame["b"].to_list() == ['x, "y"\nz', "w"]
    bare = read(file(tmp_path, 'size,b\n5" pipe,x\n6" pipe,y\n'))
    assert bare.frame["size"].to_list() == ['5" pipe', '6" pipe']
    assert bare.schema.source.quote is None


def test_blank_lines(tmp_path: Path) -> None:
    assert len(read(file(tmp_path, "a,b\n1,2\n\n\n"))) == 1
    assert read(file(tmp_path, "a\n1\n\n2\n")).frame["a"].to_list() == [1, None, 2]


BROKEN = {
    "empty": (b"", "data.empty"),
    "spaces": (b"\n\n", "data.empty"),
    "header only": (b"a,b\n", "data.no_rows"),
    "names twice": (b"a,a\n1,x\n", "data.columns"),
    "name missing": (b"a,,c\n1,2,x\n", "data.columns"),
    "short line": (b"a,b\n1,2\n3\n", "data.ragged"),
    "long line": (b"a,b\n1,2\n3,4,5\n", "data.ragged"),
    "blank line": (b"a,b\n1,2\n\n3,4\n", "data.ragged"),
    "latin": ("a,b\ncafé,1\nnaïve,2\n".encode("latin-1"), "data.encoding"),
    "junk": (bytes(range(128, 256)) * 20, "data.encoding"),
    "nul": (b"a,b\n1,x\0y\n", "data.binary"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "data.binary"),
    "open quote": (b'a,b\n1,"x\n2,y\n', "data.quotes"),
    "text after quote": (b'a,b\n1,"x"y\n2,z\n', "data.quotes"),
    "odd utf-16": (b"\xff\xfea", "data.encoding"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_text(tmp_path: Path, name: str) -> None:
    content, code = BROKEN[name]
    assert code_of(file(tmp_path, content)) == code


def test_ragged_error_tells_the_line_and_no_content(tmp_path: Path) -> None:
    path = file(tmp_path, 'a,b\n1,"x\ny"\nsecret,2,3\n')
    with pytest.raises(DataError, match="line 4 has 3 fields") as caught:
        read(path)
    assert "secret" not in str(caught.value)


def test_places_that_hold_no_table(tmp_path: Path) -> None:
    assert code_of(tmp_path / "none.csv") == "data.missing"
    assert code_of(tmp_path) == "data.folder"
    (tmp_path / "folder.csv").mkdir()
    assert code_of(tmp_path / "folder.csv") == "data.folder"
    assert code_of(file(tmp_path, "a", "t.docx")) == "data.format"
    assert code_of(file(tmp_path, "a", "noending")) == "data.format"
    assert code_of("bad\0name.csv") == "data.missing"
    assert code_of(3) == "data.source"
    assert code_of(file(tmp_path, b"PAR1", "t.parquet")) == "data.damaged"
    assert code_of(file(tmp_path, b"PK\x03\x04", "t.xlsx")) == "data.damaged"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    path = file(tmp_path, "a\n1\n")
    monkeypatch.setattr(Path, "open", refuse)
    assert code_of(path) == "data.unreadable"


def test_compressed(tmp_path: Path) -> None:
    import zstandard

    text = b"a,b\n1,x\n2,y\n"
    packed = {"t.csv.gz": gzip.compress(text), "t.csv.zst": zstandard.compress(text)}
    for name, content in packed.items():
        assert read(file(tmp_path, content, name)).frame.rows() == [(1, "x"), (2, "y")]
        assert code_of(file(tmp_path, content[:-4], name)) == "data.damaged"
    assert code_of(file(tmp_path, text, "plain.csv.gz")) == "data.damaged"
    assert code_of(file(tmp_path, text, "plain.csv.zst")) == "data.damaged"
    assert code_of(file(tmp_path, text, "t.parquet.gz")) == "data.format"


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed, "MAX_BYTES", 2**20)
    path = file(tmp_path, gzip.compress(b"a\n" + b"1\n" * 2**21), "t.csv.gz")
    assert code_of(path) == "data.bomb"


def test_odd_shapes_work(tmp_path: Path) -> None:
    one = read(file(tmp_path, "a,b\n1,x\n"))
    assert one.frame.rows() == [(1, "x")]
    assert read(file(tmp_path, "only\nx\ny\n")).frame.columns == ["only"]
    bare = read(file(tmp_path, "a,b\n,1\n,2\n"))
    assert bare.frame["a"].null_count() == 2
    big = read(file(tmp_path, "a,b\n" + "x" * 10_000_000 + ",1\ny,2\n"))
    assert big.frame["a"].str.len_bytes().to_list() == [10_000_000, 1]


def test_hostile_names(tmp_path: Path) -> None:
    names = ["=cmd()", "<script>", "a'b;--", "{x}", "../..", "名 字", "😀", "x\ty"]
    quoted = ",".join(f'"{name}"' for name in names)
    table = read(file(tmp_path, quoted + "\n" + ",".join("abcdefgh") + "\n"))
    assert table.frame.columns == names


def test_a_schema_rules(tmp_path: Path) -> None:
    path = file(tmp_path, "code,n,v\n1,1,5\n2,2,NA\n")
    found = json.loads(json.dumps(read(path).schema.to_json()))
    columns = {column["name"]: column for column in found["columns"]}
    columns["code"]["type"] = "string"
    columns["v"] |= {"type": "number", "missing": "NA"}
    table = read(path, schema=Schema.from_json(found))
    assert table.frame["code"].to_list() == ["1", "2"]
    assert table.frame["v"].to_list() == [5.0, None]
    columns["v"]["missing"] = ""
    with pytest.raises(DataError, match="first in data row 2") as caught:
        read(path, schema=Schema.from_json(found))
    assert caught.value.code == "data.schema"


def test_a_schema_of_other_columns(tmp_path: Path) -> None:
    schema = read(file(tmp_path, "a,b\n1,2\n")).schema
    assert code_of(file(tmp_path, "a,c\n1,2\n", "u.csv"), schema=schema) == "data.columns"
    swapped = read(file(tmp_path, "b,a\n2,1\n", "v.csv"), schema=schema)
    assert swapped.frame.rows() == [(1, 2)]


def test_a_typed_source_keeps_its_dtypes(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"a": [1, 2], "b": ["x", "y"], "c": [1.25, 2.5], "d": [True, None]},
        schema={"a": pl.Int32, "b": pl.Enum(["x", "y"]), "c": pl.Float32, "d": pl.Boolean},
    ).with_columns(
        e=pl.Series(["1.10", "2.20"]).cast(pl.Decimal(10, 2)),
        f=pl.datetime(2020, 1, 1, time_zone="Asia/Shanghai"),
    )
    path = tmp_path / "t.parquet"
    frame.write_parquet(path)
    for source in (path, str(path), frame, frame.lazy()):
        table = read(source)
        assert table.frame.schema == frame.schema
        assert [c.dtype for c in table.schema] == [str(dtype) for dtype in frame.dtypes]
    again = read(path, schema=Schema.from_json(json.loads(json.dumps(table.schema.to_json()))))
    assert again.frame.equals(frame)
    assert table.schema["e"].decimals == 2
    assert code_of(pl.DataFrame({"a": [[1]]})) == "data.dtype"
    assert code_of(pl.DataFrame({"a": [b"x"]})) == "data.dtype"
    assert code_of(pl.DataFrame()) == "data.empty"
    assert code_of(pl.DataFrame({"a": []})) == "data.no_rows"


def test_json_lines(tmp_path: Path) -> None:
    text = '{"a": 1, "day": "2020-01-02", "t": "x"}\n{"a": null, "day": "2020-02-03"}\n'
    for name, content in (("t.jsonl", text.encode()), ("t.jsonl.gz", gzip.compress(text.encode()))):
        table = read(file(tmp_path, content, name))
        assert table.frame.dtypes == [pl.Int64, pl.Date, pl.String]
        assert table.frame["t"].to_list() == ["x", None]
    assert code_of(file(tmp_path, '{"a": 1', "u.jsonl")) == "data.jsonl"
    assert code_of(file(tmp_path, "", "u.jsonl")) == "data.empty"
    assert code_of(file(tmp_path, '{"a": {"b": 1}}\n', "u.jsonl")) == "data.dtype"


def test_a_sample_of_a_large_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from guanyao.data import csv_file

    monkeypatch.setattr(csv_file, "SAMPLE_BYTES", 2**14)
    rows = [f"{i},{i % 7}.5" for i in range(20_000)]
    path = file(tmp_path, "\n".join(["n,x", *rows]) + "\n")
    sample = inspect_sample(path, 500)
    assert len(sample.table) == 500
    assert sample.n_rows == pytest.approx(20_000, rel=0.2)
    assert not sample.exact
    assert sample.table.frame["n"].max() > 15_000  # type: ignore[operator]
    packed = inspect_sample(file(tmp_path, gzip.compress(path.read_bytes()), "t.csv.gz"), 500)
    assert packed.n_rows == pytest.approx(20_000, rel=0.3)


def test_a_sample_of_typed_files(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(1000)})
    frame.write_parquet(tmp_path / "t.parquet")
    sample = inspect_sample(tmp_path / "t.parquet", 160)
    assert (len(sample.table), sample.n_rows, sample.exact) == (160, 1000, True)
    assert inspect_sample(frame, 10).n_rows == 1000
    assert len(inspect_sample(read(frame), 10).table) == 10


def test_every_suffix_has_a_reader() -> None:
    for suffix in readers.READERS:
        assert callable(readers.format_of(Path("x" + suffix)).read)


@pytest.mark.parametrize("path", shared_tables(), ids=lambda path: path.name)
def test_real_tables(path: Path) -> None:
    try:
        table = read(path)
    except DataError as error:
        assert error.code == "data.no_rows"
    else:
        assert table.frame.columns == table.schema.names
