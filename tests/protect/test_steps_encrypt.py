"""Format-preserving encryption of columns: formats stay, values come back, little domains fall."""

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guanyao.data.check_digits import complete, is_valid
from guanyao.data.schema import Column
from guanyao.errors import ConfigError, PrivacyError
from guanyao.protect.layouts import of_kind, to_texts
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.step import Context
from guanyao.protect.steps.encrypt import Encrypt

KEY = MaskKey("customers", bytes(range(32)))
KINDS = {"resident_id": 18, "bank_card": 19, "credit_code": 18, "mobile_phone": 11}
RULES = {"resident_id": "mod_11_2", "bank_card": "luhn", "credit_code": "credit_code"}


def context(kind: str = "string", key: MaskKey = KEY) -> Context:
    return Context(column=Column(name="id", type=kind), key=key)  # type: ignore[arg-type]


def shape(text: str) -> str:
    for expression, mark in (
        ("[0-9]", "0"),
        ("[A-Z]", "A"),
        ("[a-z]", "a"),
        ("[０-９]", "０"),
        ("[一-鿿]", "一"),
    ):
        text = re.sub(expression, mark, text)
    return text


def well_formed(kind: str, seed: int, n: int = 30) -> list[str]:
    """Values of the kind from all over its layout, made up."""
    layout = of_kind(kind, KINDS[kind])
    assert layout is not None
    rng = np.random.default_rng(seed)
    picks = [int.from_bytes(rng.bytes(16), "big") % layout.size for _ in range(n)]
    return to_texts(layout.unrank(np.array(picks, dtype=object)))


pieces = st.text("0123456789ABCXYZabcxyz王李京沪０９-·. /()", min_size=7, max_size=24)


@settings(max_examples=60, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=6), st.integers(0, 3))
def test_any_format_is_kept_and_comes_back(texts: list[str], keep: int) -> None:
    step = Encrypt(keep=keep)
    values = pl.Series("id", [*texts, None])
    try:
        secret = step.apply(values, context())
    except PrivacyError as error:
        assert error.code == "mask.domain"
        assume(False)
    assert step.undo(secret, context()).equals(values)
    for plain, hidden in zip(texts, secret, strict=False):
        assert shape(plain) == shape(hidden)
        assert plain[:keep] == hidden[:keep]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2**32))
def test_kinds_stay_well_formed_and_come_back(kind: str, seed: int) -> None:
    values = pl.Series("id", well_formed(kind, seed))
    secret = Encrypt(kind=kind).apply(values, context())
    assert Encrypt(kind=kind).undo(secret, context()).equals(values)
    assert secret.n_unique() == values.n_unique()
    if kind in RULES:
        assert all(is_valid(RULES[kind], text) for text in secret)
    if kind == "mobile_phone":
        assert all(re.fullmatch(r"1[3-9][0-9]{9}", text) for text in secret)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("seed", range(3))
def test_ill_formed_values_of_a_kind_come_back_too(kind: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    digits = rng.integers(0, 10, (200, KINDS[kind]))
    values = pl.Series("id", ["".join(map(str, row)) for row in digits])
    secret = Encrypt(kind=kind).apply(values, context())
    assert Encrypt(kind=kind).undo(secret, context()).equals(values)


def test_the_region_can_stay() -> None:
    ids = pl.Series("id", well_formed("resident_id", 1))
    secret = Encrypt(kind="resident_id", keep=6).apply(ids, context())
    assert secret.str.head(6).equals(ids.str.head(6))
    assert (secret.str.slice(6, 8) != ids.str.slice(6, 8)).sum() > 25
    assert all(is_valid("mod_11_2", text) for text in secret)


def test_what_is_kept_changes_how_the_rest_is_encrypted() -> None:
    pair = pl.Series("id", ["AA1234567", "AB1234567"])
    one, two = Encrypt(keep=2).apply(pair, context())
    assert one[2:] != two[2:]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(10**6, 10**18 - 1), min_size=1, max_size=8), st.booleans())
def test_whole_numbers_stay_whole_numbers(numbers: list[int], negative: bool) -> None:
    values = pl.Series("id", [-n if negative else n for n in numbers] + [None])
    secret = Encrypt().apply(values, context("integer"))
    assert secret.dtype == pl.Int64
    assert Encrypt().undo(secret, context("integer")).equals(values)
    assert [len(str(n)) for n in secret] == [len(str(n)) for n in values]
    as_text = Encrypt().apply(values.cast(pl.String), context("integer"))
    assert as_text.to_list() == secret.cast(pl.String).to_list()


def test_leading_zeros_neither_come_nor_go() -> None:
    codes = pl.Series("id", [f"{n:08d}" for n in range(0, 10**8, 10**6 + 7)])
    secret = Encrypt().apply(codes, context())
    assert (secret.str.starts_with("0") == codes.str.starts_with("0")).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40))
def test_batches_of_any_size_give_the_same(size: int) -> None:
    values = pl.Series("id", [*well_formed("resident_id", 3), "12345678", "abc-98765", None])
    step = Encrypt(kind="resident_id")
    whole = step.apply(values, context()).to_list()
    parts = [step.apply(values[i : i + size], context()) for i in range(0, len(values), size)]
    assert pl.concat(parts).to_list() == whole


@pytest.mark.parametrize("text", ["12345", "男", "AB-12", "张三丰"[:1], "----------", ""])
def test_small_domains_are_refused(text: str) -> None:
    with pytest.raises(PrivacyError) as caught:
        Encrypt().apply(pl.Series("id", [text]), context())
    assert caught.value.code == "mask.domain"
    assert not text or text not in str(caught.value)


def test_keeping_too_much_is_refused() -> None:
    ids = pl.Series("id", well_formed("resident_id", 2))
    with pytest.raises(PrivacyError) as caught:
        Encrypt(kind="resident_id", keep=14).apply(ids, context())
    assert caught.value.code == "mask.domain"
    with pytest.raises(ConfigError) as option:
        Encrypt(kind="resident_id", keep=10)
    assert option.value.code == "policy.option"


@pytest.mark.parametrize("text", ["Ünïcode-12345678", "12345678ＡＢ", "x" * 3000, "ⅣⅤ12345678"])
def test_what_would_come_out_readable_is_refused(text: str) -> None:
    with pytest.raises(PrivacyError) as caught:
        Encrypt().apply(pl.Series("id", [text]), context())
    assert caught.value.code == "mask.format"
    assert text not in str(caught.value)


def test_nineteen_digits_do_not_fit_a_number() -> None:
    with pytest.raises(PrivacyError) as caught:
        Encrypt().apply(pl.Series("id", [10**18]), context("integer"))
    assert caught.value.code == "mask.format"
    values = pl.Series("id", [str(10**18), "9" * 19])
    assert Encrypt().undo(Encrypt().apply(values, context()), context()).equals(values)


def test_another_key_gives_another_result_and_does_not_undo() -> None:
    values = pl.Series("id", [complete("luhn", f"62999{n:013d}") for n in range(50)])
    other = context(key=MaskKey("customers", bytes(32)))
    secret = Encrypt().apply(values, context())
    assert (secret == Encrypt().apply(values, other)).sum() == 0
    assert (Encrypt().undo(secret, other) == values).sum() == 0


def test_columns_of_one_domain_join() -> None:
    values = pl.Series("x", ["12345678"])
    elsewhere = Context(column=Column(name="other", type="string"), key=KEY)
    assert Encrypt().apply(values, context())[0] != Encrypt().apply(values, elsewhere)[0]
    shared = Encrypt(domain="d")
    assert shared.apply(values, context())[0] == shared.apply(values, elsewhere)[0]


def test_candidates() -> None:
    assert Encrypt(kind="mobile_phone", keep=3).remaining() == 10**8
    assert Encrypt(kind="resident_id", keep=6).remaining() == pytest.approx(4.7e7, rel=0.02)
