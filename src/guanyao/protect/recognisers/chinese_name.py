"""Chinese person names in running text and in cells, by surname, given characters and surroundings.

A dictionary cut of the text tells which characters stand alone: a name that is in no dictionary
falls to pieces, and a word that merely begins with a surname does not. Each candidate is then
weighed: how clear the surname is, how common its given characters are in names, what stands before
and after. Of two readings ("张伟|明天", "张伟明|天") the one that leaves whole words is taken.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

import rjieba

from guanyao.protect.fold import SEPARATOR
from guanyao.protect.recognisers.chinese_name_characters import (
    CLEAR_SURNAMES,
    COMPOUND_SURNAMES,
    EVERYDAY_GIVEN,
    FUNCTION,
    GIVEN,
    GIVEN_WORDS,
    OUTSIDE,
    WEAK_SURNAMES,
    WORD_SURNAMES,
    WORDY_SURNAMES,
)
from guanyao.protect.recognisers.chinese_name_context import (
    AFTER,
    BEFORE,
    FAMOUS,
    LABEL,
    PLACE_AFTER,
    TRANSLITERATED,
    WEAK_AFTER,
    WEAK_BEFORE,
)

Span: TypeAlias = tuple[int, int, float]

MARK = "\x1f"
"""Stands between words of a cut text."""

HAN = "㐀-䶿一-鿿"
_GIVEN_CLASS = "".join(chr(code) for code in range(0x4E00, 0xA000) if chr(code) not in OUTSIDE)
_ANY_GIVEN = "".join(sorted(GIVEN))
_STRONG = "".join(sorted(GIVEN - EVERYDAY_GIVEN))
_PLAIN = "".join(sorted(CLEAR_SURNAMES | WORDY_SURNAMES))
_WEAK = "".join(sorted(WEAK_SURNAMES))
_SURNAMES = _PLAIN + _WEAK + "".join(sorted(WORD_SURNAMES))
_COMPOUND = "|".join(sorted(COMPOUND_SURNAMES))
_COMPOUND_PIECES = "|".join(f"{MARK}?".join(name) for name in sorted(COMPOUND_SURNAMES))
_COMPOUND_REST = "|".join(f"(?<={name[0]}){name[1]}" for name in sorted(COMPOUND_SURNAMES))
_FIRST = "".join(sorted({*_PLAIN, *_WEAK, *(name[0] for name in COMPOUND_SURNAMES)}))
_LAST = frozenset({*_PLAIN, *(name[1] for name in COMPOUND_SURNAMES)})
_IN_NAMES = GIVEN | CLEAR_SURNAMES | WORDY_SURNAMES

_HIT = re.compile(
    # One class of characters comes first: so the search can skip to them.
    f"[{_FIRST}](?:(?<=[{_PLAIN}])(?:[{_ANY_GIVEN}]|[{_GIVEN_CLASS}][{_ANY_GIVEN}])"
    f"|(?<=[{_WEAK}])[{_STRONG}]{{2}}|(?:{_COMPOUND_REST})[{_GIVEN_CLASS}])"
)
"""Two or three characters that may begin a name; what lies far from all of them is not cut."""
_RUN = re.compile(f"[{HAN}]{{1,28}}")
_RUN_BEFORE = re.compile(f"[{HAN}]{{0,12}}$")
_BARE = re.compile(
    f"{MARK}(?=((?:{_COMPOUND_PIECES}|[{_PLAIN}{_WEAK}])(?:{MARK}?[{_GIVEN_CLASS}]){{1,2}}){MARK})"
)
_LOOSE = re.compile(
    f"{MARK}(?=((?:{_COMPOUND_PIECES}|[{_PLAIN}])(?:{MARK}?[{_ANY_GIVEN}]){{2}})[{HAN}])"
)
"""A name whose last character was cut off with the word behind it: 李|思|雨来|电."""
_LATE = re.compile(f"[{HAN}](?=([{_PLAIN}](?:{MARK}[{_ANY_GIVEN}]){{2}}){MARK})")
"""A name whose surname was cut off with the word before it: 上万|晓|丽."""
_LABELLED = re.compile(
    f"(?:{LABEL})"
    r"[ \t]*([:=|]|为|是)?[ \t\"“'《【\[]*"
    f"((?:{_COMPOUND}|[{_SURNAMES}])[ ]?[{_GIVEN_CLASS}](?:[ ]?[{_GIVEN_CLASS}])?)"
)
_TITLE = re.compile(AFTER)
_DOTTED = re.compile(f"[{TRANSLITERATED}]{{2,7}}(?:·[{TRANSLITERATED}]{{2,7}}){{1,3}}(?!·)")
_SPACED = re.compile(
    # From the blank on: blanks are rarer than surnames.
    f" (?: |)[{_GIVEN_CLASS}](?: ? ?[{_GIVEN_CLASS}](?! [{HAN}](?: |$)))?"
)
_ANY_HAN = re.compile(f"[{HAN}]")
_BEFORE = re.compile(f"(?:{BEFORE}|{LABEL})[ :|]*$")
_WEAK_BEFORE = re.compile(f"(?:{WEAK_BEFORE})$")
_AFTER = re.compile(f"[ ]?(?:{AFTER})|[ ]?[，,（(、/][ ]?(?:男|女|\\d{{1,3}}岁|年龄|性别)")
_WEAK_AFTER = re.compile(WEAK_AFTER)
_PLACE_AFTER = re.compile(
    f"[ ]?(?:{PLACE_AFTER}|(?:(?![在去到的来从想要是找住])[{HAN}]){{1,3}}"
    "(?:酒店|饭店|宾馆|剧院|食府))"
)
_END = re.compile(f"$|[^{HAN}A-Za-z0-9]")

ENOUGH = 3.2
"""The weight from which a candidate is a name."""
SURE = 5.0
"""The weight from which its other places in the same text are taken too."""
DICTIONARY = rjieba.Jieba()


def find_names(text: str) -> Iterator[Span]:
    """The Chinese names of a text; spans may overlap.

    Args:
        text: Half-width text.

    Yields:
        Start and end offsets, and a score in (0, 1].
    """
    if not _ANY_HAN.search(text):
        return
    text = text.replace(MARK, " ")
    spans = [*_labelled(text), *_titled(text), *_dotted(text), *_spaced(text), *_bare(text)]
    yield from spans
    yield from _repeated(text, spans)


def _bare(text: str) -> Iterator[Span]:
    """Names that nothing announces: surname and given characters that form no other word."""
    done = 0
    for hit in _HIT.finditer(text):
        if hit.start() < done:
            continue
        before = _RUN_BEFORE.search(text, max(0, hit.start() - 12), hit.start())
        start = before.start() if before else hit.start()
        run = _RUN.match(text, hit.start())
        end = run.end() if run else hit.end()
        yield from _in_run(text, start, end)
        done = end - 4 if end < len(text) and _is_han(text[end]) else end


def _in_run(text: str, start: int, end: int) -> Iterator[Span]:
    """Names among the words of a run of Chinese characters."""
    cut = MARK + MARK.join(rjieba.cut(text[start:end], False)) + MARK
    for found in _BARE.finditer(cut):
        first = start + found.start(1) - cut.count(MARK, 0, found.start(1))
        yield from _weighed(text, first, found[1].split(MARK))
    for found in (*_LOOSE.finditer(cut), *_LATE.finditer(cut)):
        first = start + found.start(1) - cut.count(MARK, 0, found.start(1))
        yield from _loose(text, first, found[1].replace(MARK, ""))


def _loose(text: str, start: int, name: str) -> Iterator[Span]:
    """A name with two given characters where the text goes on well, though the cut does not."""
    end = start + len(name)
    if name[-1] in FUNCTION or not (
        text[end : end + 1] in FUNCTION or _WEAK_AFTER.match(text, end) or _AFTER.match(text, end)
    ):
        return
    weight = _name_weight(tuple(name)) - 0.4 + _around(text, start, end)
    if weight >= ENOUGH + 0.5:
        yield start, end, _score(weight)


def _weighed(text: str, start: int, pieces: list[str]) -> Iterator[Span]:
    """The candidate, or its shorter reading, if it weighs enough."""
    name = "".join(pieces)
    weight = _name_weight(tuple(pieces))
    if weight < 0.5 or name in FAMOUS:
        return
    end = start + len(name)
    if len(_given(name)) == 2 and _leaves_pieces(text, end, _given(name)):
        weight = -0.5 if name[-1] not in FUNCTION else 0.0
        name, end = name[:-1], end - 1
        weight += _name_weight(tuple(name))
    weight += _around(text, start, end)
    if weight >= ENOUGH and not _PLACE_AFTER.match(text, end):
        yield start, end, _score(weight)


def _leaves_pieces(text: str, end: int, given: str) -> bool:
    """Whether the last character of a name is rather the head of the next word: 张伟|明天."""
    after = text[end : end + 3]
    if not after or not _is_han(after[0]):
        return False
    if given[1] in FUNCTION and given not in GIVEN_WORDS:
        return True
    if after[0] in FUNCTION or _WEAK_AFTER.match(text, end):
        return False
    if not DICTIONARY.has_word(given[1] + after[0]):
        return False
    return not any(DICTIONARY.has_word(after[:size]) for size in (2, 3) if len(after) >= size)


@lru_cache(maxsize=65536)
def _name_weight(pieces: tuple[str, ...]) -> float:
    """What a candidate weighs by itself."""
    name = "".join(pieces)
    weight = _surname_weight(name) + _weight_of_given(_given(name))
    if len(pieces) == 1:
        return weight + min(_word_weight(name), 0.3 if _is_known(name) else -2.5)
    return weight + sum(_word_weight(piece) for piece in pieces if len(piece) > 1)


def _is_known(word: str) -> bool:
    """Whether a word of the dictionary may be a whole name."""
    if word[1:] in GIVEN_WORDS or not DICTIONARY.has_word(word):
        return True
    tag: str = rjieba.tag(word, False)[0][1]
    return tag.startswith("nr")


def _surname_weight(name: str) -> float:
    if name[:2] in COMPOUND_SURNAMES and len(name) > 2:
        return 3.0
    if name[0] in CLEAR_SURNAMES:
        return 2.0
    if name[0] in WORDY_SURNAMES:
        return 1.3
    return 0.0 if name[0] in WEAK_SURNAMES else -1.0


def _given(name: str) -> str:
    return name[2:] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[1:]


def _weight_of_given(given: str) -> float:
    weight = sum(map(_given_weight, given))
    return max(weight, 2.0) if given in GIVEN_WORDS else weight


def _given_weight(character: str) -> float:
    if character in GIVEN:
        return 0.5 if character in EVERYDAY_GIVEN else 1.5
    return -4.0 if character in OUTSIDE else -0.3


@lru_cache(maxsize=65536)
def _word_weight(word: str) -> float:
    """For a name that the dictionary knows, against a word that it knows as something else."""
    if word in COMPOUND_SURNAMES or not DICTIONARY.has_word(word):
        return 0.0
    if word in GIVEN_WORDS or _is_known(word):
        return 0.3
    return -0.6 if len(word) == 2 and word[0] in _IN_NAMES and word[1] in GIVEN else -2.5


def _around(text: str, start: int, end: int) -> float:
    """What stands before and after a candidate."""
    before, after = text[max(0, start - 8) : start], text[end : end + 8]
    weight = 0.0
    if _BEFORE.search(before):
        weight += 2.5
    elif not before or not _is_han(before[-1]):
        weight += 0.5
    elif _WEAK_BEFORE.search(before):
        weight += 0.7
    if _AFTER.match(after):
        weight += 2.5
    elif _WEAK_AFTER.match(after):
        weight += 0.7
    elif _END.match(after):
        weight += 0.4 if before and _is_han(before[-1]) else 0.8
    return weight


def _labelled(text: str) -> Iterator[Span]:
    """Names behind a label, such as those of a form: there a rare surname will do."""
    for found in _LABELLED.finditer(text):
        start, end = found.span(2)
        name = found[2].replace(" ", "")
        given = _given(name)
        if len(given) == 2 and " " not in found[2] and _leaves_pieces(text, end, given):
            name, end = name[:-1], end - 1
        is_formal = (found[1] or "是") not in "是为"
        if not is_formal and name[0] in WORD_SURNAMES:
            continue
        weight = _name_weight(tuple(name)) + 2.5 + (1.5 if is_formal else 0.0)
        weight += 0.0 if _is_known(name) or is_formal else -2.5
        if weight >= ENOUGH - 0.5 and (is_formal or name not in FAMOUS):
            yield start, end, _score(weight)


def _titled(text: str) -> Iterator[Span]:
    """Names before a title: 王小红女士."""
    for title in _TITLE.finditer(text):
        end = title.start() - (text[title.start() - 1 : title.start()] == " ")
        for size in (4, 3, 2):
            start = end - size
            name = text[max(0, start) : end]
            if start < 0 or not _is_name_like(name) or name[-1] in FUNCTION:
                continue
            weight = _name_weight(tuple(name)) + min(0.0, _word_weight(name)) + 2.0
            weight += _around(text, start, end) - 2.5
            if weight >= ENOUGH + 1.0 and name not in FAMOUS:
                yield start, end, _score(weight)
                break


def _is_name_like(name: str) -> bool:
    """Whether characters may be a surname and one or two given characters."""
    given = _given(name)
    is_borne = name[0] in _SURNAMES or name[:2] in COMPOUND_SURNAMES
    return (
        is_borne and len(given) in (1, 2) and not any(c in OUTSIDE or not _is_han(c) for c in given)
    )


def _dotted(text: str) -> Iterator[Span]:
    """Names with a dot in them: 阿依古丽·买买提."""
    for found in _DOTTED.finditer(text):
        yield found.start(), found.end(), 0.75


def _spaced(text: str) -> Iterator[Span]:
    """Names with blanks in them, as forms and scanners make them: 王 小 红."""
    for found in _SPACED.finditer(text):
        start, end = found.start() - 1, found.end()
        if start < 0 or text[start] not in _LAST:
            continue
        if text[max(0, start - 1) : start + 1] in COMPOUND_SURNAMES:
            start -= 1
        elif text[start] not in _PLAIN:
            continue
        name = text[start:end].replace(" ", "")
        given = _given(name)
        weight = _name_weight(tuple(name)) + 0.5
        weight += min(0.0, 2 * _word_weight(given)) if len(given) == 2 else 0.0
        weight += _around(text, start, end)
        if weight >= ENOUGH + 0.5 and not _PLACE_AFTER.match(text, end):
            yield start, end, _score(weight)


def _repeated(text: str, spans: list[Span]) -> Iterator[Span]:
    """Other places in the same cell of names of three characters and more that are sure."""
    taken = {start for start, _, _ in spans}
    sure = {
        (text.rfind(SEPARATOR, 0, first), text[first:last]): (first, score)
        for first, last, score in spans
        if score >= _score(SURE) and last - first >= 3
    }
    for (before, name), (first, score) in sure.items():
        until = text.find(SEPARATOR, first)
        until = len(text) if until < 0 else until
        start = text.find(name, before + 1, until)
        while start >= 0:
            if start not in taken:
                yield start, start + len(name), score
            start = text.find(name, start + 1, until)


def _is_han(character: str) -> bool:
    return "㐀" <= character <= "鿿"


def _score(weight: float) -> float:
    """A weight as a score: 0.5 at `ENOUGH`, towards 0.95 from there."""
    return round(min(0.95, max(0.0, 0.5 + (weight - ENOUGH) * 0.15)), 3)
