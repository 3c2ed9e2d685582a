"""Where tests keep a room: a folder, and a schema of the PostgreSQL server if there is one."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SERVER = os.environ.get("GUANYAO_TEST_POSTGRESQL", "")
NO_SERVER = "GUANYAO_TEST_POSTGRESQL names no PostgreSQL server: .ci/run starts one"
DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.skipif(not SERVER, reason=NO_SERVER)),
]


@contextmanager
def new_place(database: str, folder: Path) -> Iterator[str | Path]:
    """Where a new room can be made; it is taken away afterwards."""
    if database == "sqlite":
        yield folder / "room"
        return
    name = f"test_{secrets.token_hex(4)}"
    try:
        yield f"{SERVER}#{name}"
    finally:
        sql(f"{SERVER}#{name}", f"DROP SCHEMA IF EXISTS {name} CASCADE")


def sql(place: str | Path, *statements: str) -> list[Any]:
    """Change a room behind its back; what the last statement gives."""
    if isinstance(place, Path):
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(place / "filing.db", isolation_level=None)) as connection:
            return [connection.execute(statement).fetchall() for statement in statements][-1]
    from urllib.parse import urlsplit

    import pg8000.native

    parts = urlsplit(str(place))
    with pg8000.native.Connection(
        parts.username or "postgres",
        host=parts.hostname,
        port=parts.port or 5432,
        database=parts.path.lstrip("/"),
        startup_params={"search_path": parts.fragment},
    ) as connection:
        return [connection.run(statement) for statement in statements][-1]


def unguarded(place: str | Path, statement: str) -> None:
    """Change the audit chain as somebody does who switches its triggers off for a moment."""
    if isinstance(place, Path):
        from guanyao.records.audit_sqlite import TRIGGERS

        drops = [f"DROP TRIGGER {name}" for name in TRIGGERS]
        sql(place, *drops, statement, *TRIGGERS.values())
        return
    table = "ALTER TABLE audit_line {} TRIGGER USER"
    sql(place, table.format("DISABLE"), statement, table.format("ENABLE"))
