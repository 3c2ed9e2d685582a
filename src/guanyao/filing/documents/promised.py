"""Where the documents are that acts of a profile promise: a letter, a paper, or elsewhere."""

from collections.abc import Mapping
from typing import Any

from guanyao.errors import UnknownNameError
from guanyao.filing.documents import DOCUMENTS
from guanyao.filing.documents.decision_letter import LETTERS

PAPERS: dict[str, str] = {
    "wizard_answers": "scope_memo",
    "dossier_diff": "dossier_diff",
    "answers": "dossier_diff",
    "redacted_notice": "public_notice",
    "change_diff": "change_report",
    "fresh_assessment": "yearly_assessment",
    "measurements": "inspection_pack",
}
"""Promised document -> the document that says it; a name of `DOCUMENTS` says itself."""
WITHIN: dict[str, str] = {
    "remedy_text": "decision",
    "list_entry": "certificate",
    "finding_list": "rectification_order",
    "rectification_proof": "second_test",
}
"""Promised document -> the letter that it is a part of."""
ELSEWHERE: dict[str, str] = {
    "dossier_manifest": "guanyao filing export -o FILE.zip",
    "sealed_pdf": "guanyao filing export -o FILE.zip",
    "timestamp_token": "guanyao filing export -o FILE.zip",
}
"""Promised document -> the command that gives it together with what it belongs to."""


def letter_of(name: str) -> str:
    """The letter that holds a promised document; "": none does."""
    if name in PAPERS:
        return ""
    own = WITHIN.get(name, name)
    return own if own in LETTERS else ""


def paper_of(name: str) -> str:
    """The document that a name asks for; "": none, as a letter or an export is."""
    found = PAPERS.get(name, name)
    return found if found in DOCUMENTS and not letter_of(name) else ""


def command_for(name: str, act: int | None = None) -> str:
    """The command that writes a promised document.

    Raises:
        UnknownNameError: Nothing writes it ("filing.document").
    """
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    if letter_of(name):
        number = f" --act {act}" if act else ""
        return f"guanyao filing document {name}{number} -o FILE.docx"
    if paper_of(name):
        return f"guanyao filing document {name} -o FILE.docx"
    raise no_such(name)


def no_such(name: str) -> UnknownNameError:
    """There is no document of this name."""
    return UnknownNameError(
        f"there is no document {name[:40]!r}",
        allowed="documents: " + ", ".join(sorted({*DOCUMENTS, *LETTERS, *PAPERS, *WITHIN})),
        do="see what was promised by acts, and where it is: guanyao filing document",
        code="filing.document",
    )


def promised_by(act: Mapping[str, Any]) -> list[str]:
    """The documents that an act promised: none if it was refused, or is a part of one."""
    if not act.get("done") or act.get("is_vote"):
        return []
    return [str(name) for name in act.get("documents") or ()]
