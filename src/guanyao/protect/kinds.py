"""The kinds of personal data: what they are called, how grave they are, what masks them."""

from dataclasses import dataclass
from typing import Literal

from guanyao.errors import UnknownNameError

Grade = Literal["direct", "quasi"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of personal data.

    Args:
        name: What it is called in policies and findings.
        title: Its English name.
        title_zh: Its Chinese name.
        sensitivity: `direct` names one person; `quasi` does so beside other values.
        is_sensitive: Whether it is sensitive personal information.
        has_check: Whether check digits tell it from other numbers.
        tag: What stands in its place in masked English text.
        tag_zh: What stands in its place in masked Chinese text.

    Reference: GB/T 35273-2020, annex B (what counts as sensitive personal information).
    """

    name: str
    title: str
    title_zh: str
    sensitivity: Grade
    is_sensitive: bool
    has_check: bool
    tag: str
    tag_zh: str


def _kind(
    name: str, title: str, title_zh: str, grade: Grade = "direct", *, marks: str = "", tag: str = ""
) -> Kind:
    """A kind whose tags follow from its name; marks: s is sensitive, c has check digits."""
    english, _, chinese = tag.partition("|")
    return Kind(
        name=name,
        title=title,
        title_zh=title_zh,
        sensitivity=grade,
        is_sensitive="s" in marks,
        has_check="c" in marks,
        tag=f"[{english or name.upper().replace('_', ' ')}]",
        tag_zh=f"[{chinese or title_zh}]",
    )


_ALL = (
    _kind("resident_id", "resident identity number", "身份证号", marks="sc", tag="ID NUMBER"),
    _kind("mobile_phone", "mobile phone number", "手机号", tag="PHONE"),
    _kind("landline", "landline number", "固定电话", tag="PHONE|电话"),
    _kind("phone", "phone number outside the mainland", "境外电话", tag="PHONE|电话"),
    _kind("bank_card", "bank card number", "银行卡号", marks="sc"),
    _kind("credit_code", "unified social credit code", "统一社会信用代码", marks="c"),
    _kind("passport", "passport number", "护照号", marks="s"),
    _kind("hk_macau_permit", "Hong Kong or Macau permit", "港澳通行证号", marks="s", tag="PERMIT"),
    _kind("taiwan_permit", "Taiwan permit", "台湾通行证号", marks="s", tag="PERMIT"),
    _kind(
        "foreign_permit",
        "foreigner's residence permit",
        "外国人永久居留证号",
        marks="sc",
        tag="PERMIT",
    ),
    _kind("licence_plate", "licence plate", "车牌号"),
    _kind("military_id", "military identity number", "军官证号", marks="s"),
    _kind("medical_record", "medical record number", "病历号", marks="s"),
    _kind("social_security", "social or health insurance number", "社保号", marks="s"),
    _kind("email", "e-mail address", "电子邮箱", marks="", tag="EMAIL|邮箱"),
    _kind("ip_address", "IP address", "IP地址"),
    _kind("mac_address", "MAC address", "MAC地址"),
    _kind("secret_url", "address with a password or token", "含密钥网址", marks="s"),
    _kind("wechat_id", "WeChat id", "微信号"),
    _kind("qq_id", "QQ id", "QQ号"),
    _kind("postcode", "postcode", "邮政编码", "quasi", tag="|邮编"),
    _kind("address", "street address", "地址", marks="s", tag="ADDRESS"),
    _kind("person_name", "person's name", "姓名", tag="NAME"),
    _kind("organisation", "organisation", "机构名称", "quasi", tag="|机构"),
    _kind("birth_date", "date of birth", "出生日期", "quasi"),
    _kind("coordinates", "geographic coordinates", "经纬度", "quasi", marks="s"),
    _kind("iban", "international bank account number", "国际银行账号", marks="sc"),
    _kind("us_ssn", "US social security number", "美国社会保障号", marks="s", tag="SSN"),
    _kind("vin", "vehicle identification number", "车架号", marks="c"),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
"""Every kind by its name."""


def kind_of(name: str) -> Kind:
    """The kind of that name.

    Raises:
        UnknownNameError: There is no such kind.
    """
    if name not in KINDS:
        raise UnknownNameError(
            f"there is no kind of personal data {name!r}",
            allowed="known: " + ", ".join(KINDS),
            code="unknown_name.kind",
        )
    return KINDS[name]
