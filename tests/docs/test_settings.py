"""The tables of settings name every setting of every generator, with the default it has."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from guanyao.models import GROUP, IMAGE_GROUP, IMAGE_MODELS, MODELS
from guanyao.registry import find

DOCS = Path(__file__).parents[2] / "docs"
FAMILIES = {
    "generators.md": (MODELS, GROUP),
    "image-generators.md": (IMAGE_MODELS, IMAGE_GROUP),
}
CASES = [(page, name) for page, (table, _) in FAMILIES.items() for name in table]
ROW = re.compile(r"^\| (`[^|]+) \| ([^|]+) \|(?: [^|]+ \|)?$", re.MULTILINE)
NAME = re.compile(r"`(\w+)`")
WORDS = {"none": None, "true": True, "false": False}


def sections(page: str) -> dict[str, str]:
    """The text of a page by heading; what stands before the first is that of all."""
    head, *rest = re.split(r"^## ", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {"": head} | {text.partition("\n")[0].strip("`"): text for text in rest}


def documented(text: str) -> dict[str, Any]:
    """Name and default of every setting in the tables of a text."""
    found: dict[str, Any] = {}
    for names, defaults in ROW.findall(text):
        found |= dict(zip(NAME.findall(names), map(value, defaults.split(", ")), strict=True))
    return found


def value(text: str) -> Any:
    """A default as it is written for readers."""
    if text in WORDS:
        return WORDS[text]
    number = text.replace(",", "")
    return float(number) if re.fullmatch(r"[\d.]+", number) else text


def levers() -> set[str]:
    """The settings of the training loop that docs/training.md lists."""
    text = sections("training.md")["Levers"].partition("**Stages.**")[0]
    return {name for names, _ in ROW.findall(text) for name in NAME.findall(names)}


def settings(model: type) -> Iterator[tuple[str, Any]]:
    """Name and default of every setting of a generator."""
    return ((f.name, f.default) for f in fields(model) if f.init)


@pytest.mark.parametrize(("page", "name"), CASES)
def test_a_page_lists_the_settings_with_their_defaults(page: str, name: str) -> None:
    text, (table, group) = sections(page), FAMILIES[page]
    said = documented(text[""]) | documented(text[name])
    of_loop = levers() - set(said)
    own = dict(settings(find(table, name, group)))
    assert said == {key: default for key, default in own.items() if key not in of_loop}


def test_the_levers_are_those_of_the_training_loop() -> None:
    deep = (find(MODELS, "tvae", GROUP), find(IMAGE_MODELS, "vae", IMAGE_GROUP))
    shared = [base for base in deep[0].__mro__ if base in deep[1].__mro__ and base is not object]
    loop = {name for base in shared for name, _ in settings(base)}
    assert levers() == loop | {"max_epochs"}
