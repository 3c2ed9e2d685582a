"""The entries of a bank for the dossier's workbook, with what the last closed draw said of them."""

from typing import Any

from guanyao.filing.judging import kind_of, word_of
from guanyao.flows.filing.bank_work import BANK, bank_of
from guanyao.flows.filing.draw_record import DRAW, Record, answers_of
from guanyao.flows.filing.standings import settled_by
from guanyao.records.filing_store import Desk


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
    kind = kind_of(record["sample"])
    answers = answers_of(desk, record)
    settled = (settled_by(desk, filing, record, judge) for judge in kind.evidence)
    verdicts = next((s.verdicts for s in settled if s.verdicts), {})
    return {
        item: {"answer": answers.get(item, ""), "judgement": word_of(hit, kind.meaning)}
        for item, hit in verdicts.items()
    }
