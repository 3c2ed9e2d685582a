"""Personal data in columns: made-up values in ranges that nobody has."""

import json
import random
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import guanyao as gy
from guanyao.data.check_digits import complete
from guanyao.protect.cells import cells_of, may_hold
from guanyao.protect.columns import ColumnFinding, find_columns
from guanyao.protect.kinds import KINDS
from guanyao.protect.masked_examples import masked

N = 300
WORDS = [
    "客户要求周末联系",
    "偏好短信通知",
    "来电咨询分期",
    "反映闪退",
    "地址有误待核实",
]


def digits(rng: random.Random, n: int) -> str:
    return "".join(rng.choices("0123456789", k=n))


def mobile(rng: random.Random) -> str:
    return "154" + digits(rng, 8)


def card(rng: random.Random) -> str:
    return complete("luhn", "629990" + digits(rng, 12))


def resident(rng: random.Random) -> str:
    day = date(1950, 1, 1) + timedelta(days=rng.randrange(20_000))
    return complete("mod_11_2", f"110198{day:%Y%m%d}{digits(rng, 3)}")


def mail(rng: random.Random) -> str:
    return f"u{digits(rng, 6)}@example.com"


MAKERS = {
    "mobile_phone": mobile, "bank_card": card, "resident_id": resident, "email": mail,
}  # fmt: skip


def found_in(**columns: list[object]) -> dict[str, ColumnFinding]:
    table = gy.read(pl.DataFrame(columns, strict=False))
    findings = find_columns(table)
    assert len({finding.column for finding in findings}) == len(findings)
    return {finding.column: finding for finding in findings}


@pytest.mark.parametrize("kind", MAKERS)
def test_values_tell_without_a_name(kind: str) -> None:
    rng = random.Random(1)  # noqa: S311
    values = [MAKERS[kind](rng) for _ in range(N)]
    [(name, found)] = found_in(a=values, b=list(range(N))).items()
    assert (name, found.kind, found.in_text) == ("a", kind, False)
    assert (found.share, found.n_found) == (1.0, N)
    assert found.sensitivity == "direct"
    assert found.is_sensitive == KINDS[kind].is_sensitive


def test_numbers_that_are_stored_as_numbers() -> None:
    rng = random.Random(2)  # noqa: S311
    phones = [int(mobile(rng)) for _ in range(N)]
    gaps = [None if place % 7 == 0 else float(phone) for place, phone in enumerate(phones)]
    found = found_in(whole=phones, with_gaps=gaps, amount=[rng.random() * 1e10 for _ in phones])
    assert {name: f.kind for name, f in found.items()} == {
        "whole": "mobile_phone",
        "with_gaps": "mobile_phone",
    }
    assert found["with_gaps"].n_found == sum(gap is not None for gap in gaps)


def test_one_value_for_all_that_is_missing_hides_nothing() -> None:
    rng = random.Random(3)  # noqa: S311
    values = [mobile(rng) if rng.random() < 0.4 else "unknown" for _ in range(N)]
    found = found_in(a=values)["a"]
    assert found.kind == "mobile_phone"
    assert 0.3 < found.share < 0.5


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("QQ", ["10203", "8877665544"], "qq_id"),
        ("病历号", ["ZY0012345", "ZY0098761"], "medical_record"),
        ("zip_code", ["94016", "10001-1234"], "postcode"),
        ("birth_year", ["1961", "1990"], "birth_date"),
        ("出生年月", ["1961年1月", "1990年12月"], "birth_date"),
        ("生日", ["19610102", "19901231"], "birth_date"),
        ("姓名", ["王小明", "欧阳若水"], "person_name"),
        ("lastName", ["Exemplar", "O'Nobody"], "person_name"),
        ("家庭住址", ["澄湖新区望江街12号", "白塔示范区文昌路3号"], "address"),
    ],
)
def test_a_name_tells_where_the_form_fits(name: str, values: list[str], kind: str) -> None:
    found = found_in(**{name: values * 20})
    assert found[name].kind == kind
    assert "name" in found[name].why


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("手机品牌", ["甲", "乙", "丙"]),
        ("has_email", ["yes", "no", "yes"]),
        ("phone", ["home", "office", "none"]),
        ("身份证类型", ["居民", "军人", "护照"]),
        ("birth_place", ["north", "south", "east"]),
        ("card_no", ["1", "2", "3"]),
        ("手机号", ["154****0001", "154****0002", "154****0003"]),
        ("product_name", ["blue mug", "red mug", "tea pot"]),
    ],
)
def test_a_name_alone_proves_nothing(name: str, values: list[str]) -> None:
    assert found_in(**{name: values * 20}) == {}


def test_counts_and_codes_are_no_personal_data() -> None:
    rng = random.Random(4)  # noqa: S311
    found = found_in(
        weight=[rng.randint(12_285, 1_490_400) for _ in range(N)],
        order=[f"20260101{place:08d}" for place in range(N)],
        customer=[f"C{place:08d}" for place in range(N)],
        price=[f"{rng.random() * 1e5:.2f}" for _ in range(N)],
        when=[f"2026-01-{1 + place % 28:02d} 10:{place % 60:02d}:00" for place in range(N)],
        flag=[place % 2 == 0 for place in range(N)],
        level=[rng.choice(["low", "middle", "high"]) for _ in range(N)],
    )
    assert found == {}


def test_dates_of_birth_are_dates_by_that_name() -> None:
    days = [date(1950, 1, 1) + timedelta(days=40 * place) for place in range(N)]
    found = found_in(出生日期=days, 开户日期=days)
    assert list(found) == ["出生日期"]
    assert (found["出生日期"].kind, found["出生日期"].sensitivity) == ("birth_date", "quasi")


def test_places_are_two_columns() -> None:
    east = [116 + place / 1000 for place in range(N)]
    north = [39 + place / 1000 for place in range(N)]
    assert {name: f.kind for name, f in found_in(lon=east, lat=north, x=east).items()} == {
        "lon": "coordinates",
        "lat": "coordinates",
    }
    assert found_in(lat=north, other=east) == {}
    assert found_in(lon=east, lat=[value * 100 for value in north]) == {}


def test_one_text_of_a_thousand() -> None:
    """More texts than are read in full, and hits that no sample of a tenth would have met."""
    rng = random.Random(5)  # noqa: S311
    texts = [f"{rng.choice(WORDS)}，工单{place}" for place in range(30_000)]
    hidden = rng.sample(range(30_000), 30)
    for place in hidden:
        texts[place] += f"，请回电{mobile(rng)}"
    found = found_in(备注=texts)["备注"]
    assert (found.kind, found.in_text) == ("mobile_phone", True)
    assert found.n_found == 30
    assert found.share == round(30 / 30_000, 6)


def test_several_kinds_in_one_text() -> None:
    rng = random.Random(6)  # noqa: S311
    texts = [f"{rng.choice(WORDS)} {place}" for place in range(N)]
    texts[3] += f"，邮箱 {mail(rng)}，电话 {mobile(rng)}"
    texts[9] += f"，卡号 {card(rng)}"
    findings = find_columns(gy.read(pl.DataFrame({"t": texts})))
    assert {f.kind: f.n_found for f in findings} == {"email": 1, "mobile_phone": 1, "bank_card": 1}
    assert all(f.in_text for f in findings)


def test_no_value_is_shown() -> None:
    rng = random.Random(7)  # noqa: S311
    columns: dict[str, list[str]] = {
        kind: [make(rng) for _ in range(30)] for kind, make in MAKERS.items()
    }
    columns["note"] = [f"{rng.choice(WORDS)} {mobile(rng)}" for _ in range(30)]
    findings = find_columns(gy.read(pl.DataFrame(columns)))
    assert {f.column for f in findings} == set(columns)
    shown = json.dumps([f.to_json() for f in findings], ensure_ascii=False)
    assert not any(value in shown for values in columns.values() for value in values)
    assert all(finding.examples for finding in findings)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    value=st.text(st.characters(exclude_characters="*", codec="utf-8"), min_size=1, max_size=60),
)
def test_a_masked_value_leaves_at_most_its_ends(kind: str, value: str) -> None:
    shown = masked(kind, value)
    text = " ".join(value.split())
    left = shown.replace("@", "").replace("*", "")
    assert len(left) <= (2 if len(text) >= 10 else 1)
    assert "*" in shown
    assert len(text) < 2 or shown != text


def test_the_same_rows_in_another_order_are_found_alike() -> None:
    rng = random.Random(8)  # noqa: S311
    texts = [f"{rng.choice(WORDS)} {place} {mobile(rng)}" for place in range(15_000)]
    frame = pl.DataFrame({"t": texts, "p": [mobile(rng) for _ in texts]})
    turned = frame.sample(fraction=1.0, shuffle=True, seed=1)
    assert find_columns(gy.read(frame)) == find_columns(gy.read(turned))


@pytest.mark.parametrize(
    "text",
    ["154 0000 1234", "１５４００００１２３４", "a@example.com", "加微信 abc_12", "京A·12345",
     "010-6000 1234", "10.0.0.1", "AA:BB:CC:00:11:22", "https://example.com/?token=x", "12号楼",
     "4 Nowhere Street"],
)  # fmt: skip
def test_what_may_hold_an_identifier_is_read(text: str) -> None:
    assert pl.DataFrame({"value": [f"前 {text} 后"]}).filter(may_hold()).height == 1


@pytest.mark.parametrize(
    "text", ["周末联系", "size 12 blue", "2026年", "call back later", "3.5 kg"]
)
def test_what_cannot_is_not(text: str) -> None:
    assert pl.DataFrame({"value": [text]}).filter(may_hold()).is_empty()


def test_cells_count_each_value_once() -> None:
    cells = cells_of(pl.Series(["a ", "a", None, "b", " ", "a"]))
    assert cells is not None
    assert dict(cells.frame.sort("value").iter_rows()) == {"a": 3, "b": 1}
    assert cells_of(pl.Series([1.5, 2.0])) is None
    assert cells_of(pl.Series([True])) is None
    assert cells_of(pl.Series([float("nan"), 1.0])) is None
