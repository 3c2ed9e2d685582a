"""The register: what is public and nothing else, in three forms, and the authority's figures."""

import csv
import io
import json
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import pytest

from guanyao.errors import ConfigError
from guanyao.flows.filing import registry
from tests.filing import cast
from tests.flows.filing.play import RoomPlay, place, play, sqlite_play

__all__ = ["place", "play", "sqlite_play"]


def test_only_what_has_a_number_is_listed_and_only_what_is_public(play: RoomPlay) -> None:
    assert registry.registry(play.room) == []
    play.to_filed()
    play.open("f-2", name="not filed yet")
    [row] = registry.registry(play.room)
    assert row == registry.Listed(
        number="cn-ab-12",
        name="a service",
        provider="a provider",
        state="FILED",
        state_en="filed",
        state_zh="已备案",
        filed_on="2026-03-12",
        valid_until="2029-03-12",
        since="2026-03-12",
        is_struck=False,
    )
    assert {field.name for field in fields(row)} == {
        *registry.COLUMNS, "state_en", "state_zh", "is_struck"
    }  # fmt: skip


def test_a_number_that_was_struck_stays_in_the_list(sqlite_play: RoomPlay) -> None:
    play = sqlite_play.to_filed().wait(days=30)
    play.do("suspend", cast.DECIDER)
    [row] = registry.registry(play.room)
    assert (row.state_en, row.filed_on, row.since) == ("suspended", "2026-03-12", "2026-04-11")
    play.wait(days=1).do("revoke", cast.DECIDER)
    [row] = registry.registry(play.room)
    assert (row.state_en, row.is_struck, row.valid_until) == ("revoked", True, "")
    assert row.filed_on == "2026-03-12"


def test_an_act_on_a_case_does_not_move_the_days(sqlite_play: RoomPlay) -> None:
    play = sqlite_play.to_filed().wait(days=30)
    play.do("plan_inspection", cast.INSPECTOR, cause="complaints")
    play.do("go_unannounced", cast.INSPECTOR)
    [row] = registry.registry(play.room)
    assert (row.filed_on, row.since) == ("2026-03-12", "2026-03-12")


def test_the_page_says_that_a_filing_is_no_endorsement(sqlite_play: RoomPlay) -> None:
    [row] = registry.registry(sqlite_play.to_filed().room)
    told = registry.disclosure(row)
    assert "cn-ab-12" in told.zh
    assert "cn-ab-12" in told.en
    assert registry.NO_ENDORSEMENT.zh in told.zh
    assert registry.NO_ENDORSEMENT.en in told.en


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_three_forms_say_the_same_and_run_nothing(play: RoomPlay, tmp_path: Path) -> None:
    play.open("f-3", name="unfiled")
    play.to_filed()
    with play.room.store.writing() as desk:
        service = desk.record("f-1", "service", "current")
        desk.put_record("f-1", "service", "current", {**service, "name": "=1+1 <script>alert(1)"})
    record = json.loads(registry.export(play.room))
    assert record["filings"][0]["name"] == "=1+1 <script>alert(1)"
    assert record["note"]["en"] == registry.NO_ENDORSEMENT.en
    text = registry.export(play.room, tmp_path / "register.csv")
    assert (tmp_path / "register.csv").read_bytes().decode("utf-8") == text
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[1][1] == "'=1+1 <script>alert(1)"
    assert registry.NO_ENDORSEMENT.en in rows[-1][0]
    page = registry.export(play.room, form="html")
    tags = Tags()
    tags.feed(page)
    assert "script" not in {tag for tag, _ in tags.found}
    assert not [attrs for _, attrs in tags.found if {"src", "href"} & set(attrs)]
    assert "&lt;script&gt;" in page
    with pytest.raises(ConfigError) as refused:
        registry.export(play.room, tmp_path / "register.docx")
    assert refused.value.code == "filing.registry_form"


def test_the_figures_of_the_authority_name_nobody(play: RoomPlay) -> None:
    play.to_filed()
    play.attempt("revoke", cast.CLERK)
    play.do("plan_inspection", cast.INSPECTOR, cause="complaints")
    play.open("f-2")
    found = registry.statistics(play.room)
    assert found["by_state"] == {"FILED": 1, "SCOPING": 1}
    assert found["by_profile"] == {"notice7/1.0.0": 2}
    assert found["filed_by_year"] == {"2026": 1}
    assert found["inspections"] == {"PLANNED": 1}
    assert (found["n_filings"], found["n_refused"], found["review_days"]) == (2, 1, 10)
    assert found["refusals"] == {"filing.state": 1}
    play.wait(days=60)
    assert registry.statistics(play.room)["overdue"]["publication"] == 1
    told = json.dumps(found)
    assert "provider-one" not in told
    assert "eda" not in told
