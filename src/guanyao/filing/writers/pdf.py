"""A document as PDF/A-2a and PDF/UA-1: for archives, read aloud, with its fonts inside.

Set by typst in this process: nothing is fetched, no file but the fonts and `document.typ` is read.
What a document says reaches typst as data and is never read as its markup.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from functools import singledispatch
from typing import Any, TypeAlias
from unicodedata import category

from guanyao.errors import GuanyaoError, InternalError
from guanyao.filing.document import (
    Block,
    Bullets,
    Document,
    Fields,
    Heading,
    PageBreak,
    Picture,
    Signatures,
    Table,
    Text,
)
from guanyao.filing.writers import drawing, fonts, layout
from guanyao.filing.writers.characters import LONG_WORD, clean, pieces
from guanyao.filing.writers.typesetting import Refused, typeset

STANDARDS = ["a-2a", "ua-1"]
"""ISO 19005-2 level A (archive, tagged, every character with its code) and ISO 14289-1."""

PARTS = ("year", "month", "day", "hour", "minute", "second")
MOST_TRIED = 2_000
"""Rare characters of a document that are tried one by one; where there are more, all get codes."""

UNSHOWN = re.compile("could not be displayed|codepoint|panicked")
"""What typst says of characters that a file of these standards cannot hold."""

RARE = re.compile(r"[^\n\t -~\u3000-\u303f\u4e00-\u9fa5\uff01-\uff5e]")
"""What a font with Chinese glyphs may lack."""

Lines: TypeAlias = list[list[tuple[str, str]]]
Data: TypeAlias = Mapping[str, Any]


def write(document: Document, *, created: datetime | None = None) -> bytes:
    """The document as a PDF file.

    A character that no font of this machine has stands as its code, 〔U+2A6D6〕, so that a rare
    character of a name is not lost. Control characters become U+FFFD (`characters.clean`).

    Args:
        document: What it says.
        created: When it was made; None: the file says 1980.

    Raises:
        ConfigError: No font with Chinese glyphs is installed.
        DataError: A drawing is no SVG, or a row of a table has too many or too few texts.
        MissingExtraError: typst is not installed.
    """
    data = _data(document, created or layout.EPOCH)
    steps: tuple[Callable[[Data], frozenset[str]], ...] = (_nothing, _unshown, _rare)
    for lacking in steps:
        try:
            return _compile("document.typ", _without(data, lacking(data)))
        except Refused as error:
            refusal = error
        if not UNSHOWN.search(str(refusal)):
            break
    raise _refused(str(refusal)) from refusal


def _compile(pages: str, data: Data) -> bytes:
    inputs = {"document": json.dumps(data, ensure_ascii=False)}
    when = data["timestamp"]
    return typeset(pages, inputs, format="pdf", pdf_standards=STANDARDS, timestamp=when)


def _refused(message: str) -> GuanyaoError:
    if "SVG" in message or "image" in message or UNSHOWN.search(message):
        return drawing.refused(message)
    return InternalError(f"the pages cannot be set: {message[:500]}")


# --- characters that no font has -------------------------------------------------------------


def _without(data: Any, lost: Set[str]) -> Any:  # noqa: ANN401
    """The data with the codes of these characters in their places."""
    if not lost:
        return data
    if isinstance(data, str):
        return "".join(_codes(c) if c in lost else c for c in _clusters(data))
    if isinstance(data, Mapping):
        return {key: _without(value, lost) for key, value in data.items()}
    return [_without(value, lost) for value in data] if isinstance(data, Sequence) else data


def _codes(cluster: str) -> str:
    return "".join(f"〔U+{ord(c):04X}〕" for c in cluster)


def _clusters(text: str) -> Iterator[str]:
    """Each character with the marks that stand on it."""
    start = 0
    for at, c in enumerate(text):
        if at > start and not (c > "\u02ff" and category(c)[0] == "M"):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


def _strings(data: Any) -> Iterator[str]:  # noqa: ANN401
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping | Sequence):
        for value in data.values() if isinstance(data, Mapping) else data:
            yield from _strings(value)


def _nothing(data: Data) -> frozenset[str]:
    return frozenset()


def _rare(data: Data) -> frozenset[str]:
    found = {cluster for text in _strings(data) for cluster in _clusters(text)}
    return frozenset(cluster for cluster in found if RARE.search(cluster))


def _unshown(data: Data) -> frozenset[str]:
    """The characters that cannot be shown, each tried by setting it."""
    rare = _rare(data)
    return frozenset(_tried(sorted(rare), data)) if len(rare) <= MOST_TRIED else rare


def _tried(clusters: list[str], data: Data) -> list[str]:
    try:
        _compile("trial.typ", {**data, "blocks": clusters})
    except Refused:
        if len(clusters) == 1:
            return clusters
        half = len(clusters) // 2
        return _tried(clusters[:half], data) + _tried(clusters[half:], data)
    return []


# --- what the pages are told -----------------------------------------------------------------


def _data(document: Document, created: datetime) -> dict[str, Any]:
    faces = fonts.faces()
    utc = created.astimezone(UTC)
    short, long = layout.PAGE_MM
    size = (long, short) if document.is_wide else (short, long)
    margins = layout.MARGINS_WIDE_MM if document.is_wide else layout.MARGINS_MM
    width_mm = layout.text_width_mm(document)
    return {
        "title": layout.title_of(document),
        "heading": _told(document.title) if layout.one_line(document.title) else None,
        "subtitle": _told(document.subtitle) if document.subtitle else None,
        "contents": layout.CONTENTS if layout.is_long(document) else None,
        "timestamp": int(utc.timestamp()),
        "created": {part: getattr(utc, part) for part in PARTS},
        "page": {"width": size[0], "height": size[1], **margins},
        "look": _look(faces),
        "tallest": layout.PICTURE_SHARE * layout.text_height_mm(document),
        "blocks": [
            {**_block(block, width_mm), **({"level": level} if level else {})}
            for block, level in layout.leveled(document.blocks)
        ],
    }


def _look(faces: fonts.Faces) -> dict[str, Any]:
    return {
        "pale": f"#{layout.PALE}",
        "ink": f"#{layout.INK}",
        "line": f"#{layout.LINE}",
        "head": f"#{layout.HEAD_FILL}",
        "label": f"#{layout.LABEL_FILL}",
        "missing": f"#{layout.MISSING_FILL}",
        "seal": layout.SEAL_MM,
        "title": layout.TITLE_PT,
        "headings": layout.HEADINGS_PT,
        "text": layout.TEXT_PT,
        "table": layout.TABLE_PT,
        "small": layout.SMALL_PT,
        "serif": [faces.serif],
        "sans": [faces.sans],
        "latin": fonts.LATIN,
    }


def _told(text: str) -> Lines:
    """Lines of runs, each with its kind: plain, missing, or a long word that may break anywhere."""
    lines: Lines = [[]]
    for piece, is_missing in pieces(clean(text)):
        for number, part in enumerate(piece.split("\n")):
            if number:
                lines.append([])
            lines[-1] += [("missing", part)] if is_missing else _words(part)
    return lines


def _words(line: str) -> list[tuple[str, str]]:
    end, runs = 0, []
    for found in LONG_WORD.finditer(line):
        runs += [("plain", line[end : found.start()]), ("long", found.group())]
        end = found.end()
    return [(kind, words) for kind, words in (*runs, ("plain", line[end:])) if words]


@singledispatch
def _block(block: Block, width_mm: float) -> dict[str, Any]:
    raise InternalError(f"no PDF is known of a {type(block).__name__}")


@_block.register
def _heading(block: Heading, width_mm: float) -> dict[str, Any]:
    return {"kind": "heading", "text": _told(block.text)}


@_block.register
def _text(block: Text, width_mm: float) -> dict[str, Any]:
    return {"kind": "text", "text": [_told(line)[0] for line in layout.lines(clean(block.text))]}


@_block.register
def _bullets(block: Bullets, width_mm: float) -> dict[str, Any]:
    items = [_told(item) for item in block.items]
    return {"kind": "bullets", "items": items, "numbered": block.numbered}


@_block.register
def _table(block: Table, width_mm: float) -> dict[str, Any]:
    widths = layout.shares(block)
    return {
        "kind": "table",
        "caption": _told(block.caption) if block.caption else None,
        "columns": [_told(title) for title in block.columns],
        "tall": layout.is_tall(block.columns, widths, width_mm),
        "shares": widths,
        "centred": layout.centred(block),
        "rows": [_row(row, widths, width_mm) for row in block.rows],
    }


@_block.register
def _fields(block: Fields, width_mm: float) -> dict[str, Any]:
    widths = (layout.FIELD_SHARE, 1 - layout.FIELD_SHARE)
    rows = [_row(row, widths, width_mm) for row in block.rows]
    return {"kind": "fields", "share": layout.FIELD_SHARE, "rows": rows}


def _row(row: Sequence[str], widths: Sequence[float], width_mm: float) -> dict[str, Any]:
    return {
        "tall": layout.is_tall(row, widths, width_mm),
        "cells": [_told(text) for text in row],
    }


@_block.register
def _picture(block: Picture, width_mm: float) -> dict[str, Any]:
    return {
        "kind": "picture",
        "svg": drawing.ready(block.svg),
        "alt": layout.one_line(block.caption) or "drawing",
        "caption": _told(block.caption),
        "width": layout.picture_share(block),
    }


@_block.register
def _signatures(block: Signatures, width_mm: float) -> dict[str, Any]:
    tall = [layout.is_tall((who,), layout.SIGN_SHARES[:1], width_mm) for who in block.of]
    return {
        "kind": "signatures",
        "together": len(block.of) <= layout.TOGETHER and not any(tall),
        "of": [_told(who) for who in block.of],
        "tall": tall,
        "columns": [_told(title) for title in layout.SIGN_COLUMNS],
        "shares": layout.SIGN_SHARES,
        "date": layout.DATE,
    }


@_block.register
def _page_break(block: PageBreak, width_mm: float) -> dict[str, Any]:
    return {"kind": "page_break"}
