"""Looks up a built-in or installed part by its name.

Built-in parts stand in literal tables, name -> "module:attribute", one per family
(`models.MODELS`, `metrics.METRICS`, `attacks.ATTACKS`), so that one place lists all and nothing is
imported before it is used. Entry points are for outsiders only and never hide a built-in.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from guanyao.errors import UnknownNameError


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
    """
    if name in table:
        module, _, attribute = table[name].partition(":")
        return getattr(import_module(module), attribute)
    for entry in entry_points(group=group, name=name):
        return entry.load()
    raise unknown(name, names(table, group), family=group.rpartition(".")[2])


def unknown(name: str, known: list[str], *, family: str) -> UnknownNameError:
    """The error for a name that is not among the known ones, with the nearest as a hint."""
    near = get_close_matches(name, known, n=1)
    return UnknownNameError(
        f"there is no {name!r} among the {family}",
        allowed="known: " + ", ".join(known),
        do=f"did you mean {near[0]!r}?" if near else "",
    )
