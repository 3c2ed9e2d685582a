"""What finds personal data of one kind, and the words near by that tell what a code is."""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

from guanyao.protect.fold import SEPARATOR, Folded

Span: TypeAlias = tuple[int, int, float]
"""Start and end in the folded text, and how sure the recogniser is, in (0, 1]."""

LEAST_SCORE = 0.5
"""What is found with a lower score is not told."""
SIGNS = re.compile(r"\(?\+\(?$|\($")
BEFORE, AFTER = 24, 10
LINE_ENDS = f"\n{SEPARATOR}"
CALLED = "电话|联系|致电|回电|来电|去电|拨打|回拨|打给|联络|短信"
"""Words that say that a phone number follows."""
REACH_ENDS = re.compile(
    r"(?<=[\u4e00-\u9fff])(?<![号码])[,;。!?]"
    r"|[0-9][0-9A-Za-z-]*+(?!(?:[\s,、;/|&+~-]|[和与及至到]|and|or|to)*$)"
)
"""Where what was said of a number ends: with a clause, or with another number it was said of."""


class Recogniser(Protocol):
    """Finds personal data of one kind.

    A recogniser may have an attribute `needs`: "digits", or literals with `|` between them; text
    that holds none is not given to it. It may have an attribute `label`: what stands before such
    a value in running text, e.g. "邮编:"; whole cells are judged behind it.
    """

    kind: str

    def find(self, text: Folded) -> Iterator[Span]:
        """The spans that look like personal data of the kind; they may overlap."""
        ...


def words(chinese: str, english: str = "") -> re.Pattern[str]:
    """A pattern for words near a code, in any case; English ones as whole words.

    Args:
        chinese: Alternatives with `|` between them.
        english: Alternatives with `|` between them.
    """
    parts = [part for part in (chinese, rf"(?<![a-z])(?:{english})(?![a-z])" if english else "")]
    return re.compile("|".join(filter(None, parts)), re.IGNORECASE)


FILLING = r"(?:[\s:=#\"'(\[|,./-]|是|为|号码?|编号|证件?|卡|no|number|num|is|code){0,8}$"


def label_of(chinese: str, english: str = "") -> re.Pattern[str]:
    """A pattern for a label that stands right before a code, e.g. "病历号: ", "MRN no. ".

    Args:
        chinese: Alternatives with `|` between them.
        english: Alternatives with `|` between them.
    """
    start = rf"(?:{chinese}|(?<![a-z])(?:{english}))" if english else rf"(?:{chinese})"
    return re.compile(start + FILLING, re.IGNORECASE)


NUMBERED = words(
    "订单|单号|流水|运单|快递|物流|发票|批号|批次|序列号|条码|条形码|货号|型号|商品编号|产品编号|版本"
    "|文号|期号|编码|案号|合同号|交易号",
    "order|invoice|tracking|isbn|issn|ean|upc|gtin|sku|imei|serial|batch|lot|version|ver|build|asin"
    "|item|model|part|ref|reference|transaction|timestamp|doi|pmid|ticket|receipt",
)
"""Words that say that a number counts or names a thing."""
MEASURED = re.compile(r"\s?(?:[万亿]?(?:元|美元|欧元|日元|块|人|次|吨|米|股|字节)|%|％|bytes\b)")


def line_before(text: str, start: int, width: int = BEFORE) -> str:
    """What stands before an offset, on the same line and in the same cell."""
    if start == 0 or text[start - 1] in LINE_ENDS:
        return ""
    piece = text[max(0, start - width) : start]
    cut = max(piece.rfind("\n"), piece.rfind(SEPARATOR))
    return piece[cut + 1 :]


def line_after(text: str, end: int, width: int = AFTER) -> str:
    """What stands after an offset, on the same line and in the same cell."""
    if end == len(text) or text[end] in LINE_ENDS:
        return ""
    piece = text[end : end + width]
    cuts = [cut for cut in (piece.find("\n"), piece.find(SEPARATOR)) if cut >= 0]
    return piece[: min(cuts, default=width)]


def is_named(text: str, start: int, end: int, named: re.Pattern[str]) -> bool:
    """Whether words near a span say what it is."""
    before = line_before(text, start)
    place = last_place(named, before) if before else -1
    if place >= 0:
        return place >= last_place(NUMBERED, before)
    return bool(named.search(line_after(text, end)))


def is_labelled(text: str, start: int, label: re.Pattern[str]) -> bool:
    """Whether a label stands right before a code."""
    before = line_before(text, start, 32)
    return before != "" and label.search(before) is not None


def is_thing(text: str, start: int, end: int) -> bool:
    """Whether words near a span say that it counts, measures or names a thing.

    In "发票，工单7635，154..." they say it of the number before, or of none.
    """
    if MEASURED.match(text, end):
        return True
    before = line_before(text, start, 14)
    place = last_place(NUMBERED, before)
    return place >= 0 and REACH_ENDS.search(before, place) is None


def last_place(pattern: re.Pattern[str], text: str) -> int:
    """Where the last match starts, -1 if there is none."""
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def start_with_sign(text: str, start: int, end: int) -> int:
    """Where a phone number starts, a plus sign and an opening parenthesis before it counted."""
    signs = SIGNS.search(text[max(0, start - 3) : start])
    if not signs:
        return start
    is_closed = ")" in text[start:end]
    return start - len(signs[0] if is_closed else signs[0].lstrip("("))


def zones(places: Iterable[int], before: int, after: int) -> Iterator[tuple[int, int]]:
    """Stretches of a text around places in ascending order; those that touch are one."""
    start = end = -1
    for place in places:
        if place - before > end:
            if end > 0:
                yield start, end
            start = max(0, place - before)
        end = place + after
    if end > 0:
        yield start, end


def matches(
    text: str, clue: re.Pattern[str], pattern: re.Pattern[str], width: int
) -> Iterator[re.Match[str]]:
    """Matches of a slow pattern, sought only near those of a fast one.

    Args:
        text: The folded text.
        clue: Opens with a literal, so that it is fast; every match of `pattern` holds one.
        pattern: What is sought.
        width: How far from the clue a match may start or end, in characters.
    """
    places = [match.start() for match in clue.finditer(text)]
    for start, end in zones(places, width, width):
        yield from pattern.finditer(text, start, end)
