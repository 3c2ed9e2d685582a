"""The sheet of a draw goes out, and what the model answered comes back.

An answer that was judged cannot be changed any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from guanyao.errors import ConfigError, DataError
from guanyao.filing.filing_state import Actor
from guanyao.filing.judging import Judge, Verdicts, check_items, check_judge, kind_of
from guanyao.flows.filing.bank_work import Work, recorded, working
from guanyao.flows.filing.draw_pool import entries_drawn
from guanyao.flows.filing.draw_record import DRAW, Record, answers_of, draw_record, open_draw
from guanyao.flows.filing.judge_sheet import Line, Said, read_said, write_sheet
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import standing
from guanyao.flows.filing.standings import Standings, all_said, settled_by, standings_of
from guanyao.records.evidence import canonical
from guanyao.records.filing_store import Desk


def export_sheet(
    room: Room,
    filing: str,
    draw: str,
    path: str | Path,
    *,
    source: str | Path | None = None,
    verdicts: Judge | None = None,
) -> int:
    """Write a sheet for people to judge in, with the answers as far as they are there.

    Args:
        room: The room.
        filing: The filing's id.
        draw: The draw's id.
        path: The file, .xlsx or .csv.
        source: The file of the data, where the draw is not of a bank.
        verdicts: Whose verdicts are filled in; None: nobody's, so that none leads another.

    Returns:
        How many lines it has.

    Raises:
        DataError: There is no such draw, the source is another, or the file cannot be written.
    """
    with room.store.reading() as desk:
        record = draw_record(desk, filing, draw)
        known: Verdicts = {}
        if verdicts is not None:
            check_judge(record["sample"], verdicts)
            known = settled_by(desk, filing, record, verdicts).verdicts
        lines = list(_lines(desk, record, source, known))
    write_sheet(Path(path), draw, lines, kind_of(record["sample"]).meaning)
    return len(lines)


def _lines(
    desk: Desk, record: Record, source: str | Path | None, known: Verdicts
) -> Iterator[Line]:
    answers = answers_of(desk, record)
    for item, entry in entries_drawn(desk, record, source):
        yield Line(
            item=item,
            text=entry.text,
            first=entry.first,
            second=entry.second,
            answer=answers.get(item),
            verdict=known.get(item),
        )


def read_answers(room: Room, filing: str, actor: Actor, draw: str, path: str | Path) -> Standings:
    """Take over what the model answered to the items of a draw.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        draw: The draw's id.
        path: The sheet with its column of answers filled in, or JSON lines {"item", "answer"}.

    Raises:
        DataError: An item is not in the draw, or an answer differs from one that was judged
            already ("judging...."); nothing is taken over.
        FilingError: The draw is closed ("judging.closed").
    """
    act = "filing.bank.answers"
    with recorded(room, filing, actor, act):
        said = read_handed_in(room, filing, draw, path)
        with working(room, filing, actor, act) as work:
            record = open_draw(work, draw)
            if not kind_of(record["sample"]).is_answered:
                raise ConfigError(
                    "nothing is asked of the model in this draw: the texts themselves are judged",
                    code="judging.answer",
                )
            found = answers_in(said, items_in(said, record))
            if not found:
                raise DataError(
                    "there is no answer in the file",
                    allowed="a column 模型返回 or answer that is filled in",
                    code="judging.answer",
                )
            record = with_answers(work, record, found)
            work.facts |= {"draw": draw, "n_answers": len(found), "digest": record["answers"]}
            return standings_of(work.desk, work.filing, record)


def read_handed_in(room: Room, filing: str, draw: str, path: str | Path) -> list[Said]:
    """The lines of a file that was handed in for a draw.

    Raises:
        DataError: There is no such draw, or the file cannot be read.
    """
    with room.store.reading() as desk:
        standing(desk, room, filing)
        sample = draw_record(desk, filing, draw)["sample"]
    return read_said(Path(path), kind_of(sample).meaning)


def items_in(said: Sequence[Said], record: Record) -> list[str]:
    """The item of every line; the same question is the same item.

    Raises:
        DataError: One is not in the draw.
    """
    items = [line.item or line.question for line in said]
    check_items((item["id"] for item in record["items"]), dict.fromkeys(items, True), "lines")
    return items


def answers_in(said: Sequence[Said], items: Sequence[str]) -> dict[str, str]:
    """Item -> answer, of the lines that have one.

    Raises:
        DataError: One item has two answers ("judging.answer").
    """
    found: dict[str, str] = {}
    for line, item in zip(said, items, strict=True):
        if line.answer is not None and found.setdefault(item, line.answer) != line.answer:
            raise DataError(
                f"line {line.place} gives another answer of the same item",
                allowed="one answer for each item",
                code="judging.answer",
            )
    return found


def with_answers(work: Work, record: dict[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
    """The draw with these answers; what was judged already cannot be answered otherwise.

    Raises:
        DataError: It is answered otherwise ("judging.answer").
    """
    before = answers_of(work.desk, record)
    spoken = {item for said in all_said(work.desk, work.filing, record) for item in said}
    changed = [item for item in found if item in spoken and before.get(item) != found[item]]
    if changed:
        raise DataError(
            f"{len(changed):,} answers differ from those that were judged already",
            allowed="answers to items that nobody has judged yet",
            do="draw a new sample to ask the model again",
            code="judging.answer",
        )
    every = {**before, **found}
    lines = [canonical({"item": i, "answer": every[i]}) + b"\n" for i in sorted(every)]
    record = {**record, "answers": work.desk.put_file(b"".join(lines))}
    work.desk.put_record(work.filing, DRAW, record["id"], record)
    return record


def check_answered(desk: Desk, record: Record, verdicts: Verdicts) -> None:
    """See that the model answered every item that is judged, where it is asked.

    Raises:
        DataError: It did not ("judging.answer").
    """
    if not kind_of(record["sample"]).is_answered:
        return
    answers = answers_of(desk, record)
    n_open = sum(item not in answers for item in verdicts)
    if n_open:
        raise DataError(
            f"{n_open:,} items are judged that the model has not answered yet",
            do="hand in its answers first: guanyao filing bank answers DRAW FILE",
            code="judging.answer",
        )
