"""Evaluate: the whole of it on tables of every shape."""

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guanyao.attacks import ATTACKS
from guanyao.data.schema import Column, Schema
from guanyao.data.table import Table
from guanyao.errors import DataError
from guanyao.flows.evaluate import Evaluation, evaluate
from guanyao.metrics import METRICS
from guanyao.testing import example_table
from tests.metrics.sdmetrics_report import to_pandas


@pytest.fixture(scope="module")
def whole() -> Evaluation:
    train, holdout, virtual = (example_table(400, seed=s) for s in range(3))
    return evaluate(real=train, holdout=holdout, virtual=virtual, seed=7)


def test_every_metric_and_attack_is_there(whole: Evaluation) -> None:
    assert [score.name for score in whole.scores] == list(METRICS)
    assert list(dict.fromkeys(attack.name for attack in whole.attacks)) == list(ATTACKS)
    assert {attack.group for attack in whole.attacks} == {"random", "vulnerable"}


def test_it_is_plain_json(whole: Evaluation) -> None:
    record = whole.to_json()
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert set(record) == {"scores", "attacks", "warnings"}


def test_it_warns_of_what_was_left_out_and_of_few_rows(whole: Evaluation) -> None:
    assert any("only 400 rows" in warning for warning in whole.warnings)
    assert any("编号" in warning for warning in whole.warnings)


def test_the_same_seed_gives_the_same_figures(whole: Evaluation) -> None:
    train, holdout, virtual = (example_table(400, seed=s) for s in range(3))
    again = evaluate(real=train, holdout=holdout, virtual=virtual, seed=7)
    assert again.to_json() == whole.to_json()


class Watch:
    """Notes what progress is told."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def stage(self, name: str, total: int | None = None) -> None:
        self.total = total or 0

    def advance(self, steps: int = 1) -> None:
        self.done += steps

    def note(self, text: str) -> None:
        self.said = text


def numbers(n: int) -> pl.DataFrame:
    return pl.DataFrame({"x": [i * 7 % 11 for i in range(n)], "y": [i % 3 for i in range(n)]})


def test_frames_are_taken_and_progress_is_told() -> None:
    watch = Watch()
    found = evaluate(
        real=numbers(60),
        holdout=to_pandas(Table(numbers(50), schema_of(numbers(50)))),
        virtual=numbers(70).select("y", "x"),
        target="y",
        progress=watch,
    )
    assert {"column_shapes", "tstr", "c2st_auc"} <= {score.name for score in found.scores}
    assert watch.done == watch.total == len(METRICS) + len(ATTACKS)


def schema_of(frame: pl.DataFrame) -> Schema:
    return Schema(columns=tuple(Column(name=n, type="integer") for n in frame.columns))


def test_a_tiny_holdout_leaves_scores_out_and_says_so() -> None:
    train, holdout = example_table(100), example_table(5, seed=1)
    found = evaluate(real=train, holdout=holdout, virtual=train)
    assert {score.name for score in found.scores} >= {"column_shapes", "pair_trends"}
    said = " ".join(found.warnings)
    for name in ("c2st_auc", "tstr", "dcr_share", "membership inference"):
        assert f"{name} is left out" in said


def test_a_constant_target_is_a_warning_and_an_unknown_one_an_error() -> None:
    train = example_table(60)
    found = evaluate(real=train, holdout=train, virtual=train, target="constant")
    assert any("the target is constant" in warning for warning in found.warnings)
    with pytest.raises(DataError) as caught:
        evaluate(real=train, holdout=train, virtual=train, target="nothing")
    assert caught.value.code == "data.column_missing"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (pl.DataFrame({"x": [1], "z": [2]}), "data.columns"),
        (pl.DataFrame({"x": ["a"], "y": [2]}), "data.dtype"),
        (pl.DataFrame({"x": [1], "y": [[2]]}), None),
    ],
)
@pytest.mark.parametrize("side", ["holdout", "virtual"])
def test_other_columns_and_kinds_are_refused(
    bad: pl.DataFrame, code: str | None, side: str
) -> None:
    tables = {"real": numbers(30), "holdout": numbers(30), "virtual": numbers(30), side: bad}
    with pytest.raises(DataError) as caught:
        evaluate(**tables)
    assert code is None or caught.value.code == code


KINDS = {
    "integer": st.integers(-5, 5),
    "number": st.floats(width=32),
    "boolean": st.booleans(),
    "string": st.sampled_from(["", "None", "甲", "b "]),
    "date": st.dates(),
    "datetime": st.datetimes(),
    "time": st.times(),
}
DTYPES = {
    "integer": pl.Int32(),
    "number": pl.Float32(),
    "boolean": pl.Boolean(),
    "string": pl.String(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "time": pl.Time(),
}


@st.composite
def tables(draw: st.DrawFn) -> list[Table]:
    """Three tables of the same odd columns: train, holdout, virtual."""
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    schema = Schema(
        columns=tuple(
            Column(name=f"列 {i}", type=kind, dtype=str(DTYPES[kind]))
            for i, kind in enumerate(kinds)
        )
    )
    found = []
    for _ in range(3):
        n = draw(st.sampled_from([1, 2, 24]))
        columns = {
            f"列 {i}": pl.Series(
                draw(st.lists(st.none() | KINDS[kind], min_size=n, max_size=n)), dtype=DTYPES[kind]
            )
            for i, kind in enumerate(kinds)
        }
        found.append(Table(pl.DataFrame(columns), schema))
    return found


@given(tables())
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_odd_tables_are_measured_or_refused(three: list[Table]) -> None:
    train, holdout, virtual = three
    found = evaluate(real=train, holdout=holdout, virtual=virtual, target="列 0")
    json.dumps(found.to_json(), allow_nan=False)
    for score in found.scores:
        assert score.low <= score.value <= score.high
