"""`guanyao filing document`: one document of a filing, and where each is that an act promised."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.filing.place import OfFiling
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json
from guanyao.errors import ConfigError

Name = Annotated[
    str,
    typer.Argument(
        metavar="[NAME]", help="The document.", show_default="all that acts promised are listed"
    ),
]
PaperOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="The file: .docx, .pdf, or .xlsx for a workbook.",
        show_default=False,
    ),
]
ActNumber = Annotated[
    int | None,
    typer.Option(
        "--act",
        min=1,
        metavar="N",
        help="Of a letter: the number of the act, as `guanyao filing show` counts.",
        show_default="the newest that promised it",
    ),
]


@grouped("lang")
def document(
    options: OfFiling,
    name: Name = "",
    out: PaperOut = None,
    act: ActNumber = None,
    as_json: AsJson = False,
) -> None:
    """Write a letter on an act or another paper of the filing; without NAME list what is promised.

    Examples:
      guanyao filing document
      guanyao filing document acceptance_notice -o accepted.docx
      guanyao filing document scope_memo -o memo.pdf
    """
    from guanyao.flows.filing.papers import paper, promised

    if not name:
        with options.chosen() as (room, filing):
            found = promised(room, filing)
        if as_json:
            say_json({"verb": "filing document", "filing": filing, "promised": found})
            return
        for row in found:
            say(f"{row['act']}. {row['event']}: {row['document']}: {row['command']}")
        return
    if out is None:
        raise ConfigError(
            "it is not said where the document shall lie",
            do="name the file with -o, e.g. -o letter.docx",
            code="filing.paper_format",
        )
    with options.chosen() as (room, filing):
        written = paper(room, filing, name, out, act=act)
    if as_json:
        told = {"title": written.title, "act": written.act, "unfilled": list(written.unfilled)}
        say_json({"verb": "filing document", "filing": filing, "file": str(written.path), **told})
        return
    of = f" (act {written.act})" if written.act else ""
    say(f"{written.path}: {written.title}{of}")
    for place in written.unfilled:
        say(f"  to be filled in: {place}")


COMMANDS: dict[str, Callable[..., None]] = {"document": document}
