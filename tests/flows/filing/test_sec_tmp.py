from guanyao.flows.filing import cases
from guanyao.flows.filing.people import acting, add_person, actor_of
from guanyao.flows.filing.act import act
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play
__all__ = ["place", "play", "sqlite_play"]
def test_w(sqlite_play):
    play = sqlite_play
    play.to_notice()
    r = cases.object(play.room, "f-1", None, "The table holds rows of my ward.")
    name = play.filing.case("objection-1").opened_by
    who = acting(play.room, "f-1", name, "public", event="withdraw_objection", case="objection-1")
    out = act(play.room, "f-1", "withdraw_objection", who, {"case": "objection-1"})
    print("WITHDRAW", name, out.done, [str(c) for c in out.failed])
def test_i(sqlite_play):
    play = sqlite_play
    add_person(play.room, "zed", roles=["reviewer"], organisation="bureau", interests=["city-hospital"])
    add_person(play.room, "zed", roles=["reviewer"], organisation="bureau", replace=True)
    with play.room.store.reading() as desk:
        print("INTERESTS", actor_of(desk, "zed", "reviewer"))
