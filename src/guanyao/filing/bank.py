"""A bank: a keyword library or a list of test questions, each entry once and of one kind.

What a bank holds is sensitive by nature. Its entries stand in its own file only; messages name
lines, records name digests and counts.
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Self, TypeAlias

from guanyao.errors import DataError
from guanyao.filing.bank_kinds import Kinds, Why
from guanyao.filing.bank_sheet import Row, Table, rows_of
from guanyao.filing.sheet_file import read_sheets
from guanyao.records.evidence import canonical

FORMAT = "guanyao.bank/1"
MAX_ENTRIES = 200_000
"""Rows of a list, its heads among them."""
MAX_TEXT = 4_000
MOST_CLASSES = 60
SHOWN = 8
ID_LENGTH = 16
ENTRY_FIELDS = ("id", "text", "kind", "first", "second")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
CHINESE = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
BLANK = re.compile(rf"(?<=[{CHINESE}])\s+|\s+(?=[{CHINESE}])")
CLASSES = ("first", "second", "class")
Places: TypeAlias = list[str]


def normal(text: str) -> str:
    """A text without differences of width, case and blanks: what entries are compared by.

    Blanks beside a Chinese character mean nothing; between other words, several are one.

    Examples:
        >>> normal("  示例 词　０００１ "), normal("Ｓample   Word")
        ('示例词0001', 'sample word')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    folded = INVISIBLE.sub("", folded)
    return BLANK.sub("", " ".join(folded.split()))


def entry_id(text: str) -> str:
    """What an entry is known by: "e", and the beginning of the SHA-256 of its normal form.

    The letter keeps programs for tables from taking it for a number.
    """
    return "e" + hashlib.sha256(normal(text).encode("utf-8", "replace")).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A keyword or a question.

    Args:
        id: What it is known by, see `entry_id`.
        text: As it was handed in, without blanks at the ends.
        kind: Its kind by the packs; "": it has none.
        first: Its upper class, as it was handed in.
        second: Its lower class.
    """

    id: str
    text: str
    kind: str = ""
    first: str = ""
    second: str = ""

    def to_json(self) -> dict[str, str]:
        """The entry as plain JSON."""
        return {name: getattr(self, name) for name in ENTRY_FIELDS}


@dataclass(frozen=True, kw_only=True)
class Bank:
    """A bank.

    Args:
        name: keyword, generated, refuse or non_refuse.
        entries: By their ids, so that the same entries make the same file.
    """

    name: str
    entries: tuple[Entry, ...]

    @cached_property
    def content(self) -> bytes:
        """The bank's file: one entry on each line, as canonical JSON."""
        return b"".join(canonical(entry.to_json()) + b"\n" for entry in self.entries)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bank's file."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def ids(self) -> tuple[str, ...]:
        """The entries' ids, in order: what samples are drawn from."""
        return tuple(entry.id for entry in self.entries)

    def counts(self) -> dict[str, int]:
        """Kind -> entries; those without a kind left out."""
        return dict(sorted(Counter(e.kind for e in self.entries if e.kind).items()))

    @property
    def n_unclassified(self) -> int:
        """Entries without a kind."""
        return sum(not entry.kind for entry in self.entries)

    def record(self, *, updated: date, created: datetime, version: str) -> dict[str, Any]:
        """Its coverage as evidence, `guanyao.bank/1`; never its entries.

        Args:
            updated: When the bank was last changed.
            created: When it was counted, with a time zone.
            version: Of this software.
        """
        return {
            "schema": FORMAT,
            "created": created.isoformat(),
            "bank": self.name,
            "updated": updated.isoformat(),
            "n_entries": len(self.entries),
            "n_unclassified": self.n_unclassified,
            "kinds": self.counts(),
            "bank_digest": self.digest,
            "tool": {"name": "guanyao", "version": version},
        }

    @classmethod
    def read(cls, content: bytes, name: str) -> Self:
        """The bank whose file this is.

        Raises:
            DataError: It is none ("bank.file").
        """
        try:
            lines = [json.loads(line) for line in content.splitlines()]
            return cls(name=name, entries=tuple(Entry(**line) for line in lines))
        except (ValueError, TypeError) as error:
            raise DataError(
                f"the file of the bank {name!r} is damaged",
                do="import the bank again",
                code="bank.file",
            ) from error


@dataclass(frozen=True, kw_only=True)
class UnknownClass:
    """A class that is no kind.

    Args:
        first: The upper class.
        second: The lower class.
        why: unknown, ambiguous or contradictory.
        n: How many entries bear it.
        nearest: The id and title of the kind that is called most like it; "" for none.
    """

    first: str
    second: str
    why: Why
    n: int
    nearest: str = ""

    @property
    def name(self) -> str:
        """Both classes."""
        return " / ".join(part[:40] for part in (self.first, self.second) if part)


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a list, in words that quote no entry."""

    text: str
    code: str


@dataclass(frozen=True)
class _Kind:
    words: str
    at: Sequence[str]
    code: str


@dataclass(kw_only=True)
class Faults:
    """What is wrong with a list, by line; no entry is ever quoted.

    Args:
        empty: Lines without an entry.
        too_long: Lines whose entry is too long.
        computed: Lines with a formula or an error where something must have been typed.
        exact: Pairs of lines with the same entry.
        alike: Pairs of lines whose entries differ only in width, case or blanks.
        torn: Of these, the pairs that are of different kinds.
        unclassified: Lines without a class.
        unknown: Classes that are no kind.
    """

    empty: Places = field(default_factory=list)
    too_long: Places = field(default_factory=list)
    computed: Places = field(default_factory=list)
    exact: list[tuple[str, str]] = field(default_factory=list)
    alike: list[tuple[str, str]] = field(default_factory=list)
    torn: list[tuple[str, str]] = field(default_factory=list)
    unclassified: Places = field(default_factory=list)
    unknown: list[UnknownClass] = field(default_factory=list)

    def n_without_kind(self) -> int:
        """How many entries have no kind."""
        return len(self.unclassified) + sum(found.n for found in self.unknown)

    def told(self, *, most: int = SHOWN) -> list["Fault"]:
        """Each fault in words; at most so many lines of each are named."""
        exact, alike, torn = (_pairs(pairs) for pairs in (self.exact, self.alike, self.torn))
        long = f"more than {MAX_TEXT:,} characters"
        every = (
            _Kind("no entry", self.empty, code="bank.empty_cell"),
            _Kind(long, self.too_long, code="bank.too_long"),
            _Kind("a formula or an error", self.computed, code="bank.formula"),
            _Kind("the same entry", exact, code="bank.duplicate"),
            _Kind("the same entry but for width, case or blanks", alike, code="bank.duplicate"),
            _Kind("the same entry with different classes", torn, code="bank.duplicate"),
            _Kind("no class", self.unclassified, code="bank.unclassified"),
        )
        told = [Fault(f"{k.words} in {_lines(k.at, most)}", code=k.code) for k in every if k.at]
        return told + [Fault(text, code="bank.unknown_class") for text in self._classes(most)]

    def _classes(self, most: int) -> list[str]:
        if not self.unknown:
            return []
        if len(self.unknown) > MOST_CLASSES:
            # So many are no classes: perhaps entries stand in the column, which nobody may quote.
            n, n_entries = len(self.unknown), sum(found.n for found in self.unknown)
            return [f"{n:,} different classes that are no kind, of {n_entries:,} entries; is that "
                    "the column of the classes?"]  # fmt: skip
        shown = [_told_class(found) for found in self.unknown[:most]]
        more = len(self.unknown) - len(shown)
        return ["classes that are no kind: " + "; ".join(shown) + (f"; {more} more" * bool(more))]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a list holds, and what is wrong with it.

    Args:
        bank: What would be imported.
        faults: What stands against it.
        n_rows: How many rows there were.
        left_out: Sheets that were not read.
    """

    bank: Bank
    faults: Faults
    n_rows: int
    left_out: tuple[str, ...] = ()

    def require(self, *, allow_unclassified: bool = False, drop_duplicates: bool = False) -> Bank:
        """The bank, when nothing stands against it.

        Args:
            allow_unclassified: Entries without a kind are kept and counted as such.
            drop_duplicates: Of entries that are the same and of one kind, the first is kept.

        Raises:
            DataError: Something does; all of it is named ("bank....").
        """
        faults = Faults(**vars(self.faults))
        if allow_unclassified:
            faults.unclassified, faults.unknown = [], []
        if drop_duplicates:
            faults.exact, faults.alike = [], []
        told = faults.told()
        if told:
            raise DataError(
                "nothing was imported: " + "; ".join(fault.text for fault in told),
                do=_do([fault.code for fault in told]),
                code=told[0].code,
            )
        if not self.bank.entries:
            raise DataError("the list has no entries", do="fill it in", code="bank.empty")
        return self.bank


def look(content: bytes, name: str, kinds: Kinds, *, part: str = "") -> Look:
    """What a file holds for a bank.

    Args:
        content: The file.
        name: Its name.
        kinds: The bank's kinds.
        part: The one sheet that is meant; "": all.

    Raises:
        DataError: It cannot be read ("sheet....") or has not the columns ("bank.columns").
    """
    sheets = read_sheets(content, name, max_rows=MAX_ENTRIES, part=part)
    needed = "keyword" if kinds.bank == "keyword" else "question"
    table = rows_of(sheets, name, needed=needed, wanted=CLASSES)
    return look_at(table, kinds, needed)


def look_at(table: Table, kinds: Kinds, needed: str) -> Look:
    """The same of rows that were read.

    Args:
        table: They.
        kinds: The bank's kinds.
        needed: The field of the entries.
    """
    faults = Faults()
    seen: dict[str, tuple[Row, Entry]] = {}
    unknown: Counter[tuple[str, str, Why]] = Counter()
    for row in table.rows:
        if not _is_usable(row, needed, faults):
            continue
        first, second = row.get("first"), row.get("second")
        found = kinds.find(first, second)
        text = row.get(needed)
        entry = Entry(id=entry_id(text), text=text, kind=found.kind, first=first, second=second)
        if entry.id in seen:
            _tell_double(faults, *seen[entry.id], row, entry)
            continue
        seen[entry.id] = row, entry
        if found.why == "empty":
            faults.unclassified.append(row.place)
        elif found.why:
            unknown[first, second, found.why] += 1
    faults.unknown = _unknown_classes(unknown, kinds)
    entries = sorted((entry for _, entry in seen.values()), key=lambda entry: entry.id)
    bank = Bank(name=kinds.bank, entries=tuple(entries))
    return Look(bank=bank, faults=faults, n_rows=len(table.rows), left_out=table.left_out)


def check_not_shrunk(old: Mapping[str, Any], bank: Bank) -> None:
    """See that a bank does not lose entries, in all or of a kind.

    Args:
        old: Its last coverage (`guanyao.bank/1`).
        bank: What it shall be.

    Raises:
        DataError: It does ("bank.shrank").
    """
    counts = {"": len(bank.entries), **bank.counts()}
    before = {"": old["n_entries"], **old["kinds"]}
    lost = {kind: n - counts.get(kind, 0) for kind, n in before.items() if n > counts.get(kind, 0)}
    if not lost:
        return
    told = [f"{n:,} of {kind}" if kind else f"{n:,} in all" for kind, n in lost.items()]
    raise DataError(
        f"the bank would lose entries: {', '.join(told[:SHOWN])}",
        allowed="a list that has not fewer than before",
        do="see that it is whole; if it is meant, give --allow-shrink",
        code="bank.shrank",
    )


def _is_usable(row: Row, needed: str, faults: Faults) -> bool:
    text = row.get(needed)
    if row.computed:
        faults.computed.append(row.place)
    elif not normal(text):
        faults.empty.append(row.place)
    elif len(text) > MAX_TEXT:
        faults.too_long.append(row.place)
    else:
        return True
    return False


def _tell_double(faults: Faults, first: Row, kept: Entry, row: Row, entry: Entry) -> None:
    pair = first.place, row.place
    if kept.kind != entry.kind:
        faults.torn.append(pair)
    elif kept.text == entry.text:
        faults.exact.append(pair)
    else:
        faults.alike.append(pair)


def _unknown_classes(found: Counter[tuple[str, str, Why]], kinds: Kinds) -> list[UnknownClass]:
    told = []
    for (first, second, why), n in found.most_common():
        near = kinds.nearest(second or first)
        nearest = f"{near.id} {near.title['zh']}" if near else ""
        told.append(UnknownClass(first=first, second=second, why=why, n=n, nearest=nearest))
    return told


def _told_class(found: UnknownClass) -> str:
    why = {"contradictory": ", its two classes contradict each other", "ambiguous": ", ambiguous"}
    near = f", nearest {found.nearest}" if found.nearest else ""
    return f"{found.name!r} ({found.n:,} entries{why.get(found.why, '')}{near})"


def _pairs(pairs: Iterable[tuple[str, str]]) -> Places:
    return [f"{a} and {b}" for a, b in pairs]


def _lines(places: Sequence[str], most: int) -> str:
    more = f" and {len(places) - most:,} more" if len(places) > most else ""
    return ("lines " if len(places) > 1 else "line ") + ", ".join(places[:most]) + more


def _do(codes: Collection[str]) -> str:
    helps = []
    if "bank.duplicate" in codes:
        helps.append("leave doubles out, or give --drop-duplicates")
    if "bank.unclassified" in codes or "bank.unknown_class" in codes:
        helps.append("name the class as the pack does, or give --allow-unclassified")
    if "bank.formula" in codes:
        helps.append("paste the values in place of formulas")
    return "; ".join(helps) or "mend these lines"
