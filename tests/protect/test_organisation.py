"""Organisations by their ends and beginnings; a hospital in general is none."""

import pytest

from guanyao.protect import find_text


def organisations(text: str) -> list[str]:
    found = find_text(text, kinds=["organisation"])
    return [text[finding.start : finding.end] for finding in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("附件是杭州华兴科技有限公司的合同", ["杭州华兴科技有限公司"]),
        ("他在武汉市第一人民医院复查过", ["武汉市第一人民医院"]),
        ("工作单位：天诚律师事务所", ["天诚律师事务所"]),
        ("开户行：招远银行杭州分行", ["杭州分行"]),
        ("毕业于南京师范大学", ["南京师范大学"]),
        ("She works for Bluestone Logistics Inc. in town.", ["Bluestone Logistics Inc."]),
        ("An invoice from Halden Maschinenbau GmbH came.", ["Halden Maschinenbau GmbH"]),
        ("seen at Oakdale Community Hospital", ["Oakdale Community Hospital"]),
    ],
)
def test_organisations(text: str, expected: list[str]) -> None:
    assert organisations(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "建议去当地正规医院检查，大学生也一样。",
        "这家公司的学校和银行都很好。",
        "我住在学院南路",
        "The company went to the bank and to school.",
        "Our Company is the best",
    ],
)
def test_what_is_no_organisation(text: str) -> None:
    assert organisations(text) == []
