"""Looks up a built-in or installed part by its name.

Built-in parts stand in literal tables, name -> "module:attribute", one per family
(`models.MODELS`, `metrics.METRICS`, `attacks.ATTACKS`), so that one place lists all and nothing is
imported before it is used. Entry points are for outsiders only and never hide a built-in.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from guanyao.errors import MissingExtraError, UnknownNameError

EXTRAS: dict[str, str] = {
    "alembic": "filing",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "onnxscript": "onnx",
    "optuna": "tune",
    "PIL": "images",
    "pg8000": "databases",
    "presidio_analyzer": "presidio",
    "pypdf": "filing",
    "rfc3161_client": "timestamp",
    "safetensors": "deep",
    "sqlalchemy": "filing",
    "tensorboard": "deep",
    "tongsuopy": "sm2",
    "torch": "deep",
    "typst": "filing",
}
"""Packages that are not part of the core, and the extra that brings them."""


def names(table: Mapping[str, str], group: str) -> list[str]:
    """All names that `find` accepts: built-ins in table order, then those of entry points.

    Args:
        table: The family's literal table.
        group: The family's entry-point group, e.g. "guanyao.models".
    """
    installed = sorted(entry.name for entry in entry_points(group=group))
    return [*table, *(name for name in installed if name not in table)]


def find(table: Mapping[str, str], name: str, group: str) -> Any:  # noqa: ANN401
    """The object that `name` stands for.

    Raises:
        UnknownNameError: The name is neither in the table nor among the entry points.
        MissingExtraError: It rests on a package that is not installed.
    """
    if name in table:
        module, _, attribute = table[name].partition(":")
        return getattr(need(module), attribute)
    for entry in entry_points(group=group, name=name):
        return entry.load()
    raise unknown(name, names(table, group), family=group.rpartition(".")[2])


def need(module: str) -> ModuleType:
    """The module of this name, imported.

    Raises:
        MissingExtraError: It is, or rests on, a package of an extra that is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        raise MissingExtraError(
            f"{package} is not installed",
            do=f"install it with: pip install 'guanyao[{EXTRAS[package]}]'",
            code=f"missing_extra.{EXTRAS[package]}",
        ) from error


def unknown(name: str, known: list[str], *, family: str) -> UnknownNameError:
    """The error for a name that is not among the known ones, with the nearest as a hint."""
    near = get_close_matches(name, known, n=1)
    return UnknownNameError(
        f"there is no {name!r} among the {family}",
        allowed="known: " + ", ".join(known),
        do=f"did you mean {near[0]!r}?" if near else "",
    )
