"""`guanyao filing`: the group of its commands."""

from collections.abc import Callable, Mapping

from guanyao.cli import (
    filing_acts,
    filing_after,
    filing_bank,
    filing_calendar,
    filing_cases,
    filing_clauses,
    filing_dossier,
    filing_gaps,
    filing_inspect,
    filing_materials,
    filing_objection,
    filing_out,
    filing_packs,
    filing_people,
    filing_profiles,
    filing_room,
)

HELP = "The filing of a generative service, from the first question to the number, and after it."

COMMANDS: Mapping[str, Callable[..., None] | tuple[str, Mapping[str, Callable[..., None]]]] = {
    **filing_room.COMMANDS,
    "service": (filing_materials.SERVICE_HELP, filing_materials.SERVICE),
    "form": (filing_materials.FORM_HELP, filing_materials.FORM),
    "evidence": (filing_materials.EVIDENCE_HELP, filing_materials.EVIDENCE),
    "clause": (filing_clauses.HELP, filing_clauses.COMMANDS),
    **filing_materials.COMMANDS,
    **filing_dossier.COMMANDS,
    **filing_acts.COMMANDS,
    **filing_objection.COMMANDS,
    "objection": (filing_objection.HELP, filing_objection.OBJECTION),
    "inspect": (filing_inspect.HELP, filing_inspect.COMMANDS),
    "change": (filing_after.CHANGE_HELP, filing_after.CHANGE),
    "renew": (filing_after.RENEW_HELP, filing_after.RENEW),
    "rectify": (filing_after.RECTIFY_HELP, filing_after.RECTIFY),
    "appeal": (filing_after.APPEAL_HELP, filing_after.APPEAL),
    **filing_out.COMMANDS,
    "channel": (filing_out.CHANNEL_HELP, filing_out.CHANNEL),
    "bank": (filing_bank.HELP, filing_bank.COMMANDS),
    **filing_cases.COMMANDS,
    "people": (filing_people.HELP, filing_people.COMMANDS),
    "key": (filing_people.KEY_HELP, filing_people.KEY),
    "calendar": (filing_calendar.HELP, filing_calendar.COMMANDS),
    "packs": (filing_packs.HELP, filing_packs.COMMANDS),
    **filing_profiles.COMMANDS,
    **filing_gaps.COMMANDS,
}
"""Second words: a command, or what the word is for with its third words."""
