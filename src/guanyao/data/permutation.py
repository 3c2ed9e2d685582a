"""Keyed permutations of 0..size-1: number i to the i-th card of a shuffled deck, without the deck.

Reference: Black & Rogaway 2002, "Ciphers with Arbitrary Finite Domains", CT-RSA, method 3
(generalised Feistel with cycle walking). The round function here is a fast mixer, not a cipher:
the permutation spreads numbers evenly, it does not keep them secret.
"""

from math import isqrt
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.uint64]

MAX_SIZE = 1 << 60
CHUNK = 1 << 15
"""Numbers worked on at once, so that they stay in the processor's cache."""

_ROUNDS = 4
_MASK = (1 << 64) - 1


def mix(numbers: Numbers, key: int) -> Numbers:
    """Numbers that look random, in 0..2^63-1, the same for the same number and key.

    Reference: Steele, Lea & Flood 2014, "Fast Splittable Pseudorandom Number Generators", OOPSLA.
    """
    mixed = (numbers ^ np.uint64(key & _MASK)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    mixed >>= np.uint64(1)
    return mixed


def permute(numbers: Numbers, size: int, key: int) -> Numbers:
    """Where each number goes: distinct numbers go to distinct places.

    Args:
        numbers: Numbers in 0..size-1, shape (n,).
        size: How many numbers there are, 1..2^60.
        key: Which permutation.
    """
    return _walk(numbers, size, key, back=False)


def permute_back(numbers: Numbers, size: int, key: int) -> Numbers:
    """The numbers that `permute` takes to these places."""
    return _walk(numbers, size, key, back=True)


def _walk(numbers: Numbers, size: int, key: int, *, back: bool) -> Numbers:
    if size == 1:
        return np.zeros_like(numbers)
    out = np.empty_like(numbers)
    for first in range(0, len(numbers), CHUNK):
        chunk = _shuffle(numbers[first : first + CHUNK], size, key, back=back)
        while len(outside := np.flatnonzero(chunk >= size)):
            chunk[outside] = _shuffle(chunk[outside], size, key, back=back)
        out[first : first + CHUNK] = chunk
    return out


def _shuffle(numbers: Numbers, size: int, key: int, *, back: bool) -> Numbers:
    """A permutation of the smallest rectangle high * low that holds `size` numbers."""
    high = isqrt(size - 1) + 1
    low = -(-size // high)
    left, right = numbers // np.uint64(low), numbers % np.uint64(low)
    rounds = range(_ROUNDS)
    for number in reversed(rounds) if back else rounds:
        round_key = key + number * 0x9E3779B97F4A7C15
        if number % 2 == 0:
            left = _turn(left, mix(right, round_key), high, back=back)
        else:
            right = _turn(right, mix(left, round_key), low, back=back)
    numbers = left * np.uint64(low)
    numbers += right
    return numbers


def _turn(half: Numbers, by: Numbers, size: int, *, back: bool) -> Numbers:
    if not back:
        return (half + by) % np.uint64(size)
    return (half + np.uint64(size) - by % np.uint64(size)) % np.uint64(size)
