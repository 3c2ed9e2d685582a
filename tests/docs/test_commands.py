"""The pages of commands say what `--help` says, of every command."""

from pathlib import Path

import pytest
import typer

from guanyao.cli.main import app
from tests.docs.commands_page import PAGES, SECTION, leaves, page


@pytest.mark.parametrize("place", PAGES, ids=lambda place: place.name)
def test_a_page_says_what_the_commands_say(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    assert page(text) == text, "run `make docs`"


def test_every_command_has_its_place() -> None:
    texts = [place.read_text(encoding="utf-8") for place in PAGES]
    listed = [match[2] for text in texts for match in SECTION.finditer(text)]
    assert sorted(listed) == sorted(name for name, _ in leaves(typer.main.get_command(app)))
