"""What is done to source data before anything learns from it: find, mask, lock away, erase."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guanyao.protect.finding import Finding
    from guanyao.protect.scan import find_text, find_texts

RECOGNISERS: dict[str, str] = {}
"""Kinds of personal data -> what recognises them in columns and in running text."""
GROUP = "guanyao.recognisers"

STEPS: dict[str, str] = {}
"""What can be done to a column -> the step that does it."""
STEP_GROUP = "guanyao.steps"

_PLACES = {
    "Finding": "guanyao.protect.finding",
    "find_text": "guanyao.protect.scan",
    "find_texts": "guanyao.protect.scan",
}

__all__ = ["Finding", "find_text", "find_texts"]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
