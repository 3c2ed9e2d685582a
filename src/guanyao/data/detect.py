"""What each column of a table is: type, format, role, and how much it tells of a person."""

import re
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from guanyao.data import dates, sensitivity
from guanyao.data.dtypes import kind
from guanyao.data.rule_detection import detect_rules
from guanyao.data.rules import keepable
from guanyao.data.schema import Column, ColumnType, Role, Schema, Source
from guanyao.data.text_values import Parsed, number_format

MIN_UNIQUE = 0.999
"""Share of distinct values from which a column may name the row."""

MIN_FREE = 0.5
"""Share of distinct values from which text without a pattern counts as free text."""

MIN_LEVELS = 20
"""Fewer distinct values than this are categories, however few the rows."""

LONG_TEXT = 40
"""Characters, on average, from which text of many forms counts as free text."""

SAMPLE = 20_000

REPEATED_KEY = "looks like a repeated key; if it names a person or thing, pass it as --entity"
"""The note on a column that may name whom the rows belong to."""
_WHO = re.compile(
    "patient|person|customer|client|user|member|employee|student|subject|患者|病人|客户|用户|会员",
    re.IGNORECASE,
)
_KEY_NAME = re.compile(
    r"(^|[\W_])(id|no|nr|nbr|number|key|uuid|guid)$"
    r"|编号|序号|单号|号码|卡号|证号|账号|户号|学号|工号|流水号|手机号|电话",
    re.IGNORECASE,
)
_CASED_KEY = re.compile(r"[a-z](ID|Id|No|Nr|Key)$")

MIN_KEYS = 50
"""Distinct keys from which a column may name the persons or things that rows belong to."""


def detect_schema(
    frame: pl.DataFrame, source: Source, parsed: Mapping[str, Parsed] | None = None
) -> Schema:
    """The schema of a typed frame, with the rules that hold in every row.

    Args:
        frame: Typed rows.
        source: How they were stored.
        parsed: What the text of a column told of its format, where it was text.
    """
    known = parsed or {}
    columns = tuple(_column(frame[name], known.get(name)) for name in frame.columns)
    schema = Schema(columns=columns, source=source)
    return replace(schema, rules=keepable(detect_rules(frame, schema)))


def _column(values: pl.Series, parsed: Parsed | None) -> Column:
    facts = parsed if parsed is not None else _facts(values)
    filled = values.drop_nulls()
    type_ = kind(values.dtype) or "string"
    direct = sensitivity.judge(values.name, filled.head(1000))
    role, note = _role(filled, type_, direct == "direct")
    return Column(
        name=values.name,
        type=type_,
        role=role,
        dtype=str(values.dtype),
        nullable=bool(values.null_count()),
        decimals=facts.decimals,
        fixed_decimals=facts.fixed_decimals,
        format=facts.format,
        order=tuple(values.dtype.categories) if isinstance(values.dtype, pl.Enum) else None,
        sensitivity=direct,
        missing=facts.missing,
        note="; ".join(part for part in (facts.note, note) if part),
    )


def _facts(values: pl.Series) -> Parsed:
    """What a typed column tells of its precision."""
    if values.is_empty() or values.null_count() == len(values):
        return Parsed(values=values, note="no value is present")
    if values.dtype.is_integer():
        return Parsed(values=values, decimals=0)
    if isinstance(values.dtype, pl.Decimal):
        return Parsed(values=values, decimals=values.dtype.scale, fixed_decimals=True)
    if values.dtype.is_float():
        return _float_facts(values)
    if values.dtype == pl.String and _is_date_text(values.drop_nulls()):
        return Parsed(values=values, note="dates as text; kept as text, as the source has them")
    return Parsed(values=values)


def _is_date_text(filled: pl.Series) -> bool:
    sample = filled.head(100)
    return dates.looks_like_dates(sample) and dates.find_format(sample) is not None


def _float_facts(values: pl.Series) -> Parsed:
    finite = values.filter(values.is_finite())
    note = "" if len(finite) == values.count() else "some values are infinite or not a number"
    if finite.is_empty():
        return Parsed(values=values, note=note)
    shown = finite.unique().cast(pl.String).str.strip_suffix(".0")
    decimals, _, _ = number_format(shown)
    return Parsed(values=values, decimals=decimals, note=note)


def _role(filled: pl.Series, type_: ColumnType, direct: bool) -> tuple[Role, str]:
    if filled.is_empty() or type_ not in ("integer", "string"):
        return "feature", ""
    n_levels = filled.n_unique()
    unique = n_levels >= MIN_UNIQUE * len(filled)
    named = is_key_name(filled.name)
    if type_ == "integer":
        if unique and len(filled) > 1 and (named or _runs(filled)):
            return "identifier", ""
        return "feature", _repeated(filled, n_levels)
    text = filled.cast(pl.String)
    if unique and len(filled) > 1 and (named or (n_levels >= MIN_LEVELS and _has_pattern(text))):
        # Mail addresses and plate numbers have patterns too; they are text of a person.
        return ("identifier" if named or not direct else "text"), ""
    return _text_role(text, n_levels, named, direct)


def _text_role(filled: pl.Series, n_levels: int, named: bool, direct: bool) -> tuple[Role, str]:
    free = n_levels >= MIN_FREE * len(filled)
    if direct and free and n_levels > 1:
        return "text", ""
    if named or n_levels < MIN_LEVELS or _has_pattern(filled):
        return "feature", _repeated(filled, n_levels)
    length = filled.head(SAMPLE).str.len_chars().sum() / min(len(filled), SAMPLE)
    return ("text" if free or length >= LONG_TEXT else "feature"), ""


def is_key_name(name: str) -> bool:
    """Whether a column of this name usually holds keys."""
    return _KEY_NAME.search(name) is not None or _CASED_KEY.search(name) is not None


def _repeated(filled: pl.Series, n_levels: int) -> str:
    named = is_key_name(filled.name) or _WHO.fullmatch(filled.name) is not None
    if named and n_levels >= MIN_KEYS:
        return REPEATED_KEY
    return ""


def _runs(filled: pl.Series) -> bool:
    """Whether the integers are a running number: hardly a gap between lowest and highest."""
    span = int(filled.max()) - int(filled.min()) + 1  # type: ignore[arg-type]
    return len(filled) >= MIN_LEVELS and span <= 1.1 * len(filled)


def _has_pattern(text: pl.Series) -> bool:
    """Whether the text is coded: few shapes of letters and digits, no spaces, some digits."""
    sample = text.head(SAMPLE)
    if _share(sample, r"[\s\p{Han}]") > 0.05 or _share(sample, r"\d") < 0.95:
        return False
    if _share(sample, r"^[0-9a-fA-F-]{32,36}$") > 0.95:
        return True
    shapes = sample.str.replace_all(r"\d+", "9")
    shapes = shapes.str.replace_all("[A-Z]", "A").str.replace_all("[a-z]", "a")
    few = shapes.value_counts(sort=True)["count"].head(3).sum()
    return bool(few > 0.9 * len(sample))


def _share(sample: pl.Series, pattern: str) -> float:
    return int(sample.str.contains(pattern).sum()) / len(sample)
