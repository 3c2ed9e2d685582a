"""E-mail addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from guanyao.protect.fold import Folded
from guanyao.protect.recogniser import Span, is_named, words

LOCAL = re.compile(r"[A-Za-z0-9._%+'-]{1,64}$")
EDGES = "._%+'-"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?+"
DOMAIN = re.compile(rf"[ ]?({LABEL}(?:(?:\.|[ ]\.[ ]){LABEL}){{1,6}}+)")
SIGN = re.compile(r"@|[ ]?[\[({<](?:at|AT|@)[\])}>][ ]?")
DOT = re.compile(r"[ ]?[\[({](?:dot|DOT|\.)[\])}][ ]?")
FILES = frozenset(
    (
        *("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "html", "htm", "php", "py"),
        *("txt", "pdf", "zip", "json", "xml", "jsx", "tsx"),
    )
)
"""Endings of files, which follow names such as icon@2x."""
NAMED = words("邮箱|邮件|电邮|信箱", "e-?mail|mail|contact")
TELLING = re.compile(r"[0-9._-]")
MOST_LOCAL = 65


@dataclass(frozen=True)
class Email:
    """Finds e-mail addresses, also with blanks around the signs or `[at]` and `[dot]`.

    Reference: RFC 5321, section 4.1.2 (the plain form of mailboxes).
    """

    kind: str = "email"
    needs: str = "@|[at]|(at)|[AT]"

    def find(self, text: Folded) -> Iterator[Span]:
        """Addresses whose domain has a dot and ends in letters."""
        for sign in SIGN.finditer(text.text):
            start = self._start(text.text, sign.start())
            end = self._end(text.text, sign.end()) if start < sign.start() else 0
            if end and self._is_meant(text.text, start, sign):
                yield start, end, 0.96

    def _is_meant(self, text: str, start: int, sign: re.Match[str]) -> bool:
        """Whether it is an address: `this @ shop` is none."""
        is_apart = text[sign.start() - 1] == " "
        is_telling = TELLING.search(text, start, sign.start()) is not None
        return not is_apart or is_telling or is_named(text, start, sign.end(), NAMED)

    def _start(self, text: str, sign: int) -> int:
        """Where the part before the sign starts; the sign's place if there is none."""
        place = sign - (text[max(0, sign - 1) : sign] == " ")
        before = text[max(0, place - MOST_LOCAL) : place]
        local = LOCAL.search(before)
        if not local or not any(map(str.isalnum, local[0])):
            return sign
        return place - len(local[0].lstrip(EDGES))

    def _end(self, text: str, start: int) -> int:
        """Where the domain after the sign ends; 0 if there is none."""
        piece = text[start : start + 300]
        if "dot" in piece or "DOT" in piece or "[.]" in piece:
            piece = DOT.sub(lambda match: ".".ljust(len(match[0]), "\x00"), piece).rstrip("\x00")
            return self._end_spelled(piece, start)
        domain = DOMAIN.match(piece)
        while domain:
            names = [name.strip() for name in domain[1].split(".")]
            if self._is_ending(*names[-2:]):
                return start + domain.end()
            domain = DOMAIN.match(piece[: domain.end() - len(domain[1].rsplit(".", 1)[1]) - 1])
        return 0

    def _end_spelled(self, piece: str, start: int) -> int:
        plain = [(place, c) for place, c in enumerate(piece) if c != "\x00"]
        domain = DOMAIN.match("".join(c for _, c in plain))
        if not domain or not self._is_ending(*domain[1].replace(" ", "").split(".")[-2:]):
            return 0
        return start + plain[domain.end() - 1][0] + 1

    def _is_ending(self, before: str, name: str) -> bool:
        """Whether a domain ends in this name: not the first word of the next sentence."""
        is_word = name.istitle() and not before.istitle()
        return len(name) >= 2 and name.isalpha() and name.lower() not in FILES and not is_word


EMAIL = Email()
