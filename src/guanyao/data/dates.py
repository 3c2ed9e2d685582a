"""Which strftime format a column of text dates was written in.

A format is taken only if every value, read and written again, is the same text. So "2020-1-5" and
"2020-01-05" are two formats, 31 February is none, and a column that mixes two stays text.
"""

import re

import polars as pl

from guanyao.data.schema import ColumnType

_DAY = re.compile(
    r"(?P<date>\d{4}(?P<s>[-/.])\d{1,2}(?P=s)\d{1,2}"
    r"|\d{1,2}(?P<t>[-/.])\d{1,2}(?P=t)(\d{4}|\d{2})"
    r"|\d{4}年\d{1,2}月\d{1,2}日"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[- ](\d{4}|\d{2})"
    r"|[A-Za-z]{3,9} \d{1,2}, \d{4}"
    r"|\d{8})?"
    r"(?P<gap>[T ]?)"
    r"(?P<time>\d{1,2}:\d{2}(:\d{2})?(?P<fraction>\.\d{1,9})?(?P<noon> ?[AaPp][Mm])?"
    r"|\d{1,2}时\d{1,2}分(\d{1,2}秒)?)?"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)
_LOOKS = r"^[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}"


def looks_like_dates(sample: pl.Series) -> bool:
    """Whether most of the text looks like dates, of whatever format."""
    return bool((sample.str.contains(_LOOKS).sum() or 0) > 0.5 * len(sample))


def find_format(values: pl.Series) -> tuple[ColumnType, str, bool] | None:
    """The type and the format of text dates or times, and whether another one fits as well.

    Args:
        values: Text without missing values.

    Returns:
        None when no single format fits all values.
    """
    fitting = [(kind, fmt) for kind, fmt in candidates(str(values[0])) if fits(values, kind, fmt)]
    if not fitting:
        return None
    kind, fmt = fitting[0]
    swapped = {fmt, *(other for _, other in fitting)}
    ambiguous = len({re.sub("%-", "%", f) for f in swapped}) > 1
    return kind, fmt, ambiguous


def fits(values: pl.Series, kind: ColumnType, fmt: str) -> bool:
    """Whether all values, read in this format and written again, are the same text."""
    start = values.head(1000)
    return _same(start, kind, fmt) and (len(start) == len(values) or _same(values, kind, fmt))


def _same(values: pl.Series, kind: ColumnType, fmt: str) -> bool:
    read = parse(values, kind, fmt)
    return read.null_count() == 0 and bool((read.dt.to_string(fmt) == values).all())


def parse(values: pl.Series, kind: ColumnType, fmt: str) -> pl.Series:
    """The values as dates, datetimes or times; missing where the text is not in this format."""
    if kind == "date":
        return values.str.to_date(fmt, strict=False)
    unit = "ns" if "%.9f" in fmt else "us"
    if kind == "datetime":
        return values.str.to_datetime(fmt, strict=False, time_unit=unit)  # type: ignore[arg-type]
    # Times without seconds can only be read together with a day.
    dated = ("2000-01-01 " + values).str
    moments = dated.to_datetime("%Y-%m-%d " + fmt, strict=False, time_unit=unit)  # type: ignore[arg-type]
    return moments.dt.time().alias(values.name)


def candidates(value: str) -> list[tuple[ColumnType, str]]:
    """The formats that this one value may be written in, the likeliest first."""
    match = _DAY.match(value)
    if match is None or not (match["date"] or match["time"]):
        return []
    if match["zone"] and not match["time"]:
        return []
    days = _day_formats(match["date"]) if match["date"] else [""]
    times = _time_formats(match) if match["time"] else [""]
    kind: ColumnType = "datetime" if match["date"] and match["time"] else "date"
    if not match["date"]:
        kind = "time"
    zone = match["zone"] or ""
    return [(kind, day + match["gap"] + time + zone) for day in days for time in times]


def _day_formats(date: str) -> list[str]:
    if "年" in date:
        return ["%Y年%m月%d日", "%Y年%-m月%-d日"]
    if date.isdigit():
        return ["%Y%m%d"]
    if re.search("[A-Za-z]", date):
        return _named_months(date)
    mark = next(c for c in date if not c.isdigit())
    first, _, last = date.split(mark)
    year = "%Y" if len(last) == 4 else "%y"
    if len(first) == 4:
        orders = [("%Y", "%m", "%d")]
    elif mark == "/":
        orders = [("%m", "%d", year), ("%d", "%m", year)]
    else:
        orders = [("%d", "%m", year), ("%m", "%d", year)]
    return [form for order in orders for form in _paddings(mark.join(order))]


def _paddings(form: str) -> list[str]:
    return [form, form.replace("%m", "%-m").replace("%d", "%-d")]


def _named_months(date: str) -> list[str]:
    word = re.findall("[A-Za-z]+", date)[0]
    months = ["%b", "%B"] if len(word) == 3 else ["%B"]
    if "," in date:
        forms = [f"{month} %d, %Y" for month in months]
    else:
        mark = "-" if "-" in date else " "
        year = "%Y" if re.search(r"\d{4}$", date) else "%y"
        forms = [mark.join(("%d", month, year)) for month in months]
    return [padded for form in forms for padded in _paddings(form)]


def _time_formats(match: re.Match[str]) -> list[str]:
    time = match["time"]
    if "时" in time:
        tail = "%S秒" if "秒" in time else ""
        return [f"%H时%M分{tail}"]
    seconds = ":%S" if time.count(":") == 2 else ""
    if match["fraction"]:
        # polars writes 3, 6 or 9 digits.
        digits = len(match["fraction"]) - 1
        seconds += f"%.{digits}f" if digits in (3, 6, 9) else "%.f"
    if match["noon"]:
        gap = " " if " " in match["noon"] else ""
        half = "%P" if match["noon"].strip().islower() else "%p"
        return [f"{hour}:%M{seconds}{gap}{half}" for hour in ("%I", "%-I")]
    return [f"{hour}:%M{seconds}" for hour in ("%H", "%-H")]
