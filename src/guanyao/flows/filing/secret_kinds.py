"""Secrets as they look in a text: private keys, tokens of services, passwords, connection strings.

Tokens of services have a form of their own. Others are told by a word before them (密码, password,
API key, ...), and by being no word of a language.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

FORMS: dict[str, re.Pattern[str]] = {
    name: re.compile(form)
    for name, form in {
        "private key": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
        "AWS key": r"\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16}\b",
        "Aliyun key": r"\bLTAI[A-Za-z0-9]{12,26}\b",
        "Tencent Cloud key": r"\bAKID[A-Za-z0-9]{13,40}\b",
        "Volcengine key": r"\bAKLT[A-Za-z0-9]{16,60}\b",
        "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})\b",
        "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
        "OpenAI-style key": r"\bsk-(?:[A-Za-z]{2,10}-)?[A-Za-z0-9_-]{20,200}\b",
        "Google key": r"\bAIza[A-Za-z0-9_-]{35}",
        "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}\b",
        "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        "Stripe key": r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b",
        "package registry token": r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})",
        "JWT": r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
        "connection string with a password": (
            r"\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s:/@\"'<>]{0,80}:[^\s:/@\"'<>]{1,200}@[^\s/]"
        ),
        "bearer token": r"(?i)\bbearer\s+[A-Za-z0-9._~+/-]{16,}=*",
    }.items()
}
"""Secrets that are told by their form."""

ASCII_RUN = r"[!-~]"
LABEL = re.compile(
    r"(?i)(?P<word>密\s{0,2}码|口\s{0,2}令|密\s{0,2}钥|私\s{0,2}钥|令\s{0,2}牌|授权码"
    r"|passphrase|password|passwd|\bpwd|api[ _-]?key|app[ _-]?(?:key|secret)"
    r"|access[ _-]?key(?:[ _-]?(?:id|secret))?|secret(?:[ _-]?(?:access[ _-]?)?key)?"
    r"|client[ _-]?secret|(?:auth|access|api|refresh)[ _-]?token|\btoken|credential)"
    r"[\"'”）)]{0,2}"
    r"(?P<sep>\s{0,3}(?:[:=：＝|\t]|为|是|\bis\b)[\s|\t]{0,4}[\"'“]?)"
    rf"(?P<value>{ASCII_RUN}{{6,300}})"
)
"""A word for a secret, a sign that the value follows, and a value."""
STRICT = ("password", "passwd", "pwd", "passphrase", "密码", "口令", "授权码")
NEAR = re.compile(
    r"(?i)密码|口令|密钥|私钥|令牌|凭证|授权码|pass(?:word|wd|phrase)|\bpwd\b|\btoken\b"
    r"|api[ _-]?key|access[ _-]?key|app[ _-]?secret|\bsecret\b|credential"
)
CANDIDATE = re.compile(r"(?<![A-Za-z0-9+/=_.-])[A-Za-z0-9+/=_-]{20,200}(?![A-Za-z0-9+/=_-])")
REACH = 60
"""Characters on either side of a word for a secret in which a random string counts as one."""
LEAST_BITS = 3.6
"""Bits per character, over the string's own letters, from which a string looks drawn by chance."""
HEX_DIGEST = re.compile(r"(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})")
NAME = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)(?:[_/+=.-]+(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+))*")
"""Words and numbers that are joined to a name."""
PLACEHOLDER = re.compile(
    r"(?i)[*x•._#-]{3,}|[<\[{$%(].*|.*[*]{3}.*|.*(?:placeholder|example|redacted|removed).*"
    r"|(?:none|null|true|false|required|optional|string|unknown|empty|default)\W*"
)
WORDS_HEAD = re.compile(
    r"(?i)密码|口令|密钥|私钥|令牌|授权码|password|passwd|\bpwd\b|api[ _-]?key|token|secret"
)


class Secret(NamedTuple):
    """A place in a text where a secret stands."""

    kind: str
    start: int
    end: int


def find_secrets(text: str, head: str = "") -> Iterator[Secret]:
    """The secrets in a text.

    Args:
        text: A line, a paragraph, a page, or a row of cells divided by tabs.
        head: The titles of the row's columns, divided as it is.
    """
    for kind, form in FORMS.items():
        for match in form.finditer(text):
            if kind != "connection string with a password" or not is_masked(match[0]):
                yield Secret(kind, *match.span())
    yield from _labelled(text)
    yield from _random(text)
    if head and WORDS_HEAD.search(head):
        yield from _under(text, head)


def is_masked(address: str) -> bool:
    """Whether the password of an address is only marked: `postgresql://user:***@host`."""
    word = address.partition("://")[2].partition(":")[2].rpartition("@")[0]
    return PLACEHOLDER.fullmatch(word) is not None


def _labelled(text: str) -> Iterator[Secret]:
    for match in LABEL.finditer(text):
        value = match["value"].rstrip("\"'”,;.)}]")
        if is_secret_value(value, match["word"], match["sep"]):
            start = match.start("value")
            yield Secret(_named(match["word"]), start, start + len(value))


def _named(word: str) -> str:
    is_password = any(name in "".join(word.lower().split()) for name in STRICT)
    return "password" if is_password else "key or token"


def is_secret_value(value: str, word: str, sep: str = ":") -> bool:
    """Whether what follows a word for a secret is one, and not a remark.

    Examples:
        >>> is_secret_value("Tr0ub4dor&3", "password"), is_secret_value("required", "password")
        (True, False)
    """
    if len(value) < 6 or PLACEHOLDER.fullmatch(value):
        return False
    kinds = sum(
        bool(re.search(form, value)) for form in ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]")
    )
    if _named(word) == "password":
        # In Chinese text a run of Latin letters after 密码 is no remark; in English it may be.
        return kinds >= 2 or not word.isascii() or "=" in sep
    return len(value) >= 12 and kinds >= 2 and not value.isdigit()


def _random(text: str) -> Iterator[Secret]:
    words = [match.span() for match in NEAR.finditer(text)]
    if not words:
        return
    for match in CANDIDATE.finditer(text):
        start, end = match.span()
        is_near = any(w_end >= start - REACH and w_start <= end + REACH for w_start, w_end in words)
        if is_near and looks_random(match[0]):
            yield Secret("random string near a word for a secret", start, end)


def looks_random(word: str) -> bool:
    """Whether a string looks drawn by chance, and is no digest, name or number.

    Examples:
        >>> looks_random("q7Zt0aVx93LmPw2RkY5u"), looks_random("guanyao_filing_manifest_one")
        (True, False)
    """
    if (
        HEX_DIGEST.fullmatch(word)
        or NAME.fullmatch(word)
        or not re.search("[0-9]", word)
        or not re.search("[a-zA-Z]", word)
    ):
        return False
    return entropy(word) >= LEAST_BITS


def entropy(word: str) -> float:
    """Bits per character, over how often each letter comes in the word.

    Reference: Shannon 1948, "A Mathematical Theory of Communication".
    """
    n = len(word)
    return -sum(c / n * math.log2(c / n) for c in Counter(word).values())


def _under(row: str, head: str) -> Iterator[Secret]:
    """Cells under a title that is a word for a secret."""
    sign = "\t" if "\t" in head else ","
    titles, at = head.split(sign), 0
    for n, cell in enumerate(row.split(sign)):
        value = cell.strip().strip("\"'")
        title = titles[n] if n < len(titles) else ""
        word = WORDS_HEAD.search(title)
        if word and value.isascii() and is_secret_value(value, word[0], "="):
            yield Secret(_named(word[0]), at, at + len(cell))
        at += len(cell) + 1
