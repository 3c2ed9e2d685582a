"""Fakes: of the right form, nobody's, always the same."""

import ipaddress
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.check_digits import CREDIT_CODE, complete, is_valid
from guanyao.data.schema import Column
from guanyao.errors import ConfigError
from guanyao.protect.fakers import FAKERS
from guanyao.protect.kinds import KINDS
from guanyao.protect.mask_key import MaskKey
from guanyao.protect.step import Context
from guanyao.protect.steps.fake import Fake

KEY = MaskKey("customers", bytes(range(32)))


def fakes(
    kind: str, values: list[object], name: str = "a", key: MaskKey | None = KEY, **options: object
) -> list[str]:
    where = Context(column=Column(name=name, type="string"), key=key)
    step = Fake(kind=kind, **options)  # type: ignore[arg-type]
    return step.apply(pl.Series(name, values), where).to_list()


FORMS = {
    "mobile_phone": r"1(54|60|61|63|64|68|69)\d{8}",
    "landline": r"0(10|2[0-9])-0\d{7}",
    "phone": r"\+1 [2-7]\d\d-555-01\d\d",
    "resident_id": r"\d{4}98(19|20)\d{9}[0-9X]",
    "bank_card": r"62999\d{14}",
    "email": r"[a-z]+\.[a-z2-7]{8}@example\.com",
    "licence_plate": r"[一-龥]I[0-9A-Z]{5,6}",
    "passport": r"X\d{8}",
    "hk_macau_permit": r"X\d{8}",
    "taiwan_permit": r"X\d{8}",
    "mac_address": r"[0-9a-f][26ae](:[0-9a-f]{2}){5}",
    "secret_url": r"https://example\.com/[a-z2-7]{16}",
    "credit_code": r"W1000000[0-9A-Z]{10}",
    "us_ssn": r"000-\d\d-\d{4}",
    "qq_id": r"0\d{9}",
    "wechat_id": r"example_[a-z2-7]{14}",
    "postcode": r"000\d{3}",
    "person_name": r"[A-Z][a-z]+ [A-Z][a-z]+",
    "address": r"\d+ [A-Z][a-z-]+( [A-Z][a-z]+)+, [A-Z][a-z]+",
    "organisation": r"Example [A-Z][a-z]+ & [A-Z][a-z]+ [A-Z][a-z]+ Ltd",
    "ip_address": r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+",
}


@pytest.mark.parametrize("kind", FAKERS)
def test_every_kind_has_its_form_and_lies_where_nobody_is(kind: str) -> None:
    assert kind in KINDS
    made = fakes(kind, [f"value {n}" for n in range(60)])
    assert [text for text in made if not re.fullmatch(FORMS[kind], text)] == []
    assert len(set(made)) > 20


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(sorted(FAKERS)), st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_the_same_value_gives_the_same_fake_in_any_batch(kind: str, values: list[str]) -> None:
    together = fakes(kind, list(values))
    assert together == [fakes(kind, [value])[0] for value in values]
    assert together == fakes(kind, list(values), name="elsewhere")


def test_keys_and_domains_tell_fakes_apart() -> None:
    values: list[object] = [str(n) for n in range(50)]
    one = fakes("mobile_phone", values)
    assert (
        sum(a == b for a, b in zip(one, fakes("mobile_phone", values, domain="d"), strict=True)) < 3
    )
    other = MaskKey("customers", bytes(32))
    assert (
        sum(a == b for a, b in zip(one, fakes("mobile_phone", values, key=other), strict=True)) < 3
    )


def test_check_digits_are_right() -> None:
    values: list[object] = [str(n) for n in range(50)]
    assert all(is_valid("mod_11_2", text) for text in fakes("resident_id", values))
    assert all(is_valid("luhn", text) for text in fakes("bank_card", values))
    assert all(is_valid("credit_code", text) for text in fakes("credit_code", values))
    assert all(ipaddress.ip_address(text) for text in fakes("ip_address", values))
    documented = ipaddress.ip_network("2001:db8::/32")
    assert all(ipaddress.ip_address(t) in documented for t in fakes("ip_address", ["2001:db8::1"]))


def test_chinese_fakes_of_chinese_values() -> None:
    assert re.fullmatch("[一-龥]{2}", fakes("person_name", ["王五"])[0])
    assert re.fullmatch("[一-龥]{3}", fakes("person_name", ["欧阳王五"])[0])
    assert re.fullmatch("[一-龥]{3}", fakes("person_name", ["John Doe"], locale="zh_CN")[0])
    assert re.fullmatch("[A-Za-z ]+", fakes("person_name", ["王五"], locale="en")[0])
    assert "示例" in fakes("organisation", ["某某公司"])[0]
    assert fakes("address", ["上海市浦东新区听泉路1号"])[0].endswith("室")


def test_what_is_kept_stays_true() -> None:
    real = complete("mod_11_2", "44019819850617123")
    options: list[tuple[str, int, int]] = [
        ("province", 0, 2),
        ("birth", 6, 14),
        ("birth_year", 6, 10),
    ]
    for keep, start, stop in options:
        assert fakes("resident_id", [real], keep=(keep,))[0][start:stop] == real[start:stop]
    for number in range(20):
        real = complete("mod_11_2", f"44019819850617{number:03d}")
        assert int(fakes("resident_id", [real], keep=("sex",))[0][16]) % 2 == number % 2
    kept = fakes("address", ["广东省深圳市南山区听泉路1号"], keep=("city",))[0]
    assert kept.startswith("广东省深圳市")


def test_the_way_of_writing_stays() -> None:
    assert re.fullmatch(r"\+86 1\d\d-\d{4}-\d{4}", fakes("mobile_phone", ["+86 154-1234-5678"])[0])
    assert re.fullmatch(r"6299 9\d\d\d( \d{4}){2}", fakes("bank_card", ["6299 9612 3456 7890"])[0])
    assert fakes("licence_plate", ["京A·12345"])[0][2] == "·"
    assert len(fakes("licence_plate", ["京AD12345"])[0]) == 8
    assert fakes("mac_address", ["00-1A-2B-3C-4D-5E"])[0].count("-") == 5


def test_nothing_but_the_form_of_the_value_comes_through() -> None:
    texts = ["secret 15412345678", "15412345678 (Zhang)", "call 154 1234 5678 now"]
    assert all(text.isdigit() for text in fakes("mobile_phone", list(texts)))


def test_distinct_credit_codes_stay_distinct() -> None:
    bodies = [f"{n:04d}ABCD" for n in range(300)]
    codes = [
        complete("credit_code", "91110000" + complete("organization_code", body)) for body in bodies
    ]
    made = fakes("credit_code", list(codes))
    assert len(set(made)) == len(codes)
    assert set("".join(made)) <= set(CREDIT_CODE)


def test_collisions_are_told() -> None:
    step = Fake(kind="ip_address")
    assert step.collision(1) == 0
    assert step.collision(762) == pytest.approx(762 * (1 - 2.718281828**-1), rel=0.01)
    assert "may share" in step.note
    assert "stay distinct" in Fake(kind="credit_code").note


def test_a_missing_value_stays_missing_and_a_missing_key_is_told() -> None:
    assert fakes("email", ["a", None])[1] is None
    with pytest.raises(ConfigError) as caught:
        fakes("email", ["a"], key=None)
    assert caught.value.code == "key.missing"
