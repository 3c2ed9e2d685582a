"""The scope memo: whether a filing is needed, why, and what the decision rests on."""

from collections.abc import Mapping
from typing import Any

from guanyao.filing.document import Document, Fields, Heading, Signatures, Table, Text, missing
from guanyao.filing.documents import told
from guanyao.filing.documents.clause_line import clause_lines, clause_table
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.service import FACTS

SCOPE = "document.scope_decision"


def write(dossier: Dossier) -> Document:
    """The memo."""
    scope = decision(dossier)
    lines = [line for line in clause_lines(dossier) if SCOPE in line.clause.evidence_kinds]
    return Document(
        name="适用范围判断备忘录",
        title="适用范围判断备忘录",
        subtitle=told.subtitle(dossier),
        blocks=(
            Heading(level=1, text="一、结论"),
            Fields(
                (
                    ("服务", told.service_name(dossier)),
                    ("提供者", told.provider(dossier)),
                    ("适用流程", dossier.profile.title.zh),
                    ("结论", _route(dossier, str(scope.get("route", "")))),
                    ("理由", str(scope.get("reason", "")).strip() or missing("适用范围判断的理由")),
                    ("判断人", str(scope.get("decided_by", "")) or missing("判断人")),
                    ("判断时间", told.moment(scope.get("decided_at")) or missing("判断时间")),
                )
            ),
            Heading(level=1, text="二、依据的事实"),
            Table(
                columns=("事实", "情况"),
                rows=_facts(dossier, scope),
                widths=(0.7, 0.3),
            ),
            Heading(level=1, text="三、相关条款"),
            clause_table(lines) if lines else Text(missing("启用的规则包")),
            Signatures(("判断人",)),
        ),
    )


def decision(dossier: Dossier) -> Record:
    """The decision on the scope, as recorded, or as the act of the filing tells it."""
    if dossier.scope:
        return dossier.scope
    for act in reversed(dossier.acts):
        if act.get("event") == "decide" and act.get("done"):
            payload: Mapping[str, Any] = act.get("payload") or {}
            return {
                "route": act.get("outcome") or payload.get("outcome", ""),
                "reason": act.get("reason", ""),
                "decided_by": act.get("person", ""),
                "decided_at": act.get("at", ""),
            }
    return {}


def _route(dossier: Dossier, route: str) -> str:
    if not route:
        return missing("适用范围判断的结论")
    for transition in dossier.profile.filing.transitions:
        if transition.event == "decide" and transition.outcome == route:
            return transition.title.zh
    return route


def _facts(dossier: Dossier, scope: Record) -> tuple[tuple[str, str], ...]:
    """The facts that decided; without a record of them, all that are known of the service."""
    named = scope.get("facts")
    names = [n for n in named if n in FACTS] if isinstance(named, Mapping) else list(FACTS)
    return tuple((FACTS[name].ask["zh"], told.fact(dossier, name)) for name in names)
