"""A dossier: everything about a filing that its documents are written from, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from guanyao.filing.document import missing
from guanyao.filing.evidence import Evidence, Subject
from guanyao.filing.filing_state import FilingState
from guanyao.filing.ledger import ClauseResult, Key
from guanyao.filing.pack import Pack
from guanyao.filing.profile import Profile
from guanyao.filing.proposal import Proposal
from guanyao.filing.service import Service

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """What documents are written from.

    Args:
        filing: The filing as it stands.
        profile: Its workflow.
        today: The day in China.
        service: What is known of the service.
        answers: What was asked once and answered, by question (`form.yaml`).
        questions: Title of each question in Chinese.
        subject: Model and data.
        packs: The active rule packs.
        results: What was decided, clause by clause.
        proposals: What the evidence says, clause by clause.
        evidence: All evidence.
        runs: The records of runs (`run.json`), the newest first.
        records: Other evidence as it was handed in, by the evidence's id.
        model_card: What the model says of itself (`guanyao.model-card/1`); None: there is none.
        banks: Coverage of each bank (`guanyao.bank/1`) by its name.
        samples: Judged samples (`guanyao.sample/1`).
        entries: Entries of a bank by its name; only where a workbook needs them.
        cases: The papers of each case by its id: what was said, asked, answered.
        acts: What was done and refused so far, each as the chain has it.
        inspections: What inspections measured.
        before: The dossier version before; None: this is the first.
        earlier: The version before that one; None: there is none.
        scope: The decision on the scope: route, reason, facts, by whom and when; None: none yet.
    """

    filing: FilingState
    profile: Profile
    today: date
    service: Service
    answers: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    subject: Subject = field(default_factory=Subject)
    packs: Sequence[Pack] = ()
    results: Mapping[Key, ClauseResult] = field(default_factory=dict)
    proposals: Sequence[Proposal] = ()
    evidence: Sequence[Evidence] = ()
    runs: Sequence[Record] = ()
    records: Mapping[str, Record] = field(default_factory=dict)
    model_card: Record | None = None
    banks: Mapping[str, Record] = field(default_factory=dict)
    samples: Sequence[Record] = ()
    entries: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    cases: Mapping[str, Record] = field(default_factory=dict)
    acts: Sequence[Record] = ()
    inspections: Sequence[Record] = ()
    before: Record | None = None
    earlier: Record | None = None
    scope: Record | None = None

    def answer(self, question: str) -> str:
        """What was answered, or the mark of a place that is still to be filled in."""
        said = self.answers.get(question, "").strip()
        return said or missing(self.questions.get(question, question))

    @property
    def version_text(self) -> str:
        """The number of the dossier that is being written."""
        return f"第 {self.filing.dossier_version + 1} 版"
