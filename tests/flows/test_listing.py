import subprocess
import sys

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


def test_models_say_what_they_are_for_and_what_they_need() -> None:
    listed = {(part.name, part.of): part for part in parts("models")}
    assert listed["trees", "tables"].extra == ""
    assert listed["vae", "pictures"].extra == "deep"
    assert {of for name, of in listed if name == "latent_flow"} == {"tables", "pictures"}
    assert names("models").count("latent_flow") == 1


def test_a_list_loads_no_torch() -> None:
    code = (
        "import sys; from guanyao.flows.listing import FAMILIES, parts; "
        "all(parts(family) for family in FAMILIES); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_another_family_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="models, metrics, attacks"):
        names("animals")
