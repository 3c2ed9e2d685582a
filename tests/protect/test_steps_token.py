"""Tokens: they join, they fit, and nobody finds their value without the key."""

import hashlib
import hmac
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.check_digits import complete
from guanyao.data.schema import Column
from guanyao.errors import ConfigError
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.step import Context
from guanyao.protect.steps.token import Token, token_of

KEY = MaskKey("customers", bytes(range(32)))


def context(name: str = "id", kind: str = "string", key: MaskKey | None = KEY) -> Context:
    return Context(column=Column(name=name, type=kind), key=key)  # type: ignore[arg-type]


def tokens(values: list[object], step: Token | None = None, **where: object) -> list[object]:
    made = (step or Token()).apply(pl.Series("id", values), context(**where))  # type: ignore[arg-type]
    return made.to_list()


def test_known_answer() -> None:
    """Base32 of HMAC-SHA256 under the derived key, written out once more."""
    digest = hmac.digest(KEY.derive("token", "id"), "张三".encode(), hashlib.sha256)
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    number = int.from_bytes(digest, "big")
    expected = "".join(alphabet[number >> (256 - 5 * (i + 1)) & 31] for i in range(26))
    assert tokens(["张三"]) == [expected]
    assert token_of(KEY.derive("token", "id"), "张三", 10) == expected[:10]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=30), st.integers(1, 30))
def test_batches_of_any_size_give_the_same(values: list[str | None], size: int) -> None:
    series = pl.Series("id", values, dtype=pl.String)
    whole = Token().apply(series, context()).to_list()
    parts = [
        token
        for first in range(0, len(values), size)
        for token in Token().apply(series[first : first + size], context()).to_list()
    ]
    assert parts == whole
    assert [token is None for token in whole] == [value is None for value in values]
    known = [
        (value, token) for value, token in zip(values, whole, strict=True) if value is not None
    ]
    assert len({v for v, _ in known}) == len({t for _, t in known}) == len(set(known))


def test_tokens_join_across_tables_of_one_data_set() -> None:
    shared = Token(domain="person")
    assert tokens(["a", "b"], shared, name="id") == tokens(["a", "b"], shared, name="customer")
    assert tokens([7, 8], shared) == tokens(["7", "8"], shared)
    assert tokens([7.0, None], shared) == tokens(["7", None], shared)


def test_tokens_do_not_join_where_they_should_not() -> None:
    assert tokens(["a"], name="id") != tokens(["a"], name="other")
    assert tokens(["a"]) != tokens(["a"], key=MaskKey("orders", KEY.secret))
    assert tokens(["a"]) != tokens(["a"], key=MaskKey.new("customers"))


def test_whole_numbers_become_whole_numbers() -> None:
    step = Token()
    made = step.apply(pl.Series("id", [1, 2, 1, None]), context(kind="integer"))
    assert made.dtype == pl.Int64
    assert made[0] == made[2] != made[1]
    assert all(10**17 <= token < 10**18 for token in made.drop_nulls())
    as_text = step.apply(pl.Series("id", ["1", "2", "1", None]), context(kind="integer"))
    assert as_text.to_list() == made.cast(pl.String).to_list()
    typed = Column(name="id", type="integer", dtype="Int32")
    assert (step.output(typed).type, step.output(typed).dtype) == ("integer", "Int64")
    assert step.output(context().column).dtype == "String"


def test_form_and_length() -> None:
    assert len(tokens(["a"], Token(length=51))[0]) == 51  # type: ignore[arg-type]
    assert set(tokens(["a"], Token(form="hex", length=40))[0]) <= set("0123456789abcdef")  # type: ignore[arg-type]
    assert tokens([5], Token(form="base32"), kind="integer")[0] == tokens(["5"])[0]


def test_the_collision_bound_is_the_birthday_bound() -> None:
    assert Token(form="hex", length=8).collision(1000) == pytest.approx(999_000 / 2 / 2**32)
    assert Token(form="base32", length=26).collision() < 1e-26
    assert 1e-8 < Token().collision() < 1e-6  # whole numbers have eighteen digits
    assert Token(form="hex", length=8).collision(10**6) == 1


def test_dictionary_attack_needs_the_key() -> None:
    """Trap 17: region x date x sequence is small enough to try all, hashed or not."""
    days = [date(1990, 1, 1) + timedelta(days=n) for n in range(20)]
    ids = [complete("mod_11_2", f"110198{d:%Y%m%d}{n:03d}") for d in days for n in range(50)]
    plain_hashes = {hashlib.sha256(i.encode()).hexdigest() for i in ids}
    assert hashlib.sha256(ids[77].encode()).hexdigest() in plain_hashes  # the popular recipe falls
    masked = set(tokens(list(ids)))
    guesses: set[object] = set()
    for key in (MaskKey.new("customers"), MaskKey("customers", bytes(32))):
        guesses.update(tokens(list(ids), key=key))
    for unkeyed in (b"", b"customers", b"id"):
        guesses.update(token_of(unkeyed, i, 26) for i in ids)
    assert not masked & guesses
    assert len(masked) == len(ids)
    assert masked == set(tokens(list(ids)))  # whoever holds the key does find them


def test_without_a_key_nothing_is_done() -> None:
    with pytest.raises(ConfigError) as caught:
        tokens(["a"], key=None)
    assert caught.value.code == "key.missing"
