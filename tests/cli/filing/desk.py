"""A room that tests type into: a clock that they move, and facts that are as they say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
import typer

from guanyao.cli import main as command_line
from guanyao.cli.main import app, main
from guanyao.filing.filing_state import FilingState
from guanyao.filing.guards import Facts
from guanyao.filing.outcome import Outcome
from guanyao.flows.filing import act as filing_act
from guanyao.flows.filing import freeze as filing_freeze
from guanyao.flows.filing import init as filing_init
from guanyao.flows.filing import options as filing_options
from guanyao.flows.filing import room as filing_room
from guanyao.flows.filing.people import add_person
from tests.filing.cast import START, good_facts

PEOPLE = {
    "eda": ("provider_editor", "hospital", ""),
    "sig0": ("provider_signatory", "hospital", "legal_representative"),
    "sig1": ("provider_signatory", "hospital", "assessment_head"),
    "sig2": ("provider_signatory", "hospital", "legality_head"),
    "cai": ("clerk", "office", ""),
    "rao": ("reviewer", "office", ""),
    "ren": ("reviewer", "office", ""),
    "tan": ("tester", "office", ""),
    "dai": ("decider", "office", ""),
    "dou": ("decider", "office", ""),
    "ivo": ("inspector", "office", ""),
}
REASON = "The grounds are given in the letter that goes with this act."


@cache
def built() -> Any:
    """All commands, built once: that takes longer than most of them."""
    return typer.main.get_command(app)


WAY = (
    ("do", "decide", "--outcome", "file", "--by", "ann"),
    ("freeze", "--by", "eda"),
    *(("do", "sign", "--by", f"sig{n}") for n in range(3)),
    ("submit", "--by", "ann"),
    ("accept", "--by", "cai"),
    ("review", "pass", "--by", "rao"),
    ("review", "pass", "--by", "ren"),
    ("decide", "pass", "--by", "dai"),
    ("notice", "close", "--number", "GY-1", "--by", "dai"),
)


@dataclass
class Desk:
    """What is typed, and what comes of it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    now: datetime = START
    wrong: dict[str, Any] = field(default_factory=dict)
    """Facts that are not as they should be."""
    n_done: int = 0

    def clock(self) -> datetime:
        return self.now

    def facts(self, desk: Any, room: Any, state: FilingState, event: str, said: Any) -> Facts:
        return replace(good_facts(state), hearing_offered=False, **self.wrong)

    def type(self, *words: str) -> tuple[int, str, str]:
        """Exit status, stdout and stderr."""
        self.capsys.readouterr()
        status = main(["filing", *words])
        caught = self.capsys.readouterr()
        return status, caught.out, caught.err

    def say(self, *words: str) -> str:
        """What is printed; it must come to pass."""
        status, out, err = self.type(*words)
        assert (status, err) == (0, ""), (words, out, err)
        return out

    def told(self, *words: str) -> dict[str, Any]:
        """The same as JSON."""
        found: dict[str, Any] = json.loads(self.say(*words, "--json"))
        return found

    def refused(self, *words: str, status: int = 4) -> str:
        """The one line on stderr."""
        found, _, err = self.type(*words)
        assert (found, err.count("\n")) == (status, 1), (words, err)
        return err

    def begin(self, *more: str) -> None:
        """A room with everybody and one filing."""
        self.say("init", ".", "--provider", "hospital", "--by", "ann", *more)
        with filing_room.open_room(self.folder) as room:
            for id, (role, of, kind) in PEOPLE.items():
                add_person(room, id, roles=[role], organisation=of, kind=kind)

    def to(self, state: str) -> None:
        """Take the way to a state, up to FILED."""
        while self.state()["state"] != state:
            words = WAY[self.n_done]
            if words[0] == "notice":
                self.wait(days=11)
            self.say(*words)
            self.n_done += 1

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def state(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.told("list")["filings"][0]
        return found


def real_desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    """A desk in an empty folder; acts are judged by what the room really holds."""
    found = Desk(tmp_path, capsys)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "app", lambda args, **more: built().main(args=args, **more))
    for name in ("GUANYAO_ROOM", "GUANYAO_PERSON", "GUANYAO_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("open_room", "create_room"):
        timed = partial(getattr(filing_room, name), clock=found.clock)
        monkeypatch.setattr(filing_room, name, timed)
        monkeypatch.setattr(filing_init, name, timed)
    return found


def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    """The same with facts that let every act through, but for those that a test says."""
    found = real_desk(tmp_path, monkeypatch, capsys)
    monkeypatch.setattr(filing_act, "gathered", found.facts)
    monkeypatch.setattr(filing_options, "gathered", found.facts)
    monkeypatch.setattr(filing_options, "with_package", lambda desk, room, state, facts: facts)
    monkeypatch.setattr(filing_freeze, "freeze", frozen)
    return found


def frozen(
    room: Any, filing: str, actor: Any, *, event: str, payload: Any, raw: Any = ()
) -> Outcome:
    """The act alone: what a dossier is made of has tests of its own."""
    return filing_act.act(room, filing, event, actor, payload)
