"""Chinese addresses: from province, city or road down to the door.

What is sure of an address stands at its end: a road, an estate or a village with a number behind
it. From there the reading goes left, over towns, districts, cities and provinces, and right, over
buildings, units and rooms.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

import rjieba

from guanyao.protect.recognisers.chinese_places import CITIES, PROVINCES

Span: TypeAlias = tuple[int, int, float]

HAN = "㐀-䶿一-鿿"
_INNER = f"(?![的是在址了我你他她您吗呢和与去到])[{HAN}]"
_DIGIT = "[0-9OolISBZ]"
_NUMBER = (
    rf"(?:[0-9]{_DIGIT}{{0,4}}|[OlISBZ][0-9]{_DIGIT}{{0,3}}|[lISBZ](?=[号栋幢室组])"
    rf"|[一二三四五六七八九十百]{{1,4}})"
)
_UNIT = "号楼|号院|号|弄|巷|栋|幢|座|号门|单元|楼|层|室|房|户|组|队|社|排|门|铺|支弄|区|期"
_ROAD = (
    "路|街|大道|巷|弄|胡同|道|里|村|屯|庄|寨|湾|沟|坡|园|苑|城|府|庭|邸|都|花园|小区|大厦|公寓"
    "|广场|新村|家园|大院|段|东段|西段|镇|乡|街道|社区|坊|阁|轩|居|湖|郡|国际|名都|门第|中心"
    "|宿舍|嘉园|东|西|南|北|中|线|桥|院"
)
_HEAD = re.compile(
    rf"(?:{_ROAD})[ ]?(?:[东西南北中][段侧]?)?"
    rf"(?:[甲乙丙丁附]?{_NUMBER}(?:[-之]{_DIGIT}{{1,4}})?[甲乙丙丁]?[ ]?"
    r"(?:号楼|号院|号|弄|栋|幢|座|单元|组|队|室)"
    rf"|[0-9]{{1,3}}(?:-[0-9]{{1,4}}){{1,2}}|[A-Z][座栋区][0-9]{{0,4}})"
)
_MORE = re.compile(
    rf"[ ]?(?:[A-Za-z东西南北甲乙丙丁]|{_NUMBER}(?:[-][0-9OolISBZ]{{1,4}})*)[ ]?(?:{_UNIT})"
    rf"|[ ,，]?[{HAN}]{{2,9}}?(?:{_ROAD})[ ]?(?=[甲乙丙丁附]?[A-Za-z0-9一二三四五六七八九十])"
    rf"|[ ]?[{HAN}]{{2,10}}?(?=[A-Z]?[0-9]{{1,3}}[ ]?(?:栋|幢|座|号楼|单元|期))"
    rf"|[ ]?[{HAN}]{{2,8}}?(?:花园|小区|大厦|公寓|广场|新村|家园|苑|国际|名都|湾|里|宿舍|中心)"
    rf"(?![{HAN}])"
    rf"|[ ]?[0-9]{_DIGIT}{{0,3}}(?:-{_DIGIT}{{1,4}}){{1,2}}(?![0-9A-Za-z.%年月日元])"
    rf"|[ ]?[A-Z]?[0-9]{_DIGIT}{{1,4}}(?:-{_DIGIT}{{1,4}}){{0,2}}"
    r"(?![0-9A-Za-z.%年月日元人分点米公岁])"
    rf"|[ ]?[lISBZ][0-9]{_DIGIT}{{1,4}}(?![0-9A-Za-z])|-{_DIGIT}{{1,4}}"
)
_LEFT = re.compile(rf"[{HAN}0-9 ]{{1,48}}$")
_LEVEL = "省|自治区|特别行政区|市|自治州|州|盟|地区|新区|区|县|旗|自治县|街道|镇|乡"
_PLACE = re.compile(
    rf"(?<!长(?=江西))(?:{'|'.join(sorted((*PROVINCES, *CITIES), key=len, reverse=True))})"
)
_WHOLE = re.compile(
    rf"(?:{'|'.join(PROVINCES)})(?:{_INNER}){{0,7}}?(?:省|市|自治区)?[ ]?"
    rf"(?:{_INNER}){{2,8}}(?:市|区|县|州)[ ]?(?:{_INNER}){{2,10}}?"
    rf"(?:区|县|镇|乡|街道|路|街|大道|村)(?:(?:{_INNER}){{1,8}}?(?:路|街|大道|村|小区|花园|巷))?"
)
_STOP = re.compile(
    "快递|放(?=[^放]{3,})|地址|住址|家住|现住|住在|位于|坐落|寄到|送到|发到|改到|邮寄|寄往|到达|就在|搬到|搬去|前往|"
    "收货|籍贯|户籍|在(?=[^在]{2,})|住(?=[^在]{2,})"
    "|是(?=[^是]{2,})|为(?=[^为]{2,})|于(?=[^于]{2,})|到(?=[^到]{2,})|去(?=[^去]{2,})|"
    "从(?=[^从]{2,})|址(?=.)|的(?=.)|了(?=.)|我|他|她|您|你"
)
DICTIONARY = rjieba.Jieba()
_TOKENS_INSIDE = 4
"""Words a road's own name may have, read leftwards, where no known place begins it."""


def find_addresses(text: str) -> Iterator[Span]:
    """The Chinese addresses of a text; spans may overlap.

    Args:
        text: Half-width text.
    """
    last = 0
    for found in _HEAD.finditer(text):
        if found.start() < last:
            continue
        start, is_known = _start(text, found.start(), last)
        if start < 0:
            continue
        end = _end(text, found.end())
        last = end
        yield start, end, 0.9 if is_known else 0.75
    yield from ((m.start(), m.end(), 0.6) for m in _WHOLE.finditer(text) if m.start() >= 0)


def _end(text: str, end: int) -> int:
    """One past the last building, unit or room."""
    while more := _MORE.match(text, end):
        end = more.end()
    return end


def _start(text: str, road: int, least: int) -> tuple[int, bool]:
    """Where an address begins whose road's last character stands at `road`; -1 if nowhere."""
    left = _LEFT.search(text, max(least, road - 48), road)
    if not left:
        return -1, False
    piece = left[0]
    for place in _PLACE.finditer(piece):
        if _is_word(piece, place) and _is_address_like(piece[place.end() :]):
            return left.start() + place.start(), True
    stops = [stop.end() for stop in _STOP.finditer(piece)]
    offset = max(stops, default=0)
    offset = _own_words(piece, offset)
    return (left.start() + offset, False) if offset < len(piece) else (-1, False)


def _is_word(piece: str, place: re.Match[str]) -> bool:
    """Whether a place is one, and not the middle of a road's name such as 滨河北路."""
    ahead = piece[max(0, place.start() - 1) : place.start() + 1]
    return len(ahead) < 2 or ahead[0] in "在住到去是于从的了" or not DICTIONARY.has_word(ahead)


def _is_address_like(rest: str) -> bool:
    """Whether what stands between a place and a road belongs to the address."""
    return not re.search(
        "地址|位于|住在|电话|酒店|餐馆|[0-9]{5}|[我你他她您吗呢吧了]|是(?!.{0,2}[路街])", rest
    )


def _own_words(piece: str, offset: int) -> int:
    """Where the road's own name begins: a few words, or the districts before it."""
    kept = piece[offset:]
    if re.search(f"(?:{_LEVEL})", kept[:-1]) and len(kept) <= 24:
        return offset + len(kept) - len(kept.lstrip())
    words = rjieba.cut(kept, False)
    size = 0
    for word in reversed(words[-_TOKENS_INSIDE:]):
        if size and (word.isspace() or size + len(word) > 8):
            break
        size += len(word)
    return offset + len(kept) - size
