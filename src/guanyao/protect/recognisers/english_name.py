"""English person names: given names with a surname, behind titles and labels, in signatures.

A capital alone proves nothing. A run of words with capitals is a name if it begins with a known
given name and goes on as names do; if something announces a name, unknown words will do.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

from guanyao.protect.fold import SEPARATOR
from guanyao.protect.recognisers.english_name_words import (
    FAMOUS,
    GIVEN_NAMES,
    NOT_PEOPLE,
    NOT_SURNAMES,
    ORGANISATION_WORDS,
    PINYIN_SURNAMES,
    RELATIVES,
    SAYS,
    SURNAMES,
    SYLLABLES,
    TITLES,
    WORDY_GIVEN_NAMES,
    WORDY_SURNAMES,
)

Span: TypeAlias = tuple[int, int, float]

_TAIL = "(?:['’-]?[A-Za-zÀ-ÿ])*"
_TITLE_DOT = r"(?:(?<=Mr|Dr|Ms)\.|(?<=Mrs)\.|(?<=Prof)\.)?"
_WORD = rf"[A-ZÀ-Þ](?:{_TAIL}[a-zà-ÿ]{_TITLE_DOT}|\.)?"
_PARTICLE = r"(?:(?:van|von|de|der|den|la|le|di|da|bin|ibn|al|el|del|dos)[ ]){0,2}"
_RUN = re.compile(
    # The character before is looked at behind the first one: so the search can skip to capitals.
    rf"[A-ZÀ-Þ](?<![A-Za-z0-9À-ÿ_'’&/@-].)"
    rf"(?:{_TAIL}[a-zà-ÿ]{_TITLE_DOT}|\.(?:[ ]?[A-Z]\.)*)"
    rf"(?:[ ]{{1,2}}{_PARTICLE}{_WORD}(?![A-Z0-9])){{0,5}}"
)
_CELL_WORD = r"[A-ZÀ-Þ](?:['’-]?[A-Za-zÀ-ÿ])*\.?"
_LABELLED = re.compile(
    rf"[:|][ \n]?[ ]*({_CELL_WORD}(?:[ ]{_CELL_WORD})?,[ ]{_CELL_WORD}(?:[ ]{_CELL_WORD}){{0,2}}"
    rf"|{_CELL_WORD}(?:[ ]{_PARTICLE}{_CELL_WORD}){{1,3}})(?![\w@])"
)
_LABEL = re.compile(
    r"(?:\b(?:name|patient|contact|holder|beneficiary|payee|payer|recipient|sender|attn"
    r"|attention|from|to|cc|signed|signed by|agent|physician|applicant"
    r"|bill to|ship to|prepared by|author|witness|guardian|spouse|driver|insured|tenant|landlord"
    r"|customer|client|employee)|姓名|联系人|客户|收件人|患者)[ ]?$",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?:\b(?:my name is|this is|i am|i'm|my name's|named|called|dear|hi|hello|hey|thanks,|c/o"
    r"|ask for|spoke (?:with|to)|contact)[ ]"
    r"|\b(?:regards|sincerely|best(?: wishes)?|cheers|thanks|thank you|yours(?: truly)?"
    r"|respectfully),?[ ]*\n[ ]*)$",
    re.IGNORECASE,
)
_SAINTS = re.compile(
    r"(?:San|Santa|St\.?|Saint|Uncle|Aunt|Port|Fort|Mount|Lake|King|Queen|Café|Baby)[ ]$"
)
_CLEAR_SURNAMES = SURNAMES - WORDY_SURNAMES
_SYLLABLE = "|".join(sorted(SYLLABLES))
_PINYIN_GIVEN = re.compile(f"(?:{_SYLLABLE})(?:[-']?(?:{_SYLLABLE}))?")
_SURNAME_ENDING = re.compile(
    "(?:ova|sk[iy]|ska|[aeiou]nsk[iy]|sson|ssen|nsen|dsen|tsen|berg|stein|mann|poulos|akis|idis|"
    "escu|awa|moto|mura"
    "|rjee|kar|holm|quist|strom|gren|enko|chuk|ov|off|elli|etti|ini|ucci|czyk|wicz|ovic|ian|nwu|"
    "kwo|adze|shvili)$"
)
_INITIAL = re.compile(r"[A-Z]\.?")


def find_names(text: str) -> Iterator[Span]:
    """The English names of a text; spans may overlap.

    Args:
        text: Half-width text.
    """
    for found in _RUN.finditer(text):
        run = found[0]
        if " " in run:
            yield from _in_run(text, found.start(), run)
        elif run.lower() not in NOT_SURNAMES:
            yield from _announced(text, found.start(), [run])
    for found in _LABELLED.finditer(text):
        if _LABEL.search(text, max(0, found.start() - 24), found.start()):
            yield from _behind_label(found)


def _in_run(text: str, start: int, run: str) -> Iterator[Span]:
    """The name in a run of words with capitals that begins with a given name."""
    words = run.split(" ")
    offsets = _offsets(start, words)
    for at, word in enumerate(words[:-1]):
        low = word.lower().rstrip(".")
        if low in TITLES and low not in NOT_SURNAMES:
            yield from _titled(offsets[at + 1], words[at + 1 :])
            return
        if not _may_begin(word):
            continue
        last = _last(words, at)
        score = _score(words[at : last + 1], goes_on=last + 1 < len(words)) if last > at else 0.0
        if score and not _SAINTS.search(text, max(0, offsets[at] - 8), offsets[at]):
            yield offsets[at], offsets[last] + len(_bare(words[last])), score
            return
    first = next(
        (n for n, word in enumerate(words) if word.lower() not in NOT_SURNAMES), len(words)
    )
    if first < len(words):
        yield from _announced(text, offsets[first], words[first:])


def _titled(start: int, words: list[str]) -> Iterator[Span]:
    """The name behind a title."""
    last = _last(words, 0)
    if words[0].lower() in NOT_SURNAMES or _bare(words[0]).lower() in NOT_PEOPLE or not words[0]:
        return
    yield start, start + _length(words, last), 0.8


def _announced(text: str, start: int, words: list[str]) -> Iterator[Span]:
    """The name behind words that announce one; one word is enough if it is a known name."""
    before = text[max(0, start - 24) : start].rpartition(SEPARATOR)[2]
    previous = before.split()[-1].lower() if before.strip() else ""
    is_relative = previous.rstrip(",") in RELATIVES and previous[-1] in ",eirntdhmrswuxaygk"
    if not is_relative and not (previous in SAYS or before.endswith("\n")):
        return
    last = _last(words, 0)
    said = _SAID.search(before)
    if not (said or is_relative) or not (_is_known(words[0]) or (said and last and _says(said))):
        return
    yield start, start + _length(words, last), 0.75


def _says(said: re.Match[str]) -> bool:
    """Whether what stands before can announce nothing but a name."""
    return said[0].endswith("\n") or "name" in said[0].lower() or said[0].lower() == "dear "


def _behind_label(found: re.Match[str]) -> Iterator[Span]:
    """The name behind a label such as those of forms: surname first, or all in capitals, too."""
    words = found[1].split(" ")
    if words[-1].lower().rstrip(".") in ORGANISATION_WORDS:
        return
    if "," in found[1]:
        yield found.start(1), found.end(1), 0.85
    elif words[0].lower() not in NOT_SURNAMES:
        last = _last(words, 0)
        if last:
            yield found.start(1), found.start(1) + _length(words, last), 0.85


def _length(words: list[str], last: int) -> int:
    """Characters from the first word to the end of the last, its possessive left out."""
    return sum(map(len, words[:last])) + last + len(_bare(words[last]))


def _may_begin(word: str) -> bool:
    low = word.lower().rstrip(".")
    if low in GIVEN_NAMES or low in PINYIN_SURNAMES or low in SURNAMES:
        return True
    if _INITIAL.fullmatch(word):
        return word.endswith(".")
    return _is_given(low) or low not in NOT_SURNAMES


def _is_given(low: str) -> bool:
    """Whether it is a given name, or two with a dash between."""
    return low in GIVEN_NAMES or ("-" in low and low.partition("-")[0] in GIVEN_NAMES)


def _last(words: list[str], first: int) -> int:
    """The last word of the name that begins at a word."""
    last = first
    for place in range(first + 1, min(len(words), first + 5)):
        word = _bare(words[place])
        if (
            not word
            or word.lower().rstrip(".") in NOT_SURNAMES
            or words[place - 1].endswith(("'s", "’s"))
        ):
            break
        last = place
    while last > first and (
        words[last] in ("van", "de", "von", "I") or _INITIAL.fullmatch(words[last])
    ):
        last -= 1
    known = [n for n in range(first + 1, last + 1) if _is_surname(_bare(words[n]).lower())]
    return known[-1] if known else last


def _score(words: list[str], *, goes_on: bool) -> float:
    """How sure a name of several words is, 0 if it is none.

    Args:
        words: The name's words.
        goes_on: Whether further words with capitals follow, as they do in names of products.
    """
    first, surname = words[0].lower().rstrip("."), _bare(words[-1]).lower()
    if f"{first}_{surname}" in FAMOUS:
        return 0.0
    is_surname = _is_surname(surname)
    if _is_given(first):
        if is_surname:
            return 0.9
        is_clear = first not in WORDY_GIVEN_NAMES and len(surname) > 2
        return 0.7 if is_clear and not goes_on and len(words) < 4 else 0.0
    if _is_unheard(words, first, surname) and not goes_on:
        return 0.55
    if _INITIAL.fullmatch(words[0]):
        is_sure = is_surname or (len(words) > 2 and _INITIAL.fullmatch(words[1]))
        return 0.7 if is_sure and len(surname) > 2 else 0.0
    return 0.7 if len(words) == 2 and _is_pinyin(first, surname) else 0.0


def _is_unheard(words: list[str], first: str, surname: str) -> bool:
    """Whether a word that is in no list stands before a surname that is hardly anything else."""
    middle = words[1:-1]
    if len(middle) > 1 or any(
        not _INITIAL.fullmatch(w) and w.lower() not in GIVEN_NAMES for w in middle
    ):
        return False
    is_word = first in NOT_SURNAMES or len(first) < 3 or not first.isalpha()
    return not is_word and surname.partition("-")[0] in _CLEAR_SURNAMES


def _is_pinyin(first: str, last: str) -> bool:
    """Whether two words are a Chinese name in Latin letters, surname first or last."""
    return any(
        surname in PINYIN_SURNAMES and _PINYIN_GIVEN.fullmatch(given)
        for surname, given in ((first, last), (last, first))
    )


def _is_surname(low: str) -> bool:
    parts = low.replace("’", "'").split("-")
    if any(part in SURNAMES for part in parts) or low.startswith(("mc", "mac", "o'")):
        return True
    return len(low) > 5 and _SURNAME_ENDING.search(low) is not None


def _is_known(word: str) -> bool:
    low = _bare(word).lower()
    return low in GIVEN_NAMES or low in SURNAMES


def _bare(word: str) -> str:
    """The word without a possessive."""
    return word[:-2] if word.endswith(("'s", "’s")) else word


def _offsets(start: int, words: list[str]) -> list[int]:
    offsets = []
    for word in words:
        offsets.append(start)
        start += len(word) + 1
    return offsets
