"""How generators work: each is described, with its own settings, and drawn."""

import dataclasses
import string
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanyao.errors import ConfigError, UnknownNameError
from guanyao.filing.mechanism import (
    BOX_WIDTH,
    FONT_SIZE,
    WIDTH,
    described,
    diagram,
    mechanism,
    wrapped,
)
from guanyao.filing.mechanism import _table as table
from guanyao.models import GROUP, IMAGE_GROUP, IMAGE_MODELS, MODELS
from guanyao.registry import find
from tests.filing.made_dossier import SETTINGS

ALL = [("tables", name) for name in MODELS] + [("images", name) for name in IMAGE_MODELS]
SVG = "{http://www.w3.org/2000/svg}"


def drawing(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - it was made here


def test_every_generator_is_described_and_no_other() -> None:
    assert described("tables") == list(MODELS)
    assert described("images") == list(IMAGE_MODELS)


@pytest.mark.parametrize(("data", "name"), ALL)
def test_a_description_names_settings_that_the_generator_has(data: str, name: str) -> None:
    pytest.importorskip("torch")
    where, group = (MODELS, GROUP) if data == "tables" else (IMAGE_MODELS, IMAGE_GROUP)
    kind = find(where, name, group)
    settings = {f.name: f.default for f in dataclasses.fields(kind) if f.init}
    found = mechanism(name, data, settings)
    for lang in ("zh", "en"):
        texts = [*found.paragraphs[lang], *found.training[lang], *found.sampling[lang]]
        assert texts
        assert all(text.strip() and "{" not in text for text in [*texts, found.stopping[lang]])
    drawn = diagram(found.training["zh"], found.sampling["zh"])
    n_boxes = len(found.training["zh"]) + len(found.sampling["zh"])
    assert len(drawing(drawn).findall(f"{SVG}rect")) == n_boxes + 1


def test_papers_are_whole_and_all_cited() -> None:
    papers = table()["papers"]
    for paper in papers.values():
        assert set(paper) == {"authors", "year", "title", "id"}
    entries = [*table()["tables"].values(), *table()["images"].values()]
    assert {p for entry in entries for p in entry["papers"]} == set(papers)
    assert papers["goodfellow-2014"]["year"] == 2014
    assert papers["kingma-2013"]["id"] == "arXiv:1312.6114"


def test_settings_stand_in_the_text() -> None:
    found = mechanism("trees", "tables", {**SETTINGS, "n_trees": 7})
    assert "n_trees＝7" in found.paragraphs["zh"][0]
    assert "by 7 decision trees" in found.paragraphs["en"][0]


def test_what_is_not_described_is_told() -> None:
    with pytest.raises(UnknownNameError) as error:
        mechanism("crystal_ball", "tables", {})
    assert error.value.code == "filing.mechanism"
    with pytest.raises(ConfigError, match="setting"):
        mechanism("trees", "tables", {})


WORDS = st.text(alphabet="读入检查编码各列，（）、" + string.ascii_letters, min_size=1, max_size=40)


@given(WORDS)
def test_a_step_is_wrapped_without_loss_and_fits_its_box(text: str) -> None:
    lines = wrapped(text)
    assert "".join(lines) == text
    for line in lines:
        width = sum(0.5 if character.isascii() else 1 for character in line)
        assert 0 < width * FONT_SIZE <= BOX_WIDTH


@given(st.lists(WORDS, min_size=1, max_size=9), st.lists(WORDS, min_size=1, max_size=9))
def test_a_drawing_is_whole_whatever_the_steps(training: list[str], sampling: list[str]) -> None:
    root = drawing(diagram(training, sampling))
    height = float(root.attrib["height"])
    boxes = root.findall(f"{SVG}rect")
    assert len(boxes) == len(training) + len(sampling) + 1
    for box in boxes:
        x, y = float(box.get("x", 0)), float(box.get("y", 0))
        assert x + float(box.attrib["width"]) <= WIDTH
        assert y + float(box.attrib["height"]) <= height
    assert "&" not in "".join(root.itertext())
