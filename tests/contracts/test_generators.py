"""Every generator of the table keeps the promises of the contract suite."""

from collections.abc import Callable
from typing import Any

import pytest

from guanyao import registry
from guanyao.models import GROUP, MODELS
from guanyao.testing import GENERATOR_CHECKS, check_generator


@pytest.mark.parametrize("check", GENERATOR_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", MODELS)
def test_promise(name: str, check: Callable[[Any], None]) -> None:
    check(registry.find(MODELS, name, GROUP))


def test_all_promises_at_once() -> None:
    check_generator(registry.find(MODELS, "independent", GROUP))
