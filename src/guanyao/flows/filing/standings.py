"""How far the judging of a draw is: who said what of which items, and what of it counts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guanyao.filing.judging import Judge, Settled, kind_of, settle
from guanyao.flows.filing.draw_record import Record, answers_of, draw_record
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import standing
from guanyao.records.filing_store import Desk

JUDGEMENT = "judgement"


@dataclass(frozen=True, kw_only=True)
class Standings:
    """How far the judging of a draw is.

    Args:
        draw: The draw's id.
        n_items: How many items it has.
        n_answered: Of how many the model's answer is there.
        settled: Judge -> what counts so far.
        people: Who judged, of those that are persons.
    """

    draw: str
    n_items: int
    n_answered: int
    settled: Mapping[Judge, Settled]
    people: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """How far it is as plain JSON."""
        return {
            "draw": self.draw,
            "n_items": self.n_items,
            "n_answered": self.n_answered,
            "people": list(self.people),
            "judged": {
                judge: {
                    "n": len(found.verdicts),
                    "n_hits": found.n_hits,
                    "disputed": list(found.disputed),
                    "n_unjudged": len(found.unjudged),
                }
                for judge, found in self.settled.items()
            },
        }


def standings(room: Room, filing: str, draw: str) -> Standings:
    """How far the judging of a draw is.

    Raises:
        DataError: There is no such filing or draw.
    """
    with room.store.reading() as desk:
        standing(desk, room, filing)
        return standings_of(desk, filing, draw_record(desk, filing, draw))


def standings_of(desk: Desk, filing: str, record: Record) -> Standings:
    """How far the judging of a draw is, by its record."""
    people = [found["by"] for found in _judgements(desk, filing, record, "human")]
    judges = kind_of(record["sample"]).evidence
    return Standings(
        draw=record["id"],
        n_items=len(record["items"]),
        n_answered=len(answers_of(desk, record)),
        settled={judge: settled_by(desk, filing, record, judge) for judge in judges},
        people=tuple(people),
    )


def settled_by(desk: Desk, filing: str, record: Record, judge: Judge) -> Settled:
    """What counts so far of all that a judge said."""
    items = [item["id"] for item in record["items"]]
    every = _judgements(desk, filing, record, judge)
    if judge != "human":
        # Of several classifiers the last one counts: they are no panel.
        every = sorted(every, key=lambda found: str(found["at"]))[-1:]
    return settle(items, {found["by"]: said_in(desk, found) for found in every})


def _judgements(desk: Desk, filing: str, record: Record, judge: str = "") -> list[Record]:
    prefix = f"{record['id']}/{judge}/" if judge else f"{record['id']}/"
    return [r for key, r in desk.records(filing, JUDGEMENT).items() if key.startswith(prefix)]


def said_in(desk: Desk, record: Record) -> dict[str, bool]:
    """Item -> verdict, by the record of a judgement."""
    lines = map(json.loads, desk.file(record["file"]).splitlines())
    return {line["item"]: line["hit"] for line in lines}


def all_said(desk: Desk, filing: str, record: Record) -> list[dict[str, bool]]:
    """Item -> verdict, for everybody who judged anything of a draw."""
    return [said_in(desk, found) for found in _judgements(desk, filing, record)]
