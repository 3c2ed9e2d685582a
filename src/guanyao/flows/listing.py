"""List: what parts are installed, each with the first sentence it says of itself."""

from dataclasses import dataclass
from importlib import import_module
from inspect import getdoc, getmodule

from guanyao import registry

FAMILIES: dict[str, tuple[str, str]] = {
    "models": ("guanyao.models", "MODELS"),
    "metrics": ("guanyao.metrics", "METRICS"),
    "attacks": ("guanyao.attacks", "ATTACKS"),
}
"""Family -> the package whose table lists it (the package's name is the entry points' group)."""


@dataclass(frozen=True)
class Part:
    """One part that can be asked for by name."""

    name: str
    summary: str


def names(family: str) -> list[str]:
    """The names of a family's parts, without loading any of them.

    Raises:
        UnknownNameError: There is no such family.
    """
    if family not in FAMILIES:
        raise registry.unknown(family, list(FAMILIES), family="families")
    package, table = FAMILIES[family]
    return registry.names(getattr(import_module(package), table), package)


def parts(family: str) -> list[Part]:
    """The parts of a family, in the order of their table.

    Raises:
        UnknownNameError: There is no such family.
    """
    return [Part(name, _summary(family, name)) for name in names(family)]


def _summary(family: str, name: str) -> str:
    package, table = FAMILIES[family]
    part = registry.find(getattr(import_module(package), table), name, package)
    module = getmodule(part)
    text = getdoc(part) if isinstance(part, type) or callable(part) else None
    return (text or getdoc(module) or "").partition("\n")[0]
