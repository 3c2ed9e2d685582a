"""The page on what a generator learned."""

import re
from typing import Any

import numpy as np
import pytest

from guanyao.data.contact_sheet import png
from guanyao.report.explain_page import graph_of, render_explain
from tests.report.test_page import HOSTILE, Page

FILE = png(np.zeros((8, 8, 1), np.uint8))
NODES = ["age", "sex", "费用类别"]


def page(*sections: dict[str, Any], **facts: Any) -> str:
    text = render_explain({"model": "vae", "kind": "images", "sections": sections, **facts})
    Page(text)
    return text


def test_a_section_shows_what_it_is_given_in_order() -> None:
    text = page(
        {
            "title": "explain.traversals", "text": ("Two words.", "两个词。"), "png": FILE,
            "table": {"heads": ["head.column", "share"], "rows": [["age", 0.25], ["b", None]]},
            "bars": {"age": 0.5, "sex": 0.1},
            "graph": {"nodes": NODES, "edges": [("age", "sex", 0.5), ("sex", "费用类别", -0.2)]},
            "how": "plain words",
        }
    )  # fmt: skip
    marks = ["沿潜变量移动", "两个词。", "data:image/png", "<table>", 'shares"', 'graph"']
    places = [text.index(mark) for mark in [*marks, "plain words"]]
    assert places == sorted(places)
    assert 'class="edge minus"' in text and 'class="edge plus"' in text
    assert "0.25" in text and "vae" in text
    assert not re.search(r"https?:|@import|<link|<iframe", text)


def test_several_pictures_have_captions_and_real_ones_a_warning() -> None:
    pair = [(("real", "真实"), FILE), (None, FILE)]
    text = page({"title_key": "explain.reconstructions", "is_real": True, "png": pair})
    assert text.count("<img") == 2 and text.count('class="danger"') == 1
    assert text.count('alt="') == 2
    assert 'class="danger"' not in page({"title": "x", "png": FILE})


def test_sections_without_a_title_are_counted_and_a_page_without_sections_says_so() -> None:
    assert "Section 2" in re.sub(r"<[^>]+>", "", page({}, {}))
    assert "nothing of the kind" in page()


def test_a_search_for_settings_has_a_title_of_its_own() -> None:
    assert "<title" in page(kind="tune") and "The search for settings" in page(kind="tune")


def test_only_the_strongest_relations_are_drawn_and_strange_ones_left_out() -> None:
    names = [f"c{i}" for i in range(15)]
    edges = [(a, b, (i + j) / 30) for i, a in enumerate(names) for j, b in enumerate(names[:i])]
    text = page({"title": "x", "graph": {"nodes": names, "edges": edges}})
    assert text.count('class="edge ') == 60
    assert f"60 strongest of {len(edges)} relations" in text
    graph = graph_of({"nodes": NODES, "edges": [("age", "nobody", 1.0), ("age", "sex", None)]})
    assert graph.edges == []


def test_a_graph_of_one_name_or_none_is_drawn() -> None:
    assert 'class="picture graph"' in page({"graph": {"nodes": ["a"], "edges": []}})
    assert 'class="picture graph"' not in page({"graph": {"nodes": []}})


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_words_are_only_text(evil: str) -> None:
    text = page(
        {
            "title": evil, "text": evil, "how": (evil, evil), "png": [(evil, FILE)],
            "table": {"heads": [evil], "rows": [[evil]], "caption": evil}, "bars": {evil: 1.0},
            "graph": {"nodes": [evil, "b"], "edges": [(evil, "b", 1.0)]},
        },
        model=evil,
    )  # fmt: skip
    assert text.count("<script>") == 1
    assert not any(key.startswith("on") for _, attrs in Page(text).tags for key in attrs)
    assert "\u202e" not in text
