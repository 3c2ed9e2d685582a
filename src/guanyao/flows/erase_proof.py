"""The proof of an erasure: what was done where and when, sealed; it names nobody.

Subjects stand in it as salted digests, and so do the contents of tables and items of the vault:
without the workspace's salt nobody can test a guess at what they held.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from guanyao.errors import DataError
from guanyao.flows.folder import writing as placing
from guanyao.protect.byte_scan import Scan, Values
from guanyao.protect.vault.durable import writing
from guanyao.records import evidence
from guanyao.records.audit import Head
from guanyao.records.workspace import Workspace

FORMAT = "guanyao.erasure/1"
FOLDER = "proofs"
SALTED = ("source", "masked", "vault_item")
"""Kinds whose plain digest would let somebody test a guess at what was in them."""

NOTES = (
    "the audit chain: salted digests only, which name nobody without the workspace's salt",
    "what a disk keeps of deleted and replaced files until it writes over them",
)
"""What stays after every erasure."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What checking a proof found.

    Args:
        id: Of the proof.
        created: When it was written.
        n_subjects: How many persons it is about.
        changed: Places that no longer hold what they held when the proof was written.
        is_known: Whether the workspace's lineage knows it, and its audit chain goes on from it.
    """

    id: str
    created: str
    n_subjects: int
    changed: tuple[str, ...] = ()
    is_known: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a proof says beside what the journal holds.

    Args:
        asked: What was asked for.
        who: Who asked.
        created: When the erasure ended.
        stays: What was kept, and why.
        scans: What looking for the values found, before the sources were touched and at the end.
        n_values: How many values were looked for.
        n_left_out: How many were not: too short, or other people's as well.
        resumed: Whether an erasure was finished that had been stopped.
    """

    asked: Mapping[str, Any]
    who: str | None
    created: str
    stays: list[str]
    scans: Mapping[str, Scan]
    n_values: int
    n_left_out: int
    resumed: bool = field(default=False)


def entry(
    workspace: Workspace,
    values: Values,
    **facts: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """What was done to one artefact, as it may be told.

    Args:
        workspace: Where digests are salted.
        values: What must not stand in a place.
        facts: artefact, kind, place, done, before, after, n_rows.
    """
    given = {"artefact": "", "before": None, "after": None, "n_rows": 0, **facts}
    for name in ("before", "after"):
        if given[name] and given["kind"] in SALTED:
            given[name] = workspace.seal(given[name])
    if values.stands_in(str(given["place"])):
        given["place"] = f"salted:{workspace.seal(given['place'])}"
    return given


def build(
    id: str,
    begun: str,
    subjects: list[str],
    entries: list[dict[str, Any]],
    facts: Facts,
    **heads: Head,
) -> dict[str, Any]:
    """The sealed record."""
    record = {
        "schema": FORMAT,
        "id": id,
        "created": facts.created,
        "begun": begun,
        "who": facts.who,
        "asked": dict(facts.asked),
        "subjects": subjects,
        "artefacts": entries,
        "scan": {
            "n_values": facts.n_values,
            "n_left_out": facts.n_left_out,
            **{name: _counts(scan) for name, scan in facts.scans.items()},
        },
        "stays": [*facts.stays, *NOTES],
        "audit": {name: asdict(head) for name, head in heads.items()},
        "resumed": facts.resumed,
        "versions": evidence.versions(),
    }
    record = evidence.plain(record)
    return {**record, "digest": evidence.digest(record)}


def _counts(scan: Scan) -> dict[str, Any]:
    return {
        "n_files": scan.n_files,
        "n_bytes": scan.n_bytes,
        "n_patterns": scan.n_patterns,
        "n_hits": len(scan.hits),
        "n_unread": len(scan.unread),
    }


def save(workspace: Workspace, record: Mapping[str, Any], out: Path | None) -> Path:
    """Write the proof into the workspace, and a copy of it where that was asked for.

    Raises:
        DataError: It cannot be written.
    """
    folder = workspace.folder / FOLDER
    with placing(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{record['id']}.json"
    for place in (path, out):
        if place is not None:
            with writing(place) as file:
                file.write(evidence.canonical(record))
    return path


def read(path: str | Path) -> dict[str, Any]:
    """A proof, once its seal is found right.

    Raises:
        DataError: It is none, or was changed.
    """
    try:
        content = Path(path).read_bytes()
        record = json.loads(content)
        is_ours = record["schema"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _none(path) from error
    if not is_ours:
        raise _none(path)
    if content != evidence.canonical(record) or record.get("digest") != evidence.digest(record):
        raise DataError(
            f"{Path(path).name} was changed after it was written",
            do="do not rely on it; the workspace keeps its own copy in .guanyao/proofs",
            code="erase.proof_changed",
        )
    return dict(record)


def verify(path: str | Path, workspace: Workspace | None) -> Checked:
    """Whether a proof is as it was written, and what it says still holds.

    Args:
        path: The proof.
        workspace: Where it was made; None: only the seal is checked.

    Raises:
        DataError: It is no proof, or was changed.
    """
    record = read(path)
    known = {"id": record["id"], "created": record["created"]}
    n_subjects = len(record["subjects"])
    if workspace is None:
        return Checked(**known, n_subjects=n_subjects)
    changed = [item["place"] for item in record["artefacts"] if not _holds(workspace, item)]
    ours = workspace.lineage.by_digest(evidence.file_digest(path))
    return Checked(
        **known,
        n_subjects=n_subjects,
        changed=tuple(changed),
        is_known=bool(ours) and _goes_on(workspace, record),
    )


def _holds(workspace: Workspace, item: Mapping[str, Any]) -> bool:
    place = str(item["place"])
    if "://" in place or place.startswith(("vault", "salted:", "memory:")):
        return True
    path = workspace.path_of(place)
    if item["after"] is None:
        return item["done"] != "removed" or not path.exists()
    if not path.exists():
        return True
    digest = evidence.tree_digest(path)
    return bool((workspace.seal(digest) if item["kind"] in SALTED else digest) == item["after"])


def _goes_on(workspace: Workspace, record: Mapping[str, Any]) -> bool:
    head = Head(**record["audit"]["after"])
    return workspace.audit.verify(anchor=head).ok


def _none(path: str | Path) -> DataError:
    return DataError(
        f"{Path(path).name} is no proof of an erasure",
        allowed="a file that `guanyao erase` wrote",
        code="erase.proof",
    )
