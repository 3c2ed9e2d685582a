"""The store of filings: one database that is the whole desk of provider, authority and public.

    with FilingStore.create("room") as store:        # or postgresql://user@host/database
        with store.writing() as desk:                # one act, one transaction
            desk.put_record("", "person", "ann", {...})

Filings, files, decisions, deadlines, outbox, acts and the audit chain are in one database, so an
act is done with everything that belongs to it, or not at all, whenever the process is killed.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from guanyao.errors import ConfigError, InternalError
from guanyao.records.audit import AuditChain, Head, Row, Verdict, utc_now
from guanyao.records.audit_line import Line, genesis, hasher
from guanyao.records.filing_desk import Desk
from guanyao.records.filing_place import WRITES, Place, PostgresPlace, has_tables, no_room, place_of
from guanyao.records.filing_revisions import HEAD, revision, upgrade

__all__ = ["Chain", "Desk", "FilingStore"]


class Chain:
    """The audit chain of a room, to be read."""

    def __init__(self, store: "FilingStore") -> None:
        self._store = store

    def lines(self, first: int = 1) -> Iterator[Line]:
        """The lines in order, from this number on (negative: so many from the end)."""
        with self._store.looking() as chain:
            yield from chain.lines(first)

    def rows(self) -> Iterator[Row]:
        """The lines in order, as they are stored."""
        with self._store.looking() as chain:
            yield from chain.rows()

    def head(self) -> Head:
        """The end of the chain."""
        with self._store.looking() as chain:
            return chain.head()

    @property
    def genesis(self) -> str:
        """The text that the chain begins with."""
        with self._store.looking() as chain:
            return chain.genesis


class FilingStore:
    """A room; one object serves one process, and several threads. Close it after use.

    Args:
        place: Where it is kept.
        clock: Says what time it is, with a time zone.
        begun: The text that its audit chain begins with.
    """

    def __init__(self, place: Place, begun: str, *, clock: Callable[[], datetime]) -> None:
        self._place, self._begun, self._clock = place, begun, clock
        self._writer = threading.Lock()
        self._beginning = hasher(json.loads(begun)["hash"])(begun.encode("utf-8"))
        self._last: tuple[int, str] | None = None
        self._known: dict[str, Any] = {}
        self._inside = threading.local()
        self.place = place.title
        self.chain = Chain(self)

    @classmethod
    def create(
        cls, place: str | Path, *, hash: str = "sha256", clock: Callable[[], datetime] = utc_now
    ) -> Self:
        """Make a room: all of it, or nothing.

        Args:
            place: A folder, made if it is not there, or `postgresql://…[#name]`.
            hash: What the audit chain is hashed with: sha256 or sm3.
            clock: Says what time it is, with a time zone.

        Raises:
            ConfigError: There is a room already ("filing.room_exists"), or no such hash.
            DataError: It cannot be made ("filing.room_...").
            MissingExtraError: A package is not installed.
        """
        hasher(hash)
        found = place_of(place, is_new=True)
        try:
            with faults(found), transaction(found, writes=True) as connection:
                if isinstance(found, PostgresPlace):
                    found.lock(connection)
                    found.make_schema(connection)
                if has_tables(connection):
                    raise _exists(found.title)
                upgrade(connection)
                created = clock().astimezone(UTC).isoformat(timespec="microseconds")
                begun = genesis(secrets.token_hex(16), hash, created)
                found.chain(connection).begin(begun)
            return cls(found, begun, clock=clock)
        except BaseException:
            found.engine.dispose()
            raise

    @classmethod
    def open(cls, place: str | Path, *, clock: Callable[[], datetime] = utc_now) -> Self:
        """The room at a place; an older format is brought up to date.

        Raises:
            ConfigError: A newer version of Guanyao made it ("filing.room_future").
            DataError: There is none ("filing.no_room"), or it cannot be used ("filing.room_...").
            MissingExtraError: A package is not installed.
        """
        found = place_of(place, is_new=False)
        try:
            with faults(found):
                _bring_up(found)
                with transaction(found) as connection:
                    begun = found.chain(connection).genesis()
            if begun is None:
                raise no_room(found.title)
            return cls(found, begun, clock=clock)
        except BaseException:
            found.engine.dispose()
            raise

    @contextmanager
    def writing(self, *, at: datetime | None = None) -> Iterator[Desk]:
        """One transaction of one writer: all that is done in it is kept, or nothing is.

        Args:
            at: The time that counts for all that is done in it; None: the clock's.
        """
        if getattr(self._inside, "writes", False):
            raise InternalError("a transaction on a room is begun within another")
        with self._writer, faults(self._place):
            known, self._known = self._known, {}
            with transaction(self._place, writes=True) as connection:
                self._inside.writes = True
                try:
                    chain = self._entered(connection, at)
                    if chain.last != self._last:
                        known = {}
                    yield Desk(connection, chain, chain.now(), writes=True, known=known)
                finally:
                    self._inside.writes = False
            # Only now is it certain that what was found out holds.
            self._known, self._last = known, chain.last

    @contextmanager
    def reading(self) -> Iterator[Desk]:
        """A look at the room as it is at one moment."""
        with faults(self._place), transaction(self._place) as connection:
            now = self._clock()
            chain = AuditChain(self._place.chain(connection), begun=self._begun)
            yield Desk(connection, chain, now, writes=False)

    def _entered(self, connection: Connection, at: datetime | None) -> AuditChain:
        """The audit chain, to be written by this transaction alone, at one time."""
        store, last = self._place.entered(connection)
        now = at or self._clock()
        last = last or (0, self._beginning)
        return AuditChain(store, clock=lambda: now, begun=self._begun, last=last)

    @contextmanager
    def looking(self) -> Iterator[AuditChain]:
        """The audit chain outside of transactions, so that reading it keeps nobody waiting."""
        with faults(self._place), self._place.engine.connect() as connection:
            connection.execution_options(**self._place.apart)
            yield AuditChain(self._place.chain(connection), clock=self._clock)

    def verify(self, anchor: Head | None = None) -> Verdict:
        """Whether every line of the audit chain is as it was written; see `AuditChain.verify`."""
        with self.looking() as chain:
            return chain.verify(anchor)

    def close(self) -> None:
        """Let the database go."""
        self._place.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


@contextmanager
def transaction(place: Place, *, writes: bool = False) -> Iterator[Connection]:
    """A transaction; what is only read is seen as it is at one moment."""
    options: dict[str, Any] = {WRITES: True} if writes else dict(place.looking)
    with place.engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def faults(place: Place) -> Iterator[None]:
    """Says in one line why the database cannot be used."""
    try:
        yield
    except SQLAlchemyError as error:
        raise place.fault(error) from error


def _bring_up(place: Place) -> None:
    """See that the tables are of this version's revision, or bring them there."""
    with transaction(place) as connection:
        found = revision(connection)
    if not found:
        raise no_room(place.title)
    if found == HEAD:
        return
    with transaction(place, writes=True) as connection:
        place.lock(connection)
        upgrade(connection)


def _exists(title: str) -> ConfigError:
    return ConfigError(
        f"{title} is a room already",
        do="use it as it is, or name another folder or database",
        code="filing.room_exists",
    )
