"""FF1 against the sample vectors of NIST, and what must hold for any size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.errors import ConfigError, PrivacyError
from guanyao.protect.ff1 import (
    FF1,
    MIN_DOMAIN,
    check_domain,
    decrypt_numbers,
    encrypt_numbers,
    number_dtype,
)

KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
DIGITS, TWEAK = "0123456789", "39383736353433323130"
LONG, LONG_TWEAK = "0123456789abcdefghi", "3737373770717273373737"

# NIST, "Examples with Intermediate Values", FF1 samples 1 to 9 (SP 800-38G).
SAMPLES = [
    (16, 10, "", DIGITS, "2433477484"),
    (16, 10, TWEAK, DIGITS, "6124200773"),
    (16, 36, LONG_TWEAK, LONG, "a9tv40mll9kdu509eum"),
    (24, 10, "", DIGITS, "2830668132"),
    (24, 10, TWEAK, DIGITS, "2496655549"),
    (24, 36, LONG_TWEAK, LONG, "xbj3kv35jrawxv32ysr"),
    (32, 10, "", DIGITS, "6657667009"),
    (32, 10, TWEAK, DIGITS, "1001623463"),
    (32, 36, LONG_TWEAK, LONG, "xs8a0azh2avyalyzuwd"),
]

# Longer than any sample of NIST, so that a round takes several blocks; libffx 2.0.1 gives the same.
LONGER = [
    (
        10,
        bytes(range(40)),
        "0123456789" * 9,
        "149292689226259283692548235654446747658826425467966224344410"
        "246771445712777119635983992714",
    ),
    (
        36,
        b"guanyao",
        LETTERS * 2,
        "29jzzn57jk56mniac5cign41srdaepzyn84qbi44ehts6ypt1zkzyjypeif58hihck5qbwly",
    ),
]


def numerals(text: str) -> np.ndarray:
    return np.array([[LETTERS.index(character) for character in text]])


@pytest.mark.parametrize(("n_key", "radix", "tweak", "plain", "secret"), SAMPLES)
def test_nist_samples(n_key: int, radix: int, tweak: str, plain: str, secret: str) -> None:
    cipher = FF1(KEY[:n_key], radix)
    encrypted = cipher.encrypt(numerals(plain), bytes.fromhex(tweak))
    assert encrypted.tolist() == numerals(secret).tolist()
    assert cipher.decrypt(encrypted, bytes.fromhex(tweak)).tolist() == numerals(plain).tolist()


@pytest.mark.parametrize(("radix", "tweak", "plain", "secret"), LONGER)
def test_longer_texts(radix: int, tweak: bytes, plain: str, secret: str) -> None:
    cipher = FF1(KEY, radix)
    assert cipher.encrypt(numerals(plain), tweak).tolist() == numerals(secret).tolist()
    assert cipher.decrypt(numerals(secret), tweak).tolist() == numerals(plain).tolist()


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    cipher = FF1(KEY, 10)
    rng = np.random.default_rng(0)
    plain, tweaks = rng.integers(0, 10, (50, 9)), rng.integers(0, 256, (50, 21)).astype(np.uint8)
    together = cipher.encrypt(plain, tweaks)
    alone = [cipher.encrypt(plain[i : i + 1], tweaks[i].tobytes())[0] for i in range(50)]
    assert together.tolist() == np.array(alone).tolist()


@settings(max_examples=40, deadline=None)
@given(
    size=st.one_of(st.integers(MIN_DOMAIN, 10**7), st.integers(MIN_DOMAIN, 10**80)),
    seed=st.integers(0, 2**32),
    tweak=st.binary(max_size=40),
)
def test_numbers_of_any_size_come_back(size: int, seed: int, tweak: bytes) -> None:
    rng = np.random.default_rng(seed)
    picks = [int.from_bytes(rng.bytes(40), "big") % size for _ in range(20)] + [0, size - 1]
    plain = np.array(picks, dtype=number_dtype(size))
    secret = encrypt_numbers(KEY, plain, size, tweak)
    assert all(0 <= int(number) < size for number in secret)
    assert decrypt_numbers(KEY, secret, size, tweak).tolist() == plain.tolist()


def test_it_is_a_permutation() -> None:
    every = np.arange(MIN_DOMAIN, dtype=np.uint64)
    secret = encrypt_numbers(KEY, every, MIN_DOMAIN)
    assert (np.sort(secret) == every).all()
    assert (secret == every).sum() < 20  # a random permutation has one fixed point on average


def test_another_key_and_another_tweak_give_another_result() -> None:
    plain = np.arange(1000, dtype=np.uint64)
    one = encrypt_numbers(KEY, plain, 10**9)
    assert (one == encrypt_numbers(KEY[::-1], plain, 10**9)).sum() < 3
    assert (one == encrypt_numbers(KEY, plain, 10**9, b"x")).sum() < 3


def test_small_domains_are_refused() -> None:
    with pytest.raises(PrivacyError) as caught:
        encrypt_numbers(KEY, np.array([1], dtype=np.uint64), MIN_DOMAIN - 1)
    assert caught.value.code == "mask.domain"
    with pytest.raises(PrivacyError):
        FF1(KEY, 10).encrypt(np.array([[1, 2, 3, 4, 5]]))
    check_domain(MIN_DOMAIN)


@pytest.mark.parametrize("radix", [1, 2**16 + 1])
def test_a_radix_out_of_range_is_refused(radix: int) -> None:
    with pytest.raises(ConfigError, match="radix"):
        FF1(KEY, radix)
