"""A room of filings: its store, the calendar it counts by, and the profiles its filings follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from guanyao.errors import DataError
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_file import calendar_of, shipped
from guanyao.filing.plain_yaml import parse
from guanyao.filing.profile import Profile
from guanyao.filing.profile_file import profile_of, profile_record, record_digest
from guanyao.records.audit import utc_now
from guanyao.records.audit_line import Entry
from guanyao.registry import need

if TYPE_CHECKING:
    from guanyao.records.filing_store import Desk, FilingStore

PROFILE = "profile"
CALENDAR, CURRENT = "calendar", "current"


@dataclass(frozen=True)
class Room:
    """A room that is open.

    Args:
        store: What it keeps.
        packs: A folder of rule packs beside those that are shipped; None: none.
    """

    store: "FilingStore"
    packs: Path | None = None
    _read: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def calendar(self, desk: "Desk") -> Calendar:
        """The room's own calendar, or else the one that is shipped.

        Raises:
            DataError: What is kept is none ("calendar....").
        """
        if CALENDAR not in desk.known:
            desk.known[CALENDAR] = self._calendar(desk.record("", CALENDAR, CURRENT))
        found: Calendar = desk.known[CALENDAR]
        return found

    def _calendar(self, record: Mapping[str, Any] | None) -> Calendar:
        if record is None:
            return shipped()
        text = str(record["yaml"])
        if text not in self._read:
            code = "calendar.unreadable"
            self._read[text] = calendar_of(parse(text, name=CURRENT, what=CALENDAR, code=code))
        found: Calendar = self._read[text]
        return found

    def profile(self, desk: "Desk", digest: str) -> Profile:
        """The profile with this digest, as it was when a filing began with it.

        Raises:
            DataError: It is not kept, or was changed ("filing.profile_kept").
        """
        if digest not in self._read:
            record = desk.record("", PROFILE, digest)
            found = None if record is None else profile_of(record["record"])
            if found is None or found.digest != digest:
                raise _not_kept(digest, "changed" if found else "not there")
            self._read[digest] = found
        kept: Profile = self._read[digest]
        return kept

    def keep_profile(self, desk: "Desk", which: str | Path) -> Profile:
        """A profile for a new filing, kept as it is now; later edits of its file change nothing.

        Args:
            desk: The transaction.
            which: A name of a profile, or a .yaml file.

        Raises:
            ConfigError: The file cannot be read, or is none ("filing.profile_...").
            UnknownNameError: There is no such profile.
        """
        record = profile_record(which)
        digest = record_digest(record)
        if desk.record("", PROFILE, digest) is None:
            profile = profile_of(record)
            kept = {"name": profile.name, "version": profile.version, "record": record}
            desk.put_record("", PROFILE, digest, kept)
        return self.profile(desk, digest)

    def close(self) -> None:
        """Let the store go."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def create_room(
    place: str | Path,
    *,
    hash: str = "sha256",
    who: str | None = None,
    clock: Callable[[], datetime] = utc_now,
    packs: Path | None = None,
) -> Room:
    """Make a room; see `FilingStore.create`.

    Args:
        place: A folder, or `postgresql://…[#name]`.
        hash: What its audit chain is hashed with: sha256 or sm3.
        who: Who does it, for the chain's first line.
        clock: Says what time it is, with a time zone.
        packs: A folder of rule packs beside those that are shipped.
    """
    store = _stores().create(place, hash=hash, clock=clock)
    with store.writing() as desk:
        desk.append(Entry(act="filing.room", who=who, facts={"hash": hash}))
    return Room(store, packs)


def open_room(
    place: str | Path, *, clock: Callable[[], datetime] = utc_now, packs: Path | None = None
) -> Room:
    """The room at a place; see `FilingStore.open`."""
    return Room(_stores().open(place, clock=clock), packs)


def _stores() -> "type[FilingStore]":
    """What opens rooms; it rests on packages that are loaded when a room is asked for."""
    need("sqlalchemy")
    from guanyao.records.filing_store import FilingStore

    return FilingStore


def _not_kept(digest: str, state: str) -> DataError:
    return DataError(
        f"the profile {digest[:12]} that a filing began with is {state}",
        do="put the last good copy of the room in its place",
        code="filing.profile_kept",
    )
