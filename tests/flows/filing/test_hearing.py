"""The offer to be heard: who may make it, what the provider says, and when it counts."""

import json
from datetime import timedelta

import pytest

from guanyao.errors import ConfigError, TransitionError
from guanyao.filing.filing_state import Actor
from guanyao.flows.filing import hearing
from tests.filing import cast
from tests.flows.filing.play import START, RoomPlay, place, play, sqlite_play

__all__ = ["place", "play", "sqlite_play"]

TEXT = "We plan to revoke the filing, since the model in use is another one."


def test_an_offer_names_the_act_the_day_and_reaches_the_provider(play: RoomPlay) -> None:
    found = hearing.offer(play.room, "f-1", cast.DECIDER, TEXT, about="revoke")
    assert (found["n"], found["about"], found["by"]) == (1, "revoke", "dai")
    assert found["until"] == "2026-03-10T00:00:00+08:00"
    with play.room.store.reading() as desk:
        kept = desk.record("f-1", hearing.KIND, "1")
        assert {"at", "by", "about", "until"} <= set(kept)
        [notice] = [one for one in desk.outbox() if one["kind"] == "hearing_offered"]
    assert notice["to"] == "provider_admin"
    [line] = list(play.room.store.chain.lines(-1))
    assert line.act == "filing.hearing"
    assert TEXT not in json.dumps(line.to_json())
    assert "salt" not in hearing.hearings(play.room, "f-1")[0]
    assert play.room.store.verify().ok


def test_it_counts_once_the_provider_spoke_or_its_time_is_over(sqlite_play: RoomPlay) -> None:
    play = sqlite_play
    hearing.offer(play.room, "f-1", cast.DECIDER, TEXT, about="revoke")
    hearing.offer(play.room, "f-1", cast.DECIDER, TEXT, about="reject")

    def counts(event: str) -> bool:
        with play.room.store.reading() as desk:
            return hearing.is_offered(desk, "f-1", event)

    assert not counts("revoke")
    said = hearing.statement(play.room, "f-1", 1, cast.HEAD, "It was an oversight.")
    assert said["statement"]["late"] is False
    assert counts("revoke")
    assert not counts("reject")
    play.wait(days=30)
    assert counts("reject")
    assert not counts("suspend")


def test_the_provider_may_waive_and_speak_late(sqlite_play: RoomPlay) -> None:
    play = sqlite_play
    until = START + timedelta(hours=2)
    hearing.offer(play.room, "f-1", cast.DECIDER, TEXT, until=until)
    assert hearing.statement(play.room, "f-1", 1, cast.HEAD, waived=True)["statement"]["waived"]
    play.wait(hours=2)
    assert hearing.statement(play.room, "f-1", 1, cast.HEAD, "But yes.")["statement"]["late"]


def test_what_is_refused_is_recorded(sqlite_play: RoomPlay) -> None:
    room = sqlite_play.room
    partial = Actor(
        person="pam", role="decider", organisation="office", interests=("provider-one",)
    )
    for actor in (cast.HEAD, cast.OBJECTOR, partial):
        with pytest.raises(TransitionError) as refused:
            hearing.offer(room, "f-1", actor, TEXT)
        assert refused.value.code == "filing.role"
    with pytest.raises(TransitionError, match="asks for no hearing"):
        hearing.offer(room, "f-1", cast.DECIDER, TEXT, about="accept")
    with pytest.raises(TransitionError, match="no offer 4"):
        hearing.statement(room, "f-1", 4, cast.HEAD, "Hello")
    refusals = [line.code for line in room.store.chain.lines() if line.outcome == "refused"]
    assert refusals == ["filing.role"] * 3 + ["filing.hearing"] * 2


def test_an_offer_without_grounds_or_time_is_none(sqlite_play: RoomPlay) -> None:
    room = sqlite_play.room
    with pytest.raises(ConfigError, match="characters"):
        hearing.offer(room, "f-1", cast.DECIDER, "short")
    with pytest.raises(ConfigError, match="no time"):
        hearing.offer(room, "f-1", cast.DECIDER, TEXT, until=START)
    hearing.offer(room, "f-1", cast.DECIDER, TEXT)
    with pytest.raises(ConfigError, match="says nothing"):
        hearing.statement(room, "f-1", 1, cast.HEAD)
