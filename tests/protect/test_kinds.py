"""The kinds of personal data, and the page that lists them."""

import re
from pathlib import Path

import pytest

from guanyao.errors import UnknownNameError
from guanyao.protect.kinds import KINDS, kind_of

PAGE = Path(__file__).parents[2] / "docs" / "personal-data.md"
ROW = re.compile(r"^\| `(\w+)` \|.*$", re.MULTILINE)


def row(name: str) -> str:
    """The line of the page's table for one kind."""
    kind = KINDS[name]
    marks = ("yes" if kind.is_sensitive else "", "yes" if kind.has_check else "")
    words = (f"{kind.title}, {kind.title_zh}", kind.sensitivity, *marks, f"`{kind.tag}`")
    return f"| `{name}` | " + " | ".join((*words, f"`{kind.tag_zh}`")) + " |"


def test_the_page_lists_every_kind_as_it_is() -> None:
    text = PAGE.read_text(encoding="utf-8")
    part = text.partition("## What is recognised")[2].partition("\n## ")[0]
    listed = [match[0] for match in ROW.finditer(part)]
    assert listed == [row(name) for name in KINDS]


def test_a_tag_is_one_word_in_brackets_without_digits() -> None:
    """So that masked text is not found again, and a tag can be told from text."""
    for kind in KINDS.values():
        for tag in (kind.tag, kind.tag_zh):
            assert re.fullmatch(r"\[[^\[\]0-9]+\]", tag), kind.name


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="resident_id") as caught:
        kind_of("id_card")
    assert caught.value.code == "unknown_name.kind"
