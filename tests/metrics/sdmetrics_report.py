"""What SDMetrics says of two tables, with our column types in its words."""

import warnings
from dataclasses import dataclass

import pandas as pd
import polars as pl

from guanyao.data.schema import ColumnType
from guanyao.data.table import Table

KINDS: dict[ColumnType, str] = {
    "integer": "numerical",
    "number": "numerical",
    "boolean": "boolean",
    "string": "categorical",
    "date": "datetime",
    "datetime": "datetime",
    "time": "numerical",
}


@dataclass(frozen=True)
class Quality:
    """Both properties of its QualityReport and their details."""

    shapes: float
    trends: float
    columns: dict[str, float]
    pairs: dict[frozenset[str], float]
    counted: set[frozenset[str]]


def quality(real: Table, virtual: Table) -> Quality:
    """Its QualityReport of the two tables."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sdmetrics.reports.single_table import QualityReport

        report = QualityReport()
        columns = {c.name: {"sdtype": KINDS[c.type]} for c in real.schema if c.is_modelled}
        frames = (to_pandas(table).loc[:, list(columns)] for table in (real, virtual))
        report.generate(*frames, {"columns": columns}, verbose=False)
        scores = report.get_properties().set_index("Property")["Score"]
        shapes = report.get_details("Column Shapes")
        pairs = report.get_details("Column Pair Trends")
    names = [frozenset(pair) for pair in zip(pairs["Column 1"], pairs["Column 2"], strict=True)]
    counted = pairs["Meets Threshold?"].astype("boolean").fillna(False)
    return Quality(
        shapes=float(scores["Column Shapes"]),
        trends=float(scores["Column Pair Trends"]),
        columns=dict(zip(shapes["Column"], shapes["Score"], strict=True)),
        pairs=dict(zip(names, pairs["Score"], strict=True)),
        counted={name for name, meets in zip(names, counted, strict=True) if meets},
    )


def to_pandas(table: Table) -> pd.DataFrame:
    """The frame in pandas: numbers as floats, dates as datetimes, the rest as objects."""
    columns = {}
    for column in table.schema:
        series = table.frame[column.name]
        if column.type in ("integer", "number"):
            columns[column.name] = pd.Series(series.cast(pl.Float64).to_list(), dtype="float64")
        elif column.type in ("date", "datetime"):
            values = series.cast(pl.Datetime("us")).to_list()
            columns[column.name] = pd.Series(pd.to_datetime(pd.Series(values)))
        else:
            columns[column.name] = pd.Series(series.to_list(), dtype="object")
    return pd.DataFrame(columns)
