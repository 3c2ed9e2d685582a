"""What samples are drawn from: a bank, or the numbered texts of a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from guanyao.errors import ConfigError, DataError
from guanyao.filing.bank import Bank, Entry
from guanyao.filing.judging import kind_of
from guanyao.filing.sampling import draw, draw_stratified
from guanyao.flows.filing.bank_work import Work, bank_of
from guanyao.flows.filing.corpus import Corpus, item_of, place_of, read_corpus
from guanyao.flows.filing.draw_record import Record
from guanyao.records.filing_store import Desk


@dataclass(frozen=True, kw_only=True)
class Pool:
    """What is drawn from.

    Args:
        size: How many items it has.
        digest: SHA-256, in hex, of the bank or the file.
        named: What the record of the draw says of it.
        kinds: The kind of each item; (): of no kinds.
        ids: What each item is called; (): by its place.
    """

    size: int
    digest: str
    named: Record
    kinds: Sequence[str] = ()
    ids: Sequence[str] = ()

    def places(self, n: int, seed: int, method: str) -> list[int]:
        """The places, from 0, that are drawn, in order."""
        if method == "stratified":
            return draw_stratified(n, self.kinds, seed=seed, digest=self.digest)
        return draw(n, self.size, seed=seed, digest=self.digest)

    def items(self, n: int, seed: int, method: str) -> list[str]:
        """The ids of the items that are drawn, in order."""
        places = self.places(n, seed, method)
        return [self.ids[place] if self.ids else item_of(place) for place in places]


def bank_pool(work: Work, name: str) -> Pool:
    """A bank as it is now, and the model that is asked.

    Raises:
        DataError: There is no such bank, or it is not known which model answers ("sampling.model").
    """
    bank = bank_of(work.desk, work.filing, name)
    return _pool_of(bank, work.stand.subject.model)


def _pool_of(bank: Bank, model: str) -> Pool:
    if not model:
        raise DataError(
            "it is not known which model answers",
            do="state model_digest in the service description, or hand in run.json",
            code="sampling.model",
        )
    named = {"bank_digest": bank.digest, "model_digest": model}
    kinds = [entry.kind for entry in bank.entries]
    return Pool(size=len(bank.entries), digest=bank.digest, named=named, kinds=kinds, ids=bank.ids)


def corpus_pool(source: str | Path, columns: Sequence[str]) -> Pool:
    """The texts of a file.

    Raises:
        DataError: The file cannot be read, or has no free text.
    """
    corpus = read_corpus(source, columns)
    named = {"data_digest": corpus.digest, "columns": list(corpus.columns)}
    return Pool(size=len(corpus), digest=corpus.digest, named=named)


def pool_again(desk: Desk, record: Record, source: str | Path | None) -> Pool:
    """What a draw was drawn from, as it was then; a source that is named is compared.

    Raises:
        DataError: The source is another file, or the bank's file is damaged.
    """
    if record["bank_digest"]:
        return _pool_of(_bank_drawn(desk, record), record["model_digest"])
    if source is not None:
        _source_of(record, source)
    named = {"data_digest": record["data_digest"]}
    return Pool(size=record["n_population"], digest=record["data_digest"], named=named)


def _bank_drawn(desk: Desk, record: Record) -> Bank:
    return Bank.read(desk.file(record["bank_digest"]), kind_of(record["sample"]).bank)


def entries_drawn(
    desk: Desk, record: Record, source: str | Path | None
) -> Iterator[tuple[str, Entry]]:
    """Every item of a draw with its text.

    Raises:
        ConfigError: The texts stand in a file that is not named ("sampling.source").
        DataError: The file is another one ("sampling.source"), or cannot be read.
    """
    ids = [item["id"] for item in record["items"]]
    if record["bank_digest"]:
        known = {entry.id: entry for entry in _bank_drawn(desk, record).entries}
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
