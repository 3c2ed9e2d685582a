"""Finds personal data in running text and in cells."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate

import polars as pl

from guanyao.protect import GROUP, RECOGNISERS
from guanyao.protect.finding import Finding
from guanyao.protect.fold import SEPARATOR, Folded
from guanyao.protect.kinds import kind_of
from guanyao.protect.recogniser import LEAST_SCORE, Recogniser
from guanyao.registry import find, names

WINDOW = 1 << 16
"""Characters that are read at once, so that memory does not grow with the text."""
OVERLAP = 1 << 12
"""Characters that are read again on either side; nothing that is found is longer."""
LABELLED = 0.8
"""What a score is worth if only a label in front of the cell brings it about."""


def find_text(text: str, *, kinds: Iterable[str] | None = None) -> list[Finding]:
    """The personal data in a text.

    Args:
        text: Any text; its length does not matter.
        kinds: Which kinds to look for, default all.

    Returns:
        Findings in the order of the text; no two overlap, offsets are those of the text as given.

    Raises:
        UnknownNameError: A kind is not known.
    """
    recognisers = _recognisers(None if kinds is None else tuple(kinds))
    if len(text) <= WINDOW:
        return _settled(_found(text, recognisers))
    chosen: list[Finding] = []
    for first in range(0, len(text), WINDOW):
        for finding in _in_window(text, first, recognisers):
            if not chosen or chosen[-1].end <= finding.start:
                chosen.append(finding)
    return chosen


def find_texts(
    texts: Sequence[str | None] | pl.Series, *, kinds: Iterable[str] | None = None
) -> list[list[Finding]]:
    """The personal data in many texts, each by itself: many times faster than one by one.

    Args:
        texts: Texts or cells; None holds nothing.
        kinds: Which kinds to look for, default all.

    Returns:
        One list per text, as of `find_text`.

    Raises:
        UnknownNameError: A kind is not known.
    """
    wanted = None if kinds is None else tuple(kinds)
    recognisers = _recognisers(wanted)
    found: list[list[Finding]] = [[] for _ in range(len(texts))]
    for places, batch in _batches(texts):
        if len(batch) == 1:
            found[places[0]] = find_text(batch[0], kinds=wanted)
            continue
        starts = [0, *accumulate(len(text) + 1 for text in batch)]
        for finding in _settled(_found(SEPARATOR.join(batch), recognisers)):
            cell = bisect_right(starts, finding.start) - 1
            found[places[cell]].append(_moved(finding, -starts[cell]))
    return found


def is_kind(kind: str, value: str) -> float:
    """How surely a whole cell is of one kind, in [0, 1].

    A cell has no words around it: it is also judged as if a label such as "邮编" stood before it,
    at a lower score, because a column's name may say so.

    Args:
        kind: The kind.
        value: The cell.

    Raises:
        UnknownNameError: The kind is not known.
    """
    recogniser = _recogniser(kind_of(kind).name)
    plain = _score_of_whole(recogniser, "", value)
    label = getattr(recogniser, "label", "")
    if plain >= LABELLED or not label:
        return plain
    return max(plain, LABELLED * _score_of_whole(recogniser, label, value))


def _score_of_whole(recogniser: Recogniser, label: str, value: str) -> float:
    text = Folded(label + value.strip())
    start, end = len(label), len(text.text)
    spans = recogniser.find(text) if end > start else ()
    return max((s for first, last, s in spans if first <= start and last == end), default=0.0)


@cache
def _recogniser(kind: str) -> Recogniser:
    recogniser: Recogniser = find(RECOGNISERS, kind, GROUP)
    return recogniser


@cache
def _recognisers(kinds: tuple[str, ...] | None) -> list[tuple[str, list[Recogniser]]]:
    """The recognisers, grouped by what a text must hold for them to be asked."""
    groups: dict[str, list[Recogniser]] = {}
    for kind in names(RECOGNISERS, GROUP) if kinds is None else kinds:
        recogniser = _recogniser(kind)
        groups.setdefault(getattr(recogniser, "needs", ""), []).append(recogniser)
    return list(groups.items())


def _found(text: str, recognisers: list[tuple[str, list[Recogniser]]]) -> list[Finding]:
    """All that any recogniser finds; findings may overlap."""
    folded = Folded(text)
    found = []
    for needs, group in recognisers:
        if not folded.holds(needs):
            continue
        for recogniser in group:
            for start, end, score in recogniser.find(folded):
                if score >= LEAST_SCORE:
                    found.append(Finding(recogniser.kind, *folded.span(start, end), score))
    return found


def _settled(found: list[Finding]) -> list[Finding]:
    """The findings without those that overlap a better one: surer, then longer."""
    chosen: list[Finding] = []
    starts: list[int] = []
    for finding in sorted(found, key=lambda f: (-f.score, f.start - f.end, f.start)):
        place = bisect_right(starts, finding.start)
        if place and chosen[place - 1].end > finding.start:
            continue
        if place < len(chosen) and chosen[place].start < finding.end:
            continue
        chosen.insert(place, finding)
        insort(starts, finding.start)
    return chosen


def _in_window(
    text: str, first: int, recognisers: list[tuple[str, list[Recogniser]]]
) -> Iterator[Finding]:
    """What starts in one window; the text around it is read too, so that nothing is cut."""
    start = max(0, first - OVERLAP)
    piece = text[start : first + WINDOW + OVERLAP]
    for finding in _settled(_found(piece, recognisers)):
        if first <= finding.start + start < first + WINDOW:
            yield _moved(finding, start)


def _moved(finding: Finding, by: int) -> Finding:
    return Finding(finding.kind, finding.start + by, finding.end + by, finding.score)


def _batches(
    texts: Sequence[str | None] | pl.Series,
) -> Iterator[tuple[list[int], list[str]]]:
    """Texts with their places, as many as are read at once."""
    places: list[int] = []
    batch: list[str] = []
    size = 0
    for place, text in enumerate(texts):
        if not text:
            continue
        if batch and size + len(text) >= WINDOW:
            yield places, batch
            places, batch, size = [], [], 0
        places.append(place)
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield places, batch
