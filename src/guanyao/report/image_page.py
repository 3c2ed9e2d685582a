"""The report on pictures as one HTML page that opens offline."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from guanyao.data.contact_sheet import png, sheet
from guanyao.data.images import Images
from guanyao.report import pictures as show
from guanyao.report import quality, sections
from guanyao.report.frame import Part, how, page
from guanyao.report.frames import slider
from guanyao.report.grading import finite
from guanyao.report.html import Html, join, say, table, tag, user
from guanyao.report.texts import number
from guanyao.report.training import curves

Record = Mapping[str, Any]

KIND = "images"
MAX_CLASSES = 20
"""Classes with a sheet of their own; all others stand in the table."""
ROOM = {"virtual": 600_000, "real": 400_000, "nearest": 300_000}
"""Bytes of uncompressed pixels that the sheets of a section show together at most."""


def render_images(report: Record, pictures: Record) -> str:
    """The report on pictures as one self-contained HTML file, in English and Chinese.

    Args:
        report: A `guanyao.report/1` record whose data is of the kind "images"; parts that are
            missing are left out.
        pictures: What the page shows beside it: `virtual` (Images), `epochs` (epoch and PNG file,
            in order), and, where they were asked for, `real` (Images) and `nearest` (virtual
            Images, and the training picture nearest to each). All may be missing.

    Returns:
        HTML that loads nothing from outside and is read without a script in English.

    Raises:
        DataError: A picture of an epoch is no PNG file.
    """
    report = {**report, "data": {**(report.get("data") or {}), "kind": KIND}}
    scores = report.get("scores") or []
    parts = [
        sections.judgement(report),
        _drawn(report, pictures),
        _real(pictures.get("real")),
        quality.figures(scores, KIND),
        _nearest(pictures.get("nearest")),
        _classes(report),
        _details(scores),
        sections.privacy(report),
        sections.diagnostics(report),
        curves(report),
        slider(pictures.get("epochs") or [], _of_pictures(report).get("height")),
        _notes(_of_pictures(report).get("notes") or []),
        sections.timing(report),
        sections.record(report),
        sections.warnings(report),
        sections.glossary(report),
    ]
    lead = sections.lead(report, _n_virtual(report))
    shown = [part for part in parts if part is not None]
    return page("page.title", join(lead, _caution(pictures)), shown, sections.footer(report))


def _of_pictures(report: Record) -> Record:
    known: Record = report["data"].get("images") or {}
    return known


def _n_virtual(report: Record) -> int | None:
    """How many virtual pictures there are, as far as classes or measures tell."""
    counts = [finite(one.get("n_virtual")) for one in _of_pictures(report).get("classes") or []]
    if counts and None not in counts:
        return int(sum(count for count in counts if count is not None))
    return None


def _caution(pictures: Record) -> Html | None:
    """The note that the page holds real pictures, where it does."""
    if pictures.get("real") is None and pictures.get("nearest") is None:
        return None
    return tag("strong", say("real.warning"), class_="danger", role="note")


# The pictures


def _drawn(report: Record, pictures: Record) -> Part:
    images = pictures.get("virtual")
    if images is None or not len(images):
        return Part("pictures_drawn", tag("p", say("part.pictures_drawn.none"), class_="none"))
    factor = show.factor_of(images.pixels)
    smaller = say("part.pictures_drawn.smaller", factor=factor) if factor > 1 else None
    sheets = _sheets(images, "virtual", _of_pictures(report).get("classes") or [])
    note = tag("p", smaller, class_="gloss") if smaller else None
    return Part("pictures_drawn", join(sheets, note, how("part.pictures_drawn.how")))


def _real(images: Images | None) -> Part | None:
    if images is None or not len(images):
        return None
    warning = tag("p", say("real.warning"), class_="danger")
    sheets = _sheets(images, "real", [])
    return Part("real_pictures", join(warning, sheets, how("part.real_pictures.how")))


def _sheets(images: Images, side: str, counts: Sequence[Record]) -> Html:
    """A sheet of each class, or one of all pictures where there are no labels."""
    room = ROOM[side]
    if images.labels is None or not images.classes:
        whole = show.sheet_of(
            images, f"alt.{side}", n_most=len(images), room=room, width=show.PAGE_WIDTH
        )
        return tag("figure", whole, class_="sheet")
    present = [label for label in range(len(images.classes)) if (images.labels == label).any()]
    shown = present[:MAX_CLASSES]
    learned = {str(one.get("name")): one.get("n_train") for one in counts}
    cards = [_card(images, label, side, room // len(shown), learned) for label in shown]
    more = None
    if len(shown) < len(present):
        more = tag("p", say("class.more", shown=len(shown), total=len(present)), class_="gloss")
    return join(tag("div", *cards, class_="grid sheets"), more)


def _card(images: Images, label: int, side: str, room: int, learned: Record) -> Html:
    assert images.labels is not None
    name = images.classes[label]
    own = images.take(images.labels == label)
    known = learned.get(name)
    count = None if known is None else tag("span", say("class.counts", n_train=known), class_="fit")
    key = "alt.class" if side == "virtual" else "alt.real"
    return tag(
        "figure",
        tag("figcaption", tag("h3", user(name)), count),
        show.sheet_of(own, key, n_most=len(own), room=room, name=name),
        class_="column",
    )


def _nearest(pair: tuple[Images, Images] | None) -> Part | None:
    if pair is None or not len(pair[0]):
        return None
    virtual, train = (show.small(images.pixels) for images in pair)
    n_shown = max(1, min(len(virtual), ROOM["nearest"] // (2 * virtual[0].size)))
    n_columns = min(show.N_COLUMNS, n_shown)
    rows = [
        _padded(side[at : min(at + n_columns, n_shown)], n_columns)
        for at in range(0, n_shown, n_columns)
        for side in (virtual, train)
    ]
    file = png(sheet(np.concatenate(rows), n_columns=n_columns))
    warning = tag("p", say("real.warning"), class_="danger")
    drawn = tag("figure", show.picture(file, "alt.nearest"), class_="sheet")
    return Part("nearest", join(warning, drawn, how("part.nearest.how")))


def _padded(pixels: show.Pixels, n: int) -> show.Pixels:
    """The pictures and as many white ones as make a whole row."""
    white = np.full((n - len(pixels), *pixels.shape[1:]), 255, np.uint8)
    return np.concatenate([pixels, white])


# Figures of pictures only


def _classes(report: Record) -> Part | None:
    classes = _of_pictures(report).get("classes") or []
    if not classes:
        return None
    right = _right_by_class(report.get("scores") or [], len(classes))
    heads = ["class", "n_train", "n_holdout", "n_virtual", *(["right"] if right else [])]
    rows = [_class_row(one) for one in classes]
    if right:
        rows = [[*row, _percent(share)] for row, share in zip(rows, right, strict=True)]
    named: list[object] = [say(f"head.{head}") for head in heads]
    listed = table(say("caption.classes"), named, rows, kind="narrow")
    return Part("classes", join(listed, how("part.classes.how")))


def _class_row(one: Record) -> list[object]:
    counts = [number(one.get(key)) for key in ("n_train", "n_holdout", "n_virtual")]
    return [user(one.get("name")), *counts]


def _right_by_class(scores: Sequence[Record], n_classes: int) -> list[object] | None:
    """The share of right labels of each class, where it was measured for just these classes."""
    for score in scores:
        if score.get("name") == "label_accuracy":
            shares = (score.get("details") or {}).get("by_class") or []
            return list(shares) if len(shares) == n_classes else None
    return None


def _percent(share: object) -> str:
    value = finite(share)
    return "–" if value is None else f"{100 * value:.1f} %"


def _details(scores: Sequence[Record]) -> Part | None:
    shown = [score for score in scores if score.get("kind") != "diagnostic"]
    if not shown:
        return None
    return Part("details", join(quality.measured(shown, KIND), how("part.details.how")))


def _notes(notes: Sequence[object]) -> Part | None:
    if not notes:
        return None
    listed = tag("ul", *(tag("li", str(note)) for note in notes), class_="warnings-list")
    return Part("notes", join(listed, how("part.notes.how")))
