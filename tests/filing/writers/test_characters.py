"""What of a text may stand in a file."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.filing.document import missing
from guanyao.filing.writers.characters import REPLACEMENT, clean, columns, pieces

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x1b", "\x7f", "\x9f", "\ud800", "\ufffe"])
def test_a_sign_that_no_file_holds_is_seen_to_be_missing(sign: str) -> None:
    assert clean(f"甲{sign}乙") == f"甲{REPLACEMENT}乙"


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\ufeff", "\U000e0041"])
def test_a_mark_that_hides_or_turns_text_is_seen(sign: str) -> None:
    assert clean(f"甲{sign}乙") == f"甲{REPLACEMENT}乙"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_is_one_newline(end: str) -> None:
    assert clean(f"甲{end}乙") == "甲\n乙"


def test_what_people_write_is_left_alone() -> None:
    text = "甲乙　𠮷 é العربية 👍🏽 \t“x” & <y> \n"
    assert clean(text) == text


@given(ANY)
def test_xml_holds_every_clean_text(text: str) -> None:
    element = ElementTree.Element("a")
    element.text = clean(text)
    back = ElementTree.fromstring(ElementTree.tostring(element, "utf-8"))  # noqa: S314
    assert (back.text or "") == clean(text)
    assert clean(clean(text)) == clean(text)


@given(ANY)
def test_pieces_are_the_whole_text(text: str) -> None:
    assert "".join(piece for piece, _ in pieces(text)) == text


def test_a_place_to_fill_in_is_a_piece_of_its_own() -> None:
    assert list(pieces(f"住{missing('址')}{missing('电话')}")) == [
        ("住", False),
        (missing("址"), True),
        (missing("电话"), True),
    ]


def test_a_chinese_character_is_as_wide_as_two_letters_or_so() -> None:
    assert columns("甲乙") == 2
    assert 1 < columns("ab") < 1.3
    assert re.fullmatch(r"\s*", clean(" \n"))
