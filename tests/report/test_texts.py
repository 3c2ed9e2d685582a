"""Both languages are complete and ask for the same figures."""

from string import Formatter
from typing import Any

import pytest

from guanyao.report.texts import TEXTS, chinese, english, name_of, number


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_is_there_in_both_languages(key: str) -> None:
    in_english, in_chinese = TEXTS[key]
    assert in_english.strip() and in_chinese.strip()
    assert fields(in_english) == fields(in_chinese)
    assert not any("\u4e00" <= char <= "\u9fff" for char in in_english)


@pytest.mark.parametrize("key", [key for key in TEXTS if key not in ("gloss.auc",)])
def test_the_chinese_text_is_chinese(key: str) -> None:
    assert any("\u4e00" <= char <= "\u9fff" for char in TEXTS[key][1])


def test_figures_are_filled_in() -> None:
    assert "0.996" in english("fidelity.column_shapes", value=0.99, real=0.996)
    assert "0.996" in chinese("fidelity.column_shapes", value=0.99, real=0.996)


def test_a_name_nobody_knows_stands_for_itself() -> None:
    assert name_of("score", "my_metric") == ("my metric", "my metric")


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (float("inf"), "–"), (0, "0"), (0.0, "0.000"), (1234567, "1,234,567"),
     (512000.0, "512,000"), (True, "True"), ("text", "text"), (-0.5, "-0.500")],
)  # fmt: skip
def test_numbers_for_people(value: Any, shown: str) -> None:
    assert number(value) == shown
