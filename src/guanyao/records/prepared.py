"""A connection to PostgreSQL that makes few round trips.

The driver by itself parses each statement anew: three round trips each time, and a walk over the
statement's text to number its parameters. Here a statement is parsed once for a connection, and
what is only written (INSERT, UPDATE, DELETE) waits within its transaction and is sent together with
whatever comes next: the next question, or the end of the transaction. So a write that is refused is
told there, and how many rows it changed is not.
"""

from collections.abc import Sequence
from typing import Any

from pg8000.converters import make_params
from pg8000.core import SYNC_MSG, Context, _flush, _write
from pg8000.dbapi import convert_paramstyle
from pg8000.legacy import Connection, Cursor

BEGIN = "begin transaction; "
WRITES = ("INSERT ", "UPDATE ", "DELETE ")
MOST = 200
"""So many statements are kept for a connection; others are parsed each time."""
MOST_WAITING = 100
"""So many writes wait; their answers are short, so that neither side waits for the other."""


class PreparedConnection(Connection):  # type: ignore[misc]
    """A connection of the driver; see there."""

    def __init__(self, **asked: Any) -> None:  # noqa: ANN401
        self._ready: dict[str, tuple[Any, ...]] = {}
        self._waiting: list[tuple[bytes, tuple[Any, ...]]] = []
        super().__init__(**asked)

    def cursor(self) -> "PreparedCursor":
        """A cursor."""
        return PreparedCursor(self)

    def commit(self) -> None:
        """End the transaction; what waits is done before, or nothing is."""
        is_sent = self._send_waiting()
        self.send_QUERY("commit")
        _flush(self._sock)
        try:
            if is_sent:
                self.handle_messages(Context("writes"))
        finally:
            # The end of a transaction that failed undoes it: its answer is read, too.
            self.handle_messages(Context("rollback"))

    def rollback(self) -> None:
        """Undo the transaction; what waits is never sent."""
        self._waiting.clear()
        super().rollback()

    def settle(self) -> None:
        """Send what waits, and hear whether all of it was done."""
        if self._send_waiting():
            _flush(self._sock)
            self.handle_messages(Context("writes"))

    def _send_waiting(self) -> bool:
        waiting, self._waiting = self._waiting, []
        for name, params in waiting:
            self.send_BIND(name, params)
            self.send_EXECUTE()
        if waiting:
            _write(self._sock, SYNC_MSG)
        return bool(waiting)

    def is_ready(self, operation: str) -> bool:
        """Whether the statement is parsed, or can be."""
        return operation in self._ready or len(self._ready) < MOST

    def run(self, operation: str, values: Sequence[object]) -> Any:  # noqa: ANN401
        """Run a statement with these values for its %s, or let it wait if it only writes."""
        if operation not in self._ready:
            self.settle()
            statement, _ = convert_paramstyle("format", operation, values)
            is_write = operation.startswith(WRITES) and "RETURNING" not in operation
            self._ready[operation] = (statement, is_write, *self.prepare_statement(statement, ()))
        statement, is_write, name, columns, readers = self._ready[operation]
        params = make_params(self.py_types, values)
        if not is_write or self.autocommit:
            self.settle()
            return self.execute_named(name, params, columns, readers, statement)
        self._waiting.append((name, params))
        if len(self._waiting) >= MOST_WAITING:
            self.settle()
        return Context(statement)


class PreparedCursor(Cursor):  # type: ignore[misc]
    """A cursor of the driver; see there."""

    def execute(
        self,
        operation: str,
        args: Sequence[object] = (),
        stream: Any = None,  # noqa: ANN401
    ) -> "PreparedCursor":
        """Run a statement with these values for its %s."""
        connection = self._c
        if stream is not None or connection is None or not connection.is_ready(operation):
            if connection is not None:
                connection.settle()
            super().execute(operation, args, stream)
            return self
        begin = BEGIN * (not connection._in_transaction and not connection.autocommit)
        if args:
            if begin:
                connection.execute_simple(begin)
            self._context = connection.run(operation, args)
        else:
            connection.settle()
            self._context = connection.execute_simple(f"{begin}{operation}")
        self._row_iter = iter(self._context.rows or ())
        return self
