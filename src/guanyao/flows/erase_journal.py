"""What an erasure has done so far, so that the same command goes on after a kill.

The journal holds salted digests of the subjects, ids of artefacts and digests of new files; never a
value of the data.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from guanyao.errors import DataError
from guanyao.protect.vault.durable import sync_folder, writing
from guanyao.protect.vault.turns import turn
from guanyao.records import evidence
from guanyao.records.workspace import Workspace

NAME, LOCK = "erasing.json", "erasing.lock"
FORMAT = "guanyao.erasing/1"


@dataclass
class Journal:
    """The erasure that is under way in a workspace.

    Args:
        path: Its file.
        subjects: Salted digests of the subjects, sorted.
        begun: When it began.
        id: The id that the proof will have.
        head: The end of the audit chain when it began.
        files: Digest of the new file by the id of the artefact that it takes the place of.
        entries: What was done to which artefact.
        remains: Places that still held a value at the end, with the digest of what lay there.
        is_new: Whether it begins now.
    """

    path: Path
    subjects: list[str]
    begun: str
    id: str
    head: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    remains: dict[str, str] = field(default_factory=dict)
    is_new: bool = True

    def save(self) -> None:
        """Write it down to the disk."""
        facts = {k: v for k, v in asdict(self).items() if k not in ("path", "is_new")}
        with writing(self.path) as file:
            file.write(evidence.canonical({"format": FORMAT, **facts}))

    def has(self, artefact: str) -> bool:
        """Whether something was noted of an artefact."""
        return any(entry["artefact"] == artefact for entry in self.entries)

    def note(self, entry: dict[str, Any]) -> None:
        """Keep what was done, in place of what was noted of the same artefact before."""
        name = (entry["artefact"], entry["place"])
        self.entries = [old for old in self.entries if (old["artefact"], old["place"]) != name]
        self.entries.append(entry)
        self.save()

    def end(self) -> None:
        """Take it away: the erasure is done."""
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)


def journal_of(
    workspace: Workspace, subjects: list[str], now: datetime, *, may_be_fewer: bool = False
) -> Journal:
    """The journal of these subjects: the one that was left, or a new one that is not written yet.

    Args:
        workspace: Where.
        subjects: Salted digests.
        now: What time it is.
        may_be_fewer: Whether the rows of some may be gone already, so that they are not named.

    Raises:
        DataError: Another erasure was stopped on its way and has to be finished first.
    """
    path = workspace.folder / NAME
    left = _read(path)
    if left is None:
        head = asdict(workspace.audit.head())
        begun = now.isoformat(timespec="seconds")
        return Journal(path, sorted(subjects), begun, secrets.token_hex(8), head)
    is_same = set(left["subjects"]) == set(subjects)
    if not is_same and not (may_be_fewer and set(subjects) < set(left["subjects"])):
        raise DataError(
            f"an erasure of {len(left['subjects'])} others was stopped on its way",
            allowed="one erasure at a time",
            do="finish it first: give the same command once more",
            code="erase.unfinished",
        )
    known = {k: v for k, v in left.items() if k != "format"}
    return Journal(path, **known, is_new=False)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        left = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged() from error
    if not isinstance(left, dict) or left.get("format") != FORMAT:
        raise _damaged()
    return left


def _damaged() -> DataError:
    return DataError(
        f"{NAME} in the workspace is damaged",
        do="remove it, and give the command again",
        code="erase.journal",
    )


@contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """The only erasure in the workspace while the block runs.

    Raises:
        DataError: Another process erases.
    """
    path = workspace.folder / LOCK
    try:
        lock = turn(path, is_alone=True, wait_s=0)
        lock.__enter__()
    except DataError as error:
        raise DataError(
            "another process is erasing in this workspace",
            do="wait until it is done, then try again",
            code="erase.busy",
        ) from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)
