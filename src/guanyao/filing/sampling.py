"""Draws a random sample that anybody can draw again, from the seed and the digest alone.

The algorithm, `guanyao.draw/1`: for k = 0, 1, 2, ... the SHA-256 of the text

    guanyao.draw/1|DIGEST|SEED|STRATUM|k

is read as four whole numbers of 64 bits, the first byte the highest. Of a population of N, a number
from floor(2^64 / N) * N on is thrown away, so that each place is as likely as any other; else the
number modulo N is the place (from 0) that is drawn, unless it was drawn before. It ends when n
places are drawn. Where n is more than half of N, the N - n places that are left out are drawn so
instead. STRATUM is empty for a simple random sample. It needs no library and depends on no version.

Reference: Cochran 1977, "Sampling Techniques", chapters 2 and 5 (proportional allocation).
"""

import hashlib
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias, get_args

from guanyao.errors import ConfigError

ALGORITHM = "guanyao.draw/1"
MAX_SEED = 10**15
MAX_SAMPLE = 1_000_000
RANGE = 1 << 64
Method: TypeAlias = Literal["simple", "stratified"]
METHODS: tuple[Method, ...] = get_args(Method)


def draw(n: int, population: int, *, seed: int, digest: str, stratum: str = "") -> list[int]:
    """The places, from 0 and in order, of a simple random sample without replacement.

    Args:
        n: How many are drawn.
        population: How many there are.
        seed: 0 to 10^15.
        digest: SHA-256 (hexadecimal) of what is drawn from.
        stratum: The name of the stratum; "": all.

    Raises:
        ConfigError: There are not so many, or the seed is none ("sampling.size",
            "sampling.seed").

    Examples:
        >>> draw(3, 10, seed=7, digest="0" * 64)
        [4, 8, 9]
    """
    check_size(n, population)
    check_seed(seed)
    n_drawn = min(n, population - n)
    drawn: set[int] = set()
    numbers = _numbers(f"{ALGORITHM}|{digest}|{seed}|{stratum}")
    limit = RANGE - RANGE % population
    while len(drawn) < n_drawn:
        number = next(numbers)
        if number < limit:
            drawn.add(number % population)
    if n_drawn == n:
        return sorted(drawn)
    return [place for place in range(population) if place not in drawn]


def draw_stratified(n: int, strata: Sequence[str], *, seed: int, digest: str) -> list[int]:
    """The places of a sample that holds of each stratum its share, and at least one.

    Args:
        n: How many are drawn, at least one for each stratum.
        strata: The stratum of each place.
        seed: 0 to 10^15.
        digest: SHA-256 (hexadecimal) of what is drawn from.

    Raises:
        ConfigError: There are not so many, or more strata ("sampling.size"), or the seed is none.
    """
    check_size(n, len(strata))
    places: dict[str, list[int]] = {}
    for place, stratum in enumerate(strata):
        places.setdefault(stratum, []).append(place)
    if n < len(places):
        raise ConfigError(
            f"{n} cannot hold one of each of {len(places)} kinds",
            allowed=f"{len(places)} or more",
            code="sampling.size",
        )
    shares = allocate(n, {name: len(of) for name, of in places.items()})
    return sorted(
        of[at]
        for name, of in places.items()
        for at in draw(shares[name], len(of), seed=seed, digest=digest, stratum=name)
    )


def allocate(n: int, sizes: Mapping[str, int]) -> dict[str, int]:
    """How many of each stratum: one each, the rest by size, by largest remainder, then by name.

    Args:
        n: How many in all; at least one for each stratum, at most all.
        sizes: Stratum -> how many there are.

    Examples:
        >>> allocate(5, {"a": 10, "b": 80, "c": 10})
        {'a': 1, 'b': 3, 'c': 1}
    """
    rest, left = n - len(sizes), sum(sizes.values()) - len(sizes)
    if left == 0:
        return dict.fromkeys(sizes, 1)
    shares = {name: divmod(rest * (size - 1), left) for name, size in sizes.items()}
    found = {name: 1 + whole for name, (whole, _) in shares.items()}
    n_more = n - sum(found.values())
    for name in sorted(sizes, key=lambda name: (-shares[name][1], name))[:n_more]:
        found[name] += 1
    return found


def check_seed(seed: int) -> None:
    """See that a seed is one.

    Raises:
        ConfigError: It is none ("sampling.seed").
    """
    if not 0 <= seed <= MAX_SEED:
        raise ConfigError(
            "the seed is none", allowed=f"a whole number from 0 to {MAX_SEED}", code="sampling.seed"
        )


def check_size(n: int, population: int) -> None:
    """See that so many can be drawn.

    Raises:
        ConfigError: They cannot ("sampling.size").
    """
    if not 1 <= n <= min(population, MAX_SAMPLE):
        raise ConfigError(
            f"{n:,} cannot be drawn without replacement from {population:,}",
            allowed=f"1 to {min(population, MAX_SAMPLE):,}",
            do="add entries, or draw fewer",
            code="sampling.size",
        )


def _numbers(key: str) -> Iterator[int]:
    """Whole numbers below 2^64, as the algorithm says."""
    begun = hashlib.sha256(f"{key}|".encode())
    k = 0
    while True:
        block = begun.copy()
        block.update(str(k).encode())
        yield from struct.unpack(">4Q", block.digest())
        k += 1
