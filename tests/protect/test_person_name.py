"""Names of persons in running text and in cells; what is none is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import pii_corpus as corpus
from guanyao.protect import find_text, find_texts
from guanyao.protect.recogniser import LEAST_SCORE
from guanyao.protect.recognisers.chinese_name import find_names
from guanyao.protect.scan import is_kind


def names(text: str) -> list[str]:
    found = find_text(text, kinds=["person_name"])
    return [text[finding.start : finding.end] for finding in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("张伟明天去医院", ["张伟"]),
        ("昨天张伟明去了", ["张伟明"]),
        ("王建国和刘晓红结婚了", ["王建国", "刘晓红"]),
        ("由王浩和主管确认", ["王浩"]),
        ("昨天李思雨来电咨询", ["李思雨"]),
        ("患者欧阳若曦，女，34岁", ["欧阳若曦"]),
        ("姓名：高峰", ["高峰"]),
        ("姓名:和兰", ["和兰"]),
        ("陈晓东有可能来", ["陈晓东"]),
        ("我叫方芳，手机丢了", ["方芳"]),
        ("阿依古丽·买买提昨天出院", ["阿依古丽·买买提"]),
        ("参会人：许 洁、林 淑 珍", ["许 洁", "林 淑 珍"]),
        ("周　畅，您好", ["周　畅"]),
        ("请联系赵彬主任", ["赵彬"]),
    ],
)
def test_chinese_names_in_text(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Anouk Vandermeer and I live here.", ["Anouk Vandermeer"]),
        ("We spoke with Priya O'Connor yesterday.", ["Priya O'Connor"]),
        ("Dear Mr. Halvorsen,", ["Halvorsen"]),
        ("Seen by Dr. J. R. Smith on Monday.", ["J. R. Smith"]),
        ("Name: JOHN SMITH", ["JOHN SMITH"]),
        ("Patient: Smith, Mary Ann", ["Smith, Mary Ann"]),
        ("My husband Mark loves it.", ["Mark"]),
        ("Kind regards,\nLucia Thistlewood", ["Lucia Thistlewood"]),
        ("I met Zhang Xiaoming there.", ["Zhang Xiaoming"]),
        ("It is Emily Carter's account.", ["Emily Carter"]),
    ],
)
def test_english_names_in_text(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "高血压患者需要长期服药，时间和方法都很重要。",
        "王府井附近有全聚德烤鸭店吗？",
        "我想去潘家园和石家庄看看，从张家口出发。",
        "金银花和黄连素可以一起吃吗？",
        "许多医生都说安静的环境有利于康复。",
        "江苏省苏州市，云南省大理州，白族。",
        "A cup of Earl Grey and some Graham Cracker crumbs.",
        "The Green Tea from San Francisco was Very Good.",
        "I will grant you that this may be the best rose water.",
        "Fort Collins, CO",
    ],
)
def test_what_is_no_name(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize(
    "cell",
    ["王伟", "欧阳若曦", "付 帅", "Smith, John", "Mary O'Brien", "J. K. Lindqvist", "张小兰"],
)
def test_whole_cells(cell: str) -> None:
    assert is_kind("person_name", cell) >= LEAST_SCORE


@pytest.mark.parametrize("cell", ["安徽省", "郑州市", "男", "本科", "已婚", "2024", "Product", ""])
def test_cells_that_are_no_names(cell: str) -> None:
    assert is_kind("person_name", cell) < LEAST_SCORE


def test_a_sure_name_is_found_wherever_its_text_repeats_it() -> None:
    text = "患者姓名：时若水，男。时若水诉头晕，时若水家属在旁。"
    assert names(text) == ["时若水"] * 3


def test_a_name_of_one_cell_says_nothing_about_another() -> None:
    sure, other = "患者姓名：时若水，男。", "供时若水设备"
    together = find_texts([sure, other], kinds=["person_name"])
    assert [len(found) for found in together] == [1, 0]
    assert together[1] == find_text(other, kinds=["person_name"])


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_texts_that_are_read_together_are_read_as_if_alone(language: str) -> None:
    texts = [sample.text for sample in corpus.make_text(60, language=language, noise="spaced")]
    kinds = ["person_name", "address", "organisation"]
    assert find_texts(texts, kinds=kinds) == [find_text(text, kinds=kinds) for text in texts]


@pytest.mark.parametrize("language", corpus.LANGUAGES)
def test_most_names_and_addresses_of_the_corpus_are_found(language: str) -> None:
    samples = [*corpus.make_text(200, language=language), *corpus.by_hand(language)]
    labels = [
        (sample.text[label.start : label.end], label.kind, find_text(sample.text))
        for sample in samples
        for label in sample.labels
        if label.kind in corpus.NAMED
    ]
    n_found = sum(
        any(f.kind == kind and f.end - f.start >= len(value) for f in found)
        for value, kind, found in labels
    )
    assert n_found >= 0.93 * len(labels)


@given(st.text(alphabet="王李张伟芳欧阳若曦明天的和 ·：，\n\x1e\x1fJohn Smith.'-1", max_size=60))
def test_spans_lie_in_the_text(text: str) -> None:
    for finding in find_text(text, kinds=["person_name"]):
        assert 0 <= finding.start < finding.end <= len(text)
        assert 0 < finding.score <= 1
    assert all(text[start:end].strip() for start, end, _ in find_names(text))
