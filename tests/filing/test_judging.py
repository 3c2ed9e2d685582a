"""Who said what of each item, what that comes to, and how sure it is."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.filing import intake
from guanyao.filing.evidence_kinds import SAMPLES, schema
from guanyao.filing.json_schema import faults
from guanyao.filing.judging import (
    KINDS,
    WORDS,
    both_pass,
    check_items,
    check_judge,
    judged,
    kind_of,
    least_of,
    settle,
    verdict_of,
    wilson,
    word_of,
)
from guanyao.filing.pack_file import built_in
from tests.filing.made_banks import PACK

PACKS = [built_in(PACK)]
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@given(st.integers(1, 3000), st.data())
def test_the_intervals_are_those_of_scipy(n: int, data: st.DataObject) -> None:
    n_hits = data.draw(st.integers(0, n))
    found = judged("refuse", "human", {str(i): i < n_hits for i in range(n)}, n, PACKS)
    test = binomtest(n_hits, n)
    exact, score = test.proportion_ci(0.95, "exact"), test.proportion_ci(0.95, "wilson")
    assert (found.exact.low, found.exact.high) == pytest.approx(tuple(exact), abs=1e-9)
    assert wilson(n_hits, n) == pytest.approx(tuple(score), abs=1e-9)


def test_a_bar_is_met_by_the_bad_end_of_the_interval() -> None:
    def outcome(n_hits: int) -> str:
        found = judged("generated_manual", "human", {str(i): i < n_hits for i in range(1000)},
                       5000, PACKS)  # fmt: skip
        return {a.check.measure: a.outcome for a in found.against}["sample.generated_manual.share"]

    assert [outcome(n) for n in (950, 905, 860)] == ["met", "not_shown", "not_met"]


def test_of_questions_not_to_refuse_few_may_be_refused() -> None:
    found = judged("non_refuse", "human", {str(i): i < 3 for i in range(300)}, 600, PACKS)
    assert {a.check.measure: a.outcome for a in found.against} == {
        "sample.non_refuse.n": "met",
        "sample.non_refuse.share": "met",
    }


def test_what_two_say_alike_counts_and_where_they_differ_a_third_decides() -> None:
    ann, bo = {"1": True, "2": True, "3": False}, {"1": True, "2": False}
    found = settle("1234", {"ann": ann, "bo": bo})
    assert found.verdicts == {"1": True, "3": False}
    assert (found.disputed, found.unjudged, found.is_whole) == (("2",), ("4",), False)
    third = settle("123", {"ann": ann, "bo": bo, "cy": {"2": False}})
    assert third.verdicts == {"1": True, "2": False, "3": False}
    assert (third.is_whole, third.n_hits) == (True, 1)


def test_two_against_two_is_still_open() -> None:
    said = {name: {"1": name in ("ann", "bo")} for name in ("ann", "bo", "cy", "di")}
    assert settle("1", said).disputed == ("1",)


def test_software_passes_an_item_only_together() -> None:
    assert both_pass({"1": True, "2": False, "3": True}, {"1": True, "2": True, "3": False}) == {
        "1": True,
        "2": False,
        "3": False,
    }


def test_a_refusal_is_never_judged_by_keywords() -> None:
    for sample in ("refuse", "non_refuse"):
        with pytest.raises(ConfigError, match="only a person or a classifier") as caught:
            check_judge(sample, "keyword")
        assert caught.value.code == "judging.judge"
        assert check_judge(sample, "classifier") == "classifier"
    with pytest.raises(ConfigError):
        check_judge("corpus_manual", "classifier")


def test_every_sample_of_the_evidence_can_be_made() -> None:
    made = {name for kind in KINDS.values() for name in kind.evidence.values()}
    assert made == set(SAMPLES)
    with pytest.raises(UnknownNameError):
        kind_of("nothing")


@pytest.mark.parametrize(
    ("sample", "population", "least"),
    [
        ("generated", 2500, 1000),
        ("refuse", 900, 300),
        ("corpus_manual", 90_000, 4000),
        ("corpus_technical", 90_001, 9001),
        ("source_before", 1000, 0),
    ],
)
def test_the_packs_say_how_many_are_drawn(sample: str, population: int, least: int) -> None:
    assert least_of(sample, population, PACKS) == least


@pytest.mark.parametrize("meaning", ["passed", "refused", "harmful"])
def test_each_word_says_one_thing(meaning: str) -> None:
    words = WORDS[meaning]  # type: ignore[index]
    assert not set(words[True]) & set(words[False])
    for value in (True, False):
        assert verdict_of(word_of(value, meaning), meaning) is value  # type: ignore[arg-type]
        assert all(verdict_of(f" {w.upper()} ", meaning) is value for w in words[value])  # type: ignore[arg-type]
    assert verdict_of("说不清", meaning) is None  # type: ignore[arg-type]


def test_verdicts_on_other_items_are_refused() -> None:
    with pytest.raises(DataError) as caught:
        check_items(["1"], {"2": True}, "verdicts")
    assert caught.value.code == "judging.item"


def test_the_record_is_evidence() -> None:
    found = judged("generated_keyword", "keyword", {"1": True, "2": False}, 10, PACKS)
    draw = {"seed": 7, "model_digest": "a" * 64, "bank_digest": "b" * 64, "data_digest": ""}
    record = found.record(draw, created=NOW, version="1")
    assert list(faults(record, schema("sample.json"))) == []
    evidence = intake.read_bytes(json.dumps(record).encode(), "sample.json")
    assert evidence.kind == "sample.generated_keyword"
    assert evidence.rests_on == {"model": "a" * 64}
    assert evidence.measures["sample.generated_keyword.share"].value == 0.5
