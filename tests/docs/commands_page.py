"""Writes the option tables of the pages of commands from the commands themselves: `make docs`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from guanyao.cli.main import app

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "commands.md", DOCS / "filing-commands.md"]
SECTION = re.compile(r"(<!-- help: ([\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)

SHOWS_SHARED = {"filing": "filing accept"}
"""First word of a group -> the command whose table shows the options that many share."""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it."""
    children = getattr(command, "commands", None)
    if children is None:
        yield " ".join(path), command
        return
    for name, child in children.items():
        if not child.hidden:
            yield from leaves(child, (*path, name))


def help_table(command: Any, shared: frozenset[str] = frozenset()) -> str:
    """What the command says of itself, as Markdown: one sentence, then a row per option.

    Args:
        command: It.
        shared: Rows that stand at another command.
    """
    every = row_list(command)
    rows = [row for row in every if row not in shared]
    text = (command.help or "").replace("\b", "").partition("\n\n")[0]
    head = ["", "| argument or option | what it does |", "|---|---|"] if rows else []
    return "\n".join([one_line(text), *head, *rows])


def row_list(command: Any) -> list[str]:
    """A row for each argument and option."""
    return [f"| {spelled(p)} | {one_line(p.help)} |" for p in command.params if not p.hidden]


def spelled(parameter: Any) -> str:
    """How the parameter is typed, e.g. `--seed`."""
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name).upper().strip('[]')}`"
    return ", ".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])


def one_line(text: str | None) -> str:
    """The text without line breaks and table marks."""
    return " ".join((text or "").split()).replace("|", "\\|")


def page(text: str) -> str:
    """The page's text with every help section written anew."""
    found = dict(leaves(typer.main.get_command(app)))
    shared = {word: frozenset(row_list(found[name])) for word, name in SHOWS_SHARED.items()}
    tables = {
        name: help_table(
            command,
            frozenset()
            if name in SHOWS_SHARED.values()
            else shared.get(name.split()[0], frozenset()),
        )
        for name, command in found.items()
    }
    return SECTION.sub(lambda m: f"{m[1]}{tables[m[2]]}\n{m[3]}", text)


def main() -> None:
    """Write the pages."""
    for place in PAGES:
        place.write_text(page(place.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
