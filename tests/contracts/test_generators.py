"""Every generator of the table keeps the promises of the contract suite."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from guanyao import registry
from guanyao.models import GROUP, MODELS
from guanyao.testing import GENERATOR_CHECKS, check_generator

SHORT: dict[str, dict[str, Any]] = {
    "ctgan": {"max_epochs": 10, "width": 32},
    "tvae": {"max_epochs": 10, "width": 32},
    "latent_flow": {"max_epochs": 10, "codec_width": 32, "flow_width": 32, "n_flow_steps": 3},
}
"""Settings of deep generators that train for moments."""


@pytest.mark.parametrize("check", GENERATOR_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", MODELS)
def test_promise(name: str, check: Callable[[Any], None]) -> None:
    check(partial(registry.find(MODELS, name, GROUP), **SHORT.get(name, {})))


def test_all_promises_at_once() -> None:
    check_generator(registry.find(MODELS, "independent", GROUP))
