"""A room for tests, on each database, and a filing in it that is easily moved along."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.outcome import Outcome
from guanyao.filing.service import Service
from guanyao.flows.filing.act import apply, new_filing, state_of
from guanyao.flows.filing.room import Room, create_room
from tests.filing import cast

SERVERS = [url for url in [os.environ.get("GUANYAO_TEST_POSTGRESQL", "")] if url]
"""Addresses of a PostgreSQL database that tests may write to, or none."""
START = cast.START
REASON = cast.REASON


@pytest.fixture(params=["sqlite", *SERVERS])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where a new room can be made."""
    if request.param == "sqlite":
        return tmp_path / "room"
    return f"{request.param}#test_{secrets.token_hex(4)}"


@pytest.fixture
def play(place: str | Path) -> Iterator["RoomPlay"]:
    """A room with one filing, on each database."""
    found = RoomPlay(place)
    yield found
    found.room.close()


@pytest.fixture
def sqlite_play(tmp_path: Path) -> Iterator["RoomPlay"]:
    """The same where the database does not matter."""
    found = RoomPlay(tmp_path / "room")
    yield found
    found.room.close()


@dataclass
class RoomPlay:
    """A room at a time that only goes on when it is told to; its filing is "f-1"."""

    place: str | Path
    now: datetime = START
    id: str = "f-1"
    manifest: str = "ab" * 32
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        self.room = create_room(self.place, clock=lambda: self.now)
        self.open(self.id)

    def open(self, id: str, name: str = "a service") -> None:
        service = Service(name=name, provider="a provider")
        options = {"profile": "notice7", "organisation": cast.PROVIDER, "actor": cast.EDITOR}
        new_filing(self.room, **options, id=id, service=service).require()

    @property
    def filing(self) -> FilingState:
        with self.room.store.reading() as desk:
            found = state_of(desk, self.id)
        assert found is not None
        return found

    def attempt(
        self, event: str, actor: Actor, facts: dict[str, Any] | None = None, **more: Any
    ) -> Outcome:
        """Try an act with facts as they should be."""
        with self.room.store.writing() as desk:
            good = cast.good_facts(self.filing_in(desk), self.manifest)
            known = cast.without(good, **(facts or {}))
            said = {"reason": REASON, **more}
            return apply(desk, self.room, self.id, event, actor, said, known)

    def filing_in(self, desk: Any) -> FilingState:
        found = state_of(desk, self.id)
        assert found is not None
        return found

    def do(self, event: str, *actors: Actor, **more: Any) -> Outcome:
        for actor in actors:
            outcome = self.attempt(event, actor, **more).require()
        return outcome

    def wait(self, **time: float) -> "RoomPlay":
        self.now += timedelta(**time)
        return self

    def to_notice(self, **facts: Any) -> "RoomPlay":
        self.do("decide", cast.HEAD, outcome="file")
        self.attempt("freeze", cast.EDITOR, facts=facts).require()
        self.do("sign", *cast.SIGNERS)
        self.do("submit", cast.HEAD)
        self.do("accept", cast.CLERK)
        self.do("pass", cast.REVIEWER, cast.REVIEWER_2, cast.DECIDER)
        return self

    def to_filed(self, number: str = "cn-ab-12", **facts: Any) -> "RoomPlay":
        self.to_notice(**facts).until_over("notice").do("close", cast.DECIDER, number=number)
        return self

    def until_over(self, clock: str, case: str = "") -> "RoomPlay":
        deadline = self.filing.deadline(clock, case)
        assert deadline is not None, clock
        self.now = max(self.now, deadline.ends_at)
        return self
