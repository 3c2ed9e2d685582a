"""Frames already in memory: polars as it is, pandas column by column."""

import hashlib
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from guanyao.data.dtypes import check_supported
from guanyao.data.raw import Raw, check_names, check_rows
from guanyao.data.schema import Source
from guanyao.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


def read(frame: object) -> Raw:
    """The columns of a polars or pandas frame.

    Raises:
        DataError: It is no frame, is empty, or has columns that cannot be modelled.
    """
    if isinstance(frame, pl.LazyFrame):
        frame = frame.collect()
    rows = frame if isinstance(frame, pl.DataFrame) else _from_pandas(frame)
    check_names(rows.columns)
    check_supported(check_rows(rows, "the frame"))
    return Raw(frame=rows, source=Source(format="frame", digest=digest(rows)))


class _Digest:
    """A file that keeps only the SHA-256 of what is written to it."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def digest(frame: pl.DataFrame) -> str:
    """SHA-256 of the rows: names, dtypes and values in order, in hexadecimal."""
    out = _Digest()
    names = ",".join(f"{name!r}:{dtype}" for name, dtype in frame.schema.items())
    out.write(names.encode("utf-8", errors="surrogatepass"))
    frame.write_csv(cast(IO[bytes], out))
    return out.sha256.hexdigest()


def is_pandas(frame: object) -> bool:
    """Whether this is a pandas frame (pandas need not be installed to ask)."""
    kind = type(frame)
    return kind.__module__.partition(".")[0] == "pandas" and kind.__name__ == "DataFrame"


def _from_pandas(frame: Any) -> pl.DataFrame:  # noqa: ANN401
    if not is_pandas(frame):
        raise DataError(
            f"a {type(frame).__name__} is no table",
            allowed="a path, a URL, a polars or pandas frame, or a guanyao.Table",
            code="data.source",
        )
    names = check_names([str(name) for name in frame.columns])
    columns = [_series(name, frame.iloc[:, place]) for place, name in enumerate(names)]
    return pl.DataFrame(columns)


def _series(name: str, column: "pd.Series[Any]") -> pl.Series:
    kind = str(column.dtype)
    missing = column.isna().to_numpy(dtype=bool)
    if kind == "category":
        return _category(name, column)
    if kind.startswith("datetime64"):
        return _datetime(name, column)
    if _is_numeric(column.dtype):
        return _numeric(name, column, missing)
    cells = column.to_numpy(dtype=object)
    return _objects(
        name, [None if gone else cell for cell, gone in zip(cells, missing, strict=True)]
    )


def _is_numeric(dtype: Any) -> bool:  # noqa: ANN401
    return getattr(dtype, "kind", "O") in "biuf"


def _numeric(name: str, column: "pd.Series[Any]", missing: np.ndarray[Any, Any]) -> pl.Series:
    numpy_dtype = getattr(column.dtype, "numpy_dtype", column.dtype)
    nothing = False if numpy_dtype.kind == "b" else 0
    filled = column.fillna(nothing) if missing.any() else column
    values = pl.Series(name, np.ascontiguousarray(filled.to_numpy(dtype=numpy_dtype)))
    return values.set(pl.Series(missing), None) if missing.any() else values


def _category(name: str, column: "pd.Series[Any]") -> pl.Series:
    levels = column.cat.categories
    codes = column.cat.codes.to_numpy()
    places = pl.Series(np.where(codes < 0, 0, codes).astype(np.uint32))
    values = _series(name, levels.to_series())
    if values.is_empty():
        return pl.Series(name, [None] * len(codes), dtype=pl.String)
    chosen = values.gather(places).set(pl.Series(codes < 0), None)
    if values.dtype != pl.String:
        return chosen
    return chosen.cast(pl.Enum(values.to_list()) if column.cat.ordered else pl.Categorical())


def _datetime(name: str, column: "pd.Series[Any]") -> pl.Series:
    zone = getattr(column.dtype, "tz", None)
    naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if zone else column
    values = pl.Series(name, naive.to_numpy())
    return values.dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone)) if zone else values


def _objects(name: str, cells: list[Any]) -> pl.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    if not kinds:
        return pl.Series(name, cells, dtype=pl.String)
    try:
        return pl.Series(name, cells, strict=True)
    except (TypeError, pl.exceptions.PolarsError, OverflowError) as error:
        listed = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise DataError(
            f"column {name!r} mixes {listed}",
            allowed="values of one kind in a column",
            do="convert the column, e.g. with astype(str)",
            code="data.mixed",
        ) from error
