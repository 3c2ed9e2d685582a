"""`guanyao filing people` and `key`: who has a place in the room, and what they sign with."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guanyao.cli.filing.place import PERSON, OfRoom
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table
from guanyao.errors import ConfigError

HELP = "The people of the room, and their roles."
KEY_HELP = "Keys that sign dossiers: make one, and have it stand for a person."
PASSPHRASE = "GUANYAO_PASSPHRASE"  # noqa: S105 - the variable's name

Id = Annotated[
    str,
    typer.Argument(metavar="ID", help="The person, as a short id that never changes."),
]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        metavar="ROLE",
        help="What they may do; `guanyao filing diagram --as permissions` lists the roles. May be "
        "repeated.",
        show_default=False,
    ),
]
Of = Annotated[
    str,
    typer.Option("--of", metavar="ORG", help="Their organisation, as an id.", show_default=False),
]
SignatureKind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="Of a signatory: legal_representative, assessment_head or legality_head.",
        show_default=False,
    ),
]
Interests = Annotated[
    list[str] | None,
    typer.Option(
        "--interest",
        metavar="ORG",
        help="An organisation in which they declared an interest. May be repeated.",
        show_default=False,
    ),
]
ReplacePerson = Annotated[
    bool, typer.Option("--replace", help="Change the record of somebody who is there.")
]
AddedBy = Annotated[
    str | None,
    typer.Option(
        "--by", metavar="PERSON", help="Who adds them, for the record.", show_default=PERSON
    ),
]
RegisteredBy = Annotated[
    str | None,
    typer.Option("--by", metavar="PERSON", help="Who registers it.", show_default=PERSON),
]
KeyFile = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A new file for the private key.", show_default=False),
]
PublicFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.pub", help="The public key that `key new` wrote.", show_default=False
    ),
]
KeyPerson = Annotated[
    str, typer.Option("--person", metavar="PERSON", help="Whose key it is.", show_default=False)
]
Algorithm = Annotated[
    str,
    typer.Option(metavar="NAME", help="ed25519, or sm2 with SM3 (pip install 'guanyao[sm2]')."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="A file that holds the key's passphrase.",
        show_default="GUANYAO_PASSPHRASE, else it is asked for",
    ),
]
ReplaceKey = Annotated[
    bool,
    typer.Option("--replace", help="In the place of another key; its signatures stay good."),
]


def passphrase(file: Path | None, *, is_new: bool = False) -> str:
    """What unlocks a key: from a file, from the environment, or asked for on the terminal.

    Raises:
        ConfigError: The file cannot be read, or there is no terminal to ask on.
    """
    if file is None and os.environ.get(PASSPHRASE):
        return os.environ[PASSPHRASE]
    more = f", or {PASSPHRASE} in the environment"
    return secret_of(file, "passphrase", option="--passphrase-file", more=more, twice=is_new)


def secret_of(
    file: Path | None, what: str, *, option: str, more: str = "", twice: bool = False
) -> str:
    """A secret, which is never an argument: from a file, or asked for on the terminal.

    Raises:
        ConfigError: The file cannot be read, or there is no terminal to ask on.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{file.name} cannot be read as text",
                allowed=f"a file whose only line is the {what}",
                code="filing.passphrase",
            ) from error
    if not sys.stdin.isatty():
        raise ConfigError(
            f"there is no terminal to ask for the {what} on",
            allowed=f"{option} FILE{more}",
            code="filing.passphrase",
        )
    text: str = typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return text


@grouped()
def add(  # noqa: PLR0913 - all that is known of a person
    options: OfRoom,
    id: Id,
    role: Roles,
    of: Of,
    kind: SignatureKind = "",
    interest: Interests = None,
    replace: ReplacePerson = False,
    by: AddedBy = None,
    as_json: AsJson = False,
) -> None:
    """Give somebody a place in the room, with roles. The public needs none.

    Examples:
      guanyao filing people add cai --role clerk --of office
      guanyao filing people add lea --role provider_signatory --kind legality_head --of hospital
    """
    from guanyao.flows.filing.people import add_person

    with options.opened() as room:
        found = add_person(
            room,
            id,
            roles=role,
            organisation=of,
            kind=kind,
            interests=interest or (),
            replace=replace,
            by=by or os.environ.get(PERSON, ""),
        )
    if as_json:
        say_json({"verb": "filing people add", **found})
    else:
        say(f"{id} of {of}: {', '.join(found['roles'])}" + (f" ({kind})" if kind else ""))


@grouped()
def list_people(options: OfRoom, as_json: AsJson = False) -> None:
    """List the people of the room.

    Examples:
      guanyao filing people list
    """
    from guanyao.flows.filing.people import people

    with options.opened() as room:
        found = people(room)
    if as_json:
        say_json({"verb": "filing people list", "people": found})
        return
    say_table(
        ("person", "organisation", "roles", "signs as", "interests", "key"),
        (
            (
                *(p["person"], p["organisation"], ", ".join(p["roles"]), p["kind"]),
                *(
                    ", ".join(p["interests"]),
                    (p.get("public_key") or {}).get("fingerprint", "")[:16],
                ),
            )
            for p in found
        ),
    )


def new_key(
    file: KeyFile,
    algorithm: Algorithm = "ed25519",
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a key that signs: FILE, encrypted, and FILE.pub, which the room gets.

    Each signatory makes their own, and keeps it. Whoever has both the file and its passphrase
    signs in that person's name.

    Examples:
      guanyao filing key new lea.pem
      guanyao filing key new lea.pem --algorithm sm2 --passphrase-file secret.txt
    """
    from guanyao.flows.filing.keys import make_key, public_path

    made = make_key(file, passphrase(passphrase_file, is_new=True), algorithm=algorithm)
    public = public_path(file)
    if as_json:
        files = {"key": str(file), "public": str(public)}
        say_json({"verb": "filing key new", "files": files, **made})
        return
    say(f"key ({algorithm}, encrypted): {file}")
    say(f"public key: {public}")
    say(f"fingerprint: {made['fingerprint']}")
    say(f"next: guanyao filing key register {public} --person PERSON")


@grouped()
def register(
    options: OfRoom,
    file: PublicFile,
    person: KeyPerson,
    by: RegisteredBy = None,
    replace: ReplaceKey = False,
    as_json: AsJson = False,
) -> None:
    """Have a public key stand for a person of the room. Compare its fingerprint with theirs first.

    Examples:
      guanyao filing key register lea.pem.pub --person lea --by ann
    """
    from guanyao.flows.filing.keys import register_key

    who = by or os.environ.get(PERSON) or person
    with options.opened() as room:
        found = register_key(room, person, file, by=who, replace=replace)
    key = found["public_key"]
    if as_json:
        say_json({"verb": "filing key register", "person": person, "public_key": key})
    else:
        say(f"{person} signs with {key['algorithm']} key {key['fingerprint']}")


COMMANDS: dict[str, Callable[..., None]] = {"add": add, "list": list_people}
KEY: dict[str, Callable[..., None]] = {"new": new_key, "register": register}
