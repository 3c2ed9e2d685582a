"""Check characters of identifiers: they let a reader notice a mistyped one.

Every rule works on whole arrays of characters at once, because a generator completes millions of
fresh identifiers; `complete` and `is_valid` serve single strings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from guanyao.errors import ConfigError, UnknownNameError

Integers: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.uint32]

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: no I, O, S, V, Z, which are mistaken for digits."""


def luhn(digits: Integers) -> Integers:
    """The check digit of bank cards and IMEIs.

    Args:
        digits: The digits before the check digit, shape (n, n_digits).

    Returns:
        Check digits in 0..9, shape (n,).

    Reference: ISO/IEC 7812-1:2017, annex B (modulus 10 "double-add-double").
    """
    doubled = digits.copy()
    doubled[:, ::-2] *= 2
    sums: Integers = (doubled // 10 + doubled % 10).sum(axis=1)
    return -sums % 10


def gs1(digits: Integers) -> Integers:
    """The check digit of EAN-8, UPC-A, EAN-13, ISBN-13 and GTIN-14.

    Args:
        digits: The digits before the check digit, shape (n, n_digits).

    Returns:
        Check digits in 0..9, shape (n,).

    Reference: GS1 General Specifications, section 7.9.1 (standard check digit calculations).
    """
    weights = np.ones(digits.shape[1], dtype=np.int64)
    weights[::-2] = 3
    return -(digits @ weights) % 10


def mod_11_2(digits: Integers) -> Integers:
    """The check character of mainland Chinese resident identity numbers.

    Args:
        digits: The digits before the check character, shape (n, n_digits); 17 for GB 11643.

    Returns:
        Values in 0..10, shape (n,); 10 is written X.

    Reference: GB 11643-1999, section 4.1.4 and annex A; ISO/IEC 7064:2003, MOD 11-2.
    """
    exponents = range(digits.shape[1], 0, -1)
    weights = np.array([pow(2, power, 11) for power in exponents], dtype=np.int64)
    values: Integers = (12 - digits @ weights % 11) % 11
    return values


def organization_code(values: Integers) -> Integers:
    """The check character of Chinese organization codes (positions 9 to 17 of a credit code).

    Args:
        values: The 8 characters as 0..35 (digits, then A..Z), shape (n, 8).

    Returns:
        Values in 0..10, shape (n,); 10 is written X.

    Reference: GB 11714-1997, section 3.3.
    """
    weights = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
    return -(values @ weights) % 11


def credit_code(values: Integers) -> Integers:
    """The check character of Chinese unified social credit codes.

    Args:
        values: The 17 characters as places in `CREDIT_CODE`, shape (n, 17).

    Returns:
        Places in `CREDIT_CODE`, 0..30, shape (n,).

    Reference: GB 32100-2015, section 5 and annex A (MOD 31, weights 3^(i-1)).
    """
    weights = np.array([pow(3, power, 31) for power in range(17)], dtype=np.int64)
    return -(values @ weights) % 31


@dataclass(frozen=True, kw_only=True)
class CheckDigit:
    """A rule for the last character of an identifier.

    Args:
        compute: From the places of the characters before it to the place of the check character.
        alphabet: Characters that may stand before the check character.
        check_alphabet: Characters that the check character is one of.
        lengths: Lengths of whole identifiers, check character included.
    """

    compute: Callable[[Integers], Integers]
    alphabet: str = DIGITS
    check_alphabet: str = DIGITS
    lengths: tuple[int, ...]


CHECK_DIGITS: dict[str, CheckDigit] = {
    "luhn": CheckDigit(compute=luhn, lengths=tuple(range(8, 20))),
    "gs1": CheckDigit(compute=gs1, lengths=(8, 12, 13, 14)),
    "mod_11_2": CheckDigit(compute=mod_11_2, check_alphabet=DIGITS + "X", lengths=(18,)),
    "organization_code": CheckDigit(
        compute=organization_code,
        alphabet=DIGITS + LETTERS,
        check_alphabet=DIGITS + "X",
        lengths=(9,),
    ),
    "credit_code": CheckDigit(
        compute=credit_code, alphabet=CREDIT_CODE, check_alphabet=CREDIT_CODE, lengths=(18,)
    ),
}


def check_digit(name: str) -> CheckDigit:
    """The rule of that name.

    Raises:
        UnknownNameError: There is no such rule.
    """
    if name not in CHECK_DIGITS:
        raise UnknownNameError(
            f"there is no check digit {name!r}", allowed="known: " + ", ".join(CHECK_DIGITS)
        )
    return CHECK_DIGITS[name]


def check_characters(name: str, codes: Codes) -> Codes:
    """The check characters of many identifiers.

    Args:
        name: A name in `CHECK_DIGITS`.
        codes: Code points of the characters before the check character, shape (n, n_characters).

    Returns:
        Code points, shape (n,); 0 where a character stands outside the rule's alphabet.
    """
    rule = check_digit(name)
    places = np.full(128, -1, dtype=np.int64)
    places[[ord(character) for character in rule.alphabet]] = np.arange(len(rule.alphabet))
    values = places[np.minimum(codes, 127)]
    marks = np.array([ord(character) for character in rule.check_alphabet], dtype=np.uint32)
    found: Codes = marks[rule.compute(np.maximum(values, 0))]
    found[(values < 0).any(axis=1)] = 0
    return found


def complete(name: str, payload: str) -> str:
    """The identifier with its check character put behind it.

    Args:
        name: A name in `CHECK_DIGITS`.
        payload: The characters before the check character.

    Raises:
        ConfigError: The payload's length or a character is not the rule's.
    """
    rule = check_digit(name)
    if len(payload) + 1 not in rule.lengths or set(payload) - set(rule.alphabet):
        raise ConfigError(
            f"{len(payload)} characters cannot carry a {name} check character",
            allowed=f"lengths {rule.lengths} with the check character, from {rule.alphabet}",
            code="config.check_digit",
        )
    codes = np.array([[ord(character) for character in payload]], dtype=np.uint32)
    return payload + chr(int(check_characters(name, codes)[0]))


def is_valid(name: str, text: str) -> bool:
    """Whether the whole text has the right length, characters and check character."""
    rule = check_digit(name)
    if len(text) not in rule.lengths or set(text[:-1]) - set(rule.alphabet):
        return False
    return complete(name, text[:-1]) == text
