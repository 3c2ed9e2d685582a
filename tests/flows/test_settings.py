import inspect
from typing import Any

import pytest

import guanyao as gy
from guanyao.errors import ConfigError
from guanyao.flows.settings import Learning, Settings, make

WRONG: list[dict[str, Any]] = [
    {"rows": 0}, {"rows": -1}, {"rows": 1.5}, {"rows": True}, {"rows": "10"},
    {"holdout": 0}, {"holdout": 1}, {"holdout": -0.1}, {"holdout": float("nan")},
    {"seed": -1}, {"seed": 1.5}, {"seed": None}, {"epsilon": 0}, {"epsilon": float("inf")},
    {"delta": 0}, {"delta": 1}, {"min_entities": 0}, {"max_minutes": 0}, {"format": "docx"},
]  # fmt: skip


@pytest.mark.parametrize("options", WRONG, ids=str)
def test_what_is_out_of_range_is_refused(options: dict[str, Any]) -> None:
    [name] = options
    with pytest.raises(ConfigError, match=f"{name} is .*; allowed: "):
        make(Settings, options)


def test_an_option_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'epsilon'"):
        make(Learning, {"epsilom": 1.0})


def test_run_keeps_a_fifth_back_and_fit_nothing() -> None:
    assert make(Settings, {}).holdout == 0.2
    assert make(Learning, {}).holdout == 0


def test_the_generator_gets_what_was_set_for_it() -> None:
    learning = make(Learning, {"settings": {"depth": "3"}, "min_entities": 7, "epsilon": 1.0})
    assert learning.of_model() == {"depth": "3", "min_entities": 7, "epsilon": 1.0}


def test_the_record_holds_no_path_and_no_value() -> None:
    settings = make(
        Settings,
        {
            "holdout_file": "somebody/secret.csv",
            "rebalance": {"sex": {"F": 0.5}},
            "rules": ["a<=b"],
        },
    )
    record = settings.as_record()
    assert "secret" not in str(record)
    assert "0.5" not in str(record)
    assert record["given"] == ["holdout_file", "rebalance"]
    assert record["rules"] == ("a<=b",)


@pytest.mark.parametrize("verb", ["run", "fit", "compare", "inspect"])
def test_a_verb_shows_its_options(verb: str) -> None:
    parameters = inspect.signature(getattr(gy, verb)).parameters
    assert {"model", "target", "entity", "seed"} <= set(parameters)
    assert "options" not in parameters
