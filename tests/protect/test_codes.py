"""Codes in texts: groups, and neighbouring groups of one chain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.protect.codes import LONGEST, codes_of, groups_of, mend, readings


def texts_of(text: str) -> set[str]:
    return {code.text for codes in codes_of(text, groups_of(text)).values() for code in codes}


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("138 0013 8000", {"13800138000", "00138000"}),
        ("A 12345", {"A12345", "12345"}),
        ("1 2 3 4 5 6", {"123456"}),
        ("2023-10-15 13800138000", {"13800138000"}),
        ("Tel13800138000", {"13800138000"}),
        ("(010)12345678", {"01012345678"}),
        ("GB 82 WEST 1234", {"GB82WEST1234"}),
        ("12345\t67890", {"12345", "67890"}),
    ],
)
def test_what_may_be_a_code(text: str, some: set[str]) -> None:
    assert some <= texts_of(text)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("13800138000", "3800138000"),
        ("x13800138000", "13800138000"),
        ("1 2 3 4 5 6 7 8", "1234567"),
        ("12345\n67890", "1234567890"),
        ("12345\x1e67890", "1234567890"),
        ("1234.5 6789.0", "123456789"),
        ("2023-10-15", "20231015"),
        ("a" * 99 + "1" * 9, "1" * 9),
    ],
)
def test_what_is_no_code(text: str, other: str) -> None:
    assert other not in texts_of(text)


@given(st.text("0123456789AXo -.·()\n京,", max_size=80))
def test_a_code_is_what_stands_at_its_offsets(text: str) -> None:
    for length, codes in codes_of(text, groups_of(text)).items():
        assert length <= LONGEST
        for code in codes:
            piece = text[code.start : code.end]
            assert "".join(c for c in piece if c.isascii() and c.isalnum()) == code.text
            assert sum(code.sizes) == len(code.text) == length
            around = text[code.start - 1 : code.start] + text[code.end : code.end + 1]
            assert not any(c.isascii() and c.isdigit() for c in around)


def test_slips_of_reading_are_mended() -> None:
    assert mend("l3OOB", 4) == "13008"
    assert mend("l3OOB", 3) == ""
    assert mend("13W", 3) == ""
    assert set(readings("A0B", 2)) == {"A0B", "40B", "A08", "408"}
