"""`guanyao filing`: the group of its commands."""

from collections.abc import Callable, Mapping

from guanyao.cli.filing import (
    acts,
    after,
    bank,
    calendar,
    cases,
    clauses,
    dossier,
    gaps,
    inspect,
    materials,
    objection,
    out,
    packs,
    papers,
    people,
    profiles,
    room,
)

HELP = "The filing of a generative service, from the first question to the number, and after it."

COMMANDS: Mapping[str, Callable[..., None] | tuple[str, Mapping[str, Callable[..., None]]]] = {
    **room.COMMANDS,
    "service": (materials.SERVICE_HELP, materials.SERVICE),
    "form": (materials.FORM_HELP, materials.FORM),
    "evidence": (materials.EVIDENCE_HELP, materials.EVIDENCE),
    "clause": (clauses.HELP, clauses.COMMANDS),
    **materials.COMMANDS,
    **dossier.COMMANDS,
    **acts.COMMANDS,
    **objection.COMMANDS,
    "objection": (objection.HELP, objection.OBJECTION),
    "inspect": (inspect.HELP, inspect.COMMANDS),
    "change": (after.CHANGE_HELP, after.CHANGE),
    "renew": (after.RENEW_HELP, after.RENEW),
    "rectify": (after.RECTIFY_HELP, after.RECTIFY),
    "appeal": (after.APPEAL_HELP, after.APPEAL),
    **out.COMMANDS,
    **papers.COMMANDS,
    "channel": (out.CHANNEL_HELP, out.CHANNEL),
    "bank": (bank.HELP, bank.COMMANDS),
    **cases.COMMANDS,
    "people": (people.HELP, people.COMMANDS),
    "key": (people.KEY_HELP, people.KEY),
    "calendar": (calendar.HELP, calendar.COMMANDS),
    "packs": (packs.HELP, packs.COMMANDS),
    **profiles.COMMANDS,
    **gaps.COMMANDS,
}
"""Second words: a command, or what the word is for with its third words."""
