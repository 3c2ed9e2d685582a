"""The real tables of the benchmark: target, privacy unit and the one fixed split.

Every table is read with polars alone: what is measured owes nothing to the product's readers.
"?" and "None" stay values; the one exception is "NA" in beijing_pm25, whose target is a number.

| name | rows | target | unit | left out or changed |
|---|---|---|---|---|
| adult | 48,842 | income | row | |
| credit_default | 30,000 | default payment next month | row | |
| online_shoppers | 12,330 | Revenue | row | |
| hmeq | 5,960 | BAD | row | |
| beijing_pm25 | 43,824 | pm2.5 (regression) | row | No |
| cn_shop | 20,000 | 是否逾期 | row | identifiers and free text; dates parsed |
| diabetes130 | 101,766 | readmitted: "<30" against "other" | patient_nbr | encounter_id |
| online_retail | about 122,000 | registered: has a CustomerID | customer (guest: invoice) | below |

online_retail keeps a fifth of the customers (seed 0), the columns StockCode, Quantity, InvoiceDate,
UnitPrice, Country, and "registered". InvoiceNo and Description are left out.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

UNIT = "_unit"
"""Holds the privacy unit while a table is split; generators and measures never see it."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""Where the catalogue lies beside a checkout."""


@dataclass(frozen=True)
class Split:
    """One table, cut once.

    Args:
        name: The table's name.
        target: The column that train-on-synthetic tests predict.
        train: Rows the generators learn from.
        holdout: Rows of other units, never shown to a generator.
        units: The privacy unit of each row of `train`; None when each row is its own.
    """

    name: str
    target: str
    train: pl.DataFrame
    holdout: pl.DataFrame
    units: pl.Series | None


@dataclass(frozen=True)
class _Source:
    """How one table is read; `read` returns a frame that may hold the column `UNIT`."""

    target: str
    read: Callable[[Path], pl.DataFrame]


def names() -> list[str]:
    """The tables' names, smallest first."""
    return list(_SOURCES)


def target_of(name: str) -> str:
    """The column that train-on-synthetic tests predict."""
    return _SOURCES[name].target


def load(name: str, data: Path = SHARED, *, holdout: float = 0.2, seed: int = 0) -> Split:
    """Read one table and cut it by unit.

    Args:
        name: One of `names()`.
        data: The catalogue's folder.
        holdout: Share of the units kept back, in (0, 1).
        seed: Seed of the cut.

    Returns:
        The split; train and holdout share no unit.
    """
    source = _SOURCES[name]
    frame = source.read(data)
    kept_back = _in_holdout(frame, holdout, seed)
    train, held = frame.filter(~kept_back), frame.filter(kept_back)
    units = train[UNIT] if UNIT in frame.columns else None
    train, held = (side.drop(UNIT, strict=False) for side in (train, held))
    return Split(name, source.target, train, held, units)


def _in_holdout(frame: pl.DataFrame, share: float, seed: int) -> pl.Series:
    """True for rows whose unit is kept back; ceil(share * n_units) units are."""
    units = _unit_codes(frame)
    n_units = int(units.max()) + 1
    order = np.random.default_rng(seed).permutation(n_units)
    chosen = np.zeros(n_units, dtype=bool)
    chosen[order[: int(np.ceil(share * n_units))]] = True
    return pl.Series(chosen[units])


def _unit_codes(frame: pl.DataFrame) -> np.ndarray:
    """Each row's unit as a number, numbered by first appearance."""
    if UNIT not in frame.columns:
        return np.arange(frame.height)
    first = frame.select(pl.col(UNIT).unique(maintain_order=True)).with_row_index("code")
    return (
        frame.select(UNIT)
        .join(first, on=UNIT, how="left", maintain_order="left")["code"]
        .to_numpy()
    )


def _csv(path: Path, null_values: list[str] | None = None) -> pl.DataFrame:
    return pl.read_csv(
        gzip.decompress(path.read_bytes()),
        infer_schema_length=None,
        null_values=null_values,
    )


def _plain(file: str) -> Callable[[Path], pl.DataFrame]:
    return lambda data: _csv(data / "tables" / file)


def _beijing(data: Path) -> pl.DataFrame:
    return _csv(data / "tables" / "beijing_pm25.csv.gz", null_values=["NA"]).drop("No")


_CN_NAMES = ("客户编号", "姓名", "身份证号", "手机号", "邮箱", "详细地址", "银行卡号", "备注")
"""Identifiers and free text, which peers cannot be asked to learn."""


def _cn_shop(data: Path) -> pl.DataFrame:
    frame = _csv(data / "multitable" / "cn_shop" / "cn_customers.csv.gz")
    frame = frame.drop(*_CN_NAMES)
    return frame.with_columns(
        pl.col("出生日期", "开户日期").str.to_date("%Y-%m-%d"),
        pl.col("最近交易时间").str.to_datetime("%Y-%m-%d %H:%M:%S"),
    )


def _diabetes(data: Path) -> pl.DataFrame:
    early = pl.when(pl.col("readmitted") == "<30").then(pl.lit("<30")).otherwise(pl.lit("other"))
    return (
        _csv(data / "tables" / "diabetes130.csv.gz")
        .drop("encounter_id")
        .with_columns(early.alias("readmitted"))
        .rename({"patient_nbr": UNIT})
    )


def _retail(data: Path) -> pl.DataFrame:
    frame = pl.read_parquet(data / "tables" / "online_retail.parquet").with_columns(
        pl.coalesce(pl.col("CustomerID").cast(pl.String), pl.col("InvoiceNo")).alias(UNIT),
        pl.col("CustomerID").is_not_null().alias("registered"),
    )
    frame = frame.filter(_in_holdout(frame, share=0.2, seed=0))
    return frame.select(
        UNIT, "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "Country", "registered"
    )


_SOURCES: dict[str, _Source] = {
    "hmeq": _Source("BAD", _plain("hmeq.csv.gz")),
    "online_shoppers": _Source("Revenue", _plain("online_shoppers.csv.gz")),
    "cn_shop": _Source("是否逾期", _cn_shop),
    "credit_default": _Source("default payment next month", _plain("credit_default.csv.gz")),
    "beijing_pm25": _Source("pm2.5", _beijing),
    "adult": _Source("income", _plain("adult.csv.gz")),
    "diabetes130": _Source("readmitted", _diabetes),
    "online_retail": _Source("registered", _retail),
}
