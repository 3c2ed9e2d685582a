"""Where a filing stands, as one record."""

import json

import pytest

from guanyao.errors import DataError
from guanyao.flows.filing.people import add_person
from guanyao.flows.filing.status import materials, since, status
from guanyao.flows.filing.status_lines import lines
from tests.filing import cast
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play  # noqa: F401 - fixtures


def test_a_filing_that_has_just_begun(play: RoomPlay) -> None:  # noqa: F811
    found = status(play.room, "f-1")
    assert json.loads(json.dumps(found)) == found
    assert (found["schema"], found["filing"]) == ("guanyao.filing-status/1", "f-1")
    assert found["state"] == {
        "name": "SCOPING", "en": "scoping", "zh": "适用范围判断", "kind": "open", "phase": "before",
    }  # fmt: skip
    assert found["since"] == play.now.isoformat()
    assert (found["clocks"], found["cases"], found["number"]) == ([], [], "")
    assert found["signatures"] == {"there": [], "missing": []}
    assert all(not slot["is_there"] for slot in found["materials"])
    assert {option["event"] for option in found["options"]} == {"decide", "withdraw"}
    assert all(not option["people"] for option in found["options"]), "nobody is in the room"


def test_who_can_do_what_follows_from_who_there_is(play: RoomPlay) -> None:  # noqa: F811
    add_person(play.room, "ann", roles=["provider_admin"], organisation=cast.PROVIDER)
    add_person(play.room, "eve", roles=["provider_admin"], organisation="another-one")
    options = status(play.room, "f-1")["options"]
    withdraw = next(option for option in options if option["event"] == "withdraw")
    assert withdraw["people"] == [{"person": "ann", "role": "provider_admin"}]
    other = withdraw["not_them"][0]
    assert (other["person"], [check["name"] for check in other["why"]]) == ("eve", ["G9"])
    decide = next(option for option in options if option["outcome"] == "file")
    assert [check["name"] for check in decide["against"]] == ["G1"]


def test_four_eyes_are_seen_before_anybody_tries(sqlite_play: RoomPlay) -> None:  # noqa: F811
    for name in ("rao", "cai"):
        add_person(sqlite_play.room, name, roles=["decider"], organisation=cast.OFFICE)
    sqlite_play.to_notice()
    options = {o["event"]: o for o in status(sqlite_play.room, "f-1")["options"]}
    assert [check["name"] for check in options["close"]["against"]] == ["G11", "G13"]
    assert {other["person"] for other in options["close"]["not_them"]} == {"rao", "cai"}


def test_clocks_and_cases(play: RoomPlay) -> None:  # noqa: F811
    play.to_notice().wait(days=2)
    play.do("object", cast.OBJECTOR)
    found = status(play.room, "f-1", options=False)
    assert found["options"] == []
    clock = found["clocks"][0]
    assert (clock["clock"], clock["due"], clock["days_left"]) == ("notice", "2026-03-11", 7)
    assert (clock["status"], clock["standing"], clock["is_over"]) == ("official", "running", False)
    assert [(c["id"], c["state"]["zh"], c["is_open"]) for c in found["cases"]] == [
        ("objection-1", "已收到", True),
    ]
    play.until_over("notice")
    assert status(play.room, "f-1", options=False)["clocks"][0]["is_over"] is True


def test_a_number_and_its_end(sqlite_play: RoomPlay) -> None:  # noqa: F811
    sqlite_play.to_filed("gy-1")
    found = status(sqlite_play.room, "f-1", options=False)
    assert (found["number"], found["struck_number"], found["service"]["may"]) == (
        "gy-1", "", "allowed",
    )  # fmt: skip
    assert found["dossier"]["version"] == 1
    assert found["signatures"]["missing"] == list(cast.KINDS)
    sqlite_play.do("suspend", cast.DECIDER)
    sqlite_play.do("revoke", cast.DECIDER)
    found = status(sqlite_play.room, "f-1", options=False)
    assert (found["number"], found["struck_number"], found["state"]["name"]) == (
        "", "gy-1", "REVOKED",
    )  # fmt: skip


def test_since_is_the_last_act_that_moved_it() -> None:
    def act(at: str, before: str, after: str, **more: bool) -> dict[str, object]:
        known = {"done": True, "is_vote": False}
        return {"at": at, "before": before, "after": after, **known, **more}

    acts = [
        act("1", "", "A"),
        act("2", "A", "B"),
        act("3", "B", "B"),
        act("4", "B", "A", done=False),
        act("5", "B", "B", is_vote=True),
    ]
    assert since(acts, "B") == "2"
    assert since(acts, "C") == ""


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", ["state: PUBLIC_NOTICE (public notice), since 2026-03-02", "9 days left",
                "dossier: version 1", "clauses that block submission: "]),
        ("zh", ["状态: PUBLIC_NOTICE (公示)", "剩余 9 天", "申报卷宗: 第 1 版",
                "阻碍提交的条款: "]),
    ],
)  # fmt: skip
def test_in_words(sqlite_play: RoomPlay, lang: str, says: list[str]) -> None:  # noqa: F811
    sqlite_play.to_notice()
    text = "\n".join(lines(status(sqlite_play.room, "f-1"), lang))
    assert [part for part in says if part not in text] == []


def test_what_is_not_there(sqlite_play: RoomPlay) -> None:  # noqa: F811
    for flow in (status, materials):
        with pytest.raises(DataError) as caught:
            flow(sqlite_play.room, "f-9")
        assert caught.value.code == "filing.unknown"
