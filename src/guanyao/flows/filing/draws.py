"""Filing draws: samples are drawn once and for all, answered, judged and closed.

    draw → sheet → answers → judge (people, keywords, classifier) → close

A draw is frozen: its items follow from its seed and the digest of what it was drawn from, and are
drawn again before it is closed. Here it is drawn; `draw_record` keeps it, `answers` writes its
sheet and takes the model's answers, `judgements` the verdicts, and `closing` makes evidence of it.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guanyao.errors import ConfigError, FilingError
from guanyao.filing.filing_state import Actor
from guanyao.filing.judging import SampleKind, kind_of, least_of
from guanyao.filing.sampling import ALGORITHM, MAX_SEED, Method
from guanyao.flows.filing.bank_work import Work, recorded, working
from guanyao.flows.filing.draw_pool import Pool, bank_pool, corpus_pool
from guanyao.flows.filing.draw_record import DRAW, Record, frozen_digest, n_before_of
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import Standing, standing


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A sample that was drawn.

    Args:
        draw: Its record.
        least: How many the packs ask for; 0: none says.
        n_before: How often the same was drawn before, from the same bank or data.
        notes: What a reader should know.
    """

    draw: Record
    least: int
    n_before: int
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The draw as plain JSON, without its items."""
        told = {key: value for key, value in self.draw.items() if key != "items"}
        n = len(self.draw["items"])
        more = {"least": self.least, "n_before": self.n_before, "notes": list(self.notes)}
        return {**told, "n_sampled": n, **more}


def sample(  # noqa: PLR0913 - an act, and how it is drawn
    room: Room,
    filing: str,
    actor: Actor,
    kind: str,
    n: int | None = None,
    seed: int | None = None,
    *,
    method: Method = "simple",
    source: str | Path | None = None,
    columns: Sequence[str] = (),
) -> Drawn:
    """Draw a sample of a bank, of the training data or of a source, and freeze it.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        kind: What is drawn, a name of `judging.KINDS`.
        n: How many; None: as many as the packs ask for.
        seed: From 0 to 10^15; None: by chance. It stands in the draw.
        method: simple, or stratified by kind.
        source: The file of the data; only where no bank is drawn from.
        columns: Of a table, the columns of free text; (): as found.

    Raises:
        ConfigError: There are not so many, or the seed or what is asked for is wrong
            ("sampling....").
        DataError: The bank is not there, or the source cannot be read or has no free text.
        FilingError: The clauses that ask for it do not apply ("sampling.not_applicable").
    """
    asked = kind_of(kind)
    _check_source(kind, asked, source, method)
    act = "filing.bank.draw"
    with recorded(room, filing, actor, act):
        notes = _applicable(room, filing, asked)
        corpus = corpus_pool(source, columns) if source else None
        with working(room, filing, actor, act) as work:
            chosen = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
            pool = corpus or bank_pool(work, asked.bank)
            least = least_of(kind, pool.size, work.stand.packs)
            record = _record(work, kind, pool, _size(n, least), chosen, method)
            n_before = n_before_of(work, record)
            work.desk.put_record(work.filing, DRAW, record["id"], record)
            work.facts |= {"draw": record["id"], "sample": kind, "n_items": len(record["items"])}
            work.facts |= {"n_population": pool.size, "digest": record["digest"]}
    return Drawn(draw=record, least=least, n_before=n_before, notes=tuple(notes))


def _applicable(room: Room, filing: str, asked: SampleKind) -> list[str]:
    with room.store.reading() as desk:
        return _check_applies(standing(desk, room, filing), asked)


def _check_source(kind: str, asked: SampleKind, source: object, method: Method) -> None:
    if bool(asked.bank) == bool(source):
        raise ConfigError(
            f"{kind!r} is drawn from {'the bank ' + asked.bank if asked.bank else 'a file'}",
            allowed="a bank and no file" if asked.bank else "the file of the data",
            do="leave --source away" if asked.bank else "name it with --source",
            code="sampling.source",
        )
    if method == "stratified" and not asked.bank:
        raise ConfigError(
            "texts of a file are of no kinds to draw by",
            allowed="a simple random sample",
            code="sampling.source",
        )


def _size(n: int | None, least: int) -> int:
    if n is None and not least:
        raise ConfigError(
            "it is not said how many are drawn, and no pack says",
            do="name the number with -n",
            code="sampling.size",
        )
    return least if n is None else n


def _record(work: Work, kind: str, pool: Pool, n: int, seed: int, method: Method) -> dict[str, Any]:
    number = len(work.desk.records(work.filing, DRAW)) + 1
    record = {
        "id": f"draw-{number}",
        "sample": kind,
        "algorithm": ALGORITHM,
        "method": method,
        "seed": seed,
        "n_population": pool.size,
        "items": [{"id": item} for item in pool.items(n, seed, method)],
        "bank_digest": "",
        "data_digest": "",
        "columns": [],
        "model_digest": "",
        "drawn_at": work.desk.now.isoformat(),
        **pool.named,
    }
    open_parts = {"answers": "", "closed": False, "evidence": [], "drawn_by": work.actor.person}
    return {**record, "digest": frozen_digest(record), **open_parts}


def _check_applies(stand: Standing, asked: SampleKind) -> list[str]:
    """Notes on clauses of which it is not known whether they apply.

    Raises:
        FilingError: None of those that ask for the sample applies.
    """
    wanted = tuple(f"sample.{name}." for name in dict.fromkeys(asked.evidence.values()))
    asking = [
        (pack, clause)
        for pack in stand.packs
        for clause in pack.clauses
        if any(check.measure.startswith(wanted) for check in clause.checks)
    ]
    answers = [(pack, clause, clause.applies(stand.service.facts)) for pack, clause in asking]
    if answers and all(answer is False for _, _, answer in answers):
        pack, clause, _ = answers[0]
        raise FilingError(
            f"不适用: {pack.id}/{clause.id} does not apply to this service: "
            f"{clause.otherwise['en']} ({clause.otherwise['zh']})",
            do="decide the clause as 不适用; a sample would prove nothing",
            code="sampling.not_applicable",
        )
    return [
        f"it is not known whether {pack.id}/{clause.id} applies: complete the service description"
        for pack, clause, answer in answers
        if answer is None
    ]


def draws(room: Room, filing: str) -> list[dict[str, Any]]:
    """The draws of a filing, in order, without their items."""
    with room.store.reading() as desk:
        standing(desk, room, filing)
        every = desk.records(filing, DRAW).values()
        return [
            {**{k: v for k, v in record.items() if k != "items"}, "n_sampled": len(record["items"])}
            for record in every
        ]
