"""Small pure functions that write HTML and SVG; whatever is not `Html` already is escaped."""

import html
import unicodedata
from collections.abc import Mapping

from guanyao.report.texts import TEXTS, number, variant


class Html(str):
    """Text that is markup already and must not be escaped again."""

    __slots__ = ()


_VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "col"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def escape(value: object) -> Html:
    """The value as text that cannot be read as markup.

    Control characters and those that turn the direction of writing are shown as �: they could make
    a name look like another.
    """
    if isinstance(value, Html):
        return value
    return Html(html.escape(visible(str(value)), quote=True))


def visible(text: str) -> str:
    """The text with every control character replaced by �."""
    return "".join(
        "\ufffd" if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs") else char
        for char in text
    )


def join(*parts: object) -> Html:
    """The parts one after the other; None is left out."""
    return Html("".join(escape(part) for part in parts if part is not None))


def tag(element: str, *children: object, **attributes: object) -> Html:
    """One element.

    Args:
        element: Its name.
        children: Markup or text; None is left out.
        attributes: `class_` for class, `_` for `-`; None and False are left out, True has no value.

    >>> tag("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    opening = element + "".join(_attribute(key, value) for key, value in attributes.items())
    if element in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(*children)}</{element}>")


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    key = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {key}"
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
    return f' {key}="{escape(shown)}"'


def user(value: object) -> Html:
    """A name or level of the user's, isolated from the writing direction around it."""
    return tag("bdi", str(value), class_="name")


def say(key: str, **figures: object) -> Html:
    """The sentence of that key in both languages; the page shows one of them."""
    in_english, in_chinese = TEXTS[key]
    return both(in_english, in_chinese, **figures)


def say_of(kind: str, key: str, **figures: object) -> Html:
    """The sentence of that key as it is said of this kind of data, in both languages."""
    return say(variant(key, kind), **figures)


def both(in_english: str, in_chinese: str, **figures: object) -> Html:
    """Two texts of one meaning, with the figures filled in."""
    pair = [_filled(text, figures) for text in (in_english, in_chinese)]
    return join(
        tag("span", pair[0], class_="en", lang="en"),
        tag("span", pair[1], class_="zh", lang="zh-CN"),
    )


def _filled(text: str, figures: Mapping[str, object]) -> Html:
    """The text with its figures; a text without any (a name, perhaps) may hold braces."""
    if not figures:
        return escape(text)
    return Html(escape(text).format_map({key: _figure(v) for key, v in figures.items()}))


def _figure(value: object) -> Html:
    return (
        user(value)
        if isinstance(value, str) and not isinstance(value, Html)
        else escape(value if isinstance(value, Html) else number(value))
    )


def svg_both(in_english: str, in_chinese: str, **attributes: object) -> Html:
    """An SVG text in both languages."""
    pair = ((in_english, "en"), (in_chinese, "zh"))
    return join(*(svg_text(text, kind=lang, **attributes) for text, lang in pair))


def svg_text(text: object, *, kind: str = "", **attributes: object) -> Html:
    """One SVG text."""
    return tag("text", str(text), class_=kind or None, **attributes)


def table(
    caption: object, heads: list[object], rows: list[list[object]], *, kind: str = ""
) -> Html:
    """A table; the first cell of every row is its head. It scrolls by itself on a narrow screen."""
    top = tag("tr", *(tag("th", head, scope="col") for head in heads))
    body = [
        tag("tr", tag("th", row[0], scope="row"), *(tag("td", cell) for cell in row[1:]))
        for row in rows
    ]
    return tag(
        "div",
        tag("table", tag("caption", caption), tag("thead", top), tag("tbody", *body)),
        class_=f"scroll {kind}".strip(),
        tabindex=0,
        role="region",
    )
