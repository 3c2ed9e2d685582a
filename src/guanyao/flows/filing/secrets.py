"""Looks for secrets and raw personal data in what is about to leave: G10 rests on it.

What is found is told by place and kind, never by value. A file that cannot be looked into counts as
a finding, because it could hide anything; a page or picture without text does not, and is told by
`look(...).unread`, so that a person vouches for it.

Limits, to be said wherever the answer is shown: text in pictures is not read; names of persons are
found only where a title or a label tells them; a secret without a form and without a word for one
beside it is not told from a code.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from guanyao.flows.filing.secret_kinds import find_secrets, is_masked
from guanyao.flows.filing.text import Piece, Reading, read
from guanyao.protect import find_texts
from guanyao.protect.byte_scan import is_telling
from guanyao.protect.fold import Folded
from guanyao.protect.kinds import KINDS

NOT_OF_A_PERSON = (
    "organisation", "credit_code", "postcode", "birth_date", "coordinates", "ip_address",
    "mac_address", "vin",
)  # fmt: skip
"""Kinds that a dossier states of organisations, days, places and machines."""
MACHINE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{128}|[0-9a-f]{96}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?)(?![0-9A-Za-z])"
)
"""Digests and moments: long numbers that are nobody's."""
NEVER_ASKED = (
    "resident_id", "bank_card", "passport", "hk_macau_permit", "taiwan_permit", "foreign_permit",
    "military_id", "medical_record", "social_security", "iban", "us_ssn",
)  # fmt: skip
"""Kinds that no document is asked to state, whatever was answered."""
LEAST_SCORE = {"person_name": 0.75, "address": 0.75}
"""How sure a finding must be: names and addresses look like other words."""
SURE = 0.6
MOST = 20
"""How many findings of one file are told."""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What looking into a file found.

    Args:
        findings: Each with its place and kind.
        unread: What has no text for a machine.
    """

    findings: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def scan(
    content: bytes,
    name: str,
    allowed: Iterable[str] = (),
    *,
    raw: Collection[str] = (),
) -> list[str]:
    """Where secrets and raw personal data stand in a file.

    Args:
        content: The file.
        name: What it is called in the findings.
        allowed: Texts that this file is asked to state (the contact's phone in the application
            form); personal data that stands in one of them is no finding. Secrets always are.
        raw: Values of identifier columns of the training data; any of them is a finding.

    Returns:
        "NAME, PLACE: KIND", never a value; [] if there is none.
    """
    return look(content, name, allowed, raw=raw).findings


def look(
    content: bytes,
    name: str,
    allowed: Iterable[str] = (),
    *,
    raw: Collection[str] = (),
) -> Looked:
    """The same, and what could not be read."""
    told, own = _told(name)
    reading = read(content)
    found = [*own, *_findings(reading, Allowed(allowed), raw)]
    told_of = [f"{told}, {item}" for item in found]
    told_of += [f"{told} cannot be looked into ({why})" for why in reading.closed]
    return Looked(
        findings=_shortened(list(dict.fromkeys(told_of)), told),
        unread=reading.unread,
    )


def _told(name: str) -> tuple[str, list[str]]:
    """How a file is called in findings, and what its name itself gives away."""
    own = [f"in its name: {kind}" for kind in _kinds_in(name)]
    return ("a file" if own else name), own


def _kinds_in(text: str) -> list[str]:
    secrets = [secret.kind for secret in find_secrets(text)]
    found = find_texts([_blanked(text)])[0]
    return [*secrets, *(_title(f.kind) for f in found if _counts(f.kind, f.score))]


def _shortened(found: list[str], name: str) -> list[str]:
    if len(found) <= MOST:
        return found
    return [*found[:MOST], f"{name}: {len(found) - MOST} more places"]


class Allowed:
    """Personal data that a file is asked to state.

    Args:
        texts: What was answered to the questions that the file answers.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Bring the texts to the form in which they are compared."""
        self._texts = [_bare(text) for text in texts if text]

    def covers(self, value: str) -> bool:
        """Whether a value stands in one of the texts."""
        bare = _bare(value)
        return bool(bare) and any(bare in text for text in self._texts)


def _bare(text: str) -> str:
    """A text without what numbers and names are divided by, in half width and small letters."""
    return "".join(c for c in Folded(text).text.casefold() if c.isalnum() or c in "@.")


def _findings(reading: Reading, allowed: Allowed, raw: Collection[str]) -> Iterator[str]:
    values = _telling(raw)
    found = find_texts([_blanked(piece.text) for piece in reading.pieces])
    seen: set[tuple[str, str]] = set()
    for piece, persons in zip(reading.pieces, found, strict=True):
        spans = [(s.kind, s.start, s.end) for s in find_secrets(piece.text, piece.head)]
        spans += [
            (_title(f.kind), f.start, f.end)
            for f in persons
            if _counts(f.kind, f.score)
            and not _is_fine(f.kind, piece.text[f.start : f.end], allowed)
        ]
        spans += _raw_spans(piece, values)
        for kind, start, end in spans:
            mark = (
                kind,
                hashlib.sha256(piece.text[start:end].encode("utf-8", "replace")).hexdigest(),
            )
            if mark not in seen:
                seen.add(mark)
                yield f"{piece.place}: {kind}"


def _is_fine(kind: str, value: str, allowed: Allowed) -> bool:
    if kind in NEVER_ASKED:
        return False
    return allowed.covers(value) or ("://" in value and is_masked(value))


def _blanked(text: str) -> str:
    return MACHINE.sub(lambda match: "#" * len(match[0]), text)


def _counts(kind: str, score: float) -> bool:
    return kind not in NOT_OF_A_PERSON and score >= LEAST_SCORE.get(kind, SURE)


def _title(kind: str) -> str:
    return KINDS[kind].title


def _telling(raw: Collection[str]) -> frozenset[str]:
    """The values that are not found by chance."""
    return frozenset(value.strip() for value in raw if is_telling(value.strip()))


def _raw_spans(piece: Piece, values: frozenset[str]) -> list[tuple[str, int, int]]:
    """Whole words and cells that are a value of the training data."""
    if not values:
        return []
    spans, at = [], 0
    for cell in piece.text.replace("\n", "\t").split("\t"):
        words = [(at, cell), *_words(cell, at)]
        spans += [
            ("a value of the training data", start, start + len(word))
            for start, word in words
            if word.strip() in values
        ]
        at += len(cell) + 1
    return spans


def _words(cell: str, at: int) -> Iterator[tuple[int, str]]:
    start = at
    for word in cell.split(" "):
        for part in word.replace("，", ",").replace("：", ":").replace(":", ",").split(","):
            yield start, part
            start += len(part) + 1
