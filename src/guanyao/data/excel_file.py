"""Excel workbooks: one sheet is one table."""

import logging
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from guanyao.data import compressed
from guanyao.data.dtypes import check_supported
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Column, Schema, Source
from guanyao.data.text_output import text
from guanyao.errors import DataError

MAX_ROWS = 1_048_576
"""Rows of a sheet, the line of names among them."""

MAX_COLUMNS = 16_384
MAX_CELL = 32_767
MAX_EXACT = 2**53

# The reader warns of each column without values; the schema's note says the same in its place.
logging.getLogger("fastexcel").addHandler(logging.NullHandler())


def read(path: Path, *, part: str = "") -> Raw:
    """The first sheet, or the one named `part`, with whole numbers and days made such again.

    Raises:
        DataError: The file is no workbook, or there is no such sheet, or it is empty.
    """
    import fastexcel

    try:
        book = fastexcel.read_excel(str(path))
        sheet = part or book.sheet_names[0]
        if sheet not in book.sheet_names:
            raise _no_sheet(path, part, book.sheet_names)
        first = book.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string").to_polars()
        names = _names(first, path)
        frame = book.load_sheet(sheet, header_row=0, schema_sample_rows=None).to_polars()
    except (fastexcel.FastExcelError, IndexError, ValueError, OSError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"{path} cannot be read as a workbook ({type(error).__name__})",
            do="save it again as .xlsx, without a password",
            code="data.damaged",
        ) from error
    return _raw(
        path, frame.rename(dict(zip(frame.columns, names, strict=True))), book.sheet_names, part
    )


def _names(first: pl.DataFrame, path: Path) -> list[str]:
    if first.is_empty():
        raise DataError(f"{path} is empty", allowed="a table is needed", code="data.empty")
    return check_names([str(name) if name is not None else "" for name in first.row(0)])


def _no_sheet(path: Path, part: str, sheets: list[str]) -> DataError:
    return DataError(
        f"{path} has no sheet {part!r}", allowed="sheets: " + ", ".join(sheets), code="data.sheet"
    )


def _raw(path: Path, frame: pl.DataFrame, sheets: list[str], part: str) -> Raw:
    rows = check_supported(check_rows(frame.select(_narrow(s) for s in frame), path))
    notes = {}
    if len(sheets) > 1 and not part:
        told = f"from the first of {len(sheets)} sheets; choose another with {path.name}#SHEET"
        notes = {rows.columns[0]: told}
    source = Source(format="xlsx", digest=compressed.digest(path))
    return Raw(frame=rows, source=source, parse="dates", notes=notes)


def _narrow(values: pl.Series) -> pl.Series:
    """Excel stores all numbers as floats and all days as datetimes."""
    if values.dtype.is_float():
        whole = values.is_finite() & (values == values.round()) & (values.abs() <= MAX_EXACT)
        return values.cast(pl.Int64) if whole.all() and values.count() else values
    if isinstance(values.dtype, pl.Datetime) and values.count():
        if (values.dt.truncate("1d") == values).all():
            return values.cast(pl.Date)
        return values.cast(pl.Datetime("us"))
    return values


def sample(path: Path, n_rows: int) -> tuple[Raw, int, bool]:
    """All rows; a sheet is never large."""
    raw = read(path)
    return raw, raw.frame.height, True


class ExcelWriter:
    """Writes batches of rows to one sheet.

    Args:
        path: The file.
        schema: The columns with their formats.
        in_memory: Whether no row may stand in a temporary file on the way.
    """

    def __init__(self, path: Path, schema: Schema, *, in_memory: bool = False) -> None:
        """Open the workbook and write the names."""
        import xlsxwriter

        if len(schema) > MAX_COLUMNS:
            raise _too_large("columns", len(schema), MAX_COLUMNS)
        self.schema = schema
        self._book = xlsxwriter.Workbook(
            str(path), {"in_memory" if in_memory else "constant_memory": True}
        )
        self._sheet = self._book.add_worksheet()
        self._styles = [self._style(column) for column in schema]
        for place, name in enumerate(schema.names):
            self._sheet.write_string(0, place, name)
        self._n_rows = 1

    def _style(self, column: Column) -> Any:  # noqa: ANN401
        named = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss", "time": "hh:mm:ss"}
        form = named.get(column.type)
        if column.fixed_decimals and column.decimals:
            form = "0." + "0" * column.decimals
        return self._book.add_format({"num_format": form} if form else {})

    def write(self, frame: pl.DataFrame) -> None:
        """Add these rows.

        Raises:
            DataError: There are more rows than a sheet holds, or a cell is too long.
        """
        if self._n_rows + frame.height > MAX_ROWS:
            raise _too_large("rows", self._n_rows - 1 + frame.height, MAX_ROWS - 1)
        shown = frame.select(self._shown(frame[c.name], c) for c in self.schema)
        writers = [self._writer(shown[column.name].dtype) for column in self.schema]
        words = [column.missing for column in self.schema]
        for row in shown.iter_rows():
            for place, cell in enumerate(row):
                if cell is not None:
                    writers[place](self._n_rows, place, cell, self._styles[place])
                elif words[place]:
                    self._string(self._n_rows, place, words[place], None)
            self._n_rows += 1

    def _shown(self, values: pl.Series, column: Column) -> pl.Series:
        as_text = (
            values.dtype.is_temporal() and self.schema.source.format == "xlsx" and column.format
        )
        zoned = isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone
        if as_text or zoned or isinstance(values.dtype, pl.Categorical | pl.Enum):
            return text(values, column)
        if values.dtype.is_integer() and (values.abs().max() or 0) > MAX_EXACT:  # type: ignore[operator]
            return values.cast(pl.String)
        if values.dtype.is_float() and values.is_infinite().any():
            return values.cast(pl.String)
        return values.cast(pl.Float64) if isinstance(values.dtype, pl.Decimal) else values

    def _writer(self, dtype: pl.DataType) -> Callable[..., object]:
        if dtype == pl.String:
            return self._string
        if dtype == pl.Boolean:
            return self._sheet.write_boolean  # type: ignore[no-any-return]
        return self._date if dtype.is_temporal() else self._sheet.write_number

    def _string(self, row: int, place: int, cell: str, style: object) -> None:
        if len(cell) > MAX_CELL:
            raise _too_large(f"characters in row {row}", len(cell), MAX_CELL)
        self._sheet.write_string(row, place, cell, style)

    def _date(self, row: int, place: int, cell: date | datetime | time, style: object) -> None:
        if isinstance(cell, date) and cell.year < 1900:
            # Excel counts days from 1900 on.
            self._sheet.write_string(row, place, str(cell), style)
        else:
            self._sheet.write_datetime(row, place, cell, style)

    def close(self) -> None:
        """Finish the file.

        Raises:
            OSError: The disk did not take it.
        """
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            cause = error.args[0] if error.args else None
            raise (cause if isinstance(cause, OSError) else OSError(str(error))) from error

    def abort(self) -> None:
        """Let go of the file; closing also removes what was kept aside for it."""
        if not self._book.fileclosed:
            self.close()


def _too_large(what: str, found: int, most: int) -> DataError:
    return DataError(
        f"{found} {what} do not fit in an Excel sheet",
        allowed=f"at most {most}",
        do="write .csv or .parquet instead",
        code="data.excel_limit",
    )
