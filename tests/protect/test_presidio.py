"""The bridge to Presidio, against a stand-in of the few parts of it that are used."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from guanyao.errors import MissingExtraError, UnknownNameError
from guanyao.protect.finding import Finding
from guanyao.protect.presidio import find_with, recognizers

TEXT = "手机15400138000，写信到 wu@example.com"


@dataclass
class RecognizerResult:
    entity_type: str
    start: int
    end: int
    score: float


class EntityRecognizer:
    def __init__(self, supported_entities: list[str], name: str, supported_language: str) -> None:
        self.supported_entities = supported_entities
        self.name = name
        self.supported_language = supported_language


class Engine:
    """Asks recognisers as Presidio's engine does; results may overlap."""

    def __init__(self, recognizers: list[Any], extra: list[RecognizerResult]) -> None:
        self.recognizers = recognizers
        self.extra = extra

    def analyze(self, *, text: str, language: str) -> list[RecognizerResult]:
        found = list(self.extra)
        for one in self.recognizers:
            if one.supported_language == language:
                found += one.analyze(text, one.supported_entities, None)
        return found


@pytest.fixture
def presidio(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("presidio_analyzer")
    vars(module).update(EntityRecognizer=EntityRecognizer, RecognizerResult=RecognizerResult)
    monkeypatch.setitem(sys.modules, "presidio_analyzer", module)
    yield


@pytest.mark.usefixtures("presidio")
def test_our_kinds_come_out_of_its_engine_as_findings() -> None:
    extra = [
        RecognizerResult("PHONE_NUMBER", 2, 13, 0.4),
        RecognizerResult("PERSON", 0, 2, 0.85),
        RecognizerResult("US_BANK_NUMBER", 13, 14, 0.05),
    ]
    engine = Engine(recognizers(kinds=["mobile_phone", "email"]), extra)
    found = find_with(engine, TEXT, language="zh")
    assert [(f.kind, f.start, f.end) for f in found] == [
        ("person_name", 0, 2),
        ("mobile_phone", 2, 13),
        ("us_bank_number", 13, 14),
        ("email", 18, 32),
    ]
    assert all(isinstance(f, Finding) for f in found)


@pytest.mark.usefixtures("presidio")
def test_only_the_entities_asked_for_are_looked_for() -> None:
    chinese = recognizers(kinds=["mobile_phone", "email"])[1]
    chinese.load()
    assert chinese.supported_language == "zh"
    assert [r.entity_type for r in chinese.analyze(TEXT, ["EMAIL"], None)] == ["EMAIL"]


@pytest.mark.usefixtures("presidio")
def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="resident_id"):
        recognizers(kinds=["credit_card"])


def test_without_presidio_the_install_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(MissingExtraError, match=r"guanyao\[presidio\]"):
        recognizers()
