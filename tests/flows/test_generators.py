from dataclasses import dataclass
from typing import Any, Literal

import pytest

from guanyao.errors import ConfigError, UnknownNameError
from guanyao.flows.generators import IMAGES, TABLES, _typed, build, check_name, settings_of
from tests.flows.fakes import Shuffled


@dataclass
class Hints:
    """Types that settings have."""

    number: float
    word: Literal["fast", "good"]
    counts: tuple[int, ...]
    maybe: int | None
    switch: bool


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (int, "3", 3),
        (float, "3", 3),
        (float, "1e-3", 0.001),
        (str, "3", "3"),
        (str, "word", "word"),
        (bool, "true", True),
        (bool, "False", False),
        (int | None, "none", None),
        (int | None, "null", None),
        (tuple[int, ...], "[1, 2]", (1, 2)),
        (Literal["fast", "good"], "good", "good"),
    ],
)
def test_a_setting_is_read_as_its_type(hint: Any, text: str, value: object) -> None:
    read = _typed("setting", hint, text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("hint", "text"),
    [(int, "3.5"), (int, "true"), (float, "much"), (bool, "1"), (Literal["fast"], "slow")],
)
def test_a_setting_of_another_type_is_refused(hint: Any, text: str) -> None:
    with pytest.raises(ConfigError, match="allowed:"):
        _typed("setting", hint, text)


def test_a_generator_is_built_with_its_settings() -> None:
    model = build("shuffled", {"min_entities": "9"})
    assert isinstance(model, Shuffled)
    assert settings_of(model) == {"min_entities": 9, "wait_s": 0.0, "kind": None}


def test_a_name_that_is_not_there_brings_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'shuffled'"):
        build("shufled", {})


@pytest.mark.parametrize(
    ("name", "family"), [("trees", IMAGES), ("vae", TABLES), ("independent", IMAGES)]
)
def test_a_model_of_other_data_is_refused(name: str, family: Any) -> None:
    with pytest.raises(ConfigError, match=r"learns (tables|pictures), and the source") as caught:
        check_name(name, family)
    assert caught.value.code == "config.model"


def test_an_unknown_model_of_pictures_lists_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match=r"dcgan.*did you mean 'latent_flow'"):
        build("latentflow", {}, family=IMAGES)


@pytest.mark.parametrize("setting", ["epochs", "max_cpu_minutes"])
def test_epochs_are_refused_where_there_are_none(setting: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build("shuffled", {setting: 3})
    assert caught.value.code == "config.no_epochs"
