"""The tables of a room: filings, what is attached and decided, acts, deadlines, outbox.

What a table keeps is JSON in the column `content`; beside it stand only columns that are searched
by. The lines of the audit chain have tables of their own (`guanyao.records.audit_sqlite`,
`guanyao.records.audit_postgres`) in the same database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is called INTEGER."""

FILING = Table(
    "filing",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("place", Number, nullable=False, unique=True, comment="in which order they came"),
    Column("state", String(80), nullable=False),
    Column("number", String(80), nullable=False),
    Column("organisation", Text, nullable=False),
    Column("profile", String(80), nullable=False),
    Column("profile_digest", String(64), nullable=False),
    Column("changed", String(40), nullable=True),
    Column("n_acts", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Index(
        "filing_number",
        "number",
        unique=True,
        sqlite_where=text("number <> ''"),
        postgresql_where=text("number <> ''"),
    ),
)
RECORD = Table(
    "record",
    METADATA,
    Column("filing", String(80), primary_key=True, comment="empty: of the room"),
    Column("kind", String(80), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("first", Number, nullable=False, comment="in which order the keys came"),
    Column("is_newest", Boolean, nullable=False),
    Column("content", Text, nullable=True, comment="null: dropped"),
    Index("record_newest", "filing", "kind", "is_newest", "first"),
)
FILE = Table(
    "file",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
ACT = Table(
    "act",
    METADATA,
    Column("filing", String(80), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
)
DEADLINE = Table(
    "deadline",
    METADATA,
    Column("filing", String(80), ForeignKey("filing.id"), primary_key=True),
    Column("case", String(80), primary_key=True),
    Column("clock", String(80), primary_key=True),
    Column("standing", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("asks_at", BigInteger, nullable=True, comment="microseconds since 1970; null: never"),
    Column("content", Text, nullable=False),
    Index("deadline_asks", "asks_at"),
)
NOTICE = Table(
    "notice",
    METADATA,
    Column("id", Number, primary_key=True),
    Column("filing", String(80), nullable=False),
    Column("once", String(200), nullable=True, comment="what is said once only"),
    Column("sent", String(40), nullable=True),
    Column("content", Text, nullable=False),
    UniqueConstraint("filing", "once", name="notice_once"),
    Index("notice_sent", "sent", "id"),
)
