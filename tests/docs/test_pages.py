"""What the README and the pages show is run, and what they name exists."""

import re
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, blocks, inside, run_page, write_digits, write_patients

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
CHINESE = [page for page in PAGES if page.name.endswith(".zh-CN.md")]
RUN = [page for page in PAGES if page not in CHINESE]
"""A page in Chinese shows the very blocks of the page in English: they are run once."""


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_shows_works(page: Path, tmp_path: Path) -> None:
    write_patients(tmp_path / "patients.csv")
    write_digits(tmp_path / "digits.npz")
    shown = sum(language in ("python", "console") for language, _ in blocks(page))
    with inside(tmp_path):
        assert run_page(page) == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in PAGES[2:] if f"docs/{p.name}" not in readme] == []


@pytest.mark.parametrize("chinese", CHINESE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_both_languages_say_the_same(chinese: Path) -> None:
    """The same blocks, and as many headings, table rows and pictures."""
    english = chinese.with_name(chinese.name.replace(".zh-CN", ""))
    assert code(english) == code(chinese)
    for mark in ("#", "|", "![", "- "):
        assert count(english, mark) == count(chinese, mark)


def code(page: Path) -> list[tuple[str, str]]:
    """The page's blocks without their comments."""
    return [(language, re.sub(r"\s*#.*", "", text)) for language, text in blocks(page)]


def count(page: Path, mark: str) -> int:
    """How many lines outside blocks begin with the mark."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return sum(line.startswith(mark) for line in text.splitlines())
