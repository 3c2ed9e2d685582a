"""Addresses from province to door, from number to postcode; what is none is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.protect import find_text
from guanyao.protect.recogniser import LEAST_SCORE
from guanyao.protect.scan import is_kind


def addresses(text: str) -> list[str]:
    found = find_text(text, kinds=["address"])
    return [text[finding.start : finding.end] for finding in found]


CHINESE = [
    "浙江省杭州市西湖区文三路12号阳光花园3幢2单元501室",
    "上海市浦东新区望江东路8弄6号1702室",
    "内蒙古自治区呼和浩特市赛罕区新华北路106号院4号楼",
    "湖北省黄冈市蕲春县清泉镇下湾村3组",
    "文三路12号碧水岸边5栋301室",
    "深圳市南山区科技园南路95号创新大厦B座1203",
]
ENGLISH = [
    "1428 Elm Street, Springfield, IL 62704",
    "12 West Harbor Rd., Apt 4B, Boston, MA 02118",
    "14 Canterbury Lane, London SW1A 2AB",
    "P.O. Box 734, Raleigh, NC 27601",
    "77 Old Post Road",
    "Flat 3, 21 Mill Court, Leeds LS1 4DY",
]


@pytest.mark.parametrize("address", CHINESE)
@pytest.mark.parametrize("frame", ["{}", "我住在{}，请寄到这里。", "地址：{}\n电话", "送到{}"])
def test_chinese_addresses(frame: str, address: str) -> None:
    assert addresses(frame.format(address)) == [address]


@pytest.mark.parametrize("address", ENGLISH)
@pytest.mark.parametrize("frame", ["{}", "I live at {}.", "Ship to:\n{}\nThanks", "Is {} right?"])
def test_english_addresses(frame: str, address: str) -> None:
    assert addresses(frame.format(address)) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "我今天走了很远的路，晚上8点到家。",
        "一号楼很高，路上有3号线地铁。",
        "请在12号之前付款。",
        "I drank 12 cups of Green Tea on the way.",
        "This 16 Oz box has 4 bars in it.",
        "浙江省",
        "北京",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert addresses(text) == []


def test_blanks_full_width_and_slips_do_no_harm() -> None:
    for address in (
        "浙江省 杭州市 西湖区 文三路 12号 3幢 501室",
        "杭州市西湖区文三路１２号３幢５０１室",
        "杭州市西湖区文三路l2号3幢5O1室",
        "14l8 Elm Street, Springfield, IL 627O4",
    ):
        assert addresses(f"在{address}。") == [address]


@pytest.mark.parametrize("cell", [*CHINESE, *ENGLISH])
def test_whole_cells(cell: str) -> None:
    assert is_kind("address", cell) >= LEAST_SCORE


@given(st.text(alphabet="浙江省杭州市西湖区文三路12号幢室-, \n\x1e的Elm StrtNY0", max_size=60))
def test_spans_lie_in_the_text(text: str) -> None:
    for finding in find_text(text, kinds=["address"]):
        assert 0 <= finding.start < finding.end <= len(text)
