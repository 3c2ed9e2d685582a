"""Lineage: which artefact was made from which, so that one person's traces can all be found.

A graph in SQLite: artefacts (a file, a folder, an item of the vault, by place and digest) and, for
each, its parents. Unlike the audit chain it can be changed: statuses move, and a place that names a
person can be blotted out.
"""

import json
import secrets
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from guanyao.errors import ConfigError, DataError, UnknownNameError
from guanyao.records.audit import utc_now
from guanyao.records.evidence import canonical, plain

VERSION = 1
KINDS = (
    *("source", "masked", "model", "virtual", "report", "record", "training"),
    *("vault_item", "backup", "proof"),
)
LIVE, RETRAIN_DUE, RETIRED, ERASED = STATUSES = ("live", "retrain-due", "retired", "erased")
WAIT_S = 60.0

TABLES = """
CREATE TABLE artefact (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, place TEXT NOT NULL,
  digest TEXT NOT NULL, created TEXT NOT NULL, verb TEXT NOT NULL, status TEXT NOT NULL,
  facts TEXT NOT NULL, succeeds TEXT REFERENCES artefact (id), UNIQUE (place, digest));
CREATE INDEX artefact_digest ON artefact (digest);
CREATE TABLE parent (
  child TEXT NOT NULL REFERENCES artefact (id), parent TEXT NOT NULL REFERENCES artefact (id),
  PRIMARY KEY (child, parent)) WITHOUT ROWID;
CREATE INDEX parent_parent ON parent (parent);
CREATE TABLE mark (id TEXT NOT NULL, status TEXT NOT NULL, why TEXT NOT NULL, time TEXT NOT NULL);
CREATE TABLE erasure (subject TEXT PRIMARY KEY, proof TEXT NOT NULL, time TEXT NOT NULL);
"""
COLUMNS = "id, kind, place, digest, created, verb, status, facts, succeeds"
SELECT = f"SELECT {COLUMNS} FROM artefact"  # noqa: S608 - a constant


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """Something that was made, or that things are made from.

    Args:
        id: Its name in the lineage, 16 hexadecimal digits.
        kind: One of KINDS.
        place: Relative to the workspace's root, absolute, an address, or "vault:NAME".
        digest: SHA-256 of its content (of a folder: `evidence.tree_digest`).
        created: When it was first recorded.
        verb: What made it.
        status: live, retrain-due, retired or erased.
        facts: What else is known, as plain JSON.
        succeeds: The id of the artefact that lay at the same place before.
    """

    id: str
    kind: str
    place: str
    digest: str
    created: str
    verb: str
    status: str = LIVE
    facts: Mapping[str, Any] = field(default_factory=dict)
    succeeds: str | None = None


class Lineage:
    """The graph of artefacts in a file; every change is there whole or not at all.

    Args:
        path: The file; made if it is not there.
        clock: Says what time it is, with a time zone.

    Raises:
        ConfigError: A newer version of Guanyao made the file.
        DataError: The file cannot be used.
    """

    def __init__(self, path: str | Path, *, clock: Callable[[], datetime] = utc_now) -> None:
        """Open the file."""
        path = Path(path)
        self._clock, self._lock, self._is_changing = clock, threading.RLock(), False
        with _faults():
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
            )
            self._end = weakref.finalize(self, self._connection.close)
            # What is blotted out is overwritten in the file, too.
            self._connection.execute("PRAGMA secure_delete=ON")
            self._connection.execute("PRAGMA foreign_keys=ON")
        self._begin()

    def _begin(self) -> None:
        with self.changing():
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in filter(str.strip, TABLES.split(";")):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version={VERSION}")
        if version > VERSION:
            raise ConfigError(
                f"a newer version of Guanyao made the lineage (format {version})",
                allowed=f"this version reads format {VERSION}",
                do="update guanyao",
                code="workspace.future",
            )

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Several changes as one: all or none, and nobody else's between them."""
        with self._lock, _faults():
            if self._is_changing:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._is_changing = True
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._is_changing = False

    def add(
        self,
        kind: str,
        place: str,
        digest: str,
        verb: str,
        *,
        parents: Iterable[str] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> Artefact:
        """Record an artefact; what is known of the same place and digest is only added to.

        A new digest at a known place is a new artefact that succeeds the old one.

        Args:
            kind: One of KINDS; of a known artefact the first kind stays.
            place: Where it lies, as `Workspace.place_of` says it, or "vault:NAME".
            digest: SHA-256 of its content.
            verb: What made it.
            parents: Ids of what it was made from.
            facts: What else is known; no value of the data.

        Raises:
            ConfigError: There is no such kind.
            UnknownNameError: A parent is not known.
        """
        if kind not in KINDS:
            raise ConfigError(
                f"there is no kind of artefact {kind!r}",
                allowed=", ".join(KINDS),
                code="lineage.kind",
            )
        with self.changing():
            artefact = self._again(place, digest, facts or {}) or self._new(
                kind, place, digest, verb, facts or {}
            )
            made_from = {self.get(parent).id for parent in parents} - {artefact.id}
            self._connection.executemany(
                "INSERT OR IGNORE INTO parent VALUES (?, ?)", ((artefact.id, p) for p in made_from)
            )
        return artefact

    def _again(self, place: str, digest: str, facts: Mapping[str, Any]) -> Artefact | None:
        """The artefact that is known already; it is now the newest at its place."""
        found = self._one("WHERE place = ? AND digest = ?", place, digest)
        if found is None:
            return None
        if found != self.by_place(place):
            self._connection.execute(
                "UPDATE artefact SET number = (SELECT max(number) + 1 FROM artefact) WHERE id = ?",
                (found.id,),
            )
        if not facts:
            return found
        text = canonical(plain({**found.facts, **facts})).decode("utf-8")
        self._connection.execute("UPDATE artefact SET facts = ? WHERE id = ?", (text, found.id))
        return self.get(found.id)

    def _new(
        self, kind: str, place: str, digest: str, verb: str, facts: Mapping[str, Any]
    ) -> Artefact:
        before = self.by_place(place)
        artefact = Artefact(
            id=secrets.token_hex(8),
            kind=kind,
            place=place,
            digest=digest,
            created=self._now(),
            verb=verb,
            facts=plain(facts),
            succeeds=before.id if before else None,
        )
        text = canonical(artefact.facts).decode("utf-8")
        values = (*(getattr(artefact, name) for name in COLUMNS.split(", ")[:-2]), text)
        self._connection.execute(
            f"INSERT INTO artefact ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (*values, artefact.succeeds),
        )
        return artefact

    def get(self, id: str) -> Artefact:
        """The artefact with this id.

        Raises:
            UnknownNameError: There is none.
        """
        found = self._one("WHERE id = ?", id)
        if found is None:
            raise UnknownNameError(
                "there is no such artefact in the lineage", code="lineage.unknown"
            )
        return found

    def all(self, *, kind: str | None = None, status: str | None = None) -> list[Artefact]:
        """All artefacts in the order in which they were recorded, or those of a kind or status."""
        query = "WHERE (? IS NULL OR kind = ?) AND (? IS NULL OR status = ?) ORDER BY number"
        return self._many(query, kind, kind, status, status)

    def by_place(self, place: str) -> Artefact | None:
        """The artefact that was last recorded at a place."""
        return self._one("WHERE place = ? ORDER BY number DESC LIMIT 1", place)

    def history(self, place: str) -> list[Artefact]:
        """All that ever lay at a place, newest first."""
        return self._many("WHERE place = ? ORDER BY number DESC", place)

    def by_digest(self, digest: str) -> list[Artefact]:
        """All artefacts with this content, wherever they lie, newest first."""
        return self._many("WHERE digest = ? ORDER BY number DESC", digest)

    def parents(self, id: str) -> list[Artefact]:
        """What the artefact was made from."""
        return self._many(
            "WHERE id IN (SELECT parent FROM parent WHERE child = ?) ORDER BY number", id
        )

    def descendants(self, id: str) -> list[Artefact]:
        """All that was made from the artefact, and from that, and so on, in order of recording."""
        return self._reach(id, "child", "parent")

    def ancestors(self, id: str) -> list[Artefact]:
        """All that the artefact was made from, and what that was made from, and so on."""
        return self._reach(id, "parent", "child")

    def _reach(self, id: str, towards: str, away: str) -> list[Artefact]:
        _ = self.get(id)
        query = (
            "WHERE id IN (WITH RECURSIVE reached (id) AS ("  # noqa: S608 - columns by name
            f"SELECT {towards} FROM parent WHERE {away} = ? UNION "
            f"SELECT {towards} FROM parent JOIN reached ON {away} = reached.id"
            ") SELECT id FROM reached) AND id <> ? ORDER BY number"
        )
        return self._many(query, id, id)

    def mark(self, id: str, status: str, why: str = "") -> Artefact:
        """Give the artefact a status, and keep when and why.

        Args:
            id: Of the artefact.
            status: live, retrain-due, retired or erased.
            why: A code or a short reason; no value of the data.

        Raises:
            ConfigError: There is no such status.
            UnknownNameError: There is no such artefact.
        """
        if status not in STATUSES:
            raise ConfigError(
                f"there is no status {status!r}",
                allowed=", ".join(STATUSES),
                code="lineage.status",
            )
        with self.changing():
            _ = self.get(id)
            self._connection.execute("UPDATE artefact SET status = ? WHERE id = ?", (status, id))
            row = (id, status, why, self._now())
            self._connection.execute("INSERT INTO mark VALUES (?, ?, ?, ?)", row)
            return self.get(id)

    def marks(self, id: str) -> list[tuple[str, str, str]]:
        """The statuses the artefact was given: status, reason, time."""
        query = "SELECT status, why, time FROM mark WHERE id = ? ORDER BY rowid"
        return [(str(s), str(w), str(t)) for s, w, t in self._rows(query, id)]

    def drop(self, id: str) -> None:
        """Take out an artefact that was never made; what is made from others stays."""
        with self.changing():
            self._connection.execute(
                "UPDATE artefact SET succeeds = NULL WHERE succeeds = ?", (self.get(id).id,)
            )
            self._connection.execute("DELETE FROM parent WHERE child = ? OR parent = ?", (id, id))
            self._connection.execute("DELETE FROM artefact WHERE id = ?", (id,))

    def blot(self, id: str) -> Artefact:
        """Put the artefact's own id in place of its place and facts, where those name a person."""
        with self.changing():
            _ = self.get(id)
            self._connection.execute(
                "UPDATE artefact SET place = ?, facts = '{}' WHERE id = ?", (f"erased:{id}", id)
            )
            return self.get(id)

    @property
    def erasures(self) -> dict[str, str]:
        """The subjects that were erased, as salted digests, with the id of the proof."""
        return dict(self._rows("SELECT subject, proof FROM erasure ORDER BY time"))

    def add_erasure(self, subject: str, proof: str) -> None:
        """Keep that a subject was erased.

        Args:
            subject: The salted digest of `Workspace.digest_of`.
            proof: The id of the proof's artefact.
        """
        with self.changing():
            self._connection.execute(
                "INSERT OR REPLACE INTO erasure VALUES (?, ?, ?)",
                (subject, self.get(proof).id, self._now()),
            )

    def _now(self) -> str:
        return self._clock().isoformat(timespec="microseconds")

    def _one(self, condition: str, *values: object) -> Artefact | None:
        found = self._many(condition, *values)
        return found[0] if found else None

    def _many(self, condition: str, *values: object) -> list[Artefact]:
        return [_artefact(row) for row in self._rows(f"{SELECT} {condition}", *values)]

    def _rows(self, query: str, *values: object) -> list[Any]:
        with self._lock, _faults():
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Let the file go."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _artefact(row: tuple[Any, ...]) -> Artefact:
    named = dict(zip(COLUMNS.split(", "), row, strict=True))
    return Artefact(**{**named, "facts": json.loads(named["facts"])})


@contextmanager
def _faults() -> Iterator[None]:
    """Says in one line why the database cannot be used."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        name = getattr(error, "sqlite_errorname", "") or type(error).__name__
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise DataError(
                "another process is writing the lineage",
                do=f"try again; {WAIT_S:.0f} seconds were waited",
                code="lineage.busy",
            ) from error
        raise DataError(
            f"the lineage cannot be used ({name})",
            do="see that it may be read and written, or put back the last good copy",
            code="lineage.unusable",
        ) from error
