import pytest

from guanyao.errors import UnknownNameError
from guanyao.flows.listing import FAMILIES, names, parts
from guanyao.models import MODELS


def test_models_are_listed_in_the_order_of_their_table() -> None:
    assert names("models")[: len(MODELS)] == list(MODELS)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_part_says_what_it_is(family: str) -> None:
    listed = parts(family)
    assert listed
    assert all(part.summary.endswith(".") for part in listed)


def test_another_family_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="models, metrics, attacks"):
        names("animals")
