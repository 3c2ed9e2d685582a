"""One line for each clause of the active packs: result, evidence, figures, reason, plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from guanyao.filing.checking import Checked, check_all
from guanyao.filing.document import Table, missing
from guanyao.filing.documents.figures import check_text, title_of_kind
from guanyao.filing.dossier import Dossier
from guanyao.filing.evidence import Evidence
from guanyao.filing.ledger import MEETS, MISSES, NOT_APPLICABLE, RESULTS, ClauseResult
from guanyao.filing.pack import Clause, Pack
from guanyao.filing.proposal import Proposal

UNDECIDED = "未作结论"
STATUSES = {
    "met": "证据支持符合",
    "not_met": "证据显示不符合",
    "not_shown": "证据尚不足以证明",
    "missing": "缺少证据",
    "to_decide": "证据齐备，须由人员判断",
    "not_applicable": "依服务情况不适用",
    "unknown": "是否适用尚不明确",
}
SEVERITIES = {"must": "应", "should": "宜", "may": "可"}
SHORT = 16
"""Digits of a digest that a table shows; the whole stands in the manifest."""


@dataclass(frozen=True, kw_only=True)
class ClauseLine:
    """All that is known of one clause.

    Args:
        pack: Its pack.
        clause: It.
        result: What was decided; None: nothing yet.
        proposal: What the evidence says; None: nobody looked.
        evidence: The evidence that the result rests on.
        checked: Each check of the clause, held against that evidence.
    """

    pack: Pack
    clause: Clause
    result: ClauseResult | None
    proposal: Proposal | None
    evidence: tuple[Evidence, ...]
    checked: tuple[Checked, ...]

    @property
    def verdict(self) -> str:
        """The result in a word."""
        return self.result.result if self.result else UNDECIDED

    @property
    def result_text(self) -> str:
        """The result, or the mark of a place to be filled in with what the evidence says."""
        if self.result:
            return self.result.result
        said = STATUSES.get(self.proposal.status, "") if self.proposal else ""
        return missing(f"{self.clause.id} 结论") + (f"（{said}）" if said else "")

    @property
    def evidence_text(self) -> str:
        """The evidence with its digests; where there is none, that."""
        topics = self.pack.documents
        found = [
            f"{title_of_kind(item.kind, topics)} {item.digest[:SHORT]}" for item in self.evidence
        ]
        if self.result:
            known = {item.id for item in self.evidence}
            found += [f"{id}（证据缺失）" for id in self.result.evidence if id not in known]
        return "；".join(found) or "—"

    @property
    def measured_text(self) -> str:
        """What was measured against each threshold."""
        if self.verdict == NOT_APPLICABLE:
            return "—"
        return "；".join(map(check_text, self.checked)) or "—"

    @property
    def reason_text(self) -> str:
        """Why, in Chinese wherever there is Chinese for it."""
        if self.result is None:
            return "—"
        reason = self.result.reason.strip()
        if _is_chinese(reason):
            return reason
        if self.verdict == NOT_APPLICABLE and self.clause.otherwise.get("zh"):
            return self.clause.otherwise["zh"]
        if self.checked and all(item.measured for item in self.checked):
            return f"按所列测量值与要求比较，{self._sum}"
        return reason or "依所列证据"

    @property
    def plan_text(self) -> str:
        """How it will be met, and by when."""
        if self.result is None or self.result.result != MISSES:
            return "—"
        plan = self.result.plan
        if plan is None:
            is_must = self.clause.severity == "must"
            return missing(f"{self.clause.id} 整改计划与期限") if is_must else "未列整改计划"
        return f"{plan.text}（{plan.due.isoformat()} 前完成）"

    @property
    def _sum(self) -> str:
        said: dict[str, str] = {MEETS: "均达到要求", MISSES: "未全部达到要求"}
        return said.get(self.verdict, "")


def _is_chinese(text: str) -> bool:
    return any("一" <= character <= "鿿" for character in text)


def clause_lines(dossier: Dossier) -> list[ClauseLine]:
    """One line for each clause of the active packs, in their order."""
    proposals = {(p.pack, p.clause.id): p for p in dossier.proposals}
    known = {item.id: item for item in dossier.evidence}
    return [
        _line(dossier, known, pack, clause, proposals.get((pack.id, clause.id)))
        for pack in dossier.packs
        for clause in pack.clauses
    ]


def _line(
    dossier: Dossier,
    known: Mapping[str, Evidence],
    pack: Pack,
    clause: Clause,
    proposal: Proposal | None,
) -> ClauseLine:
    result = dossier.results.get((pack.id, clause.id))
    ids = result.evidence if result else proposal.evidence if proposal else ()
    found = tuple(known[id] for id in ids if id in known)
    checked = check_all(clause, found) if result else proposal.checks if proposal else ()
    return ClauseLine(
        pack=pack,
        clause=clause,
        result=result,
        proposal=proposal,
        evidence=found,
        checked=tuple(checked),
    )


def not_applicable(dossier: Dossier, kind: str) -> str:
    """Why no clause that asks for a kind of evidence applies; "": one does, may, or none asks.

    Args:
        dossier: Whose ledger and packs say so.
        kind: A kind of evidence, e.g. "bank.keyword".
    """
    lines = [line for line in clause_lines(dossier) if kind in line.clause.evidence_kinds]
    facts = dossier.service.facts
    for line in lines:
        if line.verdict != NOT_APPLICABLE and line.clause.applies(facts) is not False:
            return ""
    return next((_why_not(line) for line in lines), "")


def absent(dossier: Dossier, kind: str, what: str) -> str:
    """What a document says in the place of evidence that is not there.

    Args:
        dossier: Whose ledger says whether it is needed.
        kind: The kind of evidence, e.g. "label_check".
        what: What it would be, in Chinese.

    Returns:
        Why it does not apply; or, where somebody decided every clause that asks for it all the
        same, that it is not there and until when it is to come; or else a place to be filled in.
    """
    if why := not_applicable(dossier, kind):
        return f"不适用：{why.rstrip('。')}。"
    asking = [line for line in clause_lines(dossier) if kind in line.clause.evidence_kinds]
    if not asking or not all(line.result for line in asking):
        return missing(what)
    dues = [line.result.plan.due for line in asking if line.result and line.result.plan]
    until = f"，整改计划至 {max(dues).isoformat()}" if dues else ""
    return f"尚无{what}；相关条款的结论与理由见条款表{until}。"


def _why_not(line: ClauseLine) -> str:
    if line.verdict == NOT_APPLICABLE:
        return line.reason_text
    return line.clause.otherwise.get("zh", "")


def asked_by(dossier: Dossier, *kinds: str) -> tuple[str, ...]:
    """The clauses that ask for these kinds of evidence and may apply, each by number and title.

    Where no pack is active that is to be filled in; where none asks, that is said.
    """
    if not dossier.packs:
        return (missing("启用的规则包"),)
    found = (
        f"{pack.title['zh']} {clause.id}（{clause.title['zh']}）"
        for pack in dossier.packs
        for clause in pack.clauses
        if set(kinds) & set(clause.evidence_kinds)
        and clause.applies(dossier.service.facts) is not False
    )
    return tuple(found) or ("启用的规则包中没有要求本文件的条款。",)


def tally(lines: Iterable[ClauseLine]) -> dict[str, int]:
    """How many clauses stand how: the three results, and those without one."""
    found = dict.fromkeys((*RESULTS, UNDECIDED), 0)
    for line in lines:
        found[line.verdict] += 1
    return found


def by_pack(lines: Iterable[ClauseLine]) -> dict[str, list[ClauseLine]]:
    """The lines of each pack, by its id."""
    found: dict[str, list[ClauseLine]] = {}
    for line in lines:
        found.setdefault(line.pack.id, []).append(line)
    return found


def clause_table(lines: Iterable[ClauseLine], caption: str = "") -> Table:
    """Clauses as a table of a document."""
    return Table(
        columns=("条款", "要求", "结论", "证据与测量值", "理由与整改"),
        rows=tuple(_row(line) for line in lines),
        widths=(0.15, 0.22, 0.11, 0.28, 0.24),
        caption=caption,
    )


def _row(line: ClauseLine) -> tuple[str, ...]:
    severity = SEVERITIES.get(line.clause.severity, "")
    shown = "\n".join(part for part in (line.evidence_text, line.measured_text) if part != "—")
    why = "\n".join(part for part in (line.reason_text, line.plan_text) if part != "—")
    return (
        line.clause.id,
        f"{line.clause.title['zh']}（{severity}）：{line.clause.text['zh']}",
        line.result_text,
        shown or "—",
        why or "—",
    )


def sources(lines: Iterable[ClauseLine]) -> Iterator[str]:
    """Each pack with its version, and how far it was compared with the text."""
    for pack in {line.pack.id: line.pack for line in lines}.values():
        n = sum(1 for _ in pack.sources())
        yield (
            f"{pack.title['zh']}（规则包 {pack.id}，版本 {pack.version}，摘要 "
            f"{pack.digest[:SHORT]}；{n} 处依据中 {pack.unchecked()} 处尚未与原文核对）"
        )
