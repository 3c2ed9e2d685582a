"""Folding: plain characters, and the way back to the text as given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.protect.fold import SHORT, Folded, fold

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１３８ＡＢｃ＠：（）", "138ABc@:()"),
        ("a\u3000b\u00a0c\u2003d", "a b c d"),
        ("1–2—3－4−5", "1-2-3-4-5"),
        ("1\u200b2\ufeff3\u00ad4", "1234"),
        ("𝟏𝟚𝟥𝟺 ٣٤ ۵", "1234 34 5"),
        ("𝐀𝐳𝒁", "AzZ"),
        ("京A•1・2", "京A·1·2"),
        ("a\ud800b\x00", "a\ufffdb\x00"),
        ("plain", "plain"),
        ("", ""),
    ],
)
@pytest.mark.parametrize("times", [1, SHORT])
def test_what_characters_are_read_as(text: str, folded: str, times: int) -> None:
    assert Folded(text * times).text == folded * times


@given(ANY_TEXT)
def test_short_and_long_texts_are_folded_alike(text: str) -> None:
    long = fold(text + "。" * SHORT)[0]
    assert long[: len(long) - SHORT] == fold(text)[0]


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)[0]
    assert fold(once)[0] == once


@given(ANY_TEXT)
def test_a_span_leads_back_to_the_text_as_given(text: str) -> None:
    folded = Folded(text)
    for place in range(len(folded.text)):
        start, end = folded.span(place, place + 1)
        assert end == start + 1
        assert Folded(text[start:end]).text == folded.text[place]


def test_words_have_offsets_and_can_be_looked_up() -> None:
    folded = Folded("我爱\u200b北京天安门")
    words = [(word, *folded.span(start, end)) for word, start, end in folded.tokens()]
    assert ("北京", 3, 5) in words
    assert folded.tokens()[folded.token_at(2)][0] == "北京"


def test_words_of_a_text_with_half_characters() -> None:
    assert "".join(word for word, _, _ in Folded("a\ud83d\x00").tokens()) == "a\ufffd\x00"
