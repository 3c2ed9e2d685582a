"""Fresh identifiers: right form, never a real one, never one twice."""

import json
import re
import uuid
from datetime import datetime
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_series_equal

from guanyao.data.check_digits import complete, is_valid
from guanyao.data.identifiers import DECK, DOMAINS, EntityIdentifiers, FreshIdentifiers
from guanyao.data.permutation import permute, permute_back
from guanyao.errors import ConfigError, DataError, NotFittedError

RNG = np.random.default_rng(7)
HEX = list("0123456789abcdef")


def _digits(n: int, length: int) -> list[str]:
    return ["".join(row) for row in RNG.integers(0, 10, (n, length)).astype(str)]


def _uuids(n: int) -> list[str]:
    return [str(uuid.UUID(bytes=RNG.bytes(16), version=4)) for _ in range(n)]


def _residents(n: int) -> list[str]:
    days = RNG.integers(0, 15_000, n).astype("timedelta64[D]") + np.datetime64("1960-01-01")
    heads = RNG.choice(["110101", "310104", "440305"], n)
    tails = _digits(n, 3)
    dates = [str(day).replace("-", "") for day in days]
    return [
        complete("mod_11_2", head + day + tail)
        for head, day, tail in zip(heads, dates, tails, strict=True)
    ]


def _credit_codes(n: int) -> list[str]:
    bodies = RNG.choice(list("0123456789ABCDEFGH"), (n, 8))
    organizations = [complete("organization_code", "".join(body)) for body in bodies]
    return [complete("credit_code", "91350100" + code) for code in organizations if code[-1] != "X"]


FORMS = {
    "running": (pl.Series(range(1, 5001)), r"\d{4,7}"),
    "sparse": (pl.Series(RNG.choice(10**9, 3000) + 10**9), r"\d{10}"),
    "negative": (pl.Series(-(RNG.choice(10**6, 500) + 10**6)), r"-\d{7}"),
    "small": (pl.Series(range(1000, 1400), dtype=pl.Int16), r"\d{4,5}"),
    "unsigned": (pl.Series(range(4 * 10**9, 4 * 10**9 + 99), dtype=pl.UInt32), r"\d{9,10}"),
    "padded": (pl.Series([f"{i:08d}" for i in range(3000)]), r"\d{8}"),
    "prefixed": (pl.Series([f"C{i:07d}" for i in range(1, 3000)]), r"C\d{7}"),
    "growing": (pl.Series([f"INV-{i}" for i in range(1, 3000)]), r"INV-\d{4,6}"),
    "uuid": (
        pl.Series(_uuids(400)),
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    "hash": (
        pl.Series(["".join(row) for row in RNG.choice(HEX, (500, 32))]),
        r"[0-9a-f]{32}",
    ),
    "phone": (pl.Series(["138" + tail for tail in _digits(900, 8)]), r"1\d{10}"),
    "category": (
        pl.Series([f"K{i:05d}" for i in range(99)], dtype=pl.Categorical()),
        r"K\d{5}",
    ),
    "plate": (pl.Series(["京A·" + tail for tail in _digits(300, 5)]), r"京A·\d{5}"),
    "email": (
        pl.Series([f"user{i}@corp.cn" for i in range(2000)]),
        r"user\d{4,7}@example\.(com|net|org)",
    ),
    "url": (
        pl.Series([f"https://shop.cn/item/{i}" for i in range(10_000, 12_000)]),
        r"https://www\.example\.com/item/\d{5,7}",
    ),
    "names": (pl.Series(["阿明", "bob", "C-3PO", "Δ"] * 3), r".+"),
    "empty": (pl.Series([], dtype=pl.String), r"[a-z0-9]{8}"),
    "floats": (pl.Series([17850.0, None, *range(13_000, 13_500)]), r"\d{5,7}\.0"),
}

CHECKED = {
    "luhn": pl.Series([complete("luhn", "622848" + tail) for tail in _digits(500, 12)]),
    "gs1": pl.Series([complete("gs1", "690" + tail) for tail in _digits(500, 9)]),
    "mod_11_2": pl.Series(_residents(500)),
    "credit_code": pl.Series(_credit_codes(500)),
}


@pytest.mark.parametrize("form", FORMS)
def test_form_is_kept_and_no_real_one_returns(form: str) -> None:
    values, pattern = FORMS[form]
    fresh = FreshIdentifiers().fit(values).generate(400, start=0, key=3)
    assert fresh.dtype == values.dtype
    assert fresh.n_unique() == 400 and fresh.null_count() == 0
    texts = fresh.cast(pl.String)
    assert all(re.fullmatch(pattern, text) for text in texts)
    assert not set(texts) & set(values.cast(pl.String))


@pytest.mark.parametrize("name", CHECKED)
@pytest.mark.parametrize("as_integer", [False, True])
def test_check_digits_are_kept(name: str, as_integer: bool) -> None:
    values = CHECKED[name]
    if as_integer and name in ("mod_11_2", "credit_code"):
        values = values.cast(pl.Categorical)
    elif as_integer:
        values = values.cast(pl.Int64)
    fresh = FreshIdentifiers().fit(values).generate(3000, start=0, key=1).cast(pl.String)
    assert all(is_valid(name, text) for text in fresh)
    assert fresh.n_unique() == 3000
    assert not set(fresh) & set(values.cast(pl.String))


def test_resident_numbers_hold_a_real_date_and_a_county_that_is_not() -> None:
    for text in FreshIdentifiers().fit(CHECKED["mod_11_2"]).generate(500, start=0, key=1):
        assert datetime.strptime(text[6:14] + "+0800", "%Y%m%d%z").year >= 1960
        assert text[:2] in {"11", "31", "44"} and text[2:6] == "0198"


@pytest.mark.parametrize("form", ["{}{}{}", "{} {} {}", "+86 {}-{}-{}", "86{}{}{}"])
def test_mobile_numbers_of_nobody_stay_nobodys(form: str) -> None:
    rng = np.random.default_rng(4)
    segments = ("154", "160", "169")
    real = pl.Series(
        [
            form.format(segments[place % 3], f"{a:04d}", f"{b:04d}")
            for place, (a, b) in enumerate(rng.integers(0, 10_000, (2_000, 2)))
        ]
    )
    for values in (real, real.cast(pl.Int64)) if form.endswith("{}{}{}") else (real,):
        found = FreshIdentifiers().fit(values)
        fresh = FreshIdentifiers.from_json(found.to_json()).generate(20_000, start=0, key=3)
        texts = fresh.cast(pl.String)
        heads = texts.str.replace_all(r"^\+?86|\D", "").str.head(3)
        assert set(heads) == set(segments)
        assert set(texts.str.len_chars()) == {len(real[0])}
        assert fresh.n_unique() == len(fresh)
        assert not set(fresh) & set(values)


def test_credit_codes_hold_a_valid_organization_code() -> None:
    fresh = FreshIdentifiers().fit(CHECKED["credit_code"]).generate(500, start=0, key=1)
    assert all(is_valid("organization_code", text[8:17]) for text in fresh)


def test_separated_card_numbers_keep_check_digit_and_spaces() -> None:
    cards = [complete("luhn", "6228" + tail) for tail in _digits(99, 11)]
    cards = [re.sub(r"(\d{4})(?=\d)", r"\1 ", card) for card in cards]
    fresh = FreshIdentifiers().fit(pl.Series(cards)).generate(99, start=0, key=0)
    assert all(re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", text) for text in fresh)
    assert all(is_valid("luhn", text.replace(" ", "")) for text in fresh)


@pytest.mark.parametrize("form", ["running", "growing", "uuid", "email", "names"])
def test_batches_continue_each_other(form: str) -> None:
    fresh = FreshIdentifiers().fit(FORMS[form][0])
    whole = fresh.generate(3000, start=0, key=9)
    cuts = pairwise((0, 1, 1, 1701, 3000))
    parts = [fresh.generate(b - a, start=a, key=9) for a, b in cuts]
    assert_series_equal(pl.concat(parts), whole)
    assert fresh.generate(3000, start=0, key=10).to_list() != whole.to_list()


def test_it_goes_on_past_the_mixed_segments() -> None:
    values = pl.Series(range(1, 61))
    fresh = FreshIdentifiers().fit(values)
    identifiers = fresh.generate(20_000, start=0, key=2)
    assert identifiers.n_unique() == 20_000
    assert identifiers.min() > 60  # type: ignore[operator]


def test_a_full_dtype_is_used_up_with_a_clear_error() -> None:
    fresh = FreshIdentifiers().fit(pl.Series(range(200), dtype=pl.UInt8))
    with pytest.raises(DataError, match="can be written") as caught:
        fresh.generate(fresh.capacity + 1, start=0, key=0)
    assert caught.value.code == "data.identifiers_used_up"
    assert len(fresh.generate(fresh.capacity, start=0, key=0)) == fresh.capacity


def test_shorter_integers_when_the_longest_are_all_taken() -> None:
    taken = pl.Series([100 + i for i in range(28)], dtype=pl.Int8)
    identifiers = FreshIdentifiers().fit(taken).generate(80, start=0, key=0)
    assert identifiers.n_unique() == 80 and identifiers.max() < 100  # type: ignore[operator]


def test_bad_use_is_refused() -> None:
    with pytest.raises(NotFittedError):
        FreshIdentifiers().generate(1, start=0, key=0)
    with pytest.raises(NotFittedError):
        EntityIdentifiers().generate(1, start=0, key=0)
    with pytest.raises(ConfigError):
        FreshIdentifiers().fit(pl.Series([1]), min_entities=0)
    for values in (pl.Series([1.5]), pl.Series([True]), pl.Series([[1]])):
        with pytest.raises(DataError) as caught:
            FreshIdentifiers().fit(values)
        assert caught.value.code == "data.identifier_type"


@pytest.mark.parametrize("form", FORMS)
def test_json_there_and_back(form: str) -> None:
    fresh = FreshIdentifiers().fit(FORMS[form][0])
    text = json.dumps(fresh.to_json(), allow_nan=False)
    again = FreshIdentifiers.from_json(json.loads(text))
    assert_series_equal(again.generate(50, start=5, key=1), fresh.generate(50, start=5, key=1))
    assert len(text) < 20_000


def test_the_model_holds_no_rare_character_or_identifier() -> None:
    values = pl.Series([f"C{i:06d}" for i in range(500)] + ["ZQ9-secret-77", "X123456"])
    text = json.dumps(FreshIdentifiers().fit(values).to_json())
    assert "secret" not in text and "X" not in text
    assert not any(value in text for value in values)


identifier = st.text(st.sampled_from("019ABZaf-_@./中é "), max_size=6)


@settings(max_examples=80, deadline=None)
@given(
    values=st.lists(identifier, max_size=60),
    min_entities=st.integers(1, 12),
    key=st.integers(0, 2**64),
)
def test_any_texts(values: list[str], min_entities: int, key: int) -> None:
    series = pl.Series(values, dtype=pl.String)
    fresh = FreshIdentifiers().fit(series, min_entities=min_entities)
    n = min(1500, fresh.capacity)
    identifiers = fresh.generate(n, start=0, key=key)
    assert n > 0
    assert identifiers.n_unique() == n
    assert not set(identifiers) & set(values)


@settings(max_examples=80, deadline=None)
@given(
    data=st.data(),
    dtype=st.sampled_from([pl.Int8, pl.Int32, pl.Int64, pl.UInt16, pl.UInt64]),
    min_entities=st.integers(1, 5),
)
def test_any_integers(data: st.DataObject, dtype: type[pl.DataType], min_entities: int) -> None:
    info = np.iinfo(dtype.__name__.lower())
    whole = st.integers(info.min, info.max) | st.integers(0, 120)
    series = pl.Series(data.draw(st.lists(whole, max_size=50)), dtype=dtype)
    fresh = FreshIdentifiers().fit(series, min_entities=min_entities)
    n = min(1200, fresh.capacity)
    identifiers = fresh.generate(n, start=0, key=1)
    assert identifiers.dtype == dtype
    assert identifiers.n_unique() == n
    assert not set(identifiers) & set(series)


@given(size=st.integers(1, 2**60), key=st.integers(0, 2**64), data=st.data())
def test_permutation_is_one_to_one(size: int, key: int, data: st.DataObject) -> None:
    drawn = data.draw(st.sets(st.integers(0, size - 1), min_size=1, max_size=50))
    numbers = np.array(sorted(drawn), dtype=np.uint64)
    places = permute(numbers, size, key)
    assert (places < size).all() and len(set(places.tolist())) == len(numbers)
    assert permute_back(places, size, key).tolist() == numbers.tolist()


def test_permutation_reaches_every_place() -> None:
    for size in (2, 3, 10, 1000, 4096, 5003):
        places = permute(np.arange(size, dtype=np.uint64), size, key=4)
        assert sorted(places.tolist()) == list(range(size))


DAMAGES = [
    None,
    [],
    {},
    {"format": "other"},
    {"dtype": "Date"},
    {"wrap": "ftp"},
    {"mix": None},
    {"mix": [[1, None]]},
    {"mix": [[1000, {"parts": []}]]},
    {"more": [{"parts": [{"of": "", "times": 1}]}]},
    {"more": "x"},
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_json_is_refused(damage: object) -> None:
    good = FreshIdentifiers().fit(FORMS["prefixed"][0]).to_json()
    record = {**good, **damage} if isinstance(damage, dict) and damage else damage
    with pytest.raises(DataError) as caught:
        FreshIdentifiers.from_json(record)
    assert caught.value.code == "model.damaged"


SEGMENT_DAMAGES = [
    {"bits": -1},
    {"bits": 10**9},
    {"bits": True},
    {"cell": 10**9},
    {"scrambled": 1},
    {"parts": [{"of": "01", "times": 10**9}]},
    {"parts": [{"of": "00", "times": 1}]},
    {"parts": [{"of": ["1", "22"], "times": 1}]},
    {"parts": [{"of": ["\ud800"], "times": 1}]},
    {"parts": [{"of": [1], "times": 1}]},
    {"parts": [{"dates": [1, 10**9]}]},
    {"parts": [{"dates": [1990, 1999]}] * 2},
    {"parts": [3]},
    {"parts": [{"of": "abc", "times": 2}]},
    {"checks": [["luhn", [0, 1]]]},
    {"checks": [["crc", [0, 1]]]},
    {"checks": [["luhn", [99] * 8]]},
    {"checks": 1},
]


@pytest.mark.parametrize("damage", SEGMENT_DAMAGES)
def test_damaged_segments_are_refused(damage: dict[str, object]) -> None:
    record = FreshIdentifiers().fit(FORMS["running"][0]).to_json()
    record["more"][0] = {**record["more"][0], **damage}
    with pytest.raises(DataError) as caught:
        FreshIdentifiers.from_json(json.loads(json.dumps(record)))
    assert caught.value.code == "model.damaged"


def _visits(together: bool) -> pl.Series:
    sizes = RNG.choice([1, 2, 5], 4000, p=[0.6, 0.3, 0.1])
    rows = np.repeat(np.arange(10_000, 14_000), sizes)
    return pl.Series(rows if together else RNG.permutation(rows))


@pytest.mark.parametrize("together", [True, False])
def test_entities_have_as_many_rows_as_the_real_ones(together: bool) -> None:
    entities = EntityIdentifiers().fit(_visits(together))
    rows = entities.generate(7000, start=0, key=1)
    sizes = rows.value_counts(name="n")["n"].value_counts(name="k", normalize=True)
    shares = dict(sizes.iter_rows())
    assert shares[1] == pytest.approx(0.6, abs=0.03)
    assert shares[5] == pytest.approx(0.1, abs=0.03)
    assert entities.together_ is together
    assert bool((rows == rows.shift(1)).sum() > 1000) is together


def test_entity_batches_continue_each_other() -> None:
    entities = EntityIdentifiers().fit(_visits(False))
    again = EntityIdentifiers.from_json(json.loads(json.dumps(entities.to_json())))
    whole = entities.generate(3 * DECK, start=0, key=6)
    cuts = [0, 1, 1, 300, 5000, 3 * DECK]
    parts = [again.generate(b - a, start=a, key=6) for a, b in pairwise(cuts)]
    assert_series_equal(pl.concat(parts), whole)


def test_sizes_of_few_entities_are_merged() -> None:
    sizes = [1] * 50 + [2] * 20 + [900, 7000]
    values = pl.Series(np.repeat(np.arange(len(sizes)), sizes))
    entities = EntityIdentifiers().fit(values, min_entities=10)
    assert entities.sizes_ == [1, 2]
    assert sum(entities.shares_) == pytest.approx(1)


@pytest.mark.parametrize(
    "damage",
    [{"sizes": []}, {"sizes": [0]}, {"shares": [2.0]}, {"shares": "x"}, {"together": None}],
)
def test_damaged_entities_are_refused(damage: dict[str, object]) -> None:
    good = EntityIdentifiers().fit(pl.Series(np.repeat(np.arange(50), 2))).to_json()
    with pytest.raises(DataError) as caught:
        EntityIdentifiers.from_json({**good, **damage})
    assert caught.value.code == "model.damaged"


def test_locals_of_addresses_are_anew_in_reserved_domains() -> None:
    people = pl.Series([f"{name}{i}@example.com" for i, name in enumerate(["li", "wang"] * 200)])
    fresh = FreshIdentifiers().fit(people).generate(900, start=0, key=0)
    assert {text.partition("@")[2] for text in fresh} == set(DOMAINS)
    heads = {text.partition("@")[0] for text in people}
    assert not heads & {text.partition("@")[0] for text in fresh}
