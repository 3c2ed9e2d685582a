"""The figures of two runs side by side, and the results that no longer stand, in Chinese."""

from collections.abc import Iterator
from datetime import datetime, time

from guanyao.filing.document import Table
from guanyao.filing.documents.clause_line import SHORT
from guanyao.filing.documents.figures import ATTACKS, GROUPS, SCORES, figure, with_interval
from guanyao.filing.documents.told import current_run, run_of
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.evidence import SHANGHAI
from guanyao.filing.ledger import EVIDENCE, ClauseResult, Current, Stale, stale

NAMES = {"model": "模型", "data": "训练数据"}
NONE = "无记录"


def filed_run(dossier: Dossier) -> Record | None:
    """The newest record of a run on the model that was filed; None: there is none."""
    filed = str((dossier.before or {}).get("model_digest") or dossier.filing.model_digest)
    return run_of(dossier, filed)


def figures_table(dossier: Dossier) -> Table:
    """Each measure and attack, as filed and as measured now."""
    before, after = filed_run(dossier) or {}, current_run(dossier) or {}
    rows = [*_score_rows(before, after), *_attack_rows(before, after)]
    return Table(
        columns=("指标", "备案时", "本次", "变化"),
        rows=tuple(rows) or (("—", NONE, NONE, "—"),),
        widths=(0.34, 0.26, 0.26, 0.14),
    )


def _score_rows(before: Record, after: Record) -> Iterator[tuple[str, ...]]:
    old, new = ({s["name"]: s for s in run.get("scores", ())} for run in (before, after))
    for name in dict.fromkeys([*old, *new]):
        yield _row(SCORES.get(name, name), old.get(name), new.get(name), "value")


def _attack_rows(before: Record, after: Record) -> Iterator[tuple[str, ...]]:
    old, new = (
        {(a["name"], a.get("group", "")): a for a in run.get("attacks", ()) if a.get("usable")}
        for run in (before, after)
    )
    for key in dict.fromkeys([*old, *new]):
        title = f"{ATTACKS.get(key[0], key[0])}（{GROUPS.get(key[1], key[1])}）AUC"
        yield _row(title, old.get(key), new.get(key), "auc")


def _row(title: str, old: Record | None, new: Record | None, key: str) -> tuple[str, ...]:
    shown = [
        with_interval(found.get(key), found.get("low"), found.get("high")) if found else NONE
        for found in (old, new)
    ]
    values = [found.get(key) if found else None for found in (old, new)]
    a, b = values
    is_both = isinstance(a, int | float) and isinstance(b, int | float)
    change = f"{b - a:+.4f}" if is_both and a is not None and b is not None else "—"
    return (title, *shown, change)


def stale_results(dossier: Dossier) -> list[Stale]:
    """The results that no longer stand at the end of the dossier's day."""
    current = Current(
        packs={pack.id: pack for pack in dossier.packs},
        subject=dossier.subject,
        evidence=dossier.evidence,
        facts=dossier.service.facts,
        now=datetime.combine(dossier.today, time.max, SHANGHAI),
    )
    return stale(dossier.results.values(), current)


def why_stale(result: ClauseResult, dossier: Dossier) -> str:
    """Why a result no longer stands, in Chinese."""
    return "；".join(_changes(result, dossier)) or "所依据的证据已超过时效"


def _changes(result: ClauseResult, dossier: Dossier) -> Iterator[str]:
    packs = {pack.id: pack.digest for pack in dossier.packs}
    if result.pack not in packs:
        yield "规则包未启用"
    elif packs[result.pack] != result.rests_on.get("pack"):
        yield "规则包已变更"
    for name, title in NAMES.items():
        then, now = result.rests_on.get(name), dossier.subject.digest(name)
        if then is not None and then != now:
            yield f"{title}已变更（{then[:SHORT]} → {now[:SHORT] or figure(None)}）"
    known = {item.id: item.digest for item in dossier.evidence}
    for id in result.evidence:
        if id not in known:
            yield f"证据 {id} 缺失"
        elif known[id] != result.rests_on.get(EVIDENCE + id):
            yield f"证据 {id} 已变更"


def stale_table(dossier: Dossier, found: list[Stale]) -> Table:
    """Results that no longer stand, each with why."""
    return Table(
        columns=("规则包", "条款", "原结论", "失效原因"),
        rows=tuple(
            (s.result.pack, s.result.clause, s.result.result, why_stale(s.result, dossier))
            for s in found
        ),
        widths=(0.24, 0.18, 0.13, 0.45),
    )
