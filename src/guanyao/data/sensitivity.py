"""How much a column tells of a person: a first judgement by its name and the shape of its text."""

import re

import polars as pl

from guanyao.data.schema import Sensitivity

DIRECT_NAMES = re.compile(
    r"姓名|身份证|证件号|手机|电话|邮箱|微信|qq号|住址|地址|银行卡|卡号|护照|社保号|车牌"
    r"|\b(full|first|last|middle|contact|given|family|user|customer|client|patient|employee)name\b"
    r"|^name name$|^name$|\bsurname\b|\bssn\b|passport|e-?mail|\bphone\b|homephone|\bmobile\b"
    r"|\bfax\b|telephone|\baddress\b|\bstreet\b|shipaddress|billingaddress|\biban\b|creditcard",
    re.IGNORECASE,
)
QUASI_NAMES = re.compile(
    r"出生|生日|年龄|性别|民族|邮编|城市|省份|区县|籍贯|职业|学历|婚姻|国籍"
    r"|birth|\bdob\b|\bage\b|\bsex\b|gender|\brace\b|ethnic|zip|postal|postcode|\bcity\b"
    r"|\bcounty\b|nationality|native|marital|marriage|occupation|\bjob\b|education|religion",
    re.IGNORECASE,
)
DIRECT_TEXT = (
    r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$",
    r"^[1-9]\d{5}(19|20)\d{9}[\dXx]$",
    r"^(\+?86[- ]?)?1[3-9]\d{9}$",
    r"^\d{3}-\d{2}-\d{4}$",
)
MOSTLY = 0.5


def judge(name: str, values: pl.Series) -> Sensitivity:
    """Whether the column names a person, helps to, or does not.

    Args:
        name: The column's name.
        values: Its values without the missing ones; a sample will do.
    """
    spelled = words(name)
    if values.dtype == pl.String and _is_direct_text(values):
        return "direct"
    if DIRECT_NAMES.search(spelled) and values.dtype in (pl.String, pl.Int64):
        return "direct"
    return "quasi" if QUASI_NAMES.search(spelled) else "none"


def words(name: str) -> str:
    """The words of a column's name: FirstName and first_name both as "first name firstname".

    They come apart and joined, so that a rule finds them however they were written.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    spaced = re.sub(r"[_.\-]+", " ", spaced)
    return f"{spaced} {spaced.replace(' ', '')}"


def _is_direct_text(values: pl.Series) -> bool:
    if values.is_empty():
        return False
    return any(_share(values, pattern) > MOSTLY for pattern in DIRECT_TEXT)


def _share(values: pl.Series, pattern: str) -> float:
    return int(values.str.contains(pattern).sum()) / len(values)
