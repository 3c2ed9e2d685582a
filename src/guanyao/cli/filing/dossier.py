"""`guanyao filing freeze`, `sign`: the dossier becomes a version, and three persons sign it."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.filing.people import PassphraseFile, passphrase
from guanyao.cli.filing.place import OfAct, Reason, reasoned
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json

KeyFile = Annotated[
    Path,
    typer.Option("--key", metavar="FILE", help="The signatory's own key.", show_default=False),
]
RawSource = Annotated[
    str | None,
    typer.Option(
        "--source", metavar="SOURCE", help="The training table, to be searched for.",
        show_default=False,
    ),
]  # fmt: skip
Authority = Annotated[
    str,
    typer.Option(
        "--timestamp",
        metavar="URL",
        help="A time-stamp authority (RFC 3161) that is sent the manifest's hash.",
        show_default=False,
    ),
]


@grouped()
def freeze(
    options: OfAct, source: RawSource = None, reason: Reason = "", as_json: AsJson = False
) -> None:
    """Make a version of the dossier: its manifest holds the digest of every file.

    With --source no value that names a person in the training table may stand in a file.
    It is refused while a document is missing or not confirmed, a clause has no sound result, or a
    secret is found in a file.

    Examples:
      guanyao filing freeze --by ann
      guanyao filing freeze --source patients.csv --by ann
    """
    raw = None
    if source is not None:
        from guanyao.flows.filing.raw import raw_values

        raw = raw_values(source)
    options.freeze("freeze", reasoned(reason), raw=raw or (), as_json=as_json)


@grouped()
def sign(
    options: OfAct,
    key: KeyFile,
    passphrase_file: PassphraseFile = None,
    timestamp: Authority = "",
    as_json: AsJson = False,
) -> None:
    """Sign the frozen dossier with one's own key; the three kinds of signatories sign in turn.

    A dossier that is about to be handed in again (correction, renewal) is signed before, too.

    Examples:
      guanyao filing sign --key lea.pem --by lea
    """
    from guanyao.flows.filing.freeze import sign as flow

    secret = passphrase(passphrase_file)
    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "sign")
        found = flow(room, filing, who, key, secret, authority=timestamp)
        if found.outcome is not None:
            options.tell(room, filing, found.outcome, as_json=as_json, verb="sign")
            return
    told = found.statement.to_json()
    if as_json:
        say_json({"verb": "filing sign", "done": found.done, **told})
    else:
        say(f"signed as {told['kind']}: version {told['version']}; hand it in when all have signed")


COMMANDS: dict[str, Callable[..., None]] = {"freeze": freeze, "sign": sign}
