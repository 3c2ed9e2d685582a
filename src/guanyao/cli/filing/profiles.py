"""`guanyao filing profiles` and `diagram`: the workflows that a filing can follow."""

from collections.abc import Callable
from typing import Annotated

import typer

from guanyao.cli.options import AsJson
from guanyao.cli.output import say, say_json, say_table

ProfileName = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="A profile that `guanyao filing profiles` lists, or a .yaml file of your own.",
    ),
]
DrawingForm = Annotated[
    str, typer.Option("--as", metavar="FORM", help="mermaid, table or permissions.")
]


def diagram(
    profile: ProfileName = "notice7", form: DrawingForm = "mermaid", as_json: AsJson = False
) -> None:
    """Draw a profile: its states (Mermaid), its table of acts, or who may do what.

    Examples:
      guanyao filing diagram
      guanyao filing diagram --profile cn-genai-filing --as permissions
    """
    from guanyao.flows.filing.profiles import diagram as flow

    text = flow(profile, form)
    if as_json:
        say_json({"verb": "filing diagram", "profile": profile, "as": form, "text": text})
    else:
        say(text.rstrip("\n"))


def profiles(as_json: AsJson = False) -> None:
    """List the workflows that a filing can follow, with version and digest.

    Examples:
      guanyao filing profiles
    """
    from dataclasses import asdict

    from guanyao.flows.filing.profiles import profiles as flow

    found = flow()
    if as_json:
        say_json({"verb": "filing profiles", "profiles": [asdict(row) for row in found]})
        return
    say_table(
        ("name", "version", "digest", "what it is", "derived from"),
        ((row.name, row.version, row.digest[:12], row.title, row.extends) for row in found),
    )


COMMANDS: dict[str, Callable[..., None]] = {"profiles": profiles, "diagram": diagram}
