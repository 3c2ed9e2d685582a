"""Where a room is kept: a file of SQLite in a folder, or a database of PostgreSQL.

SQLite: a rollback journal flushed to the disk with every act (`synchronous=EXTRA`), so that after
each the file alone is the whole room; `BEGIN IMMEDIATE` for one writer at a time; and content that
was erased is overwritten. PostgreSQL: an
advisory lock, held until the end of the transaction, for one writer at a time, on whatever machine;
the tables stand in a schema of their own, named by `#name` in the address.

Reference: SQLAlchemy, "SQLite", section "Serializable isolation / Savepoints / Transactional DDL"
(the driver's own transactions are switched off, and begun by us).
"""

import re
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError

from guanyao.errors import ConfigError, DataError
from guanyao.records.audit import POSTGRESQL, Store
from guanyao.records.audit_postgres import PostgresStore
from guanyao.records.audit_sqlite import WAIT_S, SqliteStore
from guanyao.registry import need

FILE = "filing.db"
SCHEMA = "guanyao_filing"
SCHEMAS = re.compile(r"[a-z_][a-z0-9_]{0,40}")
AUDIT = "audit"
WRITES = "guanyao_writes"
PRAGMAS = (
    "PRAGMA journal_mode=TRUNCATE",
    "PRAGMA synchronous=EXTRA",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
)
DO = "see that it may be read and written, and that the disk has room"


class Place(Protocol):
    """A database that holds one room."""

    title: str
    engine: Engine
    looking: Mapping[str, Any]
    """Options of a connection for a look at one moment; `apart` for one outside transactions."""
    apart: Mapping[str, Any]

    def lock(self, connection: Connection) -> None:
        """Wait until no other writer is in; until the end of the transaction none comes in."""

    def entered(self, connection: Connection) -> tuple[Store, tuple[int, str] | None]:
        """The same, then the audit chain's lines, and number and hash of the last."""

    def chain(self, connection: Connection) -> Store:
        """The audit chain's lines."""

    def fault(self, error: BaseException) -> DataError:
        """Why the database cannot be used."""


def place_of(place: str | Path, *, is_new: bool) -> Place:
    """The database at a folder or an address.

    Args:
        place: A folder, or `postgresql://user:password@host/database[#name]`.
        is_new: Whether it may be made.

    Raises:
        ConfigError: The name after # is none ("filing.room_place").
        DataError: There is nothing, or it cannot be made ("filing.no_room",
            "filing.room_unusable").
        MissingExtraError: The driver for PostgreSQL is not installed.
    """
    if str(place).startswith(POSTGRESQL):
        return PostgresPlace(str(place))
    return SqlitePlace(Path(place), is_new=is_new)


def has_tables(connection: Connection) -> bool:
    """Whether there is a room already."""
    return inspect(connection).has_table("filing")


class SqlitePlace:
    """A file in a folder; only its owner may read it."""

    looking: Mapping[str, Any] = {}
    apart: Mapping[str, Any] = {}

    def __init__(self, folder: Path, *, is_new: bool) -> None:
        self.path = folder / FILE
        self.title = f"{folder.name}/{FILE}"
        if is_new:
            self._make(folder)
        elif not self.path.is_file():
            raise no_room(folder.name)
        url = URL.create("sqlite+pysqlite", database=str(self.path))
        asked = {"timeout": WAIT_S, "isolation_level": None, "check_same_thread": False}
        self.engine = create_engine(
            url, poolclass=QueuePool, max_overflow=-1, connect_args=asked, hide_parameters=True
        )
        event.listen(self.engine, "connect", _prepare)
        event.listen(self.engine, "begin", _begin)

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise unusable(self.title, type(error).__name__) from error

    def lock(self, connection: Connection) -> None:
        """Held already: the transaction began so."""

    def entered(self, connection: Connection) -> tuple[Store, tuple[int, str] | None]:
        """The audit chain's lines, and number and hash of the last."""
        store = self.chain(connection)
        return store, store.last()

    def chain(self, connection: Connection) -> Store:
        """The audit chain's lines."""
        return SqliteStore(self.path, within=_raw(connection))

    def fault(self, error: BaseException) -> DataError:
        """Why the database cannot be used."""
        name = getattr(_original(error), "sqlite_errorname", "") or type(error).__name__
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return DataError(
                f"{self.title} is being written by another process",
                do=f"try again; {WAIT_S:.0f} seconds were waited",
                code="filing.room_busy",
            )
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return DataError(
                f"{self.title} is damaged, or no database",
                do="put the last good copy in its place, and check it against an anchor",
                code="filing.room_damaged",
            )
        return taken() if _is_number(error) else unusable(self.title, name)


def _prepare(raw: sqlite3.Connection, record: object) -> None:
    for pragma in PRAGMAS:
        raw.execute(pragma)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class PostgresPlace:
    """A schema of a database."""

    looking: Mapping[str, Any] = {
        "isolation_level": "REPEATABLE READ",
        "postgresql_readonly": True,
    }
    apart: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}

    def __init__(self, address: str) -> None:
        need("pg8000.dbapi")
        address, _, name = address.partition("#")
        self._address, self._schema = address, name or SCHEMA
        self._key = f"guanyao:{self._schema}"
        if not SCHEMAS.fullmatch(self._schema):
            raise ConfigError(
                "a room's tables cannot be kept under that name",
                allowed="after #: lower-case letters, digits and _, at most 41",
                code="filing.room_place",
            )
        parts = _parsed(address)
        self.title = f"{parts.hostname or 'localhost'}{parts.path}"
        self._asked = {
            "user": unquote(parts.username or "postgres"),
            "password": unquote(parts.password) if parts.password else None,
            "host": parts.hostname or "localhost",
            "port": parts.port or 5432,
            "database": unquote(parts.path.lstrip("/")) or None,
            "startup_params": {"search_path": self._schema},
        }
        url = URL.create("postgresql+pg8000")
        self.engine = create_engine(
            url, max_overflow=-1, creator=self._connect, hide_parameters=True
        )

    def _connect(self) -> Any:  # noqa: ANN401
        from guanyao.records.prepared import PreparedConnection

        return PreparedConnection(**self._asked)

    def lock(self, connection: Connection) -> None:
        """Wait until no other writer is in; until the end of the transaction none comes in."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock(hashtext('{self._key}'))")

    def entered(self, connection: Connection) -> tuple[Store, tuple[int, str] | None]:
        """The same, then the audit chain's lines, and number and hash of the last."""
        store = self.chain(connection)
        return store, store.entered(self._key)

    def make_schema(self, connection: Connection) -> None:
        """Make the schema, unless it is there."""
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self._schema}")

    def chain(self, connection: Connection) -> PostgresStore:
        """The audit chain's lines."""
        raw = _raw(connection)
        return PostgresStore(f"{self._address}#{AUDIT}", within=raw)

    def fault(self, error: BaseException) -> DataError:
        """Why it cannot be used; the server's words may hold a value, and are left out."""
        if _is_number(error):
            return taken()
        original = _original(error)
        first = original.args[0] if original.args else None
        code = first.get("C") if isinstance(first, dict) else None
        return DataError(
            f"{self.title} cannot be used ({code or type(original).__name__})",
            do="check the address, that the server runs, and that tables may be made there",
            code="filing.room_unusable",
        )


def _parsed(address: str) -> SplitResult:
    """The parts of an address; a password with a sign of addresses in it would end up in them."""
    try:
        parts = urlsplit(address)
        is_right = parts.port != 0 and not any("@" in part for part in (parts.path, parts.query))
    except ValueError:
        is_right = False
    if not is_right:
        raise ConfigError(
            "the address of the room is none",
            allowed="postgresql://user:password@host:port/database[#name]",
            do="write signs like / @ # ? [ in a password as %2F %40 %23 %3F %5B",
            code="filing.room_place",
        ) from None
    return parts


def _raw(connection: Connection) -> Any:  # noqa: ANN401
    """The driver's own connection."""
    return connection.connection.dbapi_connection


def _original(error: BaseException) -> BaseException:
    return error.orig or error if isinstance(error, DBAPIError) else error


def _is_number(error: BaseException) -> bool:
    """Whether the index of numbers refused it."""
    said = str(_original(error))
    return "filing.number" in said or "filing_number" in said


def no_room(name: str) -> DataError:
    """There is nothing."""
    return DataError(
        f"{name} holds no room of filings",
        do="name the folder or database of one, or make it with: guanyao filing init",
        code="filing.no_room",
    )


def taken() -> DataError:
    """Two filings would have one number."""
    return DataError(
        "another filing has this number", allowed="one number, one filing", code="filing.number"
    )


def unusable(title: str, why: str) -> DataError:
    """The database cannot be reached or written."""
    return DataError(f"{title} cannot be used ({why})", do=DO, code="filing.room_unusable")
