"""Acts through the store, on both databases: whole or not at all, one winner, all in the chain."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pytest

from guanyao.errors import GuanyaoError
from guanyao.filing import PROFILES
from guanyao.filing.filing_state import Actor, FilingState
from guanyao.filing.guards import Facts
from guanyao.filing.outcome import Outcome, digest_of
from guanyao.filing.profile_file import load_profile, profile_of, profile_record
from guanyao.filing.service import Service
from guanyao.flows.filing.act import act, apply, deadline_rows, new_filing, record_digest, state_of
from guanyao.flows.filing.room import Room, create_room, open_room
from guanyao.records.evidence import canonical
from tests.filing import cast
from tests.filing.cast import REASON, START, Play, good_facts
from tests.filing.rooms import DATABASES, new_place, sql, unguarded
from tests.filing.test_walks import Walk

N_WALKS, N_ACTS = 2, 40
LONG_AGO = START - timedelta(days=1)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    with new_place(request.param, tmp_path) as found:
        yield found


@dataclass
class StoredPlay(Play):
    """A play whose filing lives in a room."""

    place: str | Path = ""
    room: Room = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.room = create_room(self.place, clock=lambda: self.now)
        opened = new_filing(
            self.room, profile=self.name, organisation=cast.PROVIDER, actor=cast.EDITOR, id="f-1"
        )
        self.filing = opened.require().filing

    def attempt(self, event: str, actor: Actor, facts: Facts | None = None, **more: Any) -> Outcome:
        payload = {"reason": REASON, **more}
        known = facts or good_facts(self.filing)
        with self.room.store.writing() as desk:
            outcome = apply(desk, self.room, "f-1", event, actor, payload, known)
        self.filing = outcome.filing
        return outcome

    def stored(self) -> FilingState:
        """The filing as it is kept now."""
        with self.room.store.reading() as desk:
            found = state_of(desk, "f-1")
        assert found is not None
        return found

    def to_review_and_back(self) -> None:
        """CORRECTION."""
        self.do("decide", cast.HEAD, outcome="file")
        self.do("freeze", cast.EDITOR)
        self.do("sign", *cast.SIGNERS)
        self.do("submit", cast.HEAD)
        self.do("request_correction", cast.CLERK)

    def to_review(self) -> "StoredPlay":
        self.do("decide", cast.HEAD, outcome="file")
        self.do("freeze", cast.EDITOR)
        self.do("sign", *cast.SIGNERS)
        self.do("submit", cast.HEAD)
        self.do("accept", cast.CLERK)
        return self


@pytest.fixture
def play(place: str | Path) -> Iterator[StoredPlay]:
    found = StoredPlay(place=place)
    yield found
    found.room.close()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(GuanyaoError) as caught:
        act()
    return caught.value.code


def replayed(acts: list[dict[str, Any]]) -> str:
    """The history of a filing by what is kept of its acts, put together a second time here."""
    history = ""
    for one in acts:
        if one["done"]:
            states = {"from": one["before"], "to": one["after"]}
            # A case that the act opens has no name yet when it begins.
            case = "" if one["before"] == "" or one["case"] in one["opened"] else one["case"]
            link = {"event": one["event"], "outcome": one["outcome"], "case": case, **states}
            text = canonical({"before": history, **link, "time": one["at"]})
            history = digest_of(text.decode())
    return history


def check_whole(room: Room, id: str = "f-1") -> None:
    """Filing, acts, lines, deadlines and outbox all tell the same."""
    verdict = room.store.verify()
    assert verdict.ok, verdict
    lines = {line.seq: line for line in room.store.chain.lines()}
    with room.store.reading() as desk:
        state, acts = state_of(desk, id), desk.acts(id)
        own = [line for line in lines.values() if line.object == f"filing:{id}"]
        assert [one["line"] for one in acts] == [line.seq for line in own if "checks" in line.facts]
        for one in acts:
            facts = lines[one["line"]].facts
            assert facts["act_digest"] == record_digest(one)
            assert lines[one["line"]].code == one["code"]
            assert [c.split(":")[0] for c in facts["checks"]] == [c["name"] for c in one["checks"]]
        if state is None:
            assert not any(one["done"] for one in acts)
            return
        digests = [line.facts["filing_digest"] for line in own if "filing_digest" in line.facts]
        assert digests[-1] == desk.kept_digest(id)
        assert (state.n_acts, state.history) == (
            sum(one["done"] for one in acts),
            replayed(acts),
        )
        profile = room.profile(desk, state.profile_digest)
        rows = sorted(deadline_rows(state, profile), key=lambda row: (row["case"], row["clock"]))
        assert desk.deadlines(id) == rows
        found = Counter((n["kind"], n["to"]) for n in desk.outbox() if n["filing"] == id)
        assert found == expected_notices(profile.machines, acts)


def expected_notices(machines: Any, acts: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for one in acts:
        for machine in machines:
            for t in machine.named(one["event"], one["outcome"]):
                came = one["before"] in (t.sources or ("",))
                if one["done"] and not one["is_vote"] and came:
                    found.update((kind, role) for kind, to in t.notices.items() for role in to)
    return found


# What is kept


def test_a_filing_goes_its_way_and_all_of_it_is_kept(play: StoredPlay) -> None:
    play.to_notice().do("object", cast.OBJECTOR)
    play.answer_objection("dismissed")
    play.until_over("notice").do("close", cast.DECIDER, number="n-1")
    play.attempt("accept", cast.CLERK)
    check_whole(play.room)
    with play.room.store.reading() as desk:
        [row] = desk.filings()
        acts = desk.acts("f-1")
    assert (row["state"], row["number"], row["n_acts"]) == ("FILED", "n-1", len(acts) - 1)
    assert acts[-1]["code"] == "filing.state" and not acts[-1]["done"]
    assert [one["n"] for one in acts] == list(range(1, len(acts) + 1))
    assert play.room.store.chain.head().seq == len(acts) + 1


def test_the_store_gives_what_the_engine_gives(tmp_path: Path) -> None:
    stored = StoredPlay(place=tmp_path)
    plain = Play()
    plain.do("open", cast.EDITOR)
    for one in (stored, plain):
        one.do("decide", cast.HEAD, outcome="file")
        one.do("freeze", cast.EDITOR)
        one.do("sign", *cast.SIGNERS)
        one.do("submit", cast.HEAD)
        one.do("accept", cast.CLERK)
    with stored.room.store.reading() as desk:
        assert state_of(desk, "f-1") == plain.filing == stored.filing


def test_a_refusal_and_a_filing_that_is_not_there_are_in_the_chain(play: StoredPlay) -> None:
    before = play.filing
    refused = act(play.room, "f-1", "accept", cast.CLERK, {"reason": REASON})
    assert (refused.done, refused.code, refused.filing) == (False, "filing.state", before)
    strange = act(play.room, "f-1", "dance", cast.CLERK)
    assert strange.code == "filing.event"
    assert code_of(lambda: act(play.room, "f-9", "accept", cast.CLERK)) == "filing.unknown"
    assert code_of(lambda: act(play.room, "王 " * 99, "x" * 999, cast.CLERK)) == "filing.unknown"
    lines = list(play.room.store.chain.lines(-4))
    assert [(line.act, line.outcome, line.code) for line in lines] == [
        ("filing.accept", "refused", "filing.state"),
        ("filing.unknown", "refused", "filing.event"),
        ("filing.unknown", "refused", "filing.unknown"),
        ("filing.unknown", "refused", "filing.unknown"),
    ]
    check_whole(play.room)


def test_an_act_that_the_room_gathers_the_facts_for(play: StoredPlay) -> None:
    outcome = act(play.room, "f-1", "decide", cast.HEAD, {"outcome": "file"})
    assert outcome.code == "filing.guard"
    live = {"scope_route": "file"}
    outcome = act(play.room, "f-1", "decide", cast.HEAD, {"outcome": "file"}, live=live)
    assert outcome.require().filing.state == "DRAFT"
    check_whole(play.room)


def test_what_the_public_wrote_is_kept_nowhere(play: StoredPlay) -> None:
    play.to_notice()
    said = {"body": "I live in the house 154 0013 8000", "contact": "a@example.com"}
    play.do("object", cast.OBJECTOR, **said, attachments=["5d" * 32])
    with play.room.store.reading() as desk:
        kept = json.dumps([desk.acts("f-1"), desk.filing("f-1"), desk.outbox()])
        assert desk.acts("f-1")[-1]["payload"] == {"attachments": ["5d" * 32]}
    lines = json.dumps([line.to_json() for line in play.room.store.chain.lines()])
    for text in (kept, lines):
        assert "0013" not in text and "example.com" not in text and "house" not in text
    assert '"who": "obj"' not in lines


def test_a_payload_that_is_too_large_leaves_its_digest(play: StoredPlay) -> None:
    play.attempt("accept", cast.CLERK, more="x" * 10**6, reason="y" * 10**6)
    with play.room.store.reading() as desk:
        kept = desk.acts("f-1")[-1]
    assert set(kept["payload"]) == {"digest", "bytes"} and len(kept["reason"]) == 10_000


# New filings, profiles, numbers


def open_one(room: Room, **more: Any) -> Outcome:
    given = {"profile": "notice7", "organisation": cast.PROVIDER, "actor": cast.EDITOR, **more}
    return new_filing(room, **given)


def test_a_new_filing(play: StoredPlay) -> None:
    service = Service(name="a service", provider="a provider", facts={"public": True})
    outcome = open_one(play.room, service=service)
    assert (outcome.done, outcome.filing.id, outcome.filing.state) == (True, "f-2", "SCOPING")
    with play.room.store.reading() as desk:
        record = desk.record("f-2", "service", "current")
        assert Service.from_json(record) == service
    assert open_one(play.room, id="clinic-a").filing.id == "clinic-a"
    assert open_one(play.room).filing.id == "f-4"
    assert code_of(lambda: open_one(play.room, id="f-1")) == "filing.taken"
    for id in ("", "a b", "王", "x" * 41, "-a"):
        assert code_of(lambda id=id: open_one(play.room, id=id)) == "filing.id"
    stranger = replace(cast.EDITOR, organisation="another")
    refused = open_one(play.room, id="f-9", actor=stranger)
    assert refused.code == "filing.role"
    with play.room.store.reading() as desk:
        assert desk.filing("f-9") is None and len(desk.acts("f-9")) == 1
    check_whole(play.room, "f-9")


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_that_is_kept_is_the_same(name: str) -> None:
    record = json.loads(json.dumps(profile_record(name)))
    assert profile_of(record) == load_profile(name)
    assert profile_of(record).digest == load_profile(name).digest
    assert code_of(lambda: profile_of({"name": "x"})) == "filing.profile_field"


def test_a_profile_that_is_edited_changes_no_filing(play: StoredPlay, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    text = 'profile: guanyao.filing-profile/1\nname: mine\nversion: "1.0.0"\nextends: notice7\n'
    title = "title: {en: mine, zh: 我的}\n"
    file.write_text(text + title + "clocks: {notice: {length: 9}}\n")
    first = open_one(play.room, profile=file, id="a").filing
    file.write_text(text.replace("1.0.0", "2.0.0") + title + "clocks: {notice: {length: 8}}\n")
    second = open_one(play.room, profile=file, id="b").filing
    file.unlink()
    with open_room(play.place) as again, again.store.reading() as desk:
        for state, length in ((first, 9), (second, 8)):
            found = again.profile(desk, state.profile_digest)
            assert (found.filing.clocks["notice"].length, found.extends) == (length, "notice7")


def test_a_kept_profile_that_was_changed_is_found(play: StoredPlay) -> None:
    change = "UPDATE record SET content = replace(content, 'public notice', 'notice')"
    sql(play.place, f"{change} WHERE kind = 'profile'")
    with open_room(play.place, clock=lambda: play.now) as again:
        found = code_of(lambda: act(again, "f-1", "decide", cast.HEAD))
    assert found == "filing.profile_kept"


def test_one_number_one_filing(play: StoredPlay) -> None:
    play.to_filed()
    open_one(play.room, id="f-2")
    with play.room.store.writing() as desk:
        state = state_of(desk, "f-2")
        assert state is not None
        desk.put_filing(replace(play.filing, id="f-2", state="PUBLIC_NOTICE", number="").to_json())
        outcome = apply(
            *(desk, play.room, "f-2", "close", cast.DECIDER),
            {"number": "n-1"},
            good_facts(play.filing),
        )
        failed = {check.name for check in outcome.failed}
        assert "G14" in failed
        desk.put_filing(state.to_json())


# Tampering


@pytest.mark.parametrize("table", ["filing", "act"])
def test_a_row_that_was_changed_tells(play: StoredPlay, table: str) -> None:
    play.to_review()
    sql(play.place, f"UPDATE {table} SET content = replace(content, 'UNDER_REVIEW', 'FILED')")  # noqa: S608
    assert play.room.store.verify().ok
    with pytest.raises(AssertionError):
        check_whole(play.room)


def test_a_line_that_was_changed_tells(play: StoredPlay) -> None:
    play.to_review()
    unguarded(play.place, "UPDATE audit_line SET content = replace(content, 'ann', 'bob')")
    assert play.room.store.verify().fault == "changed"


# Random walks


@dataclass
class StoredWalk(Walk):
    """A walk through a room."""

    place: str | Path = ""

    def __post_init__(self) -> None:
        self.play = StoredPlay(self.name, place=self.place)
        self.held["eda"] = {"prepare"}


def test_walks_through_the_store(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    walk_all(tmp_path, "sqlite", range(N_WALKS))


@pytest.mark.parametrize("database", DATABASES[1:])
def test_walks_through_a_server(database: str, tmp_path: Path) -> None:
    walk_all(tmp_path, database, range(N_WALKS))


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_many_walks(database: str, tmp_path: Path) -> None:
    walk_all(tmp_path, database, range(100, 110))


def walk_all(folder: Path, database: str, seeds: range) -> None:
    used: dict[str, int] = {}
    for name in PROFILES:
        for seed in seeds:
            with new_place(database, folder / f"{name}{seed}") as place:
                walk_one(StoredWalk(name, random.Random(seed), place=place), used)  # noqa: S311


def walk_one(walk: StoredWalk, used: dict[str, int]) -> None:
    play = walk.play
    assert isinstance(play, StoredPlay)
    for _ in range(N_ACTS):
        outcome = walk.step(used)
        if outcome is None:
            break
        used[outcome.event] = used.get(outcome.event, 0) + outcome.done
    with play.room.store.reading() as desk:
        assert state_of(desk, "f-1") == play.filing
        assert len(desk.acts("f-1")) == len(walk.outcomes) + 1
    check_whole(play.room)
    play.room.close()


# One winner


def test_of_many_threads_one_wins(play: StoredPlay) -> None:
    play.to_review()
    gate = threading.Barrier(8)
    outcomes: list[Outcome] = []

    def withdraw() -> None:
        gate.wait()
        with play.room.store.writing() as desk:
            said = {"reason": REASON}
            facts = good_facts(play.filing)
            outcomes.append(apply(desk, play.room, "f-1", "withdraw", cast.HEAD, said, facts))

    threads = [threading.Thread(target=withdraw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [outcome.done for outcome in outcomes].count(True) == 1
    assert {o.code for o in outcomes if not o.done} == {"filing.state"}
    check_whole(play.room)


WORKERS = Path(__file__).with_name("workers.py")


@dataclass
class Workers:
    """A process that makes others on demand: what it has imported, they have."""

    process: "subprocess.Popen[str]"

    @property
    def said(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def tell(self, word: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.said.readline().strip()


@pytest.fixture
def workers(place: str | Path) -> Iterator[Workers]:
    words = [sys.executable, str(WORKERS), str(place)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        yield Workers(process)
        process.kill()


def test_of_many_processes_one_wins(play: StoredPlay, workers: Workers) -> None:
    play.to_review()
    play.room.close()
    done = json.loads(workers.tell("race"))
    assert sorted(done) == [False, False, False, True]
    check_whole(play.room)


# Kills


def kill_some(play: StoredPlay, workers: Workers, n_kills: int) -> None:
    """Kill a process at work, again and again; look at what it left each time."""
    draw = random.Random(5)  # noqa: S311
    play.room.close()
    n_lines = 1
    for _ in range(n_kills):
        pid, n_told = map(int, workers.tell("work").split())
        time.sleep(draw.random() * 0.02)
        subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(pid)], check=True)
        n_told = max(n_told, *map(int, workers.tell("wait").split()))
        new = play.room.store.chain.lines(n_lines)
        for id in {line.object.removeprefix("filing:") for line in new} - {""}:
            check_whole(play.room, id)
        seq = play.room.store.chain.head().seq
        assert seq >= max(n_lines, n_told), "an act that was told to be done is lost"
        n_lines = seq
        play.room.close()
    assert n_lines > n_kills


def test_killed_at_any_moment_an_act_is_whole_or_not_there(
    play: StoredPlay, workers: Workers
) -> None:
    kill_some(play, workers, 8)


@pytest.mark.slow
def test_killed_at_many_moments(play: StoredPlay, workers: Workers) -> None:
    kill_some(play, workers, 80)
    with play.room.store.reading() as desk:
        ids = [row["id"] for row in desk.filings()]
    for id in ids:
        check_whole(play.room, id)


def test_a_clock_that_goes_back_is_refused(play: StoredPlay) -> None:
    play.do("decide", cast.HEAD, outcome="file")
    play.now = LONG_AGO
    refused = play.attempt("freeze", cast.EDITOR)
    assert refused.code == "filing.clock"
    later = play.attempt("freeze", cast.EDITOR, at=datetime.max.isoformat())
    assert later.code == "filing.clock"
    check_whole(play.room)
