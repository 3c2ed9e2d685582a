"""`guanyao audit`: the chain of what was done in a workspace."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guanyao.cli.options import AsJson, Who, WorkspaceFolder
from guanyao.cli.output import say, say_json, say_table
from guanyao.cli.workspace import needed

if TYPE_CHECKING:
    from guanyao.flows.audit import Checked
    from guanyao.records.audit_line import Line

HELP = "The audit chain of a workspace: what was done, refused or failed, line by line."

BROKEN = 1
"""Exit status of `verify` where the chain is broken."""

NewFolder = Annotated[
    Path,
    typer.Argument(metavar="DIR", help="The folder; made if it is not there."),
]
Hash = Annotated[
    str, typer.Option(metavar="NAME", help="What the chain is hashed with: sha256 or sm3.")
]
Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="A database that keeps the chain, postgresql://user@host/database.",
        show_default="a file in the workspace",
    ),
]
Last = Annotated[
    int, typer.Option("--last", "-n", min=0, metavar="N", help="How many lines, the newest.")
]
AnchorFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A head that `audit anchor` wrote earlier.", show_default=False
    ),
]
Exported = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="FILE.jsonl",
        help="Check what `audit export` wrote, not the workspace.",
        show_default=False,
    ),
]
Roots = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.pem",
        help="Certificates that are trusted to stamp anchors: check the token of --anchor.",
        show_default=False,
    ),
]
LinesOut = Annotated[
    Path,
    typer.Option(
        "--out", "-o", metavar="FILE.jsonl", help="The file for the lines.", show_default=False
    ),
]
AnchorOut = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="The file for the head; keep it where the workspace's users cannot write.",
        show_default=False,
    ),
]
Authority = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="A time-stamp authority (RFC 3161) that is sent the head's hash.",
        show_default=False,
    ),
]


def init(
    folder: NewFolder = Path(),
    hash: Hash = "sha256",
    url: Url = None,
    who: Who = None,
    as_json: AsJson = False,
) -> None:
    """Make a folder a workspace, where commands record what they do.

    Examples:
      guanyao audit init
      guanyao audit init study --hash sm3
    """
    from guanyao.flows.audit import init as flow

    with flow(folder, hash=hash, url=url, who=who) as workspace:
        chain = workspace.audit.chain
    if as_json:
        say_json({"verb": "audit init", "workspace": str(workspace.root), "chain": chain})
    else:
        say(f"workspace: {workspace.root}")
        say(f"audit chain: {chain} ({hash})")


def log(last: Last = 20, workspace: WorkspaceFolder = None, as_json: AsJson = False) -> None:
    """Show the newest lines of the chain.

    Examples:
      guanyao audit log
      guanyao audit log -n 5 --json
    """
    from guanyao.flows.audit import log as flow

    with needed(workspace) as found:
        lines = flow(found, n_lines=last)
    if as_json:
        say_json({"verb": "audit log", "lines": [line.to_json() for line in lines]})
        return
    headings = ["line", "time", "act", "outcome", "object", "facts", "who"]
    if not any(line.who for line in lines):
        headings.pop()
    say_table(headings, (_row(line)[: len(headings)] for line in lines))


def _row(line: "Line") -> list[str]:
    time = line.time.partition(".")[0].replace("T", " ")
    facts = ", ".join(f"{key} {_short(value)}" for key, value in line.facts.items())
    outcome = f"{line.outcome} ({line.code})" if line.code else line.outcome
    kind, colon, name = line.object.partition(":")
    touched = f"{kind}{colon}{_short(name)}"
    return [str(line.seq), time, line.act, outcome, touched, facts, line.who or ""]


def _short(value: object) -> str:
    """A fact on a line: of several the number, of a long one the beginning."""
    if isinstance(value, list | dict):
        return f"({len(value)})"
    text = str(value)
    return text if len(text) <= 24 else f"{text[:16]}…"


def verify(
    anchor: AnchorFile = None,
    exported: Exported = None,
    roots: Roots = None,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """Check every line, and name the first that is not as it was written.

    Exit status 1 if the chain is broken. Only with --anchor is a tail that was cut off, or a chain
    that was written anew, found out.

    Examples:
      guanyao audit verify
      guanyao audit verify --anchor head.json
      guanyao audit verify --file audit.jsonl
    """
    from guanyao.flows import audit

    if exported is not None:
        found = audit.verify_export(exported, anchor=anchor)
    else:
        with needed(workspace) as place:
            found = audit.verify(place, anchor=anchor, roots=roots)
    tell(found, as_json=as_json)
    if not found.verdict.ok:
        raise typer.Exit(BROKEN)


def tell(found: "Checked", *, as_json: bool) -> None:
    """Print what checking found."""
    from datetime import UTC, datetime

    verdict = found.verdict
    if as_json:
        say_json(found.to_json(datetime.now(UTC)))
        return
    if not verdict.ok:
        say(f"broken: {verdict.why}")
        return
    say(f"{verdict.n_lines:,} lines, each as it was written")
    if found.anchored is None:
        say("note: no anchor was given, so a tail that was cut off cannot be told")
    else:
        say(f"anchored up to line {found.anchored:,}")
    if found.stamped is not None:
        say(f"an authority saw that anchor at {found.stamped.isoformat()}")


def export(out: LinesOut, workspace: WorkspaceFolder = None, as_json: AsJson = False) -> None:
    """Write the whole chain to a file that can be checked without Guanyao.

    Examples:
      guanyao audit export -o audit.jsonl
    """
    from guanyao.flows.audit import export as flow

    with needed(workspace) as found:
        n_lines = flow(found, out)
    if as_json:
        say_json({"verb": "audit export", "n_lines": n_lines, "files": {"lines": str(out)}})
    else:
        say(f"{n_lines:,} lines: {out}")


def anchor(
    out: AnchorOut,
    authority: Authority = None,
    workspace: WorkspaceFolder = None,
    as_json: AsJson = False,
) -> None:
    """Write the head of the chain to a file, to be kept outside the workspace.

    Examples:
      guanyao audit anchor -o head.json
      guanyao audit anchor -o head.json --authority https://tsa.example.com/tsr
    """
    from guanyao.flows.audit import anchor_to

    with needed(workspace) as found:
        head = anchor_to(found, out, authority=authority)
    if as_json:
        say_json({"verb": "audit anchor", "files": {"anchor": str(out)}, **head.to_json()})
    else:
        say(f"head of line {head.seq:,}: {out}")


COMMANDS: dict[str, Callable[..., None]] = {
    "init": init,
    "log": log,
    "verify": verify,
    "export": export,
    "anchor": anchor,
}
