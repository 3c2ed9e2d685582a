"""Which services are inspected: a random draw that anyone can repeat from a published list.

Before the draw three things are published: the list of candidates (number of the filing, and its
tickets), how many are drawn, and which seed will be used: something that nobody can choose, known
only later, such as the winning figures of a lottery on a named day. The draw is then a calculation:

1. For each candidate, h = SHA-256 of the text "guanyao.draw/1", a line feed, the seed, a line feed,
   the number of the filing (UTF-8), read as a number of 256 bits; u = (h + 1) / (2^256 + 1).
2. Its key is -ln(u) / tickets. The n smallest keys are drawn, in ascending order.

A candidate with twice the tickets is twice as likely to come first. Keys are calculated with 60
decimal digits, so that every computer gets the same order.

Reference: Efraimidis, Spirakis 2006, "Weighted random sampling with a reservoir", IPL 97(5).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal

from guanyao.errors import ConfigError
from guanyao.records.evidence import canonical

ALGORITHM = "guanyao.draw/1"
LONGEST_SEED = 200
SHORTEST_SEED = 8
MOST_TICKETS = 100
EXACT = Context(prec=60)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A service that may be drawn: the number of its filing, and its tickets, 1 to 100."""

    number: str
    weight: int = 1

    def __post_init__(self) -> None:
        """See that it can be drawn."""
        if not self.number or "\n" in self.number or not 1 <= self.weight <= MOST_TICKETS:
            raise ConfigError(
                "a candidate of the draw has no number, or no tickets",
                allowed=f"a number, and 1 to {MOST_TICKETS} tickets",
                code="filing.draw",
            )


def key_of(seed: str, candidate: Candidate) -> Decimal:
    """The key of a candidate: the smallest keys are drawn."""
    text = f"{ALGORITHM}\n{seed}\n{candidate.number}"
    drawn = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest(), "big")
    share = EXACT.divide(Decimal(drawn + 1), Decimal(2**256 + 1))
    return EXACT.divide(EXACT.minus(EXACT.ln(share)), Decimal(candidate.weight))


def drawn(candidates: Iterable[Candidate], seed: str, n: int) -> list[Candidate]:
    """The candidates that a seed draws, in the order of the draw.

    Args:
        candidates: Those that were published; their order does not matter.
        seed: The published seed, 8 to 200 characters on one line.
        n: How many; at least 1. All of them if there are no more.

    Raises:
        ConfigError: The seed is none, n is below 1, or a number stands twice ("filing.draw").
    """
    known = list(candidates)
    is_seed = seed.isprintable() and SHORTEST_SEED <= len(seed.strip()) <= LONGEST_SEED
    if not is_seed or n < 1:
        raise ConfigError(
            "the draw has no seed, or draws nothing",
            allowed=f"a seed of {SHORTEST_SEED} to {LONGEST_SEED} characters on one line, and at "
            "least 1 to be drawn",
            do="publish the list first; take as seed what nobody can choose, such as the "
            "figures of a lottery on a day named in advance",
            code="filing.draw",
        )
    if len({candidate.number for candidate in known}) < len(known):
        raise ConfigError("a number stands twice in the draw", code="filing.draw")
    return sorted(known, key=lambda one: (key_of(seed, one), one.number))[:n]


def list_digest(candidates: Iterable[Candidate]) -> str:
    """SHA-256 of the list that is published before the draw."""
    rows = sorted([one.number, one.weight] for one in candidates)
    return hashlib.sha256(canonical({"draw": ALGORITHM, "candidates": rows})).hexdigest()
