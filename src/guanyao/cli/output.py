"""What commands print on stdout: lines for people, or one JSON object for programs."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import typer


def say(text: str) -> None:
    """Print a line for people."""
    typer.echo(text)


def say_json(record: Mapping[str, Any]) -> None:
    """Print the one JSON object of `--json`."""
    typer.echo(json.dumps(record, ensure_ascii=False, allow_nan=False, default=str))


def say_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table as wide as the terminal, or as COLUMNS says, or wide where there is neither."""
    import os
    import sys

    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(item) for item in row))
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else 200
    Console(width=width, highlight=False, markup=False).print(table)


def _cell(item: object) -> str:
    return "" if item is None else str(item)
