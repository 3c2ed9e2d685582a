"""The audit chain: what was done, refused or failed, in lines that nobody changes unseen.

    chain = AuditChain.open("audit.db")          # or "postgresql://user@host/database"
    chain.append("run", facts={"model": "trees"})
    chain.verify()                               # Verdict(ok=True, n_lines=1, …)

Each line carries the hash of the one before, so a change anywhere breaks every later link. Whoever
can write the database can still write a whole new chain, or cut the tail off: against that, the
head is anchored outside (`guanyao.records.anchor`).
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

from guanyao.errors import ConfigError, DataError, InternalError
from guanyao.records.audit_line import FIELDS, FORMAT, Entry, Line, genesis, hasher
from guanyao.records.evidence import canonical

POSTGRESQL = ("postgresql://", "postgres://")


@dataclass(frozen=True)
class Row:
    """A line as it is stored: its number, the link, the hashed text, and its hash."""

    seq: int
    prev: str
    content: str
    hash: str


class Store(Protocol):
    """Where the lines are kept: a database that refuses every change of what is there."""

    place: str

    def writing(self) -> AbstractContextManager[None]:
        """A transaction that no other writer is in at the same time."""

    def genesis(self) -> str | None:
        """The text that the chain begins with; None where there is no chain yet."""

    def begin(self, genesis: str) -> None:
        """Make the tables and triggers, unless another process has just done so."""

    def last(self) -> tuple[int, str] | None:
        """Number and hash of the last line."""

    def insert(self, rows: Sequence[Row]) -> None:
        """Add lines at the end."""

    def rows(self, first: int = 1) -> Iterator[Row]:
        """The lines in order, from this number on."""

    def unguarded(self) -> str:
        """What of tables and triggers is missing or was changed; "" if nothing is."""

    def close(self) -> None:
        """Let the database go."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of a chain: whoever keeps it can tell later whether anything before it changed."""

    chain: str
    hash_name: str
    seq: int
    hash: str
    time: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What checking a chain found.

    Args:
        ok: Whether every line is as it was written.
        n_lines: How many lines were read, up to the first that is broken.
        first_broken: The number of the first line that is not right; None if all are, or if the
            fault lies in no line.
        why: What is wrong, in a sentence; "" if nothing is.
        fault: The same in a word: changed, missing, order, link, genesis, head, tail, triggers,
            damaged; "" if nothing is.
    """

    ok: bool
    n_lines: int
    first_broken: int | None = None
    why: str = ""
    fault: str = ""


def utc_now() -> datetime:
    """The time, to the microsecond."""
    return datetime.now(UTC)


class AuditChain:
    """An append-only chain of lines; one object serves one process, and several threads.

    Args:
        store: Where the lines are kept.
        clock: Says what time it is, with a time zone.
        begun: The text that the chain begins with, if it was read before; None: it is read.
        last: Number and hash of the last line, if nobody else can add lines as long as this object
            lives (0 and the hash of the beginning, if there is none); None: it is read.

    Raises:
        DataError: The store holds no chain, or one of another format.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime] = utc_now,
        begun: str | None = None,
        last: tuple[int, str] | None = None,
    ) -> None:
        """Read how the chain begins."""
        self._store, self._clock = store, clock
        self.genesis = begun or _begun(store)
        facts = json.loads(self.genesis)
        self.chain: str = facts["chain"]
        self.hash_name: str = facts["hash"]
        self._hash = hasher(self.hash_name)
        self._last = last

    @classmethod
    def open(
        cls,
        place: str | Path,
        *,
        hash: str = "sha256",
        clock: Callable[[], datetime] = utc_now,
        chain: str | None = None,
    ) -> Self:
        """The chain at a place, begun if there is none.

        Args:
            place: A file of SQLite, or `postgresql://user:password@host/database[#name]`.
            hash: What a new chain is hashed with: sha256, or sm3 (GB/T 32905-2016).
            clock: Says what time it is, with a time zone.
            chain: The id of a new chain; None draws one.

        Raises:
            ConfigError: There is no such hash.
            DataError: The database cannot be used, or holds something else.
            MissingExtraError: The driver for PostgreSQL is not installed.
        """
        hasher(hash)
        store = _store(place)
        try:
            if store.genesis() is None:
                created = _stamp(clock())
                store.begin(genesis(chain or secrets.token_hex(16), hash, created))
            return cls(store, clock=clock)
        except BaseException:
            store.close()
            raise

    @classmethod
    def existing(cls, place: str | Path, *, clock: Callable[[], datetime] = utc_now) -> Self:
        """The chain at a place where there is one.

        Raises:
            DataError: There is none, or the database cannot be used.
        """
        if not str(place).startswith(POSTGRESQL) and not Path(place).is_file():
            raise _no_chain(Path(place).name)
        store = _store(place)
        try:
            return cls(store, clock=clock)
        except BaseException:
            store.close()
            raise

    def append(  # noqa: PLR0913 - the fields of a line
        self,
        act: str,
        *,
        outcome: str = "done",
        who: str | None = None,
        role: str | None = None,
        subject: str | None = None,
        object: str = "",
        facts: Mapping[str, Any] | None = None,
        code: str = "",
    ) -> Line:
        """Record an act; when it returns, the line is on the disk.

        Args:
            act: What was done, e.g. "run" or "vault.put".
            outcome: done, refused or failed.
            who: Who did it.
            role: In which role.
            subject: Whom it concerned: a salted digest (`Workspace.digest_of`).
            object: What it touched: "kind:reference", a digest or a code; never a path.
            facts: Numbers, truth values, codes, digests, names of columns.
            code: The error code of what was refused or failed.

        Raises:
            PrivacyError: Something in it may be a personal value.
            DataError: The database cannot be written.
        """
        entry = Entry(
            act=act,
            outcome=outcome,
            who=who,
            role=role,
            subject=subject,
            object=object,
            facts=facts or {},
            code=code,
        )
        return self.append_many([entry])[0]

    def append_many(self, entries: Iterable[Entry]) -> list[Line]:
        """Record acts one after the other, all or none of them."""
        waiting = list(entries)
        with self._store.writing():
            seq, prev = self._last or self._store.last() or (0, self.beginning)
            time = _stamp(self._clock())
            rows: list[Row] = []
            lines: list[Line] = []
            for entry in waiting:
                seq += 1
                content = entry.content(seq, time, prev)
                text = canonical(content)
                hash = self._hash(text)
                rows.append(Row(seq, prev, text.decode("utf-8"), hash))
                lines.append(Line(**content, hash=hash))
                prev = hash
            self._store.insert(rows)
            self._last = self._last and (seq, prev)
        return lines

    def now(self) -> datetime:
        """What the chain's clock says."""
        return self._clock()

    @property
    def last(self) -> tuple[int, str] | None:
        """Number and hash of the last line, if that was given and is kept up."""
        return self._last

    @property
    def beginning(self) -> str:
        """The hash that the first line carries as that of the line before."""
        return self._hash(self.genesis.encode("utf-8"))

    def lines(self, first: int = 1) -> Iterator[Line]:
        """The lines in order, from this number on (negative: so many from the end)."""
        if first < 0:
            last = self._store.last() or (0, "")
            first = max(1, last[0] + first + 1)
        return map(_line, self._store.rows(first))

    def rows(self) -> Iterator[Row]:
        """The lines in order, as they are stored."""
        return self._store.rows()

    def head(self) -> Head:
        """The end of the chain; of an empty one, its beginning with the number 0."""
        seq, hash = self._store.last() or (0, self.beginning)
        time = json.loads(self.genesis)["created"]
        if seq:
            time = next(self.lines(seq)).time
        return Head(chain=self.chain, hash_name=self.hash_name, seq=seq, hash=hash, time=time)

    def verify(self, anchor: Head | None = None) -> Verdict:
        """Whether every line is as it was written, and the chain goes on from an anchored head.

        Args:
            anchor: A head that was kept outside; None: nothing outside vouches for the chain, so
                a tail that was cut off cannot be told.

        Raises:
            DataError: The database cannot be reached.
        """
        try:
            # From the very first number on: a line before the first was put there, too.
            verdict = check(self.genesis, self._store.rows(-(1 << 62)), anchor)
            found = self._store.unguarded()
        except DataError as error:
            if error.code != "audit.damaged":
                raise
            why = "the database itself is damaged"
            return Verdict(ok=False, n_lines=0, why=why, fault="damaged")
        if verdict.ok and found:
            return Verdict(ok=False, n_lines=verdict.n_lines, why=found, fault="triggers")
        return verdict

    def close(self) -> None:
        """Let the database go."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def check(begun: str, rows: Iterable[Row], anchor: Head | None = None) -> Verdict:
    """Whether lines, wherever they were read from, make up the chain that begins so.

    Args:
        begun: The text that the chain begins with.
        rows: The lines in order.
        anchor: A head that was kept outside.
    """
    try:
        facts = _facts(begun)
    except (ValueError, TypeError, RecursionError, InternalError):
        why = "the chain's beginning was changed"
        return Verdict(ok=False, n_lines=0, why=why, fault="genesis")
    if anchor is not None and anchor.chain != facts["chain"]:
        why = "the anchor is that of another chain: this one was put in its place"
        return Verdict(ok=False, n_lines=0, why=why, fault="genesis")
    hash_of = hasher(facts["hash"])
    prev, seq = hash_of(begun.encode("utf-8")), 0
    if anchor is not None and anchor.seq == 0 and anchor.hash != prev:
        why = "the chain's beginning is not the one that was anchored"
        return Verdict(ok=False, n_lines=0, why=why, fault="genesis")
    for row in rows:
        seq += 1
        found = _fault(row, seq, prev, hash_of)
        if not found and anchor is not None and seq == anchor.seq and row.hash != anchor.hash:
            found = "head", "is not the line that was anchored: it, or one before it, was rewritten"
        if found:
            why = f"line {seq} {found[1]}"
            return Verdict(ok=False, n_lines=seq - 1, first_broken=seq, why=why, fault=found[0])
        prev = row.hash
    return _ended(seq, anchor)


def _ended(seq: int, anchor: Head | None) -> Verdict:
    if anchor is not None and anchor.seq > seq:
        why = f"line {seq + 1} is missing: the tail was cut off, line {anchor.seq} was anchored"
        return Verdict(ok=False, n_lines=seq, first_broken=seq + 1, why=why, fault="tail")
    return Verdict(ok=True, n_lines=seq)


def _fault(
    row: Row, seq: int, prev: str, hash_of: Callable[[bytes], str]
) -> tuple[str, str] | None:
    """What is wrong with a line, in a word and in words."""
    if row.seq != seq:
        return "missing", f"is missing; line {row.seq} stands in its place"
    if not isinstance(row.content, str) or hash_of(_bytes(row.content)) != row.hash:
        return "changed", "was changed: its text does not have its hash"
    content = _content(row.content)
    if content is None:
        return "changed", "is no line of an audit chain"
    if content["seq"] != seq:
        return "order", f"is out of order: it was written as line {content['seq']}"
    if content["prev"] != prev or row.prev != prev:
        return "link", "does not follow the line before it: one of the two was put there later"
    return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _content(text: str) -> dict[str, Any] | None:
    """What a line holds; None where it is not the one spelling of a line."""
    try:
        content = json.loads(text)
        is_line = isinstance(content, dict) and set(content) == FIELDS
        return content if is_line and canonical(content) == text.encode("utf-8") else None
    except (ValueError, RecursionError, InternalError):
        return None


def _facts(begun: str) -> dict[str, Any]:
    facts = json.loads(begun)
    if not isinstance(facts, dict) or set(facts) != {"format", "chain", "hash", "created"}:
        raise ValueError
    if canonical(facts) != begun.encode("utf-8") or facts["hash"] not in ("sha256", "sm3"):
        raise ValueError
    return facts


def _begun(store: Store) -> str:
    begun = store.genesis()
    if begun is None:
        raise _no_chain(store.place)
    try:
        facts = _facts(begun)
    except (ValueError, TypeError, RecursionError, InternalError) as error:
        raise _no_chain(store.place) from error
    if facts["format"] != FORMAT:
        raise ConfigError(
            f"the audit chain is of format {facts['format']!r}",
            allowed=f"this version reads {FORMAT}",
            do="update guanyao",
            code="audit.future",
        )
    return begun


def _no_chain(place: str) -> DataError:
    return DataError(
        f"{place} holds no audit chain that can be read",
        do="name the database of a chain, or begin one with: guanyao audit init",
        code="audit.unreadable",
    )


def _line(row: Row) -> Line:
    try:
        return Line.parse(row.content, row.hash)
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError(
            f"line {row.seq} of the audit chain cannot be read",
            do="see what is wrong with: guanyao audit verify",
            code="audit.damaged",
        ) from error


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def _store(place: str | Path) -> Store:
    if isinstance(place, str) and place.startswith(POSTGRESQL):
        from guanyao.records.audit_postgres import PostgresStore

        return PostgresStore(place)
    from guanyao.records.audit_sqlite import SqliteStore

    return SqliteStore(Path(place))
