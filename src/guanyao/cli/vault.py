"""`guanyao vault`: files under lock."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from guanyao.cli.options import AsJson, Quiet, grouped
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.progress import shown
from guanyao.cli.stored import OfVault, key_in, master_key, new_passphrase
from guanyao.cli.workspace import recording
from guanyao.errors import ConfigError

if TYPE_CHECKING:
    from guanyao.protect.vault.index import Item

DESTROYED = "destroyed: "

HELP = "Files under lock: encrypted with AES-256-GCM or SM4-GCM, with backups that are proven."

Suite: TypeAlias = Annotated[
    str,
    typer.Option(metavar="NAME", help="What is encrypted with: aes-256-gcm, or sm4-gcm with SM3."),
]
NewKeyFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="Lock it with the key in this file, which is made if it is not there, instead of a "
        "passphrase.",
        show_default=False,
    ),
]
SourcePath: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE", help="A file, or a folder with all its files.", show_default=False
    ),
]
PutName: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="What the item is called; of a folder, what its items' names begin with.",
        show_default="the file's own",
    ),
]
ItemName: TypeAlias = Annotated[
    str, typer.Argument(metavar="NAME", help="The item.", show_default=False)
]
ItemNames: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="NAME...", help="The items.", show_default=False)
]
Below: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="An item, or what items' names begin with.", show_default="all"
    ),
]
Subject: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ID",
        help="Whose data it is: `vault forget` destroys all items of a subject at once.",
        show_default=False,
    ),
]
SubjectId: TypeAlias = Annotated[
    str, typer.Argument(metavar="ID", help="Whose items are destroyed.", show_default=False)
]
Kind: TypeAlias = Annotated[
    str, typer.Option(metavar="KIND", help="What it is: file, model, virtual, report, ….")
]
Replace: TypeAlias = Annotated[
    bool, typer.Option("--replace", help="Replace items that have the name already.")
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Replace files that are there already.")
]
PlainFile: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE", help="The file for the plain bytes.", show_default=False
    ),
]
PlainFolder: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="DIR", help="The folder for the plain files.", show_default=False
    ),
]
ArchiveOut: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE", help="The archive, a new file.", show_default=False
    ),
]
Archive: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="ARCHIVE", help="What `guanyao vault backup` wrote.", show_default=False
    ),
]


@grouped("key_file")
def init(
    options: OfVault,
    suite: Suite = "aes-256-gcm",
    key_file: NewKeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a vault, locked with a passphrase or a key. Whoever loses that loses what lies in it.

    Examples:
      guanyao vault init --vault safe
      guanyao vault init --vault safe --key-file safe.key
    """
    from guanyao.flows.vault import create

    with options.place() as (folder, workspace):
        key = master_key(key_file, is_new=True)
        made = create(folder, key, suite, workspace=workspace, who=options.who)
    if as_json:
        say_json({"verb": "vault init", "vault": str(folder), "id": made.id, "suite": suite})
    else:
        say(f"vault ({suite}): {folder}")
        if key_file is not None:
            say(f"key: {key_file}; keep it apart from the vault, and keep a copy of it")


@grouped()
def put(
    options: OfVault,
    source: SourcePath,
    name: PutName = None,
    subject: Subject = None,
    kind: Kind = "file",
    replace: Replace = False,
    as_json: AsJson = False,
) -> None:
    """Encrypt a file, or all files of a folder, into the vault. The source stays where it is.

    Examples:
      guanyao vault put patients.csv
      guanyao vault put scans study/scans --replace
      guanyao vault put letter.pdf --subject P100000
    """
    from guanyao.flows.vault import put as flow

    with options.opened() as opened:
        made = flow(opened, source, name, subject=subject, kind=kind, replaces=replace)
    _tell(made, "vault put", as_json=as_json)
    if not as_json:
        say(f"{source} still lies where it is, unencrypted")


@grouped()
def get(
    options: OfVault,
    name: ItemName,
    out: PlainFile,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Decrypt one item to a file. Commands read items without that: name them `vault:NAME`.

    Examples:
      guanyao vault get patients.csv -o plain.csv
    """
    with options.opened() as opened:
        item = opened.get(name, out, force=force)
    if as_json:
        say_json({"verb": "vault get", "items": [_record(item)], "out": str(out)})
    else:
        say(f"{item.size:,} bytes: {out}")


@grouped()
def list_items(
    options: OfVault,
    as_json: AsJson = False,
) -> None:
    """Show what lies in the vault.

    Examples:
      guanyao vault list
    """
    with options.opened() as opened:
        items = opened.items()
    if as_json:
        say_json({"verb": "vault list", "items": [_record(item) for item in items]})
        return
    if not items:
        say("nothing lies in the vault yet; put something in with: guanyao vault put FILE")
        return
    say_table(
        ("name", "kind", "bytes", "version", "put", "subject"),
        (
            (i.name, i.kind, f"{i.size:,}", i.version, _time(i), (i.subject_digest or "")[:12])
            for i in items
        ),
    )


@grouped()
def rotate(
    options: OfVault,
    change_passphrase: Annotated[
        bool,
        typer.Option(
            "--new-passphrase",
            help="Lock it with another passphrase, which GUANYAO_VAULT_NEW_PASSPHRASE holds or "
            "which is asked for.",
        ),
    ] = False,
    new_key_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Lock it with the key in this file, which is made if it is not there.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change the vault's root key, and its passphrase or key if asked; files stay untouched.

    If it is killed, the vault is locked as before or as asked for, never in between.

    Examples:
      guanyao vault rotate
      guanyao vault rotate --new-passphrase
      guanyao vault rotate --new-key-file new.key
    """
    if change_passphrase and new_key_file is not None:
        raise ConfigError(
            "--new-passphrase and --new-key-file were both given",
            allowed="one of them",
            code="vault.master",
        )
    with options.opened() as opened:
        new = new_passphrase() if change_passphrase else None
        if new_key_file is not None:
            new = key_in(new_key_file)
        n_keys = opened.rotate(new)
    if as_json:
        say_json({"verb": "vault rotate", "n_keys": n_keys})
    else:
        say(f"data keys wrapped anew: {n_keys:,}")
        if new is not None:
            say("the vault opens with the new one from now on; backups made before with the old")


@grouped()
def rm(
    options: OfVault,
    names: ItemNames,
    as_json: AsJson = False,
) -> None:
    """Destroy items: their keys and their files. Backups made before still hold them.

    Examples:
      guanyao vault rm patients.csv
    """
    with options.opened() as opened:
        gone = [opened.remove(name) for name in names]
    _tell(gone, "vault rm", as_json=as_json, done=DESTROYED)


@grouped()
def forget(
    options: OfVault,
    subject: SubjectId,
    as_json: AsJson = False,
) -> None:
    """Destroy a subject's key, and with it every item that was put with `--subject`.

    Examples:
      guanyao vault forget P100000
    """
    with options.opened() as opened:
        gone = opened.forget(subject)
    _tell(gone, "vault forget", as_json=as_json, done=DESTROYED)


@grouped()
def export(
    options: OfVault,
    out: PlainFolder,
    name: Below = "",
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Decrypt several items into a folder, as files of their names.

    Examples:
      guanyao vault export study -o plain
      guanyao vault export -o plain
    """
    with options.opened() as opened:
        items = opened.export(out, name, force=force)
    _tell(items, "vault export", as_json=as_json)


@grouped()
def backup(
    options: OfVault,
    out: ArchiveOut,
    as_json: AsJson = False,
) -> None:
    """Write everything, still encrypted, to one archive; it opens with the key of today.

    Examples:
      guanyao vault backup -o safe.backup
    """
    with options.opened() as opened:
        made = opened.backup(out)
    if as_json:
        say_json({"verb": "vault backup", "out": str(out), **made.to_json()})
    else:
        say(f"{made.n_items:,} items, {made.n_bytes:,} bytes: {out}")
        say(f"prove that it opens: guanyao vault drill {out}")


@grouped()
def restore(
    options: OfVault,
    archive: Archive,
    as_json: AsJson = False,
) -> None:
    """Make a vault from a backup, in a new folder, once every file in it was found unchanged.

    Examples:
      guanyao vault restore safe.backup --vault restored
    """
    from guanyao.flows.vault import restore as flow

    with options.place() as (folder, workspace):
        key = master_key(options.key_file)
        items = flow(archive, folder, key, workspace=workspace, who=options.who).items()
    if as_json:
        say_json({"verb": "vault restore", "vault": str(folder), "n_items": len(items)})
    else:
        say(f"{len(items):,} items: {folder}")


@grouped("vault")
def drill(
    options: OfVault,
    archive: Archive,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Prove that a backup opens: decrypt every item in memory and compare all digests.

    Examples:
      guanyao vault drill safe.backup
    """
    from datetime import UTC, datetime

    from guanyao.flows.vault import drill as flow
    from guanyao.flows.vault import drilled

    with shown(quiet=quiet) as progress, recording(options.workspace) as workspace:
        progress.stage("drill")
        key = master_key(options.key_file)
        done = flow(archive, key, workspace=workspace, who=options.who)
    if as_json:
        say_json(drilled(done, datetime.now(UTC)))
    else:
        say(f"{done.n_items:,} items open, {done.n_bytes:,} bytes, in {done.seconds:.1f} s")


def _tell(items: "list[Item]", verb: str, *, as_json: bool, done: str = "") -> None:
    if as_json:
        say_json({"verb": verb, "items": [_record(item) for item in items]})
        return
    for item in items:
        say(f"{done}{item.size:,} bytes: vault:{item.name}")
    if done:
        say("backups made before still hold them, and plain copies stay where they are")


def _time(item: "Item") -> str:
    """When an item was put, to the second."""
    return item.created.partition("+")[0].replace("T", " ")


def _record(item: "Item") -> dict[str, object]:
    told = ("name", "id", "kind", "size", "version", "created", "digest", "subject_digest")
    return {name: getattr(item, name) for name in told}


COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "put": put,
    "get": get,
    "list": list_items,
    "rotate": rotate,
    "rm": rm,
    "forget": forget,
    "export": export,
    "backup": backup,
    "restore": restore,
    "drill": drill,
}
