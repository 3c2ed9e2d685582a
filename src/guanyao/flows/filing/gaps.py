"""Filing gaps: clause by clause what is met by which evidence, and what is missing."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from guanyao.data.pending import write_whole
from guanyao.errors import ConfigError, DataError
from guanyao.filing import intake
from guanyao.filing.evidence import SHANGHAI, Evidence, Subject, subject_of
from guanyao.filing.pack import Pack
from guanyao.filing.pack_file import all_packs, chosen
from guanyao.filing.proposal import STATUSES, Proposal, Stand, propose_all
from guanyao.filing.service import Service
from guanyao.records.evidence import canonical

FORMAT = "guanyao.gaps/1"


@dataclass(frozen=True, kw_only=True)
class Gaps:
    """What the evidence says to every clause.

    Args:
        service: What is known of the service.
        now: When it was looked at.
        subject: The model and data that it is about.
        packs: The packs that were asked.
        evidence: What there is.
        proposals: One for each clause.
        skipped: JSON files in folders that are no evidence.
    """

    service: Service
    now: datetime
    subject: Subject
    packs: tuple[Pack, ...]
    evidence: tuple[Evidence, ...]
    proposals: tuple[Proposal, ...]
    skipped: tuple[str, ...] = ()

    def counts(self, pack: str = "") -> dict[str, int]:
        """How many clauses stand how, of one pack or of all."""
        mine = (p.status for p in self.proposals if pack in ("", p.pack))
        found = Counter(mine)
        return {status: found[status] for status in STATUSES}

    def commands(self) -> list[str]:
        """Every command that would bring missing evidence, each once."""
        todos = (todo.command for p in self.proposals for todo in p.todos if todo.command)
        return list(dict.fromkeys(todos))

    def to_json(self) -> dict[str, Any]:
        """The gaps as plain JSON."""
        return {
            "schema": FORMAT,
            "service": self.service.name,
            "now": self.now.isoformat(),
            "model_digest": self.subject.model,
            "data_digest": self.subject.data,
            "packs": [
                {"id": p.id, "version": p.version, "digest": p.digest, "unchecked": p.unchecked()}
                for p in self.packs
            ],
            "counts": self.counts(),
            "by_pack": {pack.id: self.counts(pack.id) for pack in self.packs},
            "evidence": [evidence.to_json() for evidence in self.evidence],
            "skipped": list(self.skipped),
            "clauses": [proposal.to_json() for proposal in self.proposals],
            "commands": self.commands(),
        }


def gaps(
    service: str | Path,
    evidence: Sequence[str | Path],
    *,
    now: datetime,
    packs: Sequence[str] = (),
    folder: str | Path | None = None,
) -> Gaps:
    """What the evidence says to every clause of some packs.

    Args:
        service: A service description.
        evidence: Files, and folders of them.
        now: The time, with a time zone.
        packs: Names of packs; none: those in force.
        folder: A folder of further packs.

    Raises:
        ConfigError: The description or a pack is wrong.
        DataError: A piece of evidence cannot be read, or was changed.
    """
    described = Service.load(service)
    found, skipped = intake.gather(evidence)
    asked = chosen(packs, all_packs(folder), now.astimezone(SHANGHAI).date())
    subject = subject_of(found, model=described.model_digest, data=described.data_digest)
    stand = Stand(service=described, evidence=found, subject=subject, now=now)
    return Gaps(
        service=described,
        now=now,
        subject=subject,
        packs=tuple(asked),
        evidence=tuple(found),
        proposals=tuple(propose_all(asked, stand)),
        skipped=tuple(skipped),
    )


def checked_statuses(names: Sequence[str]) -> tuple[str, ...]:
    """These statuses; without names, all.

    Raises:
        ConfigError: There is no such status ("filing.status").
    """
    for name in names:
        if name not in STATUSES:
            raise ConfigError(
                f"no clause stands as {name[:40]!r}",
                allowed="one of: " + ", ".join(STATUSES),
                code="filing.status",
            )
    return tuple(names) or STATUSES


def lines(found: Gaps, shown: Sequence[str] = STATUSES) -> Iterator[str]:
    """The gaps in words: each clause, what was measured, what is to be done.

    Args:
        found: They.
        shown: The statuses that are told of.
    """
    for pack in found.packs:
        mine = [p for p in found.proposals if p.pack == pack.id and p.status in shown]
        if mine:
            yield ""
            yield f"{pack.id} {pack.version}: {pack.title['en']}"
        for proposal in mine:
            yield from _proposal_lines(proposal)


def _proposal_lines(proposal: Proposal) -> Iterator[str]:
    result = f" -> {proposal.result}" if proposal.result else ""
    title, word = proposal.clause.title["en"], proposal.status.replace("_", " ")
    yield f"  {proposal.clause.id} {title}: {word}{result}"
    for checked in proposal.checks:
        if checked.measured is not None:
            source = checked.check.source
            seen = "" if source.checked else ", not checked"
            by = f"by {checked.evidence}; threshold [{source.mark}{seen}]"
            yield f"      {checked.line} ({by})"
    if proposal.status in ("not_applicable", "unknown"):
        yield f"      {proposal.reason}"
    for note in proposal.notes:
        yield f"      note: {note}"
    for todo in proposal.todos:
        yield f"      to do: {todo.what}"
        if todo.command:
            yield f"             {todo.command}"


def attest(
    file: str | Path,
    out: str | Path,
    *,
    topic: str,
    by: str,
    now: datetime,
    title: str = "",
    valid_until: str | None = None,
) -> Evidence:
    """Write down that a person vouches for a document; the document itself stays where it is.

    Args:
        file: The document.
        out: The file for the evidence.
        topic: What it proves, a topic of `evidence_kinds.DOCUMENTS` or of a pack.
        by: Who vouches.
        now: The time, with a time zone.
        title: Its name; "": that of the file.
        valid_until: The last day that it is valid, YYYY-MM-DD.

    Raises:
        ConfigError: Nobody vouches, or the day is none ("filing.attest").
        DataError: The document cannot be read, or the evidence cannot be written.
    """
    file, out = Path(file), Path(out)
    if not by.strip() or not topic.strip() or not _is_day(valid_until):
        raise ConfigError(
            "nobody vouches, the topic is empty, or the last day is none",
            allowed="--by NAME, --topic TOPIC, --valid-until YYYY-MM-DD",
            code="filing.attest",
        )
    record = {
        "schema": "guanyao.document/1",
        "created": now.isoformat(),
        "topic": topic,
        "title": title or file.name,
        "file": _described(file),
        "by": by,
        **({"valid_until": valid_until} if valid_until else {}),
    }
    write_whole(out, canonical(record))
    return intake.read(out)


def _is_day(text: str | None) -> bool:
    try:
        return text is None or bool(date.fromisoformat(text))
    except ValueError:
        return False


def _described(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        return {"name": file.name, "digest": digest, "bytes": file.stat().st_size}
    except OSError as error:
        raise DataError(
            f"{file.name} cannot be read ({error.strerror or type(error).__name__})",
            do="name the document",
            code="filing.unreadable",
        ) from error
