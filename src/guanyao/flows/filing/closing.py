"""Closing a draw: what was judged becomes `guanyao.sample/1` evidence, for good.

It is refused while an item is not judged, or two people disagree and no third has decided; and when
drawing again does not give the same items.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from guanyao import __version__
from guanyao.errors import FilingError
from guanyao.filing.filing_state import Actor
from guanyao.filing.judging import Judge, Judged, Settled, both_pass, judged, kind_of
from guanyao.flows.filing.bank_work import Work, recorded, working
from guanyao.flows.filing.draw_pool import pool_again
from guanyao.flows.filing.draw_record import DRAW, Record, n_before_of, open_draw, thawed
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.standings import Standings, standings_of


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A draw that was closed.

    Args:
        draw: Its id.
        results: What judging it came to.
        evidence: The ids of the evidence.
        notes: What a reader should know.
    """

    draw: str
    results: tuple[Judged, ...]
    evidence: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The results as plain JSON."""
        results = [result.to_json() for result in self.results]
        more = {"evidence": list(self.evidence), "notes": list(self.notes)}
        return {"draw": self.draw, "results": results, **more}


def close(
    room: Room, filing: str, actor: Actor, draw: str, *, source: str | Path | None = None
) -> Closed:
    """Close a draw: what was judged becomes evidence, and nothing of it can change any more.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        draw: The draw's id.
        source: The file of the data: then it is drawn again and compared, too.

    Raises:
        DataError: The draw is not what its seed gives ("judging.frozen").
        FilingError: Nobody judged it, an item is open or disputed ("judging.open"), or it is
            closed already.
    """
    act = "filing.bank.close"
    with recorded(room, filing, actor, act), working(room, filing, actor, act) as work:
        record = open_draw(work, draw)
        _check_drawn(work, record, source)
        found = standings_of(work.desk, work.filing, record)
        results = tuple(_results(work, record, _whole(found)))
        made = [
            work.put_evidence(
                result.record(record, created=work.desk.now, version=__version__),
                f"sample-{result.sample}-{draw}.json",
            )
            for result in results
        ]
        ids = [evidence.id for evidence in made]
        work.desk.put_record(work.filing, DRAW, draw, {**record, "closed": True, "evidence": ids})
        work.facts |= {"draw": draw, "digest": record["digest"], "n_evidence": len(ids)}
        notes = tuple(_notes(work, record, found))
    return Closed(draw=draw, results=results, evidence=tuple(ids), notes=notes)


def _check_drawn(work: Work, record: Record, source: str | Path | None) -> None:
    """Draw again, and see that the same comes out."""
    pool = pool_again(work.desk, record, source)
    drawn = pool.items(len(record["items"]), record["seed"], record["method"])
    if drawn != [item["id"] for item in record["items"]] or pool.size != record["n_population"]:
        raise thawed(record["id"])


def _whole(found: Standings) -> dict[Judge, Settled]:
    """The judges who judged, each of them everything.

    Raises:
        FilingError: One left something open, or there is none.
    """
    begun = {judge: s for judge, s in found.settled.items() if s.verdicts or s.disputed}
    open_parts = [
        f"{judge}: {len(s.unjudged):,} not judged, {len(s.disputed):,} disputed"
        for judge, s in begun.items()
        if not s.is_whole
    ]
    if open_parts or not begun:
        raise FilingError(
            "; ".join(open_parts) or "nobody has judged anything of it yet",
            allowed="every item judged; where two people disagree, a third decides",
            do="judge what is open: guanyao filing bank judge DRAW FILE",
            code="judging.open",
        )
    return begun


def _results(work: Work, record: Record, whole: Mapping[Judge, Settled]) -> Iterator[Judged]:
    kind = kind_of(record["sample"])
    make = partial(judged, population=record["n_population"], packs=work.stand.packs)
    done: set[str] = set()
    for judge, name in kind.evidence.items():
        if judge not in whole or name in done:
            continue
        verdicts = whole[judge].verdicts
        as_judge: Judge = judge
        if name == "corpus_technical" and "classifier" in whole and judge == "keyword":
            # Software judges together: what either finds does not pass.
            verdicts = both_pass(verdicts, whole["classifier"].verdicts)
            as_judge = "classifier"
        done.add(name)
        yield make(name, as_judge, verdicts)


def _notes(work: Work, record: Record, found: Standings) -> Iterator[str]:
    kind = kind_of(record["sample"])
    for judge, settled in found.settled.items():
        if not settled.verdicts and len(set(kind.evidence.values())) > 1:
            yield f"not judged by {judge}: no evidence of {kind.evidence[judge]}"
    if record["sample"] == "corpus_technical":
        missing = [judge for judge, s in found.settled.items() if not s.verdicts]
        yield from (f"not judged by {judge}" for judge in missing)
    subject = work.stand.subject
    for name, now in (("model", subject.model), ("data", subject.data)):
        then = record[f"{name}_digest"]
        if then and now and then != now:
            yield f"it is about another {name} than the filing now: the evidence is stale already"
    if (n := n_before_of(work, record)) > 1:
        yield f"the same was drawn {n} times in all"
