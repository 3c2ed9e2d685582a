"""A wide table of made-up persons, and how long it takes to find what is in it.

Nine columns name persons, two are free text that holds a telephone number or a mail address in one
row of a hundred, one is a date of birth; the other eight hold nothing. Almost all values of the
nine are different, which is what takes time. Numbers come from ranges that are given to nobody.
"""

import resource
import time
from dataclasses import dataclass

import numpy as np
import pii_corpus as corpus
import polars as pl
from numpy.typing import NDArray

from guanyao import read
from guanyao.data.check_digits import check_characters
from guanyao.data.templates import to_codes, to_texts
from guanyao.protect.columns import find_columns

HELD = {
    "姓名": "person_name",
    "身份证号": "resident_id",
    "手机号": "mobile_phone",
    "银行卡号": "bank_card",
    "邮箱": "email",
    "住址": "address",
    "纳税人识别号": "credit_code",
    "登录地址": "ip_address",
    "车牌": "licence_plate",
    "出生日期": "birth_date",
    "备注": "mobile_phone",
    "remarks": "email",
}
"""Columns that hold personal data, and the kind."""
MOST_SECONDS = 30.0
HEAD = "| figure | value | bar | |\n|---|---|---|---|"
NOTES = (
    "来电咨询套餐资费",
    "对账单金额有疑问，已解释清楚",
    "希望改在周末上门安装",
    "反映信号不稳定",
)
REMARKS = ("asked about the new tariff", "will come back next week", "bill explained, satisfied")


@dataclass(frozen=True)
class Found:
    """What it took to look through a table.

    Args:
        n_rows: Rows of the table.
        n_columns: Columns of the table.
        cpu_s: CPU seconds of all threads.
        peak_mb: The largest resident size of the process, the table itself included.
        right: Columns that hold personal data and were found with their kind.
        wrong: Columns that were found to hold what they do not.
    """

    n_rows: int
    n_columns: int
    cpu_s: float
    peak_mb: float
    right: int
    wrong: int

    def __str__(self) -> str:
        """Rows of the Markdown table."""
        what = f"{self.n_rows:,} x {self.n_columns}"
        return "\n".join(
            [
                _line(f"{what}: CPU", f"{self.cpu_s:.1f} s", f"{MOST_SECONDS:g} s",
                      is_met=self.cpu_s <= MOST_SECONDS),
                _line(f"{what}: peak memory, the table included", f"{self.peak_mb:,.0f} MB", "",
                      is_met=None),
                _line("columns found, with their kind", f"{self.right}", f"{len(HELD)}",
                      is_met=self.right == len(HELD)),
                _line("columns found that hold nothing", f"{self.wrong}", "0",
                      is_met=self.wrong == 0),
            ]
        )  # fmt: skip


def _line(figure: str, value: str, bar: str, *, is_met: bool | None) -> str:
    word = "" if is_met is None else "passed" if is_met else "**missed**"
    return f"| {figure} | {value} | {bar} | {word} |"


def find(n_rows: int, seed: int) -> list[Found]:
    """Look through a table of so many rows."""
    table = read(people(n_rows, seed))
    began = time.process_time()
    findings = find_columns(table)
    seconds = time.process_time() - began
    told = {finding.column: finding.kind for finding in reversed(findings)}
    right = sum(told.get(column) == kind for column, kind in HELD.items())
    wrong = len(told.keys() - HELD.keys())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return [Found(n_rows, table.frame.width, seconds, peak, right, wrong)]


def people(n_rows: int, seed: int) -> pl.DataFrame:
    """The table.

    Args:
        n_rows: Its rows.
        seed: Same seed, same table.
    """
    rng = np.random.default_rng(seed)
    named = {
        "姓名": _drawn(rng, "person_name", n_rows),
        "身份证号": _with_check("mod_11_2", _residents(rng, n_rows)),
        "手机号": _joined(rng, n_rows, ("154", "160", "169"), 8),
        "银行卡号": _with_check("luhn", _joined(rng, n_rows, ("62999",), 13)),
        "邮箱": _joined(rng, n_rows, ("wu", "li", "chen"), 7) + "@example.com",
        "住址": _drawn(rng, "address", n_rows) + _joined(rng, n_rows, ("第",), 3) + "号",
        "纳税人识别号": _with_check("credit_code", _tax_bodies(rng, n_rows)),
        "登录地址": _joined(rng, n_rows, ("203.0.113.", "198.51.100."), 2),
        "车牌": _joined(rng, n_rows, ("京A", "浙B", "粤C"), 5),
        "出生日期": _days(rng, n_rows).str.to_date("%Y%m%d"),
    }  # fmt: skip
    noted = {
        "备注": _notes(rng, n_rows, NOTES, "，请回电" + named["手机号"]),
        "remarks": _notes(rng, n_rows, REMARKS, ", mail " + named["邮箱"]),
    }
    return pl.DataFrame({**named, **noted, **_rest(rng, n_rows)})


def _rest(rng: np.random.Generator, n_rows: int) -> dict[str, pl.Series | NDArray[np.float64]]:
    """Columns that hold nothing of a person."""
    return {
        "订单号": _joined(rng, n_rows, ("D2023",), 9),
        "性别": _choice(rng, n_rows, ("男", "女")),
        "城市": _choice(rng, n_rows, ("杭州", "成都", "深圳", "上海", "西安")),
        "状态": _choice(rng, n_rows, ("正常", "欠费", "停机")),
        "年龄": rng.integers(18, 90, n_rows),
        "余额": rng.gamma(2.0, 300.0, n_rows).round(2),
        "订单数": rng.poisson(4.0, n_rows),
        "评分": rng.normal(0.0, 1.0, n_rows),
    }


def _choice(rng: np.random.Generator, n: int, values: tuple[str, ...]) -> pl.Series:
    return pl.Series(values).gather(rng.integers(0, len(values), n))


def _drawn(rng: np.random.Generator, kind: str, n: int) -> pl.Series:
    cells = corpus.make_column(kind, min(n, 50_000), language="zh", seed=int(rng.integers(1 << 30)))
    return pl.Series(cells).gather(rng.integers(0, len(cells), n))


def _days(rng: np.random.Generator, n: int) -> pl.Series:
    days = np.datetime64("1950-01-01") + rng.integers(0, 20_000, n).astype("timedelta64[D]")
    return pl.Series(days).cast(pl.Date).dt.to_string("%Y%m%d")


def _joined(rng: np.random.Generator, n: int, heads: tuple[str, ...], digits: int) -> pl.Series:
    """A head and so many digits."""
    tail = pl.Series(rng.integers(0, 10**digits, n)).cast(pl.String).str.zfill(digits)
    return _choice(rng, n, heads) + tail


def _residents(rng: np.random.Generator, n: int) -> pl.Series:
    """The first 17 characters, of a county that there is not."""
    return _choice(rng, n, ("110198", "440398")) + _days(rng, n) + _joined(rng, n, ("",), 3)


def _tax_bodies(rng: np.random.Generator, n: int) -> pl.Series:
    """The first 17 characters, the check character of the organisation code right."""
    organisations = _with_check("organization_code", _joined(rng, n, ("MA",), 6))
    return _choice(rng, n, ("91330198", "91110198")) + organisations


def _with_check(rule: str, payloads: pl.Series) -> pl.Series:
    codes = to_codes(payloads, len(payloads[0]))
    return payloads + pl.Series(to_texts(check_characters(rule, codes)[None, :]))


def _notes(
    rng: np.random.Generator, n: int, phrases: tuple[str, ...], held: pl.Series
) -> pl.Series:
    """Different texts; one of a hundred holds personal data."""
    numbers = pl.Series(np.arange(n)).cast(pl.String)
    parts = [_choice(rng, n, phrases) + " " for _ in range(3)]
    plain = parts[0] + parts[1] + parts[2] + numbers
    is_held = pl.Series(rng.random(n) < 0.01)
    return pl.select(pl.when(is_held).then(plain + held).otherwise(plain)).to_series()
