"""Any source batch by batch, in bounded memory, with the cells of text files as they are.

The source is looked through once before the first batch is given: every record is checked, rows
are counted, and rows from all over it tell what the columns are. A workbook is the exception: it
is read whole, as a sheet is never large.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from guanyao.data import compressed, csv_blocks, database, jsonl_blocks, readers
from guanyao.data.dtypes import from_name
from guanyao.data.raw import Parse, Raw
from guanyao.data.schema import Schema
from guanyao.data.spread_rows import thin
from guanyao.data.table import Table
from guanyao.data.text_values import parse_as

BATCH_ROWS = 100_000
SAMPLE_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Batches:
    """The rows of a source, batch by batch; they can be gone through any number of times.

    Args:
        sample: Rows from all over the source, typed, with the schema that they suggest.
        stored: The same rows as they are stored.
        n_rows: How many rows there are.
        batch_rows: How many rows a batch holds at most.
        as_text: Whether cells of text files come as the text that they are; else they are parsed
            as the schema says.
        parse: Which text is to be parsed where `as_text` is false.
        frames: What gives the rows as stored, from the beginning each time.
    """

    sample: Table
    stored: pl.DataFrame
    n_rows: int
    batch_rows: int
    as_text: bool
    parse: Parse
    frames: Callable[[], Iterator[pl.DataFrame]]

    @property
    def schema(self) -> Schema:
        """What the columns are; with `as_text` the cells of typed columns may be text."""
        return self.sample.schema

    def __iter__(self) -> Iterator[pl.DataFrame]:
        """The batches, in the order of the source.

        Raises:
            DataError: The source changed meanwhile, or values are not of the schema's types.
        """
        place = 0
        for frame in self.frames():
            for batch in frame.iter_slices(self.batch_rows):
                yield batch if self.as_text else self._typed(batch, place)
                place += batch.height

    def _typed(self, batch: pl.DataFrame, place: int) -> pl.DataFrame:
        if self.parse == "nothing":
            return batch
        texts = [
            column
            for column in self.schema
            if column.type != "string" and batch.schema[column.name] == pl.String
        ]
        parsed = [
            parse_as(batch[column.name], column, from_name(column.dtype), first_row=place + 1)
            for column in texts
        ]
        return batch.with_columns(parsed)

    def some(self) -> pl.DataFrame:
        """The rows of the sample in the form in which batches come."""
        return self.stored if self.as_text else self.sample.frame


def open_batches(
    source: object,
    *,
    batch_rows: int = BATCH_ROWS,
    as_text: bool = True,
    schema: Schema | None = None,
    n_sample: int = SAMPLE_ROWS,
) -> Batches:
    """The rows of a file, a database or a frame, batch by batch.

    Args:
        source: As for `guanyao.data.readers.read`.
        batch_rows: How many rows a batch holds at most, >= 1; batches of wide rows are smaller.
        as_text: Whether cells of text files come as the text that they are, so that what is not
            changed is written as it was.
        schema: What the columns are, where it is known better than it can be found out.
        n_sample: How many rows the sample holds at most.

    Raises:
        DataError: The source cannot be read, is empty, or contradicts the schema.
        MissingExtraError: A driver is not installed.
    """
    raw, n_rows, frames = _opened(source, batch_rows, n_sample)
    return Batches(
        sample=_sample(source, raw, schema, n_sample),
        stored=raw.frame,
        n_rows=n_rows,
        batch_rows=batch_rows,
        as_text=as_text,
        parse=raw.parse,
        frames=frames,
    )


Opened = tuple[Raw, int, Callable[[], Iterator[pl.DataFrame]]]
"""Some rows as stored, how many there are, and what gives all of them."""


def _sample(source: object, raw: Raw, schema: Schema | None, n_sample: int) -> Table:
    if isinstance(source, Table) and schema is None:
        return source.rows(thin(source.frame, n_sample))
    return readers.understand(raw, schema)


def _opened(source: object, batch_rows: int, n_sample: int) -> Opened:
    if isinstance(source, str) and database.is_url(source):
        stream = database.open_stream(source, n_sample)
        return stream.sample, stream.n_rows, lambda: stream.frames(batch_rows)
    if isinstance(source, Table):
        return _whole(Raw(frame=source.frame, source=source.schema.source), n_sample)
    if not isinstance(source, str | Path):
        return _whole(readers.read_raw(source), n_sample)
    path, _ = readers.split_part(source)
    compressed.check_file(path)
    name = readers.format_of(path).__name__.rpartition(".")[2]
    if name == "csv_file":
        text = csv_blocks.open_text(path, n_sample)
        return text.sample, text.n_rows, text.frames
    if name == "jsonl_file":
        lines = jsonl_blocks.open_lines(path, n_sample)
        return lines.sample, lines.n_rows, lines.frames
    if name == "parquet_file":
        return _parquet(path, batch_rows, n_sample)
    return _whole(readers.read_raw(source), n_sample)


def _whole(raw: Raw, n_sample: int) -> Opened:
    """A source that is in memory already."""
    some = Raw(frame=thin(raw.frame, n_sample), source=raw.source, parse=raw.parse, notes=raw.notes)
    return some, raw.frame.height, lambda: iter([raw.frame])


def _parquet(path: Path, batch_rows: int, n_sample: int) -> Opened:
    from guanyao.data import parquet_file

    raw, n_rows, _ = parquet_file.sample(path, n_sample)
    return raw, n_rows, lambda: parquet_file.frames(path, n_rows, batch_rows)
