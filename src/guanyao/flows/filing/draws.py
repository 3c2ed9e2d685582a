"""Filing draws: samples are drawn once and for all, answered, judged and closed.

    draw → sheet → answers → judge (people, keywords, classifier) → close

A draw is frozen: its items follow from its seed and the digest of what it was drawn from, and are
drawn again before it is closed. Closing makes `guanyao.sample/1` evidence; it is refused while an
item is not judged, or two people disagree and no third has decided.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from guanyao import __version__
from guanyao.errors import ConfigError, DataError, FilingError
from guanyao.filing.bank import Bank, Entry
from guanyao.filing.filing_state import Actor
from guanyao.filing.judging import (
    Classifier,
    Judge,
    Judged,
    SampleKind,
    Settled,
    Verdicts,
    both_pass,
    check_items,
    check_judge,
    judged,
    kind_of,
    least_of,
    settle,
)
from guanyao.filing.sampling import ALGORITHM, MAX_SEED, Method, draw, draw_stratified
from guanyao.flows.filing.bank_work import BANK, Work, bank_of, recorded, working
from guanyao.flows.filing.corpus import Corpus, item_of, place_of, read_corpus
from guanyao.flows.filing.judge_sheet import Line, Said, read_said, write_sheet
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import Standing, standing
from guanyao.records.evidence import canonical
from guanyao.records.filing_store import Desk

DRAW, JUDGEMENT = "draw", "judgement"
PERSON = "person"
MOST_SHOWN = 8
FROZEN = (
    *("id", "sample", "algorithm", "method", "seed", "n_population", "items"),
    *("bank_digest", "data_digest", "columns", "model_digest", "drawn_at"),
)
"""What never changes in a draw; its digest is taken over it."""
Record: TypeAlias = Mapping[str, Any]


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
        corpus = _corpus_pool(source, columns) if source else None
        with working(room, filing, actor, act) as work:
            chosen = secrets.randbelow(MAX_SEED + 1) if seed is None else seed
            pool = corpus or _bank_pool(work, asked.bank)
            least = least_of(kind, pool.size, work.stand.packs)
            record = _record(work, kind, pool, _size(n, least), chosen, method)
            n_before = _n_before(work, record)
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


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """What is drawn from."""

    size: int
    digest: str
    named: Record
    kinds: Sequence[str] = ()
    ids: Sequence[str] = ()

    def places(self, n: int, seed: int, method: str) -> list[int]:
        if method == "stratified":
            return draw_stratified(n, self.kinds, seed=seed, digest=self.digest)
        return draw(n, self.size, seed=seed, digest=self.digest)

    def items(self, n: int, seed: int, method: str) -> list[str]:
        places = self.places(n, seed, method)
        return [self.ids[place] if self.ids else item_of(place) for place in places]


def _bank_pool(work: Work, name: str) -> _Pool:
    bank = bank_of(work.desk, work.filing, name)
    return _pool_of(bank, work.stand.subject.model)


def _pool_of(bank: Bank, model: str) -> _Pool:
    if not model:
        raise DataError(
            "it is not known which model answers",
            do="state model_digest in the service description, or hand in run.json",
            code="sampling.model",
        )
    named = {"bank_digest": bank.digest, "model_digest": model}
    kinds = [entry.kind for entry in bank.entries]
    return _Pool(size=len(bank.entries), digest=bank.digest, named=named, kinds=kinds, ids=bank.ids)


def _corpus_pool(source: str | Path, columns: Sequence[str]) -> _Pool:
    corpus = read_corpus(source, columns)
    named = {"data_digest": corpus.digest, "columns": list(corpus.columns)}
    return _Pool(size=len(corpus), digest=corpus.digest, named=named)


def _size(n: int | None, least: int) -> int:
    if n is None and not least:
        raise ConfigError(
            "it is not said how many are drawn, and no pack says",
            do="name the number with -n",
            code="sampling.size",
        )
    return least if n is None else n


def _record(
    work: Work, kind: str, pool: _Pool, n: int, seed: int, method: Method
) -> dict[str, Any]:
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
    return {**record, "digest": _frozen_digest(record), **open_parts}


def _frozen_digest(record: Record) -> str:
    return hashlib.sha256(canonical({name: record[name] for name in FROZEN})).hexdigest()


def _n_before(work: Work, record: Record) -> int:
    """How often the same was drawn: whoever draws until the sample pleases is seen."""
    same = ("sample", "bank_digest", "data_digest", "model_digest")
    every = work.desk.records(work.filing, DRAW).values()
    return sum(all(old[name] == record[name] for name in same) for old in every)


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


def draw_record(desk: Desk, filing: str, id: str) -> dict[str, Any]:
    """The record of a draw, as it was frozen.

    Raises:
        DataError: There is none ("judging.draw"), or it was changed ("judging.frozen").
    """
    record = desk.record(filing, DRAW, id) if id and id.isprintable() else None
    if record is None:
        raise DataError(
            f"there is no draw {id[:40]!r}",
            allowed="draws: " + (", ".join(desk.records(filing, DRAW)) or "none yet"),
            code="judging.draw",
        )
    if record["digest"] != _frozen_digest(record):
        raise _thawed(id)
    return dict(record)


def _thawed(id: str) -> DataError:
    return DataError(
        f"the draw {id} is not as it was drawn",
        do="put the last good copy of the room in its place, or draw anew",
        code="judging.frozen",
    )


def draws(room: Room, filing: str) -> list[dict[str, Any]]:
    """The draws of a filing, in order, without their items."""
    with room.store.reading() as desk:
        standing(desk, room, filing)
        every = desk.records(filing, DRAW).values()
        return [
            {**{k: v for k, v in record.items() if k != "items"}, "n_sampled": len(record["items"])}
            for record in every
        ]


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
            known = _settled(desk, filing, record, verdicts).verdicts
        lines = list(_lines(desk, record, source, known))
    write_sheet(Path(path), draw, lines, kind_of(record["sample"]).meaning)
    return len(lines)


def _lines(
    desk: Desk, record: Record, source: str | Path | None, known: Verdicts
) -> Iterator[Line]:
    answers = _answers(desk, record)
    for item, entry in _entries(desk, record, source):
        yield Line(
            item=item,
            text=entry.text,
            first=entry.first,
            second=entry.second,
            answer=answers.get(item),
            verdict=known.get(item),
        )


def _entries(desk: Desk, record: Record, source: str | Path | None) -> Iterator[tuple[str, Entry]]:
    """Every item of a draw with its text."""
    ids = [item["id"] for item in record["items"]]
    if record["bank_digest"]:
        bank = Bank.read(desk.file(record["bank_digest"]), kind_of(record["sample"]).bank)
        known = {entry.id: entry for entry in bank.entries}
        yield from ((id, known[id]) for id in ids)
        return
    texts = _source_of(record, source).at([place_of(id) for id in ids])
    yield from ((id, Entry(id=id, text=text)) for id, text in zip(ids, texts, strict=True))


def _source_of(record: Record, source: str | Path | None) -> Corpus:
    if source is None:
        raise ConfigError(
            "the texts of this draw stand in the file that it was drawn from",
            do="name it with --source",
            code="sampling.source",
        )
    corpus = read_corpus(source, record["columns"])
    if corpus.digest != record["data_digest"]:
        raise DataError(
            f"{Path(source).name} is another file than the one that was drawn from",
            allowed=f"SHA-256 {record['data_digest'][:12]}…",
            code="sampling.source",
        )
    return corpus


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
        said = _read_file(room, filing, draw, path)
        with working(room, filing, actor, act) as work:
            record = _open_draw(work, draw)
            if not kind_of(record["sample"]).is_answered:
                raise ConfigError(
                    "nothing is asked of the model in this draw: the texts themselves are judged",
                    code="judging.answer",
                )
            found = _answers_in(said, _placed(said, record))
            if not found:
                raise DataError(
                    "there is no answer in the file",
                    allowed="a column 模型返回 or answer that is filled in",
                    code="judging.answer",
                )
            record = _with_answers(work, record, found)
            work.facts |= {"draw": draw, "n_answers": len(found), "digest": record["answers"]}
            return _standings(work.desk, work.filing, record)


def _read_file(room: Room, filing: str, draw: str, path: str | Path) -> list[Said]:
    with room.store.reading() as desk:
        standing(desk, room, filing)
        sample = draw_record(desk, filing, draw)["sample"]
    return read_said(Path(path), kind_of(sample).meaning)


def _open_draw(work: Work, id: str) -> dict[str, Any]:
    record = draw_record(work.desk, work.filing, id)
    if record["closed"]:
        raise FilingError(f"the draw {id} is closed", do="draw a new sample", code="judging.closed")
    return record


def _placed(said: Sequence[Said], record: Record) -> list[str]:
    """The item of every line; the same question is the same item."""
    items = [line.item or line.question for line in said]
    check_items((item["id"] for item in record["items"]), dict.fromkeys(items, True), "lines")
    return items


def _answers_in(said: Sequence[Said], items: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line, item in zip(said, items, strict=True):
        if line.answer is not None and found.setdefault(item, line.answer) != line.answer:
            raise DataError(
                f"line {line.place} gives another answer of the same item",
                allowed="one answer for each item",
                code="judging.answer",
            )
    return found


def _with_answers(work: Work, record: dict[str, Any], found: Mapping[str, str]) -> dict[str, Any]:
    """The draw with these answers; what was judged already cannot be answered otherwise."""
    before = _answers(work.desk, record)
    spoken = {item for said in _all_said(work.desk, work.filing, record) for item in said}
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


def _answers(desk: Desk, record: Record) -> dict[str, str]:
    if not record["answers"]:
        return {}
    lines = map(json.loads, desk.file(record["answers"]).splitlines())
    return {line["item"]: line["answer"] for line in lines}


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
        said = _read_file(room, filing, draw, path)
        with working(room, filing, actor, act) as work:
            record = _open_draw(work, draw)
            check_judge(record["sample"], judge)
            items = _placed(said, record)
            is_asked = kind_of(record["sample"]).is_answered
            if is_asked and not record["answers"] and (new := _answers_in(said, items)):
                record = _with_answers(work, record, new)
            who = actor.person if judge == "human" else _classifier_name(name)
            by_person = _verdicts_in(work.desk, said, items, who if judge == "human" else "", who)
            for person, verdicts in by_person.items():
                _put_verdicts(work, record, judge, person, verdicts)
            return _standings(work.desk, work.filing, record)


def _classifier_name(name: str) -> str:
    if not name.strip() or len(name) > 80 or not name.isprintable() or "/" in name:
        raise ConfigError(
            "the classifier has no name",
            allowed="its name and version, up to 80 characters without /",
            do="name it with --name",
            code="judging.classifier",
        )
    return name.strip()


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


def _put_verdicts(
    work: Work, record: Record, judge: Judge, person: str, verdicts: Verdicts, **more: object
) -> None:
    _check_answered(work.desk, record, verdicts)
    key = f"{record['id']}/{judge}/{person}"
    before = work.desk.record(work.filing, JUDGEMENT, key)
    every = {**(_said_in(work.desk, before) if before else {}), **verdicts}
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


def _check_answered(desk: Desk, record: Record, verdicts: Verdicts) -> None:
    if not kind_of(record["sample"]).is_answered:
        return
    answers = _answers(desk, record)
    n_open = sum(item not in answers for item in verdicts)
    if n_open:
        raise DataError(
            f"{n_open:,} items are judged that the model has not answered yet",
            do="hand in its answers first: guanyao filing bank answers DRAW FILE",
            code="judging.answer",
        )


def _said_in(desk: Desk, record: Record) -> dict[str, bool]:
    lines = map(json.loads, desk.file(record["file"]).splitlines())
    return {line["item"]: line["hit"] for line in lines}


def _judgements(desk: Desk, filing: str, record: Record, judge: str = "") -> list[Record]:
    prefix = f"{record['id']}/{judge}/" if judge else f"{record['id']}/"
    return [r for key, r in desk.records(filing, JUDGEMENT).items() if key.startswith(prefix)]


def _all_said(desk: Desk, filing: str, record: Record) -> list[dict[str, bool]]:
    return [_said_in(desk, found) for found in _judgements(desk, filing, record)]


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
    from guanyao.flows.filing.keywords import Keywords

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
            return _standings(work.desk, work.filing, read.draw)


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


def _as_read(work: Work, read: _Texts) -> dict[str, Any]:
    """The draw, when nobody answered it otherwise meanwhile."""
    record = _open_draw(work, read.draw["id"])
    if record["answers"] != read.draw["answers"]:
        raise DataError(
            "the answers were changed meanwhile", do="judge again", code="judging.answer"
        )
    return record


def _tally(found: Iterable[frozenset[str]]) -> dict[str, int]:
    tally: dict[str, int] = {}
    for kinds in found:
        for kind in kinds:
            tally[kind] = tally.get(kind, 0) + 1
    return dict(sorted(tally.items()))


def _texts(desk: Desk, record: Record, source: str | Path | None) -> tuple[list[str], list[str]]:
    """Every item, and the text that is judged: the answer, or the item's own text."""
    if not kind_of(record["sample"]).is_answered:
        pairs = [(item, entry.text) for item, entry in _entries(desk, record, source)]
        return [item for item, _ in pairs], [text for _, text in pairs]
    items = [item["id"] for item in record["items"]]
    _check_answered(desk, record, dict.fromkeys(items, True))
    answers = _answers(desk, record)
    return items, [answers[item] for item in items]


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
            return _standings(work.desk, work.filing, read.draw)


def _settled(desk: Desk, filing: str, record: Record, judge: Judge) -> Settled:
    items = [item["id"] for item in record["items"]]
    every = _judgements(desk, filing, record, judge)
    if judge != "human":
        # Of several classifiers the last one counts: they are no panel.
        every = sorted(every, key=lambda found: str(found["at"]))[-1:]
    return settle(items, {found["by"]: _said_in(desk, found) for found in every})


def _standings(desk: Desk, filing: str, record: Record) -> Standings:
    people = [found["by"] for found in _judgements(desk, filing, record, "human")]
    judges = kind_of(record["sample"]).evidence
    return Standings(
        draw=record["id"],
        n_items=len(record["items"]),
        n_answered=len(_answers(desk, record)),
        settled={judge: _settled(desk, filing, record, judge) for judge in judges},
        people=tuple(people),
    )


def standings(room: Room, filing: str, draw: str) -> Standings:
    """How far the judging of a draw is.

    Raises:
        DataError: There is no such filing or draw.
    """
    with room.store.reading() as desk:
        standing(desk, room, filing)
        return _standings(desk, filing, draw_record(desk, filing, draw))


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
        record = _open_draw(work, draw)
        _check_drawn(work, record, source)
        found = _standings(work.desk, work.filing, record)
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
    if record["bank_digest"]:
        bank = Bank.read(work.desk.file(record["bank_digest"]), kind_of(record["sample"]).bank)
        pool = _pool_of(bank, record["model_digest"])
    else:
        if source is not None:
            _source_of(record, source)
        named = {"data_digest": record["data_digest"]}
        pool = _Pool(size=record["n_population"], digest=record["data_digest"], named=named)
    drawn = pool.items(len(record["items"]), record["seed"], record["method"])
    if drawn != [item["id"] for item in record["items"]] or pool.size != record["n_population"]:
        raise _thawed(record["id"])


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
    if (n := _n_before(work, record)) > 1:
        yield f"the same was drawn {n} times in all"


def entries_of(desk: Desk, filing: str, name: str) -> list[dict[str, Any]]:
    """The entries of a bank for the workbook of the dossier, with the last closed draw's answers.

    Args:
        desk: The transaction.
        filing: The filing's id.
        name: The bank's name.

    Returns:
        For each entry id, text, kind, first and second; of one that was drawn and judged also
        answer and judgement (in Chinese). Empty where there is no such bank.
    """
    if desk.record(filing, BANK, name) is None:
        return []
    entries = [entry.to_json() for entry in bank_of(desk, filing, name).entries]
    closed = [
        record
        for record in desk.records(filing, DRAW).values()
        if record["closed"] and kind_of(record["sample"]).bank == name
    ]
    if not closed:
        return [dict(entry) for entry in entries]
    told = _told_items(desk, filing, closed[-1])
    return [{**entry, **told.get(entry["id"], {})} for entry in entries]


def _told_items(desk: Desk, filing: str, record: Record) -> dict[str, dict[str, str]]:
    from guanyao.filing.judging import word_of

    kind = kind_of(record["sample"])
    answers = _answers(desk, record)
    settled = (_settled(desk, filing, record, judge) for judge in kind.evidence)
    verdicts = next((s.verdicts for s in settled if s.verdicts), {})
    return {
        item: {"answer": answers.get(item, ""), "judgement": word_of(hit, kind.meaning)}
        for item, hit in verdicts.items()
    }
