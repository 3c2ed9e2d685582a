"""Finding in texts and in cells: every number with noise, at its place, and nothing else."""

import random
import tracemalloc
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guanyao.data.check_digits import CREDIT_CODE, complete
from guanyao.errors import UnknownNameError
from guanyao.protect import Finding, find_text, find_texts
from guanyao.protect.fold import SEPARATOR
from guanyao.protect.kinds import KINDS
from guanyao.protect.scan import OVERLAP, WINDOW, is_kind

NUMBERED = [kind for kind in KINDS if kind not in ("address", "organisation", "person_name")]
WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
MOBILE = "15400138000"


def digits(n: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=n, max_size=n)


@st.composite
def resident_ids(draw: st.DrawFn) -> tuple[str, str]:
    province = draw(st.sampled_from(["11", "23", "31", "44", "54", "65"]))
    birth = draw(st.dates(date(1920, 1, 1), date(2023, 12, 31)))
    return "resident_id", complete("mod_11_2", f"{province}0198{birth:%Y%m%d}" + draw(digits(3)))


@st.composite
def bank_cards(draw: st.DrawFn) -> tuple[str, str]:
    return "bank_card", complete("luhn", "62999" + draw(digits(draw(st.sampled_from([10, 13])))))


@st.composite
def credit_codes(draw: st.DrawFn) -> tuple[str, str]:
    body = draw(st.text(CREDIT_CODE, min_size=8, max_size=8))
    payload = draw(st.sampled_from(["91", "92", "12"])) + "310198"
    return "credit_code", complete("credit_code", payload + complete("organization_code", body))


@st.composite
def mobiles(draw: st.DrawFn) -> tuple[str, str]:
    return "mobile_phone", draw(st.sampled_from(["154", "160", "169"])) + draw(digits(7)) + "1"


@st.composite
def noisy(draw: st.DrawFn) -> tuple[str, str]:
    """An identifier, wide, in groups, or with characters of no width."""
    kind, number = draw(st.one_of(resident_ids(), bank_cards(), credit_codes(), mobiles()))
    noise = draw(st.sampled_from(["none", "wide", "invisible", "groups", "single", "slips"]))
    if noise == "wide":
        return kind, number.translate(WIDE)
    if noise == "invisible":
        return kind, draw(st.sampled_from(["\u200b", "\ufeff", "\u2060"])).join(number)
    if noise == "groups":
        sizes = (3, 7) if kind == "mobile_phone" else (6, 14)
        sign = draw(st.sampled_from([" ", "-", "\u3000", "\u00a0", "–"]))
        return kind, sign.join((number[: sizes[0]], number[slice(*sizes)], number[sizes[1] :]))
    if noise == "single":
        return kind, " ".join(number)
    if noise == "slips" and kind in ("resident_id", "bank_card"):
        return kind, number.replace("0", "O", 1).replace("1", "l", 1)
    return kind, number


BEFORE = st.sampled_from(["", "请核对", "Please see ", "共3笔，金额120.50元；", "1\t", "A: "])
AFTER = st.sampled_from(["", "，谢谢。", " by Monday.", "；2023年登记", "\t35", "\n"])


@given(noisy(), BEFORE, AFTER)
@settings(max_examples=400, deadline=None)
def test_any_number_is_found_whatever_its_noise(
    one: tuple[str, str], before: str, after: str
) -> None:
    kind, number = one
    found = find_text(before + number + after, kinds=NUMBERED)
    assert (kind, len(before), len(before) + len(number)) in [
        (f.kind, f.start, f.end) for f in found
    ], "not found"


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@settings(max_examples=200, deadline=None)
def test_findings_are_in_order_apart_and_inside_the_text(text: str) -> None:
    end = 0
    for finding in find_text(text, kinds=NUMBERED):
        assert end <= finding.start < finding.end <= len(text)
        assert 0 < finding.score <= 1
        end = finding.end


@given(st.text("abcdefghijklmnopqrstuvwxyz ,.的了是在我有不人", max_size=300))
@settings(deadline=None)
def test_text_without_numbers_or_signs_holds_none(text: str) -> None:
    assert find_text(text, kinds=NUMBERED) == []


def test_random_numbers_are_hardly_ever_found() -> None:
    rng = random.Random(0)  # noqa: S311 - numbers to try on
    words = [str(rng.randrange(10 ** rng.randint(1, 10))) for _ in range(5_000)]
    assert len(find_text("，".join(words), kinds=NUMBERED)) <= 5


def test_texts_are_found_in_each_by_itself() -> None:
    texts = [f"手机{MOBILE}", None, "", "154", "00138000", f"x\n{MOBILE}", "邮编:", "100080"] * 50
    expected = [find_text(text, kinds=NUMBERED) if text else [] for text in texts]
    assert find_texts(texts, kinds=NUMBERED) == expected
    assert find_texts(pl.Series(texts), kinds=NUMBERED) == expected
    assert sum(map(len, expected)) == 100


def test_a_cell_may_hold_the_separator() -> None:
    text = f"a{SEPARATOR}{MOBILE}"
    expected = [Finding("mobile_phone", 2, 13, 0.8)]
    assert find_texts([text, "b"], kinds=NUMBERED) == [expected, []]


@pytest.mark.parametrize("place", [0, WINDOW - 5, WINDOW, WINDOW + 1, 2 * WINDOW - OVERLAP, -11])
def test_a_long_text_is_read_across_its_windows(place: int) -> None:
    blank = list("。" * (3 * WINDOW))
    start = place % len(blank)
    blank[start : start + 11] = MOBILE
    found = find_text("".join(blank), kinds=NUMBERED)
    assert [(f.start, f.end) for f in found] == [(start, start + 11)]
    assert find_texts(["".join(blank), MOBILE], kinds=NUMBERED)[0] == found


def test_memory_does_not_grow_with_the_text() -> None:
    text = "数 1 2 3 45 678 高血压患者 " * 12_000
    tracemalloc.start()
    find_text(text, kinds=["resident_id", "bank_card"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


HOSTILE = (
    "1", "1 ", "11 ", "622 ", "6222-", "-", "-.", "@", "a@", "a@a.", "A", ":", "ab:", "://", "+1",
    "(", "1.1.", "P<", "京A1", "微信", "O0", "39°1'", "1990-1-", " ", "\0", "\ud800", "\u200b",
    "lat 1.11 ", "a@[dot]", "http://a:b", "MRN ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_does_not_hang(piece: str) -> None:
    """Each would take minutes if any pattern went back and forth over the text."""
    for finding in find_text(piece * (60_000 // len(piece)), kinds=NUMBERED):
        assert finding.end - finding.start <= OVERLAP


def test_only_the_kinds_asked_for_are_found() -> None:
    text = f"{MOBILE} wu@example.com"
    assert [f.kind for f in find_text(text, kinds=["email"])] == ["email"]
    assert find_text(text, kinds=[]) == []


@pytest.mark.parametrize("act", [lambda: find_text("x", kinds=["x"]), lambda: is_kind("x", "1")])
def test_unknown_kind(act: object) -> None:
    with pytest.raises(UnknownNameError, match="resident_id"):
        act()  # type: ignore[operator]
