"""What the package needs: declared, light, and under licences that let anybody use it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORT_NAMES = {
    "pillow": "PIL",
    "python-docx": "docx",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
OPTIONAL_IN_READERS = {"pandas"}
"""Only looked at when the caller hands one over, so the caller has it."""

NAME = re.compile(r"[A-Za-z0-9._-]+")
ALLOWED = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|CC0|MPL|Unlicense)\b",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"\b(A?GPL|GNU (Affero )?General|Business Source|BUSL|BSL-1\.1|SSPL|Commons Clause)",
    re.IGNORECASE,
)


def required(requirements: list[str]) -> set[str]:
    """Names of the requirements that this interpreter needs, extras left out."""
    wanted = (
        line for line in requirements if "extra ==" not in line.replace("extra==", "extra ==")
    )
    return {NAME.match(line)[0].lower().replace("_", "-") for line in wanted}  # type: ignore[index]


def core() -> dict[str, Distribution]:
    """The core's dependencies and theirs, as installed here."""
    found: dict[str, Distribution] = {}
    waiting = required(PROJECT["dependencies"])
    while waiting:
        name = waiting.pop()
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:  # needed only on another system or Python
            continue
        waiting |= required(found[name].requires or []) - set(found)
    return found


def licence(package: Distribution) -> str:
    """What a package says of its licence: expression, classifiers, or the head of its text."""
    said = package.metadata
    classifiers = [c for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    for text in (said["License-Expression"], " ".join(classifiers), said["License"]):
        if text:
            return str(text)[:200]
    files = [
        f for f in package.files or [] if "licen" in f.name.lower() and not f.name.endswith(".py")
    ]
    return " ".join(f.read_text()[:200] for f in files)


@pytest.mark.parametrize("name", sorted(core()))
def test_the_licence_of_a_core_dependency_is_permissive(name: str) -> None:
    said = licence(core()[name])
    assert ALLOWED.search(said), f"{name}: {said!r}"
    assert not REFUSED.search(said), f"{name}: {said!r}"


def test_the_core_is_light() -> None:
    assert (
        set(core()) & {"torch", "pandas", "pyarrow", "tensorflow", "transformers", "ray"} == set()
    )


def test_every_import_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]
    declared = required(PROJECT["dependencies"])
    declared |= {
        name for extra, lines in extras.items() if extra != "dev" for name in required(lines)
    }
    known = {IMPORT_NAMES.get(name, name) for name in declared} | OPTIONAL_IN_READERS
    found = {
        name.partition(".")[0]
        for path in (ROOT / "src").rglob("*.py")
        for name in imported(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found - known - set(sys.stdlib_module_names) - {"guanyao"} == set()


def imported(tree: ast.Module) -> set[str]:
    """Names of the modules that a module imports, at the top or within functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module or "")
    return names


def test_the_version_is_said_once_and_noted() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {PROJECT['version']}" in changelog
