"""What is done to source data before anything learns from it: find, mask, lock away, erase."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from guanyao.protect.columns import find_columns
    from guanyao.protect.finding import Finding
    from guanyao.protect.masking import Masker
    from guanyao.protect.policy import Policy
    from guanyao.protect.proposal import propose
    from guanyao.protect.scan import find_text, find_texts

RECOGNISERS: dict[str, str] = {
    "resident_id": "guanyao.protect.recognisers.resident_id:RESIDENT_ID",
    "mobile_phone": "guanyao.protect.recognisers.mobile_phone:MOBILE_PHONE",
    "landline": "guanyao.protect.recognisers.landline:LANDLINE",
    "phone": "guanyao.protect.recognisers.phone:PHONE",
    "bank_card": "guanyao.protect.recognisers.bank_card:BANK_CARD",
    "credit_code": "guanyao.protect.recognisers.credit_code:CREDIT_CODE",
    "passport": "guanyao.protect.recognisers.travel_documents:PASSPORT",
    "hk_macau_permit": "guanyao.protect.recognisers.travel_documents:HK_MACAU_PERMIT",
    "taiwan_permit": "guanyao.protect.recognisers.travel_documents:TAIWAN_PERMIT",
    "foreign_permit": "guanyao.protect.recognisers.travel_documents:FOREIGN_PERMIT",
    "licence_plate": "guanyao.protect.recognisers.vehicles:LICENCE_PLATE",
    "military_id": "guanyao.protect.recognisers.labelled_numbers:MILITARY_ID",
    "medical_record": "guanyao.protect.recognisers.labelled_numbers:MEDICAL_RECORD",
    "social_security": "guanyao.protect.recognisers.labelled_numbers:SOCIAL_SECURITY",
    "email": "guanyao.protect.recognisers.email:EMAIL",
    "ip_address": "guanyao.protect.recognisers.network:IP_ADDRESS",
    "mac_address": "guanyao.protect.recognisers.network:MAC_ADDRESS",
    "secret_url": "guanyao.protect.recognisers.secret_url:SECRET_URL",
    "wechat_id": "guanyao.protect.recognisers.wechat_id:WECHAT_ID",
    "qq_id": "guanyao.protect.recognisers.labelled_numbers:QQ_ID",
    "postcode": "guanyao.protect.recognisers.labelled_numbers:POSTCODE",
    "address": "guanyao.protect.recognisers.address:ADDRESS",
    "person_name": "guanyao.protect.recognisers.person_name:PERSON_NAME",
    "organisation": "guanyao.protect.recognisers.organisation:ORGANISATION",
    "birth_date": "guanyao.protect.recognisers.birth_date:BIRTH_DATE",
    "coordinates": "guanyao.protect.recognisers.coordinates:COORDINATES",
    "iban": "guanyao.protect.recognisers.iban:IBAN",
    "us_ssn": "guanyao.protect.recognisers.us_ssn:US_SSN",
    "vin": "guanyao.protect.recognisers.vehicles:VIN",
}
"""Kinds of personal data -> what recognises them in columns and in running text."""
GROUP = "guanyao.recognisers"

STEPS: dict[str, str] = {
    "keep": "guanyao.protect.steps.keep:Keep",
    "drop": "guanyao.protect.steps.drop:Drop",
    "redact": "guanyao.protect.steps.redact:Redact",
    "partial": "guanyao.protect.steps.partial:Partial",
    "token": "guanyao.protect.steps.token:Token",
    "encrypt": "guanyao.protect.steps.encrypt:Encrypt",
    "generalise": "guanyao.protect.steps.generalise:Generalise",
    "noise": "guanyao.protect.steps.noise:Noise",
    "fake": "guanyao.protect.steps.fake:Fake",
    "shift": "guanyao.protect.steps.shift:Shift",
    "text": "guanyao.protect.steps.text:Text",
}
"""What can be done to a column -> the step that does it."""
STEP_GROUP = "guanyao.steps"

_PLACES = {
    "Finding": "guanyao.protect.finding",
    "Masker": "guanyao.protect.masking",
    "Policy": "guanyao.protect.policy",
    "find_columns": "guanyao.protect.columns",
    "find_text": "guanyao.protect.scan",
    "find_texts": "guanyao.protect.scan",
    "propose": "guanyao.protect.proposal",
}

__all__ = [
    "Finding",
    "Masker",
    "Policy",
    "find_columns",
    "find_text",
    "find_texts",
    "propose",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Load a public name when it is first asked for."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
