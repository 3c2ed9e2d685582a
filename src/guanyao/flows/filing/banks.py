"""Filing banks: keyword libraries and question banks come in whole or not at all, and are measured.

An import that is refused leaves the bank as it was, and a line in the audit chain. Entries stand in
the bank's file only. Samples of them are drawn in `draws`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from guanyao import __version__
from guanyao.data.readers import split_part
from guanyao.errors import ConfigError, DataError
from guanyao.filing.bank import Bank, Look, check_not_shrunk
from guanyao.filing.bank import look as look_in
from guanyao.filing.bank_kinds import check_bank, kinds_of
from guanyao.filing.coverage import Coverage, cover
from guanyao.filing.evidence import SHANGHAI
from guanyao.filing.evidence_kinds import BANKS
from guanyao.filing.filing_state import Actor
from guanyao.flows.filing.answers import export_sheet, read_answers
from guanyao.flows.filing.bank_entries import entries_of
from guanyao.flows.filing.bank_work import (
    BANK,
    EVIDENCE,
    Work,
    bank_of,
    provider_actor,
    read_bank,
    recorded,
    working,
)
from guanyao.flows.filing.closing import close
from guanyao.flows.filing.draws import draws, sample
from guanyao.flows.filing.judgements import judge_by_classifier, judge_by_keywords, read_judgements
from guanyao.flows.filing.room import Room
from guanyao.flows.filing.stand import Standing, read_kept, standing
from guanyao.flows.filing.standings import standings

__all__ = [
    "Imported",
    "Options",
    "bank_of",
    "close",
    "coverage",
    "draws",
    "entries_of",
    "export_sheet",
    "import_bank",
    "judge_by_classifier",
    "judge_by_keywords",
    "look",
    "provider_actor",
    "read_answers",
    "read_judgements",
    "sample",
    "standings",
]

MAX_FILE = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """What an import may do.

    Args:
        allow_unclassified: Keep entries without a kind, and count them as such.
        allow_shrink: The bank may lose entries.
        drop_duplicates: Of entries that are the same and of one kind, keep the first.
        updated: When the bank was last changed; None: today, if it is changed.
    """

    allow_unclassified: bool = False
    allow_shrink: bool = False
    drop_duplicates: bool = False
    updated: date | None = None


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of an import.

    Args:
        coverage: How far the bank now is what the packs ask for.
        is_changed: Whether it holds anything else than before.
        n_new: Entries that were not there before.
        n_gone: Entries that are there no more.
        n_dropped: Doubles that were left out.
        left_out: Sheets that were not read.
        evidence: The id of the evidence.
    """

    coverage: Coverage
    is_changed: bool
    n_new: int
    n_gone: int
    n_dropped: int
    left_out: tuple[str, ...]
    evidence: str

    def to_json(self) -> dict[str, Any]:
        """What came of it as plain JSON."""
        own = {name: getattr(self, name) for name in ("is_changed", "n_new", "n_gone", "evidence")}
        more = {"n_dropped": self.n_dropped, "left_out": list(self.left_out)}
        return {**own, **more, "coverage": self.coverage.to_json()}


def look(room: Room, filing: str, name: str, path: str | Path) -> Look:
    """What a file holds for a bank, and everything that is wrong with it; nothing is kept.

    Args:
        room: The room.
        filing: The filing's id.
        name: keyword, generated, refuse or non_refuse.
        path: .xlsx or .csv; one sheet of several as path.xlsx#SHEET.

    Raises:
        DataError: It cannot be read, or has not the columns.
        UnknownNameError: There is no such bank.
    """
    check_bank(name)
    content, called, part = _file(path)
    with room.store.reading() as desk:
        kinds = kinds_of(name, standing(desk, room, filing).packs)
    return look_in(content, called, kinds, part=part)


def import_bank(
    room: Room,
    filing: str,
    actor: Actor,
    name: str,
    path: str | Path,
    *,
    options: Options | None = None,
) -> Imported:
    """Put the entries of a file in the place of a bank's; all of them, or none.

    A bank that comes in unchanged is not younger for it.

    Args:
        room: The room.
        filing: The filing's id.
        actor: Who does it.
        name: keyword, generated, refuse or non_refuse.
        path: .xlsx or .csv; one sheet of several as path.xlsx#SHEET.
        options: What the import may do.

    Raises:
        ConfigError: The day of the change is in the future or before the last ("bank.updated").
        DataError: Entries are doubled, empty, unclassified or fewer than before ("bank...."), or
            the file cannot be read ("sheet....").
        UnknownNameError: There is no such bank.
    """
    check_bank(name)
    options = options or Options()
    with recorded(room, filing, actor, "filing.bank.import"):
        found = look(room, filing, name, path)
        bank = found.require(
            allow_unclassified=options.allow_unclassified, drop_duplicates=options.drop_duplicates
        )
        with working(room, filing, actor, "filing.bank.import") as work:
            return _kept(work, found, bank, options)


def _kept(work: Work, found: Look, bank: Bank, options: Options) -> Imported:
    before = work.desk.record(work.filing, BANK, bank.name)
    if before is not None and not options.allow_shrink:
        check_not_shrunk(before["coverage"], bank)
    is_changed = before is None or before["file"] != bank.digest
    updated = _updated(before, options.updated, work.desk.now, is_changed=is_changed)
    record = bank.record(updated=updated, created=work.desk.now, version=__version__)
    old = set() if before is None else set(read_bank(work.desk, bank.name, before).ids)
    evidence = "" if is_changed else _evidence_of(work, bank)
    if not evidence:
        digest = work.desk.put_file(bank.content)
        kept = {"file": digest, "coverage": record, "updated": updated.isoformat()}
        work.desk.put_record(work.filing, BANK, bank.name, kept)
        _drop_evidence_of_day(work, bank.name, updated)
        evidence = work.put_evidence(record, f"bank-{bank.name}.json").id
    work.facts |= {"bank": bank.name, "digest": bank.digest, "n_entries": len(bank.entries)}
    work.facts |= {"n_unclassified": bank.n_unclassified, "changed": is_changed}
    return Imported(
        coverage=cover(record, kinds_of(bank.name, work.stand.packs), work.desk.now),
        is_changed=is_changed,
        n_new=len(set(bank.ids) - old),
        n_gone=len(old - set(bank.ids)),
        n_dropped=len(found.faults.exact) + len(found.faults.alike),
        left_out=found.left_out,
        evidence=evidence,
    )


def _updated(
    before: Mapping[str, Any] | None, said: date | None, now: datetime, *, is_changed: bool
) -> date:
    """When the bank was last changed; what did not change keeps its day."""
    today = now.astimezone(SHANGHAI).date()
    last = None if before is None else date.fromisoformat(before["updated"])
    if said is not None and (said > today or (last is not None and is_changed and said < last)):
        raise ConfigError(
            "the day of the change lies in the future, or before the last change",
            allowed=f"{last.isoformat() if last else 'any day'} to {today.isoformat()}",
            code="bank.updated",
        )
    if last is not None and not is_changed:
        return last
    return said or today


def _evidence_of(work: Work, bank: Bank) -> str:
    """The id of the evidence of just this bank; "" if there is none."""
    for id, record in work.desk.records(work.filing, EVIDENCE).items():
        if record["kind"] == f"bank.{bank.name}":
            counted = json.loads(work.desk.file(record["file"]))
            if counted["bank_digest"] == bank.digest:
                return id
    return ""


def _drop_evidence_of_day(work: Work, bank: str, updated: date) -> None:
    """Of two states of a bank on one day, the later counts: evidence of the earlier goes."""
    for id, record in work.desk.records(work.filing, EVIDENCE).items():
        if record["kind"] != f"bank.{bank}":
            continue
        evidence = read_kept(work.desk.file(record["file"]), record["name"])
        if evidence.as_of and evidence.as_of.astimezone(SHANGHAI).date() == updated:
            work.desk.drop_record(work.filing, EVIDENCE, id)


def coverage(room: Room, filing: str, name: str | None = None) -> list[Coverage]:
    """How far the banks of a filing are what the packs ask for.

    Args:
        room: The room.
        filing: The filing's id.
        name: One bank; None: all four.

    Raises:
        DataError: There is no such filing.
        UnknownNameError: There is no such bank.
    """
    names = BANKS if name is None else (check_bank(name),)
    with room.store.reading() as desk:
        stand = standing(desk, room, filing)
        return [_coverage(stand, bank) for bank in names]


def _coverage(stand: Standing, bank: str) -> Coverage:
    record = stand.desk.record(stand.state.id, BANK, bank)
    counted = None if record is None else record["coverage"]
    return cover(counted, kinds_of(bank, stand.packs), stand.now)


def _file(path: str | Path) -> tuple[bytes, str, str]:
    """Content, name and sheet of a file."""
    file, part = split_part(path)
    try:
        if file.stat().st_size > MAX_FILE:
            raise DataError(
                f"{file.name} is larger than {MAX_FILE >> 20} MiB",
                allowed=f"up to {MAX_FILE >> 20} MiB",
                do="split it",
                code="sheet.limit",
            )
        return file.read_bytes(), file.name, part
    except OSError as error:
        raise DataError(
            f"{file.name} cannot be read ({error.strerror or type(error).__name__})",
            do="check the path",
            code="sheet.unreadable",
        ) from error
