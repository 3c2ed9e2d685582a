"""Tables of SQLite and PostgreSQL by URL: `sqlite:///path#table`, `postgresql://host/db#table`."""

import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl

from guanyao.data import compressed, frames
from guanyao.data.dtypes import check_supported
from guanyao.data.jsonl_file import dates_as_text
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Schema, Source
from guanyao.errors import DataError, MissingExtraError

SQLITE, POSTGRESQL = "sqlite", "postgresql"

INSERT_ROWS = 50_000


@dataclass(frozen=True, kw_only=True)
class Store:
    """An open database, and what of SQL it does in its own way."""

    kind: str
    connection: Any
    faults: tuple[type[Exception], ...]
    tables_query: str
    types: dict[str, str]


SQLITE_TYPES = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
POSTGRESQL_TYPES = {
    "Int8": "smallint",
    "Int16": "smallint",
    "UInt8": "smallint",
    "Int32": "integer",
    "UInt16": "integer",
    "UInt64": "numeric(20,0)",
    "Float32": "real",
    "integer": "bigint",
    "number": "double precision",
    "boolean": "boolean",
    "date": "date",
    "datetime": "timestamp",
    "time": "time",
}


def is_url(source: str) -> bool:
    """Whether the text is the address of a database table."""
    return source.startswith((SQLITE + "://", POSTGRESQL + "://", "postgres://"))


def read(url: str, *, limit: int | None = None) -> Raw:
    """The table that the URL names.

    Args:
        url: `sqlite:///file#table` or `postgresql://user:password@host:port/database#table`.
        limit: How many rows to read; None: all.

    Raises:
        DataError: The database, the table or a column cannot be read.
        MissingExtraError: The driver for PostgreSQL is not installed.
    """
    address, table = _split(url)
    store = _open(address, must_exist=True)
    try:
        table = table or _only_table(store)
        frame = _rows(store, table, limit)
    except store.faults as error:
        raise _fault(address, error) from error
    finally:
        store.connection.close()
    check_supported(check_rows(frame, f"table {table!r}"))
    parse = "dates" if store.kind == SQLITE else "nothing"
    source = Source(format=store.kind, digest=frames.digest(frame))
    return Raw(frame=frame, source=source, parse=parse)  # type: ignore[arg-type]


def sample(url: str, n_rows: int) -> tuple[Raw, int, bool]:
    """The first rows, how many there are, and that they were counted."""
    address, table = _split(url)
    store = _open(address, must_exist=True)
    try:
        name = _quoted(table or _only_table(store))
        total = _query(store, f"SELECT count(*) FROM {name}")[0][0]  # noqa: S608 - quoted
    except store.faults as error:
        raise _fault(address, error) from error
    finally:
        store.connection.close()
    return read(url, limit=n_rows), int(total), True


def _split(url: str) -> tuple[str, str]:
    address, _, table = url.partition("#")
    return address, unquote(table)


def _public(address: str) -> str:
    """The address without user and password."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _fault(address: str, error: Exception) -> DataError:
    return DataError(
        f"{_public(address)} cannot be used ({type(error).__name__})",
        do="check that it is a database, that it is reachable, and that the table exists",
        code="data.database",
    )


def _open(address: str, *, must_exist: bool) -> Store:
    if address.startswith(SQLITE):
        return _open_sqlite(address, must_exist)
    return _open_postgresql(address)


def _open_sqlite(address: str, must_exist: bool) -> Store:
    path = Path(unquote(address.removeprefix("sqlite:///")))
    if must_exist:
        compressed.check_file(path)
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _fault(address, error) from error
    return Store(
        kind=SQLITE,
        connection=connection,
        faults=(sqlite3.Error, UnicodeError),
        tables_query="SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite_%' ORDER BY name",
        types=SQLITE_TYPES,
    )


def _open_postgresql(address: str) -> Store:
    try:
        from pg8000 import dbapi
    except ImportError as error:
        raise MissingExtraError(
            "PostgreSQL needs a driver that is not installed",
            do="pip install 'guanyao[databases]'",
            code="missing_extra.databases",
        ) from error
    parts = urlsplit(address)
    try:
        connection = dbapi.connect(
            user=unquote(parts.username or "postgres"),
            password=unquote(parts.password) if parts.password else None,
            host=parts.hostname or "localhost",
            port=parts.port or 5432,
            database=unquote(parts.path.lstrip("/")) or None,
        )
    except (dbapi.Error, OSError, ValueError) as error:
        raise _fault(address, error) from error
    return Store(
        kind=POSTGRESQL,
        connection=connection,
        faults=(dbapi.Error, OSError),
        tables_query="SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = ANY (current_schemas(false)) ORDER BY table_name",
        types=POSTGRESQL_TYPES,
    )


def _quoted(name: str) -> str:
    if "\0" in name:
        raise DataError("a name holds a NUL character", code="data.columns")
    return '"' + name.replace('"', '""') + '"'


def _query(store: Store, statement: str) -> list[Any]:
    cursor = store.connection.cursor()
    cursor.execute(statement)
    return list(cursor.fetchall())


def _tables(store: Store) -> list[str]:
    return [str(row[0]) for row in _query(store, store.tables_query)]


def _only_table(store: Store) -> str:
    tables = _tables(store)
    if len(tables) != 1:
        raise DataError(
            f"the database holds {len(tables)} tables",
            allowed="tables: " + ", ".join(tables[:20]),
            do="name one: URL#TABLE",
            code="data.table",
        )
    return tables[0]


def _rows(store: Store, table: str, limit: int | None) -> pl.DataFrame:
    if table not in (known := _tables(store)):
        raise DataError(
            f"there is no table {table!r}",
            allowed="tables: " + ", ".join(known[:20]),
            code="data.table",
        )
    cursor = store.connection.cursor()
    bound = "" if limit is None else f" LIMIT {int(limit)}"
    cursor.execute(f"SELECT * FROM {_quoted(table)}{bound}")  # noqa: S608 - quoted
    described = [(str(item[0]), item[1]) for item in cursor.description]
    names = check_names([name for name, _ in described])
    cells = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
    series = [
        _series(name, list(values), oid)
        for (name, oid), values in zip(described, cells, strict=True)
    ]
    return pl.DataFrame(series)


OIDS: dict[int, pl.DataType] = {
    16: pl.Boolean(),
    20: pl.Int64(),
    21: pl.Int16(),
    23: pl.Int32(),
    25: pl.String(),
    700: pl.Float32(),
    701: pl.Float64(),
    1042: pl.String(),
    1043: pl.String(),
    1082: pl.Date(),
    1083: pl.Time(),
    1114: pl.Datetime("us"),
    1184: pl.Datetime("us", "UTC"),
}
"""PostgreSQL's type numbers (pg_type.dat)."""

UUID_OID = 2950


def _series(name: str, cells: list[Any], oid: int | None) -> pl.Series:
    if oid == UUID_OID:
        return pl.Series(name, [None if c is None else str(c) for c in cells], dtype=pl.String)
    if oid in OIDS:
        return pl.Series(name, cells, dtype=OIDS[oid])
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int, float}:
        cells = [None if cell is None else float(cell) for cell in cells]
    elif len(kinds) > 1:
        raise _mixed(name, (kind.__name__ for kind in kinds))
    return pl.Series(name, cells) if kinds else pl.Series(name, cells, dtype=pl.String)


def _mixed(name: str, kinds: Iterable[str]) -> DataError:
    return DataError(
        f"column {name!r} mixes {', '.join(sorted(kinds))}",
        allowed="values of one kind in a column",
        do="CAST the column in a view and read the view",
        code="data.mixed",
    )


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A table of a database that can be read in batches any number of times.

    Args:
        url: The address with the table.
        sample: The first rows, with the dtypes that hold all of them.
        n_rows: How many rows there are.
    """

    url: str
    sample: Raw
    n_rows: int

    def frames(self, batch_rows: int) -> Iterator[pl.DataFrame]:
        """The rows as they are when reading begins, in batches."""
        address, table = _split(self.url)
        store = _open(address, must_exist=True)
        dtypes = self.sample.frame.schema
        try:
            cursor = _begun(store, table or _only_table(store))
            while cells := _next(store, cursor, batch_rows):
                columns = zip(dtypes.items(), zip(*cells, strict=True), strict=True)
                yield pl.DataFrame([_typed(n, list(values), d) for (n, d), values in columns])
        except store.faults as error:
            raise _fault(address, error) from error
        finally:
            store.connection.close()


def open_stream(url: str, n_sample: int) -> Stream:
    """The table that the URL names, to be read in batches.

    Args:
        url: As for `read`.
        n_sample: How many rows the sample holds at most.

    Raises:
        DataError: The database, the table or a column cannot be read.
        MissingExtraError: The driver for PostgreSQL is not installed.
    """
    raw, n_rows, _ = sample(url, n_sample)
    address, table = _split(url)
    store = _open(address, must_exist=True)
    try:
        dtypes = _whole_dtypes(store, table or _only_table(store), raw.frame)
    except store.faults as error:
        raise _fault(address, error) from error
    finally:
        store.connection.close()
    frame = pl.DataFrame([_typed(s.name, s.to_list(), dtypes[s.name]) for s in raw.frame])
    source = Source(format=store.kind)
    return Stream(url=url, sample=Raw(frame=frame, source=source, parse=raw.parse), n_rows=n_rows)


def _begun(store: Store, table: str) -> Any:  # noqa: ANN401
    """A cursor at the beginning of the table, which does not see what others write meanwhile."""
    cursor = store.connection.cursor()
    select = f"SELECT * FROM {_quoted(table)}"  # noqa: S608 - quoted
    if store.kind == POSTGRESQL:
        select = f"DECLARE guanyao NO SCROLL CURSOR FOR {select}"
    cursor.execute(select)
    return cursor


def _next(store: Store, cursor: Any, n_rows: int) -> list[Any]:  # noqa: ANN401
    if store.kind == POSTGRESQL:
        cursor.execute(f"FETCH FORWARD {int(n_rows)} FROM guanyao")
        return list(cursor.fetchall())
    return list(cursor.fetchmany(n_rows))


def _whole_dtypes(store: Store, table: str, sample: pl.DataFrame) -> dict[str, pl.DataType]:
    """The dtypes that hold every row, of which the sample shows the first only."""
    if store.kind == SQLITE:
        return {name: _stored_dtype(store, table, name) for name in sample.columns}
    return {
        name: _scaled(store, table, name) if isinstance(dtype, pl.Decimal) else dtype
        for name, dtype in sample.schema.items()
    }


STORED: dict[frozenset[str], pl.DataType] = {
    frozenset(): pl.String(),
    frozenset({"text"}): pl.String(),
    frozenset({"integer"}): pl.Int64(),
    frozenset({"real"}): pl.Float64(),
    frozenset({"integer", "real"}): pl.Float64(),
}
"""What holds the cells of a SQLite column, by the types that they are stored with."""


def _stored_dtype(store: Store, table: str, name: str) -> pl.DataType:
    column = _quoted(name)
    rows = _query(store, f"SELECT DISTINCT typeof({column}) FROM {_quoted(table)}")  # noqa: S608
    kinds = frozenset(str(row[0]) for row in rows) - {"null"}
    if kinds not in STORED:
        raise _mixed(name, kinds)
    return STORED[kinds]


def _scaled(store: Store, table: str, name: str) -> pl.DataType:
    """Of `numeric`, which has no scale of its own, the largest scale that a row has."""
    column = _quoted(name)
    rows = _query(store, f"SELECT max(scale({column})) FROM {_quoted(table)}")  # noqa: S608
    return pl.Decimal(38, int(rows[0][0] or 0))


def _typed(name: str, cells: list[Any], dtype: pl.DataType) -> pl.Series:
    if dtype == pl.Float64:
        cells = [None if cell is None else float(cell) for cell in cells]
    if dtype == pl.String:
        cells = [None if cell is None else str(cell) for cell in cells]
    return pl.Series(name, cells, dtype=dtype)


class DatabaseWriter:
    """Writes batches of rows to a new table, in one transaction.

    Args:
        url: The address, with the table's name after `#`.
        schema: The columns with their formats.

    Raises:
        DataError: The table exists already, or no table is named.
    """

    def __init__(self, url: str, schema: Schema) -> None:
        """Open the database and create the table."""
        self._address, self._table = _split(url)
        self.schema = schema
        if not self._table:
            raise DataError("no table is named", do="name one: URL#TABLE", code="data.table")
        self._file = _new_file(self._address)
        self._store = _open(self._address, must_exist=False)
        self._created = False
        self._guard(self._begin)

    def _begin(self) -> None:
        if self._table in _tables(self._store):
            raise DataError(
                f"there is a table {self._table!r} already",
                do="choose another name, or drop it first",
                code="data.table_exists",
            )
        if self._store.kind == SQLITE:
            self._store.connection.execute("BEGIN IMMEDIATE")

    def _guard(self, act: Callable[[], None]) -> None:
        try:
            act()
        except self._store.faults as error:
            self.abort()
            raise _fault(self._address, error) from error
        except BaseException:
            self.abort()
            raise

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows."""
        self._guard(lambda: self._insert(frame))

    def _insert(self, frame: pl.DataFrame) -> None:
        if not self._created:
            types = [f"{_quoted(s.name)} {self._type(s.dtype)}" for s in frame]
            cursor = self._store.connection.cursor()
            cursor.execute(f"CREATE TABLE {_quoted(self._table)} ({', '.join(types)})")
            self._created = True
        if self._store.kind == SQLITE:
            self._insert_sqlite(frame)
        else:
            self._copy_postgresql(frame)

    def _type(self, dtype: pl.DataType) -> str:
        from guanyao.data.dtypes import kind

        if self._store.kind == POSTGRESQL and isinstance(dtype, pl.Decimal):
            return f"numeric({dtype.precision},{dtype.scale})"
        if self._store.kind == POSTGRESQL and isinstance(dtype, pl.Datetime) and dtype.time_zone:
            return "timestamptz"
        types = self._store.types
        return types.get(str(dtype)) or types.get(kind(dtype) or "", "TEXT")

    def _insert_sqlite(self, frame: pl.DataFrame) -> None:
        plain = dates_as_text(frame, self.schema).with_columns(
            pl.selectors.decimal().cast(pl.Float64), pl.selectors.categorical().cast(pl.String)
        )
        marks = ", ".join("?" * frame.width)
        statement = f"INSERT INTO {_quoted(self._table)} VALUES ({marks})"  # noqa: S608 - quoted
        for piece in plain.iter_slices(INSERT_ROWS):
            self._store.connection.executemany(statement, piece.iter_rows())

    def _copy_postgresql(self, frame: pl.DataFrame) -> None:
        data = io.BytesIO()
        frame.write_csv(data, include_header=False, quote_style="necessary")
        data.seek(0)
        copy = f"COPY {_quoted(self._table)} FROM STDIN WITH (FORMAT csv)"
        self._store.connection.cursor().execute(copy, stream=data)

    def close(self) -> None:
        """Make the table visible to others."""
        if not self._created:
            from guanyao.data.parquet_file import empty_frame

            self.write(empty_frame(self.schema))
        self._guard(self._commit)
        self._store.connection.close()

    def _commit(self) -> None:
        if self._store.kind == SQLITE:
            self._store.connection.execute("COMMIT")
        else:
            self._store.connection.commit()

    def abort(self) -> None:
        """Take back what was written."""
        # Closing without a commit rolls back, in both databases.
        self._store.connection.close()
        if self._file is not None:
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)


def _new_file(address: str) -> Path | None:
    """The SQLite file that writing will create, to be removed again if it fails."""
    if not address.startswith(SQLITE):
        return None
    path = Path(unquote(address.removeprefix("sqlite:///")))
    return None if path.exists() else path
