"""docs/commands.md says what `--help` says, of every command."""

import typer

from guanyao.cli.main import app
from tests.docs.commands_page import PAGE, SECTION, leaves, page


def test_the_page_says_what_the_commands_say() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page(text) == text, "run `make docs`"


def test_every_command_has_its_place() -> None:
    listed = [match[2] for match in SECTION.finditer(PAGE.read_text(encoding="utf-8"))]
    assert sorted(listed) == sorted(name for name, _ in leaves(typer.main.get_command(app)))
