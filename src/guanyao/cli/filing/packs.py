"""`guanyao filing packs`: the rules as data."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson
from guanyao.cli.output import say, say_json, say_table

if TYPE_CHECKING:
    from guanyao.filing.pack import Pack

HELP = "Rule packs: the clauses of laws and standards, as data with their sources."

PackFolder = Annotated[
    Path | None,
    typer.Option(
        "--packs", metavar="DIR", help="A folder of further rule packs.", show_default=False
    ),
]
NewPackFolder = Annotated[
    Path,
    typer.Option("--packs", metavar="DIR", help="The folder for it; made if it is not there."),
]
PackFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A rule pack, YAML or JSON.", show_default=False)
]
OldPack = Annotated[
    str, typer.Argument(metavar="A", help="A pack's name, or a file.", show_default=False)
]
NewPack = Annotated[
    str, typer.Argument(metavar="B", help="A pack's name, or a file.", show_default=False)
]


def list_packs(packs: PackFolder = None, as_json: AsJson = False) -> None:
    """List the rule packs, and how many of their sources nobody has compared with the text yet.

    Examples:
      guanyao filing packs list
    """
    from datetime import UTC, datetime

    from guanyao.flows.filing import packs as flow

    now = datetime.now(UTC)
    found = flow.packs(packs)
    if as_json:
        lines = [{**_pack_line(p), "in_force": flow.is_in_force(p, now)} for p in found]
        say_json({"verb": "filing packs list", "packs": lines})
        return
    rows = [_pack_row(p, flow.is_in_force(p, now)) for p in found]
    say_table(("pack", "version", "clauses", "in force", "sources unchecked", "title"), rows)


def _pack_row(pack: "Pack", is_in_force: bool) -> list[object]:
    unchecked = f"{pack.unchecked()} of {len(list(pack.sources()))}"
    in_force = "yes" if is_in_force else "no"
    return [pack.id, pack.version, len(pack.clauses), in_force, unchecked, pack.title["en"]]


def _pack_line(pack: "Pack") -> dict[str, object]:
    return {
        "id": pack.id,
        "version": pack.version,
        "title": dict(pack.title),
        "digest": pack.digest,
        "n_clauses": len(pack.clauses),
        "n_sources": len(list(pack.sources())),
        "n_unchecked": pack.unchecked(),
        "effective_from": pack.effective_from.isoformat(),
        "effective_to": pack.effective_to.isoformat() if pack.effective_to else None,
    }


def check_pack(file: PackFile, as_json: AsJson = False) -> None:
    """Say whether a rule pack is whole; a fault names the clause and the field.

    Examples:
      guanyao filing packs check my-pack.yaml
    """
    from guanyao.flows.filing.packs import check

    found = check(file)
    if as_json:
        say_json({"verb": "filing packs check", "ok": True, **_pack_line(found)})
        return
    say(f"{found.id} {found.version}: {len(found.clauses)} clauses, digest {found.digest[:12]}")
    say(f"sources that nobody has checked: {found.unchecked()} of {len(list(found.sources()))}")


def add_pack(file: PackFile, packs: NewPackFolder = Path("packs"), as_json: AsJson = False) -> None:
    """Put a rule pack into a folder that --packs names.

    Examples:
      guanyao filing packs add my-pack.yaml --packs packs
    """
    from guanyao.flows.filing.packs import add

    place = add(file, packs)
    if as_json:
        say_json({"verb": "filing packs add", "files": {"pack": str(place)}})
    else:
        say(f"pack: {place}")


def diff_packs(
    old: OldPack, new: NewPack, packs: PackFolder = None, as_json: AsJson = False
) -> None:
    """Show what differs between two rule packs, clause by clause.

    Examples:
      guanyao filing packs diff cn-tc260-003-2024 cn-gbt45654-2025
    """
    from dataclasses import asdict

    from guanyao.flows.filing.packs import compare

    before, after, changes = compare(old, new, packs)
    if as_json:
        both = {"old": _pack_line(before), "new": _pack_line(after)}
        lines = [asdict(change) for change in changes]
        say_json({"verb": "filing packs diff", **both, "changes": lines})
        return
    rows = ((c.clause or "(pack)", c.what, c.field, c.before, c.after) for c in changes)
    if changes:
        say_table(("clause", "what", "field", "before", "after"), rows)
    say(f"{len(changes)} differences")


COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_packs,
    "check": check_pack,
    "add": add_pack,
    "diff": diff_packs,
}
