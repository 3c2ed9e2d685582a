"""Every part and every error code has its line in the pages, and the pages name no other."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from guanyao.registry import EXTRAS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PLACES = {
    "generators.md": [("models", "MODELS")],
    "image-generators.md": [("models", "IMAGE_MODELS")],
    "measures.md": [("metrics", "METRICS"), ("metrics", "IMAGE_METRICS")],
    "attacks.md": [("attacks", "ATTACKS"), ("attacks", "IMAGE_ATTACKS")],
}
CODE = re.compile(r'\bcode(?::\s*str)?\s*=\s*"([a-z0-9_]+(?:\.[a-z0-9_]+)*)"')

OF_THE_COMMAND_LINE = {"data.io", "data.memory", "stopped", "usage"}
"""What the command line says of errors that are not ours."""


@pytest.mark.parametrize(("page", "families"), PLACES.items())
def test_every_part_has_a_heading(page: str, families: list[tuple[str, str]]) -> None:
    tables = [getattr(import_module(f"guanyao.{folder}"), name) for folder, name in families]
    text = (DOCS / page).read_text(encoding="utf-8")
    headings = set(
        re.findall(r"`([a-z0-9_]+)`", " ".join(re.findall(r"^## .*$", text, re.MULTILINE)))
    )
    assert headings == {name for table in tables for name in table}


def test_codes_of_the_command_line_are_said_there() -> None:
    source = (ROOT / "src" / "guanyao" / "cli" / "main.py").read_text(encoding="utf-8")
    assert {code for code in OF_THE_COMMAND_LINE if f'"{code}"' not in source} == set()


def test_every_error_code_is_explained() -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    raised = {code for source in sources for code in CODE.findall(source)}
    raised |= OF_THE_COMMAND_LINE | {f"missing_extra.{extra}" for extra in EXTRAS.values()}
    text = (DOCS / "bad-input.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z0-9_.]+)` \|", text, re.MULTILINE))
    assert explained == raised
