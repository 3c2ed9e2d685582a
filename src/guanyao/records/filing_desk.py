"""A desk: what a transaction on a room can read and write; all of it is done, or nothing.

What is kept is plain JSON, and nothing here knows what it means: the columns beside it are taken
from fields that every record of its kind has.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    TextClause,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from guanyao.errors import ConfigError, DataError, InternalError
from guanyao.records.audit import AuditChain
from guanyao.records.audit_line import Entry, Line
from guanyao.records.filing_tables import ACT, DEADLINE, FILE, FILING, NOTICE, RECORD

MAX_FILE = 64 << 20
MAX_KIND, MAX_KEY = 80, 200
SEARCHED = ("state", "number", "organisation", "profile", "profile_digest", "changed", "n_acts")
"""Fields of a filing that have a column."""
GET_FILING = select(FILING.c.content).where(FILING.c.id == bindparam("own_id"))
PUT_FILING = text(
    f"INSERT INTO filing (id, place, content, {', '.join(SEARCHED)})"  # noqa: S608 - our own names
    " VALUES (:id, (SELECT coalesce(max(place), 0) + 1 FROM filing), :content,"
    f" {', '.join(f':{name}' for name in SEARCHED)}) ON CONFLICT (id) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in ('content', *SEARCHED))}"
).bindparams(*(bindparam(name, type_=FILING.c[name].type) for name in ("id", "content", *SEARCHED)))
GET_RECORD = (
    select(RECORD.c.content)
    .where(RECORD.c.filing == bindparam("own_filing"), RECORD.c.kind == bindparam("own_kind"))
    .where(RECORD.c.key == bindparam("own_key"), RECORD.c.is_newest)
)
ADD_ACT = insert(ACT).values(
    n=select(func.coalesce(func.max(ACT.c.n), 0) + 1)
    .where(ACT.c.filing == bindparam("own_filing"))
    .scalar_subquery()
)
DROP_DEADLINES = delete(DEADLINE).where(DEADLINE.c.filing == bindparam("own_filing"))
"""Statements of every act, put together once."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ONE = timedelta(microseconds=1)


class Desk:
    """A room inside a transaction.

    Args:
        connection: The transaction.
        chain: The audit chain, whose lines are part of it.
        now: What time it is for all that is done in it.
        writes: Whether anything may be written.
        known: What was found out of the room before, and holds as long as nobody else adds a line
            and no record of the room changes.
    """

    def __init__(
        self,
        connection: Connection,
        chain: AuditChain,
        now: datetime,
        *,
        writes: bool,
        known: dict[str, Any] | None = None,
    ) -> None:
        self.now = now
        self.known: dict[str, Any] = {} if known is None else known
        self._connection, self._chain, self._writes = connection, chain, writes

    # Filings

    def filings(self) -> list[dict[str, Any]]:
        """What is searched by of every filing, in the order in which they came."""
        columns = [FILING.c.id, *(FILING.c[name] for name in SEARCHED)]
        rows = self._connection.execute(select(*columns).order_by(FILING.c.place))
        return [dict(row._mapping) for row in rows]

    def n_filings(self) -> int:
        """How many filings there are."""
        return self._connection.scalar(select(func.count()).select_from(FILING)) or 0

    def filing(self, id: str) -> dict[str, Any] | None:
        """The whole record of a filing; None if there is none."""
        return _read(self._connection.scalar(GET_FILING, {"own_id": id}))

    def put_filing(self, record: Mapping[str, Any]) -> str:
        """Keep a filing in the place of what was there; the SHA-256 of what is kept."""
        id = _named("filing", record["id"], MAX_KIND)
        content = _written(record)
        values = {**{name: record[name] for name in SEARCHED}, "content": content}
        self._write(PUT_FILING, {**values, "id": id})
        return digest_of(content)

    def kept_digest(self, id: str) -> str:
        """The SHA-256 of a filing as it is kept, as `put_filing` gave it; "" if there is none."""
        content = self._connection.scalar(GET_FILING, {"own_id": id})
        return "" if content is None else digest_of(content)

    def number_is_free(self, number: str, *, but: str = "") -> bool:
        """Whether no filing has the number, except this one."""
        query = select(FILING.c.id).where(FILING.c.number == number, FILING.c.id != but)
        return self._connection.execute(query.limit(1)).first() is None

    # Records

    def record(self, filing: str, kind: str, key: str) -> dict[str, Any] | None:
        """The newest version of a record; None if there is none, or it was dropped."""
        own = {"own_filing": filing, "own_kind": kind, "own_key": key}
        return _read(self._connection.scalar(GET_RECORD, own))

    def records(self, filing: str, kind: str, *, prefix: str = "") -> dict[str, dict[str, Any]]:
        """Key -> newest version, in the order in which the keys first came.

        Args:
            filing: The filing's id; "": of the room.
            kind: What kind of record.
            prefix: What the keys begin with.
        """
        query = (
            select(RECORD.c.key, RECORD.c.content)
            .where(RECORD.c.filing == filing, RECORD.c.kind == kind, RECORD.c.is_newest)
            .where(RECORD.c.content.is_not(None))
            .order_by(RECORD.c.first)
        )
        if prefix:
            query = query.where(RECORD.c.key.startswith(prefix, autoescape=True))
        return {key: json.loads(content) for key, content in self._connection.execute(query)}

    def versions(self, filing: str, kind: str, key: str) -> list[dict[str, Any]]:
        """All versions of a record, the oldest first; where it was dropped, nothing stands."""
        query = select(RECORD.c.content).where(*_of(filing, kind, key)).order_by(RECORD.c.version)
        found = self._connection.scalars(query.where(RECORD.c.content.is_not(None)))
        return [json.loads(content) for content in found]

    def put_record(self, filing: str, kind: str, key: str, record: Mapping[str, Any]) -> None:
        """Keep a version of a record; those before it stay."""
        self._put(filing, kind, key, _written(record))

    def drop_record(self, filing: str, kind: str, key: str) -> None:
        """Let a record be absent from now on; its versions stay."""
        if self.record(filing, kind, key) is not None:
            self._put(filing, kind, key, None)

    def _put(self, filing: str, kind: str, key: str, content: str | None) -> None:
        if not filing:
            self.known.clear()
        own = _of(filing, _named("kind", kind, MAX_KIND), _named("key", key, MAX_KEY))
        query = select(RECORD.c.version, RECORD.c.first).where(*own, RECORD.c.is_newest)
        last = self._connection.execute(query).first()
        if last is None:
            of_kind = (RECORD.c.filing == filing, RECORD.c.kind == kind)
            highest = self._connection.scalar(select(func.max(RECORD.c.first)).where(*of_kind))
            version, first = 0, (highest or 0) + 1
        else:
            version, first = last
            self._write(update(RECORD).where(*own, RECORD.c.is_newest).values(is_newest=False))
        values = {"filing": filing, "kind": kind, "key": key, "version": version + 1}
        self._write(insert(RECORD).values(**values, first=first, is_newest=True, content=content))

    def forget_record(self, filing: str, kind: str, key: str) -> None:
        """Erase every version of a record."""
        self.known.clear()
        self._write(delete(RECORD).where(*_of(filing, kind, key)))

    # Files

    def put_file(self, content: bytes) -> str:
        """Keep a file; its SHA-256 (hexadecimal).

        Raises:
            DataError: It is larger than 64 MiB ("filing.file_size").
        """
        if len(content) > MAX_FILE:
            raise DataError(
                f"the file has {len(content) >> 20} MiB",
                allowed=f"up to {MAX_FILE >> 20} MiB",
                do="split it, or hand in a smaller one",
                code="filing.file_size",
            )
        digest = hashlib.sha256(content).hexdigest()
        query = select(FILE.c.digest).where(FILE.c.digest == digest)
        if self._connection.execute(query).first() is None:
            self._write(insert(FILE).values(digest=digest, content=content))
        return digest

    def file(self, digest: str) -> bytes:
        """The content of the file with this SHA-256.

        Raises:
            DataError: It is not there, or was damaged ("filing.file").
        """
        found = self._connection.scalar(select(FILE.c.content).where(FILE.c.digest == digest))
        content = None if found is None else bytes(found)
        if content is None or hashlib.sha256(content).hexdigest() != digest:
            state = "not there" if content is None else "damaged"
            raise DataError(
                f"the file {digest[:12]} of the room is {state}",
                do="attach it again, or put the last good copy of the room in its place",
                code="filing.file",
            )
        return content

    def forget_file(self, digest: str) -> None:
        """Erase a file; whoever still names it finds nothing."""
        self._write(delete(FILE).where(FILE.c.digest == digest))

    # Acts

    def put_act(self, filing: str, act: Mapping[str, Any]) -> None:
        """Remember an act, done or refused, after those before it."""
        self._write(ADD_ACT, {"filing": filing, "own_filing": filing, "content": _written(act)})

    def acts(self, filing: str) -> list[dict[str, Any]]:
        """The acts on a filing, done and refused, in order; `n` counts them from 1."""
        query = select(ACT.c.n, ACT.c.content).where(ACT.c.filing == filing).order_by(ACT.c.n)
        return [{**json.loads(content), "n": n} for n, content in self._connection.execute(query)]

    # Clocks

    def put_deadlines(self, filing: str, deadlines: Sequence[Mapping[str, Any]]) -> None:
        """Keep the deadlines of a filing in the place of those that were there.

        Args:
            filing: The filing's id.
            deadlines: Each with case, clock, standing, status, and `asks_at`: when the clocks have
                to look at it (a moment with its zone, or null).
        """
        self._write(DROP_DEADLINES, {"own_filing": filing})
        if deadlines:
            self._write_rows(DEADLINE, [_deadline(filing, deadline) for deadline in deadlines])

    def deadlines(self, filing: str) -> list[dict[str, Any]]:
        """The deadlines of a filing as they were put."""
        query = select(DEADLINE.c.content).where(DEADLINE.c.filing == filing)
        ordered = query.order_by(DEADLINE.c.case, DEADLINE.c.clock)
        return [json.loads(content) for content in self._connection.scalars(ordered)]

    def ended_filings(self, until: datetime) -> list[str]:
        """Ids of filings with a deadline that ended, or asks for a reminder, by then."""
        return self._filings_where(DEADLINE.c.asks_at <= micros(until))

    def provisional_filings(self) -> list[str]:
        """Ids of filings with a deadline that runs on days that are not official yet."""
        return self._filings_where(
            DEADLINE.c.standing == "running", DEADLINE.c.status == "provisional"
        )

    def _filings_where(self, *where: ColumnElement[bool]) -> list[str]:
        query = select(FILING.c.id).order_by(FILING.c.place)
        found = query.where(FILING.c.id.in_(select(DEADLINE.c.filing).where(*where)))
        return list(self._connection.scalars(found))

    # Outbox

    def post(self, filing: str, notice: Mapping[str, Any], *, once: str = "") -> bool:
        """Queue a notice.

        Args:
            filing: The filing's id.
            notice: What is to be sent.
            once: What it is about, if that is said once only; "": it is said whenever it is posted.

        Returns:
            Whether it was queued; False if the same was said before.
        """
        if once and self._is_said(filing, once):
            return False
        self.post_all(filing, [notice], once=once)
        return True

    def post_all(
        self, filing: str, notices: Sequence[Mapping[str, Any]], *, once: str = ""
    ) -> None:
        """Queue several notices in their order."""
        own = {"filing": filing, "once": once or None}
        at = self.now.isoformat()
        rows = [{**own, "content": _written({**notice, "at": at})} for notice in notices]
        if rows:
            self._write_rows(NOTICE, rows)

    def _is_said(self, filing: str, once: str) -> bool:
        own = (NOTICE.c.filing == filing, NOTICE.c.once == once)
        return self._connection.execute(select(NOTICE.c.id).where(*own)).first() is not None

    def outbox(self, *, unsent: bool = True) -> list[dict[str, Any]]:
        """Notices in order, each with `id`, `filing`, `at` and `sent` (when, or null)."""
        query = select(NOTICE).order_by(NOTICE.c.id)
        if unsent:
            query = query.where(NOTICE.c.sent.is_(None))
        return [_notice(row) for row in self._connection.execute(query).mappings()]

    def sent(self, id: int) -> None:
        """Note that a notice was sent."""
        now = self.now.isoformat()
        self._write(update(NOTICE).where(NOTICE.c.id == id).values(sent=now))

    # Chain

    def append(self, entry: Entry) -> Line:
        """A line of the audit chain, in this transaction."""
        self._check_writes()
        return self._chain.append_many([entry])[0]

    def _write(self, statement: Any, values: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        self._check_writes()
        return self._connection.execute(statement, values)

    def _write_rows(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add several rows in one statement."""
        statement = _insertion(table, tuple(rows[0]), len(rows))
        values = {f"{name}_{n}": row[name] for n, row in enumerate(rows) for name in row}
        self._write(statement, values)

    def _check_writes(self) -> None:
        if not self._writes:
            raise InternalError("something is written where a room is only read")


@cache
def _insertion(table: Table, names: tuple[str, ...], n_rows: int) -> TextClause:
    """A statement that adds so many rows; its parameters are called as the column, and a number."""
    columns = ", ".join(f'"{name}"' for name in names)
    marks = (", ".join(f":{name}_{n}" for name in names) for n in range(n_rows))
    values = ", ".join(f"({mark})" for mark in marks)
    types = [
        bindparam(f"{name}_{n}", type_=table.c[name].type) for name in names for n in range(n_rows)
    ]
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES {values}'  # noqa: S608
    return text(statement).bindparams(*types)


def _deadline(filing: str, deadline: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a deadline."""
    own = {name: deadline[name] for name in ("case", "clock", "standing", "status")}
    asks_at = deadline.get("asks_at")
    at = None if asks_at is None else micros(datetime.fromisoformat(asks_at))
    return {"filing": filing, **own, "asks_at": at, "content": _written(deadline)}


def digest_of(content: str) -> str:
    """SHA-256 (hexadecimal) of what is kept."""
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def micros(moment: datetime) -> int:
    """Microseconds since 1970.

    Examples:
        >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
        1000000
    """
    return (moment - EPOCH) // ONE


def _notice(row: Mapping[Any, Any]) -> dict[str, Any]:
    own = {name: row[name] for name in ("id", "filing", "sent")}
    return {**json.loads(row["content"]), **own}


def _of(filing: str, kind: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return RECORD.c.filing == filing, RECORD.c.kind == kind, RECORD.c.key == key


def _read(content: str | None) -> dict[str, Any] | None:
    return None if content is None else dict(json.loads(content))


def _written(record: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode("utf-8")
    except UnicodeEncodeError:  # half of a pair stands alone: only its escape can be kept
        return json.dumps(record, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InternalError(f"a record cannot be kept as JSON ({error})") from error
    return text


def _named(what: str, name: str, most: int) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= most or not name.isprintable():
        raise ConfigError(
            f"a record cannot be kept under this {what}",
            allowed=f"up to {most} printable characters",
            code="filing.key",
        )
    return name
