"""Reading a table from wherever it lies: one function, one literal table of formats."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from guanyao.data import compressed, database, frames
from guanyao.data.detect import detect_schema
from guanyao.data.dtypes import DEFAULTS, from_name, kind
from guanyao.data.raw import Raw
from guanyao.data.schema import Column, Schema
from guanyao.data.spread_rows import thin
from guanyao.data.table import Table
from guanyao.data.text_values import Parsed, parse, parse_as, parse_dates
from guanyao.errors import DataError

READERS: dict[str, str] = {
    ".csv": "guanyao.data.csv_file",
    ".tsv": "guanyao.data.csv_file",
    ".txt": "guanyao.data.csv_file",
    ".parquet": "guanyao.data.parquet_file",
    ".xlsx": "guanyao.data.excel_file",
    ".jsonl": "guanyao.data.jsonl_file",
}
COMPRESSED = ("csv_file", "jsonl_file")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Some rows of a source of any size.

    Args:
        table: The rows that were read, with the schema they suggest.
        n_rows: How many rows the source holds.
        exact: Whether `n_rows` was counted; else it is estimated from the size.
    """

    table: Table
    n_rows: int
    exact: bool


def read(source: object, *, schema: Schema | None = None, header: bool | None = None) -> Table:
    """The table that lies in a file, a database or a frame.

    Args:
        source: A path (`.csv .tsv .txt .parquet .xlsx .jsonl`, text also `.gz .zst`; a sheet as
            `path.xlsx#Sheet`), a database URL with `#table`, a polars or pandas frame, or a Table.
        schema: What the columns are, where it is known better than it can be found out.
        header: Whether a text file begins with a line of names; None: to be found out.

    Raises:
        DataError: The source cannot be read, is empty, or contradicts the schema.
        MissingExtraError: A driver is not installed.
    """
    if isinstance(source, Table):
        return source if schema is None else under(source, schema)
    return understand(read_raw(source, header), schema)


def inspect_sample(
    source: object, n_rows: int = 100_000, *, schema: Schema | None = None
) -> Sample:
    """A sample of a source of any size, without reading all of it into memory.

    Args:
        source: As for `read`.
        n_rows: At most this many rows are kept.
        schema: As for `read`.

    Raises:
        DataError: The source cannot be read.
    """
    if isinstance(source, Table):
        table = source.rows(thin(source.frame, n_rows))
        return Sample(table=table, n_rows=len(source), exact=True)
    raw, total, exact = _sample(source, n_rows)
    some = replace(raw, frame=thin(raw.frame, n_rows))
    return Sample(table=understand(some, schema), n_rows=total, exact=exact)


def read_raw(source: object, header: bool | None = None) -> Raw:
    """The columns of a source as they are stored, not yet understood.

    Raises:
        DataError: The source cannot be read, or is empty.
        MissingExtraError: A driver is not installed.
    """
    if not isinstance(source, str | Path):
        return frames.read(source)
    if isinstance(source, str) and database.is_url(source):
        return database.read(source)
    path, part = split_part(source)
    compressed.check_file(path)
    module = format_of(path)
    options = {"header": header} if module.__name__.endswith("csv_file") else {}
    raw: Raw = module.read(path, part=part, **options)
    return raw


def _sample(source: object, n_rows: int) -> tuple[Raw, int, bool]:
    if not isinstance(source, str | Path):
        raw = frames.read(source)
        return raw, raw.frame.height, True
    if isinstance(source, str) and database.is_url(source):
        return database.sample(source, n_rows)
    path, part = split_part(source)
    compressed.check_file(path)
    module = format_of(path)
    if part:
        raw = module.read(path, part=part)
        return raw, raw.frame.height, True
    found: tuple[Raw, int, bool] = module.sample(path, n_rows)
    return found


def split_part(source: str | Path) -> tuple[Path, str]:
    """The path of a file and the part of it that is meant: "a.xlsx#Sheet"."""
    name = str(source)
    before, mark, part = name.rpartition("#")
    if mark and before.lower().endswith(".xlsx"):
        return Path(before), part
    return Path(name), ""


def format_of(path: Path) -> Any:  # noqa: ANN401
    """The module that reads and writes files of this suffix.

    Raises:
        DataError: No format has this suffix, or it cannot be compressed.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    packed = bool(suffixes) and suffixes[-1] in compressed.COMPRESSIONS
    suffix = suffixes[-2] if packed and len(suffixes) > 1 else "".join(suffixes[-1:])
    module = READERS.get(suffix, "")
    if not module or (packed and not module.endswith(COMPRESSED)):
        if path.is_dir():
            compressed.check_file(path)
        raise DataError(
            f"{path.name} has no known suffix",
            allowed=", ".join(READERS) + ", text also with .gz or .zst, or a database URL",
            code="data.format",
        )
    return import_module(module)


def understand(raw: Raw, schema: Schema | None = None) -> Table:
    """The columns as a table, with the schema that they suggest or the one given.

    Raises:
        DataError: The columns contradict the schema.
    """
    if schema is not None:
        return _ruled(raw, schema)
    parsed = _parsed(raw)
    frame = raw.frame.with_columns(fact.values for fact in parsed.values())
    found = detect_schema(frame, raw.source, parsed)
    return Table(frame, found.with_columns(_noted(found, raw)))


def _parsed(raw: Raw) -> dict[str, Parsed]:
    if raw.parse == "nothing":
        return {}
    reader: Callable[[pl.Series], Parsed] = parse if raw.parse == "all" else parse_dates
    texts = (series for series in raw.frame if series.dtype == pl.String)
    return {series.name: reader(series) for series in texts}


def _noted(schema: Schema, raw: Raw) -> list[Column]:
    return [
        replace(schema[name], note="; ".join(part for part in (note, schema[name].note) if part))
        for name, note in raw.notes.items()
    ]


def _ruled(raw: Raw, schema: Schema) -> Table:
    _check_columns(raw.frame, schema)
    series = [_as_ruled(raw.frame[column.name], column, raw) for column in schema]
    frame = pl.DataFrame(series)
    columns = [
        replace(
            column,
            dtype=str(frame[column.name].dtype),
            nullable=column.nullable or bool(frame[column.name].null_count()),
        )
        for column in schema
    ]
    return Table(frame, replace(schema.with_columns(columns), source=raw.source))


def under(table: Table, schema: Schema) -> Table:
    """The rows of a table under another schema.

    Raises:
        DataError: The schema has other columns, or types that the values are not of.
    """
    return _ruled(Raw(frame=table.frame, source=table.schema.source), schema)


def _check_columns(frame: pl.DataFrame, schema: Schema) -> None:
    missing = [name for name in schema.names if name not in frame.columns]
    strange = [name for name in frame.columns if name not in schema.names]
    if missing or strange:
        found = [f"without {', '.join(missing[:5])}"] if missing else []
        found += [f"with {', '.join(strange[:5])} too many"] if strange else []
        raise DataError(
            "the table comes " + " and ".join(found),
            allowed="the columns of the schema: " + ", ".join(schema.names[:50]),
            code="data.columns",
        )


def _as_ruled(values: pl.Series, column: Column, raw: Raw) -> pl.Series:
    dtype = from_name(column.dtype)
    if kind(dtype) != column.type:
        dtype = DEFAULTS[column.type]
    told_by_text = dtype.is_temporal() or (bool(column.missing) and dtype != pl.String)
    if values.dtype == pl.String and (
        raw.parse == "all" or (raw.parse == "dates" and told_by_text)
    ):
        return parse_as(values, column, dtype)
    if values.dtype == dtype or (kind(values.dtype) == column.type and column.type == "string"):
        return values
    return _cast(values, column, dtype)


def _cast(values: pl.Series, column: Column, dtype: pl.DataType) -> pl.Series:
    try:
        return values.cast(dtype, strict=True)
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"column {column.name!r} has dtype {values.dtype}, which is no {column.type}",
            do="change the column's type in the schema, or mend the data",
            code="data.schema",
        ) from error
