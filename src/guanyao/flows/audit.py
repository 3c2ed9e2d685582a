"""Audit: begin a workspace, look at its chain, check it, take it out and anchor it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.data.pending import Pending, disk_error
from guanyao.errors import DataError, InternalError
from guanyao.flows.ledger import AnyWorkspace, opened
from guanyao.records import evidence
from guanyao.records.anchor import Anchor, Transport, read_certificates, stamped_at, timestamp
from guanyao.records.audit import Row, Verdict, check
from guanyao.records.audit_line import Line
from guanyao.records.workspace import Workspace

FORMAT = "guanyao.audit-export/1"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What checking a chain found.

    Args:
        verdict: Whether it is whole, and which line is the first that is not.
        chain: The chain's id; "" if it could not be read.
        anchored: Up to which line an anchor vouches for it; None without one.
        stamped: When an authority saw that anchor; None if none was asked.
    """

    verdict: Verdict
    chain: str = ""
    anchored: int | None = None
    stamped: datetime | None = None

    def to_json(self, now: datetime) -> dict[str, Any]:
        """What was found at this time, as evidence for a filing."""
        stamped = self.stamped and self.stamped.isoformat()
        more = {"anchored": self.anchored, "stamped": stamped, "checked": now.isoformat()}
        return {"verb": "audit verify", **asdict(self.verdict), "chain": self.chain, **more}


def init(
    folder: str | Path, *, hash: str = "sha256", url: str | None = None, who: str | None = None
) -> Workspace:
    """Make a folder a workspace.

    Args:
        folder: The folder; made if it is not there.
        hash: What the audit chain is hashed with: sha256 or sm3.
        url: A database of PostgreSQL that keeps the chain; None: a file in the workspace.
        who: Who does it, for the record.

    Raises:
        ConfigError: It is one already.
        DataError: The folder or the database cannot be written.
    """
    return Workspace.create(folder, hash=hash, audit=url, who=who)


def log(workspace: AnyWorkspace, *, n_lines: int | None = None) -> list[Line]:
    """The lines of the chain, oldest first, or the last few.

    Raises:
        ConfigError: There is no workspace there.
        DataError: The chain cannot be read.
    """
    with opened(workspace) as found:
        assert found is not None
        if n_lines == 0:
            return []
        return list(found.audit.lines(1 if n_lines is None else -n_lines))


def verify(
    workspace: AnyWorkspace,
    *,
    anchor: str | Path | None = None,
    roots: str | Path | None = None,
) -> Checked:
    """Whether the chain of a workspace is as it was written.

    Args:
        workspace: It.
        anchor: A file that `anchor_to` wrote, which the chain must go on from.
        roots: A PEM file with the certificates that are trusted to stamp anchors.

    Raises:
        DataError: The chain or the anchor cannot be read, or its time-stamp is not valid.
    """
    head = None if anchor is None else Anchor.load(anchor)
    stamped = None
    if head is not None and roots is not None:
        stamped = stamped_at(head, read_certificates(roots))
    try:
        with opened(workspace) as found:
            assert found is not None
            verdict, chain = found.audit.verify(head), found.audit.chain
    except DataError as error:
        verdict, chain = _unreadable(error), ""
    return Checked(
        verdict=verdict,
        chain=chain,
        anchored=None if head is None else head.seq,
        stamped=stamped,
    )


BROKEN = ("audit.damaged", "audit.unreadable", "audit.other")


def _unreadable(error: DataError) -> Verdict:
    """The verdict on a chain that is not there or cannot be read: it was there once."""
    if error.code not in BROKEN:
        raise error
    return Verdict(ok=False, n_lines=0, why=str(error), fault="damaged")


def export(workspace: AnyWorkspace, out: str | Path) -> int:
    """Write the whole chain to a file of JSON lines, to be checked without Guanyao; how many lines.

    The first line says how the chain begins; every other is a line of it with its hash.

    Raises:
        DataError: The chain cannot be read, or the file cannot be written.
    """
    out = Path(out)
    pending = Pending(out)
    try:
        with opened(workspace) as found, pending.path.open("wb") as file:
            assert found is not None
            begun = {"schema": FORMAT, "genesis": found.audit.genesis}
            file.write(evidence.canonical(begun) + b"\n")
            n_lines = 0
            for row in found.audit.rows():
                record = {"hash": row.hash, "line": _line(row)}
                file.write(evidence.canonical(record) + b"\n")
                n_lines += 1
        pending.commit()
    except OSError as error:
        raise disk_error(out, error) from error
    finally:
        pending.remove()
    return n_lines


def verify_export(path: str | Path, *, anchor: str | Path | None = None) -> Checked:
    """Whether an exported chain is as it was written.

    Args:
        path: A file that `export` wrote.
        anchor: A file that `anchor_to` wrote.

    Raises:
        DataError: The file is no export, or the anchor cannot be read.
    """
    head = None if anchor is None else Anchor.load(anchor)
    try:
        first, *others = Path(path).read_bytes().splitlines()
        begun = _spelled(first)
        genesis, is_ours = begun["genesis"], begun["schema"] == FORMAT
        rows = list(_rows(others))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, InternalError) as error:
        raise _no_export(path) from error
    if not is_ours or not isinstance(genesis, str):
        raise _no_export(path)
    return Checked(verdict=check(genesis, rows, head), anchored=None if head is None else head.seq)


def _rows(texts: Iterable[bytes]) -> Iterable[Row]:
    for text in texts:
        record = _spelled(text)
        line: dict[str, Any] = record["line"]
        content = evidence.canonical(line).decode("utf-8")
        yield Row(line["seq"], line["prev"], content, record["hash"])


def _spelled(text: bytes) -> Any:  # noqa: ANN401
    """What a line of an export says, which may be spelled in one way only.

    Otherwise a name that stands twice would be read in two ways, and only one of them checked.
    """
    record = json.loads(text)
    if evidence.canonical(record) != text:
        raise ValueError("not canonical")
    return record


def anchor_to(
    workspace: AnyWorkspace,
    out: str | Path,
    *,
    authority: str | None = None,
    transport: Transport | None = None,
) -> Anchor:
    """Write the head of the chain to a file, to be kept outside.

    Args:
        workspace: It.
        out: The file.
        authority: The address of a time-stamp authority (RFC 3161); None: no token is asked for.
        transport: Sends the request; None: over HTTP.

    Raises:
        DataError: The chain is not whole or does not go on from the anchor in the file, the file
            is something else or cannot be written, or no token was given.
    """
    with opened(workspace) as found:
        assert found is not None
        # An anchor gives way only to one of the chain that goes on from it: it may be evidence.
        old = Anchor.load(out) if Path(out).exists() else None
        verdict = found.audit.verify(old)
        if not verdict.ok:
            raise _broken(verdict.why)
        anchor = Anchor.of(found.audit)
    if authority is not None:
        anchor = timestamp(anchor, authority, transport)
    anchor.save(out)
    return anchor


def _line(row: Row) -> Any:  # noqa: ANN401
    try:
        return json.loads(row.content)
    except (ValueError, TypeError) as error:
        raise _broken(f"line {row.seq} was changed") from error


def _broken(why: str) -> DataError:
    return DataError(
        f"the audit chain is broken: {why}",
        do="put back the last good copy; a broken chain is neither anchored nor exported",
        code="audit.broken",
    )


def _no_export(path: str | Path) -> DataError:
    return DataError(
        f"{Path(path).name} is no exported audit chain",
        allowed="a file that `guanyao audit export` wrote",
        code="audit.export",
    )
