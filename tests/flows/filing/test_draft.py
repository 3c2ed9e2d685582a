"""Drafts of the documents: written from the room, known when out of date, confirmed by a person."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from guanyao.errors import ConfigError, DataError, TransitionError, UnknownNameError
from guanyao.filing.document import Document
from guanyao.filing.documents import DOCUMENTS
from guanyao.filing.materials import Materials
from guanyao.flows.filing.draft import dossier_at, draft, files_of, made_from, outdated
from guanyao.flows.filing.materials import confirm
from tests.filing import cast
from tests.filing import made_dossier as made
from tests.flows.filing.play import RoomPlay, sqlite_play

__all__ = ["sqlite_play"]


def records(play: RoomPlay) -> dict[str, Mapping[str, Any]]:
    with play.room.store.reading() as desk:
        return desk.records("f-1", "material")


def put(play: RoomPlay, kind: str, key: str, record: Mapping[str, Any]) -> None:
    with play.room.store.writing() as desk:
        desk.put_record("f-1", kind, key, record)


def answer(play: RoomPlay, **more: str) -> None:
    put(play, "answers", "current", {"answers": {**made.answers(), **more}})


@pytest.fixture
def ready(sqlite_play: RoomPlay) -> RoomPlay:
    """A filing whose service is described and whose form is answered."""
    served = made.service()
    record = {"service": "guanyao.service/1", "name": served.name, "facts": dict(served.facts)}
    put(sqlite_play, "service", "current", {**record, "provider": served.provider})
    put(sqlite_play, "card", "current", made.card())
    answer(sqlite_play)
    return sqlite_play


def test_every_required_slot_is_drafted(ready: RoomPlay) -> None:
    found = draft(ready.room, "f-1", cast.EDITOR)
    wanted = [s.slot for s in Materials.shipped().required("notice7", made.FACTS) if s.document]
    assert [one.slot for one in found] == wanted
    assert {one.what for one in found} == {"drafted"}
    kept = records(ready)
    assert list(kept) == wanted
    for slot, record in kept.items():
        assert record["source"] == "draft"
        assert record["confirmed_by"] == ""
        assert record["slot"] == slot
        with ready.room.store.reading() as desk:
            content = desk.file(record["digest"])
            others = [desk.file(part["digest"]) for part in record["more"]]
        assert len(content) == record["bytes"]
        assert zipfile.is_zipfile(io.BytesIO(content))
        assert [other[:5] for other in others] == [b"%PDF-"] * (record["name"].endswith("docx"))
    chain = [line for line in ready.room.store.chain.lines() if line.act == "filing.draft"]
    assert [line.facts["slots"] for line in chain] == [wanted]


def test_places_to_fill_in_are_named(ready: RoomPlay) -> None:
    found = {one.slot: one for one in draft(ready.room, "f-1", cast.EDITOR)}
    assert found["service_agreement"].unfilled == ()
    assert records(ready)["service_agreement"]["unfilled"] == []
    assert any("训练硬件" in what for what in records(ready)["application_form"]["unfilled"])


def test_a_draft_that_would_read_the_same_stays_confirmed(ready: RoomPlay) -> None:
    draft(ready.room, "f-1", cast.EDITOR, ["service_agreement"])
    assert confirm(ready.room, "f-1", ["service_agreement"], cast.HEAD) == ["service_agreement"]
    ready.wait(days=3)
    again = draft(ready.room, "f-1", cast.EDITOR, ["service_agreement"])
    assert [one.what for one in again] == ["unchanged"]
    assert records(ready)["service_agreement"]["confirmed_by"] == cast.HEAD.person


def test_a_draft_is_out_of_date_once_a_fact_that_it_tells_changes(ready: RoomPlay) -> None:
    draft(ready.room, "f-1", cast.EDITOR, ["service_agreement", "continuity"])
    answer(ready, audience="另一些人")
    with ready.room.store.reading() as desk:
        dossier = dossier_at(desk, ready.room, "f-1")
    assert outdated(dossier, records(ready)) == ["service_agreement"]
    with pytest.raises(DataError) as error:
        confirm(ready.room, "f-1", ["service_agreement"], cast.HEAD)
    assert error.value.code == "filing.unconfirmed"
    draft(ready.room, "f-1", cast.EDITOR, ["service_agreement"])
    assert confirm(ready.room, "f-1", ["service_agreement"], cast.HEAD) == ["service_agreement"]


def test_what_has_open_places_cannot_be_confirmed(ready: RoomPlay) -> None:
    draft(ready.room, "f-1", cast.EDITOR, ["application_form"])
    with pytest.raises(DataError) as error:
        confirm(ready.room, "f-1", ["application_form"], cast.HEAD)
    assert error.value.code == "filing.unconfirmed"
    assert records(ready)["application_form"]["confirmed_by"] == ""


def test_an_attached_file_stays_unless_it_is_named(ready: RoomPlay) -> None:
    own = {"slot": "continuity", "source": "attached", "name": "own.docx", "digest": "d" * 64}
    put(ready, "material", "continuity", {**own, "more": [], "confirmed_by": "eda"})
    found = {one.slot: one.what for one in draft(ready.room, "f-1", cast.EDITOR)}
    assert found["continuity"] == "kept"
    assert records(ready)["continuity"]["source"] == "attached"
    named = draft(ready.room, "f-1", cast.EDITOR, ["continuity"])
    assert [one.what for one in named] == ["drafted"]
    assert records(ready)["continuity"]["source"] == "draft"


def test_slots_that_are_not_there_are_told(ready: RoomPlay) -> None:
    with pytest.raises(UnknownNameError):
        draft(ready.room, "f-1", cast.EDITOR, ["novel"])
    with pytest.raises(ConfigError) as error:
        draft(ready.room, "f-1", cast.EDITOR, ["other"])
    assert error.value.code == "materials.slot"
    with pytest.raises(DataError) as unknown:
        draft(ready.room, "f-2", cast.EDITOR)
    assert unknown.value.code == "filing.unknown"


def test_only_the_provider_drafts(ready: RoomPlay) -> None:
    with pytest.raises(TransitionError) as error:
        draft(ready.room, "f-1", cast.CLERK)
    assert error.value.code == "filing.role"
    assert records(ready) == {}


def test_contacts_never_enter_the_chain(ready: RoomPlay) -> None:
    answer(ready, contact_phone="154-1234-5678", contact_name="王某某")
    draft(ready.room, "f-1", cast.EDITOR, ["application_form"])
    told = json.dumps([line.to_json() for line in ready.room.store.chain.lines()])
    assert "154-1234" not in told
    assert "\\u738b\\u67d0" not in told


def test_what_a_draft_is_made_from_is_neither_day_nor_version() -> None:
    full = made.full()
    later = replace(full, today=full.today + timedelta(days=40))
    later = replace(later, filing=replace(full.filing, dossier_version=3))
    changed = replace(full, answers={**full.answers, "audience": "另一些人"})
    for slot in Materials.shipped().of("notice7"):
        if slot.document:
            assert made_from(full, slot.document) == made_from(later, slot.document)
    assert made_from(full, "service_agreement") != made_from(changed, "service_agreement")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_becomes_files(name: str) -> None:
    found = files_of(made.full(), name)
    ends = sorted(file.rpartition(".")[2] for file in found)
    assert ends in (["docx", "pdf"], ["xlsx"])
    assert all(len(content) > 1_000 for content in found.values())


def test_blocks_that_look_alike_make_different_digests() -> None:
    from guanyao.filing.document import Bullets, Text
    from guanyao.flows.filing.draft import _digest

    one = Document(name="a", title="b", blocks=(Text("x"),))
    assert _digest(one) != _digest(replace(one, blocks=(Bullets(("x",)),)))
