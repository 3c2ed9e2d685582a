"""Fresh text: like the column's, and nothing that few rows say."""

import json
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from guanyao.data.texts import _TOKEN, SHORT, FreshText
from guanyao.errors import ConfigError, DataError, NotFittedError
from tests.conftest import SHARED

RNG = np.random.default_rng(11)
COLOURS = ["RED", "WHITE", "BLUE", "PINK"]
THINGS = ["CUP", "LAMP", "HEART", "BAG", "CLOCK"]
STREETS = ["文昌路", "青禾路", "梧桐巷"]


def _rng() -> np.random.Generator:
    return np.random.default_rng(5)


def _products(n: int) -> pl.Series:
    columns = (RNG.choice(COLOURS, n), RNG.choice(THINGS, n), RNG.choice(THINGS, n))
    return pl.Series([f"{a} {b} AND {c} SET" for a, b, c in zip(*columns, strict=True)])


def _addresses(n: int) -> pl.Series:
    streets, numbers = RNG.choice(STREETS, n), RNG.integers(10, 999, (n, 2))
    pairs = zip(streets, numbers.tolist(), strict=True)
    return pl.Series([f"北京市{street}{a}号{b}室" for street, (a, b) in pairs])


def _fit(values: pl.Series, min_entities: int = 10) -> FreshText:
    return FreshText().fit(values, min_entities=min_entities, rng=_rng())


def _rare_and_long(values: pl.Series, fewer_than: int) -> set[str]:
    counts = values.drop_nulls().value_counts(name="n")
    rare = counts.filter(pl.col("n") < fewer_than)[values.name]
    return {text for text in rare if len(_TOKEN.findall(text)) > SHORT}


def test_words_come_from_the_column() -> None:
    virtual = _fit(_products(3000)).generate(500, rng=_rng())
    words = {word for text in virtual for word in text.split()}
    assert words == {*COLOURS, *THINGS, "AND", "SET"}
    assert virtual.str.contains(r"^\w+ \w+ AND \w+ SET$").all()


def test_numbers_are_drawn_anew() -> None:
    real = _addresses(3000)
    virtual = _fit(real).generate(1000, rng=_rng())
    assert virtual.str.contains(r"^北京市\p{Han}{3}\d{2,3}号\d{2,3}室$").mean() > 0.99
    assert virtual.str.extract(r"(\d+)号").n_unique() > 300
    assert len(set(virtual) & set(real)) <= 5


def test_lengths_are_like_the_real_ones() -> None:
    real = pl.Series(["很好" * int(k) + "。" for k in RNG.integers(1, 20, 2000)])
    virtual = _fit(real).generate(2000, rng=_rng())
    for share in (0.1, 0.5, 0.9):
        there, here = (s.str.len_chars().quantile(share) for s in (real, virtual))
        assert here == pytest.approx(there, abs=4)


def test_no_long_text_of_few_rows_returns() -> None:
    """Every word and pair is common here, so only the cut keeps rare sentences out."""
    words = list("甲乙丙丁戊")
    real = pl.Series("t", ["".join(RNG.choice(words, 6)) for _ in range(1500)])
    rare = _rare_and_long(real, 10)
    assert len(rare) > 1000
    virtual = _fit(real).generate(20_000, rng=_rng())
    assert not rare & set(virtual)


def test_grown_together_words_do_not_return() -> None:
    words = ["can", "not", "go", "to", "sea"]
    common = [" ".join(RNG.permutation(words)) for _ in range(400)] + words * 20
    real = pl.Series("t", [*common, "cannot go to sea can", "not cango to sea to"])
    virtual = _fit(real).generate(5000, rng=_rng())
    assert not _rare_and_long(real, 10) & set(virtual)


def test_what_few_rows_hold_is_not_in_the_model() -> None:
    real = pl.concat([_products(500), pl.Series(["RED CUP FOR Zhaoxin", "BLUE 绝密 LAMP"])])
    text = json.dumps(_fit(real).to_json(), ensure_ascii=False)
    assert not any(rare in text for rare in ("Zhaoxin", "FOR", "绝", "密"))


def test_a_text_that_many_rows_share_may_return() -> None:
    real = pl.Series(["客户要求周末联系", "地址有误待核实"] * 50)
    assert set(_fit(real).generate(100, rng=_rng())) == set(real)


def test_nothing_common_gives_noise_of_the_same_lengths() -> None:
    real = pl.Series(["".join(map(chr, RNG.choice(20_000, 12) + 0x4E00)) for _ in range(60)])
    fresh = _fit(real)
    virtual = fresh.generate(300, rng=_rng())
    assert fresh.chain_ is None
    assert set(virtual.str.len_chars()) == {12}
    assert virtual.str.contains(r"^\p{Han}+$").all()


@pytest.mark.parametrize("values", [[], [None], ["one"], [""], ["", "", ""], ["\n", "\0", "\0end"]])
def test_hardly_any_text(values: list[str | None]) -> None:
    fresh = _fit(pl.Series(values, dtype=pl.String))
    virtual = fresh.generate(20, rng=_rng())
    assert len(virtual) == 20 and virtual.null_count() == 0
    assert len(fresh.generate(0, rng=_rng())) == 0


def test_same_seed_same_texts() -> None:
    first, second = (_fit(_fixed()).generate(200, rng=_rng()) for _ in range(2))
    assert_series_equal(first, second)


def _fixed() -> pl.Series:
    return pl.Series([f"{a} {b} {i % 7}" for i in range(40) for a in COLOURS for b in THINGS])


def test_categories_are_texts_too() -> None:
    virtual = _fit(_fixed().cast(pl.Categorical())).generate(5, rng=_rng())
    assert virtual.dtype == pl.String


@pytest.mark.parametrize("column", [_products(400), _addresses(400), pl.Series(["x"])])
def test_json_there_and_back(column: pl.Series) -> None:
    fresh = _fit(column)
    again = FreshText.from_json(json.loads(json.dumps(fresh.to_json(), allow_nan=False)))
    assert_series_equal(again.generate(99, rng=_rng()), fresh.generate(99, rng=_rng()))


def test_bad_use_is_refused() -> None:
    with pytest.raises(NotFittedError):
        FreshText().generate(1, rng=_rng())
    with pytest.raises(ConfigError):
        _fit(_fixed(), min_entities=0)
    with pytest.raises(DataError) as caught:
        _fit(pl.Series([1, 2]))
    assert caught.value.code == "data.text_type"


DAMAGES = [
    {"format": "other"},
    {"tokens": "abc"},
    {"tokens": [1]},
    {"tokens": ["\ud800"]},
    {"numbers": []},
    {"lengths": []},
    {"lengths": [3, 1]},
    {"lengths": [10**12]},
    {"classes": {}},
    {"classes": {"?": 1.0}},
    {"classes": {"a": 0.0}},
    {"classes": {"a": float("nan")}},
    {"chain": 3},
    {"chain": {}},
]
CHAIN_DAMAGES = [
    ("first", 10**6),
    ("offsets", [0]),
    ("offsets", []),
    ("offsets", [0, 5, 3]),
    ("tokens", [0]),
    ("weights", [0]),
    ("weights", [True]),
    ("targets", [10**9]),
    ("targets", [-1]),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_json_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(DataError) as caught:
        FreshText.from_json({**_fit(_fixed()).to_json(), **damage})
    assert caught.value.code == "model.damaged"


@pytest.mark.parametrize(("name", "value"), CHAIN_DAMAGES)
def test_damaged_chains_are_refused(name: str, value: object) -> None:
    record = _fit(_fixed()).to_json()
    record["chain"][name] = value
    with pytest.raises(DataError) as caught:
        FreshText.from_json(record)
    assert caught.value.code == "model.damaged"


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.text(max_size=4), min_size=1, max_size=6),
    n=st.integers(0, 120),
    min_entities=st.integers(1, 12),
)
def test_any_texts(words: list[str], n: int, min_entities: int) -> None:
    rng = np.random.default_rng(n)
    picks = [rng.integers(0, len(words), rng.integers(0, 7)) for _ in range(n)]
    glue = " " if n % 2 else ""
    real = pl.Series("t", [glue.join(words[i] for i in pick) for pick in picks], dtype=pl.String)
    fresh = _fit(real, min_entities)
    virtual = fresh.generate(200, rng=_rng())
    FreshText.from_json(json.loads(json.dumps(fresh.to_json())))
    assert len(virtual) == 200 and virtual.null_count() == 0
    rare = {text for text in _rare_and_long(real, min_entities) if len(re.findall(r"\d", text)) < 4}
    assert fresh.chain_ is None or not rare & set(virtual)


REAL = [
    ("multitable/cn_shop/cn_customers.csv.gz", "详细地址"),
    ("multitable/cn_shop/cn_customers.csv.gz", "备注"),
    ("tables/cn_beijing_restaurants.csv.gz", "名称"),
    ("tables/cn_beijing_hotels.csv.gz", "地址"),
    ("text/cn_medical_qa.csv.gz", "title"),
]


@pytest.mark.parametrize(("path", "column"), [case for case in REAL if (SHARED / case[0]).exists()])
def test_real_texts_of_few_rows_do_not_return(path: str, column: str) -> None:
    real = pl.read_csv(SHARED / path, columns=[column], infer_schema=False)[column][:8000]
    virtual = _fit(real).generate(5000, rng=_rng())
    assert not _rare_and_long(real, 10) & set(virtual)
