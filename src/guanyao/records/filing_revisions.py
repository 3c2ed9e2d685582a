"""Brings the tables of a room to the newest revision, within one transaction."""

from pathlib import Path

from sqlalchemy import Connection, inspect

from guanyao.errors import ConfigError
from guanyao.registry import need

HEAD = "0001"
"""The newest revision; a test compares it with the folder."""
FOLDER = Path(__file__).parent / "filing_migrations"
TABLE = "room_version"


def revision(connection: Connection) -> str:
    """The revision of the tables; "" if there are none."""
    if not inspect(connection).has_table(TABLE):
        return ""
    found = connection.exec_driver_sql(f"SELECT version_num FROM {TABLE}").scalar()  # noqa: S608
    return str(found or "")


def upgrade(connection: Connection) -> None:
    """Run every revision that the tables lack.

    Raises:
        ConfigError: A newer version of Guanyao made the tables ("filing.room_future").
    """
    found = revision(connection)
    if found == HEAD:
        return
    need("alembic")
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER)])
    known = {step.revision: step for step in script.walk_revisions()}
    if found and found not in known:
        raise future(found)
    context = MigrationContext.configure(connection, opts={"version_table": TABLE})
    steps = reversed(list(script.iterate_revisions(HEAD, found or "base")))
    with Operations.context(context):
        for step in steps:
            step.module.upgrade()
            context.stamp(script, step.revision)


def future(found: str) -> ConfigError:
    """The tables are of a revision that is not known here."""
    return ConfigError(
        f"the room is of revision {found[:20]!r}",
        allowed=f"this version of Guanyao knows revisions up to {HEAD}",
        do="update guanyao",
        code="filing.room_future",
    )
