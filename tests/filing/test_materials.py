"""The slots of a dossier, by route and service."""

from dataclasses import replace
from typing import Any

import pytest

from guanyao.errors import ConfigError, UnknownNameError
from guanyao.filing.documents import DOCUMENTS
from guanyao.filing.materials import FORMAT, Materials, required_names
from guanyao.filing.package_paths import LAYOUTS
from tests.filing.cast import profile
from tests.filing.made_dossier import FACTS

TABLE = Materials.shipped()


def materials(**slot: Any) -> Materials:
    known = {"slot": "a", "title": {"zh": "甲", "en": "one"}, "routes": ["filing"]}
    made = {"document": "continuity", "formats": ["docx"], "confirm": True}
    rows = [{**known, **made, **slot}]
    return Materials.from_json({"materials": FORMAT, "routes": {"filing": ["p"]}, "slots": rows})


def test_the_slots_are_those_of_the_practice() -> None:
    assert [slot.slot for slot in TABLE.slots] == [
        *("application_form", "assessment_report", "clause_matrix", "service_agreement"),
        *("privacy_policy", "annotation_rules", "keywords", "questions", "called_model"),
        *("content_safety_rules", "emergency_plan", "continuity", "model_mechanism"),
        *("risk_register", "personal_information_assessment", "disclosure_page"),
        *("complaint_rules", "security_rules", "other"),
    ]
    assert {slot.document for slot in TABLE.slots} <= {*DOCUMENTS, ""}
    assert TABLE.slot("assessment_report").confirm
    assert TABLE.slot("keywords").formats == ("xlsx",)


def test_what_is_required_depends_on_route_and_service() -> None:
    filed = required_names("notice7", FACTS)
    assert {"application_form", "assessment_report", "model_mechanism"} <= set(filed)
    assert not {"keywords", "questions", "called_model", "other"} & set(filed)
    talking = {**FACTS, "modality": ["text"], "base_model": "third_party"}
    assert {"keywords", "questions", "called_model"} <= set(required_names("notice7", talking))
    registered = required_names("cn-genai-registration", talking)
    assert "called_model" in registered
    assert not {"model_mechanism", "annotation_rules", "continuity"} & set(registered)
    assert required_names("cn-algorithm-filing", FACTS) == [
        *("application_form", "assessment_report", "clause_matrix", "model_mechanism")
    ]


def test_a_slot_that_hangs_on_an_unknown_fact_is_required() -> None:
    assert "keywords" in required_names("notice7", {})
    assert "other" not in required_names("notice7", {})


def test_a_profile_of_ones_own_has_the_dossier_of_what_it_extends() -> None:
    own = replace(profile("notice7"), name="ours", extends="cn-genai-registration")
    assert TABLE.route_of(own) == "registration"
    assert TABLE.route_of("unheard-of") == "filing"


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ({"title": {"zh": "甲"}}, "lacks a title"),
        ({"document": "novel"}, "names no document"),
        ({"formats": ["doc"]}, "formats"),
        ({"formats": []}, "formats"),
        ({"routes": ["moon"]}, "no route"),
        ({"required_when": "is_purple"}, "is_purple"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_broken_slot_is_refused(slot: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        materials(**slot)
    assert error.value.code == "materials.slot"


def test_a_slot_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownNameError) as error:
        TABLE.slot("assessment")
    assert error.value.code == "materials.unknown"


def test_every_slot_has_its_place_in_the_folder_of_its_routes() -> None:
    lost = [
        (route, slot.slot)
        for slot in Materials.shipped().slots
        for route in slot.routes
        if slot.slot not in LAYOUTS[route]
    ]
    assert lost == []
