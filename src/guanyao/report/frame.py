"""The frame of every page: one file with its style and script inside, and nothing from outside."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from guanyao.report.html import Html, join, say, tag
from guanyao.report.texts import TEXTS


@dataclass(frozen=True)
class Part:
    """One section of a page.

    Args:
        key: Its name in `texts`, e.g. "privacy" for "part.privacy"; also its anchor.
        body: What stands under the heading.
        title: The heading, where it is none of `texts`.
    """

    key: str
    body: Html
    title: Html | None = None

    @property
    def heading(self) -> Html:
        """What the section is called."""
        return say(f"part.{self.key}") if self.title is None else self.title


def page(title_key: str, lead: Html, parts: Sequence[Part], footer: Html) -> str:
    """The whole document.

    Args:
        title_key: The key of the title in `texts`.
        lead: The sentence under the title.
        parts: The sections in order; each gets a line in the contents.
        footer: The last line.
    """
    first = parts[0].key if parts else "top"
    body = tag(
        "body",
        tag("a", say("page.skip"), class_="skip", href=f"#{first}"),
        _header(title_key, lead, parts),
        tag("main", *(_section(part) for part in parts)),
        tag("footer", footer),
        tag("script", Html(_file("page.js"))),
    )
    return "<!doctype html>\n" + tag("html", _head(title_key), body, lang="en") + "\n"


def how(key: str, **figures: object) -> Html:
    """The plain words that tell how to read a figure."""
    return tag("p", tag("strong", say("page.how")), " ", say(key, **figures), class_="how")


@cache
def _file(name: str) -> str:
    return files("guanyao.report").joinpath(name).read_text(encoding="utf-8")


def _head(title_key: str) -> Html:
    english, chinese = TEXTS[title_key]
    digest = base64.b64encode(hashlib.sha256(_file("page.js").encode()).digest()).decode()
    policy = (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{english} · Guanyao", data_en=english, data_zh=chinese),
        tag("style", Html(_file("page.css"))),
    )


def _header(title_key: str, lead: Html, parts: Sequence[Part]) -> Html:
    links = [tag("li", tag("a", part.heading, href=f"#{part.key}")) for part in parts[1:]]
    return tag(
        "header",
        tag("div", tag("p", "Guanyao", class_="brand"), _switches(), class_="top"),
        tag("h1", say(title_key)),
        tag("p", lead, class_="lead"),
        tag("nav", tag("ul", *links), aria_label="Contents · 目录", class_="contents"),
    )


def _switches() -> Html:
    languages = [
        tag("button", label, type="button", lang=code, data_lang=code, aria_pressed=pressed)
        for label, code, pressed in (("English", "en", "true"), ("中文", "zh-CN", "false"))
    ]
    theme = tag("button", say("page.theme"), type="button", data_theme_switch="")
    group = tag("span", *languages, role="group", aria_label="Language · 语言", class_="group")
    return tag("div", group, theme, class_="switches")


def _section(part: Part) -> Html:
    heading = tag("h2", part.heading, id=f"{part.key}-title")
    return tag(
        "section",
        join(heading, part.body),
        id=part.key,
        class_="part",
        aria_labelledby=f"{part.key}-title",
    )
