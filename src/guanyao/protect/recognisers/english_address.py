"""English addresses: number, street, flat, town and postcode; post-office boxes."""

import re
from collections.abc import Iterator
from typing import TypeAlias

Span: TypeAlias = tuple[int, int, float]

_SUFFIX = (
    "Street|St|Str|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Drive|Dr|Lane|Ln|Court|Ct|Place|Pl|Way|"
    "Terrace|Ter|Circle|Cir|Parkway|Pkwy"
    "|Highway|Hwy|Square|Sq|Close|Crescent|Cres|Grove|Gardens|Gdns|Mews|Row|Trail|Trl|Turnpike|"
    "Plaza|Loop|Alley|Hill|Walk|Quay|Wharf|Green|Pike|Path"
)
_STATE = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|"
    "T[NX]|UT|V[AT]|W[AIVY]"
    "|Alabama|Alaska|Arizona|California|Colorado|Florida|Georgia|Illinois|Indiana|Kansas|"
    "Michigan|Minnesota|New York|New Jersey|Ohio|Oregon"
    "|Pennsylvania|Texas|Utah|Virginia|Washington|Wisconsin|ON|BC|QC|AB|NSW|VIC|QLD"
)
_UK_CODE = r"[A-Z]{1,2}[0-9OIlSBZ][0-9A-Zl]?[ ]?[0-9OIlSBZ][A-Z0-9]{2}"
_DIGIT = "[0-9OolISBZ]"
_ZIP = (
    rf"[0-9]{_DIGIT}{{4}}(?:-{_DIGIT}{{4}})?|[OlISBZ][0-9]{_DIGIT}{{3}}|{_UK_CODE}"
    rf"|[A-Z][0-9][A-Z][ ]?[0-9][A-Z][0-9]"
)
_WORD = r"[A-Z0-9][A-Za-z0-9'’.-]*"
_CITY = r"[A-Z][A-Za-z.'’-]+(?:[ ]+[A-Z][A-Za-z.'’-]+){0,3}"
_GAP = r"(?:,[ ]*\n?|[ ]*\n|[ ]{1,3})[ ]*"
_TAIL = (
    rf"(?:{_GAP}(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|#)\.?[ ]*"
    r"#?[A-Za-z0-9-]{1,6}\b)?"
    rf"(?:{_GAP}{_CITY}(?:{_GAP}(?:{_STATE})\b)?(?:{_GAP}(?:{_ZIP})\b)"
    rf"|{_GAP}{_CITY},[ ]*(?:{_STATE})\b)?"
    r"(?:,?[ ]+(?:USA|U\.S\.A\.|UK|United Kingdom|Canada))?"
)
_STREET = re.compile(
    # The character before is looked at behind the first one: so the search can skip to digits.
    rf"[0-9lIOSBZ](?<![A-Za-z0-9_.$£€/-].)(?:(?<=[0-9])|(?=[0-9])){_DIGIT}{{0,5}}[A-Za-z]?"
    r"(?:[-/][0-9]{1,5})?,?[ ]{1,3}"
    rf"(?:(?:[NSEW]{{1,2}}\.?|North|South|East|West)[ ]{{1,3}})?(?:{_WORD}[ ]{{1,3}}){{1,4}}?"
    rf"(?:{_SUFFIX})\b(?![ ](?:of|for)\b)(?!(?<=Way)[ ]to\b)"
    r"(?:\.(?=[ ]{0,3},|[ ]{1,3}[A-Z#]|\n))?"
    rf"(?:[ ](?:[NSEW]{{1,2}}|North|South|East|West)\b)?{_TAIL}"
)
_FLAT = re.compile(r"(?:Flat|Apt|Unit|Suite|Room)\.?[ ]?(?:\w{1,4},[ ]*)?$")
_CODE = re.compile(r"[0-9]{5}(?<=[A-Za-z.,][ ].....)(?![0-9])")
_LOWER = re.compile(
    rf"(?<![\w.$£€/-])[0-9]{{1,5}}[ ][a-z][a-z0-9 .'-]{{2,30}}?[ ](?:{_SUFFIX})\b\.?,?[ ][a-z .'-"
    rf"]{{2,30}},?[ ](?:{_STATE})\.?,?[ ][0-9]{{5}}(?:-[0-9]{{4}})?\b",
    re.IGNORECASE,
)
_BOX = re.compile(rf"\b[Pp]\.?[ ]?[Oo]\.?[ ]?[Bb]ox[ ]+[0-9]{_DIGIT}{{0,6}}\b{_TAIL}")
_UNITS = re.compile(r"[0-9 ](?:oz|lb|lbs|pack|cup|cups|ounce|Oz|Pack|Count|Bars|Bags)\b")
_PLACE_LINE = re.compile(rf"\b{_CITY},[ ]+(?:{_STATE})[ ]+[0-9]{{5}}(?:-[0-9]{{4}})?\b")


def find_addresses(text: str) -> Iterator[Span]:
    """The English addresses of a text; spans may overlap.

    Args:
        text: Half-width text.
    """
    for found in _STREET.finditer(text):
        if not _UNITS.search(found[0]):
            flat = _FLAT.search(text, max(0, found.start() - 14), found.start())
            yield (flat or found).start(), found.end(), 0.85
    yield from ((m.start(), m.end(), 0.9) for m in _BOX.finditer(text))
    yield from _coded(text)


def _coded(text: str) -> Iterator[Span]:
    """Addresses that a state and its postcode tell: in small letters, or a town alone."""
    for code in _CODE.finditer(text):
        least, end = max(0, code.start() - 70), min(len(text), code.end() + 5)
        for pattern, score in ((_LOWER, 0.7), (_PLACE_LINE, 0.6)):
            if found := pattern.search(text, least, end):
                yield found.start(), found.end(), score
