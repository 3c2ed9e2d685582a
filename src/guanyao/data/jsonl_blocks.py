"""JSON lines of any size: looked through once, then read block by block in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from guanyao.data import compressed, csv_blocks, jsonl_file
from guanyao.data.csv_dialect import Dialect
from guanyao.data.dtypes import check_supported, kind
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Source
from guanyao.data.spread_rows import SpreadRows
from guanyao.errors import DataError

LINES = Dialect(delimiter=",", quote=None, line_end="\n", header=False, names=["line"])
"""JSON writes a line feed within text as an escape, so that lines are easily told."""


@dataclass(frozen=True, kw_only=True)
class JsonLines:
    """JSON lines that were looked through, and that can be read any number of times.

    Args:
        path: The file.
        sample: Rows from all over the file.
        n_rows: How many rows there are.
    """

    path: Path
    sample: Raw
    n_rows: int

    def frames(self) -> Iterator[pl.DataFrame]:
        """The rows, block by block, all with the same dtypes.

        Raises:
            DataError: The file is not as it was when it was looked through.
        """
        schema = dict(self.sample.frame.schema)
        blocks = (jsonl_file.to_frame(block, self.path, schema) for block in _blocks(self.path))
        return csv_blocks.check_unchanged(self.path, blocks, self.n_rows)


def open_lines(path: Path, n_sample: int) -> JsonLines:
    """The table in JSON lines, looked through from end to end.

    Args:
        path: A file `.jsonl`, also with `.gz` or `.zst`.
        n_sample: How many rows the sample holds at most.

    Raises:
        DataError: A line is no JSON object, or holds lists or objects; or there is none.
    """
    rows = SpreadRows(n_sample)
    dtypes: dict[str, pl.DataType] = {}
    n_rows = 0
    for place, block in enumerate(_blocks(path)):
        frame = jsonl_file.to_frame(block, path)
        check_supported(frame)
        dtypes = _joined(dtypes, frame, path)
        n_rows += frame.height
        if rows.wants(place):
            rows.add(frame)
    if not n_rows:
        raise DataError(f"{path} is empty", allowed="a table is needed", code="data.empty")
    check_names(list(dtypes))
    sample = rows.frame(how="diagonal_relaxed")
    missing = [pl.lit(None, dtype).alias(n) for n, dtype in dtypes.items() if n not in sample]
    sample = sample.with_columns(missing).select(list(dtypes)).cast(dtypes)  # type: ignore[arg-type]
    source = Source(format="jsonl", digest=compressed.digest(path))
    raw = Raw(frame=check_rows(sample, path), source=source, parse="dates")
    return JsonLines(path=path, sample=raw, n_rows=n_rows)


def _blocks(path: Path) -> Iterator[bytes]:
    blocks = csv_blocks.whole_records(csv_blocks.pieces(path), LINES)
    return (block for block in blocks if block.strip())


def _joined(
    known: dict[str, pl.DataType], frame: pl.DataFrame, path: Path
) -> dict[str, pl.DataType]:
    """Dtypes that hold the values of both, as one look at all lines would find them."""
    joined = dict(known)
    for name, dtype in frame.schema.items():
        joined[name] = _wider(known.get(name, pl.Null()), dtype, path)
    return joined


def _wider(one: pl.DataType, other: pl.DataType, path: Path) -> pl.DataType:
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    kinds = {kind(one), kind(other)}
    if kinds <= {"integer", "number"}:
        return pl.Float64() if "number" in kinds else pl.Int64()
    if "string" in kinds and "boolean" not in kinds:
        return pl.String()
    raise jsonl_file.unreadable(path)
