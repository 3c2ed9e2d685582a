"""Verdicts on the items of a draw: by people, by the filing's keywords, or by a classifier.

What somebody said before is kept when they change their mind; of a closed draw nothing changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanyao.errors import ConfigError, DataError
from guanyao.filing.filing_state import Actor
from guanyao.filing.judging import Classifier, Judge, Verdicts, check_judge, kind_of
from guanyao.flows.filing.answers import (
    answers_in,
    check_answered,
    items_in,
    read_handed_in,
    with_answers,
)
from guanyao.flows.filing.bank_work import Work, bank_of, recorded, working
from guanyao.flows.filing.draw_pool import entries_drawn
from guanyao.flows.filing.draw_record import Record, answers_of, draw_record, open_draw
from guanyao.flows.filing.judge_sheet import Said
from guanyao.flows.filing.keywords import Keywords
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import standing
from guanyao.flows.filing.standings import JUDGEMENT, Standings, said_in, standings_of
from guanyao.records.evidence import canonical
from guanyao.records.filing_store import Desk

PERSON = "person"


def read_judgements(
    room: Room,
    filing: str,
    actor: Actor,
    draw: str,
    path: str | Path,
    *,
    judge: Judge = "human",
    name: str = "",
) -> Standings:
    """Take over verdicts: what people wrote into a sheet, or a classifier into a file.

    Lines without a verdict say nothing. Somebody who judges an item again changes their mind; what
    they said before is kept.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who hands it in, and judged where the sheet names nobody.
        draw: The draw's id.
        path: The sheet, or JSON lines {"item", "verdict"}.
        judge: human or classifier.
        name: Of the classifier: its name and version.

    Raises:
        DataError: A verdict is none, an item is not in the draw, is judged twice by one person, has
            no answer yet, or somebody is not known in the room ("judging....").
        FilingError: The draw is closed.
    """
    act = "filing.bank.judge"
    with recorded(room, filing, actor, act):
        said = read_handed_in(room, filing, draw, path)
        with working(room, filing, actor, act) as work:
            record = open_draw(work, draw)
            check_judge(record["sample"], judge)
            items = items_in(said, record)
            is_asked = kind_of(record["sample"]).is_answered
            if is_asked and not record["answers"] and (new := answers_in(said, items)):
                record = with_answers(work, record, new)
            who = actor.person if judge == "human" else _classifier_name(name)
            by_person = _verdicts_in(work.desk, said, items, who if judge == "human" else "", who)
            for person, verdicts in by_person.items():
                _put_verdicts(work, record, judge, person, verdicts)
            return standings_of(work.desk, work.filing, record)


def _verdicts_in(
    desk: Desk, said: Sequence[Said], items: Sequence[str], human: str, default: str
) -> dict[str, dict[str, bool]]:
    """Person -> what they said of which items."""
    found: dict[str, dict[str, bool]] = {}
    for line, item in zip(said, items, strict=True):
        if line.verdict is None:
            continue
        person = (line.person if human else "") or default
        if person != default and desk.record("", PERSON, person) is None:
            raise DataError(
                f"line {line.place} names somebody as judge who is not known in the room",
                allowed="persons of the room, or an empty cell for whoever hands the sheet in",
                do="guanyao filing people add ID --role ROLE --of ORGANISATION",
                code="judging.person",
            )
        if found.setdefault(person, {}).setdefault(item, line.verdict) != line.verdict:
            raise DataError(
                f"line {line.place} judges an item once more, and otherwise, by the same judge",
                allowed="one verdict of each person on an item",
                code="judging.twice",
            )
    if not found:
        raise DataError(
            "there is no verdict in the file",
            allowed="a column 研判结果 or verdict that is filled in",
            code="judging.word",
        )
    return found


def judge_by_keywords(
    room: Room, filing: str, actor: Actor, draw: str, *, source: str | Path | None = None
) -> Standings:
    """Judge every item of a draw by the filing's keyword library.

    What holds a keyword does not pass, or is harmful. Whether something is a refusal no keyword can
    say.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        draw: The draw's id.
        source: The file of the data, where the draw is not of a bank.

    Raises:
        ConfigError: The draw is not judged by keywords ("judging.judge").
        DataError: There is no library, or an answer is missing.
        FilingError: The draw is closed.
    """
    act = "filing.bank.judge"
    with recorded(room, filing, actor, act):
        read = _read_texts(room, filing, draw, "keyword", source)
        with room.store.reading() as desk:
            library = bank_of(desk, filing, "keyword")
        found = Keywords(library.entries).found_in(read.texts)
        is_harm = kind_of(read.draw["sample"]).meaning == "harmful"
        verdicts = {i: bool(kinds) == is_harm for i, kinds in zip(read.items, found, strict=True)}
        more = {"library": library.digest, "kinds": _tally(found)}
        with working(room, filing, actor, act) as work:
            _put_verdicts(work, _as_read(work, read), "keyword", "keywords", verdicts, **more)
            return standings_of(work.desk, work.filing, read.draw)


def _tally(found: Iterable[frozenset[str]]) -> dict[str, int]:
    tally: dict[str, int] = {}
    for kinds in found:
        for kind in kinds:
            tally[kind] = tally.get(kind, 0) + 1
    return dict(sorted(tally.items()))


def judge_by_classifier(
    room: Room,
    filing: str,
    actor: Actor,
    draw: str,
    classifier: Classifier,
    *,
    name: str,
    source: str | Path | None = None,
) -> Standings:
    """Judge every item of a draw by a classifier of the provider's.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        draw: The draw's id.
        classifier: Says of texts whether each is a hit: passes, is a refusal, or is harmful.
        name: Its name and version.
        source: The file of the data, where the draw is not of a bank.

    Raises:
        ConfigError: The draw is not judged so, or the classifier has no name ("judging....").
        DataError: It gave another number of verdicts ("judging.classifier"), or answers are
            missing.
        FilingError: The draw is closed.
    """
    act = "filing.bank.judge"
    with recorded(room, filing, actor, act):
        named = _classifier_name(name)
        read = _read_texts(room, filing, draw, "classifier", source)
        said = [bool(hit) for hit in classifier(read.texts)]
        if len(said) != len(read.items):
            raise DataError(
                f"the classifier gave {len(said):,} verdicts on {len(read.items):,} texts",
                allowed="one for each text, in order",
                code="judging.classifier",
            )
        verdicts = dict(zip(read.items, said, strict=True))
        with working(room, filing, actor, act) as work:
            _put_verdicts(work, _as_read(work, read), "classifier", named, verdicts)
            return standings_of(work.desk, work.filing, read.draw)


def _classifier_name(name: str) -> str:
    if not name.strip() or len(name) > 80 or not name.isprintable() or "/" in name:
        raise ConfigError(
            "the classifier has no name",
            allowed="its name and version, up to 80 characters without /",
            do="name it with --name",
            code="judging.classifier",
        )
    return name.strip()


@dataclass(frozen=True, kw_only=True)
class _Texts:
    """What is judged, and the draw as it was when that was read."""

    draw: Record
    items: Sequence[str]
    texts: Sequence[str]


def _read_texts(
    room: Room, filing: str, draw: str, judge: Judge, source: str | Path | None
) -> _Texts:
    with room.store.reading() as desk:
        standing(desk, room, filing)
        record = draw_record(desk, filing, draw)
        check_judge(record["sample"], judge)
        items, texts = _texts(desk, record, source)
        return _Texts(draw=record, items=items, texts=texts)


def _texts(desk: Desk, record: Record, source: str | Path | None) -> tuple[list[str], list[str]]:
    """Every item, and the text that is judged: the answer, or the item's own text."""
    if not kind_of(record["sample"]).is_answered:
        pairs = [(item, entry.text) for item, entry in entries_drawn(desk, record, source)]
        return [item for item, _ in pairs], [text for _, text in pairs]
    items = [item["id"] for item in record["items"]]
    check_answered(desk, record, dict.fromkeys(items, True))
    answers = answers_of(desk, record)
    return items, [answers[item] for item in items]


def _as_read(work: Work, read: _Texts) -> dict[str, Any]:
    """The draw, when nobody answered it otherwise meanwhile."""
    record = open_draw(work, read.draw["id"])
    if record["answers"] != read.draw["answers"]:
        raise DataError(
            "the answers were changed meanwhile", do="judge again", code="judging.answer"
        )
    return record


def _put_verdicts(
    work: Work, record: Record, judge: Judge, person: str, verdicts: Verdicts, **more: object
) -> None:
    check_answered(work.desk, record, verdicts)
    key = f"{record['id']}/{judge}/{person}"
    before = work.desk.record(work.filing, JUDGEMENT, key)
    every = {**(said_in(work.desk, before) if before else {}), **verdicts}
    lines = [canonical({"item": i, "hit": every[i]}) + b"\n" for i in sorted(every)]
    kept = {
        "draw": record["id"],
        "judge": judge,
        "by": person,
        "handed_in_by": work.actor.person,
        "at": work.desk.now.isoformat(),
        "file": work.desk.put_file(b"".join(lines)),
        "n": len(every),
        **more,
    }
    work.desk.put_record(work.filing, JUDGEMENT, key, kept)
    n = int(work.facts.get("n_verdicts", 0)) + len(verdicts)
    work.facts |= {"draw": record["id"], "judge": judge, "n_verdicts": n, "digest": kept["file"]}
