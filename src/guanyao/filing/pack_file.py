"""Reads rule packs strictly: a broken one names the file, the clause and the field."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from guanyao.errors import ConfigError
from guanyao.filing import PACKS
from guanyao.filing.evidence_kinds import answering, is_known
from guanyao.filing.expression import Expression
from guanyao.filing.expression import parse as parse_expression
from guanyao.filing.measured import SIGNS
from guanyao.filing.pack import (
    MARKS,
    Check,
    Clause,
    Fresh,
    Pack,
    Seen,
    Source,
    Text,
)
from guanyao.filing.plain_yaml import parse, read_text
from guanyao.filing.service import FACT_TYPES, FACTS, Fact
from guanyao.records.evidence import canonical

FORMAT = "guanyao.pack/1"
MAX_CLAUSES = 2000
MAX_TEXT = 4000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")
FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
PACK_FIELDS = (
    *("pack", "id", "version", "title", "source", "effective", "replaces", "note", "groups"),
    *("kinds", "facts", "documents", "clauses"),
)
CLAUSE_FIELDS = (
    *("id", "group", "title", "text", "source", "applies_when", "otherwise", "checks"),
    *("evidence_kinds", "fresh", "severity", "judged"),
)
CHECK_FIELDS = ("measure", "for_each", "compare", "threshold", "unit", "source")
FRESH_FIELDS = ("evidence", "within", "unit", "source")
SOURCE_FIELDS = ("where", "mark", "checked", "page")
FACT_FIELDS = ("type", "ask", "values")


def load(path: str | Path) -> Pack:
    """The pack that a file holds.

    Raises:
        ConfigError: It cannot be read, or a field is wrong ("pack....").
    """
    path = Path(path)
    text = read_text(path, what="rule pack", code="pack.unreadable")
    return from_text(text, name=path.name)


def from_text(text: str, *, name: str) -> Pack:
    """The pack that YAML or JSON holds.

    Args:
        text: It.
        name: The file's name, for messages.

    Raises:
        ConfigError: See `load`.
    """
    record = parse(text, name=name, what="rule pack", code="pack.unreadable")
    return _pack(record, _Place(name))


@cache
def built_in(id: str) -> Pack:
    """A pack that Guanyao brings.

    Args:
        id: A name of `PACKS`.
    """
    file = files("guanyao.filing").joinpath(PACKS[id])
    return from_text(file.read_text(encoding="utf-8"), name=Path(PACKS[id]).name)


def all_packs(folder: str | Path | None = None) -> dict[str, Pack]:
    """The packs that Guanyao brings, and those of a folder; a folder's other version comes first.

    Raises:
        ConfigError: One is broken, or two have the same id ("pack.duplicate").
    """
    found = {id: built_in(id) for id in PACKS}
    for pack in [] if folder is None else _of_folder(Path(folder)):
        known = found.get(pack.id)
        is_same = known is not None and known.version == pack.version
        if known is not None and is_same and known.digest != pack.digest:
            raise _duplicate(pack.place, pack.id, "the built-in pack of the same version")
        found[pack.id] = pack
    return found


def _of_folder(folder: Path) -> list[Pack]:
    if not folder.is_dir():
        raise ConfigError(
            f"there is no folder {folder.name}", do="create it first", code="pack.folder"
        )
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml", ".json"))
    packs: dict[str, Pack] = {}
    for pack in map(load, paths):
        if pack.id in packs:
            raise _duplicate(pack.place, pack.id, packs[pack.id].place)
        packs[pack.id] = pack
    return list(packs.values())


def chosen(names: Sequence[str], known: Mapping[str, Pack], day: date) -> list[Pack]:
    """The packs of these names; without names, those in force on a day.

    Raises:
        ConfigError: There is no pack of a name ("pack.unknown").
    """
    for name in names:
        if name not in known:
            near = get_close_matches(name, list(known), n=1)
            raise ConfigError(
                f"there is no rule pack {name[:60]!r}",
                allowed="packs: " + ", ".join(known),
                do=f"did you mean {near[0]!r}?" if near else "",
                code="pack.unknown",
            )
    if names:
        return [known[name] for name in dict.fromkeys(names)]
    return [pack for pack in known.values() if pack.in_force(day)]


@dataclass(frozen=True)
class _Place:
    """Where in a pack one is, for messages."""

    file: str
    clause: str = ""
    field: str = ""

    def at(self, field: str) -> "_Place":
        joined = f"{self.field}.{field}" if self.field and not field.startswith("[") else None
        return _Place(self.file, self.clause, joined or f"{self.field}{field}")

    def of(self, clause: str) -> "_Place":
        return _Place(self.file, clause)

    def fail(self, found: str, allowed: str = "", *, code: str = "pack.field") -> NoReturn:
        parts = [self.file, f"clause {self.clause}" if self.clause else "", self.field]
        raise ConfigError(
            f"{': '.join(part for part in parts if part)}: {found}",
            allowed=allowed,
            do="see docs/rule-packs.md",
            code=code,
        )


def _pack(record: Any, place: _Place) -> Pack:  # noqa: ANN401
    if not isinstance(record, Mapping) or record.get("pack") != FORMAT:
        place.fail("this is no rule pack", f"it begins with 'pack: {FORMAT}'", code="pack.version")
    _only(record, PACK_FIELDS, place)
    effective = _mapping(record.get("effective"), place.at("effective"))
    _only(effective, ("from", "to"), place.at("effective"))
    parts = _Parts(
        groups=_titles(record.get("groups"), place.at("groups")),
        kinds=_kinds(record.get("kinds") or {}, place.at("kinds")),
        facts={**FACTS, **_facts(record.get("facts") or {}, place.at("facts"))},
        documents=_titles(record.get("documents") or {}, place.at("documents")),
    )
    pack = Pack(
        id=_name(record.get("id"), place.at("id")),
        version=_text(record.get("version"), place.at("version")),
        title=_both(record.get("title"), place.at("title")),
        source=_source(record.get("source"), place.at("source")),
        effective_from=_day(effective.get("from"), place.at("effective.from")),
        effective_to=_maybe_day(effective.get("to"), place.at("effective.to")),
        replaces=_text(record.get("replaces") or "-", place.at("replaces")).strip("-"),
        note=_maybe_both(record.get("note"), place.at("note")),
        groups=parts.groups,
        kinds=parts.kinds,
        facts={name: f for name, f in parts.facts.items() if name not in FACTS},
        documents=parts.documents,
        clauses=tuple(_clauses(record.get("clauses"), parts, place)),
        digest=hashlib.sha256(canonical(record)).hexdigest(),
        place=place.file,
    )
    if pack.effective_to is not None and pack.effective_to < pack.effective_from:
        place.at("effective").fail("it ends before it begins", "from <= to")
    return pack


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """What clauses may refer to."""

    groups: Mapping[str, Text]
    kinds: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Fact]
    documents: Mapping[str, Text]


def _clauses(value: object, parts: _Parts, place: _Place) -> Iterator[Clause]:
    entries = _list(value, place.at("clauses"))
    if not 1 <= len(entries) <= MAX_CLAUSES:
        place.at("clauses").fail(f"{len(entries)} clauses", f"1 to {MAX_CLAUSES}")
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        here = place.at(f"clauses[{index}]")
        record = _mapping(entry, here)
        id = _name(record.get("id"), here.at("id"))
        if id in seen:
            place.of(id).at("id").fail("it stands twice", "each id once", code="pack.duplicate")
        seen.add(id)
        yield _clause(id, record, parts, place.of(id))


def _clause(id: str, record: Mapping[str, Any], parts: _Parts, place: _Place) -> Clause:
    _only(record, CLAUSE_FIELDS, place)
    kinds = _evidence_kinds(record.get("evidence_kinds") or [], parts, place.at("evidence_kinds"))
    checks = tuple(_checks(record.get("checks") or [], parts, place.at("checks")))
    _check_answerable(checks, kinds, place.at("checks"))
    applies = _expression(record.get("applies_when"), parts, place.at("applies_when"))
    otherwise = _maybe_both(record.get("otherwise"), place.at("otherwise"))
    if applies is not None and not otherwise:
        place.at("otherwise").fail("it is missing", "why the clause does not apply, zh and en")
    return Clause(
        id=id,
        group=_one_of(record.get("group"), tuple(parts.groups), place.at("group")),
        title=_both(record.get("title"), place.at("title")),
        text=_both(record.get("text"), place.at("text")),
        source=_source(record.get("source"), place.at("source")),
        applies_when=applies,
        otherwise=otherwise,
        checks=checks,
        evidence_kinds=kinds,
        fresh=tuple(_ages(record.get("fresh") or [], kinds, place.at("fresh"))),
        severity=_one_of(  # type: ignore[arg-type]
            record.get("severity", "must"), ("must", "should", "may"), place.at("severity")
        ),
        judged=_one_of(  # type: ignore[arg-type]
            record.get("judged", "checks" if checks else "person"),
            ("checks", "person") if checks else ("person",),
            place.at("judged"),
        ),
    )


def _evidence_kinds(value: object, parts: _Parts, place: _Place) -> tuple[str, ...]:
    kinds = []
    for index, kind in enumerate(_list(value, place)):
        if not isinstance(kind, str) or not is_known(kind, parts.documents):
            place.at(f"[{index}]").fail(
                f"there is no kind of evidence {str(kind)[:60]!r}",
                "kinds of guanyao.filing.evidence_kinds, document.TOPIC",
                code="pack.evidence_kind",
            )
        kinds.append(kind)
    return tuple(dict.fromkeys(kinds))


def _checks(value: object, parts: _Parts, place: _Place) -> Iterator[Check]:
    for index, entry in enumerate(_list(value, place)):
        here = place.at(f"[{index}]")
        record = _mapping(entry, here)
        _only(record, CHECK_FIELDS, here)
        for measure in _measures(record, parts, here):
            yield Check(
                measure=measure,
                sign=_one_of(record.get("compare"), SIGNS, here.at("compare")),  # type: ignore[arg-type]
                threshold=_number(record.get("threshold"), here.at("threshold")),
                unit=_text(record.get("unit"), here.at("unit")),
                source=_threshold_source(record, here),
            )


def _measures(record: Mapping[str, Any], parts: _Parts, place: _Place) -> list[str]:
    """The measure, or one for each kind of a list in place of {kind}."""
    measure = _text(record.get("measure"), place.at("measure"))
    if "for_each" not in record:
        return [measure]
    name = _one_of(record["for_each"], tuple(parts.kinds), place.at("for_each"))
    if "{kind}" not in measure:
        place.at("measure").fail("it does not say where the kind goes", "a measure with {kind}")
    return [measure.replace("{kind}", kind) for kind in parts.kinds[name]]


def _check_answerable(checks: Sequence[Check], kinds: Sequence[str], place: _Place) -> None:
    for check in checks:
        able = answering(check.measure)
        if not able:
            place.fail(f"nothing measures {check.measure[:60]!r}", code="pack.measure")
        if not set(able) & set(kinds):
            place.fail(
                f"{check.measure!r} is measured by none of the clause's kinds of evidence",
                "evidence_kinds holds one of: " + ", ".join(able),
                code="pack.measure",
            )


def _threshold_source(record: Mapping[str, Any], place: _Place) -> Source:
    if not record.get("source"):
        place.at("source").fail(
            "the threshold has no source",
            "every number says where it was found and whether somebody checked it",
            code="pack.threshold_source",
        )
    return _source(record["source"], place.at("source"))


def _ages(value: object, kinds: Sequence[str], place: _Place) -> Iterator[Fresh]:
    for index, entry in enumerate(_list(value, place)):
        here = place.at(f"[{index}]")
        record = _mapping(entry, here)
        _only(record, FRESH_FIELDS, here)
        within = _number(record.get("within"), here.at("within"))
        if within != int(within) or not 1 <= within <= 10_000:
            here.at("within").fail("it is no whole number", "1 to 10000")
        yield Fresh(
            evidence=_one_of(record.get("evidence"), tuple(kinds), here.at("evidence")),
            within=int(within),
            unit=_one_of(record.get("unit"), ("day", "month"), here.at("unit")),  # type: ignore[arg-type]
            source=_threshold_source(record, here),
        )


def _expression(value: object, parts: _Parts, place: _Place) -> Expression | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str):
        place.fail("it is no text", "an expression in quotes", code="pack.expression")
    try:
        found = parse_expression(value)
    except ConfigError as error:
        place.fail(str(error), code="pack.expression")
    for name in sorted(found.names - set(parts.facts)):
        near = get_close_matches(name, list(parts.facts), n=1)
        place.fail(
            f"nobody knows the fact {name[:60]!r}",
            f"did you mean {near[0]!r}?" if near else "facts: " + ", ".join(parts.facts),
            code="pack.expression",
        )
    return found


def _source(value: object, place: _Place) -> Source:
    record = _mapping(value, place)
    _only(record, SOURCE_FIELDS, place)
    if "checked" not in record:
        place.at("checked").fail("it is missing", "null, or {by: NAME, at: YYYY-MM-DD}")
    mark = _one_of(record.get("mark"), MARKS, place.at("mark"))
    checked = _seen(record["checked"], place.at("checked"))
    if mark == "P" and checked is None:
        place.at("checked").fail("nobody checked what is marked as read in the text", "by and at")
    return Source(
        where=_text(record.get("where"), place.at("where")),
        mark=mark,  # type: ignore[arg-type]
        checked=checked,
        page=_text(record.get("page") or "-", place.at("page")).strip("-"),
    )


def _seen(value: object, place: _Place) -> Seen | None:
    if value is None:
        return None
    record = _mapping(value, place)
    _only(record, ("by", "at"), place)
    return Seen(
        by=_text(record.get("by"), place.at("by")), at=_day(record.get("at"), place.at("at"))
    )


def _facts(value: object, place: _Place) -> dict[str, Fact]:
    found = {}
    for name, entry in _mapping(value, place).items():
        here = place.at(str(name)[:40])
        if not FACT_NAME.fullmatch(str(name)) or name in FACTS:
            here.fail("this cannot be a fact's name", "small letters; none that is known already")
        record = _mapping(entry, here)
        _only(record, FACT_FIELDS, here)
        kind = _one_of(record.get("type"), FACT_TYPES, here.at("type"))
        values = tuple(_text(v, here.at("values")) for v in _list(record.get("values") or [], here))
        if (kind in ("choice", "several")) != bool(values):
            here.at("values").fail("values belong to choice and several, and to these only")
        ask = _both(record.get("ask"), here.at("ask"))
        found[name] = Fact(type=kind, ask=ask, values=values)  # type: ignore[arg-type]
    return found


def _kinds(value: object, place: _Place) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, entry in _mapping(value, place).items():
        kinds = tuple(_name(kind, place.at(name)) for kind in _list(entry, place.at(name)))
        if not kinds or len(set(kinds)) < len(kinds):
            place.at(name).fail("it is empty, or a kind stands twice", code="pack.duplicate")
        found[name] = kinds
    return found


def _titles(value: object, place: _Place) -> dict[str, Text]:
    found = {}
    for name, entry in _mapping(value, place).items():
        found[_name(name, place)] = _both(entry, place.at(str(name)[:40]))
    return found


def _both(value: object, place: _Place) -> Text:
    record = _mapping(value, place)
    _only(record, ("zh", "en"), place)
    return {name: _text(record.get(name), place.at(name)) for name in ("zh", "en")}


def _maybe_both(value: object, place: _Place) -> Text:
    return {} if value is None else _both(value, place)


def _text(value: object, place: _Place) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
        place.fail("it is missing or no text", f"text of at most {MAX_TEXT} characters, in quotes")
    return " ".join(value.split())


def _name(value: object, place: _Place) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        place.fail("it is missing or no name", "letters, digits, . _ -, in quotes; at most 64")
    return value


def _number(value: object, place: _Place) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        place.fail("it is missing or no number", "a number")
    return float(value)


def _day(value: object, place: _Place) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else place.fail("it is missing")
    except ValueError:
        place.fail("it is no day", "YYYY-MM-DD")


def _maybe_day(value: object, place: _Place) -> date | None:
    return None if value is None else _day(value, place)


def _one_of(value: object, allowed: Sequence[str], place: _Place) -> str:
    if not isinstance(value, str) or value not in allowed:
        place.fail(f"{str(value)[:60]!r} is not allowed", "one of: " + ", ".join(allowed))
    return value


def _mapping(value: object, place: _Place) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        place.fail("it is missing, or no names with values")
    return value


def _list(value: object, place: _Place) -> list[Any]:
    if not isinstance(value, list):
        place.fail("it is missing, or no list")
    return value


def _only(record: Mapping[str, Any], known: Sequence[str], place: _Place) -> None:
    for name in record:
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            place.at(str(name)[:40]).fail(
                "there is no such field",
                f"did you mean {near[0]!r}?" if near else "fields: " + ", ".join(known),
            )


def _duplicate(place: str, id: str, other: str) -> ConfigError:
    return ConfigError(
        f"{place}: the id {id!r} is that of {other}, too",
        allowed="each id once; other contents have another version",
        code="pack.duplicate",
    )
