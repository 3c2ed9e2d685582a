"""The audit chain in a file of SQLite.

The journal is a rollback journal, not a write-ahead log: after every append the file alone is the
whole chain, so that copying it never loses the tail, and it can be checked on a read-only disk.
Every append is flushed to the disk (`synchronous=EXTRA`) and is there whole or not at all, whenever
the process is killed. `BEGIN IMMEDIATE` lets one process at a time append; the others wait.

Triggers refuse every UPDATE and DELETE, also the hidden delete of `INSERT OR REPLACE`, and every
line that does not follow the last one. They stop mistakes, not somebody who may write the file:
such a person can drop them, and the chain of hashes tells.
"""

import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from guanyao.errors import DataError
from guanyao.records.audit import Row

WAIT_S = 60.0
"""How long to wait for another process that is appending."""
PAGE_LINES = 5_000

TABLES = {
    "audit_genesis": "CREATE TABLE audit_genesis (content TEXT NOT NULL)",
    "audit_line": "CREATE TABLE audit_line (seq INTEGER PRIMARY KEY, prev TEXT NOT NULL,"
    " content TEXT NOT NULL, hash TEXT NOT NULL)",
}
REFUSAL = "BEGIN SELECT RAISE(ABORT, 'an audit chain is only ever added to'); END"
TRIGGERS = {
    name: f"CREATE TRIGGER {name} BEFORE {event} {REFUSAL}"
    for name, event in {
        "audit_line_update": "UPDATE ON audit_line",
        "audit_line_delete": "DELETE ON audit_line",
        "audit_line_insert": "INSERT ON audit_line WHEN"
        " NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit_line)"
        " OR NEW.prev IS NOT coalesce("
        "(SELECT hash FROM audit_line ORDER BY seq DESC LIMIT 1), NEW.prev)",
        "audit_genesis_update": "UPDATE ON audit_genesis",
        "audit_genesis_delete": "DELETE ON audit_genesis",
        "audit_genesis_insert": "INSERT ON audit_genesis WHEN"
        " (SELECT count(*) FROM audit_genesis) > 0",
    }.items()
}
STATEMENTS = {**TABLES, **TRIGGERS}


class SqliteStore:
    """The lines in a file.

    Args:
        path: The file; made if it is not there.
        within: A connection to it whose transactions the lines are part of; they are begun and
            ended by whoever gives it. None: the lines have a connection of their own.

    Raises:
        DataError: The file cannot be opened, or is no database.
    """

    def __init__(self, path: Path, *, within: sqlite3.Connection | None = None) -> None:
        """Open the file."""
        self.place = path.name
        self._lock = threading.RLock()
        self._is_within = within is not None
        if within is not None:
            self._connection = within
            return
        with self._faults():
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(
                path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
            )
            self._end = weakref.finalize(self, self._connection.close)
            self._connection.execute("PRAGMA synchronous=EXTRA")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Says in one line why the database cannot be used."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise _fault(self.place, error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that no other writer is in at the same time."""
        if self._is_within:
            yield
            return
        with self._lock, self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def genesis(self) -> str | None:
        """The text that the chain begins with; None where there is no chain yet."""
        if "audit_genesis" not in self._found():
            return None
        rows = self._query("SELECT content FROM audit_genesis")
        return str(rows[0][0]) if rows else None

    def begin(self, genesis: str) -> None:
        """Make the tables and triggers, unless another process has just done so."""
        with self.writing():
            if "audit_genesis" in self._found():
                return
            for statement in STATEMENTS.values():
                self._connection.execute(statement)
            self._connection.execute("INSERT INTO audit_genesis VALUES (?)", (genesis,))

    def last(self) -> tuple[int, str] | None:
        """Number and hash of the last line."""
        query = "SELECT seq, hash FROM audit_line ORDER BY seq DESC LIMIT 1"
        rows = self._query(query)
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def insert(self, rows: Sequence[Row]) -> None:
        """Add lines at the end."""
        values = [(row.seq, row.prev, row.content, row.hash) for row in rows]
        self._connection.executemany("INSERT INTO audit_line VALUES (?, ?, ?, ?)", values)

    def rows(self, first: int = 1) -> Iterator[Row]:
        """The lines in order, from this number on."""
        query = (
            "SELECT seq, prev, content, hash FROM audit_line WHERE seq >= ? ORDER BY seq LIMIT ?"
        )
        # Page by page: an open query would keep others from appending.
        while page := self._query(query, first, PAGE_LINES):
            yield from (Row(*row) for row in page)
            first = page[-1][0] + 1

    def unguarded(self) -> str:
        """What of tables and triggers is missing or was changed; "" if nothing is."""
        found = self._found()
        missing = [name for name in STATEMENTS if name not in found]
        if missing:
            return f"{', '.join(missing)}: missing, so lines could be changed or taken out"
        changed = [name for name, text in STATEMENTS.items() if found[name] != text]
        strange = [name for name, text in found.items() if text and name not in STATEMENTS]
        names = [*changed, *strange]
        return f"{', '.join(names)}: not what guanyao made, so lines could be changed" * bool(names)

    def _found(self) -> dict[str, str]:
        """What the database is made of, and the statements that made it.

        Of a database that others keep tables in, too, only what belongs to the chain's.
        """
        own = " WHERE tbl_name IN ('audit_genesis', 'audit_line')" * self._is_within
        return dict(self._query(f"SELECT name, sql FROM sqlite_master{own}"))  # noqa: S608

    def _query(self, query: str, *values: object) -> list[Any]:
        with self._lock, self._faults():
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Let the database go."""
        if not self._is_within:
            self._end()


def _fault(place: str, error: Exception) -> DataError:
    """Why the database cannot be used."""
    name = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DataError(
            f"{place} is being written by another process",
            do=f"try again; {WAIT_S:.0f} seconds were waited",
            code="audit.busy",
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "decode" in str(error):
        return DataError(
            f"{place} is damaged, or no database",
            do="put the last good copy in its place, and check it against an anchor",
            code="audit.damaged",
        )
    if name.startswith("SQLITE_CONSTRAINT"):
        return DataError(
            f"{place} refused a line that does not follow its last one",
            do="see what is wrong with: guanyao audit verify",
            code="audit.refused",
        )
    return DataError(
        f"{place} cannot be used ({name})",
        do="see that it may be read and written, and that the disk has room",
        code="audit.unusable",
    )
