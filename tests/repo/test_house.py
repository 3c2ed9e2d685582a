"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import TypeAlias

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "guanyao"
SOURCES = sorted(PACKAGE.rglob("*.py"))
FAMILIES = {
    "models": ("MODELS", "IMAGE_MODELS", "EXPORTED_MODELS"),
    "metrics": ("METRICS", "IMAGE_METRICS"),
    "attacks": ("ATTACKS", "IMAGE_ATTACKS"),
}
TABLES = {**FAMILIES, "protect": ("RECOGNISERS", "STEPS")}
VAGUE = {"utils", "util", "helpers", "helper", "common", "core", "manager", "engine", "misc"}
LONGEST = 50
HEAVY = ("numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn", "torch")

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> Iterator[Function]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: Function) -> int:
    """Lines of a function, decorators and docstring left out."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    signature = function.body[0].lineno - function.lineno
    last = max((node.end_lineno or node.lineno for node in body), default=function.lineno)
    first = body[0].lineno if body else last
    return signature + last - first + 1


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{relative(path)} has no docstring"
    assert docstring.splitlines()[0].endswith((".", "`", ":"))


def test_no_name_is_vague() -> None:
    assert [relative(p) for p in PACKAGE.rglob("*") if p.stem in VAGUE] == []


def test_folders_are_at_most_two_levels_deep() -> None:
    depths = {relative(p): len(p.relative_to(PACKAGE).parts) - 1 for p in SOURCES}
    assert {name: depth for name, depth in depths.items() if depth > 2} == {}


def targets(folder: str) -> list[str]:
    """The "module:attribute" of every part of a folder, from all its tables."""
    tables = (getattr(import_module(f"guanyao.{folder}"), name) for name in TABLES[folder])
    return [target for table in tables for target in table.values()]


@pytest.mark.parametrize("folder", TABLES)
def test_a_table_lists_what_exists(folder: str) -> None:
    for target in targets(folder):
        module, _, attribute = target.partition(":")
        assert module.startswith(f"guanyao.{folder}."), target
        assert hasattr(import_module(module), attribute), target


def test_every_step_has_its_file_and_stands_in_the_table() -> None:
    steps = {path.stem for path in (PACKAGE / "protect" / "steps").glob("[!_]*.py")}
    assert steps == set(import_module("guanyao.protect").STEPS)


@pytest.mark.parametrize("folder", FAMILIES)
def test_a_file_that_bears_a_part_stands_in_a_table(folder: str) -> None:
    listed = {target.partition(":")[0].rpartition(".")[2] for target in targets(folder)}
    bearing = {path.stem for path in (PACKAGE / folder).glob("*.py") if bears_a_part(path)}
    assert bearing <= listed


def bears_a_part(path: Path) -> bool:
    """Whether the file has a function of its own name (metrics, attacks) or a generator class."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = (n.name for n in tree.body if isinstance(n, ast.FunctionDef))
    classes = (n for n in tree.body if isinstance(n, ast.ClassDef))
    return path.stem in named or any(map(is_generator, classes))


def is_generator(node: ast.ClassDef) -> bool:
    """Whether the class has a class variable `name` with a value, as every generator has."""
    return any(
        isinstance(statement, ast.AnnAssign)
        and ast.unparse(statement.target) == "name"
        and "ClassVar" in ast.unparse(statement.annotation)
        and statement.value is not None
        for statement in node.body
    )


def test_functions_are_short() -> None:
    lengths = {
        f"{relative(path)}:{function.lineno} {function.name}": length(function)
        for path in SOURCES
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}
    assert median(lengths.values()) < 10


def test_public_names_can_be_had() -> None:
    guanyao = import_module("guanyao")
    assert guanyao.__all__
    assert [n for n in guanyao.__all__ if getattr(guanyao, n, None) is None] == []
    assert set(guanyao.__all__) <= set(dir(guanyao))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_all_lists_only_what_the_module_defines(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(
        ".__init__"
    )
    loaded = import_module(module)
    listed = getattr(loaded, "__all__", [])
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("module", ["guanyao", "guanyao.cli.main"])
def test_starting_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*(n for n in {HEAVY!r} if n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".html", ".js", ".css", ".txt", ""}
SKIPPED = {".git", ".venv", "demo", "out", "build", "dist", "__pycache__", "node_modules"}
MACHINE = re.compile(
    "|".join(("/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/", r"C:\\Users"))
)
MAIL = re.compile(r"[\w.+-]+@[\w.-]+\.[A-Za-z]{2,}\b")


def texts() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part in SKIPPED or part.endswith(("_cache", "egg-info")) for part in parts)
        if path.is_file() and not hidden and path.suffix in TEXT and parts[0] != ".hypothesis":
            yield path


def test_no_path_of_somebodys_machine() -> None:
    found = {
        relative(p)
        for p in texts()
        if MACHINE.search(p.read_text(encoding="utf-8", errors="replace"))
    }
    assert found == set()


def test_no_address_of_a_person() -> None:
    """Addresses in examples are at the domains that RFC 2606 keeps for examples."""
    reserved = re.compile(r"@(?:[\w-]+\.)*(?:example(?:\.\w+)?|\w+\.(?:test|invalid|localhost))$")
    found = {
        relative(path)
        for path in texts()
        for address in MAIL.findall(path.read_text(encoding="utf-8", errors="replace"))
        if not reserved.search(address)
    }
    assert found == set()
