"""The small expressions that say when a clause applies."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError
from guanyao.filing.expression import parse

FACTS = {"public": True, "minors": False, "modality": ["table", "text"], "level": 3, "base": "own"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("public", True),
        ("not public", False),
        ("public and minors", False),
        ("public or minors", True),
        ("minors or public and minors", False),
        ("(minors or public) and not minors", True),
        ("'text' in modality", True),
        ("'image' in modality", False),
        ("base in ['own', \"third\"]", True),
        ("base == 'own' and level >= 3", True),
        ("level < 3", False),
        ("level != 3.0", False),
        ("public == true", True),
        ("level == true", False),
        ("unknown", None),
        ("not unknown", None),
        ("unknown and minors", False),
        ("unknown or public", True),
        ("unknown or minors", None),
        ("unknown == 'x'", None),
        ("'x' in unknown", None),
        ("base in [unknown, 'own']", None),
        ("'or' == 'or'", True),
    ],
)
def test_known_answers(text: str, answer: bool | None) -> None:
    assert parse(text).answer(FACTS) is answer


@pytest.mark.parametrize(
    "text",
    [
        "",
        "public public",
        "public and",
        "(public",
        "public)",
        "3",
        "'text'",
        "null",
        "__import__('os')",
        "public.real",
        "public + 1",
        "public = true",
        "a[0]",
        "lambda: 1",
        "[[1]] == 2",
        "x in 'abc\\'",
        "level == 1e400",
        "(" * 30 + "public" + ")" * 30,
        "not " * 30 + "public",
        "a" * 501,
        "and",
        "x == in",
        "level；public",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text)
    assert error.value.code == "pack.expression"


@pytest.mark.parametrize("text", ["level", "modality", "public < 3", "'a' in base"])
def test_facts_of_the_wrong_kind_are_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text).answer(FACTS)


def test_it_says_what_it_asks_for() -> None:
    found = parse("a and (b == 'c' or not d) and e in [f, 1]")
    assert found.names == {"a", "b", "d", "e", "f"}


@given(st.text(alphabet=string.printable, max_size=60))
def test_no_text_does_anything_but_answer_or_be_refused(text: str) -> None:
    try:
        found = parse(text)
    except ConfigError as error:
        assert error.code == "pack.expression"
    else:
        assert found.names is not None


NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    NAMES,
    lambda part: st.one_of(
        part.map(lambda p: f"not ({p})"),
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
    ),
    max_leaves=6,
)
FULL = st.fixed_dictionaries({name: st.booleans() for name in "abc"})


@given(TREES, FULL)
def test_it_answers_as_python_would(text: str, facts: dict[str, bool]) -> None:
    assert parse(text).answer(facts) is eval(text, {}, dict(facts))  # noqa: S307 - made above


@given(TREES, FULL, st.sets(NAMES))
def test_what_is_answered_without_a_fact_stays_so_with_it(
    text: str, facts: dict[str, Any], hidden: set[str]
) -> None:
    """A known answer never depends on what is not known."""
    part = parse(text).answer({k: v for k, v in facts.items() if k not in hidden})
    assert part is None or part is parse(text).answer(facts)
