"""Takes rows out of a table where it lies; every other row stays as it is written.

Files are written beside their place, brought to the disk and then moved there in one step: whatever
kills the process, either the old file lies there or the new one.
"""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guanyao.data import compressed, csv_blocks, database, jsonl_blocks, readers
from guanyao.data.csv_dialect import MARKS, Dialect, decoder
from guanyao.data.leftovers import swept
from guanyao.data.pending import disk_error
from guanyao.data.writers import open_writer
from guanyao.errors import DataError
from guanyao.protect.vault.durable import sync_folder

Rows: TypeAlias = NDArray[np.int64]
"""Places of rows, from 0, in order."""

PART = ".erasing.part."
WIDE = {"utf-16": "utf-16-le", "utf-16-be": "utf-16-be"}
"""Encodings in which the bytes of a line end may belong to other characters."""

BATCH = 500


def part_of(path: Path) -> Path:
    """Where the new file is written before it takes the old one's place; always the same."""
    return path.with_name(f"{PART}{path.name}")


def format_name(path: Path) -> str:
    """The format of a table's file by its suffix: csv, jsonl, parquet or excel.

    Raises:
        DataError: It is none that is known.
    """
    return str(readers.format_of(path).__name__.rpartition(".")[2].removesuffix("_file"))


def is_table(path: Path) -> bool:
    """Whether the file is a table by its suffix."""
    try:
        return path.is_file() and bool(format_name(path))
    except DataError:
        return False


def write_without(path: Path, rows: Rows, target: Path | None = None) -> Path:
    """Write the file anew, without these rows, beside its place.

    Args:
        path: A table.
        rows: The rows to leave out.
        target: Where it goes; None: `part_of` the path.

    Returns:
        Where it was written.

    Raises:
        DataError: It cannot be read or written, or holds more than the one table.
    """
    target = part_of(path) if target is None else target
    try:
        target.unlink(missing_ok=True)
        WRITERS[format_name(path)](path, rows, target)
        target.chmod(path.stat().st_mode & 0o777)
        _sync(target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise disk_error(path, error) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def move(part: Path, path: Path) -> None:
    """Put the new file in the old one's place."""
    try:
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise disk_error(path, error) from error


def sweep(path: Path) -> None:
    """Take away what a killed process left beside a place."""
    part_of(path).unlink(missing_ok=True)
    if path.parent.is_dir():
        with swept(path):
            pass
        for left in path.parent.glob(f".{path.name}.*.part"):
            left.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _csv(path: Path, rows: Rows, target: Path) -> None:
    table = csv_blocks.open_text(path, 1)
    encoding, dialect = table.sample.source.encoding, table.dialect
    n_header = int(dialect.header)
    gone = {int(row) + n_header for row in rows}
    n_records = 0
    with compressed.open_compressor(target, path.suffix) as out:
        for record in _records(path, encoding, dialect):
            if n_records not in gone:
                out.write(record)
            n_records += 1
    if n_records != table.n_rows + n_header:
        raise _changed(path)


def _records(path: Path, encoding: str, dialect: Dialect) -> Iterator[bytes]:
    """The records as they are written, each with its line end."""
    wide = WIDE.get(encoding)
    if wide is None:
        # In UTF-8 and GB18030 the bytes of quotes and line ends stand for nothing else.
        blocks = _whole(csv_blocks.pieces(path), dialect)
        yield from (record for block in blocks for record in _split(block, dialect))
        return
    mark = MARKS[encoding]
    for block in _whole(map(decoder(encoding), csv_blocks.pieces(path)), dialect):
        for record in _split(block, dialect):
            yield mark + record.decode().encode(wide)
            mark = b""


def _whole(pieces: Iterable[bytes], dialect: Dialect) -> Iterator[bytes]:
    blocks = csv_blocks.whole_records(pieces, dialect)
    if dialect.line_end == "\r":
        return (block.replace(b"\n", b"\r") for block in blocks)
    return blocks


def _split(block: bytes, dialect: Dialect) -> Iterator[bytes]:
    """The records of a block; line ends within quotes end none."""
    end = b"\r" if dialect.line_end == "\r" else b"\n"
    quote = dialect.quote.encode() if dialect.quote else b""
    held = b""
    for line in _lines(block, end):
        held += line
        if not quote or held.count(quote) % 2 == 0:
            yield held
            held = b""
    if held:
        yield held


def _lines(block: bytes, end: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(block):
        stop = block.find(end, start) + 1 or len(block)
        yield block[start:stop]
        start = stop


def _jsonl(path: Path, rows: Rows, target: Path) -> None:
    gone = set(rows.tolist())
    n_rows = 0
    with compressed.open_compressor(target, path.suffix) as out:
        for block in csv_blocks.whole_records(csv_blocks.pieces(path), jsonl_blocks.LINES):
            for line in _lines(block, b"\n"):
                is_row = bool(line.strip())
                if not (is_row and n_rows in gone):
                    out.write(line)
                n_rows += is_row
    if rows.size and n_rows <= int(rows[-1]):
        raise _changed(path)


def _parquet(path: Path, rows: Rows, target: Path) -> None:
    place = "\0place"
    gone = pl.Series(rows).cast(pl.UInt32).implode()
    try:
        words = {k: v for k, v in pl.read_parquet_metadata(path).items() if k != "ARROW:schema"}
        table = pl.scan_parquet(path, glob=False).with_row_index(place)
        kept = table.filter(~pl.col(place).is_in(gone)).drop(place)
        kept.sink_parquet(target, metadata=words or None)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise _changed(path) from error


def _excel(path: Path, rows: Rows, target: Path) -> None:
    table = readers.read(path)
    places = np.setdiff1d(np.arange(len(table)), rows)
    with open_writer(target, table.schema) as writer:
        writer.write(table.frame[places])


def check_rewritable(path: Path) -> None:
    """See that rows can be taken out of the file.

    Raises:
        DataError: It is a workbook of several sheets, which would be lost.
    """
    if format_name(path) != "excel":
        return
    import fastexcel

    n_sheets = len(fastexcel.read_excel(path).sheet_names)
    if n_sheets > 1:
        raise DataError(
            f"{path.name} holds {n_sheets} sheets",
            allowed="workbooks of one sheet can be written anew without a person's rows",
            do="save each sheet as a file of its own, and remove the workbook",
            code="erase.sheets",
        )


def _changed(path: Path) -> DataError:
    return DataError(
        f"{path.name} changed while rows were taken out of it, or cannot be read to its end",
        do="see that nobody writes it, and erase again",
        code="erase.changed",
    )


WRITERS: dict[str, Any] = {"csv": _csv, "jsonl": _jsonl, "parquet": _parquet, "excel": _excel}


def delete_rows(url: str, column: str, ids: Collection[str]) -> int:
    """Delete the rows of these persons from a table of a database; how many there were.

    In SQLite what was deleted is written over with zeros, and the file is packed anew.

    Args:
        url: The address with the table.
        column: The column that names the person.
        ids: The persons.

    Raises:
        DataError: The database refuses.
        MissingExtraError: The driver for PostgreSQL is not installed.
    """
    address, _, table = url.partition("#")
    named = unquote(table)
    if address.startswith(database.SQLITE):
        return _delete_sqlite(Path(unquote(address.removeprefix("sqlite:///"))), named, column, ids)
    return _delete_postgresql(url, named, column, ids)


def _delete_sqlite(path: Path, table: str, column: str, ids: Collection[str]) -> int:
    try:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as connection:
            connection.create_function("as_id", 1, _as_id, deterministic=True)
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("PRAGMA temp_store=MEMORY")
            connection.execute("BEGIN IMMEDIATE")
            n_rows = sum(_deleted(connection, table, column, some) for some in _batches(ids))
            connection.execute("COMMIT")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise _refused(path.name, error) from error
    return n_rows


def _deleted(connection: sqlite3.Connection, table: str, column: str, ids: list[str]) -> int:
    marks = ", ".join("?" * len(ids))
    where = f"as_id({_quoted(column)}) IN ({marks})"
    delete = f"DELETE FROM {_quoted(table)} WHERE {where}"  # noqa: S608 - names are quoted
    return connection.execute(delete, ids).rowcount


def _as_id(value: object) -> str | None:
    """A cell as the id that it is read as."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None or isinstance(value, bytes) else str(value).strip()


def _delete_postgresql(url: str, table: str, column: str, ids: Collection[str]) -> int:
    store = database._open(url.partition("#")[0], must_exist=True)
    where = f"btrim({_quoted(column)}::text)"
    delete = f"DELETE FROM {_quoted(table)} WHERE {where} = ANY (%s)"  # noqa: S608 - quoted
    try:
        cursor = store.connection.cursor()
        cursor.execute(delete, (sorted(ids),))
        n_rows = int(cursor.rowcount)
        store.connection.commit()
        store.connection.autocommit = True
        cursor.execute(f"VACUUM {_quoted(table)}")
    except store.faults as error:
        raise _refused(table, error) from error
    finally:
        store.connection.close()
    return n_rows


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    every = sorted(ids)
    return (every[at : at + BATCH] for at in range(0, len(every), BATCH))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refused(name: str, error: Exception) -> DataError:
    return DataError(
        f"the rows cannot be deleted from {name} ({type(error).__name__})",
        do="see that nobody else writes it and that nothing refers to the rows",
        code="erase.database",
    )
