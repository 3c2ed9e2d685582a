"""The tables of a room as they began.

What stands here is never changed: a later revision changes the tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NUMBERED = sa.text("number <> ''")


def upgrade() -> None:
    """Make the tables."""
    _filings()
    _records()
    _clocks()


def _filings() -> None:
    op.create_table(
        "filing",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("place", Number, nullable=False, unique=True),
        sa.Column("state", sa.String(80), nullable=False),
        sa.Column("number", sa.String(80), nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("profile", sa.String(80), nullable=False),
        sa.Column("profile_digest", sa.String(64), nullable=False),
        sa.Column("changed", sa.String(40), nullable=True),
        sa.Column("n_acts", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index(
        "filing_number",
        "filing",
        ["number"],
        unique=True,
        sqlite_where=NUMBERED,
        postgresql_where=NUMBERED,
    )
    op.create_table(
        "act",
        sa.Column("filing", sa.String(80), primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
    )


def _records() -> None:
    op.create_table(
        "record",
        sa.Column("filing", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(80), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", Number, nullable=False),
        sa.Column("is_newest", sa.Boolean, nullable=False),
        sa.Column("content", sa.Text, nullable=True),
    )
    op.create_index("record_newest", "record", ["filing", "kind", "is_newest", "first"])
    op.create_table(
        "file",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def _clocks() -> None:
    op.create_table(
        "deadline",
        sa.Column("filing", sa.String(80), sa.ForeignKey("filing.id"), primary_key=True),
        sa.Column("case", sa.String(80), primary_key=True),
        sa.Column("clock", sa.String(80), primary_key=True),
        sa.Column("standing", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("asks_at", sa.BigInteger, nullable=True),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("deadline_asks", "deadline", ["asks_at"])
    op.create_table(
        "notice",
        sa.Column("id", Number, primary_key=True),
        sa.Column("filing", sa.String(80), nullable=False),
        sa.Column("once", sa.String(200), nullable=True),
        sa.Column("sent", sa.String(40), nullable=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.UniqueConstraint("filing", "once", name="notice_once"),
    )
    op.create_index("notice_sent", "notice", ["sent", "id"])
