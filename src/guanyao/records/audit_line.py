"""One line of the audit chain: what it holds, what may stand in it, and how it is hashed.

A line is canonical JSON (`guanyao.records.evidence.canonical`) of its number, time, act, outcome,
who did it in which role, whom it concerned (a salted digest), what it touched, some facts, an error
code, and the hash of the line before; its own hash is taken over exactly those bytes. Lines can
never be changed or taken out again, so nothing may enter that a person could ask to have erased:
facts are numbers, truth values, short codes, digests and names of columns.

Reference: Haber, Stornetta 1991, "How to time-stamp a digital document" (linking); SM3: GB/T
32905-2016.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from guanyao.errors import ConfigError, PrivacyError
from guanyao.records.evidence import canonical

FORMAT = "guanyao.audit/1"
OUTCOMES = ("done", "refused", "failed")
MAX_TEXT = 200
MAX_LIST = 1_000

LARGE = 10**9
"""Numbers from here on may be somebody's number; only counts and sizes may be as large."""

CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:+/ -]{0,79}")
DIGEST = re.compile(r"(?:[a-z_0-9-]{1,20}:)?[0-9a-f]{16,128}")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(r"(?:\d[ -]*){6}")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
ACT = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
SIZE = re.compile(r"n_\w+|(?:\w+_)?(?:bytes|rows)")
TEXTS = ("reason", "columns")
"""Facts that may be words: why a person did it, and names of columns."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is to be recorded.

    Args:
        act: What was done, e.g. "run" or "vault.put".
        outcome: done, refused (a privacy promise stood against it) or failed.
        who: Who did it, as they call themselves.
        role: In which role.
        subject: Whom it concerned: a salted digest, never an id.
        object: What it touched: "kind:reference", a digest or a code; never a path.
        facts: Numbers, truth values, codes, digests; `reason` may be a sentence, `columns` names.
        code: The error code of what was refused or failed.

    Raises:
        ConfigError: The act or the outcome is none.
        PrivacyError: Something in it may be a personal value.
    """

    act: str
    outcome: str = "done"
    who: str | None = None
    role: str | None = None
    subject: str | None = None
    object: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""

    def __post_init__(self) -> None:
        """See that nothing enters that could not stay for ever."""
        if not ACT.fullmatch(self.act) or self.outcome not in OUTCOMES:
            raise ConfigError(
                "an act or its outcome cannot be recorded under that name",
                allowed="an act of lower-case letters; done, refused or failed",
                code="audit.act",
            )
        for name in ("who", "role"):
            _check(name, _is_label(getattr(self, name)))
        is_digest = self.subject is None or (len(self.subject) >= 32 and is_code(self.subject))
        _check("subject", is_digest)
        _check("object", not self.object or is_code(self.object))
        _check("code", not self.code or ACT.fullmatch(self.code) is not None)
        _check_facts(self.facts)

    def plus(self, facts: Mapping[str, Any]) -> "Entry":
        """The entry with more facts; only these are looked at.

        Raises:
            PrivacyError: One of them may be a personal value.
        """
        _check_facts(facts)
        made = object.__new__(Entry)
        made.__dict__.update(self.__dict__, facts={**self.facts, **facts})
        return made

    def content(self, seq: int, time: str, prev: str) -> dict[str, Any]:
        """Everything that the line's hash is taken over.

        Args:
            seq: The line's number, from 1.
            time: When, as `2026-11-22T07:35:12.000000+00:00`.
            prev: The hash of the line before; for the first, that of the chain's beginning.
        """
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return {**own, "facts": dict(self.facts), "seq": seq, "time": time, "prev": prev}


@dataclass(frozen=True, kw_only=True)
class Line(Entry):
    """A line as it stands in the chain."""

    seq: int = 0
    time: str = ""
    prev: str = ""
    hash: str = ""

    def __post_init__(self) -> None:
        """What stands there was checked when it was written."""

    def to_json(self) -> dict[str, Any]:
        """The line as plain JSON, its hash included."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def parse(cls, content: str, hash: str) -> "Line":
        """The line of these stored texts."""
        return cls(**json.loads(content), hash=hash)


FIELDS = {f.name for f in fields(Line)} - {"hash"}
"""What the content of a line is made of."""


def _check_facts(facts: Mapping[str, Any]) -> None:
    for key, value in facts.items():
        _check("a fact's name", isinstance(key, str) and KEY.fullmatch(key) is not None)
        _check(f"the fact {key!r}", is_allowed(key, value))


def is_allowed(key: str, value: object) -> bool:
    """Whether a fact may stand in the chain.

    Examples:
        >>> is_allowed("n_rows", 20), is_allowed("model", "trees"), is_allowed("x", 15412345678)
        (True, True, False)
    """
    if isinstance(value, Mapping):
        both = (is_text(str(k)) and is_allowed("", v) for k, v in value.items())
        return key == "columns" and len(value) <= MAX_LIST and all(both)
    if isinstance(value, list | tuple):
        plain = not any(isinstance(item, list | tuple | Mapping) for item in value)
        return plain and len(value) <= MAX_LIST and all(is_allowed(key, item) for item in value)
    if isinstance(value, str):
        is_run = key == "run" and DIGEST.fullmatch(value) is not None
        return is_run or is_code(value) or (key in TEXTS and is_text(value))
    return _is_small(key, value)


def _is_small(key: str, value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return abs(value) < LARGE or (SIZE.fullmatch(key) is not None and abs(value) < 2**53)


def is_code(value: str) -> bool:
    """Whether a text is a digest, a date or a short code without a long number in it.

    Examples:
        >>> is_code("privacy.model_retired"), is_code("6299 9000 0000 0000"), is_code("王")
        (True, False, False)
    """
    if DIGEST.fullmatch(value):
        digits = value.rpartition(":")[2]
        return len(digits) >= 32 or not digits.isdigit()
    is_plain = CODE.fullmatch(value) is not None and not NUMBER.search(value)
    return value == "" or is_plain or DATE.fullmatch(value) is not None


def is_text(value: str) -> bool:
    """Whether a text is short, of one line, and holds no long number and no address."""
    return _is_label(value) and not NUMBER.search(value) and "@" not in value


def _is_label(value: str | None) -> bool:
    return value is None or (value.isprintable() and len(value) <= MAX_TEXT)


def _check(what: str, is_right: bool) -> None:
    if not is_right:
        raise PrivacyError(
            f"{what} would not be fit for the audit chain, which nobody can erase from",
            allowed="numbers, short codes, digests, names of columns; a reason of one short line "
            "without numbers of persons",
            code="privacy.audit",
        )


def hasher(name: str) -> Callable[[bytes], str]:
    """The hash function of this name, in hexadecimal.

    Raises:
        ConfigError: There is none of that name.
    """
    if name == "sha256":
        return lambda data: hashlib.sha256(data).hexdigest()
    if name == "sm3":
        return _sm3
    raise ConfigError(
        f"there is no hash {name!r}", allowed="allowed: sha256, sm3", code="audit.hash"
    )


def _sm3(data: bytes) -> str:
    from cryptography.hazmat.primitives import hashes

    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize().hex()


def genesis(chain: str, hash: str, created: str) -> str:
    """The text that a chain begins with; the first line carries its hash as `prev`."""
    record = {"format": FORMAT, "chain": chain, "hash": hash, "created": created}
    return canonical(record).decode("utf-8")
