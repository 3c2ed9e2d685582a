"""The kinds that entries of a bank are of, as the packs name them, and how classes map to them.

Which kinds there are, how many entries each must have and how old a bank may grow is read from the
checks of the packs. What a workbook calls a class is compared with the kind's id, its title and its
further names in `bank_classes.yaml`; nothing is guessed.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from guanyao.errors import ConfigError, UnknownNameError
from guanyao.filing.evidence_kinds import BANKS
from guanyao.filing.pack import Check, Clause, Fresh, Pack, Source, Text
from guanyao.filing.plain_yaml import parse

CLASSES = "bank_classes.yaml"
LEADING_ID = re.compile(
    r"\s*([A-Za-z]\.?\d+(?:\.\d+)*)(?![A-Za-z0-9])[\s、.,:：)）-]*(.*)", re.DOTALL
)
NUMBERING = re.compile(r"\s*(?:[(（]?\d{1,3}[)）.、:：]|[一二三四五六七八九十]{1,3}、|[①-⑳])\s*")
TITLE_HEAD = re.compile(r"(?:风险：|Risk: |附录 ?)")
TITLE_TAIL = re.compile(r"\s*[(（][^()（）]*[)）]\s*$")
SIGNS = {">=": 0, ">": 1}
Why: TypeAlias = Literal["", "empty", "unknown", "ambiguous", "contradictory"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of risk, or an aspect.

    Args:
        id: As the pack names it.
        title: By language.
        group: The id of its group; "" without one.
        group_title: By language.
        aliases: What else it is called.
    """

    id: str
    title: Text
    group: str = ""
    group_title: Text = field(default_factory=dict)
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return (self.id, *self.title.values(), *self.aliases)


@dataclass(frozen=True, kw_only=True)
class Minimum:
    """How many there must be, and where that stands.

    Args:
        least: How many.
        pack: The pack's id.
        clause: The clause's id.
        source: Where the number was found.
    """

    least: int
    pack: str
    clause: str
    source: Source


@dataclass(frozen=True)
class Found:
    """What became of the class of an entry: a kind, or why there is none."""

    kind: str = ""
    why: Why = ""


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """The kinds of one bank.

    Args:
        bank: The bank's name.
        kinds: By id, in the packs' order.
        minima: Kind -> how many entries it must have.
        least: How many entries the bank must have; None: no pack says.
        fresh: How old it may be, the clause of each.
    """

    bank: str
    kinds: Mapping[str, Kind]
    minima: Mapping[str, Minimum] = field(default_factory=dict)
    least: Minimum | None = None
    fresh: tuple[tuple[Fresh, str, str], ...] = ()

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        """Name -> the kinds that are called so."""
        names: dict[str, set[str]] = {}
        for kind in self.kinds.values():
            for name in kind.names:
                names.setdefault(plain_name(name), set()).add(kind.id)
        return names

    @cached_property
    def _groups(self) -> Mapping[str, set[str]]:
        """Name -> the groups that are called so."""
        groups: dict[str, set[str]] = {}
        for kind in self.kinds.values():
            for name in _group_names(kind):
                groups.setdefault(plain_name(name), set()).add(kind.group)
        return groups

    def find(self, first: str, second: str) -> Found:
        """The kind of an entry by what its two classes are called.

        Args:
            first: The upper class; "": it has none.
            second: The lower class; "": it has none.
        """
        if not first.strip() and not second.strip():
            return Found(why="empty")
        found = self._called(second) or self._called(first)
        if not found:
            return Found(why="unknown")
        if second.strip() and (groups := self._group_of(first)):
            found = {id for id in found if self.kinds[id].group in groups}
            if not found:
                return Found(why="contradictory")
        return Found(min(found)) if len(found) == 1 else Found(why="ambiguous")

    def nearest(self, name: str) -> Kind | None:
        """The kind that is called most like it; None if none is near."""
        near = get_close_matches(plain_name(name), list(self._names), n=1, cutoff=0.3)
        return self.kinds[min(self._names[near[0]])] if near else None

    def _called(self, name: str) -> set[str]:
        """The kinds of a name; with an id before it, that which both say."""
        names = self._names
        if exact := names.get(plain_name(name)):
            return set(exact)
        if by_id := LEADING_ID.fullmatch(unicodedata.normalize("NFKC", name)):
            id, rest = (plain_name(part) for part in by_id.groups())
            numbered = names.get(id, set())
            return numbered & names.get(rest, numbered)
        bare, n_cut = NUMBERING.subn("", name, count=1)
        return set(names.get(plain_name(bare), ())) if n_cut else set()

    def _group_of(self, name: str) -> set[str]:
        groups = self._groups
        plain = plain_name(TITLE_TAIL.sub("", NUMBERING.sub("", name, count=1)))
        if plain in groups:
            return groups[plain]
        by_id = LEADING_ID.fullmatch(unicodedata.normalize("NFKC", name))
        return groups.get(plain_name(by_id[1]), set()) if by_id else set()


def kinds_of(bank: str, packs: Iterable[Pack]) -> Kinds:
    """The kinds, minima and ages of a bank by all packs that speak of it; the stricter counts.

    Args:
        bank: keyword, generated, refuse or non_refuse.
        packs: The active packs.

    Raises:
        UnknownNameError: There is no such bank ("unknown_name.bank").
        ConfigError: No pack says of which kinds its entries are ("bank.kinds").
    """
    check_bank(bank)
    kinds: dict[str, Kind] = {}
    minima: dict[str, Minimum] = {}
    fresh = []
    for pack in packs:
        asked = [(clause, check) for clause in pack.clauses for check in _own(bank, clause)]
        kinds = {**_kinds_asked(pack, {_part(check) for _, check in asked}), **kinds}
        for clause, check in asked:
            _tighten(minima, _part(check), check, pack.id, clause.id)
        fresh += [
            (rule, pack.id, clause.id)
            for clause in pack.clauses
            for rule in clause.fresh
            if rule.evidence == f"bank.{bank}"
        ]
    if not kinds:
        raise ConfigError(
            f"no active pack says of which kinds the entries of the bank {bank!r} are",
            do="name a pack that does, e.g. cn-gbt45654-2025",
            code="bank.kinds",
        )
    least = minima.pop("", None)
    return Kinds(bank=bank, kinds=kinds, minima=minima, least=least, fresh=tuple(fresh))


def check_bank(name: str) -> str:
    """The name, when there is such a bank.

    Raises:
        UnknownNameError: There is none ("unknown_name.bank").
    """
    if name in BANKS:
        return name
    near = get_close_matches(name, BANKS, n=1)
    raise UnknownNameError(
        f"there is no bank {name[:40]!r}",
        allowed="banks: " + ", ".join(BANKS),
        do=f"did you mean {near[0]!r}?" if near else "",
        code="unknown_name.bank",
    )


def plain_name(name: str) -> str:
    """A name without blanks, punctuation, width and case, to compare names by.

    Examples:
        >>> plain_name(" Ａ.1 信仰（歧视）")
        'a1信仰歧视'
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum())


def _own(bank: str, clause: Clause) -> Iterator[Check]:
    """The checks of a clause that ask for so many entries, in all or of a kind."""
    heads = (f"bank.{bank}.n_entries", f"bank.{bank}.kind.")
    for check in clause.checks:
        if check.measure.startswith(heads) and check.sign in SIGNS:
            yield check


def _part(check: Check) -> str:
    """The kind that a check is about; "" for all entries."""
    return check.measure.partition(".kind.")[2]


def _tighten(minima: dict[str, Minimum], kind: str, check: Check, pack: str, clause: str) -> None:
    least = math.ceil(check.threshold)
    least += SIGNS[check.sign] if least == check.threshold else 0
    if kind not in minima or minima[kind].least < least:
        minima[kind] = Minimum(least=least, pack=pack, clause=clause, source=check.source)


def _kinds_asked(pack: Pack, asked: set[str]) -> dict[str, Kind]:
    """The kinds that are asked for; with kinds of risk among them, all kinds of risk."""
    lists = [ids for ids in pack.kinds.values() if asked & set(ids)]
    if any(_is_risk(pack, ids) for ids in lists):
        lists = [ids for ids in pack.kinds.values() if _is_risk(pack, ids) or ids in lists]
    ids = dict.fromkeys(id for ids in lists for id in ids)
    ids |= dict.fromkeys(sorted(asked - set(ids) - {""}))
    return {id: _kind(pack, id) for id in ids}


def _is_risk(pack: Pack, ids: Sequence[str]) -> bool:
    return any(pack.clause(id) for id in ids)


def _kind(pack: Pack, id: str) -> Kind:
    clause = pack.clause(id)
    named = _classes()["kinds"].get(id, {})
    titles = clause.title if clause else named.get("title", {"zh": id, "en": id})
    group = clause.group if clause else ""
    return Kind(
        id=id,
        title={language: TITLE_HEAD.sub("", title) for language, title in titles.items()},
        group=group,
        group_title=pack.groups.get(group, {}),
        aliases=tuple(named.get("aliases", ())),
    )


def _group_names(kind: Kind) -> Iterator[str]:
    if kind.group:
        yield kind.group
        yield from _classes()["groups"].get(kind.group, ())
        for title in kind.group_title.values():
            yield title
            bare = TITLE_TAIL.sub("", TITLE_HEAD.sub("", title))
            yield bare
            if by_id := LEADING_ID.fullmatch(bare):
                yield by_id[2]


@cache
def _classes() -> Mapping[str, Any]:
    text = files("guanyao.filing").joinpath(CLASSES).read_text(encoding="utf-8")
    found: Mapping[str, Any] = parse(text, name=CLASSES, what="names", code="bank.kinds")
    return found
