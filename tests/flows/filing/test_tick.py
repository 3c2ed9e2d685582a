"""The clocks of a room on both databases: what they do and say once; a calendar that came out."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guanyao.errors import GuanyaoError
from guanyao.filing.calendar import Calendar
from guanyao.filing.calendar_day import KnownYear
from guanyao.filing.filing_state import Actor
from guanyao.filing.guards import Facts
from guanyao.flows.filing import tick as filing_tick
from guanyao.flows.filing.act import state_of
from guanyao.flows.filing.room import open_room
from guanyao.flows.filing.tick import Ticked, set_calendar, tick
from tests.filing import cast
from tests.filing.cast import calendar, good_facts
from tests.filing.rooms import DATABASES, new_place
from tests.flows.filing.test_act import StoredPlay

ADMIN = Actor(person="adm", role="admin", organisation="office")
DECEMBER = datetime(2026, 12, 25, 2, 0, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    with new_place(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def play(place: str | Path) -> Iterator[StoredPlay]:
    found = StoredPlay(place=place)
    yield found
    found.room.close()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says what the room knows when the clocks ask, in the place of a dossier."""

    def tell(**more: Any) -> None:
        def gathered(desk: object, room: object, state: Any, *said: object) -> Facts:
            return replace(good_facts(state), **more)

        monkeypatch.setattr(filing_tick, "gathered", gathered)

    tell()
    return tell


def kinds(ticked: list[Ticked]) -> list[tuple[str, str, str, bool]]:
    return [(one.kind, one.clock, one.event, one.done) for one in ticked]


def said(play: StoredPlay) -> list[tuple[str, str]]:
    """What the clocks queued."""
    with play.room.store.reading() as desk:
        return [(n["kind"], n["to"]) for n in desk.outbox() if "clock" in n]


def n_lines(play: StoredPlay) -> int:
    assert play.room.store.verify().ok
    return play.room.store.chain.head().seq


def year_2027(status: str = "official") -> Calendar:
    days = {date(2027, 1, day): ("holiday", "元旦") for day in (1, 4, 5)}
    papers = ("https://example.com/2027",) if status == "official" else ()
    year: Any = {"year": 2027, "status": status, "papers": papers, "days": days}
    return Calendar("cn", {2027: KnownYear(**year)})


def test_nothing_is_asked_before_its_time(play: StoredPlay) -> None:
    play.to_notice()
    before = n_lines(play)
    assert tick(play.room) == []
    notice = play.filing.deadline("notice")
    assert notice is not None
    play.now = notice.ends_at - timedelta(microseconds=1)
    assert tick(play.room) == []
    assert n_lines(play) == before


def test_an_act_of_the_clocks_is_done_once(play: StoredPlay, known: Callable[..., None]) -> None:
    play.to_notice().do("object", cast.OBJECTOR)
    play.until_over("notice")
    before = n_lines(play)
    found = tick(play.room)
    assert kinds(found) == [("event", "notice", "close_with_objection", True)]
    assert found[0].outcome is not None and found[0].outcome.after == "OBJECTION"
    assert n_lines(play) == before + 1
    assert tick(play.room) == []
    assert n_lines(play) == before + 1


def test_who_must_act_is_told_once(play: StoredPlay) -> None:
    play.to_notice()
    play.until_over("notice")
    found = tick(play.room)
    assert kinds(found) == [("event", "notice", "close", False)]
    assert (found[0].role, found[0].outcome) == ("decider", None)
    assert said(play) == [("due", "decider")]
    before = n_lines(play)
    for _ in range(3):
        play.wait(days=1)
        assert tick(play.room) == []
    assert (n_lines(play), len(said(play))) == (before, 1)
    play.do("close", cast.DECIDER, number="n-1")


def test_a_reminder_then_the_end_then_the_lapse(
    play: StoredPlay, known: Callable[..., None]
) -> None:
    play.to_review_and_back()
    deadline = play.filing.deadline("correction")
    assert deadline is not None
    play.now = deadline.ends_at - timedelta(days=4, microseconds=1)
    assert tick(play.room) == []
    play.now += timedelta(microseconds=1)
    assert kinds(tick(play.room)) == [("reminder", "correction", "", False)]
    assert tick(play.room) == []
    play.wait(days=1)
    assert tick(play.room) == []
    play.until_over("correction")
    assert kinds(tick(play.room)) == [("event", "correction", "lapse", True)]
    assert tick(play.room) == []
    assert play.stored().state == "WITHDRAWN"
    assert said(play) == [("reminder", "provider_admin")]


def test_who_is_late_is_told_once_and_again_after_an_extension(play: StoredPlay) -> None:
    play.to_filed()
    play.do("order_rectify", cast.INSPECTOR, cast.DECIDER)
    play.until_over("rectification")
    found = [one for one in tick(play.room) if one.clock == "rectification"]
    assert kinds(found) == [("overdue", "rectification", "", False)]
    assert [one for one in tick(play.room) if one.clock == "rectification"] == []
    play.do("verify", cast.INSPECTOR, outcome="extend")
    assert tick(play.room) == []
    play.until_over("rectification")
    kept = [one.kind for one in tick(play.room) if one.clock == "rectification"]
    assert kept == ["overdue"]
    assert said(play).count(("overdue", "provider_admin")) == 2


def test_an_act_that_waits_is_recorded_once_and_tried_again(
    play: StoredPlay, known: Callable[..., None]
) -> None:
    play.to_filed()
    play.until_over("publication")
    known(page_shows_number=None)
    first = [one for one in tick(play.room) if one.clock == "publication"]
    assert kinds(first) == [("event", "publication", "publish_check", False)]
    assert first[0].outcome is not None and first[0].outcome.code == "filing.guard"
    before = n_lines(play)
    assert tick(play.room) == [] and n_lines(play) == before
    with play.room.store.reading() as desk:
        [waits] = [n for n in desk.outbox() if n["kind"] == "waiting"]
    assert waits["to"] == "provider_admin"
    assert [check["name"] for check in waits["checks"]] == ["G17"]
    known(page_shows_number=True)
    assert kinds(tick(play.room)) == [("event", "publication", "publish_check", True)]


def test_a_notice_never_closes_on_provisional_days(
    play: StoredPlay, known: Callable[..., None]
) -> None:
    play.now = DECEMBER
    play.to_notice()
    notice = play.filing.deadline("notice")
    assert notice is not None and notice.status == "provisional"
    play.until_over("notice").wait(days=30)
    assert kinds(tick(play.room)) == [("provisional", "notice", "", False)]
    assert tick(play.room) == []
    refused = play.attempt("close", cast.DECIDER, number="n-1")
    assert {check.name for check in refused.failed} == {"G11"}
    assert play.stored().state == "PUBLIC_NOTICE"


def test_a_calendar_that_came_out(play: StoredPlay, known: Callable[..., None]) -> None:
    play.now = DECEMBER
    play.to_notice()
    provisional = play.filing.deadline("notice")
    assert provisional is not None
    before = n_lines(play)
    [recounted] = set_calendar(play.room, year_2027(), ADMIN)
    assert recounted.before == provisional and recounted.after.status == "official"
    assert recounted.after.due == provisional.due + timedelta(days=3)
    calendar_line, line = play.room.store.chain.lines(before + 1)
    assert (calendar_line.act, calendar_line.who) == ("filing.calendar", "adm")
    assert (line.act, line.facts["clock"]) == ("filing.recount", "notice")
    assert line.facts["before"] == provisional.due.isoformat()
    assert line.facts["after"] == recounted.after.due.isoformat()
    stored = play.stored()
    assert stored.deadline("notice") == recounted.after
    assert stored.history == play.filing.history
    play.now = recounted.after.ends_at
    with open_room(play.place, clock=lambda: play.now) as again:
        assert kinds(tick(again)) == [("event", "notice", "close", False)]
        assert set_calendar(again, year_2027(), ADMIN) == []
    play.do("close", cast.DECIDER, number="n-1")
    assert play.room.store.verify().ok


def test_a_calendar_that_contradicts_is_not_set(play: StoredPlay) -> None:
    before = n_lines(play)
    wrong = calendar().known[2026]
    odd = replace(wrong, days={**wrong.days, date(2026, 3, 3): ("holiday", "x")})
    with pytest.raises(GuanyaoError) as caught:
        set_calendar(play.room, Calendar("cn", {2026: odd}), ADMIN)
    assert caught.value.code == "calendar.contradiction"
    assert n_lines(play) == before
    with play.room.store.reading() as desk:
        assert play.room.calendar(desk).version == calendar().version


def test_a_time_that_has_not_come_is_refused(play: StoredPlay) -> None:
    for time in (play.now + timedelta(hours=1), play.now.replace(tzinfo=None)):
        with pytest.raises(GuanyaoError) as caught:
            tick(play.room, time)
        assert caught.value.code == "filing.clock_ahead"
    assert tick(play.room, play.now - timedelta(hours=1)) == []


def test_filings_move_beside_each_other(play: StoredPlay, known: Callable[..., None]) -> None:
    """Each in a transaction of its own: those that are not moved do not keep the others."""
    from guanyao.flows.filing.act import new_filing

    play.to_notice().do("object", cast.OBJECTOR)
    options: Any = {"profile": "notice7", "organisation": cast.PROVIDER, "actor": cast.EDITOR}
    new_filing(play.room, **options, id="f-2")
    with play.room.store.writing() as desk:
        desk.put_filing(replace(play.filing, id="f-2").to_json())
        desk.put_deadlines("f-2", desk.deadlines("f-1"))
    play.until_over("notice")
    assert [(one.filing, one.done) for one in tick(play.room)] == [("f-1", True), ("f-2", True)]
    with play.room.store.reading() as desk:
        states = [state_of(desk, id) for id in ("f-1", "f-2")]
    assert {state.state for state in states if state} == {"OBJECTION"}
