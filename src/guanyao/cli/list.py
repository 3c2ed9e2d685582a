"""`guanyao list`: what is installed."""

from dataclasses import asdict
from typing import Annotated

import typer

from guanyao.cli.options import AsJson, complete_families
from guanyao.cli.output import say_json, say_table

Family = Annotated[
    str,
    typer.Argument(
        metavar="FAMILY",
        help="models, metrics, attacks, recognisers, steps, profiles or packs.",
        show_default=False,
        autocompletion=complete_families,
    ),
]


def list_parts(family: Family, as_json: AsJson = False) -> None:
    """List the generators, measures, attacks, recognisers, steps, profiles or packs there are.

    Examples:
      guanyao list models
    """
    from guanyao.flows.listing import parts

    found = parts(family)
    if as_json:
        say_json({"verb": "list", "family": family, "parts": [asdict(part) for part in found]})
    else:
        say_table(
            ("name", "for", "what it is", "needs"),
            ((part.name, part.of, part.summary, _needs(part.extra)) for part in found),
        )


def _needs(extra: str) -> str:
    """How what a part needs is installed; "" where the core is enough."""
    return f"guanyao[{extra}]" if extra else ""
