"""What the name of a column says of its values, and what values must look like to be believed.

A name alone proves nothing: "number" may count anything. So each rule goes with the form that most
values must have, and names that many columns share (`is_sure` False) need values that a recogniser
knows as well.
"""

import re
from dataclasses import dataclass

LETTERED = r"\p{L}"
PHONE = r"^[+(]?[0-9][0-9()\s.\-–]{5,19}([ ,x转-]+[0-9]{1,6})?$"
LONG_NUMBER = r"^[0-9]([\s-]?[0-9]){10,20}$"
CODE = r"^[\p{L}\d][\p{L}\d\s/（）()_.-]{3,29}$"
WITH_DIGITS = r"[0-9０-９]{3}"
WORDS = r"^\P{N}*\p{L}\P{N}*$"
"""Text without digits, as names have it."""
ADDRESS = r"[0-9].*\p{L}{2}|\p{L}{2}.*[0-9]|[省市区县镇乡村路街巷号]"
DATE = (
    r"^(18|19|20)?[0-9]{2}[-/.年]?([0-9]{1,2}月?)?([-/.]?[0-9]{1,2}日?)?([T ].*)?$"
    r"|^[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}$"
)
POSTCODE = (
    r"^[0-9]{4,6}(-[0-9]{3,4})?$|^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}$"
    r"|^[A-Za-z][0-9][A-Za-z] ?[0-9][A-Za-z][0-9]$"
)


@dataclass(frozen=True)
class NameRule:
    """What a column's name says.

    Args:
        kind: The kind of personal data.
        name: A pattern of column names, in words (see `guanyao.data.sensitivity.words`).
        form: What most values must look like.
        is_sure: Whether name and form are enough; else a recogniser has to know some values, too.
    """

    kind: str
    name: re.Pattern[str]
    form: str
    is_sure: bool = True

    def fits(self, words: str) -> bool:
        """Whether a column of this name is meant."""
        return self.name.search(words) is not None


def _rule(kind: str, name: str, form: str, *, is_sure: bool = True) -> NameRule:
    return NameRule(kind, re.compile(name, re.IGNORECASE), form, is_sure)


RULES: tuple[NameRule, ...] = (
    _rule("email", r"邮箱|电子邮件|\be ?mail\b", r"@"),
    _rule("wechat_id", r"微信|\bwe ?chat\b|\bweixin\b", r"^[A-Za-z0-9][A-Za-z0-9_-]{4,19}$"),
    _rule("qq_id", r"\bqq\b|qq号|扣扣", r"^[1-9][0-9]{4,10}$"),
    _rule("ip_address", r"\bip\b|\bipv[46]\b|\bip ?addr", r"^[0-9a-fA-F]+[.:][0-9a-fA-F:.]+$"),
    _rule("mac_address", r"\bmac\b|\bmac ?addr", r"^([0-9A-Fa-f]{2}[:-]?){5}[0-9A-Fa-f]{2}$"),
    _rule("foreign_permit", r"外国人|永久居留|foreign(er)? ?(permit|id)", CODE),
    _rule("taiwan_permit", r"台胞证|台湾.*(通行|居住)证", CODE),
    _rule("hk_macau_permit", r"港澳|回乡证|\bhk ?macau", CODE),
    _rule("passport", r"护照|\bpassport\b", CODE),
    _rule("military_id", r"军官证|士兵证|军人证|军人.*号|\bmilitary ?(id|number|no)\b", CODE),
    _rule("social_security", r"社保|社会保障|医保(卡|号|编)|\bsocial ?insurance\b", CODE),
    _rule("us_ssn", r"\bssn\b|\bsocial ?security\b", r"^[0-9]{3}-?[0-9]{2}-?[0-9]{4}$"),
    _rule(
        "medical_record",
        r"病历号|病案号|住院号|门诊号|就诊(卡|号)|病人(编)?号|\bmrn\b|\bmedical ?record\b",
        CODE,
    ),
    _rule("credit_code", r"信用代码|纳税人|税号|\buscc\b", CODE),
    _rule("iban", r"\biban\b", r"^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,32}$"),
    _rule("bank_card", r"银行卡|卡号|银行账[号户]|\b(bank|credit|debit) ?card\b", LONG_NUMBER),
    _rule("bank_card", r"账号|\bcard ?(no|nr|number)\b|\bpan\b", LONG_NUMBER, is_sure=False),
    _rule("vin", r"车架号|车辆识别|\bvin\b|\bchassis\b", r"^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$"),
    _rule("licence_plate", r"车牌|号牌|\blicen[cs]e ?plate\b|\bplate ?(no|nr|number)\b", CODE),
    _rule(
        "resident_id",
        r"身份证|\bsfz|\bid ?card\b|\bnational ?id\b",
        r"^[0-9][0-9\s]{12,20}[0-9Xx]$",
    ),
    _rule("resident_id", r"证件号", r"^[0-9]{14,17}[0-9Xx]$", is_sure=False),
    _rule("mobile_phone", r"手机|移动电话|\bmobile\b|\bcell ?(phone)?\b|\bmsisdn\b", PHONE),
    _rule("landline", r"座机|固话|固定电话|\bland ?line\b", PHONE),
    _rule("phone", r"电话|联系方式|传真|\b(home|work)? ?phone\b|\btel(ephone)?\b|\bfax\b", PHONE),
    _rule("secret_url", r"\burl\b|\blink\b|链接|网址", r"://", is_sure=False),
    _rule(
        "birth_date",
        r"出生(日期|年月|时间|日|年)?$|出生日期|出生年月|生日|\bbirth ?(date|day|number|year)?\b"
        r"|\bdate ?of ?birth\b|\bdob\b|\bborn\b",
        DATE,
    ),
    _rule("postcode", r"邮编|邮政编码|\bpost(al)? ?code\b|\bzip( ?code)?\b", POSTCODE),
    _rule(
        "coordinates", r"坐标|经纬度|\bcoordinates?\b|\bgeo ?(location|point)\b", r"[0-9]+\.[0-9]+"
    ),
    _rule("person_name", r"姓名|名字|联系人|收货人|收件人|户主|\bsurname\b", WORDS),
    _rule(
        "person_name",
        r"\b(full|first|last|middle|given|family|contact|customer|client|patient|employee|user|"
        r"passenger|student|teacher|doctor|father|mother|spouse) ?name\b",
        WORDS,
    ),
    _rule(
        "person_name",
        r"^name name$|客户名|患者名|\b(author|artist|composer|owner|passenger|customer)s?\b",
        WORDS,
        is_sure=False,
    ),
    _rule(
        "address",
        r"住址|地址|\bstreet\b|(?<!\bip )(?<!\bmac )(?<!mail )(?<!\burl )(?<!\bweb )\baddr(ess)?\b",
        ADDRESS,
    ),
    _rule(
        "organisation",
        r"工作单位|公司|企业|机构|\bemployer\b|\bcompany\b|\borgani[sz]ation\b",
        LETTERED,
        is_sure=False,
    ),
)

LATITUDE = re.compile(r"纬度|\blat(itude)?\b", re.IGNORECASE)
LONGITUDE = re.compile(r"经度|\b(lon|lng|long|longitude)\b", re.IGNORECASE)


def rules_for(words: str) -> list[NameRule]:
    """The rules that the name of a column, in words, meets, the most telling first."""
    return [rule for rule in RULES if rule.fits(words)]
