"""Looking for values byte by byte, also in what is packed."""

import gzip
import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from guanyao.protect.byte_scan import ENCODINGS, PIECE, Values, cells, is_telling
from guanyao.protect.vault.memory_file import memory_file

VALUE = "王小明同学"
CODE = "P100012"
VALUES = Values([VALUE, CODE, "12"])


def layers_of(path: Path, values: Values = VALUES) -> set[str]:
    return {hit.layer for hit in values.scan(path).hits}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(f"姓名,{VALUE},x".encode(encoding))
    assert layers_of(path) == {"bytes"}
    path.write_bytes("姓名,王大明同学,x".encode(encoding))
    assert layers_of(path) == set()


@pytest.mark.parametrize(
    "text",
    [json.dumps({"a": VALUE}), "&#29579;&#23567;&#26126;&#21516;&#23398;", f"a{VALUE}b"],
)
def test_escapes(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert layers_of(path) == {"bytes"}


def test_quotes_are_doubled_in_text_tables_and_escaped_in_pages(tmp_path: Path) -> None:
    values = Values(['he said "no" & left'])
    path = tmp_path / "a.csv"
    for text in ('x,"he said ""no"" & left"', "he said &quot;no&quot; &amp; left"):
        path.write_text(text, encoding="utf-8")
        assert layers_of(path, values) == {"bytes"}


@pytest.mark.parametrize(
    ("text", "found"),
    [("P100012", True), ("(P100012)", True), ("P1000123", False), ("XP100012", False),
     ("姓P100012名", True)],
)  # fmt: skip
def test_a_part_of_a_longer_word_is_no_hit(tmp_path: Path, text: str, found: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    assert bool(layers_of(path)) is found


@given(st.integers(-12, 12), st.sampled_from(["P100012", "P1000123", "7P100012"]))
def test_values_across_pieces(shift: int, word: str) -> None:
    data = b"." * (200 + shift) + word.encode() + b"." * 100
    pieces = [data[at : at + 100] for at in range(0, len(data), 100)]
    assert bool(VALUES.found_in(pieces)) is (word == "P100012")
    assert bool(VALUES.found_in([data])) is (word == "P100012")


def test_values_across_pieces_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    for shift in (-8, -3, 0, 1):
        path.write_bytes(b"." * (PIECE + shift) + b"P100012" + b"." * 50)
        assert layers_of(path) == {"bytes"}


def gz(path: Path) -> None:
    path.write_bytes(gzip.compress(VALUE.encode("utf-16")))


def zst(path: Path) -> None:
    path.write_bytes(zstandard.compress(b"a " + CODE.encode() + b" " * 9_000))


def parquet(path: Path) -> None:
    pl.DataFrame({"a": [CODE] * 3, "n": [1, 2, 3]}).write_parquet(path)


def sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute('CREATE TABLE "a b" (x, y)')
    connection.execute("INSERT INTO \"a b\" VALUES (?, 7), (NULL, x'00')", [CODE])
    connection.commit()
    connection.close()


def npz(path: Path) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, a=np.array([CODE]))


def nested(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.gz", gzip.compress(CODE.encode()))


def nested_parquet(path: Path) -> None:
    table = io.BytesIO()
    pl.DataFrame({"a": [CODE] * 2_000}).write_parquet(table)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("t.parquet", table.getvalue())


def tar(path: Path) -> None:
    packed = zstandard.compress(CODE.encode() + b" " * 9_000)
    with tarfile.open(path, "w") as archive:
        facts = tarfile.TarInfo("a.zst")
        facts.size = len(packed)
        archive.addfile(facts, io.BytesIO(packed))


@pytest.mark.parametrize(
    ("make", "layer"),
    [(gz, "gzip"), (zst, "zstd"), (parquet, "rows"), (sqlite, "rows"), (npz, "zip"),
     (nested, "zip/gzip"), (nested_parquet, "zip/rows"), (tar, "tar/zstd")],
)  # fmt: skip
def test_what_is_packed(tmp_path: Path, make: Callable[[Path], None], layer: str) -> None:
    path = tmp_path / "x"
    make(path)
    assert layer in layers_of(path)
    found = Values(["Q999999x"]).scan(path)
    assert (found.hits, found.unread, found.n_files) == ([], [], 1)


def test_a_database_in_memory(tmp_path: Path) -> None:
    sqlite(tmp_path / "a.db")
    with memory_file(".db") as (file, path):
        file.write((tmp_path / "a.db").read_bytes())
        assert {hit.layer for hit in VALUES.scan_file(path, "x").hits} >= {"rows"}


def test_damaged_files_are_counted_and_looked_at_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 " + CODE.encode())
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"x" * 100)[:-9])
    (tmp_path / "c.parquet").write_bytes(b"PAR1 nothing")
    found = VALUES.scan(tmp_path, "folder")
    assert found.unread == ["folder/a.zip", "folder/b.gz", "folder/c.parquet"]
    assert found.places == ["folder/a.zip"]
    assert found.n_files == 3


def test_names_of_files_count(tmp_path: Path) -> None:
    (tmp_path / f"letter-{CODE}.txt").write_text("nothing")
    assert {hit.layer for hit in VALUES.scan(tmp_path, "here").hits} == {"name"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CODE)
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link").symlink_to(tmp_path / "a.txt")
    (inner / "loop").symlink_to(inner)
    assert VALUES.scan(inner).n_files == 0


def test_short_values_are_left_out_and_nothing_is_shown() -> None:
    assert VALUES.n_short == 1
    assert repr(VALUES) == "Values(2)"
    assert [is_telling(v) for v in ("123456", "1234567", "abcdef", "王明", "12.5")] == [
        False, True, True, True, False,
    ]  # fmt: skip
    assert len(Values([])) == 0
    assert Values([]).found_in([b"anything"]) == set()


def test_without() -> None:
    number = next(iter(VALUES.found_in([CODE.encode()])))
    rest = VALUES.without([number])
    assert len(rest) == 1
    assert rest.found_in([CODE.encode()]) == set()
    assert rest.found_in([VALUE.encode()])


def test_cells_of_all_kinds() -> None:
    frame = pl.DataFrame(
        {"a": ["x", None], "n": [1, 2], "b": [b"raw", None], "l": [["in", "list"], []]}
    )
    assert cells(frame).split() == [b"x", b"1", b"2", b"raw", b"['in',", b"'list']", b"[]"]
