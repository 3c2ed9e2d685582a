"""Each kind of personal data: what is found, and what looks like it and is not."""

import pytest

from guanyao.data.check_digits import complete
from guanyao.protect import RECOGNISERS, find_text
from guanyao.protect.kinds import KINDS
from guanyao.protect.recognisers.credit_code import has_check, has_organisation_check
from guanyao.protect.recognisers.iban import is_iban
from guanyao.protect.recognisers.travel_documents import zone_check
from guanyao.protect.recognisers.vehicles import vin_mark
from guanyao.protect.scan import is_kind


def is_x(sequence: int) -> bool:
    """Whether the check character of this person of the day is X."""
    return complete("mod_11_2", f"11019819900307{sequence:03d}").endswith("X")


ID = complete("mod_11_2", "11019819900307123")
ID_X = complete("mod_11_2", next(f"11019819900307{n:03d}" for n in range(999) if is_x(n)))
PERMIT_OF_2023 = complete("mod_11_2", "91184019900307123")
CARD = complete("luhn", "629991234567890123")
CREDIT_CODE = complete("credit_code", "91110198" + complete("organization_code", "MA00ABC1"))
SLIPPED_CODE = complete("credit_code", "91110198MA0AJKLMP").replace("0", "O", 2)
"""Its organisation code has no right check character, and two of its zeros were misread."""
NUMBERED = [kind for kind in KINDS if kind not in ("address", "organisation", "person_name")]

FOUND = [
    ("resident_id", f"身份证号【{ID}】，请核对"),
    ("resident_id", f"身份证号为【{ID[:6]} {ID[6:14]} {ID[14:]}】"),
    ("resident_id", f"身份证【{ID_X[:-1]}×】"),
    ("resident_id", "老身份证【110198900307123】"),
    ("resident_id", f"Ms Wu, ID【{ID.replace('0', 'O', 2)}】"),
    ("mobile_phone", "手机【154 0013 8000】"),
    ("mobile_phone", "（【+86 154-0013-8000】）"),
    ("mobile_phone", "【(+86)15400138000】"),
    ("mobile_phone", "电话：【１５４００１３８０００】转李女士"),
    ("mobile_phone", "15400138000元, 【16000138001】"),
    ("mobile_phone", "2023-10-15 【16000138001】"),
    ("mobile_phone", "要求开具发票，工单7635，请回电【15400138000】"),
    ("mobile_phone", "要求开具发票，工单7635，【15400138000】"),
    ("mobile_phone", "麻烦开一下发票，【15400138000】"),
    ("mobile_phone", "快递3件，下午送到【15400138000】"),
    ("mobile_phone", "订单7635请回电【154-0013-8000】"),
    ("landline", "发票7635号，请回电【010-80001234】"),
    ("landline", "电话：【010-80001234】"),
    ("landline", "总机【(0571)8000 1234转8012】"),
    ("landline", "请拨打【0086-10-80001234】"),
    ("landline", "客服热线【400-800-1234】"),
    ("landline", "电话是【80001234-6808】。"),
    ("phone", "ring 【+44 20 7946 0958】 or write"),
    ("phone", "call 【(202) 555-0143】 now"),
    ("phone", "【+852 2123 4567】"),
    ("bank_card", f"卡号【{CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:16]} {CARD[16:]}】"),
    ("bank_card", f"尾号不明，【{CARD}】"),
    ("bank_card", "Visa 【4111-1111-1111-1111】"),
    ("credit_code", f"税号:【{CREDIT_CODE}】"),
    ("credit_code", "【91350100M000100Y43】"),
    ("credit_code", "【9135O1OOM000100Y43】"),
    ("credit_code", "【91350l00M000I00Y43】"),
    ("credit_code", "税号【9135 0100 M0OO 1OOY 43】"),
    ("credit_code", f"税号【{SLIPPED_CODE}】"),
    ("passport", "护照号码：【E12345678】"),
    ("passport", "Passport no. 【EA1234567】"),
    ("hk_macau_permit", "港澳通行证【C12345678】"),
    ("hk_macau_permit", "回乡证号码:【H1234567890】"),
    ("taiwan_permit", "台胞证【12345678】"),
    ("taiwan_permit", "大陆居民往来台湾通行证【T12345678】"),
    ("foreign_permit", "外国人永久居留身份证【USA110098765432】"),
    ("foreign_permit", f"【{PERMIT_OF_2023}】"),
    ("licence_plate", "车停在门口，【京A12345】"),
    ("licence_plate", "【粤B·D12345】"),
    ("licence_plate", "【沪AD12345】是新能源"),
    ("licence_plate", "【粤Z1234港】"),
    ("licence_plate", "车牌号【使012345】"),
    ("military_id", "军官证：【军字第0012345号】"),
    ("military_id", "士兵证号【12345678】"),
    ("medical_record", "病历号：【ZY00123456】"),
    ("medical_record", "MRN: 【00123456】"),
    ("social_security", "社保号【12345678901】"),
    ("social_security", "医保卡号：【A12345678】"),
    ("email", "写信到【zhang.san+x@mail.example.com】。"),
    ("email", "【ｗｕ１＠example．com】"),
    ("email", "邮箱 【wu @ example.com】"),
    ("email", "mail 【wu [at] example [dot] com】"),
    ("phone", "dial 【512-462-4118】."),
    ("secret_url", "【postgresql+psycopg2://scott:tiger@localhost/test】"),
    ("email", "ask 【wu@example.com】.Thanks and 1. Please"),
    ("email", "at 【wu@mail.example.com】. Please write"),
    ("email", "https://example.com/?mail=【wu@example.com】&x"),
    ("mobile_phone", "录音_【15400138000】_20231015.wav"),
    ("ip_address", "从 IP 【192.0.2.17】 登录"),
    ("ip_address", "host 【2001:db8::8a2e:370:7334】 answers"),
    ("ip_address", "【2001:db8:0:0:1:0:0:1】"),
    ("mac_address", "网卡【00:1A:2B:3C:4D:5E】"),
    ("mac_address", "【00-1a-2b-3c-4d-5e】"),
    ("mac_address", "MAC 【001a.2b3c.4d5e】"),
    ("secret_url", "看【https://example.com/a?access_token=abcd1234&x=1】。"),
    ("secret_url", "(【ftp://user:geheim@example.com/x】)"),
    ("secret_url", "【https://example.com/o?X-Amz-Signature=abcdef】，谢谢"),
    ("wechat_id", "微信号：【zhangsan_88】"),
    ("wechat_id", "加我微信【wu1990abc】吧"),
    ("wechat_id", "【wxid_abc123def456】"),
    ("qq_id", "QQ：【123456789】"),
    ("qq_id", "qq号【12345】"),
    ("postcode", "邮编：【100080】"),
    ("postcode", "zip code 【94305】"),
    ("birth_date", "出生日期：【1990年3月7日】"),
    ("birth_date", "【1990-03-07】出生于杭州"),
    ("birth_date", "She was born on 【March 7, 1990】 in Leeds"),
    ("birth_date", "DOB: 【07/03/1990】"),
    ("birth_date", "生日【19900307】"),
    ("coordinates", "定位【39.908823,116.397470】"),
    ("coordinates", "【116.397470, 39.908823】"),
    ("coordinates", "位于【北纬39°54′26″，东经116°23′29″】"),
    ("coordinates", "【lat: 51.5007, lon: -0.1246】"),
    ("iban", "IBAN 【DE89 3704 0044 0532 0130 00】"),
    ("iban", "【GB82WEST12345698765432】"),
    ("us_ssn", "SSN 【123-45-6788】"),
    ("us_ssn", "his 【536-90-4399】 is"),
    ("vin", "车架号【1M8GDM9AXKP042788】"),
    ("vin", "【1M8G DM9A XKP0 42788】"),
]

NOT_FOUND = [
    "订单号 15400138000 已发货",
    "订单号 7635、15400138000",
    "订单号，15400138000",
    "order 7635 & 15400138000",
    "发票编码 12-15, 15400138000",
    "共15400138000元",
    "编号2023-15400138000-01",
    "0" + ID,
    ID + "7",
    "A" + ID + "B",
    f"{CARD[:-1]}{(int(CARD[-1]) + 1) % 10}",
    "2023-10-15 12:30:45.123456",
    "20231015123045",
    "1697371845000",
    "123e4567-e89b-12d3-a456-426614174000",
    "d41d8cd98f00b204e9800998ecf8427e",
    "版本 10.0.19.2，build 1.2.3.4",
    "v192.168.10.20",
    "127.0.0.1 和 0.0.0.0",
    "ISBN 978-0-306-40615-7",
    "6901234567892",
    "商品编码 036000291452",
    "客户 C00000001 和 E12345678",
    "血压 120/80 mmHg，体温36.5℃，体重 65.5 kg",
    "价格 ¥1,234.56，共 3 件",
    "see section 3.2.1.4 on page 100080",
    "微信支付 wechat payment WeChat android",
    "std::vector<int> a::b",
    "12:30:45 and 08:15",
    "find this @ shop.com and a@b and icon@" + "2x.png",
    "https://example.com/item/12345678?page=2",
    "000-12-3456 and 666-12-3456 and 900-12-3456 and 123-00-4567",
    "新A级标准，云A计划，京A",
    "于1990年3月7日建成，人生2000年",
    "10.1234/j.1234.56.789",
    "成绩 25.1, 110.4；长宽 12.5, 80.25",
    "１２３４５６７８９０１２３",
    "GB 11643-1999, GB/T 35273-2020, RFC 5321",
    "138****8000",
    "vx = Derivative",
    "252.227-7013 and 216-220 (1997)",
    "oid 1.3.6.1.5.5.7.48.1.5 and 10.1109/X.1984.1164317",
    "10.1142/S0218127407018403",
    "登记 20231015，住院 20231016",
    "the record 12345678 of insurance 12345678",
    "台湾居民20231015入境",
    "公积金12345678元",
]


def parts(marked: str) -> tuple[str, int, int]:
    """The text without its marks, and where the marked span stands."""
    before, _, rest = marked.partition("【")
    span, _, after = rest.partition("】")
    return before + span + after, len(before), len(before) + len(span)


@pytest.mark.parametrize(("kind", "marked"), FOUND, ids=lambda value: value[:40])
def test_it_is_found_where_it_stands(kind: str, marked: str) -> None:
    text, start, end = parts(marked)
    found = find_text(text, kinds=NUMBERED)
    assert (kind, start, end) in [(f.kind, f.start, f.end) for f in found]


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_only_looks_like_it_is_not_found(text: str) -> None:
    assert find_text(text, kinds=NUMBERED) == []


def with_check(body: str) -> str:
    """The credit code of eight characters of an organisation, both check characters right."""
    return complete("credit_code", "91110198" + complete("organization_code", body))


@pytest.mark.parametrize("right, read", ["0O", "0o", "1l", "1I", "5S", "2Z", "8B"])
@pytest.mark.parametrize("place", range(8, 16))
def test_a_credit_code_with_a_misread_digit_is_found(right: str, read: str, place: int) -> None:
    code = with_check(f"MA3FWJTP{right}"[: place - 8] + right + "MA3FWJTPK"[place - 7 : 8])
    assert code[place] == right
    misread = f"{code[:place]}{read}{code[place + 1 :]}"
    for text in (misread, f"甲方{misread}盖章"):
        found = find_text(text, kinds=["credit_code"])
        assert [text[f.start : f.end] for f in found] == [misread]
        assert found[0].score >= 0.95


def test_a_b_that_was_read_as_8_is_mended_where_a_word_says_what_it_is() -> None:
    misread = with_check("MABFWJTP").replace("B", "8")
    assert find_text(misread, kinds=["credit_code"]) == []
    assert len(find_text(f"信用代码{misread}", kinds=["credit_code"])) == 1


def test_two_wrong_checks_are_no_credit_code() -> None:
    code = with_check("MA3FWJTP")
    wrong = code[:-1] + ("7" if code[-1] != "7" else "6")
    assert find_text(wrong, kinds=["credit_code"]) == []
    assert find_text("订单" + wrong, kinds=["credit_code"]) == []


def test_every_kind_has_an_example() -> None:
    assert {kind for kind, _ in FOUND} == set(NUMBERED)


def test_every_kind_has_a_recogniser_and_every_recogniser_a_kind() -> None:
    assert set(NUMBERED) <= set(RECOGNISERS) <= set(KINDS)


def test_a_resident_id_that_is_a_card_number_too_is_a_resident_id() -> None:
    numbers = (complete("mod_11_2", f"62019819900307{n:03d}") for n in range(1000))
    both = next(n for n in numbers if n[-1] != "X" and complete("luhn", n[:-1]) == n)
    assert [f.kind for f in find_text(both, kinds=NUMBERED)] == ["resident_id"]


def test_a_passport_is_found_by_its_machine_readable_zone() -> None:
    fields = ("L898902C3", "740812", "120415")
    number, birth, expiry = (field + zone_check(field) for field in fields)
    lines = (
        "P<UTOERIKSSON<<ANNA<MARIA".ljust(44, "<"),
        f"{number}UTO{birth}F{expiry}".ljust(43, "<"),
    )
    text = f"{lines[0]}\n{lines[1]}0"
    found = find_text(text, kinds=["passport"])
    assert [(f.start, f.end) for f in found] == [(0, 44), (45, 89)]
    assert find_text(text.replace(birth, birth[:-1] + "9"), kinds=["passport"])[1:] == []


@pytest.mark.parametrize(
    ("kind", "value", "least"),
    [
        ("postcode", "100080", 0.6),
        ("passport", "E12345678", 0.6),
        ("birth_date", "1990-03-07", 0.6),
        ("qq_id", "123456789", 0.6),
        ("medical_record", "ZY00123456", 0.6),
        ("landline", "01080001234", 0.6),
        ("resident_id", f" {ID} ", 0.95),
        ("bank_card", CARD, 0.95),
    ],
)
def test_a_whole_cell_is_judged_as_if_its_column_named_it(
    kind: str, value: str, least: float
) -> None:
    assert is_kind(kind, value) >= least


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("postcode", "10008"[:4]),
        ("resident_id", ID + " 等"),
        ("birth_date", "1990-13-07"),
        ("bank_card", "一二三"),
        ("email", ""),
    ],
)
def test_a_cell_that_is_something_else_is_not_of_the_kind(kind: str, value: str) -> None:
    assert is_kind(kind, value) == 0.0


def test_check_characters_against_published_examples() -> None:
    assert has_check("91350100M000100Y43")
    assert has_organisation_check("91350100M000100Y43")
    assert is_iban("GB82WEST12345698765432")  # the example of ISO 13616's common retelling
    assert not is_iban("GB82WEST12345698765423")
    assert vin_mark("1M8GDM9AXKP042788") == "X"  # the example of 49 CFR 565's common retelling
    assert zone_check("L898902C3") == "6"  # the specimen of ICAO Doc 9303, part 4
