"""Finds a person's rows in tables, and what in them would tell that they were there.

What is found here stands in memory only: no id, no value ever enters a file, a log or an error.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from guanyao.data import database
from guanyao.data.batches import Batches, open_batches
from guanyao.data.images import is_images
from guanyao.data.readers import split_part
from guanyao.data.schema import Schema
from guanyao.errors import ConfigError, DataError
from guanyao.flows.erase_rewrite import Rows, check_rewritable, is_table
from guanyao.flows.guard import examine
from guanyao.protect.byte_scan import Values, cells
from guanyao.protect.kinds import KINDS
from guanyao.protect.scan import find_texts
from guanyao.protect.step import as_text
from guanyao.protect.vault.store import Vault
from guanyao.records import evidence
from guanyao.records.lineage import LIVE, Artefact
from guanyao.records.workspace import Workspace

NONE = np.array([], dtype=np.int64)
"""No rows."""

LONG = 8
"""Characters from which a value that no other row holds tells of its person."""
MOST = 120
"""Characters of a long text that are looked for: whoever copied it copied its beginning."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table whose rows belong to persons.

    Args:
        place: Its name in the lineage.
        address: Where it is read from: a path or the URL of a database.
        column: The column that names the person; None: not known.
        name: What it is called in messages.
        vault: The vault that it is an item of; None: it is a file or a table of a database.
        is_named: Whether it was named; else what turns out to be no table is passed over.
    """

    place: str
    address: str
    column: str | None
    name: str
    vault: Vault | None = field(default=None, repr=False)
    is_named: bool = False

    @contextmanager
    def reading(self) -> Iterator[str]:
        """Where it can be read from, while the block runs."""
        if self.vault is None:
            yield self.address
        else:
            with self.vault.open_plain(self.address) as path:
                yield str(path)

    @property
    def path(self) -> Path | None:
        """The file; None for a table of a database server."""
        if self.vault is not None:
            return None
        if self.address.startswith(database.SQLITE + "://"):
            return Path(self.address.removeprefix("sqlite:///").partition("#")[0])
        return None if database.is_url(self.address) else split_part(self.address)[0]

    @property
    def is_url(self) -> bool:
        """Whether it is a table of a database."""
        return database.is_url(self.address)


@dataclass(frozen=True, kw_only=True)
class Found:
    """A table, and which of its rows are the persons'.

    Args:
        source: The table.
        rows: Their places, from 0.
        n_rows: How many rows the table has.
        ids: Which of the persons stand in it.
        schema: What the columns are.
        frame: The rows as text.
    """

    source: Source
    rows: Rows
    n_rows: int
    ids: frozenset[str] = field(repr=False)
    schema: Schema = field(repr=False)
    frame: pl.DataFrame = field(repr=False)


def sources_of(
    workspace: Workspace, named: Sequence[str | Path], column: str | None
) -> list[Source]:
    """The tables that persons are looked for in: those named, or all that the lineage knows.

    Raises:
        ConfigError: Something that was named is no table.
    """
    if named:
        return [_named(workspace, str(source), column) for source in named]
    known = [_known(workspace, item, column) for item in workspace.lineage.all(kind="source")]
    return [source for source in known if source is not None]


def with_one_column(sources: Sequence[Source]) -> list[Source]:
    """The tables; if the same column names persons wherever it is known, it does in the others."""
    known = {source.column for source in sources if source.column}
    column = known.pop() if len(known) == 1 else None
    return [replace(source, column=source.column or column) for source in sources]


def _named(workspace: Workspace, address: str, column: str | None) -> Source:
    if database.is_url(address):
        place = _public(address)
        return Source(place=place, address=address, column=column, name=place, is_named=True)
    path = split_part(address)[0]
    if not is_table(path):
        raise ConfigError(
            f"{path.name} is no table that is there",
            allowed="tables in files or databases; of pictures, only a whole data set",
            code="erase.source",
        )
    place = workspace.place_of(path)
    known = workspace.lineage.by_place(place)
    column = column or (None if known is None else _person(workspace, known))
    return Source(place=place, address=address, column=column, name=path.name, is_named=True)


def _public(address: str) -> str:
    from urllib.parse import urlsplit

    before, _, table = address.partition("#")
    parts = urlsplit(before)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}#{table}"


def _known(workspace: Workspace, item: Artefact, column: str | None) -> Source | None:
    newest = workspace.lineage.by_place(item.place)
    if newest is None or newest.id != item.id or item.status != LIVE:
        return None
    column = column or _person(workspace, item)
    if database.is_url(item.place):
        return Source(place=item.place, address=item.place, column=column, name=item.place)
    path = workspace.path_of(item.place)
    if item.place.startswith(("vault:", "memory:")) or not is_table(path) or is_images(path):
        return None
    return Source(place=item.place, address=str(path), column=column, name=path.name)


def _person(workspace: Workspace, item: Artefact) -> str | None:
    """The column of persons, as the lineage says it, or the record of a run from the table."""
    if named := item.facts.get("person") or item.facts.get("entity"):
        return str(named)
    for made in workspace.lineage.descendants(item.id):
        path = workspace.path_of(made.place)
        if made.kind == "record" and path.is_file():
            with suppress(DataError):
                entity = evidence.read(path)["settings"].get("entity")
                if entity:
                    return str(entity)
    return None


def find(source: Source, ids: Collection[str]) -> Found | None:
    """The persons' rows of a table; None if it is no table after all.

    Raises:
        DataError: It cannot be read, or holds an id in a column that is not known to name persons.
    """
    with source.reading() as address:
        batches = _opened(source, address)
        if batches is None:
            return None
        if source.column is None or source.column not in batches.schema.names:
            _check_foreign(source, batches, ids)
            return _found(replace(source, column=None), batches, NONE, batches.n_rows)
        wanted = pl.Series(sorted(ids), dtype=pl.String).implode()
        parts = [
            as_text(batch[source.column]).str.strip_chars().is_in(wanted).fill_null(False)
            for batch in batches
        ]
        mask = pl.concat(parts)
        rows = np.flatnonzero(mask.to_numpy()).astype(np.int64)
        if len(rows) and source.path is not None and not source.is_url:
            check_rewritable(source.path)
        return _found(source, batches, rows, len(mask))


def _opened(source: Source, address: str) -> Batches | None:
    """The rows; None of what was not named and is no table, which is searched byte by byte."""
    try:
        return open_batches(address)
    except DataError:
        if source.is_named:
            raise
        return None


def at_rows(source: Source, rows: Rows, n_rows: int) -> Found | None:
    """These rows of a table; None if it has another number of rows than expected."""
    with source.reading() as address:
        batches = open_batches(address)
        return _found(source, batches, rows, n_rows) if batches.n_rows == n_rows else None


def whole(source: Source, ids: Collection[str] = ()) -> Found:
    """All rows of a table; of its values those of a sample."""
    with source.reading() as address:
        batches = open_batches(address)
        return Found(
            source=source,
            rows=np.arange(batches.n_rows),
            n_rows=batches.n_rows,
            ids=frozenset(ids),
            schema=examine(batches.sample).table.schema,
            frame=_texts(batches.sample.frame),
        )


def _found(source: Source, batches: Batches, rows: Rows, n_rows: int) -> Found:
    frame = pl.concat([_texts(batch) for batch in _picked(batches, rows, are_in=True)])
    ids = frame[source.column].str.strip_chars().to_list() if source.column else []
    return Found(
        source=source,
        rows=rows,
        n_rows=n_rows,
        ids=frozenset(ids),
        schema=examine(batches.sample).table.schema if len(rows) else batches.schema,
        frame=frame,
    )


def _picked(batches: Batches, rows: Rows, *, are_in: bool) -> Iterator[pl.DataFrame]:
    """Of each batch the rows that are among these, or that are not."""
    start = 0
    for batch in batches:
        mask = np.full(batch.height, not are_in)
        mask[rows[(rows >= start) & (rows < start + batch.height)] - start] = are_in
        yield batch.filter(pl.Series(mask))
        start += batch.height


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        as_text(values) if not values.dtype.is_nested() else values.cast(pl.String)
        for values in frame
    )


def _check_foreign(source: Source, batches: Batches, ids: Collection[str]) -> None:
    """See that a table without a column of persons holds none of them."""
    if Values(ids).found_in(cells(batch) for batch in batches):
        raise DataError(
            f"{source.name} holds the person, and which of its columns names persons is not known",
            do="name it with --column; if it differs from source to source, name each with "
            "--source and erase one after the other",
            code="erase.column",
        )


def telling(found: Iterable[Found], ids: Collection[str]) -> set[str]:
    """What in the persons' rows would tell that they were there."""
    values = set(ids)
    for table in found:
        for column in table.schema:
            texts = table.frame[column.name].drop_nulls()
            is_own = column.name == table.source.column
            if is_own or column.sensitivity == "direct" or column.role in ("identifier", "entity"):
                values |= set(texts)
            elif column.type != "date":
                # The day of a visit may be the day of a report, too.
                values |= {text[:MOST] for text in texts if len(text) >= LONG}
            if column.type == "string":
                values |= _within(texts)
    return values


def _within(texts: pl.Series) -> set[str]:
    """What names persons in the middle of texts."""
    return {
        text[finding.start : finding.end]
        for text, findings in zip(texts, find_texts(texts), strict=True)
        for finding in findings
        if KINDS[finding.kind].sensitivity == "direct"
    }


def told_apart(values: Values, sources: Iterable[Source], found: Sequence[Found]) -> Values:
    """The values without those that the rows of others hold, too: they tell of nobody.

    Args:
        values: What stands in the persons' rows.
        sources: All tables.
        found: The rows of the persons.
    """
    own = {table.source.place: table.rows for table in found}
    shared: set[int] = set()
    for source in sources:
        with source.reading() as address:
            others = _picked(open_batches(address), own.get(source.place, NONE), are_in=False)
            shared |= values.found_in(cells(batch) + b"\n" for batch in others)
    return values.without(shared)


def before(source: Source, day: date, date_column: str) -> set[str]:
    """The persons whose latest row of a table is older than a day.

    Raises:
        DataError: There is no such column, or it holds no dates.
    """
    latest: dict[str, date] = {}
    with source.reading() as address:
        batches = open_batches(address, as_text=False)
        names = batches.schema.names
        if source.column not in names or date_column not in names:
            raise _no_date(source, date_column)
        if batches.schema[date_column].type not in ("date", "datetime"):
            raise _no_date(source, date_column)
        for batch in batches:
            who = as_text(batch[source.column]).str.strip_chars()
            days = pl.DataFrame({"who": who, "day": batch[date_column].cast(pl.Date)})
            # Who has no date at all is kept.
            for name, last in days.drop_nulls().group_by("who").max().iter_rows():
                latest[name] = max(last, latest.get(name, last))
    return {who for who, last in latest.items() if last < day}


def as_day(text: str | date) -> date:
    """A date as typed.

    Raises:
        ConfigError: It is none.
    """
    if isinstance(text, datetime):
        return text.date()
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            "--before is no date", allowed="YYYY-MM-DD", code="erase.before"
        ) from error


def _no_date(source: Source, column: str) -> DataError:
    return DataError(
        f"{source.name} has no dates in a column {column!r}, or names no persons",
        do="name the columns with --date-column and --column",
        code="erase.date_column",
    )
