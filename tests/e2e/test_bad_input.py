"""Whatever is typed or fed: it works, or one clear line with its code; never half a file."""

import gzip
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes

from guanyao.cli.main import main
from guanyao.data.readers import read
from guanyao.errors import GuanyaoError
from guanyao.models.copula import Copula
from guanyao.models.trees import Trees

RESULTS = ["model.gy", "report.html", "report.json", "run.json", "virtual.csv"]


def table(n_rows: int, *more: str) -> str:
    """A plain CSV text; `more` are the cells of further columns, the same in every row."""
    rng = random.Random(3)  # noqa: S311
    names = ["age", "town", "cost", *(f"x{i}" for i in range(len(more)))]
    rows = [
        [str(rng.randint(18, 90)), rng.choice("ABC"), f"{rng.random() * 90:.2f}", *more]
        for _ in range(n_rows)
    ]
    return "\n".join(",".join(row) for row in [names, *rows]) + "\n"


def rewritten(change: Callable[[int, str], str], n_rows: int = 80) -> str:
    """The plain table with each line changed; line 0 holds the names."""
    lines = table(n_rows).splitlines()
    return "\n".join(change(i, line) for i, line in enumerate(lines)) + "\n"


def run(source: Path | str, out: Path, *words: str) -> int:
    common = ["--quiet", "--model", "independent", "--format", "csv"]
    return main(["run", str(source), "-o", str(out), *common, *words])


def refused(
    capsys: pytest.CaptureFixture[str], status: int, code: str, out: Path | None = None
) -> None:
    said = capsys.readouterr()
    lines = said.err.splitlines()
    assert status == 2, lines
    assert len(lines) == 1
    assert lines[0].startswith(f"error[{code}]: ")
    assert len(lines[0]) < 1500
    assert said.out == ""
    assert out is None or not out.exists()


WORKS = {
    "one column": "age\n" + "".join(f"{i % 40}\n" for i in range(80)),
    "all null": table(80, ""),
    "constant": table(80, "same", "1", "1.50"),
    "only constants": "a,b\n" + "1,x\n" * 40 + "1,y\n" * 40,
    "Chinese and spaced names": table(80).replace("age", "年 龄").replace("town", "城市, 省"[:2]),
    "mixed types": rewritten(lambda i, line: f"{line},{'kind' if not i else 'x1' if i % 2 else i}"),
    "infinite": rewritten(lambda i, line: f"{line},{'v' if not i else '-inf' if i % 7 else 'inf'}"),
    "some infinite": rewritten(lambda i, line: f"{line},{'v' if not i else i if i % 5 else 'inf'}"),
    "huge numbers": rewritten(lambda i, line: f"{line},{'v' if not i else f'{i}e306'}"),
    "long integers": rewritten(lambda i, line: f"{line},{'v' if not i else 9**30 + i}"),
    "large integers": rewritten(lambda i, line: f"{line},{'v' if not i else 2**62 + i}"),
    "mixed dates": rewritten(
        lambda i, line: f"{line},{'d' if not i else '2020-01-05' if i % 2 else '05/01/2020'}"
    ),
    "impossible dates": rewritten(
        lambda i, line: f"{line},{'d' if not i else f'2021-02-{i % 31:02d}'}"
    ),
    "distinct ids": rewritten(lambda i, line: f"{line},{'id' if not i else f'P-{i:07d}'}", 3000),
    "words for missing": rewritten(
        lambda i, line: f"{line},{'w' if not i else ['NA', 'None', '?', ''][i % 4]}"
    ),
    "odd line ends": table(80).replace("\n", "\r\n"),
    "a large cell": table(80, "x" * 100_000),
    "large cells": rewritten(lambda i, line: f"{line},{'t' if not i else str(i) * 20_000}", 40),
    "quotes and breaks": rewritten(
        lambda i, line: line + (",q" if not i else f',"a ""b""\n{i % 3}"')
    ),
}


@pytest.mark.parametrize("name", WORKS)
def test_it_works(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(WORKS[name], encoding="utf-8")
    status = run(tmp_path / "t.csv", tmp_path / "out")
    assert status == 0, capsys.readouterr().err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == RESULTS
    virtual, source = read(tmp_path / "out" / "virtual.csv"), read(tmp_path / "t.csv")
    assert virtual.frame.columns == source.frame.columns


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "data.empty"),
    "blank": (b"\n\n", "data.empty"),
    "header only": (b"a,b,c\n", "data.no_rows"),
    "one row": (b"a,b\n1,x\n", "data.too_few_entities"),
    "the same row": (b"a,b\n" + b"1,x\n" * 50, "data.too_few_entities"),
    "few rows": (table(6).encode(), "data.too_small"),
    "duplicate names": (table(30).replace("town", "age").encode(), "data.columns"),
    "empty name": (table(30).replace("town", "").encode(), "data.columns"),
    "ragged": (table(30).encode() + b"1,A\n", "data.ragged"),
    "open quote": (table(30).encode() + b'1,"A,2\n', "data.quotes"),
    "binary": (b"a,b\n\0\0\0,1\n" * 20, "data.binary"),
    "wrong encoding": ("a,b\n".encode("utf-16-le")[:-1] + b"\xff\xfe\xfa\x81\n" * 9, "data"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, code = REFUSED[name]
    (tmp_path / "t.csv").write_bytes(content)
    status = run(tmp_path / "t.csv", tmp_path / "out")
    said = capsys.readouterr().err
    assert status == 2
    assert said.startswith(f"error[{code}")
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_truncated_gzip(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = gzip.compress(table(500).encode())
    (tmp_path / "t.csv.gz").write_bytes(content[: len(content) // 2])
    status = run(tmp_path / "t.csv.gz", tmp_path / "out")
    refused(capsys, status, "data.damaged", tmp_path / "out")


def test_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(capsys, run(tmp_path / "no.csv", tmp_path / "out"), "data.missing", tmp_path / "out")
    refused(capsys, run(tmp_path, tmp_path / "out"), "data.folder", tmp_path / "out")
    (tmp_path / "t.xyz").write_text("a,b\n1,2\n")
    refused(capsys, run(tmp_path / "t.xyz", tmp_path / "out"), "data.format", tmp_path / "out")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(table(80))
    return path


def test_outputs(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    refused(capsys, run(source, tmp_path / "file"), "config.out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_text("mine")
    refused(capsys, run(source, tmp_path / "mine"), "config.out")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["photo.jpg"]
    status = main(["fit", str(source), "-o", str(tmp_path / "no" / "m.gy"), "--quiet"])
    refused(capsys, status, "data.unwritable", tmp_path / "no")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--target", "nothing"), "data.column_missing"),
        (("--entity", "nothing"), "data.column_missing"),
        (("--rows", "0"), "config.range"),
        (("--rows", "-3"), "config.range"),
        (("--holdout", "1"), "config.range"),
        (("--holdout", "0"), "config.range"),
        (("--seed", "-1"), "config.range"),
        (("--set", "colour=red"), "config.setting"),
        (("--set", "min_entities=0"), "config.setting"),
        (("--set", "min_entities=1000"), "data.too_small"),
        (("--epsilon", "1"), "config.no_dp"),
        (("--rule", "age <= nothing"), "config.rule"),
        (("--rule", "age older"), "config.rule"),
        (("--rule", "age <= cost"), "data.rule"),
        (("--schema", "no.json"), "config.schema"),
        (("--model", "tree"), "unknown_name"),
        (("--rebalance", "town=A:2"), "config.rebalance"),
        (("--rebalance", "town=A:0.5,Z:0.5"), "config.given"),
    ],
)
def test_options(
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: str,
) -> None:
    refused(capsys, run(source, tmp_path / "out", *words), code, tmp_path / "out")


def test_a_constant_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(table(80, "same"))
    status = run(tmp_path / "t.csv", tmp_path / "out", "--target", "x0")
    refused(capsys, status, "data.target", tmp_path / "out")


def test_other_holdouts(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content, code in (
        ("a,b\n1,2\n", "data.columns"),
        ("age,town,cost\nold,A,1\n", "data.schema"),
        ("", "data.empty"),
        ("age,town,cost\n", "data.no_rows"),
    ):
        (tmp_path / "h.csv").write_text(content)
        status = run(source, tmp_path / "out", "--holdout-file", str(tmp_path / "h.csv"))
        refused(capsys, status, code, tmp_path / "out")


@pytest.fixture
def model(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "m.gy"
    words = ["fit", str(source), "-o", str(path), "--model", "copula", "--quiet"]
    assert main(words) == 0, capsys.readouterr().err
    capsys.readouterr()
    return path


def test_sampling(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "v.csv"
    for words, code in (
        (["-n", "-1"], "config.range"),
        (["-n", "5", "--given", "age=old"], "config.given"),
        (["-n", "5", "--given", "age"], "config.given"),
        (["-n", "5", "--given", "age=900"], "config.given"),
        (["-n", "5", "--given", "town=Z"], "config.given"),
        (["-n", "5", "--seed", "-1"], "config.range"),
        (["-n", "5", "--rebalance", "town=A:7"], "config.rebalance"),
    ):
        status = main(["sample", str(model), *words, "-o", str(out), "--quiet"])
        refused(capsys, status, code, out)
    for n_rows in ("0", "1"):
        assert main(["sample", str(model), "-n", n_rows, "-o", str(out), "--quiet"]) == 0
        assert len(out.read_text().splitlines()) == int(n_rows) + 1
        capsys.readouterr()
    status = main(["sample", str(model), "-n", "5", "-o", str(tmp_path / "v.xyz"), "--quiet"])
    refused(capsys, status, "data.format", tmp_path / "v.xyz")


def test_damaged_models(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = model.read_bytes()
    for damaged in (content[:-40], b"no model", b"", content[:200] + b"\0" * 50 + content[250:]):
        (tmp_path / "d.gy").write_bytes(damaged)
        words = ["sample", str(tmp_path / "d.gy"), "-n", "5", "-o", str(tmp_path / "v.csv")]
        refused(capsys, main([*words, "--quiet"]), "model.damaged", tmp_path / "v.csv")
    words = ["sample", str(tmp_path / "no.gy"), "-n", "5", "-o", str(tmp_path / "v.csv")]
    refused(capsys, main([*words, "--quiet"]), "data.missing", tmp_path / "v.csv")


def full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


@pytest.mark.parametrize("verb", ["run", "fit", "sample"])
def test_a_full_disk(verb: str, source: Path, model: Path, tmp_path: Path) -> None:
    """A limit on the size of files fails as a full disk does: in the middle of writing."""
    out = tmp_path / ("out" if verb == "run" else "o.gy" if verb == "fit" else "o.csv")
    what = [str(model), "-n", "5000"] if verb == "sample" else [str(source)]
    done = subprocess.run(
        [sys.executable, "-m", "guanyao", verb, *what, "-o", str(out), "--quiet"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=full_disk,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error[data.unwritable]: ")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.gy", "t.csv"]


CELLS = st.one_of(
    st.text(st.sampled_from("ab 年,\"'\n;0"), max_size=4),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.sampled_from(["", "", "NA", "inf", "-inf", "nan", "true", "1e308", "9" * 40, "0x1", "-0.0"]),
)
FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


DTYPES = [
    *(pl.Int8, pl.Int64, pl.UInt64, pl.Float32, pl.Float64, pl.Boolean, pl.String, pl.Date),
    *(pl.Time, pl.Datetime, pl.Categorical, pl.Decimal),
]


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    """A few rows of columns of any dtype, often repeating."""
    frame = draw(
        dataframes(
            max_cols=4,
            min_size=2,
            max_size=12,
            allowed_dtypes=DTYPES,
            allow_null=True,
            min_cols=1,
        )
    )
    return pl.concat([frame] * draw(st.integers(1, 4)))


@FUZZ
@given(frame=frames(), min_entities=st.sampled_from([1, 3]))
def test_any_frame(frame: pl.DataFrame, min_entities: int) -> None:
    try:
        source = read(frame)
        for kind in (Copula, Trees):
            rows = kind(min_entities=min_entities).fit(source).sample(20, seed=1)
            assert rows.schema == source.frame.schema
    except GuanyaoError as error:
        assert "." in error.code
        assert "\n" not in str(error)


@FUZZ
@given(data=st.data())
def test_any_csv(tmp_path: Path, data: st.DataObject) -> None:
    n_columns = data.draw(st.integers(1, 4))
    cells = data.draw(st.lists(CELLS, min_size=2, max_size=12))
    rows = [[data.draw(st.sampled_from(cells)) for _ in range(n_columns)] for _ in range(12)]
    frame = pl.DataFrame(rows * 3, schema=[f"c{i}" for i in range(n_columns)], orient="row")
    frame.write_csv(tmp_path / "t.csv")
    try:
        source = read(tmp_path / "t.csv")
        rows_drawn = Trees(min_entities=2).fit(source).sample(20, seed=1)
        assert rows_drawn.schema == source.frame.schema
    except GuanyaoError as error:
        assert "." in error.code
        assert "\n" not in str(error)
