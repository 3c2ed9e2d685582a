"""The documents of a filing, each written from a dossier. To add one: a file, and a line here."""

from importlib import import_module

from guanyao.errors import UnknownNameError
from guanyao.filing.document import Document, Workbook
from guanyao.filing.dossier import Dossier

DOCUMENTS: dict[str, str] = {
    "application_form": "guanyao.filing.documents.application_form:write",
    "assessment_report": "guanyao.filing.documents.assessment_report:write",
    "clause_matrix": "guanyao.filing.documents.clause_matrix:write",
    "service_agreement": "guanyao.filing.documents.service_agreement:write",
    "privacy_policy": "guanyao.filing.documents.privacy_policy:write",
    "annotation_rules": "guanyao.filing.documents.annotation_rules:write",
    "keywords": "guanyao.filing.documents.keywords:write",
    "questions": "guanyao.filing.documents.questions:write",
    "called_model": "guanyao.filing.documents.called_model:write",
    "content_safety_rules": "guanyao.filing.documents.content_safety_rules:write",
    "emergency_plan": "guanyao.filing.documents.emergency_plan:write",
    "continuity": "guanyao.filing.documents.continuity:write",
    "model_mechanism": "guanyao.filing.documents.model_mechanism:write",
    "risk_register": "guanyao.filing.documents.risk_register:write",
    "personal_information_assessment": "guanyao.filing.documents.impact_assessment:write",
    "disclosure_page": "guanyao.filing.documents.disclosure_page:write",
    "complaint_rules": "guanyao.filing.documents.complaint_rules:write",
    "security_rules": "guanyao.filing.documents.security_rules:write",
    "scope_memo": "guanyao.filing.documents.scope_memo:write",
    "inspection_pack": "guanyao.filing.documents.inspection_pack:write",
    "public_notice": "guanyao.filing.documents.public_notice:write",
    "objection_digest": "guanyao.filing.documents.objection_digest:write",
    "yearly_assessment": "guanyao.filing.documents.yearly_assessment:write",
    "change_report": "guanyao.filing.documents.change_report:write",
    "dossier_diff": "guanyao.filing.documents.dossier_diff:write",
    "decision_letter": "guanyao.filing.documents.decision_letter:write",
}
"""Document -> the function that writes it."""


def write(name: str, dossier: Dossier) -> Document | Workbook:
    """A document, written from a dossier.

    Args:
        name: A name in `DOCUMENTS`.
        dossier: Everything about the filing.

    Raises:
        UnknownNameError: There is no such document ("filing.document").
    """
    if name not in DOCUMENTS:
        raise UnknownNameError(
            f"there is no document {name[:40]!r}",
            allowed="documents: " + ", ".join(DOCUMENTS),
            code="filing.document",
        )
    module, _, attribute = DOCUMENTS[name].partition(":")
    found: Document | Workbook = getattr(import_module(module), attribute)(dossier)
    return found
