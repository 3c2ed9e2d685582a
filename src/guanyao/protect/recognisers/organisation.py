"""Organisations: companies, hospitals, banks, schools and offices, by the ends of their names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import rjieba

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span
from guanyao.protect.recognisers.chinese_places import CITIES, PROVINCES

HAN = "㐀-䶿一-鿿"
_SURE = (
    "有限责任公司|股份有限公司|集团有限公司|有限公司|律师事务所|会计师事务所|税务师事务所"
    "|设计研究院|基金会|出版社|合作社|商贸行"
)
_WITH_PLACE = (
    "人民医院|中医院|医院|卫生院|卫生服务中心|妇幼保健院|门诊部|诊所|银行|信用社|支行|分行|大学|"
    "学院|中学|小学|幼儿园|实验学校|学校|研究院"
    "|研究所|委员会|公安局|教育局|税务局|民政局|卫生局|卫健委|派出所|检察院|法院|管理局|监督局|"
    "协会|学会|集团|分公司|公司|工厂|厂"
)
_END_ZH = re.compile(f"(?:{_SURE}|{_WITH_PLACE})(?![东西南北中]?[路街巷桥站门])")
_SURE_END = re.compile(f"(?:{_SURE})$")
_FACTORY = re.compile("[品械纺车电机药纸衣鞋钢]厂$")
_BRANCH = re.compile(f"[{HAN}]{{1,8}}?(?:分公司|支行|分行|分院|分校|附属医院|营业部)")
_PLACE = re.compile("|".join(sorted((*PROVINCES, *CITIES, "中国"), key=len, reverse=True)))
_LEFT = re.compile(rf"[{HAN}()A-Za-z0-9]{{1,24}}$")
_STOP = re.compile(
    "位于|就职|任职|工作|就读|毕业|供职|单位|名称|开户行|附件|付款|收款|来自|隶属|前往|送到|送往|"
    "转到|联系|推荐|选择|属于|叫做|客户|患者"
    "|[在去到是于由从向给为找称至往让把被跟叫的了我你他她您们这那某本该各和与及或因请经有家]"
)
_VAGUE = re.compile(
    "附近|当地|正规|专业|专科|三甲|综合|大型|私立|公立|最好|哪|什么|其他|别的|每|所有|任何|很多|"
    "不少|一[家所个]|好的|酒店|餐馆|地铁|小区|距离|景点|宾馆|饭店"
)

_SUFFIX = (
    "Inc|Incorporated|Ltd|Limited|LLC|LLP|GmbH|Corp|Corporation|Company|Co|PLC|plc|Pty|"
    "University|College|Hospital|Clinic|Bank|School|Institute|Foundation"
    "|Association|Group|Partners|Holdings|Medical Center|Medical Centre|Ministry|Laboratories|"
    "Logistics"
)
_END_EN = re.compile(
    rf"(?:{_SUFFIX})\b(?![ ](?:of[ ][a-z]|[a-z]+ing\b))(?:(?<=Inc)\.|(?<=Ltd)\.|(?<=Co)\."
    rf"|(?<=Corp)\.)?"
)
_HEAD_EN = re.compile(
    r"(?:(?:[A-Z][A-Za-z0-9'’.-]*|&|and|(?<=University )of|(?<=Bank )of|(?<=College )of),?[ ])"
    r"{1,6}$"
)
_STARTER = re.compile(
    "a|all|an|and|at|by|dear|each|every|for|from|her|his|i|in|its|my|new|no|of|on|our"
    "|our|that|the|their|this|to|we|what|which|you|your",
    re.IGNORECASE,
)
_LEGAL = re.compile("(?:Inc|Ltd|LLC|LLP|GmbH|PLC|plc|Pty|Incorporated|Limited|Corp|Corporation)$")


@dataclass(frozen=True)
class Organisation:
    """Finds Chinese and English organisations."""

    kind: str = "organisation"
    label: str = "单位:"

    def find(self, text: Folded) -> Iterator[Span]:
        """Names that end as organisations' do and begin with a place or a name of their own."""
        if not text.text.isascii():
            yield from find_chinese(text.text)
        yield from find_english(text.text)


def find_chinese(text: str) -> Iterator[Span]:
    """The Chinese organisations of a text; spans may overlap.

    Args:
        text: Half-width text.
    """
    for found in _END_ZH.finditer(text):
        left = _LEFT.search(text, max(0, found.start() - 24), found.start())
        start = _start(left[0], found[0]) if left else -1
        if left and start >= 0:
            branch = _BRANCH.match(text, found.end())
            yield left.start() + start, (branch or found).end(), 0.75


def _start(head: str, end: str) -> int:
    """Where in the characters before its end an organisation's name begins; -1 if it is none."""
    stops = [stop.end() for stop in _STOP.finditer(head)]
    is_sure = bool(_SURE_END.search(end))
    for place in _PLACE.finditer(head):
        rest = head[place.end() :]
        if not _VAGUE.search(rest) and (is_sure or not _STOP.search(rest)) and len(rest) <= 14:
            return place.start() if _is_own(rest, end) else -1
    offset = max(stops, default=0)
    rest = head[offset:]
    if not rest or _VAGUE.search(rest) or len(rest) < 2:
        return -1
    if not is_sure and not _FACTORY.search(rest[-1] + end):
        return -1
    words = rjieba.cut(rest, False)[-6:]
    return offset + len(rest) - sum(map(len, words))


def _is_own(rest: str, end: str) -> bool:
    """Whether a place with this end is one organisation: 北京大学, not 北京医院s in general."""
    return bool(rest) or end in (
        "大学",
        "银行",
        "医院",
        "中医院",
        "人民医院",
        "中学",
        "分行",
        "支行",
        "分公司",
    )


def find_english(text: str) -> Iterator[Span]:
    """The English organisations of a text; spans may overlap.

    Args:
        text: Half-width text.
    """
    for found in _END_EN.finditer(text):
        least = max(text.rfind("\n", 0, found.start()) + 1, found.start() - 60)
        head = _HEAD_EN.search(text, least, found.start())
        if not head:
            continue
        words = head[0].split(" ")[:-1]
        skipped = 0
        while skipped < len(words) and _STARTER.fullmatch(words[skipped].rstrip(",")):
            skipped += 1
        if skipped < len(words):
            start = head.start() + sum(len(word) + 1 for word in words[:skipped])
            yield start, found.end(), 0.8 if _LEGAL.search(found[0].rstrip(".")) else 0.6


ORGANISATION = Organisation()
