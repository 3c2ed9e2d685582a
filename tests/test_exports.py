"""The public surface: what `guanyao` offers, and nothing else."""

import pytest

import guanyao as gy
from guanyao import errors

VERBS = {
    "read", "read_images", "run", "fit", "sample", "sample_batches", "evaluate", "compare",
    "inspect", "load",
}  # fmt: skip


def test_the_contract_is_there() -> None:
    assert {*VERBS, "Table", "Images", "Schema", "__version__"} <= set(gy.__all__)


def test_every_error_is_public() -> None:
    named = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.GuanyaoError)
    }
    assert named <= set(gy.__all__)


@pytest.mark.parametrize("name", gy.__all__)
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    value = getattr(gy, name)
    assert value.__doc__
    assert getattr(gy, name) is value


def test_names_are_listed_before_they_are_loaded() -> None:
    assert set(gy.__all__) <= set(dir(gy))


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'generate'"):
        _ = gy.generate  # type: ignore[attr-defined]


def test_names_can_be_imported_from_the_package() -> None:
    from guanyao import ConfigError, Schema

    assert ConfigError is errors.ConfigError
    assert Schema.__module__ == "guanyao.data.schema"
