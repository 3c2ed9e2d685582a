"""The objection digest: what was objected, found and answered. Who objected is not in it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from guanyao.filing.document import Block, Document, Heading, Table, Text
from guanyao.filing.documents import told
from guanyao.filing.dossier import Dossier, Record
from guanyao.filing.filing_state import Case

KIND = "ObjectionCase"
REACHES = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\+?\d(?:[ -]?\d){6,}[\dXx]?")
"""E-mail addresses, and numbers long enough to reach or name a person."""
HIDDEN = "〔联系方式已隐去〕"
FINDINGS = {"dismissed": "不成立", "adjust": "需调整", "upheld": "成立"}
NO_BODY = "（无文字内容）"


def write(dossier: Dossier) -> Document:
    """The digest."""
    return Document(
        name="异议汇总",
        title="公示异议汇总",
        subtitle=told.subtitle(dossier),
        blocks=tuple(_blocks(dossier)),
    )


def _blocks(dossier: Dossier) -> Iterator[Block]:
    cases = [case for case in dossier.filing.cases if case.kind == KIND]
    if not cases:
        yield Text("公示期内未收到异议。")
        return
    n_open = sum(case.is_open for case in cases)
    yield Text(f"共收到异议 {len(cases)} 件，已办结 {len(cases) - n_open} 件，未办结 {n_open} 件。")
    yield Heading(level=1, text="逐件情况")
    yield Table(
        columns=("编号", "异议内容", "状态", "认定", "申报单位说明", "答复"),
        rows=tuple(_row(dossier, case) for case in cases),
        widths=(0.11, 0.27, 0.1, 0.1, 0.2, 0.22),
    )


def _row(dossier: Dossier, case: Case) -> tuple[str, ...]:
    papers: Mapping[str, Any] = dossier.cases.get(case.id, {})
    machine = dossier.profile.cases.get(KIND)
    state = machine.states[case.state].title.zh if machine else case.state
    said = (_said(papers, name) for name in ("body", "provider_answer", "answer"))
    body, explanation, answer = said
    return (
        case.id,
        body or NO_BODY,
        state,
        FINDINGS.get(case.finding, "—"),
        explanation or "—",
        answer or "—",
    )


def _said(papers: Record, name: str) -> str:
    """A text of the papers, without whatever reaches or names a person."""
    text = papers.get(name)
    if isinstance(text, Mapping):
        text = text.get("text") or text.get("body")
    return without_contacts(text, papers.get("contact")) if isinstance(text, str) else ""


def without_contacts(text: str, contact: object) -> str:
    """A text without e-mail addresses, long numbers, and whatever the contact holds.

    Examples:
        >>> without_contacts("请回电 010-12345678", None)
        '请回电 〔联系方式已隐去〕'
    """
    for value in sorted(_values(contact), key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return REACHES.sub(HIDDEN, text)


def _values(contact: object) -> Iterator[str]:
    if isinstance(contact, str) and len(contact.strip()) > 1:
        yield contact.strip()
    elif isinstance(contact, Mapping):
        for value in contact.values():
            yield from _values(value)
    elif isinstance(contact, list):
        for value in contact:
            yield from _values(value)
