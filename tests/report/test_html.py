"""Markup is written, everything else escaped."""

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from guanyao.report.html import Html, both, escape, tag, user, visible


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen, self.text = [], ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(markup: str) -> Tags:
    parser = Tags()
    parser.feed(markup)
    return parser


@given(st.text())
def test_no_text_becomes_markup(text: str) -> None:
    page = parsed(tag("p", text, title=text))
    assert [name for name, _ in page.seen] == ["p"]
    assert page.seen[0][1]["title"] == page.text == visible(text)


def test_markup_is_not_escaped_twice() -> None:
    assert tag("p", Html("<b>x</b>"), "&") == "<p><b>x</b>&amp;</p>"


def test_attributes_without_value_and_left_out() -> None:
    assert tag("input", hidden=True, disabled=False, value=None, class_="a", data_x=1.50) == (
        '<input hidden class="a" data-x="1.5">'
    )


def test_the_direction_of_writing_cannot_be_turned() -> None:
    assert escape("a\u202eb\x00") == "a\ufffdb\ufffd"
    assert user("\u2067name").startswith("<bdi")


def test_figures_of_a_sentence_are_escaped() -> None:
    said = both("hello {who}", "你好 {who}", who="<i>")
    assert "<i>" not in said
    assert said.count("&lt;i&gt;") == 2
