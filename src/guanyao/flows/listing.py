"""List: what parts there are, each with the first sentence it says of itself.

Built-in parts are described from their source, so that a list costs little and names what is not
installed, too.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from inspect import getdoc, getmodule
from typing import Any

from guanyao import registry
from guanyao.filing.plain_yaml import parse

FAMILIES: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "models": (
        ("tables", "guanyao.models", "MODELS", "GROUP"),
        ("pictures", "guanyao.models", "IMAGE_MODELS", "IMAGE_GROUP"),
    ),
    "metrics": (
        ("tables", "guanyao.metrics", "METRICS", "GROUP"),
        ("pictures", "guanyao.metrics", "IMAGE_METRICS", "IMAGE_GROUP"),
    ),
    "attacks": (
        ("tables", "guanyao.attacks", "ATTACKS", "GROUP"),
        ("pictures", "guanyao.attacks", "IMAGE_ATTACKS", "IMAGE_GROUP"),
    ),
    "recognisers": (("columns and text", "guanyao.protect", "RECOGNISERS", "GROUP"),),
    "steps": (("columns", "guanyao.protect", "STEPS", "STEP_GROUP"),),
    "profiles": (("filings", "guanyao.filing", "PROFILES", ""),),
    "packs": (("filings", "guanyao.filing", "PACKS", ""),),
}
"""Family -> what its parts are for, the package, and its table and entry-point group there.

Parts that are data files of the package have no entry points: others name their own by its path.
"""


@dataclass(frozen=True)
class Part:
    """One part that can be asked for by name.

    Args:
        name: Its name.
        of: What it is for: tables or pictures.
        summary: What it is.
        extra: The extra that brings what it needs; "": nothing.
    """

    name: str
    of: str
    summary: str
    extra: str = ""


def names(family: str) -> list[str]:
    """The names of a family's parts, each once, without loading any of them.

    Raises:
        UnknownNameError: There is no such family.
    """
    tables = [_table(place) for place in _places(family)]
    return list(dict.fromkeys(name for table in tables for name in registry.names(*table)))


def parts(family: str) -> list[Part]:
    """The parts of a family, in the order of their tables.

    Raises:
        UnknownNameError: There is no such family.
    """
    return [
        _part(name, place[0], *_table(place)) if place[3] else _file(name, *place[:3])
        for place in _places(family)
        for name in registry.names(*_table(place))
    ]


def _places(family: str) -> tuple[tuple[str, str, str, str], ...]:
    if family not in FAMILIES:
        raise registry.unknown(family, list(FAMILIES), family="families")
    return FAMILIES[family]


def _table(place: tuple[str, str, str, str]) -> tuple[dict[str, str], str]:
    _, package, table, group = place
    module = import_module(package)
    return getattr(module, table), getattr(module, group) if group else ""


def _file(name: str, of: str, package: str, table: str) -> Part:
    """A part that is a data file: what it is called there."""
    path = getattr(import_module(package), table)[name]
    text = files(package).joinpath(path).read_text(encoding="utf-8")
    title = parse(text, name=name, what="file", code="data.unreadable")["title"]
    words = title["en"] if isinstance(title, Mapping) else str(title)
    return Part(name, of, words.rstrip(".") + ".")


def _part(name: str, of: str, table: dict[str, str], group: str) -> Part:
    if name in table and (source := _source(table[name].partition(":")[0])) is not None:
        attribute = table[name].partition(":")[2]
        return Part(name, of, _said(source, attribute), _extra(table[name].partition(":")[0]))
    return Part(name, of, _summary(registry.find(table, name, group)))


@cache
def _source(module: str) -> ast.Module | None:
    """The source of a module, parsed; None where there is none to read."""
    spec = find_spec(module)
    loader: Any = spec.loader if spec is not None else None
    text = loader.get_source(module) if hasattr(loader, "get_source") else None
    return None if text is None else ast.parse(text)


def _said(source: ast.Module, attribute: str) -> str:
    """The first line that a class or function says of itself, or else its module."""
    kinds = (ast.ClassDef, ast.FunctionDef)
    names = (attribute, _class_of(source, attribute))
    own = [n for n in source.body if isinstance(n, kinds) and n.name in names]
    text = (ast.get_docstring(own[0]) if own else None) or ast.get_docstring(source) or ""
    return text.partition("\n")[0]


def _class_of(source: ast.Module, attribute: str) -> str:
    """The class that an object of a module is made of; "" where it is none."""
    made = [n for n in source.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call)]
    own = [n for n in made if attribute in map(ast.unparse, n.targets)]
    return ast.unparse(own[0].value.func) if own else ""  # type: ignore[attr-defined]


@cache
def _extra(module: str) -> str:
    """The extra that a module, or one of its neighbours that it loads, rests on."""
    source = _source(module)
    loaded = [] if source is None else _loaded(source, module.rpartition(".")[0])
    packages = [name.partition(".")[0] for name in loaded]
    found = [registry.EXTRAS[name] for name in packages if name in registry.EXTRAS]
    near = (_extra(name) for name in loaded if name.startswith(f"{module.rpartition('.')[0]}."))
    return found[0] if found else next(filter(None, near), "")


def _loaded(source: ast.Module, family: str) -> list[str]:
    """The modules that a module imports, or needs when it is used."""
    found: list[str] = []
    for node in source.body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == family:
            found += [f"{family}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call) and node.args]
    needs = [call.args[0] for call in calls if ast.unparse(call.func).split(".")[-1] == "need"]
    return found + [str(arg.value) for arg in needs if isinstance(arg, ast.Constant)]


def _summary(part: object) -> str:
    module = getmodule(part)
    text = getdoc(part) if isinstance(part, type) or callable(part) else None
    return (text or getdoc(module) or "").partition("\n")[0]
