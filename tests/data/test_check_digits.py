"""Check digits against examples that were published elsewhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.data.check_digits import (
    CHECK_DIGITS,
    check_characters,
    check_digit,
    complete,
    is_valid,
)
from guanyao.errors import ConfigError, UnknownNameError

PUBLISHED = [
    ("luhn", "79927398713"),  # the example of the Luhn patent's common retelling
    ("luhn", "4111111111111111"),  # card schemes' test number
    ("luhn", "490154203237518"),  # IMEI of 3GPP TS 23.003 retellings
    ("gs1", "4006381333931"),  # EAN-13
    ("gs1", "9780306406157"),  # ISBN-13
    ("gs1", "73513537"),  # EAN-8
    ("gs1", "036000291452"),  # UPC-A
    ("mod_11_2", "11010519491231002X"),  # GB 11643-1999, annex
    ("mod_11_2", "440524188001010014"),  # GB 11643-1999, annex
    ("organization_code", "D2143569X"),  # GB 11714-1997, example
    ("credit_code", "91350100M000100Y43"),  # GB 32100-2015, example
]


@pytest.mark.parametrize(("name", "text"), PUBLISHED)
def test_published_examples_are_valid(name: str, text: str) -> None:
    assert is_valid(name, text)
    assert complete(name, text[:-1]) == text


@pytest.mark.parametrize(("name", "text"), PUBLISHED)
def test_any_other_check_character_is_not_valid(name: str, text: str) -> None:
    others = set(CHECK_DIGITS[name].check_alphabet) - {text[-1]}
    assert not any(is_valid(name, text[:-1] + other) for other in others)


def test_the_organization_code_stands_inside_the_credit_code() -> None:
    assert is_valid("organization_code", "91350100M000100Y43"[8:17])


@given(
    name=st.sampled_from(["luhn", "gs1", "mod_11_2", "credit_code"]),
    seed=st.integers(0, 2**32),
)
def test_one_wrong_character_is_noticed(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rule = check_digit(name)
    length = int(rng.choice(rule.lengths))
    text = complete(name, "".join(rng.choice(list(rule.alphabet), length - 1)))
    place = int(rng.integers(length - 1))
    wrong = str(rng.choice([c for c in rule.alphabet if c != text[place]]))
    assert not is_valid(name, text[:place] + wrong + text[place + 1 :])


def test_characters_outside_the_alphabet_have_no_check_character() -> None:
    codes = np.array([[ord(c) for c in row] for row in ("1234567", "12三4567")], dtype=np.uint32)
    assert check_characters("luhn", codes).tolist()[1] == 0


@pytest.mark.parametrize("payload", ["12", "1234567a", "１２３４５６７"])
def test_a_payload_that_does_not_fit_is_refused(payload: str) -> None:
    with pytest.raises(ConfigError, match="check character"):
        complete("luhn", payload)
    assert not is_valid("luhn", payload + "0")


def test_unknown_rule() -> None:
    with pytest.raises(UnknownNameError, match="luhn"):
        check_digit("crc")
