"""`guanyao filing export`, `verify`, `registry` ...: what leaves a room, and what proves it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.filing.people import PassphraseFile, passphrase
from guanyao.cli.filing.place import OfAct, OfFiling, OfRoom, room_place
from guanyao.cli.options import AsJson, grouped
from guanyao.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from guanyao.flows.filing.verify import Verified

CHANNEL_HELP = "The channel for tests: address and accounts, encrypted, apart from the dossier."
BROKEN = 1
"""Exit status of `verify` where something is not as it was."""
SIGNATURES = "signatures"

ZipOut = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FILE.zip", help="The zip.", show_default=False),
]
Version = Annotated[
    int | None,
    typer.Option(
        "--version",
        min=1,
        metavar="N",
        help="Which version of the dossier.",
        show_default="the present one",
    ),
]
Kind = Annotated[
    str,
    typer.Option(
        "--kind",
        metavar="KIND",
        help="dossier; public: the redacted notice only; inspection: with the evidence.",
    ),
]
Place = Annotated[
    str | None,
    typer.Argument(
        metavar="[PLACE]",
        help="A zip that was exported, or a room.",
        show_default="the room",
    ),
]
AgainstRoom = Annotated[
    str | None,
    typer.Option(
        "--room",
        metavar="PLACE",
        help="Of a zip: the room that it must fit.",
        show_default="none: the zip by itself",
    ),
]
AnchorFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Of a room: a head of its chain that `filing anchor` wrote.",
        show_default=False,
    ),
]
AnchorOut = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FILE", help="The file for the head.", show_default=False),
]
Authority = Annotated[
    str | None,
    typer.Option(
        "--timestamp",
        metavar="URL",
        help="A time-stamp authority (RFC 3161) that is sent the head's hash.",
        show_default=False,
    ),
]
Roots = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.pem",
        help="Certificates that are trusted to stamp the time.",
        show_default=False,
    ),
]
RegisterOut = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Write the register: .html, .csv or .json.",
        show_default=False,
    ),
]
Figures = Annotated[bool, typer.Option("--figures", help="The figures of the room instead.")]
Address = Annotated[
    str,
    typer.Argument(metavar="URL", help="The service's page, or a saved copy.", show_default=False),
]
Private = Annotated[bool, typer.Option("--private", help="The page may lie in a private network.")]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", min=0.1, help="How long to wait, in seconds.")
]
ChannelSource = Annotated[
    Path,
    typer.Argument(metavar="FILE", help="A text with address, accounts, keys.", show_default=False),
]
ChannelFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The encrypted file.", show_default=False)
]
ChannelOut = Annotated[
    Path,
    typer.Option("--out", "-o", metavar="FILE", help="Where it is written.", show_default=False),
]


@grouped("lang")
def export(
    options: OfFiling,
    out: ZipOut,
    version: Version = None,
    kind: Kind = "dossier",
    as_json: AsJson = False,
) -> None:
    """Write the dossier as a zip: documents, manifest, signatures, lines of the audit chain.

    Nothing is written if a secret or raw personal data is found, or a place is not filled in.

    Examples:
      guanyao filing export -o dossier.zip
      guanyao filing export -o notice.zip --kind public
    """
    from guanyao.flows.filing.export import export as flow

    with options.chosen() as (room, filing):
        found = flow(room, filing, out, version=version, kind=kind)
    if as_json:
        told = {
            "filing": filing,
            "kind": found.kind,
            "version": found.version,
            "digest": found.digest,
            "content": list(found.files),
            "n_signatures": found.n_signatures,
        }
        say_json({"verb": "filing export", "files": {"zip": str(found.path)}, **told})
        return
    what = f"{len(found.files)} files, {found.n_signatures} signatures"
    say(f"{found.kind} of {filing}, version {found.version}: {what}")
    say(f"{found.path}: SHA-256 {found.digest}")


def verify(
    place: Place = None,
    room: AgainstRoom = None,
    anchor: AnchorFile = None,
    roots: Roots = None,
    as_json: AsJson = False,
) -> None:
    """Verify a zip that was exported, or the room: whatever was changed is named. Exit status 1.

    Examples:
      guanyao filing verify
      guanyao filing verify dossier.zip
      guanyao filing verify dossier.zip --room office
    """
    from guanyao.flows.filing.anchor import trusted
    from guanyao.flows.filing.verify import verify as flow

    where = place or room_place(room)
    head, stampers = trusted(anchor, roots)
    found = flow(where, room=room if place else None, anchor=head, roots=stampers)
    if as_json:
        say_json({"verb": "filing verify", **_verified(found)})
    else:
        _tell_verified(where, found)
    if not found.ok:
        raise typer.Exit(BROKEN)


def _verified(found: "Verified") -> dict[str, object]:
    from dataclasses import asdict

    broken = [asdict(failure) for failure in found.failures]
    told = {"what": found.what, "ok": found.ok, "failures": broken}
    return {**told, "facts": dict(found.facts), "notes": list(found.notes)}


@grouped("packs")
def anchor_head(
    options: OfRoom, out: AnchorOut, timestamp: Authority = None, as_json: AsJson = False
) -> None:
    """Write the head of the room's audit chain to a file, to be kept elsewhere.

    A room whose whole chain was written anew does not go on from it: `verify --anchor` sees that.

    Examples:
      guanyao filing anchor -o head.json
    """
    from guanyao.flows.filing.anchor import anchor_room

    with options.opened() as room:
        found = anchor_room(room, out, authority=timestamp)
    if as_json:
        told = {"seq": found.seq, "hash": found.hash, "time": found.time}
        say_json({"verb": "filing anchor", "files": {"anchor": str(out)}, **told})
    else:
        say(f"line {found.seq} of {found.time}: {out}")


def _tell_verified(where: str, found: "Verified") -> None:
    for name, value in found.facts.items():
        if name != SIGNATURES:
            say(f"{name}: {value}")
    for one in found.facts.get(SIGNATURES, ()):
        stamped = f", time-stamped {one['stamped']}" if one["stamped"] else ""
        key = f"{one['algorithm']} key {one['key'][:16]}"
        say(f"signed by {one['person']} as {one['kind']} at {one['at']}, {key}{stamped}")
    for failure in found.failures:
        say(f"BROKEN {failure}")
    for note in found.notes:
        say(f"note: {note}")
    whole = (
        "as it was written" if found.ok else f"{len(found.failures)} things are not as they were"
    )
    say(f"{where}: {whole}")


@grouped("packs")
def registry(
    options: OfRoom, out: RegisterOut = None, figures: Figures = False, as_json: AsJson = False
) -> None:
    """Show the public register: numbers, services, providers, states, and since when.

    Examples:
      guanyao filing registry
      guanyao filing registry -o register.html
      guanyao filing registry --figures
    """
    from dataclasses import asdict

    from guanyao.flows.filing import registry as flow

    with options.opened() as room:
        statistics = flow.statistics(room) if figures else {}
        rows = [] if figures else [asdict(row) for row in flow.registry(room)]
        if out is not None:
            flow.export(room, out)
    files = {"files": {"register": str(out)}} if out else {}
    if as_json:
        told = {"figures": statistics} if figures else {"filings": rows}
        say_json({"verb": "filing registry", **told, **files})
    elif figures:
        for name, value in statistics.items():
            say(f"{name}: {value}")
    else:
        heads = ("number", "service", "provider", "state", "filed on", "valid until", "since")
        names = ("number", "name", "provider", "state", "filed_on", "valid_until", "since")
        say_table(heads, ([row[name] for name in names] for row in rows))
    if out and not as_json:
        say(f"register: {out}")


@grouped("by", "role")
def page(
    options: OfAct,
    url: Address,
    private: Private = False,
    timeout_s: Timeout = 20.0,
    as_json: AsJson = False,
) -> None:
    """Fetch the service's page and see whether it shows the filing's number; it is recorded.

    Examples:
      guanyao filing page https://service.example.com/about
      guanyao filing page saved.html
    """
    from guanyao.flows.filing.page import publish_check

    with options.chosen() as (room, filing):
        found = publish_check(room, filing, url, private=private, timeout_s=timeout_s)
        options.tell(room, filing, found, as_json=as_json, verb="page")


@grouped()
def channel_write(
    options: OfAct,
    source: ChannelSource,
    out: ChannelOut,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Encrypt what the office needs for its tests; the passphrase goes another way.

    Examples:
      guanyao filing channel write access.txt -o access.gyc --by ann
    """
    from guanyao.flows.filing.channel import export_channel

    secret = passphrase(passphrase_file, is_new=True)
    with options.chosen() as (room, filing):
        who = options.actor(room, filing, "submit")
        digest = export_channel(room, filing, source, out, secret, actor=who)
    if as_json:
        files = {"channel": str(out)}
        say_json({"verb": "filing channel write", "files": files, "digest": digest})
    else:
        say(f"{out}: SHA-256 {digest}")


def channel_read(
    file: ChannelFile,
    out: ChannelOut,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Decrypt such a file, as the office does.

    Examples:
      guanyao filing channel read access.gyc -o access.txt
    """
    from guanyao.flows.filing.channel import open_channel
    from guanyao.flows.filing.files import write_private

    write_private(out, open_channel(file, passphrase(passphrase_file)))
    if as_json:
        say_json({"verb": "filing channel read", "files": {"text": str(out)}})
    else:
        say(f"{out}: delete it when the test is done")


COMMANDS: dict[str, Callable[..., None]] = {
    "export": export,
    "verify": verify,
    "anchor": anchor_head,
    "registry": registry,
    "page": page,
}
CHANNEL: dict[str, Callable[..., None]] = {"write": channel_write, "read": channel_read}
