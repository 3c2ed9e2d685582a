"""Draws that anybody can draw again, from the seed and the digest alone."""

import hashlib
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError
from guanyao.filing.sampling import MAX_SEED, allocate, draw, draw_stratified

DIGEST = "0123456789abcdef" * 4


def by_hand(n: int, population: int, seed: int, digest: str) -> list[int]:
    """The algorithm as its page describes it, written once more in other words."""
    found: list[int] = []
    k = 0
    while len(found) < n:
        text = f"guanyao.draw/1|{digest}|{seed}||{k}"
        block = hashlib.sha256(text.encode()).hexdigest()
        for part in range(4):
            number = int(block[16 * part : 16 * part + 16], 16)
            fits = number < (2**64 // population) * population
            if fits and number % population not in found and len(found) < n:
                found.append(number % population)
        k += 1
    return sorted(found)


def test_known_draws() -> None:
    """These must never change: draws that were made with them stand in dossiers."""
    assert draw(5, 1000, seed=1, digest=DIGEST) == by_hand(5, 1000, 1, DIGEST)
    assert draw(5, 1000, seed=1, digest=DIGEST) == [283, 371, 578, 734, 852]
    whole = ",".join(map(str, draw(1000, 2500, seed=20261122, digest=DIGEST)))
    assert hashlib.sha256(whole.encode()).hexdigest()[:16] == "84e525d7b6f259be"


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, MAX_SEED))
def test_a_draw_is_without_replacement(n: int, more: int, seed: int) -> None:
    found = draw(n, n + more, seed=seed, digest=DIGEST)
    assert len(set(found)) == n
    assert found == sorted(found)
    assert 0 <= found[0] <= found[-1] < n + more


@given(st.integers(1, 40), st.integers(0, MAX_SEED))
def test_the_words_of_the_page_give_the_same(n: int, seed: int) -> None:
    assert draw(n, 2 * n, seed=seed, digest=DIGEST) == by_hand(n, 2 * n, seed, DIGEST)


def test_seed_and_digest_both_matter() -> None:
    draws = {
        tuple(draw(20, 1000, seed=seed, digest=digest))
        for seed in range(5)
        for digest in (DIGEST, DIGEST[::-1])
    }
    assert len(draws) == 10


def test_each_place_is_as_likely() -> None:
    """Chi-square over the places: 2,000 draws of 3 out of 10."""
    counts = Counter(p for seed in range(2000) for p in draw(3, 10, seed=seed, digest=DIGEST))
    assert sum((n - 600) ** 2 / 600 for n in counts.values()) < 27.9  # 0.1 %, 9 degrees


def test_another_process_draws_the_same() -> None:
    code = (
        "from guanyao.filing.sampling import draw; "
        f"print(draw(50, 3000, seed=9, digest='{DIGEST}'))"
    )
    for hash_seed in ("0", "1"):
        environment = {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env=environment,
        )  # fmt: skip
        assert done.stdout.strip() == str(draw(50, 3000, seed=9, digest=DIGEST))


@pytest.mark.parametrize(("n", "population"), [(0, 5), (6, 5), (1, 0)])
def test_more_than_there_is_cannot_be_drawn(n: int, population: int) -> None:
    with pytest.raises(ConfigError) as caught:
        draw(n, population, seed=0, digest=DIGEST)
    assert caught.value.code == "sampling.size"


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_a_seed_out_of_range(seed: int) -> None:
    with pytest.raises(ConfigError) as caught:
        draw(1, 2, seed=seed, digest=DIGEST)
    assert caught.value.code == "sampling.seed"


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 50), min_size=1), st.data())
def test_strata_get_their_share_and_at_least_one(
    sizes: dict[str, int], data: st.DataObject
) -> None:
    n = data.draw(st.integers(len(sizes), sum(sizes.values())))
    found = allocate(n, sizes)
    assert sum(found.values()) == n
    assert all(1 <= found[name] <= size for name, size in sizes.items())


def test_a_stratified_draw_holds_every_stratum() -> None:
    strata = ["a"] * 90 + ["b"] * 9 + ["c"]
    found = draw_stratified(20, strata, seed=3, digest=DIGEST)
    counts = Counter(strata[place] for place in found)
    assert counts == {"a": 17, "b": 2, "c": 1}
    assert found == draw_stratified(20, strata, seed=3, digest=DIGEST)
    with pytest.raises(ConfigError) as caught:
        draw_stratified(2, strata, seed=3, digest=DIGEST)
    assert caught.value.code == "sampling.size"


def test_all_can_be_drawn() -> None:
    assert draw(7, 7, seed=0, digest=DIGEST) == list(range(7))
    assert draw_stratified(4, ["a", "b", "a", "b"], seed=0, digest=DIGEST) == [0, 1, 2, 3]
