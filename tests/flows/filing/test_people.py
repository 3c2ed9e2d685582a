"""Who has a place in a room, and as whom they act."""

from collections.abc import Sequence
from typing import Any

import pytest

from guanyao.errors import ConfigError, GuanyaoError, UnknownNameError
from guanyao.flows.filing.people import acting, add_person, member, people
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play  # noqa: F401 - fixtures


def add(room: Any, person: str, *roles: str, of: str = "office", **more: Any) -> dict[str, Any]:
    return add_person(room, person, roles=roles, organisation=of, **more)


def test_people_come_and_stay(play: RoomPlay) -> None:  # noqa: F811
    made = add(play.room, "cai", "clerk", by="boss")
    assert made == {
        "person": "cai", "roles": ["clerk"], "organisation": "office", "kind": "", "interests": [],
    }  # fmt: skip
    add(play.room, "lea", "provider_signatory", of="provider-one", kind="legality_head")
    add(play.room, "dai", "decider", "reviewer", interests=["other-one"])
    assert [p["person"] for p in people(play.room)] == ["cai", "lea", "dai"]
    lines = list(play.room.store.chain.lines())
    assert [line.facts["person"] for line in lines if line.act == "filing.person"] == [
        "cai", "lea", "dai",
    ]  # fmt: skip
    assert lines[-3].who == "boss"


def test_a_record_changes_only_if_that_is_said(sqlite_play: RoomPlay) -> None:  # noqa: F811
    room = sqlite_play.room
    add(room, "cai", "clerk")
    with pytest.raises(ConfigError, match="in the room already") as caught:
        add(room, "cai", "decider")
    assert caught.value.code == "person.exists"
    with room.store.writing() as desk:
        desk.put_record("", "person", "cai", {**people(room)[0], "public_key": {"x": "y"}})
    found = add(room, "cai", "decider", replace=True)
    assert (found["roles"], found["public_key"]) == (["decider"], {"x": "y"})


@pytest.mark.parametrize(
    ("person", "roles", "more", "code"),
    [
        ("张", ["clerk"], {}, "person.id"),
        ("system", ["clerk"], {}, "person.id"),
        ("1", ["clerk"], {}, "person.id"),
        ("cai", [], {}, "person.role"),
        ("cai", ["clark"], {}, "unknown_name"),
        ("cai", ["system"], {}, "unknown_name"),
        ("cai", ["public"], {}, "unknown_name"),
        ("cai", ["clerk"], {"kind": "legality_head"}, "person.kind"),
        ("lea", ["provider_signatory"], {}, "person.kind"),
        ("lea", ["provider_signatory"], {"kind": "boss"}, "person.kind"),
        ("cai", ["clerk"], {"of": "城市医院"}, "person.id"),
        ("cai", ["clerk"], {"interests": ["a b"]}, "person.id"),
    ],
)
def test_what_cannot_be_is_refused(
    sqlite_play: RoomPlay,  # noqa: F811
    person: str,
    roles: Sequence[str],
    more: dict[str, Any],
    code: str,
) -> None:
    with pytest.raises(GuanyaoError) as caught:
        add(sqlite_play.room, person, *roles, **more)
    assert caught.value.code == code
    assert people(sqlite_play.room) == []


def test_the_role_follows_from_what_is_done(sqlite_play: RoomPlay) -> None:  # noqa: F811
    room = sqlite_play.room
    add(room, "ann", "provider_editor", "provider_admin", of="provider-one")
    add(room, "lea", "provider_signatory", of="provider-one", kind="legality_head")
    add(room, "oma", "clerk", "decider")

    def role(person: str, event: str, **more: str) -> str:
        return acting(room, "f-1", person, event=event, **more).role

    assert role("ann", "decide", outcome="file") == "provider_admin"
    sqlite_play.do("decide", acting(room, "f-1", "ann", event="decide"), outcome="file")
    assert role("ann", "freeze") == "provider_editor"
    assert role("oma", "accept") == "clerk"
    assert role("oma", "submit") == "clerk", "none may: the first, and the engine says no"
    signs = acting(room, "f-1", "lea", event="sign")
    assert (signs.kind, signs.organisation) == ("legality_head", "provider-one")
    with pytest.raises(ConfigError, match="clerk, decider") as caught:
        role("oma", "admit")
    assert caught.value.code == "person.role"
    assert acting(room, "f-1", "oma", "decider", event="admit").role == "decider"
    with pytest.raises(ConfigError, match="has not the role"):
        acting(room, "f-1", "oma", "tester", event="test")


def test_who_is_not_there(sqlite_play: RoomPlay) -> None:  # noqa: F811
    room = sqlite_play.room
    with pytest.raises(ConfigError) as none:
        acting(room, "f-1", "cai", event="accept")
    assert none.value.code == "person.none"
    add(room, "cai", "clerk")
    with pytest.raises(UnknownNameError, match="did you mean 'cai'"):
        acting(room, "f-1", "caj", event="accept")
    with pytest.raises(GuanyaoError) as caught:
        acting(room, "f-9", "cai", event="accept")
    assert caught.value.code == "filing.unknown"


def test_the_public_needs_no_place_and_nobody_acts_as_the_clocks(sqlite_play: RoomPlay) -> None:  # noqa: F811
    room = sqlite_play.room
    assert acting(room, "f-1", "somebody", "public", event="object").role == "public"
    with pytest.raises(GuanyaoError) as caught:
        acting(room, "f-1", "system", event="lapse")
    assert caught.value.code == "person.none"


def test_what_is_no_act_of_a_profile_is_done_in_a_fitting_role(
    sqlite_play: RoomPlay,  # noqa: F811
) -> None:
    room = sqlite_play.room
    add(room, "max", "admin", "clerk", "provider_admin")
    assert member(room, "max").role == "admin"
    assert member(room, "max", side="authority").role == "clerk"
    assert member(room, "max", side="provider").role == "provider_admin"
    assert member(room, "max", "clerk", side="provider").role == "clerk"


def test_a_record_that_is_replaced_takes_no_conflict_away(
    sqlite_play: RoomPlay,  # noqa: F811
) -> None:
    room = sqlite_play.room
    add(room, "rae", "reviewer", interests=["hospital-1"])
    add(room, "rae", "reviewer", of="hospital-2", replace=True)
    add(room, "rae", "reviewer", replace=True)
    found = acting(room, "f-1", "rae", event="pass")
    assert set(found.interests) == {"hospital-1", "hospital-2"}
    facts = [line.facts for line in room.store.chain.lines() if line.act == "filing.person"]
    assert len({str(one["organisation"]) for one in facts}) == 2
    assert [len(one["interests"]) for one in facts] == [1, 0, 0]


def test_nobody_acts_under_the_code_name_of_an_objector(
    sqlite_play: RoomPlay,  # noqa: F811
) -> None:
    """Only the secret of the receipt withdraws an objection."""
    with pytest.raises(ConfigError) as caught:
        acting(sqlite_play.room, "f-1", "objector-0a1b", "public", event="withdraw_objection")
    assert caught.value.code == "filing.receipt"
    with pytest.raises(ConfigError) as caught:
        add(sqlite_play.room, "objector-0a1b", "clerk")
    assert caught.value.code == "person.id"
