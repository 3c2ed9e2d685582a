"""What in a text may be a code: digits and letters, solid or in groups with blanks and dashes.

A *group* is a maximal run of plain digits and letters. Groups that stand a blank, a dash or the
like apart form a *chain*. A code is one group, or neighbouring groups of one chain: never a part
of a group, so that a number inside a longer number is none.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

Group: TypeAlias = tuple[int, int]

GROUP = re.compile(r"[0-9][0-9A-Za-z]*+")
GAP = r"(?:[ .·_()-]|  | -|- | - |--|\) | \(|\)-|-\()"
GAPS = frozenset((*" -.·_)", "  ", " -", "- ", " - ", "--", ") ", " (", ")-", "-("))
LETTER_GAP = re.compile(rf"{GAP}(?:[A-Zlo]{{1,8}}{GAP}){{1,8}}")
LETTERS_BEFORE = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{1,8}[ .-]{1,2}){1,10}$")
LETTERS_AFTER = re.compile(r"(?:[ .-]{1,2}(?:[A-Zlo]{1,8}|x)(?![0-9A-Za-z])){1,10}")
REACH = 28
LETTERS = re.compile(r"[A-Za-z]+")
LABEL = re.compile(
    r"(?:tel|phone|mobile|mob|cell|card|id|idcard|sfzh?|sj|dh|qq|vx|wx)?(?:no|number)?(?=[0-9][0-9A-Za-z]{4})",
    re.IGNORECASE,
)
ASCII = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SHORTEST, SHORTEST_JOINED, LONGEST = 5, 6, 34
MOST_IN_TABLE, LONGEST_IN_TABLE = 5, 19
DATE = re.compile(
    r"(?:19|20)[0-9]{2}(?P<sign>[-.])(?:0?[1-9]|1[0-2])(?P=sign)[0-3]?[0-9](?![0-9-])"
)
GROUPS_IN_DATE = 3
DASHED = re.compile(r"[-.·]")

SLIPS = str.maketrans("OoQDIliZzSsBGbgqA", "00001112255866994")
"""Letters that a reader of pictures takes for digits, and the digits they are."""
SLIP_LETTERS = frozenset("OoQDIliZzSsBGbgqA")
MOST_DOUBTFUL = 12


@dataclass(frozen=True, slots=True)
class Code:
    """A run of digits and letters that may be one code.

    Args:
        start: Offset of its first character in the folded text.
        end: One past the offset of its last character.
        text: Its digits and letters without what stands between them.
        sizes: Characters per group.
        before: What joins it to a group with a digit before it, empty if nothing does.
        after: What joins it to a group with a digit after it, empty if nothing does.
    """

    start: int
    end: int
    text: str
    sizes: tuple[int, ...]
    before: str
    after: str

    @property
    def is_solid(self) -> bool:
        """Whether nothing stands between its characters."""
        return len(self.sizes) == 1

    @property
    def is_alone(self) -> bool:
        """Whether it is joined to no other group."""
        return not self.before and not self.after

    @property
    def is_loose(self) -> bool:
        """Whether no dash or dot joins it to another group."""
        return not DASHED.search(self.before + self.after)

    def digits(self, most_slips: int) -> str:
        """Its digits, with letters read as the digits they resemble; empty if it has others.

        Args:
            most_slips: How many letters may be read as digits.
        """
        if self.text.isdigit():
            return self.text
        return mend(self.text, most_slips)


def mend(text: str, most_slips: int) -> str:
    """The digits of a text with a few letters read as digits; empty if that cannot be."""
    mended = text.translate(SLIPS)
    slips = sum(old != new for old, new in zip(text, mended, strict=True))
    return mended if slips <= most_slips and mended.isdigit() else ""


def readings(text: str, most_slips: int = 2) -> Iterator[str]:
    """The ways to read letters and digits: as they are, then with a few letters as digits.

    Args:
        text: What was read; its letters come out as capitals.
        most_slips: How many letters may be read as digits.
    """
    yield text.upper()
    doubtful = [place for place, letter in enumerate(text) if letter in SLIP_LETTERS]
    if len(doubtful) > MOST_DOUBTFUL:
        return
    for n_slips in range(1, most_slips + 1):
        for places in combinations(doubtful, n_slips):
            slipped = list(text)
            for place in places:
                slipped[place] = text[place].translate(SLIPS)
            yield "".join(slipped).upper()


def groups_of(text: str) -> list[Group]:
    """The runs of digits and letters that hold a digit: start, end; labels such as Tel left out."""
    groups: list[Group] = []
    for match in GROUP.finditer(text):
        start, end = match.span()
        if start and text[start - 1] in ASCII:
            start = _with_letters(text, start, groups[-1][1] if groups else 0)
        groups.append((start, end))
    return groups


def codes_of(text: str, groups: list[Group]) -> dict[int, list[Code]]:
    """All that may be codes, by the number of their characters.

    Args:
        text: The folded text.
        groups: Its groups, of `groups_of`.
    """
    found: dict[int, list[Code]] = defaultdict(list)
    for chain in chains(text, groups):
        for code in _codes(text, chain):
            found[len(code.text)].append(code)
    return found


def chains(text: str, groups: list[Group]) -> Iterator[list[Group]]:
    """Groups with a digit, and letters between them, that stand a blank or a dash apart."""
    chain: list[Group] = []
    end = -LONGEST
    for group in groups:
        between = _between(text, end, group[0])
        if between is None:
            yield from _whole(text, chain)
            chain = [group]
        else:
            chain += between
            chain.append(group)
        end = group[1]
    yield from _whole(text, chain)


def _whole(text: str, chain: list[Group]) -> Iterator[list[Group]]:
    """The chain with letters at its ends, without a date that opens it."""
    if not chain or chain[-1][1] - chain[0][0] < SHORTEST - 1:
        return
    if len(chain) > 1 and DATE.match(text, chain[0][0]):
        chain = chain[GROUPS_IN_DATE:]
    if chain:
        yield _with_ends(text, chain)


def _with_letters(text: str, start: int, floor: int) -> int:
    """Where the group with these digits starts, letters before them counted, labels not."""
    first = start
    while first > max(floor, start - LONGEST - 1) and text[first - 1] in ASCII:
        first -= 1
    label = LABEL.match(text, first)
    return label.end() if label and label.end() == start else first


def _between(text: str, end: int, start: int) -> list[Group] | None:
    """Groups of letters alone between two groups; None if the two are not joined."""
    if start - end > 32:
        return None
    gap = text[end:start]
    if gap in GAPS:
        return []
    if not LETTER_GAP.fullmatch(gap):
        return None
    return [(end + m.start(), end + m.end()) for m in LETTERS.finditer(gap)]


def _with_ends(text: str, chain: list[Group]) -> list[Group]:
    """The chain with letters that stand a blank before its start or after its end."""
    start, end = chain[0][0], chain[-1][1]
    if start and text[start - 1] in " .-":
        first = max(0, start - REACH)
        if match := LETTERS_BEFORE.search(text[first:start]):
            place = first + match.start()
            chain[:0] = [(place + m.start(), place + m.end()) for m in LETTERS.finditer(match[0])]
    if match := LETTERS_AFTER.match(text, end):
        chain += [(end + m.start(), end + m.end()) for m in LETTERS.finditer(match[0])]
    return chain


def _codes(text: str, chain: list[Group]) -> Iterator[Code]:
    """Each group of a chain, and neighbouring groups up to the longest code."""
    sizes = [end - start for start, end in chain]
    is_table = len(chain) > LONGEST
    longest, most = (LONGEST_IN_TABLE, MOST_IN_TABLE) if is_table else (LONGEST, LONGEST)
    for first, size in enumerate(sizes):
        if SHORTEST <= size <= LONGEST:
            yield _code(text, chain, first, first)
        total = size
        for last in range(first + 1, min(len(chain), first + most)):
            total += sizes[last]
            if total > longest:
                break
            if total >= SHORTEST_JOINED and _may_stand(sizes, first, last):
                code = _code(text, chain, first, last)
                if not _is_decimal(text, code):
                    yield code


def _is_decimal(text: str, code: Code) -> bool:
    """Whether dots stand between its groups and blanks, too: decimals, not one number."""
    return text.find(".", code.start, code.end) >= 0 and text.find(" ", code.start, code.end) >= 0


def _may_stand(sizes: list[int], first: int, last: int) -> bool:
    """Whether a code may start and end at these groups: not in the midst of spaced characters."""
    if first == 0 and last == len(sizes) - 1:
        return True
    if first and sizes[first] == sizes[first - 1] == 1:
        return False
    if last < len(sizes) - 1 and sizes[last] == sizes[last + 1] == 1:
        return False
    return max(sizes[first : last + 1]) > 2 or max(sizes[first : last + 1]) == 1


def _code(text: str, chain: list[Group], first: int, last: int) -> Code:
    groups = chain[first : last + 1]
    return Code(
        start=groups[0][0],
        end=groups[-1][1],
        text="".join([text[start:end] for start, end in groups]),
        sizes=tuple([end - start for start, end in groups]),
        before=_gap(text, chain, first - 1) if first else "",
        after=_gap(text, chain, last) if last + 1 < len(chain) else "",
    )


def _gap(text: str, chain: list[Group], place: int) -> str:
    """What joins a group to the next; empty if either has no digit."""
    (start, end), (next_start, next_end) = chain[place], chain[place + 1]
    if text[start:end].isalpha() or text[next_start:next_end].isalpha():
        return ""
    return text[end:next_start]
