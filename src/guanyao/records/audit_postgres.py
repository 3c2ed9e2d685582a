"""The audit chain in PostgreSQL, named by URL: `postgresql://user:password@host/database[#name]`.

An advisory lock, held until the end of the transaction, lets one writer at a time append, on
whatever machine; triggers refuse UPDATE, DELETE and TRUNCATE, and every line that does not follow
the last one. The tables are called `name_line` and `name_genesis`; the name is `guanyao_audit`
unless the URL says another.
"""

import re
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from guanyao.errors import ConfigError, DataError
from guanyao.records.audit import Row
from guanyao.registry import need

NAME = "guanyao_audit"
NAMES = re.compile(r"[a-z_][a-z0-9_]{0,40}")
PAGE_LINES = 5_000
INSERT_LINES = 1_000

BODIES = {
    "refuse": "BEGIN RAISE EXCEPTION 'an audit chain is only ever added to'; END",
    "follow": "DECLARE last record; BEGIN"
    " SELECT seq, hash INTO last FROM {name}_line ORDER BY seq DESC LIMIT 1;"
    " IF NEW.seq <> coalesce(last.seq, 0) + 1 OR NEW.prev <> coalesce(last.hash, NEW.prev)"
    " THEN RAISE EXCEPTION 'an audit chain is only ever added to'; END IF; RETURN NEW; END",
    "once": "BEGIN IF EXISTS (SELECT 1 FROM {name}_genesis)"
    " THEN RAISE EXCEPTION 'an audit chain begins once'; END IF; RETURN NEW; END",
}
TABLES = (
    "CREATE TABLE {name}_genesis (content text NOT NULL)",
    "CREATE TABLE {name}_line (seq bigint PRIMARY KEY, prev text NOT NULL, content text NOT NULL,"
    " hash text NOT NULL)",
)
TRIGGERS = {
    "line_change": ("BEFORE UPDATE OR DELETE ON {name}_line FOR EACH ROW", "refuse", 27),
    "line_truncate": ("BEFORE TRUNCATE ON {name}_line FOR EACH STATEMENT", "refuse", 34),
    "line_insert": ("BEFORE INSERT ON {name}_line FOR EACH ROW", "follow", 7),
    "genesis_change": ("BEFORE UPDATE OR DELETE ON {name}_genesis FOR EACH ROW", "refuse", 27),
    "genesis_truncate": ("BEFORE TRUNCATE ON {name}_genesis FOR EACH STATEMENT", "refuse", 34),
    "genesis_insert": ("BEFORE INSERT ON {name}_genesis FOR EACH ROW", "once", 7),
}
"""When each acts, what it does, and how PostgreSQL notes the former (pg_trigger.tgtype)."""


class PostgresStore:
    """The lines in a database.

    Args:
        url: The address; `#name` says what the tables are called.
        within: A connection of the driver whose transactions the lines are part of; they are begun
            and ended by whoever gives it. None: the lines have a connection of their own.

    Raises:
        ConfigError: The name cannot be that of a table.
        DataError: The database cannot be reached.
        MissingExtraError: The driver is not installed.
    """

    def __init__(self, url: str, *, within: Any = None) -> None:  # noqa: ANN401
        """Connect."""
        address, _, name = url.partition("#")
        self._name = name or NAME
        if not NAMES.fullmatch(self._name):
            raise ConfigError(
                "the audit chain's tables cannot be called that",
                allowed="lower-case letters, digits and _, at most 41",
                code="audit.place",
            )
        parts = urlsplit(address)
        self.place = f"{parts.hostname or 'localhost'}{parts.path}"
        self._driver = need("pg8000.dbapi")
        self._lock = threading.RLock()
        self._is_within = within is not None
        if self._is_within:
            self._connection = within
            return
        with self._faults():
            self._connection = self._driver.connect(
                user=unquote(parts.username or "postgres"),
                password=unquote(parts.password) if parts.password else None,
                host=parts.hostname or "localhost",
                port=parts.port or 5432,
                database=unquote(parts.path.lstrip("/")) or None,
            )
        self._connection.autocommit = True
        self._end = weakref.finalize(self, self._connection.close)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Says in one line why the database cannot be used."""
        try:
            yield
        except (self._driver.Error, OSError, ValueError) as error:
            raise _fault(self.place, error) from error

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that no other writer is in at the same time."""
        if self._is_within:
            yield
            return
        with self._lock, self._faults():
            self._do("BEGIN")
            try:
                self._do("SELECT pg_advisory_xact_lock(hashtext(%s))", f"{self._name}_line")
                yield
                self._do("COMMIT")
            except BaseException:
                self._do("ROLLBACK")
                raise

    def genesis(self) -> str | None:
        """The text that the chain begins with; None where there is no chain yet."""
        if not self._has_table():
            return None
        rows = self._query(f"SELECT content FROM {self._name}_genesis")  # noqa: S608
        return str(rows[0][0]) if rows else None

    def _has_table(self) -> bool:
        # Not to_regclass: within a transaction it may not know yet what another has just made.
        query = (
            "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
            " WHERE relname = %s AND nspname = ANY (current_schemas(false))"
        )
        return bool(self._query(query, f"{self._name}_genesis")[0][0])

    def begin(self, genesis: str) -> None:
        """Make the tables and triggers, unless another process has just done so."""
        with self.writing():
            if self._has_table():
                return
            for statement in self._statements():
                self._do(statement)
            self._do(f"INSERT INTO {self._name}_genesis VALUES (%s)", genesis)  # noqa: S608

    def _statements(self) -> Iterator[str]:
        yield from (table.format(name=self._name) for table in TABLES)
        for body in BODIES:
            yield (
                f"CREATE FUNCTION {self._name}_{body}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $body${self._body(body)}$body$"
            )
        for trigger, (event, body, _) in TRIGGERS.items():
            yield (
                f"CREATE TRIGGER {self._name}_{trigger} {event.format(name=self._name)}"
                f" EXECUTE FUNCTION {self._name}_{body}()"
            )

    def _body(self, name: str) -> str:
        return BODIES[name].format(name=self._name)

    def last(self) -> tuple[int, str] | None:
        """Number and hash of the last line."""
        query = f"SELECT seq, hash FROM {self._name}_line ORDER BY seq DESC LIMIT 1"  # noqa: S608
        rows = self._query(query)
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def entered(self, key: str) -> tuple[int, str] | None:
        """Wait until no other writer is in, then read number and hash of the last line."""
        lock = f"SELECT pg_advisory_xact_lock(hashtext('{key}'))"
        last = f"SELECT seq, hash FROM {self._name}_line ORDER BY seq DESC LIMIT 1"  # noqa: S608
        with self._faults():
            # Two questions at once: the second one's answer stands after the first one's.
            rows = list(self._do(f"{lock}; {last}").fetchall())[1:]
        return (int(rows[0][0]), str(rows[0][1])) if rows else None

    def insert(self, rows: Sequence[Row]) -> None:
        """Add lines at the end."""
        for first in range(0, len(rows), INSERT_LINES):
            page = rows[first : first + INSERT_LINES]
            values: list[Any] = []
            for row in page:
                values += (row.seq, row.prev, row.content, row.hash)
            marks = ", ".join(["(%s, %s, %s, %s)"] * len(page))
            self._do(f"INSERT INTO {self._name}_line VALUES {marks}", *values)  # noqa: S608

    def rows(self, first: int = 1) -> Iterator[Row]:
        """The lines in order, from this number on."""
        query = (
            f"SELECT seq, prev, content, hash FROM {self._name}_line"  # noqa: S608
            " WHERE seq >= %s ORDER BY seq LIMIT %s"
        )
        while page := self._query(query, first, PAGE_LINES):
            yield from (Row(*row) for row in page)
            first = page[-1][0] + 1

    def unguarded(self) -> str:
        """What of the triggers is missing or was changed; "" if nothing is."""
        query = (
            "SELECT tgname, tgrelid::regclass::text, tgtype, prosrc"
            " FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE tgrelid IN (to_regclass(%s), to_regclass(%s)) AND NOT tgisinternal"
            " AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND cardinality(tgattr::int2[]) = 0"
        )
        tables = f"{self._name}_line", f"{self._name}_genesis"
        found = {name: tuple(facts) for name, *facts in self._query(query, *tables)}
        wanted = {
            f"{self._name}_{t}": (f"{self._name}_{t.partition('_')[0]}", kind, self._body(body))
            for t, (_, body, kind) in TRIGGERS.items()
        }
        wrong = [name for name, facts in wanted.items() if found.get(name) != facts]
        return (
            f"{', '.join(wrong)}: missing, switched off or changed, so lines could be changed"
            if wrong
            else ""
        )

    def _do(self, statement: str, *values: object) -> Any:  # noqa: ANN401
        cursor = self._connection.cursor()
        cursor.execute(statement, values)
        return cursor

    def _query(self, query: str, *values: object) -> list[Any]:
        with self._lock, self._faults():
            return list(self._do(query, *values).fetchall())

    def close(self) -> None:
        """Let the database go."""
        if not self._is_within:
            self._end()


def _fault(place: str, error: Exception) -> DataError:
    """Why the database cannot be used; the server's words may hold a line, and are left out."""
    facts = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    if facts.get("C") in ("P0001", "23505"):
        return DataError(
            f"{place} refused a line that does not follow its last one",
            do="see what is wrong with: guanyao audit verify",
            code="audit.refused",
        )
    return DataError(
        f"{place} cannot be used ({facts.get('C') or type(error).__name__})",
        do="check the address, that the server runs, and that tables may be made there",
        code="audit.unusable",
    )
