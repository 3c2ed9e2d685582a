"""The slots of a dossier: which documents it has, on which route, and when each is required."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Self, TypeAlias

from guanyao.errors import ConfigError, UnknownNameError
from guanyao.filing.documents import DOCUMENTS
from guanyao.filing.expression import Answer, Expression, Literal, parse
from guanyao.filing.plain_yaml import parse as parse_yaml
from guanyao.filing.plain_yaml import read_text
from guanyao.filing.profile import Profile
from guanyao.filing.service import FACTS

FORMAT = "guanyao.materials/1"
NEVER = Expression("never", Literal(False))
FIELDS = ("slot", "title", "document", "formats", "routes", "required_when", "confirm")
FORMATS = ("docx", "pdf", "xlsx")
Titles: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One place of the dossier.

    Args:
        slot: Its name.
        title: By language.
        document: Which of `documents` fills it; "": nothing but what a person attaches.
        formats: What the document is written as, the one that counts first.
        routes: The kinds of workflow whose dossier has it.
        required_when: When it is required, by facts of the service; None: always.
        confirm: Whether what is drafted counts only once a person has confirmed it.
    """

    slot: str
    title: Titles
    document: str = ""
    formats: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    required_when: Expression | None = None
    confirm: bool = False

    def is_required(self, facts: Mapping[str, Any]) -> Answer:
        """Whether it is required on its routes; None: a fact that decides is not known."""
        return True if self.required_when is None else self.required_when.answer(facts)


@dataclass(frozen=True, kw_only=True)
class Materials:
    """All slots, and which dossier a profile has.

    Args:
        slots: In the order of a dossier.
        routes: Kind of workflow -> the profiles that are of it.
    """

    slots: tuple[Slot, ...]
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def shipped(cls) -> Self:
        """The slots that Guanyao ships."""
        return cls.from_json(_shipped_record())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The slots of a file.

        Raises:
            ConfigError: It cannot be read, or a slot is wrong ("materials....").
        """
        path = Path(path)
        what, code = "table of materials", "materials.unreadable"
        text = read_text(path, what=what, code=code)
        return cls.from_json(parse_yaml(text, name=path.name, what=what, code=code))

    @classmethod
    def from_json(cls, record: object) -> Self:
        """The slots that plain YAML holds.

        Raises:
            ConfigError: A slot is wrong ("materials.slot").
        """
        if not isinstance(record, Mapping) or record.get("materials") != FORMAT:
            raise _wrong("this is no table of materials", f"it begins with 'materials: {FORMAT}'")
        routes, rows = record.get("routes"), record.get("slots")
        if not (isinstance(routes, Mapping) and routes and isinstance(rows, list)):
            raise _wrong("it has no routes or no slots", "routes, slots")
        slots = tuple(_slot(row, routes) for row in rows)
        names = [slot.slot for slot in slots]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise _wrong(f"the slot {twice[0]!r} stands twice", "each slot once")
        return cls(slots=slots, routes={name: tuple(of) for name, of in routes.items()})

    def slot(self, name: str) -> Slot:
        """The slot of that name.

        Raises:
            UnknownNameError: There is none ("materials.unknown").
        """
        for slot in self.slots:
            if slot.slot == name:
                return slot
        raise UnknownNameError(
            f"the dossier has no slot {name[:40]!r}",
            allowed="slots: " + ", ".join(slot.slot for slot in self.slots),
            code="materials.unknown",
        )

    def route_of(self, profile: Profile | str) -> str:
        """The kind of workflow that a profile is, by its name or that of the one it extends.

        A profile that is not named, nor what it extends, is of the first kind.
        """
        names = (profile,) if isinstance(profile, str) else (profile.name, profile.extends)
        for name in names:
            for route, profiles in self.routes.items():
                if name in profiles:
                    return route
        return next(iter(self.routes))

    def of(self, profile: Profile | str) -> list[Slot]:
        """The slots of a dossier under a profile, required or not."""
        route = self.route_of(profile)
        return [slot for slot in self.slots if route in slot.routes]

    def required(self, profile: Profile | str, facts: Mapping[str, Any]) -> list[Slot]:
        """The slots that must be filled; one that hangs on a fact that is not known is among them.

        Args:
            profile: The profile, or its name.
            facts: What is known of the service.
        """
        return [slot for slot in self.of(profile) if slot.is_required(facts) is not False]


def required_names(profile: Profile | str, facts: Mapping[str, Any]) -> list[str]:
    """The names of the slots that must be filled, of those that Guanyao ships."""
    return [slot.slot for slot in Materials.shipped().required(profile, facts)]


@cache
def _shipped_record() -> Any:  # noqa: ANN401
    name = "materials.yaml"
    text = files("guanyao.filing").joinpath(name).read_text(encoding="utf-8")
    return parse_yaml(text, name=name, what="table of materials", code="materials.unreadable")


def _slot(row: object, routes: Mapping[str, Any]) -> Slot:
    if not isinstance(row, Mapping) or not isinstance(row.get("slot"), str):
        raise _wrong("a slot has no name", "fields: " + ", ".join(FIELDS))
    name, title = row["slot"], row.get("title")
    if strange := [str(key) for key in row if key not in FIELDS]:
        raise _wrong(f"{name} has a field {strange[0][:40]!r}", "fields: " + ", ".join(FIELDS))
    if not isinstance(title, Mapping) or not {"zh", "en"} <= set(title):
        raise _wrong(f"{name} lacks a title in a language", "title: {zh: ..., en: ...}")
    document, formats = row.get("document", ""), tuple(row.get("formats", ()))
    if document and document not in DOCUMENTS:
        raise _wrong(f"{name} names no document", "documents: " + ", ".join(DOCUMENTS))
    if bool(document) != bool(formats) or _strange(formats, FORMATS):
        raise _wrong(f"the formats of {name} are wrong", ", ".join(FORMATS))
    of = tuple(row.get("routes", ()))
    if not of or _strange(of, routes):
        raise _wrong(f"{name} is on no route that there is", "routes: " + ", ".join(routes))
    when = row.get("required_when")
    return Slot(
        slot=name,
        title=title,
        document=document,
        formats=formats,
        routes=of,
        required_when=None if when is None else _condition(name, str(when)),
        confirm=row.get("confirm") is True,
    )


def _strange(names: Iterable[str], known: Iterable[str]) -> set[str]:
    return set(names) - set(known)


def _condition(name: str, when: str) -> Expression:
    if when == NEVER.text:
        return NEVER
    found = parse(when)
    if strange := sorted(_strange(found.names, FACTS)):
        raise _wrong(f"{name} asks for the fact {strange[0]!r}", "facts: " + ", ".join(FACTS))
    return found


def _wrong(found: str, allowed: str) -> ConfigError:
    return ConfigError(f"the materials: {found}", allowed=allowed, code="materials.slot")
